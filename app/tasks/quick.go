package tasks

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// Due is when something is due: at a minute, or on a day.
type Due struct {
	At     time.Time // the beginning of the day, when AllDay
	AllDay bool
}

// The most that is looked at of a line.
const (
	maxLineBytes = 1000
	maxPhrase    = 7 // words of a date
)

// Understand takes a line such as "Send the offer tomorrow 10:00" apart: what is
// to be done, and when. The date stands at the end, or "today" or "tomorrow" at
// the beginning; false when there is none, and the line is all title. Dates are
// those of English; in a zone, with now as the moment that they count from.
func Understand(line string, now time.Time) (title string, due Due, ok bool) {
	words := strings.Fields(line)
	if len(line) > maxLineBytes {
		return strings.Join(words, " "), Due{}, false
	}
	for n := min(maxPhrase, len(words)); n > 0; n-- {
		if due, ok := phrase(words[len(words)-n:], now); ok {
			return trimmed(words[:len(words)-n]), due, true
		}
	}
	for n := min(4, len(words)); n > 0; n-- {
		if first := strings.ToLower(words[0]); first != "today" && first != "tomorrow" {
			break
		}
		if due, ok := phrase(words[:n], now); ok {
			return trimmed(words[n:]), due, true
		}
	}
	return strings.Join(words, " "), Due{}, false
}

// trimmed is the title without what led over to the date.
func trimmed(words []string) string { return strings.Trim(strings.Join(words, " "), " ,;:–-") }

// phrase reads words that say a day, a time, or both, and nothing else.
func phrase(words []string, now time.Time) (Due, bool) {
	var day *time.Time
	var clock *int // minutes since midnight
	rest := make([]string, len(words))
	for i, w := range words {
		rest[i] = strings.ToLower(strings.Trim(w, ",."))
	}
	for len(rest) > 0 {
		at, n := dayOf(rest, now)
		if n > 0 && day == nil {
			day, rest = &at, rest[n:]
			continue
		}
		minutes, n := clockOf(rest)
		if n == 0 || clock != nil {
			return Due{}, false
		}
		clock, rest = &minutes, rest[n:]
	}
	switch {
	case day == nil && clock == nil:
		return Due{}, false
	case clock == nil:
		return Due{At: *day, AllDay: true}, true
	case day == nil:
		today := midnight(now)
		if at := atClock(today, *clock); at.After(now) {
			return Due{At: at}, true
		}
		return Due{At: atClock(today.AddDate(0, 0, 1), *clock)}, true
	}
	return Due{At: atClock(*day, *clock)}, true
}

func midnight(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, t.Location())
}

func atClock(day time.Time, minutes int) time.Time {
	return time.Date(day.Year(), day.Month(), day.Day(), 0, minutes, 0, 0, day.Location())
}

var (
	dayNames   = []string{"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"}
	monthNames = []string{"january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"}
)

// named finds a name by itself or by its first letters, three at least.
func named(names []string, word string) int {
	if word == "sept" {
		word = "sep"
	}
	return slices.IndexFunc(names, func(name string) bool {
		return name == word || len(word) == 3 && strings.HasPrefix(name, word)
	})
}

// dayOf reads a day at the beginning of words, and tells how many they were.
func dayOf(words []string, now time.Time) (time.Time, int) {
	today := midnight(now)
	lead := 0
	if words[0] == "on" || words[0] == "by" || words[0] == "until" {
		if lead = 1; len(words) == 1 {
			return time.Time{}, 0
		}
	}
	w := words[lead:]
	switch {
	case w[0] == "today":
		return today, lead + 1
	case w[0] == "tomorrow":
		return today.AddDate(0, 0, 1), lead + 1
	case w[0] == "in" && lead == 0:
		return inSome(w, today)
	case w[0] == "next" && len(w) > 1:
		return next(w[1], today, lead+2)
	}
	if weekday := named(dayNames, w[0]); weekday >= 0 {
		return today.AddDate(0, 0, (weekday-int(today.Weekday())+6)%7+1), lead + 1
	}
	if at, n := date(w, today); n > 0 {
		return at, lead + n
	}
	return time.Time{}, 0
}

// inSome reads "in 3 days" and the like.
func inSome(w []string, today time.Time) (time.Time, int) {
	if len(w) < 3 {
		return time.Time{}, 0
	}
	n, err := strconv.Atoi(w[1])
	if w[1] == "a" || w[1] == "one" {
		n, err = 1, nil
	}
	if err != nil || n < 0 || n > 999 {
		return time.Time{}, 0
	}
	switch strings.TrimSuffix(w[2], "s") {
	case "day":
		return today.AddDate(0, 0, n), 3
	case "week":
		return today.AddDate(0, 0, 7*n), 3
	case "month":
		return addMonths(today, n), 3
	}
	return time.Time{}, 0
}

// addMonths is the same day of a later month, or its last one.
func addMonths(day time.Time, n int) time.Time {
	first := time.Date(day.Year(), day.Month()+time.Month(n), 1, 0, 0, 0, 0, day.Location())
	return first.AddDate(0, 0, min(day.Day(), first.AddDate(0, 1, -1).Day())-1)
}

// next reads what follows "next": a weekday of next week, week or month.
func next(word string, today time.Time, n int) (time.Time, int) {
	monday := today.AddDate(0, 0, 7-(int(today.Weekday())+6)%7)
	switch weekday := named(dayNames, word); {
	case word == "week":
		return monday, n
	case word == "month":
		return time.Date(today.Year(), today.Month()+1, 1, 0, 0, 0, 0, today.Location()), n
	case weekday >= 0:
		return monday.AddDate(0, 0, (weekday+6)%7), n
	}
	return time.Time{}, 0
}

// date reads 2026-12-05, "5 Dec", "Dec 5", each with or without a year: without
// one it is the next such day.
func date(w []string, today time.Time) (time.Time, int) {
	if at, err := time.ParseInLocation(time.DateOnly, w[0], today.Location()); err == nil {
		return at, 1
	}
	if len(w) < 2 {
		return time.Time{}, 0
	}
	month, number := named(monthNames, w[0]), w[1]
	if month < 0 {
		month, number = named(monthNames, w[1]), w[0]
	}
	day, err := strconv.Atoi(ordinal(number))
	if month < 0 || err != nil {
		return time.Time{}, 0
	}
	if len(w) > 2 && len(w[2]) == 4 {
		if year, err := strconv.Atoi(w[2]); err == nil && year >= 2000 && year < 2200 {
			return exact(year, month, day, today.Location(), 3)
		}
	}
	at, n := exact(today.Year(), month, day, today.Location(), 2)
	for year := today.Year() + 1; (n == 0 || at.Before(today)) && year <= today.Year()+8; year++ { // 29 February
		at, n = exact(year, month, day, today.Location(), 2)
	}
	return at, n
}

func ordinal(number string) string {
	for _, end := range []string{"st", "nd", "rd", "th"} {
		number = strings.TrimSuffix(number, end)
	}
	return number
}

// exact is a day that there is; 0 words when there is none.
func exact(year, month, day int, zone *time.Location, n int) (time.Time, int) {
	at := time.Date(year, time.Month(month+1), day, 0, 0, 0, 0, zone)
	if at.Day() != day || int(at.Month()) != month+1 {
		return time.Time{}, 0
	}
	return at, n
}

// clockOf reads a time at the beginning of words: 10:00, 10.30, 9am, "9 am",
// noon. A bare number is one only after "at".
func clockOf(words []string) (minutes, n int) {
	lead := 0
	if words[0] == "at" {
		if lead = 1; len(words) == 1 {
			return 0, 0
		}
	}
	w := words[lead:]
	if w[0] == "noon" {
		return 12 * 60, lead + 1
	}
	text, half, used := w[0], "", 1
	for _, end := range []string{"am", "pm"} {
		if head, ok := strings.CutSuffix(text, end); ok && head != "" {
			text, half = head, end
		} else if len(w) > 1 && w[1] == end && half == "" {
			half, used = end, 2
		}
	}
	hours, mins, colon := strings.Cut(text, ":")
	if !colon {
		hours, mins, colon = strings.Cut(text, ".")
	}
	if !colon {
		mins = "00"
	}
	h, err := strconv.Atoi(hours)
	m, err2 := strconv.Atoi(mins)
	plain := !colon && half == "" && lead == 0
	if err != nil || err2 != nil || plain || len(hours) > 2 || len(mins) != 2 || m < 0 || m > 59 || h < 0 || h > 23 {
		return 0, 0
	}
	if half != "" && (h < 1 || h > 12) {
		return 0, 0
	}
	if half != "" {
		h %= 12
	}
	if half == "pm" {
		h += 12
	}
	return h*60 + m, lead + used
}
