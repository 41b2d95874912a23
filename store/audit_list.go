package store

import (
	"context"
	"math"
	"slices"
	"strconv"
	"strings"
)

// AuditFilter says which entries of the chain a list holds. The zero value
// holds all of them. What was anonymised belongs to nobody any more: no filter
// by actor or person finds it.
type AuditFilter struct {
	Actors    []string // whoever did it: one of these; none: anybody
	Actions   []string // one of these; none: any
	ContactID string   // to whose data
	From, To  int64    // not before, and before; 0: open. Of what was anonymised the day alone is known
	UpTo      int64    // no entry after this one; 0: the newest
}

// AuditList lists entries that a filter holds, the latest first. The After of
// the next page is Cursor(Seq) of the last.
//
// Each actor or action is read along its own index, so that a rare one is found
// in a long chain without reading the chain.
func (r *Reader) AuditList(ctx context.Context, f AuditFilter, page Page) ([]AuditRow, error) {
	below := int64(math.MaxInt64)
	if f.UpTo > 0 {
		below = f.UpTo + 1
	}
	after := below
	page.keys(&after)
	low, below, err := r.auditBounds(ctx, f, min(below, after))
	if err != nil {
		return nil, err
	}
	lanes := f.lanes()
	var out []AuditRow
	for _, lane := range lanes {
		rows, err := r.auditLane(ctx, lane, low, below, page.limit())
		if err != nil {
			return nil, err
		}
		out = append(out, rows...)
	}
	if len(lanes) > 1 {
		slices.SortFunc(out, func(a, b AuditRow) int { return int(b.Seq - a.Seq) })
	}
	return out[:min(len(out), page.limit())], nil
}

// auditBounds narrows the list to where its days lie in the chain. The days
// stay a condition: a clock that was put back has mixed them.
func (r *Reader) auditBounds(ctx context.Context, f AuditFilter, below int64) (low, high int64, err error) {
	if f.From == 0 && f.To == 0 {
		return 0, below, nil
	}
	first, last := f.days()
	err = r.q.QueryRowContext(ctx, `SELECT COALESCE(MIN(seq), 0), COALESCE(MAX(seq), 0) FROM audit WHERE day >= $1 AND day <= $2`, first, last).Scan(&low, &high)
	return low, min(below, high+1), r.fault("store.AuditList", err)
}

// days are the first and the last day that the filter touches.
func (f AuditFilter) days() (first, last int64) {
	last = math.MaxInt32
	if f.To != 0 {
		last = (f.To - 1) / dayMillis
	}
	return f.From / dayMillis, last
}

// lane is one walk along one index.
type lane struct {
	where []string
	args  []any
}

func (l lane) and(column string, value any) lane {
	l.args = append(slices.Clone(l.args), value)
	l.where = append(slices.Clone(l.where), column+" $"+strconv.Itoa(len(l.args)))
	return l
}

// lanes are the walks that together hold what the filter does, each entry once.
func (f AuditFilter) lanes() []lane {
	var base lane
	if f.ContactID != "" {
		base = base.and("contact_id =", f.ContactID)
	}
	if f.From != 0 || f.To != 0 {
		first, last := f.days()
		base = base.and("day >=", first).and("day <=", last)
	}
	if f.From != 0 {
		base = base.and("COALESCE(at, 9007199254740991) >=", f.From) // an entry without a time is there by its day
	}
	if f.To != 0 {
		base = base.and("COALESCE(at, 0) <", f.To)
	}
	if len(f.Actors) == 0 {
		return split([]lane{base}, "action =", f.Actions)
	}
	if len(f.Actions) > 0 {
		marks, args := inList(f.Actions, base.args...)
		base.where, base.args = append(base.where, "action IN ("+marks+")"), args
	}
	return split([]lane{base}, "actor =", f.Actors)
}

// split makes of each lane one for each value; without values it stays.
func split(lanes []lane, column string, values []string) []lane {
	if len(values) == 0 {
		return lanes
	}
	var out []lane
	for _, l := range lanes {
		for _, v := range slices.Compact(slices.Sorted(slices.Values(values))) {
			out = append(out, l.and(column, v))
		}
	}
	return out
}

func (r *Reader) auditLane(ctx context.Context, l lane, low, below int64, limit int) ([]AuditRow, error) {
	l = l.and("seq <", below)
	if low > 0 {
		l = l.and("seq >=", low)
	}
	return list(ctx, r, "store.AuditList", `SELECT `+auditColumns+` FROM audit WHERE `+strings.Join(l.where, " AND ")+
		` ORDER BY seq DESC`+limitTo(limit), scanAudit, l.args...)
}

// AuditActors lists every actor that stands in the chain with their name, as a
// jump from one to the next along the index.
func (r *Reader) AuditActors(ctx context.Context) ([]string, error) {
	return list(ctx, r, "store.AuditActors", `
		WITH RECURSIVE actors (actor) AS (
			SELECT MIN(actor) FROM audit WHERE actor IS NOT NULL
			UNION ALL
			SELECT (SELECT MIN(a.actor) FROM audit a WHERE a.actor IS NOT NULL AND a.actor > actors.actor) FROM actors WHERE actors.actor IS NOT NULL
		)
		SELECT actor FROM actors WHERE actor IS NOT NULL`, scanText)
}

// LastAuditCheckpoint is the newest signed head, or ErrNotFound.
func (r *Reader) LastAuditCheckpoint(ctx context.Context) (AuditCheckpoint, error) {
	var c AuditCheckpoint
	err := r.q.QueryRowContext(ctx, `SELECT day, seq, hash, signature FROM audit_checkpoints ORDER BY day DESC LIMIT 1`).
		Scan(&c.Day, &c.Seq, &c.Hash, &c.Signature)
	return c, r.fault("store.LastAuditCheckpoint", err)
}

// WhoIsGone tells that who did it, when and from where was anonymised.
func (a AuditRow) WhoIsGone() bool { return a.actorSalt == nil }

// WhatIsGone tells that the record and the person were taken out.
func (a AuditRow) WhatIsGone() bool { return a.objectSalt == nil }
