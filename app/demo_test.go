package app_test

import (
	"context"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"stead/app"
	"stead/app/apptest"
)

// demo runs "stead demo" and returns a browser that has signed in with what the
// sign-in page fills in.
func demo(t *testing.T) *apptest.Client {
	t.Helper()
	t.Setenv("TMPDIR", t.TempDir())
	c := newTerminal(t)
	delete(c.env, "STEAD_DATA") // of the demonstration's own
	delete(c.env, "STEAD_KEY_FILE")
	p, out, errs := c.process("", "demo")
	ctx, cancel := context.WithCancel(t.Context())
	code := make(chan int, 1)
	go func() { code <- app.Main(ctx, p) }()
	t.Cleanup(func() {
		cancel()
		if n := <-code; n != 0 {
			t.Errorf("the demonstration ended with %d: %s", n, errs)
		}
		if left, err := filepath.Glob(filepath.Join(os.TempDir(), "stead-demo-*")); err != nil || len(left) > 0 {
			t.Errorf("the demonstration left %v (%v)", left, err)
		}
	})
	within(t, "the demonstration serves", func() bool { return strings.Contains(out.String(), "http://") })
	browser := apptest.Browse(t, "http://"+c.env["STEAD_ADDR"])
	login := browser.Get("/login").Body
	if p := browser.PostForm("/login", url.Values{"email": {filled(t, login, "email")}, "password": {filled(t, login, "password")}}); p.Status != http.StatusSeeOther {
		t.Fatalf("what the sign-in page fills in does not sign in: %d", p.Status)
	}
	return browser
}

// within asks until the answer is yes.
func within(t *testing.T, what string, yes func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !yes(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within 10 s: %s", what)
		}
	}
}

// filled is the value of an input.
func filled(t *testing.T, page, name string) string {
	t.Helper()
	for _, input := range regexp.MustCompile(`<input[^>]*>`).FindAllString(page, -1) {
		if strings.Contains(input, `name="`+name+`"`) {
			if m := regexp.MustCompile(` value="([^"]*)"`).FindStringSubmatch(input); m != nil {
				return m[1]
			}
		}
	}
	t.Fatalf("no input named %s is filled in", name)
	return ""
}

// TestDemoAnswersAMissedCall walks the path of a newcomer.
func TestDemoAnswersAMissedCall(t *testing.T) {
	browser := demo(t)
	if p := browser.Get("/contacts"); !strings.Contains(p.Body, "Amara Okafor") {
		t.Error("the invented people are not there")
	}
	if p := browser.Get("/today"); !strings.Contains(p.Body, `href="/simulator"`) {
		t.Error("nothing leads to the simulator")
	}

	const stranger = "+1 (503) 555-0177"
	if p := browser.PostForm("/simulator/calls", url.Values{"from": {stranger}, "outcome": {"missed"}}); p.Location != "/inbox" {
		t.Fatalf("the call answers %d to %q", p.Status, p.Location)
	}
	thread := ""
	within(t, "the caller is in the inbox", func() bool {
		m := regexp.MustCompile(`href="(/inbox/[0-9a-f-]{36})[^"]*"[^>]*>(?:[^<]|<[^/]|</[^a])*?\(503\) 555-0177`).FindStringSubmatch(browser.Get("/inbox").Body)
		if m != nil {
			thread = m[1]
		}
		return m != nil
	})
	within(t, "the text-back arrives", func() bool { return strings.Contains(browser.Get(thread).Body, "Fern Street Bicycles. We are") })
	if p := reply(t, browser, thread, "Hello, this is Ines."); p.Status != http.StatusSeeOther {
		t.Fatalf("the reply answers %d", p.Status)
	}
	within(t, "the reply is delivered", func() bool {
		_, after, there := strings.Cut(browser.Get(thread).Body, "Hello, this is Ines.")
		return there && strings.Contains(after, "Delivered")
	})

	if p := browser.PostForm("/simulator/texts", url.Values{"from": {stranger}, "body": {"Thanks!"}}); p.Location != "/inbox" {
		t.Fatalf("the text answers %d to %q", p.Status, p.Location)
	}
	within(t, "the answer is in the thread", func() bool { return strings.Contains(browser.Get(thread).Body, "Thanks!") })
}

// TestSimulatorRefuses keeps what was typed, says what to do, and changes nothing.
func TestSimulatorRefuses(t *testing.T) {
	browser := demo(t)
	before := strings.Count(browser.Get("/inbox").Body, `href="/inbox/`)
	for name, tc := range map[string]struct {
		path string
		form url.Values
		kept string
		says string
	}{
		"a number in letters": {"/simulator/calls", url.Values{"from": {"call me"}, "outcome": {"missed"}}, `value="call me"`, "country code"},
		"a text from nobody":  {"/simulator/texts", url.Values{"from": {""}, "body": {"Hi <there>"}}, "Hi &lt;there&gt;", "country code"},
		"an empty text":       {"/simulator/texts", url.Values{"from": {"+15035550177"}, "body": {" "}}, `value="+15035550177"`, "Write a text"},
		"an endless text":     {"/simulator/texts", url.Values{"from": {"+15035550177"}, "body": {strings.Repeat("x", 1601)}}, strings.Repeat("x", 1601), "1600"},
	} {
		t.Run(name, func(t *testing.T) {
			p := browser.PostForm(tc.path, tc.form)
			if p.Status != http.StatusUnprocessableEntity {
				t.Errorf("status = %d, want 422", p.Status)
			}
			for _, part := range []string{tc.kept, tc.says} {
				if !strings.Contains(p.Body, part) {
					t.Errorf("the page lacks %.60q", part)
				}
			}
		})
	}
	if after := strings.Count(browser.Get("/inbox").Body, `href="/inbox/`); after != before {
		t.Errorf("the inbox has %d links, had %d", after, before)
	}
}

// TestSimulatorIsNotInABusiness holds it apart from real people.
func TestSimulatorIsNotInABusiness(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	owner := h.SignedIn()
	if p := owner.Get("/simulator"); p.Status != http.StatusNotFound {
		t.Errorf("GET /simulator = %d in a real business, want 404", p.Status)
	}
	if p := owner.PostForm("/simulator/calls", url.Values{"from": {caller}}); p.Status != http.StatusNotFound {
		t.Errorf("POST /simulator/calls = %d in a real business, want 404", p.Status)
	}
}

// TestDemoHasHalfAYearOfDeals looks for work of each kind, as somebody would.
func TestDemoHasHalfAYearOfDeals(t *testing.T) {
	browser := demo(t)
	for query, text := range map[string]string{
		"Gazelle": "Lucía Marín", "E-bike, five years": "Peter Novak", "squeals": "Amara Okafor", "1001": "/deals/",
	} {
		if p := browser.PostForm("/search", url.Values{"q": {query}}); !strings.Contains(p.Body, `href="/deals/`) || !strings.Contains(p.Body, text) {
			t.Errorf("%s finds no deal of %s", query, text)
		}
	}
	for path, text := range map[string]string{"/leads": "Walt Greene", "/deals": "Commuter e-bike", "/products": "Cargo bike", "/settings/pipelines": "Buyback", "/tasks": "Hold the Gazelle"} {
		if p := browser.Get(path); !strings.Contains(p.Body, text) {
			t.Errorf("%s does not show %s", path, text)
		}
	}
}
