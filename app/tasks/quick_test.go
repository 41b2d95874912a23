package tasks

import (
	"strings"
	"testing"
	"time"
)

// now is a Wednesday morning.
const testNow = "2026-11-18 10:20"

func TestUnderstandingALine(t *testing.T) {
	for line, want := range map[string]struct{ title, due string }{ // a due time of none: the whole day
		"Call Ana tomorrow 10:00":            {"Call Ana", "2026-11-19 10:00"},
		"Call Ana tomorrow at 10":            {"Call Ana", "2026-11-19 10:00"},
		"Call Ana at 10 tomorrow":            {"Call Ana", "2026-11-19 10:00"},
		"Call Ana Tomorrow, 3pm":             {"Call Ana", "2026-11-19 15:00"},
		"Call Ana tomorrow 3 PM":             {"Call Ana", "2026-11-19 15:00"},
		"tomorrow 10:00 call Ana":            {"call Ana", "2026-11-19 10:00"},
		"Tomorrow: call Ana":                 {"Tomorrow: call Ana", ""},
		"today pay the rent":                 {"pay the rent", "2026-11-18"},
		"Send the offer today":               {"Send the offer", "2026-11-18"},
		"Send the offer, by Friday":          {"Send the offer", "2026-11-20"},
		"Send the offer on wed":              {"Send the offer", "2026-11-25"},
		"Send the offer next friday":         {"Send the offer", "2026-11-27"},
		"Send the offer next monday 9.30":    {"Send the offer", "2026-11-23 09:30"},
		"Plan next week":                     {"Plan", "2026-11-23"},
		"Invoices next month":                {"Invoices", "2026-12-01"},
		"Ask again in 3 days":                {"Ask again", "2026-11-21"},
		"Ask again in a week at noon":        {"Ask again", "2026-11-25 12:00"},
		"Renew in 3 months":                  {"Renew", "2027-02-18"},
		"Renew 2026-12-05":                   {"Renew", "2026-12-05"},
		"Renew on 5 Dec 08:15":               {"Renew", "2026-12-05 08:15"},
		"Renew December 5th, 2027":           {"Renew", "2027-12-05"},
		"Renew 3 January":                    {"Renew", "2027-01-03"},
		"Leap day 29 Feb":                    {"Leap day", "2028-02-29"},
		"Call at 15":                         {"Call", "2026-11-18 15:00"},
		"Call at 9":                          {"Call", "2026-11-19 09:00"},
		"Lunch noon":                         {"Lunch", "2026-11-18 12:00"},
		"Midnight 12am":                      {"Midnight", "2026-11-19 00:00"},
		"Call 11:59pm":                       {"Call", "2026-11-18 23:59"},
		"Buy sun cream":                      {"Buy sun cream", ""},
		"Read the May report":                {"Read the May report", ""},
		"Order 10":                           {"Order 10", ""},
		"Renew 31 Feb":                       {"Renew 31 Feb", ""},
		"Call at 25:00":                      {"Call at 25:00", ""},
		"Call 13pm":                          {"Call 13pm", ""},
		"tomorrow":                           {"", "2026-11-19"},
		"Ring the bell tomorrow tomorrow":    {"Ring the bell tomorrow", "2026-11-19"},
		"":                                   {"", ""},
		"Ring Ana 2026-13-05":                {"Ring Ana 2026-13-05", ""},
		"  spaces   are   one   tomorrow   ": {"spaces are one", "2026-11-19"},
	} {
		title, due, ok := Understand(line, at(t, time.UTC, testNow))
		got := ""
		if ok {
			if got = due.At.Format("2006-01-02 15:04"); due.AllDay {
				got = strings.TrimSuffix(got, " 00:00")
			}
		}
		if title != want.title || got != want.due {
			t.Errorf("%q: %q due %q, want %q due %q", line, title, got, want.title, want.due)
		}
	}
}

func FuzzUnderstand(f *testing.F) {
	for _, line := range []string{"Call Ana tomorrow 10:00", "on", "at", "in 3", "next", "5 Dec 20", "12:", ":", "am", "at pm", strings.Repeat("tomorrow ", 200)} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		now := at(t, zone(t, "America/New_York"), testNow)
		title, due, ok := Understand(line, now)
		if ok && (due.At.Year() < 2000 || due.At.Year() > 2200) {
			t.Errorf("%q is due %v", line, due.At)
		}
		if ok && due.AllDay && !due.At.Equal(midnight(due.At)) {
			t.Errorf("%q is due all day at %v", line, due.At)
		}
		if len(title) > len(line) {
			t.Errorf("%q became %q", line, title)
		}
	})
}

func TestRemindersCountFromWhenItIsDue(t *testing.T) {
	for name, tt := range map[string]struct {
		due    string
		allDay bool
		before int64
		want   string
	}{
		"at the time":                        {"2026-11-20 15:00", false, 0, "2026-11-20 15:00"},
		"ten minutes before":                 {"2026-11-20 15:00", false, 10, "2026-11-20 14:50"},
		"a day before keeps its hour":        {"2026-11-01 15:00", false, minutesOfDay, "2026-10-31 15:00"},
		"ten minutes before the clocks went": {"2026-03-08 03:05", false, 10, "2026-03-08 01:55"},
		"a whole day, in its morning":        {"2026-11-20 00:00", true, 0, "2026-11-20 09:00"},
		"a whole day, the day before":        {"2026-11-20 00:00", true, minutesOfDay, "2026-11-19 09:00"},
		"after it is due":                    {"2026-11-20 15:00", false, -90, "2026-11-20 16:30"},
	} {
		z := zone(t, "America/New_York")
		due := at(t, z, tt.due)
		got := remindAt(due, tt.allDay, tt.before)
		if got.Format("2006-01-02 15:04") != tt.want {
			t.Errorf("%s: %v, want %s", name, got, tt.want)
		}
		if name != "ten minutes before the clocks went" && before(due, tt.allDay, got) != tt.before {
			t.Errorf("%s: back again it is %d minutes before", name, before(due, tt.allDay, got))
		}
	}
}
