package reports

import (
	"cmp"
	"context"
	"slices"

	"stead/app/access"
	"stead/app/errs"
	"stead/store"
)

// Step is how deals went through a stage: of those that Entered it, how many went
// on, to a later stage or to a won one, were lost, went back or elsewhere, and are
// There still. Average and Middle are of those that left, in milliseconds.
type Step struct {
	store.Stage
	Entered, On, Lost, Back, There int64
	Average, Middle                int64
}

// Funnel is how deals went through the stages of a pipeline, each time that they
// entered one.
type Funnel struct {
	Pipeline  store.Pipeline
	Steps     []Step // of the open stages
	Won, Lost Ends   // times that deals were
}

// Ends is how often deals came to stages of one kind. Stage is the id where there
// is one of it.
type Ends struct {
	N     int64
	Stage string
	many  bool
}

func (e *Ends) add(s Step) {
	e.N += s.Entered
	if e.many = e.many || e.Stage != "" && s.Entered > 0; s.Entered > 0 {
		e.Stage = s.ID
	}
}

// sample is how many of the latest stays their middle is made of.
const sample = 1000

// Where a deal went from a stage, as an address says it.
const (
	wentOn    = "on"
	wentLost  = "lost"
	wentBack  = "back"
	wentThere = "there"
)

// went tells where a move from a stage led.
func (d desk) went(from store.Stage, to string) string {
	next, known := d.stages[to]
	switch {
	case to == "":
		return wentThere
	case next.Kind == store.DealWon:
		return wentOn
	case next.Kind == store.DealLost:
		return wentLost
	case known && next.PipelineID == from.PipelineID && cmp.Or(cmp.Compare(next.Position, from.Position), cmp.Compare(next.ID, from.ID)) > 0:
		return wentOn
	}
	return wentBack
}

// pipeline is the one that is asked for, or the first.
func (d desk) pipeline() (store.Pipeline, error) {
	for _, p := range d.pipelines {
		if p.ID == d.at.pipeline || d.at.pipeline == "" {
			return p, nil
		}
	}
	if d.at.pipeline == "" {
		return store.Pipeline{}, nil // none yet
	}
	return store.Pipeline{}, &errs.Error{Kind: errs.NotFound, Message: "There is nothing here."}
}

// stagesOf are the stages of a pipeline in their order, deleted ones too: deals
// may have passed through them.
func (d desk) stagesOf(p store.Pipeline) []store.Stage {
	var out []store.Stage
	for _, st := range d.stages {
		if st.PipelineID == p.ID {
			out = append(out, st)
		}
	}
	slices.SortFunc(out, func(a, b store.Stage) int {
		return cmp.Or(cmp.Compare(a.Position, b.Position), cmp.Compare(a.ID, b.ID))
	})
	return out
}

// Funnel says how deals went through a pipeline.
func (s *Service) funnel(ctx context.Context, d desk) (Funnel, error) {
	p, err := d.pipeline()
	if err != nil || p.ID == "" {
		return Funnel{}, err
	}
	stages := d.stagesOf(p)
	ids := make([]string, len(stages))
	for i, st := range stages {
		ids[i] = st.ID
	}
	passes, err := s.Store.Flow(ctx, d.scope, ids, d.span)
	if err != nil {
		return Funnel{}, err
	}
	out := Funnel{Pipeline: p}
	for _, st := range stages {
		step := d.step(st, passes)
		switch {
		case st.Kind == store.DealWon:
			out.Won.add(step)
			continue
		case st.Kind == store.DealLost:
			out.Lost.add(step)
			continue
		case st.DeletedAt != 0 && step.Entered == 0:
			continue
		}
		took, err := s.Store.Took(ctx, d.scope, st.ID, d.span, sample)
		if err != nil {
			return out, err
		}
		step.Middle = middle(took)
		out.Steps = append(out.Steps, step)
	}
	return out, nil
}

func (d desk) step(st store.Stage, passes []store.Pass) Step {
	step, took := Step{Stage: st}, int64(0)
	for _, p := range passes {
		if p.StageID != st.ID {
			continue
		}
		step.Entered += p.N
		took += p.Took
		switch d.went(st, p.WentTo) {
		case wentOn:
			step.On += p.N
		case wentLost:
			step.Lost += p.N
		case wentBack:
			step.Back += p.N
		default:
			step.There += p.N
		}
	}
	if left := step.Entered - step.There; left > 0 {
		step.Average = took / left
	}
	return step
}

// middle is the median; of none, nought.
func middle(all []int64) int64 {
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	half := len(all) / 2
	if len(all)%2 == 1 {
		return all[half]
	}
	return all[half-1] + (all[half]-all[half-1])/2
}

// mostRows is how many rows a page shows of a figure.
const mostRows = 200

// flowRows lists what is behind a figure of the funnel.
func (s *Service) flowRows(ctx context.Context, d desk, most int) ([]store.StayRow, store.Stage, error) {
	st, ok := d.stages[d.at.stage]
	if !ok {
		return nil, st, &errs.Error{Kind: errs.NotFound, Message: "There is nothing here."}
	}
	var to []string
	if d.at.went != "" {
		for id := range d.stages {
			if d.went(st, id) == d.at.went {
				to = append(to, id)
			}
		}
		slices.Sort(to)
		if d.at.went == wentThere {
			to = append(to, "")
		}
		if len(to) == 0 {
			return nil, st, nil
		}
	}
	rows, err := s.Store.FlowDeals(ctx, d.scope, st.ID, to, d.span, most)
	return rows, st, err
}

// called is what a deal is called by who looks.
func (d desk) called(x store.Deal) string {
	if x.Title != "" && access.Sees(d.actor, x.OwnerID) {
		return x.Title
	}
	return number(x)
}
