package team

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"stead/store"
)

var clockForm = regexp.MustCompile(`^([01][0-9]|2[0-3]):[0-5][0-9]$`)

var days = [7]string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}

var dayNames = [7]string{"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}

// hoursProblems says what is wrong with each day whose times make no sense, by
// form field.
func hoursProblems(h store.Hours) map[string]string {
	fields := map[string]string{}
	for i, spans := range h {
		for _, span := range spans {
			if !clockForm.MatchString(span[0]) || !clockForm.MatchString(span[1]) {
				fields[days[i]+"_from"] = dayNames[i] + ": enter times like 09:00 and 17:30, or leave both empty."
			} else if span[0] >= span[1] {
				fields[days[i]+"_to"] = dayNames[i] + ": closing must be later than opening."
			}
		}
	}
	return fields
}

// hoursOf reads the two times of each day; two empty ones mean closed.
func hoursOf(form url.Values) store.Hours {
	var h store.Hours
	for i, day := range days {
		from, to := strings.TrimSpace(form.Get(day+"_from")), strings.TrimSpace(form.Get(day+"_to"))
		if from != "" || to != "" {
			h[i] = [][2]string{{from, to}}
		}
	}
	return h
}

// ParseHours reads "mon-fri 09:00-17:00, sat 10:00-14:00".
func ParseHours(text string) (store.Hours, error) {
	var h store.Hours
	for part := range strings.SplitSeq(strings.ToLower(text), ",") {
		f := strings.Fields(part)
		if len(f) != 2 {
			return h, fmt.Errorf("hours are written like %q", "mon-fri 09:00-17:00, sat 10:00-14:00")
		}
		first, last, ok := dayRange(f[0])
		from, to, cut := strings.Cut(f[1], "-")
		if !ok || !cut {
			return h, fmt.Errorf("hours are written like %q", "mon-fri 09:00-17:00, sat 10:00-14:00")
		}
		for day := first; day <= last; day++ {
			h[day] = append(h[day], [2]string{from, to})
		}
	}
	problems := hoursProblems(h)
	for _, field := range slices.Sorted(maps.Keys(problems)) {
		return h, errors.New(problems[field])
	}
	return h, nil
}

func dayRange(text string) (first, last int, ok bool) {
	a, b, isRange := strings.Cut(text, "-")
	if !isRange {
		b = a
	}
	first, last = dayIndex(a), dayIndex(b)
	return first, last, first >= 0 && last >= first
}

func dayIndex(name string) int {
	for i, d := range days {
		if d == name {
			return i
		}
	}
	return -1
}
