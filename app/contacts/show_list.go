package contacts

import (
	"context"
	"net/url"
	"strings"

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

func (sh shower) list(roll Roll, query, sort string, later bool) view.List {
	out := view.List{
		Query: query, Next: listPath(query, sort, roll.Next), Prev: listPath(query, sort, roll.Prev),
		Rows: make([]view.Row, len(roll.Rows)),
	}
	for i := range roll.Rows {
		out.Rows[i] = sh.row(&roll.Rows[i], roll.OptedOut)
	}
	if query == "" {
		out.ByName, out.ByActivity = sortOf(sort, "name", "-name"), sortOf(sort, "activity", "")
	}
	if strings.HasSuffix(sort, "name") {
		out.Order = sort
	}
	switch n := len(out.Rows); {
	case n == 0 && query != "":
		out.Count = ui.Words(sh.ctx)("Nobody found")
	case n == 0:
	case roll.Next != "" || roll.Prev != "" || later:
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
		Blocked: c.BlockedAt != 0, Restricted: c.RestrictedAt != 0, OptedOut: optedOut[c.Phone],
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

// listPath is the address of another page of the same list.
func listPath(query, sort, after string) string {
	if after == "" {
		return ""
	}
	at := url.Values{"after": {after}}
	if query != "" {
		at.Set("q", query)
	} else if sort != "" {
		at.Set("sort", sort)
	}
	return "/contacts?" + at.Encode()
}

// sortOf is a column's head: where it leads, and how it is sorted now. A column
// that is sorted by already leads to its other direction.
func sortOf(sort, up, down string) view.Sort {
	out := view.Sort{Href: sortPath(up)}
	switch sort {
	case up:
		out = view.Sort{Href: sortPath(down), Now: "ascending"}
	case down:
		out.Now = "descending"
	default:
		if up == "activity" {
			out.Href = sortPath(down) // the latest first is what people want first
		}
	}
	return out
}

func sortPath(sort string) string {
	if sort == "" {
		return "/contacts"
	}
	return "/contacts?sort=" + sort
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
