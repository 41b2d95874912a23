package contacts_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"stead/app/access"
	"stead/app/people"
	"stead/store"
)

func TestTheHeadOfTheListOffersWhatTheRoleMay(t *testing.T) {
	p := newPages(t)
	p.people(t)
	want(t, p.get("/contacts"), http.StatusOK, `action="/contacts/new"`, `name="quick"`, `href="/imports"`, `href="/contacts/export"`, `href="/contacts/duplicates"`)
	want(t, p.get("/contacts?who=mine"), http.StatusOK, `href="/contacts/export?who=mine"`)
	wantNot(t, p.do(onlooker, http.MethodGet, "/contacts", nil, ""), `name="quick"`, `href="/contacts/export"`, `href="/contacts/duplicates"`)
	_, at := p.sent(t, owner, "/views", add("", "name", "begins", "ana"))
	want(t, p.get("/contacts?view="+at.Get("view")), http.StatusOK, `href="/contacts/export?view=`+at.Get("view"))
}

// TestAllThatAreFoundAreThoseThatAreShown holds the form around the rows to the
// list that it stands in.
func TestAllThatAreFoundAreThoseThatAreShown(t *testing.T) {
	p := newPages(t)
	p.people(t)
	_, at := p.sent(t, owner, "/views", add("", "name", "begins", "ana"))
	_, named := p.sent(t, owner, "/views/new", url.Values{"do": {"save"}, "name": {"Anas"}, "view": {at.Get("view")}})
	id := named.Get("view")
	p.sent(t, owner, "/views/"+id, url.Values{"do": {"first"}})
	want(t, p.get("/contacts"), http.StatusOK, "2 contacts", `name="all"`, `name="view" value="`+id+`"`, `href="/contacts/export?view=`+id)
	typing := p.do(owner, http.MethodPost, "/contacts/find", url.Values{"q": {"ben"}}, "partial")
	want(t, typing, http.StatusOK, "Ben Okafor", "bulkbar")
	wantNot(t, typing, `name="all"`)
}

func TestACardOffersTheBinToWhoMayDelete(t *testing.T) {
	p := newPages(t)
	id := p.create(t, person{Name: "Ana Sousa"})
	action := `action="/contacts/` + id + `/deletion"`
	want(t, p.get("/contacts/"+id), http.StatusOK, action)
	keeps := access.Owner("u1")
	keeps.May = map[access.Permission]access.Reach{}
	for may, reach := range access.Owner("u1").May {
		if may != access.ContactsDelete {
			keeps.May[may] = reach
		}
	}
	w := p.do(keeps, http.MethodGet, "/contacts/"+id, nil, "")
	if want(t, w, http.StatusOK, "Ana Sousa"); strings.Contains(w.Body.String(), action) {
		t.Error("who may not delete is offered it")
	}
}

// TestThePlainPageAsksForEverything holds the page that needs no scripts to what
// the card edits in place.
func TestThePlainPageAsksForEverything(t *testing.T) {
	p := newPages(t)
	id := p.create(t, person{Name: "Ana Sousa", Phones: []string{"912345678"}})
	inTx(t, p.st, func(tx *store.Tx) error {
		return tx.InsertField(t.Context(), store.Field{ID: "size", Record: "contact", Name: "Size", NameKey: "size", Kind: "number", CreatedAt: 1, UpdatedAt: 1})
	})
	fields, err := p.st.Fields(t.Context(), "contact")
	if err != nil {
		t.Fatal(err)
	}
	w := p.get("/contacts/" + id + "/edit")
	for _, slot := range people.Slots(fields) {
		want(t, w, http.StatusOK, `name="seen-`+slot+`"`)
	}
	want(t, w, http.StatusOK, `name="evidence"`, `action="/contacts/`+id+`/block"`)
	want(t, p.do(owner, http.MethodPost, "/contacts/"+id+"/block", url.Values{"blocked": {"yes"}}, ""), http.StatusSeeOther)
	want(t, p.get("/contacts/"+id+"/edit"), http.StatusOK, "Unblock")
}

func TestAMentionIsMarkedWhereANoteIsShown(t *testing.T) {
	p := newPages(t)
	id := p.create(t, person{Name: "Ana Sousa"})
	inTx(t, p.st, func(tx *store.Tx) error {
		return tx.InsertUser(t.Context(), store.User{ID: "ines", Name: "Ines Duarte", Email: "i@x.example", EmailKey: "i@x.example", Role: "agent"})
	})
	want(t, p.get("/contacts/"+id), http.StatusOK, `<option value="Ines Duarte">`, `data-mentions="colleagues"`)
	form := url.Values{"body": {"Ask <b>@ines duarte</b>, not @nobody"}}
	want(t, p.do(owner, http.MethodPost, "/contacts/"+id+"/notes", form, "partial"), http.StatusOK,
		`Ask &lt;b&gt;<span class="mention">@ines duarte</span>&lt;/b&gt;, not @nobody</p>`)
}
