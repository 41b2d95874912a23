package contacts

import (
	"cmp"
	"context"
	"net/url"
	"strings"

	"stead/app/access"
	"stead/store"
	view "stead/views/contacts"
	"stead/views/ui"
)

// shower turns records into what pages show: one for a request.
type shower struct {
	ctx     context.Context
	clock   ui.Clock
	country string
}

func (s *Service) shower(ctx context.Context) (shower, error) {
	now, country, err := s.house.now(ctx, s.Store, s.Now())
	if err != nil {
		return shower{}, err
	}
	return shower{ctx: ctx, clock: ui.NewClock(now, now.Location()), country: country}, nil
}

// place is where somebody stands in the list: what its address says. It holds
// ids and words of ours only.
type place struct {
	view  string // id of what is asked; wholeList: nothing, though a view stands in the list's place
	from  string // id of the view with a name that this one was made of
	sort  string
	who   string
	add   string // key of the field that the filter is to have
	after string
}

// path is the address of the same list from another place on. A page has a dozen
// of them, so it is put together by hand.
func (p place) path() string {
	out := make([]byte, 0, 160)
	out = append(out, "/contacts"...)
	for _, part := range [...]struct{ name, value string }{
		{"add=", p.add}, {"after=", p.after}, {"from=", p.from}, {"sort=", p.sort}, {"view=", p.view}, {"who=", p.who},
	} {
		if part.value == "" {
			continue
		}
		sign := byte('&')
		if len(out) == len("/contacts") {
			sign = '?'
		}
		out = append(append(out, sign), part.name...)
		out = append(out, url.QueryEscape(part.value)...)
	}
	return string(out)
}

// page is the address of another page; empty for none.
func (p place) page(after string) string {
	if after == "" {
		return ""
	}
	p.after, p.add = after, ""
	return p.path()
}

func (sh shower) list(l Looked, at place) view.List {
	out := view.List{
		Query: l.Question.Find, View: cmp.Or(at.view, l.View.ID), From: at.from, Sort: at.sort, Who: at.who, Next: at.page(l.Next), Prev: at.page(l.Prev),
		Rows: make([]view.Row, len(l.Rows)), Owners: l.People != nil, Cut: l.Cut, Asks: len(l.Question.Conditions) > 0 || l.Question.Find != "",
	}
	owners := map[string]string{}
	for i := range l.Rows {
		out.Rows[i] = sh.row(&l.Rows[i], l.OptedOut)
		if id := l.Rows[i].OwnerID; out.Owners && id != "" {
			name, ok := owners[id]
			if !ok {
				name = l.People.Name(id)
				owners[id] = name
			}
			out.Rows[i].Owner, out.Rows[i].OwnerFace = name, ui.FaceOf(name)
		}
	}
	if l.Question.Find == "" {
		now := l.Question.Sort
		out.ByName, out.ByActivity = at.sorted(now, "name", "-name"), at.sorted(now, "activity", "-activity")
	}
	out.Count = sh.count(l)
	out.Export = exportPath(out.View, at.who)
	return out
}

// exportPath is where the list is exported: what it asks, and which part of it.
func exportPath(viewID, who string) string {
	at := url.Values{}
	if viewID != "" && viewID != wholeList {
		at.Set("view", viewID)
	}
	if who != "" {
		at.Set("who", who)
	}
	if len(at) == 0 {
		return "/contacts/export"
	}
	return "/contacts/export?" + at.Encode()
}

// count says how many there are.
func (sh shower) count(l Looked) string {
	n := l.Total
	switch {
	case n.N == 0 && !n.More && len(l.Rows) == 0 && l.Question.Find != "":
		return ui.Words(sh.ctx)("Nobody found")
	case n.N == 0 && len(l.Rows) == 0:
		return ""
	case l.Question.Find != "" && n.N == 0: // who does not see all numbers is told of this page
		return ui.Many(sh.ctx, len(l.Rows), "%s contact on this page", "%s contacts on this page")
	case n.More:
		return ui.Say(sh.ctx, "%s+ contacts", ui.Number(n.N))
	}
	return ui.Many(sh.ctx, n.N, "%s contact", "%s contacts")
}

func (sh shower) row(c *store.ContactRow, optedOut map[string]bool) view.Row {
	number := ""
	if c.Phone != "" {
		number = spaced(c.Phone)
	}
	row := view.Row{
		ID: c.ID, Href: "/contacts/" + c.ID, Name: c.Name, Company: c.Company, Number: number,
		Face: ui.FaceOf(c.Name), Active: sh.clock.Brief(sh.ctx, c.LastActivityAt),
		Blocked: c.BlockedAt != 0, Restricted: c.RestrictedAt != 0, OptedOut: optedOut[c.Phone] || optedOut[c.ID],
		Landline: c.SMSState == "landline", Unreachable: c.SMSState == "unreachable" || c.SMSState == "invalid",
	}
	if c.Name == "" {
		row.Name, row.Number, row.Nameless = number, "", number != ""
	}
	if row.Name == "" {
		row.Name = ui.Words(sh.ctx)("No name")
	}
	return row
}

// sorted is a column's head: where it leads, and how it is sorted now. A column
// that is sorted by already leads to its other direction.
func (p place) sorted(now, up, down string) view.Sort {
	p.after, p.add = "", ""
	if now == "" {
		now = "-activity"
	}
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
	if up == "activity" || up == "created" {
		up = down // the latest first is what people want first
	}
	return view.Sort{Href: lead(up)}
}

// parts are the parts of the list that the actor can ask for.
func (p place) parts(actor access.Actor, people access.People) []ui.Part {
	var out []ui.Part
	for _, part := range people.Parts(actor, access.ContactsRead) {
		at := place{view: p.view, from: p.from, sort: p.sort, who: part.Whose}
		out = append(out, ui.Part{Label: part.Label, Href: at.path(), Current: part.Whose == p.who})
	}
	return out
}

// spaced prints a match key for a list: a number with its country code, in
// groups. It knows no numbering plan, so it costs next to nothing; the card
// prints numbers by the plan.
func spaced(key string) string {
	digits, ok := strings.CutPrefix(key, "+")
	if !ok {
		return strings.TrimPrefix(key, "raw:")
	}
	code := codeLength(digits)
	if len(digits) <= code+4 {
		return key
	}
	var b strings.Builder
	b.Grow(len(key) + 5)
	b.WriteByte('+')
	b.WriteString(digits[:code])
	for rest := digits[code:]; rest != ""; {
		n := 3
		if len(rest) == 4 || len(rest) == 8 {
			n = 4
		}
		n = min(n, len(rest))
		b.WriteByte(' ')
		b.WriteString(rest[:n])
		rest = rest[n:]
	}
	return b.String()
}

// codeLength is the length of the country code that digits begin with, as the
// International Telecommunication Union has given them out.
func codeLength(digits string) int {
	if len(digits) < 3 {
		return len(digits)
	}
	switch first := digits[0]; {
	case first == '1' || first == '7':
		return 1
	case first >= '0' && first <= '9' && strings.IndexByte(twoDigits[first-'0'], digits[1]) >= 0:
		return 2
	}
	return 3
}

// twoDigits are the second digits of the codes that have two, by the first.
var twoDigits = [10]string{2: "07", 3: "0123469", 4: "013456789", 5: "12345678", 6: "0123456", 8: "1246", 9: "0123458"}
