package pipelines

import (
	"context"
	"slices"

	"stead/app/access"
	"stead/app/errs"
	"stead/store"
)

// AddStage adds a stage at the end of a pipeline's stages of its kind and returns
// the id of the undo. A form that comes twice, by its key, makes one.
func (s *Service) AddStage(ctx context.Context, actor access.Actor, pipelineID string, in StageDraft, key string) (undoID string, err error) {
	if err := mayWrite(actor); err != nil {
		return "", err
	}
	own, err := s.Store.Fields(ctx, "deal")
	if err != nil {
		return "", err
	}
	st, problems := in.read(store.Stage{PipelineID: pipelineID}, own)
	if err := errs.Form(problems); err != nil {
		return "", err
	}
	st.ID = s.NewID()
	act := s.act(actor, EventStageCreated, st.ID)
	st.CreatedAt = act.at
	made, err := s.Store.Once(ctx, key, st.ID, act.at, func(tx *store.Tx) error {
		if err := s.again(ctx, tx, actor); err != nil {
			return err
		}
		p, err := pipelineIn(ctx, tx, pipelineID)
		if err != nil {
			return err
		}
		if err := freeStage(p, st); err != nil {
			return err
		}
		if len(p.Stages) >= maxStages {
			return errs.Form(map[string]string{"name": "There are 30 stages already. Delete one that nobody needs first."})
		}
		ids := idsOf(p.Stages)
		order := slices.Insert(slices.Clone(ids), behind(p.Stages, st.Kind), st.ID)
		return act.undoable(ctx, tx, func() error {
			if err := tx.SaveStage(ctx, st); err != nil {
				return err
			}
			return tx.OrderStages(ctx, order)
		}, rows{table: "stages", ids: order})
	})
	if made != st.ID { // the form was sent before
		act.id = ""
	}
	return act.id, err
}

// behind is the place behind the last stage of a kind.
func behind(all []store.Stage, kind string) int {
	for i, st := range slices.Backward(all) {
		if st.Kind == kind {
			return i + 1
		}
	}
	return len(all)
}

func pipelineIn(ctx context.Context, tx *store.Tx, id string) (store.Pipeline, error) {
	all, err := tx.Pipelines(ctx)
	if err != nil {
		return store.Pipeline{}, err
	}
	return find(all, id)
}

func idsOf(all []store.Stage) []string {
	out := make([]string, len(all))
	for i, st := range all {
		out[i] = st.ID
	}
	return out
}

func freeStage(p store.Pipeline, st store.Stage) error {
	for _, other := range p.Stages {
		if other.ID != st.ID && other.NameKey == store.Fold(st.Name) {
			return errs.Form(map[string]string{"name": "There is a stage of this name already."})
		}
	}
	return nil
}

// ChangeStage saves a stage of the version that the editor saw, and returns the
// id of the undo. The kind of one that holds deals stays, and so does that of the
// last of its kind. It is a Conflict of CodeChanged when there is a newer version.
func (s *Service) ChangeStage(ctx context.Context, actor access.Actor, id string, version int64, in StageDraft) (undoID string, err error) {
	act := s.act(actor, EventStageChanged, id)
	err = s.change(ctx, actor, func(tx *store.Tx) error {
		old, err := liveStage(ctx, tx, id)
		if err != nil {
			return err
		}
		own, err := tx.Fields(ctx, "deal")
		if err != nil {
			return err
		}
		p, err := pipelineIn(ctx, tx, old.PipelineID)
		if err != nil {
			return err
		}
		st, problems := in.read(old, own)
		if st.Kind != old.Kind && alone(p.Stages, old) {
			problems["kind"] = "It is the only stage of its kind. Add another one first."
		}
		if err := errs.Form(problems); err != nil {
			return err
		}
		if err := freeStage(p, st); err != nil {
			return err
		}
		st.Version, st.UpdatedAt = version, act.at
		return act.undoable(ctx, tx, func() error { return tx.SaveStage(ctx, st) }, rows{table: "stages", ids: []string{id}})
	})
	return act.id, err
}

// alone tells that there is no other stage of a kind.
func alone(all []store.Stage, st store.Stage) bool {
	return !slices.ContainsFunc(all, func(o store.Stage) bool { return o.ID != st.ID && o.Kind == st.Kind })
}

func liveStage(ctx context.Context, tx *store.Tx, id string) (store.Stage, error) {
	st, err := tx.Stage(ctx, id)
	if err == nil && st.DeletedAt != 0 {
		err = &errs.Error{Kind: errs.NotFound, Message: "There is nothing here."}
	}
	return st, err
}

// MoveStage puts a stage one place up or down. At the end of the list nothing
// changes, and there is no undo.
func (s *Service) MoveStage(ctx context.Context, actor access.Actor, id string, down bool) (undoID string, err error) {
	act := s.act(actor, EventStageMoved, id)
	err = s.change(ctx, actor, func(tx *store.Tx) error {
		undoID = ""
		st, err := liveStage(ctx, tx, id)
		if err != nil {
			return err
		}
		p, err := pipelineIn(ctx, tx, st.PipelineID)
		if err != nil {
			return err
		}
		ids := idsOf(p.Stages)
		if !swap(ids, id, down) {
			return nil
		}
		undoID = act.id
		return act.undoable(ctx, tx, func() error { return tx.OrderStages(ctx, ids) }, rows{table: "stages", ids: ids})
	})
	return undoID, err
}

// mostMoved is how many deals a stage may hold that goes: they move with it in one
// change that can be taken back.
const mostMoved = 2000

// DeleteStage takes a stage away. Deals that are in it, the bin included, go to
// the stage into, of the same pipeline and kind, first; without it a stage that
// holds deals stays, and so does the last of its kind. The undo brings all of it
// back.
func (s *Service) DeleteStage(ctx context.Context, actor access.Actor, id, into string, version int64) (undoID string, err error) {
	if err := mayWrite(actor); err != nil {
		return "", err
	}
	act := s.act(actor, EventStageDeleted, id)
	held, err := s.Store.DealsIn(ctx, id, mostMoved+1)
	if err != nil {
		return "", err
	}
	stays := make([]string, len(held))
	for i := range stays {
		stays[i] = s.NewID()
	}
	err = s.change(ctx, actor, func(tx *store.Tx) error {
		st, err := liveStage(ctx, tx, id)
		if err != nil {
			return err
		}
		p, err := pipelineIn(ctx, tx, st.PipelineID)
		if err != nil {
			return err
		}
		if alone(p.Stages, st) {
			return &errs.Error{Kind: errs.Conflict, Code: "alone", Message: "It is the only stage of its kind. Add another one first."}
		}
		deals, err := s.leaving(ctx, tx, p, st, into, len(stays))
		if err != nil {
			return err
		}
		return act.undoable(ctx, tx, func() error {
			if err := tx.EmptyStage(ctx, deals, into, stays, actor.ID, act.at); err != nil {
				return err
			}
			return tx.DeleteStage(ctx, id, version, act.at)
		}, rows{table: "stages", ids: []string{id}}, rows{table: "deals", ids: deals}, rows{table: "deal_stays", ids: deals, by: "deal_id"})
	})
	return act.id, err
}

// leaving are the deals that a stage hands over before it goes.
func (s *Service) leaving(ctx context.Context, tx *store.Tx, p store.Pipeline, st store.Stage, into string, known int) ([]string, error) {
	deals, err := tx.DealsIn(ctx, st.ID, mostMoved+1)
	switch {
	case err != nil || len(deals) == 0:
		return nil, err
	case into == "":
		return nil, &errs.Error{Kind: errs.Conflict, Code: "holds", Message: "There are deals in it. Choose where they go."}
	case len(deals) > mostMoved:
		return nil, &errs.Error{Kind: errs.Conflict, Code: "many", Message: "There are more than 2,000 deals in it. Move some of them first, in the list of deals."}
	case len(deals) > known:
		return nil, &errs.Error{Kind: errs.Conflict, Code: CodeChanged, Message: "Deals have come to it just now. Try again."}
	case !slices.ContainsFunc(p.Stages, func(o store.Stage) bool { return o.ID == into && o.ID != st.ID && o.Kind == st.Kind }):
		return nil, errs.Form(map[string]string{"into": "Choose one of the list."})
	}
	return deals, nil
}
