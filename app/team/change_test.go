package team_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"stead/app/access"
	"stead/app/apptest"
	"stead/app/errs"
)

func TestOwnPasswordIsChanged(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	here, there := h.SignedIn(), h.SignedIn()
	fresh := "nine copper kettles sing"
	form := func(current, password, again string) url.Values {
		return url.Values{"current": {current}, "password": {password}, "password_again": {again}}
	}
	for name, tt := range map[string]struct {
		form  url.Values
		field string
	}{
		"a wrong current one": {form("not this one at all", fresh, fresh), "current"},
		"a short new one":     {form(apptest.Password, "short", "short"), "password"},
		"two different ones":  {form(apptest.Password, fresh, fresh+"s"), "password_again"},
	} {
		p := here.PostForm("/account/password", tt.form)
		if p.Status != http.StatusUnprocessableEntity || !strings.Contains(p.Body, `href="#`+tt.field+`"`) || strings.Contains(p.Body, fresh) {
			t.Errorf("%s: %d, want 422 at %s and nothing of what was typed", name, p.Status, tt.field)
		}
	}
	if p := there.Get("/account/sessions"); p.Status != http.StatusOK {
		t.Fatalf("a refused change signed another browser out: %d", p.Status)
	}
	if p := here.PostForm("/account/password", form(apptest.Password, fresh, fresh)); p.Status != http.StatusSeeOther {
		t.Fatalf("the change answers %d:\n%s", p.Status, p.Body)
	}
	if p := here.Get("/account/sessions"); p.Status != http.StatusOK || !strings.Contains(p.Body, "Your password was changed") {
		t.Errorf("the browser that asked: %d, want it still signed in and told", p.Status)
	}
	if p := there.Get("/account/sessions"); p.Status != http.StatusSeeOther {
		t.Errorf("the other browser: %d, want it signed out", p.Status)
	}
	if p := h.Visitor().PostForm("/login", url.Values{"email": {apptest.Email}, "password": {apptest.Password}}); p.Status != http.StatusUnprocessableEntity {
		t.Errorf("the old password answers %d", p.Status)
	}
	if p := h.Visitor().PostForm("/login", url.Values{"email": {apptest.Email}, "password": {fresh}}); p.Status != http.StatusSeeOther {
		t.Errorf("the new password answers %d", p.Status)
	}
}

func TestOperatorSetsAForgottenPassword(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	c := h.SignedIn()
	fresh := "nine copper kettles sing"
	if err := h.App.Team.SetPassword(t.Context(), access.Operator(), "nobody@example.com", fresh); errs.KindOf(err) != errs.NotFound {
		t.Errorf("an unknown address: %v", err)
	}
	if err := h.App.Team.SetPassword(t.Context(), access.Operator(), apptest.Email, "short"); errs.Fields(err)["password"] == "" {
		t.Errorf("a short one: %v", err)
	}
	if err := h.App.Team.SetPassword(t.Context(), access.Operator(), strings.ToUpper(apptest.Email), fresh); err != nil {
		t.Fatal(err)
	}
	if p := c.Get("/account/sessions"); p.Status != http.StatusSeeOther {
		t.Errorf("who was signed in with the old one gets %d", p.Status)
	}
	if p := h.Visitor().PostForm("/login", url.Values{"email": {apptest.Email}, "password": {fresh}}); p.Status != http.StatusSeeOther {
		t.Errorf("the new password answers %d", p.Status)
	}
}

func TestCountryFillsWhatWasLeftEmptyAndEveryWrongDayIsNamed(t *testing.T) {
	h := apptest.Start(t, apptest.Options{NotSetUp: true})
	link, err := h.App.Team.NewLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	form := business()
	form.Set("token", strings.TrimPrefix(link, "/setup/"))
	form.Set("step", "1")
	form.Del("currency")
	form.Del("timezone")
	if p := h.Visitor().PostForm("/setup", form); p.Status != http.StatusOK || !strings.Contains(p.Body, `value="EUR"`) || !strings.Contains(p.Body, `value="Europe/Berlin"`) {
		t.Errorf("%d, want the country's currency and zone", p.Status)
	}
	form.Set("mon_from", "9")
	form.Set("fri_from", "12:00")
	form.Set("fri_to", "10:00")
	p := h.Visitor().PostForm("/setup", form)
	if p.Status != http.StatusUnprocessableEntity || !strings.Contains(p.Body, "Monday: ") || !strings.Contains(p.Body, "Friday: ") {
		t.Errorf("%d, want Monday and Friday named", p.Status)
	}
}
