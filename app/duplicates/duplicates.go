// Package duplicates keeps the address book free of double entries: it finds
// contacts that may be one person, remembers which are two, and makes one of two.
// How rows are joined and found stands in the store; what a contact is, and how
// they are reached, is for others to say. Nothing is erased from here: what goes
// into another contact can be taken out again for 30 days.
package duplicates

import (
	"context"
	"errors"
	"time"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/web"
	"stead/app/work"
	"stead/store"
)

// Restrictions is told that a person's data may only be kept: what must outlive
// a restored backup.
type Restrictions interface {
	NoteRestriction(ctx context.Context, tx *store.Tx, contactID string, restricted bool, at int64) error
}

// Deps is all that the capability needs.
type Deps struct {
	Store        *store.Store
	Work         *work.Runner
	Restrictions Restrictions
	Say          web.Say // said once on the next page
	Now          func() time.Time
	NewID        func() string
}

// Service is the capability.
type Service struct{ Deps }

// The events and operations. The subject of the first two is who was kept.
const (
	EventMerged    = "contact.merged" // its data names who went: {"gone": id}
	EventSeparated = "contact.kept_separate"
	EventSought    = "duplicate.sought"

	opSeek  = "duplicates.seek"
	opMerge = "duplicates.merge"
)

// New returns the capability and tells the runner what it does.
func New(d Deps) *Service {
	s := &Service{Deps: d}
	d.Work.Handle(opSeek, s.seekStep)
	d.Work.Handle(opMerge, s.mergeStep)
	return s
}

// React holds a contact that was added or changed against all others, in the
// transaction of the change, and has everybody compared after an import.
func (s *Service) React(ctx context.Context, tx *store.Tx, e store.Event) error {
	switch e.Kind {
	case "contact.created", "contact.changed", "bin.restored":
		if e.ContactID == "" {
			return nil
		}
		_, err := tx.Compare(ctx, e.ContactID, e.At)
		return err
	case "import.done":
		return s.Work.Start(ctx, tx, store.Operation{ID: "seek-" + e.ID, Kind: opSeek, Actor: e.Actor, CreatedAt: e.At})
	}
	return nil
}

// Page is a part of the list of pairs.
type Page struct {
	Rows      []store.PairRow
	Next      string
	Count     int64 // at most MaxCount
	MayMerge  bool
	MaySeek   bool
	MaySettle bool
}

const (
	pageSize = 30
	// MaxCount is where counting ends.
	MaxCount = 10_000
)

// List returns pairs that may be one person, the likeliest first: those both of
// which the actor may see. What numbers and addresses tell is left out of those
// whose the actor may not see.
func (s *Service) List(ctx context.Context, actor access.Actor, after string) (Page, error) {
	if err := access.Allow(actor, access.ContactsRead, access.Object{Owner: actor.ID}); err != nil {
		return Page{}, err
	}
	scope := access.Scope(actor, access.ContactsRead)
	rows, err := s.Store.Pairs(ctx, scope, store.Page{After: after, Limit: pageSize + 1})
	if err != nil {
		return Page{}, err
	}
	out := Page{MayMerge: actor.Has(access.ContactsDelete) && actor.Has(access.ContactsWrite), MaySettle: actor.Has(access.ContactsWrite)}
	out.MaySeek = access.Scope(actor, access.ContactsWrite).All()
	if len(rows) > pageSize {
		rows = rows[:pageSize]
		out.Next = rows[pageSize-1].Cursor()
	}
	for i := range rows {
		if shown := veiled(actor, &rows[i]); shown {
			out.Rows = append(out.Rows, rows[i])
		}
	}
	out.Count, err = s.Store.CountPairs(ctx, scope, MaxCount)
	return out, err
}

// KeepSeparate notes that two contacts are two, and returns what takes it back.
func (s *Service) KeepSeparate(ctx context.Context, actor access.Actor, a, b string) (undoID string, err error) {
	undoID = s.NewID()
	act := s.act(actor, EventSeparated, a, "")
	err = s.Store.InTx(ctx, func(tx *store.Tx) error {
		for _, id := range []string{a, b} {
			if _, err := may(ctx, &tx.Reader, actor, access.ContactsWrite, id); err != nil {
				return err
			}
		}
		if a == b {
			return &errs.Error{Kind: errs.Invalid, Message: "Choose two different contacts."}
		}
		undo, err := tx.Undoable(ctx, store.Undo{ID: undoID, Kind: EventSeparated, Actor: actor.ID, ContactID: a, At: act.at})
		if err != nil {
			return err
		}
		if err := undo.Watch(ctx, "duplicates", "contact_id", min(a, b)); err != nil {
			return err
		}
		if err := tx.KeepSeparate(ctx, a, b, actor.ID, act.at); err != nil {
			return err
		}
		if err := undo.Close(ctx); err != nil {
			return err
		}
		return act.record(ctx, tx)
	})
	return undoID, err
}

// may returns a contact that the actor may see and do p to. One in the bin is
// not there.
func may(ctx context.Context, r *store.Reader, actor access.Actor, p access.Permission, id string) (store.Contact, error) {
	c, err := r.Contact(ctx, id)
	if err != nil {
		return c, err
	}
	if c.DeletedAt != 0 {
		return c, &errs.Error{Kind: errs.NotFound, Message: "This contact is in the bin."}
	}
	if err := access.Allow(actor, access.ContactsRead, access.Object{Owner: c.OwnerID}); err != nil {
		return c, err
	}
	return c, access.Allow(actor, p, access.Object{Owner: c.OwnerID})
}

// act is what is recorded of a change.
type act struct {
	event store.Event
	audit store.AuditEntry
	at    int64
}

func (s *Service) act(actor access.Actor, kind, contactID, data string) act {
	at := s.Now().UnixMilli()
	return act{
		event: store.Event{ID: s.NewID(), Kind: kind, Subject: contactID, ContactID: contactID, Actor: actor.ID, At: at, Data: data},
		audit: store.AuditEntry{Action: kind, Actor: actor.ID, Object: contactID, ContactID: contactID, At: at},
		at:    at,
	}
}

func (a act) record(ctx context.Context, tx *store.Tx) error {
	if err := tx.Emit(ctx, a.event); err != nil {
		return err
	}
	return tx.Audit(ctx, a.audit)
}

// conflict says what a merge that came too late is told.
func (s *Service) conflict(ctx context.Context, err error, gone string) error {
	_, mergedErr := s.Store.MergedInto(ctx, gone)
	switch {
	case mergedErr == nil:
		return &errs.Error{Kind: errs.Conflict, Code: CodeMerged, Message: "Someone merged this contact a moment ago.", Err: err}
	case errors.Is(err, store.ErrConflict):
		return &errs.Error{Kind: errs.Conflict, Code: CodeChanged, Message: "Someone changed one of the two while you were looking. Look at them again.", Err: err}
	}
	return err
}
