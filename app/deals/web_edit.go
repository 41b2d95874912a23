package deals

import (
	"net/http"
	"strconv"
	"strings"

	"stead/app/custom"
	"stead/app/errs"
	"stead/app/web"
	"stead/views/ui"
)

func (s *Service) showEdit(w http.ResponseWriter, r *http.Request) error {
	in, d, err := s.Form(r.Context(), web.Actor(r), r.PathValue("id"))
	if err != nil {
		return err
	}
	return s.renderForm(w, r, http.StatusOK, asked{id: d.ID, version: d.Version, in: typed{Draft: in}, fixed: fixedOf(d)})
}

// fixedOf is the amount that lines come to; empty: it is typed.
func fixedOf(d Sight) string {
	if !d.HasLines {
		return ""
	}
	return custom.Money(d.Amount, d.Currency, custom.For(d.Country))
}

// save saves, or shows what somebody else saved meanwhile: 409 with both.
func (s *Service) save(w http.ResponseWriter, r *http.Request) error {
	id, actor := r.PathValue("id"), web.Actor(r)
	in, err := s.typedFrom(r)
	if err != nil {
		return err
	}
	version, _ := strconv.ParseInt(r.PostFormValue("version"), 10, 64) // none is never the current one
	theirs, d, err := s.Form(r.Context(), actor, id)
	if err != nil {
		return err
	}
	in.PipelineID, in.StageID, in.Source, in.ConversationID = d.PipelineID, d.StageID, d.Source, d.ConversationID
	form := asked{id: id, version: version, in: in, fixed: fixedOf(d)}
	if in.looks(r) {
		return s.renderForm(w, r, http.StatusOK, form)
	}
	saved, err := s.Edit(r.Context(), actor, id, version, in.Draft)
	switch {
	case err == nil:
		return s.Say.Done(w, r, dealPath(id), "The deal was saved.", saved.Undo)
	case errs.KindOf(err) == errs.Invalid:
		form.problems = inputs(err)
		return s.renderForm(w, r, http.StatusUnprocessableEntity, form)
	case errs.CodeOf(err) != CodeChanged:
		return err
	}
	both, err := s.changes(r, theirs, in.Draft, d)
	if err != nil {
		return err
	}
	if len(both) == 0 { // they saved the same
		return s.Say.Done(w, r, dealPath(id), "", "")
	}
	form.version, form.saved = d.Version, both
	return s.renderForm(w, r, http.StatusConflict, form)
}

// changes are the fields in which two versions differ.
func (s *Service) changes(r *http.Request, theirs, yours Draft, d Sight) ([]ui.Change, error) {
	ctx, actor := r.Context(), web.Actor(r)
	var out []ui.Change
	add := func(label, a, b string) {
		if a != b {
			out = append(out, ui.Change{Label: label, Theirs: a, Yours: b})
		}
	}
	add("Title", theirs.Title, strings.TrimSpace(yours.Title))
	if !d.HasLines {
		add("Amount", theirs.Amount, strings.TrimSpace(yours.Amount))
		add("Currency", theirs.Currency, yours.Currency)
	}
	add("Expected close", theirs.Closes, strings.TrimSpace(yours.Closes))
	add("Probability", theirs.Probability, strings.TrimSpace(yours.Probability))
	add("Tags", strings.Join(theirs.Tags, ", "), strings.Join(yours.Tags, ", "))
	for _, f := range d.Fields {
		if text, on := yours.Fields[f.ID]; on {
			add(f.Name, theirs.Fields[f.ID], text)
		}
	}
	for _, of := range []struct {
		label, a, b string
		find        func(id string) (*Ref, error)
	}{
		{"Person", theirs.ContactID, yours.ContactID, func(id string) (*Ref, error) { return personRef(ctx, &s.Store.Reader, actor, id) }},
		{"Company", theirs.CompanyID, yours.CompanyID, func(id string) (*Ref, error) { return companyRef(ctx, &s.Store.Reader, actor, id) }},
	} {
		if of.a == of.b {
			continue
		}
		a, err := of.find(of.a)
		if err != nil {
			return nil, err
		}
		b, err := of.find(of.b)
		if err != nil {
			return nil, err
		}
		out = append(out, ui.Change{Label: of.label, Theirs: a.name(), Yours: b.name()})
	}
	return out, nil
}

func (ref *Ref) name() string {
	if ref == nil {
		return ""
	}
	return ref.Name
}
