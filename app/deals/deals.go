// Package deals holds the work that is to be won: creating, changing and moving
// deals, winning and losing them, what is sold or bought in them. How they go
// stands in package pipelines; who they are about, in contacts and companies.
package deals

import (
	"context"
	"errors"
	"net/url"
	"strconv"
	"time"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/web"
	"stead/store"
	"stead/views/ui"
)

// What is recorded of a change; the names are events and audit actions.
const (
	EventCreated  = "deal.created"
	EventChanged  = "deal.changed"
	EventMoved    = "deal.moved"
	EventWon      = "deal.won"
	EventLost     = "deal.lost"
	EventReopened = "deal.reopened"
	EventAssigned = "deal.assigned" // its data names to whom: {"to": user id}, as that of any other that gives a deal to somebody
	EventLines    = "deal.lines"

	EventNoted       = "deal.noted"
	EventNoteChanged = "deal.note_changed"
	EventNotePinned  = "deal.note_pinned" // or no longer
	EventNoteDeleted = "deal.note_deleted"
	EventDeleted     = "deal.deleted"
	EventRestored    = "deal.restored"
)

// Codes of Conflicts.
const (
	CodeChanged = "changed" // somebody else saved meanwhile
	CodeMissing = "missing" // the stage asks for something that the deal has not
)

// Person is somebody whom a deal can be with, as far as whoever asks may see them.
type Person struct{ ID, Name, Company, Phone string }

// Firm is a company that a deal can be with.
type Firm struct{ ID, Name string }

// Panel is a part of a deal's page that another capability makes. nil: nothing.
type Panel func(ctx context.Context, actor access.Actor, d Sight) (ui.Component, error)

// CodeKnown is the code of the Conflict with which NewPerson refuses somebody like
// whom is there already.
const CodeKnown = "known"

// Deps is all that the capability needs.
type Deps struct {
	Store      *store.Store
	Now        func() time.Time
	NewID      func() string
	Currencies []string
	Say        web.Say // said once on the next page, with a way back

	// Matching lists at most so many of the deals that the list at an address finds;
	// nil: nothing is chosen but one by one.
	Matching func(ctx context.Context, actor access.Actor, address url.Values, most int) ([]string, error)

	Persons   func(ctx context.Context, actor access.Actor, query string) ([]Person, error) // that are found; nil: nobody is
	Firms     func(ctx context.Context, actor access.Actor, query string) ([]Firm, error)
	NewPerson func(ctx context.Context, actor access.Actor, p NewPerson) (id string, err error)
	// NameCaller names somebody who has no name yet, and leaves one who is called so
	// already.
	NameCaller func(ctx context.Context, actor access.Actor, contactID, name string) error
	Panels     []Panel // under the facts, in their order
}

// NewPerson is somebody who is made in place. Key is that of the form: sent twice,
// it makes one. Anyway: though somebody like them is there.
type NewPerson struct {
	Name, Phone, Key string
	Anyway           bool
}

// Service holds the rules; pages call it.
type Service struct{ Deps }

// New returns the capability.
func New(d Deps) *Service { return &Service{d} }

// Saved is what a change made: Undo takes it back, and is empty where nothing
// was changed.
type Saved struct{ ID, Undo string }

// act is a change as it is recorded. Its id is also that of the undo.
type act struct {
	id, kind, subject, contact, actor, data string
	at                                      int64
}

func (s *Service) act(actor access.Actor, kind, subject string) act {
	return act{id: s.NewID(), kind: kind, subject: subject, actor: actor.ID, at: s.Now().UnixMilli()}
}

// to is an act that gives a deal to a colleague, which its data says, so that they
// are told. An empty id: nobody.
func (a act) to(userID string) act {
	a.data = `{"to":` + strconv.Quote(userID) + `}`
	return a
}

// undoable does a change of deals so that it can be taken back, and records it.
func (a act) undoable(ctx context.Context, tx *store.Tx, do func() error, ids ...string) error {
	return a.undoableWith(ctx, tx, nil, do, ids...)
}

// undoableWith is undoable for a change of more than deals.
func (a act) undoableWith(ctx context.Context, tx *store.Tx, more func(*store.Undoing) error, do func() error, ids ...string) error {
	u := store.Undo{ID: a.id, Kind: a.kind, Actor: a.actor, ContactID: a.contact, At: a.at}
	e := store.Event{ID: a.id, Kind: a.kind, Subject: a.subject, ContactID: a.contact, Actor: a.actor, At: a.at, Data: a.data}
	return tx.RecordUndoable(ctx, u, e, func(u *store.Undoing) error {
		err := u.WatchDeals(ctx, ids...)
		if err == nil && more != nil {
			err = more(u)
		}
		return err
	}, do)
}

// mayRead returns a deal that the actor may see, also one in the bin.
func mayRead(ctx context.Context, r *store.Reader, actor access.Actor, id string) (store.Deal, error) {
	d, err := r.Deal(ctx, id)
	if err != nil {
		return store.Deal{}, err
	}
	return d, access.Allow(actor, access.DealsRead, access.Object{Owner: d.OwnerID})
}

// mayDo returns a deal that the actor may see and do p to, and that is not in
// the bin.
func mayDo(ctx context.Context, r *store.Reader, actor access.Actor, p access.Permission, id string) (store.Deal, error) {
	d, err := mayRead(ctx, r, actor, id)
	if err != nil {
		return d, err
	}
	if err := access.Allow(actor, p, access.Object{Owner: d.OwnerID}); err != nil {
		return d, err
	}
	if d.DeletedAt != 0 {
		return d, &errs.Error{Kind: errs.Conflict, Code: "in_bin", Message: "This deal is in the bin. Restore it first."}
	}
	return d, nil
}

// mayEdit returns a deal whose texts and amounts the actor may change, which
// takes seeing them.
func mayEdit(ctx context.Context, r *store.Reader, actor access.Actor, id string) (store.Deal, error) {
	d, err := mayDo(ctx, r, actor, access.DealsWrite, id)
	if err == nil && (!access.Sees(actor, d.OwnerID) || !access.May(actor, access.MoneySee, access.Object{Owner: d.OwnerID})) {
		err = &errs.Error{Kind: errs.Denied, Message: "Your role does not show all of this deal, so it cannot change it either."}
	}
	return d, err
}

// changed turns a conflict of versions into what the page says of it.
func changed(err error) error {
	if errors.Is(err, store.ErrConflict) {
		return &errs.Error{Kind: errs.Conflict, Code: CodeChanged, Message: "Someone else changed this deal while you were editing.", Err: err}
	}
	return err
}
