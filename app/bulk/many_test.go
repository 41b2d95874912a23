package bulk_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"stead/app/bulk"
	"stead/app/picked"
	"stead/store"
	"stead/store/storetest"
)

// heard notes every event that somebody may react to.
func (k kit) heard() func() []store.Event {
	var all []store.Event
	k.st.Watch(func(events []store.Event) { all = append(all, events...) })
	return func() []store.Event {
		out := slices.DeleteFunc(all, func(e store.Event) bool { return !strings.HasPrefix(e.Kind, "contact") })
		all = nil
		return out
	}
}

func (k kit) drive(t testing.TB, id string, each func(store.Operation)) store.Operation {
	t.Helper()
	op, err := k.work.Drive(t.Context(), id, each)
	if err != nil || !op.Ended() {
		t.Fatalf("%+v, %v", op, err)
	}
	return op
}

func nothing(store.Operation) {}

// Whatever is done to many, one event tells of it, with how many they were; each
// of them has it in their story. Of one alone everybody hears as always.
func TestOneEventTellsOfMany(t *testing.T) {
	k := newKit(t, 450)
	heard := k.heard()
	for name, tc := range map[string]struct {
		edit bulk.Edit
		ids  []string // none: everybody
		kind string
		told bulk.Told
	}{
		"assigned in the background": {edit: bulk.Edit{What: bulk.Owner, Value: "user-3"}, kind: bulk.EventAssigned, told: bulk.Told{What: bulk.Owner, Count: 375, To: "user-3"}},
		"tagged in the background":   {edit: bulk.Edit{What: bulk.Tag, Value: storetest.CrowdTag(0)}, kind: bulk.EventChanged, told: bulk.Told{What: bulk.Tag, Count: 300}},
		"assigned at once":           {edit: bulk.Edit{What: bulk.Owner, Value: "boss"}, ids: []string{storetest.CrowdID(1), storetest.CrowdID(2)}, kind: bulk.EventAssigned, told: bulk.Told{What: bulk.Owner, Count: 2, To: "boss"}},
	} {
		out, err := k.Apply(t.Context(), owner, picked.Picked{All: tc.ids == nil, IDs: tc.ids}, tc.edit, "")
		if err != nil {
			t.Fatal(name, err)
		}
		undo := out.Undo
		if out.Operation != "" {
			undo = k.drive(t, out.Operation, nothing).UndoID
		}
		var told bulk.Told
		events := heard()
		if len(events) != 1 || events[0].Kind != tc.kind || json.Unmarshal([]byte(events[0].Data), &told) != nil || told != tc.told {
			t.Errorf("%s: %d events are heard, %+v", name, len(events), told)
		}
		story, err := k.st.EventsOf(t.Context(), storetest.CrowdID(1))
		if err != nil || len(story) != 1 {
			t.Errorf("%s: their story has %+v, %v", name, story, err)
		}
		k.takeBack(t, undo)
		storetest.Exec(t, k.path, `DELETE FROM events`)
		heard()
	}
	one := []string{storetest.CrowdID(1)}
	if _, err := k.Apply(t.Context(), owner, picked.Picked{IDs: one}, bulk.Edit{What: bulk.Owner, Value: "user-4"}, ""); err != nil {
		t.Fatal(err)
	}
	if events := heard(); len(events) != 1 || events[0].Kind != "contact.assigned" || events[0].ContactID != one[0] {
		t.Errorf("of one alone: %+v", events)
	}
}

// takeBack takes a change back, however large it is.
func (k kit) takeBack(t testing.TB, undo string) {
	t.Helper()
	for range 1000 {
		inTx(t, k.st, func(tx *store.Tx) error { _, err := tx.TakeBackSome(t.Context(), undo, 200, 9); return err })
		u, err := k.st.Undo(t.Context(), undo)
		if err != nil {
			t.Fatal(err)
		}
		if u.UndoneAt != 0 {
			return
		}
	}
	t.Fatal("the undo has no end")
}

// Of whatever large change, done to its end or cancelled on the way, the undo
// leaves every row exactly as it was; and what was done is told once.
func TestALargeEditIsTakenBackToTheRow(t *testing.T) {
	k := newKit(t, 230)
	heard := k.heard()
	for i, e := range everyEdit {
		for _, last := range []int{1 + i%2, 99} {
			k.largeEdit(t, heard, e, last)
		}
	}
}

// largeEdit changes everybody, cancels that after so many steps, and takes it back.
func (k kit) largeEdit(t *testing.T, heard func() []store.Event, e bulk.Edit, last int) {
	t.Helper()
	before := k.rows(t)
	heard()
	out, err := k.Apply(t.Context(), owner, picked.Picked{All: true}, e, "")
	if err != nil || out.Operation == "" {
		t.Fatalf("%+v: %+v, %v", e, out, err)
	}
	steps := 0
	op := k.drive(t, out.Operation, func(store.Operation) {
		if steps++; steps == last {
			k.cancel(t, out.Operation)
		}
	})
	after, told := k.rows(t), slices.DeleteFunc(heard(), func(e store.Event) bool { return e.Subject != out.Operation })
	if (op.State == store.OperationCancelled) != (last < 99) || op.Done == 0 {
		t.Errorf("%+v: %+v", e, op)
	}
	if (op.Changed > 0) != (before != after) && e.NewName == "" {
		t.Errorf("%+v: %d changed, rows differ: %v", e, op.Changed, before != after)
	}
	if (op.Changed > 0) != (len(told) == 1) {
		t.Errorf("%+v: %d changed, told %+v", e, op.Changed, told)
	}
	k.takeBack(t, op.UndoID)
	if got := k.rows(t); got != before {
		t.Fatalf("%+v, %s after %d of %d: not as before\n%s", e, op.State, op.Done, op.Total, differing(before, got))
	}
}

// cancel stops an operation as its page does.
func (k kit) cancel(t testing.TB, id string) {
	t.Helper()
	inTx(t, k.st, func(tx *store.Tx) error {
		if on, err := tx.CancelOperation(t.Context(), id, 8); err != nil || !on {
			return err
		}
		return tx.Emit(t.Context(), store.Event{ID: "stop-" + id, Kind: store.EventOperationStopped, Subject: id, Actor: owner.ID, At: 8})
	})
}
