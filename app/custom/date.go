package custom

import (
	"strconv"
	"strings"
	"time"
	"unicode"

	"stead/store"
)

const badDate = "Enter a date, like 2026-11-21."

// parseDate reads a day; a time of day behind it is left out.
func parseDate(typed string, how How) (*store.Value, error) {
	parts := dateParts(typed)
	if len(parts) == 1 && len(parts[0]) == 8 && allDigits(parts[0]) {
		parts = []string{parts[0][:4], parts[0][4:6], parts[0][6:]}
	}
	if len(parts) < 3 {
		return nil, invalid("date", badDate)
	}
	year, month, day, ok := ordered(parts[:3], how.DateOrder)
	if !ok || !onlyTime(parts[3:]) {
		return nil, invalid("date", badDate)
	}
	at := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	if year < 1 || year > 9999 || at.Day() != day || int(at.Month()) != month {
		return nil, invalid("date", badDate)
	}
	return num(at.UnixMilli()), nil
}

// dateParts splits a date into figures and words.
func dateParts(typed string) []string {
	typed = strings.Map(func(r rune) rune {
		if r > 0x7f && unicode.IsDigit(r) {
			return []rune(plainDigits(string(r)))[0]
		}
		return r
	}, typed)
	for _, mark := range "年月日" {
		typed = strings.ReplaceAll(typed, string(mark), " ")
	}
	// 2026-11-21T09:30 has a letter right behind the day
	if at := strings.IndexByte(typed, 'T'); at > 0 && typed[at-1] >= '0' && typed[at-1] <= '9' {
		typed = typed[:at] + " " + typed[at+1:]
	}
	return strings.FieldsFunc(typed, func(r rune) bool { return strings.ContainsRune("/.-,–", r) || unicode.IsSpace(r) })
}

// ordered finds out which part is which. A part of four digits is the year and
// a word the month; else the order decides, unless it cannot be.
func ordered(parts []string, order string) (year, month, day int, ok bool) {
	for i, p := range parts {
		if m := monthNamed(p); m > 0 {
			rest := append(append([]string{}, parts[:i]...), parts[i+1:]...)
			if len(rest[0]) == 4 && allDigits(rest[0]) {
				rest[0], rest[1] = rest[1], rest[0]
			}
			day, okDay := figure(strings.TrimRight(strings.ToLower(rest[0]), "stndrh"), 2)
			year, okYear := yearOf(rest[1])
			return year, m, day, okDay && okYear
		}
	}
	if len(parts[0]) == 4 {
		order = "ymd"
	} else if order == "ymd" && len(parts[2]) == 4 || order == "" {
		order = "dmy"
	}
	at := func(letter string) string { return parts[strings.Index(order, letter)] }
	year, okYear := yearOf(at("y"))
	month, okMonth := figure(at("m"), 2)
	day, okDay := figure(at("d"), 2)
	if month > 12 && day <= 12 && order != "ymd" {
		month, day = day, month
	}
	return year, month, day, okYear && okMonth && okDay
}

func figure(s string, most int) (int, bool) {
	if s == "" || len(s) > most || !allDigits(s) {
		return 0, false
	}
	n, err := strconv.Atoi(s)
	return n, err == nil
}

// yearOf reads a year of two or four digits; 50 and above are of the last century.
func yearOf(s string) (int, bool) {
	n, ok := figure(s, 4)
	switch {
	case !ok || len(s) != 2 && len(s) != 4:
		return 0, false
	case len(s) == 2 && n < 50:
		n += 2000
	case len(s) == 2:
		n += 1900
	}
	return n, true
}

func monthNamed(s string) int {
	s = strings.ToLower(s)
	for m := time.January; m <= time.December; m++ {
		if name := strings.ToLower(m.String()); s == name || s == name[:3] || m == time.September && s == "sept" {
			return int(m)
		}
	}
	return 0
}

// onlyTime tells whether what stands behind a date is a time of day.
func onlyTime(parts []string) bool {
	for _, p := range parts {
		p = strings.ToUpper(p)
		clock := strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(p, "AM"), "PM"), "Z")
		if strings.IndexFunc(clock, func(r rune) bool { return r != ':' && r != '+' && (r < '0' || r > '9') }) >= 0 {
			return false
		}
	}
	return true
}
