package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"maps"
	"slices"
)

// week is what deal_flow adds up by, in milliseconds.
const week = 7 * 24 * 60 * 60 * 1000

// flowCell names a row of deal_flow, and flowSum is what it says.
type (
	flowCell struct {
		stage  string
		week   int64
		owner  string
		wentTo string
	}
	flowSum struct{ n, took int64 }
)

// flowing carries out a change of deals or of their stays, and brings deal_flow in
// line with what that did. Whatever writes deals.owner_id, deals.deleted_at or
// deal_stays stands within, but for handDeals. A change that returns an error may have done a part,
// which counts. One within another leaves their deals to that one.
func (tx *Tx) flowing(ctx context.Context, deals []string, change func() error) error {
	if tx.flows == nil {
		tx.flows = map[string]bool{}
	}
	var fresh []string
	for _, id := range deals {
		if !tx.flows[id] {
			tx.flows[id] = true
			fresh = append(fresh, id)
		}
	}
	if len(fresh) == 0 {
		return change()
	}
	defer func() {
		for _, id := range fresh {
			delete(tx.flows, id)
		}
	}()
	before, err := tx.flowOf(ctx, fresh)
	if err != nil {
		return err
	}
	err = change()
	after, failed := tx.flowOf(ctx, fresh)
	if failed == nil {
		failed = tx.addFlow(ctx, before, after)
	}
	return errors.Join(err, failed)
}

// flowOf adds up the stays of deals as they are now.
func (r *Reader) flowOf(ctx context.Context, deals []string) (map[flowCell]flowSum, error) {
	type stay struct {
		flowCell
		took int64
	}
	stays, err := list(ctx, r, "store.flowOf", `
		SELECT s.stage_id, s.entered_at, COALESCE(d.owner_id, ''), COALESCE(s.went_to, ''), COALESCE(s.left_at, s.entered_at) - s.entered_at
		FROM deals d JOIN deal_stays s ON s.deal_id = d.id WHERE d.deleted_at IS NULL AND d.id `+r.eng.oneOf("$1"),
		func(rows *sql.Rows, s *stay) error {
			return rows.Scan(&s.stage, &s.week, &s.owner, &s.wentTo, &s.took)
		}, r.eng.list(deals))
	out := map[flowCell]flowSum{}
	for _, s := range stays {
		s.week /= week
		sum := out[s.flowCell]
		out[s.flowCell] = flowSum{sum.n + 1, sum.took + s.took}
	}
	return out, err
}

// addFlow writes what differs, always in the same order, so that two never wait
// for each other. A row of which nothing is left goes.
func (tx *Tx) addFlow(ctx context.Context, before, after map[flowCell]flowSum) error {
	for cell, sum := range before {
		left := after[cell]
		after[cell] = flowSum{left.n - sum.n, left.took - sum.took}
	}
	for _, cell := range slices.SortedFunc(maps.Keys(after), flowCell.compare) {
		more := after[cell]
		if more == (flowSum{}) {
			continue
		}
		_, err := tx.exec(ctx, "store.addFlow", `
			INSERT INTO deal_flow (stage_id, week, owner_id, went_to, n, took) VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (stage_id, week, owner_id, went_to) DO UPDATE SET n = deal_flow.n + excluded.n, took = deal_flow.took + excluded.took`,
			cell.stage, cell.week, cell.owner, cell.wentTo, more.n, more.took)
		if err == nil && more.n < 0 {
			_, err = tx.exec(ctx, "store.addFlow", `
				DELETE FROM deal_flow WHERE stage_id = $1 AND week = $2 AND owner_id = $3 AND went_to = $4 AND n = 0 AND took = 0`,
				cell.stage, cell.week, cell.owner, cell.wentTo)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// handDeals gives all deals of a user to another, those in the bin too: what was
// added up as theirs is the other's as a whole, however many there are.
func (tx *Tx) handDeals(ctx context.Context, from, to string, at int64) error {
	if from == to {
		return nil
	}
	_, err := tx.exec(ctx, "store.handDeals", `
		UPDATE deals SET owner_id = $1, updated_at = $2, version = version + 1 WHERE owner_id = $3`, nullText(to), at, from)
	if err == nil {
		_, err = tx.exec(ctx, "store.handDeals", `
			INSERT INTO deal_flow (stage_id, week, owner_id, went_to, n, took) SELECT stage_id, week, $1, went_to, n, took FROM deal_flow WHERE owner_id = $2
			ON CONFLICT (stage_id, week, owner_id, went_to) DO UPDATE SET n = deal_flow.n + excluded.n, took = deal_flow.took + excluded.took`, to, from)
	}
	if err == nil {
		_, err = tx.exec(ctx, "store.handDeals", `DELETE FROM deal_flow WHERE owner_id = $1`, from)
	}
	return err
}

func (c flowCell) compare(o flowCell) int {
	return cmp.Or(cmp.Compare(c.stage, o.stage), cmp.Compare(c.week, o.week), cmp.Compare(c.owner, o.owner), cmp.Compare(c.wentTo, o.wentTo))
}

// keptDeals are the deals that rows are of, or were.
func keptDeals(rows []*kept) []string {
	var out []string
	for _, k := range rows {
		switch k.table.Name {
		case "deals":
			out = append(out, k.key)
		case "deal_stays":
			if id, ok := k.was.Set["deal_id"].(string); ok {
				out = append(out, id)
			}
			if k.now != nil {
				out = append(out, k.table.text(*k.now, "deal_id"))
			}
		}
	}
	return out
}

// deals are the deals of rows of an archive, where those are of deal_flow's making.
func (t ArchiveTable) deals(rows [][]Cell) []string {
	column, known := map[string]string{"deals": "id", "deal_stays": "deal_id"}[t.Name]
	at := t.Column(column)
	if !known || at < 0 {
		return nil
	}
	out := make([]string, len(rows))
	for i, row := range rows {
		out[i] = row[at].Text
	}
	return out
}

// wholeFlow is deal_flow as it would be if it were made of the rows now.
const wholeFlow = `
	SELECT s.stage_id, s.entered_at / 604800000 AS week, COALESCE(d.owner_id, '') AS owner_id, COALESCE(s.went_to, '') AS went_to,
		COUNT(*) AS n, CAST(SUM(COALESCE(s.left_at, s.entered_at) - s.entered_at) AS BIGINT) AS took
	FROM deal_stays s JOIN deals d ON d.id = s.deal_id WHERE d.deleted_at IS NULL GROUP BY 1, 2, 3, 4`

// FlowDrift counts the rows of deal_flow that do not say what the stays come to,
// and those that are missing: none, unless somebody wrote past the product.
func (r *Reader) FlowDrift(ctx context.Context) (int64, error) {
	const kept = `SELECT stage_id, week, owner_id, went_to, n, took FROM deal_flow`
	var n int64
	err := r.q.QueryRowContext(ctx, `
		SELECT (SELECT COUNT(*) FROM (`+kept+` EXCEPT `+wholeFlow+`) a) + (SELECT COUNT(*) FROM (SELECT stage_id, week, owner_id, went_to, n, took FROM (`+wholeFlow+`) w EXCEPT `+kept+`) b)`).Scan(&n)
	return n, r.fault("store.FlowDrift", err)
}

// MendFlow makes deal_flow anew of the rows.
func (tx *Tx) MendFlow(ctx context.Context) error {
	_, err := tx.exec(ctx, "store.MendFlow", `DELETE FROM deal_flow`)
	if err == nil {
		_, err = tx.exec(ctx, "store.MendFlow", `INSERT INTO deal_flow (stage_id, week, owner_id, went_to, n, took) `+wholeFlow)
	}
	return err
}
