package privacy

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/web"
	"stead/store"
	view "stead/views/privacy"
	"stead/views/ui"
)

// Routes registers the pages of the capability.
func (s *Service) Routes(rt *web.Router) {
	read, erase := web.Policy{Needs: access.PrivacyRead}, web.Policy{Needs: access.PrivacyErase}
	rt.Handle("GET /privacy", read, s.showHome)
	rt.Handle("POST /privacy/people", read, s.findPeople) // what is typed stays out of addresses
	rt.Handle("GET /privacy/people/{id}", read, s.showPerson)
	rt.Handle("POST /privacy/people/{id}/package", web.Policy{Needs: access.PrivacyExport, Fresh: true}, s.sendPackage)
	rt.Handle("GET /privacy/people/{id}/erase", erase, s.showErase)
	rt.Handle("POST /privacy/people/{id}/erasures", web.Policy{Needs: access.PrivacyErase, Fresh: true}, s.erasePerson)
	rt.Handle("GET /privacy/erasures/{id}", read, s.showReceipt)
	rt.Handle("POST /privacy/erasures/{id}/proof", erase, s.proveAgain)
	rt.Handle("GET /privacy/data", read, s.showDataMap)
	rt.Handle("GET /privacy/retention", read, s.showRetention)
	rt.Handle("POST /privacy/sweeps", web.Policy{Needs: access.PrivacyErase, Fresh: true}, s.runSweep)
	rt.Handle("GET /privacy/processors", read, s.showProcessors)
	s.upkeepRoutes(rt)
}

func personPath(id string) string  { return "/privacy/people/" + url.PathEscape(id) }
func receiptPath(id string) string { return "/privacy/erasures/" + url.PathEscape(id) }

func page(w http.ResponseWriter, r *http.Request, status int, title string, v web.View) error {
	v.Title, v.Nav = title, "privacy"
	return web.Render(w, r, status, v)
}

func (s *Service) showHome(w http.ResponseWriter, r *http.Request) error {
	p, err := s.home(r)
	if err != nil {
		return err
	}
	return page(w, r, http.StatusOK, "Privacy", web.View{Body: view.HomePage(p)})
}

func (s *Service) findPeople(w http.ResponseWriter, r *http.Request) error {
	p, err := s.home(r)
	if err != nil {
		return err
	}
	p.Query = strings.TrimSpace(r.PostFormValue("q"))
	if p.Query != "" {
		found, cut, err := s.Find(r.Context(), web.Actor(r), p.Query)
		if err != nil {
			return err
		}
		p.Looked, p.Cut = true, cut
		for _, f := range found {
			reach := append(f.Phones, f.Emails...)
			p.Found = append(p.Found, view.FoundRow{Href: personPath(f.ID), Name: nameOf(f), Reach: strings.Join(reach, ", "), Binned: f.Binned})
		}
	}
	if web.Partial(r) {
		return page(w, r, http.StatusOK, "Privacy", web.View{Body: view.Search(p)})
	}
	return page(w, r, http.StatusOK, "Privacy", web.View{Body: view.HomePage(p)})
}

// nameOf is what a person is called, or reached by.
func nameOf(f Found) string {
	for _, name := range append([]string{f.Name}, append(f.Phones, f.Emails...)...) {
		if name != "" {
			return name
		}
	}
	return f.ID
}

func (s *Service) showPerson(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	report, err := s.Report(r.Context(), web.Actor(r), id)
	if err != nil {
		return err
	}
	s.see(r.Context(), web.Actor(r), id)
	show, err := s.shower(r.Context())
	if err != nil {
		return err
	}
	p, record := show.person(report), access.Object{Owner: report.Owner}
	p.MayExport = access.May(web.Actor(r), access.PrivacyExport, record)
	p.MayErase = access.May(web.Actor(r), access.PrivacyErase, record)
	return page(w, r, http.StatusOK, nameOf(report.Person), web.View{Body: view.PersonPage(p)})
}

func (s *Service) sendPackage(w http.ResponseWriter, r *http.Request) error {
	p, err := s.Package(r.Context(), web.Actor(r), r.PathValue("id"))
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/zip")
	w.Header().Set("Content-Disposition", `attachment; filename="`+p.Name()+`"`)
	return p.Write(r.Context(), w)
}

func (s *Service) showErase(w http.ResponseWriter, r *http.Request) error {
	return s.renderErase(w, r, http.StatusOK, "", nil)
}

func (s *Service) renderErase(w http.ResponseWriter, r *http.Request, status int, typed string, problem error) error {
	id := r.PathValue("id")
	plan, err := s.Plan(r.Context(), web.Actor(r), id)
	if err != nil {
		return err
	}
	c, err := s.contact(r.Context(), &s.Store.Reader, web.Actor(r), access.PrivacyErase, id)
	if err != nil {
		return err
	}
	found, err := s.found(r.Context(), id)
	if err != nil {
		return err
	}
	if !access.Sees(web.Actor(r), c.OwnerID) {
		found = found.veiled()
	}
	p := erasePage(r.Context(), personPath(id), nameOf(found), plan)
	p.Confirm.Value = typed
	if text := errs.Fields(problem)["confirm"]; text != "" {
		p.Confirm.Problem = text
		p.Problems = []ui.Problem{{Field: "confirm", Text: text}}
	}
	return page(w, r, status, "Erase", web.View{Body: view.ErasePage(p)})
}

// confirmation is what has to be typed before anybody is erased.
const confirmation = "erase"

func (s *Service) erasePerson(w http.ResponseWriter, r *http.Request) error {
	typed := strings.TrimSpace(r.PostFormValue("confirm"))
	if !strings.EqualFold(typed, confirmation) {
		return s.renderErase(w, r, http.StatusUnprocessableEntity, typed, &errs.Error{
			Kind: errs.Invalid, Fields: map[string]string{"confirm": "Type the word erase to confirm."},
		})
	}
	receipt, err := s.Erase(r.Context(), web.Actor(r), r.PathValue("id"))
	if err != nil {
		return err
	}
	if !web.Actor(r).Has(access.PrivacyRead) { // who may not read receipts
		s.Say.Once(r.Context(), "The person is being erased.", "")
		web.SeeOther(w, r, "/")
		return nil
	}
	web.SeeOther(w, r, receiptPath(receipt.ID))
	return nil
}

func (s *Service) showReceipt(w http.ResponseWriter, r *http.Request) error {
	receipt, err := s.Receipt(r.Context(), web.Actor(r), r.PathValue("id"))
	if err != nil {
		return err
	}
	return page(w, r, http.StatusOK, "Receipt", web.View{Body: view.ReceiptPage(receiptPage(r.Context(), receipt))})
}

func (s *Service) proveAgain(w http.ResponseWriter, r *http.Request) error {
	receipt, err := s.ProveAgain(r.Context(), web.Actor(r), r.PathValue("id"))
	if err != nil {
		return err
	}
	web.SeeOther(w, r, receiptPath(receipt.ID))
	return nil
}

func (s *Service) showRetention(w http.ResponseWriter, r *http.Request) error {
	p, err := s.retention(r)
	if err != nil {
		return err
	}
	return page(w, r, http.StatusOK, "Retention", web.View{Body: view.RetentionPage(p)})
}

func (s *Service) runSweep(w http.ResponseWriter, r *http.Request) error {
	done, err := s.Sweep(r.Context(), web.Actor(r), r.PostFormValue("clock") == "on")
	if errs.CodeOf(err) == clockCode {
		p, pageErr := s.retention(r)
		if pageErr != nil {
			return pageErr
		}
		p.Clock = errs.Message(err)
		return page(w, r, http.StatusConflict, "Retention", web.View{Body: view.RetentionPage(p)})
	}
	if err != nil {
		return err
	}
	var rows int64
	for _, d := range done {
		rows += d.Rows
	}
	s.Say.Once(r.Context(), fmt.Sprintf("Retention ran: %d records.", rows), "")
	web.SeeOther(w, r, "/privacy/retention")
	return nil
}

func (s *Service) showProcessors(w http.ResponseWriter, r *http.Request) error {
	if err := allow(web.Actor(r), access.PrivacyRead); err != nil {
		return err
	}
	list, err := s.Store.Processors(r.Context(), "", s.Now().Add(-365*day).UnixMilli())
	if err != nil {
		return err
	}
	show, err := s.shower(r.Context())
	if err != nil {
		return err
	}
	return page(w, r, http.StatusOK, "Who else sees data", web.View{Body: view.ProcessorsPage(view.Processors{Rows: show.recipients(list)})})
}

// erasureState is the state of an erasure in words.
func erasureState(state string) ui.Option {
	switch state {
	case store.ErasureDone:
		return ui.Option{Value: "ok", Label: "Done"}
	case store.ErasureFailed:
		return ui.Option{Value: "bad", Label: "Not proved"}
	}
	return ui.Option{Value: "warn", Label: "Under way"}
}
