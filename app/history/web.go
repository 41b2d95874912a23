package history

import (
	"errors"
	"net/http"
	"net/url"
	"time"

	"stead/app/access"
	"stead/app/acts"
	"stead/app/errs"
	"stead/app/web"
	"stead/store"
	view "stead/views/history"
	"stead/views/ui"
)

// Routes registers the pages.
func (s *Service) Routes(rt *web.Router) {
	mine := web.Policy{Self: "one's own changes, with the rights of this moment"}
	bin := web.Policy{Needs: access.ContactsRead}
	rt.Handle("POST /undo/{id}", mine, s.postUndo)
	rt.Handle("GET /history", mine, s.showMine)
	rt.Handle("GET /work/{id}", mine, s.showWork)
	rt.Handle("POST /work/{id}/cancel", mine, s.cancelWork)
	rt.Handle("GET /bin", bin, func(w http.ResponseWriter, r *http.Request) error { return s.showBin(w, r, "") })
	for _, kind := range store.BinKinds {
		s.binRoutes(rt, kind)
	}
	rt.Handle("POST /contacts/{id}/deletion", web.Policy{Needs: access.ContactsDelete}, s.deleteContact)
}

// binRoutes registers the pages of one kind of the bin.
func (s *Service) binRoutes(rt *web.Router, kind string) {
	policy := web.Policy{Needs: restoresWith(kind)}
	rt.Handle("GET /bin/"+kind, policy, func(w http.ResponseWriter, r *http.Request) error { return s.showBin(w, r, kind) })
	rt.Handle("POST /bin/"+kind+"/{id}/restore", policy, func(w http.ResponseWriter, r *http.Request) error { return s.restore(w, r, kind) })
	if kind != store.BinContact { // a person is erased
		final := web.Policy{Needs: access.PrivacyErase, Fresh: true}
		rt.Handle("POST /bin/"+kind+"/{id}/deletion", final, func(w http.ResponseWriter, r *http.Request) error { return s.empty(w, r, kind) })
	}
}

const onPage = 100

// postUndo takes a change back and says so, or why not, on the page that the
// button stood on.
func (s *Service) postUndo(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	done, err := s.TakeBack(ctx, web.Actor(r), r.PathValue("id"))
	back := s.cameFrom(r)
	switch {
	case errs.KindOf(err) == errs.Conflict && errs.Message(err) != "", errors.Is(err, errNoLonger):
		s.Say.Once(ctx, errs.Message(err), "")
		web.SeeOther(w, r, back)
		return nil
	case err != nil:
		return err
	case done.Operation != "":
		web.SeeOther(w, r, "/work/"+done.Operation)
		return nil
	}
	if id := done.Undo.ContactID; id != "" && back == "/contacts/"+id { // it may have been made by what was taken back
		if is, err := s.Store.HasContact(ctx, id); err != nil || !is {
			back = "/contacts"
		}
	}
	s.Say.Once(ctx, "Taken back.", "")
	web.SeeOther(w, r, back)
	return nil
}

// cameFrom is the page that a button stood on.
func (s *Service) cameFrom(r *http.Request) string {
	if next := r.PostFormValue("next"); next != "" {
		return web.SafeNext(next, "/")
	}
	from, err := url.Parse(r.Referer())
	if err != nil || from.Host != r.Host {
		return "/"
	}
	return web.SafeNext(from.EscapedPath(), "/")
}

func (s *Service) showMine(w http.ResponseWriter, r *http.Request) error {
	ctx, actor := r.Context(), web.Actor(r)
	list, err := s.Mine(ctx, actor, store.Page{After: r.URL.Query().Get("after"), Limit: onPage})
	if err != nil {
		return err
	}
	p := view.Changes{}
	if len(list) == onPage {
		last := list[len(list)-1]
		p.Next = "/history?after=" + store.Cursor(last.At, last.ID)
	}
	names, clock := acts.NewNames(&s.Store.Reader, actor), s.clock(r)
	for _, u := range list {
		row := view.Change{ID: u.ID, What: acts.Words(u.Kind), At: clock.Time(u.At), Rows: u.Rows, Back: u.UndoneAt != 0}
		if u.ContactID != "" {
			who, err := names.Contact(ctx, u.ContactID)
			if err != nil {
				return err
			}
			row.Whose, row.Href = who.Name, who.Href
		}
		day := clock.Day(ctx, u.At)
		if n := len(p.Days); n == 0 || p.Days[n-1].Title != day {
			p.Days = append(p.Days, view.Day{Title: day})
		}
		d := &p.Days[len(p.Days)-1]
		d.Rows = append(d.Rows, row)
	}
	return web.Render(w, r, http.StatusOK, web.View{Title: "Your changes", Nav: "account", Body: view.ChangesPage(p)})
}

func (s *Service) deleteContact(w http.ResponseWriter, r *http.Request) error {
	undo, err := s.Delete(r.Context(), web.Actor(r), r.PathValue("id"))
	if err != nil {
		return err
	}
	s.Say.Once(r.Context(), "Moved to the bin.", undo)
	web.SeeOther(w, r, "/contacts")
	return nil
}

// clock prints times as the business has them.
func (s *Service) clock(r *http.Request) ui.Clock {
	zone := time.UTC
	if b, err := s.Store.Business(r.Context()); err == nil {
		zone = b.Location()
	}
	return ui.NewClock(s.Now(), zone)
}
