package inbox

import (
	"net/http"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/web"
	"stead/views/ui"
)

// ownerOf is who answers a conversation and to whom the actor can give it; nil
// while there is nobody to share the work with.
func ownerOf(actor access.Actor, t Thread) *ui.Owner {
	if !t.People.Several() && t.OwnerID == "" {
		return nil
	}
	out := ui.Owner{Path: threadPath(t.ID) + "/owner", Topic: "person:" + t.ContactID, ID: t.OwnerID, Name: t.People.Name(t.OwnerID)}
	for _, u := range t.Holders {
		out.People = append(out.People, ui.Person{ID: u.ID, Name: u.Name})
		if u.ID == actor.ID {
			out.Me = u.ID
		}
	}
	return &out
}

// showOwner is who answers a conversation, for a page that heard of news.
func (s *Service) showOwner(w http.ResponseWriter, r *http.Request) error {
	id, actor := r.PathValue("id"), web.Actor(r)
	v, err := s.conversation(r.Context(), &s.Store.Reader, actor, id)
	if err != nil {
		return err
	}
	if !web.Partial(r) {
		web.SeeOther(w, r, threadPath(id))
		return nil
	}
	t := Thread{Conversation: v, Rights: Rights{Assign: access.May(actor, access.InboxAssign, access.Object{Owner: v.OwnerID})}}
	if err := s.staff(r.Context(), actor, &t); err != nil {
		return err
	}
	now := ownerOf(actor, t)
	if now == nil {
		now = &ui.Owner{}
	}
	return web.Render(w, r, http.StatusOK, web.View{Title: "Inbox", Nav: "inbox", Body: ui.OwnerNow(*now)})
}

// setOwner gives a conversation to somebody. What the actor cannot see any more
// then leads back to the list, and not to a page that is no longer there.
func (s *Service) setOwner(w http.ResponseWriter, r *http.Request) error {
	id, actor, to := r.PathValue("id"), web.Actor(r), r.PostFormValue("to")
	if !r.PostForm.Has("to") {
		return &errs.Error{Kind: errs.Invalid, Message: "Choose a colleague, or nobody."}
	}
	err := s.Assign(r.Context(), actor, id, to)
	if errs.KindOf(err) == errs.Invalid {
		return s.page(w, r, http.StatusUnprocessableEntity, typed{owner: errs.Message(err)})
	}
	if err != nil {
		return err
	}
	if !access.May(actor, access.InboxRead, access.Object{Owner: to}) {
		s.flash(r, "Assigned. You do not see this conversation any more.")
		web.SeeOther(w, r, "/inbox")
		return nil
	}
	s.flash(r, "Assigned.")
	web.SeeOther(w, r, threadPath(id))
	return nil
}

func (s *Service) flash(r *http.Request, sentence string) {
	if s.Flash != nil {
		s.Flash(r.Context(), sentence)
	}
}
