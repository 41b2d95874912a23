package deals

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"stead/app/access"
	"stead/app/custom"
	"stead/app/errs"
	"stead/app/web"
	"stead/store"
	view "stead/views/deals"
	"stead/views/ui"
)

// showMove asks for what a stage takes.
func (s *Service) showMove(w http.ResponseWriter, r *http.Request) error {
	return s.renderMove(w, r, http.StatusOK, r.URL.Query().Get("stage"), web.SafeNext(r.URL.Query().Get("next"), ""), nil, nil)
}

// move takes a deal to another stage: by a button, a menu, or dragged on a board,
// which is told by a toast what became of it. What the stage asks for is asked on
// a page of its own, and nothing that was typed is lost.
func (s *Service) move(w http.ResponseWriter, r *http.Request) error {
	ctx, actor, id, stage := r.Context(), web.Actor(r), r.PathValue("id"), r.PostFormValue("stage")
	next := web.SafeNext(r.PostFormValue("next"), "")
	version, _ := strconv.ParseInt(r.PostFormValue("version"), 10, 64)
	m := Moving{StageID: stage, Version: version, ReasonID: r.PostFormValue("reason"), Reason: r.PostFormValue("note")}
	in, err := s.filling(r, id, stage)
	if err != nil {
		return err
	}
	if in != nil && in.looks(r) {
		return s.renderMove(w, r, http.StatusOK, stage, next, in, nil)
	}
	if in != nil {
		m.Fill = &in.Draft
	}
	saved, err := s.Move(ctx, actor, id, m)
	asks := web.Partial(r) && r.PostFormValue("asked") == ""
	switch {
	case errs.KindOf(err) == errs.Invalid && asks:
		web.SeeOther(w, r, moveAt(id, stage, next))
		return nil
	case errs.KindOf(err) == errs.Invalid:
		return s.renderMove(w, r, http.StatusUnprocessableEntity, stage, next, in, inputs(err))
	case errs.KindOf(err) == errs.Conflict && asks:
		return web.Render(w, r, http.StatusConflict, page("Deal", ui.UndoToast(errs.Message(err), "")))
	case err != nil:
		return s.refused(w, r, err)
	case asks:
		return web.Render(w, r, http.StatusOK, page("Deal", ui.UndoToast(s.said(ctx, id), saved.Undo)))
	}
	return s.Say.Done(w, r, web.SafeNext(next, dealPath(id)), s.said(ctx, id), saved.Undo)
}

func moveAt(id, stage, next string) string {
	at := url.Values{"stage": {stage}}
	if next != "" {
		at.Set("next", next)
	}
	return dealPath(id) + "/move?" + at.Encode()
}

// said is what became of a deal that was moved.
func (s *Service) said(ctx context.Context, id string) string {
	d, err := s.Store.Deal(ctx, id)
	switch {
	case err == nil && d.Status == store.DealWon:
		return "The deal is won."
	case err == nil && d.Status == store.DealLost:
		return "The deal is lost."
	}
	return "The deal was moved."
}

// reopen takes a deal back to the open stage where it was last, or to the first.
func (s *Service) reopen(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	version, _ := strconv.ParseInt(r.PostFormValue("version"), 10, 64)
	saved, err := s.Reopen(r.Context(), web.Actor(r), id, version)
	if err != nil {
		return s.refused(w, r, err)
	}
	return s.Say.Done(w, r, dealPath(id), "The deal is open again.", saved.Undo)
}

// filling is the deal with what was filled in for its stage; nil: the form asked
// for nothing.
func (s *Service) filling(r *http.Request, id, stageID string) (*typed, error) {
	stage, err := s.Store.Stage(r.Context(), stageID)
	if err != nil || r.PostFormValue("asked") == "" || len(stage.Required) == 0 {
		return nil, nil //nolint:nilerr,nilnil // whoever moves it is told that there is no such stage
	}
	theirs, d, err := s.Form(r.Context(), web.Actor(r), id)
	if err != nil {
		return nil, err
	}
	got, err := s.typedFrom(r)
	if err != nil {
		return nil, err
	}
	in := typed{Draft: theirs, who: got.who, firm: got.firm}
	over := func(name, value string, into *string) {
		if r.PostForm.Has(name) {
			*into = value
		}
	}
	over("title", got.Title, &in.Title)
	over("amount", got.Amount, &in.Amount)
	over("currency", got.Currency, &in.Currency)
	over("closes", got.Closes, &in.Closes)
	over("contact", got.ContactID, &in.ContactID)
	over("company", got.CompanyID, &in.CompanyID)
	over("owner", got.OwnerID, &in.OwnerID)
	in.Fields = map[string]string{}
	for _, f := range d.Fields {
		if text, on := got.Fields[f.ID]; on {
			in.Fields[f.ID] = text
		}
	}
	return &in, nil
}

// renderMove shows what a stage asks for: in is what was filled in before.
func (s *Service) renderMove(w http.ResponseWriter, r *http.Request, status int, stageID, next string, in *typed, problems map[string]string) error {
	ctx, actor, id := r.Context(), web.Actor(r), r.PathValue("id")
	d, err := s.See(ctx, actor, id)
	if err != nil {
		return err
	}
	if _, err := mayDo(ctx, &s.Store.Reader, actor, access.DealsWrite, id); err != nil {
		return s.refused(w, r, err)
	}
	stage, known := d.Stages[stageID]
	if !known || stage.DeletedAt != 0 {
		return s.refused(w, r, &errs.Error{Kind: errs.Conflict, Code: CodeChanged, Message: "This stage has just been deleted. Choose another one."})
	}
	version := r.PostFormValue("version")
	if version == "" {
		version = strconv.FormatInt(d.Version, 10)
	}
	p := view.Move{
		Action: dealPath(id) + "/move", Back: web.SafeNext(next, dealPath(id)), Next: next, Title: titleOf(ctx, d.Deal, d.Veiled), Stage: stage.Name, StageID: stageID,
		Kind: stage.Kind, Version: version, AskWhy: stage.Kind != store.DealOpen, ReasonTrouble: problems["reason"],
		Note: ui.Input{Name: "note", Label: "In your words", Value: r.PostFormValue("note"), Problem: problems["note"], Rows: 3, Optional: true, Max: maxNote},
	}
	for _, reason := range d.Reasons {
		if reason.Kind == stage.Kind && reason.DeletedAt == 0 {
			p.Reasons = append(p.Reasons, view.Reason{ID: reason.ID, Name: reason.Name, On: reason.ID == r.PostFormValue("reason")})
		}
	}
	if len(p.Reasons) == 0 && p.ReasonTrouble != "" {
		p.Note.Problem = p.ReasonTrouble
	}
	if len(stage.Required) > 0 {
		if err := s.askFor(r, &p, d, stage, in, problems); err != nil {
			return err
		}
	}
	p.Problems = inOrder(problems, []string{"who", "firm", "title", "closes", "amount", "currency", "owner", "reason", "note"})
	return web.Render(w, r, status, page("Move deal", view.MovePage(p)))
}

// askFor adds the inputs for what a stage asks for and the deal has not, or had not
// before it was typed.
func (s *Service) askFor(r *http.Request, p *view.Move, d Sight, stage store.Stage, in *typed, problems map[string]string) error {
	there, err := s.hasAlready(r.Context(), d)
	if err != nil {
		return err
	}
	if in == nil {
		in = &typed{Draft: draftOf(d)}
	}
	field := func(name, label, value string) ui.Input {
		return ui.Input{Name: name, Label: label, Value: value, Problem: problems[name], Autocomplete: "off", Required: true}
	}
	for _, key := range stage.Required {
		if there(key) {
			continue
		}
		switch key {
		case "title":
			p.Fields = append(p.Fields, field("title", "Title", in.Title))
		case "closes":
			f := field("closes", "Expected close", in.Closes)
			f.Type = "date"
			p.Fields = append(p.Fields, f)
		case "amount":
			p.AskAmount, p.Amount, p.Currency = true, field("amount", "Amount", in.Amount), field("currency", "Currency", in.Currency)
			p.Amount.Mode = "decimal"
			for _, c := range s.Currencies {
				p.Currencies = append(p.Currencies, ui.Option{Value: c, Label: c})
			}
		case "person", "company":
			err = s.askWhom(r, p, key, in, problems)
		case "owner":
			p.Owner = field("owner", "Owner", in.OwnerID)
			p.Owners, err = s.ownersOffered(r)
		case "lines":
			p.Lines = p.Action[:strings.LastIndex(p.Action, "/")] + "/lines"
		default:
			p.Own = append(p.Own, s.ownField(d, key, in, problems)...)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// askWhom adds the choice of a person or of a company.
func (s *Service) askWhom(r *http.Request, p *view.Move, key string, in *typed, problems map[string]string) error {
	pick, query, chosen, name := s.persons, in.who, in.ContactID, "who"
	if key == "company" {
		pick, query, chosen, name = s.firms, in.firm, in.CompanyID, "firm"
	}
	picker, err := pick(r, query, chosen, problems[name])
	picker.Query.Optional = false
	p.Pickers = append(p.Pickers, picker)
	return err
}

func (s *Service) ownersOffered(r *http.Request) (out []ui.Option, err error) {
	owners, err := s.owners(r.Context(), web.Actor(r))
	for _, u := range owners {
		out = append(out, ui.Option{Value: u.ID, Label: u.Name})
	}
	return out, err
}

// ownField is the input of a field of the business's own.
func (s *Service) ownField(d Sight, key string, in *typed, problems map[string]string) []ui.Custom {
	id, _ := strings.CutPrefix(key, "f.")
	var out []ui.Custom
	for _, f := range d.Fields {
		if f.ID == id {
			for _, q := range custom.Questions([]store.Field{f}, in.Fields, problems) {
				out = append(out, ui.Custom(q))
			}
		}
	}
	return out
}

// hasAlready tells what the deal has, as it is stored.
func (s *Service) hasAlready(ctx context.Context, d Sight) (func(key string) bool, error) {
	rows, err := s.Store.DealLines(ctx, d.ID)
	if err != nil {
		return nil, err
	}
	now := record{Deal: d.Deal, values: map[string]*store.Value{}}
	for field, v := range d.Values {
		now.values[field] = &v
	}
	return func(key string) bool { return has(now, key, len(rows)) }, nil
}
