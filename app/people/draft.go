// Package people is the one place where what somebody typed, pasted or imported
// about a person becomes a contact. It knows no page, no file and no rule of who
// may do what; it writes nothing but companies and tags that a draft names.
package people

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"stead/app/custom"
	"stead/store"
)

// Draft is what is said of a person, as typed. Empty entries of its lists are
// left out.
type Draft struct {
	Name      string
	Phones    []Point
	Emails    []Point
	Addresses []Place
	Companies []Job
	Tags      []string          // names
	Fields    map[string]string // of the business's own fields, by id
	About     string
	Language  string // a code or an English name
	TimeZone  string
	Basis     string // lawful basis
	Evidence  string // what shows it
	DoNotCall bool
	Minor     bool // possibly a child
}

// Point is a number or an address of mail, and what it is for.
type Point struct{ Label, Typed string }

// Place is an address.
type Place struct{ Label, Street, City, Region, Postcode, Country string }

// Job is where somebody works, and as what.
type Job struct {
	Company, Role string
	Former        bool // no longer
}

// The parts of a draft that are edited, compared and taken one by one. A field
// of the business's own is SlotField and its id.
const (
	SlotName      = "name"
	SlotPhones    = "phones"
	SlotEmails    = "emails"
	SlotCompanies = "companies"
	SlotAddresses = "addresses"
	SlotTags      = "tags"
	SlotLanguage  = "language"
	SlotZone      = "zone"
	SlotBasis     = "basis"
	SlotCalls     = "calls"
	SlotMinor     = "minor"
	SlotAbout     = "about"
	SlotField     = "field-"
)

var slots = []string{
	SlotName, SlotPhones, SlotEmails, SlotCompanies, SlotAddresses, SlotTags, SlotLanguage, SlotZone, SlotBasis, SlotCalls, SlotMinor, SlotAbout,
}

// Slots lists the parts of a draft in the order of a form.
func Slots(fields []store.Field) []string {
	out := slices.Clone(slots)
	for _, f := range fields {
		out = append(out, SlotField+f.ID)
	}
	return out
}

// Text is one part in words, the same for drafts that mean the same: what
// versions are compared by, and what is shown of one beside another. A choice is
// its id.
func (d Draft) Text(slot string) string {
	switch slot {
	case SlotName:
		return Line(d.Name)
	case SlotPhones:
		return joinPoints(d.Phones)
	case SlotEmails:
		return joinPoints(d.Emails)
	case SlotCompanies:
		return joinJobs(d.Companies)
	case SlotAddresses:
		return joinPlaces(d.Addresses)
	case SlotTags:
		return joinTags(d.Tags)
	case SlotLanguage:
		return Line(d.Language)
	case SlotZone:
		return Line(d.TimeZone)
	case SlotBasis:
		return strings.Trim(Line(d.Basis)+": "+Text(d.Evidence), ": ")
	case SlotCalls:
		return yes(d.DoNotCall)
	case SlotMinor:
		return yes(d.Minor)
	case SlotAbout:
		return Text(d.About)
	}
	return Text(d.Fields[strings.TrimPrefix(slot, SlotField)])
}

// Mark tells a part apart from its other versions; nobody reads it back.
func (d Draft) Mark(slot string) string {
	sum := sha256.Sum256([]byte(slot + "\n" + d.Text(slot)))
	return hex.EncodeToString(sum[:8])
}

// With is the draft with one part of another.
func (d Draft) With(slot string, of Draft) Draft {
	switch slot {
	case SlotName:
		d.Name = of.Name
	case SlotPhones:
		d.Phones = of.Phones
	case SlotEmails:
		d.Emails = of.Emails
	case SlotCompanies:
		d.Companies = of.Companies
	case SlotAddresses:
		d.Addresses = of.Addresses
	case SlotTags:
		d.Tags = of.Tags
	case SlotLanguage:
		d.Language = of.Language
	case SlotZone:
		d.TimeZone = of.TimeZone
	case SlotBasis:
		d.Basis, d.Evidence = of.Basis, of.Evidence
	case SlotCalls:
		d.DoNotCall = of.DoNotCall
	case SlotMinor:
		d.Minor = of.Minor
	case SlotAbout:
		d.About = of.About
	default:
		id := strings.TrimPrefix(slot, SlotField)
		fields := map[string]string{}
		for k, v := range d.Fields {
			fields[k] = v
		}
		fields[id] = of.Fields[id]
		d.Fields = fields
	}
	return d
}

// DraftOf is a contact as its editor shows it: numbers as they were typed.
func DraftOf(c store.Card, tags []store.Tag, fields []store.Field) Draft {
	d := Draft{
		Name: c.Name, About: c.About, Language: c.Language, TimeZone: c.TimeZone, Basis: c.Basis, Evidence: c.BasisEvidence,
		DoNotCall: c.DoNotCallAt != 0, Minor: c.MinorAt != 0, Fields: custom.Shown(fields, c.Values),
	}
	for _, p := range c.Phones {
		d.Phones = append(d.Phones, Point{Label: p.Label, Typed: p.Typed})
	}
	for _, e := range c.Emails {
		d.Emails = append(d.Emails, Point{Label: e.Label, Typed: e.Typed})
	}
	for _, a := range c.Addresses {
		d.Addresses = append(d.Addresses, Place{Label: a.Label, Street: a.Street, City: a.City, Region: a.Region, Postcode: a.Postcode, Country: a.Country})
	}
	for _, j := range c.Companies {
		d.Companies = append(d.Companies, Job{Company: j.Name, Role: j.Role, Former: j.Former})
	}
	if len(c.Companies) == 0 && c.Company != "" { // from before companies were records
		d.Companies = []Job{{Company: c.Company}}
	}
	for _, id := range c.Tags {
		if i := slices.IndexFunc(tags, func(t store.Tag) bool { return t.ID == id }); i >= 0 {
			d.Tags = append(d.Tags, tags[i].Name)
		}
	}
	return d
}

func joinPoints(points []Point) string {
	var out []string
	for _, p := range points {
		if typed := Line(p.Typed); typed != "" {
			if label := Line(p.Label); label != "" {
				typed += " (" + label + ")"
			}
			out = append(out, typed)
		}
	}
	return strings.Join(out, ", ")
}

func joinJobs(jobs []Job) string {
	var out []string
	for _, j := range jobs {
		if name := Line(j.Company); name != "" {
			if role := Line(j.Role); role != "" {
				name += " (" + role + ")"
			}
			if j.Former {
				name += " †"
			}
			out = append(out, name)
		}
	}
	return strings.Join(out, ", ")
}

func joinPlaces(places []Place) string {
	var out []string
	for _, p := range places {
		if a := p.tidy(); a.filled() {
			parts := []string{strings.ReplaceAll(a.Street, "\n", ", "), strings.TrimSpace(a.Postcode + " " + a.City), a.Region, a.Country}
			words := strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), ", ")
			if a.Label != "" {
				words += " (" + a.Label + ")"
			}
			out = append(out, words)
		}
	}
	return strings.Join(out, "; ")
}

func joinTags(tags []string) string {
	var out []string
	for _, t := range tags {
		if t = Line(t); t != "" {
			out = append(out, t)
		}
	}
	slices.SortFunc(out, func(a, b string) int { return cmp.Compare(store.Fold(a), store.Fold(b)) })
	return strings.Join(slices.Compact(out), ", ")
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return ""
}

func numbered(name string, i int) string { return name + strconv.Itoa(i+1) }
