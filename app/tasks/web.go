package tasks

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/web"
	"stead/store"
	view "stead/views/tasks"
	"stead/views/ui"
)

// Routes registers the pages of the capability.
func (s *Service) Routes(rt *web.Router) {
	write := web.Policy{Needs: access.TasksWrite}
	rt.Handle("GET /tasks", write, s.showList)
	rt.Handle("POST /tasks", write, s.create)
	rt.Handle("POST /tasks/quick", write, s.quick)
	rt.Handle("GET /tasks/new", write, s.showNew)
	rt.Handle("GET /tasks/{id}", write, s.showTask)
	rt.Handle("POST /tasks/{id}", write, s.save)
	rt.Handle("POST /tasks/{id}/done", write, s.act("Done.", s.FinishTask))
	rt.Handle("POST /tasks/{id}/reopen", write, s.act("It is open again.", s.Reopen))
	rt.Handle("POST /tasks/{id}/delete", write, s.act("The task is in the bin.", s.Delete))
	rt.Handle("POST /tasks/{id}/snooze", write, s.snooze)
}

// whichOf is the part of the list that an address asks for.
func whichOf(r *http.Request) string {
	switch which := r.URL.Query().Get("which"); which {
	case Team, Unassigned, Done:
		return which
	}
	return Mine
}

func (s *Service) showList(w http.ResponseWriter, r *http.Request) error {
	return s.renderList(w, r, http.StatusOK, view.Quick{})
}

func (s *Service) renderList(w http.ResponseWriter, r *http.Request, status int, quick view.Quick) error {
	which := whichOf(r)
	roll, err := s.List(r.Context(), web.Actor(r), which, r.URL.Query().Get("after"))
	if err != nil {
		return err
	}
	quick.Back = listPath(which, "")
	sh := shower{ctx: r.Context(), now: roll.Now, back: quick.Back, shared: roll.Shared}
	return web.Render(w, r, status, web.View{Title: "Tasks", Nav: "tasks", Body: view.Page(sh.list(roll, which, quick))})
}

// quick takes a line, and the day and time beside it: these count when they are
// there, and the line's own words when not.
func (s *Service) quick(w http.ResponseWriter, r *http.Request) error {
	ctx, actor := r.Context(), web.Actor(r)
	now, err := s.now(ctx)
	if err != nil {
		return err
	}
	line, date, clock := r.PostFormValue("line"), r.PostFormValue("date"), r.PostFormValue("time")
	in := Typed{Title: line, Date: date, Time: clock, Owner: actor.ID, Contact: r.PostFormValue("contact"), Company: r.PostFormValue("company")}
	if title, due, ok := Understand(line, now); ok && date == "" && clock == "" {
		in.Title, in.Date, in.Time = title, due.At.Format(time.DateOnly), ""
		if !due.AllDay {
			in.Time, in.Remind = due.At.Format("15:04"), "0"
		}
	} else if date == "" {
		in.Date = now.Format(time.DateOnly)
	}
	_, undoID, err := s.Create(ctx, actor, in, web.FormKey(r))
	if errs.KindOf(err) == errs.Invalid && !elsewhere(err) {
		f := errs.Fields(err)
		return s.renderList(w, r, http.StatusUnprocessableEntity, view.Quick{
			Line: line, Date: date, Time: clock, Contact: in.Contact, Company: in.Company, Problem: f["title"], DateProblem: f["date"] + f["time"],
		})
	}
	if err != nil {
		return err
	}
	s.Say.Once(ctx, "The task is written down.", undoID)
	web.SeeOther(w, r, back(r))
	return nil
}

// elsewhere tells that what is wrong stands beside no input of the quick box.
func elsewhere(err error) bool {
	f := errs.Fields(err)
	return f["title"] == "" && f["date"] == "" && f["time"] == ""
}

func back(r *http.Request) string {
	return web.SafeNext(r.PostFormValue("back"), "/tasks")
}

// owners are those to whom the actor can give a task.
func (s *Service) owners(ctx context.Context, actor access.Actor) (access.People, access.People, error) {
	users, err := s.Store.People(ctx)
	if err != nil {
		return nil, nil, err
	}
	holders, err := access.People(users).Holders(ctx, &s.Store.Reader, access.TasksWrite)
	var out access.People
	for _, u := range holders {
		if access.May(actor, access.TasksWrite, access.Object{Owner: u.ID}) {
			out = append(out, u)
		}
	}
	return out, users, err
}

func (s *Service) showNew(w http.ResponseWriter, r *http.Request) error {
	now, err := s.now(r.Context())
	if err != nil {
		return err
	}
	at := r.URL.Query()
	in := Typed{
		Date: now.Format(time.DateOnly), Owner: web.Actor(r).ID, Every: "1", Ends: "never", Count: "10", Contact: at.Get("contact"), Company: at.Get("company"),
		Deal: at.Get("deal"),
	}
	return s.renderNew(w, r, http.StatusOK, in, "", nil)
}

// renderNew shows the form of a new task; whom it is about must be within reach.
func (s *Service) renderNew(w http.ResponseWriter, r *http.Request, status int, in Typed, from string, problems map[string]string) error {
	ctx, actor := r.Context(), web.Actor(r)
	now, err := s.now(ctx)
	if err != nil {
		return err
	}
	t := store.Task{OwnerID: actor.ID, ContactID: in.Contact, CompanyID: in.Company, DealID: in.Deal}
	if err := s.mayPlace(ctx, &s.Store.Reader, actor, &t, store.Task{OwnerID: actor.ID}, false); err != nil {
		return err
	}
	in.Contact = t.ContactID // a deal's
	owners, _, err := s.owners(ctx, actor)
	if err != nil {
		return err
	}
	sh := shower{ctx: ctx, now: now, back: web.SafeNext(from, cardOf(in))}
	f := sh.form(in, owners, problems)
	f.New, f.Heading, f.Action = true, "New task", "/tasks"
	if err := s.about(ctx, sh, &f, actor, t); err != nil {
		return err
	}
	return s.renderForm(w, r, status, f)
}

// cardOf is where a task about somebody was asked for.
func cardOf(in Typed) string {
	switch {
	case in.Deal != "":
		return "/deals/" + in.Deal
	case in.Contact != "":
		return "/contacts/" + in.Contact
	case in.Company != "":
		return "/companies/" + in.Company
	}
	return "/tasks"
}

// about fills in whom a task that is not there yet is about.
func (s *Service) about(ctx context.Context, sh shower, f *view.Form, actor access.Actor, t store.Task) error {
	row := store.TaskRow{Task: t}
	if t.ContactID != "" {
		c, err := s.Store.Contact(ctx, t.ContactID)
		if err != nil {
			return err
		}
		row.Name, row.ContactOwner = c.Name, c.OwnerID
	}
	if t.CompanyID != "" {
		c, err := s.Store.Company(ctx, t.CompanyID)
		if err != nil {
			return err
		}
		row.Company, row.CompanyOwner = c.Name, c.OwnerID
	}
	if t.DealID != "" {
		d, err := s.Store.Deal(ctx, t.DealID)
		if err != nil {
			return err
		}
		if d.DeletedAt == 0 {
			row.Deal, row.DealOwner, row.DealNumber = d.Title, d.OwnerID, d.Number
		}
	}
	rows, _, err := s.show(ctx, actor, []store.TaskRow{row}, sh.now)
	if err != nil {
		return err
	}
	sh.place(f, rows[0])
	return nil
}

func (s *Service) renderForm(w http.ResponseWriter, r *http.Request, status int, f view.Form) error {
	if err := s.picks(r, &f); err != nil {
		return err
	}
	body := view.Task(f)
	if web.Partial(r) {
		body = view.TaskForm(f)
	}
	title := "Task"
	if f.New {
		title = "New task"
	}
	return web.Render(w, r, status, web.View{Title: title, Nav: "tasks", Body: body})
}

func typedForm(r *http.Request) Typed {
	v := r.PostFormValue
	_ = v("title") // reads the form
	return Typed{
		Title: v("title"), Body: v("body"), Date: v("date"), Time: v("time"), Owner: v("owner"), Contact: v("contact"), Company: v("company"), Deal: v("deal"),
		Remind: v("remind"), RemindDate: v("remind_date"), RemindTime: v("remind_time"), Unit: v("unit"), Every: v("every"), Days: r.PostForm["days"],
		LastDay: v("last_day") == "on", Ends: v("ends"), Until: v("until"), Count: v("count"),
	}
}

func (s *Service) create(w http.ResponseWriter, r *http.Request) error {
	in := typedForm(r)
	if looksFor(r) {
		return s.renderNew(w, r, http.StatusOK, in, r.PostFormValue("back"), nil)
	}
	_, undoID, err := s.Create(r.Context(), web.Actor(r), in, web.FormKey(r))
	if errs.KindOf(err) == errs.Invalid {
		return s.renderNew(w, r, http.StatusUnprocessableEntity, in, r.PostFormValue("back"), errs.Fields(err))
	}
	if err != nil {
		return err
	}
	s.Say.Once(r.Context(), "The task is written down.", undoID)
	web.SeeOther(w, r, back(r))
	return nil
}

func (s *Service) showTask(w http.ResponseWriter, r *http.Request) error {
	return s.renderTask(w, r, http.StatusOK, nil, nil, false)
}

// renderTask shows a task, or what was typed of it and refused.
func (s *Service) renderTask(w http.ResponseWriter, r *http.Request, status int, typed *Typed, problems map[string]string, clash bool) error {
	ctx, actor := r.Context(), web.Actor(r)
	row, now, err := s.Task(ctx, actor, r.PathValue("id"))
	if err != nil {
		return err
	}
	owners, names, err := s.owners(ctx, actor)
	if err != nil {
		return err
	}
	theirs := typedOf(row.Task, now.Location())
	in := theirs
	if typed != nil {
		in = *typed
	}
	if row.OwnerID != "" && !has(owners, row.OwnerID) {
		owners = append(owners, store.User{ID: row.OwnerID, Name: names.Name(row.OwnerID)})
	}
	sh := shower{ctx: ctx, now: now, back: "/tasks"}
	f := sh.edit(row, in, owners, problems, names)
	if clash {
		f.Saved = sh.changes(theirs, in, names)
	} else if typed != nil {
		f.Version = strings.TrimSpace(r.PostFormValue("version")) // the one that was typed over
	}
	return s.renderForm(w, r, status, f)
}

func has(people access.People, id string) bool {
	for _, u := range people {
		if u.ID == id {
			return true
		}
	}
	return false
}

// save writes a task, or shows what somebody else saved meanwhile: 409 with both.
func (s *Service) save(w http.ResponseWriter, r *http.Request) error {
	in := typedForm(r)
	if looksFor(r) {
		return s.renderTask(w, r, http.StatusOK, &in, nil, false)
	}
	version, _ := strconv.ParseInt(r.PostFormValue("version"), 10, 64) // none is never the current one
	undoID, err := s.Change(r.Context(), web.Actor(r), r.PathValue("id"), version, in)
	switch {
	case errs.KindOf(err) == errs.Invalid:
		return s.renderTask(w, r, http.StatusUnprocessableEntity, &in, errs.Fields(err), false)
	case errs.CodeOf(err) == CodeChanged:
		return s.renderTask(w, r, http.StatusConflict, &in, nil, true)
	case err != nil:
		return err
	}
	s.Say.Once(r.Context(), "The task is saved.", undoID)
	web.SeeOther(w, r, back(r))
	return nil
}

// act is a form that only says what is to become of a task.
func (s *Service) act(sentence string, do func(ctx context.Context, actor access.Actor, id string) (string, error)) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		undoID, err := do(r.Context(), web.Actor(r), r.PathValue("id"))
		if err != nil {
			return err
		}
		if undoID != "" {
			s.Say.Once(r.Context(), sentence, undoID)
		}
		web.SeeOther(w, r, back(r))
		return nil
	}
}

func (s *Service) snooze(w http.ResponseWriter, r *http.Request) error {
	until := r.PostFormValue("until")
	return s.act("The task is put off.", func(ctx context.Context, actor access.Actor, id string) (string, error) {
		return s.Snooze(ctx, actor, id, until)
	})(w, r)
}

// Panel is what is to be done for a contact or a company, for their card. It
// draws nothing for whoever has nothing to do with tasks.
func (s *Service) Panel(ctx context.Context, actor access.Actor, contactID, companyID string) (ui.Component, error) {
	return s.panel(ctx, actor, store.Task{ContactID: contactID, CompanyID: companyID})
}

// DealPanel is Panel of a deal and of its open tasks, which were read before.
func (s *Service) DealPanel(ctx context.Context, actor access.Actor, d store.Deal, open []store.Task) (ui.Component, error) {
	return s.panelOf(ctx, actor, store.Task{ContactID: d.ContactID, CompanyID: d.CompanyID, DealID: d.ID}, open)
}

// panel is what is to be done for what a task names.
func (s *Service) panel(ctx context.Context, actor access.Actor, on store.Task) (ui.Component, error) {
	open, err := s.open(ctx, on)
	if err != nil {
		return nil, err
	}
	return s.panelOf(ctx, actor, on, open)
}

func (s *Service) panelOf(ctx context.Context, actor access.Actor, on store.Task, open []store.Task) (ui.Component, error) {
	if !actor.Has(access.TasksWrite) {
		return view.Card(view.Panel{}), nil
	}
	rows, now, err := s.of(ctx, actor, on, open)
	if err != nil {
		return nil, err
	}
	in := Typed{Contact: on.ContactID, Company: on.CompanyID, Deal: on.DealID}
	sh := shower{ctx: ctx, now: now, back: cardOf(in), shared: true, card: on}
	p := view.Panel{New: "/tasks/new?contact=" + on.ContactID}
	switch {
	case on.DealID != "":
		p.New = "/tasks/new?deal=" + url.QueryEscape(on.DealID)
	case on.ContactID == "":
		p.New = "/tasks/new?company=" + on.CompanyID
	}
	for _, row := range rows {
		p.Rows = append(p.Rows, sh.row(row))
	}
	return view.Card(p), nil
}
