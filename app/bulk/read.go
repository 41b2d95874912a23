package bulk

import (
	"context"
	"net/url"
	"strings"

	"stead/app/access"
	"stead/app/custom"
	"stead/app/errs"
	"stead/app/people"
	"stead/store"
)

// whats lists what can be changed, in the order in which it is offered.
var whats = []string{Tag, Owner, Company, Language, Basis, About, DoNotCall, Minor, Blocked}

// whatWords name what can be changed, in English.
var whatWords = map[string]string{
	Tag: "Tag", Owner: "Assigned to", Company: "Company", Language: "Language", Basis: "Lawful basis", About: "About", DoNotCall: "Do not call",
	Minor: "May be a child", Blocked: "Blocked", Bin: "Into the bin",
}

// whatOf is what a form wants to change: what was chosen, or what the button of
// the list says. Empty: it is still to be chosen.
func whatOf(form url.Values) string {
	if what := form.Get("what"); what != "" {
		return what
	}
	return map[string]string{"tag": Tag, "assign": Owner, "delete": Bin}[form.Get("do")]
}

// house is what forms are read and printed by.
type house struct {
	fields  []store.Field
	tags    []store.Tag
	people  access.People
	country string
}

func (s *Service) house(ctx context.Context) (h house, err error) {
	b, err := s.Store.Business(ctx)
	if err != nil {
		return h, err
	}
	h.country = b.Country
	if h.fields, err = s.Store.Fields(ctx, "contact"); err != nil {
		return h, err
	}
	if h.tags, err = s.Store.Tags(ctx); err != nil {
		return h, err
	}
	users, err := s.Store.People(ctx)
	h.people = users
	return h, err
}

// field finds a field of the business's own by its key.
func (h house) field(key string) (store.Field, bool) {
	on, ok := store.AskedBy(key, h.fields)
	return on.Own, ok && on.Own.ID != ""
}

func wrong(input, message string) error {
	return &errs.Error{Kind: errs.Invalid, Code: "bulk", Message: message, Fields: map[string]string{input: message}}
}

// read is the change that a form says. It is errs.Invalid with what to mend.
func (h house) read(form url.Values) (Edit, error) {
	e := Edit{What: whatOf(form), Off: form.Get("off") == "yes"}
	value := strings.TrimSpace(form.Get("value"))
	switch e.What {
	case Bin:
		return e, nil
	case Tag:
		return h.readTag(e, value, people.Line(form.Get("new")))
	case Owner:
		if !form.Has("value") {
			return e, wrong("value", "Choose a colleague, or nobody.")
		}
		e.Value = value
		return e, nil
	case Company:
		return readCompany(e, people.Line(value))
	case Language:
		code, ok := people.LanguageOf(value)
		if !ok {
			return e, wrong("value", "Choose a language from the list.")
		}
		e.Value = code
		return e, nil
	case About:
		if len([]rune(value)) > 10_000 {
			return e, wrong("value", "This text is too long.")
		}
		e.Value = value
		return e, nil
	case Basis:
		basis, ok := people.BasisOf(value)
		if !ok {
			return e, wrong("value", "Choose a lawful basis from the list.")
		}
		e.Value, e.Evidence = basis, people.Text(form.Get("evidence"))
		return e, nil
	case DoNotCall, Minor, Blocked:
		return e, nil
	}
	return h.readOwn(e, value, form.Get("clear") != "")
}

func (h house) readTag(e Edit, id, fresh string) (Edit, error) {
	for _, tag := range h.tags {
		if tag.ID == id && fresh == "" {
			e.Value = id
			return e, nil
		}
	}
	switch {
	case fresh == "" || e.Off:
		return e, wrong("value", "Choose a tag.")
	case len([]rune(fresh)) > 60:
		return e, wrong("new", "A tag has at most 60 characters.")
	}
	e.NewName = fresh
	return e, nil
}

func readCompany(e Edit, name string) (Edit, error) {
	switch {
	case e.Off:
		return e, nil
	case name == "":
		return e, wrong("value", "Say which company.")
	case len([]rune(name)) > 200:
		return e, wrong("value", "This name is too long.")
	}
	e.NewName = name
	return e, nil
}

func (h house) readOwn(e Edit, typed string, clear bool) (Edit, error) {
	field, ok := h.field(e.What)
	if !ok {
		return e, wrong("what", "Choose what to change.")
	}
	e.Field = field.ID
	if clear {
		return e, nil
	}
	v, err := custom.Parse(field, typed, custom.For(h.country))
	if err != nil {
		return e, wrong("value", errs.Message(err))
	}
	if v == nil {
		return e, wrong("value", "Type a value, or tick that it is to be emptied.")
	}
	e.Own = v
	return e, nil
}
