package tasks

import (
	"context"
	"net/url"
	"strconv"
	"strings"
	"time"

	"stead/app/phone"
	"stead/store"
	view "stead/views/tasks"
	"stead/views/ui"
)

// reminders are the choices of the form, in minutes before.
var reminders = []ui.Option{
	{Value: "", Label: "No reminder"},
	{Value: "0", Label: "When it is due"},
	{Value: "10", Label: "10 minutes before"},
	{Value: "60", Label: "1 hour before"},
	{Value: "1440", Label: "1 day before"},
	{Value: chosen, Label: "At a time of its own"},
}

func taskPath(id string) string { return "/tasks/" + url.PathEscape(id) }

// titleOf is what a task is called: one without a title is named by its kind.
func titleOf(ctx context.Context, task store.Task) string {
	if task.Title == "" {
		return ui.Words(ctx)("Call back")
	}
	return task.Title
}

// shower turns tasks into what pages show.
type shower struct {
	ctx    context.Context //nolint:containedctx // the language
	now    time.Time
	back   string
	shared bool
	card   store.Task // whose card the tasks stand on, by its ContactID, CompanyID or DealID: nobody is led where they are
}

func (sh shower) row(r Row) view.Row {
	out := view.Row{
		Path: taskPath(r.ID), Title: titleOf(sh.ctx, r.Task), Due: sh.due(r.Task), Late: r.Overdue, Done: r.DoneAt != 0,
		Repeats: sh.repeats(r.Repeats), Back: sh.back,
	}
	if sh.shared {
		out.Owner = r.Owner
	}
	if r.Card && r.ContactID != sh.card.ContactID {
		out.Href, out.Person = "/contacts/"+url.PathEscape(r.ContactID), sh.person(r)
		if r.Kind == store.TaskCallBack && strings.HasPrefix(r.Phone, "+") {
			out.Dial = "tel:" + r.Phone
		}
	}
	if r.Firm && r.Company != "" && r.CompanyID != sh.card.CompanyID {
		out.FirmHref, out.Firm = "/companies/"+url.PathEscape(r.CompanyID), r.Company
	}
	if r.Sale && r.DealID != sh.card.DealID {
		out.DealHref, out.Deal = "/deals/"+url.PathEscape(r.DealID), sh.deal(r)
	}
	return out
}

// deal is what the deal of a task is called: by its number, too, where it is called
// as its person is.
func (sh shower) deal(r Row) string {
	if r.Deal == "" || r.Deal == r.Name {
		return ui.Say(sh.ctx, "Deal %s", strconv.FormatInt(r.DealNumber, 10))
	}
	return r.Deal
}

// person is what the contact of a task is called.
func (sh shower) person(r Row) string {
	switch {
	case r.Name != "":
		return r.Name
	case strings.HasPrefix(r.Phone, "+"):
		return phone.Display(r.Phone, "")
	case r.Phone != "":
		return strings.TrimPrefix(r.Phone, "raw:")
	}
	return ui.Words(sh.ctx)("No name")
}

// due says when, as short as it is plain: the day, and the time where there is one.
func (sh shower) due(task store.Task) ui.When {
	at := dueIn(task, sh.now.Location())
	w := ui.When{ISO: at.UTC().Format(time.RFC3339), Text: sh.day(at), Full: at.Format("Monday 2 January 2006, 15:04")}
	if task.AllDay {
		w.ISO, w.Full = at.Format(time.DateOnly), at.Format("Monday 2 January 2006")
		return w
	}
	w.Text += " " + at.Format("15:04")
	return w
}

func (sh shower) day(at time.Time) string {
	t := ui.Words(sh.ctx)
	switch today := midnight(sh.now); {
	case midnight(at).Equal(today):
		return t("Today")
	case midnight(at).Equal(today.AddDate(0, 0, 1)):
		return t("Tomorrow")
	case midnight(at).Equal(today.AddDate(0, 0, -1)):
		return t("Yesterday")
	case at.Year() == sh.now.Year():
		return at.Format("Mon 2 Jan")
	}
	return at.Format("2 Jan 2006")
}

// repeats says a rule in words.
func (sh shower) repeats(rule string) string {
	r, err := ParseRepeat(rule)
	if err != nil || r.Unit == "" {
		return ""
	}
	n := strconv.Itoa(r.Every)
	switch {
	case r.Every == 1:
		return ui.Words(sh.ctx)(map[string]string{Daily: "Every day", Weekly: "Every week", Monthly: "Every month", Yearly: "Every year"}[r.Unit])
	case r.Unit == Daily:
		return ui.Say(sh.ctx, "Every %s days", n)
	case r.Unit == Weekly:
		return ui.Say(sh.ctx, "Every %s weeks", n)
	case r.Unit == Monthly:
		return ui.Say(sh.ctx, "Every %s months", n)
	}
	return ui.Say(sh.ctx, "Every %s years", n)
}

// groups are the stretches of time that open tasks are due in.
func (sh shower) groups(rows []Row, which string) []view.Group {
	out := []view.Group{{Name: "Overdue", Late: true}, {Name: "Today"}, {Name: "This week"}, {Name: "Later"}}
	if which == Done {
		out = []view.Group{{Name: "Done"}}
	}
	tomorrow := midnight(sh.now).AddDate(0, 0, 1)
	monday, _ := next("week", midnight(sh.now), 0)
	for _, r := range rows {
		at := 3
		switch due := dueIn(r.Task, sh.now.Location()); {
		case which == Done, r.Overdue:
			at = 0
		case due.Before(tomorrow):
			at = 1
		case due.Before(monday):
			at = 2
		}
		out[at].Rows = append(out[at].Rows, sh.row(r))
	}
	var full []view.Group
	for _, g := range out {
		if len(g.Rows) > 0 {
			full = append(full, g)
		}
	}
	return full
}

var empties = map[string]ui.Option{
	Mine:       {Value: "Nothing to do", Label: "What you write down, and what others give you, stands here until it is done."},
	Team:       {Value: "Nothing to do", Label: "What anybody has to do stands here until it is done."},
	Unassigned: {Value: "Nothing waits for whoever comes first", Label: "Tasks that are nobody's stand here."},
	Done:       {Value: "Nothing is done yet", Label: "What was done stands here for a year."},
}

// list is the page of tasks.
func (sh shower) list(roll Roll, which string, quick view.Quick) view.List {
	out := view.List{Groups: sh.groups(roll.Rows, which), Empty: empties[which], Quick: quick}
	parts := []ui.Option{{Value: Mine, Label: "Mine"}}
	if roll.Shared {
		parts = append(parts, ui.Option{Value: Team, Label: "Everybody's"}, ui.Option{Value: Unassigned, Label: "Unassigned"})
	}
	for _, p := range append(parts, ui.Option{Value: Done, Label: "Done"}) {
		out.Parts = append(out.Parts, ui.Part{Label: p.Label, Href: listPath(p.Value, ""), Current: p.Value == which})
	}
	if roll.Next != "" {
		out.Next = listPath(which, roll.Next)
	}
	return out
}

func listPath(which, after string) string {
	at := url.Values{}
	if which != Mine {
		at.Set("which", which)
	}
	if after != "" {
		at.Set("after", after)
	}
	if len(at) == 0 {
		return "/tasks"
	}
	return "/tasks?" + at.Encode()
}
