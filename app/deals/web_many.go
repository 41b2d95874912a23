package deals

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/web"
	"stead/store"
	view "stead/views/deals"
	"stead/views/ui"
)

var manyTitles = map[string]string{
	ManyOwner: "Assign deals", ManyStage: "Move deals", ManyTag: "Tag deals", ManyCloses: "Change the expected close", ManyBin: "Delete deals",
}

// many leads from the deals that were chosen in a list to what they are to be, and
// does it.
func (s *Service) many(w http.ResponseWriter, r *http.Request) error {
	actor, next := web.Actor(r), web.SafeNext(r.PostFormValue("next"), dealsAt+"?show=list")
	ids, err := s.chosen(r, actor, next)
	c := Change{
		What: r.PostFormValue("do"), Value: r.PostFormValue("value"), Tag: r.PostFormValue("new"), Off: r.PostFormValue("off") == "yes",
		ReasonID: r.PostFormValue("reason"), Note: r.PostFormValue("note"),
	}
	if err == nil {
		err = c.check(len(ids))
	}
	asks := r.PostFormValue("apply") == ""
	if code := errs.CodeOf(err); code == "nothing_picked" || code == "much_picked" || errs.Fields(err)["what"] != "" {
		s.Say.Once(r.Context(), errs.Message(err), "")
		web.SeeOther(w, r, next)
		return nil
	}
	if err := access.Allow(actor, c.needs(), access.Object{Owner: actor.ID}); err != nil {
		return err
	}
	if asks {
		return s.renderMany(w, r, http.StatusOK, ids, c, nil)
	}
	var done Changed
	if err == nil {
		c.Day, err = dayOf(c.What, r.PostFormValue("day"))
	}
	if err == nil {
		done, err = s.ChangeMany(r.Context(), actor, ids, c, web.FormKey(r))
	}
	if errs.KindOf(err) == errs.Invalid {
		return s.renderMany(w, r, http.StatusUnprocessableEntity, ids, c, err)
	}
	if err != nil {
		return err
	}
	s.Say.Once(r.Context(), saidOf(r, done), done.Undo)
	web.SeeOther(w, r, next)
	return nil
}

// chosen are the deals of a form: those that were ticked, or all that the list at
// an address finds.
func (s *Service) chosen(r *http.Request, actor access.Actor, at string) ([]string, error) {
	if r.PostFormValue("all") == "" || s.Matching == nil {
		ids := slices.DeleteFunc(slices.Clone(r.PostForm["id"]), func(id string) bool { return strings.TrimSpace(id) == "" })
		slices.Sort(ids)
		return slices.Compact(ids), nil
	}
	to, err := url.Parse(at)
	if err != nil {
		return nil, err
	}
	return s.Matching(r.Context(), actor, to.Query(), MostAtOnce+1)
}

func dayOf(what, typed string) (int64, error) {
	if what != ManyCloses || typed == "" {
		return 0, nil
	}
	at, err := time.Parse(time.DateOnly, typed)
	if err != nil {
		return 0, errs.Form(map[string]string{"day": "Type a day, such as 2026-11-18."})
	}
	return at.UnixMilli(), nil
}

// saidOf says what became of a change, with why some were left.
func saidOf(r *http.Request, c Changed) string {
	ctx := r.Context()
	out := []string{ui.Many(ctx, c.N, "%s deal changed.", "%s deals changed.")}
	if c.N == 0 && c.Undo != "" { // the form came twice
		out[0] = ui.Words(ctx)("The deals were changed.")
	}
	for _, why := range []struct{ code, one, other string }{
		{LeftLacks, "%s was left alone: the stage asks for something that it has not.", "%s were left alone: the stage asks for something that they have not."},
		{LeftReach, "%s is out of your reach or no longer there.", "%s are out of your reach or no longer there."},
		{LeftBin, "%s is in the bin.", "%s are in the bin."},
	} {
		if n := c.Left[why.code]; n > 0 {
			out = append(out, ui.Many(ctx, n, why.one, why.other))
		}
	}
	return strings.Join(out, " ")
}

// renderMany asks what the chosen deals are to be, with why the last answer was
// refused.
func (s *Service) renderMany(w http.ResponseWriter, r *http.Request, status int, ids []string, c Change, problem error) error {
	fields := errs.Fields(problem)
	p := view.Many{Title: manyTitles[c.What], What: c.What, IDs: ids, Next: web.SafeNext(r.PostFormValue("next"), dealsAt+"?show=list"), Off: c.Off}
	p.Value = ui.Input{Name: "value", Value: c.Value, Problem: fields["value"]}
	p.New = ui.Input{Name: "new", Label: "Or a new tag", Value: c.Tag, Max: 60, Optional: true, Problem: fields["new"]}
	p.Day = ui.Input{Name: "day", Label: "Expected close", Type: "date", Value: r.PostFormValue("day"), Hint: "Leave it empty to take the day away.", Problem: fields["day"]}
	p.Reason = ui.Input{Name: "reason", Label: "Reason", Value: c.ReasonID, Hint: "For a stage in which deals are won or lost.", Optional: true, Problem: fields["reason"]}
	p.Note = ui.Input{Name: "note", Label: "Note", Value: c.Note, Optional: true, Problem: fields["note"]}
	for _, name := range []string{"value", "new", "day", "reason", "note"} {
		if fields[name] != "" {
			p.Problems = append(p.Problems, ui.Problem{Field: name, Text: fields[name]})
		}
	}
	if err := s.offer(r, &p); err != nil {
		return err
	}
	return web.Render(w, r, status, page(p.Title, view.ManyPage(p)))
}

// offer fills in what can be chosen.
func (s *Service) offer(r *http.Request, p *view.Many) error {
	ctx := r.Context()
	add := func(value, label string) { p.Values = append(p.Values, ui.Option{Value: value, Label: label}) }
	switch p.What {
	case ManyOwner:
		p.Value.Label = "Assign to"
		add("", "Nobody")
		users, err := s.people(ctx)
		if err != nil {
			return err
		}
		holders, err := users.Active().Holders(ctx, &s.Store.Reader, access.DealsRead)
		for _, u := range holders {
			add(u.ID, u.Name)
		}
		return err
	case ManyTag:
		p.Value.Label = "Tag"
		add("", "Choose")
		tags, err := s.Store.Tags(ctx)
		for _, tag := range tags {
			add(tag.ID, tag.Name)
		}
		return err
	case ManyStage:
		p.Value.Label = "Stage"
		return s.offerStages(r, p)
	}
	return nil
}

func (s *Service) offerStages(r *http.Request, p *view.Many) error {
	pipelines, err := s.Store.Pipelines(r.Context())
	if err != nil {
		return err
	}
	for _, of := range pipelines {
		for _, stage := range of.Stages {
			label := stage.Name
			if len(pipelines) > 1 {
				label = of.Name + ": " + stage.Name
			}
			p.Values = append(p.Values, ui.Option{Value: stage.ID, Label: label})
		}
	}
	reasons, err := s.Store.Reasons(r.Context())
	p.Reasons = []ui.Option{{Label: "None"}}
	word := map[string]string{store.DealWon: "Won", store.DealLost: "Lost"}
	for _, v := range reasons {
		if v.DeletedAt == 0 {
			p.Reasons = append(p.Reasons, ui.Option{Value: v.ID, Label: ui.Words(r.Context())(word[v.Kind]) + ": " + v.Name})
		}
	}
	return err
}
