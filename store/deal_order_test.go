package store

import (
	"strings"
	"testing"
)

// TestEachOrderOfDealsIsLedByAnIndex: a page of a list, and of an export, is read
// without sorting all that there is.
func TestEachOrderOfDealsIsLedByAnIndex(t *testing.T) {
	s := openLite(t)
	open := Condition{Field: "status", Op: OpAny, Values: []string{DealOpen}}
	for _, on := range AskedDealFields(nil) {
		for name, also := range map[string][]Condition{"open": {open}, "all": nil} {
			if !on.Sorts {
				continue
			}
			a, err := s.askDeals(t.Context(), Everything, Question{Record: "deal", Sort: on.Key, Also: also})
			if err != nil {
				t.Fatal(err)
			}
			var args sqlArgs
			column := a.sortColumn()
			query := `SELECT d.id FROM deals d` + dealRowJoins + ` WHERE 1 = 1 AND ` + a.where(&args) + ` ORDER BY ` + column + `, d.id` + limitTo(50)
			if plan := planOf(t, s, query, args.list); strings.Contains(plan, "TEMP B-TREE") {
				t.Errorf("%s ones by %s are sorted: %s", name, on.Key, plan)
			}
		}
	}
}

func planOf(t *testing.T, s *Store, query string, args []any) string {
	t.Helper()
	rows, err := s.read.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+query, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var out strings.Builder
	for rows.Next() {
		var id, parent, unused int
		var step string
		if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
			t.Fatal(err)
		}
		out.WriteString(step + "; ")
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}
