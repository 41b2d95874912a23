package store

import (
	"errors"
	"fmt"
	"slices"
	"testing"
)

func rule(t testing.TB, name string) SweepRule {
	t.Helper()
	rules := SweepRules()
	i := slices.IndexFunc(rules, func(r SweepRule) bool { return r.Name == name })
	if i < 0 {
		t.Fatalf("no rule %s in %v", name, rules)
	}
	return rules[i]
}

func sweep(t testing.TB, s *Store, r SweepRule, now int64, limit int) int64 {
	t.Helper()
	var n int64
	err := s.InTx(t.Context(), func(tx *Tx) (err error) {
		n, err = tx.SweepBatch(t.Context(), r, now, limit)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestSweepTakesTheOldestAndOnlyTheDue(t *testing.T) {
	s := openStore(t)
	now := int64(1000 * dayMillis)
	r := rule(t, "events")
	err := s.InTx(t.Context(), func(tx *Tx) error {
		for i := range 10 {
			at := r.cutoff(now) + int64(i-6)*dayMillis // six are too old
			if err := tx.Emit(t.Context(), Event{ID: fmt.Sprint("e", i), Kind: "k", Subject: "s", At: at}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	plan, err := s.SweepPlan(t.Context(), now)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(plan, func(d SweepDue) bool { return d.Name == "events" })
	if d := plan[i]; d.Rows != 6 || !slices.Equal(d.Sample, []string{"e0", "e1", "e2", "e3", "e4"}) {
		t.Errorf("planned %+v", d)
	}
	if n := sweep(t, s, r, now, 4); n != 4 {
		t.Errorf("first batch of %d", n)
	}
	if n := sweep(t, s, r, now, 4); n != 2 {
		t.Errorf("second batch of %d", n)
	}
	left, err := s.EventsOf(t.Context(), "s")
	if err != nil || len(left) != 4 || left[0].ID != "e6" {
		t.Errorf("left %v (%v)", left, err)
	}
}

func TestSweepClearsColumnsThatGoBeforeTheirRow(t *testing.T) {
	s := openStore(t)
	now := int64(1000 * dayMillis)
	audit := func(at int64) {
		err := s.InTx(t.Context(), func(tx *Tx) error {
			return tx.Audit(t.Context(), AuditEntry{Action: "contact.read", Actor: "u1", Object: "c1", ContactID: "c1", At: at})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	audit(now - 91*dayMillis)
	audit(now - 89*dayMillis)
	r := rule(t, "audit.actor+at+address+actor_salt")
	for i, want := range []int64{1, 0} {
		if n := sweep(t, s, r, now, 100); n != want {
			t.Errorf("batch %d of %d", i, n)
		}
	}
	actors, err := list(t.Context(), &s.Reader, "test", `SELECT COALESCE(actor, 'nobody') FROM audit ORDER BY seq`, scanText)
	if err != nil || !slices.Equal(actors, []string{"nobody", "u1"}) {
		t.Errorf("%v (%v)", actors, err)
	}
}

// A row that others point at takes along what hangs on it, or lets it go where
// the map says so; and nothing of anybody else.
func TestSweepOfACallTakesItsBranch(t *testing.T) {
	s := openStore(t)
	plant(t.Context(), t, s, "ann", 1000)
	plant(t.Context(), t, s, "bob", 2_000_000_000_000)
	before := everything(t.Context(), t, s)
	r := rule(t, "calls")
	if n := sweep(t, s, r, 1_000_000_000_000, 100); n != 1 {
		t.Fatalf("%d calls", n)
	}
	after := everything(t.Context(), t, s)
	for _, table := range []string{"calls", "decisions"} {
		if len(after[table]) != 1 {
			t.Errorf("%s: %v", table, after[table])
		}
	}
	if len(after["messages"]) != 2 || len(after["contacts"]) != 2 {
		t.Error("more went than the call")
	}
	for table := range after {
		if was, is := without(before[table], "ann"), without(after[table], "ann"); !slices.Equal(was, is) {
			t.Errorf("%s: rows of others changed", table)
		}
	}
}

// A rule for persons, which the map may have one day, is an erasure of each.
func TestSweepOfPersonsErasesThem(t *testing.T) {
	s := openStore(t)
	plant(t.Context(), t, s, "ann", 1000)
	plant(t.Context(), t, s, "bob", 2_000_000_000_000)
	err := s.InTx(t.Context(), func(tx *Tx) error {
		_, c, err := tx.mapped(t.Context())
		if err != nil {
			return err
		}
		r := SweepRule{Name: "contacts", Table: "contacts", After: "last_activity_at", Days: 730}
		_, err = tx.sweepTree(t.Context(), c, r.table(), r, 1_000_000_000_000, 10)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for person, want := range map[string]bool{"ann": false, "bob": true} {
		held, err := s.Holdings(t.Context(), rowID("contacts", person))
		if err != nil || len(held) > 0 != want {
			t.Errorf("%s: %d held (%v)", person, len(held), err)
		}
		d, err := s.Deal(t.Context(), rowID("deals", person))
		if err != nil || d.Gone() != !want || !want && d.ErasedAt != 1_000_000_000_000 {
			t.Errorf("the deal of %s: %+v (%v)", person, d, err)
		}
	}
}

func TestSweepRefusesARuleThatTheMapHasNot(t *testing.T) {
	s := openStore(t)
	good := rule(t, "events")
	for name, r := range map[string]SweepRule{
		"unknown table": {Name: "users", Table: "users", After: "created_at", Days: 1},
		"other column":  {Name: "events", Table: "events", After: "id", Days: 1},
		"no age":        {Name: "events", Table: "events", After: good.After},
		"injected":      {Name: "events", Table: "events", After: "at < 0 OR 1 = 1 --", Days: 1},
	} {
		err := s.InTx(t.Context(), func(tx *Tx) error {
			_, err := tx.SweepBatch(t.Context(), r, 1, 1)
			return err
		})
		if !errors.Is(err, ErrNoRule) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
