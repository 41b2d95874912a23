// Package tasks is about what is to be done: by whom, when, how often again, and
// what reminds of it. Calls make tasks of their own kind, and finish them; they
// are shown and finished here. Nothing is sent from here: who is to hear of a
// task is written down as a notification, and mail reads that.
package tasks

import (
	"context"
	"log/slog"
	"time"

	"stead/app/access"
	"stead/app/web"
	"stead/store"
)

// The events of a task. Their subject is the task's id.
const (
	EventAdded    = "task.added"
	EventChanged  = "task.changed"
	EventDone     = "task.done"
	EventReopened = "task.reopened"
	EventSnoozed  = "task.snoozed"
	EventDeleted  = "task.deleted"
	EventAssigned = "task.assigned" // its data names to whom: {"to": user id}, empty for nobody
	EventReminded = "task.reminded" // its data names whom: {"to": user id}
)

// Deps is all that the capability needs.
type Deps struct {
	Store   *store.Store
	Say     web.Say                                                                       // said once on the next page
	Persons func(ctx context.Context, actor access.Actor, query string) ([]Person, error) // that are found; nil: nobody is
	Now     func() time.Time
	NewID   func() string
	Log     *slog.Logger
}

// Service is the capability.
type Service struct{ Deps }

// New returns the capability.
func New(d Deps) *Service { return &Service{d} }

// now is the moment by the business's clock.
func (s *Service) now(ctx context.Context) (time.Time, error) {
	b, err := s.Store.Business(ctx)
	if err != nil {
		return time.Time{}, err
	}
	return s.Now().In(b.Location()), nil
}
