package today

import (
	"context"
	"strconv"
	"strings"
	"time"

	"stead/app/phone"
	"stead/store"
	"stead/views/ui"

	view "stead/views/today"
)

// shower turns records into what the page shows.
type shower struct {
	ctx     context.Context
	clock   ui.Clock
	country string
}

func page(ctx context.Context, d Day) view.Day {
	sh := shower{ctx: ctx, clock: ui.NewClock(d.Now, d.Now.Location()), country: d.Business.Country}
	out := view.Day{
		Greeting: sh.greeting(d), Date: d.Now.Format("Monday 2 January"), Notice: channelNotice(d.Channel),
		TaskCount: int(d.TaskCount), Shared: d.Shared, MyTasks: int(d.MyTasks), MyUnread: int(d.MyUnread), MayCall: d.MayCall, MoreWaiting: d.WaitingCount > len(d.Waiting), Unread: int(d.Unread),
		Missed: int(d.Calls.Missed), Texted: int(d.Calls.Texted), Recovered: int(d.Calls.Recovered),
	}
	for _, task := range d.Tasks {
		out.Tasks = append(out.Tasks, sh.task(d, task))
	}
	for _, v := range d.Waiting {
		row := view.Thread{Href: "/inbox/" + v.ID, Who: sh.who(v.Name, v.Phone), Said: sh.said(v), Since: sh.clock.When(ctx, v.WaitingSince)}
		if d.Shared {
			row.Owner = d.people.Name(v.OwnerID)
		}
		out.Waiting = append(out.Waiting, row)
	}
	out.MoreRisks = d.MoreRisks
	for _, x := range d.Risks {
		row := view.Risk{Href: "/deals/" + x.ID, Title: x.Title, Stage: x.Stage, Stepless: x.Stepless && !x.Gone(), Closable: x.Stepless && x.Gone(), Overdue: x.Overdue, Idle: x.Idle}
		row.Quiet = ui.Say(ctx, "Idle %s d", ui.Number(int(d.Now.Sub(time.UnixMilli(x.LastActivityAt))/(24*time.Hour))))
		if row.Title == "" {
			row.Title = "#" + strconv.FormatInt(x.Number, 10)
		}
		if d.Shared {
			row.Owner = d.people.Name(x.OwnerID)
		}
		out.Risks = append(out.Risks, row)
	}
	for _, at := range d.Hidden {
		out.Hidden = append(out.Hidden, sh.clock.When(ctx, at))
	}
	return out
}

// task is what is due, with where it leads.
func (sh shower) task(d Day, task Task) view.Task {
	ctx := sh.ctx
	now := d.Now.UnixMilli()
	y, m, day := d.Now.Date()
	midnight := time.Date(y, m, day, 0, 0, 0, 0, d.Now.Location()).UnixMilli()
	row := view.Task{
		Title: task.Title, Path: "/tasks/" + task.ID,
		Action: "/today/tasks/" + task.ID + "/done", Who: sh.who(task.Name, task.Phone),
		Due: sh.clock.When(ctx, task.DueAt), Late: late(task, now, midnight), Owner: task.Owner,
	}
	if task.AllDay {
		row.Due.Text = sh.clock.Day(ctx, task.DueAt)
	}
	if task.ContactID != "" && task.Card {
		row.Href = "/contacts/" + task.ContactID
		if d.MaySell && task.Kind == store.TaskCallBack && task.DealID == "" {
			row.Deal = "/deals/new?source=call&contact=" + task.ContactID
		}
	}
	if task.Sale {
		row.SaleHref, row.Sale = "/deals/"+task.DealID, task.Deal
		if row.Sale == "" || row.Sale == task.Name {
			row.Sale = ui.Say(ctx, "Deal %s", strconv.FormatInt(task.DealNumber, 10))
		}
	}
	if strings.HasPrefix(task.Phone, "+") {
		row.Dial = "tel:" + task.Phone
	}
	return row
}

// late tells that the time of a task has passed: of one of a whole day, the day.
func late(task Task, now, midnight int64) bool {
	if task.AllDay {
		return task.DueAt < midnight
	}
	return task.DueAt < now
}

// greeting addresses the person by the first word of their name.
func (sh shower) greeting(d Day) string {
	alone, named := "Good evening", "Good evening, %s"
	switch hour := d.Now.Hour(); {
	case hour >= 4 && hour < 12:
		alone, named = "Good morning", "Good morning, %s"
	case hour >= 12 && hour < 18:
		alone, named = "Good afternoon", "Good afternoon, %s"
	}
	if name, _, _ := strings.Cut(strings.TrimSpace(d.User), " "); name != "" {
		return ui.Say(sh.ctx, named, name)
	}
	return ui.Words(sh.ctx)(alone)
}

func (sh shower) who(name, number string) view.Person {
	p := view.Person{Name: name, Number: strings.TrimPrefix(number, "raw:")}
	if strings.HasPrefix(number, "+") {
		p.Number = phone.Display(number, sh.country)
	}
	return p
}

// said is what happened last in a conversation, in a few words.
func (sh shower) said(v store.ConversationRow) string {
	t := ui.Words(sh.ctx)
	switch {
	case v.Last == "call" && v.Text == store.CallMissed:
		return t("Missed call")
	case v.Last == "call":
		return t("Call")
	case v.Last == "note":
		return t("Note:") + " " + brief(v.Text)
	case v.Last == "message" && v.Direction == "out":
		return t("We wrote:") + " " + brief(v.Text)
	}
	return brief(v.Text)
}

// brief is the beginning of a text, on one line.
func brief(text string) string {
	line := []rune(strings.Join(strings.Fields(text), " "))
	if len(line) > 120 {
		return string(line[:119]) + "…"
	}
	return string(line)
}

// channelNotice says what keeps calls and texts from coming in.
func channelNotice(c store.Connection) view.Notice {
	switch c.State {
	case store.Connected:
		return view.Notice{}
	case store.Failing:
		return view.Notice{Kind: "bad", Text: "Twilio refuses what we send. Nothing goes out until that is put right.", Link: "See what is wrong"}
	}
	return view.Notice{Kind: "info", Text: "No phone number is connected, so no calls and texts come in.", Link: "Connect Twilio"}
}
