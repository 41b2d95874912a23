package board

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"stead/app/access"
	"stead/app/custom"
	"stead/app/phone"
	"stead/app/veil"
	"stead/store"
	view "stead/views/board"
	"stead/views/ui"
)

// shower turns deals into what pages show: one for a request.
type shower struct {
	asked
	ctx    context.Context
	t      func(string) string
	at     place
	people access.People
}

func (s *Service) shower(ctx context.Context, at place, a asked, people access.People) shower {
	return shower{asked: a, ctx: ctx, t: ui.Words(ctx), at: at, people: people}
}

// page is what stands around the deals.
func (sh *shower) page() view.Page {
	p := view.Page{Title: sh.pipeline.Name, Filter: sh.filter()}
	for _, way := range []struct{ show, label, icon string }{{asBoard, "Board", "square-kanban"}, {asList, "List", "list"}, {asForecast, "Forecast", "chart-column"}} {
		p.Ways = append(p.Ways, view.Link{Label: sh.t(way.label), Href: sh.at.as(way.show).path(), Icon: way.icon, Current: way.show == sh.at.show})
	}
	at := sh.at.bare()
	at.stage = ""
	if sh.at.show != asBoard {
		at.pipeline = ""
		p.Pipelines = append(p.Pipelines, view.Link{Label: sh.t("All pipelines"), Href: at.path(), Current: sh.pipeline.ID == ""})
	}
	for _, v := range sh.pipelines {
		at.pipeline = v.ID
		p.Pipelines = append(p.Pipelines, view.Link{Label: v.Name, Href: at.path(), Current: v.ID == sh.pipeline.ID})
	}
	for _, part := range sh.people.Parts(sh.actor, access.DealsRead) {
		at := sh.at.bare()
		at.who = part.Whose
		p.Parts = append(p.Parts, ui.Part{Label: part.Label, Href: at.path(), Current: part.Whose == sh.at.who})
	}
	if sh.hidden {
		p.Notes = append(p.Notes, "A part of this filter asks for what your role does not show. It was left out.")
	}
	p.New = sh.newIn("")
	if len(sh.pipelines) == 0 {
		p.New = ""
		p.SetUp = "/settings/pipelines/new"
	}
	return p
}

// newIn is where a deal is added to a stage.
func (sh *shower) newIn(stageID string) string {
	switch {
	case !sh.actor.Has(access.DealsWrite):
		return ""
	case sh.pipeline.ID == "":
		return "/deals/new"
	case stageID == "":
		return "/deals/new?pipeline=" + sh.pipeline.ID
	}
	return "/deals/new?pipeline=" + sh.pipeline.ID + "&stage=" + stageID
}

// amount prints minor units; on the board without the part behind the point
// where that is nought.
func (l *local) amount(minor int64, currency string) string {
	return custom.Money(minor, currency, l.how)
}

func (l *local) short(minor int64, currency string) string {
	text := l.amount(minor, currency)
	at := strings.LastIndexAny(text, ".,")
	if at > 0 && strings.Trim(text[at+1:], "0") == "" && len(text)-at-1 <= 3 && wholeIn(minor, currency) {
		return text[:at]
	}
	return text
}

func (sh *shower) board(b Board) *view.Board {
	out := &view.Board{Moves: sh.actor.Has(access.DealsWrite), New: sh.newIn("")}
	at := sh.at.bare()
	at.pipeline = sh.pipeline.ID
	out.Path = at.under("/board/lanes")
	for _, l := range b.Lanes {
		out.Lanes = append(out.Lanes, sh.lane(l))
	}
	return out
}

func (sh *shower) lane(l Lane) view.Lane {
	at := sh.at.bare()
	at.pipeline, at.lane = sh.pipeline.ID, l.Stage.ID
	out := view.Lane{
		ID: l.Stage.ID, Name: l.Stage.Name, Kind: l.Stage.Kind, Closing: l.Stage.Kind != store.DealOpen, Since: l.Stage.Kind != store.DealOpen,
		Deals: ui.Number(int(l.Deals)), MorePage: at.path(), New: sh.newIn(l.Stage.ID),
	}
	if out.Closing {
		out.New = ""
	}
	for _, s := range l.Sums {
		sum := view.Sum{Amount: sh.short(s.Amount, s.Currency)}
		if l.Stage.Kind == store.DealOpen {
			sum.Weighted = sh.short(s.Weighted, s.Currency)
		}
		out.Sums = append(out.Sums, sum)
	}
	if l.Waits {
		out.Waits = at.under("/board/lanes/" + l.Stage.ID)
		return out
	}
	back := sh.at.bare()
	back.pipeline = sh.pipeline.ID
	out.Cards = make([]view.Card, len(l.Cards.Rows))
	query := back.under("")
	for i := range l.Cards.Rows {
		out.Cards[i] = sh.card(&l.Cards.Rows[i], l.Stage, query)
	}
	if at.after = l.Cards.Next; at.after != "" {
		out.More, out.MorePage = at.under("/board/lanes/"+l.Stage.ID), at.path()
	}
	return out
}

const moves = "/board/moves/" // then the id of a deal

func (sh *shower) title(d *store.Deal) string {
	if d.Title == "" || !access.Sees(sh.actor, d.OwnerID) {
		return ui.Say(sh.ctx, "Deal %s", strconv.FormatInt(d.Number, 10))
	}
	return d.Title
}

// person is whom a deal is with, by name or else by number, as far as whoever looks
// may know them.
func (a *asked) person(d *store.DealRow) string {
	switch {
	case !access.May(a.actor, access.ContactsRead, access.Object{Owner: d.PersonOwner}):
		return ""
	case d.Person != "":
		return d.Person
	case !access.Sees(a.actor, d.PersonOwner):
		return strings.TrimPrefix(veil.Key(d.Phone), "raw:")
	}
	return phone.Display(strings.TrimPrefix(d.Phone, "raw:"), a.country)
}

// with is whom a deal is with, or was with before they were erased.
func (sh *shower) with(d *store.DealRow) string {
	if d.Gone() {
		return sh.t("Erased person")
	}
	return sh.person(d)
}

// company is that of a deal, likewise.
func (a *asked) company(d *store.DealRow) string {
	if !access.May(a.actor, access.ContactsRead, access.Object{Owner: d.CompanyOwner}) {
		return ""
	}
	return d.Company
}

func (sh *shower) card(d *store.DealRow, stage store.Stage, back string) view.Card {
	c := view.Card{
		ID: d.ID, Href: "/deals/" + d.ID, Title: sh.title(&d.Deal), Person: cmp.Or(sh.with(d), sh.company(d)), Version: strconv.FormatInt(d.Version, 10),
		Age: sh.days(sh.now.UnixMilli() - d.EnteredAt),
	}
	if access.May(sh.actor, access.DealsWrite, access.Object{Owner: d.OwnerID}) {
		c.Move = moves + d.ID + back
	}
	if d.Amount != 0 && access.May(sh.actor, access.MoneySee, access.Object{Owner: d.OwnerID}) {
		c.Amount = sh.short(d.Amount, d.Currency)
	}
	if d.OwnerID != "" && len(sh.people) > 1 {
		c.Owner = sh.people.Name(d.OwnerID)
		c.Face = ui.FaceOf(c.Owner)
	}
	c.Next, c.Marks = sh.marks(d, stage)
	return c
}

// marks are what somebody should know of an open deal, and when its next step
// is due.
func (sh *shower) marks(d *store.DealRow, stage store.Stage) (next string, out []view.Mark) {
	now := sh.now.UnixMilli()
	ended := d.DueAt // when it is late
	if d.DueAllDay {
		ended = sh.dayAfter(d.DueAt)
	}
	late := d.DueAt != 0 && ended < now
	switch {
	case late && now-ended < day && !d.DueAllDay:
		out = append(out, view.Mark{Kind: "bad", Icon: "triangle-alert", Text: sh.t("Overdue")})
	case late:
		out = append(out, view.Mark{Kind: "bad", Icon: "triangle-alert", Text: ui.Say(sh.ctx, "%s late", sh.days(now-d.DueAt))})
	case d.DueAllDay && d.DueAt <= now:
		next = sh.t("Today")
	case d.DueAt != 0:
		next = sh.clock.Brief(sh.ctx, d.DueAt).Text
	case d.Open() && d.Gone(): // with nobody there is no next step
		out = append(out, view.Mark{Kind: "warn", Icon: "circle-alert", Text: sh.t("To be closed")})
	case d.Open():
		out = append(out, view.Mark{Kind: "warn", Icon: "circle-alert", Text: sh.t("No next step")})
	}
	if d.Open() && stage.IdleDays > 0 && d.LastActivityAt < now-stage.IdleDays*day {
		out = append(out, view.Mark{Kind: "warn", Icon: "timer", Text: ui.Say(sh.ctx, "Idle %s", sh.days(now-d.LastActivityAt))})
	}
	return next, out
}

// dayAfter is the midnight that ends the day of a moment, where the business is.
func (sh *shower) dayAfter(ms int64) int64 {
	y, m, d := time.UnixMilli(ms).In(sh.now.Location()).Date()
	return time.Date(y, m, d+1, 0, 0, 0, 0, sh.now.Location()).UnixMilli()
}

const day = int64(24 * time.Hour / time.Millisecond)

// days says how long something lasted, in the shortest way.
func (sh *shower) days(ms int64) string {
	if ms < day {
		return sh.t("today")
	}
	return ui.Say(sh.ctx, "%s d", ui.Number(int(ms/day)))
}

// count says how many deals there are of what is asked.
func (sh *shower) count(sums []store.Sum, cut bool) string {
	if cut {
		return ""
	}
	n := 0
	for _, s := range sums {
		n += int(s.Deals)
	}
	return ui.Many(sh.ctx, n, "%s deal", "%s deals")
}

func (b Board) sums() (out []store.Sum) {
	for _, l := range b.Lanes {
		out = append(out, store.Sum{Deals: l.Deals})
	}
	return out
}

// byCurrency adds up what stages come to.
func byCurrency(sums []store.Sum) []store.Sum {
	var out []store.Sum
	for _, s := range sums {
		at := slices.IndexFunc(out, func(o store.Sum) bool { return o.Currency == s.Currency })
		if at < 0 {
			out, at = append(out, store.Sum{Currency: s.Currency}), len(out)
		}
		out[at].Deals, out[at].Amount, out[at].Weighted = out[at].Deals+s.Deals, out[at].Amount+s.Amount, out[at].Weighted+s.Weighted
	}
	slices.SortFunc(out, func(a, b store.Sum) int {
		return cmp.Or(-cmp.Compare(a.Deals, b.Deals), strings.Compare(a.Currency, b.Currency))
	})
	return out
}
