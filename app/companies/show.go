package companies

import (
	"context"
	"net/url"
	"strconv"
	"strings"

	"stead/app/access"
	"stead/app/assign"
	"stead/app/custom"
	"stead/app/phone"
	"stead/store"
	view "stead/views/companies"
	"stead/views/ui"
)

const companiesAt = "/companies"

func companyPath(id string) string { return companiesAt + "/" + url.PathEscape(id) }

// shower turns records into what pages show: one for a request.
type shower struct {
	ctx     context.Context
	clock   ui.Clock
	country string
}

func (s *Service) shower(ctx context.Context) (shower, error) {
	b, err := s.Store.Business(ctx)
	if err != nil {
		return shower{}, err
	}
	return shower{ctx: ctx, clock: ui.NewClock(s.Now(), b.Location()), country: b.Country}, nil
}

// spot is where somebody stands in the list: what its address says.
type spot struct{ sort, who, tag, after string }

// path is the address of the same list from another place on.
func (p spot) path() string {
	at := url.Values{}
	for name, value := range map[string]string{"sort": p.sort, "who": p.who, "tag": p.tag, "after": p.after} {
		if value != "" {
			at.Set(name, value)
		}
	}
	if len(at) == 0 {
		return companiesAt
	}
	return companiesAt + "?" + at.Encode()
}

func (p spot) page(after string) string {
	if after == "" {
		return ""
	}
	p.after = after
	return p.path()
}

// sorted is a column's head: where it leads, and how it is sorted now.
func (p spot) sorted(up, down, first string) view.Sort {
	now := p.sort
	p.after = ""
	lead := func(sort string) string {
		p.sort = sort
		return p.path()
	}
	switch now {
	case up:
		return view.Sort{Href: lead(down), Now: "ascending"}
	case down:
		return view.Sort{Href: lead(up), Now: "descending"}
	}
	return view.Sort{Href: lead(first)}
}

func (sh shower) list(roll Roll, at spot, query string) view.List {
	out := view.List{Query: query, Who: at.who, Tag: at.tag, Sort: at.sort, Next: at.page(roll.Next), Prev: at.page(roll.Prev), Owners: roll.People != nil, Cut: roll.Cut}
	for _, c := range roll.Rows {
		row := sh.row(c)
		if n := roll.Heads[c.ID]; n > headsMost {
			row.People = strconv.Itoa(headsMost) + "+"
		} else if n > 0 {
			row.People = strconv.Itoa(n)
		}
		if c.OwnerID != "" && roll.People != nil {
			row.Owner = roll.People.Name(c.OwnerID)
		}
		out.Rows = append(out.Rows, row)
	}
	if query == "" {
		out.ByName, out.ByActivity = at.sorted("", "-name", ""), at.sorted("activity", "-activity", "-activity")
	}
	if n := len(out.Rows); n > 0 {
		out.Count = ui.Many(sh.ctx, n, "%s company", "%s companies")
		if out.Next != "" || out.Prev != "" {
			out.Count = ui.Many(sh.ctx, n, "%s company on this page", "%s companies on this page")
		}
	}
	return out
}

func (sh shower) row(c store.CompanyRow) view.Row {
	return view.Row{Href: companyPath(c.ID), Name: c.Name, Domain: c.Domain, Industry: c.Industry, Active: sh.clock.Brief(sh.ctx, c.LastActivityAt)}
}

// card is a company's page for an actor.
func (sh shower) card(actor access.Actor, c Card) view.Card {
	object := access.Object{Owner: c.OwnerID}
	live := c.DeletedAt == 0
	may := func(p access.Permission) bool { return access.May(actor, p, object) }
	out := view.Card{
		Path: companyPath(c.ID), Name: c.Name, Industry: c.Industry, Veiled: c.Veiled, About: c.About,
		MayEdit: live && may(access.ContactsWrite) && !c.Veiled, MayDrop: may(access.ContactsDelete), MayAdd: live && may(access.ContactsWrite),
		Search: ui.Input{Name: "q", Label: "Add a person", Hint: "Type the beginning of their name.", Autocomplete: "off", Max: 200},
	}
	out.MayMerge = out.MayEdit && out.MayDrop
	if !live {
		ends := sh.clock.BinEnds(c.DeletedAt)
		out.Binned = &ends
	}
	if c.Next != "" {
		out.Next = out.Path + "?after=" + url.QueryEscape(c.Next)
	}
	for _, t := range c.Tags {
		out.Tags = append(out.Tags, view.Tag{Name: t.Name, Colour: t.Colour, Href: spot{tag: t.ID}.path()})
	}
	out.Facts = sh.facts(c)
	for i := range c.Staff {
		out.Staff = append(out.Staff, sh.person(actor, out, &c.Staff[i]))
	}
	return out
}

func (sh shower) facts(c Card) []ui.Fact {
	var out []ui.Fact
	if c.Website != "" {
		out = append(out, ui.Fact{Label: "Website", Text: strings.TrimPrefix(strings.TrimPrefix(c.Website, "https://"), "http://"), Href: c.Website})
	}
	for _, p := range c.Points {
		f := ui.Fact{Label: map[string]string{"phone": "Phone", "email": "Email", "address": "Address"}[p.Kind], Text: p.Typed}
		switch {
		case c.Veiled:
		case p.Kind == "phone":
			if e164, ok := strings.CutPrefix(p.MatchKey, "+"); ok {
				f.Text, f.Href = phone.Display("+"+e164, sh.country), "tel:+"+e164
			}
		case p.Kind == "email":
			f.Href = "mailto:" + p.Typed
		default:
			f.Text = placeOf(p).line()
		}
		if p.Label != "" {
			f.Text += " (" + p.Label + ")"
		}
		out = append(out, f)
	}
	for _, k := range custom.Facts(c.Fields, c.Values, custom.For(sh.country)) {
		out = append(out, ui.Fact{Label: k.Label, Own: true, Text: k.Text, Word: k.Word, Href: k.Href})
	}
	return out
}

func (sh shower) person(actor access.Actor, p view.Card, c *store.CompanyPerson) view.Person {
	out := view.Person{
		ID: c.ID, Path: p.Path + "/people/" + url.PathEscape(c.ID), Href: "/contacts/" + url.PathEscape(c.ID), Name: c.Name, Role: c.Role, Former: c.Former,
		Number:  sh.number(c.Phone),
		MayEdit: p.MayAdd && access.May(actor, access.ContactsWrite, access.Object{Owner: c.OwnerID}) && access.Sees(actor, c.OwnerID),
	}
	if out.Name == "" {
		if out.Name, out.Number = out.Number, ""; out.Name == "" {
			out.Name = ui.Words(sh.ctx)("No name")
		}
	}
	return out
}

// number prints a match key.
func (sh shower) number(key string) string {
	if strings.HasPrefix(key, "+") {
		return phone.Display(key, sh.country)
	}
	return strings.TrimPrefix(key, "raw:")
}

func ownerOf(actor access.Actor, c Card) *ui.Owner {
	if c.People == nil {
		return nil
	}
	return assign.Record{Path: companyPath(c.ID), Topic: "companies", OwnerID: c.OwnerID, People: c.People, Holders: c.Holders}.Owner(actor)
}
