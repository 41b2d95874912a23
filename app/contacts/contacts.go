// Package contacts is about the people the business deals with: who they are,
// how they are reached, what was noted about them. What was said and called
// stands in their conversation and is written by the inbox and the calls; here
// it is only read. No provider is known and nothing is sent from here.
package contacts

import (
	"context"
	"log/slog"
	"time"

	"stead/app/access"
	"stead/app/saved"
	"stead/app/web"
	"stead/store"
	"stead/views/ui"
)

// Restrictions is told, in the transaction of the change, that a person's data
// may only be kept, or may be used again: what must outlive a restored backup.
type Restrictions interface {
	NoteRestriction(ctx context.Context, tx *store.Tx, contactID string, restricted bool, at int64) error
}

// Deps is all that the capability needs.
type Deps struct {
	Store        *store.Store
	AddressHash  func(matchKey string) (string, error) // of a number, as suppressions hold it
	Restrictions Restrictions
	Say          web.Say // for the next page
	Files        Slot    // what is filed with a contact; nil: nothing is shown of it
	ToDo         Slot    // what is to be done for a contact; nil: the tasks alone
	Deals        Slot    // the deals with a contact; nil: nothing is shown of them
	Finish       Finish  // what finishing a task is; nil: nothing but that
	Now          func() time.Time
	NewID        func() string
	Log          *slog.Logger
}

// Slot draws on a contact's card what another capability keeps of them, for
// somebody who may see the card; nil is nothing.
type Slot func(ctx context.Context, actor access.Actor, c store.Contact) (ui.Component, error)

// Finish marks a task as done, with all that follows from it, and returns the id
// under which that is taken back. With an empty contact it is anybody's.
type Finish func(ctx context.Context, actor access.Actor, contactID, id string) (undoID string, err error)

// Service is the capability. Close it after the last request.
type Service struct {
	Deps
	optOuts *optOuts
	reads   *reads
	house   house
	lists   viewsOf
	totals  totals
	saved   *saved.Views
}

// New returns the capability. It starts one goroutine, which Close ends.
func New(d Deps) *Service {
	s := &Service{Deps: d, optOuts: newOptOuts(d.Store, d.AddressHash, d.Now), reads: startReads(d.Store, d.Log, readsEvery)}
	s.saved = &saved.Views{Store: d.Store, Now: d.Now, NewID: d.NewID, Record: "contact"}
	d.Store.Watch(s.lists.forget)
	d.Store.Watch(s.totals.forget)
	return s
}

// Close writes down which cards were read since the last batch.
func (s *Service) Close(ctx context.Context) error { return s.reads.close(ctx) }

// Seen notes that somebody looked at a contact elsewhere than on the card. It
// never waits.
func (s *Service) Seen(ctx context.Context, actorID, contactID string) {
	s.reads.add(ctx, actorID, contactID, s.Now().UnixMilli())
}

// The events of a contact. Their subject is the contact's id.
const (
	EventCreated      = "contact.created"
	EventChanged      = "contact.changed"
	EventBlocked      = "contact.blocked"
	EventUnblocked    = "contact.unblocked"
	EventRestricted   = "contact.restricted"
	EventUnrestricted = "contact.unrestricted"
	EventNoted        = "contact.noted"
	EventNoteChanged  = "contact.note_changed"
	EventNotePinned   = "contact.note_pinned"
	EventNoteUnpinned = "contact.note_unpinned"
	EventNoteDeleted  = "contact.note_deleted"
	EventAssigned     = "contact.assigned" // its data names to whom: {"to": user id}, empty for nobody
	EventTaskDone     = "task.done"
	actionRead        = "contact.read"
)
