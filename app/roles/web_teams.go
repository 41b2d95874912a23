package roles

import (
	"net/http"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/web"
	view "stead/views/roles"
	"stead/views/ui"
)

const teamsAt = "/settings/teams"

// typedTeam is what was refused: the team's id ("" for a new one), what was
// typed and what is wrong with it.
type typedTeam struct {
	id, name, problem, seen string
	changed                 bool // somebody else gave it another name
}

func (s *Service) showTeams(w http.ResponseWriter, r *http.Request) error {
	return s.renderTeams(w, r, http.StatusOK, typedTeam{})
}

func (s *Service) createTeam(w http.ResponseWriter, r *http.Request) error {
	name := r.PostFormValue("name")
	_, err := s.CreateTeam(r.Context(), web.Actor(r), name, web.FormKey(r))
	switch {
	case errs.KindOf(err) == errs.Invalid:
		return s.renderTeams(w, r, http.StatusUnprocessableEntity, typedTeam{name: name, problem: errs.Fields(err)["name"]})
	case err != nil:
		return err
	}
	return s.done(w, r, teamsAt, "The team was created.")
}

// renameTeam renames, or shows what somebody else called it meanwhile: 409 with
// both names.
func (s *Service) renameTeam(w http.ResponseWriter, r *http.Request) error {
	typed := typedTeam{id: r.PathValue("id"), name: r.PostFormValue("name"), seen: r.PostFormValue("seen")}
	err := s.RenameTeam(r.Context(), web.Actor(r), typed.id, typed.seen, typed.name)
	switch {
	case err == nil:
		return s.done(w, r, teamsAt, "The team was renamed.")
	case errs.KindOf(err) == errs.Invalid:
		typed.problem = errs.Fields(err)["name"]
		return s.renderTeams(w, r, http.StatusUnprocessableEntity, typed)
	case errs.CodeOf(err) == CodeChanged:
		typed.changed = true
		return s.renderTeams(w, r, http.StatusConflict, typed)
	}
	return err
}

func (s *Service) deleteTeam(w http.ResponseWriter, r *http.Request) error {
	if err := s.DeleteTeam(r.Context(), web.Actor(r), r.PathValue("id")); err != nil {
		return err
	}
	return s.done(w, r, teamsAt, "The team was deleted.")
}

func (s *Service) renderTeams(w http.ResponseWriter, r *http.Request, status int, typed typedTeam) error {
	actor := web.Actor(r)
	teams, err := s.Teams(r.Context(), actor)
	if err != nil {
		return err
	}
	page := view.Teams{Edits: actor.Has(access.TeamWrite), New: teamInput("new", "Name", "", "")}
	for _, team := range teams {
		row := view.Team{ID: team.ID, Name: team.Name, People: team.People, Rename: teamInput("name-"+team.ID, "New name", team.Name, "")}
		if team.ID == typed.id {
			row.Rename = teamInput("name-"+team.ID, "New name", typed.name, typed.problem)
			if typed.changed {
				row.Saved = []view.Change{{Label: "Name", Theirs: team.Name, Yours: typed.name}}
			}
			page.Problems = problemOf(row.Rename)
		}
		page.Rows = append(page.Rows, row)
	}
	if typed.id == "" {
		page.New = teamInput("new", "Name", typed.name, typed.problem)
		page.Problems = problemOf(page.New)
	}
	return web.Render(w, r, status, web.View{Title: "Teams", Nav: "settings", Body: view.TeamsPage(page)})
}

func teamInput(id, label, value, problem string) ui.Input {
	return ui.Input{ID: id, Name: "name", Label: label, Value: value, Problem: problem, Required: true, Autocomplete: "off"}
}

func problemOf(in ui.Input) []ui.Problem {
	if in.Problem == "" {
		return nil
	}
	return []ui.Problem{{Field: in.ID, Text: in.Problem}}
}
