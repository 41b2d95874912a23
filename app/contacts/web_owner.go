package contacts

import (
	"net/http"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/web"
	"stead/store"
	"stead/views/ui"
)

// ownerOf is who looks after a contact and to whom the actor can give it; nil
// while there is nobody to share the work with.
func ownerOf(actor access.Actor, c Card) *ui.Owner {
	if c.People == nil {
		return nil
	}
	out := ui.Owner{Path: contactPath(c.ID) + "/owner", Topic: "person:" + c.ID, ID: c.OwnerID, Name: c.People.Name(c.OwnerID)}
	for _, u := range c.Holders {
		out.People = append(out.People, ui.Person{ID: u.ID, Name: u.Name})
		if u.ID == actor.ID {
			out.Me = u.ID
		}
	}
	return &out
}

// showOwner is who looks after a contact, for a page that heard of news.
func (s *Service) showOwner(w http.ResponseWriter, r *http.Request) error {
	id, actor := r.PathValue("id"), web.Actor(r)
	c, err := mayRead(r.Context(), &s.Store.Reader, actor, id)
	if err != nil {
		return err
	}
	if !web.Partial(r) {
		web.SeeOther(w, r, contactPath(id))
		return nil
	}
	card := Card{Card: store.Card{Contact: c}}
	if err := s.staff(r.Context(), actor, &card); err != nil {
		return err
	}
	now := ownerOf(actor, card)
	if now == nil {
		now = &ui.Owner{}
	}
	return web.Render(w, r, http.StatusOK, web.View{Title: "Contacts", Nav: "contacts", Body: ui.OwnerNow(*now)})
}

// setOwner gives a contact to somebody. What the actor cannot see any more then
// leads back to the list, and not to a page that is no longer there.
func (s *Service) setOwner(w http.ResponseWriter, r *http.Request) error {
	id, actor, to := r.PathValue("id"), web.Actor(r), r.PostFormValue("to")
	if !r.PostForm.Has("to") {
		return &errs.Error{Kind: errs.Invalid, Message: "Choose a colleague, or nobody."}
	}
	saved, err := s.Assign(r.Context(), actor, id, to)
	if errs.KindOf(err) == errs.Invalid {
		return s.renderCard(w, r, http.StatusUnprocessableEntity, Place{}, typed{problem: errs.Message(err)})
	}
	if err != nil {
		return err
	}
	if !access.May(actor, access.ContactsRead, access.Object{Owner: to}) {
		s.flash(r, "Assigned. You do not see this contact any more.")
		web.SeeOther(w, r, "/contacts")
		return nil
	}
	s.flashUndo(r, "Assigned.", saved)
	web.SeeOther(w, r, contactPath(id))
	return nil
}

func (s *Service) flash(r *http.Request, sentence string) {
	if s.Flash != nil {
		s.Flash(r.Context(), sentence)
	}
}
