package mail

import (
	"context"
	"errors"
	"time"

	"stead/app/errs"
	"stead/app/port"
	"stead/store"
)

// fate is what becomes of a mail after a try.
type fate struct {
	to, code string
	again    time.Duration // with to queued: when; 0: when the provider works again
}

// note records what came of a try: of the mail, and of the connection.
func (s *Service) note(ctx context.Context, m taken, ref string, outcome error) error {
	now := s.Now()
	at := now.UnixMilli()
	f := s.fateOf(m, outcome, now)
	return s.Store.InTx(ctx, func(tx *store.Tx) error {
		if err := noteConnection(ctx, tx, m.Provider, outcome, at); err != nil {
			return err
		}
		if f.to == store.MailSent {
			ok, err := tx.SentMail(ctx, m.ID, ref, at)
			if err != nil || !ok {
				return err
			}
			return s.emit(ctx, tx, EventStatus, m.ID, "", at)
		}
		if err := s.turn(ctx, tx, m.Mail, store.Turn{To: f.to, ErrorCode: f.code, At: at}); err != nil {
			return err
		}
		if f.to != store.MailQueued || f.again == 0 {
			return nil
		}
		return tx.Enqueue(ctx, SendMail{ID: m.ID}, store.At(now.Add(f.again)))
	})
}

// fateOf decides: sent, tried again within a day, waiting for the credentials,
// or given up. What may have arrived is repeated only where a repeat arrives once.
func (s *Service) fateOf(m taken, outcome error, now time.Time) fate {
	code := errs.CodeOf(outcome)
	pause := max(errs.RetryAfter(outcome), min(firstPause<<min(m.Attempts-1, 10), longPause))
	over := now.Sub(time.UnixMilli(m.CreatedAt)) >= givesUp
	switch kind := errs.KindOf(outcome); {
	case outcome == nil, code == replaced: // its provider has it from an earlier try
		return fate{to: store.MailSent}
	case errors.Is(outcome, errGone):
		return fate{to: store.MailRefused, code: codeGone}
	case errors.Is(outcome, errUnmade): // ours, and nothing left: it passes or it does not
		if over {
			return fate{to: store.MailFailed, code: codeUnmade}
		}
		return fate{to: store.MailQueued, code: codeUnmade, again: pause}
	case errors.Is(outcome, port.ErrUnknown), kind == errs.Fault:
		if s.safeAgain(m.Mail, m.template, now) {
			return fate{to: store.MailQueued, code: codeUnknown, again: pause}
		}
		return fate{to: store.MailUnconfirmed, code: codeUnknown}
	case code == codeLocked:
		return fate{to: store.MailQueued, code: codeLocked}
	case refusedCredentials(outcome):
		return fate{to: store.MailQueued, code: code}
	case kind == errs.Unavailable && !over:
		return fate{to: store.MailQueued, code: code, again: pause}
	}
	return fate{to: store.MailFailed, code: code}
}

// safeAgain tells that a mail whose end nobody saw can be sent again and still
// arrives once: its provider knows it by its id, it says the same as before, and
// that was not too long ago.
func (s *Service) safeAgain(m store.Mail, t template, now time.Time) bool {
	return m.Provider == Resend && t != nil && t.letter().link == noLink && now.Sub(time.UnixMilli(m.CreatedAt)) < onceFor
}

// refusedCredentials tells that nothing can be sent until somebody has put the
// credentials right.
func refusedCredentials(err error) bool {
	return errs.KindOf(err) == errs.Denied || errs.CodeOf(err) == codeNoSecret
}

// noteConnection remembers how it went with the provider. A mail that could not
// be written says nothing about it.
func noteConnection(ctx context.Context, tx *store.Tx, provider string, outcome error, at int64) error {
	code := errs.CodeOf(outcome)
	switch {
	case outcome == nil, code == replaced:
		return tx.NoteConnectionSuccess(ctx, provider, at)
	case errors.Is(outcome, errGone), errors.Is(outcome, errUnmade), code == codeLocked:
		return nil
	case refusedCredentials(outcome):
		return tx.FailConnection(ctx, provider, code, at)
	case errors.Is(outcome, port.ErrUnknown):
		code = codeUnknown
	}
	return tx.NoteConnectionError(ctx, provider, code, at)
}

const (
	atOnce     = 200             // bounds a transaction
	maxResumed = 5000            // far above what a business has on its way
	stuckAfter = 2 * time.Minute // longer than any hand-over takes
)

// Recover is called once before jobs start: what was being sent when the last
// process ended may or may not have left.
func (s *Service) Recover(ctx context.Context) error {
	for {
		n, err := s.unsettle(ctx, 0)
		if err != nil || n < atOnce {
			return err
		}
	}
}

// Unstick is called every minute or so: a mail that is still being sent long
// after it was taken is one whose end could not be noted.
func (s *Service) Unstick(ctx context.Context) error {
	sending, err := s.Store.MailsIn(ctx, store.MailSending, 1)
	if err != nil || len(sending) == 0 {
		return err
	}
	_, err = s.unsettle(ctx, stuckAfter)
	return err
}

// unsettle gives up on mails that have been sending for longer than a while, and
// tells how many were sending.
func (s *Service) unsettle(ctx context.Context, longer time.Duration) (n int, err error) {
	now := s.Now()
	err = s.Store.InTx(ctx, func(tx *store.Tx) error {
		sending, err := tx.MailsIn(ctx, store.MailSending, atOnce)
		n = len(sending)
		if err != nil {
			return err
		}
		for _, m := range sending {
			if now.Sub(time.UnixMilli(m.UpdatedAt)) < longer {
				continue
			}
			t := store.Turn{To: store.MailUnconfirmed, ErrorCode: codeUnknown, At: now.UnixMilli()}
			if s.safeAgain(m, byKey[m.Template], now) {
				t.To = store.MailQueued
				if err := tx.Enqueue(ctx, SendMail{ID: m.ID}); err != nil {
					return err
				}
			}
			if err := s.turn(ctx, tx, m, t); err != nil {
				return err
			}
		}
		return nil
	})
	return n, err
}

// Resume puts everything that waits on its way: after a start, when the vault
// was opened, when the credentials work again. Jobs that exist already do no harm.
func (s *Service) Resume(ctx context.Context) error {
	return s.Store.InTx(ctx, func(tx *store.Tx) error { return resume(ctx, tx) })
}

func resume(ctx context.Context, tx *store.Tx) error {
	queued, err := tx.MailsIn(ctx, store.MailQueued, maxResumed)
	if err != nil {
		return err
	}
	for _, m := range queued {
		if err := tx.Enqueue(ctx, SendMail{ID: m.ID}); err != nil {
			return err
		}
	}
	return nil
}
