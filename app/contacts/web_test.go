package contacts_test

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"stead/app/access"
	"stead/app/web"
	"stead/store"
)

// pages serves the routes to one actor.
type pages struct {
	kit
	rt *web.Router
}

func newPages(t testing.TB) pages {
	t.Helper()
	p := pages{kit: newKit(t), rt: web.NewRouter(slog.New(slog.DiscardHandler))}
	p.Routes(p.rt)
	return p
}

func (p pages) do(actor access.Actor, method, path string, form url.Values, requestType string) *httptest.ResponseRecorder {
	var body io.Reader = http.NoBody
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r := httptest.NewRequest(method, path, body)
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	r.Header.Set("HX-Request-Type", requestType)
	w := httptest.NewRecorder()
	p.rt.ServeHTTP(w, r.WithContext(web.WithActor(r.Context(), actor)))
	return w
}

func (p pages) get(path string) *httptest.ResponseRecorder {
	return p.do(owner, http.MethodGet, path, nil, "")
}

// find sends the form with a search and follows to the page with the results,
// whose address must not tell what was typed.
func (p pages) find(t *testing.T, actor access.Actor, query, who string) *httptest.ResponseRecorder {
	t.Helper()
	w := p.do(actor, http.MethodPost, "/contacts/find", url.Values{"q": {query}, "who": {who}}, "")
	at := w.Header().Get("Location")
	if w.Code != http.StatusSeeOther || strings.Contains(at, url.QueryEscape(query)) {
		t.Fatalf("status = %d to %q", w.Code, at)
	}
	return p.do(actor, http.MethodGet, at, nil, "")
}

func want(t *testing.T, w *httptest.ResponseRecorder, status int, parts ...string) {
	t.Helper()
	if w.Code != status {
		t.Errorf("status = %d, want %d", w.Code, status)
	}
	for _, part := range parts {
		if !strings.Contains(w.Body.String(), part) {
			t.Errorf("the answer lacks %q:\n%s", part, w.Body)
		}
	}
}

func wantNot(t *testing.T, w *httptest.ResponseRecorder, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if strings.Contains(w.Body.String(), part) {
			t.Errorf("the answer has %q:\n%s", part, w.Body)
		}
	}
}

func wantSeeOther(t *testing.T, w *httptest.ResponseRecorder, path string) {
	t.Helper()
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != path {
		t.Errorf("status = %d to %q, want 303 to %q\n%s", w.Code, w.Header().Get("Location"), path, w.Body)
	}
}

func TestListPage(t *testing.T) {
	p := newPages(t)
	want(t, p.get("/contacts"), http.StatusOK, "No contacts yet", `href="/contacts/new"`)
	id := p.create(t, person{Name: "<Ana> Sousa", Company: "Willow Lane", Phones: []string{"912345678"}})
	p.create(t, person{Phones: []string{"+1 415 555 0177"}})
	if _, err := p.Block(t.Context(), owner, id); err != nil {
		t.Fatal(err)
	}

	page := p.get("/contacts")
	want(t, page, http.StatusOK, "<html", "&lt;Ana&gt; Sousa", "Willow Lane", `<bdi class="num">+351 912 345 678</bdi>`,
		`<bdi class="num">+1 415 555 0177</bdi>`, "Blocked", "2 contacts", `aria-sort="descending"`, `href="/contacts?sort=name"`, "12:00")
	want(t, p.get("/contacts?sort=name"), http.StatusOK, `aria-sort="ascending"`, `href="/contacts?sort=-name"`)
	want(t, p.get("/contacts?sort=-name"), http.StatusOK, `aria-sort="descending"`)
	want(t, p.find(t, owner, "0177", ""), http.StatusOK, "1 contact", `value="0177"`)
	want(t, p.find(t, owner, `"<nobody`, ""), http.StatusOK, "Nobody found", `value="&#34;&lt;nobody"`)

	part := p.do(owner, http.MethodPost, "/contacts/find", url.Values{"q": {"sou"}}, "partial")
	want(t, part, http.StatusOK, "&lt;Ana&gt; Sousa", `hx-partial`)
	wantNot(t, part, "<html", `id="q"`)
	want(t, p.do(stranger, http.MethodGet, "/contacts", nil, ""), http.StatusForbidden)
}

func TestListPagesLeadToEachOther(t *testing.T) {
	p := newPages(t)
	for i := range 51 {
		p.create(t, person{Name: fmt.Sprintf("Person %02d", i)})
	}
	for _, first := range []*httptest.ResponseRecorder{p.get("/contacts?sort=name"), p.find(t, owner, "person", "")} {
		wantNot(t, first, `rel="prev"`)
		next := link(t, first, `rel="next"`)
		if strings.Contains(next, "Person") {
			t.Errorf("the address of the next page names somebody: %s", next)
		}
		second := p.get(next)
		want(t, second, http.StatusOK, "51 contacts")
		if n := strings.Count(second.Body.String(), `name="id"`); n != 1 {
			t.Errorf("%d rows on the second page, want 1", n)
		}
		wantNot(t, second, `rel="next"`)
	}
	back := link(t, p.get(link(t, p.get("/contacts?sort=name"), `rel="next"`)), `rel="prev"`)
	want(t, p.get(back), http.StatusOK, "Person 00", "Person 49")
}

// link returns the address of a link that has an attribute.
func link(t *testing.T, w *httptest.ResponseRecorder, attribute string) string {
	t.Helper()
	_, rest, ok := strings.Cut(w.Body.String(), attribute+` href="`)
	href, _, _ := strings.Cut(rest, `"`)
	if !ok {
		t.Fatalf("no link with %s:\n%s", attribute, w.Body)
	}
	return strings.ReplaceAll(href, "&amp;", "&")
}

func TestCreatePage(t *testing.T) {
	p := newPages(t)
	want(t, p.get("/contacts/new"), http.StatusOK, `name="phone1"`, `name="email1"`, `hx-post="/contacts/matches"`)

	bad := url.Values{"name": {"<Ana>"}, "phone1": {"call <me>"}, "about": {"tea"}}
	for _, requestType := range []string{"", "partial"} {
		w := p.do(owner, http.MethodPost, "/contacts", bad, requestType)
		want(t, w, http.StatusUnprocessableEntity, `value="&lt;Ana&gt;"`, `value="call &lt;me&gt;"`, "tea",
			"Enter a phone number with its country code", `aria-invalid="true"`, `href="#phone1"`)
	}
	good := url.Values{"name": {"Ana"}, "phone1": {"912345678"}, "key": {"0123456789abcdef"}}
	wantSeeOther(t, p.do(owner, http.MethodPost, "/contacts", good, ""), "/contacts/id0001")
	wantSeeOther(t, p.do(owner, http.MethodPost, "/contacts", good, ""), "/contacts/id0001") // sent twice
	if w := p.do(owner, http.MethodPost, "/contacts", good, "partial"); w.Header().Get("HX-Location") != "/contacts/id0001" {
		t.Errorf("with htmx: %d, %v", w.Code, w.Header())
	}
	want(t, p.do(onlooker, http.MethodPost, "/contacts", good, ""), http.StatusForbidden)
}

func TestCreatePageShowsWhoIsThereAlready(t *testing.T) {
	p := newPages(t)
	id := p.create(t, ana)
	same := url.Values{"name": {"Anna S."}, "phone1": {"+351 912 345 678"}, "key": {"0123456789abcdef"}}
	want(t, p.do(owner, http.MethodPost, "/contacts/matches", same, "partial"), http.StatusOK, "Ana Sousa", "/contacts/"+id)
	want(t, p.do(owner, http.MethodPost, "/contacts", same, ""), http.StatusConflict,
		"Ana Sousa", `href="/contacts/`+id+`"`, `value="Anna S."`, `value="+351 912 345 678"`, "Create anyway")
	same.Set("anyway", "yes")
	w := p.do(owner, http.MethodPost, "/contacts", same, "")
	if w.Code != http.StatusSeeOther {
		t.Errorf("anyway: status = %d\n%s", w.Code, w.Body)
	}
}

func TestCardPage(t *testing.T) {
	p := newPages(t)
	id := p.create(t, ana)
	inTx(t, p.st, func(tx *store.Tx) error {
		if err := tx.SetPhoneState(t.Context(), "+351912345678", "landline"); err != nil {
			return err
		}
		return tx.InsertTask(t.Context(), store.Task{ID: "t1", ContactID: id, Kind: "call_back", DueAt: noon - 1})
	})
	page := p.get("/contacts/" + id)
	want(t, page, http.StatusOK, "Ana Sousa", `href="tel:+351912345678"`, "912 345 678</bdi>", "Landline", "Call back", "Late",
		`href="/privacy/people/`+id+`"`, `href="/privacy/people/`+id+`/erase"`, `href="mailto:Ana@Example.com"`)
	wantNot(t, page, "/inbox/") // nothing was said yet

	note := url.Values{"body": {"<b>hello</b>"}}
	wantSeeOther(t, p.do(owner, http.MethodPost, "/contacts/"+id+"/notes", note, ""), "/contacts/"+id+"#activity")
	part := p.do(owner, http.MethodPost, "/contacts/"+id+"/notes", note, "partial")
	want(t, part, http.StatusOK, `id="activity"`, "&lt;b&gt;hello&lt;/b&gt;")
	wantNot(t, part, "<html", "<h1>")
	want(t, p.do(owner, http.MethodPost, "/contacts/"+id+"/notes", url.Values{"body": {" "}}, "partial"),
		http.StatusUnprocessableEntity, "Write something first.", `aria-invalid="true"`)
	want(t, p.get("/contacts/"+id), http.StatusOK, `href="/inbox/`)

	done := p.do(owner, http.MethodPost, "/contacts/"+id+"/tasks/t1/done", url.Values{}, "partial")
	want(t, done, http.StatusOK, `id="tasks"`)
	wantNot(t, done, "Call back")
	for _, path := range []string{"/contacts/nobody", "/contacts/nobody/edit", "/contacts/nobody?after=x"} {
		want(t, p.get(path), http.StatusNotFound)
	}
	want(t, p.do(owner, http.MethodPost, "/contacts/nobody/notes", note, ""), http.StatusNotFound)
}

func TestCardPageShowsOlderActivity(t *testing.T) {
	p := newPages(t)
	id := p.create(t, ana)
	for i := range 21 {
		if _, err := p.Notebook().AddNote(t.Context(), owner, id, fmt.Sprintf("note %02d", i), ""); err != nil {
			t.Fatal(err)
		}
	}
	older := link(t, p.get("/contacts/"+id), `<a class="btn sm"`)
	part := p.do(owner, http.MethodGet, older, nil, "partial")
	want(t, part, http.StatusOK, "note 00", `class="tl-item"`)
	wantNot(t, part, "<ol", "note 01")
	whole := p.get(older)
	want(t, whole, http.StatusOK, "<html", "note 00", "Ana Sousa")
}

func TestBlockAndRestrictFromTheCard(t *testing.T) {
	p := newPages(t)
	id := p.create(t, ana)
	path := "/contacts/" + id
	wantSeeOther(t, p.do(owner, http.MethodPost, path+"/block", url.Values{"blocked": {"yes"}}, ""), path)
	want(t, p.do(owner, http.MethodPost, path+"/restriction", url.Values{"restricted": {"yes"}}, ""),
		http.StatusUnprocessableEntity, "Say why")
	wantSeeOther(t, p.do(owner, http.MethodPost, path+"/restriction", url.Values{"restricted": {"yes"}, "reason": {"She asked."}}, ""), path)
	want(t, p.get(path), http.StatusOK, "Blocked: no texts go out", "Restricted since 12:00", "She asked.", "Lift the restriction", "Unblock")
	wantSeeOther(t, p.do(owner, http.MethodPost, path+"/block", url.Values{"blocked": {"no"}}, ""), path)
	wantSeeOther(t, p.do(owner, http.MethodPost, path+"/restriction", url.Values{"restricted": {"no"}}, ""), path)
	wantNot(t, p.get(path), "Blocked: no texts", "She asked.")
	want(t, p.do(onlooker, http.MethodPost, path+"/block", url.Values{"blocked": {"yes"}}, ""), http.StatusForbidden)
}

func TestEditPage(t *testing.T) {
	p := newPages(t)
	id := p.create(t, ana)
	path := "/contacts/" + id
	want(t, p.get(path+"/edit"), http.StatusOK, `name="version" value="1"`, `value="Ana Sousa"`, `value="912 345 678"`, `name="phone2"`)

	mine := url.Values{"version": {"1"}, "name": {"Anna"}, "phone1": {"912345678"}, "email1": {"ana@example.com"}}
	want(t, p.do(owner, http.MethodPost, path, url.Values{"version": {"1"}, "name": {"A"}, "email1": {"<x"}}, ""),
		http.StatusUnprocessableEntity, `value="&lt;x"`, "Enter an email address")
	wantSeeOther(t, p.do(owner, http.MethodPost, path, mine, ""), path)

	late := url.Values{"version": {"1"}, "name": {"Annie"}, "phone1": {"912345678"}, "email1": {"ana@example.com"}}
	want(t, p.do(owner, http.MethodPost, path, late, "partial"), http.StatusConflict,
		"Someone else saved this contact", "<bdi>Anna</bdi>", "<bdi>Annie</bdi>", `value="Annie"`, `name="version" value="2"`)
	if c, err := p.st.Contact(t.Context(), id); err != nil || c.Name != "Anna" {
		t.Errorf("name = %q, %v; want what was saved first", c.Name, err)
	}
	late.Set("version", "2")
	wantSeeOther(t, p.do(owner, http.MethodPost, path, late, ""), path)
	again := mine
	again.Set("name", "Annie")
	wantSeeOther(t, p.do(owner, http.MethodPost, path, again, ""), path) // stale, but the same
}
