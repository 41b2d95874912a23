package files

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"stead/app/access"
	"stead/app/blob"
	"stead/app/errs"
	"stead/app/web"
	"stead/store"
	view "stead/views/files"
	"stead/views/ui"
)

// Routes registers the pages of the capability.
func (s *Service) Routes(rt *web.Router) {
	read, write := web.Policy{Needs: access.ContactsRead}, web.Policy{Needs: access.ContactsWrite}
	for kind, on := range map[string]func(id string) On{
		"contacts":  func(id string) On { return On{Contact: id} },
		"companies": func(id string) On { return On{Company: id} },
		"deals":     func(id string) On { return On{Deal: id} },
	} {
		read, write := read, write
		if kind == "deals" {
			read, write = web.Policy{Needs: access.DealsRead}, web.Policy{Needs: access.DealsWrite}
		}
		rt.Handle("GET /"+kind+"/{id}/files", read, func(w http.ResponseWriter, r *http.Request) error {
			return s.render(w, r, http.StatusOK, on(r.PathValue("id")), "")
		})
		rt.Handle("POST /"+kind+"/{id}/files", write, func(w http.ResponseWriter, r *http.Request) error {
			return s.attach(w, r, on(r.PathValue("id")))
		})
	}
	rt.Handle("GET /files/{id}", read, s.fetch)
	rt.Handle("GET /files/{id}/edit", write, s.showEdit)
	rt.Handle("POST /files/{id}/name", write, s.rename)
	rt.Handle("POST /files/{id}/delete", write, s.remove)
}

// home is the page of the record.
func (on On) home() string {
	if on.Deal != "" {
		return "/deals/" + url.PathEscape(on.Deal)
	}
	if on.Contact != "" {
		return "/contacts/" + url.PathEscape(on.Contact)
	}
	return "/companies/" + url.PathEscape(on.Company)
}

func filePath(id string) string { return "/files/" + url.PathEscape(id) }

// Panel is the part of a record's page that shows its files.
func (s *Service) Panel(ctx context.Context, actor access.Actor, on On) (view.Panel, error) {
	list, err := s.List(ctx, actor, on)
	if err != nil {
		return view.Panel{}, err
	}
	return s.show(ctx, on, list)
}

// DealPanel is Panel of a deal that the actor may see and that is not in the bin.
func (s *Service) DealPanel(ctx context.Context, actor access.Actor, d store.Deal) (view.Panel, error) {
	on := On{Deal: d.ID}
	list, err := s.list(ctx, actor, on, d.OwnerID)
	if err != nil {
		return view.Panel{}, err
	}
	return s.show(ctx, on, list)
}

func (s *Service) show(ctx context.Context, on On, list Files) (view.Panel, error) {
	b, err := s.Store.Business(ctx)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return view.Panel{}, err
	}
	clock := ui.NewClock(s.Now(), b.Location())
	p := view.Panel{Path: on.home() + "/files", Home: on.home(), Veiled: list.Veiled, MayWrite: list.MayWrite}
	for _, f := range list.Rows {
		p.Rows = append(p.Rows, view.Row{
			Href: filePath(f.ID), Name: f.Name, Kind: kindOf(f.ContentType), Size: sizeOf(f.Size),
			Who: list.People.Name(f.CreatedBy), At: clock.Brief(ctx, f.CreatedAt),
		})
	}
	return p, nil
}

func (s *Service) render(w http.ResponseWriter, r *http.Request, status int, on On, problem string) error {
	p, err := s.Panel(r.Context(), web.Actor(r), on)
	if err != nil {
		return err
	}
	p.Problem = problem
	if web.Partial(r) {
		return web.Render(w, r, status, web.View{Body: view.Files(p)})
	}
	return web.Render(w, r, status, web.View{Title: "Files", Nav: on.nav(), Body: view.Page(p)})
}

func (on On) nav() string {
	if on.Deal != "" {
		return "deals"
	}
	if on.Contact != "" {
		return "contacts"
	}
	return "companies"
}

// attach takes the files of a form.
func (s *Service) attach(w http.ResponseWriter, r *http.Request, on On) error {
	batch, err := s.Begin(r.Context(), web.Actor(r), on)
	if err != nil {
		return err
	}
	fields, err := web.Uploads(w, r, func(_ map[string]string, file web.Upload) error {
		return batch.Add(r.Context(), file.Name, file)
	})
	var undo string
	if err != nil {
		batch.Drop()
	} else {
		undo, err = batch.Attach(r.Context(), web.UploadKey(fields))
	}
	if errs.KindOf(err) == errs.Invalid {
		return s.render(w, r, http.StatusUnprocessableEntity, on, errs.Message(err))
	}
	if err != nil {
		return err
	}
	s.done(w, r, on, "The files were added.", undo)
	return nil
}

func (s *Service) done(w http.ResponseWriter, r *http.Request, on On, sentence, undo string) {
	s.Say.Change(r, sentence, undo)
	web.SeeOther(w, r, on.home()+"#files")
}

// fetch sends a file to be saved, whatever it is.
func (s *Service) fetch(w http.ResponseWriter, r *http.Request) error {
	f, err := s.Fetch(r.Context(), web.Actor(r), r.PathValue("id"))
	if err != nil {
		return err
	}
	in, err := s.Blobs.Open(r.Context(), f)
	if err != nil {
		return err
	}
	defer in.Close()
	return web.Send(w, r, s.Log, web.Sent{Name: f.Name, Type: f.ContentType, Size: f.Size}, func(out io.Writer) error {
		_, err := io.Copy(out, in)
		return err
	})
}

func (s *Service) showEdit(w http.ResponseWriter, r *http.Request) error {
	return s.renderEdit(w, r, http.StatusOK, "", "")
}

func (s *Service) renderEdit(w http.ResponseWriter, r *http.Request, status int, typed, problem string) error {
	f, err := attachment(r.Context(), &s.Store.Reader, web.Actor(r), access.ContactsWrite, r.PathValue("id"))
	if err != nil {
		return err
	}
	p := view.Edit{Path: filePath(f.ID), Home: onOf(f).home() + "#files", Name: typed, Problem: problem}
	if problem == "" {
		p.Name = f.Name
	}
	return web.Render(w, r, status, web.View{Title: "File", Nav: onOf(f).nav(), Body: view.EditPage(p)})
}

func (s *Service) rename(w http.ResponseWriter, r *http.Request) error {
	name := r.PostFormValue("name")
	f, undo, err := s.Rename(r.Context(), web.Actor(r), r.PathValue("id"), name)
	if errs.KindOf(err) == errs.Invalid {
		return s.renderEdit(w, r, http.StatusUnprocessableEntity, name, errs.Fields(err)["name"])
	}
	if err != nil {
		return err
	}
	s.done(w, r, onOf(f), "The file has its new name.", undo)
	return nil
}

func (s *Service) remove(w http.ResponseWriter, r *http.Request) error {
	f, undo, err := s.Delete(r.Context(), web.Actor(r), r.PathValue("id"))
	if err != nil {
		return err
	}
	s.done(w, r, onOf(f), "The file was deleted.", undo)
	return nil
}

// kindOf says in a word what a file is, in English.
func kindOf(contentType string) string { return blob.Words(contentType) }

func sizeOf(bytes int64) string {
	switch {
	case bytes >= 1<<20:
		return fmt.Sprintf("%.1f MB", float64(bytes)/(1<<20))
	case bytes >= 1000:
		return fmt.Sprintf("%d kB", (bytes+1023)/1024)
	}
	return fmt.Sprintf("%d B", bytes)
}
