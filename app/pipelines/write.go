package pipelines

import (
	"context"
	"slices"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/naming"
	"stead/store"
)

// Create adds a pipeline of a template and returns its id and that of the undo.
// A form that comes twice, by its key, makes one.
func (s *Service) Create(ctx context.Context, actor access.Actor, in Draft, key string) (id, undoID string, err error) {
	if err := mayWrite(actor); err != nil {
		return "", "", err
	}
	p, problems := in.read(store.Pipeline{}, s.Currencies)
	at := slices.IndexFunc(Templates(), func(t Template) bool { return t.Key == in.Template })
	if at < 0 {
		problems["template"] = "Choose one of the list."
	}
	if err := errs.Form(problems); err != nil {
		return "", "", err
	}
	p.ID, p.Template, p.Stages = s.NewID(), in.Template, Templates()[at].Stages
	made := []string{}
	for i := range p.Stages {
		p.Stages[i].ID = s.NewID()
		made = append(made, p.Stages[i].ID)
	}
	act := s.act(actor, EventCreated, p.ID)
	p.CreatedAt = act.at
	reasons := s.reasonIDs()
	id, err = s.Store.Once(ctx, key, p.ID, act.at, func(tx *store.Tx) error {
		if err := s.again(ctx, tx, actor); err != nil {
			return err
		}
		all, err := tx.Pipelines(ctx)
		switch {
		case err != nil:
			return err
		case len(all) >= maxPipelines:
			return errs.Form(map[string]string{"name": "There are 30 pipelines already. Delete one that nobody needs first."})
		}
		if err := freeName(all, p); err != nil {
			return err
		}
		return act.undoable(ctx, tx, func() error {
			if err := s.beginReasons(ctx, tx, reasons, act.at); err != nil {
				return err
			}
			return tx.InsertPipeline(ctx, p)
		}, rows{table: "pipelines", ids: []string{p.ID}}, rows{table: "stages", ids: made})
	})
	if id != p.ID { // the form was sent before
		act.id = ""
	}
	return id, act.id, err
}

func (s *Service) again(ctx context.Context, tx *store.Tx, actor access.Actor) error {
	now, err := access.AsOfNow(ctx, &tx.Reader, actor)
	if err != nil {
		return err
	}
	return mayWrite(now)
}

func freeName(all []store.Pipeline, p store.Pipeline) error {
	for _, other := range all {
		if other.ID != p.ID && other.NameKey == store.Fold(p.Name) {
			return errs.Form(map[string]string{"name": "There is a pipeline of this name already."})
		}
	}
	return nil
}

func (s *Service) reasonIDs() []string {
	out := make([]string, len(firstReasons))
	for i := range out {
		out[i] = s.NewID()
	}
	return out
}

// Begin gives a new business its first pipeline, Sales, and the first reasons, in
// the transaction that sets it up. Until somebody changes them they count as
// nothing where an instance must be empty.
func (s *Service) Begin(ctx context.Context, tx *store.Tx, currency string, at int64) error {
	first := Templates()[0]
	p := store.Pipeline{ID: s.NewID(), Name: first.Name, Template: first.Key, Currency: currency, Stages: first.Stages, CreatedAt: at}
	for i := range p.Stages {
		p.Stages[i].ID = s.NewID()
	}
	if err := s.beginReasons(ctx, tx, s.reasonIDs(), at); err != nil {
		return err
	}
	return tx.InsertPipeline(ctx, p)
}

// beginReasons gives a business that has none the first reasons.
func (s *Service) beginReasons(ctx context.Context, tx *store.Tx, ids []string, at int64) error {
	there, err := tx.Reasons(ctx)
	if err != nil || len(there) > 0 {
		return err
	}
	for i, v := range firstReasons {
		v.ID, v.CreatedAt = ids[i], at
		if err := tx.SaveReason(ctx, v); err != nil {
			return err
		}
	}
	return nil
}

// Change saves the name and the currency of the version that the editor saw, and
// returns the id of the undo. It is a Conflict of CodeChanged when there is a
// newer one.
func (s *Service) Change(ctx context.Context, actor access.Actor, id string, version int64, in Draft) (undoID string, err error) {
	act := s.act(actor, EventChanged, id)
	err = s.change(ctx, actor, func(tx *store.Tx) error {
		all, err := tx.Pipelines(ctx)
		if err != nil {
			return err
		}
		old, err := find(all, id)
		if err != nil {
			return err
		}
		p, problems := in.read(old, s.Currencies)
		if err := errs.Form(problems); err != nil {
			return err
		}
		if err := freeName(all, p); err != nil {
			return err
		}
		p.Version, p.UpdatedAt = version, act.at
		return act.undoable(ctx, tx, func() error { return tx.UpdatePipeline(ctx, p) }, rows{table: "pipelines", ids: []string{id}})
	})
	return act.id, err
}

// Move puts a pipeline one place up or down. At the end of the list nothing
// changes, and there is no undo.
func (s *Service) Move(ctx context.Context, actor access.Actor, id string, down bool) (undoID string, err error) {
	act := s.act(actor, EventMoved, id)
	err = s.change(ctx, actor, func(tx *store.Tx) error {
		undoID = ""
		all, err := tx.Pipelines(ctx)
		if err != nil {
			return err
		}
		ids := make([]string, len(all))
		for i, p := range all {
			ids[i] = p.ID
		}
		if !swap(ids, id, down) {
			return nil
		}
		undoID = act.id
		return act.undoable(ctx, tx, func() error { return tx.OrderPipelines(ctx, ids) }, rows{table: "pipelines", ids: ids})
	})
	return undoID, err
}

// swap moves id one place, and tells whether there was one.
func swap(ids []string, id string, down bool) bool {
	at := slices.Index(ids, id)
	to := at - 1
	if down {
		to = at + 1
	}
	if at < 0 || to < 0 || to >= len(ids) {
		return false
	}
	ids[at], ids[to] = ids[to], ids[at]
	return true
}

// Delete takes a pipeline away in which no deal is open. Deals that were won or
// lost in it stay as they are.
func (s *Service) Delete(ctx context.Context, actor access.Actor, id string, version int64) (undoID string, err error) {
	act := s.act(actor, EventDeleted, id)
	err = s.change(ctx, actor, func(tx *store.Tx) error {
		return act.undoable(ctx, tx, func() error { return tx.DeletePipeline(ctx, id, version, act.at) }, rows{table: "pipelines", ids: []string{id}})
	})
	return act.id, err
}

// SaveReason adds a reason, or gives one that is there another name.
func (s *Service) SaveReason(ctx context.Context, actor access.Actor, id, kind, name string) (undoID string, err error) {
	name, problem := naming.Read(name)
	if problem == "" && kind != store.DealWon && kind != store.DealLost {
		problem = "Choose one of the list."
	}
	if problem != "" {
		return "", errs.Form(map[string]string{"reason": problem})
	}
	if id == "" {
		id = s.NewID()
	}
	act := s.act(actor, EventReasonChanged, id)
	err = s.change(ctx, actor, func(tx *store.Tx) error {
		all, err := tx.Reasons(ctx)
		if err != nil {
			return err
		}
		for _, v := range all {
			if v.DeletedAt == 0 && v.Kind == kind && v.ID != id && store.Fold(v.Name) == store.Fold(name) {
				return errs.Form(map[string]string{"reason": "There is a reason of this name already."})
			}
		}
		if len(all) >= maxReasons && !slices.ContainsFunc(all, func(v store.Reason) bool { return v.ID == id }) {
			return errs.Form(map[string]string{"reason": "There are 60 reasons already. Rename one instead."})
		}
		return act.undoable(ctx, tx, func() error {
			return tx.SaveReason(ctx, store.Reason{ID: id, Kind: kind, Name: name, CreatedAt: act.at})
		}, rows{table: "deal_reasons", ids: []string{id}})
	})
	return act.id, err
}

// DropReason offers a reason no longer. Deals that have it keep it.
func (s *Service) DropReason(ctx context.Context, actor access.Actor, id string) (undoID string, err error) {
	act := s.act(actor, EventReasonDropped, id)
	err = s.change(ctx, actor, func(tx *store.Tx) error {
		return act.undoable(ctx, tx, func() error { return tx.DropReason(ctx, id, act.at) }, rows{table: "deal_reasons", ids: []string{id}})
	})
	return act.id, err
}
