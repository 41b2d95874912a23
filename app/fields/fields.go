// Package fields holds what the business adds to its records: fields of its own
// and the tags that it sorts by, as they are made, renamed and deleted in the
// settings. What a record has in a field, or which tags are on it, is decided
// where the record is; how a value is read stands in package custom.
package fields

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

// What is recorded of a change; the names are events and audit actions.
const (
	EventFieldCreated  = "field.created"
	EventFieldChanged  = "field.changed"
	EventFieldMoved    = "field.moved"
	EventFieldDeleted  = "field.deleted"
	EventFieldRestored = "field.restored"
	EventTagCreated    = "tag.created"
	EventTagChanged    = "tag.changed"
	EventTagMerged     = "tag.merged"
	EventTagDeleted    = "tag.deleted"
	EventTagRestored   = "tag.restored"
)

// CodeChanged is the code of the Conflict when somebody else saved meanwhile.
const CodeChanged = "changed"

// The most that is taken of each.
const (
	maxFields  = 100 // of one kind of record
	maxChoices = 200
	maxTags    = 1000
)

// Deps is all that the capability needs.
type Deps struct {
	Store      *store.Store
	Work       *work.Runner // what concerns too many people for one moment
	Now        func() time.Time
	NewID      func() string
	Currencies []string // offered for amounts
	Say        web.Say  // said once on the next page, with a way back
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
	id, kind, subject, actor string
	at                       int64
}

func (s *Service) act(actor access.Actor, kind, subject string) act {
	return act{id: s.NewID(), kind: kind, subject: subject, actor: actor.ID, at: s.Now().UnixMilli()}
}

func (a act) event() store.Event {
	return store.Event{ID: a.id, Kind: a.kind, Subject: a.subject, Actor: a.actor, At: a.at}
}

func (a act) record(ctx context.Context, tx *store.Tx) error { return tx.Record(ctx, a.event()) }

// undoable does a change of some rows of a table so that it can be taken back,
// and records it.
func (a act) undoable(ctx context.Context, tx *store.Tx, table string, ids []string, do func() error) error {
	u := store.Undo{ID: a.id, Kind: a.kind, Actor: a.actor, At: a.at}
	watch := func(u *store.Undoing) error { return u.Watch(ctx, table, "id", ids...) }
	return tx.RecordUndoable(ctx, u, a.event(), watch, do)
}

func mayRead(actor access.Actor) error {
	return access.Allow(actor, access.SettingsRead, access.Object{})
}

func mayWrite(actor access.Actor) error {
	return access.Allow(actor, access.SettingsWrite, access.Object{})
}

// again judges who acts once more within the transaction, as they are now.
func again(ctx context.Context, tx *store.Tx, actor access.Actor) error {
	now, err := access.AsOfNow(ctx, &tx.Reader, actor)
	if err != nil {
		return err
	}
	return mayWrite(now)
}

// changed turns a conflict of versions into what the page says of it.
func changed(err error, message string) error {
	if errors.Is(err, store.ErrConflict) {
		return &errs.Error{Kind: errs.Conflict, Code: CodeChanged, Message: message, Err: err}
	}
	return err
}
