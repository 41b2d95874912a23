package store_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"stead/store"
	"stead/store/storetest"
)

// What is due on a day is overdue when the day has passed where the business is,
// and what is due at a time when that has; the filter, the list and Today agree.
func TestADayIsOverWhereTheBusinessIs(t *testing.T) {
	st := storetest.New(t)
	pipes(t, st, "p")
	newYork, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	auckland, err := time.LoadLocation("Pacific/Auckland")
	if err != nil {
		t.Fatal(err)
	}
	day := func(zone *time.Location, month time.Month, d int) int64 {
		return time.Date(2026, month, d, 0, 0, 0, 0, zone).UnixMilli()
	}
	for i, tc := range []struct {
		now    time.Time
		due    int64
		allDay bool
		want   bool
	}{
		{time.Date(2026, 11, 18, 0, 0, 1, 0, newYork), day(newYork, 11, 18), true, false},
		{time.Date(2026, 11, 18, 23, 59, 59, 0, newYork), day(newYork, 11, 18), true, false}, // in UTC the day is over
		{time.Date(2026, 11, 19, 0, 0, 1, 0, newYork), day(newYork, 11, 18), true, true},
		{time.Date(2026, 11, 18, 0, 0, 1, 0, newYork), day(newYork, 11, 19), true, false},
		{time.Date(2026, 11, 18, 23, 59, 59, 0, auckland), day(auckland, 11, 18), true, false},
		{time.Date(2026, 11, 19, 0, 0, 1, 0, auckland), day(auckland, 11, 18), true, true}, // in UTC it is that day still
		{time.Date(2026, 3, 8, 23, 30, 0, 0, newYork), day(newYork, 3, 8), true, false},    // a day of 23 hours
		{time.Date(2026, 3, 9, 0, 0, 1, 0, newYork), day(newYork, 3, 8), true, true},
		{time.Date(2026, 11, 1, 23, 59, 59, 0, newYork), day(newYork, 11, 1), true, false}, // of 25 hours
		{time.Date(2026, 11, 2, 0, 0, 1, 0, newYork), day(newYork, 11, 1), true, true},
		{time.Date(2026, 11, 18, 9, 0, 1, 0, newYork), time.Date(2026, 11, 18, 9, 0, 0, 0, newYork).UnixMilli(), false, true},
		{time.Date(2026, 11, 18, 8, 59, 59, 0, newYork), time.Date(2026, 11, 18, 9, 0, 0, 0, newYork).UnixMilli(), false, false},
	} {
		id := fmt.Sprint("d", i)
		change(t, st, func(ctx context.Context, tx *store.Tx) error {
			d := store.Deal{ID: id, PipelineID: "p", StageID: "p-0", OwnerID: id, Currency: "EUR", Source: "manual", CreatedAt: 1}
			if _, err := tx.InsertDeal(ctx, d, "s"+id); err != nil {
				return err
			}
			return tx.InsertTask(ctx, store.Task{ID: "t" + id, DealID: id, Kind: store.TaskToDo, Title: "Call", OwnerID: id, DueAt: tc.due, AllDay: tc.allDay, CreatedAt: 1})
		})
		for op, want := range map[string]bool{store.OpYes: tc.want, store.OpNo: !tc.want} {
			q := store.Question{Record: "deal", Conditions: []store.Condition{{Field: "overdue", Op: op}}, Now: tc.now, Sees: store.Everything}
			page, err := st.Deals(t.Context(), store.OwnedBy(id), q, store.Page{Limit: 5})
			if err != nil || len(page.Ignored) != 0 {
				t.Fatal(page.Ignored, err)
			}
			if found := len(page.Rows) == 1; found != want {
				t.Errorf("%d: at %s the filter %q finds it: %t", i, tc.now, op, found)
			}
			if len(page.Rows) == 1 && (page.Rows[0].DueAt != tc.due || page.Rows[0].DueAllDay != tc.allDay) {
				t.Errorf("%d: the row says %d, all day %t", i, page.Rows[0].DueAt, page.Rows[0].DueAllDay)
			}
		}
		risks, err := st.DealsAtRisk(t.Context(), store.OwnedBy(id), tc.now, 5)
		if late := slices.ContainsFunc(risks, func(x store.Risk) bool { return x.Overdue }); err != nil || late != tc.want {
			t.Errorf("%d: at %s Today says %+v (%v)", i, tc.now, risks, err)
		}
	}
}
