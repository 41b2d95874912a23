package duplicates

import (
	"context"
	"net/url"
	"strconv"
	"strings"

	"stead/app/custom"
	"stead/app/people"
	"stead/app/phone"
	"stead/store"
	view "stead/views/duplicates"
	"stead/views/ui"
)

// why says a reason in English.
var why = map[string]string{
	store.SamePhone: "Same number", store.SameEmail: "Same email", store.SameNameCompany: "Same name and company", store.SameNamePlace: "Same name and town",
}

func showList(ctx context.Context, p Page) view.List {
	out := view.List{Merges: p.MayMerge, Seeks: p.MaySeek, Settles: p.MaySettle}
	if p.Next != "" {
		out.Next = listAt + "?after=" + url.QueryEscape(p.Next)
	}
	switch {
	case p.Count >= MaxCount:
		out.Count = ui.Words(ctx)("10,000+ pairs")
	case p.Count == 1:
		out.Count = ui.Words(ctx)("1 pair")
	default:
		out.Count = ui.Say(ctx, "%s pairs", strconv.FormatInt(p.Count, 10))
	}
	for i := range p.Rows {
		row := &p.Rows[i]
		shown := view.Pair{Value: row.ContactID + " " + row.OtherID, One: personOf(ctx, row.One), Other: personOf(ctx, row.Other)}
		shown.Merge = mergePath(row.ContactID, row.OtherID, "")
		for reason := range strings.FieldsSeq(row.Reasons) {
			shown.Why = append(shown.Why, why[reason])
		}
		out.Rows = append(out.Rows, shown)
	}
	return out
}

func personOf(ctx context.Context, c store.ContactRow) view.Person {
	number := numberOf(c.Phone)
	return view.Person{ID: c.ID, Href: "/contacts/" + url.PathEscape(c.ID), Name: nameOf(ctx, c.Name, number), Company: c.Company, Number: number}
}

// nameOf is what somebody is called; while nobody knows, by their number.
func nameOf(ctx context.Context, name, number string) string {
	switch {
	case name != "":
		return name
	case number != "":
		return number
	}
	return ui.Words(ctx)("No name")
}

func numberOf(matchKey string) string {
	if typed, raw := strings.CutPrefix(matchKey, "raw:"); raw || matchKey == "" {
		return typed
	}
	return phone.Display(matchKey, "")
}

func showMerge(ctx context.Context, s Sides, taken []string) view.Merge {
	m := store.Merging{TakeGone: taken}
	out := view.Merge{
		Kept: cardPerson(ctx, s.Kept), Gone: cardPerson(ctx, s.Gone),
		KeptVersion: strconv.FormatInt(s.Kept.Version, 10), GoneVersion: strconv.FormatInt(s.Gone.Version, 10),
	}
	add := func(name, label, kept, gone string, own bool) {
		if kept != "" && gone != "" && kept != gone {
			out.Rows = append(out.Rows, view.Choice{Name: name, Label: label, Kept: kept, Gone: gone, TakeGone: m.Takes(name), Own: own})
		}
	}
	for _, f := range []struct{ name, label, kept, gone string }{
		{"name", "Name", s.Kept.Name, s.Gone.Name},
		{"phone", "Main number", mainPhone(s.Kept), mainPhone(s.Gone)},
		{"email", "Main email", mainEmail(s.Kept), mainEmail(s.Gone)},
		{"company", "Main company", s.Kept.Company, s.Gone.Company},
		{"owner", "Assigned to", s.People.Name(s.Kept.OwnerID), s.People.Name(s.Gone.OwnerID)},
		{"language", "Language", s.Kept.Language, s.Gone.Language},
		{"time_zone", "Time zone", s.Kept.TimeZone, s.Gone.TimeZone},
		{"basis", "Lawful basis", basis(ctx, s.Kept), basis(ctx, s.Gone)},
		{"about", "About, which comes first", s.Kept.About, s.Gone.About},
	} {
		add(f.name, f.label, f.kept, f.gone, false)
	}
	for _, f := range s.Fields {
		kept, has := s.Kept.Values[f.ID]
		gone, had := s.Gone.Values[f.ID]
		if has && had {
			add(f.ID, f.Name, custom.Format(f, kept, custom.How{}), custom.Format(f, gone, custom.How{}), true)
		}
	}
	out.Both = keptOfBoth(s)
	return out
}

func cardPerson(ctx context.Context, c store.Card) view.Person {
	number := mainPhone(c)
	return view.Person{ID: c.ID, Href: "/contacts/" + url.PathEscape(c.ID), Name: nameOf(ctx, c.Name, number), Company: c.Company, Number: number}
}

func mainPhone(c store.Card) string {
	if len(c.Phones) == 0 {
		return ""
	}
	return numberOf(c.Phones[0].MatchKey)
}

func mainEmail(c store.Card) string {
	if len(c.Emails) == 0 {
		return ""
	}
	return c.Emails[0].Typed
}

func basis(ctx context.Context, c store.Card) string {
	for _, b := range people.Bases {
		if b.Code == c.Basis {
			return strings.TrimSuffix(ui.Words(ctx)(b.Name)+": "+c.BasisEvidence, ": ")
		}
	}
	return ""
}

// keptOfBoth is what the card has afterwards, whatever is chosen.
func keptOfBoth(s Sides) []view.Kept {
	phones, emails, places, firms, tags := view.Kept{Label: "Numbers"}, view.Kept{Label: "Emails"}, view.Kept{Label: "Addresses"}, view.Kept{Label: "Companies"}, view.Kept{Label: "Tags"}
	for _, c := range []store.Card{s.Kept, s.Gone} {
		for _, p := range c.Phones {
			phones.Values = put(phones.Values, numberOf(p.MatchKey))
		}
		for _, e := range c.Emails {
			emails.Values = put(emails.Values, e.Typed)
		}
		for _, a := range c.Addresses {
			places.Values = put(places.Values, strings.Join(put(put(put(nil, a.Street), strings.TrimSpace(a.Postcode+" "+a.City)), a.Country), ", "))
		}
		for _, k := range c.Companies {
			firms.Values = put(firms.Values, k.Name)
		}
		for _, t := range s.Tags[c.ID] {
			tags.Values = put(tags.Values, t.Name)
		}
	}
	var out []view.Kept
	for _, k := range []view.Kept{phones, emails, places, firms, tags} {
		if len(k.Values) > 0 {
			out = append(out, k)
		}
	}
	return out
}

// put adds a value that is there and not in the list.
func put(list []string, value string) []string {
	if value == "" {
		return list
	}
	for _, known := range list {
		if known == value {
			return list
		}
	}
	return append(list, value)
}
