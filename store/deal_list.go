package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"time"
)

// DealRow is a deal with what a list or a card on the board shows of it. Person
// and Company are names, Phone is the key of the person's number; DueAt is when the
// earliest open task of it is due, at midnight when DueAllDay: any time of that day
// will do.
type DealRow struct {
	Deal
	Person, Phone, PersonOwner string
	Company, CompanyOwner      string
	DueAt                      int64
	DueAllDay                  bool
}

// DealPage is one page of deals. Cut: time was up before all were looked at.
// Ignored are the conditions that mean nothing any more.
type DealPage struct {
	Rows       []DealRow
	Next, Prev string
	Cut        bool
	Ignored    []int

	more bool // behind the last of them
}

// firstDue is when the earliest open task is due, twice, and one more when it is
// due on that day: one look into an index tells both.
const firstDue = `COALESCE((SELECT MIN(t.due_at * 2 + t.all_day) FROM tasks t WHERE t.deal_id = d.id AND t.done_at IS NULL AND t.deleted_at IS NULL), 0)`

// firstStep takes apart what firstDue yields.
func (d *DealRow) firstStep(due int64) { d.DueAt, d.DueAllDay = due>>1, due&1 != 0 }

// besides is whom and what a deal is with, and when something is due.
const besides = `, COALESCE(p.name, ''), COALESCE(p.phone, ''), COALESCE(p.owner_id, ''), COALESCE(k.name, ''), COALESCE(k.owner_id, ''),
		` + firstDue

const dealRowSelect = `SELECT ` + dealColumns + besides

// laneSelect is what a card shows: a board has many.
const laneSelect = `SELECT d.id, d.number, d.title, d.status, d.entered_at, COALESCE(d.owner_id, ''), d.amount, d.currency, d.weighted, d.version, d.last_activity_at,
		COALESCE(d.contact_id, ''), COALESCE(d.erased_at, 0)` + besides

func scanCard(rows *sql.Rows, d *DealRow) error {
	var due int64
	err := rows.Scan(&d.ID, &d.Number, &d.Title, &d.Status, &d.EnteredAt, &d.OwnerID, &d.Amount, &d.Currency, &d.Weighted, &d.Version, &d.LastActivityAt, &d.ContactID, &d.ErasedAt,
		&d.Person, &d.Phone, &d.PersonOwner, &d.Company, &d.CompanyOwner, &due)
	d.firstStep(due)
	return err
}

const dealRowJoins = ` LEFT JOIN contacts p ON p.id = d.contact_id AND p.deleted_at IS NULL LEFT JOIN companies k ON k.id = d.company_id AND k.deleted_at IS NULL`

func scanDealRow(rows *sql.Rows, d *DealRow) error {
	var lines, own, due int64
	err := rows.Scan(append(d.into(&lines, &own), &d.Person, &d.Phone, &d.PersonOwner, &d.Company, &d.CompanyOwner, &due)...)
	d.firstStep(due)
	d.HasLines, d.OwnProbability = lines != 0, own != 0
	return err
}

// Lane lists the deals of a stage that a question finds, the latest activity
// first, with what a card shows of them: page.After is the id of the last one
// seen. Those closed before since are left out; 0: none is.
func (r *Reader) Lane(ctx context.Context, scope Scope, q Question, stageID string, since int64, page Page) (DealPage, error) {
	a, err := r.askDeals(ctx, scope, q)
	if err != nil {
		return DealPage{}, err
	}
	var args sqlArgs
	where := "d.stage_id = " + args.mark(stageID)
	if since != 0 { // whoever was closed since was active since
		where += " AND d.last_activity_at >= " + args.mark(since) + " AND (d.closed_at IS NULL OR d.closed_at >= " + args.mark(since) + ")"
	}
	if page.After != "" {
		last, err := r.Deal(ctx, page.After)
		if err == nil { // one that has gone begins anew
			where += " AND (d.last_activity_at, d.id) < (" + args.mark(last.LastActivityAt) + ", " + args.mark(last.ID) + ")"
		} else if !errors.Is(err, ErrNotFound) {
			return DealPage{}, err
		}
	}
	out, err := r.dealPage(ctx, a, &args, laneSelect, scanCard, where, "d.last_activity_at DESC, d.id DESC", page.limit())
	for i := range out.Rows {
		out.Rows[i].StageID = stageID
	}
	return out, err
}

// backwards begins a cursor that leads to the page before a row.
const backwards = "p."

// Deals lists the deals that a question finds in its order; page.After is Next
// or Prev of a page before.
func (r *Reader) Deals(ctx context.Context, scope Scope, q Question, page Page) (DealPage, error) {
	a, err := r.askDeals(ctx, scope, q)
	if err != nil {
		return DealPage{}, err
	}
	for i := range a.also { // the order leads, not the pipeline
		a.also[i].aside = a.also[i].on.Key == "pipeline"
	}
	id, back := strings.CutPrefix(page.After, backwards)
	var args sqlArgs
	column := a.sortColumn()
	way, sign := " ASC", " > "
	if a.desc != back {
		way, sign = " DESC", " < "
	}
	where := "1 = 1"
	if id != "" {
		last, err := r.Deal(ctx, id)
		if errors.Is(err, ErrNotFound) { // one that has gone begins anew
			return r.Deals(ctx, scope, q, Page{Limit: page.Limit})
		}
		if err != nil {
			return DealPage{}, err
		}
		where = "(" + column + ", d.id)" + sign + "(" + args.mark(a.sortValue(last)) + ", " + args.mark(last.ID) + ")"
	}
	out, err := r.dealPage(ctx, a, &args, dealRowSelect, scanDealRow, where, column+way+", d.id"+way, page.limit())
	if err != nil || len(out.Rows) == 0 {
		return out, err
	}
	if back {
		slices.Reverse(out.Rows)
		out.Prev, out.Next = "", out.Rows[len(out.Rows)-1].ID
		if out.more {
			out.Prev = backwards + out.Rows[0].ID
		}
	} else if id != "" {
		out.Prev = backwards + out.Rows[0].ID
	}
	return out, nil
}

func (a *dealAsking) sortColumn() string {
	if a.sort.Key == "closes" {
		return "COALESCE(d.closes_on, 0)"
	}
	return dealColumnOf[a.sort.Key]
}

func (a *dealAsking) sortValue(d Deal) any {
	switch a.sort.Key {
	case "title":
		return Fold(d.Title)
	case "amount":
		return d.Amount
	case "closes":
		return d.ClosesOn
	case "created":
		return d.CreatedAt
	}
	return d.LastActivityAt
}

func (r *Reader) dealPage(
	ctx context.Context, a *dealAsking, args *sqlArgs, what string, scan func(*sql.Rows, *DealRow) error, where, order string, limit int,
) (DealPage, error) {
	bounded, stop := r.dealTime(ctx, a)
	defer stop()
	where += " AND " + a.where(args)
	rows, err := fill(bounded, r.forDeals(a), "store.Deals", make([]DealRow, 0, limit+1),
		what+` FROM deals d`+dealRowJoins+` WHERE `+where+` ORDER BY `+order+limitTo(limit+1), scan, args.list...)
	out := DealPage{Rows: rows, Ignored: a.ignored}
	if err != nil && over(ctx, bounded) {
		out.Cut, err = true, nil
	}
	if len(out.Rows) > limit {
		out.Rows, out.more = out.Rows[:limit], true
		out.Next = out.Rows[limit-1].ID
	}
	return out, err
}

// Sum is what deals of a stage come to in a currency.
type Sum struct {
	PipelineID, StageID, Currency string
	Deals, Amount, Weighted       int64
}

// DealSums says what the deals that a question finds come to, for each stage and
// currency. Those closed before since are left out; 0: none is.
func (r *Reader) DealSums(ctx context.Context, scope Scope, q Question, since int64) (sums []Sum, cut bool, err error) {
	a, err := r.askDeals(ctx, scope, q)
	if err != nil {
		return nil, false, err
	}
	bounded, stop := r.dealTime(ctx, a)
	defer stop()
	if since == 0 {
		sums, err = r.sumUp(bounded, a, 0)
	} else if sums, err = r.sumUp(bounded, a.openOnly(), 0); err == nil { // an index leads to the open ones, and one to those closed lately
		var closed []Sum
		closed, err = r.sumUp(bounded, a, since)
		sums = append(sums, closed...)
	}
	if err != nil && over(ctx, bounded) {
		return nil, true, nil
	}
	return sums, false, err
}

// onlyOpen is how an index knows that open deals alone are asked for.
const onlyOpen = " AND d.status = 'open'"

// openOnly is the same question, about open deals.
func (a *dealAsking) openOnly() *dealAsking {
	out := *a
	out.open = true
	return &out
}

func (r *Reader) sumUp(ctx context.Context, a *dealAsking, since int64) ([]Sum, error) {
	var args sqlArgs
	where := a.where(&args)
	if since != 0 {
		where += " AND d.closed_at >= " + args.mark(since)
	}
	return list(ctx, r.forDeals(a), "store.DealSums", `
		SELECT d.pipeline_id, d.stage_id, d.currency, COUNT(*), CAST(SUM(d.amount) AS BIGINT), CAST(SUM(d.weighted) AS BIGINT) FROM deals d
		WHERE `+where+` GROUP BY d.pipeline_id, d.stage_id, d.currency ORDER BY d.pipeline_id, d.stage_id, d.currency`,
		func(rows *sql.Rows, s *Sum) error {
			return rows.Scan(&s.PipelineID, &s.StageID, &s.Currency, &s.Deals, &s.Amount, &s.Weighted)
		}, args.list...)
}

// Month is what open deals of a month come to in a currency: From is its first
// day, UTC; 0: nobody said when they close.
type Month struct {
	From                    int64
	Currency                string
	Deals, Amount, Weighted int64
}

// Forecast says what the open deals that a question finds come to by the month
// in which they are expected to close.
func (r *Reader) Forecast(ctx context.Context, scope Scope, q Question) (months []Month, cut bool, err error) {
	a, err := r.askDeals(ctx, scope, q)
	if err != nil {
		return nil, false, err
	}
	bounded, stop := r.dealTime(ctx, a)
	defer stop()
	var args sqlArgs
	where := a.openOnly().where(&args)
	type day struct {
		on int64
		Month
	}
	days, err := list(bounded, r.forDeals(a), "store.Forecast", `
		SELECT COALESCE(d.closes_on, 0), d.currency, COUNT(*), CAST(SUM(d.amount) AS BIGINT), CAST(SUM(d.weighted) AS BIGINT) FROM deals d
		WHERE `+where+` GROUP BY 1, 2 ORDER BY 1, 2`,
		func(rows *sql.Rows, m *day) error {
			return rows.Scan(&m.on, &m.Currency, &m.Deals, &m.Amount, &m.Weighted)
		}, args.list...)
	switch {
	case err != nil && over(ctx, bounded):
		return nil, true, nil
	case err != nil:
		return nil, false, err
	}
	type key struct {
		from     int64
		currency string
	}
	at := map[key]int{}
	for _, d := range days {
		k := key{monthOf(d.on), d.Currency}
		i, ok := at[k]
		if !ok {
			i, at[k] = len(months), len(months)
			months = append(months, Month{From: k.from, Currency: k.currency})
		}
		m := &months[i]
		m.Deals, m.Amount, m.Weighted = m.Deals+d.Deals, m.Amount+d.Amount, m.Weighted+d.Weighted
	}
	return months, false, nil
}

// monthOf is the first day of the month of a day, both at midnight in UTC.
func monthOf(day int64) int64 {
	if day == 0 {
		return 0
	}
	y, m, _ := time.UnixMilli(day).UTC().Date()
	return time.Date(y, m, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
}

// DealsOf lists the deals that somebody has to do with, or a company: which is
// contact or company. Open ones come first, then the latest activity.
func (r *Reader) DealsOf(ctx context.Context, scope Scope, which, id string, limit int) ([]Deal, error) {
	args := []any{id}
	where := `d.company_id = $1`
	if which == "contact" {
		where = `(d.contact_id = $1 OR d.id IN (SELECT x.deal_id FROM deal_contacts x WHERE x.contact_id = $1))`
	}
	of, args := scope.and("d.owner_id", args)
	return list(ctx, r, "store.DealsOf", `SELECT `+dealColumns+` FROM deals d WHERE d.deleted_at IS NULL AND `+where+of+`
		ORDER BY CASE d.status WHEN 'open' THEN 0 ELSE 1 END, d.last_activity_at DESC, d.id DESC`+limitTo(limit),
		func(rows *sql.Rows, d *Deal) error { return scanDeal(rows, d) }, args...)
}
