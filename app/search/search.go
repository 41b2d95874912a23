// Package search finds records of every kind by what was typed, for the page and
// for the palette: people, companies, messages, notes, tasks, each as far as
// whoever asks may see them. It changes nothing. What a kind of record is, and
// how it is shown on its own page, is for its capability to say.
package search

import (
	"context"
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
	Message = "message"
	Note    = "note"
	Task    = "task"
)

var kinds = []string{Person, Company, Message, Note, Task}

// Hit is one record. Text is what was found in it, where it is a text; Phone is
// the match key of a number, masked for whoever may not see it.
type Hit struct {
	Kind, ID, Name, Phone string
	ConversationID        string
	CompanyID             string
	Text                  string
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
		h := &found.Rows[i]
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
		hits = append(hits, hit)
	}
	g := group(hits, false, limit)
	g.Near, g.Cut = found.Near, found.Cut
	return g, nil
}

func group(hits []Hit, more bool, limit int) Group {
	if len(hits) > limit {
		return Group{Hits: hits[:limit], More: true}
	}
	return Group{Hits: hits, More: more}
}
