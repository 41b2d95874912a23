package team_test

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"
	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"

	"stead/app/access"
	"stead/app/apptest"
	"stead/store"
)

// phone is an authenticator app.
type phone struct {
	t    *testing.T
	seed string
}

func (p phone) code(at time.Time) string {
	p.t.Helper()
	code, err := totp.GenerateCodeCustom(p.seed, at, totp.ValidateOpts{Period: 30, Digits: otp.DigitsSix})
	if err != nil {
		p.t.Fatal(err)
	}
	return code
}

var (
	seedOnPage   = regexp.MustCompile(`<code class="mono seed">([A-Z2-7 ]+)</code>`)
	ticketOnPage = regexp.MustCompile(`name="ticket" value="([^"]+)"`)
	spareOnPage  = regexp.MustCompile(`<code class="mono">([A-Z2-7-]{19})</code>`)
)

func found(t *testing.T, re *regexp.Regexp, page string) string {
	t.Helper()
	m := re.FindStringSubmatch(page)
	if m == nil {
		t.Fatalf("no %s on the page:\n%s", re, page)
	}
	return html.UnescapeString(m[1])
}

// setUpPhone turns the second factor on in a browser that has just signed in.
// The clock is moved past the code that this used.
func setUpPhone(t *testing.T, h *apptest.House, c *apptest.Client) (phone, []string) {
	t.Helper()
	page := c.PostForm("/account/second-factor/start", url.Values{})
	if page.Status != http.StatusOK {
		t.Fatalf("the set-up answers %d to %q:\n%s", page.Status, page.Location, page.Body)
	}
	p := phone{t, strings.ReplaceAll(found(t, seedOnPage, page.Body), " ", "")}
	page = c.PostForm("/account/second-factor", url.Values{"ticket": {found(t, ticketOnPage, page.Body)}, "code": {p.code(h.Clock.Now())}})
	if page.Status != http.StatusOK {
		t.Fatalf("the code answers %d to %q:\n%s", page.Status, page.Location, page.Body)
	}
	var spares []string
	for _, m := range spareOnPage.FindAllStringSubmatch(page.Body, -1) {
		spares = append(spares, m[1])
	}
	if len(spares) != 10 {
		t.Fatalf("%d recovery codes are shown, want 10:\n%s", len(spares), page.Body)
	}
	h.Clock.Advance(time.Minute)
	return p, spares
}

// halfIn is a browser between password and code.
func halfIn(t *testing.T, h *apptest.House, form url.Values) *apptest.Client {
	t.Helper()
	c := h.Visitor()
	p := c.PostForm("/login", form)
	if p.Status != http.StatusSeeOther || p.Location != "/login/code" {
		t.Fatalf("the password answers %d to %q, want the way to the code", p.Status, p.Location)
	}
	return c
}

func typed(code string) url.Values { return url.Values{"code": {code}} }

func spare(code string) url.Values { return url.Values{"recovery": {code}} }

func isIn(c *apptest.Client) bool { return c.Get("/account").Status == http.StatusOK }

const secondPassword = "ten quiet lakes at noon"

// hire adds a colleague who signs in with secondPassword.
func hire(t *testing.T, h *apptest.House, email, role string) store.User {
	t.Helper()
	hash, err := argon2id.CreateHash(secondPassword, &argon2id.Params{Memory: 19456, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32})
	if err != nil {
		t.Fatal(err)
	}
	return hireWith(t, h, email, role, hash)
}

func hireWith(t *testing.T, h *apptest.House, email, role, hash string) store.User {
	t.Helper()
	u := store.User{ID: "u-" + email, Name: "Ben Ortiz", Email: email, EmailKey: email, PasswordHash: hash, Role: role, CreatedAt: 1, UpdatedAt: 1}
	write(t, h, func(tx *store.Tx) error { return tx.InsertUser(t.Context(), u) })
	return u
}

func write(t *testing.T, h *apptest.House, fn func(tx *store.Tx) error) {
	t.Helper()
	if err := h.Store().InTx(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

// demand has roles ask for a second factor.
func demand(t *testing.T, h *apptest.House, roles ...string) {
	t.Helper()
	write(t, h, func(tx *store.Tx) error {
		if err := tx.SetSecondFactorRoles(t.Context(), roles, 1); err != nil {
			return err
		}
		return tx.Emit(t.Context(), store.Event{ID: "demand-" + strings.Join(roles, "-"), Kind: "role.second_factor", Subject: access.RoleOwner, At: 1})
	})
}

func owner(t *testing.T, h *apptest.House) store.User {
	t.Helper()
	u, err := h.Store().UserByEmail(t.Context(), apptest.Email)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func setHash(t *testing.T, h *apptest.House, userID, hash string) {
	t.Helper()
	write(t, h, func(tx *store.Tx) error { return tx.SetPasswordHash(t.Context(), userID, hash, 1) })
}

// outcomes are what became of a person's tries, the newest first.
func outcomes(t *testing.T, h *apptest.House, userID string) []string {
	t.Helper()
	rows, err := h.Store().SignInsOf(t.Context(), userID, 0, 1<<62, 100)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, row := range rows {
		out = append(out, row.Method+" "+row.Outcome)
	}
	return out
}

func events(t *testing.T, h *apptest.House, userID, kind string) int {
	t.Helper()
	list, err := h.Store().EventsOf(t.Context(), userID)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, e := range list {
		if e.Kind == kind {
			n++
		}
	}
	return n
}
