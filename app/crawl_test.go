package app_test

import (
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"stead/app/access"
	"stead/app/apptest"
	"stead/app/ids"
	"stead/store"
)

var hrefs = regexp.MustCompile(`\s(?:href|hx-get|data-href)="(/[^"#]*)`)

// crawl follows every link of every page from the front door and from each page
// in start, and hands what answered to see, with where the link stood.
func (w *world) crawl(c *apptest.Client, start []string, see func(at, from string, p apptest.Page)) (pages int) {
	w.t.Helper()
	type link struct{ to, from string }
	queue, known := []link{{"/", "nowhere"}}, map[string]bool{"/": true}
	for _, path := range start {
		queue, known[path] = append(queue, link{path, "nowhere"}), true
	}
	for len(queue) > 0 && pages < 3000 {
		at := queue[0]
		queue = queue[1:]
		w.Clock.Advance(12 * time.Millisecond)
		p := c.Get(at.to)
		pages++
		see(at.to, at.from, p)
		for _, m := range append(hrefs.FindAllStringSubmatch(p.Body, -1), []string{"", p.Location}) {
			to := html.UnescapeString(m[1])
			if to != "" && to[0] == '/' && !known[to] && !strings.HasPrefix(to, "/static/") && to != "/live" {
				known[to] = true
				queue = append(queue, link{to, at.to})
			}
		}
	}
	return pages
}

// Nobody is shown a way to where they would be refused: every link on every page
// that a role may open opens for that role.
func TestNobodyIsLedToWhereTheyAreRefused(t *testing.T) {
	for _, role := range matrixRoles() {
		t.Run(role.name, func(t *testing.T) {
			w := newWorld(t, role)
			n := w.crawl(w.SignIn(w.me), nil, func(at, from string, p apptest.Page) {
				if is := got(p); is == denied || is == missing || is == fault || is == signIn {
					t.Errorf("%s, linked from %s, answers %d%s", at, from, p.Status, w.cause(is))
				}
				w.search(at, active, p)
			})
			t.Logf("%d pages", n)
			if n < 5 {
				t.Errorf("%d pages only", n)
			}
		})
	}
}

// Whoever may not see personal data finds none: not by following links, nor by
// asking every page that there is about everybody.
func TestAViewerNeverSeesPersonalData(t *testing.T) {
	w := newWorld(t, matrixRole{id: access.RoleViewer})
	var start []string
	for _, route := range w.routes {
		if !strings.HasPrefix(route.Pattern, http.MethodGet) || isStream(route) {
			continue
		}
		for _, class := range w.classes(route) {
			_, path := w.fill(route, w.record(route, class, active))
			for _, query := range w.queries(route) {
				start = append(start, path+query)
			}
		}
	}
	seen, names := 0, map[string]bool{}
	for _, partial := range []bool{false, true} {
		c := w.SignIn(w.me)
		c.Partial = partial
		seen += w.crawl(c, start, func(at, _ string, p apptest.Page) {
			text := strings.ToLower(p.Body)
			for _, class := range classes {
				w.absent(at, text, class, personal(class))
				names[class] = names[class] || strings.Contains(text, named(class)[0])
			}
		})
	}
	t.Logf("%d pages", seen)
	for _, class := range classes {
		if !names[class] {
			t.Errorf("nothing of a %s record was met at all", class)
		}
	}
}

// The front door leads to the first place that a role may see.
func TestTheFrontDoor(t *testing.T) {
	idle := map[access.Permission]access.Reach{access.MoneySee: access.All}
	clerk := map[access.Permission]access.Reach{access.TeamRead: access.All}
	for name, tt := range map[string]struct {
		role   matrixRole
		to     string // "": Today itself
		places string // the sidebar
	}{
		"owner":           {matrixRole{id: access.RoleOwner}, "", "/ /inbox /tasks /contacts /companies /deals /reports /privacy /settings"},
		"agent":           {matrixRole{id: access.RoleAgent}, "", "/ /inbox /tasks /contacts /companies /deals /reports /settings/team"},
		"viewer":          {matrixRole{id: access.RoleViewer}, "/contacts", "/contacts /companies /deals /reports"},
		"privacy officer": {matrixRole{id: access.RolePrivacy}, "", "/ /inbox /contacts /companies /deals /privacy /settings"},
		"team alone":      {matrixRole{name: "clerk", may: clerk}, "/settings/team", "/settings/team"},
		"no place at all": {matrixRole{name: "idle", may: idle}, "/account", ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, tt.role)
			c := w.SignIn(w.me)
			p := c.Get("/")
			if p.Location != tt.to || tt.to == "" && p.Status != http.StatusOK {
				t.Fatalf("it answers %d and leads to %q, want %q", p.Status, p.Location, tt.to)
			}
			if tt.to != "" {
				p = c.Get(tt.to)
			}
			_, side, _ := strings.Cut(p.Body, `<nav class="sidebar"`)
			side, _, _ = strings.Cut(side, "</nav>")
			_, side, _ = strings.Cut(side, `<div class="nav">`)
			var places []string
			for _, m := range hrefs.FindAllStringSubmatch(side, -1) {
				if !strings.HasPrefix(m[1], "/static/") {
					places = append(places, m[1])
				}
			}
			if got := strings.Join(places, " "); got != tt.places {
				t.Errorf("the sidebar leads to %q, want %q", got, tt.places)
			}
			if p := c.Get("/counts"); p.Status != http.StatusSeeOther || p.Location != "/" {
				t.Errorf("counts answer %d to %q", p.Status, p.Location)
			}
		})
	}
}

// News goes to those who may see what it is about; ids out of reach go nowhere.
func TestNewsStaysWithinReach(t *testing.T) {
	w := newWorld(t, matrixRole{id: access.RoleAgent})
	contact := func(class string) string { return w.base[class]["contact"] }
	news := func(kind, contactID string) {
		t.Helper()
		e := store.Event{ID: ids.New(), Kind: kind, Subject: "x", ContactID: contactID, At: w.Clock.Now().UnixMilli()}
		if err := w.Store().InTx(t.Context(), func(tx *store.Tx) error { return tx.Emit(t.Context(), e) }); err != nil {
			t.Fatal(err)
		}
	}
	lines := apptest.Lines(w.SignIn(w.me).Stream("/live").Body)
	lines.Until(t, ": open")
	news("message.received", contact(foreign))
	news("settings.business", "")
	news("privacy.swept", "")
	for _, class := range []string{own, mates, free} {
		news("message.received", contact(class))
	}
	for _, class := range []string{own, mates, free} {
		for _, line := range lines.Until(t, "event: person:"+contact(class)) {
			if strings.Contains(line, contact(foreign)) || line == "event: settings" || line == "event: privacy" {
				t.Errorf("%q was sent to an agent", line)
			}
		}
	}
	w.App.Publish("contacts")
	lines.Until(t, "event: contacts")
	w.Change("user.role_changed", w.me.ID, func(tx *store.Tx) error {
		return tx.SetPlace(t.Context(), w.me.ID, access.RoleViewer, w.team, 1)
	})
	news("message.received", contact(own)) // a viewer has no inbox, but sees all contacts
	for _, line := range lines.Until(t, "event: person:"+contact(own)) {
		if line == "event: inbox" || line == "event: today" {
			t.Errorf("%q was sent to a viewer", line)
		}
	}
	w.Change("user.disabled", w.me.ID, func(tx *store.Tx) error { return tx.DisableUser(t.Context(), w.me.ID, 1) })
	news("message.received", contact(own))
	if !lines.Ended(5 * time.Second) {
		t.Error("the stream of a disabled user is open")
	}
}
