// Package reports says how deals went and how soon people were answered: figures,
// each with the rows behind it. It only reads; what a figure counts and what its
// rows are is one question to the store.
package reports

import (
	"context"
	"log/slog"
	"maps"
	"time"

	"stead/app/access"
	"stead/app/custom"
	"stead/store"
)

// EventExported is recorded when figures leave.
const EventExported = "data.list_exported"

// Deps is all that the capability needs.
type Deps struct {
	Store *store.Store
	Now   func() time.Time
	NewID func() string
	Log   *slog.Logger
}

// Service holds the rules; pages call it.
type Service struct{ Deps }

// New returns the capability.
func New(d Deps) *Service { return &Service{d} }

// least is an actor whose right to reports reaches no further than another right
// does: a figure counts nothing whose rows they might not see.
func least(actor access.Actor, p access.Permission) access.Actor {
	actor.May = maps.Clone(actor.May)
	actor.May[access.ReportsRead] = min(actor.May[access.ReportsRead], actor.May[p])
	return actor
}

// desk is what a report is made with: what is asked for, and by whom.
type desk struct {
	at        place
	actor     access.Actor // least
	scope     store.Scope
	leads     store.Scope // of deals, where the rows are conversations
	money     bool        // sums are shown
	talks     bool        // who looks may open conversations
	span      store.Span
	now       int64
	how       custom.How
	zone      *time.Location
	pipelines []store.Pipeline
	stages    map[string]store.Stage // those that were deleted too
	people    access.People
}

// open reads what every report needs. need is what its rows take.
func (s *Service) open(ctx context.Context, actor access.Actor, at place, need access.Permission) (desk, error) {
	if err := access.Allow(actor, access.ReportsRead, access.Object{Owner: actor.ID}); err != nil {
		return desk{}, err
	}
	talks := actor.Has(access.InboxRead)
	of := least(least(actor, need), access.DealsRead)
	actor = least(actor, need) // who may see no rows at all is shown noughts
	b, err := s.Store.Business(ctx)
	if err != nil {
		return desk{}, err
	}
	d := desk{at: at, actor: actor, talks: talks, how: custom.For(b.Country), zone: b.Location(), scope: access.Part(actor, access.ReportsRead, at.who), leads: access.Part(of, access.ReportsRead, at.who)}
	d.money = actor.May[access.MoneySee] >= reach(actor, at.who)
	now := s.Now()
	d.now, d.span = now.UnixMilli(), at.span(now.In(d.zone))
	if d.pipelines, err = s.Store.Pipelines(ctx); err != nil {
		return d, err
	}
	if d.stages, err = s.Store.StagesByID(ctx); err != nil {
		return d, err
	}
	users, err := s.Store.People(ctx)
	d.people = users
	return d, err
}

// reach is how far the part of a list that is asked for goes.
func reach(actor access.Actor, who string) access.Reach {
	switch who {
	case access.Mine:
		return access.Own
	case access.Mates, access.Free:
		return min(access.Team, actor.May[access.ReportsRead])
	}
	return actor.May[access.ReportsRead]
}
