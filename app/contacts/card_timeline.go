package contacts

import (
	"context"
	"errors"
	"slices"

	"stead/app/access"
	"stead/app/acts"
	"stead/app/veil"
	"stead/store"
	"stead/views/ui"
)

// Timeline is a page of what happened with a contact, newest first.
type Timeline struct {
	Items  []store.StreamItem
	Next   string // cursor of what is older
	Kind   string // of all that is shown, where one was asked for
	Names  map[string]string
	Known  access.People // whom notes may name
	Closed bool          // the actor may not see the conversation
}

// Place is a place in a timeline: what is older than a cursor, of one kind or of
// all.
type Place struct{ After, Kind string }

// Timeline returns a page of what happened with a contact.
func (s *Service) Timeline(ctx context.Context, actor access.Actor, id string, at Place) (Timeline, error) {
	c, err := mayRead(ctx, &s.Store.Reader, actor, id)
	if err != nil {
		return Timeline{}, err
	}
	s.reads.add(ctx, actor.ID, id, s.Now().UnixMilli())
	v, err := s.Store.ConversationOf(ctx, id)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return Timeline{}, err
	}
	_, out, err := s.timeline(ctx, actor, c, v, at)
	return out, err
}

// timeline reads what happened. What was said and noted is the conversation's:
// whoever may not see that is told so, and of the rest what was done with the
// contact.
func (s *Service) timeline(ctx context.Context, actor access.Actor, c store.Contact, v store.Conversation, at Place) (conversation string, out Timeline, err error) {
	kinds := store.StoryKinds()
	if slices.Contains(kinds, at.Kind) {
		out.Kind, kinds = at.Kind, []string{at.Kind}
	}
	if v.ID == "" {
		v.OwnerID, out.Closed = c.OwnerID, !actor.Has(access.InboxRead)
	} else {
		out.Closed = !access.May(actor, access.InboxRead, access.Object{Owner: v.OwnerID})
	}
	if out.Closed {
		v.ID = ""
		kinds = slices.DeleteFunc(kinds, func(k string) bool { return k != store.StoryTasks && k != store.StoryChanges })
	}
	items, err := s.Store.Story(ctx, c.ID, v.ID, kinds, store.Page{After: at.After, Limit: timelineSize + 1})
	if err != nil {
		return "", Timeline{}, err
	}
	if len(items) > timelineSize {
		items = items[:timelineSize]
		out.Next = items[timelineSize-1].Cursor()
	}
	if !access.Sees(actor, v.OwnerID) {
		veil.Items(items)
		veilTasks(items)
	}
	out.Items = items
	out.Names, out.Known, err = s.authors(ctx, items)
	return v.ID, out, err
}

func veilTasks(items []store.StreamItem) {
	for _, i := range items {
		if i.Task != nil && i.Task.Title != "" {
			i.Task.Title = veil.Hidden
		}
	}
}

// authors names the people of the business who did something, or what acted by
// itself, by its id, and returns all people.
func (s *Service) authors(ctx context.Context, items []store.StreamItem) (map[string]string, access.People, error) {
	people, err := s.people(ctx)
	names := map[string]string{}
	for _, item := range items {
		if id := author(item); id != "" {
			if machine := acts.Machine(id); machine != "" {
				names[id] = ui.Words(ctx)(machine)
			} else {
				names[id] = people.Name(id)
			}
		}
	}
	return names, people, err
}

func author(item store.StreamItem) string {
	switch {
	case item.Note != nil:
		return item.Note.Author
	case item.Message != nil:
		return item.Message.Author
	case item.Task != nil:
		return item.Task.DoneBy
	case item.Change != nil:
		return item.Change.Actor
	}
	return ""
}
