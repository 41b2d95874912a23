package privacy

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/web"
	"stead/store"
)

// worker may do with the team's people whatever the privacy pages do.
func worker() access.Actor {
	a := access.Actor{ID: "me", Kind: access.User, Mates: []string{"me", "mate"}, May: map[access.Permission]access.Reach{access.PrivacyRead: access.All}}
	for _, p := range []access.Permission{access.ContactsRead, access.PersonalSee, access.PrivacyExport, access.PrivacyErase} {
		a.May[p] = access.Team
	}
	return a
}

func without(a access.Actor, p access.Permission) access.Actor {
	may := map[access.Permission]access.Reach{}
	for q, r := range a.May {
		if q != p {
			may[q] = r
		}
	}
	a.May = may
	return a
}

// Person by person: who may look at all that is held, take it away, erase.
func TestAPersonOutOfReachIsNotThere(t *testing.T) {
	do := map[string]func(h *house, a access.Actor) error{
		"report": func(h *house, a access.Actor) error {
			_, err := h.svc.Report(t.Context(), a, "p1")
			return err
		},
		"package": func(h *house, a access.Actor) error {
			_, err := h.svc.Package(t.Context(), a, "p1")
			return err
		},
		"plan": func(h *house, a access.Actor) error {
			_, err := h.svc.Plan(t.Context(), a, "p1")
			return err
		},
		"erase": func(h *house, a access.Actor) error {
			_, err := h.svc.Erase(t.Context(), a, "p1")
			return err
		},
	}
	for name, tc := range map[string]struct {
		actor access.Actor
		owner string
		want  map[string]errs.Kind
	}{
		"another team's": {worker(), "stranger", map[string]errs.Kind{
			"report": errs.NotFound, "package": errs.NotFound, "plan": errs.NotFound, "erase": errs.NotFound,
		}},
		"no personal data": {without(worker(), access.PersonalSee), "mate", map[string]errs.Kind{"report": errs.Denied, "package": errs.Denied}},
		"no cards": {without(worker(), access.ContactsRead), "mate", map[string]errs.Kind{
			"report": errs.Denied, "package": errs.Denied, "plan": errs.Denied, "erase": errs.Denied,
		}},
		"exports and does not look": {without(worker(), access.PrivacyRead), "me", map[string]errs.Kind{"report": errs.Denied}},
		"erases nobody":             {without(worker(), access.PrivacyErase), "me", map[string]errs.Kind{"plan": errs.Denied, "erase": errs.Denied}},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.plant("p1", theirName, theirNumber, theirEmail)
			h.tx(func(ctx context.Context, tx *store.Tx) error { return tx.AssignContact(ctx, "p1", tc.owner, h.ms()) })
			for _, what := range []string{"report", "package", "plan"} {
				err := do[what](h, tc.actor)
				if want := tc.want[what]; (err != nil) != (want != 0) || err != nil && errs.KindOf(err) != want {
					t.Errorf("%s: %v, want kind %v", what, err, want)
				}
			}
			if want, ok := tc.want["erase"]; ok {
				if err := do["erase"](h, tc.actor); errs.KindOf(err) != want {
					t.Errorf("erase: %v, want kind %v", err, want)
				}
				if there, err := h.st.HasContact(t.Context(), "p1"); !there || err != nil {
					t.Errorf("the person is there: %v, %v", there, err)
				}
			}
		})
	}
}

func TestFindingKeepsToReachAndSight(t *testing.T) {
	h := newHouse(t)
	h.plant("p1", theirName, theirNumber, theirEmail)
	for name, tc := range map[string]struct {
		actor access.Actor
		owner string
		want  int
	}{
		"the team's":       {worker(), "mate", 1},
		"nobody's":         {worker(), "", 1},
		"another team's":   {worker(), "stranger", 0},
		"no personal data": {without(worker(), access.PersonalSee), "mate", 0},
		"no cards":         {without(worker(), access.ContactsRead), "mate", 0},
		"everything":       {owner, "stranger", 1},
	} {
		h.tx(func(ctx context.Context, tx *store.Tx) error { return tx.AssignContact(ctx, "p1", tc.owner, h.ms()) })
		for _, query := range []string{"wilhelmina", theirNumber, "7342", theirEmail, "p1"} {
			found, _, err := h.svc.Find(t.Context(), tc.actor, query)
			if err != nil || len(found) != tc.want {
				t.Errorf("%s, %q: %d found, %v; want %d", name, query, len(found), err, tc.want)
			}
		}
	}
}

func TestASweepIsForWhoMayEraseEverybody(t *testing.T) {
	h := newHouse(t)
	if _, err := h.svc.Sweep(t.Context(), worker(), false); errs.KindOf(err) != errs.Denied {
		t.Errorf("%v, want denied", err)
	}
}

// Whoever may not see personal data reads none of it on any page of a person,
// though they may erase.
func TestPagesOfAPersonAreVeiled(t *testing.T) {
	h := newHouse(t)
	h.plant("p1", "", theirNumber, theirEmail) // without a name the number would be the title
	rt := web.NewRouter(slog.New(slog.DiscardHandler))
	h.svc.Routes(rt)
	blind := without(owner, access.PersonalSee)
	for address, want := range map[string]struct {
		form   url.Values
		status int
		shows  string
	}{
		"GET /privacy/people/p1":       {nil, http.StatusForbidden, "your role does not show"},
		"GET /privacy/people/p1/erase": {nil, http.StatusOK, "Erase •••• 42"},
		"POST /privacy/people":         {url.Values{"q": {"7342"}}, http.StatusOK, ""},
	} {
		method, path, _ := strings.Cut(address, " ")
		r := httptest.NewRequest(method, path, strings.NewReader(want.form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		rt.ServeHTTP(w, r.WithContext(web.WithActor(r.Context(), blind)))
		if w.Code != want.status || !strings.Contains(w.Body.String(), want.shows) {
			t.Errorf("%s: %d, want %d and %q", address, w.Code, want.status, want.shows)
		}
		noCanary(t, address, w)
	}
	r := httptest.NewRequest(http.MethodPost, "/privacy/people/p1/erasures", http.NoBody) // its route asks for a fresh sign-in, too
	r.SetPathValue("id", "p1")
	r.Form, r.PostForm = url.Values{}, url.Values{"confirm": {"no"}}
	w := httptest.NewRecorder()
	if err := h.svc.erasePerson(w, r.WithContext(web.WithActor(r.Context(), blind))); err != nil || w.Code != http.StatusUnprocessableEntity {
		t.Errorf("an unconfirmed erasure: %d, %v", w.Code, err)
	}
	noCanary(t, "an unconfirmed erasure", w)
}

func noCanary(t *testing.T, what string, w *httptest.ResponseRecorder) {
	t.Helper()
	for _, canary := range []string{"5550177", "17734", "wilhelmina", "behind the mill", "boiler"} {
		if strings.Contains(w.Body.String(), canary) {
			t.Errorf("%s shows %q", what, canary)
		}
	}
}
