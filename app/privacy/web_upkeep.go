package privacy

import (
	"fmt"
	"net/http"
	"strconv"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/web"
	view "stead/views/privacy"
	"stead/views/ui"
)

func (s *Service) upkeepRoutes(rt *web.Router) {
	s.auditRoutes(rt)
	if s.Copies.List == nil {
		return
	}
	backup := web.Policy{Needs: access.BackupRun}
	rt.Handle("GET /privacy/backups", backup, s.showBackups)
	rt.Handle("POST /privacy/backups", web.Policy{Needs: access.BackupRun, Fresh: true}, s.makeBackup)
	rt.Handle("POST /privacy/backups/checks", backup, s.checkBackup)
}

func (s *Service) showBackups(w http.ResponseWriter, r *http.Request) error {
	return s.renderBackups(w, r, http.StatusOK, "", "")
}

func (s *Service) renderBackups(w http.ResponseWriter, r *http.Request, status int, checked, problem string) error {
	list, err := s.Copies.List(r.Context(), web.Actor(r))
	if err != nil {
		return err
	}
	show, err := s.shower(r.Context())
	if err != nil {
		return err
	}
	p := view.Backups{Checked: checked, Problem: problem}
	for _, b := range list {
		p.Rows = append(p.Rows, view.BackupRow{
			Name: b.Name, Size: sizeOf(b.Size), Until: date(b.Until), Made: show.clock.When(r.Context(), b.MadeAt.UnixMilli()),
		})
	}
	return page(w, r, status, "Backups", web.View{Body: view.BackupsPage(p)})
}

func (s *Service) makeBackup(w http.ResponseWriter, r *http.Request) error {
	if !s.copying.CompareAndSwap(false, true) {
		return s.renderBackups(w, r, http.StatusConflict, "", "A backup is being made already. Look again when it is done.")
	}
	defer s.copying.Store(false)
	if err := s.Copies.Make(r.Context(), web.Actor(r)); err != nil {
		return err
	}
	s.Say.Once(r.Context(), "The backup was made.", "")
	web.SeeOther(w, r, "/privacy/backups")
	return nil
}

func (s *Service) checkBackup(w http.ResponseWriter, r *http.Request) error {
	rows, err := s.Copies.Check(r.Context(), web.Actor(r), r.PostFormValue("name"))
	if kind := errs.KindOf(err); kind == errs.Invalid || kind == errs.NotFound {
		return s.renderBackups(w, r, http.StatusUnprocessableEntity, "", errs.Message(err))
	}
	if err != nil {
		return err
	}
	sentence := ui.Say(r.Context(), "The backup opens and is whole: %s records.", strconv.FormatInt(rows, 10))
	return s.renderBackups(w, r, http.StatusOK, sentence, "")
}

func sizeOf(bytes int64) string {
	switch {
	case bytes >= 1<<30:
		return fmt.Sprintf("%.1f GB", float64(bytes)/(1<<30))
	case bytes >= 1<<20:
		return fmt.Sprintf("%.1f MB", float64(bytes)/(1<<20))
	}
	return fmt.Sprintf("%d kB", (bytes+1023)/1024)
}
