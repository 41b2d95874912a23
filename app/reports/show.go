package reports

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"stead/app/access"
	"stead/app/custom"
	"stead/store"
	view "stead/views/reports"
	"stead/views/ui"
)

var sourceWords = map[string]string{
	"manual": "Entered by hand", "call": "A call", "sms": "A text", "form": "A web form", "webhook": "A webhook", "import": "An import", "demo": "The demonstration",
}

func number(d store.Deal) string { return "#" + strconv.FormatInt(d.Number, 10) }

func count(n int64) string { return strconv.FormatInt(n, 10) }

// share is n of all in percent; of none, a dash.
func share(n, all int64) string {
	if all == 0 {
		return "–"
	}
	return strconv.FormatInt((n*200+all)/(2*all), 10) + "%"
}

// lasted is a time in words: its largest unit, and the next where it says more.
func lasted(ctx context.Context, ms int64) string {
	minutes := (ms + minute/2) / minute
	days, hours := int(minutes/(24*60)), int(minutes/60%24)
	switch {
	case minutes < 60:
		return ui.Many(ctx, int(minutes), "%s minute", "%s minutes")
	case days == 0:
		return ui.Many(ctx, hours, "%s hour", "%s hours")
	case days >= 7 || hours == 0:
		return ui.Many(ctx, days, "%s day", "%s days")
	}
	return ui.Many(ctx, days, "%s day", "%s days") + " " + ui.Many(ctx, hours, "%s hour", "%s hours")
}

// amount is a sum in words.
func (d desk) amount(n int64, currency string) string {
	return custom.Money(n, currency, d.how)
}

// sums are those of each currency; nothing for who is not shown them.
func (d desk) sums(s Side) string {
	switch {
	case !d.money:
		return ""
	case s.N == 0:
		return "–"
	}
	var out []string
	for _, c := range slices.Sorted(maps.Keys(s.Sums)) {
		out = append(out, d.amount(s.Sums[c], c))
	}
	return strings.Join(out, " · ")
}

// filter is what stands above every report. All tells that all pipelines at once
// may be asked for.
func (d desk) filter(ctx context.Context, path string, all bool) view.Filter {
	t := ui.Words(ctx)
	f := view.Filter{
		Path: path, Query: d.at.bare().query(), Money: d.money,
		Pipeline: ui.Input{Name: "pipeline", Label: "Pipeline", Value: d.at.pipeline},
		Period:   ui.Input{Name: "period", Label: "Period", Value: d.at.period},
		From:     ui.Input{Name: "from", Label: "From", Type: "date", Value: d.at.from},
		To:       ui.Input{Name: "to", Label: "To", Type: "date", Value: d.at.to},
		Who:      ui.Input{Name: "who", Label: "Whose", Value: d.at.who},
		Own:      d.at.period == ownPeriod,
		Periods: []ui.Option{
			{Value: lastYear, Label: t("The last 12 months")},
			{Value: thisMonth, Label: t("This month")},
			{Value: lastMonth, Label: t("Last month")},
			{Value: thisYear, Label: t("This year")},
			{Value: always, Label: t("All time")},
			{Value: ownPeriod, Label: t("From day to day")},
		},
	}
	if all {
		f.Pipelines = append(f.Pipelines, ui.Option{Label: t("All pipelines")})
	}
	for _, p := range d.pipelines {
		f.Pipelines = append(f.Pipelines, ui.Option{Value: p.ID, Label: p.Name})
	}
	if d.people.Several() && d.actor.May[access.ReportsRead] > access.Own {
		f.Whose = []ui.Option{{Label: t("All that you may see")}, {Value: access.Mine, Label: t("Yours")}, {Value: access.Mates, Label: t("Your team's")}, {Value: access.Free, Label: t("Nobody's")}}
	}
	f.Tabs = []ui.Part{
		{Label: "Funnel", Href: "/reports" + f.Query, Current: path == at},
		{Label: "Won and lost", Href: atResults + f.Query, Current: path == atResults},
	}
	if d.talks {
		f.Tabs = append(f.Tabs, ui.Part{Label: "Response time", Href: atResponse + f.Query, Current: path == atResponse})
	}
	f.Said = d.said(ctx)
	return f
}

// said is the period in days.
func (d desk) said(ctx context.Context) string {
	day := func(ms int64) string { return time.UnixMilli(ms).In(d.zone).Format("2 Jan 2006") }
	switch {
	case d.span.From == 0 && d.span.To == 0:
		return ui.Words(ctx)("Of all time")
	case d.span.From == 0:
		return ui.Say(ctx, "Until %s", day(d.span.To-1))
	case d.span.To == 0:
		return ui.Say(ctx, "From %s on", day(d.span.From))
	}
	last := d.span.To - 1
	if d.at.period != ownPeriod {
		last = min(last, d.now) // a month goes on; what is still to come has no figures
	}
	return ui.Say(ctx, "%s to %s", day(d.span.From), day(last))
}

// rows is the address of what is behind a figure; none is behind nought.
func (d desk) rows(n int64, of place) string {
	if n == 0 {
		return ""
	}
	of.pipeline, of.period, of.from, of.to, of.who = d.at.pipeline, d.at.period, d.at.from, d.at.to, d.at.who
	return atRows + of.query()
}

func (d desk) figure(n int64, of place) view.Figure {
	return view.Figure{Text: count(n), Href: d.rows(n, of)}
}

// funnelOf is the only place that knows both a funnel and its page.
func (d desk) funnelOf(ctx context.Context, f Funnel) view.Funnel {
	out := view.Funnel{Filter: d.filter(ctx, at, false), Pipeline: f.Pipeline.Name}
	out.Filter.Pipeline.Value = f.Pipeline.ID
	d.at.pipeline = f.Pipeline.ID
	most := int64(1)
	for _, s := range f.Steps {
		most = max(most, s.Entered)
	}
	for _, s := range f.Steps {
		of := func(went string) place { return place{of: "flow", stage: s.ID, went: went} }
		row := view.Step{
			Name: s.Name, Gone: s.DeletedAt != 0, Share: share(s.On, s.Entered),
			Entered: d.figure(s.Entered, of("")), On: d.figure(s.On, of(wentOn)), Lost: d.figure(s.Lost, of(wentLost)),
			Back: d.figure(s.Back, of(wentBack)), There: d.figure(s.There, of(wentThere)),
			Bar: view.Bar{Long: 1000 * s.Entered / most, Solid: 1000 * s.On / most},
		}
		if s.Entered > s.There {
			row.Average, row.Middle = lasted(ctx, s.Average), lasted(ctx, s.Middle)
		}
		row.Bar.Said = ui.Say(ctx, "%s came in, %s went on (%s)", count(s.Entered), count(s.On), row.Share)
		out.Steps = append(out.Steps, row)
	}
	out.Won, out.Lost, out.Share = d.ended(f.Won), d.ended(f.Lost), share(f.Won.N, f.Won.N+f.Lost.N)
	return out
}

// ended opens its rows where they are of one stage.
func (d desk) ended(e Ends) view.Figure {
	if e.many {
		return view.Figure{Text: count(e.N)}
	}
	return d.figure(e.N, place{of: "flow", stage: e.Stage})
}

var tellings = []struct{ by, title, column string }{
	{store.ByTime, "By month", "Month"}, {store.BySource, "By source", "Source"}, {store.ByOwner, "By owner", "Owner"}, {store.ByReason, "By reason", "Reason"},
}

// named is what a line of results is called.
func (d desk) named(ctx context.Context, by, key string, reasons []store.Reason) string {
	t := ui.Words(ctx)
	switch by {
	case store.ByTime:
		if first, err := time.Parse(monthForm, key); err == nil {
			return first.Format("January 2006")
		}
	case store.BySource:
		return t(sourceWords[key])
	case store.ByOwner:
		if key != "" {
			return d.people.Name(key)
		}
		return t("Nobody")
	case store.ByReason:
		for _, r := range reasons {
			if r.ID == key {
				return r.Name
			}
		}
		return t("No reason from the list")
	}
	return key
}

func (d desk) tableOf(ctx context.Context, by, title, column string, all []Line, reasons []store.Reason) view.Table {
	out := view.Table{Title: title, Column: column, By: by}
	most := int64(1)
	for _, l := range all {
		most = max(most, l.Won.N, l.Lost.N)
	}
	for _, l := range all {
		of := func(status string) place { return place{of: "closed", by: by, key: l.Key, status: status} }
		row := view.Line{
			Name: d.named(ctx, by, l.Key, reasons), Won: d.figure(l.Won.N, of(store.DealWon)), Lost: d.figure(l.Lost.N, of(store.DealLost)),
			WonSum: d.sums(l.Won), LostSum: d.sums(l.Lost), Share: share(l.Won.N, l.Won.N+l.Lost.N),
			WonBar: 1000 * l.Won.N / most, LostBar: 1000 * l.Lost.N / most,
		}
		row.Said = ui.Say(ctx, "%s: %s won, %s lost", row.Name, row.Won.Text, row.Lost.Text)
		out.Rows = append(out.Rows, row)
	}
	return out
}

var withinWords = []string{"Within 5 minutes", "Within 15 minutes", "Within an hour", "Within 4 hours", "Within a day", "Later"}

func (d desk) responseOf(ctx context.Context, all Response) view.Response {
	out := view.Response{Filter: d.filter(ctx, atResponse, false), Cut: all.Cut}
	out.Filter.Pipelines = nil // who writes or calls is in none yet
	for _, of := range []struct {
		name, key string
		Answered
	}{{"All", "all", all.All}, {"Messages", "message", all.Messages}, {"Missed calls", "call", all.Calls}, {"Forms and webhooks", store.ReplyLead, all.Leads}} {
		row := view.Came{
			Name: of.name, N: d.figure(of.N, place{of: "replies", key: of.key}), Waiting: d.figure(of.Waiting, place{of: "replies", key: of.key, went: wentThere}),
			Share: share(of.N-of.Waiting, of.N),
		}
		if of.N > of.Waiting {
			row.Middle, row.Average = lasted(ctx, of.Middle), lasted(ctx, of.Average)
		}
		out.Came = append(out.Came, row)
	}
	most, sum := int64(1), int64(0)
	for _, n := range all.All.Within {
		most = max(most, n)
	}
	for i, n := range all.All.Within {
		sum += n
		out.Within = append(out.Within, view.Within{
			Name: withinWords[i], N: d.figure(n, place{of: "replies", key: "all", went: strconv.Itoa(i)}), Share: share(n, all.All.N), Upto: share(sum, all.All.N),
			Bar: view.Bar{Long: 1000 * n / most, Solid: 1000 * n / most, Said: count(n)},
		})
	}
	return out
}
