package privacy

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"stead/app/access"
	"stead/app/acts"
	"stead/app/web"
	"stead/store"
	view "stead/views/privacy"
	"stead/views/ui"
)

func (s *Service) auditRoutes(rt *web.Router) {
	read := web.Policy{Needs: access.AuditRead}
	rt.Handle("GET /privacy/audit", read, s.showAudit)
	rt.Handle("POST /privacy/audit/people", read, s.findAudit) // what is typed stays out of addresses
	rt.Handle("POST /privacy/audit/checks", read, s.checkAudit)
	rt.Handle("POST /privacy/audit/export", web.Policy{Needs: access.AuditExport, Fresh: true}, s.exportAudit)
}

func auditView(w http.ResponseWriter, r *http.Request, p view.Audit) error {
	return page(w, r, http.StatusOK, "Audit log", web.View{Body: view.AuditPage(p)})
}

func (s *Service) showAudit(w http.ResponseWriter, r *http.Request) error {
	p, err := s.auditPage(r, auditQueryOf(r))
	if err != nil {
		return err
	}
	return auditView(w, r, p)
}

// findAudit leads to what was done with a person's data, or asks which person
// is meant.
func (s *Service) findAudit(w http.ResponseWriter, r *http.Request) error {
	q := auditQuery(r.PostForm)
	q.Person = ""
	typed := strings.TrimSpace(r.PostFormValue("q"))
	found, cut, err := s.Find(r.Context(), web.Actor(r), typed)
	if err != nil {
		return err
	}
	if len(found) == 1 {
		q.Person = found[0].ID
		web.SeeOther(w, r, q.path())
		return nil
	}
	p, err := s.auditPage(r, q)
	if err != nil {
		return err
	}
	p.Typed, p.Looked, p.Cut = typed, true, cut
	for _, f := range found {
		q.Person = f.ID
		p.Found = append(p.Found, view.FoundRow{Href: q.path(), Name: nameOf(f), Reach: strings.Join(append(f.Phones, f.Emails...), ", "), Binned: f.Binned})
	}
	return auditView(w, r, p)
}

func (s *Service) checkAudit(w http.ResponseWriter, r *http.Request) error {
	p, err := s.auditPage(r, auditQuery(r.PostForm))
	if err != nil {
		return err
	}
	report, err := s.VerifyAudit(r.Context(), web.Actor(r))
	if err != nil {
		return err
	}
	if report.Problem != "" {
		p.Problem = ui.Say(r.Context(), "The chain is broken at entry %s: %s.", strconv.FormatInt(report.Bad, 10), report.Problem)
	} else {
		p.Checked = ui.Say(r.Context(), "The chain holds: %s, %s.",
			ui.Many(r.Context(), int(report.Entries), "%s entry", "%s entries"), ui.Many(r.Context(), report.Checkpoints, "%s signed head", "%s signed heads"))
	}
	return auditView(w, r, p)
}

func (s *Service) exportAudit(w http.ResponseWriter, r *http.Request) error {
	file, err := s.ExportAudit(r.Context(), web.Actor(r), auditQuery(r.PostForm))
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="`+file.Name()+`"`)
	return file.Write(r.Context(), w)
}

const auditRows = 50

func (s *Service) auditPage(r *http.Request, q AuditQuery) (view.Audit, error) {
	ctx, actor := r.Context(), web.Actor(r)
	list, err := s.Audit(ctx, actor, q, store.Page{After: r.URL.Query().Get("after"), Limit: auditRows})
	if err != nil {
		return view.Audit{}, err
	}
	show, err := s.shower(ctx)
	if err != nil {
		return view.Audit{}, err
	}
	names := acts.NewNames(&s.Store.Reader, actor)
	p := view.Audit{
		Filters: view.AuditFilters{Who: q.Who, What: q.What, Person: q.Person, From: q.From, To: q.To},
		Search:  actor.Has(access.PrivacyRead), Export: actor.Has(access.AuditExport),
	}
	for _, a := range list {
		row, err := show.auditRow(ctx, names, a)
		row.From = addressFor(actor, a.Address)
		if err != nil {
			return p, err
		}
		p.Rows = append(p.Rows, row)
	}
	if len(list) == auditRows {
		v := q.values()
		v.Set("after", store.Cursor(list[auditRows-1].Seq))
		p.Next = auditPath + "?" + v.Encode()
	}
	return p, s.aroundAudit(ctx, &p, q, names, show)
}

// aroundAudit fills in what stands around the entries.
func (s *Service) aroundAudit(ctx context.Context, p *view.Audit, q AuditQuery, names *acts.Names, show shower) error {
	var err error
	if p.Filters.Whos, err = s.auditWhos(ctx, names); err != nil {
		return err
	}
	p.Filters.Whats = []ui.Option{{Label: "Anything"}}
	for _, g := range acts.Groups() {
		p.Filters.Whats = append(p.Filters.Whats, ui.Option{Value: g.ID, Label: g.Label})
	}
	if q.Person != "" {
		who, err := names.Contact(ctx, q.Person)
		if err != nil {
			return err
		}
		p.Person = view.AuditPerson{Name: who.Name, Href: who.Href}
		q.Person = ""
		p.Person.Without = q.path()
	}
	last, err := s.Store.LastAuditCheckpoint(ctx)
	switch {
	case errors.Is(err, store.ErrNotFound):
		p.Signed = ui.Say(ctx, "Not signed yet. The newest entry is signed once a day while the vault is open.")
		return nil
	case err == nil:
		p.Signed = ui.Say(ctx, "Last signed on %s, at entry %s.", show.day(last.Day), ui.Number(int(last.Seq)))
	}
	return err
}

// auditWhos are the choices of who did it: kinds, and everybody who works here or did.
func (s *Service) auditWhos(ctx context.Context, names *acts.Names) ([]ui.Option, error) {
	out := []ui.Option{{Label: "Anybody"}}
	for _, c := range acts.Kinds() {
		out = append(out, ui.Option{Value: string(c.Kind), Label: c.Label})
	}
	actors, err := s.Store.AuditActors(ctx)
	if err != nil {
		return nil, err
	}
	for _, id := range actors {
		kind := acts.KindOf(id)
		if kind == acts.Operator {
			continue // the only one of its kind
		}
		name, err := names.Actor(ctx, id)
		if err != nil {
			return nil, err
		}
		out = append(out, ui.Option{Value: id, Label: name})
	}
	return out, nil
}

// auditRow is an entry in words.
func (sh shower) auditRow(ctx context.Context, names *acts.Names, a store.AuditRow) (view.AuditRow, error) {
	row := view.AuditRow{Seq: ui.Number(int(a.Seq)), What: acts.Words(a.Action), Kind: kindOf(a)}
	if a.WhoIsGone() {
		row.Day, row.Gone = ui.When{ISO: time.UnixMilli(a.Day * day.Milliseconds()).UTC().Format(time.DateOnly), Text: sh.day(a.Day)}, true
	} else {
		row.At = sh.clock.When(ctx, a.At)
		row.At.Text = time.UnixMilli(a.At).In(sh.zone).Format("2 Jan 2006, 15:04")
	}
	var err error
	if a.Actor != "" {
		if row.Who, err = names.Actor(ctx, a.Actor); err != nil {
			return row, err
		}
		if acts.KindOf(a.Actor) != acts.Person {
			row.Who = ui.Words(ctx)(row.Who)
		}
	}
	switch {
	case a.ContactID != "":
		who, err := names.Contact(ctx, a.ContactID)
		row.Whose, row.Href, row.Hidden = who.Name, who.Href, who.Name == ""
		return row, err
	case a.WhatIsGone() && !a.WhoIsGone():
		row.Erased = true
	case acts.OfColleague(a.Action) && a.Object != "" && a.Object != a.Actor:
		row.Whose, err = names.Colleague(ctx, a.Object)
	case !acts.OfColleague(a.Action) && !isID(a.Object):
		row.Record = a.Object
	}
	return row, err
}

// isID tells the id of a record, which says nothing to people; the export has it.
func isID(text string) bool { return len(text) == 36 && strings.Count(text, "-") == 4 }

// kindOf says what sort of actor it was, where the name does not.
func kindOf(a store.AuditRow) string {
	switch acts.KindOf(a.Actor) {
	case acts.Automatic:
		return "Automation"
	case acts.Provider:
		return "Provider"
	case acts.Key:
		return "Program with a key"
	case acts.Nobody:
		if !a.WhoIsGone() {
			return "Nobody who was signed in"
		}
	default: // a person, or the operator, has a name
	}
	return ""
}
