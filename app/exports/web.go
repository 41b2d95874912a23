package exports

import (
	"io"
	"net/http"
	"net/url"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/picked"
	"stead/app/web"
	"stead/store"
	view "stead/views/exports"
)

// Routes registers the pages of the capability.
func (s *Service) Routes(rt *web.Router) {
	list := web.Policy{Needs: access.ContactsExport, Fresh: true}
	rt.Handle("GET /contacts/export", web.Policy{Needs: access.ContactsExport}, s.showForm("contact"))
	rt.Handle("POST /contacts/export", list, s.export("contact"))
	rt.Handle("GET /companies/export", web.Policy{Needs: access.ContactsExport}, s.showForm("company"))
	rt.Handle("POST /companies/export", list, s.export("company"))
	rt.Handle("POST /contacts/{id}/vcard", list, s.exportCard)
	rt.Handle("GET /exports/{id}", web.Policy{Needs: access.ContactsExport}, s.showMade(kindList))
	rt.Handle("POST /exports/{id}/file", list, s.sendMade(kindList))
	rt.Handle("GET /settings/archive", web.Policy{Needs: access.DataExport}, s.showArchive)
	rt.Handle("POST /settings/archive", web.Policy{Needs: access.DataExport, Fresh: true}, s.makeArchive)
	rt.Handle("GET /settings/archive/{id}", web.Policy{Needs: access.DataExport}, s.showMade(kindArchive))
	rt.Handle("POST /settings/archive/{id}/file", web.Policy{Needs: access.DataExport, Fresh: true}, s.sendMade(kindArchive))
	rt.Handle("POST /settings/archive/upload", web.Policy{Needs: access.DataExport}, s.takeArchive)
}

// showForm asks how a list is to leave. A view, and what was chosen, come along.
func (s *Service) showForm(record string) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		return s.renderForm(w, r, http.StatusOK, List{Record: record, View: r.URL.Query().Get("view"), Who: r.URL.Query().Get("who"), Form: CSV}, nil)
	}
}

var lists = map[string]string{"contact": "/contacts", "company": "/companies"}

func (s *Service) renderForm(w http.ResponseWriter, r *http.Request, status int, l List, problem error) error {
	fields, err := s.Store.Fields(r.Context(), l.Record)
	if err != nil {
		return err
	}
	all := contactColumns(fields)
	if l.Record == "company" {
		all = companyColumns(fields)
	}
	p := view.Form{
		Path: lists[l.Record] + "/export", Back: lists[l.Record], View: l.View, Who: l.Who, IDs: l.IDs, Form: l.Form, Cards: l.Record == "contact",
		Problem: errs.Fields(problem)["form"],
	}
	if problem != nil && p.Problem == "" {
		p.Problem = errs.Message(problem)
	}
	seen := map[string]bool{}
	for _, c := range all {
		if !seen[c.Key] && c.Key != "name" {
			seen[c.Key] = true
			p.Columns = append(p.Columns, view.Column{Key: c.Key, Title: groupTitle(c), Own: len(c.Key) > 2 && c.Key[:2] == "f."})
		}
	}
	return web.Render(w, r, status, web.View{Title: "Export", Nav: lists[l.Record][1:], Body: view.FormPage(p)})
}

// groupTitle names columns that come together.
func groupTitle(c column) string {
	switch c.Key {
	case "phone":
		return "Phones"
	case "email":
		return "Emails"
	case "city":
		return "Address"
	}
	return c.Title
}

// export answers a short list at once, and leads to where a long one is made. A
// form that says no more than what was picked in a list is asked how it is to
// leave.
func (s *Service) export(record string) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		f := r.PostForm
		p, err := picked.Read(f)
		l := List{Record: record, IDs: p.IDs, View: p.View, Who: p.Who, Columns: f["column"], Form: f.Get("form")}
		switch asks := !f.Has("form"); {
		case asks && errs.KindOf(err) == errs.Invalid:
			s.Say.Once(r.Context(), errs.Message(err), "")
			web.SeeOther(w, r, lists[record])
			return nil
		case asks && err == nil:
			l.Form = CSV
			return s.renderForm(w, r, http.StatusOK, l, nil)
		}
		return s.answer(w, r, l)
	}
}

func (s *Service) exportCard(w http.ResponseWriter, r *http.Request) error {
	if err := s.mayExport(r, r.PathValue("id")); err != nil {
		return err
	}
	return s.answer(w, r, List{Record: "contact", IDs: []string{r.PathValue("id")}, Form: VCard})
}

// mayExport asks about one contact, so that one out of reach is not there.
func (s *Service) mayExport(r *http.Request, id string) error {
	c, err := s.Store.Contact(r.Context(), id)
	if err == nil && c.DeletedAt != 0 {
		err = &errs.Error{Kind: errs.NotFound, Message: "There is nothing here."}
	}
	if err == nil {
		err = access.Allow(web.Actor(r), access.ContactsExport, access.Object{Owner: c.OwnerID})
	}
	if err == nil {
		err = access.Allow(web.Actor(r), access.ContactsRead, access.Object{Owner: c.OwnerID})
	}
	return err
}

func (s *Service) answer(w http.ResponseWriter, r *http.Request, l List) error {
	actor := web.Actor(r)
	op, err := s.Export(r.Context(), actor, l)
	if errs.KindOf(err) == errs.Invalid {
		return s.renderForm(w, r, http.StatusUnprocessableEntity, l, err)
	}
	if err != nil {
		return err
	}
	if op != "" {
		web.SeeOther(w, r, madePath(kindList, op))
		return nil
	}
	return web.Send(w, r, s.Log, web.Sent{Name: s.fileName(l), Type: kinds[l.Form]}, func(out io.Writer) error {
		return s.writeList(r.Context(), out, actor, l, func(int) error { return r.Context().Err() })
	})
}

var kinds = map[string]string{
	CSV: "text/csv; charset=utf-8", XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", VCard: "text/vcard; charset=utf-8",
}

// madePath is where the file of an operation is fetched.
func madePath(kind, opID string) string {
	if kind == kindArchive {
		return "/settings/archive/" + url.PathEscape(opID)
	}
	return "/exports/" + url.PathEscape(opID)
}

// showMade is where a file is fetched that was made beside.
func (s *Service) showMade(kind string) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		id := r.PathValue("id")
		op, err := s.own(r.Context(), web.Actor(r), kind, id)
		if err != nil {
			return err
		}
		p := view.Made{Path: madePath(kind, id), Work: "/work/" + url.PathEscape(id), State: op.State, Done: op.Done}
		if op.Ended() {
			made, err := s.made(r.Context(), web.Actor(r), id)
			switch {
			case err == nil:
				p.Ready, p.Rows, p.Until = true, made.Rows, s.day(r, made.ExpiresAt)
			case op.State == store.OperationDone:
				p.Problem = errs.Message(err)
			}
		}
		if web.Partial(r) {
			return web.Render(w, r, http.StatusOK, web.View{Body: view.MadeNow(p)})
		}
		return web.Render(w, r, http.StatusOK, web.View{Title: "Export", Body: view.MadePage(p)})
	}
}

func (s *Service) sendMade(kind string) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if _, err := s.own(r.Context(), web.Actor(r), kind, r.PathValue("id")); err != nil {
			return err
		}
		made, err := s.Fetch(r.Context(), web.Actor(r), r.PathValue("id"))
		if err != nil {
			return err
		}
		in, err := s.Blobs.Open(r.Context(), made.File)
		if err != nil {
			return err
		}
		defer in.Close()
		return web.Send(w, r, s.Log, web.Sent{Name: made.Name, Type: "application/octet-stream", Size: made.Size}, func(out io.Writer) error {
			_, err := io.Copy(out, in)
			return err
		})
	}
}

func (s *Service) showArchive(w http.ResponseWriter, r *http.Request) error {
	return s.renderArchive(w, r, http.StatusOK, "")
}

func (s *Service) renderArchive(w http.ResponseWriter, r *http.Request, status int, problem string) error {
	empty, err := s.Store.ArchiveEmpty(r.Context())
	if err != nil {
		return err
	}
	actor := web.Actor(r)
	p := view.Archive{
		Problem: problem, Empty: empty, MayMake: mayTakeAll(actor) == nil,
		MayRead: mayTakeAll(actor) == nil,
	}
	return web.Render(w, r, status, web.View{Title: "Everything", Nav: "settings", Body: view.ArchivePage(p)})
}

func (s *Service) makeArchive(w http.ResponseWriter, r *http.Request) error {
	id, err := s.ExportAll(r.Context(), web.Actor(r))
	if err != nil {
		return err
	}
	web.SeeOther(w, r, madePath(kindArchive, id))
	return nil
}

// takeArchive reads an archive that was uploaded.
func (s *Service) takeArchive(w http.ResponseWriter, r *http.Request) error {
	actor, id := web.Actor(r), ""
	err := s.mayRead(r.Context(), &s.Store.Reader, actor)
	if err == nil {
		_, err = web.Uploads(w, r, func(_ map[string]string, file web.Upload) error {
			if id != "" {
				return notArchive("two files")
			}
			id, err = s.BeginRead(r.Context(), actor, file)
			return err
		})
		if err == nil && id == "" {
			err = &errs.Error{Kind: errs.Invalid, Message: "Choose an archive that Stead made."}
		}
	}
	if errs.KindOf(err) == errs.Invalid || errs.CodeOf(err) == "not_empty" {
		return s.renderArchive(w, r, http.StatusUnprocessableEntity, errs.Message(err))
	}
	if err != nil {
		return err
	}
	web.SeeOther(w, r, "/work/"+url.PathEscape(id))
	return nil
}

// day is a moment as the date that it falls on here.
func (s *Service) day(r *http.Request, ms int64) string {
	zone, err := s.business(r.Context())
	if err != nil {
		zone = nil
	}
	return dayOf(ms, zone)
}
