package contacts

import (
	"net/http"
	"net/url"
	"strings"

	"stead/app/access"
	"stead/app/web"
	"stead/store"
	view "stead/views/contacts"
)

// Routes registers the pages of the capability.
func (s *Service) Routes(rt *web.Router) {
	read, write := web.Policy{Needs: access.ContactsRead}, web.Policy{Needs: access.ContactsWrite}
	rt.Handle("GET /contacts", read, s.listContacts)
	rt.Handle("GET /contacts/new", write, s.showNew)
	rt.Handle("POST /contacts", write, s.createContact)
	rt.Handle("POST /contacts/matches", write, s.showMatches) // what is typed stays out of addresses
	rt.Handle("POST /contacts/new", write, s.quickNew)
	rt.Handle("GET /contacts/{id}", read, s.showContact)
	rt.Handle("GET /contacts/{id}/edit", write, s.showEdit)
	rt.Handle("POST /contacts/{id}", write, s.saveContact)
	rt.Handle("GET /contacts/{id}/parts/{part}", write, s.showPart)
	rt.Handle("POST /contacts/{id}/parts/{part}", write, s.savePart)
	rt.Handle("POST /contacts/{id}/tags", write, s.setTags)
	rt.Handle("POST /contacts/{id}/notes", write, s.addNote)
	rt.Handle("GET /contacts/{id}/notes/{note}/edit", write, s.showNote)
	rt.Handle("POST /contacts/{id}/notes/{note}", write, s.saveNote)
	rt.Handle("POST /contacts/{id}/notes/{note}/pin", write, s.pinNote)
	rt.Handle("POST /contacts/{id}/tasks/{task}/done", web.Policy{Needs: access.TasksWrite}, s.finishTask)
	rt.Handle("GET /contacts/{id}/owner", read, s.showOwner)
	rt.Handle("POST /contacts/{id}/owner", web.Policy{Needs: access.ContactsAssign}, s.setOwner)
	rt.Handle("POST /contacts/{id}/block", write, s.setBlock)
	rt.Handle("POST /contacts/{id}/restriction", write, s.setRestriction)
}

func contactPath(id string) string { return "/contacts/" + url.PathEscape(id) }

// listContacts shows a page of all contacts, or of those a query finds. The
// sort is "name", "-name", "activity" or, left out, the latest activity first;
// who is "mine", "free", "team" or, left out, all that the actor may see.
func (s *Service) listContacts(w http.ResponseWriter, r *http.Request) error {
	at := r.URL.Query()
	where := place{query: strings.TrimSpace(at.Get("q")), sort: at.Get("sort"), who: at.Get("who"), after: at.Get("after")}
	actor := web.Actor(r)
	var roll Roll
	var err error
	if where.query != "" {
		roll, err = s.Find(r.Context(), actor, where.query, where.who, where.after)
	} else {
		roll, err = s.List(r.Context(), actor, orderOf(where.sort), where.who, where.after)
	}
	if err != nil {
		return err
	}
	show, err := s.shower(r.Context())
	if err != nil {
		return err
	}
	page := show.list(roll, where)
	page.Parts, page.MayAdd = where.parts(actor, roll.People), actor.Has(access.ContactsWrite)
	if page.Fragment = web.Partial(r); page.Fragment {
		return web.Render(w, r, http.StatusOK, web.View{Title: "Contacts", Nav: "contacts", Body: view.Results(page)})
	}
	return web.Render(w, r, http.StatusOK, web.View{Title: "Contacts", Nav: "contacts", Body: view.Page(page)})
}

func orderOf(sort string) store.ContactOrder {
	switch sort {
	case "name":
		return store.ContactOrder{ByName: true}
	case "-name":
		return store.ContactOrder{ByName: true, Descending: true}
	case "activity":
		return store.ContactOrder{}
	}
	return store.ContactOrder{Descending: true}
}
