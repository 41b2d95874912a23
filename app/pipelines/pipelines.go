// Package pipelines holds the ways that deals go: pipelines, their stages, and
// the reasons for which deals are won or lost, as they are made and changed in
// the settings. What a deal does in them is decided where deals are.
package pipelines

import (
	"cmp"
	"context"
	"errors"
	"time"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/web"
	"stead/store"
)

// What is recorded of a change; the names are events and audit actions.
const (
	EventCreated       = "pipeline.created"
	EventChanged       = "pipeline.changed"
	EventMoved         = "pipeline.moved"
	EventDeleted       = "pipeline.deleted"
	EventStageCreated  = "stage.created"
	EventStageChanged  = "stage.changed"
	EventStageMoved    = "stage.moved"
	EventStageDeleted  = "stage.deleted"
	EventReasonChanged = "reason.changed"
	EventReasonDropped = "reason.dropped"
)

// CodeChanged is the code of the Conflict when somebody else saved meanwhile.
const CodeChanged = "changed"

// The most that is taken of each.
const (
	maxPipelines = 30
	maxStages    = 30 // of a pipeline
	maxReasons   = 60
)

// Deps is all that the capability needs.
type Deps struct {
	Store      *store.Store
	Now        func() time.Time
	NewID      func() string
	Currencies []string // that deals may be in
	Say        web.Say  // said once on the next page, with a way back
}

// Service holds the rules; pages call it.
type Service struct{ Deps }

// New returns the capability.
func New(d Deps) *Service { return &Service{d} }

// act is a change as it is recorded. Its id is also that of the undo.
type act struct {
	id, kind, subject, actor string
	at                       int64
}

func (s *Service) act(actor access.Actor, kind, subject string) act {
	return act{id: s.NewID(), kind: kind, subject: subject, actor: actor.ID, at: s.Now().UnixMilli()}
}

// rows are those of a table that a change touches, by their id or, where it is
// named, by another column.
type rows struct {
	table string
	ids   []string
	by    string
}

// undoable does a change so that it can be taken back, and records it.
func (a act) undoable(ctx context.Context, tx *store.Tx, do func() error, of ...rows) error {
	e := store.Event{ID: a.id, Kind: a.kind, Subject: a.subject, Actor: a.actor, At: a.at}
	watch := func(u *store.Undoing) error {
		for _, r := range of {
			if err := u.Watch(ctx, r.table, cmp.Or(r.by, "id"), r.ids...); err != nil {
				return err
			}
		}
		return nil
	}
	return tx.RecordUndoable(ctx, store.Undo{ID: a.id, Kind: a.kind, Actor: a.actor, At: a.at}, e, watch, do)
}

func mayRead(actor access.Actor) error {
	return access.Allow(actor, access.SettingsRead, access.Object{})
}

func mayWrite(actor access.Actor) error {
	return access.Allow(actor, access.SettingsWrite, access.Object{})
}

// change does something in one transaction, once who acts is judged as they are
// now.
func (s *Service) change(ctx context.Context, actor access.Actor, do func(tx *store.Tx) error) error {
	if err := mayWrite(actor); err != nil {
		return err
	}
	return s.Store.InTx(ctx, func(tx *store.Tx) error {
		now, err := access.AsOfNow(ctx, &tx.Reader, actor)
		if err != nil {
			return err
		}
		if err := mayWrite(now); err != nil {
			return err
		}
		return said(do(tx))
	})
}

// said turns what the store refuses into what a page says of it.
func said(err error) error {
	switch {
	case errors.Is(err, store.ErrHolds):
		return &errs.Error{Kind: errs.Conflict, Code: "holds", Message: "There are deals in it. Move them first.", Err: err}
	case errors.Is(err, store.ErrConflict):
		return &errs.Error{Kind: errs.Conflict, Code: CodeChanged, Message: "Someone else saved this while you were editing.", Err: err}
	}
	return err
}

// All lists the pipelines with their stages.
func (s *Service) All(ctx context.Context, actor access.Actor) ([]store.Pipeline, error) {
	if err := mayRead(actor); err != nil {
		return nil, err
	}
	return s.Store.Pipelines(ctx)
}

// Pipeline returns one of them, or NotFound.
func (s *Service) Pipeline(ctx context.Context, actor access.Actor, id string) (store.Pipeline, error) {
	all, err := s.All(ctx, actor)
	if err != nil {
		return store.Pipeline{}, err
	}
	return find(all, id)
}

func find(all []store.Pipeline, id string) (store.Pipeline, error) {
	for _, p := range all {
		if p.ID == id {
			return p, nil
		}
	}
	return store.Pipeline{}, &errs.Error{Kind: errs.NotFound, Message: "There is nothing here."}
}
