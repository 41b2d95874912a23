// Package assign is the part of a record's page that says who looks after it, and
// takes the form that gives it to somebody else. Whose records they are, and who may
// give them away, is said by the capability that has them.
package assign

import (
	"context"
	"net/http"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/web"
	"stead/views/ui"
)

// Record is a record as this part of its page shows it.
type Record struct {
	Path    string // of its page
	Topic   string // tells open pages of news
	OwnerID string
	People  access.People // everybody
	Holders access.People // to whom whoever looks can give it
}

// Owner is who looks after a record, for whoever looks.
func (rec Record) Owner(actor access.Actor) *ui.Owner {
	out := ui.Owner{Path: rec.Path + "/owner", Topic: rec.Topic, ID: rec.OwnerID, Name: rec.People.Name(rec.OwnerID)}
	for _, u := range rec.Holders {
		out.People = append(out.People, ui.Person{ID: u.ID, Name: u.Name})
		if u.ID == actor.ID {
			out.Me = u.ID
		}
	}
	return &out
}

// Pages are those of one kind of record.
type Pages struct {
	Nav  string
	Path func(id string) string // of a record's page
	List string                 // where somebody is led who sees a record no more
	Gone string                 // what is said to them
	Read access.Permission      // what shows a record
	// Owner is who looks after a record that the actor may see; nil while there is
	// nobody to share the work with.
	Owner func(ctx context.Context, actor access.Actor, id string) (*ui.Owner, error)
	// Assign gives a record to somebody, or to nobody, and returns what takes that
	// back.
	Assign func(ctx context.Context, actor access.Actor, id, to string) (undoID string, err error)
	// Refused shows the page of the record with why it was not given away.
	Refused func(w http.ResponseWriter, r *http.Request, err error) error
	Say     web.Say
}

// Routes registers the part below the page of a record, whose address has its {id}.
func (p Pages) Routes(rt *web.Router, record string, assign access.Permission) {
	rt.Handle("GET "+record+"/owner", web.Policy{Needs: p.Read}, p.show)
	rt.Handle("POST "+record+"/owner", web.Policy{Needs: assign}, p.give)
}

// show is who looks after a record, for a page that heard of news.
func (p Pages) show(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	now, err := p.Owner(r.Context(), web.Actor(r), id)
	if err != nil {
		return err
	}
	if !web.Partial(r) {
		web.SeeOther(w, r, p.Path(id))
		return nil
	}
	if now == nil {
		now = &ui.Owner{}
	}
	return web.Render(w, r, http.StatusOK, web.View{Title: "Assign", Nav: p.Nav, Body: ui.OwnerNow(*now)})
}

// give gives a record to somebody. What the actor cannot see any more then leads
// back to the list, and not to a page that is no longer there; they cannot take it
// back either.
func (p Pages) give(w http.ResponseWriter, r *http.Request) error {
	id, actor, to := r.PathValue("id"), web.Actor(r), r.PostFormValue("to")
	if !r.PostForm.Has("to") {
		return &errs.Error{Kind: errs.Invalid, Message: "Choose a colleague, or nobody."}
	}
	undoID, err := p.Assign(r.Context(), actor, id, to)
	if kind := errs.KindOf(err); kind == errs.Invalid || kind == errs.Conflict {
		return p.Refused(w, r, err)
	}
	if err != nil {
		return err
	}
	path, sentence := p.Path(id), "Assigned."
	if !access.May(actor, p.Read, access.Object{Owner: to}) {
		path, sentence, undoID = p.List, p.Gone, ""
	}
	p.Say.Once(r.Context(), sentence, undoID)
	web.SeeOther(w, r, path)
	return nil
}
