package contacts

import (
	"context"
	"strings"

	"stead/app/access"
	"stead/app/people"
	"stead/store"
)

// Matches are contacts that what is being typed may already describe. Of those
// that the actor may not see, or not by their numbers and addresses, it says
// only that there is one.
type Matches struct {
	Rows   []Match
	Others bool // somebody else's contact has the number or the address
	Veiled bool // one whose numbers and addresses the actor may not see has it
}

// Match is a contact and why it may be the one.
type Match struct {
	store.ContactRow
	Reasons []string // see store.SamePhone …; none: the name begins like it
}

// Matches returns contacts that what is being typed may already describe: with
// one of the numbers or addresses, with name and company or town, else with the
// name.
func (s *Service) Matches(ctx context.Context, actor access.Actor, in people.Draft) (Matches, error) {
	if err := access.Allow(actor, access.ContactsWrite, access.Object{Owner: actor.ID}); err != nil {
		return Matches{}, err
	}
	country, err := s.country(ctx)
	if err != nil {
		return Matches{}, err
	}
	out, err := matchesOf(ctx, &s.Store.Reader, actor, likenessOf(actor, in, country))
	if err != nil || out.any() || strings.TrimSpace(in.Name) == "" {
		return out, err
	}
	page, err := s.search(ctx, actor, access.Scope(actor, access.ContactsRead), in.Name, store.Page{Limit: matchSize})
	roll := Roll{ContactPage: page}
	roll.veil(actor)
	for i := range roll.Rows {
		out.Rows = append(out.Rows, Match{ContactRow: roll.Rows[i]})
	}
	return out, err
}

func (m Matches) any() bool { return len(m.Rows) > 0 || m.Others || m.Veiled }

// likenessOf is what of a draft others are compared by. Whoever is shown no
// numbers and addresses is not told by them who is there.
func likenessOf(actor access.Actor, in people.Draft, country string) store.Likeness {
	like := store.Likeness{NameKey: store.Fold(people.Line(in.Name))}
	if asks(actor) {
		like.Phones, like.Emails = in.Keys(country)
	}
	for _, job := range in.Companies {
		if name := people.Line(job.Company); name != "" {
			like.Companies = append(like.Companies, store.Fold(name))
		}
	}
	for _, place := range in.Addresses {
		if city := people.Line(place.City); city != "" {
			like.Cities = append(like.Cities, store.Fold(city))
		}
	}
	return like
}

func matchesOf(ctx context.Context, r *store.Reader, actor access.Actor, like store.Likeness) (Matches, error) {
	found, err := r.MatchesOf(ctx, access.Scope(actor, access.ContactsRead), like, matchSize)
	var out Matches
	for i := range found {
		switch c := &found[i]; {
		case c.Hidden:
			out.Others = true
		case !access.Sees(actor, c.OwnerID) && !byName(c.Reasons):
			out.Veiled = true
		default:
			row := Match{ContactRow: c.ContactRow, Reasons: c.Reasons}
			if !access.Sees(actor, c.OwnerID) {
				roll := Roll{ContactPage: store.ContactPage{Rows: []store.ContactRow{c.ContactRow}}}
				roll.veil(actor)
				row = Match{ContactRow: roll.Rows[0], Reasons: []string{store.SameNameCompany}}
			}
			out.Rows = append(out.Rows, row)
		}
	}
	return out, err
}

// byName tells whether a match would be one by its name alone, with what stands
// beside it.
func byName(reasons []string) bool {
	for _, r := range reasons {
		if r == store.SameNameCompany {
			return true
		}
	}
	return false
}
