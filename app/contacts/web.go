package contacts

import (
	"net/url"

	"stead/app/access"
	"stead/app/web"
)

// Routes registers the pages of the capability.
func (s *Service) Routes(rt *web.Router) {
	read, write := web.Policy{Needs: access.ContactsRead}, web.Policy{Needs: access.ContactsWrite}
	s.listRoutes(rt)
	rt.Handle("GET /contacts/new", write, s.showNew)
	rt.Handle("POST /contacts", write, s.createContact)
	rt.Handle("POST /contacts/matches", write, s.showMatches) // what is typed stays out of addresses
	rt.Handle("POST /contacts/new", write, s.quickNew)
	rt.Handle("GET /contacts/{id}", read, web.Led(s.showContact, s.became))
	rt.Handle("GET /contacts/{id}/edit", write, s.showEdit)
	rt.Handle("POST /contacts/{id}", write, s.saveContact)
	rt.Handle("GET /contacts/tags", write, s.showTags)
	rt.Handle("GET /contacts/{id}/parts/{part}", write, s.showPart)
	rt.Handle("POST /contacts/{id}/parts/{part}", write, s.savePart)
	rt.Handle("POST /contacts/{id}/tags", write, s.setTags)
	s.notePages().Routes(rt, "/contacts/{id}", write)
	rt.Handle("POST /contacts/{id}/tasks/{task}/done", web.Policy{Needs: access.TasksWrite}, s.finishTask)
	s.ownerPages().Routes(rt, "/contacts/{id}", access.ContactsAssign)
	rt.Handle("POST /contacts/{id}/block", write, s.setBlock)
	rt.Handle("POST /contacts/{id}/restriction", write, s.setRestriction)
}

func contactPath(id string) string { return "/contacts/" + url.PathEscape(id) }
