package contacts

import (
	"context"
	"errors"
	"strings"

	"stead/app/access"
	"stead/store"
)

// How many a page holds.
const (
	listSize     = 50
	timelineSize = 20
	matchSize    = 5
)

// Roll is a page of the contact list.
type Roll struct {
	store.ContactPage
	OptedOut map[string]bool // by number
}

// List returns a page of all contacts, in an order.
func (s *Service) List(ctx context.Context, actor access.Actor, order store.ContactOrder, after string) (Roll, error) {
	if err := access.Allow(actor, access.ContactsRead, access.Object{}); err != nil {
		return Roll{}, err
	}
	ctx = short(ctx)
	page, err := s.Store.Contacts(ctx, store.Everything, order, store.Page{After: after, Limit: listSize})
	if err != nil {
		return Roll{}, err
	}
	return s.roll(ctx, page)
}

// Find returns a page of the contacts that a query finds: by the beginning of
// words of name, company and email, by a number or a part of one.
func (s *Service) Find(ctx context.Context, actor access.Actor, query, after string) (Roll, error) {
	if err := access.Allow(actor, access.ContactsRead, access.Object{}); err != nil {
		return Roll{}, err
	}
	page, err := s.Store.FindContacts(ctx, query, store.Page{After: after, Limit: listSize})
	if err != nil {
		return Roll{}, err
	}
	return s.roll(ctx, page)
}

func (s *Service) roll(ctx context.Context, page store.ContactPage) (Roll, error) {
	numbers := make([]string, 0, len(page.Rows))
	for _, c := range page.Rows {
		if c.Phone != "" {
			numbers = append(numbers, c.Phone)
		}
	}
	out, _, err := s.optOuts.optedOut(ctx, numbers)
	return Roll{page, out}, err
}

// short is the context of reads that take less than a millisecond: whoever asked
// may have gone, but to watch for that costs more than to read on.
func short(ctx context.Context) context.Context { return context.WithoutCancel(ctx) }

// Matches returns contacts that what is being typed may already describe: with
// one of the numbers or addresses, else with the name.
func (s *Service) Matches(ctx context.Context, actor access.Actor, in Person) ([]store.ContactRow, error) {
	if err := access.Allow(actor, access.ContactsRead, access.Object{}); err != nil {
		return nil, err
	}
	country, err := s.country(ctx)
	if err != nil {
		return nil, err
	}
	phones, emails := in.points(country)
	same, err := s.Store.ContactsWith(ctx, phones, emails)
	if err != nil || len(same) > 0 || strings.TrimSpace(in.Name) == "" {
		return same[:min(len(same), matchSize)], err
	}
	page, err := s.Store.FindContacts(ctx, in.Name, store.Page{Limit: matchSize})
	return page.Rows, err
}

// Card is all that is known of a contact.
type Card struct {
	store.Contact
	Phones       []store.Phone
	Emails       []store.Email
	OptedOut     map[string]bool // by match key
	OptOutsKnown bool            // false while the vault is locked
	Conversation string          // id; empty when there is none
	Tasks        []store.Task
	Timeline     Timeline
}

// Timeline is a page of what happened with a contact, newest first.
type Timeline struct {
	Items []store.StreamItem
	Next  string // cursor of what is older
	Names map[string]string
}

// Card returns a contact's card, with what happened before a cursor of its
// timeline, and notes who looked at it.
func (s *Service) Card(ctx context.Context, actor access.Actor, id, after string) (Card, error) {
	ctx = short(ctx)
	var card Card
	var err error
	if card.Contact, err = s.mayRead(ctx, actor, id); err != nil {
		return Card{}, err
	}
	s.reads.add(ctx, actor.ID, id, s.Now().UnixMilli())
	if card.Phones, err = s.Store.ContactPhones(ctx, id); err != nil {
		return Card{}, err
	}
	if card.Emails, err = s.Store.ContactEmails(ctx, id); err != nil {
		return Card{}, err
	}
	numbers := make([]string, len(card.Phones))
	for i, p := range card.Phones {
		numbers[i] = p.MatchKey
	}
	if card.OptedOut, card.OptOutsKnown, err = s.optOuts.optedOut(ctx, numbers); err != nil {
		return Card{}, err
	}
	if card.Tasks, err = s.Store.OpenTasksOf(ctx, id); err != nil {
		return Card{}, err
	}
	card.Conversation, card.Timeline, err = s.timeline(ctx, id, after)
	return card, err
}

// Timeline returns a page of what happened with a contact.
func (s *Service) Timeline(ctx context.Context, actor access.Actor, id, after string) (Timeline, error) {
	if _, err := s.mayRead(ctx, actor, id); err != nil {
		return Timeline{}, err
	}
	s.reads.add(ctx, actor.ID, id, s.Now().UnixMilli())
	_, out, err := s.timeline(ctx, id, after)
	return out, err
}

func (s *Service) timeline(ctx context.Context, contactID, after string) (conversation string, out Timeline, err error) {
	v, err := s.Store.ConversationOf(ctx, contactID)
	if errors.Is(err, store.ErrNotFound) {
		return "", Timeline{}, nil
	}
	if err != nil {
		return "", Timeline{}, err
	}
	items, err := s.Store.Stream(ctx, v.ID, store.Page{After: after, Limit: timelineSize + 1})
	if err != nil {
		return "", Timeline{}, err
	}
	if len(items) > timelineSize {
		items = items[:timelineSize]
		out.Next = items[timelineSize-1].Cursor()
	}
	out.Items = items
	out.Names, err = s.authors(ctx, items)
	return v.ID, out, err
}

// authors names the people of the business who wrote something, by user id.
func (s *Service) authors(ctx context.Context, items []store.StreamItem) (map[string]string, error) {
	names := map[string]string{}
	for _, item := range items {
		if id := author(item); id != "" {
			names[id] = ""
		}
	}
	for id := range names {
		u, err := s.Store.User(ctx, id)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return nil, err
		}
		names[id] = u.Name
	}
	return names, nil
}

func author(item store.StreamItem) string {
	switch {
	case item.Note != nil:
		return item.Note.Author
	case item.Message != nil:
		return item.Message.Author
	}
	return ""
}

func (s *Service) mayRead(ctx context.Context, actor access.Actor, id string) (store.Contact, error) {
	c, err := s.Store.Contact(ctx, id)
	if err != nil {
		return store.Contact{}, err
	}
	return c, access.Allow(actor, access.ContactsRead, access.Object{})
}

// Form returns a contact as its editor shows it. The numbers are as typed.
func (s *Service) Form(ctx context.Context, actor access.Actor, id string) (Person, int64, error) {
	c, err := s.mayRead(ctx, actor, id)
	if err != nil {
		return Person{}, 0, err
	}
	phones, err := s.Store.ContactPhones(ctx, id)
	if err != nil {
		return Person{}, 0, err
	}
	emails, err := s.Store.ContactEmails(ctx, id)
	if err != nil {
		return Person{}, 0, err
	}
	out := Person{Name: c.Name, Company: c.Company, About: c.About}
	for _, p := range phones {
		out.Phones = append(out.Phones, p.Typed)
	}
	for _, e := range emails {
		out.Emails = append(out.Emails, e.Typed)
	}
	return out, c.Version, nil
}
