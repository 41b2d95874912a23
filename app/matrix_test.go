package app_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"stead/app/access"
	"stead/app/apptest"
	"stead/app/errs"
	"stead/app/web"
	"stead/store"
)

// The matrix asks every route as every role, for the actor's own record, a team
// mate's, a stranger's and nobody's, in every state that a session can be in.
// What must come back is worked out from the route's policy and access.Allow
// alone; what the answers hold is searched for what was planted in records that
// are out of reach.

// matrixRole is a role in the matrix. may is for roles of the business.
type matrixRole struct {
	name string
	id   string
	may  map[access.Permission]access.Reach
}

// matrixRoles are the product's own, one that reaches its own records alone, and
// one that may all else too.
func matrixRoles() []matrixRole {
	var out []matrixRole
	for _, r := range access.OwnRoles() {
		out = append(out, matrixRole{name: r.ID, id: r.ID})
	}
	own, wide := map[access.Permission]access.Reach{}, map[access.Permission]access.Reach{}
	for _, right := range access.Rights() {
		wide[right.Permission] = access.Own
		if right.Scoped {
			own[right.Permission] = access.Own
		}
	}
	return append(out, matrixRole{name: "own records", may: own}, matrixRole{name: "own records, whole business", may: wide})
}

// The states of a session.
const (
	active   = "active"
	stale    = "signed in a while ago"
	confined = "second factor still to be set up"
	disabled = "disabled user"
	removed  = "removed user"
	revoked  = "revoked session"
)

// want is what a cell must answer.
type want string

const (
	opens    want = "opens"
	denied   want = "403"
	missing  want = "404"
	signIn   want = "sign-in"
	enrol    want = "set up the second factor"
	confirm  want = "confirm"
	anything want = "anything" // the route is open to the world
	fault    want = "a fault of ours"
)

// expect works out a cell.
func expect(actor access.Actor, route web.Route, state string, rec record) want {
	p := route.Policy
	switch {
	case p.Public != "":
		return anything
	case state == disabled, state == removed, state == revoked:
		return signIn
	case state == confined && !p.Enrol:
		return enrol
	case p.Needs != "" && !actor.Has(p.Needs):
		return denied
	case p.Fresh && state == stale:
		return confirm
	case everybodys[route.Pattern] && actor.May[p.Needs] != access.All:
		return denied
	case beyondTeams[route.Pattern] && access.Narrow(actor):
		return denied
	case rec.class != none && access.Allow(actor, rec.right(p), access.Object{Owner: rec.owner}) != nil:
		return missing
	case wholes[route.Pattern] && (!access.Scope(actor, access.PersonalSee).All() || !access.Scope(actor, access.ContactsRead).All()):
		return denied
	case rec.class != none && amounts[route.Pattern] && !access.May(actor, access.MoneySee, access.Object{Owner: rec.owner}),
		rec.class != none && amounts[route.Pattern] && !access.May(actor, access.PersonalSee, access.Object{Owner: rec.owner}):
		return denied
	case rec.class != none && sights[route.Pattern]:
		return sight(actor, rec)
	}
	return opens
}

// sights are routes that show what is in a record, or change it: whoever asks
// must see personal data.
var sights = map[string]bool{
	"POST /contacts/{id}/files": true, "POST /companies/{id}/files": true,
	"GET /files/{id}": true, "GET /files/{id}/edit": true, "POST /files/{id}/name": true, "POST /files/{id}/delete": true,
}

// amounts are routes that show all of a deal, or change it: whoever asks must see
// its texts and its amounts.
var amounts = map[string]bool{
	"GET /deals/{id}/edit": true, "POST /deals/{id}": true,
	"GET /deals/{id}/lines": true, "POST /deals/{id}/lines": true, "POST /deals/{id}/lines/totals": true,
}

// wholes are routes that take everything along, or bring everything in.
var wholes = map[string]bool{"POST /settings/archive": true, "POST /settings/archive/upload": true}

func sight(actor access.Actor, rec record) want {
	switch err := access.Allow(actor, access.PersonalSee, access.Object{Owner: rec.owner}); {
	case err == nil:
		return opens
	case errs.KindOf(err) == errs.Denied:
		return denied
	}
	return missing
}

// everybodys are routes without a record that act on everybody's: what they need
// must reach all.
var everybodys = map[string]bool{
	"POST /privacy/sweeps": true, "POST /contacts/duplicates/search": true,
	"POST /bin/field/{id}/deletion": true, "POST /bin/tag/{id}/deletion": true,
}

// beyondTeams are routes that change who is in which team: no right of whoever
// asks may end at their own. The invitation of the world is to no team.
var beyondTeams = map[string]bool{
	"POST /settings/teams/{id}/deletion": true, "GET /settings/invitations/{id}": true, "POST /settings/invitations/{id}/resend": true,
	"POST /settings/invitations/{id}/link": true, "POST /settings/invitations/{id}/revocation": true,
}

// got is what an answer amounts to.
func got(p apptest.Page) want {
	to := p.Location + p.Header.Get("HX-Location") + p.Header.Get("HX-Redirect")
	switch {
	case strings.HasPrefix(to, "/login"):
		return signIn
	case to == "/account/second-factor":
		return enrol
	case strings.HasPrefix(to, "/confirm"), p.Status == http.StatusUnauthorized:
		return confirm
	case p.Status == http.StatusForbidden:
		return denied
	case p.Status == http.StatusNotFound:
		return missing
	case p.Status == http.StatusInternalServerError:
		return fault
	}
	return opens
}

// got is what an answer amounts to for a route: some say no, or where else to
// go, for reasons that are no matter of access.
func (w *world) got(route web.Route, state string, p apptest.Page) want {
	is := got(p)
	switch {
	case is == enrol && route.Policy.Enrol: // back to where the second factor is set up
		return opens
	case is == missing && w.names(route): // what the form names is not there
		return opens
	case is == denied && state == confined && route.Pattern == "POST /account/second-factor/off": // the role needs it
		return opens
	}
	return is
}

func TestMatrix(t *testing.T) {
	cells := map[string]int{}
	for _, role := range matrixRoles() {
		t.Run(role.name, func(t *testing.T) {
			w := newWorld(t, role)
			for _, state := range []string{active, stale, confined, disabled, removed, revoked} {
				n := w.walk(state)
				cells[state] += n
				cells["all"] += n
				t.Logf("%-34s %5d cells", state, n)
			}
			w.sighted()
			if n := len(w.routes); n < 80 {
				t.Errorf("%d routes only", n)
			}
		})
	}
	t.Logf("cells: %v", cells)
	if !testing.Short() && cells["all"] < 5000 {
		t.Errorf("%d cells only", cells["all"])
	}
}

// walk asks every route in a state and counts the cells.
func (w *world) walk(state string) (cells int) {
	w.t.Helper()
	c := w.enter(state)
	before := w.done()
	for _, route := range w.routes {
		if state == stale && !route.Policy.Fresh {
			continue // how long ago somebody signed in matters to these alone
		}
		for _, class := range w.classes(route) {
			rec := w.record(route, class, state)
			c = w.cell(c, route, state, rec)
			cells++
		}
	}
	if after := w.done(); after != before && w.gone != "" {
		w.t.Errorf("%s: they did %d things", state, after-before)
	}
	w.leave(state)
	return cells
}

// done counts what the audit log has of whoever is gone.
func (w *world) done() int {
	w.t.Helper()
	list, err := w.Store().AuditList(w.t.Context(), store.AuditFilter{Actors: []string{w.gone}}, store.Page{Limit: 100})
	if err != nil {
		w.t.Fatal(err)
	}
	return len(list)
}

// cell asks one route about one record, and returns the browser to go on with:
// some routes end the session.
func (w *world) cell(c *apptest.Client, route web.Route, state string, rec record) *apptest.Client {
	w.t.Helper()
	method, path := w.fill(route, rec)
	where := fmt.Sprintf("%s, %s, %s record", state, route.Pattern, rec.class)
	should := expect(w.actor, route, state, rec)
	if isStream(route) {
		w.stream(c, where, should)
		return c
	}
	for _, form := range w.sent(route, method) {
		for _, query := range w.queries(route) {
			w.ask(c, route, state, path+query, form, where+query+form.Encode(), should)
			if method == http.MethodGet {
				c.Partial = true // as a fragment, too
				w.ask(c, route, state, path+query, form, where+query, should)
				c.Partial = false
			}
		}
	}
	if method != http.MethodGet && route.Policy.Needs == "" && (state == active || state == stale || state == confined) && !w.alive(c) {
		return w.enter(state)
	}
	return c
}

// ask sends one request and judges the answer.
func (w *world) ask(c *apptest.Client, route web.Route, state, path string, form url.Values, where string, should want) {
	w.t.Helper()
	w.Clock.Advance(12 * time.Millisecond) // or there were too many requests
	method, _, _ := strings.Cut(route.Pattern, " ")
	p := c.Do(method, path, form)
	w.search(where, state, p)
	if should == missing && p.Status == http.StatusSeeOther && method == http.MethodGet {
		p = c.Get(p.Location) // a part of a page leads to the whole
	}
	if is := w.got(route, state, p); is != should && should != anything || is == fault {
		w.t.Errorf("%s: %s (%d %s), want %s%s", where, is, p.Status, p.Location, should, w.cause(is))
	}
}

// cause is the last line that the log has on a fault.
func (w *world) cause(is want) string {
	if is != fault {
		return ""
	}
	lines := strings.Split(w.Logs.String(), "\n")
	for i := len(lines) - 1; i >= 0; i-- {
		if strings.Contains(lines[i], `"level":"ERROR"`) {
			return "\n" + lines[i]
		}
	}
	return ""
}

// alive tells whether a browser is still signed in.
func (w *world) alive(c *apptest.Client) bool {
	p := c.Get("/counts")
	return got(p) != signIn
}

// stream opens the stream of news, looks at how it begins, and closes it.
func (w *world) stream(c *apptest.Client, where string, should want) {
	w.t.Helper()
	resp := c.Stream("/live")
	defer resp.Body.Close()
	p := apptest.Page{Status: resp.StatusCode, Location: resp.Header.Get("Location")}
	if is := got(p); is != should {
		w.t.Errorf("%s: %s (%d), want %s", where, is, p.Status, should)
	}
}

// search looks for what was planted in an answer: nothing of a record that is out
// of reach, nothing personal of one whose personal data the role does not show.
func (w *world) search(where, state string, p apptest.Page) {
	w.t.Helper()
	text := strings.ToLower(p.Body + p.Location + fmt.Sprint(p.Header))
	for _, class := range classes {
		owner := access.Object{Owner: w.owners[class]}
		in := access.May(w.actor, access.ContactsRead, owner) || access.May(w.actor, access.InboxRead, owner)
		in = in && (state == active || state == stale)
		if in {
			w.note(text, named(class))
		} else {
			w.absent(where, text, class, named(class))
		}
		if in && access.May(w.actor, access.PersonalSee, owner) {
			w.note(text, personal(class))
		} else {
			w.absent(where, text, class, personal(class))
		}
	}
}

// note keeps which canaries were seen where they may be: else the search may
// look past what it should find.
func (w *world) note(text string, canaries []string) {
	for _, canary := range canaries {
		if strings.Contains(text, canary) {
			w.seen[canary] = true
		}
	}
}

// sighted tells whether the walk met what it would have to find if it leaked.
func (w *world) sighted() {
	w.t.Helper()
	for _, class := range classes {
		owner := access.Object{Owner: w.owners[class]}
		if !access.May(w.actor, access.ContactsRead, owner) {
			continue
		}
		want := named(class)
		if access.May(w.actor, access.PersonalSee, owner) {
			want = append(want, personal(class)[:5]...)
		}
		for _, canary := range want {
			if !w.seen[canary] && (w.actor.May[access.InboxRead] != 0 || !strings.HasPrefix(canary, "said-")) {
				w.t.Errorf("%q was not met on any page, although it may be", canary)
			}
		}
	}
}

func (w *world) absent(where, text, class string, canaries []string) {
	w.t.Helper()
	for _, canary := range canaries {
		if i := strings.Index(text, canary); i >= 0 {
			w.t.Errorf("%s: %q of a %s record is in the answer: …%s…", where, canary, class, text[max(0, i-80):min(len(text), i+60)])
		}
	}
}

// enter brings the colleague into a state and returns their browser.
func (w *world) enter(state string) *apptest.Client {
	w.t.Helper()
	w.gone = ""
	ctx := w.t.Context()
	switch state {
	case confined:
		w.Change("role.second_factor", w.role, func(tx *store.Tx) error { return tx.SetSecondFactorRoles(ctx, []string{w.role}, 1) })
		return w.SignIn(w.me)
	case active:
		return w.SignIn(w.me)
	case stale:
		c := w.SignIn(w.me)
		w.Clock.Advance(web.FreshFor + time.Minute)
		return c
	}
	c, gone := w.SignedInAs(w.role, apptest.Colleague{Team: w.team})
	if !w.alive(c) {
		w.t.Fatalf("%s: was never signed in", state)
	}
	w.gone = gone.ID
	switch state {
	case disabled:
		w.Change("user.disabled", gone.ID, func(tx *store.Tx) error { return tx.DisableUser(ctx, gone.ID, 1) })
	case removed:
		w.Change("user.removed", gone.ID, func(tx *store.Tx) error { return tx.RemoveUser(ctx, gone.ID, false, 1) })
	case revoked:
		if p := w.SignIn(gone).PostForm("/account/sessions/others", url.Values{}); p.Status != http.StatusSeeOther {
			w.t.Fatalf("ending the other sessions: %d", p.Status)
		}
	}
	return c
}

// leave takes back what enter changed for others.
func (w *world) leave(state string) {
	if state == confined {
		w.Change("role.second_factor", w.role, func(tx *store.Tx) error { return tx.SetSecondFactorRoles(w.t.Context(), nil, 1) })
	}
}

// A route without a policy, or with two, ends the program before it serves.
func TestARouteWithoutPolicyIsNoRoute(t *testing.T) {
	for name, p := range map[string]web.Policy{
		"none":                    {},
		"two":                     {Needs: access.InboxRead, Self: "why not"},
		"three":                   {Needs: access.InboxRead, Self: "why not", Public: "why not"},
		"public and proved":       {Public: "why not", Fresh: true},
		"only that it is fresh":   {Fresh: true},
		"only that it may enrol":  {Enrol: true},
		"only how the body comes": {Raw: true},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("it was registered")
				}
			}()
			web.NewRouter(nil).Handle("GET /x", p, func(http.ResponseWriter, *http.Request) error { return nil })
		})
	}
}

// Every right opens something, and every route asks for one that exists.
func TestRoutesAskForRightsThatExist(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	var known []access.Permission
	for _, right := range access.Rights() {
		known = append(known, right.Permission)
	}
	for _, route := range h.App.Routes() {
		if p := route.Policy.Needs; p != "" && p != access.DemoRun && !slices.Contains(known, p) {
			t.Errorf("%s needs %s, which nobody can be given", route.Pattern, p)
		}
	}
}
