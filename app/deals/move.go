package deals

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"stead/app/access"
	"stead/app/custom"
	"stead/app/errs"
	"stead/app/people"
	"stead/store"
)

// Moving is where a deal goes, and why it was won or lost.
type Moving struct {
	StageID          string
	Version          int64  // that whoever decided has seen; 0: any
	ReasonID, Reason string // Reason: a note in words
	Fill             *Draft // the deal as it is to be from now on, with what the stage asks for; nil: as it is
}

const maxNote = 2000 // characters

// Move takes a deal to another stage. A stage asks for what it requires: Invalid,
// with a sentence for each input, and a lost one for a reason or a note. It is a
// Conflict of CodeChanged when somebody else changed the deal, or the stage has
// gone, meanwhile. A move to where the deal is changes nothing.
func (s *Service) Move(ctx context.Context, actor access.Actor, id string, m Moving) (Saved, error) {
	note := people.Text(m.Reason)
	if utf8.RuneCountInString(note) > maxNote {
		return Saved{}, errs.Form(map[string]string{"note": "Use at most 2,000 characters."})
	}
	filled, err := s.filled(ctx, m.Fill)
	if err != nil {
		return Saved{}, err
	}
	act, stay, outcome := s.act(actor, EventMoved, id), s.NewID(), s.NewID()
	saved := Saved{ID: id}
	err = s.Store.InTx(ctx, func(tx *store.Tx) error {
		saved.Undo = ""
		d, err := mayDo(ctx, &tx.Reader, actor, access.DealsWrite, id)
		if err != nil {
			return err
		}
		stage, err := tx.Stage(ctx, m.StageID)
		if err != nil || d.StageID == m.StageID {
			return err
		}
		full, err := s.full(ctx, tx, actor, d, filled)
		if err != nil {
			return err
		}
		if err := ready(ctx, tx, full, stage, m, note); err != nil {
			return err
		}
		saved.Undo = act.id
		act := act
		act.contact, act.kind = full.ContactID, kindOf(d, stage)
		move := store.DealMove{
			DealID: id, StageID: m.StageID, Version: m.Version, StayID: stay, OutcomeID: outcome, ReasonID: m.ReasonID, Note: note, By: actor.ID, At: act.at,
		}
		return act.undoableWith(ctx, tx, func(u *store.Undoing) error { return u.WatchHung(ctx, id) }, func() error {
			if filled != nil {
				full.Version, full.UpdatedAt = cmp.Or(m.Version, d.Version), act.at
				if err := full.save(ctx, tx); err != nil {
					return err
				}
				move.Version = 0 // it was that until now
			}
			_, err := tx.MoveDeal(ctx, move)
			return changed(err)
		}, id)
	})
	return saved, err
}

// filled understands what was filled in for a stage; nil: nothing was.
func (s *Service) filled(ctx context.Context, in *Draft) (*record, error) {
	if in == nil {
		return nil, nil //nolint:nilnil // nothing was filled in, which is no mistake
	}
	d, err := s.read(ctx, *in)
	return &d, err
}

// kindOf is what a move is called.
func kindOf(d store.Deal, stage store.Stage) string {
	switch {
	case stage.Kind == store.DealWon:
		return EventWon
	case stage.Kind == store.DealLost:
		return EventLost
	case !d.Open():
		return EventReopened
	}
	return EventMoved
}

// full is a deal with its values, and with what was filled in if anything was.
func (s *Service) full(ctx context.Context, tx *store.Tx, actor access.Actor, d store.Deal, filled *record) (record, error) {
	out := record{Deal: d, values: map[string]*store.Value{}}
	values, err := tx.FieldValues(ctx, "deal", []string{d.ID})
	if err != nil {
		return out, err
	}
	if filled != nil {
		if out, err = s.fillIn(ctx, tx, actor, d, *filled); err != nil {
			return out, err
		}
	}
	for field, v := range values[d.ID] {
		if _, typed := out.values[field]; !typed {
			out.values[field] = &v
		}
	}
	return out, nil
}

// fillIn is a deal as whoever moves it filled it in.
func (s *Service) fillIn(ctx context.Context, tx *store.Tx, actor access.Actor, d store.Deal, filled record) (record, error) {
	if _, err := mayEdit(ctx, &tx.Reader, actor, d.ID); err != nil {
		return filled, err
	}
	if err := reaches(ctx, tx, actor, filled, d); err != nil {
		return filled, err
	}
	filled.values = maps.Clone(filled.values)
	filled.ID, filled.Status, filled.HasLines = d.ID, d.Status, d.HasLines
	if d.HasLines {
		filled.Amount, filled.Currency = d.Amount, d.Currency
	}
	if filled.OwnerID == d.OwnerID {
		return filled, nil
	}
	if err := access.Allow(actor, access.DealsAssign, access.Object{Owner: d.OwnerID}); err != nil {
		return filled, err
	}
	return filled, access.MayAssign(ctx, &tx.Reader, actor, d.OwnerID, filled.OwnerID, access.DealsRead)
}

// ready refuses a move to a stage that asks for what the deal has not.
func ready(ctx context.Context, tx *store.Tx, full record, stage store.Stage, m Moving, note string) error {
	if stage.DeletedAt != 0 {
		return &errs.Error{Kind: errs.Conflict, Code: CodeChanged, Message: "This stage has just been deleted. Choose another one."}
	}
	rows, err := tx.DealLines(ctx, full.ID)
	if err != nil {
		return err
	}
	if err := lacks(stage, full, len(rows)); err != nil {
		return err
	}
	return because(ctx, tx, stage, m.ReasonID, note)
}

// because refuses a reason that is none of a stage's, and to lose without one.
func because(ctx context.Context, tx *store.Tx, stage store.Stage, reasonID, note string) error {
	if stage.Kind == store.DealOpen {
		return nil
	}
	reasons, err := tx.Reasons(ctx)
	if err != nil {
		return err
	}
	known := slices.ContainsFunc(reasons, func(v store.Reason) bool { return v.ID == reasonID && v.Kind == stage.Kind && v.DeletedAt == 0 })
	switch {
	case reasonID != "" && !known:
		return errs.Form(map[string]string{"reason": "Choose one of the list."})
	case stage.Kind == store.DealLost && reasonID == "" && note == "":
		return errs.Form(map[string]string{"reason": "Say why: choose a reason, or write one."})
	}
	return nil
}

// lacks tells what a stage asks for and a deal has not, by input.
func lacks(stage store.Stage, d record, lines int) error {
	problems := map[string]string{}
	for _, key := range stage.Required {
		if !has(d, key, lines) {
			if field, own := strings.CutPrefix(key, "f."); own {
				key = custom.InputName(store.Field{ID: field})
			}
			problems[key] = "This stage asks for it."
		}
	}
	return errs.Form(problems)
}

func has(d record, key string, lines int) bool {
	switch key {
	case "title":
		return d.Title != ""
	case "amount":
		return d.Amount != 0
	case "closes":
		return d.ClosesOn != 0
	case "person":
		return d.ContactID != ""
	case "company":
		return d.CompanyID != ""
	case "owner":
		return d.OwnerID != ""
	case "lines":
		return lines > 0
	}
	field, own := strings.CutPrefix(key, "f.")
	if !own {
		return true // what nobody knows any more
	}
	v := d.values[field]
	return v != nil && (v.IsNum || v.Words != "")
}

// Reopen takes a deal that was won or lost back to the open stage where it was
// last, or to the first of its pipeline. It is a Conflict of CodeChanged when
// somebody else changed it meanwhile; one that is open stays as it is.
func (s *Service) Reopen(ctx context.Context, actor access.Actor, id string, version int64) (Saved, error) {
	d, err := mayDo(ctx, &s.Store.Reader, actor, access.DealsWrite, id)
	if err != nil || d.Open() {
		return Saved{ID: id}, err
	}
	stages, err := s.Store.StagesByID(ctx)
	if err != nil {
		return Saved{}, err
	}
	stays, err := s.Store.Stays(ctx, id)
	if err != nil {
		return Saved{}, err
	}
	for _, stay := range slices.Backward(stays) {
		if at := stages[stay.StageID]; at.Kind == store.DealOpen && at.DeletedAt == 0 {
			return s.Move(ctx, actor, id, Moving{StageID: at.ID, Version: version})
		}
	}
	pipelines, err := s.Store.Pipelines(ctx)
	if err != nil {
		return Saved{}, err
	}
	if first := firstOf(pipelines, d.PipelineID); first != "" {
		return s.Move(ctx, actor, id, Moving{StageID: first, Version: version})
	}
	return Saved{}, &errs.Error{Kind: errs.Conflict, Message: "Its pipeline has no open stage any more. Move the deal to another pipeline."}
}
