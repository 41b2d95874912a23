// Package history is what can still be put right: changes that are taken back,
// what waits in the bin, long work while it runs. What a change does, and what
// a step of long work does, is its capability's; here is who may take it back,
// restore it or stop it, and what they are told.
package history

import (
	"context"
	"log/slog"
	"time"

	"stead/app/web"
	"stead/app/work"
	"stead/store"
)

// Deps are what the capability needs.
type Deps struct {
	Store *store.Store
	Work  *work.Runner
	Say   web.Say // said once on the next page
	Now   func() time.Time
	NewID func() string
	Log   *slog.Logger
}

// Service holds the rules. Pages call it.
type Service struct{ Deps }

// Long work of this capability.
const (
	opUndo  = "undo"      // a large change is taken back
	opEmpty = "bin.empty" // what many had goes for good
)

// What happens, as events and audit name it. The subject of the first is the
// change, so that whoever made it can follow.
const (
	EventUndone   = "change.undone"
	EventRestored = "bin.restored"
	EventEmptied  = "bin.emptied"
	EventBinned   = "contact.deleted"
	EventStopped  = store.EventOperationStopped
)

// New returns the capability and tells the runner what it does.
func New(d Deps) *Service {
	s := &Service{Deps: d}
	d.Work.Handle(opUndo, s.undoStep)
	d.Work.Handle(opEmpty, s.emptyStep)
	return s
}

// note emits and audits one act.
func (s *Service) note(ctx context.Context, tx *store.Tx, kind, subject, contactID, actor, eventID string, at int64) error {
	return tx.Record(ctx, store.Event{ID: eventID, Kind: kind, Subject: subject, ContactID: contactID, Actor: actor, At: at})
}
