package contacts

import (
	"context"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/veil"
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
	OptedOut map[string]bool // by number; of one that may not be seen, by contact
	People   access.People   // whose they may be; nil while nobody shares the work
}

// List returns a page of the contacts that the actor may see, or of a part of
// them by whose they are, in an order.
func (s *Service) List(ctx context.Context, actor access.Actor, order store.ContactOrder, whose, after string) (Roll, error) {
	if err := mayList(actor); err != nil {
		return Roll{}, err
	}
	ctx = short(ctx)
	people, err := s.people(ctx)
	if err != nil {
		return Roll{}, err
	}
	order.Owners, order.Veiled = people.Several() || !seesAll(actor), !seesAll(actor)
	page, err := s.Store.Contacts(ctx, access.Part(actor, access.ContactsRead, whose), order, store.Page{After: after, Limit: listSize})
	if err != nil {
		return Roll{}, err
	}
	return s.roll(ctx, actor, people, page)
}

// Find returns a page of the contacts that a query finds: by the beginning of
// words of name, company and email, by a number or a part of one. Whoever may
// not see a contact's numbers and addresses does not find it by them.
func (s *Service) Find(ctx context.Context, actor access.Actor, query, whose, after string) (Roll, error) {
	if err := mayList(actor); err != nil {
		return Roll{}, err
	}
	people, err := s.people(ctx)
	if err != nil {
		return Roll{}, err
	}
	page, err := s.search(ctx, actor, access.Part(actor, access.ContactsRead, whose), query, store.Page{After: after, Limit: listSize})
	if err != nil {
		return Roll{}, err
	}
	return s.roll(ctx, actor, people, page)
}

func (s *Service) roll(ctx context.Context, actor access.Actor, people access.People, page store.ContactPage) (Roll, error) {
	numbers := make([]string, 0, len(page.Rows))
	for i := range page.Rows {
		if page.Rows[i].Phone != "" {
			numbers = append(numbers, page.Rows[i].Phone)
		}
	}
	out, _, err := s.optOuts.optedOut(ctx, numbers)
	roll := Roll{ContactPage: page, OptedOut: out}
	if people.Several() {
		roll.People = people
	}
	if !seesAll(actor) {
		roll.veil(actor)
	}
	return roll, err
}

// veil takes out the numbers that the actor may not see.
func (r *Roll) veil(actor access.Actor) {
	for i := range r.Rows {
		c := &r.Rows[i]
		if access.Sees(actor, c.OwnerID) {
			continue
		}
		if r.OptedOut[c.Phone] {
			r.OptedOut[c.ID] = true
		}
		c.Phone = veil.Key(c.Phone)
	}
}

// short is the context of reads that take less than a millisecond: whoever asked
// may have gone, but to watch for that costs more than to read on.
func short(ctx context.Context) context.Context { return context.WithoutCancel(ctx) }

// asks tells whether an actor is told that somebody has a number or an address:
// whoever is shown none would try numbers until one is known.
func asks(actor access.Actor) bool { return actor.Has(access.PersonalSee) }

// mayList refuses whoever may see no contact at all.
func mayList(actor access.Actor) error {
	return access.Allow(actor, access.ContactsRead, access.Object{Owner: actor.ID})
}

func seesAll(actor access.Actor) bool { return access.Scope(actor, access.PersonalSee).All() }

// mayRead returns a contact that the actor may see.
func mayRead(ctx context.Context, r *store.Reader, actor access.Actor, id string) (store.Contact, error) {
	c, err := r.Contact(ctx, id)
	if err != nil {
		return store.Contact{}, err
	}
	return c, access.Allow(actor, access.ContactsRead, access.Object{Owner: c.OwnerID})
}

// mayDo returns a contact that the actor may see and do p to.
func mayDo(ctx context.Context, r *store.Reader, actor access.Actor, p access.Permission, id string) (store.Contact, error) {
	c, err := mayRead(ctx, r, actor, id)
	if err != nil {
		return c, err
	}
	return c, access.Allow(actor, p, access.Object{Owner: c.OwnerID})
}

// mayEdit returns a contact whose numbers and addresses the actor may change,
// which takes seeing them.
func mayEdit(ctx context.Context, r *store.Reader, actor access.Actor, id string) (store.Contact, error) {
	c, err := mayDo(ctx, r, actor, access.ContactsWrite, id)
	if err == nil && !access.Sees(actor, c.OwnerID) {
		err = &errs.Error{Kind: errs.Denied, Message: "Your role does not show this contact's personal data, so it cannot change it either."}
	}
	return c, err
}
