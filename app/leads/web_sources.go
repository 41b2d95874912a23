package leads

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/web"
	"stead/store"
	view "stead/views/leads"
	"stead/views/ui"
)

const at = "/settings/leads"

var kindsShown = []view.Kind{
	{Key: store.LeadForm, Title: "Forms", New: "New form", Text: "A page that anybody may fill in, alone or as a part of a page of yours."},
	{Key: store.LeadWebhook, Title: "Webhooks", New: "New webhook", Text: "Another system sends what it gathers, signed, as JSON."},
	{Key: store.LeadCall, Title: "Missed calls", New: "New rule", Text: "Somebody who calls, reaches nobody and has no open deal gets one, whose next step is to call back."},
}

func (s *Service) showSources(w http.ResponseWriter, r *http.Request) error {
	ctx, actor := r.Context(), web.Actor(r)
	all, err := s.Sources(ctx, actor)
	if err != nil {
		return err
	}
	f, err := s.facts(ctx)
	if err != nil {
		return err
	}
	counts, err := s.Store.LeadCounts(ctx)
	if err != nil {
		return err
	}
	came := map[string]int64{}
	for _, c := range counts {
		came[c.SourceID] += c.N
	}
	p := view.Sources{Edits: actor.Has(access.SettingsWrite)}
	for _, k := range kindsShown {
		for _, src := range all {
			if src.Kind != k.Key {
				continue
			}
			said := stageName(f, src)
			if src.Kind != store.LeadCall {
				said += " · " + ui.Say(ctx, "%s came in the last 90 days", strconv.FormatInt(came[src.ID], 10))
			} else if src.Line != "" {
				said += " · " + src.Line
			}
			k.Rows = append(k.Rows, view.SourceRow{ID: src.ID, Name: src.Name, Said: said, On: src.Enabled})
		}
		p.Kinds = append(p.Kinds, k)
	}
	return web.Render(w, r, http.StatusOK, web.View{Title: "Leads", Nav: "settings", Body: view.SourcesPage(p)})
}

func stageName(f facts, src store.LeadSource) string {
	for _, o := range stageOptions(f) {
		if o.Value == src.StageID {
			return o.Label
		}
	}
	return "—"
}

// stageOptions are the stages in which a deal can begin.
func stageOptions(f facts) []ui.Option {
	var out []ui.Option
	for _, p := range f.pipelines {
		for _, st := range p.Stages {
			if st.Kind == store.DealOpen && st.DeletedAt == 0 {
				out = append(out, ui.Option{Value: st.ID, Label: p.Name + " · " + st.Name})
			}
		}
	}
	return out
}

func (s *Service) lineOptions(ctx context.Context) ([]ui.Option, error) {
	lines, err := s.Lines(ctx)
	out := []ui.Option{{Value: "", Label: "Every number"}}
	for _, l := range lines {
		out = append(out, ui.Option{Value: l.Number, Label: l.Number})
	}
	return out, err
}

func (s *Service) showNew(w http.ResponseWriter, r *http.Request) error {
	return s.renderNew(w, r, http.StatusOK, r.URL.Query().Get("kind"), Draft{}, nil)
}

func (s *Service) renderNew(w http.ResponseWriter, r *http.Request, status int, kind string, in Draft, problems map[string]string) error {
	f, err := s.facts(r.Context())
	if err != nil {
		return err
	}
	lines, err := s.lineOptions(r.Context())
	if err != nil {
		return err
	}
	p := view.New{Kind: kind, Title: kindsShown[0].New, Text: kindsShown[0].Text, Stages: stageOptions(f), Lines: lines}
	if _, ok := firstFields[kind]; !ok {
		p.Kind = store.LeadForm
	}
	for _, k := range kindsShown {
		if k.Key == p.Kind {
			p.Title, p.Text = k.New, k.Text
		}
	}
	p.Name = ui.Input{Name: "name", Label: "Name", Value: in.Name, Hint: "People see it: it heads the page of a form, and is what a deal is called.", Problem: problems["name"], Max: 60, Autocomplete: "off"}
	p.Stage = ui.Input{Name: "stage", Label: "Deals begin in", Value: in.StageID, Problem: problems["stage"]}
	p.Line = ui.Input{Name: "line", Label: "Calls to", Value: in.Line, Problem: problems["line"]}
	for _, in := range []ui.Input{p.Name, p.Stage, p.Line} {
		if in.Problem != "" {
			p.Problems = append(p.Problems, ui.Problem{Field: in.Name, Text: in.Problem})
		}
	}
	return web.Render(w, r, status, web.View{Title: p.Title, Nav: "settings", Body: view.NewPage(p)})
}

func (s *Service) create(w http.ResponseWriter, r *http.Request) error {
	in := Draft{Name: r.PostFormValue("name"), StageID: r.PostFormValue("stage"), Line: r.PostFormValue("line")}
	id, undoID, err := s.Create(r.Context(), web.Actor(r), r.PostFormValue("kind"), in, web.FormKey(r))
	switch {
	case errs.KindOf(err) == errs.Invalid:
		return s.renderNew(w, r, http.StatusUnprocessableEntity, r.PostFormValue("kind"), in, errs.Fields(err))
	case err != nil:
		return err
	}
	return s.Say.Done(w, r, at+"/"+id, "It is there, and switched off. Look it over, then switch it on.", undoID)
}

func (s *Service) showSource(w http.ResponseWriter, r *http.Request) error {
	src, err := s.Source(r.Context(), web.Actor(r), r.PathValue("id"))
	if err != nil {
		return err
	}
	return s.renderSource(w, r, http.StatusOK, src, DraftOf(src), shown{})
}

// save saves, or shows what somebody else saved meanwhile: 409 with both.
func (s *Service) save(w http.ResponseWriter, r *http.Request) error {
	id, in, actor := r.PathValue("id"), draftFrom(r), web.Actor(r)
	undoID, err := s.Change(r.Context(), actor, id, versionOf(r), in)
	if err == nil {
		return s.Say.Done(w, r, at+"/"+id, "It was saved.", undoID)
	}
	invalid := errs.KindOf(err) == errs.Invalid
	if !invalid && errs.CodeOf(err) != CodeChanged {
		return err
	}
	src, findErr := s.Source(r.Context(), actor, id)
	if findErr != nil {
		return findErr
	}
	if invalid {
		src.Version = versionOf(r)
		return s.renderSource(w, r, http.StatusUnprocessableEntity, src, in, shown{problems: errs.Fields(err)})
	}
	return s.renderSource(w, r, http.StatusConflict, src, in, shown{saved: differences(DraftOf(src), in)})
}

func differences(theirs, mine Draft) []ui.Change {
	return ui.Changes([][3]string{
		{"Name", theirs.Name, mine.Name},
		{"Tags", theirs.Tags, mine.Tags},
		{"First task", theirs.TaskTitle, mine.TaskTitle},
		{"Words above the form", theirs.Intro, mine.Intro},
		{"Words afterwards", theirs.Thanks, mine.Thanks},
		{"Privacy notice", theirs.PolicyURL, mine.PolicyURL},
		{"Pages that show it", theirs.Origins, mine.Origins},
	}...)
}

func (s *Service) secret(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	secret, err := s.Secret(r.Context(), web.Actor(r), id)
	if err != nil {
		return err
	}
	src, err := s.Source(r.Context(), web.Actor(r), id)
	if err != nil {
		return err
	}
	return s.renderSource(w, r, http.StatusOK, src, DraftOf(src), shown{secret: secret}) // in this answer alone
}

func (s *Service) test(w http.ResponseWriter, r *http.Request) error {
	id, sample := r.PathValue("id"), r.PostFormValue("sample")
	src, err := s.Source(r.Context(), web.Actor(r), id)
	if err != nil {
		return err
	}
	trial, err := s.Try(r.Context(), web.Actor(r), id, sample)
	if errs.KindOf(err) == errs.Invalid {
		return s.renderSource(w, r, http.StatusUnprocessableEntity, src, DraftOf(src), shown{sample: sample, problems: errs.Fields(err)})
	}
	if err != nil {
		return err
	}
	return s.renderSource(w, r, http.StatusOK, src, DraftOf(src), shown{sample: sample, trial: &trial})
}

func (s *Service) remove(w http.ResponseWriter, r *http.Request) error {
	undoID, err := s.Delete(r.Context(), web.Actor(r), r.PathValue("id"), versionOf(r))
	if err != nil {
		return err
	}
	return s.Say.Done(w, r, at, "It was deleted.", undoID)
}

func draftFrom(r *http.Request) Draft {
	get := r.PostFormValue
	d := Draft{
		Name: get("name"), Enabled: get("on") == "on", Line: get("line"), StageID: get("stage"), Assign: get("assign"), Members: r.PostForm["member"],
		Tags: get("tags"), TaskTitle: get("task"), TaskHours: get("hours"), Intro: get("intro"), Button: get("button"), Thanks: get("thanks"),
		PolicyURL: get("policy"), Origins: get("origins"), Posts: get("posts") == "on", OptIn: get("optin") == "on", OncePath: get("once"),
	}
	n, _ := strconv.Atoi(get("fields"))
	for i := range min(max(n, 0), 2*maxFields) {
		in := func(name string) string { return r.PostForm.Get(name + "-" + strconv.Itoa(i)) }
		d.Fields = append(d.Fields, FieldDraft{
			ID: in("id"), Label: in("label"), Hint: in("hint"), Kind: in("kind"), Choices: in("choices"), Required: in("required") == "on",
			Path: in("path"), Target: in("target"), Channel: in("channel"), Place: in("place"),
		})
	}
	return d
}

// plainForm is a form to paste into a foreign page.
func plainForm(src store.LeadSource, address, button string) string {
	out := `<form method="post" action="` + address + "\">\n"
	for _, f := range src.Fields {
		name, need := askName+f.ID, ""
		if f.Required {
			need = " required"
		}
		label := htmlText(f.Label)
		switch f.Kind {
		case "consent":
			out += `  <label><input type="checkbox" name="` + name + `" value="` + f.WordingID + `"> ` + label + "</label>\n"
		case "text":
			out += "  <label>" + label + ` <textarea name="` + name + `"` + need + "></textarea></label>\n"
		case "choice":
			out += "  <label>" + label + ` <select name="` + name + `"` + need + "><option></option>"
			for _, c := range f.Choices {
				out += "<option>" + htmlText(c) + "</option>"
			}
			out += "</select></label>\n"
		default:
			kind := map[string]string{"email": "email", "phone": "tel"}[f.Kind]
			if kind == "" {
				kind = "text"
			}
			out += "  <label>" + label + ` <input type="` + kind + `" name="` + name + `"` + need + "></label>\n"
		}
	}
	out += `  <p hidden><label>Leave this empty <input name="` + trapName + "\" tabindex=\"-1\" autocomplete=\"off\"></label></p>\n"
	out += "  <button>" + htmlText(button) + "</button>\n"
	if src.PolicyURL != "" {
		out += `  <a href="` + htmlText(src.PolicyURL) + "\">Privacy notice</a>\n"
	}
	return out + "</form>"
}

func frameOf(src store.LeadSource, address string) string {
	return `<iframe src="` + address + `" title="` + htmlText(src.Name) + `" width="100%" height="` + strconv.Itoa(420+90*len(src.Fields)) + `" loading="lazy"></iframe>`
}

func addressOfSource(base string, src store.LeadSource) string {
	switch src.Kind {
	case store.LeadForm:
		return base + "/f/" + url.PathEscape(src.Token)
	case store.LeadWebhook:
		return base + "/in/" + url.PathEscape(src.Token)
	}
	return ""
}
