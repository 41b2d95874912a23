package contacts

import (
	"context"
	"net/http"
	"slices"
	"sort"
	"strconv"
	"strings"

	"stead/app/custom"
	"stead/app/people"
	"stead/store"
	view "stead/views/contacts"
	"stead/views/ui"
)

// asker makes the inputs of a form of a contact.
type asker struct {
	fields   []store.Field
	tags     []string
	problems map[string]string
	seen     *people.Draft // what stands now; nil in a new form
}

func (s *Service) asker(ctx context.Context, fields []store.Field, problems map[string]string) (asker, error) {
	tags, err := s.knownTags(ctx)
	return asker{fields: fields, tags: tags, problems: problems}, err
}

// moreSlots are asked for in the folded part of a whole form.
var moreSlots = []string{people.SlotAddresses, people.SlotLanguage, people.SlotZone, people.SlotBasis, people.SlotCalls, people.SlotMinor}

func (a asker) parts(in people.Draft, slots []string) []view.Part {
	out := make([]view.Part, 0, len(slots)+1)
	for _, slot := range slots {
		p := a.part(in, slot)
		p.More = slices.Contains(moreSlots, slot)
		out = append(out, p)
		if slot == people.SlotBasis {
			text := view.Part{Text: a.input("evidence", "What shows it", in.Evidence), More: true}
			text.Text.Optional, text.Text.Rows = true, 2
			out = append(out, text)
		}
	}
	return out
}

func (a asker) part(in people.Draft, slot string) view.Part {
	p := view.Part{Name: slot, Label: slotWords[slot]}
	if a.seen != nil {
		p.Mark = a.seen.Mark(slot)
	}
	switch slot {
	case people.SlotName:
		p.Line = a.input("name", "Name", in.Name)
	case people.SlotPhones:
		p.Points = a.points("phone", "Phone", "tel", in.Phones)
	case people.SlotEmails:
		p.Points = a.points("email", "Email", "email", in.Emails)
	case people.SlotCompanies:
		p.Jobs = a.jobs(in.Companies)
	case people.SlotAddresses:
		p.Places = a.places(in.Addresses)
	case people.SlotTags:
		p.Line, p.Hints = a.input("tags", "Tags", strings.Join(in.Tags, ", ")), a.tags
		p.Line.Optional, p.Line.Hint = true, "Put commas between them."
	case people.SlotLanguage:
		p.Choice, p.Options = a.input("language", "Language", in.Language), listed(people.Languages, in.Language)
	case people.SlotZone:
		p.Choice, p.Options, p.Own = a.input("zone", "Time zone", in.TimeZone), []ui.Option{{Label: "Not known"}}, zones(in.TimeZone)
	case people.SlotBasis:
		p.Choice, p.Options = a.input("basis", "Lawful basis", in.Basis), listed(people.Bases, in.Basis)
		p.Choice.Hint = "Why the business may keep what it knows of them."
	case people.SlotCalls:
		p.Switch = a.check("calls", "Do not call", in.DoNotCall)
	case people.SlotMinor:
		p.Switch = a.check("minor", "May be a child: nothing is advertised to them", in.Minor)
	case people.SlotAbout:
		p.Text = a.input("about", "About", in.About)
		p.Text.Optional = true
	default:
		p.Custom = a.custom(in, slot)
	}
	return p
}

func (a asker) input(name, label, value string) *ui.Input {
	return &ui.Input{Name: name, Label: label, Value: value, Problem: a.problems[name], Autocomplete: "off"}
}

func (a asker) check(name, label string, on bool) *ui.Input {
	in := a.input(name, label, "")
	if on {
		in.Value = "on"
	}
	return in
}

func (a asker) custom(in people.Draft, slot string) *ui.Custom {
	for _, q := range custom.Questions(a.fields, in.Fields, a.problems) {
		if q.Name == slot {
			c := ui.Custom(q)
			return &c
		}
	}
	return nil
}

// points are the inputs for numbers or addresses: one for each, and one to add.
func (a asker) points(name, label, mode string, list []people.Point) (out []view.Point) {
	list = slices.Clone(list)
	if n := len(list); n == 0 || list[n-1].Typed != "" && n < people.MaxPoints {
		list = append(list, people.Point{})
	}
	for i, p := range list {
		n := strconv.Itoa(i + 1)
		point := view.Point{Typed: *a.input(name+n, label, p.Typed), Label: *a.input(name+n+"label", "What it is for", p.Label)}
		point.Typed.Mode, point.Typed.Type, point.Label.Optional = mode, "text", true
		point.Label.Placeholder = labelsOf[name]
		if i > 0 {
			point.Typed.Label, point.Typed.Optional = "Another "+strings.ToLower(label), true
		}
		out = append(out, point)
	}
	return out
}

var labelsOf = map[string]string{"phone": "Mobile, work, home", "email": "Work, private"}

func (a asker) jobs(list []people.Job) (out []view.Job) {
	list = slices.Clone(list)
	if n := len(list); n == 0 || list[n-1].Company != "" {
		list = append(list, people.Job{})
	}
	for i, j := range list {
		n := strconv.Itoa(i + 1)
		job := view.Job{Company: *a.input("company"+n, "Company", j.Company), Role: *a.input("company"+n+"role", "Role there", j.Role)}
		job.Company.Optional, job.Role.Optional = true, true
		if i > 0 {
			job.Company.Label = "Another company"
		}
		if j.Company != "" {
			job.Former = a.check("company"+n+"former", "Not there any more", j.Former)
		}
		out = append(out, job)
	}
	return out
}

func (a asker) places(list []people.Place) (out []view.Place) {
	list = slices.Clone(list)
	if len(list) < people.MaxPoints {
		list = append(list, people.Place{})
	}
	for i, p := range list {
		n := "address" + strconv.Itoa(i+1)
		title := "Address"
		if i > 0 {
			title = "Another address"
		}
		place := view.Place{
			Title: title, Street: *a.input(n, "Street", p.Street), Postcode: *a.input(n+"postcode", "Postcode", p.Postcode), City: *a.input(n+"city", "Town", p.City),
			Region: *a.input(n+"region", "Region", p.Region), Country: *a.input(n+"country", "Country", p.Country), Label: *a.input(n+"label", "What it is for", p.Label),
		}
		place.Street.Rows = 2
		out = append(out, place)
	}
	return out
}

// listed are the choices of a list; a value that is not in it is one too.
func listed(list []people.Named, value string) []ui.Option {
	out := []ui.Option{{Label: "Not known"}}
	for _, n := range list {
		out = append(out, ui.Option{Value: n.Code, Label: n.Name})
	}
	if value != "" && !slices.ContainsFunc(list, func(n people.Named) bool { return n.Code == value }) {
		out = append(out, ui.Option{Value: value, Label: value})
	}
	return out
}

// zones are those that are offered, and the one that is chosen.
func zones(value string) (out []ui.Option) {
	for _, z := range people.Zones {
		out = append(out, ui.Option{Value: z, Label: strings.ReplaceAll(z, "_", " ")})
	}
	if value != "" && !slices.Contains(people.Zones, value) {
		out = append(out, ui.Option{Value: value, Label: value})
	}
	return out
}

// summary lists what is to be mended, in the order of the form.
func (a asker) summary() (out []ui.Problem) {
	names := make([]string, 0, len(a.problems))
	for name := range a.problems {
		names = append(names, name)
	}
	sort.Slice(names, func(i, j int) bool { return rankOf(names[i]) < rankOf(names[j]) })
	for _, name := range names {
		out = append(out, ui.Problem{Field: name, Text: a.problems[name]})
	}
	return out
}

var ranks = []string{"name", "phone", "email", "company", "tags", "about", "field-", "address", "language", "zone", "basis", "evidence"}

func rankOf(name string) string {
	at := slices.IndexFunc(ranks, func(r string) bool { return strings.HasPrefix(name, r) })
	return string(rune('a'+at+1)) + name
}

// editionIn reads a form of what is there: the parts that it asked for.
func editionIn(r *http.Request, fields []store.Field) Edition {
	var e Edition
	e.Draft, e.Parts = draftIn(r, fields)
	e.Seen = map[string]string{}
	for _, part := range e.Parts {
		if r.PostForm.Has("seen-" + part) {
			e.Seen[part] = r.PostFormValue("seen-" + part)
		}
	}
	e.Version, _ = strconv.ParseInt(r.PostFormValue("version"), 10, 64) // none is never the current one
	return e
}

// draftIn reads a form: numbers and the like are counted from one. parts are
// those that it asked for.
func draftIn(r *http.Request, fields []store.Field) (in people.Draft, parts []string) {
	value := func(name string) string { return r.PostFormValue(name) }
	_ = value("") // reads the form
	has := func(name string) bool { return r.PostForm.Has(name) }
	in = people.Draft{
		Name: value("name"), About: value("about"), Language: value("language"), TimeZone: value("zone"), Basis: value("basis"), Evidence: value("evidence"),
		DoNotCall: value("calls") == "on", Minor: value("minor") == "on", Fields: custom.Typed(fields, has, value),
		Tags: strings.FieldsFunc(value("tags"), func(c rune) bool { return c == ',' || c == ';' || c == '\n' }),
	}
	for i := 1; i <= 2*people.MaxPoints+1; i++ {
		n := strconv.Itoa(i)
		if has("phone" + n) {
			in.Phones = append(in.Phones, people.Point{Typed: value("phone" + n), Label: value("phone" + n + "label")})
		}
		if has("email" + n) {
			in.Emails = append(in.Emails, people.Point{Typed: value("email" + n), Label: value("email" + n + "label")})
		}
		if has("company" + n) {
			in.Companies = append(in.Companies, people.Job{Company: value("company" + n), Role: value("company" + n + "role"), Former: value("company"+n+"former") == "on"})
		}
		if a := "address" + n; has(a) {
			in.Addresses = append(in.Addresses, people.Place{
				Street: value(a), Label: value(a + "label"), City: value(a + "city"), Region: value(a + "region"), Postcode: value(a + "postcode"), Country: value(a + "country"),
			})
		}
	}
	asked := map[string]string{
		people.SlotPhones: "phone1", people.SlotEmails: "email1", people.SlotCompanies: "company1", people.SlotAddresses: "address1",
		people.SlotCalls: "calls-asked", people.SlotMinor: "minor-asked",
	}
	for _, slot := range people.Slots(fields) {
		name := slot
		if first, ok := asked[slot]; ok {
			name = first
		}
		if has(name) {
			parts = append(parts, slot)
		}
	}
	return in, parts
}

// partLabel names a part; own: it is the business's own word.
func partLabel(part string, fields []store.Field) (label string, own bool) {
	if words, ok := slotWords[part]; ok {
		return words, false
	}
	for _, f := range fields {
		if people.SlotField+f.ID == part {
			return f.Name, true
		}
	}
	return "A field of your own", false
}

// say prints a part for people: of a choice not its id but its name.
func say(part, text string, fields []store.Field) string {
	for _, f := range fields {
		if people.SlotField+f.ID != part || f.Kind != "choice" {
			continue
		}
		for _, c := range f.Choices {
			if c.ID == text {
				return c.Name
			}
		}
	}
	return text
}
