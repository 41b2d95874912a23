package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// busyChain has entries of several actors, actions and people over many days,
// some of them anonymised.
func busyChain(t *testing.T, n int) (*Store, []AuditRow) {
	t.Helper()
	st := OpenTest(t)
	inTx(t, st, func(ctx context.Context, tx *Tx) error {
		for i := range n {
			day := int64(20_000 + i/7)
			if i%11 == 0 {
				day -= 3 // a clock that was put back
			}
			err := tx.Audit(ctx, AuditEntry{
				Action: []string{"contact.read", "contact.changed", "user.signed_in"}[i%3], Actor: []string{"u1", "u2", "system:sweep", "operator"}[i%4],
				Object: fmt.Sprint("o", i), ContactID: []string{"c1", "", "c2"}[i%3], At: day*dayMillis + int64(i%5)*dayMillis/5,
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if _, err := st.write.ExecContext(t.Context(), `UPDATE audit SET actor = NULL, at = NULL, address = NULL, actor_salt = NULL WHERE seq <= 9`); err != nil {
		t.Fatal(err)
	}
	all, err := st.AuditList(t.Context(), AuditFilter{}, Page{Limit: MaxPage})
	if err != nil || len(all) != n {
		t.Fatalf("%d entries, %v; want %d", len(all), err, n)
	}
	return st, all
}

func (f AuditFilter) holds(a AuditRow) bool {
	return (len(f.Actors) == 0 || slices.Contains(f.Actors, a.Actor)) && (len(f.Actions) == 0 || slices.Contains(f.Actions, a.Action)) &&
		(f.ContactID == "" || f.ContactID == a.ContactID) && (f.UpTo == 0 || a.Seq <= f.UpTo) && f.holdsTime(a)
}

func (f AuditFilter) holdsTime(a AuditRow) bool {
	if a.At == 0 { // some moment of the day fits
		return (f.From == 0 || (a.Day+1)*dayMillis > f.From) && (f.To == 0 || a.Day*dayMillis < f.To)
	}
	return a.At >= f.From && (f.To == 0 || a.At < f.To)
}

// Whatever is asked, page after page gives each entry that fits once, the
// latest first, and none besides.
func TestAuditListHoldsWhatTheFilterSays(t *testing.T) {
	st, all := busyChain(t, 150)
	ctx := t.Context()
	rapid.Check(t, func(t *rapid.T) {
		some := func(name string, of ...string) []string {
			return rapid.SliceOfNDistinct(rapid.SampledFrom(of), 0, 2, rapid.ID).Draw(t, name)
		}
		f := AuditFilter{
			Actors: some("actors", "u1", "u2", "system:sweep", "operator", "nobody"), Actions: some("actions", "contact.read", "contact.changed", "user.signed_in"),
			ContactID: rapid.SampledFrom([]string{"", "", "c1", "c2", "c9"}).Draw(t, "person"), UpTo: rapid.SampledFrom([]int64{0, 0, 40, 99}).Draw(t, "up to"),
			From: rapid.SampledFrom([]int64{0, 20_000 * dayMillis, 20_010*dayMillis + 5}).Draw(t, "from"),
			To:   rapid.SampledFrom([]int64{0, 20_001 * dayMillis, 20_005*dayMillis + dayMillis/3, 20_019 * dayMillis}).Draw(t, "to"),
		}
		var want, got []int64
		for _, a := range all {
			if f.holds(a) {
				want = append(want, a.Seq)
			}
		}
		limit := rapid.IntRange(1, 60).Draw(t, "limit")
		for page := (Page{Limit: limit}); ; {
			rows, err := st.AuditList(ctx, f, page)
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range rows {
				got = append(got, a.Seq)
			}
			if len(rows) < limit {
				break
			}
			page.After = Cursor(rows[limit-1].Seq)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%+v: got %v, want %v", f, got, want)
		}
	})
}

func TestAuditActorsAreEachNamedOnce(t *testing.T) {
	st, _ := busyChain(t, 40)
	got, err := st.AuditActors(t.Context())
	if err != nil || !slices.Equal(got, []string{"operator", "system:sweep", "u1", "u2"}) {
		t.Errorf("actors = %v, %v", got, err)
	}
	empty := OpenTest(t)
	if got, err := empty.AuditActors(t.Context()); err != nil || len(got) != 0 {
		t.Errorf("actors of an empty chain = %v, %v", got, err)
	}
}

// A rare actor or action in a long chain is found along an index.
func TestAuditListReadsAlongItsIndexes(t *testing.T) {
	st := openLite(t) // what is looked at are SQLite's own plans
	for name, tc := range map[string]struct {
		f    AuditFilter
		want string
	}{
		"an actor":   {AuditFilter{Actors: []string{"u1"}}, "audit_by_actor"},
		"an action":  {AuditFilter{Actions: []string{"contact.read"}}, "audit_by_action"},
		"a person":   {AuditFilter{ContactID: "c1"}, "audit_by_contact"},
		"everything": {AuditFilter{}, "sqlite_autoindex_audit_1"},
	} {
		lane := tc.f.lanes()[0].and("seq <", int64(1000))
		var plan strings.Builder
		rows, err := st.read.QueryContext(t.Context(), `EXPLAIN QUERY PLAN SELECT seq FROM audit WHERE `+strings.Join(lane.where, " AND ")+` ORDER BY seq DESC LIMIT 50`, lane.args...)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		for rows.Next() {
			var id, parent, unused int
			var detail string
			if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
				t.Fatal(err)
			}
			plan.WriteString(detail + "; ")
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(plan.String(), tc.want) || strings.Contains(plan.String(), "TEMP B-TREE") {
			t.Errorf("%s: %s", name, plan.String())
		}
	}
}
