package tasks

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/teambition/rrule-go"
)

// The units of a Repeat.
const (
	Daily   = "day"
	Weekly  = "week"
	Monthly = "month"
	Yearly  = "year"
)

// lastDay as a Repeat's day is the last one of each month, whichever that is.
const lastDay = -1

// Repeat says when a task comes again. The zero value: never. A day that a month
// does not have is its last one: nothing is left out in February.
type Repeat struct {
	Unit  string
	Every int            // 1: each unit, 2: every other …
	Days  []time.Weekday // of Weekly, Monday first
	Day   int            // of Monthly and Yearly: 1 to 31, or lastDay
	Month time.Month     // of Yearly
	Until string         // last day that it may fall on, as 2026-12-31; empty: without an end
	Count int            // turns that are left, with this one; 0: without an end
	Clock string         // as 02:30, while a turn is at another time because there was no such one on its day
}

var (
	units    = map[string]string{Daily: "DAILY", Weekly: "WEEKLY", Monthly: "MONTHLY", Yearly: "YEARLY"}
	weekdays = []string{"SU", "MO", "TU", "WE", "TH", "FR", "SA"}

	errRule = errors.New("tasks: not a rule of ours")
)

// mondayFirst orders weekdays as RFC 5545 does with WKST=MO.
func mondayFirst(days []time.Weekday) []time.Weekday {
	out := slices.Clone(days)
	slices.SortFunc(out, func(a, b time.Weekday) int { return int(a+6)%7 - int(b+6)%7 })
	return slices.Compact(out)
}

// String is the RRULE of RFC 5545; empty for the zero value. UNTIL is a day.
func (r Repeat) String() string {
	if r.Unit == "" {
		return ""
	}
	parts := []string{"FREQ=" + units[r.Unit]}
	if r.Every > 1 {
		parts = append(parts, "INTERVAL="+strconv.Itoa(r.Every))
	}
	switch r.Unit {
	case Weekly:
		var days []string
		for _, d := range mondayFirst(r.Days) {
			days = append(days, weekdays[d])
		}
		parts = append(parts, "WKST=MO", "BYDAY="+strings.Join(days, ","))
	case Yearly:
		parts = append(parts, "BYMONTH="+strconv.Itoa(int(r.Month)))
		fallthrough
	case Monthly:
		parts = append(parts, monthDay(r.Day)...)
	}
	if hour, minute, ok := strings.Cut(r.Clock, ":"); ok {
		parts = append(parts, "BYHOUR="+strings.TrimPrefix(hour, "0"), "BYMINUTE="+minute)
	}
	if r.Until != "" {
		parts = append(parts, "UNTIL="+strings.ReplaceAll(r.Until, "-", ""))
	}
	if r.Count > 0 {
		parts = append(parts, "COUNT="+strconv.Itoa(r.Count))
	}
	return strings.Join(parts, ";")
}

// monthDay is a day that some months do not have: the last of those that there are.
func monthDay(day int) []string {
	if day <= 28 {
		return []string{"BYMONTHDAY=" + strconv.Itoa(day)}
	}
	days := []string{"28"}
	for d := 29; d <= day; d++ {
		days = append(days, strconv.Itoa(d))
	}
	return []string{"BYMONTHDAY=" + strings.Join(days, ","), "BYSETPOS=-1"}
}

// ParseRepeat reads what String wrote. Anything else is an error.
func ParseRepeat(rule string) (Repeat, error) {
	if rule == "" {
		return Repeat{}, nil
	}
	out := Repeat{Every: 1}
	for _, part := range strings.Split(rule, ";") {
		name, value, _ := strings.Cut(part, "=")
		if err := out.take(name, value); err != nil {
			return Repeat{}, fmt.Errorf("tasks: rule: %w", err)
		}
	}
	if out.String() != rule {
		return Repeat{}, errRule
	}
	return out, nil
}

func (r *Repeat) take(name, value string) (err error) {
	switch name {
	case "FREQ":
		for unit, freq := range units {
			if freq == value {
				r.Unit = unit
			}
		}
	case "INTERVAL":
		r.Every, err = strconv.Atoi(value)
	case "BYDAY":
		for _, day := range strings.Split(value, ",") {
			r.Days = append(r.Days, time.Weekday(max(slices.Index(weekdays, day), 0)))
		}
	case "BYMONTH":
		n, e := strconv.Atoi(value)
		r.Month, err = time.Month(n), e
	case "BYMONTHDAY":
		days := strings.Split(value, ",")
		r.Day, err = strconv.Atoi(days[len(days)-1])
	case "BYHOUR":
		n, e := strconv.Atoi("0" + value)
		r.Clock, err = fmt.Sprintf("%02d:", n), e
	case "BYMINUTE":
		r.Clock += value
	case "UNTIL":
		at, e := time.Parse("20060102", value)
		r.Until, err = at.Format(time.DateOnly), e
	case "COUNT":
		r.Count, err = strconv.Atoi(value)
	case "WKST", "BYSETPOS": // String says them anew
	default:
		err = errRule
	}
	return err
}

// rule is the Repeat without its end, counted from a day by the calendar alone.
func (r Repeat) rule(from time.Time) (*rrule.RRule, error) {
	r.Until, r.Count, r.Clock = "", 0, ""
	option, err := rrule.StrToROption(r.String())
	if err != nil {
		return nil, err
	}
	option.Dtstart = from
	return rrule.NewRRule(*option)
}

// farthest bounds how far ahead the next turn is looked for.
const farthest = 5000

// Next returns the first turn after the one at from that is not before notBefore,
// and the Repeat that is left then. Both are moments of the business's clock, and
// so is what is returned: a turn keeps its hour when the clocks change. False:
// there is no more turn.
func (r Repeat) Next(from, notBefore time.Time) (time.Time, Repeat, bool) {
	zone := from.Location()
	wall := time.Date(from.Year(), from.Month(), from.Day(), from.Hour(), from.Minute(), from.Second(), 0, time.UTC)
	if clock, err := time.Parse("15:04", r.Clock); err == nil {
		wall = time.Date(wall.Year(), wall.Month(), wall.Day(), clock.Hour(), clock.Minute(), 0, 0, time.UTC)
	}
	rule, err := r.rule(wall)
	if r.Unit == "" || err != nil {
		return time.Time{}, Repeat{}, false
	}
	next := rule.Iterator()
	for turn := 0; turn < farthest; {
		at, ok := next()
		if !ok {
			break
		}
		if !at.After(wall) {
			continue
		}
		turn++
		if r.Count > 0 && turn >= r.Count || r.Until != "" && at.Format(time.DateOnly) > r.Until {
			break
		}
		local := time.Date(at.Year(), at.Month(), at.Day(), at.Hour(), at.Minute(), at.Second(), 0, zone)
		if local.Before(notBefore) {
			continue
		}
		left := r
		if left.Clock = ""; local.Hour() != at.Hour() {
			left.Clock = at.Format("15:04")
		}
		if r.Count > 0 {
			left.Count -= turn
		}
		return local, left, true
	}
	return time.Time{}, Repeat{}, false
}

// Fits tells whether a day is one on which the task falls.
func (r Repeat) Fits(day time.Time) bool {
	last := day.AddDate(0, 0, 1-day.Day()).AddDate(0, 1, -1).Day()
	onDay := day.Day() == r.Day || day.Day() == last && (r.Day == lastDay || r.Day > last)
	switch r.Unit {
	case Weekly:
		return slices.Contains(r.Days, day.Weekday())
	case Monthly:
		return onDay
	case Yearly:
		return day.Month() == r.Month && onDay
	}
	return true
}
