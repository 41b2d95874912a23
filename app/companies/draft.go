package companies

import (
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"stead/app/custom"
	"stead/app/errs"
	"stead/app/people"
	"stead/store"
)

// Draft is a company as somebody typed it.
type Draft struct {
	Name, Website, Industry, About string
	Phones, Emails                 []people.Point
	Addresses                      []people.Place
	Tags                           []string
	Fields                         map[string]string // by the field's id; what is left out stays
}

const (
	maxName = 300 // characters
	maxText = 10_000
)

// record is a draft that was understood.
type record struct {
	store.Company
	points []store.CompanyPoint
	tags   []store.Tag // new ones have an id that nobody has yet
	values map[string]*store.Value
}

// read understands a draft. It is errs.Invalid with a sentence for each input.
func (s *Service) read(in Draft, country string, fields []store.Field) (record, error) {
	out := record{}
	problems := map[string]string{}
	out.Name, out.Industry, out.About = people.Line(in.Name), people.Line(in.Industry), people.Text(in.About)
	if store.Fold(out.Name) == "" {
		problems["name"] = "Enter the name of the company."
	}
	for name, of := range map[string]struct {
		text string
		most int
	}{"name": {out.Name, maxName}, "industry": {out.Industry, maxName}, "about": {out.About, maxText}} {
		if utf8.RuneCountInString(of.text) > of.most {
			problems[name] = "Use at most " + strconv.Itoa(of.most) + " characters."
		}
	}
	if v, err := custom.Parse(store.Field{Kind: "link"}, in.Website, custom.How{}); err != nil || v != nil && strings.HasPrefix(v.Words, "mailto:") {
		problems["website"] = "Enter a web address, like https://example.com."
	} else if v != nil {
		out.Website, out.Domain = v.Words, domainOf(v.Words)
	}
	of, err := people.Draft{Phones: in.Phones, Emails: in.Emails, Addresses: in.Addresses, Tags: in.Tags}.Read(people.Rules{Country: country, Part: true})
	for name, text := range errs.Fields(err) {
		problems[name] = text
	}
	values, wrong := custom.Read(fields, in.Fields, custom.For(country))
	for name, text := range wrong {
		problems[name] = text
	}
	if len(problems) > 0 {
		return out, &errs.Error{Kind: errs.Invalid, Message: "The company cannot be saved like this.", Fields: problems}
	}
	out.values, out.points = values, s.points(of.Card)
	for _, label := range of.Labels {
		out.tags = append(out.tags, store.Tag{ID: s.NewID(), Name: label, CreatedAt: s.Now().UnixMilli()})
	}
	return out, nil
}

// points are the ways to reach a company as rows.
func (s *Service) points(c store.Card) []store.CompanyPoint {
	var out []store.CompanyPoint
	at := s.Now().UnixMilli()
	for _, p := range c.Phones {
		out = append(out, store.CompanyPoint{ID: s.NewID(), Kind: "phone", Label: p.Label, Typed: p.Typed, MatchKey: p.MatchKey, CreatedAt: at})
	}
	for _, e := range c.Emails {
		out = append(out, store.CompanyPoint{ID: s.NewID(), Kind: "email", Label: e.Label, Typed: e.Typed, MatchKey: e.MatchKey, CreatedAt: at})
	}
	for _, a := range c.Addresses {
		typed, _ := json.Marshal(place{a.Street, a.City, a.Region, a.Postcode, a.Country}) // texts always can be
		out = append(out, store.CompanyPoint{ID: s.NewID(), Kind: "address", Label: a.Label, Typed: string(typed), CreatedAt: at})
	}
	return out
}

// place is an address as a point keeps it.
type place struct {
	Street   string `json:"street,omitempty"`
	City     string `json:"city,omitempty"`
	Region   string `json:"region,omitempty"`
	Postcode string `json:"postcode,omitempty"`
	Country  string `json:"country,omitempty"`
}

// domainOf is the host of a website without www., "" when it has none.
func domainOf(website string) string {
	u, err := url.Parse(website)
	if err != nil {
		return ""
	}
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	if len(host) > 253 {
		return ""
	}
	return strings.TrimPrefix(host, "www.")
}

// draftOf is what a company is, as a form shows it.
func draftOf(c store.Company, points []store.CompanyPoint, tags []store.Tag, fields []store.Field, values map[string]store.Value) Draft {
	d := Draft{Name: c.Name, Website: c.Website, Industry: c.Industry, About: c.About, Fields: custom.Shown(fields, values)}
	for _, p := range points {
		switch p.Kind {
		case "phone":
			d.Phones = append(d.Phones, people.Point{Label: p.Label, Typed: p.Typed})
		case "email":
			d.Emails = append(d.Emails, people.Point{Label: p.Label, Typed: p.Typed})
		default:
			a := placeOf(p)
			d.Addresses = append(d.Addresses, people.Place{Label: p.Label, Street: a.Street, City: a.City, Region: a.Region, Postcode: a.Postcode, Country: a.Country})
		}
	}
	for _, t := range tags {
		d.Tags = append(d.Tags, t.Name)
	}
	return d
}

// placeOf reads an address; what is none is a street.
func placeOf(p store.CompanyPoint) place {
	var a place
	if json.Unmarshal([]byte(p.Typed), &a) != nil {
		a = place{Street: p.Typed}
	}
	return a
}

// line is an address in one line.
func (a place) line() string {
	parts := []string{strings.ReplaceAll(a.Street, "\n", ", "), strings.TrimSpace(a.Postcode + " " + a.City), a.Region, a.Country}
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), ", ")
}
