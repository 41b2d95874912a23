package inbox

import (
	"context"
	"errors"
	"slices"
	"time"

	"stead/app/errs"
	"stead/app/port"
	"stead/store"
)

// LookUpText is the job that asks the provider what became of a message whose
// hand-over nobody saw the end of. It sends nothing, so it may run again.
type LookUpText struct {
	Message string `json:"message"`
	Look    int    `json:"look"`
}

// Kind names the job.
func (LookUpText) Kind() string { return "inbox.look_up_text" }

// lookUps are the pauses before each look. A message that the provider does
// not list after the last one was not sent, and a person may send it anew.
var lookUps = []time.Duration{10 * time.Second, time.Minute, 5 * time.Minute}

// lookAgain is the pause while the provider does not answer.
const lookAgain = 10 * time.Minute

// LookUp is the job LookUpText.
func (s *Service) LookUp(ctx context.Context, job LookUpText) error {
	if s.Vault.Locked() {
		return nil // Resume looks
	}
	m, err := s.Store.Message(ctx, job.Message)
	if errors.Is(err, store.ErrNotFound) || err == nil && m.State != store.MessageUnconfirmed {
		return nil
	}
	if err != nil {
		return err
	}
	connection, err := s.Store.Connection(ctx, m.Provider)
	if errors.Is(err, store.ErrNotFound) || err == nil && connection.State != store.Connected {
		return nil // Resume looks
	}
	if err != nil {
		return err
	}
	found, err := s.find(ctx, port.Account{ID: connection.Account, Service: connection.Service}, m)
	return s.settle(context.WithoutCancel(ctx), m, job.Look, found, err)
}

// find returns the provider's record of a message: the same text to the same
// number, not earlier, and not known to be another message.
func (s *Service) find(ctx context.Context, account port.Account, m store.Message) (*port.Sent, error) {
	ctx = port.WithDisclosure(ctx, port.Disclosure{
		Processor: m.Provider, Subjects: []string{m.ContactID}, Purpose: "look_up", Fields: []string{"phone"}, Ref: m.ID,
	})
	texts, err := s.Messengers[m.Provider].FindTexts(ctx, account, m.Peer, time.UnixMilli(m.CreatedAt).Add(-time.Minute))
	if err != nil {
		return nil, err
	}
	from, to, err := s.between(ctx, m)
	if err != nil {
		return nil, err
	}
	for i := len(texts) - 1; i >= 0; i-- { // the oldest first
		if at := texts[i].At; texts[i].Body != m.Body || texts[i].To != m.Peer || !at.IsZero() && (at.Before(from) || !at.Before(to)) {
			continue
		}
		_, err := s.Store.MessageByRef(ctx, m.Provider, texts[i].Ref)
		if errors.Is(err, store.ErrNotFound) {
			return &texts[i], nil
		}
		if err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// between is when a message was on its way: not before it was written, where it
// repeats another whose end nobody saw either, and not after it was repeated.
// A repeat says the same to the same number, and providers tell whole seconds.
func (s *Service) between(ctx context.Context, m store.Message) (from, to time.Time, err error) {
	to = s.Now().AddDate(1, 0, 0)
	if m.RetryOf != "" {
		original, err := s.Store.Message(ctx, m.RetryOf)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return from, to, err
		}
		if err == nil && original.ProviderRef == "" {
			from = time.UnixMilli(m.CreatedAt).Truncate(time.Second)
		}
	}
	again, err := s.Store.RetriedBy(ctx, m.ID)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return from, to, nil
	case err == nil && again.ProviderRef == "":
		to = time.UnixMilli(again.CreatedAt).Truncate(time.Second)
	}
	return from, to, err
}

// settle acts on what a look found, or looks again.
func (s *Service) settle(ctx context.Context, m store.Message, look int, found *port.Sent, cause error) error {
	next, pause := look+1, lookUps[min(look+1, len(lookUps)-1)]
	if cause != nil { // nobody looked
		next, pause = look, max(lookAgain, errs.RetryAfter(cause))
	}
	return s.Store.InTx(ctx, func(tx *store.Tx) error {
		switch {
		case found != nil:
			if err := s.accept(ctx, tx, m, *found); err != nil {
				return err
			}
			_, err := tx.Unpark(ctx, m.Provider, "later") // news of it may have come and found nothing
			return err
		case reactions[errs.CodeOf(cause)].halt:
			return s.react(ctx, tx, m, errs.CodeOf(cause)) // Resume looks
		case next >= len(lookUps):
			if err := s.turn(ctx, tx, m, store.Turn{To: store.MessageFailed, ErrorCode: "not_sent"}); err != nil {
				return err
			}
			_, err := tx.Unpark(ctx, m.Provider, "later") // news that waited for it need not wait
			return err
		}
		return tx.Enqueue(ctx, LookUpText{Message: m.ID, Look: next}, store.At(s.Now().Add(pause)))
	})
}

// atOnce bounds a transaction of Recover and Resume.
const atOnce = 200

// Recover is called once before jobs start: what was being sent when the last
// process ended may or may not have left.
func (s *Service) Recover(ctx context.Context) error {
	for {
		n := 0
		err := s.Store.InTx(ctx, func(tx *store.Tx) error {
			sending, err := tx.MessagesIn(ctx, store.MessageSending, atOnce)
			n = len(sending)
			for _, m := range sending {
				if err == nil {
					err = s.turn(ctx, tx, m, store.Turn{To: store.MessageUnconfirmed})
				}
			}
			return err
		})
		if err != nil || n < atOnce {
			return err
		}
	}
}

// stuckAfter is longer than any hand-over takes.
const stuckAfter = 2 * time.Minute

// Unstick is called every minute or so. A message that is still being sent long
// after it was taken is one whose end could not be noted: it is looked up.
func (s *Service) Unstick(ctx context.Context) error {
	sending, err := s.Store.MessagesIn(ctx, store.MessageSending, atOnce)
	if err != nil {
		return err
	}
	now := s.Now()
	stuck := slices.DeleteFunc(sending, func(m store.Message) bool { return now.Sub(time.UnixMilli(m.UpdatedAt)) < stuckAfter })
	if len(stuck) == 0 {
		return nil
	}
	return s.Store.InTx(ctx, func(tx *store.Tx) error {
		for _, m := range stuck {
			if err := s.turn(ctx, tx, m, store.Turn{To: store.MessageUnconfirmed}); err != nil {
				return err
			}
			if err := tx.Enqueue(ctx, LookUpText{Message: m.ID}); err != nil {
				return err
			}
		}
		return nil
	})
}

// Resume puts everything that waits on its way: after a start, when the vault
// was opened, when an account works again. Jobs that exist already do no harm.
func (s *Service) Resume(ctx context.Context) error {
	now := s.Now()
	return s.Store.InTx(ctx, func(tx *store.Tx) error {
		queued, err := tx.MessagesIn(ctx, store.MessageQueued, maxResumed)
		if err != nil {
			return err
		}
		for _, m := range queued {
			var when []store.JobOption
			if at := time.UnixMilli(m.CreatedAt).Add(reactions["30003"].again); m.RetryOf != "" && at.After(now) {
				when = append(when, store.At(at)) // it may be waiting for its time
			}
			if err := tx.Enqueue(ctx, SendText{Message: m.ID}, when...); err != nil {
				return err
			}
		}
		unconfirmed, err := tx.MessagesIn(ctx, store.MessageUnconfirmed, maxResumed)
		if err != nil {
			return err
		}
		for _, m := range unconfirmed {
			if err := tx.Enqueue(ctx, LookUpText{Message: m.ID}); err != nil {
				return err
			}
		}
		return nil
	})
}

// maxResumed is far above what a business has on its way at once.
const maxResumed = 5000
