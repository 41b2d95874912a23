package companies

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"stead/app/custom"
	"stead/app/errs"
	"stead/app/people"
	"stead/app/web"
	"stead/store"
	view "stead/views/companies"
	"stead/views/ui"
)

func (s *Service) showNew(w http.ResponseWriter, r *http.Request) error {
	return s.renderForm(w, r, http.StatusOK, "", 0, Draft{}, nil, nil)
}

// create creates, or shows which one is there already: 409 with what was typed.
func (s *Service) create(w http.ResponseWriter, r *http.Request) error {
	in, err := s.draftFrom(r)
	if err != nil {
		return err
	}
	saved, err := s.Create(r.Context(), web.Actor(r), in, web.FormKey(r), r.PostFormValue("anyway") == "yes")
	switch {
	case err == nil:
		return s.Say.Done(w, r, companyPath(saved.ID), "The company was created.", saved.Undo)
	case errs.KindOf(err) == errs.Invalid:
		return s.renderForm(w, r, http.StatusUnprocessableEntity, "", 0, in, errs.Fields(err), nil)
	case errs.CodeOf(err) != CodeKnown:
		return err
	}
	found, err2 := s.matches(r, in)
	if err2 != nil {
		return err2
	}
	return s.renderForm(w, r, http.StatusConflict, "", 0, in, nil, func(f *view.Form) {
		f.Known, f.Matches, f.Problems = true, found, []ui.Problem{{Text: errs.Message(err)}}
	})
}

// showMatches is asked while somebody types.
func (s *Service) showMatches(w http.ResponseWriter, r *http.Request) error {
	in, err := s.draftFrom(r)
	if err != nil {
		return err
	}
	found, err := s.matches(r, in)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, page("New company", view.MatchList(found)))
}

func (s *Service) matches(r *http.Request, in Draft) (view.Matches, error) {
	found, err := s.Matches(r.Context(), web.Actor(r), in)
	if err != nil {
		return view.Matches{}, err
	}
	show, err := s.shower(r.Context())
	out := view.Matches{Others: found.Others}
	for _, c := range found.Rows {
		out.Rows = append(out.Rows, show.row(c))
	}
	return out, err
}

func (s *Service) showEdit(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	in, version, err := s.Form(r.Context(), web.Actor(r), id)
	if err != nil {
		return err
	}
	return s.renderForm(w, r, http.StatusOK, id, version, in, nil, nil)
}

// save saves, or shows what somebody else saved meanwhile: 409 with both.
func (s *Service) save(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	in, err := s.draftFrom(r)
	if err != nil {
		return err
	}
	version, _ := strconv.ParseInt(r.PostFormValue("version"), 10, 64) // none is never the current one
	saved, err := s.Edit(r.Context(), web.Actor(r), id, version, in)
	switch {
	case err == nil:
		return s.Say.Done(w, r, companyPath(id), "The company was saved.", saved.Undo)
	case errs.KindOf(err) == errs.Invalid:
		return s.renderForm(w, r, http.StatusUnprocessableEntity, id, version, in, errs.Fields(err), nil)
	case errs.CodeOf(err) != CodeChanged:
		return err
	}
	theirs, current, err := s.Form(r.Context(), web.Actor(r), id)
	if err != nil {
		return err
	}
	fields, err := s.Store.Fields(r.Context(), "company")
	if err != nil {
		return err
	}
	both := changes(theirs, in, fields)
	if len(both) == 0 { // they saved the same
		return s.Say.Done(w, r, companyPath(id), "", "")
	}
	return s.renderForm(w, r, http.StatusConflict, id, current, in, nil, func(f *view.Form) { f.Saved = both })
}

// draftFrom reads the form: numbers, mail and addresses are numbered from one.
func (s *Service) draftFrom(r *http.Request) (Draft, error) {
	fields, err := s.Store.Fields(r.Context(), "company")
	if err != nil {
		return Draft{}, err
	}
	in := Draft{Name: r.PostFormValue("name"), Website: r.PostFormValue("website"), Industry: r.PostFormValue("industry"), About: r.PostFormValue("about")}
	in.Fields = custom.Typed(fields, r.PostForm.Has, r.PostFormValue)
	for i := 1; i <= people.MaxPoints+1; i++ {
		n := strconv.Itoa(i)
		if r.PostForm.Has("phone" + n) {
			in.Phones = append(in.Phones, people.Point{Typed: r.PostFormValue("phone" + n), Label: r.PostFormValue("phone" + n + "label")})
		}
		if r.PostForm.Has("email" + n) {
			in.Emails = append(in.Emails, people.Point{Typed: r.PostFormValue("email" + n), Label: r.PostFormValue("email" + n + "label")})
		}
		if a := "address" + n; r.PostForm.Has(a) {
			in.Addresses = append(in.Addresses, people.Place{
				Street: r.PostFormValue(a), Postcode: r.PostFormValue(a + "postcode"), City: r.PostFormValue(a + "city"),
				Region: r.PostFormValue(a + "region"), Country: r.PostFormValue(a + "country"), Label: r.PostFormValue(a + "label"),
			})
		}
	}
	for tag := range strings.SplitSeq(r.PostFormValue("tags"), ",") {
		if tag = strings.TrimSpace(tag); tag != "" {
			in.Tags = append(in.Tags, tag)
		}
	}
	return in, nil
}

// renderForm shows the form; an empty id is a new company.
func (s *Service) renderForm(w http.ResponseWriter, r *http.Request, status int, id string, version int64, in Draft, problems map[string]string, more func(*view.Form)) error {
	fields, err := s.Store.Fields(r.Context(), "company")
	if err != nil {
		return err
	}
	form, title := formOf(in, fields, problems), "Edit company"
	form.Action, form.Back, form.Version = companyPath(id), companyPath(id), strconv.FormatInt(version, 10)
	if id == "" {
		form.New, form.Action, form.Back, title = true, companiesAt, companiesAt, "New company"
	}
	if more != nil {
		more(&form)
	}
	if web.Partial(r) {
		return web.Render(w, r, status, page(title, view.EditForm(form)))
	}
	return web.Render(w, r, status, page(title, view.Edit(form)))
}

// formOf is the only place that knows both a company and its form.
func formOf(in Draft, fields []store.Field, problems map[string]string) view.Form {
	var order []string
	input := func(name, label, value string) ui.Input {
		order = append(order, name)
		return ui.Input{Name: name, Label: label, Value: value, Problem: problems[name], Autocomplete: "off"}
	}
	optional := func(name, label, value string) ui.Input {
		in := input(name, label, value)
		in.Optional = true
		return in
	}
	f := view.Form{Name: input("name", "Name", in.Name), Website: optional("website", "Website", in.Website), Industry: optional("industry", "Industry", in.Industry)}
	f.Name.Required, f.Website.Mode = true, "url"
	points := func(name, label, mode string, list []people.Point) (out []view.Point) {
		list = padded(list, func(p people.Point) bool { return p.Typed == "" })
		for i, p := range list {
			n := name + strconv.Itoa(i+1)
			point := view.Point{Typed: optional(n, label, p.Typed), Label: optional(n+"label", "What it is for", p.Label)}
			point.Typed.Mode = mode
			out = append(out, point)
		}
		return out
	}
	f.Phones, f.Emails = points("phone", "Phone", "tel", in.Phones), points("email", "Email", "email", in.Emails)
	for i, p := range padded(in.Addresses, func(p people.Place) bool { return p == people.Place{} }) {
		n := "address" + strconv.Itoa(i+1)
		place := view.Place{
			Title: "Address", Street: input(n, "Street", p.Street), Postcode: input(n+"postcode", "Postcode", p.Postcode), City: input(n+"city", "Town", p.City),
			Region: input(n+"region", "Region", p.Region), Country: input(n+"country", "Country", p.Country), Label: optional(n+"label", "What it is for", p.Label),
			Open: p != people.Place{} || problems[n] != "",
		}
		if !place.Open {
			place.Title = "Add an address"
		}
		place.Street.Rows = 2
		f.Places = append(f.Places, place)
	}
	f.Tags = optional("tags", "Tags", strings.Join(in.Tags, ", "))
	f.Tags.Hint = "Put commas between them."
	for _, q := range custom.Questions(fields, in.Fields, problems) {
		order = append(order, q.Name)
		f.Fields = append(f.Fields, ui.Custom(q))
	}
	f.About = optional("about", "About", in.About)
	for _, name := range order {
		if text := problems[name]; text != "" {
			f.Problems = append(f.Problems, ui.Problem{Field: name, Text: text})
		}
	}
	return f
}

// padded has an empty one at the end, to add to the list.
func padded[T any](list []T, empty func(T) bool) []T {
	list = slices.Clone(list)
	if n := len(list); n == 0 || !empty(list[n-1]) && n < people.MaxPoints {
		var blank T
		list = append(list, blank)
	}
	return list
}

// changes are the fields in which two versions differ.
func changes(theirs, yours Draft, fields []store.Field) []ui.Change {
	var out []ui.Change
	add := func(label, a, b string) {
		if a != b {
			out = append(out, ui.Change{Label: label, Theirs: a, Yours: b})
		}
	}
	add("Name", theirs.Name, yours.Name)
	add("Website", theirs.Website, yours.Website)
	add("Industry", theirs.Industry, yours.Industry)
	add("Phone", pointsLine(theirs.Phones), pointsLine(yours.Phones))
	add("Email", pointsLine(theirs.Emails), pointsLine(yours.Emails))
	add("Address", placesLine(theirs.Addresses), placesLine(yours.Addresses))
	add("Tags", strings.Join(theirs.Tags, ", "), strings.Join(yours.Tags, ", "))
	add("About", theirs.About, yours.About)
	for _, f := range fields {
		if typed, asked := yours.Fields[f.ID]; asked {
			add(f.Name, inWords(f, theirs.Fields[f.ID]), inWords(f, typed))
		}
	}
	return out
}

// inWords is a value of a field in words.
func inWords(f store.Field, typed string) string {
	for _, c := range f.Choices {
		if c.ID == typed {
			return c.Name
		}
	}
	return typed
}

func pointsLine(list []people.Point) string {
	var out []string
	for _, p := range list {
		if p.Typed != "" {
			out = append(out, strings.TrimSpace(p.Typed+" "+p.Label))
		}
	}
	return strings.Join(out, ", ")
}

func placesLine(list []people.Place) string {
	var out []string
	for _, p := range list {
		if p != (people.Place{}) {
			out = append(out, place{p.Street, p.City, p.Region, p.Postcode, p.Country}.line())
		}
	}
	return strings.Join(out, "; ")
}
