package store

import (
	"context"
	"database/sql"
	"time"
)

// Risk is an open deal that may be forgotten, and why: no next step, one that is
// overdue, longer without activity than its stage allows. Stage is its name.
type Risk struct {
	Deal
	Stage                   string
	Stepless, Overdue, Idle bool
}

// DealsAtRisk lists open deals of a scope that may be forgotten, the longest quiet
// first; now stands in the zone of the business. Only open ones are looked at,
// however many ended.
func (r *Reader) DealsAtRisk(ctx context.Context, scope Scope, now time.Time, limit int) ([]Risk, error) {
	of, args := scope.and("d.owner_id", []any{now.UnixMilli(), midnight(now)})
	const (
		stepless = `NOT EXISTS (` + dueTask + `)`
		overdue  = `EXISTS (` + dueTask + ` AND t.due_at < $1 AND (t.all_day = 0 OR t.due_at < $2))`
		idle     = `d.last_activity_at < $1 - COALESCE(g.idle_days * ` + oneDay + `, $1)`
	)
	return list(ctx, r, "store.DealsAtRisk", `
		SELECT `+dealColumns+`, g.name, CASE WHEN `+stepless+` THEN 1 ELSE 0 END, CASE WHEN `+overdue+` THEN 1 ELSE 0 END, CASE WHEN `+idle+` THEN 1 ELSE 0 END
		FROM deals d JOIN stages g ON g.id = d.stage_id
		WHERE d.status = 'open' AND d.deleted_at IS NULL`+of+` AND (`+stepless+` OR `+overdue+` OR `+idle+`)
		ORDER BY +d.last_activity_at, d.id`+limitTo(limit),
		func(rows *sql.Rows, x *Risk) error {
			var lines, own, stepless, overdue, idle int64
			err := rows.Scan(append(x.into(&lines, &own), &x.Stage, &stepless, &overdue, &idle)...)
			x.HasLines, x.OwnProbability = lines != 0, own != 0
			x.Stepless, x.Overdue, x.Idle = stepless != 0, overdue != 0, idle != 0
			return err
		}, args...)
}
