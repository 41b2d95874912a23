package store

import (
	"slices"
	"strings"
	"testing"
)

// The lists that are looked at most are read from an index alone: what a row
// shows stands behind its key, and the table is never looked into.
func TestListsReadAnIndexAlone(t *testing.T) {
	s := openLite(t)
	scopes := map[string]Scope{"all": Everything, "one's": OwnedBy("u1"), "nobody's": Scope{}.OrFree(), "a team's": OwnedBy("u1", "u2").OrFree()}
	for name, scope := range scopes {
		for _, order := range []ContactOrder{{}, {ByName: true}, {Descending: true, Owners: true}, {ByName: true, Owners: true, Descending: true}} {
			for _, from := range [][]any{nil, {"k", "id"}} {
				query, _, args := contactsQuery(scope, order, from, false, 51)
				covered(t, s, name, query, args)
			}
		}
	}
	for name, q := range map[string]Question{
		"owner, name":     {Sort: "name", Conditions: []Condition{{Field: "owner", Op: OpAny, Values: []string{"u1"}}}},
		"owner, activity": {Conditions: []Condition{{Field: "owner", Op: OpAny, Values: []string{"u1", ""}}}},
		"begins, name":    {Sort: "name", Conditions: []Condition{{Field: "name", Op: OpBegins, Values: []string{"mar"}}}},
	} {
		q.Sees = Everything
		a, err := s.asking(t.Context(), Everything, q)
		if err != nil {
			t.Fatal(err)
		}
		w := walk{asking: a, tracks: a.tracks(), limit: 50}
		for _, from := range []*spot{nil, {key: "k", id: "id"}} {
			var args sqlArgs
			l := w.tracks[0]
			match := w.match(&args, l)
			covered(t, s, name, w.query(&args, l, contactRowColumns+`, COALESCE(c.owner_id, '')`, span{from: from, most: 51, end: limitTo(51)}, match), args.list)
		}
	}
}

func covered(t *testing.T, s *Store, name, query string, args []any) {
	t.Helper()
	var steps []string
	rows, err := s.read.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+query, args...)
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, query)
	}
	defer rows.Close()
	for rows.Next() {
		var id, parent, unused int
		var step string
		if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
			t.Fatal(err)
		}
		steps = append(steps, step)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	looks := slices.DeleteFunc(slices.Clone(steps), func(step string) bool { return !strings.Contains(step, " c ") })
	if len(looks) == 0 || slices.ContainsFunc(looks, func(step string) bool { return !strings.Contains(step, "COVERING INDEX contacts_by_") }) {
		t.Errorf("%s reads more than an index:\n%s\n%s", name, strings.Join(steps, "\n"), query)
	}
}
