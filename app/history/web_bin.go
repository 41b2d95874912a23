package history

import (
	"net/http"

	"stead/app/access"
	"stead/app/acts"
	"stead/app/errs"
	"stead/app/web"
	"stead/store"
	view "stead/views/history"
	"stead/views/ui"
)

// binWords are what the bin calls its kinds.
var binWords = map[string]string{
	store.BinContact: "Contacts", store.BinCompany: "Companies", store.BinDeal: "Deals", store.BinNote: "Notes", store.BinTask: "Tasks",
	store.BinFile: "Files", store.BinField: "Fields", store.BinTag: "Tags",
}

// keptInBin is how long something waits in the bin, in milliseconds.
const keptInBin = 30 * 24 * 60 * 60 * 1000

// showBin shows one kind, or the first that is open to whoever looks.
func (s *Service) showBin(w http.ResponseWriter, r *http.Request, kind string) error {
	actor := web.Actor(r)
	kinds := Kinds(actor)
	switch {
	case kind == "" && len(kinds) > 0:
		kind = kinds[0]
	case kind == "":
		return web.Render(w, r, http.StatusOK, web.View{Title: "Bin", Nav: "contacts", Body: view.BinPage(view.Bin{})})
	}
	list, err := s.Bin(r.Context(), actor, kind, store.Page{After: r.URL.Query().Get("after"), Limit: onPage})
	if err != nil {
		return err
	}
	p := view.Bin{Here: "/bin/" + kind, Title: binWords[kind]}
	for _, k := range kinds {
		p.Kinds = append(p.Kinds, ui.Option{Value: "/bin/" + k, Label: binWords[k]})
	}
	if len(list) == onPage {
		p.Next = p.Here + "?after=" + list[len(list)-1].Cursor()
	}
	names, clock := acts.NewNames(&s.Store.Reader, actor), s.clock(r)
	for _, b := range list {
		row, err := s.binRow(r, actor, b, names, clock)
		if err != nil {
			return err
		}
		p.Rows = append(p.Rows, row)
	}
	return web.Render(w, r, http.StatusOK, web.View{Title: "Bin", Nav: "contacts", Body: view.BinPage(p)})
}

// binRow is one thing in the bin as the page shows it.
func (s *Service) binRow(r *http.Request, actor access.Actor, b store.Binned, names *acts.Names, clock ui.Clock) (view.Binned, error) {
	ctx, at := r.Context(), "/bin/"+b.Kind+"/"+b.ID
	row := view.Binned{Name: b.Name, At: clock.When(ctx, b.At), Goes: clock.When(ctx, b.At+keptInBin), Restore: at + "/restore"}
	if b.ContactID != "" && b.Kind != store.BinContact {
		who, err := names.Contact(ctx, b.ContactID)
		if err != nil {
			return row, err
		}
		row.Whose = who.Name
	}
	if b.By != "" {
		name, err := names.Actor(ctx, b.By)
		if err != nil {
			return row, err
		}
		row.By = name
	}
	switch erases := access.May(actor, access.PrivacyErase, access.Object{Owner: b.Owner}); {
	case erases && b.Kind == store.BinContact && actor.Has(access.PrivacyRead):
		row.Erase = "/privacy/people/" + b.ID + "/erase"
	case erases && b.Kind != store.BinContact:
		row.Empty = at + "/deletion"
	}
	return row, nil
}

func (s *Service) restore(w http.ResponseWriter, r *http.Request, kind string) error {
	undo, err := s.Restore(r.Context(), web.Actor(r), kind, r.PathValue("id"))
	if errs.KindOf(err) == errs.Conflict && errs.Message(err) != "" {
		s.Say.Once(r.Context(), errs.Message(err), "")
		web.SeeOther(w, r, "/bin/"+kind)
		return nil
	}
	if err != nil {
		return err
	}
	s.Say.Once(r.Context(), "Restored.", undo)
	web.SeeOther(w, r, "/bin/"+kind)
	return nil
}

func (s *Service) empty(w http.ResponseWriter, r *http.Request, kind string) error {
	if err := s.Empty(r.Context(), web.Actor(r), kind, r.PathValue("id")); err != nil {
		return err
	}
	s.Say.Once(r.Context(), "Deleted for good.", "")
	web.SeeOther(w, r, "/bin/"+kind)
	return nil
}
