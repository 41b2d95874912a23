package tasks

import (
	"net/http"
	"slices"
	"strings"

	"stead/app/web"
	view "stead/views/tasks"
	"stead/views/ui"
)

// Person is somebody whom a task can be about, as far as whoever asks may see
// them.
type Person struct{ ID, Name, Company, Phone string }

// mostPicks is how many are offered at once.
const mostPicks = 8

// looksFor tells that a form asks for people rather than to be saved: its button
// says so, or a name stands in it that was not looked for yet.
func looksFor(r *http.Request) bool {
	who := strings.TrimSpace(r.PostFormValue("who"))
	return who != "" && (r.PostFormValue("find") == "yes" || who != strings.TrimSpace(r.PostFormValue("looked")))
}

// picks fills in whom a task can be about: whom it is about now, nobody, and those
// who were looked for.
func (s *Service) picks(r *http.Request, f *view.Form) error {
	t := ui.Words(r.Context())
	f.Who = ui.Input{Name: "who", Label: "About whom", Value: r.PostFormValue("who"), Optional: true, Max: 200, Autocomplete: "off", Hint: "The beginning of a name, a number or an email address."}
	add := func(p view.Pick) {
		if !slices.ContainsFunc(f.Picks, func(o view.Pick) bool { return o.ID == p.ID }) {
			p.On = p.ID == f.Contact
			f.Picks = append(f.Picks, p)
		}
	}
	if f.Contact != "" {
		name := f.Person
		if name == "" {
			name = t("Somebody whom you do not see")
		}
		add(view.Pick{ID: f.Contact, Name: name})
	}
	query := strings.TrimSpace(r.PostFormValue("who"))
	if query != "" && s.Persons != nil {
		found, err := s.Persons(r.Context(), web.Actor(r), query)
		if err != nil {
			return err
		}
		f.Looked = query
		for _, p := range found[:min(len(found), mostPicks)] {
			name := p.Name
			if name == "" {
				name = p.Phone
			}
			if name == "" {
				name = t("No name")
			}
			add(view.Pick{ID: p.ID, Name: name, More: p.Company, Number: p.Phone})
		}
		f.Found = len(found) > 0
	}
	if len(f.Picks) > 0 {
		add(view.Pick{Name: t("Nobody")})
	}
	return nil
}
