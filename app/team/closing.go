package team

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/jobs"
	"stead/store"
)

// What happens to the business as a whole; the subject is the closing.
const (
	EventClosingAsked     = "business.closing_asked"
	EventClosingCancelled = "business.closing_cancelled"
	EventPurgeBegun       = "business.purge_begun"
	EventPurged           = "business.purged"
)

// closingGrace is how long a business can be called back.
const closingGrace = 14 * 24 * time.Hour

// Purger destroys what the business has stored. ClockTrusted is an error while
// the clock is in doubt: a leap forward must end nothing early. PurgeAll goes on
// where it was cut off; it calls finish in the last transaction, behind which
// nobody is left, and is not done when its time ran out.
type Purger interface {
	ClockTrusted(ctx context.Context) error
	PurgeAll(ctx context.Context, finish func(ctx context.Context, tx *store.Tx, receipt string) error) (done bool, err error)
}

var (
	errClosingAlready = &errs.Error{Kind: errs.Conflict, Code: "closing", Message: "The business is being closed already."}
	errNotClosing     = &errs.Error{Kind: errs.Conflict, Code: "not_closing", Message: "Nothing was asked to be closed."}
	errTooLate        = &errs.Error{Kind: errs.Conflict, Code: "purging", Message: "The deletion has begun and cannot be called off."}
	errNoNameTyped    = errs.Field("name", "This is not the name of the business as it stands above.")
)

// Close begins the end of the business: after fourteen days everything is
// destroyed, unless somebody calls it off. The name of the business is typed to
// say that it is meant.
func (s *Service) Close(ctx context.Context, actor access.Actor, typed string) (store.Closing, error) {
	d := s.deed(actor, EventClosingAsked, s.NewID())
	c := store.Closing{ID: d.subject, AskedBy: actor.ID, AskedAt: d.at, PurgeAt: d.at + closingGrace.Milliseconds()}
	err := s.Store.InTx(ctx, func(tx *store.Tx) error {
		if err := mayClose(ctx, tx, actor); err != nil {
			return err
		}
		b, err := tx.Business(ctx)
		if err != nil {
			return err
		}
		if strings.TrimSpace(typed) != b.Name {
			return errNoNameTyped
		}
		if _, err := tx.Closing(ctx); err == nil {
			return errClosingAlready
		} else if !errors.Is(err, store.ErrNotFound) {
			return err
		}
		if err := tx.InsertClosing(ctx, c); err != nil {
			return err
		}
		return d.note(ctx, tx)
	})
	return c, err
}

func mayClose(ctx context.Context, tx *store.Tx, actor access.Actor) error {
	now, err := access.AsOfNow(ctx, &tx.Reader, actor)
	if err != nil {
		return err
	}
	return access.Allow(now, access.BusinessClose, access.Object{})
}

// KeepOpen calls the closing off: errs.Conflict when there is none, or when the
// deletion has begun.
func (s *Service) KeepOpen(ctx context.Context, actor access.Actor) error {
	d := s.deed(actor, EventClosingCancelled, "")
	return s.Store.InTx(ctx, func(tx *store.Tx) error {
		d := d
		if err := mayClose(ctx, tx, actor); err != nil {
			return err
		}
		c, err := tx.Closing(ctx)
		if errors.Is(err, store.ErrNotFound) {
			return errNotClosing
		}
		if err != nil {
			return err
		}
		if err := tx.CancelClosing(ctx, c.ID, d.at); errors.Is(err, store.ErrConflict) {
			return errTooLate
		} else if err != nil {
			return err
		}
		d.subject = c.ID
		return d.note(ctx, tx)
	})
}

// closingMemo keeps what every page asks: whether the business is being closed.
type closingMemo struct {
	known bool
	store.Closing
}

// Closing is the closing that waits or is done; the zero Closing while the
// business goes on. It is read once and then kept until it changes.
func (s *Service) Closing(ctx context.Context) (store.Closing, error) {
	s.memo.Lock()
	kept, turn := s.closing, s.turn
	s.memo.Unlock()
	if kept.known {
		return kept.Closing, nil
	}
	c, err := s.Store.Closing(ctx)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return c, err
	}
	s.memo.Lock()
	defer s.memo.Unlock()
	if turn == s.turn { // else it changed while we read
		s.closing = closingMemo{true, c}
	}
	return c, nil
}

// forgetClosing has the next page read it anew.
func (s *Service) forgetClosing(events []store.Event) {
	for _, e := range events {
		if strings.HasPrefix(e.Kind, "business.") {
			s.memo.Lock()
			s.closing = closingMemo{}
			s.turn++
			s.memo.Unlock()
			return
		}
	}
}

// Closed tells whether the business has ended: nobody can sign in any more.
func (s *Service) Closed(ctx context.Context) (bool, error) {
	c, err := s.Closing(ctx)
	return c.PurgedAt != 0, err
}

// EndBusiness is the job that looks whether the time of a closing has come.
type EndBusiness struct{}

// Kind names the job.
func (EndBusiness) Kind() string { return "team.end_business" }

const endsEvery = time.Hour

// EndBusiness is the job's work: when the time has come and the clock can be
// trusted, everything goes. It goes on where it was cut off.
func (s *Service) EndBusiness(ctx context.Context, _ EndBusiness) error {
	c, err := s.Store.Closing(ctx)
	if errors.Is(err, store.ErrNotFound) || err == nil && !c.Due(s.Now().UnixMilli()) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := s.Purger.ClockTrusted(ctx); err != nil {
		s.Log.WarnContext(ctx, "closing waits: the clock jumped", "code", errs.CodeOf(err))
		return nil
	}
	if err := s.beginPurge(ctx, c.ID); errors.Is(err, store.ErrConflict) {
		return nil // called off at the last moment
	} else if err != nil {
		return err
	}
	d := s.deed(access.System("closing"), EventPurged, c.ID)
	done, err := s.Purger.PurgeAll(ctx, func(ctx context.Context, tx *store.Tx, receipt string) error {
		if err := tx.FinishClosing(ctx, c.ID, receipt, d.at); err != nil {
			return err
		}
		return d.note(ctx, tx)
	})
	if err != nil || done {
		return err
	}
	return s.Store.InTx(ctx, func(tx *store.Tx) error { return tx.Enqueue(ctx, EndBusiness{}) })
}

// beginPurge writes down once that there is no way back: store.ErrConflict when
// the closing was called off, or is done.
func (s *Service) beginPurge(ctx context.Context, id string) error {
	d := s.deed(access.System("closing"), EventPurgeBegun, id)
	return s.Store.InTx(ctx, func(tx *store.Tx) error {
		c, err := tx.Closing(ctx)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		if err := tx.BeginPurge(ctx, id, d.at); err != nil || c.BegunAt != 0 {
			return err
		}
		return d.note(ctx, tx)
	})
}

// Jobs hands the capability's work to the queue.
func (s *Service) Jobs(w *jobs.Workers) {
	jobs.Register(w, s.OfferReset)
	jobs.Register(w, s.EndBusiness)
}

// Periodic is the work that comes round by itself.
func (s *Service) Periodic() []store.Periodic {
	return []store.Periodic{{Every: endsEvery, AtStart: true, Args: func() store.JobArgs { return EndBusiness{} }}}
}

// Ended is what is left to say of a business that was closed.
type Ended struct {
	At       string   `json:"at"`
	People   int64    `json:"people"`
	Accounts int64    `json:"accounts"`
	Stays    []Remain `json:"stays"`
}

// Remain is something that the closing did not reach, as the receipt has it.
type Remain struct {
	What  string `json:"what"`
	Why   string `json:"why"`
	Until string `json:"until,omitempty"`
	Count int64  `json:"count,omitempty"`
}

// Ended reads the receipt of a closing that is done; ok is false before.
func (s *Service) Ended(ctx context.Context) (out Ended, ok bool, err error) {
	c, err := s.Closing(ctx)
	if err != nil || c.PurgedAt == 0 {
		return out, false, err
	}
	if err := json.Unmarshal([]byte(c.Receipt), &out); err != nil {
		return out, true, err
	}
	out.At = time.UnixMilli(c.PurgedAt).UTC().Format(time.DateOnly)
	return out, true, nil
}
