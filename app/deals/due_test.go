package deals_test

import (
	"strings"
	"testing"
	"time"

	"stead/store"
)

// A next step of a whole day says that the day is today, as the business counts
// days, and is late when the day is over.
func TestAStepOfADayIsLateWhenTheDayIsOver(t *testing.T) {
	h, _, _ := house(t)
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	y, m, d := h.Clock.Now().In(zone).Date()
	today := time.Date(y, m, d, 0, 0, 0, 0, zone)
	h.Change("task.added", "step", func(tx *store.Tx) error {
		return tx.InsertTask(t.Context(), store.Task{ID: "step", DealID: "d1", Kind: store.TaskToDo, Title: "Zq measure", DueAt: today.UnixMilli(), AllDay: true, CreatedAt: 1})
	})
	says := func(text string, late bool) {
		t.Helper()
		_, step, found := strings.Cut(h.SignedIn().Get("/deals/d1").Body, `<dt>Next step</dt>`)
		if step, _, _ = strings.Cut(step, "</div>"); !found || !strings.Contains(step, "Zq measure") || !strings.Contains(step, ">"+text+"</time>") || strings.Contains(step, "Late") != late {
			t.Errorf("at %s it does not say %q, or late is not %t: %s", h.Clock.Now().In(zone), text, late, step)
		}
	}
	says("Today", false)
	h.Clock.Advance(today.AddDate(0, 0, 1).Add(-time.Second).Sub(h.Clock.Now())) // in UTC it is tomorrow
	says("Today", false)
	h.Clock.Advance(time.Second)
	says(today.Format("Mon 2 Jan"), true)
}
