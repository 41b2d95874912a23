// Package roles holds who may do what: the product's own roles as a table to
// read, the roles and teams that the business makes, and which roles need a
// second factor. Who has a role is decided in package team; what a right means
// stands in package access. Nobody hands out more here than they have.
package roles

import (
	"context"
	"time"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/web"
	"stead/store"
)

// What is recorded of a change; the names are events and audit actions.
const (
	EventCreated      = "role.created"
	EventChanged      = "role.changed"
	EventDeleted      = "role.deleted"
	EventSecondFactor = "role.second_factor"     // needed from now on
	EventFactorWaived = "role.second_factor_off" // needed no more
	EventTeamCreated  = "team.created"
	EventTeamRenamed  = "team.renamed"
	EventTeamDeleted  = "team.deleted"
)

// CodeChanged is the code of the Conflict when somebody else saved meanwhile.
const CodeChanged = "changed"

// CodeHeld is the code of the Conflict when somebody still has a role.
const CodeHeld = "held"

// Deps is all that the capability needs.
type Deps struct {
	Store *store.Store
	Now   func() time.Time
	NewID func() string
	Pages func() []web.Route // of the whole product
	Say   web.Say            // said once on the next page
}

// Service holds the rules; pages call it.
type Service struct{ Deps }

// New returns the capability.
func New(d Deps) *Service { return &Service{d} }

// act is a change as it is recorded.
type act struct {
	kind, subject, actor, eventID, data string
	at                                  int64
}

func (s *Service) act(actor access.Actor, kind, subject string) act {
	return act{kind: kind, subject: subject, actor: actor.ID, eventID: s.NewID(), at: s.Now().UnixMilli()}
}

func (a act) record(ctx context.Context, tx *store.Tx) error {
	return tx.Record(ctx, store.Event{ID: a.eventID, Kind: a.kind, Subject: a.subject, Actor: a.actor, At: a.at, Data: a.data})
}

func denied(message string) error { return &errs.Error{Kind: errs.Denied, Message: message} }
