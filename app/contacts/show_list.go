package contacts

import (
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

// place is where somebody stands in the list: what its address says.
type place struct{ query, sort, who, after string }

// path is the address of the same list from another place on.
func (p place) path() string {
	at := url.Values{}
	if p.query != "" {
		at.Set("q", p.query)
	} else if p.sort != "" {
		at.Set("sort", p.sort)
	}
	if p.who != "" {
		at.Set("who", p.who)
	}
	if p.after != "" {
		at.Set("after", p.after)
	}
	if len(at) == 0 {
		return "/contacts"
	}
	return "/contacts?" + at.Encode()
}

// page is the address of another page; empty for none.
func (p place) page(after string) string {
	if after == "" {
		return ""
	}
	p.after = after
	return p.path()
}

func (sh shower) list(roll Roll, at place) view.List {
	query, sort := at.query, at.sort
	out := view.List{
		Query: query, Who: at.who, Next: at.page(roll.Next), Prev: at.page(roll.Prev),
		Rows: make([]view.Row, len(roll.Rows)), Owners: roll.People != nil,
	}
	var owners map[string]string
	if out.Owners {
		owners = map[string]string{}
	}
	for i := range roll.Rows {
		out.Rows[i] = sh.row(&roll.Rows[i], roll.OptedOut)
		if id := roll.Rows[i].OwnerID; owners != nil && id != "" {
			name, ok := owners[id]
			if !ok {
				name = roll.People.Name(id)
				owners[id] = name
			}
			out.Rows[i].Owner, out.Rows[i].OwnerFace = name, ui.FaceOf(name)
		}
	}
	if query == "" {
		out.ByName, out.ByActivity = at.sorted("name", "-name"), at.sorted("activity", "")
	}
	if strings.HasSuffix(sort, "name") {
		out.Order = sort
	}
	switch n := len(out.Rows); {
	case n == 0 && query != "":
		out.Count = ui.Words(sh.ctx)("Nobody found")
	case n == 0:
	case roll.Next != "" || roll.Prev != "" || at.after != "":
		out.Count = ui.Many(sh.ctx, n, "%s contact on this page", "%s contacts on this page")
	default:
		out.Count = ui.Many(sh.ctx, n, "%s contact", "%s contacts")
	}
	return out
}

func (sh shower) row(c *store.ContactRow, optedOut map[string]bool) view.Row {
	number := ""
	if c.Phone != "" {
		number = spaced(c.Phone)
	}
	row := view.Row{
		Href: "/contacts/" + c.ID, Name: c.Name, Company: c.Company, Number: number,
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
func (p place) sorted(up, down string) view.Sort {
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
	if up == "activity" {
		up = down // the latest first is what people want first
	}
	return view.Sort{Href: lead(up)}
}

// parts are the parts of the list that the actor can ask for.
func (p place) parts(actor access.Actor, people access.People) []ui.Part {
	var out []ui.Part
	for _, part := range people.Parts(actor, access.ContactsRead) {
		at := place{query: p.query, sort: p.sort, who: part.Whose}
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
