package deals

import (
	"cmp"
	"context"
	"errors"

	"stead/app/access"
	"stead/app/errs"
	"stead/store"
)

// Create adds a deal. It is whose the draft says, nobody's, or the actor's where
// they could not see it otherwise; with a person, a company or a title. A form that comes twice, by its key, makes one.
func (s *Service) Create(ctx context.Context, actor access.Actor, in Draft, key string) (Saved, error) {
	if in.OwnerID == "" && (!access.May(actor, access.DealsWrite, access.Object{}) || !access.May(actor, access.DealsRead, access.Object{})) {
		in.OwnerID = actor.ID
	}
	if err := access.Allow(actor, access.DealsWrite, access.Object{Owner: in.OwnerID}); err != nil {
		return Saved{}, err
	}
	d, err := s.read(ctx, in)
	if err = d.about(err); err != nil {
		return Saved{}, err
	}
	d.ID, d.CreatedBy = s.NewID(), actor.ID
	stay, act, stepID := s.NewID(), s.act(actor, EventCreated, d.ID), s.NewID()
	d.CreatedAt, act.contact = act.at, d.ContactID
	if d.OwnerID != "" {
		act = act.to(d.OwnerID)
	}
	id, err := s.Store.Once(ctx, key, d.ID, act.at, func(tx *store.Tx) error {
		d := d
		if err := d.mayBegin(ctx, tx, actor); err != nil {
			return err
		}
		calls, err := d.calls(ctx, &tx.Reader, actor)
		if err != nil {
			return err
		}
		return act.undoableWith(ctx, tx, func(u *store.Undoing) error { return u.Watch(ctx, "tasks", "id", append(calls, stepID)...) }, func() error {
			if _, err := tx.InsertDeal(ctx, d.Deal, stay); err != nil {
				return err
			}
			if err := d.notions(ctx, tx); err != nil {
				return err
			}
			for _, id := range calls {
				if err := tx.TakeTaskForDeal(ctx, id, d.ID, act.at); err != nil {
					return err
				}
			}
			return d.begin(ctx, tx, actor, stepID)
		}, d.ID)
	})
	if id != d.ID { // the form was sent before
		act.id = ""
	}
	return Saved{ID: id, Undo: act.id}, err
}

// mayBegin refuses a new deal that names what its actor does not see or whom they
// may not give it to, or that has not what its stage asks for. A thread with
// somebody else than was chosen is forgotten.
func (d *record) mayBegin(ctx context.Context, tx *store.Tx, actor access.Actor) error {
	talks, err := mayTalk(ctx, &tx.Reader, actor, d.ConversationID)
	if err != nil {
		return err
	}
	if v, err := tx.Conversation(ctx, d.ConversationID); !talks || err != nil || v.ContactID != d.ContactID {
		d.ConversationID = ""
	}
	if err := reaches(ctx, tx, actor, *d, store.Deal{}); err != nil {
		return err
	}
	if d.OwnerID != "" && d.OwnerID != actor.ID {
		if err := access.MayAssign(ctx, &tx.Reader, actor, "", d.OwnerID, access.DealsRead); err != nil {
			return err
		}
	}
	stage, err := stageOf(ctx, tx, d.PipelineID, d.StageID)
	if err != nil {
		return err
	}
	return lacks(stage, *d, 0)
}

// calls are the calls to return to whom a deal is with that came of a call: from
// now on they are its next step.
func (d record) calls(ctx context.Context, r *store.Reader, actor access.Actor) ([]string, error) {
	if d.Source != "call" {
		return nil, nil
	}
	return callsOf(ctx, r, actor, d.ContactID)
}

// callsOf are the calls to return to somebody that belong to no deal yet and that
// the actor may change.
func callsOf(ctx context.Context, r *store.Reader, actor access.Actor, contactID string) ([]string, error) {
	if contactID == "" {
		return nil, nil
	}
	tasks, err := r.OpenTasksOf(ctx, contactID)
	var out []string
	for _, t := range tasks {
		if t.Kind == store.TaskCallBack && t.DealID == "" && access.May(actor, access.TasksWrite, access.Object{Owner: t.OwnerID}) {
			out = append(out, t.ID)
		}
	}
	return out, err
}

// begin writes down what is to be done first: by whom the deal is, or whoever
// made it.
func (d record) begin(ctx context.Context, tx *store.Tx, actor access.Actor, id string) error {
	if d.step == nil || !access.May(actor, access.TasksWrite, access.Object{Owner: cmp.Or(d.OwnerID, actor.ID)}) {
		return nil
	}
	t := *d.step
	t.ID, t.DealID, t.ContactID, t.OwnerID, t.CreatedBy, t.CreatedAt = id, d.ID, d.ContactID, cmp.Or(d.OwnerID, actor.ID), actor.ID, d.CreatedAt
	if d.ContactID == "" {
		t.CompanyID = d.CompanyID
	}
	return tx.InsertTask(ctx, t)
}

// stageOf returns a stage in which a deal can begin.
func stageOf(ctx context.Context, tx *store.Tx, pipelineID, stageID string) (store.Stage, error) {
	stage, err := tx.Stage(ctx, stageID)
	if errors.Is(err, store.ErrNotFound) || err == nil && (stage.DeletedAt != 0 || stage.PipelineID != pipelineID) {
		return stage, errs.Form(map[string]string{"stage": "Choose one of the list."})
	}
	return stage, err
}

// notions writes the others, tags and fields.
func (d record) notions(ctx context.Context, tx *store.Tx) error {
	var ids []string
	for _, t := range d.tags {
		id, err := tx.EnsureTag(ctx, t)
		if err != nil {
			return err
		}
		ids = append(ids, id)
	}
	if err := tx.SetDealTags(ctx, d.ID, ids); err != nil {
		return err
	}
	if d.others != nil {
		if err := tx.SetDealContacts(ctx, d.ID, d.others); err != nil {
			return err
		}
	}
	for id, v := range d.values {
		if err := tx.SetValue(ctx, "deal", d.ID, id, v); err != nil {
			return err
		}
	}
	return nil
}

// Edit saves what the editor of a version made of a deal; its stage and its owner
// stay, see Move and Assign. It refuses with a Conflict of CodeChanged when there
// is a newer version.
func (s *Service) Edit(ctx context.Context, actor access.Actor, id string, version int64, in Draft) (Saved, error) {
	if _, err := mayEdit(ctx, &s.Store.Reader, actor, id); err != nil {
		return Saved{}, err
	}
	d, err := s.read(ctx, in)
	if err != nil {
		return Saved{}, err
	}
	act := s.act(actor, EventChanged, id)
	err = s.Store.InTx(ctx, func(tx *store.Tx) error {
		old, err := mayEdit(ctx, &tx.Reader, actor, id)
		if err != nil {
			return err
		}
		if err := reaches(ctx, tx, actor, d, old); err != nil {
			return err
		}
		now := d
		now.ID, now.OwnerID, now.Version, now.UpdatedAt = id, old.OwnerID, version, act.at
		act := act
		act.contact = now.ContactID
		return act.undoableWith(ctx, tx, func(u *store.Undoing) error { return u.WatchHung(ctx, id) }, func() error { return now.save(ctx, tx) }, id)
	})
	return Saved{id, act.id}, err
}

// save writes a deal over the version that it names. What hangs on it is about whom
// it is with from now on.
func (d record) save(ctx context.Context, tx *store.Tx) error {
	if err := changed(tx.UpdateDeal(ctx, d.Deal)); err != nil {
		return err
	}
	if d.ContactID != "" {
		if err := tx.HangOn(ctx, d.ID, d.ContactID); err != nil {
			return err
		}
	}
	return d.notions(ctx, tx)
}

// Assign has somebody look after a deal; an empty id: nobody. It is errs.Invalid
// when the colleague has gone, and for an actor who would show themselves personal
// data by taking it.
func (s *Service) Assign(ctx context.Context, actor access.Actor, id, userID string) (Saved, error) {
	act := s.act(actor, EventAssigned, id)
	saved := Saved{ID: id}
	err := s.Store.InTx(ctx, func(tx *store.Tx) error {
		saved.Undo = ""
		d, err := mayDo(ctx, &tx.Reader, actor, access.DealsAssign, id)
		if err != nil || d.OwnerID == userID {
			return err
		}
		if err := access.MayAssign(ctx, &tx.Reader, actor, d.OwnerID, userID, access.DealsRead); err != nil {
			return err
		}
		saved.Undo = act.id
		act := act.to(userID)
		act.contact = d.ContactID
		return act.undoable(ctx, tx, func() error { return tx.AssignDeal(ctx, id, userID, act.at) }, id)
	})
	return saved, err
}

// Delete puts a deal into the bin for 30 days.
func (s *Service) Delete(ctx context.Context, actor access.Actor, id string) (Saved, error) {
	act := s.act(actor, EventDeleted, id)
	err := s.Store.InTx(ctx, func(tx *store.Tx) error {
		d, err := mayDo(ctx, &tx.Reader, actor, access.DealsDelete, id)
		if err != nil {
			return err
		}
		act := act
		act.contact = d.ContactID
		return act.undoable(ctx, tx, func() error { return tx.BinDeal(ctx, id, actor.ID, act.at) }, id)
	})
	return Saved{id, act.id}, err
}

// Restore takes a deal out of the bin.
func (s *Service) Restore(ctx context.Context, actor access.Actor, id string) (Saved, error) {
	act := s.act(actor, EventRestored, id)
	err := s.Store.InTx(ctx, func(tx *store.Tx) error {
		d, err := mayRead(ctx, &tx.Reader, actor, id)
		if err != nil {
			return err
		}
		if err := access.Allow(actor, access.DealsDelete, access.Object{Owner: d.OwnerID}); err != nil {
			return err
		}
		act := act
		act.contact = d.ContactID
		return act.undoable(ctx, tx, func() error { return tx.RestoreDeal(ctx, id) }, id)
	})
	return Saved{id, act.id}, err
}
