package app_test

import (
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"stead/app"
	"stead/app/access"
	"stead/app/apptest"
	"stead/store"
)

// TestSecretsStandNowhere plants every kind of secret that the product knows
// and looks for them in whatever it writes or shows.
func TestSecretsStandNowhere(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	h.Connect()
	owner := h.SignedIn()
	secrets := map[string]string{"password": apptest.Password, "Twilio token": apptest.Token, "session": owner.Cookie().Value}
	keep := func(name, value string) {
		t.Helper()
		if len(value) < 12 {
			t.Fatalf("no %s: %q", name, value)
		}
		secrets[name] = value
	}

	// Credentials of providers.
	for provider, secret := range map[string]string{"smtp": "smtp-secret-8fJ2kQ9", "resend": "re_secret_8fJ2kQ9x", "oidc:google": "GOCSPX-secret-8fJ2"} {
		must(t, h.Store().InTx(t.Context(), func(tx *store.Tx) error {
			return h.App.Vault().PutSecret(t.Context(), tx, provider, "secret", []byte(secret))
		}))
		keep(provider, secret)
	}

	// Links.
	invited := owner.PostForm("/settings/invitations", url.Values{"key": {strings.Repeat("k", 24)}, "name": {"Ben"}, "email": {"ben@brightwater.example"}, "role": {access.RoleAgent}})
	keep("invitation", inside(t, owner.Get(invited.Location).Body, `/join/([A-Za-z0-9_-]{20,})`))
	user, err := h.Store().UserByEmail(t.Context(), apptest.Email)
	must(t, err)
	reset, err := h.App.Team.ResetLink(t.Context(), user.ID)
	must(t, err)
	keep("reset", filepath.Base(reset))

	// The second factor, and a browser that stays signed in by it.
	enrol := owner.PostForm("/account/second-factor/start", url.Values{}).Body
	seed := strings.ReplaceAll(inside(t, enrol, `seed[^>]*>([A-Z2-7 ]+)<`), " ", "")
	keep("seed", seed)
	code, err := totp.GenerateCode(seed, h.Clock.Now())
	must(t, err)
	spares := owner.PostForm("/account/second-factor", url.Values{"ticket": {inside(t, enrol, `name="ticket" value="([^"]+)"`)}, "code": {code}})
	keep("recovery code", inside(t, spares.Body, `<li><code[^>]*>([^<]+)</code>`))
	keep("session after it", owner.Cookie().Value)
	again := h.Visitor()
	again.PostForm("/login", url.Values{"email": {apptest.Email}, "password": {apptest.Password}, "remember": {"on"}})
	h.Clock.Advance(30 * time.Second)
	code, err = totp.GenerateCode(seed, h.Clock.Now())
	must(t, err)
	in := again.PostForm("/login/code", url.Values{"code": {code}})
	for _, cookie := range (&http.Response{Header: in.Header}).Cookies() {
		if _, validator, ok := strings.Cut(cookie.Value, "."); ok && strings.Contains(cookie.Name, "remember") {
			keep("remembered browser", validator)
		}
	}
	if secrets["remembered browser"] == "" {
		t.Fatalf("no browser is remembered: %d, %v", in.Status, in.Header["Set-Cookie"])
	}

	places := map[string]string{"error pages": walk(t, h, again), "pages": pages(h, again)}
	places["the audit log's export"] = again.PostForm("/privacy/audit/export", url.Values{}).Body
	places["the log"] = h.Logs.String()
	data(t, h.Config.Data, places)
	for where, text := range places {
		for name, secret := range secrets {
			if name == "reset" && where == "pages" {
				continue // no page was asked for it; its own address is the only one
			}
			if strings.Contains(text, secret) {
				t.Errorf("%s holds the %s", where, name)
			}
		}
	}
	if len(places["pages"]) < 50_000 || places["the audit log's export"] == "" || len(places) < 6 {
		t.Errorf("hardly anything was looked at: %d places, %d bytes of pages", len(places), len(places["pages"]))
	}
}

// inside is what the group of a pattern matches in a text.
func inside(t *testing.T, text, pattern string) string {
	t.Helper()
	found := regexp.MustCompile(pattern).FindStringSubmatch(text)
	if found == nil {
		t.Fatalf("no %s in a page of %d bytes", pattern, len(text))
	}
	return found[1]
}

// pages is every page that somebody can open.
func pages(h *apptest.House, c *apptest.Client) string {
	var all strings.Builder
	for _, route := range h.App.Routes() {
		if method, where := address(route.Pattern); method == http.MethodGet && !isStream(route) {
			all.WriteString(c.Get(where).Body)
		}
	}
	return all.String()
}

// data reads every file of a data folder, the database and its log among them.
func data(t *testing.T, dir string, into map[string]string) {
	t.Helper()
	must(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		content, err := os.ReadFile(path)
		into[filepath.Base(path)] = string(content)
		return err
	}))
}

// TestNoCommandTakesASecretAsAnArgument keeps them out of the list of processes
// and of the shell's history.
func TestNoCommandTakesASecretAsAnArgument(t *testing.T) {
	flags := 0
	for name, kind := range app.Flags() {
		flags++
		secret := regexp.MustCompile(`password|secret|token|hash|key|code`).MatchString(name)
		if secret && !strings.HasSuffix(name, "-file") && kind != reflect.Bool {
			t.Errorf("--%s would stand in the list of processes", name)
		}
	}
	if flags < 20 {
		t.Errorf("%d flags looked at", flags)
	}
}
