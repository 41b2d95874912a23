package inbox

import (
	"net/http"
	"net/url"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/gate"
	"stead/app/mention"
	"stead/app/sms"
	"stead/app/web"
	view "stead/views/inbox"
	"stead/views/ui"
)

// Routes registers the pages.
func (s *Service) Routes(rt *web.Router) {
	read, write := web.Policy{Needs: access.InboxRead}, web.Policy{Needs: access.InboxWrite}
	rt.Handle("GET /inbox", read, s.showInbox)
	rt.Handle("GET /inbox/list", read, s.showList)
	rt.Handle("GET /inbox/{id}", read, web.Led(s.showThread, s.became))
	rt.Handle("GET /inbox/{id}/log", read, s.showLog)
	rt.Handle("POST /inbox/{id}/messages", write, s.post)
	s.ownerPages().Routes(rt, "/inbox/{id}", access.InboxAssign)
	rt.Handle("POST /inbox/{id}/read", write, s.markRead)
	rt.Handle("POST /inbox/{id}/state", write, s.setState)
	rt.Handle("POST /inbox/{id}/messages/{message}/retry", write, s.retry)
	rt.Handle("POST /inbox/{id}/messages/{message}/opt-out", write, s.optOut)
}

func threadPath(id string) string { return "/inbox/" + url.PathEscape(id) }

func (s *Service) showInbox(w http.ResponseWriter, r *http.Request) error {
	show, err := s.shower(r)
	if err != nil {
		return err
	}
	list, err := s.list(r, show, "")
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, web.View{Title: "Inbox", Nav: "inbox", Body: view.Page(view.Inbox{List: list})})
}

// showList is the list alone, for a page that heard of news.
func (s *Service) showList(w http.ResponseWriter, r *http.Request) error {
	if !web.Partial(r) {
		web.SeeOther(w, r, "/inbox")
		return nil
	}
	show, err := s.shower(r)
	if err != nil {
		return err
	}
	list, err := s.list(r, show, r.URL.Query().Get("open"))
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, web.View{Title: "Inbox", Nav: "inbox", Body: view.Conversations(list)})
}

func (s *Service) list(r *http.Request, show shower, open string) (view.List, error) {
	at := r.URL.Query()
	actor := web.Actor(r)
	list, err := s.Conversations(r.Context(), actor, at.Get("view"), at.Get("who"), at.Get("after"))
	if err != nil {
		return view.List{}, err
	}
	out := show.list(list, at.Get("after"), open)
	for _, part := range list.People.Parts(actor, access.InboxRead) {
		out.Parts = append(out.Parts, ui.Part{Label: part.Label, Href: listPath(list.View, part.Whose), Current: part.Whose == list.Whose})
	}
	return out, nil
}

func (s *Service) showThread(w http.ResponseWriter, r *http.Request) error {
	return s.page(w, r, http.StatusOK, typed{})
}

// typed is what was refused on the page of a thread, to be shown again.
type typed struct {
	Writing
	note    bool
	problem string // with what was written
	owner   string // with an assignment
}

// page shows a thread with what was typed into its composer.
func (s *Service) page(w http.ResponseWriter, r *http.Request, status int, in typed) error {
	show, err := s.shower(r)
	if err != nil {
		return err
	}
	t, err := s.Thread(r.Context(), web.Actor(r), r.PathValue("id"), r.URL.Query().Get("after"))
	if err != nil {
		return err
	}
	list, err := s.list(r, show, t.ID)
	if err != nil {
		return err
	}
	thread := show.thread(t)
	thread.Owner, thread.Problem = ownerOf(web.Actor(r), t), in.owner
	thread.Log.Opened = t.After == ""
	thread.Composer.Body, thread.Composer.Problem = in.Body, in.problem
	thread.Composer.Note = thread.Composer.Note || in.note
	about := show.about(t)
	if s.Deals != nil && thread.Contact != "" {
		if about.Deals, err = s.Deals(r.Context(), web.Actor(r), t.Conversation); err != nil {
			return err
		}
		if web.Actor(r).Has(access.DealsWrite) {
			thread.NewDeal = "/deals/new?conversation=" + url.QueryEscape(t.ID)
		}
	}
	return web.Render(w, r, status, web.View{Title: thread.Name, Nav: "inbox", Body: view.Page(view.Inbox{List: list, Thread: &thread, About: about})})
}

// showLog is what was said alone, for a page that heard of news.
func (s *Service) showLog(w http.ResponseWriter, r *http.Request) error {
	if !web.Partial(r) {
		web.SeeOther(w, r, threadPath(r.PathValue("id")))
		return nil
	}
	show, err := s.shower(r)
	if err != nil {
		return err
	}
	t, err := s.Thread(r.Context(), web.Actor(r), r.PathValue("id"), r.URL.Query().Get("after"))
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, web.View{Title: "Inbox", Nav: "inbox", Body: view.Said(show.thread(t).Log)})
}

// post takes a reply or a note.
func (s *Service) post(w http.ResponseWriter, r *http.Request) error {
	id, note := r.PathValue("id"), r.PostFormValue("mode") == "note"
	in := Writing{Body: r.PostFormValue("body"), FormKey: web.FormKey(r)}
	var err error
	if note {
		err = s.Note(r.Context(), web.Actor(r), id, in)
	} else {
		_, err = s.Reply(r.Context(), web.Actor(r), id, in)
	}
	kind := errs.KindOf(err)
	switch {
	case err != nil && (kind == errs.Invalid || kind == errs.Unavailable):
		return s.again(w, r, in, note, errs.Message(err))
	case err != nil:
		return err
	case !web.Partial(r):
		web.SeeOther(w, r, threadPath(id))
		return nil
	}
	show, t, err := s.fresh(r)
	if err != nil {
		return err
	}
	thread := show.thread(t)
	thread.Composer.Focus = true
	return web.Render(w, r, http.StatusOK, web.View{Title: thread.Name, Nav: "inbox", Body: view.Sent(thread.Composer, thread.Log)})
}

// again shows what was typed and what is wrong with it.
func (s *Service) again(w http.ResponseWriter, r *http.Request, in Writing, note bool, problem string) error {
	if !web.Partial(r) {
		return s.page(w, r, http.StatusUnprocessableEntity, typed{Writing: in, note: note, problem: problem})
	}
	show, t, err := s.fresh(r)
	if err != nil {
		return err
	}
	c := show.composer(t)
	c.Body, c.Note, c.Problem, c.Focus = in.Body, c.Note || note, problem, true
	return web.Render(w, r, http.StatusUnprocessableEntity, web.View{Title: "Inbox", Nav: "inbox", Body: view.Compose(c)})
}

func (s *Service) fresh(r *http.Request) (shower, Thread, error) {
	show, err := s.shower(r)
	if err != nil {
		return show, Thread{}, err
	}
	t, err := s.Thread(r.Context(), web.Actor(r), r.PathValue("id"), "")
	return show, t, err
}

// markRead is sent by a page that was opened, or by its button.
func (s *Service) markRead(w http.ResponseWriter, r *http.Request) error {
	if err := s.Read(r.Context(), web.Actor(r), r.PathValue("id")); err != nil {
		return err
	}
	if web.Partial(r) {
		w.WriteHeader(http.StatusOK) // nothing, in the place of the form: the news of it may come before the page listens
		return nil
	}
	web.SeeOther(w, r, threadPath(r.PathValue("id")))
	return nil
}

func (s *Service) setState(w http.ResponseWriter, r *http.Request) error {
	done := r.PostFormValue("state") == "done"
	if err := s.SetDone(r.Context(), web.Actor(r), r.PathValue("id"), done); err != nil {
		return err
	}
	if done {
		web.SeeOther(w, r, "/inbox")
		return nil
	}
	web.SeeOther(w, r, threadPath(r.PathValue("id")))
	return nil
}

func (s *Service) retry(w http.ResponseWriter, r *http.Request) error {
	if err := s.Retry(r.Context(), web.Actor(r), r.PathValue("id"), r.PathValue("message")); err != nil {
		return err
	}
	web.SeeOther(w, r, threadPath(r.PathValue("id")))
	return nil
}

func (s *Service) optOut(w http.ResponseWriter, r *http.Request) error {
	if err := s.OptOut(r.Context(), web.Actor(r), r.PathValue("id"), r.PathValue("message")); err != nil {
		return err
	}
	web.SeeOther(w, r, threadPath(r.PathValue("id")))
	return nil
}

// composer is an empty composer of a thread.
func (sh shower) composer(t Thread) view.Composer {
	c := view.Composer{Path: threadPath(t.ID), Max: sms.MaxBody, Closed: !t.Write, Colleagues: mention.Offered(sh.actor, t.People)}
	switch {
	case !t.Send:
		c.Refused, c.Note = "Your role does not allow you to send texts here.", true
	case t.Refused != gate.Go:
		c.Refused, c.Note = reasonWords(t.Refused), true
	}
	return c
}
