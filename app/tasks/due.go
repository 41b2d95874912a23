package tasks

import (
	"time"

	"stead/store"
)

// middle is added to the beginning of a day before the day is told, so that it
// stays the same one when the business moves its clock by some hours.
const middle = 12 * time.Hour

// dayIn is the beginning of the day that a task of a whole day is due on.
func dayIn(ms int64, zone *time.Location) time.Time {
	return midnight(time.UnixMilli(ms).In(zone).Add(middle))
}

// dueIn is when a task is due, by the business's clock.
func dueIn(t store.Task, zone *time.Location) time.Time {
	if t.AllDay {
		return dayIn(t.DueAt, zone)
	}
	return time.UnixMilli(t.DueAt).In(zone)
}

// overdue tells that the time of a task has passed: for one of a whole day, the day.
func overdue(t store.Task, now time.Time) bool {
	if t.AllDay {
		return dayIn(t.DueAt, now.Location()).Before(midnight(now))
	}
	return t.DueAt < now.UnixMilli()
}

// reminderHour is when a task of a whole day reminds of itself.
const reminderHour = 9

const minutesOfDay = 24 * 60

// remindAt is the moment of a reminder so many minutes before something is due.
// Whole days go by the calendar, so that it keeps its hour when the clocks
// change; a task of a whole day counts from its morning.
func remindAt(due time.Time, allDay bool, before int64) time.Time {
	if allDay {
		due = time.Date(due.Year(), due.Month(), due.Day(), reminderHour, 0, 0, 0, due.Location())
	}
	days := before / minutesOfDay
	rest := time.Duration(before%minutesOfDay) * time.Minute
	return due.AddDate(0, 0, -int(days)).Add(-rest)
}

// before is the reverse of remindAt: how many minutes a chosen moment is before
// something is due.
func before(due time.Time, allDay bool, at time.Time) int64 {
	if allDay {
		due = time.Date(due.Year(), due.Month(), due.Day(), reminderHour, 0, 0, 0, due.Location())
	}
	return int64(wall(due).Sub(wall(at)) / time.Minute)
}

// wall is a moment as the clock on the wall shows it, so that differences go by it.
func wall(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), 0, 0, time.UTC)
}

// setReminder gives a task the moment of its reminder: none when it has passed,
// or when the task is done.
func setReminder(t *store.Task, zone *time.Location, now int64) {
	t.RemindAt = 0
	if !t.Reminds || t.DoneAt != 0 {
		return
	}
	if at := remindAt(dueIn(*t, zone), t.AllDay, t.RemindBefore).UnixMilli(); at > now {
		t.RemindAt = at
	}
}
