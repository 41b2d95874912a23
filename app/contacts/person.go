package contacts

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"stead/app/cards"
	"stead/app/errs"
	"stead/app/phone"
	"stead/store"
)

// Person is what somebody fills in about a contact, as typed.
type Person struct {
	Name, Company, About string
	Phones, Emails       []string // empty ones are left out
}

// The most that is taken of each.
const (
	maxLine   = 1000 // characters of a name or a company
	maxText   = 10_000
	maxPoints = 10 // phones, or emails
)

const (
	badPhone = "Enter a phone number with its country code, like +351 21 123 4567."
	badEmail = "Enter an email address, like name@example.com."
)

// record is a Person that was understood.
type record struct {
	name, company, about string
	phones               []store.Phone
	emails               []store.Email
}

// keys are what the person could be found by.
func (r record) keys() (phones, emails []string) {
	for _, p := range r.phones {
		phones = append(phones, p.MatchKey)
	}
	for _, e := range r.emails {
		emails = append(emails, e.MatchKey)
	}
	return phones, emails
}

// read understands what was typed, with local numbers as in country. Numbers
// that were kept before as somebody's sender name or short code stay as they are.
func (in Person) read(country string, kept []store.Phone) (record, error) {
	out := record{name: line(in.Name), company: line(in.Company), about: text(in.About)}
	fields := map[string]string{}
	limit(fields, "name", out.name, maxLine)
	limit(fields, "company", out.company, maxLine)
	limit(fields, "about", out.about, maxText)
	for i, typed := range in.Phones {
		if typed = line(typed); typed == "" {
			continue
		}
		p, ok := readPhone(typed, country, kept)
		if !ok || len(out.phones) == maxPoints {
			fields["phone"+strconv.Itoa(i+1)] = badPhone
			continue
		}
		if phones, _ := out.keys(); !slices.Contains(phones, p.MatchKey) {
			out.phones = append(out.phones, p)
		}
	}
	for i, typed := range in.Emails {
		if typed = line(typed); typed == "" {
			continue
		}
		if !isEmail(typed) || len(out.emails) == maxPoints {
			fields["email"+strconv.Itoa(i+1)] = badEmail
			continue
		}
		if _, emails := out.keys(); !slices.Contains(emails, strings.ToLower(typed)) {
			out.emails = append(out.emails, store.Email{Typed: typed, MatchKey: strings.ToLower(typed)})
		}
	}
	if len(fields) == 0 && out.name == "" && len(out.phones) == 0 && len(out.emails) == 0 {
		fields["name"] = "Enter a name, a phone number or an email address."
	}
	if len(fields) > 0 {
		return record{}, &errs.Error{Kind: errs.Invalid, Message: "The contact cannot be saved like this.", Fields: fields}
	}
	return out, nil
}

func readPhone(typed, country string, kept []store.Phone) (store.Phone, bool) {
	for _, p := range kept {
		if p.E164 == "" && p.Typed == typed {
			return p, true
		}
	}
	n, err := phone.Parse(typed, country)
	if err != nil {
		return store.Phone{}, false
	}
	return store.Phone{Typed: typed, E164: n.E164, MatchKey: store.MatchKey(n.E164, typed)}, true
}

// isEmail asks for no more than any address has.
func isEmail(typed string) bool {
	name, host, _ := strings.Cut(typed, "@")
	return name != "" && len(typed) <= 254 && strings.Contains(host, ".") && !strings.Contains(host, "@") &&
		!strings.HasPrefix(host, ".") && !strings.HasSuffix(host, ".") && !strings.ContainsFunc(typed, unicode.IsSpace)
}

// line is one line of text: whole characters, single spaces, no control
// characters, no payment card number.
func line(s string) string { return cards.Mask(strings.Join(strings.Fields(clean(s)), " ")) }

// text is free text of any number of lines.
func text(s string) string {
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

func limit(fields map[string]string, name, value string, most int) {
	if utf8.RuneCountInString(value) > most {
		fields[name] = "Use at most " + strconv.Itoa(most) + " characters."
	}
}

// country is where a number without a country code belongs.
func (s *Service) country(ctx context.Context) (string, error) {
	b, err := s.Store.Business(ctx)
	return b.Country, err
}

// points are the match keys of the numbers and addresses that can be
// understood so far.
func (in Person) points(country string) (phones, emails []string) {
	for _, typed := range in.Phones {
		if p, ok := readPhone(line(typed), country, nil); ok {
			phones = append(phones, p.MatchKey)
		}
	}
	for _, typed := range in.Emails {
		if typed = line(typed); isEmail(typed) {
			emails = append(emails, strings.ToLower(typed))
		}
	}
	return phones, emails
}
