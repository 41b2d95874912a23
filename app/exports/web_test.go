package exports

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"stead/app/web"
)

// TestWhatWasPickedIsAskedHowItLeaves goes from the ticks in a list to the file.
func TestWhatWasPickedIsAskedHowItLeaves(t *testing.T) {
	k := newKit(t)
	k.populate()
	said := ""
	k.Flash = func(_ context.Context, sentence string) { said = sentence }
	post := func(form url.Values) *httptest.ResponseRecorder {
		t.Helper()
		r := httptest.NewRequest(http.MethodPost, "/contacts/export", strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		k.must(r.ParseForm())
		w := httptest.NewRecorder()
		k.must(k.export("contact")(w, r.WithContext(web.WithActor(r.Context(), k.boss))))
		return w
	}
	for name, tc := range map[string]struct {
		form   url.Values
		status int
		has    []string
		lacks  string
	}{
		"some":             {url.Values{"id": {"c1"}}, http.StatusOK, []string{`name="id" value="c1"`, `name="form"`, "1 that was chosen"}, ""},
		"all of a part":    {url.Values{"id": {"c1"}, "all": {"1"}, "who": {"mine"}}, http.StatusOK, []string{`name="who" value="mine"`}, `name="id"`},
		"the list by name": {url.Values{"all": {"1"}, "view": {"all"}}, http.StatusOK, []string{`name="form"`}, `name="view"`},
		"a file":           {url.Values{"id": {"c1"}, "form": {CSV}, "column": {"phone"}}, http.StatusOK, []string{"+351912345678"}, "<form"},
		"nobody's part":    {url.Values{"form": {CSV}, "who": {"mine"}}, http.StatusOK, []string{"Name"}, "+351912345678"},
		"no such form":     {url.Values{"id": {"c1"}, "form": {"doc"}}, http.StatusUnprocessableEntity, []string{"Choose CSV", `value="c1"`}, ""},
		"nothing":          {url.Values{}, http.StatusSeeOther, nil, ""},
	} {
		w := post(tc.form)
		if w.Code != tc.status {
			t.Errorf("%s: status %d, want %d", name, w.Code, tc.status)
		}
		for _, part := range tc.has {
			if !strings.Contains(w.Body.String(), part) {
				t.Errorf("%s lacks %q:\n%s", name, part, w.Body)
			}
		}
		if tc.lacks != "" && strings.Contains(w.Body.String(), tc.lacks) {
			t.Errorf("%s has %q:\n%s", name, tc.lacks, w.Body)
		}
	}
	if said == "" {
		t.Error("nothing was chosen, and nothing says so")
	}
}
