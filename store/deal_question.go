package store

import (
	"context"
	"slices"
	"strings"
	"time"
)

// dealFields are what can be asked of a deal. Whose it is is asked of owner;
// person and company by their names.
var dealFields = []Asked{
	{Key: "title", Kind: AskText, Sorts: true},
	{Key: "pipeline", Kind: AskPick},
	{Key: "stage", Kind: AskPick},
	{Key: "status", Kind: AskPick},
	{Key: "owner", Kind: AskPick},
	{Key: "person", Kind: AskText},
	{Key: "company", Kind: AskText},
	{Key: "amount", Kind: AskNumber, Sorts: true}, // minor units
	{Key: "currency", Kind: AskPick},
	{Key: "probability", Kind: AskNumber},
	{Key: "closes", Kind: AskDay, Sorts: true},
	{Key: "closed", Kind: AskMoment},
	{Key: "created", Kind: AskMoment, Sorts: true},
	{Key: "activity", Kind: AskMoment, Sorts: true},
	{Key: "entered", Kind: AskMoment},
	{Key: "source", Kind: AskPick},
	{Key: "tag", Kind: AskPick},
	{Key: "reason", Kind: AskPick},
	{Key: "stepless", Kind: AskFlag}, // open, and nothing to do is planned
	{Key: "overdue", Kind: AskFlag},  // what was to be done is not
	{Key: "idle", Kind: AskFlag},     // longer without activity than its stage allows
}

// AskedDealFields lists what can be asked of a deal: what the product knows of
// each, and the fields of the business's own.
func AskedDealFields(own []Field) []Asked {
	out := slices.Clone(dealFields)
	for _, f := range own {
		out = append(out, ofOwn(f))
	}
	return out
}

// AskedDealBy finds the field of a key among those of the product and the given
// ones of the business.
func AskedDealBy(key string, own []Field) (Asked, bool) {
	all := AskedDealFields(own)
	at := slices.IndexFunc(all, func(a Asked) bool { return a.Key == key })
	if at < 0 {
		return Asked{}, false
	}
	return all[at], true
}

// dealAsking is a question about deals that was read: its conditions that count,
// and which of them did not.
type dealAsking struct {
	q       Question
	scope   Scope
	conds   []cond
	also    []cond // must hold beside them
	open    bool   // as must that a deal is open
	ignored []int
	sort    Asked
	desc    bool
}

// askDeals reads a question about deals.
func (r *Reader) askDeals(ctx context.Context, scope Scope, q Question) (*dealAsking, error) {
	if err := q.check(); err != nil {
		return nil, err
	}
	a := &dealAsking{q: q, scope: scope}
	var own []Field
	if q.asksOwn() {
		var err error
		if own, err = r.ownFields(ctx, "deal"); err != nil {
			return nil, err
		}
	}
	for i, c := range q.Conditions {
		read, ok, err := r.readDealCond(ctx, c, own, q)
		if err != nil {
			return nil, err
		}
		if !ok {
			a.ignored = append(a.ignored, i)
			continue
		}
		a.conds = append(a.conds, read)
	}
	for _, c := range q.Also {
		read, ok, err := r.readDealCond(ctx, c, own, q)
		if err != nil {
			return nil, err
		}
		switch {
		case ok && asksFor(read, "status", DealOpen):
			a.open = true
		case ok:
			a.also = append(a.also, read)
		}
	}
	key, desc := strings.CutPrefix(q.Sort, "-")
	if on, ok := AskedDealBy(key, own); ok && on.Sorts && on.Own.ID == "" {
		a.sort, a.desc = on, desc
	} else {
		a.sort, _ = AskedDealBy("activity", nil)
		a.desc = true
	}
	return a, nil
}

// asksFor tells that a condition asks for one value of a field.
func asksFor(c cond, key, value string) bool {
	return c.on.Key == key && c.Op == OpAny && len(c.Values) == 1 && c.Values[0] == value
}

// readDealCond reads a condition; not ok: it counts for nothing.
func (r *Reader) readDealCond(ctx context.Context, c Condition, own []Field, q Question) (read cond, ok bool, err error) {
	on, ok := AskedDealBy(c.Field, own)
	read = cond{Condition: c, on: on}
	ok = ok && slices.Contains(on.Ops(), c.Op) && read.read(q.Now)
	if ok && on.Key == "tag" && Takes(c.Op) {
		read.Values, err = r.liveTags(ctx, c.Values)
		ok = len(read.Values) > 0
	}
	return read, ok, err
}

// where is the condition that a deal d is in the scope and is asked for.
func (a *dealAsking) where(args *sqlArgs) string {
	text := "d.deleted_at IS NULL"
	var of string
	of, args.list = a.scope.and("d.owner_id", args.list)
	text += of
	if a.open {
		text += onlyOpen
	}
	for _, c := range a.also {
		text += " AND " + c.ofDeal(args, a.q)
	}
	if len(a.conds) == 0 {
		return text
	}
	parts := make([]string, len(a.conds))
	for i, c := range a.conds {
		parts[i] = c.ofDeal(args, a.q)
	}
	glue := " AND "
	if a.q.Any {
		glue = " OR "
	}
	return text + " AND (" + strings.Join(parts, glue) + ")"
}

var dealColumnOf = map[string]string{
	"pipeline": "d.pipeline_id", "stage": "d.stage_id", "status": "d.status", "currency": "d.currency", "source": "d.source",
	"amount": "d.amount", "probability": "d.probability", "closes": "d.closes_on", "closed": "d.closed_at", "created": "d.created_at",
	"activity": "d.last_activity_at", "entered": "d.entered_at", "title": "d.title_key",
}

const dueTask = `SELECT 1 FROM tasks t WHERE t.deal_id = d.id AND t.done_at IS NULL AND t.deleted_at IS NULL`

// midnight is when the day of a moment began in its zone: what is due on a whole
// day is late from the next one on.
func midnight(now time.Time) int64 {
	y, m, d := now.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, now.Location()).UnixMilli()
}

// ofDeal is where of a condition over a deal d. It is never NULL.
func (c cond) ofDeal(a *sqlArgs, q Question) string {
	column := dealColumnOf[c.on.Key]
	if c.aside {
		column = "(" + column + " || '')"
	}
	switch c.on.Key {
	case "title":
		return c.text(column, itself, a)
	case "pipeline", "stage", "status", "currency", "source":
		return c.pick(column, itself, c.Values, a)
	case "owner":
		return c.pick("COALESCE(d.owner_id, '')", itself, c.owners(q), a)
	case "amount", "probability", "created", "activity", "entered":
		return c.span(column, a)
	case "closes", "closed":
		switch c.Op {
		case OpEmpty:
			return "(" + column + " IS NULL)"
		case OpFilled:
			return "(" + column + " IS NOT NULL)"
		}
		return "(" + column + " IS NOT NULL AND " + c.span(column, a) + ")"
	case "stepless":
		return c.flagged("d.status = 'open' AND NOT EXISTS (" + dueTask + ")")
	case "overdue":
		return c.flagged("EXISTS (" + dueTask + " AND t.due_at < " + a.mark(q.Now.UnixMilli()) + " AND (t.all_day = 0 OR t.due_at < " + a.mark(midnight(q.Now)) + "))")
	case "idle":
		return c.flagged("d.status = 'open' AND EXISTS (SELECT 1 FROM stages g WHERE g.id = d.stage_id AND d.last_activity_at < " +
			a.mark(q.Now.UnixMilli()) + " - g.idle_days * " + oneDay + ")")
	}
	s := c.dealSource(a, q)
	switch c.on.Kind {
	case AskPick:
		return c.pick(s.value, s.thereOf, c.picked(), a)
	case AskText:
		return c.text(s.value, s.thereOf, a)
	}
	if c.Op == OpEmpty {
		return "(NOT " + s.thereOf(s.value+" IS NOT NULL") + ")"
	}
	return s.thereOf(c.numTest(s.value, a))
}

const oneDay = "86400000" // in milliseconds

func (c cond) flagged(test string) string {
	if c.Op == OpYes {
		return "(" + test + ")"
	}
	return "(NOT (" + test + "))"
}

// thereOf asks for a row of a deal that passes a test.
func (s source) thereOf(test string) string {
	return "EXISTS (SELECT 1 FROM " + s.table + " WHERE " + s.link + " = d.id" + s.and() + " AND " + test + ")"
}

func (c cond) dealSource(a *sqlArgs, q Question) source {
	known := func(column string) (of string) {
		of, a.list = q.Knows.and(column, a.list)
		return of
	}
	switch c.on.Key {
	case "person":
		return source{"contacts p", "d.contact_id = p.id AND p.deleted_at IS NULL" + known("p.owner_id") + " AND d.id", "", "p.name_key"}
	case "company":
		return source{"companies k", "d.company_id = k.id AND k.deleted_at IS NULL" + known("k.owner_id") + " AND d.id", "", "k.name_key"}
	case "tag":
		if c.Op == OpEmpty || c.Op == OpFilled {
			return source{"deal_tags g JOIN tags t ON t.id = g.tag_id", "g.deal_id", "t.deleted_at IS NULL", "g.tag_id"}
		}
		return source{"deal_tags g", "g.deal_id", "", "g.tag_id"}
	case "reason":
		return source{"deal_outcomes o", "o.deal_id", "o.reopened_at IS NULL", "COALESCE(o.reason_id, '')"}
	}
	value := "v.words_key"
	switch c.on.Kind {
	case AskNumber, AskDay, AskAnswer:
		value = "v.num"
	}
	return source{"deal_fields v", "v.deal_id", "v.field_id = " + a.mark(c.on.Own.ID), value}
}

// dealTime is how long a question about deals may look. One without conditions
// is led by an index, and is not watched: that would cost more than it.
func (r *Reader) dealTime(ctx context.Context, a *dealAsking) (context.Context, context.CancelFunc) {
	if len(a.conds) == 0 && a.q.Time == 0 {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, max(a.q.Time, pace.budget)+r.cat.patience)
}

// forDeals reads what a question asks: one without conditions is a statement
// that comes again.
func (r *Reader) forDeals(a *dealAsking) *Reader {
	if len(a.conds) == 0 {
		return r
	}
	return r.loose()
}

// over tells that a question ran out of its own time and not out of its caller's.
func over(ctx, bounded context.Context) bool { return bounded.Err() != nil && ctx.Err() == nil }
