package ui

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/a-h/templ"
)

// What is kept of the frame follows the doors, the place and the numbers.
func TestTheKeptFrameIsThatOfWhoLooks(t *testing.T) {
	all := WithDoors(t.Context(), func(string) bool { return true })
	few := WithDoors(t.Context(), func(path string) bool { return path == "/inbox" })
	draw := func(ctx context.Context, s Shell) string {
		var out bytes.Buffer
		if err := Layout(s, templ.NopComponent).Render(ctx, &out); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	for range 2 { // drawn, then kept
		quiet := draw(all, Shell{Nav: "inbox", User: "Ana Sousa"})
		loud := draw(all, Shell{Nav: "tasks", User: "Ben Ortiz", Unread: 12, Tasks: 34, Requests: 56, Leads: 78})
		narrow := draw(few, Shell{Nav: "inbox", User: "Cara Lim", Unread: 12})
		for _, c := range []struct{ page, has, hasNot string }{
			{quiet, `href="/inbox" title="Inbox" aria-current="page"`, `title="Tasks" aria-current`},
			{loud, `href="/tasks" title="Tasks" aria-current="page"`, `title="Inbox" aria-current`},
			{loud, `id="count-inbox" class="count hot">12<`, "Ana Sousa"},
			{loud, `id="count-today" class="count">34<`, "Cara Lim"},
			{loud, `id="count-privacy" class="count">56<`, `id="pip-inbox" class="pip" hidden`},
			{loud, `id="count-deals" class="count hot">78<`, `id="pip-deals" class="pip" hidden`},
			{quiet, `id="count-inbox" class="count hot" hidden>0<`, ">12<"},
			{quiet, `href="/settings"`, "Ben Ortiz"},
			{narrow, "Cara Lim", `href="/settings"`},
			{narrow, `title="Inbox" aria-current="page"`, `title="Contacts"`},
		} {
			if !strings.Contains(c.page, c.has) || strings.Contains(c.page, c.hasNot) {
				t.Errorf("has %q: %t; has %q: %t", c.has, strings.Contains(c.page, c.has), c.hasNot, strings.Contains(c.page, c.hasNot))
			}
		}
	}
	for n := range 2 * mostFixed {
		draw(all, Shell{Nav: "inbox", Unread: n})
	}
	if n := len(fixedLinks.html); n > mostFixed {
		t.Errorf("keeps %d", n)
	}
}
