package imports

import (
	"slices"
	"strings"

	"stead/app/people"
	"stead/store"
)

// notions are the companies and tags that rows name, as the business has them.
type notions struct {
	companies map[string]store.Company // by store.CompanyKey
	tags      map[string]string        // folded name to id
	tagNames  map[string]string        // by id
}

func (n notions) jobs(p people.Person, at int64) (jobs []store.ContactCompany) {
	for _, j := range p.Jobs {
		c := n.companies[store.CompanyKey(j.Company)]
		jobs = append(jobs, store.ContactCompany{CompanyID: c.ID, Name: c.Name, Role: j.Role, Former: j.Former, CreatedAt: at})
	}
	return jobs
}

func (n notions) tagIDs(p people.Person) (ids []string) {
	for _, name := range p.Labels {
		if id := n.tags[store.Fold(name)]; !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// settle puts companies and tags on a new person's card.
func (n notions) settle(p people.Person, at int64) store.Card {
	c := p.Card
	c.Companies, c.Tags = n.jobs(p, at), n.tagIDs(p)
	if len(c.Companies) > 0 {
		c.Company = c.Companies[0].Name
	}
	return c
}

// merge brings what a row says into the card of somebody who is there, and tells
// whether that changes anything. Blanks are filled, or, when over, what the file
// says stands above what was there: a number or an address that is new becomes
// the main one and the others stay. What was written about somebody is never
// overwritten, and an empty cell never empties anything.
func (n notions) merge(into *store.Card, r *row, over bool, at int64) bool {
	before := *into
	p := r.person
	for _, slot := range r.given {
		switch slot {
		case people.SlotPhones:
			into.Phones = union(into.Phones, p.Phones, over, func(x store.Phone) string { return store.MatchKey(x.E164, x.Typed) })
		case people.SlotEmails:
			into.Emails = union(into.Emails, p.Emails, over, func(x store.Email) string { return strings.ToLower(x.Typed) })
		case people.SlotAddresses:
			into.Addresses = union(into.Addresses, p.Addresses, over, addressKey)
		case people.SlotCompanies:
			n.employ(into, n.jobs(p, at), over)
		case people.SlotTags:
			for _, id := range n.tagIDs(p) {
				if !slices.Contains(into.Tags, id) {
					into.Tags = append(slices.Clone(into.Tags), id)
				}
			}
		case people.SlotCalls:
			p.Put(slot, into) // nobody is called again because a file forgot that they asked
		case people.SlotAbout:
			if into.About == "" {
				p.Put(slot, into)
			}
		default:
			if over || blank(slot, into) {
				p.Put(slot, into)
			}
		}
	}
	return !sameCard(before, *into)
}

// union adds what is new: in front when it is to count above the rest, and only
// where there is nothing yet when it is not.
func union[T any](old, fresh []T, over bool, key func(T) string) []T {
	if len(old) > 0 && !over {
		return old
	}
	known := map[string]bool{}
	for _, x := range old {
		known[key(x)] = true
	}
	var out []T
	for _, x := range fresh {
		if !known[key(x)] {
			out = append(out, x)
		}
	}
	if len(out) == 0 || len(old)+len(out) > people.MaxPoints {
		return old
	}
	return append(out, old...)
}

func addressKey(a store.Address) string {
	return store.Fold(strings.Join([]string{a.Street, a.City, a.Region, a.Postcode, a.Country}, "|"))
}

// employ adds companies; a role that the file gives for one that is there counts
// where it is to, or where there was none.
func (n notions) employ(into *store.Card, jobs []store.ContactCompany, over bool) {
	all := slices.Clone(into.Companies)
	var fresh []store.ContactCompany
	for _, j := range jobs {
		at := slices.IndexFunc(all, func(o store.ContactCompany) bool { return o.CompanyID == j.CompanyID })
		switch {
		case at < 0:
			fresh = append(fresh, j)
		case j.Role != "" && (over || all[at].Role == ""):
			all[at].Role = j.Role
		}
	}
	if over || len(all) == 0 && into.Company == "" {
		all = append(fresh, all...)
	}
	if into.Companies = all; len(all) > 0 {
		into.Company = all[0].Name
	}
}

// blank tells whether nothing stands in a part of a card.
func blank(slot string, c *store.Card) bool {
	switch slot {
	case people.SlotName:
		return c.Name == ""
	case people.SlotLanguage:
		return c.Language == ""
	case people.SlotZone:
		return c.TimeZone == ""
	}
	_, has := c.Values[strings.TrimPrefix(slot, people.SlotField)]
	return !has
}

func sameCard(a, b store.Card) bool {
	if a.Name != b.Name || a.About != b.About || a.Language != b.Language || a.TimeZone != b.TimeZone || a.DoNotCallAt != b.DoNotCallAt ||
		len(a.Phones) != len(b.Phones) || len(a.Emails) != len(b.Emails) || len(a.Addresses) != len(b.Addresses) || len(a.Tags) != len(b.Tags) ||
		len(a.Values) != len(b.Values) {
		return false
	}
	for id, v := range a.Values {
		w := b.Values[id]
		if v.Words != w.Words || v.Num != w.Num || v.IsNum != w.IsNum {
			return false
		}
	}
	return slices.EqualFunc(a.Companies, b.Companies, func(x, y store.ContactCompany) bool {
		return x.CompanyID == y.CompanyID && x.Role == y.Role && x.Former == y.Former
	})
}
