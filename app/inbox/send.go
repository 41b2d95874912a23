package inbox

import (
	"context"
	"errors"
	"fmt"
	"time"

	"stead/app/errs"
	"stead/app/gate"
	"stead/app/port"
	"stead/store"
)

const (
	maxAttempts  = 8 // while the provider is not available
	firstBackoff = 10 * time.Second
)

// Send is the job SendText. It takes the message, talks to the provider with
// no transaction open, and notes what the provider said.
func (s *Service) Send(ctx context.Context, job SendText) error {
	m, account, err := s.takeMessage(ctx, job.Message)
	if err != nil || m.ID == "" {
		return err
	}
	sent, err := s.hand(ctx, account, m)
	// What the provider said is noted even when this process is being stopped.
	return s.note(context.WithoutCancel(ctx), m, job.Attempt, sent, err)
}

// takeMessage marks a queued message as sending after asking the gate once
// more: between writing and sending the person may have said STOP. A message
// that is not to be sent now is returned as the zero message.
func (s *Service) takeMessage(ctx context.Context, id string) (taken store.Message, account port.Account, err error) {
	if s.Vault.Locked() {
		return taken, account, nil // Resume sends it
	}
	err = s.Store.InTx(ctx, func(tx *store.Tx) error {
		taken = store.Message{}
		m, err := tx.Message(ctx, id)
		if errors.Is(err, store.ErrNotFound) || err == nil && m.State != store.MessageQueued {
			return nil // erased, or taken before
		}
		if err != nil {
			return err
		}
		connection, err := tx.Connection(ctx, m.Provider)
		switch {
		case errors.Is(err, store.ErrNotFound) || err == nil && connection.State == store.Disconnected:
			return s.turn(ctx, tx, m, store.Turn{To: store.MessageFailed, ErrorCode: "disconnected"})
		case err != nil:
			return err
		case connection.State == store.Failing:
			return nil // Resume sends it
		}
		account = port.Account{ID: connection.Account, Service: connection.Service}
		if ok, err := s.passes(ctx, tx, m); err != nil || !ok {
			return err
		}
		taken = m
		return nil
	})
	return taken, account, err
}

// passes asks the gate and, when it lets the message through, takes it: the
// same statement looks at the person's state once more.
func (s *Service) passes(ctx context.Context, tx *store.Tx, m store.Message) (bool, error) {
	code, err := s.heldBack(ctx, &tx.Reader, m)
	if err != nil {
		return false, err
	}
	if code != "" {
		return false, s.turn(ctx, tx, m, store.Turn{To: store.MessageFailed, ErrorCode: code})
	}
	facts, err := s.Facts(ctx, &tx.Reader, m)
	if err != nil {
		return false, err
	}
	reason := gate.Ask(facts)
	if reason == gate.Go {
		hashes, err := s.hashes(ctx, &tx.Reader, m.ContactID, matchKeyOf(m.Peer, s.country(ctx, &tx.Reader)))
		if err != nil {
			return false, err
		}
		taken, err := tx.TakeMessage(ctx, m.ID, hashes, s.Now().UnixMilli())
		if err != nil || taken {
			return taken, err
		}
		reason = gate.Suppressed
	}
	return false, s.turn(ctx, tx, m, store.Turn{To: store.MessageRefused, Gate: string(reason)})
}

// hand gives the message to its provider. Whatever happens to this process
// from here on, it is not handed over twice.
func (s *Service) hand(ctx context.Context, account port.Account, m store.Message) (sent port.Sent, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("inbox: panic of type %T: %w", p, port.ErrUnknown)
		}
	}()
	ctx = port.WithDisclosure(ctx, port.Disclosure{
		Processor: m.Provider, Subjects: []string{m.ContactID}, Purpose: m.Class, Fields: []string{"phone", "body"}, Ref: m.ID,
	})
	return s.Messengers[m.Provider].SendText(ctx, account, port.Text{
		From: m.Line, To: m.Peer, Body: m.Body, CallbackURL: s.StatusURL(m.Provider),
	})
}

// note records what became of a message that was handed over.
func (s *Service) note(ctx context.Context, m store.Message, attempt int, sent port.Sent, err error) error {
	m.State = store.MessageSending
	return s.Store.InTx(ctx, func(tx *store.Tx) error {
		switch {
		case err == nil:
			if err := s.accept(ctx, tx, m, sent); err != nil {
				return err
			}
			return tx.NoteConnectionSuccess(ctx, m.Provider, s.Now().UnixMilli())
		case errors.Is(err, port.ErrUnknown) || errs.KindOf(err) == errs.Fault:
			if err := s.turn(ctx, tx, m, store.Turn{To: store.MessageUnconfirmed}); err != nil {
				return err
			}
			return tx.Enqueue(ctx, LookUpText{Message: m.ID}, store.At(s.Now().Add(lookUps[0])))
		}
		return s.refused(ctx, tx, m, attempt, err)
	})
}

// accept keeps the provider's id of a message.
func (s *Service) accept(ctx context.Context, tx *store.Tx, m store.Message, sent port.Sent) error {
	now := s.Now().UnixMilli()
	rank, state := ranked(sent.Status)
	ok, err := tx.AcceptMessage(ctx, m.ID, store.Accepted{
		Ref: sent.Ref, State: state, ErrorCode: sent.Code, Rank: rank, Segments: int64(sent.Segments), At: now,
	})
	if err != nil || !ok {
		return err
	}
	if err := s.record(ctx, tx, change{kind: EventStatus, subject: m.ID, contact: m.ContactID, where: m.ConversationID, at: now}); err != nil {
		return err
	}
	if failed(state) {
		return s.react(ctx, tx, m, sent.Code)
	}
	return nil
}

// refused decides what a provider's refusal means: wait for the account, try
// again later, or failed.
func (s *Service) refused(ctx context.Context, tx *store.Tx, m store.Message, attempt int, cause error) error {
	code := errs.CodeOf(cause)
	reaction, known := reactions[code]
	switch {
	case reaction.halt:
		if err := s.turn(ctx, tx, m, store.Turn{To: store.MessageQueued, ErrorCode: code}); err != nil {
			return err
		}
		return s.react(ctx, tx, m, code)
	case code == "locked":
		return s.turn(ctx, tx, m, store.Turn{To: store.MessageQueued}) // Resume sends it
	case errs.KindOf(cause) == errs.Unavailable && !known && attempt+1 < maxAttempts:
		pause := max(firstBackoff<<attempt, errs.RetryAfter(cause))
		if err := s.turn(ctx, tx, m, store.Turn{To: store.MessageQueued, ErrorCode: code}); err != nil {
			return err
		}
		return tx.Enqueue(ctx, SendText{Message: m.ID, Attempt: attempt + 1}, store.At(s.Now().Add(pause)))
	}
	if err := s.turn(ctx, tx, m, store.Turn{To: store.MessageFailed, ErrorCode: code}); err != nil {
		return err
	}
	return s.react(ctx, tx, m, code)
}

// turn changes a message's state from the one that it was read in.
func (s *Service) turn(ctx context.Context, tx *store.Tx, m store.Message, t store.Turn) error {
	t.From, t.At = m.State, s.Now().UnixMilli()
	ok, err := tx.TurnMessage(ctx, m.ID, t)
	if err != nil || !ok {
		return err
	}
	kind := EventStatus
	if t.To == store.MessageRefused {
		kind = EventRefused
	}
	return s.record(ctx, tx, change{kind: kind, subject: m.ID, contact: m.ContactID, where: m.ConversationID, at: t.At})
}
