package notices_test

import (
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"stead/app/apptest"
	"stead/app/ids"
	"stead/store"
)

// Whoever asked for long work reads what of it ended, and how, with the way to it;
// when it is forgotten only that there was some.
func TestANoticeSaysWhichWorkEndedAndHow(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	c := h.SignedIn()
	boss, err := h.Store().UserByEmail(t.Context(), apptest.Email)
	if err != nil {
		t.Fatal(err)
	}
	at := h.Clock.Now().UnixMilli()
	for _, of := range []struct {
		op        store.Operation
		says, way string
	}{
		{store.Operation{Kind: "contacts.changed", State: store.OperationDone, Changed: 1205, Skipped: 2}, "Changing many at once: done|1,205 changed, 2 left out", "/work/"},
		{store.Operation{Kind: "import.run", State: store.OperationFailed, ErrorCode: "fault", Changed: 1}, "Import: it went wrong before the end|1 came in or was changed", "/work/"},
		{store.Operation{Kind: "companies.merge", State: store.OperationCancelled}, "Merging companies: stopped|", "/work/"},
		{store.Operation{Kind: "export.list", State: store.OperationDone, Changed: 3}, "Export: done|3 lines", "/exports/"},
		{store.Operation{Kind: "export.archive", State: store.OperationDone, Changed: 1}, "Archive of everything: done|1 record", "/settings/archive/"},
		{store.Operation{Kind: "undo", State: store.OperationDone, Changed: 7}, "Taking a change back: done|7 taken back", "/work/"},
		{store.Operation{Kind: "duplicates.seek", State: store.OperationDone, Changed: 4}, "Looking for duplicates: done|4 pairs found", "/work/"},
	} {
		op := of.op
		op.ID, op.Actor, op.CreatedAt, op.UpdatedAt = ids.New(), boss.ID, at, at
		op.Params = `{"name":"Zq Secret"}`
		h.Change("operation.begun", op.ID, func(tx *store.Tx) error {
			if err := tx.InsertOperation(t.Context(), op); err != nil {
				return err
			}
			return tx.SaveOperation(t.Context(), op)
		})
		page := c.Get("/notifications").Body
		text, small, _ := strings.Cut(of.says, "|")
		if !strings.Contains(page, "<b>"+text+"</b>") || small != "" && !strings.Contains(page, ">"+small+"</small>") {
			t.Errorf("%s: the page does not say %q: %s", op.Kind, of.says, first(page))
		}
		if strings.Contains(page, "Zq Secret") {
			t.Errorf("%s: the page names what the work was about", op.Kind)
		}
		if p := c.PostForm("/notifications/"+op.ID, nil); p.Status != http.StatusSeeOther || p.Location != of.way+op.ID {
			t.Errorf("%s: opening answers %d to %s", op.Kind, p.Status, p.Location)
		}
	}
	gone := ids.New()
	h.Change("operation.done", gone, func(tx *store.Tx) error {
		return tx.Notify(t.Context(), store.Notification{ID: gone, UserID: boss.ID, Kind: store.NoticeOperation, Subject: gone, At: at})
	})
	if page := c.Get("/notifications").Body; !strings.Contains(page, "Work that you asked for has ended") {
		t.Error("work that is forgotten says nothing")
	}
	if p := c.PostForm("/notifications/"+gone, nil); p.Location != "/notifications" {
		t.Errorf("forgotten work leads to %s", p.Location)
	}
}

var lines = regexp.MustCompile(`(?s)<li>.*?</li>`)

// first is the first line of a list of notices, to be read by people.
func first(page string) string { return html.UnescapeString(lines.FindString(page)) }
