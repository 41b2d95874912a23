package deals

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"stead/app/access"
	"stead/app/custom"
	"stead/app/errs"
	"stead/app/web"
	view "stead/views/deals"
	"stead/views/ui"
)

// typed is the form as somebody filled it in, with what only stands in the form.
type typed struct {
	Draft
	newName, newPhone string // somebody who is made in place
	caller, callerOf  string // the name of whom nobody has named yet, and of whom it was typed
	anyway            bool
	who, firm         string // what was typed to find somebody
}

// asked is a form that is to be shown: of a new deal, unless it has an id.
type asked struct {
	id       string
	version  int64
	in       typed
	problems map[string]string
	known    bool        // somebody like the new person is there already
	saved    []ui.Change // what somebody else saved meanwhile
	fixed    string      // the amount that the lines come to
}

// typedFrom reads the form.
func (s *Service) typedFrom(r *http.Request) (typed, error) {
	fields, err := s.Store.Fields(r.Context(), "deal")
	if err != nil {
		return typed{}, err
	}
	v := r.PostFormValue
	in := typed{
		Draft: Draft{
			Title: v("title"), StageID: v("stage"), Amount: v("amount"), Currency: v("currency"), Probability: v("probability"), Closes: v("closes"),
			ContactID: v("contact"), CompanyID: v("company"), ConversationID: v("conversation"), OwnerID: v("owner"), Step: v("step"), StepOn: v("step_on"),
		},
		newName: strings.TrimSpace(v("new_name")), newPhone: strings.TrimSpace(v("new_phone")),
		caller: strings.TrimSpace(v("caller")), callerOf: v("caller_of"), anyway: v("anyway") == "on", who: v("who"), firm: v("firm"),
	}
	if from := v("source"); from == "call" || from == "sms" {
		in.Source = from
	}
	in.Fields = custom.Typed(fields, r.PostForm.Has, v)
	for tag := range strings.SplitSeq(v("tags"), ",") {
		if tag = strings.TrimSpace(tag); tag != "" {
			in.Tags = append(in.Tags, tag)
		}
	}
	if stage, err := s.Store.Stage(r.Context(), in.StageID); err == nil {
		in.PipelineID = stage.PipelineID
	}
	return in, nil
}

// looks tells that a form asks for people or companies rather than to be saved:
// its button says so, or something stands there that was not looked for yet.
func (in typed) looks(r *http.Request) bool {
	if r.PostFormValue("find") != "" {
		return true
	}
	fresh := func(text, name string) bool {
		text = strings.TrimSpace(text)
		return text != "" && text != strings.TrimSpace(r.PostFormValue("looked-"+name))
	}
	return fresh(in.who, "contact") || fresh(in.firm, "company")
}

// inputs are what is wrong, by the inputs of the form.
func inputs(err error) map[string]string {
	out := map[string]string{}
	for name, text := range errs.Fields(err) {
		switch name {
		case "person":
			name = "who"
		case "company":
			name = "firm"
		case "to":
			name = "owner"
		}
		out[name] = text
	}
	return out
}

// renderForm shows the form; without an id it is that of a new deal.
func (s *Service) renderForm(w http.ResponseWriter, r *http.Request, status int, a asked) error {
	f, err := s.formOf(r, a)
	if err != nil {
		return err
	}
	title := "Edit deal"
	if a.id == "" {
		title = "New deal"
	}
	if web.Partial(r) {
		return web.Render(w, r, status, page(title, view.EditForm(f)))
	}
	return web.Render(w, r, status, page(title, view.Edit(f)))
}

func (s *Service) formOf(r *http.Request, a asked) (view.Form, error) {
	ctx, actor, in := r.Context(), web.Actor(r), a.in
	fields, err := s.Store.Fields(ctx, "deal")
	if err != nil {
		return view.Form{}, err
	}
	f := view.Form{Action: dealPath(a.id), Back: dealPath(a.id), Version: strconv.FormatInt(a.version, 10), Saved: a.saved, Fixed: a.fixed, Known: a.known}
	input := func(name, label, value string) ui.Input {
		return ui.Input{Name: name, Label: label, Value: value, Problem: a.problems[name], Autocomplete: "off", Optional: true}
	}
	f.Title, f.Amount, f.Closes = input("title", "Title", in.Title), input("amount", "Amount", in.Amount), input("closes", "Expected close", in.Closes)
	f.Title.Placeholder = "What it is about"
	f.Title.Max, f.Amount.Mode, f.Closes.Type = maxTitle, "decimal", "date"
	f.Probability = input("probability", "Probability in percent", in.Probability)
	f.Probability.Mode, f.Probability.Hint = "numeric", "Nothing: that of the stage."
	f.Tags = input("tags", "Tags", strings.Join(in.Tags, ", "))
	f.Tags.Hint = "Put commas between them."
	f.Step, f.StepOn = input("step", "Next step", in.Step), input("step_on", "On which day", in.StepOn)
	f.StepOn.Type, f.StepOn.Optional = "date", false
	for _, q := range custom.Questions(fields, in.Fields, a.problems) {
		f.Fields = append(f.Fields, ui.Custom(q))
	}
	if f.Person, err = s.persons(r, in.who, in.ContactID, a.problems["who"]); err != nil {
		return f, err
	}
	if f.Company, err = s.firms(r, in.firm, in.CompanyID, a.problems["firm"]); err != nil {
		return f, err
	}
	f.Currency = ui.Input{Name: "currency", Label: "Currency", Value: in.Currency, Problem: a.problems["currency"]}
	if a.id == "" {
		if err := s.newForm(r, &f, a, input); err != nil {
			return f, err
		}
	}
	for _, c := range s.Currencies {
		f.Currencies = append(f.Currencies, ui.Option{Value: c, Label: c})
	}
	f.MayPlan = a.id == "" && actor.Has(access.TasksWrite)
	f.More = f.More || a.id != "" || a.problems["firm"]+a.problems["probability"]+a.problems["tags"] != ""
	for _, q := range f.Fields {
		f.More = f.More || q.Problem != ""
	}
	f.Problems = inOrder(a.problems, []string{"caller", "who", "new_name", "new_phone", "title", "amount", "currency", "stage", "closes", "step", "step_on", "owner", "firm", "probability", "tags"})
	return f, nil
}

// inOrder is what is wrong, in the order of the form; own fields come last.
func inOrder(problems map[string]string, order []string) []ui.Problem {
	var own []string
	for name := range problems {
		if !slices.Contains(order, name) {
			own = append(own, name)
		}
	}
	slices.Sort(own)
	var out []ui.Problem
	for _, name := range append(slices.Clone(order), own...) {
		if text := problems[name]; text != "" {
			out = append(out, ui.Problem{Field: name, Text: text})
		}
	}
	return out
}
