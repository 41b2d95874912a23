package ui

import (
	"context"
	"time"
)

// Clock says moments as people of the business say them. It is made once for a
// page, with the time and the zone that hold there.
type Clock struct {
	now                  time.Time
	zone                 *time.Location
	day, yesterday, year int
}

// NewClock returns the clock of a page.
func NewClock(now time.Time, zone *time.Location) Clock {
	now = now.In(zone)
	return Clock{now: now, zone: zone, day: dayOf(now), yesterday: dayOf(now.AddDate(0, 0, -1)), year: now.Year()}
}

// Now is the moment that the page is drawn at, in the business's zone.
func (c Clock) Now() time.Time { return c.now }

// When says a moment, given in milliseconds, in the shortest way that is plain:
// the time today, "Yesterday", the day, and the year if it is another one.
func (c Clock) When(ctx context.Context, ms int64) When {
	at := time.UnixMilli(ms).In(c.zone)
	return When{ISO: iso(ms), Text: c.short(ctx, at), Full: at.Format("Monday 2 January 2006, 15:04")}
}

// Brief is When without Full, for long lists.
func (c Clock) Brief(ctx context.Context, ms int64) When {
	return When{ISO: iso(ms), Text: c.short(ctx, time.UnixMilli(ms).In(c.zone))}
}

// Time is a moment by the time of day, for lists that are headed by the day.
func (c Clock) Time(ms int64) When {
	at := time.UnixMilli(ms).In(c.zone)
	return When{ISO: iso(ms), Text: at.Format("15:04"), Full: at.Format("Monday 2 January 2006, 15:04")}
}

// Day heads what happened on the day of a moment.
func (c Clock) Day(ctx context.Context, ms int64) string {
	at := time.UnixMilli(ms).In(c.zone)
	switch day := dayOf(at); {
	case day == c.day:
		return Words(ctx)("Today")
	case day == c.yesterday:
		return Words(ctx)("Yesterday")
	case at.Year() == c.year:
		return at.Format("2 January")
	}
	return at.Format("2 January 2006")
}

// BinEnds is the day on which what was deleted at a moment goes for good.
func (c Clock) BinEnds(deletedAt int64) When {
	at := time.UnixMilli(deletedAt).In(c.zone).AddDate(0, 0, binDays)
	return When{ISO: at.Format(time.DateOnly), Text: at.Format("2 January 2006")}
}

// binDays is how long what was deleted waits.
const binDays = 30

func (c Clock) short(ctx context.Context, at time.Time) string {
	switch day := dayOf(at); {
	case day == c.day:
		return at.Format("15:04")
	case day == c.yesterday:
		return Words(ctx)("Yesterday")
	case day/1000 == c.year:
		return at.Format("2 Jan")
	}
	return at.Format("2 Jan 2006")
}

func dayOf(at time.Time) int { return at.Year()*1000 + at.YearDay() }

func iso(ms int64) string { return time.UnixMilli(ms).UTC().Format(time.RFC3339) }
