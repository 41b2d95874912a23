// Package imports brings people in from files that others wrote: it reads them,
// asks what their columns mean, says what would happen, does it in small steps,
// and takes all of it back when asked to. How a file is read stands in tabular,
// what a person is in people, and how long work is done in work. No line of a
// file is lost: each is counted with the header, the blank lines or one record.
package imports

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"sync"
	"time"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/web"
	"stead/app/work"
	"stead/store"
)

// Files keeps what was uploaded, and what was not taken; it is the blobs.
type Files interface {
	Put(ctx context.Context, r io.Reader, f store.File) (store.File, error)
	Open(ctx context.Context, f store.File) (io.ReadCloser, error)
	Discard(ids ...string) // of files that got no row
}

// Deps is all that the capability needs.
type Deps struct {
	Store     *store.Store
	Files     Files
	Work      *work.Runner
	Forgotten func(key string) (string, error) // the subject under which a number or an address of somebody erased is kept
	Say       web.Say                          // said once on the next page
	Countries func() []Country
	Now       func() time.Time
	NewID     func() string
	Log       *slog.Logger
}

// Country is one that numbers may be of.
type Country struct{ Code, Name string }

// Service is the capability. Close it after the last step.
type Service struct {
	Deps
	mu       sync.Mutex
	readings map[string]*reading // by import
	checks   map[string]*check
	coming   arriving
}

// The kinds of operation.
const (
	kindCheck = "import.check"
	kindRun   = "import.run"
	kindUndo  = "import.undo"
)

// The events of an import. Their subject is its id.
const (
	EventUploaded = "import.uploaded"
	EventStarted  = "import.started"
	EventDone     = "import.done"
	EventUndone   = "import.undone"
	EventFetched  = "import.rejects_fetched"
	EventDropped  = "import.discarded"
)

// New returns the capability and tells the runner what it does.
func New(d Deps) *Service {
	s := &Service{Deps: d, readings: map[string]*reading{}, checks: map[string]*check{}}
	d.Work.Handle(kindCheck, s.checkStep)
	d.Work.Handle(kindRun, s.runStep)
	d.Work.Handle(kindUndo, s.undoStep)
	return s
}

// Close ends what is being read.
func (s *Service) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.readings {
		r.stop()
	}
	clear(s.readings)
}

// how long what was uploaded, and what was not taken, is kept.
const (
	keepUpload  = 7 * 24 * time.Hour
	keepRejects = 30 * 24 * time.Hour
)

var errGone = &errs.Error{Kind: errs.NotFound, Code: "import_gone", Message: "There is no such import."}

// may returns the import that an actor asks for: their own, or one of somebody
// whose records they see with all personal data. A file of people is no less.
func (s *Service) may(ctx context.Context, actor access.Actor, id string) (store.Import, error) {
	if err := access.Allow(actor, access.ContactsImport, access.Object{}); err != nil {
		return store.Import{}, err
	}
	i, err := s.Store.Import(ctx, id)
	if errors.Is(err, store.ErrNotFound) || err == nil && !sees(actor, i.CreatedBy) {
		return store.Import{}, errGone
	}
	return i, err
}

func sees(actor access.Actor, by string) bool {
	return by == actor.ID || access.Sees(actor, by) && access.May(actor, access.ContactsRead, access.Object{Owner: by})
}

// whose are those whose imports an actor may see.
func whose(actor access.Actor) store.Scope {
	of := access.Scope(actor, access.PersonalSee)
	if actor.May[access.ContactsRead] < actor.May[access.PersonalSee] {
		of = access.Scope(actor, access.ContactsRead)
	}
	if of.All() {
		return of
	}
	return of.OrOf(actor.ID)
}

// Get returns one import.
func (s *Service) Get(ctx context.Context, actor access.Actor, id string) (store.Import, error) {
	return s.may(ctx, actor, id)
}

// List returns a page of the imports that the actor may see, the latest first,
// and the After of the next.
func (s *Service) List(ctx context.Context, actor access.Actor, after string) ([]store.Import, string, error) {
	if err := access.Allow(actor, access.ContactsImport, access.Object{}); err != nil {
		return nil, "", err
	}
	return s.Store.Imports(ctx, whose(actor), store.Page{After: after})
}

// record writes an event and its entry of the audit.
func (s *Service) record(ctx context.Context, tx *store.Tx, eventID, kind, id, actor string, at int64) error {
	return tx.Record(ctx, store.Event{ID: eventID, Kind: kind, Subject: id, Actor: actor, At: at})
}
