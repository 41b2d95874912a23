package contacts

import (
	"encoding/json"
	"strconv"
	"strings"

	"stead/app/access"
	"stead/app/acts"
	"stead/app/gate"
	"stead/app/mention"
	"stead/app/phone"
	"stead/app/veil"
	"stead/store"
	view "stead/views/contacts"
	"stead/views/ui"
)

// typed is what was refused on the card, to be shown again.
type typed struct {
	note, noteProblem     string
	reason, reasonProblem string
	tag, tagProblem       string
	problem               string // of an assignment
}

func (sh shower) card(actor access.Actor, c Card, in typed) view.Card {
	path := contactPath(c.ID)
	out := view.Card{
		Owner: ownerOf(actor, c), Problem: in.problem, Veiled: !c.Sees,
		MayEdit: c.Edit, MayWrite: c.Write, MayExport: c.Export, MayErase: c.Erase, MayDrop: c.Drop,
		Path: path, Name: c.Name, Privacy: "/privacy/people/" + c.ID,
		Tasks: sh.tasks(c), Activity: sh.activity(c.ID, c.Timeline, c.Write),
		State: view.State{
			Path: path, Blocked: c.BlockedAt != 0, Restricted: c.RestrictedAt != 0, DoNotCall: c.DoNotCallAt != 0, Minor: c.MinorAt != 0,
			Marks: c.Marks, Reason: in.reason, Problem: in.reasonProblem,
		},
		Tags: tagsOf(c, in),
	}
	out.Activity.Note, out.Activity.MayNote = view.Note{Body: in.note, Problem: in.noteProblem, Colleagues: mention.Offered(actor, c.Names)}, c.Write
	out.Activity.Pinned = sh.pinned(c)
	if c.Conversation != "" {
		out.Conversation = "/inbox/" + c.Conversation
	}
	for _, slot := range factSlots {
		out.Facts = append(out.Facts, sh.fact(c, slot))
	}
	for _, f := range c.Fields {
		if c.Sees || !f.Personal {
			out.Facts = append(out.Facts, sh.fieldFact(c, f))
		}
	}
	out.Came = sh.came(c)
	out.Jobs = sh.posts(c)
	sh.name(c, &out)
	out.Notices = sh.notices(c)
	return out
}

func (sh shower) name(c Card, out *view.Card) {
	switch {
	case c.Name != "":
	case len(c.Phones) > 0:
		out.Name, out.Nameless = sh.number(c.Phones[0]), true
	case len(c.Emails) > 0:
		out.Name = c.Emails[0].Typed
	default:
		out.Name = ui.Words(sh.ctx)("No name")
	}
}

func (sh shower) notices(c Card) (out []view.Notice) {
	warn := func(text string) { out = append(out, view.Notice{Kind: "warn", Text: text}) }
	if c.RestrictedAt != 0 {
		warn(ui.Say(sh.ctx, "Restricted since %s: nothing is sent, and nothing is done with their data but keeping it. Reason: %s",
			sh.clock.When(sh.ctx, c.RestrictedAt).Text, c.Restriction))
	}
	if c.BlockedAt != 0 {
		warn("Blocked: no texts go out, not even automatic ones.")
	}
	if c.DoNotCallAt != 0 {
		warn("Do not call: they asked not to be called.")
	}
	if c.MinorAt != 0 {
		warn("They may be a child: nothing is advertised to them.")
	}
	if !c.OptOutsKnown {
		out = append(out, view.Notice{Kind: "info", Text: "The vault is locked, so nobody can tell whether they opted out of texts."})
	}
	return out
}

// number is a number as people read it, with its extension.
func (sh shower) number(p store.Phone) string {
	if p.E164 == "" {
		return p.Typed
	}
	out := phone.Display(p.E164, sh.country)
	if _, ext := phone.SplitExtension(p.Typed); ext != "" {
		out += " x" + ext
	}
	return out
}

func (sh shower) tasks(c Card) view.Tasks {
	var out view.Tasks
	now := sh.clock.Now().UnixMilli()
	for _, task := range c.Tasks {
		row := view.Task{
			Action: contactPath(c.ID) + "/tasks/" + task.ID + "/done", Text: taskWords(task), Own: task.Title,
			Due: sh.clock.When(sh.ctx, task.DueAt), Late: task.DueAt < now,
		}
		if row.Own != "" && !c.Sees {
			row.Own, row.Text = "", "Something to do"
		}
		out.Rows = append(out.Rows, row)
	}
	return out
}

func taskWords(t store.Task) string {
	if t.Kind == "call_back" {
		return "Call back"
	}
	return "Something to do"
}

func (sh shower) pinned(c Card) (out []view.Pin) {
	for _, n := range c.Pinned {
		pin := view.Pin{Body: mention.Mark(n.Body, c.Names), By: c.Names.Name(n.Author), At: sh.clock.When(sh.ctx, n.CreatedAt)}
		if !c.Sees {
			pin.Body = mention.Mark(veil.Hidden, nil)
		}
		if c.Write {
			pin.Action = contactPath(c.ID) + "/notes/" + n.ID + "/pin"
		}
		out = append(out, pin)
	}
	return out
}

// kinds are the parts of a timeline, in the order in which they are offered.
var kinds = []struct{ kind, label string }{
	{"", "All"},
	{store.StoryMessages, "Texts"},
	{store.StoryCalls, "Calls"},
	{store.StoryNotes, "Notes"},
	{store.StoryTasks, "Tasks"},
	{store.StoryChanges, "Changes"},
}

func (sh shower) activity(contactID string, line Timeline, write bool) view.Activity {
	out := view.Activity{Path: contactPath(contactID), Closed: line.Closed}
	for _, k := range kinds {
		href := out.Path
		if k.kind != "" {
			href += "?kind=" + k.kind
		}
		out.Kinds = append(out.Kinds, view.Kind{Label: k.label, Href: href, Current: k.kind == line.Kind})
	}
	if line.Next != "" {
		out.Older = out.Path + "?after=" + line.Next
		if line.Kind != "" {
			out.Older += "&kind=" + line.Kind
		}
	}
	for _, i := range line.Items {
		if name := sh.clock.Day(sh.ctx, i.At); len(out.Days) == 0 || out.Days[len(out.Days)-1].Name != name {
			out.Days = append(out.Days, view.Day{Name: name})
		}
		day := &out.Days[len(out.Days)-1]
		item := sh.item(i, line.Names)
		if i.Note != nil {
			item.Words = mention.Mark(i.Note.Body, line.Known)
		}
		if i.Note != nil && write {
			item.Pin = out.Path + "/notes/" + i.Note.ID + "/pin"
			item.Edit = out.Path + "/notes/" + i.Note.ID + "/edit"
		}
		day.Items = append(day.Items, item)
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
		out.Edited, out.Pinned = i.Note.UpdatedAt != 0, i.Note.PinnedAt != 0
	case i.Task != nil:
		sh.task(i.Task, names, &out)
	case i.Change != nil:
		sh.change(i.Change, names, &out)
	case i.Decision != nil:
		out.Icon, out.Text = "info", t("The missed call was answered by a text")
		if i.Decision.Verdict != "texted" {
			out.Icon, out.Text = "ban", t("No automatic text:")+" "+t(gate.Words(gate.Reason(i.Decision.Reason)))
		}
	}
	return out
}

func (sh shower) task(task *store.Task, names map[string]string, out *view.Item) {
	t := ui.Words(sh.ctx)
	out.Icon, out.Kind, out.Text, out.Quote = "circle-check", "ok", t("A task was done"), task.Title
	if name := names[task.DoneBy]; name != "" {
		out.Text = ui.Say(sh.ctx, "%s finished a task", name)
	}
	if task.Title == "" {
		out.Text += ": " + t(taskWords(*task))
	}
}

// change says what was done with the contact itself, and to which parts.
func (sh shower) change(e *store.Event, names map[string]string, out *view.Item) {
	t := ui.Words(sh.ctx)
	out.Icon, out.Text = "pencil", t(acts.Words(e.Kind))
	if parts := partsOf(e.Data); len(parts) > 0 {
		words := make([]string, 0, len(parts))
		for _, part := range parts {
			words = append(words, t(partWords(part)))
		}
		out.Text += ": " + strings.Join(words, ", ")
	}
	if name := names[e.Actor]; name != "" {
		out.Text += " (" + name + ")"
	}
}

// partsOf are the parts that an event says were changed.
func partsOf(data string) []string {
	var said struct {
		Parts []string `json:"parts"`
	}
	_ = json.Unmarshal([]byte(data), &said) // an event of another kind says something else
	return said.Parts
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
