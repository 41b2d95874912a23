package deals

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"unicode/utf8"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/people"
	"stead/store"
)

// What can be changed of many deals at once.
const (
	ManyOwner  = "owner"
	ManyStage  = "stage"
	ManyTag    = "tag"
	ManyCloses = "closes"
	ManyBin    = "bin"
)

// MostAtOnce is how many deals are changed at once: it is one step, for whoever
// waits and for the undo.
const MostAtOnce = 200

// The events of a change of many. Their subject is its undo, their data are what,
// of how many, and whose they are now.
const (
	EventManyChanged  = "deals.changed"
	EventManyAssigned = "deals.assigned"
)

// Change is one change of many deals.
type Change struct {
	What     string
	Value    string // id of a user, empty: nobody; of a stage; of a tag
	Off      bool   // takes the tag off
	Tag      string // name of a tag that is to be made
	Day      int64  // of the expected close; 0: none
	ReasonID string // of a lost or won stage
	Note     string
}

// Why a deal was left as it is.
const (
	LeftReach = "reach" // out of the actor's reach, or no longer there
	LeftBin   = "bin"
	LeftLacks = "lacks" // the stage asks for what it has not
)

// Changed is what became of a change of many: how many changed, and how many were
// left for each reason; the others were so already.
type Changed struct {
	N    int
	Left map[string]int
	Undo string // empty: nothing was changed
}

// needs is the right that a change takes, on each deal.
func (c Change) needs() access.Permission {
	switch c.What {
	case ManyOwner:
		return access.DealsAssign
	case ManyBin:
		return access.DealsDelete
	}
	return access.DealsWrite
}

// ChangeMany changes deals in one step, which one undo takes back. key is the
// form's: sent twice, it acts once. It is errs.Invalid, by input, for a change
// that none of them could undergo.
func (s *Service) ChangeMany(ctx context.Context, actor access.Actor, ids []string, c Change, key string) (Changed, error) {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	ids = slices.Compact(ids)
	c.Note, c.Tag = people.Text(c.Note), people.Line(c.Tag)
	if err := c.check(len(ids)); err != nil {
		return Changed{}, err
	}
	if err := access.Allow(actor, c.needs(), access.Object{Owner: actor.ID}); err != nil {
		return Changed{}, err
	}
	m := &many{s: s, c: c, actor: actor, undo: s.NewID(), told: s.NewID(), tag: s.NewID(), at: s.Now().UnixMilli()}
	for range ids {
		m.ids = append(m.ids, [3]string{s.NewID(), s.NewID(), s.NewID()})
	}
	var out Changed
	made, err := s.Store.Once(ctx, key, m.undo, m.at, func(tx *store.Tx) (err error) {
		out, err = m.change(ctx, tx, ids)
		return err
	})
	switch {
	case errors.Is(err, errNothing):
		err = nil
	case err == nil: // or what the form did when it was sent before
		out.Undo = made
	}
	return out, err
}

// errNothing rolls a change back that changed no deal.
var errNothing = errors.New("deals: none was changed")

func (c Change) check(n int) error {
	problem := map[string]string{}
	switch {
	case n == 0:
		return &errs.Error{Kind: errs.Invalid, Code: "nothing_picked", Message: "Choose at least one deal first."}
	case n > MostAtOnce:
		return &errs.Error{Kind: errs.Invalid, Code: "much_picked", Message: "At most 200 deals are changed at once. Narrow the filter down, or choose some of them."}
	case !slices.Contains([]string{ManyOwner, ManyStage, ManyTag, ManyCloses, ManyBin}, c.What):
		problem["what"] = "Choose what to change."
	case c.What == ManyTag && c.Value == "" && (c.Tag == "" || c.Off):
		problem["value"] = "Choose a tag."
	case utf8.RuneCountInString(c.Tag) > 60:
		problem["new"] = "A tag has at most 60 characters."
	case utf8.RuneCountInString(c.Note) > maxNote:
		problem["note"] = "Use at most 2,000 characters."
	}
	return errs.Form(problem)
}

// many is a change on its way.
type many struct {
	s               *Service
	c               Change
	actor           access.Actor
	undo, told, tag string
	ids             [][3]string // for each: event, stay, outcome
	at              int64
	stage           store.Stage
}

func (m *many) change(ctx context.Context, tx *store.Tx, ids []string) (Changed, error) {
	out := Changed{Left: map[string]int{}}
	undo, err := tx.Undoable(ctx, store.Undo{ID: m.undo, Kind: m.kind(), Actor: m.actor.ID, At: m.at})
	if err != nil {
		return out, err
	}
	if err := m.prepare(ctx, tx, undo); err != nil {
		return out, err
	}
	if err := undo.WatchDeals(ctx, ids...); err != nil {
		return out, err
	}
	var acts []store.Event
	for i, id := range ids {
		did, why, err := m.one(ctx, tx, id, m.ids[i])
		if err != nil {
			return out, err
		}
		if why != "" {
			out.Left[why]++
		}
		if did != nil {
			acts = append(acts, *did)
		}
	}
	if err := undo.Close(ctx); err != nil {
		return out, err
	}
	if out.N = len(acts); out.N == 0 {
		return out, errNothing
	}
	if out.N == 1 { // of one alone everybody hears as of any change
		return out, tx.Record(ctx, acts[0])
	}
	if err := tx.Relate(ctx, acts...); err != nil {
		return out, err
	}
	return out, tx.Emit(ctx, m.tell(out.N))
}

// kind is how the story of each deal calls the change, while nothing else is known.
func (m *many) kind() string {
	switch m.c.What {
	case ManyOwner:
		return EventAssigned
	case ManyBin:
		return EventDeleted
	case ManyStage:
		return EventMoved
	}
	return EventChanged
}

func (m *many) tell(n int) store.Event {
	told := struct {
		What  string `json:"what"`
		Count int    `json:"count"`
		To    string `json:"to,omitempty"`
	}{m.c.What, n, ""}
	kind := EventManyChanged
	if m.c.What == ManyOwner {
		kind, told.To = EventManyAssigned, m.c.Value
	}
	data, _ := json.Marshal(told) // texts and a number always can be
	return store.Event{ID: m.told, Kind: kind, Subject: m.undo, Actor: m.actor.ID, At: m.at, Data: string(data)}
}

// prepare refuses what none of the deals could undergo, and makes the tag.
func (m *many) prepare(ctx context.Context, tx *store.Tx, undo *store.Undoing) (err error) {
	switch {
	case m.c.What == ManyOwner && m.c.Value != "":
		return access.MayHold(ctx, &tx.Reader, m.c.Value, access.DealsRead)
	case m.c.What == ManyStage:
		if m.stage, err = tx.Stage(ctx, m.c.Value); err != nil || m.stage.DeletedAt != 0 {
			return errs.Form(map[string]string{"value": "Choose one of the list."})
		}
		return because(ctx, tx, m.stage, m.c.ReasonID, m.c.Note)
	case m.c.What == ManyTag && m.c.Tag != "":
		if err := undo.Watch(ctx, "tags", "id", m.tag); err != nil {
			return err
		}
		m.c.Value, err = tx.EnsureTag(ctx, store.Tag{ID: m.tag, Name: m.c.Tag, CreatedAt: m.at})
		return err
	case m.c.What == ManyTag:
		if tag, err := tx.Tag(ctx, m.c.Value); err != nil || tag.DeletedAt != 0 {
			return errs.Form(map[string]string{"value": "Choose a tag."})
		}
	}
	return nil
}

// one changes one deal: what it did, nil: nothing was to be done; or why not.
func (m *many) one(ctx context.Context, tx *store.Tx, id string, ids [3]string) (*store.Event, string, error) {
	d, err := mayDo(ctx, &tx.Reader, m.actor, m.c.needs(), id)
	switch {
	case errs.CodeOf(err) == "in_bin":
		return nil, LeftBin, nil
	case errs.KindOf(err) == errs.NotFound, errs.KindOf(err) == errs.Denied:
		return nil, LeftReach, nil
	case err != nil:
		return nil, "", err
	}
	act := store.Event{ID: ids[0], Kind: m.kind(), Subject: id, ContactID: d.ContactID, Actor: m.actor.ID, At: m.at}
	var why string
	var done bool
	switch m.c.What {
	case ManyOwner:
		act.Data = givenTo(m.c.Value)
		done, why, err = m.assign(ctx, tx, d)
	case ManyStage:
		act.Kind = kindOf(d, m.stage)
		done, why, err = m.move(ctx, tx, d, ids)
	case ManyTag:
		done, why, err = m.retag(ctx, tx, d)
	case ManyCloses:
		if done = d.ClosesOn != m.c.Day; done {
			d.ClosesOn, d.UpdatedAt = m.c.Day, m.at
			err = tx.UpdateDeal(ctx, d)
		}
	case ManyBin:
		done, err = true, tx.BinDeal(ctx, id, m.actor.ID, m.at)
	}
	if !done {
		return nil, why, err
	}
	return &act, why, err
}

func givenTo(to string) string { return act{}.to(to).data }

func (m *many) assign(ctx context.Context, tx *store.Tx, d store.Deal) (bool, string, error) {
	if d.OwnerID == m.c.Value {
		return false, "", nil
	}
	if may := access.MayTake(m.actor, d.OwnerID, m.c.Value) == nil; !may {
		return false, LeftReach, nil
	}
	return true, "", tx.AssignDeal(ctx, d.ID, m.c.Value, m.at)
}

func (m *many) move(ctx context.Context, tx *store.Tx, d store.Deal, ids [3]string) (bool, string, error) {
	if d.StageID == m.stage.ID {
		return false, "", nil
	}
	full, err := m.s.full(ctx, tx, m.actor, d, nil)
	if err != nil {
		return false, "", err
	}
	rows, err := tx.DealLines(ctx, d.ID)
	if err != nil {
		return false, "", err
	}
	if complete := lacks(m.stage, full, len(rows)) == nil; !complete {
		return false, LeftLacks, nil
	}
	_, err = tx.MoveDeal(ctx, store.DealMove{
		DealID: d.ID, StageID: m.stage.ID, StayID: ids[1], OutcomeID: ids[2], ReasonID: m.c.ReasonID, Note: m.c.Note, By: m.actor.ID, At: m.at,
	})
	return true, "", err
}

func (m *many) retag(ctx context.Context, tx *store.Tx, d store.Deal) (bool, string, error) {
	if !access.Sees(m.actor, d.OwnerID) {
		return false, LeftReach, nil
	}
	tags, err := tx.DealTags(ctx, d.ID)
	if err != nil {
		return false, "", err
	}
	var ids []string
	for _, t := range tags {
		ids = append(ids, t.ID)
	}
	at := slices.Index(ids, m.c.Value)
	switch {
	case m.c.Off == (at < 0):
		return false, "", nil
	case m.c.Off:
		ids = slices.Delete(ids, at, at+1)
	default:
		ids = append(ids, m.c.Value)
	}
	if err := tx.SetDealTags(ctx, d.ID, ids); err != nil {
		return false, "", err
	}
	d.UpdatedAt = m.at
	return true, "", tx.UpdateDeal(ctx, d)
}
