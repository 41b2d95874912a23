package inbox

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"stead/app/access"
	"stead/app/gate"
	"stead/app/mention"
	"stead/app/phone"
	"stead/app/web"
	"stead/store"
	view "stead/views/inbox"
	"stead/views/ui"
)

// shower turns records into what pages show: one for a request.
type shower struct {
	ctx     context.Context
	t       func(string) string
	clock   ui.Clock
	country string
	actor   access.Actor // who looks
}

func (s *Service) shower(r *http.Request) (shower, error) {
	b, err := s.Store.Business(r.Context())
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return shower{}, err
	}
	return shower{ctx: r.Context(), t: ui.Words(r.Context()), clock: ui.NewClock(s.Now(), b.Location()), country: b.Country, actor: web.Actor(r)}, nil
}

var views = []struct{ view, label, empty string }{
	{store.InboxOpen, "Open", "Calls and texts will stand here as soon as somebody calls or writes."},
	{store.InboxWaiting, "Waiting", "Nobody waits for an answer."},
	{store.InboxFailed, "Failed", "Every text that you sent arrived, or is on its way."},
	{store.InboxDone, "Done", "Conversations that you mark as done stand here."},
}

func (sh shower) list(l List, after, open string) view.List {
	out := view.List{Alone: open == "", Rows: make([]view.Row, len(l.Rows))}
	at := partOf(l.View, l.Whose)
	path := func(base string, more ...string) string {
		q := url.Values{}
		for key := range at {
			q.Set(key, at.Get(key))
		}
		for i := 0; i < len(more); i += 2 {
			if more[i+1] != "" {
				q.Set(more[i], more[i+1])
			}
		}
		if len(q) == 0 {
			return base
		}
		return base + "?" + q.Encode()
	}
	for i := range l.Rows {
		out.Rows[i] = sh.row(&l.Rows[i], path(threadPath(l.Rows[i].ID), "after", ""), open)
		if l.People.Several() {
			out.Rows[i].Owner = l.People.Name(l.Rows[i].OwnerID)
		}
	}
	out.Self = path("/inbox/list", "after", after, "open", open)
	if l.Next != "" {
		out.Next = path("/inbox", "after", l.Next)
	}
	for _, v := range views {
		tab := view.Tab{Label: v.label, Path: listPath(v.view, l.Whose), Current: v.view == l.View}
		if tab.Current {
			out.Title, out.Empty = v.label, v.empty
		}
		out.Tabs = append(out.Tabs, tab)
	}
	return out
}

// partOf is what an address says of the list: its view, and whose part of it.
func partOf(view, whose string) url.Values {
	at := url.Values{}
	if view != store.InboxOpen {
		at.Set("view", view)
	}
	if whose != access.Whole {
		at.Set("who", whose)
	}
	return at
}

func listPath(view, whose string) string {
	if at := partOf(view, whose); len(at) > 0 {
		return "/inbox?" + at.Encode()
	}
	return "/inbox"
}

func (sh shower) row(c *store.ConversationRow, path, open string) view.Row {
	name, number := sh.name(c.Name, c.Phone)
	row := view.Row{
		ID: c.ID, Path: path, Name: name, Number: number, Face: ui.FaceOf(name),
		Unread: c.Unread > 0, Open: c.ID == open, At: sh.clock.Brief(sh.ctx, c.LastAt), Icon: "message-square", Text: c.Text,
	}
	switch c.Last {
	case "call":
		row.Icon, row.Text = sh.call(c.Text)
	case "note":
		row.Icon, row.Text = "lock", sh.t("Note:")+" "+c.Text
	case "message":
		if c.Direction == "out" {
			row.Text = sh.t("You:") + " " + c.Text
		}
		if c.Text == "" {
			row.Text = sh.t("A picture or a file")
		}
	}
	switch c.MessageFate {
	case store.MessageFailed, store.MessageUndelivered, store.MessageRefused:
		row.Badges = append(row.Badges, view.Badge{Kind: "bad", Text: sh.t("Not delivered")})
	case store.MessageUnconfirmed:
		row.Badges = append(row.Badges, view.Badge{Kind: "warn", Text: sh.t("Not known whether it was sent")})
	}
	if c.WaitingSince > 0 {
		row.Badges = append(row.Badges, view.Badge{Kind: "warn", Text: ui.Say(sh.ctx, "Waiting %s", sh.ago(c.WaitingSince))})
	}
	return row
}

// ago says for how long, in the coarsest words that are still true.
func (sh shower) ago(since int64) string {
	minutes := int((sh.clock.Now().UnixMilli() - since) / 60_000)
	switch {
	case minutes < 1:
		return sh.t("less than a minute")
	case minutes < 60:
		return ui.Say(sh.ctx, "%s min", strconv.Itoa(minutes))
	case minutes < 48*60:
		return ui.Say(sh.ctx, "%s h", strconv.Itoa(minutes/60))
	}
	return ui.Say(sh.ctx, "%s days", strconv.Itoa(minutes/60/24))
}

// name is what a person is called, or the number while nobody has told.
func (sh shower) name(name, matchKey string) (text string, number bool) {
	switch {
	case name != "":
		return name, false
	case matchKey == "":
		return sh.t("No name"), false
	case matchKey[0] == '+':
		return phone.Display(matchKey, sh.country), true
	}
	return matchKey[len("raw:"):], true
}

func (sh shower) call(outcome string) (icon, text string) {
	switch outcome {
	case store.CallMissed:
		return "phone-missed", sh.t("Missed call")
	case store.CallAnswered:
		return "phone-incoming", sh.t("Answered call")
	}
	return "phone-call", sh.t("The phone rings")
}

func contactPath(id string) string { return "/contacts/" + url.PathEscape(id) }

func (sh shower) thread(t Thread) view.Thread {
	first := ""
	if len(t.Phones) > 0 {
		first = t.Phones[0].MatchKey
	}
	name, number := sh.name(t.Contact.Name, first)
	out := view.Thread{
		Path: threadPath(t.ID), Back: "/inbox", Name: name, Number: number, MayWrite: t.Write,
		Company: t.Contact.Company, Done: t.State == "done", Topic: "person:" + t.ContactID, Log: sh.log(t), Composer: sh.composer(t),
	}
	if t.Card {
		out.Contact = contactPath(t.ContactID)
	}
	if !number && first != "" {
		out.Phone, _ = sh.name("", first)
	}
	return out
}

func (sh shower) log(t Thread) view.Log {
	path := threadPath(t.ID)
	out := view.Log{Path: path, Unread: t.Unread > 0 && t.After == "" && t.Write}
	if t.Next != "" {
		out.Earlier = path + "?after=" + url.QueryEscape(t.Next)
	}
	if t.After != "" {
		out.Latest = path
	}
	for _, i := range slices.Backward(t.Items) {
		if name := sh.clock.Day(sh.ctx, i.At); len(out.Days) == 0 || out.Days[len(out.Days)-1].Name != name {
			out.Days = append(out.Days, view.Day{Name: name})
		}
		day := &out.Days[len(out.Days)-1]
		day.Items = append(day.Items, sh.item(t, i))
	}
	return out
}

// item says in words what happened.
func (sh shower) item(t Thread, i store.StreamItem) view.Item {
	out := view.Item{ID: i.ID, At: sh.clock.Time(i.At)}
	switch {
	case i.Message != nil:
		sh.message(t, i.Message, &out)
	case i.Call != nil:
		out.Icon, out.Text = sh.call(i.Call.Outcome)
		if i.Call.Outcome == store.CallAnswered {
			out.Text += ", " + ui.Say(sh.ctx, "%s min", strconv.FormatInt((i.Call.Seconds+59)/60, 10))
		}
	case i.Note != nil:
		out.Class, out.Body, out.Text = "msg note", i.Note.Body, sh.t("Private note")
		out.Words = mention.Mark(i.Note.Body, t.People)
		if name := t.People.Name(i.Note.Author); name != "" {
			out.Text = ui.Say(sh.ctx, "Private note by %s", name)
		}
	case i.Decision != nil:
		out.ID, out.Icon, out.Text = "d-"+i.ID, "ban", sh.t("No automatic text:")+" "+sh.t(reasonWords(gate.Reason(i.Decision.Reason)))
		if i.Decision.Verdict == "texted" {
			out.Icon, out.Text = "zap", sh.t("Answered by an automatic text")
			if i.Decision.Wording == "closed" {
				out.Text = sh.t("Answered by the automatic text for closed hours")
			}
		}
	}
	return out
}

func (sh shower) about(t Thread) view.About {
	thread := sh.thread(Thread{Conversation: t.Conversation, Contact: t.Contact, Phones: t.Phones, Rights: t.Rights})
	out := view.About{Name: thread.Name, Contact: thread.Contact}
	for _, p := range t.Phones {
		number, _ := sh.name("", p.MatchKey)
		out.Facts = append(out.Facts, view.Fact{Label: "Phone", Text: number})
	}
	if t.Contact.Company != "" {
		out.Facts = append(out.Facts, view.Fact{Label: "Company", Text: t.Contact.Company})
	}
	out.Facts = append(out.Facts,
		view.Fact{Label: "Came by", Text: sh.t(sources[t.Contact.Source])},
		view.Fact{Label: "Since", Text: sh.clock.When(sh.ctx, t.Contact.CreatedAt).Text},
		sh.standing(t),
	)
	for _, task := range t.Tasks {
		out.Tasks = append(out.Tasks, view.Task{
			Text: "Call back", Action: contactPath(t.ContactID) + "/tasks/" + url.PathEscape(task.ID) + "/done", Due: sh.clock.When(sh.ctx, task.DueAt),
		})
	}
	return out
}

var sources = map[string]string{"manual": "Added by hand", "call": "A phone call", "sms": "A text", "form": "A web form", "webhook": "A webhook", "demo": "The demonstration"}

// standing is what the person said about being texted.
func (sh shower) standing(t Thread) view.Fact {
	f := view.Fact{Label: "Texts"}
	switch {
	case t.OptedOut:
		f.Kind, f.Text = "bad", sh.t("Opted out")
	case t.Refused != gate.Go:
		f.Kind, f.Text = "warn", sh.t("Not possible")
	case t.Consent.Act == "given":
		words := "They agreed, %s"
		if t.Consent.Source == "call" {
			words = "They called, %s"
		}
		f.Kind, f.Text = "ok", ui.Say(sh.ctx, words, sh.clock.When(sh.ctx, t.Consent.At).Text)
	default:
		f.Kind, f.Text = "line", sh.t("Replies only")
	}
	return f
}
