package contacts_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"stead/app/access"
	"stead/store"
)

// sent follows a form to where it leads. What was typed must not stand in the
// address.
func (p pages) sent(t *testing.T, actor access.Actor, path string, form url.Values) (*httptest.ResponseRecorder, url.Values) {
	t.Helper()
	w := p.do(actor, http.MethodPost, path, form, "")
	at, err := url.Parse(w.Header().Get("Location"))
	if w.Code != http.StatusSeeOther || err != nil {
		t.Fatalf("%v: status %d to %q, %v\n%s", form, w.Code, at, err, w.Body)
	}
	if typed := form.Get("value"); len(typed) > 2 && strings.Contains(at.String(), url.QueryEscape(typed)) {
		t.Errorf("the address tells what was typed: %s", at)
	}
	return p.do(actor, http.MethodGet, at.String(), nil, ""), at.Query()
}

// add is the form that adds a condition to a view.
func add(view, field, op string, values ...string) url.Values {
	return url.Values{"do": {"add"}, "view": {view}, "field": {field}, "op": {op}, "value": values, "days": values}
}

func (p pages) people(t *testing.T) {
	t.Helper()
	p.create(t, person{Name: "Ana Sousa", Company: "Willow Lane", Phones: []string{"912345678"}})
	p.create(t, person{Name: "Ben Okafor", Phones: []string{"912345679"}})
	p.create(t, person{Name: "Ana Marques", Company: "Harbour"})
}

func TestAFilterIsAView(t *testing.T) {
	p := newPages(t)
	p.people(t)
	one, at := p.sent(t, owner, "/views", add("", "name", store.OpBegins, "ana"))
	want(t, one, http.StatusOK, "Ana Sousa", "Ana Marques", "begins with", ">ana</bdi>", "2 contacts", "Save as a new view")
	wantNot(t, one, "Ben Okafor")
	two, at2 := p.sent(t, owner, "/views", add(at.Get("view"), "company", store.OpIs, "harbour"))
	want(t, two, http.StatusOK, "Ana Marques", "1 contact", `aria-pressed="true"`)
	wantNot(t, two, "Ana Sousa")
	same, again := p.sent(t, owner, "/views", add(at.Get("view"), "company", store.OpIs, "harbour"))
	if want(t, same, http.StatusOK); again.Get("view") != at2.Get("view") {
		t.Errorf("two drafts for one question: %s and %s", again.Get("view"), at2.Get("view"))
	}
	either, _ := p.sent(t, owner, "/views", url.Values{"do": {"any"}, "view": {at2.Get("view")}})
	want(t, either, http.StatusOK, "2 contacts")
	back, _ := p.sent(t, owner, "/views", url.Values{"do": {"drop"}, "at": {"0"}, "view": {at.Get("view")}})
	want(t, back, http.StatusOK, "3 contacts")
	want(t, p.do(agent("me"), http.MethodGet, "/contacts?view="+at.Get("view"), nil, ""), http.StatusNotFound)
}

func TestAConditionThatCannotBeReadIsSaid(t *testing.T) {
	p := newPages(t)
	p.people(t)
	for name, tc := range map[string]struct {
		form  url.Values
		shows string
	}{
		"nothing typed":     {add("", "name", store.OpHas, " "), "Say what to compare with."},
		"no day":            {add("", "created", store.OpBefore, "<soonish"), `value="&lt;soonish"`},
		"no days":           {add("", "activity", store.OpWithin, "a few"), "Say how many days, as a number."},
		"nothing chosen":    {add("", "source", store.OpAny), "Choose at least one."},
		"no such operator":  {add("", "blocked", store.OpHas, "x"), "Choose how to compare."},
		"a field that went": {add("", "f.gone", store.OpIs, "x"), "Filter by"},
	} {
		w := p.do(owner, http.MethodPost, "/views", tc.form, "")
		t.Run(name, func(t *testing.T) { want(t, w, http.StatusUnprocessableEntity, tc.shows, "There is a problem") })
	}
}

func TestViewsAreKeptSharedAndLeft(t *testing.T) {
	p := newPages(t)
	p.team(t)
	p.people(t)
	me, mate := access.Owner("me"), access.Owner("mate")
	_, draft := p.sent(t, me, "/views", add("", "name", store.OpBegins, "ana"))
	saved, at := p.sent(t, me, "/views/new", url.Values{"do": {"save"}, "view": {draft.Get("view")}, "name": {"All <Anas>"}, "sort": {"name"}})
	want(t, saved, http.StatusOK, "All &lt;Anas&gt;", `aria-current="page"`, `aria-sort="ascending"`, "2 contacts")
	id := at.Get("view")
	want(t, p.do(mate, http.MethodGet, "/contacts?view="+id, nil, ""), http.StatusNotFound)
	p.sent(t, me, "/views/"+id, url.Values{"do": {"rename"}, "name": {"Anas"}, "shared": {"on"}})
	want(t, p.do(mate, http.MethodGet, "/contacts?view="+id, nil, ""), http.StatusOK, "Anas", "2 contacts", "Shared by")
	want(t, p.do(mate, http.MethodPost, "/views/"+id, url.Values{"do": {"rename"}, "name": {"Mine now"}}, ""), http.StatusForbidden)
	_, copied := p.sent(t, mate, "/views/"+id, url.Values{"do": {"duplicate"}, "name": {"Anas"}})
	p.sent(t, mate, "/views/"+id, url.Values{"do": {"first"}})
	want(t, p.do(mate, http.MethodGet, "/contacts", nil, ""), http.StatusOK, "2 contacts", `href="/contacts?view=all"`)
	want(t, p.do(mate, http.MethodGet, "/contacts?view=all", nil, ""), http.StatusOK, "3 contacts")
	if copied.Get("view") == id {
		t.Error("a copy is the view itself")
	}
	inTx(t, p.st, func(tx *store.Tx) error {
		if err := tx.LeaveViews(t.Context(), "me"); err != nil {
			return err
		}
		return tx.Emit(t.Context(), store.Event{ID: "left", Kind: "user.removed", Subject: "me", At: 1})
	})
	want(t, p.do(mate, http.MethodGet, "/contacts?view="+id, nil, ""), http.StatusOK, "Former colleague", "2 contacts")
}

func TestAViewIsDeletedAndBack(t *testing.T) {
	p := newPages(t)
	p.people(t)
	_, at := p.sent(t, owner, "/views/new", url.Values{"do": {"save"}, "name": {"Everybody by name"}, "sort": {"name"}})
	id := at.Get("view")
	p.sent(t, owner, "/views/"+id, url.Values{"do": {"pin"}})
	p.sent(t, owner, "/views/"+id, url.Values{"do": {"delete"}})
	want(t, p.get("/contacts?view="+id), http.StatusNotFound)
	inTx(t, p.st, func(tx *store.Tx) error { _, err := tx.TakeBack(t.Context(), *p.undo, 9); return err })
	v, err := p.st.View(t.Context(), owner.ID, id)
	if err != nil || v.Name != "Everybody by name" || !v.Pinned {
		t.Errorf("%+v, %v; want the view as it was", v, err)
	}
	want(t, p.do(owner, http.MethodPost, "/views/"+id, url.Values{"do": {"nothing of ours"}}, ""), http.StatusUnprocessableEntity)
	flashed, _ := p.sent(t, owner, "/views/"+id, url.Values{"do": {"rename"}, "name": {strings.Repeat("x", 99)}, "view": {id}})
	want(t, flashed, http.StatusOK, "Everybody by name")
}

// Columns show what the actor may see, and a condition on a field that went is
// said to count for nothing.
func TestColumnsOfTheBusinesssChoice(t *testing.T) {
	p := newPages(t)
	p.team(t)
	p.planted(t, "c1", "Mine", "me")
	p.planted(t, "c22", "Theirs", "mate")
	half := with(agent("me"), access.Own, access.PersonalSee)
	inTx(t, p.st, func(tx *store.Tx) error {
		for id, personal := range map[string]bool{"secret": true, "shoe": false} {
			if err := tx.InsertField(t.Context(), store.Field{ID: id, Record: "contact", Name: "Field " + id, Kind: "text", Personal: personal, CreatedAt: 1}); err != nil {
				return err
			}
			for _, c := range []string{"c1", "c22"} {
				if err := tx.SetValue(t.Context(), "contact", c, id, &store.Value{Words: id + " of " + c}); err != nil {
					return err
				}
			}
		}
		return nil
	})
	shown, at := p.sent(t, half, "/views", url.Values{"do": {"columns"}, "column": {"email", "created", "f.secret", "f.shoe", "f.none", "nonsense"}})
	want(t, shown, http.StatusOK, "canary@willow.example", "Field secret", "secret of c1", "shoe of c1", "shoe of c22", "Added")
	wantNot(t, shown, "secret of c22", "f.none", "nonsense")
	if n := strings.Count(shown.Body.String(), "canary@willow.example"); n != 1 {
		t.Errorf("an address is shown %d times, want the actor's own contact's alone", n)
	}
	filtered, _ := p.sent(t, half, "/views", add(at.Get("view"), "f.shoe", store.OpHas, "c22"))
	want(t, filtered, http.StatusOK, "Theirs")
	wantNot(t, filtered, "Mine</bdi>")
	f, err := p.st.Field(t.Context(), "shoe")
	if err != nil {
		t.Fatal(err)
	}
	f.DeletedAt = 5
	inTx(t, p.st, func(tx *store.Tx) error { return tx.UpdateField(t.Context(), f) })
	_, again := p.sent(t, half, "/views", add(at.Get("view"), "name", store.OpFilled))
	gone := p.do(half, http.MethodGet, "/contacts?view="+again.Get("view"), nil, "")
	want(t, gone, http.StatusOK, "Mine", "Theirs")
	_, kept := p.sent(t, half, "/views", add("", "blocked", store.OpNo))
	want(t, p.do(half, http.MethodGet, "/contacts?add=field&view="+kept.Get("view"), nil, ""), http.StatusOK, "Field secret")
}

func TestADeletedFieldInAFilterIsIgnoredAndSaidSo(t *testing.T) {
	p := newPages(t)
	p.people(t)
	inTx(t, p.st, func(tx *store.Tx) error {
		return tx.InsertField(t.Context(), store.Field{ID: "shoe", Record: "contact", Name: "Shoe", Kind: "text", CreatedAt: 1})
	})
	_, at := p.sent(t, owner, "/views", add("", "f.shoe", store.OpFilled))
	want(t, p.get("/contacts?view="+at.Get("view")), http.StatusOK, "No contact is what this filter asks for.")
	f, err := p.st.Field(t.Context(), "shoe")
	if err != nil {
		t.Fatal(err)
	}
	f.DeletedAt = 5
	inTx(t, p.st, func(tx *store.Tx) error {
		if err := tx.UpdateField(t.Context(), f); err != nil {
			return err
		}
		return tx.Emit(t.Context(), store.Event{ID: "gone", Kind: "field.deleted", Subject: "shoe", At: 1})
	})
	want(t, p.get("/contacts?view="+at.Get("view")), http.StatusOK, "A field that was deleted", "ignored: it was deleted or changed", "Ana Sousa", "Ben Okafor")
}

func TestTheOpenFormsOfTheList(t *testing.T) {
	p := newPages(t)
	p.people(t)
	for path, shows := range map[string]string{
		"/contacts?add=field": "Filter by", "/contacts?add=name": "begins with", "/contacts?add=owner": "Nobody", "/contacts?add=created": "Days, for the last so many",
		"/contacts?add=columns": "Columns beside the name", "/contacts?add=nonsense": "Filter by", "/contacts?add=basis": "Legitimate interest",
	} {
		want(t, p.get(path), http.StatusOK, shows)
	}
}
