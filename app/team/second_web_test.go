package team_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"stead/app/access"
	"stead/app/apptest"
	"stead/app/errs"
	"stead/store"
)

var asOwner = login(apptest.Email, apptest.Password)

func TestSecondFactorFromSetUpToSignIn(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	c, other := h.SignedIn(), h.SignedIn()
	p, spares := setUpPhone(t, h, c)
	if !isIn(c) {
		t.Error("the browser that set it up is signed out")
	}
	if isIn(other) {
		t.Error("another browser goes on without a second factor")
	}
	if page := c.Get("/account/second-factor").Body; !strings.Contains(page, "10 recovery codes") || strings.Contains(page, spares[0]) || strings.Contains(page, p.seed[:8]) {
		t.Errorf("the page afterwards:\n%s", page)
	}
	form := login(apptest.Email, apptest.Password)
	form.Set("next", "/contacts")
	in := halfIn(t, h, form)
	if isIn(in) {
		t.Fatal("the password alone signs in")
	}
	if page := in.Get("/login/code"); page.Status != http.StatusOK || !strings.Contains(page.Body, `autocomplete="one-time-code"`) {
		t.Errorf("the page of the code answers %d", page.Status)
	}
	if page := in.PostForm("/login/code", typed("000000")); page.Status != http.StatusUnprocessableEntity || !strings.Contains(page.Body, `href="#code"`) {
		t.Errorf("a wrong code answers %d", page.Status)
	}
	code := p.code(h.Clock.Now())
	if page := in.PostForm("/login/code", typed(code[:3]+" "+code[3:])); page.Status != http.StatusSeeOther || page.Location != "/contacts" {
		t.Fatalf("the code answers %d to %q:\n%s", page.Status, page.Location, page.Body)
	}
	if !isIn(in) {
		t.Error("not signed in after the code")
	}
	if got := outcomes(t, h, owner(t, h).ID)[:2]; !slices.Equal(got, []string{"password ok", "code wrong_code"}) {
		t.Errorf("history says %v", got)
	}
}

// A code of the step before, and of the one after, is right, since clocks differ.
func TestCodeOfANeighbouringStep(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	p, _ := setUpPhone(t, h, h.SignedIn())
	for name, tt := range map[string]struct {
		off  time.Duration
		want int
	}{
		"two steps back": {-time.Minute, http.StatusUnprocessableEntity}, "one back": {-30 * time.Second, http.StatusSeeOther},
		"one ahead": {30 * time.Second, http.StatusSeeOther}, "two ahead": {time.Minute, http.StatusUnprocessableEntity},
	} {
		h.Clock.Advance(10 * time.Minute)
		if got := halfIn(t, h, asOwner).PostForm("/login/code", typed(p.code(h.Clock.Now().Add(tt.off)))).Status; got != tt.want {
			t.Errorf("%s answers %d, want %d", name, got, tt.want)
		}
	}
}

func TestCodeReplayIsRefused(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	p, _ := setUpPhone(t, h, h.SignedIn())
	now := h.Clock.Now()
	used, older := p.code(now), p.code(now.Add(-30*time.Second))
	if got := halfIn(t, h, asOwner).PostForm("/login/code", typed(used)).Status; got != http.StatusSeeOther {
		t.Fatalf("the first use answers %d", got)
	}
	for name, code := range map[string]string{"the same step": used, "an older step": older} {
		c := halfIn(t, h, asOwner)
		if got := c.PostForm("/login/code", typed(code)).Status; got != http.StatusUnprocessableEntity || isIn(c) {
			t.Errorf("%s answers %d", name, got)
		}
	}
	if got := outcomes(t, h, owner(t, h).ID)[0]; got != "code code_used" {
		t.Errorf("history says %q", got)
	}
}

func TestCodeOfSomebodyElseIsRefused(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	setUpPhone(t, h, h.SignedIn())
	hire(t, h, "ben@brightwater.example", "agent")
	c := h.Visitor()
	c.PostForm("/login", login("ben@brightwater.example", secondPassword))
	bens, spares := setUpPhone(t, h, c)
	in := halfIn(t, h, asOwner)
	for name, form := range map[string]url.Values{"code": typed(bens.code(h.Clock.Now())), "recovery code": spare(spares[0])} {
		if got := in.PostForm("/login/code", form).Status; got != http.StatusUnprocessableEntity || isIn(in) {
			t.Errorf("a colleague's %s answers %d", name, got)
		}
	}
}

// Two browsers with the same code at once: one gets in.
func TestOneCodeUsedTwiceAtOnce(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	p, spares := setUpPhone(t, h, h.SignedIn())
	for name, form := range map[string]url.Values{"code": typed(p.code(h.Clock.Now())), "recovery code": spare(spares[3])} {
		if got := inAtOnce(t, h, 4, form); got != 1 {
			t.Errorf("the same %s four times at once lets %d in, want 1", name, got)
		}
	}
}

func inAtOnce(t *testing.T, h *apptest.House, n int, form url.Values) int {
	t.Helper()
	var clients []*apptest.Client
	for range n {
		clients = append(clients, halfIn(t, h, asOwner))
	}
	status := make([]int, n)
	var all sync.WaitGroup
	for i, c := range clients {
		all.Go(func() { status[i] = c.PostForm("/login/code", form).Status })
	}
	all.Wait()
	in := 0
	for _, got := range status {
		if got == http.StatusSeeOther {
			in++
		}
	}
	return in
}

func TestRecoveryCodeWorksOnce(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	_, spares := setUpPhone(t, h, h.SignedIn())
	c := halfIn(t, h, asOwner)
	misread := strings.NewReplacer("O", "0", "I", "1", "B", "8").Replace(strings.ToLower(spares[0]))
	if p := c.PostForm("/login/code", spare(" "+strings.ReplaceAll(misread, "-", " "))); p.Status != http.StatusSeeOther {
		t.Fatalf("a recovery code answers %d:\n%s", p.Status, p.Body)
	}
	if p := c.Get("/account/second-factor"); !strings.Contains(p.Body, "You have 9 recovery codes left.") {
		t.Errorf("nothing says how many are left: %d", p.Status)
	}
	if n := events(t, h, owner(t, h).ID, "user.recovery_used"); n != 1 {
		t.Errorf("%d events, want 1", n)
	}
	again := halfIn(t, h, asOwner)
	if got := again.PostForm("/login/code", spare(spares[0])).Status; got != http.StatusUnprocessableEntity || isIn(again) {
		t.Errorf("the second use answers %d", got)
	}
}

func TestRecoveryCodesAreRenewed(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	c := h.SignedIn()
	p, old := setUpPhone(t, h, c)
	if got := c.PostForm("/account/second-factor/recovery", url.Values{"renew": {"123456"}}).Status; got != http.StatusUnprocessableEntity {
		t.Errorf("without a right code it answers %d", got)
	}
	page := c.PostForm("/account/second-factor/recovery", url.Values{"renew": {p.code(h.Clock.Now())}})
	fresh := found(t, spareOnPage, page.Body)
	if got := halfIn(t, h, asOwner).PostForm("/login/code", spare(old[1])).Status; got != http.StatusUnprocessableEntity {
		t.Errorf("an old code answers %d", got)
	}
	if got := halfIn(t, h, asOwner).PostForm("/login/code", spare(fresh)).Status; got != http.StatusSeeOther {
		t.Errorf("a new code answers %d", got)
	}
}

// With the vault locked the seed cannot be read; recovery codes are hashes.
func TestLockedVaultTakesRecoveryCodes(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	p, spares := setUpPhone(t, h, h.SignedIn())
	c := halfIn(t, h, asOwner)
	h.Lock()
	if page := c.PostForm("/login/code", typed(p.code(h.Clock.Now()))); page.Status != http.StatusServiceUnavailable || !strings.Contains(page.Body, "A recovery code works") {
		t.Errorf("a code answers %d", page.Status)
	}
	if got := c.PostForm("/login/code", spare(spares[0])).Status; got != http.StatusSeeOther {
		t.Errorf("a recovery code answers %d", got)
	}
	if page := c.PostForm("/account/second-factor/start", url.Values{"move": {spares[1]}}); page.Status != http.StatusServiceUnavailable {
		t.Errorf("a new set-up answers %d", page.Status)
	}
	if got := c.PostForm("/account/second-factor/off", url.Values{"off": {spares[1]}}).Status; got != http.StatusSeeOther {
		t.Errorf("the recovery code was used up by what could not be done: %d", got)
	}
}

func TestChallengeIsForOneBrowserAndOneTime(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	p, _ := setUpPhone(t, h, h.SignedIn())
	over := func(name string, c *apptest.Client, form url.Values) {
		t.Helper()
		if page := c.PostForm("/login/code", form); page.Location != "/login?again" || isIn(c) {
			t.Errorf("%s: %d to %q, want the password asked anew", name, page.Status, page.Location)
		}
	}
	over("no cookie", h.Visitor(), typed(p.code(h.Clock.Now())))
	made := h.Visitor()
	made.Plant("challenge", strings.Repeat("A", 43))
	over("a made-up cookie", made, typed(p.code(h.Clock.Now())))

	used := halfIn(t, h, asOwner)
	token := used.Jar()["challenge"]
	if got := used.PostForm("/login/code", typed(p.code(h.Clock.Now()))).Status; got != http.StatusSeeOther {
		t.Fatalf("the code answers %d", got)
	}
	h.Clock.Advance(time.Minute)
	thief := h.Visitor()
	thief.Plant("challenge", token)
	over("the cookie of a sign-in that is done", thief, typed(p.code(h.Clock.Now())))

	late := halfIn(t, h, asOwner)
	h.Clock.Advance(11 * time.Minute)
	over("after ten minutes", late, typed(p.code(h.Clock.Now())))

	guessing := halfIn(t, h, asOwner)
	for i := range 5 {
		if got := guessing.PostForm("/login/code", typed(fmt.Sprintf("00000%d", i))).Status; got == http.StatusSeeOther {
			t.Fatalf("guess %d answers %d", i+1, got)
		}
		h.Clock.Advance(20 * time.Second)
	}
	over("after five wrong codes", guessing, typed(p.code(h.Clock.Now())))

	ended := halfIn(t, h, asOwner)
	write(t, h, func(tx *store.Tx) error { return tx.RaiseEpoch(t.Context(), owner(t, h).ID, 1) })
	over("after everything of the person ended", ended, typed(p.code(h.Clock.Now())))
}

func TestCodesAreThrottledPerAccount(t *testing.T) {
	h := behindProxy(t)
	p, spares := setUpPhone(t, h, h.SignedIn())
	refused := 0
	for i := range 20 {
		c := h.Visitor()
		c.Header.Set("X-Forwarded-For", fmt.Sprintf("198.51.100.%d", i))
		c.PostForm("/login", asOwner)
		if c.PostForm("/login/code", typed("000000")).Status == http.StatusTooManyRequests {
			refused++
		}
	}
	if refused == 0 {
		t.Error("twenty wrong codes from twenty networks, and none had to wait")
	}
	c := h.Visitor()
	c.Header.Set("X-Forwarded-For", "192.0.2.77")
	c.PostForm("/login", asOwner)
	if got := c.PostForm("/login/code", typed(p.code(h.Clock.Now()))).Status; got != http.StatusTooManyRequests {
		t.Errorf("a right code meanwhile answers %d", got)
	}
	if got := c.PostForm("/login/code", spare(spares[0])).Status; got != http.StatusSeeOther {
		t.Errorf("a recovery code, which nobody can guess, answers %d", got)
	}
}

func TestRoleAsksForASecondFactor(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	before := h.SignedIn()
	demand(t, h, "owner")
	for name, c := range map[string]*apptest.Client{"who signs in": h.SignedIn(), "who is signed in already": before} {
		for _, path := range []string{"/", "/contacts", "/account", "/settings/channels", "/account/sessions"} {
			if p := c.Get(path); p.Status != http.StatusSeeOther || p.Location != "/account/second-factor" {
				t.Errorf("%s: %s answers %d to %q", name, path, p.Status, p.Location)
			}
		}
		if p := c.PostForm("/account/password", url.Values{}); p.Location != "/account/second-factor" {
			t.Errorf("%s: a form answers %d to %q", name, p.Status, p.Location)
		}
	}
	c := h.SignedIn()
	p, _ := setUpPhone(t, h, c)
	if got := c.Get("/contacts").Status; got != http.StatusOK {
		t.Errorf("with a second factor the contacts answer %d", got)
	}
	if got := c.PostForm("/account/second-factor/off", url.Values{"off": {p.code(h.Clock.Now())}}).Status; got != http.StatusForbidden {
		t.Errorf("turning it off answers %d, want 403", got)
	}
}

func TestSecondFactorMovesToAnotherPhone(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	demand(t, h, "owner")
	c := h.SignedIn()
	old, _ := setUpPhone(t, h, c)
	if got := c.PostForm("/account/second-factor/start", url.Values{"move": {"000000"}}).Status; got != http.StatusUnprocessableEntity {
		t.Errorf("without a right code it answers %d", got)
	}
	page := c.PostForm("/account/second-factor/start", url.Values{"move": {old.code(h.Clock.Now())}})
	ticket := found(t, ticketOnPage, page.Body)
	next := phone{t, strings.ReplaceAll(found(t, seedOnPage, page.Body), " ", "")}
	h.Clock.Advance(time.Minute)
	if got := halfIn(t, h, asOwner).PostForm("/login/code", typed(old.code(h.Clock.Now()))).Status; got != http.StatusSeeOther {
		t.Errorf("until the new one works the old one answers %d", got)
	}
	if got := c.PostForm("/account/second-factor", url.Values{"ticket": {ticket}, "code": {next.code(h.Clock.Now())}}).Status; got != http.StatusOK {
		t.Fatalf("the new phone answers %d", got)
	}
	h.Clock.Advance(time.Minute)
	in := halfIn(t, h, asOwner)
	if got := in.PostForm("/login/code", typed(old.code(h.Clock.Now()))).Status; got != http.StatusUnprocessableEntity {
		t.Errorf("the old phone answers %d", got)
	}
	if got := in.PostForm("/login/code", typed(next.code(h.Clock.Now()))).Status; got != http.StatusSeeOther {
		t.Errorf("the new phone answers %d", got)
	}
	if got := c.PostForm("/account/second-factor", url.Values{"ticket": {ticket}, "code": {next.code(h.Clock.Now())}}).Status; got != http.StatusConflict {
		t.Errorf("the ticket a second time answers %d", got)
	}
}

func TestTicketOfASetUp(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	hire(t, h, "ben@brightwater.example", "agent")
	ben := h.Visitor()
	ben.PostForm("/login", login("ben@brightwater.example", secondPassword))
	page := ben.PostForm("/account/second-factor/start", url.Values{})
	ticket := found(t, ticketOnPage, page.Body)
	bens := phone{t, strings.ReplaceAll(found(t, seedOnPage, page.Body), " ", "")}
	ana := h.SignedIn()
	if got := ana.PostForm("/account/second-factor", url.Values{"ticket": {ticket}, "code": {bens.code(h.Clock.Now())}}).Status; got != http.StatusConflict {
		t.Errorf("a colleague's answers %d", got)
	}
	for name, bad := range map[string]string{"none": "", "made up": "AAAA", "cut": ticket[:len(ticket)-4]} {
		if got := ben.PostForm("/account/second-factor", url.Values{"ticket": {bad}, "code": {bens.code(h.Clock.Now())}}).Status; got != http.StatusConflict {
			t.Errorf("%s answers %d", name, got)
		}
	}
	wrong := ben.PostForm("/account/second-factor", url.Values{"ticket": {ticket}, "code": {"12345"}})
	if wrong.Status != http.StatusUnprocessableEntity || !strings.Contains(wrong.Body, ticket) || found(t, seedOnPage, wrong.Body) == "" {
		t.Errorf("a wrong code answers %d; want the same key again", wrong.Status)
	}
	h.Clock.Advance(31 * time.Minute)
	again := url.Values{"ticket": {ticket}, "code": {bens.code(h.Clock.Now())}, "confirm_password": {secondPassword}}
	if got := ben.PostForm("/account/second-factor", again).Status; got != http.StatusConflict {
		t.Errorf("after half an hour it answers %d", got)
	}
}

// Phone and codes are lost: whoever runs the machine takes the factor away, and
// the role asks for another at once.
func TestOperatorTakesTheSecondFactorAway(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	demand(t, h, "owner")
	c := h.SignedIn()
	setUpPhone(t, h, c)
	if err := h.App.Team.TakeFactor(t.Context(), access.Operator(), " "+strings.ToUpper(apptest.Email)); err != nil {
		t.Fatal(err)
	}
	if isIn(c) {
		t.Error("a browser goes on")
	}
	if p := h.SignedIn().Get("/contacts"); p.Location != "/account/second-factor" {
		t.Errorf("afterwards the contacts answer %d to %q", p.Status, p.Location)
	}
	for name, email := range map[string]string{"a second time": apptest.Email, "nobody": "nobody@else.example"} {
		if err := h.App.Team.TakeFactor(t.Context(), access.Operator(), email); errs.KindOf(err) != errs.NotFound {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := h.App.Team.TakeFactor(t.Context(), access.Actor{ID: "x", Kind: access.User}, apptest.Email); errs.KindOf(err) != errs.Denied {
		t.Errorf("anybody: %v", err)
	}
}
