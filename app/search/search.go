// Package search finds records of every kind by what was typed, for the page and
// for the palette: people, companies, deals, messages, notes, tasks, each as far
// as whoever asks may see them. It changes nothing. What a kind of record is, and
// how it is shown on its own page, is for its capability to say.
package search

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"stead/app/access"
	"stead/app/errs"
	"stead/store"
)

// Lookup finds records of one kind as far as the actor may see them, veiled where
// they must be, and tells whether there are more.
type Lookup func(ctx context.Context, actor access.Actor, query string) (hits []Hit, more bool, err error)

// Deps is all that the capability needs. Persons answers an empty query with those
// with whom there was something last.
type Deps struct {
	Store              *store.Store
	Persons, Companies Lookup
}

// Service is the capability.
type Service struct{ Deps }

// New returns the capability.
func New(d Deps) *Service { return &Service{d} }

// The kinds of what is found, in the order in which they are shown.
const (
	Person  = "person"
	Company = "company"
	Deal    = "deal"
	Message = "message"
	Note    = "note"
	Task    = "task"
)

var kinds = []string{Person, Company, Deal, Message, Note, Task}

// Hit is one record. Text is what was found in it, where it is a text; Phone is
// the match key of a number, masked for whoever may not see it.
type Hit struct {
	Kind, ID, Name, Phone string
	ConversationID        string
	CompanyID, DealID     string
	Text                  string
	Number                int64 // of a deal that was found by it
	At                    int64
}

// Group is what was found of one kind.
type Group struct {
	Kind string
	Hits []Hit
	More bool // there is more than is given
	Near bool // it is only nearly what was typed
	Cut  bool // time was up
}

// How many of a kind are given: on a page, in the palette, of one kind alone.
const (
	PerKind    = 5
	PerPalette = 3
	Alone      = 50
)

// Find searches all kinds that the actor may see, or one, and gives at most limit
// of each. Who may see no record at all finds nothing; that is no error.
func (s *Service) Find(ctx context.Context, actor access.Actor, query, kind string, limit int) ([]Group, error) {
	query = strings.TrimSpace(query)
	if query == "" {
		return nil, nil
	}
	var out []Group
	for _, k := range kinds {
		if kind != "" && k != kind {
			continue
		}
		g, err := s.of(ctx, actor, k, query, limit)
		if errs.KindOf(err) == errs.Denied {
			continue
		}
		if err != nil {
			return nil, err
		}
		if g.Kind = k; len(g.Hits) > 0 || g.Cut {
			out = append(out, g)
		}
	}
	return out, nil
}

func (s *Service) of(ctx context.Context, actor access.Actor, kind, query string, limit int) (Group, error) {
	switch kind {
	case Person:
		return lookedUp(ctx, s.Persons, actor, query, limit)
	case Company:
		return lookedUp(ctx, s.Companies, actor, query, limit)
	case Deal:
		return s.deals(ctx, actor, query, limit)
	case Message:
		return s.texts(ctx, actor, access.InboxRead, kind, query, limit)
	case Task:
		return s.texts(ctx, actor, access.TasksWrite, kind, query, limit)
	}
	return s.texts(ctx, actor, access.ContactsRead, kind, query, limit)
}

func lookedUp(ctx context.Context, look Lookup, actor access.Actor, query string, limit int) (Group, error) {
	hits, more, err := look(ctx, actor, query)
	if err != nil {
		return Group{}, err
	}
	return group(hits, more, limit), nil
}

// Recent lists the contacts with whom there was something last: what a palette
// offers before anything is typed.
func (s *Service) Recent(ctx context.Context, actor access.Actor, limit int) ([]Hit, error) {
	g, err := lookedUp(ctx, s.Persons, actor, "", limit)
	if errs.KindOf(err) == errs.Denied {
		return nil, nil
	}
	return g.Hits, err
}

// texts finds what somebody wrote. Whoever is not shown what was written does
// not find it either: a hit would tell.
func (s *Service) texts(ctx context.Context, actor access.Actor, need access.Permission, kind, query string, limit int) (Group, error) {
	if !actor.Has(need) || !actor.Has(access.PersonalSee) {
		return Group{}, nil
	}
	found, err := s.Store.FindTexts(ctx, access.Scope(actor, need), access.Scope(actor, access.PersonalSee), kind, query, store.Page{Limit: limit + 1})
	if err != nil {
		return Group{}, err
	}
	hits := make([]Hit, 0, len(found.Rows))
	for i := range found.Rows {
		if hit, ok := hitOf(actor, kind, &found.Rows[i]); ok {
			hits = append(hits, hit)
		}
	}
	g := group(hits, false, limit)
	g.Near, g.Cut = found.Near, found.Cut
	return g, nil
}

// hitOf is a text as the actor may know whom it is about; none, where it is a note
// of a deal that they do not see.
func hitOf(actor access.Actor, kind string, h *store.TextHit) (Hit, bool) {
	if kind == Deal || kind == Task { // which are somebody else's than whom they are with
		knows := func(owner string) bool { return access.May(actor, access.ContactsRead, access.Object{Owner: owner}) }
		if !knows(h.ContactOwner) {
			h.Name, h.Phone = "", ""
		}
		if !knows(h.CompanyOwner) {
			h.CompanyName = ""
		}
	}
	if kind == Deal {
		return Hit{Kind: Deal, ID: h.Ref, Name: h.Text, Text: cmp.Or(h.Name, h.CompanyName), At: h.At}, true
	}
	hit := Hit{Kind: kind, ID: h.Ref, Name: h.Name, Phone: h.Phone, ConversationID: h.ConversationID, CompanyID: h.CompanyID, Text: h.Text, At: h.At}
	if h.CompanyID != "" && h.ContactID == "" {
		hit.Name = h.CompanyName
	}
	if kind == Note && h.ContactID != "" {
		hit.ConversationID = "" // it is read on the card
	}
	if h.ContactID != "" && kind != Task {
		hit.CompanyID = ""
		if kind == Note {
			hit.ID = h.ContactID
		}
	}
	if kind == Note && h.ContactID == "" && h.CompanyID == "" {
		hit.Name, hit.DealID = h.DealTitle, h.DealID
		return hit, h.DealID != "" && access.May(actor, access.DealsRead, access.Object{Owner: h.DealOwner})
	}
	return hit, true
}

// deals finds them by their titles, and one by its number, which anybody who may
// see the deal knows.
func (s *Service) deals(ctx context.Context, actor access.Actor, query string, limit int) (Group, error) {
	g, err := s.texts(ctx, actor, access.DealsRead, Deal, query, limit)
	number, of := strconv.ParseInt(strings.TrimPrefix(query, "#"), 10, 64)
	if err != nil || of != nil {
		return g, err
	}
	d, err := s.Store.DealByNumber(ctx, number)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return g, nil
	case err != nil:
		return g, err
	case !access.May(actor, access.DealsRead, access.Object{Owner: d.OwnerID}) || slices.ContainsFunc(g.Hits, func(h Hit) bool { return h.ID == d.ID }):
		return g, nil
	}
	hit := Hit{Kind: Deal, ID: d.ID, Number: d.Number, At: d.LastActivityAt}
	if access.Sees(actor, d.OwnerID) {
		hit.Name = d.Title
	}
	near, cut := g.Near, g.Cut
	g = group(append([]Hit{hit}, g.Hits...), g.More, limit)
	g.Near, g.Cut = near, cut
	return g, nil
}

func group(hits []Hit, more bool, limit int) Group {
	if len(hits) > limit {
		return Group{Hits: hits[:limit], More: true}
	}
	return Group{Hits: hits, More: more}
}
