package leads

import (
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"stead/app/custom"
	"stead/app/errs"
	"stead/app/people"
	"stead/store"
)

// Where an answer goes, beside the business's own fields.
const (
	ToName    = "name"
	ToEmail   = "email"
	ToPhone   = "phone"
	ToCompany = "company"
	ToMessage = "message"
	ToTitle   = "title"
	ToAmount  = "amount"
	ToCloses  = "closes"
	ToTag     = "tag"
	ofContact = "contact:" // and the id of a field
	ofDeal    = "deal:"
)

var targets = []string{ToName, ToEmail, ToPhone, ToCompany, ToMessage, ToTitle, ToAmount, ToCloses, ToTag}

// Made is what would be made of a lead.
type Made struct {
	Person   people.Draft
	Deal     Opening
	Note     string
	Consents []Consent
}

// Consent is that somebody agreed to certain words.
type Consent struct{ Channel, Wording string }

const (
	maxLine = 1000   // characters of an answer of one line
	maxText = 10_000 // of any other
	maxNote = 10_000

	maxTitle = 300 // of a deal
)

const cutShort = "… (the rest is with the lead)"

// Compose makes of answers what the fields of a source say, and tells by key what
// is wrong with them. Whatever is not mapped goes into the note.
func Compose(s store.LeadSource, answers []Answer) (Made, map[string]string) {
	c := composing{
		s: s, all: answers, problems: map[string]string{}, used: map[string]bool{},
		out: Made{
			Person: people.Draft{Fields: map[string]string{}},
			Deal: Opening{
				PipelineID: s.PipelineID, StageID: s.StageID, Source: s.Kind, SourceID: s.ID, Tags: slices.Clone(s.Tags), Fields: map[string]string{}, Strict: true,
			},
		},
	}
	for _, f := range s.Fields {
		c.field(f)
	}
	c.note()
	if c.out.Deal.Title == "" {
		c.out.Deal.Title = s.Name
	}
	return c.out, c.problems
}

type composing struct {
	s        store.LeadSource
	all      []Answer
	out      Made
	lines    []string // of the note
	messages []string
	used     map[string]bool
	problems map[string]string
}

func (c *composing) field(f store.LeadField) {
	key := keyOf(c.s, f)
	if key == "" {
		return
	}
	a, there := find(c.all, key)
	c.used[key] = true
	value := people.Text(a.Value)
	if f.Kind == "consent" {
		c.consent(f, key, value, a.Wording)
		return
	}
	long := f.Kind == "text" || f.Target == ToMessage
	switch n := utf8.RuneCountInString(value); {
	case !there && within(c.all, key):
		c.problems[key] = "Here stands a list or an object. A text or a number is wanted."
		return
	case value == "" && f.Required:
		c.problems[key] = "This is missing."
		return
	case value == "":
		return
	case !long && n > maxLine:
		c.problems[key] = "Use at most 1,000 characters."
		return
	case long && n > maxText && c.s.Kind == store.LeadForm:
		c.problems[key] = "Use at most 10,000 characters."
		return
	case f.Kind == "choice" && len(f.Choices) > 0 && c.s.Kind == store.LeadForm && !slices.Contains(f.Choices, value):
		c.problems[key] = "Choose one of the list."
		return
	}
	if !long {
		value = people.Line(value)
	}
	c.put(f, value)
}

func (c *composing) consent(f store.LeadField, key, value, wording string) {
	yes := slices.Contains([]string{"yes", "true", "1", "on"}, strings.ToLower(value))
	switch {
	case yes:
		if wording == "" {
			wording = f.WordingID // a webhook names none: those of its settings hold
		}
		c.out.Consents = append(c.out.Consents, Consent{Channel: f.Channel, Wording: wording})
		c.lines = append(c.lines, f.Label+": yes")
	case f.Required:
		c.problems[key] = "This has to be ticked to go on."
	}
}

func (c *composing) put(f store.LeadField, value string) {
	p, d := &c.out.Person, &c.out.Deal
	switch f.Target {
	case ToName:
		p.Name = strings.TrimSpace(p.Name + " " + value)
	case ToEmail:
		p.Emails = append(p.Emails, people.Point{Typed: value})
	case ToPhone:
		p.Phones = append(p.Phones, people.Point{Typed: value})
	case ToCompany:
		p.Companies = append(p.Companies, people.Job{Company: value})
		c.lines = append(c.lines, c.labelled(f, value))
	case ToMessage:
		c.messages = append(c.messages, value)
	case ToTitle:
		if d.Title = value; utf8.RuneCountInString(value) > maxTitle { // the whole is in the note
			d.Title = string([]rune(value)[:maxTitle-1]) + "…"
			c.lines = append(c.lines, c.labelled(f, value))
		}
	case ToAmount:
		d.Amount = value
	case ToCloses:
		d.Closes = value
	case ToTag:
		d.Tags = append(d.Tags, value)
	default:
		if id, ok := strings.CutPrefix(f.Target, ofContact); ok {
			p.Fields[id] = value
		} else if id, ok := strings.CutPrefix(f.Target, ofDeal); ok {
			d.Fields[id] = value
		}
		c.lines = append(c.lines, c.labelled(f, value))
	}
}

func (c *composing) labelled(f store.LeadField, value string) string {
	label := f.Label
	if label == "" {
		label = f.Path
	}
	return label + ": " + value
}

// note gathers the message and whatever else was said; what is longer than a note
// may be stays with the lead.
func (c *composing) note() {
	for _, a := range c.all {
		if value := people.Text(a.Value); !c.used[a.Key] && value != "" {
			label := a.Label
			if label == "" {
				label = a.Key
			}
			c.lines = append(c.lines, people.Line(label)+": "+value)
		}
	}
	text := strings.TrimSpace(strings.Join(append(slices.Clone(c.messages), strings.Join(c.lines, "\n")), "\n\n"))
	if runes := []rune(text); len(runes) > maxNote {
		text = string(runes[:maxNote-utf8.RuneCountInString(cutShort)]) + cutShort
	}
	c.out.Note = text
}

// About is what the business says of itself, by which answers are understood.
type About struct {
	Country string
	Fields  []store.Field // of contacts
	How     custom.How
}

// understand reads the person of a lead, and tells by key what is wrong.
func (m Made) understand(s store.LeadSource, about About) (people.Person, map[string]string) {
	p, err := m.Person.Read(people.Rules{Country: about.Country, Fields: about.Fields, How: about.How})
	return p, keyed(s, errs.Fields(err))
}

// keyed turns problems of parts of a person or of a deal into those of the answers
// that they came from. What comes from none stands under the empty key.
func keyed(s store.LeadSource, problems map[string]string) map[string]string {
	out := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(problems)) {
		out[keyFor(s, name)] = problems[name]
	}
	return out
}

func keyFor(s store.LeadSource, name string) string {
	for _, f := range s.Fields {
		t := f.Target
		id, own := strings.CutPrefix(name, people.SlotField)
		switch {
		case t == "":
		case own && (t == ofContact+id || t == ofDeal+id),
			t == name,
			t == ToTag && name == "tags",
			slices.Contains([]string{ToEmail, ToPhone, ToCompany}, t) && strings.HasPrefix(name, t):
			return keyOf(s, f)
		}
	}
	return ""
}
