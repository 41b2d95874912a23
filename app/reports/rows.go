package reports

import (
	"context"
	"slices"
	"strconv"

	"stead/app/money"
	"stead/store"
	view "stead/views/reports"
	"stead/views/ui"
)

// behind is what a figure counts, row by row.
func (s *Service) behind(ctx context.Context, d desk) (view.Rows, error) {
	out := view.Rows{Money: d.money, Said: d.said(ctx), Export: d.exports(), Asked: d.at.asked()}
	clock := ui.NewClock(s.Now(), d.zone)
	switch d.at.of {
	case "flow":
		rows, st, err := s.flowRows(ctx, d, mostRows+1)
		if err != nil {
			return out, err
		}
		out.Back, out.Title = at+d.at.bare().query(), d.flowTitle(ctx, st)
		out.When, out.What = "Came in", "Went to"
		for _, x := range rows {
			out.Rows = append(out.Rows, d.dealRow(x.Deal, clock.When(ctx, x.Stay.EnteredAt), d.stages[x.WentTo].Name))
		}
	case "closed":
		rows, err := s.closedRows(ctx, d, mostRows+1)
		if err != nil {
			return out, err
		}
		reasons, err := s.Store.Reasons(ctx)
		if err != nil {
			return out, err
		}
		word := map[string]string{store.DealWon: "Won", store.DealLost: "Lost"}
		name := d.named(ctx, d.at.by, d.at.key, reasons)
		out.Back, out.Title = atResults+d.at.bare().query(), name
		if word[d.at.status] != "" {
			out.Title = ui.Say(ctx, "%s: %s", ui.Words(ctx)(word[d.at.status]), name)
		}
		out.When, out.What = "Ended", "Stage"
		for _, x := range rows {
			out.Rows = append(out.Rows, d.dealRow(x, clock.When(ctx, x.ClosedAt), d.stages[x.StageID].Name))
		}
	case "replies":
		return s.replyRows(ctx, d, clock)
	}
	if out.Cut = len(out.Rows) > mostRows; out.Cut {
		out.Rows = out.Rows[:mostRows]
	}
	return out, nil
}

func (d desk) flowTitle(ctx context.Context, st store.Stage) string {
	form := map[string]string{wentOn: "%s: went on", wentLost: "%s: lost", wentBack: "%s: went back or elsewhere", wentThere: "%s: there still"}[d.at.went]
	if form == "" {
		form = "%s: came in"
	}
	return ui.Say(ctx, form, st.Name)
}

func (d desk) dealRow(x store.Deal, when ui.When, what string) view.Row {
	row := view.Row{Href: "/deals/" + x.ID, Name: d.called(x), Number: number(x), When: when, What: what, Owner: d.people.Name(x.OwnerID)}
	if d.money {
		row.Amount = d.amount(x.Amount, x.Currency)
	}
	return row
}

// replyRows are those who wrote or called, without a name: their conversation says
// who they are to who may open it. Who asked by a form or a webhook has a deal.
func (s *Service) replyRows(ctx context.Context, d desk, clock ui.Clock) (view.Rows, error) {
	all, err := s.behindReplies(ctx, d)
	if err != nil {
		return view.Rows{}, err
	}
	t := ui.Words(ctx)
	out := view.Rows{Back: atResponse + d.at.bare().query(), Title: t("Who wrote, called or asked"), When: "When", What: "Answered after", Said: d.said(ctx), Export: d.exports(), Asked: d.at.asked()}
	if out.Cut = len(all) > mostRows; out.Cut {
		all = all[:mostRows]
	}
	for _, a := range all {
		name, href, after := t("A message"), "/inbox/"+a.ConversationID, t("Waits still")
		switch a.Kind {
		case "call":
			name = t("A missed call")
		case store.ReplyLead:
			name, href = d.called(a.Deal), "/deals/"+a.Deal.ID
		}
		if a.Answered != 0 {
			after = lasted(ctx, a.Answered-a.At)
		}
		out.Rows = append(out.Rows, view.Row{Href: href, Name: name, When: clock.When(ctx, a.At), What: after})
	}
	return out, nil
}

// behindReplies are those who wrote, called or asked that a figure counts.
func (s *Service) behindReplies(ctx context.Context, d desk) ([]store.Reply, error) {
	_, all, err := s.response(ctx, d)
	return slices.DeleteFunc(all, func(a store.Reply) bool {
		within, isBucket := strconv.Atoi(d.at.went)
		switch {
		case d.at.key != "all" && a.Kind != d.at.key:
			return true
		case d.at.went == wentThere:
			return a.Answered != 0
		case isBucket == nil:
			return a.Answered == 0 || bucket(a.Answered-a.At) != within
		}
		return false
	}), err
}

func (s *Service) funnelCSV(ctx context.Context, d desk) (titles []string, rows [][]string, err error) {
	f, err := s.funnel(ctx, d)
	for _, st := range f.Steps {
		rows = append(rows, []string{
			f.Pipeline.Name, st.Name, count(st.Entered), count(st.On), count(st.Lost), count(st.Back), count(st.There), share(st.On, st.Entered),
			hours(st.Average), hours(st.Middle),
		})
	}
	return []string{"Pipeline", "Stage", "Came in", "Went on", "Lost", "Back or elsewhere", "There still", "Conversion", "Average hours", "Median hours"}, rows, err
}

func hours(ms int64) string { return strconv.FormatFloat(float64(ms)/3_600_000, 'f', 2, 64) }

// resultsCSV has a row for each currency: nothing is converted.
func (s *Service) resultsCSV(ctx context.Context, d desk) (titles []string, rows [][]string, err error) {
	reasons, err := s.Store.Reasons(ctx)
	if err != nil {
		return nil, nil, err
	}
	titles = []string{"Told apart by", "Name", "Won or lost", "Deals"}
	if d.money {
		titles = append(titles, "Currency", "Sum")
	}
	for _, by := range tellings {
		sums, err := s.closed(ctx, d, by.by)
		if err != nil {
			return nil, nil, err
		}
		for _, l := range sums {
			name := d.named(ctx, by.by, l.Key, reasons)
			rows = append(rows, d.sideRows(by.column, name, "Won", l.Won)...)
			rows = append(rows, d.sideRows(by.column, name, "Lost", l.Lost)...)
		}
	}
	return titles, rows, nil
}

func (d desk) sideRows(by, name, status string, s Side) (out [][]string) {
	if s.N == 0 {
		return nil
	}
	if !d.money {
		return [][]string{{by, name, status, count(s.N)}}
	}
	currencies := make([]string, 0, len(s.Sums))
	for c := range s.Sums {
		currencies = append(currencies, c)
	}
	slices.Sort(currencies)
	for i, c := range currencies {
		n := ""
		if i == 0 { // of all currencies together
			n = count(s.N)
		}
		out = append(out, []string{by, name, status, n, c, money.Figure(s.Sums[c], c)})
	}
	return out
}

func (s *Service) responseCSV(ctx context.Context, d desk) (titles []string, rows [][]string, err error) {
	all, _, err := s.response(ctx, d)
	titles = []string{"Who", "Number", "Wait still", "Median hours", "Average hours"}
	titles = append(titles, withinWords...)
	for _, of := range []struct {
		name string
		Answered
	}{{"All", all.All}, {"Messages", all.Messages}, {"Missed calls", all.Calls}, {"Forms and webhooks", all.Leads}} {
		row := []string{of.name, count(of.N), count(of.Waiting), hours(of.Middle), hours(of.Average)}
		for _, n := range of.Within {
			row = append(row, count(n))
		}
		rows = append(rows, row)
	}
	return titles, rows, err
}
