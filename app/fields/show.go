package fields

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"stead/app/access"
	"stead/app/custom"
	"stead/app/web"
	"stead/store"
	view "stead/views/fields"
	"stead/views/ui"
)

// Words for the kinds of field.
var kindWords = map[string]string{
	"text": "Text", "number": "Number", "money": "Amount of money", "date": "Date", "choice": "Choice", "yesno": "Yes or no", "link": "Link",
}

var recordWords = map[string]string{"contact": "Contacts", "company": "Companies", "deal": "Deals"}

// binDays is how long what was deleted waits.
const binDays = 30

func (s *Service) page(r *http.Request) (view.Page, error) {
	ctx, actor := r.Context(), web.Actor(r)
	if err := mayRead(actor); err != nil {
		return view.Page{}, err
	}
	page := view.Page{Edits: actor.Has(access.SettingsWrite)}
	for _, list := range []view.List{
		{Title: "Contacts", Record: "contact", None: "Contacts have no fields of your own yet."},
		{Title: "Companies", Record: "company", None: "Companies have no fields of your own yet."},
		{Title: "Deals", Record: "deal", None: "Deals have no fields of your own yet."},
	} {
		fields, err := s.Store.Fields(ctx, list.Record)
		if err != nil {
			return page, err
		}
		for i, f := range fields {
			list.Rows = append(list.Rows, view.Row{
				ID: f.ID, Name: f.Name, Kind: kindWords[f.Kind], Choices: offered(f), Currency: f.Currency, Personal: f.Personal,
				First: i == 0, Last: i == len(fields)-1,
			})
		}
		page.Lists = append(page.Lists, list)
	}
	binned, err := s.Store.FieldsInBin(ctx)
	for _, f := range binned {
		page.Bin = append(page.Bin, view.Binned{ID: f.ID, Name: f.Name, Record: recordWords[f.Record], Until: until(f.DeletedAt)})
	}
	return page, err
}

func until(deletedAt int64) ui.When {
	at := time.UnixMilli(deletedAt).AddDate(0, 0, binDays)
	return ui.When{ISO: at.Format(time.DateOnly), Text: at.Format("2 January 2006")}
}

// offered names the choices of a field.
func offered(f store.Field) string {
	var names []string
	for _, c := range f.Choices {
		if !c.Gone {
			names = append(names, c.Name)
		}
	}
	return strings.Join(names, ", ")
}

// draftFrom reads the form.
func draftFrom(r *http.Request) Draft {
	d := Draft{
		Record: r.PostFormValue("record"), Name: r.PostFormValue("name"), Kind: r.PostFormValue("kind"), Currency: r.PostFormValue("currency"),
		Personal: r.PostFormValue("personal") == "on", More: r.PostFormValue("more"),
	}
	for name := range r.PostForm {
		if id, ok := strings.CutPrefix(name, "choice-"); ok {
			d.Choices = append(d.Choices, Choice{id, r.PostFormValue(name), r.PostFormValue("offered-"+id) == "on"})
		}
	}
	slices.SortFunc(d.Choices, func(a, b Choice) int { return strings.Compare(a.ID, b.ID) })
	return d
}

// formOf is the only place that knows both a field and its form.
func (s *Service) formOf(in Draft, problems map[string]string) view.Form {
	f := view.Form{
		Kind:   in.Kind,
		Record: ui.Input{Name: "record", Label: "Of what", Value: in.Record, Problem: problems["record"]},
		Name:   ui.Input{Name: "name", Label: "Name", Value: in.Name, Required: true, Autocomplete: "off", Problem: problems["name"]},
		Kinds:  ui.Input{Name: "kind", Label: "Kind", Value: in.Kind, Problem: problems["kind"], Hint: "It cannot be changed once records have values in the field."},
		Amount: ui.Input{Name: "currency", Label: "Currency", Value: in.Currency, Problem: problems["currency"], Hint: "For amounts of money only."},
		More:   ui.Input{Name: "more", Label: "New choices", Value: in.More, Rows: 4, Problem: problems["more"], Hint: "One a line."},
		Personal: ui.Input{
			Name: "personal", Label: "It tells something about a person", Value: onOff(in.Personal),
			Hint: "Then it is hidden from those who may not see personal data, and stands in the package that a person gets of their data.",
		},
		Records: []ui.Option{{Value: "contact", Label: "Contacts"}, {Value: "company", Label: "Companies"}, {Value: "deal", Label: "Deals"}},
	}
	for _, kind := range custom.Kinds() {
		f.KindsOf = append(f.KindsOf, ui.Option{Value: kind, Label: kindWords[kind]})
	}
	for _, c := range s.Currencies {
		f.Money = append(f.Money, ui.Option{Value: c, Label: c})
	}
	order := []string{"record", "name", "kind", "currency"}
	for _, c := range in.Choices {
		name := "choice-" + c.ID
		order = append(order, name)
		f.Choices = append(f.Choices, view.Choice{
			Name:    ui.Input{Name: name, Label: "Choice", Value: c.Name, Autocomplete: "off", Problem: problems[name]},
			Offered: ui.Input{Name: "offered-" + c.ID, Label: "Offered", Value: onOff(c.Offered)},
		})
	}
	for _, field := range append(order, "more") {
		if text := problems[field]; text != "" {
			f.Problems = append(f.Problems, ui.Problem{Field: field, Text: text})
		}
	}
	return f
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return ""
}

// changes are the parts in which two versions differ.
func changes(theirs, yours Draft) []ui.Change {
	var out []ui.Change
	add := func(label, a, b string) {
		if a != b {
			out = append(out, ui.Change{Label: label, Theirs: a, Yours: b})
		}
	}
	add("Name", theirs.Name, yours.Name)
	add("Kind", kindWords[theirs.Kind], kindWords[yours.Kind])
	add("Personal", yesNo(theirs.Personal), yesNo(yours.Personal))
	add("Choices", namesOf(theirs), namesOf(yours))
	return out
}

func yesNo(on bool) string {
	if on {
		return "Yes"
	}
	return "No"
}

func namesOf(d Draft) string {
	var names []string
	slices.SortFunc(d.Choices, func(a, b Choice) int { return strings.Compare(a.ID, b.ID) })
	for _, c := range d.Choices {
		if c.Offered {
			names = append(names, c.Name)
		}
	}
	for line := range strings.Lines(d.More) {
		names = append(names, strings.TrimSpace(line))
	}
	return strings.Join(names, ", ")
}
