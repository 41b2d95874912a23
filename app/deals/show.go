package deals

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"stead/app/access"
	"stead/app/assign"
	"stead/app/custom"
	"stead/store"
	view "stead/views/deals"
	"stead/views/ui"
)

// shower turns records into what pages show: one for a request.
type shower struct {
	ctx     context.Context //nolint:containedctx // the language
	clock   ui.Clock
	zone    *time.Location
	country string
}

func (s *Service) shower(ctx context.Context) (shower, error) {
	b, err := s.Store.Business(ctx)
	if err != nil {
		return shower{}, err
	}
	return shower{ctx: ctx, clock: ui.NewClock(s.Now(), b.Location()), zone: b.Location(), country: b.Country}, nil
}

// titleOf is what a deal is called: one without a title by its number.
func titleOf(ctx context.Context, d store.Deal, veiled bool) string {
	if d.Title == "" || veiled {
		return ui.Say(ctx, "Deal %s", strconv.FormatInt(d.Number, 10))
	}
	return d.Title
}

var states = map[string]view.State{
	store.DealOpen: {Kind: store.DealOpen, Label: "Open"},
	store.DealWon:  {Kind: store.DealWon, Label: "Won"},
	store.DealLost: {Kind: store.DealLost, Label: "Lost"},
}

// page is that of a deal for an actor.
func (sh shower) page(actor access.Actor, d Sight) view.Deal {
	live := d.DeletedAt == 0
	may := func(p access.Permission) bool { return access.May(actor, p, access.Object{Owner: d.OwnerID}) }
	p := view.Deal{
		Path: dealPath(d.ID), Title: titleOf(sh.ctx, d.Deal, d.Veiled), Number: "#" + strconv.FormatInt(d.Number, 10), Version: strconv.FormatInt(d.Version, 10),
		State: states[d.Status], Owner: ownerOf(actor, d), Veiled: d.Veiled, Open: d.Open(),
		MayMove: live && may(access.DealsWrite), MayDrop: may(access.DealsDelete), Pipeline: d.Pipeline().Name,
	}
	p.MayWrite = p.MayMove && !d.Veiled
	p.MayEdit = p.MayWrite && d.Amounts
	if !live {
		ends := sh.clock.BinEnds(d.DeletedAt)
		p.Binned = &ends
	}
	sh.stages(&p, d)
	slices.SortStableFunc(p.Ends, func(a, b view.Step) int { return strings.Compare(b.Kind, a.Kind) }) // won before lost, however they are ordered
	sh.figures(&p, actor, d)
	p.Gone = sh.gone(d)
	p.Person, p.Company = sh.who(d.Person, "/contacts/"), sh.who(d.Company, "/companies/")
	if d.Talk {
		p.Talk = "/inbox/" + d.ConversationID
	}
	for i := range d.Others {
		w := sh.who(&d.Others[i], "/contacts/")
		w.Role = d.Others[i].Role
		p.Others = append(p.Others, *w)
	}
	for _, t := range d.Tags {
		p.Tags = append(p.Tags, view.Tag{Name: t.Name, Colour: t.Colour})
	}
	p.Facts = sh.facts(d)
	sh.log(&p, d)
	return p
}

// stages are where the deal is and where it can go.
func (sh shower) stages(p *view.Deal, d Sight) {
	reached, been := false, map[string]bool{}
	for _, stay := range d.Stays {
		been[stay.StageID] = true
	}
	for _, of := range d.Pipelines {
		group := view.Group{Name: of.Name}
		for _, s := range of.Stages {
			step := view.Step{ID: s.ID, Name: s.Name, Kind: s.Kind, Current: s.ID == d.StageID}
			switch {
			case of.ID != d.PipelineID:
				if s.Kind == store.DealOpen {
					group.Steps = append(group.Steps, step)
				}
			case s.Kind == store.DealOpen:
				reached = reached || step.Current
				step.Past = !reached && been[s.ID]
				p.Steps = append(p.Steps, step)
			case !step.Current:
				if s.Kind == store.DealLost || len(s.Required) > 0 {
					step.Ask = p.Path + "/move?stage=" + s.ID
				}
				if d.Open() {
					p.Ends = append(p.Ends, step)
				}
			default: // it ended here
				p.Steps = append(p.Steps, step)
			}
		}
		if len(group.Steps) > 0 {
			p.Elsewhere = append(p.Elsewhere, group)
		}
	}
}

// figures are the numbers of the head.
func (sh shower) figures(p *view.Deal, actor access.Actor, d Sight) {
	t := ui.Words(sh.ctx)
	if d.Amounts {
		f := view.Figure{Label: "Amount", Text: sh.money(d.Amount, d.Currency)}
		if d.Open() && d.Amount != 0 {
			f.Hint = ui.Say(sh.ctx, "%s weighted", sh.money(d.Weighted, d.Currency)+" ("+strconv.FormatInt(d.Probability, 10)+" %)")
		}
		p.Figures = append(p.Figures, f)
	}
	closes := view.Figure{Label: "Expected close", Text: t("Not said")}
	if d.ClosesOn != 0 {
		closes.Text = sh.date(d.ClosesOn)
		if d.Open() && d.ClosesOn < sh.today() {
			closes.Hint = t("The day has passed")
		}
	}
	p.Figures = append(p.Figures, closes, view.Figure{Label: "In this stage", Text: sh.long(d.EnteredAt, sh.clock.Now().UnixMilli()), Hint: sh.idle(d)})
	if !actor.Has(access.TasksWrite) || !d.Open() || d.DeletedAt != 0 {
		return
	}
	if d.Gone() && !d.HasStepOpen {
		return // with nobody, nothing comes next but its end
	}
	next := &view.NextStep{None: !d.HasStepOpen, Add: "/tasks/new?deal=" + d.ID}
	if d.HasStepOpen {
		if next.Title = d.Next.Title; next.Title == "" {
			next.Title = t("Call back")
		}
		if access.May(actor, access.TasksWrite, access.Object{Owner: d.Next.OwnerID}) {
			next.Path = "/tasks/" + d.Next.ID
		}
		next.Due, next.Late = sh.due(d.Next)
	}
	p.Next = next
}

// idle says that nothing has happened for longer than the stage allows.
func (sh shower) idle(d Sight) string {
	days := d.Stages[d.StageID].IdleDays
	if !d.Open() || days == 0 || sh.clock.Now().UnixMilli()-d.LastActivityAt < days*dayMillis {
		return ""
	}
	return ui.Say(sh.ctx, "Idle for %s", sh.long(d.LastActivityAt, sh.clock.Now().UnixMilli()))
}

const dayMillis = 24 * 60 * 60 * 1000

// today is the UTC midnight of the business's day: what ClosesOn is compared with.
func (sh shower) today() int64 {
	now := sh.clock.Now()
	return time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, time.UTC).UnixMilli()
}

// due is when a task is due, and whether that has passed.
func (sh shower) due(task store.Task) (ui.When, bool) {
	at := time.UnixMilli(task.DueAt).In(sh.zone)
	if task.AllDay {
		at = at.Add(12 * time.Hour) // the same day when the business moved its clock by some hours
		w := sh.clock.When(sh.ctx, at.UnixMilli())
		w.Text = at.Format("Mon 2 Jan")
		now := sh.clock.Now()
		if at.Format(time.DateOnly) == now.Format(time.DateOnly) {
			w.Text = ui.Words(sh.ctx)("Today")
		}
		return w, at.Before(time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, sh.zone))
	}
	w := sh.clock.When(sh.ctx, task.DueAt)
	w.Text = at.Format("Mon 2 Jan 15:04")
	return w, task.DueAt < sh.clock.Now().UnixMilli()
}

// money is an amount as people of the country read it.
func (sh shower) money(amount int64, currency string) string {
	return custom.Money(amount, currency, custom.For(sh.country))
}

func (sh shower) date(ms int64) string {
	return custom.Date(ms, custom.For(sh.country))
}

// long is a stretch of time in words, in its largest unit.
func (sh shower) long(from, to int64) string {
	minutes := max(to-from, 0) / (60 * 1000)
	switch {
	case minutes >= 48*60:
		return ui.Many(sh.ctx, int(minutes/(24*60)), "%s day", "%s days")
	case minutes >= 60:
		return ui.Many(sh.ctx, int(minutes/60), "%s hour", "%s hours")
	}
	return ui.Many(sh.ctx, int(minutes), "%s minute", "%s minutes")
}

func (sh shower) who(ref *Ref, at string) *view.Who {
	if ref == nil {
		return nil
	}
	w := &view.Who{ID: ref.ID, Name: ref.Name}
	if ref.Open {
		w.Href = at + ref.ID
		if w.Name == "" {
			w.Name = ui.Words(sh.ctx)("No name")
		}
	}
	return w
}

var sources = map[string]string{
	"manual": "By hand", "call": "A call", "sms": "A conversation", "form": "A web form", "webhook": "A webhook", "import": "An import", "demo": "The demonstration",
}

func (sh shower) facts(d Sight) []ui.Fact {
	out := []ui.Fact{{Label: "Source", Word: sources[d.Source]}}
	now := sh.clock.Now().UnixMilli()
	end := now
	if d.ClosedAt != 0 {
		end = d.ClosedAt
	}
	out = append(out,
		ui.Fact{Label: "Added", Text: sh.clock.Day(sh.ctx, d.CreatedAt)},
		ui.Fact{Label: "Age", Text: sh.long(d.CreatedAt, end)},
		ui.Fact{Label: "Last activity", Text: sh.clock.Day(sh.ctx, d.LastActivityAt)})
	switch {
	case d.Reply == nil:
	case d.Reply.Answered == 0:
		out = append(out, ui.Fact{Label: "First answer", Word: "Waits still"})
	default:
		out = append(out, ui.Fact{Label: "First answer", Text: ui.Say(sh.ctx, "after %s", sh.long(d.Reply.At, d.Reply.Answered))})
	}
	if d.CreatedBy != "" {
		if name := d.People.Name(d.CreatedBy); name != "" {
			out = append(out, ui.Fact{Label: "Added by", Text: name})
		}
	}
	for _, k := range custom.Facts(d.Fields, d.Values, custom.For(sh.country)) {
		out = append(out, ui.Fact{Label: k.Label, Own: true, Text: k.Text, Word: k.Word, Href: k.Href})
	}
	return out
}

// log is where the deal was, the present first, and how it ended.
func (sh shower) log(p *view.Deal, d Sight) {
	several := len(d.Pipelines) > 1
	names := map[string]string{}
	for _, of := range d.Pipelines {
		names[of.ID] = of.Name
	}
	for i := len(d.Stays) - 1; i >= 0; i-- {
		s := d.Stays[i]
		to := s.LeftAt
		if to == 0 {
			to = sh.clock.Now().UnixMilli()
		}
		stay := view.Stay{
			Stage: d.Stages[s.StageID].Name, From: sh.clock.When(sh.ctx, s.EnteredAt), Long: sh.long(s.EnteredAt, to), Now: s.LeftAt == 0,
			By: d.People.Name(s.MovedBy),
		}
		if several {
			stay.Pipeline = names[s.PipelineID]
		}
		p.Stays = append(p.Stays, stay)
	}
	reasons := map[string]string{}
	for _, r := range d.Reasons {
		reasons[r.ID] = r.Name
	}
	for i := len(d.Outcomes) - 1; i >= 0; i-- {
		o := d.Outcomes[i]
		out := view.Outcome{
			State: states[o.Kind], Stage: d.Stages[o.StageID].Name, Reason: reasons[o.ReasonID], Note: o.Note, By: d.People.Name(o.Actor), At: sh.clock.When(sh.ctx, o.At),
		}
		if d.Amounts && o.Amount != 0 {
			out.Amount = sh.money(o.Amount, o.Currency)
		}
		if o.ReopenedAt != 0 {
			at := sh.clock.When(sh.ctx, o.ReopenedAt)
			out.Reopened, out.ReopenedBy = &at, d.People.Name(o.ReopenedBy)
		}
		p.Outcomes = append(p.Outcomes, out)
	}
}

func ownerOf(actor access.Actor, d Sight) *ui.Owner {
	if !d.People.Several() {
		return nil
	}
	return assign.Record{Path: dealPath(d.ID), Topic: "deals", OwnerID: d.OwnerID, People: d.People, Holders: d.Holders}.Owner(actor)
}
