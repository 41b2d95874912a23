// Package exports is about data that leaves: a list as CSV, XLSX or vCards, and
// everything there is as one archive that another instance reads back. Each is
// streamed, so that its size never matters, and is in the hands of whoever made
// it from then on. How files of others are read is not known here.
package exports

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"stead/app/blob"
	"stead/app/web"
	"stead/app/work"
	"stead/store"
)

// Hasher makes the keyed hashes under which opt-outs are kept; it is the vault.
type Hasher interface {
	TryHash(purpose string, parts ...string) (string, error)
}

// Restrictions is told whose data may only be kept: what must outlive a backup.
type Restrictions interface {
	NoteRestriction(ctx context.Context, tx *store.Tx, contactID string, restricted bool, at int64) error
}

// Deps are what the capability needs.
type Deps struct {
	Store        *store.Store
	Blobs        *blob.Files
	Vault        Hasher
	Work         *work.Runner
	Restrictions Restrictions
	Say          web.Say // said once on the next page
	Now          func() time.Time
	NewID        func() string
	Log          *slog.Logger
}

// Service is the capability.
type Service struct {
	Deps
	mu     sync.Mutex
	making map[string]*making  // by operation: files that are being made
	taking map[string]*reading // archives that are being read
}

// New returns the capability and tells the runner of its work.
func New(d Deps) *Service {
	s := &Service{Deps: d, making: map[string]*making{}, taking: map[string]*reading{}}
	d.Work.Handle(kindList, s.stepList)
	d.Work.Handle(kindArchive, s.stepArchive)
	d.Work.Handle(kindRead, s.stepRead)
	return s
}

// The kinds of long work.
const (
	kindList    = "export.list"
	kindArchive = "export.archive"
	kindRead    = "archive.read"
)

// What happens, as events and the audit name it.
const (
	EventList    = "data.list_exported"
	EventArchive = "data.exported"
	EventFetched = "data.export_fetched"
	EventRead    = "data.imported"
)

// kept is how long a file that was made can be fetched.
const kept = 7 * 24 * time.Hour
