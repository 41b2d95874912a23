package contacts

import (
	"strconv"

	"stead/app/access"
	"stead/app/gate"
	"stead/app/phone"
	"stead/store"
	view "stead/views/contacts"
	"stead/views/ui"
)

// typed is what was refused on the card, to be shown again.
type typed struct {
	note, noteProblem     string
	reason, reasonProblem string
	problem               string // of an assignment
}

func (sh shower) card(actor access.Actor, c Card, in typed) view.Card {
	path := contactPath(c.ID)
	out := view.Card{
		Owner: ownerOf(actor, c), Problem: in.problem, Veiled: !c.Sees,
		MayEdit: c.Edit, MayWrite: c.Write, MayExport: c.Export, MayErase: c.Erase,
		Path: path, Name: c.Name, Company: c.Company, About: c.About, Privacy: "/privacy/people/" + c.ID,
		Tasks: sh.tasks(c.ID, c.Tasks), Activity: sh.activity(c.ID, c.Timeline),
		State: view.State{Path: path, Blocked: c.BlockedAt != 0, Restricted: c.RestrictedAt != 0, Reason: in.reason, Problem: in.reasonProblem},
	}
	out.Activity.Note, out.Activity.MayNote = view.Note{Body: in.note, Problem: in.noteProblem}, c.Write
	if c.Conversation != "" {
		out.Conversation = "/inbox/" + c.Conversation
	}
	for _, p := range c.Phones {
		out.Phones = append(out.Phones, sh.phone(p, c.OptedOut[p.MatchKey]))
	}
	for _, e := range c.Emails {
		out.Emails = append(out.Emails, e.Typed)
	}
	sh.name(c, &out)
	sh.notices(c, &out)
	t := ui.Words(sh.ctx)
	out.Facts = []view.Fact{
		{Label: "Since", Text: sh.clock.When(sh.ctx, c.CreatedAt).Text},
		{Label: "Came by", Text: t(sources[c.Source])},
	}
	return out
}

var sources = map[string]string{"manual": "Added by hand", "call": "A phone call", "sms": "A text", "demo": "The demonstration"}

func (sh shower) name(c Card, out *view.Card) {
	switch {
	case c.Name != "":
	case len(out.Phones) > 0:
		out.Name, out.Nameless = out.Phones[0].Number, true
	case len(out.Emails) > 0:
		out.Name = out.Emails[0]
	default:
		out.Name = ui.Words(sh.ctx)("No name")
	}
}

func (sh shower) notices(c Card, out *view.Card) {
	if c.RestrictedAt != 0 {
		out.Notices = append(out.Notices, view.Notice{Kind: "warn", Text: ui.Say(sh.ctx,
			"Restricted since %s: nothing is sent, and nothing is done with their data but keeping it. Reason: %s",
			sh.clock.When(sh.ctx, c.RestrictedAt).Text, c.Restriction)})
	}
	if c.BlockedAt != 0 {
		out.Notices = append(out.Notices, view.Notice{Kind: "warn", Text: "Blocked: no texts go out, not even automatic ones."})
	}
	if !c.OptOutsKnown {
		out.Notices = append(out.Notices, view.Notice{Kind: "info", Text: "The vault is locked, so nobody can tell whether they opted out of texts."})
	}
}

func (sh shower) phone(p store.Phone, optedOut bool) view.Phone {
	out := view.Phone{Number: p.Typed}
	if p.E164 != "" {
		out.Number, out.Dial = phone.Display(p.E164, sh.country), "tel:"+p.E164
	}
	if optedOut {
		out.Badges = append(out.Badges, ui.Option{Value: "bad", Label: "Opted out"})
	}
	switch p.SMSState {
	case "landline":
		out.Badges = append(out.Badges, ui.Option{Label: "Landline"})
	case "unreachable", "invalid":
		out.Badges = append(out.Badges, ui.Option{Value: "warn", Label: "Texts do not arrive"})
	case "able":
		if !optedOut {
			out.Badges = append(out.Badges, ui.Option{Value: "ok", Label: "Gets texts"})
		}
	}
	return out
}

func (sh shower) tasks(contactID string, tasks []store.Task) view.Tasks {
	var out view.Tasks
	now := sh.clock.Now().UnixMilli()
	for _, task := range tasks {
		out.Rows = append(out.Rows, view.Task{
			Action: contactPath(contactID) + "/tasks/" + task.ID + "/done", Text: "Call back",
			Due: sh.clock.When(sh.ctx, task.DueAt), Late: task.DueAt < now,
		})
	}
	return out
}

func (sh shower) activity(contactID string, line Timeline) view.Activity {
	out := view.Activity{Path: contactPath(contactID), Closed: line.Closed}
	if line.Next != "" {
		out.Older = out.Path + "?after=" + line.Next
	}
	for _, i := range line.Items {
		if name := sh.clock.Day(sh.ctx, i.At); len(out.Days) == 0 || out.Days[len(out.Days)-1].Name != name {
			out.Days = append(out.Days, view.Day{Name: name})
		}
		day := &out.Days[len(out.Days)-1]
		day.Items = append(day.Items, sh.item(i, line.Names))
	}
	return out
}

// item says in words what happened.
func (sh shower) item(i store.StreamItem, names map[string]string) view.Item {
	t := ui.Words(sh.ctx)
	out := view.Item{At: sh.clock.Time(i.At)}
	switch {
	case i.Message != nil:
		sh.message(i.Message, names, &out)
	case i.Call != nil:
		sh.call(i.Call, &out)
	case i.Note != nil:
		out.Icon, out.Quote, out.Note = "sticky-note", i.Note.Body, true
		out.Text = t("Note")
		if name := names[i.Note.Author]; name != "" {
			out.Text = ui.Say(sh.ctx, "%s wrote a note", name)
		}
	case i.Decision != nil:
		out.Icon, out.Text = "info", t("The missed call was answered by a text")
		if i.Decision.Verdict != "texted" {
			out.Icon, out.Text = "ban", t("No automatic text:")+" "+t(gate.Words(gate.Reason(i.Decision.Reason)))
		}
	}
	return out
}

func (sh shower) message(m *store.Message, names map[string]string, out *view.Item) {
	t := ui.Words(sh.ctx)
	out.Icon, out.Quote = "message-square", m.Body
	if m.Media > 0 && m.Direction == "in" {
		out.Remark = "With a picture or a file, which is not fetched yet."
	}
	if m.Direction == "in" {
		out.Kind, out.Text = "info", t("They wrote a text")
		return
	}
	switch name := names[m.Author]; {
	case m.Author == "":
		out.Kind, out.Text = "ok", t("Automatic text")
	case name != "":
		out.Text = ui.Say(sh.ctx, "%s wrote a text", name)
	default:
		out.Text = t("We wrote a text")
	}
	out.Remark = fates[m.State]
	if m.State == store.MessageRefused {
		out.Remark = gate.Words(gate.Reason(m.Gate))
	}
}

var fates = map[string]string{
	store.MessageQueued:      "Waits to be sent",
	store.MessageSending:     "Is being sent",
	store.MessageUnconfirmed: "May have been sent: nobody confirmed it",
	store.MessageSent:        "Sent",
	store.MessageUndelivered: "Did not arrive",
	store.MessageFailed:      "Could not be sent",
	store.MessageDelivered:   "Arrived",
	store.MessageRead:        "Was read",
}

func (sh shower) call(c *store.Call, out *view.Item) {
	t := ui.Words(sh.ctx)
	switch {
	case c.Outcome == store.CallRinging:
		out.Icon, out.Text = "phone", t("A call is ringing")
	case c.Outcome == store.CallMissed && c.Direction == "in":
		out.Icon, out.Kind, out.Text = "phone-missed", "warn", t("Missed call")
	case c.Outcome == store.CallMissed:
		out.Icon, out.Text = "phone-off", t("We called, nobody answered")
	case c.Direction == "in":
		out.Icon, out.Kind, out.Text = "phone-incoming", "ok", t("They called and were answered")
	default:
		out.Icon, out.Text = "phone-outgoing", t("We called")
	}
	if c.Outcome == store.CallAnswered && c.Seconds > 0 {
		out.Text += ", " + ui.Say(sh.ctx, "%s min %s s", strconv.FormatInt(c.Seconds/60, 10), strconv.FormatInt(c.Seconds%60, 10))
	}
}
