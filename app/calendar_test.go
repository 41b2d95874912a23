package app_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	ics "github.com/arran4/golang-ical"

	"stead/app/access"
	"stead/app/apptest"
	"stead/store"
)

var feedAddress = regexp.MustCompile(`/calendar/[A-Za-z0-9_-]+\.ics`)

// feed makes an address and returns its path.
func feed(t *testing.T, c *apptest.Client) string {
	t.Helper()
	path := feedAddress.FindString(c.PostForm("/account/calendar", nil).Body)
	if path == "" {
		t.Fatal("no address on the page")
	}
	return path
}

// calendarAt reads and parses a feed as a calendar does, and looks at its lines.
func calendarAt(t *testing.T, h *apptest.House, path string) map[string]*ics.VEvent {
	t.Helper()
	p := h.Visitor().Get(path)
	if p.Status != http.StatusOK {
		t.Fatalf("answered by %d", p.Status)
	}
	for _, line := range strings.SplitAfter(p.Body, "\r\n") {
		if len(line) > 77 || line != "" && !strings.HasSuffix(line, "\r\n") {
			t.Errorf("a line of %d octets: %q", len(line), line)
		}
	}
	cal, err := ics.ParseCalendar(strings.NewReader(p.Body))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]*ics.VEvent{}
	for _, e := range cal.Events() {
		key := e.GetProperty(ics.ComponentPropertySummary).Value
		if e.GetProperty("RECURRENCE-ID") != nil {
			key += " instead"
		}
		out[key] = e
	}
	return out
}

func value(e *ics.VEvent, name string) string {
	if e == nil {
		return "no event"
	}
	if p := e.GetProperty(ics.ComponentProperty(name)); p != nil {
		return p.Value
	}
	return ""
}

func TestACalendarReadsOnesTasks(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	c, me := h.SignedInAs(access.RoleAgent, apptest.Colleague{Name: "Ana"})
	long := "Ring, then; write \\ " + strings.Repeat("grüße ", 30)
	timed := task(t, h, c, url.Values{"title": {long}, "date": {"2026-11-20"}, "time": {"10:00"}, "owner": {me.ID}})
	task(t, h, c, url.Values{"title": {"A whole day"}, "date": {"2026-11-21"}, "owner": {me.ID}, "contact": {personOf(t, h)}})
	weekly := task(t, h, c, url.Values{"title": {"Each week"}, "date": {"2026-11-18"}, "time": {"09:00"}, "owner": {me.ID}, "unit": {"week"}, "ends": {"until"}, "until": {"2026-12-31"}})
	task(t, h, c, url.Values{"title": {"Nobody's"}, "date": {"2026-11-21"}})
	path := feed(t, c)
	events := calendarAt(t, h, path)
	if len(events) != 3 {
		t.Errorf("%d events: %v", len(events), events)
	}
	e := events[strings.TrimSpace(long)]
	if value(e, "DTSTART") != "20261120T150000Z" || value(e, "UID") != timed.ID+"@stead" || value(e, "SEQUENCE") != "0" {
		t.Errorf("a timed one: %v", e)
	}
	if e := events["A whole day"]; value(e, "DTSTART") != "20261121" || value(e, "DTEND") != "20261122" {
		t.Errorf("a whole day: %s to %s", value(e, "DTSTART"), value(e, "DTEND"))
	}
	if e := events["Each week"]; value(e, "RRULE") != "FREQ=WEEKLY;WKST=MO;BYDAY=WE;UNTIL=20270101T045959Z" || value(e, "DTSTART") != "20261118T090000" {
		t.Errorf("a repeating one: %q from %s", value(e, "RRULE"), value(e, "DTSTART"))
	}
	if page := h.Visitor().Get(path).Body; strings.Contains(page, "Zq Person") || !strings.Contains(page, "TZID:America/New_York") || !strings.Contains(page, "TZOFFSETTO:-0400") {
		t.Error("it names people, or does not describe the zone")
	}

	c.PostForm("/account/calendar/names", url.Values{"named": {"on"}})
	c.PostForm("/tasks/"+weekly.ID+"/snooze", url.Values{"until": {"tomorrow"}})
	c.PostForm("/tasks/"+timed.ID+"/delete", nil)
	events = calendarAt(t, h, path)
	if events["A whole day: Zq Person"] == nil {
		t.Errorf("it names nobody: %v", events)
	}
	if e := events["Each week instead"]; value(e, "RECURRENCE-ID") != "20261118T090000" || value(e, "DTSTART") != "20261119T090000" || value(e, "SEQUENCE") != "1" {
		t.Errorf("put off: %v", e)
	}
	if e := events[strings.TrimSpace(long)]; value(e, "STATUS") != "CANCELLED" || value(e, "SEQUENCE") != "1" {
		t.Errorf("deleted: %v", e)
	}
}

func TestACalendarsAddressEnds(t *testing.T) {
	for name, end := range map[string]func(h *apptest.House, c *apptest.Client, me store.User){
		"a new one takes its place": func(_ *apptest.House, c *apptest.Client, _ store.User) { c.PostForm("/account/calendar", nil) },
		"it is switched off":        func(_ *apptest.House, c *apptest.Client, _ store.User) { c.PostForm("/account/calendar/end", nil) },
		"its reader is disabled": func(h *apptest.House, _ *apptest.Client, me store.User) {
			h.Change("user.disabled", me.ID, func(tx *store.Tx) error {
				return tx.DisableUser(t.Context(), me.ID, h.Clock.Now().UnixMilli())
			})
		},
		"its reader is removed": func(h *apptest.House, _ *apptest.Client, me store.User) {
			h.Change("user.removed", me.ID, func(tx *store.Tx) error { return tx.RemoveUser(t.Context(), me.ID, false, h.Clock.Now().UnixMilli()) })
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := apptest.Start(t, apptest.Options{})
			c, me := h.SignedInAs(access.RoleAgent, apptest.Colleague{Name: "Ana"})
			path := feed(t, c)
			if p := h.Visitor().Get(path); p.Status != http.StatusOK || p.Header.Get("Cache-Control") != "no-store" {
				t.Fatalf("answered by %d, %v", p.Status, p.Header)
			}
			end(h, c, me)
			if p := h.Visitor().Get(path); p.Status != http.StatusNotFound {
				t.Errorf("still answered by %d", p.Status)
			}
			if token := strings.TrimSuffix(strings.TrimPrefix(path, "/calendar/"), ".ics"); strings.Contains(h.Logs.String(), token) {
				t.Error("the token is in the log")
			}
		})
	}
}

// The address is nobody else's.
func TestACalendarOfNobodyIsNotThere(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	for _, path := range []string{"/calendar/x.ics", "/calendar/.ics", "/calendar/x", "/calendar/" + strings.Repeat("a", 5000) + ".ics"} {
		if p := h.Visitor().Get(path); p.Status != http.StatusNotFound {
			t.Errorf("%.40s is answered by %d", path, p.Status)
		}
	}
}
