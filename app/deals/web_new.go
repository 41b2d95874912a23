package deals

import (
	"context"
	"net/http"
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

// showNew shows the form with what the address names: a person, a company, a
// thread, a stage; and where the deal comes from.
func (s *Service) showNew(w http.ResponseWriter, r *http.Request) error {
	pipelines, err := s.Store.Pipelines(r.Context())
	if err != nil {
		return err
	}
	if len(pipelines) == 0 {
		return web.Render(w, r, http.StatusOK, page("New deal", view.NoPipeline(web.Actor(r).Has(access.SettingsWrite))))
	}
	at := r.URL.Query()
	in := Draft{ContactID: at.Get("contact"), CompanyID: at.Get("company"), ConversationID: at.Get("conversation"), StageID: at.Get("stage"), OwnerID: web.Actor(r).ID}
	if from := at.Get("source"); from == "call" || from == "sms" {
		in.Source = from
	}
	if in.StageID == "" {
		in.StageID = firstOf(pipelines, at.Get("pipeline"))
	}
	if in, err = s.begun(r, in); err != nil {
		return err
	}
	return s.renderForm(w, r, http.StatusOK, asked{in: typed{Draft: in}})
}

// firstOf is the first open stage of a pipeline; empty: there is none such.
func firstOf(pipelines []store.Pipeline, id string) string {
	for _, p := range pipelines {
		for _, st := range p.Stages {
			if p.ID == id && st.Kind == store.DealOpen {
				return st.ID
			}
		}
	}
	return ""
}

// begun fills in what the facts say: whom a thread is with, what to call the deal,
// and when to call back who called or wrote.
func (s *Service) begun(r *http.Request, in Draft) (Draft, error) {
	ctx, actor := r.Context(), web.Actor(r)
	in, err := s.begunWith(ctx, actor, in)
	if err != nil {
		return in, err
	}
	firm, err := companyRef(ctx, &s.Store.Reader, actor, in.CompanyID)
	if err != nil {
		return in, err
	}
	if in.CompanyID = ""; firm != nil && firm.Open {
		if in.CompanyID = firm.ID; in.Title == "" {
			in.Title = firm.Name
		}
	}
	b, err := s.Store.Business(ctx)
	in.StepOn = s.Now().In(b.Location()).AddDate(0, 0, 1).Format(time.DateOnly)
	if err != nil || in.Source == "" {
		return in, err
	}
	calls, err := callsOf(ctx, &s.Store.Reader, actor, in.ContactID)
	switch {
	case err != nil:
	case len(calls) > 0: // it becomes the deal's next step
		in.Source = "call"
	default:
		in.Step = ui.Words(ctx)("Call back")
	}
	return in, err
}

// begunWith is whom a new deal is with: of a thread, whoever it is with.
func (s *Service) begunWith(ctx context.Context, actor access.Actor, in Draft) (Draft, error) {
	talks, err := mayTalk(ctx, &s.Store.Reader, actor, in.ConversationID)
	if err != nil {
		return in, err
	}
	if talks {
		v, err := s.Store.Conversation(ctx, in.ConversationID)
		if err != nil {
			return in, err
		}
		if in.ContactID = v.ContactID; in.Source == "" {
			in.Source = "sms"
		}
	} else {
		in.ConversationID = ""
	}
	person, err := personRef(ctx, &s.Store.Reader, actor, in.ContactID)
	if err != nil {
		return in, err
	}
	in.ContactID = ""
	if person == nil || !person.Open {
		return in, nil
	}
	if in.ContactID = person.ID; !person.Nameless { // a number is no title
		in.Title = person.Name
	}
	of, err := s.Store.CompaniesOf(ctx, []string{person.ID})
	for _, job := range of[person.ID] {
		if in.CompanyID == "" && !job.Former {
			in.CompanyID = job.CompanyID
		}
	}
	return in, err
}

// create creates a deal; somebody who is new is made first. What is found while
// somebody types comes before that.
func (s *Service) create(w http.ResponseWriter, r *http.Request) error {
	in, err := s.typedFrom(r)
	if err != nil {
		return err
	}
	if in.looks(r) {
		return s.renderForm(w, r, http.StatusOK, asked{in: in})
	}
	saved, err := s.createWith(r, &in)
	switch {
	case err == nil:
		return s.Say.Done(w, r, dealPath(saved.ID), "The deal was created.", saved.Undo)
	case errs.CodeOf(err) == CodeKnown:
		in.who = strings.TrimSpace(in.newPhone)
		if in.who == "" {
			in.who = strings.TrimSpace(in.newName)
		}
		return s.renderForm(w, r, http.StatusConflict, asked{in: in, known: true, problems: map[string]string{"who": "Somebody like them is here already. Choose them, or say that it is somebody else."}})
	case errs.CodeOf(err) == CodeNamed:
		return s.renderForm(w, r, http.StatusConflict, asked{in: in, problems: map[string]string{"who": errs.Message(err)}})
	case errs.KindOf(err) == errs.Invalid:
		return s.renderForm(w, r, http.StatusUnprocessableEntity, asked{in: in, problems: inputs(err)})
	}
	return err
}

func (s *Service) createWith(r *http.Request, in *typed) (Saved, error) {
	ctx, actor, key := r.Context(), web.Actor(r), web.FormKey(r)
	if err := s.nameCaller(ctx, actor, in); err != nil {
		return Saved{}, err
	}
	if in.newName == "" && in.newPhone == "" || in.ContactID != "" || s.NewPerson == nil {
		return s.Create(ctx, actor, in.Draft, key)
	}
	if _, err := s.read(ctx, in.Draft); err != nil { // before anybody is made
		return Saved{}, err
	}
	once := ""
	if key != "" {
		once = "person-of-" + key
	}
	id, err := s.NewPerson(ctx, actor, NewPerson{Name: in.newName, Phone: in.newPhone, Key: once, Anyway: in.anyway})
	if err != nil {
		fields := map[string]string{}
		for name, text := range errs.Fields(err) {
			fields[map[string]string{"name": "new_name", "phone1": "new_phone"}[name]] = text
		}
		if errs.KindOf(err) == errs.Invalid && len(fields) > 0 {
			return Saved{}, errs.Form(fields)
		}
		return Saved{}, err
	}
	in.ContactID = id
	if in.Title == "" {
		in.Title = in.newName
	}
	return s.Create(ctx, actor, in.Draft, key)
}

// newForm fills in what only a new deal is asked.
func (s *Service) newForm(r *http.Request, f *view.Form, a asked, input func(name, label, value string) ui.Input) error {
	ctx, actor, in := r.Context(), web.Actor(r), a.in
	f.New, f.Action, f.Back = true, dealsAt, dealsAt
	if in.ContactID != "" {
		f.Back = "/contacts/" + in.ContactID
	}
	for name, value := range map[string]string{"source": in.Source, "conversation": in.ConversationID} {
		if value != "" {
			f.Hidden = append(f.Hidden, ui.Option{Value: name, Label: value})
		}
	}
	if err := s.askCaller(ctx, actor, f, in, input); err != nil {
		return err
	}
	slices.SortFunc(f.Hidden, func(a, b ui.Option) int { return strings.Compare(a.Value, b.Value) })
	if s.NewPerson != nil && actor.Has(access.ContactsWrite) && (in.ContactID == "" || in.newName+in.newPhone != "") {
		f.NewName, f.NewPhone = input("new_name", "Name", in.newName), input("new_phone", "Phone", in.newPhone)
		f.NewPhone.Mode = "tel"
	}
	pipelines, err := s.Store.Pipelines(ctx)
	if err != nil {
		return err
	}
	f.Stage = input("stage", "Stage", in.StageID)
	stagesTo(f, pipelines)
	f.Owner = input("owner", "Owner", in.OwnerID)
	owners, err := s.owners(ctx, actor)
	if len(owners) > 1 || len(owners) == 1 && owners[0].ID != actor.ID {
		for _, u := range owners {
			f.Owners = append(f.Owners, ui.Option{Value: u.ID, Label: u.Name})
		}
	} else {
		f.Hidden = append(f.Hidden, ui.Option{Value: "owner", Label: in.OwnerID})
	}
	return err
}

// stagesTo offers the stages in which a deal can begin; where none is chosen the
// first is, with the currency of its pipeline.
func stagesTo(f *view.Form, pipelines []store.Pipeline) {
	for _, p := range pipelines {
		g := view.Group{Name: p.Name}
		for _, st := range p.Stages {
			if st.Kind == store.DealLost {
				continue // which takes a reason
			}
			if f.Stage.Value == "" {
				f.Stage.Value = st.ID
			}
			if st.ID == f.Stage.Value && f.Currency.Value == "" {
				f.Currency.Value = p.Currency
			}
			g.Steps = append(g.Steps, view.Step{ID: st.ID, Name: st.Name})
		}
		f.Stages = append(f.Stages, g)
	}
}
