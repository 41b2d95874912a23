package contacts

import (
	"net/http"
	"strconv"
	"strings"

	"stead/app/errs"
	"stead/app/web"
	view "stead/views/contacts"
	"stead/views/ui"
)

func (s *Service) showNew(w http.ResponseWriter, r *http.Request) error {
	return renderForm(w, r, http.StatusOK, newForm(Person{}, nil))
}

// createContact creates, or shows who is there already: 409 with what was typed.
func (s *Service) createContact(w http.ResponseWriter, r *http.Request) error {
	in := personOf(r)
	how := Creation{Key: web.FormKey(r), Anyway: r.PostFormValue("anyway") == "yes"}
	id, err := s.Create(r.Context(), web.Actor(r), in, how)
	switch {
	case err == nil:
		web.SeeOther(w, r, contactPath(id))
		return nil
	case errs.KindOf(err) == errs.Invalid:
		return renderForm(w, r, http.StatusUnprocessableEntity, newForm(in, errs.Fields(err)))
	case errs.CodeOf(err) != CodeKnown:
		return err
	}
	form := newForm(in, nil)
	form.Known, form.Problems = true, []ui.Problem{{Text: errs.Message(err)}}
	if form.Matches, err = s.matches(r, in); err != nil {
		return err
	}
	return renderForm(w, r, http.StatusConflict, form)
}

// showMatches is asked while somebody types.
func (s *Service) showMatches(w http.ResponseWriter, r *http.Request) error {
	found, err := s.matches(r, personOf(r))
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, web.View{Title: "New contact", Nav: "contacts", Body: view.MatchList(found)})
}

func (s *Service) matches(r *http.Request, in Person) (view.Matches, error) {
	found, err := s.Matches(r.Context(), web.Actor(r), in)
	if err != nil {
		return view.Matches{}, err
	}
	show, err := s.shower(r.Context())
	if err != nil {
		return view.Matches{}, err
	}
	out := view.Matches{Others: found.Others, Veiled: found.Veiled}
	for i := range found.Rows {
		out.Rows = append(out.Rows, show.row(&found.Rows[i], nil))
	}
	return out, nil
}

func (s *Service) showEdit(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	in, version, err := s.Form(r.Context(), web.Actor(r), id)
	if err != nil {
		return err
	}
	return renderForm(w, r, http.StatusOK, editForm(id, version, in, nil))
}

// saveContact saves, or shows what somebody else saved meanwhile: 409 with both.
func (s *Service) saveContact(w http.ResponseWriter, r *http.Request) error {
	id, in := r.PathValue("id"), personOf(r)
	version, _ := strconv.ParseInt(r.PostFormValue("version"), 10, 64) // none is never the current one
	err := s.Edit(r.Context(), web.Actor(r), id, version, in)
	switch {
	case err == nil:
		web.SeeOther(w, r, contactPath(id))
		return nil
	case errs.KindOf(err) == errs.Invalid:
		return renderForm(w, r, http.StatusUnprocessableEntity, editForm(id, version, in, errs.Fields(err)))
	case errs.CodeOf(err) != CodeChanged:
		return err
	}
	theirs, current, err := s.Form(r.Context(), web.Actor(r), id)
	if err != nil {
		return err
	}
	form := editForm(id, current, in, nil)
	if form.Saved = changes(theirs, in); len(form.Saved) == 0 { // they saved the same
		web.SeeOther(w, r, contactPath(id))
		return nil
	}
	return renderForm(w, r, http.StatusConflict, form)
}

func renderForm(w http.ResponseWriter, r *http.Request, status int, form view.Form) error {
	title := "Edit contact"
	if form.New {
		title = "New contact"
	}
	body := view.Edit(form)
	if web.Partial(r) {
		body = view.EditForm(form)
	}
	return web.Render(w, r, status, web.View{Title: title, Nav: "contacts", Body: body})
}

// personOf reads the form: phones and emails are numbered from one.
func personOf(r *http.Request) Person {
	in := Person{Name: r.PostFormValue("name"), Company: r.PostFormValue("company"), About: r.PostFormValue("about")}
	for i := 1; i <= maxPoints+1; i++ {
		n := strconv.Itoa(i)
		if r.PostForm.Has("phone" + n) {
			in.Phones = append(in.Phones, r.PostFormValue("phone"+n))
		}
		if r.PostForm.Has("email" + n) {
			in.Emails = append(in.Emails, r.PostFormValue("email"+n))
		}
	}
	return in
}

func newForm(in Person, problems map[string]string) view.Form {
	form := fillForm(in, problems)
	form.New, form.Action, form.Back = true, "/contacts", "/contacts"
	return form
}

func editForm(id string, version int64, in Person, problems map[string]string) view.Form {
	form := fillForm(in, problems)
	form.Action, form.Back, form.Version = contactPath(id), contactPath(id), strconv.FormatInt(version, 10)
	return form
}

func fillForm(in Person, problems map[string]string) view.Form {
	form := view.Form{
		Name:    ui.Input{Name: "name", Label: "Name", Value: in.Name, Problem: problems["name"], Autocomplete: "off"},
		Company: ui.Input{Name: "company", Label: "Company", Value: in.Company, Problem: problems["company"], Autocomplete: "off", Optional: true},
		About:   ui.Input{Name: "about", Label: "About", Value: in.About, Problem: problems["about"], Optional: true, Rows: 3},
		Phones:  points("phone", "Phone", "tel", in.Phones, problems),
		Emails:  points("email", "Email", "email", in.Emails, problems),
	}
	for _, inputs := range [][]ui.Input{{form.Name}, form.Phones, form.Emails, {form.Company, form.About}} {
		for _, input := range inputs {
			if input.Problem != "" {
				form.Problems = append(form.Problems, ui.Problem{Field: input.Name, Text: input.Problem})
			}
		}
	}
	return form
}

// points are the inputs for phones or emails: one for each, and one to add.
func points(name, label, mode string, values []string, problems map[string]string) []ui.Input {
	values = append([]string(nil), values...)
	if n := len(values); n == 0 || values[n-1] != "" && n < maxPoints {
		values = append(values, "")
	}
	var out []ui.Input
	for i, value := range values {
		in := ui.Input{Name: name + strconv.Itoa(i+1), Label: label, Value: value, Mode: mode, Autocomplete: "off", Type: "text"}
		in.Problem = problems[in.Name]
		if i > 0 {
			in.Label, in.Optional = "Another "+strings.ToLower(label), true
		}
		out = append(out, in)
	}
	return out
}

// changes are the fields in which two versions differ.
func changes(theirs, yours Person) []view.Change {
	var out []view.Change
	for _, c := range []view.Change{
		{Label: "Name", Theirs: theirs.Name, Yours: yours.Name},
		{Label: "Phone", Theirs: join(theirs.Phones), Yours: join(yours.Phones)},
		{Label: "Email", Theirs: join(theirs.Emails), Yours: join(yours.Emails)},
		{Label: "Company", Theirs: theirs.Company, Yours: yours.Company},
		{Label: "About", Theirs: theirs.About, Yours: yours.About},
	} {
		if c.Theirs != c.Yours {
			out = append(out, c)
		}
	}
	return out
}

func join(points []string) string {
	var out []string
	for _, p := range points {
		if p = strings.TrimSpace(p); p != "" {
			out = append(out, p)
		}
	}
	return strings.Join(out, ", ")
}
