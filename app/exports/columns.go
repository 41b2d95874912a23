package exports

import (
	"slices"
	"strings"
	"time"

	"stead/app/custom"
	"stead/app/phone"
	"stead/app/tabular"
	"stead/store"
)

// The most numbers and addresses that have columns of their own; what is more
// stands together in the last.
const reached = 3

// column is one of a list that leaves. Key is what a view calls it.
type column struct {
	Key, Title string
	number     bool // a figure, which a spreadsheet may compute with
	of         func(x *exported) string
}

// exported is a record with what its columns ask for.
type exported struct {
	card    store.Card
	company store.Company
	points  []store.CompanyPoint
	values  map[string]store.Value
	tags    []string
	owner   string
	zone    *time.Location
}

// usual are the columns of a contact that are offered, in their order. What a
// card has several of has several columns.
func contactColumns(own []store.Field) []column {
	out := []column{{Key: "name", Title: "Name", of: func(x *exported) string { return x.card.Name }}}
	out = append(out, several("phone", "Phone", func(x *exported) []string { return phones(x.card.Phones) })...)
	out = append(out, several("email", "Email", func(x *exported) []string { return emails(x.card.Emails) })...)
	out = append(out,
		column{Key: "company", Title: "Company", of: func(x *exported) string { return mainJob(x).Name }},
		column{Key: "company", Title: "Role", of: func(x *exported) string { return mainJob(x).Role }},
	)
	for _, part := range []struct {
		key, title string
		of         func(store.Address) string
	}{
		{"city", "Street", func(a store.Address) string { return a.Street }},
		{"city", "City", func(a store.Address) string { return a.City }},
		{"city", "Region", func(a store.Address) string { return a.Region }},
		{"city", "Postcode", func(a store.Address) string { return a.Postcode }},
		{"country", "Country", func(a store.Address) string { return a.Country }},
	} {
		out = append(out, column{Key: part.key, Title: part.title, of: func(x *exported) string {
			if len(x.card.Addresses) == 0 {
				return ""
			}
			return part.of(x.card.Addresses[0])
		}})
	}
	out = append(out,
		column{Key: "tag", Title: "Tags", of: func(x *exported) string { return strings.Join(x.tags, "; ") }},
		column{Key: "owner", Title: "Owner", of: func(x *exported) string { return x.owner }},
		column{Key: "about", Title: "About", of: func(x *exported) string { return x.card.About }},
		column{Key: "language", Title: "Language", of: func(x *exported) string { return x.card.Language }},
		column{Key: "time_zone", Title: "Time zone", of: func(x *exported) string { return x.card.TimeZone }},
		column{Key: "source", Title: "Source", of: func(x *exported) string { return x.card.Source }},
		column{Key: "basis", Title: "Lawful basis", of: func(x *exported) string { return x.card.Basis }},
		column{Key: "do_not_call", Title: "Do not call", of: func(x *exported) string { return yes(x.card.DoNotCallAt) }},
		column{Key: "blocked", Title: "Blocked", of: func(x *exported) string { return yes(x.card.BlockedAt) }},
		column{Key: "restricted", Title: "Restricted", of: func(x *exported) string { return yes(x.card.RestrictedAt) }},
		column{Key: "created", Title: "Created", of: func(x *exported) string { return x.moment(x.card.CreatedAt) }},
		column{Key: "activity", Title: "Last activity", of: func(x *exported) string { return x.moment(x.card.LastActivityAt) }},
	)
	return append(out, ownColumns(own)...)
}

// companyColumns are those of a company.
func companyColumns(own []store.Field) []column {
	point := func(kind string) func(x *exported) []string {
		return func(x *exported) (out []string) {
			for _, p := range x.points {
				if p.Kind == kind && kind == "phone" && tabular.IsPhone(p.MatchKey) {
					out = append(out, p.MatchKey)
				} else if p.Kind == kind {
					out = append(out, p.Typed)
				}
			}
			return out
		}
	}
	out := []column{
		{Key: "name", Title: "Name", of: func(x *exported) string { return x.company.Name }},
		{Key: "website", Title: "Website", of: func(x *exported) string { return x.company.Website }},
		{Key: "industry", Title: "Industry", of: func(x *exported) string { return x.company.Industry }},
	}
	out = append(out, several("phone", "Phone", point("phone"))...)
	out = append(out, several("email", "Email", point("email"))...)
	out = append(out,
		column{Key: "tag", Title: "Tags", of: func(x *exported) string { return strings.Join(x.tags, "; ") }},
		column{Key: "owner", Title: "Owner", of: func(x *exported) string { return x.owner }},
		column{Key: "about", Title: "About", of: func(x *exported) string { return x.company.About }},
		column{Key: "created", Title: "Created", of: func(x *exported) string { return x.moment(x.company.CreatedAt) }},
		column{Key: "activity", Title: "Last activity", of: func(x *exported) string { return x.moment(x.company.LastActivityAt) }},
	)
	return append(out, ownColumns(own)...)
}

// ownColumns are the fields of the business's own.
func ownColumns(own []store.Field) []column {
	var out []column
	for _, f := range own {
		out = append(out, column{Key: store.OwnKey(f.ID), Title: f.Name, number: f.Kind == "number" || f.Kind == "money", of: func(x *exported) string {
			v, ok := x.values[f.ID]
			if !ok {
				return ""
			}
			return custom.Plain(f, v)
		}})
	}
	return out
}

// several are the columns of what there are several of.
func several(key, title string, of func(*exported) []string) []column {
	var out []column
	for i := range reached {
		name := title
		if i > 0 {
			name += " " + string(rune('1'+i))
		}
		out = append(out, column{Key: key, Title: name, of: func(x *exported) string {
			all := of(x)
			switch {
			case i >= len(all):
				return ""
			case i == reached-1:
				return strings.Join(all[i:], "; ")
			}
			return all[i]
		}})
	}
	return out
}

// chosen are the columns whose keys are asked for, in the order in which they
// are asked; all of them, when none is.
func chosen(all []column, keys []string) []column {
	if len(keys) == 0 {
		return all
	}
	var out []column
	if !slices.Contains(keys, "name") {
		keys = append([]string{"name"}, keys...)
	}
	for _, key := range keys {
		for _, c := range all {
			if c.Key == key {
				out = append(out, c)
			}
		}
	}
	return out
}

func phones(list []store.Phone) []string {
	var out []string
	for _, p := range list {
		switch _, ext := phone.SplitExtension(p.Typed); {
		case p.E164 == "":
			out = append(out, p.Typed)
		case ext != "":
			out = append(out, p.E164+tabular.Extension+ext)
		default:
			out = append(out, p.E164)
		}
	}
	return out
}

func emails(list []store.Email) []string {
	var out []string
	for _, e := range list {
		out = append(out, e.Typed)
	}
	return out
}

// mainJob is the first company that somebody still belongs to.
func mainJob(x *exported) store.ContactCompany {
	for _, job := range x.card.Companies {
		if !job.Former {
			return job
		}
	}
	return store.ContactCompany{Name: x.card.Company}
}

func yes(at int64) string {
	if at != 0 {
		return "yes"
	}
	return ""
}

func (x *exported) moment(ms int64) string {
	if ms == 0 {
		return ""
	}
	return time.UnixMilli(ms).In(x.zone).Format("2006-01-02 15:04")
}

func dayOf(ms int64, zone *time.Location) string {
	if zone == nil {
		zone = time.UTC
	}
	return time.UnixMilli(ms).In(zone).Format(time.DateOnly)
}
