package leads

import (
	"cmp"
	"context"
	"html"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"stead/app/access"
	"stead/app/web"
	"stead/store"
	view "stead/views/leads"
	"stead/views/ui"
)

// shown is what the page of a source shows beside it.
type shown struct {
	problems map[string]string
	saved    []ui.Change
	secret   string
	sample   string
	trial    *Trial
}

func htmlText(s string) string { return html.EscapeString(s) }

func on(b bool) string {
	if b {
		return "on"
	}
	return ""
}

// DraftOf is a source as its editor shows it.
func DraftOf(src store.LeadSource) Draft {
	d := Draft{
		Name: src.Name, Enabled: src.Enabled, Line: src.Line, StageID: src.StageID, Assign: src.Assign, Members: src.Members, Tags: strings.Join(src.Tags, ", "),
		TaskTitle: src.TaskTitle, TaskHours: strconv.FormatInt(src.TaskHours, 10), Intro: src.Intro, Button: src.Button, Thanks: src.Thanks, PolicyURL: src.PolicyURL,
		Origins: strings.Join(src.Origins, " "), Posts: src.Posts, OptIn: src.OptIn, OncePath: src.OncePath,
	}
	for i, f := range src.Fields {
		d.Fields = append(d.Fields, FieldDraft{
			ID: f.ID, Label: f.Label, Hint: f.Hint, Kind: f.Kind, Choices: strings.Join(f.Choices, "\n"), Required: f.Required, Path: f.Path, Target: f.Target,
			Channel: f.Channel, Place: strconv.Itoa(i + 1),
		})
	}
	return d
}

func (s *Service) renderSource(w http.ResponseWriter, r *http.Request, status int, src store.LeadSource, in Draft, more shown) error {
	ctx, actor := r.Context(), web.Actor(r)
	f, err := s.facts(ctx)
	if err != nil {
		return err
	}
	p := sourceForm(src, in, f, more.problems)
	p.Edits, p.Saved, p.Secret = actor.Has(access.SettingsWrite), more.saved, more.secret
	if p.Lines, err = s.lineOptions(ctx); err != nil {
		return err
	}
	p.Sample.Value = more.sample
	if err := s.outside(ctx, &p, src); err != nil {
		return err
	}
	if more.trial != nil {
		p.Trial = trialShown(*more.trial)
	}
	targetsOf, err := s.targetOptions(r)
	if err != nil {
		return err
	}
	p.Blank = len(in.Fields)
	for p.Blank > 0 && in.Fields[p.Blank-1].none(src.Kind) {
		p.Blank--
	}
	blank := FieldDraft{Kind: "line", Place: strconv.Itoa(len(in.Fields) + 1)}
	for i, q := range append(slices.Clone(in.Fields[:p.Blank]), blank, blank, blank) {
		p.Fields = append(p.Fields, fieldForm(q, i, targetsOf))
	}
	return web.Render(w, r, status, web.View{Title: src.Name, Nav: "settings", Body: view.SourcePage(p)})
}

// outside is what others need to reach a source.
func (s *Service) outside(ctx context.Context, p *view.Source, src store.LeadSource) error {
	p.Address = addressOfSource(strings.TrimRight(s.URL, "/"), src)
	switch src.Kind {
	case store.LeadForm:
		if len(src.Origins) > 0 {
			p.Frame = frameOf(src, p.Address)
		}
		if src.Posts {
			p.Plain = plainForm(src, p.Address, cmp.Or(src.Button, ui.Words(ctx)("Send")))
		}
		p.NoMail = src.OptIn && !s.MailReady(ctx)
	case store.LeadWebhook:
		known, err := s.Store.CredentialStates(ctx, provider(src.ID))
		p.HasSecret = len(known) > 0
		return err
	}
	return nil
}

// targetOptions are the places where an answer can go.
func (s *Service) targetOptions(r *http.Request) ([]ui.Option, error) {
	t := ui.Words(r.Context())
	out := []ui.Option{{Value: "", Label: targetNames[""]}}
	for _, name := range targets {
		out = append(out, ui.Option{Value: name, Label: targetNames[name]})
	}
	for _, of := range []struct{ record, prefix, label string }{{"contact", ofContact, "Contact"}, {"deal", ofDeal, "Deal"}} {
		fields, err := s.Store.Fields(r.Context(), of.record)
		if err != nil {
			return nil, err
		}
		for _, f := range fields {
			out = append(out, ui.Option{Value: of.prefix + f.ID, Label: t(of.label) + " · " + f.Name})
		}
	}
	return out, nil
}

func fieldForm(q FieldDraft, i int, targets []ui.Option) view.Field {
	n := "-" + strconv.Itoa(i)
	out := view.Field{
		ID:       q.ID,
		Label:    ui.Input{Name: "label" + n, Label: "Words", Value: q.Label, Rows: 1, Max: maxWords},
		Hint:     ui.Input{Name: "hint" + n, Label: "Hint below", Value: q.Hint, Max: maxLabel, Optional: true, Autocomplete: "off"},
		Kind:     ui.Input{Name: "kind" + n, Label: "What it is", Value: q.Kind},
		Choices:  ui.Input{Name: "choices" + n, Label: "Choices, one a line", Value: q.Choices, Rows: 3},
		Required: ui.Input{Name: "required" + n, Label: "Has to be answered", Value: on(q.Required)},
		Path:     ui.Input{Name: "path" + n, Label: "Path in the JSON", Value: q.Path, Placeholder: "person.email", Max: maxKey, Autocomplete: "off"},
		Target:   ui.Input{Name: "target" + n, Label: "The answer goes to", Value: q.Target},
		Channel:  ui.Input{Name: "channel" + n, Label: "What the consent is for", Value: q.Channel},
		Place:    ui.Input{Name: "place" + n, Label: "Place in the order", Value: q.Place, Mode: "numeric", Max: 4, Autocomplete: "off"},
		Targets:  targets, Channels: channels,
	}
	for _, kind := range Kinds() {
		out.Kinds = append(out.Kinds, ui.Option{Value: kind, Label: kindNames[kind]})
	}
	return out
}

// sourceForm is the only place that knows both a source and its form.
func sourceForm(src store.LeadSource, in Draft, f facts, problems map[string]string) view.Source {
	field := func(name, label, value, hint string) ui.Input {
		return ui.Input{Name: name, Label: label, Value: value, Hint: hint, Problem: problems[name], Autocomplete: "off"}
	}
	p := view.Source{
		ID: src.ID, Kind: src.Kind, Title: src.Name, Version: strconv.FormatInt(src.Version, 10), Stages: stageOptions(f), Assigns: assigns,
		On:      field("on", "On", on(in.Enabled), ""),
		Name:    field("name", "Name", in.Name, "People see it: it heads the page of a form, and is what a deal is called."),
		Stage:   field("stage", "Deals begin in", in.StageID, ""),
		Line:    field("line", "Calls to", in.Line, ""),
		Assign:  field("assign", "How they are shared", in.Assign, ""),
		Tags:    field("tags", "Tags", in.Tags, "With commas between them."),
		Task:    field("task", "First task", in.TaskTitle, "The next step of the deal. Empty: none."),
		Hours:   field("hours", "Due after so many hours", in.TaskHours, ""),
		Intro:   field("intro", "Words above the form", in.Intro, ""),
		Button:  field("button", "Word on the button", in.Button, "Empty: Send."),
		Thanks:  field("thanks", "Words afterwards", in.Thanks, "What somebody reads who has sent it."),
		Policy:  field("policy", "Address of your privacy notice", in.PolicyURL, "It is linked below the form, and has to be there before the form is switched on."),
		Origins: field("origins", "Pages that may show it in a frame", in.Origins, "Like https://www.example.com, with spaces between them. Empty: none."),
		Posts:   field("posts", "A form of another page may post to it", on(in.Posts), "Then nobody can tell how quickly it was filled in, and more of it comes from programs."),
		OptIn:   field("optin", "They confirm by mail first", on(in.OptIn), "A mail with a link goes to whoever wrote. Until they confirm, within seven days, there is no deal."),
		Once:    field("once", "Path of the sender's own id", in.OncePath, "So that the same lead is one. Empty: the header, or the whole body."),
		Sample:  field("sample", "A message", "", "Paste one, or leave it empty to try the last one that came in."),

		MembersProblem: problems["members"], FieldsProblem: problems["fields"],
	}
	p.Sample.Rows = 6
	for _, name := range slices.Sorted(maps.Keys(problems)) {
		p.Problems = append(p.Problems, ui.Problem{Field: name, Text: problems[name]})
	}
	for _, u := range f.holders {
		p.Members = append(p.Members, view.Member{ID: u.ID, Name: u.Name, In: slices.Contains(in.Members, u.ID)})
	}
	return p
}

func trialShown(t Trial) *view.Trial {
	out := &view.Trial{Note: t.Made.Note, Known: t.Known.Name}
	if t.Known.ID != "" && out.Known == "" {
		out.Known = "—"
	}
	for _, key := range slices.Sorted(maps.Keys(t.Problems)) {
		out.Problems = append(out.Problems, [2]string{key, t.Problems[key]})
	}
	add := func(what, value string) {
		if value != "" {
			out.Rows = append(out.Rows, [2]string{what, value})
		}
	}
	add("Name", t.Made.Person.Name)
	for _, p := range t.Made.Person.Emails {
		add("Email", p.Typed)
	}
	for _, p := range t.Made.Person.Phones {
		add("Phone", p.Typed)
	}
	for _, j := range t.Made.Person.Companies {
		add("Company", j.Company)
	}
	add("Title of the deal", t.Made.Deal.Title)
	add("Amount of the deal", t.Made.Deal.Amount)
	add("Tags", strings.Join(t.Made.Deal.Tags, ", "))
	return out
}
