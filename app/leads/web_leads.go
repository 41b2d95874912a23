package leads

import (
	"cmp"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/web"
	"stead/store"
	view "stead/views/leads"
	"stead/views/ui"
)

// Routes registers the pages of the capability.
func (s *Service) Routes(rt *web.Router) {
	read, mend := web.Policy{Needs: access.LeadsRead}, web.Policy{Needs: access.LeadsWrite}
	rt.Handle("GET /leads", read, s.showLeads)
	rt.Handle("GET /leads/{id}", read, s.showLead)
	rt.Handle("POST /leads/{id}", mend, s.mend)
	rt.Handle("POST /leads/{id}/discard", mend, s.discard)
	look, set := web.Policy{Needs: access.SettingsRead}, web.Policy{Needs: access.SettingsWrite}
	rt.Handle("GET /settings/leads", look, s.showSources)
	rt.Handle("GET /settings/leads/new", set, s.showNew)
	rt.Handle("POST /settings/leads", set, s.create)
	rt.Handle("GET /settings/leads/{id}", look, s.showSource)
	rt.Handle("POST /settings/leads/{id}", set, s.save)
	rt.Handle("POST /settings/leads/{id}/secret", set, s.secret)
	rt.Handle("POST /settings/leads/{id}/test", set, s.test)
	rt.Handle("POST /settings/leads/{id}/deletion", set, s.remove)
}

var states = []string{store.LeadFailed, store.LeadWaiting, store.LeadDone, store.LeadDiscarded}

func (s *Service) showLeads(w http.ResponseWriter, r *http.Request) error {
	ctx, actor, t := r.Context(), web.Actor(r), ui.Words(r.Context())
	state := r.URL.Query().Get("state")
	if !slices.Contains(states, state) {
		state = ""
	}
	rows, next, err := s.List(ctx, actor, state, r.URL.Query().Get("after"))
	if err != nil {
		return err
	}
	counts, err := s.Store.LeadCounts(ctx)
	if err != nil {
		return err
	}
	in := map[string]int64{}
	for _, c := range counts {
		in[c.State] += c.N
	}
	p := view.List{Here: "/leads", States: []ui.Option{{Value: "/leads", Label: t("All")}}, Setup: actor.Has(access.SettingsRead)}
	for _, name := range states {
		label := t(stateWords[name][0])
		if in[name] > 0 {
			label += " (" + strconv.FormatInt(in[name], 10) + ")"
		}
		p.States = append(p.States, ui.Option{Value: "/leads?state=" + name, Label: label})
	}
	if state != "" {
		p.Here += "?state=" + state
	}
	if next != "" {
		p.Next = "/leads?" + url.Values{"state": {state}, "after": {next}}.Encode()
	}
	if p.Rows, err = s.rows(r, actor, rows); err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, web.View{Title: "Leads", Nav: "deals", Body: view.ListPage(p)})
}

func (s *Service) rows(r *http.Request, actor access.Actor, leads []store.LeadRow) ([]view.Row, error) {
	ctx := r.Context()
	all, err := s.Store.LeadSources(ctx)
	if err != nil {
		return nil, err
	}
	b, err := s.Store.Business(ctx)
	if err != nil {
		return nil, err
	}
	clock, t := ui.NewClock(s.Now(), b.Location()), ui.Words(ctx)
	out := make([]view.Row, 0, len(leads))
	for _, l := range leads {
		words := stateWords[l.State]
		row := view.Row{ID: l.ID, State: words[0], Kind: words[1], At: clock.When(ctx, l.ReceivedAt), Source: t("A form or webhook that is gone")}
		if l.State != store.LeadDone {
			row.Why = brief(reasonWords[l.Reason])
		}
		if i := slices.IndexFunc(all, func(src store.LeadSource) bool { return src.ID == l.SourceID }); i >= 0 {
			row.Source = all[i].Name
			if access.Sees(actor, "") {
				row.Who = whoOf(all[i], readAnswers(l.Answers))
			}
		}
		out = append(out, row)
	}
	return out, nil
}

// brief is the first sentence.
func brief(text string) string {
	if i := strings.Index(text, ". "); i >= 0 {
		return text[:i+1]
	}
	return text
}

// whoOf is what somebody is known by in a list: the name, or else the address or
// the number.
func whoOf(src store.LeadSource, answers []Answer) string {
	for _, target := range []string{ToName, ToEmail, ToPhone} {
		var parts []string
		for _, f := range src.Fields {
			if a, ok := find(answers, keyOf(src, f)); ok && f.Target == target {
				parts = append(parts, a.Value)
			}
		}
		if len(parts) > 0 {
			return short(strings.Join(parts, " "))
		}
	}
	return ""
}

func short(text string) string {
	if line := []rune(strings.Join(strings.Fields(text), " ")); len(line) > 120 {
		return string(line[:119]) + "…"
	}
	return strings.Join(strings.Fields(text), " ")
}

func (s *Service) showLead(w http.ResponseWriter, r *http.Request) error {
	l, src, err := s.Lead(r.Context(), web.Actor(r), r.PathValue("id"))
	if err != nil {
		return err
	}
	return s.renderLead(w, r, http.StatusOK, l, src, nil, false)
}

// renderLead shows a lead, with what was typed over its answers.
func (s *Service) renderLead(w http.ResponseWriter, r *http.Request, status int, l store.LeadRow, src store.LeadSource, typed map[string]string, conflict bool) error {
	ctx, actor := r.Context(), web.Actor(r)
	b, err := s.Store.Business(ctx)
	if err != nil {
		return err
	}
	words, t := stateWords[l.State], ui.Words(ctx)
	p := view.Lead{
		ID: l.ID, Version: strconv.FormatInt(l.Version, 10), Source: src.Name, State: words[0], Kind: words[1],
		At: ui.NewClock(s.Now(), b.Location()).When(ctx, l.ReceivedAt), Veiled: !access.Sees(actor, ""), Changed: conflict,
	}
	if p.Who = "Lead"; !p.Veiled {
		p.Who = cmp.Or(whoOf(src, readAnswers(l.Answers)), p.Who)
	}
	if src.Name == "" {
		p.Source = t("A form or webhook that is gone")
	}
	if l.State != store.LeadDone {
		p.Why = reasonWords[l.Reason]
	}
	may := actor.Has(access.LeadsWrite)
	p.Mends = may && open(l) && src.DeletedAt == 0
	p.Discards = may && (l.State == store.LeadFailed || l.State == store.LeadWaiting)
	if l.DealID != "" {
		p.Deal = "/deals/" + l.DealID
	}
	if l.ContactID != "" {
		p.Contact = "/contacts/" + l.ContactID
	}
	if !p.Veiled {
		if err := s.replies(r, &p, l, src, typed); err != nil {
			return err
		}
	}
	return web.Render(w, r, status, web.View{Title: "Lead", Nav: "deals", Body: view.LeadPage(p)})
}

// replies are the answers of a lead and, where it may be mended, the questions that
// have none.
func (s *Service) replies(r *http.Request, p *view.Lead, l store.LeadRow, src store.LeadSource, typed map[string]string) error {
	problems := map[string]string{}
	if p.Mends {
		var err error
		if problems, err = s.Problems(r.Context(), l, src); err != nil {
			return err
		}
	}
	asked := map[string]bool{}
	add := func(key, label, value string, long, fixed bool) {
		asked[key] = true
		if v, ok := typed[key]; ok {
			value = v
		}
		reply := view.Reply{Label: label, Value: value, Name: "a-" + key, Problem: problems[key], Long: long || len(value) > 80, Fixed: fixed}
		if reply.Problem != "" {
			p.Problems = append(p.Problems, ui.Problem{Field: reply.Name, Text: reply.Problem})
		}
		p.Answers = append(p.Answers, reply)
	}
	answers := readAnswers(l.Answers)
	for _, f := range src.Fields {
		key := keyOf(src, f)
		a, there := find(answers, key)
		if !asked[key] && (there || p.Mends && f.Kind != "consent") {
			add(key, labelOf(f, a), a.Value, f.Kind == "text", f.Kind == "consent")
		}
	}
	for _, a := range answers {
		if !asked[a.Key] {
			add(a.Key, labelOf(store.LeadField{Path: a.Key}, a), a.Value, false, a.Wording != "")
		}
	}
	for _, key := range slices.Sorted(maps.Keys(problems)) {
		if !asked[key] {
			p.Problems = append(p.Problems, ui.Problem{Text: problems[key]})
		}
	}
	return nil
}

func labelOf(f store.LeadField, a Answer) string {
	switch {
	case a.Label != "":
		return a.Label
	case f.Label != "":
		return f.Label
	}
	return f.Path
}

func (s *Service) mend(w http.ResponseWriter, r *http.Request) error {
	id, typed := r.PathValue("id"), map[string]string{}
	for name := range r.PostForm {
		if key, ok := strings.CutPrefix(name, "a-"); ok {
			typed[key] = r.PostForm.Get(name)
		}
	}
	l, err := s.Mend(r.Context(), web.Actor(r), id, versionOf(r), maps.Clone(typed))
	switch {
	case errs.CodeOf(err) == CodeChanged:
		return s.again(w, r, id, typed)
	case err != nil:
		return err
	}
	if l.State == store.LeadFailed {
		_, src, err := s.Lead(r.Context(), web.Actor(r), id)
		if err != nil {
			return err
		}
		return s.renderLead(w, r, http.StatusUnprocessableEntity, l, src, nil, false)
	}
	s.Say.Once(r.Context(), afterMending[l.State], "")
	web.SeeOther(w, r, "/leads/"+id)
	return nil
}

var afterMending = map[string]string{
	store.LeadDone: "A deal was made of it.", store.LeadWaiting: "They are asked by mail to confirm it.", store.LeadDiscarded: "Nothing was made of it.", store.LeadReceived: "It is dealt with soon.",
}

// again shows a lead of which something else became meanwhile.
func (s *Service) again(w http.ResponseWriter, r *http.Request, id string, typed map[string]string) error {
	l, src, err := s.Lead(r.Context(), web.Actor(r), id)
	if err != nil {
		return err
	}
	return s.renderLead(w, r, http.StatusConflict, l, src, typed, true)
}

func (s *Service) discard(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	err := s.Discard(r.Context(), web.Actor(r), id, versionOf(r))
	switch {
	case errs.CodeOf(err) == CodeChanged:
		return s.again(w, r, id, nil)
	case err != nil:
		return err
	}
	s.Say.Once(r.Context(), "The lead was discarded. It can be tried again for 90 days.", "")
	web.SeeOther(w, r, "/leads")
	return nil
}

func versionOf(r *http.Request) int64 {
	version, _ := strconv.ParseInt(r.PostFormValue("version"), 10, 64) // none is never the current one
	return version
}
