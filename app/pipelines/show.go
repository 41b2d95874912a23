package pipelines

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"stead/app/access"
	"stead/app/naming"
	"stead/store"
	view "stead/views/pipelines"
	"stead/views/ui"
)

var kindWords = map[string]string{store.DealOpen: "Open", store.DealWon: "Won", store.DealLost: "Lost"}

// needs begins the names of the boxes that say what a stage asks for.
const needs = "need-"

var needWords = map[string]string{
	"title": "A title", "amount": "An amount", "closes": "The day on which it is expected to close", "person": "A person", "company": "A company",
	"owner": "Somebody who looks after it", "lines": "Lines of what is sold or bought",
}

func (s *Service) page(ctx context.Context, actor access.Actor) (view.Page, error) {
	all, err := s.All(ctx, actor)
	if err != nil {
		return view.Page{}, err
	}
	page := view.Page{
		Edits: actor.Has(access.SettingsWrite),
		Won:   view.Reasons{Kind: store.DealWon, Title: "Why deals are won"},
		Lost:  view.Reasons{Kind: store.DealLost, Title: "Why deals are lost"},
	}
	for i, p := range all {
		page.Rows = append(page.Rows, view.Row{ID: p.ID, Name: p.Name, Stages: names(p), First: i == 0, Last: i == len(all)-1})
	}
	reasons, err := s.Store.Reasons(ctx)
	for _, list := range []*view.Reasons{&page.Won, &page.Lost} {
		list.New = ui.Input{ID: "reason-" + list.Kind, Name: "reason", Label: "New reason", Max: naming.Max, Autocomplete: "off"}
		for _, v := range reasons {
			if v.Kind == list.Kind && v.DeletedAt == 0 {
				list.Rows = append(list.Rows, view.Reason{ID: v.ID, Name: v.Name})
			}
		}
	}
	return page, err
}

func names(p store.Pipeline) string {
	out := make([]string, len(p.Stages))
	for i, st := range p.Stages {
		out[i] = st.Name
	}
	return strings.Join(out, ", ")
}

// formOf is the only place that knows both a pipeline and its form.
func (s *Service) formOf(in Draft, problems map[string]string) view.Form {
	f := view.Form{
		Name:     ui.Input{Name: "name", Label: "Name", Value: in.Name, Required: true, Max: naming.Max, Autocomplete: "off", Problem: problems["name"]},
		Currency: ui.Input{Name: "currency", Label: "Currency", Value: in.Currency, Problem: problems["currency"], Hint: "That of a new deal. Each deal may have another one."},
		Template: ui.Input{Name: "template", Label: "What it begins with", Value: in.Template, Problem: problems["template"]},
	}
	for _, c := range s.Currencies {
		f.Money = append(f.Money, ui.Option{Value: c, Label: c})
	}
	for _, t := range Templates() {
		f.Templates = append(f.Templates, ui.Option{Value: t.Key, Label: t.Name, Hint: t.Hint})
	}
	f.Problems = inOrder(problems, "name", "currency", "template")
	return f
}

func inOrder(problems map[string]string, fields ...string) (out []ui.Problem) {
	for _, field := range fields {
		if text := problems[field]; text != "" {
			out = append(out, ui.Problem{Field: field, Text: text})
		}
	}
	return out
}

func (s *Service) stagesOf(ctx context.Context, p store.Pipeline) []view.Stage {
	out := make([]view.Stage, len(p.Stages))
	for i, st := range p.Stages {
		out[i] = view.Stage{ID: st.ID, Name: st.Name, Kind: st.Kind, Said: sayStage(ctx, st), First: i == 0, Last: i == len(p.Stages)-1}
	}
	return out
}

// sayStage is how likely a stage is, when a deal is idle in it, and how much it
// asks for.
func sayStage(ctx context.Context, st store.Stage) string {
	parts := []string{}
	if st.Kind == store.DealOpen {
		parts = append(parts, ui.Say(ctx, "%s likely", strconv.FormatInt(st.Probability, 10)+"%"))
	}
	if st.IdleDays > 0 {
		parts = append(parts, ui.Many(ctx, int(st.IdleDays), "idle after %s day", "idle after %s days"))
	}
	if n := len(st.Required); n > 0 {
		parts = append(parts, ui.Many(ctx, n, "asks for %s thing", "asks for %s things"))
	}
	return strings.Join(parts, " · ")
}

// stageForm is the only place that knows both a stage and its form.
func (s *Service) stageForm(ctx context.Context, in StageDraft, problems map[string]string) (view.StageForm, error) {
	f := view.StageForm{
		Name: ui.Input{Name: "name", Label: "Name", Value: in.Name, Required: true, Max: naming.Max, Autocomplete: "off", Problem: problems["name"]},
		Kind: ui.Input{Name: "kind", Label: "What a deal in it is", Value: in.Kind, Problem: problems["kind"]},
		Probability: ui.Input{
			Name: "probability", Label: "Probability, percent", Value: in.Probability, Mode: "numeric", Problem: problems["probability"],
			Hint: "How likely a deal in an open stage is to be won. A deal can say its own.",
		},
		Idle: ui.Input{
			Name: "idle", Label: "Idle after days", Value: in.IdleDays, Mode: "numeric", Optional: true, Problem: problems["idle"],
			Hint: "A deal to which nothing happened for so long is marked.",
		},
		Kinds: []ui.Option{
			{Value: store.DealOpen, Label: "Open", Hint: "Somebody works on it."},
			{Value: store.DealWon, Label: "Won", Hint: "It came about."},
			{Value: store.DealLost, Label: "Lost", Hint: "It did not. A reason is asked for."},
		},
		Problems: inOrder(problems, "name", "kind", "probability", "idle", "into"),
	}
	own, err := s.Store.Fields(ctx, "deal")
	for _, key := range Requirable() {
		f.Required = append(f.Required, needed(key, needWords[key], in.Required))
	}
	for _, field := range own {
		f.Required = append(f.Required, needed(store.OwnKey(field.ID), field.Name, in.Required))
	}
	return f, err
}

func needed(key, label string, ticked []string) ui.Input {
	in := ui.Input{Name: needs + key, Label: label}
	if slices.Contains(ticked, key) {
		in.Value = "on"
	}
	return in
}
