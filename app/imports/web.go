package imports

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/web"
	"stead/store"
	view "stead/views/imports"
	"stead/views/ui"
)

// Routes registers the pages of the capability.
func (s *Service) Routes(rt *web.Router) {
	may := web.Policy{Needs: access.ContactsImport}
	rt.Handle("GET /imports", may, s.showHome)
	rt.Handle("POST /imports/upload", may, s.takeUpload)
	rt.Handle("GET /imports/{id}", may, s.showImport)
	rt.Handle("POST /imports/{id}/columns", may, s.saveColumns)
	rt.Handle("GET /imports/{id}/rules", may, s.showRules)
	rt.Handle("POST /imports/{id}/rules", may, s.saveRules)
	rt.Handle("POST /imports/{id}/run", may, s.startRun)
	rt.Handle("POST /imports/{id}/cancel", may, s.cancelRun)
	rt.Handle("POST /imports/{id}/undo", may, s.startUndo)
	rt.Handle("POST /imports/{id}/discard", may, s.discard)
	rt.Handle("POST /imports/{id}/rejects", may, s.sendRejects)
	rt.Handle("GET /imports/{id}/rows", may, s.showRows)
}

func importPath(id string) string { return "/imports/" + url.PathEscape(id) }

func page(title string) web.View { return web.View{Title: title, Nav: "contacts"} }

func (s *Service) showHome(w http.ResponseWriter, r *http.Request) error {
	return s.renderHome(w, r, http.StatusOK, nil)
}

func (s *Service) renderHome(w http.ResponseWriter, r *http.Request, status int, problems []ui.Problem) error {
	list, next, err := s.List(r.Context(), web.Actor(r), r.URL.Query().Get("after"))
	if err != nil {
		return err
	}
	home, err := s.home(r.Context(), list)
	if err != nil {
		return err
	}
	home.Problems = problems
	if next != "" {
		home.Next = "/imports?after=" + url.QueryEscape(next)
	}
	v := page("Import contacts")
	v.Body = view.HomePage(home)
	return web.Render(w, r, status, v)
}

// takeUpload takes the file while it comes in: it is never in the clear on the
// disk.
func (s *Service) takeUpload(w http.ResponseWriter, r *http.Request) error {
	var made store.Import
	_, err := web.Uploads(w, r, func(_ map[string]string, file web.Upload) error {
		if made.ID != "" {
			return errs.Field("file", "Send one file at a time.")
		}
		var err error
		made, err = s.Upload(r.Context(), web.Actor(r), file.Name, file)
		return err
	})
	if err == nil && made.ID == "" {
		err = errs.Field("file", "Choose a file.")
	}
	if errs.KindOf(err) == errs.Invalid {
		return s.renderHome(w, r, http.StatusUnprocessableEntity, []ui.Problem{{Field: "file", Text: errs.Message(err)}})
	}
	if err != nil {
		return err
	}
	web.SeeOther(w, r, importPath(made.ID))
	return nil
}

// showImport shows what an import is at: its columns, while it is a draft or
// somebody wants to see them again.
func (s *Service) showImport(w http.ResponseWriter, r *http.Request) error {
	i, err := s.Get(r.Context(), web.Actor(r), r.PathValue("id"))
	if err != nil {
		return err
	}
	state, op, err := s.state(r.Context(), i)
	if err != nil {
		return err
	}
	if state == store.ImportDraft || state == store.ImportReady && r.URL.Query().Has("columns") {
		return s.renderColumns(w, r, http.StatusOK, i.ID, nil)
	}
	status := s.status(r.Context(), i, state, op)
	v := page("Import")
	v.Body = view.StatusPage(status)
	if web.Partial(r) {
		v.Body = view.StatusPart(status)
	}
	return web.Render(w, r, http.StatusOK, v)
}

func (s *Service) renderColumns(w http.ResponseWriter, r *http.Request, status int, id string, problems map[string]string) error {
	p, err := s.Preview(r.Context(), web.Actor(r), id)
	if err != nil {
		return err
	}
	v := page("Match columns")
	v.Body = view.ColumnsPage(s.columns(r.Context(), web.Actor(r), p, problems, r.PostForm))
	return web.Render(w, r, status, v)
}

func (s *Service) saveColumns(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	i, err := s.Get(r.Context(), web.Actor(r), id)
	if err != nil {
		return err
	}
	settings, err := readSettings(i)
	if err != nil {
		return err
	}
	in := Columns{
		Country: r.PostFormValue("country"), DateOrder: r.PostFormValue("dates"), Header: r.PostFormValue("header") == "on",
		Delimiter: r.PostFormValue("delimiter"), Sheet: r.PostFormValue("sheet"),
	}
	for at := range settings.Columns {
		in.Targets = append(in.Targets, r.PostFormValue(inputName(at)))
	}
	i, err = s.SetColumns(r.Context(), web.Actor(r), id, in)
	switch {
	case errs.KindOf(err) == errs.Invalid:
		return s.renderColumns(w, r, http.StatusUnprocessableEntity, id, errs.Fields(err))
	case err != nil:
		return err
	}
	after, err := readSettings(i)
	switch {
	case err != nil:
		return err
	case r.PostFormValue("go") != "on" || after.Format != settings.Format:
		web.SeeOther(w, r, importPath(id)+"?columns")
	case !usable(after.Columns):
		return s.renderColumns(w, r, http.StatusUnprocessableEntity, id, map[string]string{
			"columns": "No column tells who somebody is. Match one with a name, a phone or an email.",
		})
	default:
		web.SeeOther(w, r, importPath(id)+"/rules")
	}
	return nil
}

func (s *Service) showRules(w http.ResponseWriter, r *http.Request) error {
	i, err := s.Get(r.Context(), web.Actor(r), r.PathValue("id"))
	if err != nil {
		return err
	}
	in, err := s.rulesOf(i)
	if err != nil {
		return err
	}
	return s.renderRules(w, r, http.StatusOK, i, in, nil)
}

func (s *Service) rulesOf(i store.Import) (Rules, error) {
	settings, err := readSettings(i)
	return Rules{Basis: i.Basis, Evidence: i.BasisEvidence, Mode: i.Mode, MatchBy: i.MatchBy, Tags: settings.Tags, Owner: settings.Owner}, err
}

func (s *Service) renderRules(w http.ResponseWriter, r *http.Request, status int, i store.Import, in Rules, problems map[string]string) error {
	form, err := s.rules(r.Context(), web.Actor(r), i, in, problems)
	if err != nil {
		return err
	}
	v := page("How to import")
	v.Body = view.RulesPage(form)
	return web.Render(w, r, status, v)
}

// saveRules saves how it is to be done and has the file checked.
func (s *Service) saveRules(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	in := Rules{
		Basis: r.PostFormValue("basis"), Evidence: r.PostFormValue("evidence"), Mode: r.PostFormValue("mode"), MatchBy: r.PostFormValue("match"),
		Tags: strings.Split(r.PostFormValue("tags"), ","), Owner: r.PostFormValue("owner"),
	}
	i, err := s.SetRules(r.Context(), web.Actor(r), id, in)
	switch {
	case errs.KindOf(err) == errs.Invalid && errs.Fields(err)["basis"] == "" && in.Basis == "":
		return s.renderRules(w, r, http.StatusUnprocessableEntity, i, in, errs.Fields(err))
	case errs.KindOf(err) == errs.Invalid:
		return s.renderRules(w, r, http.StatusUnprocessableEntity, i, in, errs.Fields(err))
	case err != nil:
		return err
	}
	if err := s.Check(r.Context(), web.Actor(r), id); err != nil {
		return err
	}
	web.SeeOther(w, r, importPath(id))
	return nil
}

func (s *Service) startRun(w http.ResponseWriter, r *http.Request) error {
	return s.then(w, r, s.Run(r.Context(), web.Actor(r), r.PathValue("id")), importPath(r.PathValue("id")))
}

func (s *Service) cancelRun(w http.ResponseWriter, r *http.Request) error {
	return s.then(w, r, s.Cancel(r.Context(), web.Actor(r), r.PathValue("id")), importPath(r.PathValue("id")))
}

func (s *Service) startUndo(w http.ResponseWriter, r *http.Request) error {
	return s.then(w, r, s.Undo(r.Context(), web.Actor(r), r.PathValue("id")), importPath(r.PathValue("id")))
}

func (s *Service) discard(w http.ResponseWriter, r *http.Request) error {
	err := s.Discard(r.Context(), web.Actor(r), r.PathValue("id"))
	if errors.Is(err, store.ErrConflict) {
		err = errBusy
	}
	return s.then(w, r, err, "/imports")
}

func (s *Service) then(w http.ResponseWriter, r *http.Request, err error, path string) error {
	if err != nil {
		return err
	}
	web.SeeOther(w, r, path)
	return nil
}

func (s *Service) sendRejects(w http.ResponseWriter, r *http.Request) error {
	in, file, err := s.Rejects(r.Context(), web.Actor(r), r.PathValue("id"))
	if err != nil {
		return err
	}
	defer in.Close()
	return web.Send(w, r, s.Log, web.Sent{Name: file.Name, Type: "text/csv; charset=utf-8", Size: file.Size}, func(out io.Writer) error {
		_, err := io.Copy(out, in)
		return err
	})
}

func (s *Service) showRows(w http.ResponseWriter, r *http.Request) error {
	id, at := r.PathValue("id"), r.URL.Query()
	i, err := s.Get(r.Context(), web.Actor(r), id)
	if err != nil {
		return err
	}
	after, _ := strconv.ParseInt(at.Get("after"), 10, 64) // none: from the beginning
	rows, err := s.Rows(r.Context(), web.Actor(r), id, at.Get("outcome"), after)
	if err != nil {
		return err
	}
	lines, err := s.lines(r.Context(), web.Actor(r), i, rows, at.Get("outcome"))
	if err != nil {
		return err
	}
	v := page("Imported rows")
	v.Body = view.LinesPage(lines)
	return web.Render(w, r, http.StatusOK, v)
}
