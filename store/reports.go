package store

import (
	"context"
	"database/sql"
	"math"
	"slices"
)

// Span is a time from From up to but without To; 0: without an end on that side.
type Span struct{ From, To int64 }

func (s Span) until() int64 {
	if s.To == 0 {
		return math.MaxInt64
	}
	return s.To
}

// Pass is how many stays in a stage ended with a move to another one, WentTo, and
// how long they took together; an empty WentTo: the deals are there still.
type Pass struct {
	StageID, WentTo string
	N, Took         int64
}

// Flow adds up the stays of a scope that began in stages within a span. Whole weeks
// are read as they were added up with each change, what is left of the span from
// the stays themselves.
func (r *Reader) Flow(ctx context.Context, scope Scope, stages []string, span Span) ([]Pass, error) {
	if len(stages) == 0 {
		return nil, nil
	}
	first, last := (span.From+week-1)/week, span.until()/week
	if first >= last {
		return r.flowRows(ctx, scope, stages, span.From, span.until())
	}
	out, err := r.flowSum(ctx, scope, stages, first, last)
	for _, edge := range [][2]int64{{span.From, first * week}, {last * week, span.until()}} {
		if err == nil && edge[0] < edge[1] && edge[0] < math.MaxInt64/week*week {
			var more []Pass
			more, err = r.flowRows(ctx, scope, stages, edge[0], edge[1])
			out = append(out, more...)
		}
	}
	return gather(out), err
}

// gather makes one pass of those from and to the same stage; none is left out that
// counts.
func gather(all []Pass) []Pass {
	at := map[[2]string]int{}
	var out []Pass
	for _, p := range all {
		key := [2]string{p.StageID, p.WentTo}
		i, ok := at[key]
		if !ok {
			i, at[key] = len(out), len(out)
			out = append(out, Pass{StageID: p.StageID, WentTo: p.WentTo})
		}
		out[i].N, out[i].Took = out[i].N+p.N, out[i].Took+p.Took
	}
	return slices.DeleteFunc(out, func(p Pass) bool { return p.N == 0 })
}

func scanPass(rows *sql.Rows, p *Pass) error { return rows.Scan(&p.StageID, &p.WentTo, &p.N, &p.Took) }

func (r *Reader) flowSum(ctx context.Context, scope Scope, stages []string, first, last int64) ([]Pass, error) {
	marks, args := inList(stages, first, last)
	of, args := scope.and("NULLIF(owner_id, '')", args)
	return list(ctx, r, "store.Flow", `
		SELECT stage_id, went_to, CAST(SUM(n) AS BIGINT), CAST(SUM(took) AS BIGINT) FROM deal_flow
		WHERE week >= $1 AND week < $2 AND stage_id IN (`+marks+`)`+of+` GROUP BY stage_id, went_to ORDER BY stage_id, went_to`, scanPass, args...)
}

func (r *Reader) flowRows(ctx context.Context, scope Scope, stages []string, from, to int64) ([]Pass, error) {
	marks, args := inList(stages, from, to)
	stays, of, args := staysOf(scope, args)
	return list(ctx, r, "store.Flow", `
		SELECT s.stage_id, COALESCE(s.went_to, ''), COUNT(*), CAST(SUM(COALESCE(s.left_at, s.entered_at) - s.entered_at) AS BIGINT)
		FROM `+stays+` WHERE s.entered_at >= $1 AND s.entered_at < $2 AND s.stage_id IN (`+marks+`) AND `+of+`
		GROUP BY s.stage_id, COALESCE(s.went_to, '') ORDER BY 1, 2`, scanPass, args...)
}

// staysOf are the stays s of the deals of a scope that are not in the bin, as FROM
// and as WHERE. Of everything an index of the stays alone tells, but for the few
// in the bin.
func staysOf(scope Scope, args []any) (from, where string, _ []any) {
	if scope.All() {
		return `deal_stays s`, `s.deal_id NOT IN (SELECT b.id FROM deals b WHERE b.deleted_at IS NOT NULL)`, args
	}
	of, args := scope.and("d.owner_id", args)
	return `deal_stays s JOIN deals d ON d.id = s.deal_id`, `d.deleted_at IS NULL` + of, args
}

// Took lists how long the latest stays took that began in a stage within a span
// and have ended, at most limit of them: what their middle is made of.
func (r *Reader) Took(ctx context.Context, scope Scope, stageID string, span Span, limit int) ([]int64, error) {
	stays, of, args := staysOf(scope, []any{stageID, span.From, span.until()})
	return list(ctx, r, "store.Took", `
		SELECT s.left_at - s.entered_at FROM `+stays+`
		WHERE s.stage_id = $1 AND s.entered_at >= $2 AND s.entered_at < $3 AND s.left_at IS NOT NULL AND `+of+`
		ORDER BY s.entered_at DESC`+limitTo(limit), func(rows *sql.Rows, n *int64) error { return rows.Scan(n) }, args...)
}

// StayRow is a deal with one of its stays.
type StayRow struct {
	Deal
	Stay   Stay
	WentTo string
}

// FlowDeals lists the deals behind figures of Flow, the latest first, at most
// limit: the stays in a stage that ended with a move to one of wentTo, or, with
// none of those, all of them; an empty one: they are there still.
func (r *Reader) FlowDeals(ctx context.Context, scope Scope, stageID string, wentTo []string, span Span, limit int) ([]StayRow, error) {
	args := []any{stageID, span.From, span.until()}
	only := ""
	if len(wentTo) > 0 {
		var marks string
		marks, args = inList(wentTo, args...)
		only = " AND COALESCE(s.went_to, '') IN (" + marks + ")"
	}
	of, args := scope.and("d.owner_id", args)
	return list(ctx, r, "store.FlowDeals", `
		SELECT `+dealColumns+`, s.id, s.entered_at, COALESCE(s.left_at, 0), COALESCE(s.went_to, '') FROM deal_stays s JOIN deals d ON d.id = s.deal_id
		WHERE s.stage_id = $1 AND s.entered_at >= $2 AND s.entered_at < $3 AND d.deleted_at IS NULL`+only+of+`
		ORDER BY s.entered_at DESC, s.id DESC`+limitTo(limit),
		func(rows *sql.Rows, x *StayRow) error {
			var lines, own int64
			err := rows.Scan(append(x.into(&lines, &own), &x.Stay.ID, &x.Stay.EnteredAt, &x.Stay.LeftAt, &x.WentTo)...)
			x.HasLines, x.OwnProbability = lines != 0, own != 0
			x.Stay.DealID, x.Stay.StageID = x.ID, stageID
			return err
		}, args...)
}
