package people

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"stead/app/cards"
	"stead/app/custom"
	"stead/app/email"
	"stead/app/errs"
	"stead/app/phone"
	"stead/store"
)

// The most that is taken of each.
const (
	maxLine   = 1000 // characters of a name, a company, a role
	maxLabel  = 60
	maxText   = 10_000
	MaxPoints = 10 // numbers, addresses of mail, addresses
	maxJobs   = 20
	maxTags   = 50
)

const (
	badPhone   = "Enter a phone number with its country code, like +351 21 123 4567."
	badEmail   = "Enter an email address, like name@example.com."
	twicePhone = "This number is above already, with another extension."
	tooMany    = "There are too many of these. Remove some."
	nobody     = "Enter a name, a phone number or an email address."
)

// Rules are what a draft is read by.
type Rules struct {
	Country  string        // where a number without a country code belongs
	Fields   []store.Field // the business's own
	How      custom.How    // how its numbers and dates are written
	Kept     []store.Phone // numbers that the contact has: as they stand they need not be understood
	KeepText bool          // a number that cannot be understood is kept as text, and counted; else it is refused
	Part     bool          // the draft is a part of somebody, who need not be named in it
}

// Person is a draft that was understood. Companies and tags are still names:
// Settle finds them.
type Person struct {
	store.Card
	Jobs    []Job
	Labels  []string // tags
	Unread  int      // numbers that were kept as text because nobody could understand them
	newJobs []string // ids for companies that are not there yet, one for each of Jobs
	newTags []string
}

// Read understands a draft. It is errs.Invalid with a sentence for each input
// that it cannot take: "name", "phone1", "email2", "address1", "company1",
// "tags", "language", "zone", "basis", "evidence", "about", "field-" and an id.
func (d Draft) Read(rules Rules) (Person, error) {
	r := reading{rules: rules, fields: map[string]string{}}
	r.out.Name, r.out.About = Line(d.Name), Text(d.About)
	r.limit("name", r.out.Name, maxLine)
	r.limit("about", r.out.About, maxText)
	r.phones(d.Phones)
	r.emails(d.Emails)
	r.places(d.Addresses)
	r.jobs(d.Companies)
	r.tags(d.Tags)
	r.manner(d)
	r.values(d.Fields)
	if len(r.fields) == 0 && !rules.Part && Nameless(r.out.Card) {
		r.fields["name"] = nobody
	}
	if len(r.fields) > 0 {
		return Person{}, &errs.Error{Kind: errs.Invalid, Message: "The contact cannot be saved like this.", Fields: r.fields}
	}
	return r.out, nil
}

// Nameless tells whether nothing is there that somebody could be known by.
func Nameless(c store.Card) bool { return c.Name == "" && len(c.Phones) == 0 && len(c.Emails) == 0 }

// reading gathers what was understood and what is wrong.
type reading struct {
	rules  Rules
	out    Person
	fields map[string]string
}

func (r *reading) limit(name, value string, most int) {
	if utf8.RuneCountInString(value) > most {
		r.fields[name] = "Use at most " + strconv.Itoa(most) + " characters."
	}
}

func (r *reading) phones(points []Point) {
	exts := map[string]string{}
	for i, point := range points {
		typed, label, name := Line(point.Typed), Line(point.Label), numbered("phone", i)
		if typed == "" {
			continue
		}
		r.limit(name+"label", label, maxLabel)
		p, ext, ok := ReadPhone(typed, r.rules.Country, r.rules.Kept)
		if !ok && r.rules.KeepText && utf8.RuneCountInString(typed) <= maxLine {
			p, ok = store.Phone{Typed: typed, MatchKey: store.MatchKey("", typed)}, true
			r.out.Unread++
		}
		other, twice := exts[p.MatchKey]
		switch {
		case !ok:
			r.fields[name] = badPhone
		case twice && other != ext && !r.rules.KeepText:
			r.fields[name] = twicePhone
		case twice:
		case len(r.out.Phones) == MaxPoints:
			r.fields[name] = tooMany
		default:
			p.Label, exts[p.MatchKey] = label, ext
			r.out.Phones = append(r.out.Phones, p)
		}
	}
}

// ReadPhone understands one number, with its extension: a number that was kept
// before as it stands, one by the numbering plan, or a short code, which is kept
// as text.
func ReadPhone(typed, country string, kept []store.Phone) (p store.Phone, ext string, ok bool) {
	for _, p := range kept {
		if p.E164 == "" && p.Typed == typed {
			return p, "", true
		}
	}
	if phone.ShortCode(typed) {
		return store.Phone{Typed: typed, MatchKey: store.MatchKey("", typed)}, "", true
	}
	number, ext := phone.SplitExtension(typed)
	n, err := phone.Parse(number, country)
	if err != nil {
		return store.Phone{}, "", false
	}
	return store.Phone{Typed: typed, E164: n.E164, MatchKey: store.MatchKey(n.E164, typed)}, ext, true
}

func (r *reading) emails(points []Point) {
	for i, point := range points {
		typed, label, name := Line(point.Typed), Line(point.Label), numbered("email", i)
		if typed == "" {
			continue
		}
		r.limit(name+"label", label, maxLabel)
		key := strings.ToLower(typed)
		switch {
		case !email.Like(typed):
			r.fields[name] = badEmail
		case slices.ContainsFunc(r.out.Emails, func(e store.Email) bool { return e.MatchKey == key }):
		case len(r.out.Emails) == MaxPoints:
			r.fields[name] = tooMany
		default:
			r.out.Emails = append(r.out.Emails, store.Email{Typed: typed, MatchKey: key, Label: label})
		}
	}
}

func (p Place) tidy() Place {
	return Place{Label: Line(p.Label), Street: Text(p.Street), City: Line(p.City), Region: Line(p.Region), Postcode: Line(p.Postcode), Country: Line(p.Country)}
}

func (p Place) filled() bool {
	return p.Street != "" || p.City != "" || p.Region != "" || p.Postcode != "" || p.Country != ""
}

func (r *reading) places(places []Place) {
	for i, place := range places {
		p, name := place.tidy(), numbered("address", i)
		if !p.filled() {
			continue
		}
		for _, part := range []string{p.Label, p.Street, p.City, p.Region, p.Postcode, p.Country} {
			r.limit(name, part, maxLine)
		}
		a := store.Address{Label: p.Label, Street: p.Street, City: p.City, Region: p.Region, Postcode: p.Postcode, Country: p.Country}
		switch {
		case slices.Contains(r.out.Addresses, a):
		case len(r.out.Addresses) == MaxPoints:
			r.fields[name] = tooMany
		default:
			r.out.Addresses = append(r.out.Addresses, a)
		}
	}
}

func (r *reading) jobs(jobs []Job) {
	known := map[string]bool{}
	for i, job := range jobs {
		j, name := Job{Company: Line(job.Company), Role: Line(job.Role), Former: job.Former}, numbered("company", i)
		if j.Company == "" {
			if j.Role != "" {
				r.fields[name] = "Enter the company, or remove the role."
			}
			continue
		}
		r.limit(name, j.Company, maxLine)
		r.limit(name, j.Role, maxLine)
		switch key := store.Fold(j.Company); {
		case known[key]:
		case len(r.out.Jobs) == maxJobs:
			r.fields[name] = tooMany
		default:
			known[key] = true
			r.out.Jobs = append(r.out.Jobs, j)
		}
	}
	if i := slices.IndexFunc(r.out.Jobs, func(j Job) bool { return !j.Former }); i >= 0 {
		r.out.Company = r.out.Jobs[i].Company
	}
}

func (r *reading) tags(names []string) {
	known := map[string]bool{}
	for _, name := range names {
		name = Line(name)
		r.limit("tags", name, maxLabel)
		if key := store.Fold(name); name != "" && !known[key] {
			known[key] = true
			r.out.Labels = append(r.out.Labels, name)
		}
	}
	if len(r.out.Labels) > maxTags {
		r.fields["tags"] = tooMany
	}
}

// manner reads how somebody may be spoken to and why their data is kept.
func (r *reading) manner(d Draft) {
	var ok bool
	if r.out.Language, ok = LanguageOf(Line(d.Language)); !ok {
		r.fields["language"] = "Choose a language, or write its code, like pt or pt-BR."
	}
	if r.out.TimeZone = Line(d.TimeZone); !isZone(r.out.TimeZone) {
		r.fields["zone"] = "Choose a time zone, like Europe/Lisbon."
	}
	if r.out.Basis, ok = BasisOf(Line(d.Basis)); !ok {
		r.fields["basis"] = "Choose one of the reasons that the law knows."
	}
	r.out.BasisEvidence = Text(d.Evidence)
	r.limit("evidence", r.out.BasisEvidence, maxText)
	if d.DoNotCall {
		r.out.DoNotCallAt = 1 // Stamp puts the time
	}
	if d.Minor {
		r.out.MinorAt = 1
	}
}

func isZone(name string) bool {
	if name == "" {
		return true
	}
	_, err := time.LoadLocation(name)
	return err == nil && name != "Local"
}

func (r *reading) values(typed map[string]string) {
	for _, f := range r.rules.Fields {
		words, ok := typed[f.ID]
		if !ok {
			continue
		}
		v, err := custom.Parse(f, Text(words), r.rules.How)
		if err != nil {
			name := SlotField + f.ID
			r.fields[name] = cmp.Or(errs.Fields(err)[name], errs.Message(err))
			continue
		}
		if v != nil {
			if r.out.Values == nil {
				r.out.Values = map[string]store.Value{}
			}
			r.out.Values[f.ID] = *v
		}
	}
}

// Line is one line of text: whole characters, single spaces, no control
// characters, no payment card number.
func Line(s string) string { return cards.Mask(strings.Join(strings.Fields(clean(s)), " ")) }

// Text is free text of any number of lines.
func Text(s string) string {
	return cards.Mask(strings.TrimSpace(clean(strings.ReplaceAll(s, "\r\n", "\n"))))
}

func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case unicode.IsControl(r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}
