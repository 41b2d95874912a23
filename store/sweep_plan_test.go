package store

import (
	"context"
	"database/sql"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// noted keeps what a transaction asks of the database.
type noted struct {
	querier
	asked []question
}

type question struct {
	query string
	args  []any
}

func (n *noted) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	n.asked = append(n.asked, question{query, args})
	return n.querier.ExecContext(ctx, query, args...)
}

func (n *noted) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	n.asked = append(n.asked, question{query, args})
	return n.querier.QueryContext(ctx, query, args...)
}

func (n *noted) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	n.asked = append(n.asked, question{query, args})
	return n.querier.QueryRowContext(ctx, query, args...)
}

// wholeTable matches a step that reads a table, or an index, from end to end.
var wholeTable = regexp.MustCompile(`^SCAN \w+( USING.*)?$`)

// What has reached its age is found by an index, and so is all that goes with it,
// however many there are that stay.
func TestTheSweepOfDealsReadsNoTableWhole(t *testing.T) {
	s, ctx := openLite(t), t.Context()
	const now = int64(20_000 * dayMillis)
	deals, bin, leads := rule(t, "deals"), rule(t, "deals.bin"), rule(t, "leads")
	err := s.InTx(ctx, func(tx *Tx) error {
		if err := plantAged(ctx, tx, deals.cutoff(now), leads.cutoff(now)); err != nil {
			return err
		}
		return tx.BinDeal(ctx, "open", "u", bin.cutoff(now)-dayMillis)
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, rule := range []SweepRule{deals, bin, leads} {
		err := s.InTx(ctx, func(tx *Tx) error {
			seen := &noted{querier: tx.q}
			tx.q = seen
			n, err := tx.SweepBatch(ctx, rule, now, 100)
			if err != nil || n == 0 {
				return fmt.Errorf("%s took %d (%w)", rule.Name, n, err)
			}
			tx.q = seen.querier
			seen.asked = slices.DeleteFunc(seen.asked, func(q question) bool { return strings.Contains(q.query, "sqlite_schema") })
			seen.asked = append(seen.asked, question{`SELECT COUNT(*) FROM ` + rule.Table + ` WHERE ` + rule.due(), []any{rule.cutoff(now)}})
			for _, q := range seen.asked {
				for _, step := range tx.steps(t, q) {
					if wholeTable.MatchString(step) {
						t.Errorf("%s: %s\n%s", rule.Name, step, q.query)
					}
				}
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
}

// steps are how the database goes about a question.
func (tx *Tx) steps(t *testing.T, q question) []string {
	t.Helper()
	type step struct {
		id, parent, unused int
		text               string
	}
	rows, err := list(t.Context(), &tx.Reader, "test", "EXPLAIN QUERY PLAN "+q.query, func(rows *sql.Rows, s *step) error {
		return rows.Scan(&s.id, &s.parent, &s.unused, &s.text)
	}, q.args...)
	if err != nil {
		t.Errorf("%v: %s", err, strings.TrimSpace(q.query))
	}
	var out []string
	for _, s := range rows {
		out = append(out, s.text)
	}
	return out
}
