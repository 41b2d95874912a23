package team

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"stead/app/errs"
	"stead/app/web"
	view "stead/views/team"
	"stead/views/ui"
)

func (s *Service) showClosing(w http.ResponseWriter, r *http.Request) error {
	return s.renderClosing(w, r, http.StatusOK, "", nil)
}

func (s *Service) closeBusiness(w http.ResponseWriter, r *http.Request) error {
	typed := r.PostFormValue("name")
	_, err := s.Close(r.Context(), web.Actor(r), typed)
	switch {
	case errs.KindOf(err) == errs.Invalid:
		return s.renderClosing(w, r, http.StatusUnprocessableEntity, typed, errs.Fields(err))
	case errs.CodeOf(err) == errClosingAlready.Code:
		return s.said(w, r, closingAt, errClosingAlready.Message)
	case err != nil:
		return err
	}
	return s.said(w, r, closingAt, "Asked for. You can call it off until that day.")
}

func (s *Service) cancelClosing(w http.ResponseWriter, r *http.Request) error {
	err := s.KeepOpen(r.Context(), web.Actor(r))
	if code := errs.CodeOf(err); code == errNotClosing.Code || code == errTooLate.Code {
		return s.said(w, r, closingAt, errs.Message(err))
	}
	if err != nil {
		return err
	}
	return s.said(w, r, closingAt, "Called off. The business goes on.")
}

func (s *Service) renderClosing(w http.ResponseWriter, r *http.Request, status int, typed string, fields map[string]string) error {
	ctx := r.Context()
	b, err := s.Store.Business(ctx)
	if err != nil {
		return err
	}
	c, err := s.Closing(ctx)
	if err != nil {
		return err
	}
	page := view.Closing{
		Business: b.Name, Days: strconv.Itoa(int(closingGrace / (24 * time.Hour))), Problems: problemsOf(fields, "name"), Begun: c.BegunAt != 0,
		Confirm: ui.Input{Name: "name", Label: "Type it to confirm", Value: typed, Autocomplete: "off", Required: true, Max: 120, Problem: fields["name"]},
		Backups: ui.Words(ctx)("Encrypted backups in the data folder are kept for their 28 days and then deleted. Restoring one erases every contact again. Copies that were taken elsewhere are yours to delete."),
	}
	if c.ID != "" {
		page.Asked, page.At = dayOf(c.AskedAt, b.Location()), dayOf(c.PurgeAt, b.Location())
	}
	return web.Render(w, r, status, web.View{Title: "Close the business", Nav: "settings", Body: view.ClosingPage(page)})
}

// dayOf is a moment by its day, with the time for whoever looks closer.
func dayOf(ms int64, where *time.Location) ui.When {
	local := time.UnixMilli(ms).In(where)
	return ui.When{ISO: local.UTC().Format(time.RFC3339), Text: local.Format("Monday 2 January 2006"), Full: local.Format("Monday 2 January 2006, 15:04 MST")}
}

// ClosesOn is the day on which a business that is being closed ends, in words,
// or "": for the banner of every page.
func (s *Service) ClosesOn(ctx context.Context) string {
	c, err := s.Closing(ctx)
	if err != nil || c.ID == "" || c.PurgedAt != 0 {
		return ""
	}
	return dayOf(c.PurgeAt, s.location(ctx)).Text
}

// renderClosed says, in the place of every page for people who are not signed
// in, that the business has ended; ok is false while it goes on.
func (s *Service) renderClosed(w http.ResponseWriter, r *http.Request) (ok bool, err error) {
	end, ok, err := s.Ended(r.Context())
	if err != nil || !ok {
		return ok, err
	}
	page := view.Closed{Host: s.host(), On: end.At}
	for _, g := range end.Stays {
		page.Stays = append(page.Stays, view.Stay{What: g.What, Why: g.Why, Until: g.Until})
	}
	return true, web.Render(w, r, http.StatusOK, web.View{Title: "Closed", Body: view.ClosedPage(page), Bare: true})
}
