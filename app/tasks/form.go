package tasks

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"stead/app/cards"
	"stead/store"
)

// The most that is taken of each, in characters.
const (
	maxTitle = 300
	maxBody  = 10_000
	maxEvery = 99
	maxCount = 999
)

// Typed is a task as somebody fills it in.
type Typed struct {
	Title, Body            string
	Date, Time             string // 2026-12-05, 10:00; without a time it is due on the day
	Owner                  string // user; empty: nobody
	Contact, Company, Deal string // ids
	Remind                 string // minutes before, "chosen", or empty: not
	RemindDate, RemindTime string // when chosen
	Unit, Every            string // of the repetition; no unit: it does not repeat
	Days                   []string
	LastDay                bool // of each month
	Ends                   string
	Until, Count           string // when Ends says so
	untitled               bool   // its kind says what it is
}

// chosen is a reminder at a moment of its own.
const chosen = "chosen"

// The ends of a repetition, as the form has them.
const (
	endsUntil = "until"
	endsCount = "count"
)

// read understands what was typed, by the clock that now is of.
func (in Typed) read(now time.Time) (store.Task, error) {
	fields := map[string]string{}
	t := store.Task{OwnerID: in.Owner, ContactID: in.Contact, CompanyID: in.Company, DealID: in.Deal}
	t.Title, t.Body = cards.Mask(oneLine(in.Title)), cards.Mask(strings.TrimSpace(strings.ToValidUTF8(in.Body, "\uFFFD")))
	switch n := utf8.RuneCountInString(t.Title); {
	case n == 0 && !in.untitled:
		fields["title"] = "Say what is to be done."
	case n > maxTitle:
		fields["title"] = "That is too long: 300 characters are the most."
	}
	if utf8.RuneCountInString(t.Body) > maxBody {
		fields["body"] = "That is too long: 10,000 characters are the most."
	}
	due := in.due(now, fields)
	repeat := in.repeat(due.At, fields)
	if len(fields) > 0 {
		return t, invalid(fields)
	}
	for range farthest { // the first turn is the first day that the rule names
		if repeat.Fits(due.At) {
			break
		}
		due.At = due.At.AddDate(0, 0, 1)
	}
	t.DueAt, t.AllDay = due.At.UnixMilli(), due.AllDay
	if t.Repeats = repeat.String(); t.Repeats != "" {
		t.RepeatsFrom = t.DueAt
	}
	in.reminder(&t, now, fields)
	return t, invalid(fields)
}

func oneLine(text string) string {
	return strings.Join(strings.Fields(strings.ToValidUTF8(text, "\uFFFD")), " ")
}

// due reads the day and, where there is one, the time.
func (in Typed) due(now time.Time, fields map[string]string) Due {
	day, ok := dayTyped(in.Date, now)
	if !ok {
		fields["date"] = "Enter a day, such as 2026-12-05."
		return Due{At: midnight(now), AllDay: true}
	}
	if strings.TrimSpace(in.Time) == "" {
		return Due{At: day, AllDay: true}
	}
	clock, err := time.Parse("15:04", strings.TrimSpace(in.Time))
	if err != nil {
		fields["time"] = "Enter a time, such as 09:30."
	}
	return Due{At: atClock(day, clock.Hour()*60+clock.Minute())}
}

func dayTyped(text string, now time.Time) (time.Time, bool) {
	day, err := time.ParseInLocation(time.DateOnly, strings.TrimSpace(text), now.Location())
	return day, err == nil && day.Year() >= 2000 && day.Year() < 2200
}

// repeat reads how often the task comes again.
func (in Typed) repeat(due time.Time, fields map[string]string) Repeat {
	if units[in.Unit] == "" {
		return Repeat{}
	}
	r := Repeat{Unit: in.Unit, Every: 1, Day: due.Day(), Month: due.Month()}
	if text := strings.TrimSpace(in.Every); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > maxEvery {
			fields["every"] = "Enter a number from 1 to 99."
		}
		r.Every = n
	}
	if in.LastDay && in.Unit == Monthly {
		r.Day = lastDay
	}
	for _, day := range in.Days {
		for i, name := range weekdays {
			if name == day {
				r.Days = append(r.Days, time.Weekday(i))
			}
		}
	}
	if len(r.Days) == 0 {
		r.Days = []time.Weekday{due.Weekday()}
	}
	switch in.Ends {
	case endsUntil:
		until, ok := dayTyped(in.Until, due)
		if !ok || until.Before(midnight(due)) {
			fields["until"] = "Enter a day that is not before the first one."
		}
		r.Until = until.Format(time.DateOnly)
	case endsCount:
		n, err := strconv.Atoi(strings.TrimSpace(in.Count))
		if err != nil || n < 1 || n > maxCount {
			fields["count"] = "Enter a number from 1 to 999."
		}
		r.Count = n
	}
	return r
}

// reminder reads when the task reminds of itself.
func (in Typed) reminder(t *store.Task, now time.Time, fields map[string]string) {
	zone, at := now.Location(), now.UnixMilli()
	switch n, err := strconv.ParseInt(in.Remind, 10, 64); {
	case in.Remind == chosen:
		day, ok := dayTyped(in.RemindDate, now)
		clock, err := time.Parse("15:04", strings.TrimSpace(in.RemindTime))
		if !ok || err != nil {
			fields["remind_date"] = "Enter the day and the time of the reminder."
			return
		}
		when := atClock(day, clock.Hour()*60+clock.Minute())
		if when.UnixMilli() <= at {
			fields["remind_date"] = "That moment has passed. Choose a later one."
			return
		}
		t.Reminds, t.RemindBefore, t.RemindAt = true, before(dueIn(*t, zone), t.AllDay, when), when.UnixMilli()
	case err == nil && n >= 0 && n <= 7*minutesOfDay:
		t.Reminds, t.RemindBefore = true, n
		setReminder(t, zone, at)
	}
}

// offered tells that the form has a reminder so many minutes before as a choice.
func offered(minutes string) bool {
	for _, o := range reminders {
		if o.Value == minutes {
			return true
		}
	}
	return false
}

// typedOf is a task as its form shows it.
func typedOf(t store.Task, zone *time.Location) Typed {
	due := dueIn(t, zone)
	in := Typed{
		Title: t.Title, Body: t.Body, Owner: t.OwnerID, Contact: t.ContactID, Company: t.CompanyID, Deal: t.DealID,
		Date: due.Format(time.DateOnly), Every: "1", Ends: "never", Count: "10",
	}
	if !t.AllDay {
		in.Time = due.Format("15:04")
	}
	if t.Reminds {
		in.Remind = strconv.FormatInt(t.RemindBefore, 10)
		if !offered(in.Remind) {
			at := remindAt(due, t.AllDay, t.RemindBefore)
			in.Remind, in.RemindDate, in.RemindTime = chosen, at.Format(time.DateOnly), at.Format("15:04")
		}
	}
	r, err := ParseRepeat(t.Repeats)
	if err != nil || r.Unit == "" {
		return in
	}
	in.Unit, in.Every, in.LastDay = r.Unit, strconv.Itoa(r.Every), r.Unit == Monthly && r.Day == lastDay
	for _, d := range r.Days {
		in.Days = append(in.Days, weekdays[d])
	}
	switch {
	case r.Until != "":
		in.Ends, in.Until = endsUntil, r.Until
	case r.Count > 0:
		in.Ends, in.Count = endsCount, strconv.Itoa(r.Count)
	}
	return in
}
