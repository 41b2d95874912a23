package tasks

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func at(t testing.TB, z *time.Location, text string) time.Time {
	t.Helper()
	when, err := time.ParseInLocation("2006-01-02 15:04", text, z)
	if err != nil {
		t.Fatal(err)
	}
	return when
}

func TestTheNextTurn(t *testing.T) {
	for name, tt := range map[string]struct {
		zone   string
		repeat Repeat
		from   string
		now    string // what is over by then is left out; empty: nothing is
		want   []string
	}{
		"each day keeps its hour when the clocks go back": {"America/New_York", Repeat{Unit: Daily, Every: 1}, "2026-10-31 09:00", "", []string{"2026-11-01 09:00", "2026-11-02 09:00"}},
		"each day keeps its hour when the clocks go on":   {"Europe/Berlin", Repeat{Unit: Daily, Every: 1}, "2026-03-28 09:00", "", []string{"2026-03-29 09:00", "2026-03-30 09:00"}},
		"an hour that there is not is the one after it":   {"Europe/Berlin", Repeat{Unit: Daily, Every: 1}, "2026-03-28 02:30", "", []string{"2026-03-29 03:30", "2026-03-30 02:30"}},
		"each third day": {"UTC", Repeat{Unit: Daily, Every: 3}, "2026-11-20 10:00", "", []string{"2026-11-23 10:00", "2026-11-26 10:00"}},
		"missed ones are left out, the step is kept":        {"UTC", Repeat{Unit: Daily, Every: 3}, "2026-11-02 10:00", "2026-11-20 11:00", []string{"2026-11-23 10:00", "2026-11-26 10:00"}},
		"Mondays and Thursdays":                             {"UTC", Repeat{Unit: Weekly, Every: 1, Days: []time.Weekday{4, 1}}, "2026-11-19 10:00", "", []string{"2026-11-23 10:00", "2026-11-26 10:00"}},
		"every other week, two days of it":                  {"UTC", Repeat{Unit: Weekly, Every: 2, Days: []time.Weekday{1, 5}}, "2026-11-20 10:00", "", []string{"2026-11-30 10:00", "2026-12-04 10:00", "2026-12-14 10:00"}},
		"Sunday ends a week":                                {"UTC", Repeat{Unit: Weekly, Every: 2, Days: []time.Weekday{0}}, "2026-11-22 10:00", "", []string{"2026-12-06 10:00"}},
		"the 15th":                                          {"UTC", Repeat{Unit: Monthly, Every: 1, Day: 15}, "2026-11-15 00:00", "", []string{"2026-12-15 00:00", "2027-01-15 00:00"}},
		"the 31st is the last day of shorter months":        {"UTC", Repeat{Unit: Monthly, Every: 1, Day: 31}, "2026-12-31 08:00", "", []string{"2027-01-31 08:00", "2027-02-28 08:00", "2027-03-31 08:00", "2027-04-30 08:00"}},
		"the 30th in February of a leap year":               {"UTC", Repeat{Unit: Monthly, Every: 1, Day: 30}, "2028-01-30 08:00", "", []string{"2028-02-29 08:00", "2028-03-30 08:00"}},
		"the 29th in other years":                           {"UTC", Repeat{Unit: Monthly, Every: 1, Day: 29}, "2027-01-29 08:00", "", []string{"2027-02-28 08:00", "2027-03-29 08:00"}},
		"the last day":                                      {"UTC", Repeat{Unit: Monthly, Every: 1, Day: lastDay}, "2026-11-30 08:00", "", []string{"2026-12-31 08:00", "2027-01-31 08:00", "2027-02-28 08:00"}},
		"every quarter":                                     {"UTC", Repeat{Unit: Monthly, Every: 3, Day: 31}, "2026-11-30 08:00", "", []string{"2027-02-28 08:00", "2027-05-31 08:00"}},
		"each year":                                         {"UTC", Repeat{Unit: Yearly, Every: 1, Day: 24, Month: 12}, "2026-12-24 12:00", "", []string{"2027-12-24 12:00"}},
		"29 February is the last day of it in other years":  {"UTC", Repeat{Unit: Yearly, Every: 1, Day: 29, Month: 2}, "2028-02-29 12:00", "", []string{"2029-02-28 12:00", "2030-02-28 12:00", "2031-02-28 12:00", "2032-02-29 12:00"}},
		"until a day, that one with it":                     {"UTC", Repeat{Unit: Daily, Every: 1, Until: "2026-11-22"}, "2026-11-20 23:30", "", []string{"2026-11-21 23:30", "2026-11-22 23:30"}},
		"until is a day by the business's clock":            {"Pacific/Auckland", Repeat{Unit: Daily, Every: 1, Until: "2026-11-21"}, "2026-11-20 08:00", "", []string{"2026-11-21 08:00"}},
		"three turns":                                       {"UTC", Repeat{Unit: Daily, Every: 1, Count: 3}, "2026-11-20 10:00", "", []string{"2026-11-21 10:00", "2026-11-22 10:00"}},
		"missed turns count":                                {"UTC", Repeat{Unit: Daily, Every: 1, Count: 3}, "2026-11-20 10:00", "2026-11-21 11:00", []string{"2026-11-22 10:00"}},
		"one turn has none after it":                        {"UTC", Repeat{Unit: Daily, Every: 1, Count: 1}, "2026-11-20 10:00", "", nil},
		"the zero value has none":                           {"UTC", Repeat{}, "2026-11-20 10:00", "", nil},
		"a turn that was put off by a day does not move it": {"UTC", Repeat{Unit: Weekly, Every: 1, Days: []time.Weekday{1}}, "2026-11-17 10:00", "", []string{"2026-11-23 10:00"}},
	} {
		t.Run(name, func(t *testing.T) {
			z := zone(t, tt.zone)
			turn, repeat := at(t, z, tt.from), tt.repeat
			notBefore := turn
			if tt.now != "" {
				notBefore = at(t, z, tt.now)
			}
			for _, want := range tt.want {
				next, left, ok := repeat.Next(turn, notBefore)
				if got := next.Format("2006-01-02 15:04"); !ok || got != want {
					t.Fatalf("got %s, %v, want %s", got, ok, want)
				}
				turn, repeat, notBefore = next, left, next
			}
			if repeat.Count > 0 || repeat.Until != "" || tt.want == nil {
				if next, _, ok := repeat.Next(turn, notBefore); ok {
					t.Errorf("one more: %v", next)
				}
			}
		})
	}
}

func TestRulesOfOthersAreNone(t *testing.T) {
	for _, rule := range []string{"FREQ=HOURLY", "FREQ=DAILY;BYHOUR=3", "x", "FREQ=WEEKLY;WKST=MO;BYDAY=XX", "FREQ=MONTHLY;BYMONTHDAY=31", "FREQ=DAILY;UNTIL=tomorrow", "FREQ=DAILY;INTERVAL=x"} {
		if r, err := ParseRepeat(rule); err == nil {
			t.Errorf("%s was read as %+v", rule, r)
		}
	}
}

func anyRepeat(t *rapid.T) Repeat {
	r := Repeat{Unit: rapid.SampledFrom([]string{Daily, Weekly, Monthly, Yearly}).Draw(t, "unit"), Every: rapid.IntRange(1, 5).Draw(t, "every")}
	switch r.Unit {
	case Weekly:
		for _, d := range rapid.SliceOfNDistinct(rapid.IntRange(0, 6), 1, 7, rapid.ID).Draw(t, "days") {
			r.Days = append(r.Days, time.Weekday(d))
		}
		r.Days = mondayFirst(r.Days)
	case Monthly:
		r.Day = rapid.SampledFrom([]int{1, 15, 28, 29, 30, 31, lastDay}).Draw(t, "day")
	case Yearly:
		r.Month = time.Month(rapid.IntRange(1, 12).Draw(t, "month"))
		r.Day = rapid.IntRange(1, time.Date(2028, r.Month+1, 0, 0, 0, 0, 0, time.UTC).Day()).Draw(t, "day")
	}
	if rapid.Bool().Draw(t, "counted") {
		r.Count = rapid.IntRange(1, 20).Draw(t, "count")
	}
	return r
}

// A rule reads as it was written; each turn falls on a day that it names, keeps
// the hour, is later than the one before, and a count comes to its end.
func TestTurnsKeepTheirRule(t *testing.T) {
	zones := []*time.Location{zone(t, "America/New_York"), zone(t, "Europe/Lisbon"), zone(t, "Asia/Kolkata"), zone(t, "Pacific/Auckland")}
	rapid.Check(t, func(t *rapid.T) {
		r := anyRepeat(t)
		if again, err := ParseRepeat(r.String()); err != nil || again.String() != r.String() {
			t.Fatalf("%s was read as %s, %v", r, again, err)
		}
		z := rapid.SampledFrom(zones).Draw(t, "zone")
		from := time.Date(2026, 1, 1, 9, 0, 0, 0, z).AddDate(0, 0, rapid.IntRange(0, 1500).Draw(t, "day"))
		turn, count := from, r.Count
		for range 25 {
			next, left, ok := r.Next(turn, turn)
			if !ok {
				if count == 0 {
					t.Fatalf("%s has no turn after %v", r, turn)
				}
				return
			}
			if !next.After(turn) || next.Hour() != 9 || !r.Fits(next) {
				t.Fatalf("%s: after %v comes %v", r, turn, next)
			}
			if count > 0 && left.Count >= r.Count {
				t.Fatalf("%s: %d turns left", r, left.Count)
			}
			turn, r = next, left
		}
		if count > 0 {
			t.Fatalf("%d turns never end", count)
		}
	})
}
