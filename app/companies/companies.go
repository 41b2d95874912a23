// Package companies holds the firms, clubs and households that people belong
// to: finding them, creating and editing them, who works there and as what, two
// of them made one. Whoever may see and change contacts may see and change the
// companies of the same owners. What the business adds to them as fields and tags
// is decided in package fields.
package companies

import (
	"context"
	"errors"
	"time"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/web"
	"stead/app/work"
	"stead/store"
	"stead/views/ui"
)

// What is recorded of a change; the names are events and audit actions.
const (
	EventCreated  = "company.created"
	EventChanged  = "company.changed"
	EventAssigned = "company.assigned"
	EventJoined   = "company.joined" // somebody belongs to it
	EventJob      = "company.job"    // as something else
	EventLeft     = "company.left"
	EventMerged   = "company.merged"
	EventDeleted  = "company.deleted"
	EventRestored = "company.restored"

	EventNoted        = "company.noted"
	EventNoteChanged  = "company.note_changed"
	EventNotePinned   = "company.note_pinned"
	EventNoteUnpinned = "company.note_unpinned"
	EventNoteDeleted  = "company.note_deleted"
)

// Codes of Conflicts.
const (
	CodeKnown   = "known"   // there is one of this name or domain
	CodeChanged = "changed" // somebody else saved meanwhile
)

// Panel is a part of a company's card that another capability makes.
type Panel func(ctx context.Context, actor access.Actor, companyID string) (ui.Component, error)

// Deps is all that the capability needs.
type Deps struct {
	Store  *store.Store
	Work   *work.Runner // what concerns too many people for one moment
	Now    func() time.Time
	NewID  func() string
	Say    web.Say // said once on the next page, with a way back
	Panels []Panel // under the facts, in their order
}

// Service holds the rules; pages call it.
type Service struct{ Deps }

// New returns the capability and tells the work what it does.
func New(d Deps) *Service {
	s := &Service{d}
	if s.Work != nil {
		s.Work.Handle(opAlign, s.align)
		s.Work.Handle(opMerge, s.mergeSome)
	}
	return s
}

// act is a change as it is recorded. Its id is also that of the undo.
type act struct {
	id, kind, subject, contact, actor string
	at                                int64
}

func (s *Service) act(actor access.Actor, kind, subject string) act {
	return act{id: s.NewID(), kind: kind, subject: subject, actor: actor.ID, at: s.Now().UnixMilli()}
}

func (a act) event() store.Event {
	return store.Event{ID: a.id, Kind: a.kind, Subject: a.subject, ContactID: a.contact, Actor: a.actor, At: a.at}
}

// undoable does a change so that it can be taken back, and records it.
func (a act) undoable(ctx context.Context, tx *store.Tx, watch func(*store.Undoing) error, do func() error) error {
	u := store.Undo{ID: a.id, Kind: a.kind, Actor: a.actor, ContactID: a.contact, At: a.at}
	return tx.RecordUndoable(ctx, u, a.event(), watch, do)
}

// watchCompany watches a company without its people.
func watchCompany(ctx context.Context, u *store.Undoing, ids ...string) error {
	err := u.Watch(ctx, "companies", "id", ids...)
	for _, table := range []string{"company_points", "company_tags", "company_fields"} {
		if err == nil {
			err = u.Watch(ctx, table, "company_id", ids...)
		}
	}
	return err
}

// mayRead returns a company that the actor may see, also one in the bin.
func mayRead(ctx context.Context, r *store.Reader, actor access.Actor, id string) (store.Company, error) {
	c, err := r.Company(ctx, id)
	if err != nil {
		return store.Company{}, err
	}
	return c, access.Allow(actor, access.ContactsRead, access.Object{Owner: c.OwnerID})
}

// mayDo returns a company that the actor may see and do p to, and that is not
// in the bin.
func mayDo(ctx context.Context, r *store.Reader, actor access.Actor, p access.Permission, id string) (store.Company, error) {
	c, err := mayRead(ctx, r, actor, id)
	if err != nil {
		return c, err
	}
	if err := access.Allow(actor, p, access.Object{Owner: c.OwnerID}); err != nil {
		return c, err
	}
	if c.DeletedAt != 0 {
		return c, &errs.Error{Kind: errs.Conflict, Code: "in_bin", Message: "This company is in the bin. Restore it first."}
	}
	return c, nil
}

// mayEdit returns a company whose numbers and texts the actor may change, which
// takes seeing them.
func mayEdit(ctx context.Context, r *store.Reader, actor access.Actor, id string) (store.Company, error) {
	c, err := mayDo(ctx, r, actor, access.ContactsWrite, id)
	if err == nil && !access.Sees(actor, c.OwnerID) {
		err = &errs.Error{Kind: errs.Denied, Message: "Your role does not show this company's data, so it cannot change it either."}
	}
	return c, err
}

func (s *Service) people(ctx context.Context) (access.People, error) {
	users, err := s.Store.People(ctx)
	return users, err
}

func changed(err error) error {
	if errors.Is(err, store.ErrConflict) {
		return &errs.Error{Kind: errs.Conflict, Code: CodeChanged, Message: "Someone else saved this company while you were editing.", Err: err}
	}
	return err
}
