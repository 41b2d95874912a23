package contacts

import (
	"context"
	"slices"
	"strings"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/people"
	"stead/store"
)

// Edition is what somebody made of some parts of a contact.
type Edition struct {
	Draft   people.Draft
	Parts   []string          // that were in the form; see people.Slots
	Seen    map[string]string // marks of the parts as the editor saw them; see people.Draft.Mark
	Version int64             // that the editor saw, for parts without a mark
}

// Edit saves what the editor made of a contact: the parts that they changed, and
// those alone. It refuses with a Conflict of CodeChanged when somebody else
// changed one of the same parts meanwhile to something else, and then saves
// nothing. Nothing to save is no error.
func (s *Service) Edit(ctx context.Context, actor access.Actor, id string, e Edition) (Saved, error) {
	c, err := mayEditAny(ctx, &s.Store.Reader, actor, id, e.Parts)
	if err != nil {
		return Saved{}, err
	}
	kept, err := s.Store.ContactPhones(ctx, c.ID)
	if err != nil {
		return Saved{}, err
	}
	rules, err := s.rules(ctx, kept)
	if err != nil {
		return Saved{}, err
	}
	rules.Part = true
	var parts people.Draft
	for _, part := range e.Parts {
		parts = parts.With(part, e.Draft)
	}
	person, err := parts.Read(rules)
	if err != nil {
		return Saved{}, err
	}
	now := s.Now().UnixMilli()
	person.Stamp(s.NewID, now)
	act := s.act(actor, EventChanged, id, id, now)
	var changed []string
	err = s.Store.InTx(ctx, func(tx *store.Tx) (err error) {
		changed, err = e.save(ctx, tx, actor, id, person, rules, act, now)
		return err
	})
	if err != nil || len(changed) == 0 {
		return Saved{ID: id}, err
	}
	return Saved{ID: id, Undo: act.undo.ID}, nil
}

// save does the work of Edit in its transaction and returns what it changed.
func (e Edition) save(ctx context.Context, tx *store.Tx, actor access.Actor, id string, person people.Person, rules people.Rules, act act, now int64) ([]string, error) {
	if _, err := mayEditAny(ctx, &tx.Reader, actor, id, e.Parts); err != nil {
		return nil, err
	}
	card, err := tx.Card(ctx, id)
	if err != nil {
		return nil, err
	}
	current, err := draftOf(ctx, &tx.Reader, card, rules.Fields)
	if err != nil {
		return nil, err
	}
	mine, theirs := e.compare(current, card.Version)
	if len(theirs) > 0 {
		return nil, &errs.Error{Kind: errs.Conflict, Code: CodeChanged, Message: "Someone else saved this contact while you were editing."}
	}
	if len(mine) == 0 {
		return nil, nil
	}
	watch := func(u *store.Undoing) error {
		if err := u.WatchContacts(ctx, id); err != nil {
			return err
		}
		return person.Watch(ctx, u)
	}
	act = act.with(map[string][]string{"parts": mine})
	return mine, act.undoable(ctx, tx, watch, func() error {
		if _, err := person.Settle(ctx, tx, people.By{Actor: actor.ID, Owner: card.OwnerID, Source: "manual", At: now}); err != nil {
			return err
		}
		for _, part := range mine {
			person.Put(part, &card)
		}
		if people.Nameless(card) {
			return &errs.Error{Kind: errs.Invalid, Message: "The contact cannot be saved like this.", Fields: map[string]string{
				mine[0]: "Enter a name, a phone number or an email address.",
			}}
		}
		card.UpdatedAt = now
		return tx.SaveCard(ctx, card)
	})
}

// compare tells which parts the editor changed, and which of those somebody else
// changed too, to something else.
func (e Edition) compare(current people.Draft, version int64) (mine, theirs []string) {
	for _, part := range e.Parts {
		if e.Draft.Text(part) == current.Text(part) {
			continue
		}
		seen, marked := e.Seen[part]
		switch {
		case marked && e.Draft.Mark(part) == seen: // only they changed it
		case marked && current.Mark(part) != seen, !marked && e.Version != version:
			theirs = append(theirs, part)
		default:
			mine = append(mine, part)
		}
	}
	return mine, theirs
}

// AddTag puts a tag on a contact by its name, and makes it where there is none.
func (s *Service) AddTag(ctx context.Context, actor access.Actor, id, name string) (Saved, error) {
	return s.retag(ctx, actor, id, func(tags []string) []string { return append(tags, name) })
}

// RemoveTag takes a tag off a contact.
func (s *Service) RemoveTag(ctx context.Context, actor access.Actor, id, name string) (Saved, error) {
	key := store.Fold(people.Line(name))
	return s.retag(ctx, actor, id, func(tags []string) []string {
		return slices.DeleteFunc(tags, func(t string) bool { return store.Fold(t) == key })
	})
}

func (s *Service) retag(ctx context.Context, actor access.Actor, id string, change func([]string) []string) (Saved, error) {
	if _, err := mayEditAny(ctx, &s.Store.Reader, actor, id, []string{people.SlotTags}); err != nil {
		return Saved{}, err
	}
	card, err := s.Store.Card(ctx, id)
	if err != nil {
		return Saved{}, err
	}
	was, err := draftOf(ctx, &s.Store.Reader, card, nil)
	if err != nil {
		return Saved{}, err
	}
	now := people.Draft{Tags: change(slices.Clone(was.Tags))}
	return s.Edit(ctx, actor, id, Edition{Draft: now, Parts: []string{people.SlotTags}, Seen: map[string]string{people.SlotTags: was.Mark(people.SlotTags)}})
}

// draftOf is a contact as its editor shows it.
func draftOf(ctx context.Context, r *store.Reader, c store.Card, fields []store.Field) (people.Draft, error) {
	var tags []store.Tag
	if len(c.Tags) > 0 {
		of, err := r.TagsOf(ctx, []string{c.ID})
		if err != nil {
			return people.Draft{}, err
		}
		tags = of[c.ID]
	}
	return people.DraftOf(c, tags, fields), nil
}

// openParts tell nothing of how somebody is reached: whoever may
// write a contact may change them without seeing the rest.
var openParts = []string{people.SlotTags, people.SlotCalls, people.SlotMinor}

// mayEditAny returns a contact of which the actor may change some parts.
func mayEditAny(ctx context.Context, r *store.Reader, actor access.Actor, id string, parts []string) (store.Contact, error) {
	for _, part := range parts {
		if !slices.Contains(openParts, part) {
			return mayEdit(ctx, r, actor, id)
		}
	}
	return mayDo(ctx, r, actor, access.ContactsWrite, id)
}

// isPart tells whether there is such a part, with the fields as they are.
func isPart(part string, fields []store.Field) bool {
	return slices.Contains(people.Slots(fields), part) && strings.TrimSpace(part) == part
}
