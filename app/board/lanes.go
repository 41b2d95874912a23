package board

import (
	"context"
	"slices"
	"time"

	"stead/app/access"
	"stead/store"
)

const (
	cardsAtOnce = 8  // of a lane
	lanesAtOnce = 5  // that a wide screen shows; the others come when they are scrolled to
	closedDays  = 30 // won and lost ones stay on the board for so long
)

// Lane is a stage on the board. Deals and Sums are of all that are in it, Cards
// the first of them; they are left out until somebody looks at the lane.
type Lane struct {
	Stage  store.Stage
	Deals  int64
	Sums   []store.Sum // by currency; none where the actor may not see every amount
	Cards  store.DealPage
	Waits  bool   // the cards were not read yet
	Behind string // the cards begin behind this one
}

// Board is one pipeline as an actor sees it.
type Board struct {
	asked
	Lanes  []Lane
	People access.People
	Cut    bool // time was up: sums are not known
}

// Board returns the lanes of a pipeline. Loaded says of how many cards each is
// to have; nil: those in sight have the first ones.
func (s *Service) Board(ctx context.Context, actor access.Actor, at place, loaded map[string]int) (Board, error) {
	ctx = context.WithoutCancel(ctx) // short reads: to watch for whoever has gone costs more
	a, err := s.ask(ctx, actor, at)
	if err != nil {
		return Board{}, err
	}
	out := Board{asked: a}
	if out.People, err = s.people(ctx); err != nil {
		return out, err
	}
	sums, cut, err := s.Store.DealSums(ctx, a.scope, a.question, a.since())
	if err != nil {
		return out, err
	}
	out.Cut = cut
	for i, stage := range a.pipeline.Stages {
		lane := laneOf(a, stage, sums)
		n, asks := loaded[stage.ID]
		sees := loaded == nil && (i < lanesAtOnce || stage.ID == at.lane) || asks && n > 0
		lane.Waits = !sees && (lane.Deals > 0 || cut)
		if stage.ID == at.lane {
			lane.Behind = at.after
		}
		if sees && (lane.Deals > 0 || cut) {
			if lane.Cards, err = s.cards(ctx, a, stage, lane.Behind, max(n, cardsAtOnce)); err != nil {
				return out, err
			}
		}
		out.Lanes = append(out.Lanes, lane)
	}
	return out, nil
}

// laneOf is what the sums say of a stage.
func laneOf(a asked, stage store.Stage, sums []store.Sum) Lane {
	lane := Lane{Stage: stage}
	for _, sum := range sums {
		if sum.StageID == stage.ID {
			lane.Deals += sum.Deals
			lane.Sums = append(lane.Sums, sum)
		}
	}
	if !a.money {
		lane.Sums = nil
	}
	return lane
}

// Lane returns further cards of a stage. It is errs.NotFound for one that is not
// of the pipeline of the place.
func (s *Service) Lane(ctx context.Context, actor access.Actor, at place, stageID string) (Board, Lane, error) {
	ctx = context.WithoutCancel(ctx)
	stage, err := s.Store.Stage(ctx, stageID)
	if err != nil {
		return Board{}, Lane{}, err
	}
	at.pipeline = stage.PipelineID
	out := Board{}
	if out.asked, err = s.ask(ctx, actor, at); err != nil {
		return out, Lane{}, err
	}
	if !slices.ContainsFunc(out.pipeline.Stages, func(v store.Stage) bool { return v.ID == stageID }) {
		return out, Lane{}, store.ErrNotFound
	}
	if out.People, err = s.people(ctx); err != nil {
		return out, Lane{}, err
	}
	lane := Lane{Stage: stage, Behind: at.after}
	lane.Cards, err = s.cards(ctx, out.asked, stage, at.after, 2*cardsAtOnce)
	return out, lane, err
}

func (s *Service) cards(ctx context.Context, a asked, stage store.Stage, after string, n int) (store.DealPage, error) {
	since := int64(0)
	if stage.Kind != store.DealOpen {
		since = a.since()
	}
	q := a.question
	q.Also = nil // the stage says it
	return s.Store.Lane(ctx, a.scope, q, stage.ID, since, store.Page{After: after, Limit: n})
}

// since is when a deal must have been closed to be on the board still: whole
// days, so that what is kept of a day holds.
func (a *asked) since() int64 {
	y, m, d := a.now.Date()
	return time.Date(y, m, d-closedDays, 0, 0, 0, 0, a.now.Location()).UnixMilli()
}
