package ui_test

import (
	"testing"
	"time"

	"stead/views/ui"
)

func TestClockSaysMomentsInTheZoneOfTheBusiness(t *testing.T) {
	lisbon, err := time.LoadLocation("Europe/Lisbon")
	if err != nil {
		t.Fatal(err) // Go brings its own list of zones
	}
	// The night in which summer time ends: 25 hours long.
	now := time.Date(2026, 10, 26, 0, 30, 0, 0, lisbon)
	c := ui.NewClock(now, lisbon)
	for name, tc := range map[string]struct {
		at        time.Time
		text, day string
	}{
		"today":                  {now.Add(-10 * time.Minute), "00:20", "Today"},
		"yesterday, 24 h before": {now.Add(-24 * time.Hour), "Yesterday", "Yesterday"},
		"the day before":         {now.Add(-26 * time.Hour), "24 Oct", "24 October"},
		"tomorrow":               {now.Add(24 * time.Hour), "27 Oct", "27 October"},
		"another year":           {time.Date(2024, 2, 29, 12, 0, 0, 0, lisbon), "29 Feb 2024", "29 February 2024"},
		"in UTC still yesterday": {time.Date(2026, 10, 26, 0, 5, 0, 0, time.UTC), "00:05", "Today"},
	} {
		got := c.When(t.Context(), tc.at.UnixMilli())
		if day := c.Day(t.Context(), tc.at.UnixMilli()); got.Text != tc.text || day != tc.day {
			t.Errorf("%s: %q under %q, want %q under %q", name, got.Text, day, tc.text, tc.day)
		}
	}
	if got, want := c.When(t.Context(), now.UnixMilli()).ISO, "2026-10-26T00:30:00Z"; got != want {
		t.Errorf("ISO = %s, want %s", got, want)
	}
	midnight := time.Date(2026, 10, 26, 0, 0, 0, 0, lisbon).UnixMilli() // the day before, seen from New York
	if got := c.BinEnds(midnight); got.Text != "25 November 2026" || got.ISO != "2026-11-25" {
		t.Errorf("what was deleted then goes on %+v", got)
	}
}
