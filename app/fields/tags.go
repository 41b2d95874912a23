package fields

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"

	"stead/app/access"
	"stead/app/acts"
	"stead/app/errs"
	"stead/app/naming"
	"stead/app/work"
	"stead/store"
)

// Long work of this capability.
const (
	opAlign = "tags.align" // who has a tag is found by its new name
	opMerge = "tags.merge"

	few      = 100 // who is brought in line at once
	counted  = 10_000
	tagTaken = "There is a tag of this name already."
	tagSaved = "Someone else saved this tag while you were editing."
)

// carriers is how many of those who have a tag a step brings in line, or gives another.
var carriers = work.Bounds{First: few, Few: 10, Most: 1000}

var colours = []string{"", "green", "blue", "yellow", "red", "violet"}

// CreateTag adds a tag and returns the id of the undo.
func (s *Service) CreateTag(ctx context.Context, actor access.Actor, typed, colour, key string) (undoID string, err error) {
	if err := mayWrite(actor); err != nil {
		return "", err
	}
	t, err := readTag(store.Tag{ID: s.NewID()}, typed, colour)
	if err != nil {
		return "", err
	}
	act := s.act(actor, EventTagCreated, t.ID)
	t.CreatedAt = act.at
	made, err := s.Store.Once(ctx, key, t.ID, act.at, func(tx *store.Tx) error {
		if err := again(ctx, tx, actor); err != nil {
			return err
		}
		all, err := tx.Tags(ctx)
		if err != nil {
			return err
		}
		if len(all) >= maxTags {
			return errs.Form(map[string]string{"name": "There are 1,000 tags already. Merge or delete some first."})
		}
		return act.undoable(ctx, tx, "tags", []string{t.ID}, func() error { return taken(tx.InsertTag(ctx, t)) })
	})
	if made != t.ID { // the form was sent before
		act.id = ""
	}
	return act.id, err
}

func readTag(t store.Tag, typed, colour string) (store.Tag, error) {
	problems := map[string]string{}
	name, problem := naming.Read(typed)
	if problem != "" {
		problems["name"] = problem
	}
	if !slices.Contains(colours, colour) {
		problems["colour"] = "Choose one of the list."
	}
	t.Name, t.Colour = name, colour
	return t, errs.Form(problems)
}

func taken(err error) error {
	if errors.Is(err, store.ErrConflict) {
		return errs.Form(map[string]string{"name": tagTaken})
	}
	return err
}

// ChangeTag gives a tag another name or colour than the version that its editor
// saw, and returns the id of the undo. It is a Conflict of CodeChanged when there
// is a newer version.
func (s *Service) ChangeTag(ctx context.Context, actor access.Actor, id string, version int64, typed, colour string) (undoID string, err error) {
	if err := mayWrite(actor); err != nil {
		return "", err
	}
	act, opID := s.act(actor, EventTagChanged, id), s.NewID()
	err = s.Store.InTx(ctx, func(tx *store.Tx) error {
		old, err := liveTag(ctx, tx, actor, id)
		if err != nil {
			return err
		}
		t, err := readTag(old, typed, colour)
		if err != nil {
			return err
		}
		if old.Version != version {
			return changed(store.ErrConflict, tagSaved)
		}
		return act.undoable(ctx, tx, "tags", []string{id}, func() error {
			if err := taken(tx.UpdateTag(ctx, t)); err != nil || t.Name == old.Name {
				return err
			}
			return s.found(ctx, tx, id, opID, act.at)
		})
	})
	return act.id, err
}

func liveTag(ctx context.Context, tx *store.Tx, actor access.Actor, id string) (store.Tag, error) {
	if err := again(ctx, tx, actor); err != nil {
		return store.Tag{}, err
	}
	t, err := tx.Tag(ctx, id)
	if err == nil && t.DeletedAt != 0 {
		err = &errs.Error{Kind: errs.NotFound, Message: "There is nothing here."}
	}
	return t, err
}

// DeleteTag puts a tag into the bin; nobody has it until it comes back. It
// returns the id of the undo.
func (s *Service) DeleteTag(ctx context.Context, actor access.Actor, id string) (undoID string, err error) {
	return s.moveTag(ctx, actor, EventTagDeleted, id, func(tx *store.Tx, at int64) error {
		return gone(tx.BinTag(ctx, id, at))
	})
}

// RestoreTag takes a tag out of the bin, back to who had it. It is a Conflict
// when another tag has its name by now.
func (s *Service) RestoreTag(ctx context.Context, actor access.Actor, id string) (undoID string, err error) {
	return s.moveTag(ctx, actor, EventTagRestored, id, func(tx *store.Tx, _ int64) error {
		err := tx.RestoreTag(ctx, id)
		if errors.Is(err, store.ErrConflict) {
			return &errs.Error{Kind: errs.Conflict, Code: "name", Message: "Another tag has this name by now. Rename that one first.", Err: err}
		}
		return err
	})
}

func gone(err error) error {
	if errors.Is(err, store.ErrConflict) {
		return &errs.Error{Kind: errs.NotFound, Message: "There is nothing here."}
	}
	return err
}

func (s *Service) moveTag(ctx context.Context, actor access.Actor, kind, id string, do func(*store.Tx, int64) error) (undoID string, err error) {
	if err := mayWrite(actor); err != nil {
		return "", err
	}
	act, opID := s.act(actor, kind, id), s.NewID()
	err = s.Store.InTx(ctx, func(tx *store.Tx) error {
		if err := again(ctx, tx, actor); err != nil {
			return err
		}
		if _, err := tx.Tag(ctx, id); err != nil {
			return err
		}
		return act.undoable(ctx, tx, "tags", []string{id}, func() error {
			if err := do(tx, act.at); err != nil {
				return err
			}
			return s.found(ctx, tx, id, opID, act.at)
		})
	})
	return act.id, err
}

// found has those who have a tag be found by what it is called now: at once when
// they are few, else as long work.
func (s *Service) found(ctx context.Context, tx *store.Tx, tagID, opID string, at int64) error {
	ids, err := tx.TaggedIDs(ctx, "contact", tagID, "", few+1)
	if err != nil {
		return err
	}
	if len(ids) <= few {
		return tx.IndexContacts(ctx, ids...)
	}
	params, err := json.Marshal(tagWork{Tag: tagID})
	if err != nil {
		return err
	}
	return s.Work.Start(ctx, tx, store.Operation{ID: opID, Kind: opAlign, Actor: access.Operator().ID, Params: string(params), CreatedAt: at})
}

// tagWork is what long work on tags is about.
type tagWork struct {
	Tag  string `json:"tag"`
	Into string `json:"into,omitempty"`
}

// align is a step of bringing the search in line with a tag.
func (s *Service) align(ctx context.Context, op store.Operation, _ access.Actor) (store.Operation, error) {
	var of tagWork
	if err := json.Unmarshal([]byte(op.Params), &of); err != nil {
		return op, err
	}
	return s.Work.Step(ctx, op, carriers, func(tx *store.Tx, next *store.Operation, n int) error {
		ids, err := tx.TaggedIDs(ctx, "contact", of.Tag, op.Cursor, n)
		if err != nil {
			return err
		}
		if err := tx.IndexContacts(ctx, ids...); err != nil {
			return err
		}
		next.Done += int64(len(ids))
		if len(ids) < n {
			next.State = store.OperationDone
		} else {
			next.Cursor = ids[len(ids)-1]
		}
		return nil
	})
}

// React has those who have a tag be found by what it is called, after a change
// of it was taken back or it came out of the bin.
func (s *Service) React(ctx context.Context, tx *store.Tx, e store.Event) error {
	id, err := acts.BroughtBack(ctx, &tx.Reader, e, "tag.")
	if err != nil || id == "" {
		return err
	}
	if _, err := tx.Tag(ctx, id); errors.Is(err, store.ErrNotFound) {
		return nil
	} else if err != nil {
		return err
	}
	return s.found(ctx, tx, id, s.NewID(), e.At)
}

// TagList is every tag, with how many have it, and those in the bin.
type TagList struct {
	Tags []store.TagCount
	Bin  []store.Tag
}

// Tags lists the tags for whoever may see settings. A count of more than 10,000
// is 10,001.
func (s *Service) Tags(ctx context.Context, actor access.Actor) (TagList, error) {
	if err := mayRead(actor); err != nil {
		return TagList{}, err
	}
	tags, err := s.Store.TagCounts(ctx, counted+1)
	if err != nil {
		return TagList{}, err
	}
	bin, err := s.Store.TagsInBin(ctx)
	return TagList{tags, bin}, err
}

// Many says a count that was not taken to its end.
func Many(n int) string {
	if n > counted {
		return "10,000+"
	}
	return strconv.Itoa(n)
}
