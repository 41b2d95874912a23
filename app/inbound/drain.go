package inbound

import (
	"context"
	"errors"
	"fmt"
	"time"

	"stead/app/errs"
	"stead/app/port"
	"stead/store"
)

const (
	maxRead     = 200              // rows read at once
	maxAttempts = 8                // then an event is parked
	firstPause  = time.Second / 2  // and twice as long after each attempt
	idle        = 30 * time.Second // looks without being woken: hints may be lost
)

// drainer processes one provider's events in the order of arrival. The queue
// is the table: a drainer that dies takes nothing with it.
type drainer struct {
	*Service
	source port.Source
	wake   chan struct{}
	first  time.Duration
	later  map[string]time.Time // by event: not before
}

func newDrainer(s *Service, source port.Source) *drainer {
	return &drainer{Service: s, source: source, wake: make(chan struct{}, 1), first: firstPause, later: map[string]time.Time{}}
}

func (d *drainer) run(ctx context.Context) {
	for {
		pause, err := d.pass(ctx)
		if err != nil && ctx.Err() == nil {
			d.Log.WarnContext(ctx, "events wait", "provider", d.source.Name(), "code", errs.CodeOf(err))
			pause = max(pause, time.Second)
		}
		timer := time.NewTimer(pause)
		select {
		case <-d.wake:
		case <-timer.C:
		case <-d.Store.Poisoned():
			timer.Stop()
			return
		case <-ctx.Done():
			timer.Stop()
			return
		}
		timer.Stop()
	}
}

// pass looks at each waiting event once and returns how long to wait for the
// next that is to be tried again. A person's events behind one that failed
// wait with it; those of others do not.
func (d *drainer) pass(ctx context.Context) (time.Duration, error) {
	held := map[string]bool{}
	next, after := idle, ""
	for !d.Vault.Locked() {
		rows, err := d.Store.NewInbound(ctx, d.source.Name(), after, maxRead)
		if err != nil || len(rows) == 0 {
			return next, err
		}
		for _, row := range rows {
			after = row.ID
			if held[row.PeerHash] {
				continue
			}
			pause, holds, err := d.handle(ctx, row)
			if err != nil {
				return next, err
			}
			if pause > 0 {
				next = min(next, pause)
				held[row.PeerHash] = holds
			}
		}
	}
	return idle, nil
}

// handle processes an event whose time has come. It returns how long it must
// wait, if it must, and whether the person's other events wait with it.
func (d *drainer) handle(ctx context.Context, row store.Inbound) (pause time.Duration, holds bool, err error) {
	if wait := d.later[row.ID].Sub(d.Now()); wait > 0 {
		return wait, row.ErrorCode != codeLater, nil
	}
	code, final, err := d.process(ctx, row)
	switch {
	case err != nil:
		return 0, false, err
	case code == "":
		delete(d.later, row.ID)
		return 0, false, nil
	case final || row.Attempts+1 >= maxAttempts:
		delete(d.later, row.ID)
		d.Log.ErrorContext(ctx, "event parked", "provider", row.Provider, "kind", row.Kind, "event_id", row.ID, "code", code)
		now := d.Now().UnixMilli()
		return 0, false, d.Store.InTx(ctx, func(tx *store.Tx) error { return tx.ParkInbound(ctx, row.ID, code, now) })
	}
	pause = d.first << row.Attempts
	d.later[row.ID] = d.Now().Add(pause)
	err = d.Store.InTx(ctx, func(tx *store.Tx) error { return tx.NoteInbound(ctx, row.ID, code) })
	return pause, code != codeLater, err
}

const (
	codeLater  = "later"  // the event is early, not wrong
	codeLocked = "locked" // the vault was locked in the middle of it
)

// process returns why an event could not be processed, and whether it never
// can. An error says that the fault is not the event's: nothing is counted.
func (d *drainer) process(ctx context.Context, row store.Inbound) (code string, final bool, err error) {
	if row.Sealed == nil {
		return "no_payload", true, nil
	}
	plain, err := d.Vault.Unseal("fields", "inbound_events|"+row.ID+"|sealed", row.Sealed)
	switch {
	case errs.KindOf(err) == errs.Unavailable:
		return "", false, err
	case err != nil:
		return "unsealable", true, nil //nolint:nilerr // the code tells it
	}
	event, err := d.source.Decode(row.Kind, plain)
	if err != nil && !errors.Is(err, port.ErrIgnored) {
		return errs.CodeOf(err), true, nil
	}
	err = d.apply(ctx, row, event, err == nil)
	switch {
	case err == nil, errors.Is(err, errGone):
		return "", false, nil
	case errs.CodeOf(err) == port.CodeGone:
		now := d.Now().UnixMilli()
		return "", false, d.Store.InTx(ctx, func(tx *store.Tx) error { return tx.DiscardInbound(ctx, row.ID, port.CodeGone, now) })
	case ctx.Err() != nil, hopeless(err), errs.CodeOf(err) == codeLocked:
		return "", false, err
	case errs.KindOf(err) == errs.Unavailable:
		return codeLater, false, nil
	}
	return errs.CodeOf(err), errs.KindOf(err) == errs.Invalid, nil
}

// errGone says that somebody else finished the event, or erased its person.
var errGone = errors.New("inbound: not new any more")

// apply runs an event's effects, if it has any, and marks it as done, both or
// neither.
func (d *drainer) apply(ctx context.Context, row store.Inbound, event port.Event, effects bool) (err error) {
	defer func() {
		p := recover()
		if locked, ok := p.(error); ok && errs.CodeOf(locked) == codeLocked {
			err = locked
		} else if p != nil {
			d.Log.ErrorContext(ctx, "event handler panicked", "provider", row.Provider, "kind", row.Kind)
			err = &errs.Error{Code: "panic", Err: fmt.Errorf("inbound: panic of type %T", p)}
		}
	}()
	now := d.Now().UnixMilli()
	return d.Store.InTx(ctx, func(tx *store.Tx) error {
		err := tx.FinishInbound(ctx, row.ID, now)
		if errors.Is(err, store.ErrConflict) {
			return errGone
		}
		if err != nil || !effects {
			return err
		}
		if old, err := d.forgotten(ctx, tx, row, event); err != nil {
			return err
		} else if old {
			return &errs.Error{Kind: errs.NotFound, Code: port.CodeGone}
		}
		return d.dispatch(ctx, tx, row, event)
	})
}

// forgotten tells that an event is older than the erasure of its person: fetched
// after a restore, it would bring them back.
func (d *drainer) forgotten(ctx context.Context, tx *store.Tx, row store.Inbound, event port.Event) (bool, error) {
	var at time.Time
	switch {
	case event.Text != nil:
		at = event.Text.At
	case event.Call != nil:
		at = event.Call.At
	}
	if at.IsZero() || row.PeerHash == "" {
		return false, nil
	}
	subject, err := d.Vault.TryHash(store.LedgerPeer, row.PeerHash)
	if err != nil {
		return false, err
	}
	erased, err := tx.ForgottenAt(ctx, subject)
	return at.UnixMilli() < erased, err
}

func (d *drainer) dispatch(ctx context.Context, tx *store.Tx, row store.Inbound, event port.Event) error {
	received := time.UnixMilli(row.ReceivedAt)
	switch {
	case event.Text != nil:
		e := *event.Text
		if e.At.IsZero() {
			e.At = received
		}
		return d.OnText(ctx, tx, row.Provider, e)
	case event.Call != nil:
		e := *event.Call
		if e.At.IsZero() {
			e.At = received
		}
		return d.OnCall(ctx, tx, row.Provider, e)
	case event.Status != nil:
		return d.OnStatus(ctx, tx, row.Provider, *event.Status)
	}
	return &errs.Error{Kind: errs.Invalid, Code: "empty_event", Message: "The event says nothing."}
}
