package calendar

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// entry is one event of a calendar.
type entry struct {
	id, summary, link string
	due               time.Time // in the business's zone
	allDay, cancelled bool
	rule              string    // RRULE with UNTIL as a day; empty: it does not repeat
	from              time.Time // the turn that the rule counts from
	sequence          int64
	changed           time.Time
}

// The forms of moments, and how long something lasts that has only a beginning.
const (
	dayForm   = "20060102"
	localForm = "20060102T150405"
	utcForm   = "20060102T150405Z"
	lasts     = 30 * time.Minute
	middle    = 12 * time.Hour // a day stays the same one when the business moves its clock
)

// file is an iCalendar file while it is written.
type file struct{ bytes.Buffer }

// line writes one property: folded at 75 octets, never within a letter.
func (f *file) line(text string) {
	room := 75
	for len(text) > room {
		cut := room
		for !utf8.RuneStart(text[cut]) {
			cut--
		}
		f.WriteString(text[:cut] + "\r\n ")
		text, room = text[cut:], 74
	}
	f.WriteString(text + "\r\n")
}

// escape is text as a property holds it.
func escape(text string) string {
	text = strings.Map(func(c rune) rune {
		if c < ' ' && c != '\n' || c == 0x7f {
			return -1
		}
		return c
	}, strings.ToValidUTF8(text, "\uFFFD"))
	return strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\n", `\n`).Replace(text)
}

// write is the whole calendar. Moments are in UTC, but for those of entries that
// repeat: these keep their hour in the zone, which is described before them.
func write(name string, entries []entry, zone *time.Location) []byte {
	var f file
	for _, text := range []string{
		"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Stead//Tasks//EN", "CALSCALE:GREGORIAN", "METHOD:PUBLISH",
		"X-WR-CALNAME:" + escape(name), "REFRESH-INTERVAL;VALUE=DURATION:PT1H", "X-PUBLISHED-TTL:PT1H",
	} {
		f.line(text)
	}
	var earliest time.Time
	for _, e := range entries {
		if e.rule != "" && !e.allDay && (earliest.IsZero() || e.from.Before(earliest)) {
			earliest = e.from
		}
	}
	if !earliest.IsZero() {
		f.zone(zone, earliest)
	}
	for _, e := range entries {
		f.entry(e, zone)
	}
	f.line("END:VCALENDAR")
	return f.Bytes()
}

// entry writes an event. One turn of a repeating one that was put off is an event
// of its own in the place of that turn.
func (f *file) entry(e entry, zone *time.Location) {
	if e.rule == "" {
		f.event(e, "", e.due, "")
		return
	}
	turn := e.from
	f.event(e, "RRULE:"+e.ruleIn(zone), turn, "")
	if !e.sameMoment(turn) {
		f.event(e, "", e.due, f.moment("RECURRENCE-ID", turn, e.allDay, true, zone))
	}
}

func (e entry) sameMoment(turn time.Time) bool {
	if e.allDay {
		return turn.Add(middle).Format(dayForm) == e.due.Add(middle).Format(dayForm)
	}
	return turn.Equal(e.due)
}

// ruleIn is the rule with its last day as the standard has it: a day for what
// lasts a day, else the end of that day in UTC.
func (e entry) ruleIn(zone *time.Location) string {
	parts := strings.Split(e.rule, ";")
	for i, part := range parts {
		day, err := time.ParseInLocation(dayForm, strings.TrimPrefix(part, "UNTIL="), zone)
		if strings.HasPrefix(part, "UNTIL=") && err == nil && !e.allDay {
			parts[i] = "UNTIL=" + day.AddDate(0, 0, 1).Add(-time.Second).UTC().Format(utcForm)
		}
	}
	return strings.Join(parts, ";")
}

// moment is a property that holds a moment.
func (f *file) moment(name string, at time.Time, allDay, local bool, zone *time.Location) string {
	switch {
	case allDay:
		return name + ";VALUE=DATE:" + at.Add(middle).Format(dayForm)
	case local && zone != time.UTC:
		return name + ";TZID=" + zone.String() + ":" + at.In(zone).Format(localForm)
	}
	return name + ":" + at.UTC().Format(utcForm)
}

func (f *file) event(e entry, rule string, at time.Time, instead string) {
	end := at.Add(lasts)
	if e.allDay {
		end = at.Add(middle).AddDate(0, 0, 1).Add(-middle)
	}
	local := rule != "" || instead != ""
	f.line("BEGIN:VEVENT")
	f.line("UID:" + e.id + "@stead")
	if instead != "" {
		f.line(instead)
	}
	f.line("DTSTAMP:" + e.changed.UTC().Format(utcForm))
	f.line("LAST-MODIFIED:" + e.changed.UTC().Format(utcForm))
	f.line("SEQUENCE:" + strconv.FormatInt(max(e.sequence, 0), 10))
	f.line(f.moment("DTSTART", at, e.allDay, local, at.Location()))
	f.line(f.moment("DTEND", end, e.allDay, local, at.Location()))
	if rule != "" {
		f.line(rule)
	}
	f.line("SUMMARY:" + escape(e.summary))
	f.line("URL:" + e.link)
	f.line("TRANSP:TRANSPARENT")
	status := "CONFIRMED"
	if e.cancelled {
		status = "CANCELLED"
	}
	f.line("STATUS:" + status)
	f.line("END:VEVENT")
}

// zoneYears is for how long the changes of a zone's clock are written out.
const zoneYears = 6

// zone describes a zone from a moment on: each time that its clock changes.
func (f *file) zone(zone *time.Location, from time.Time) {
	if zone == time.UTC {
		return
	}
	f.line("BEGIN:VTIMEZONE")
	f.line("TZID:" + zone.String())
	at := time.Date(from.In(zone).Year(), 1, 1, 0, 0, 0, 0, zone)
	last := at.AddDate(zoneYears, 0, 0)
	_, offset := at.Zone()
	f.observance(at, offset, offset)
	for {
		_, end := at.ZoneBounds()
		if end.IsZero() || end.After(last) {
			break
		}
		_, before := at.Zone()
		_, after := end.Zone()
		f.observance(end.Add(time.Duration(before-after)*time.Second), before, after) // by the clock before it changed
		at = end
	}
	f.line("END:VTIMEZONE")
}

func (f *file) observance(at time.Time, before, after int) {
	kind := "STANDARD"
	if at.IsDST() || after > before {
		kind = "DAYLIGHT"
	}
	f.line("BEGIN:" + kind)
	f.line("DTSTART:" + at.Format(localForm))
	f.line("TZOFFSETFROM:" + offsetForm(before))
	f.line("TZOFFSETTO:" + offsetForm(after))
	f.line("END:" + kind)
}

func offsetForm(seconds int) string {
	sign := '+'
	if seconds < 0 {
		sign, seconds = '-', -seconds
	}
	return fmt.Sprintf("%c%02d%02d", sign, seconds/3600, seconds/60%60)
}
