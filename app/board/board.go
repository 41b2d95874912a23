// Package board shows the deals: as a board of the stages of a pipeline, as a
// list, and as a forecast by month, over one filter that can be kept as a view.
// It only reads deals; what changes one stands where deals are.
package board

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"stead/app/access"
	"stead/app/custom"
	"stead/app/saved"
	"stead/app/web"
	"stead/store"
	"stead/views/ui"
)

// Deps is all that the capability needs.
type Deps struct {
	Store *store.Store
	Now   func() time.Time
	NewID func() string
	Say   web.Say // said once on the next page, with a way back
	Log   *slog.Logger
}

// Service answers the pages.
type Service struct {
	Deps
	saved *saved.Views
	zone  zone
}

// New returns the capability.
func New(d Deps) *Service {
	return &Service{Deps: d, saved: &saved.Views{Store: d.Store, Now: d.Now, NewID: d.NewID, Record: "deal"}}
}

// mayLook refuses whoever may see no deal at all.
func mayLook(actor access.Actor) error {
	return access.Allow(actor, access.DealsRead, access.Object{Owner: actor.ID})
}

// sight is what an actor sees of a part of the deals.
type sight struct {
	actor access.Actor
	scope store.Scope
	money bool // the amount of each of them
	texts bool // what was written in each of them
}

func sightOf(actor access.Actor, who string) sight {
	reach := actor.May[access.DealsRead]
	if who == access.Mine {
		reach = access.Own
	}
	return sight{
		actor: actor, scope: access.Part(actor, access.DealsRead, who), money: actor.May[access.MoneySee] >= reach, texts: actor.May[access.PersonalSee] >= reach,
	}
}

func (s *Service) people(ctx context.Context) (access.People, error) {
	users, err := s.Store.People(ctx)
	return users, err
}

// zone keeps the zone of the business, which is read from a file.
type zone struct {
	mu   sync.Mutex
	name string
	at   *time.Location
}

func (z *zone) of(b store.Business) *time.Location {
	z.mu.Lock()
	defer z.mu.Unlock()
	if z.at == nil || z.name != b.Timezone {
		z.name, z.at = b.Timezone, b.Location()
	}
	return z.at
}

// local is the moment of a page, and how it is said there.
type local struct {
	now      time.Time
	clock    ui.Clock
	how      custom.How
	country  string
	currency string
}

func (s *Service) local(ctx context.Context) (local, error) {
	b, err := s.Store.Business(ctx)
	if errors.Is(err, store.ErrNotFound) { // before set-up
		b, err = store.Business{Timezone: "UTC"}, nil
	}
	at := s.zone.of(b)
	now := s.Now().In(at)
	return local{now, ui.NewClock(now, at), custom.For(b.Country), b.Country, b.Currency}, err
}
