package app_test

import (
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"stead/app/apptest"
	"stead/app/provider/twilio"
)

// lockedFirm waits behind a locked vault: an answer to the caller was not sent
// when the server ended. spoil takes the key away, restore puts it back.
func lockedFirm(t *testing.T, spoil func(f *firm)) (f *firm, said *buffer, restore func()) {
	t.Helper()
	f, stop := peopled(t)
	f.fake.Behave(caller, twilio.Behaviour{Refuse: 20500, Times: 1})
	page := f.owner().Get("/contacts/" + f.find(caller).ID)
	i := strings.Index(page.Body, `"/inbox/`)
	if i < 0 {
		t.Fatalf("the card names no thread: %d", page.Status)
	}
	thread, _, _ := strings.Cut(page.Body[i+1:], `"`)
	thread, _, _ = strings.Cut(thread, "#")
	if p := reply(t, f.owner(), thread, "We come at three."); p.Status != http.StatusSeeOther {
		t.Fatalf("the reply answers %d", p.Status)
	}
	eventually(t, "the provider refuses once", func() bool {
		for _, told := range f.fake.Told() {
			if told.Method == http.MethodPost && told.Status >= 500 {
				return true
			}
		}
		return false
	})
	stop()
	key := f.env["STEAD_KEY_FILE"]
	text, err := os.ReadFile(key)
	must(t, err)
	spoil(f)
	said, _ = f.serve()
	return f, said, func() { write(t, key, string(text)) }
}

func (f *firm) get(path string) apptest.Page {
	f.t.Helper()
	return apptest.Browse(f.t, "http://"+f.env["STEAD_ADDR"]).Get(path)
}

func TestLockedVaultWaitsAndCatchesUp(t *testing.T) {
	for name, tt := range map[string]struct {
		spoil  func(f *firm)
		says   string
		unlock func(t *testing.T, f *firm) bool // whether it is open now
	}{
		"no key file, opened by command": {
			func(f *firm) { must(f.t, os.Remove(f.env["STEAD_KEY_FILE"])) }, "key file is not there",
			func(_ *testing.T, f *firm) bool { code, _, _ := f.run("", "vault", "unlock"); return code == 0 },
		},
		"another's key file, opened on the page": {
			func(f *firm) {
				must(f.t, os.Remove(f.env["STEAD_KEY_FILE"]))
				other := newTerminal(f.t)
				other.env["STEAD_KEY_FILE"] = f.env["STEAD_KEY_FILE"]
				other.must(goodPassword, setupArgs...)
			}, "belongs to another instance",
			func(_ *testing.T, f *firm) bool {
				return f.owner().PostForm("/unlock", url.Values{}).Status == http.StatusSeeOther
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, said, restore := lockedFirm(t, tt.spoil)
			eventually(t, "it says that it is locked", func() bool { return strings.Contains(said.String(), tt.says) })
			f.turnsAway()
			if tt.unlock(t, f) {
				t.Error("it opens without its key")
			}
			const later = "+12125550188"
			if f.text(later, "roofmark please") == nil || f.miss(later) == nil {
				t.Error("callbacks were taken while nobody could read them")
			}
			if n := f.sent(caller); n != 0 {
				t.Errorf("%d texts were sent", n)
			}
			restore()
			if !tt.unlock(t, f) {
				t.Fatal("it does not open with its key")
			}
			eventually(t, "what waited is sent", func() bool { return f.sent(caller) == 1 })
			eventually(t, "what was missed is fetched", func() bool { return f.find(later).ID != "" })
			eventually(t, "the missed call and text are there", func() bool {
				code, _, _ := f.run("", "person", "prove", "roofmark please")
				return code == 1 && strings.Contains(f.owner().Get("/contacts/"+f.find(later).ID).Body, "issed call")
			})
			if p := f.get("/readyz"); p.Status != http.StatusOK {
				t.Errorf("/readyz answers %d", p.Status)
			}
			if states := f.doctor(0); states["vault"] != "ok" {
				t.Errorf("the doctor says %q", states["vault"])
			}
		})
	}
}

// turnsAway looks at a locked server from every side.
func (f *firm) turnsAway() {
	t := f.t
	t.Helper()
	if p := f.get("/readyz"); p.Status != http.StatusServiceUnavailable || !strings.Contains(p.Body, "locked") {
		t.Errorf("/readyz answers %d, %q", p.Status, p.Body)
	}
	if p := f.get("/healthz"); p.Status != http.StatusOK {
		t.Errorf("/healthz answers %d", p.Status)
	}
	visitor := apptest.Browse(t, "http://"+f.env["STEAD_ADDR"])
	for _, path := range []string{"/hooks/twilio/sms", "/hooks/twilio/voice", "/hooks/twilio/status"} {
		p := visitor.PostForm(path, url.Values{"AccountSid": {apptest.Account}})
		if p.Status != http.StatusServiceUnavailable || p.Header.Get("Retry-After") == "" {
			t.Errorf("%s answers %d, to come again after %q", path, p.Status, p.Header.Get("Retry-After"))
		}
	}
	owner := f.owner()
	for _, path := range []string{"/today", "/inbox", "/contacts", "/contacts/" + f.find(caller).ID, "/settings", "/privacy", "/unlock"} {
		if p := owner.Get(path); p.Status != http.StatusOK {
			t.Errorf("%s answers %d", path, p.Status)
		}
	}
	if states := f.doctor(1); states["vault"] != "fail" || states["database"] != "ok" {
		t.Errorf("the doctor says %v", states)
	}
	var status struct{ State string }
	f.into(&status, "vault", "status", "--json")
	if status.State != "locked" {
		t.Errorf("vault status says %+v", status)
	}
	if code, _, errs := f.run("", "person", "erase", f.find(caller).ID, "--yes"); code != 1 || !strings.Contains(errs, "ocked") {
		t.Errorf("erase: exit %d, %q", code, errs)
	}
}
