package companies_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"stead/app/access"
	"stead/app/companies"
	"stead/app/ids"
	"stead/app/web"
	"stead/app/work"
	"stead/store"
	"stead/store/storetest"
)

type kit struct {
	*companies.Service
	t      *testing.T
	store  *store.Store
	work   *work.Runner
	router *web.Router
	actor  access.Actor
	undo   string // of the last change
	slow   bool   // each look at the clock finds it a second later
}

func newKit(t *testing.T) *kit {
	t.Helper()
	k := &kit{t: t, store: storetest.New(t), actor: access.Owner("u1")}
	at := time.Unix(1_790_000_000, 0)
	now := func() time.Time {
		if k.slow {
			at = at.Add(time.Second)
		}
		return at
	}
	k.work = work.New(work.Deps{Store: k.store, Now: now, NewID: ids.New, Log: slog.New(slog.DiscardHandler), Wait: func(context.Context, time.Duration) error { return nil }})
	k.router = web.NewRouter(slog.New(slog.DiscardHandler))
	k.Service = companies.New(companies.Deps{
		Store: k.store, Work: k.work, Now: now, NewID: ids.New,
		Say: func(_ context.Context, _, undoID string) { k.undo = undoID },
	})
	k.store.React(k.React)
	k.Routes(k.router)
	k.change(func(tx *store.Tx) error {
		err := tx.InsertUser(t.Context(), store.User{ID: "u1", Name: "Ana", Email: "a@x", EmailKey: "a@x", PasswordHash: "h", Role: access.RoleOwner})
		if err != nil {
			return err
		}
		return tx.InsertBusiness(t.Context(), store.Business{Name: "B", Country: "PT", Currency: "EUR", Timezone: "UTC", CreatedAt: 1, UpdatedAt: 1})
	})
	return k
}

func (k *kit) change(do func(tx *store.Tx) error) {
	k.t.Helper()
	if err := k.store.InTx(k.t.Context(), do); err != nil {
		k.t.Fatal(err)
	}
}

// takeBack takes the last change back, as the page of undo does.
func (k *kit) takeBack() {
	k.t.Helper()
	k.change(func(tx *store.Tx) error {
		if _, err := tx.TakeBack(k.t.Context(), k.undo, 2); err != nil {
			return err
		}
		return tx.Emit(k.t.Context(), store.Event{ID: ids.New(), Kind: "change.undone", Subject: k.undo, At: 2})
	})
}

func (k *kit) post(path string, typed ...string) (status int, body, to string) {
	k.t.Helper()
	form := url.Values{}
	for i := 0; i < len(typed); i += 2 {
		form.Add(typed[i], typed[i+1])
	}
	return k.send(http.MethodPost, path, form)
}

func (k *kit) get(path string) (status int, body string) {
	k.t.Helper()
	status, body, _ = k.send(http.MethodGet, path, nil)
	return status, body
}

func (k *kit) send(method, path string, form url.Values) (status int, body, to string) {
	k.t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
	r = r.WithContext(web.WithActor(k.t.Context(), k.actor))
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	w := httptest.NewRecorder()
	k.router.ServeHTTP(w, r)
	return w.Code, w.Body.String(), w.Header().Get("Location")
}

// made makes a company and returns its address.
func (k *kit) made(typed ...string) string {
	k.t.Helper()
	status, body, to := k.post("/companies", append(typed, "anyway", "yes")...)
	if status != http.StatusSeeOther {
		k.t.Fatalf("answers %d: %s", status, body)
	}
	return to
}

func id(path string) string { return strings.TrimPrefix(path, "/companies/") }

// joins adds people to a company.
func (k *kit) joins(path string, people ...string) {
	k.t.Helper()
	for _, contact := range people {
		k.change(func(tx *store.Tx) error {
			if there, err := tx.HasContact(k.t.Context(), contact); err != nil || !there {
				return tx.InsertContact(k.t.Context(), store.Contact{ID: contact, Name: "Person " + contact, Source: "manual", CreatedAt: 1, UpdatedAt: 1, LastActivityAt: 1}, nil, nil)
			}
			return nil
		})
		if status, body, _ := k.post(path+"/people", "contact", contact, "role", "Role"); status != http.StatusSeeOther {
			k.t.Fatalf("answers %d: %s", status, body)
		}
	}
}

func (k *kit) shows(contact string) string {
	k.t.Helper()
	c, err := k.store.Contact(k.t.Context(), contact)
	if err != nil {
		k.t.Fatal(err)
	}
	return c.Company
}

func TestACompanyIsMadeAndShown(t *testing.T) {
	k := newKit(t)
	k.change(func(tx *store.Tx) error {
		return tx.InsertField(t.Context(), store.Field{ID: "f1", Record: "company", Name: "Boats", Kind: "number"})
	})
	path := k.made("name", "Harbour & Sons", "website", "www.harbour.example/about", "industry", "Shipping", "phone1", "21 123 4567", "email1", "hi@harbour.example",
		"address1", "Quay 1", "address1city", "Lisboa", "tags", "VIP, Sea", "field-f1", "1.250,5", "about", "Old friends")
	status, body := k.get(path)
	for _, want := range []string{"Harbour &amp; Sons", "harbour.example/about", "Shipping", "21 123 4567", "hi@harbour.example", "Quay 1, Lisboa", "VIP", "Sea", "Boats", "1250,5", "Old friends"} {
		if !strings.Contains(body, want) {
			t.Errorf("answers %d without %q", status, want)
		}
	}
	c, err := k.store.Company(t.Context(), id(path))
	if err != nil || c.Domain != "harbour.example" || c.Website != "https://www.harbour.example/about" {
		t.Errorf("kept %+v, %v", c, err)
	}
	for _, query := range []string{"harb", "harbour.ex"} {
		if status, body, _ := k.post("/companies/search", "q", query); status != 200 || !strings.Contains(body, path) {
			t.Errorf("%q does not find it: %d", query, status)
		}
	}
	if status, body, _ := k.post("/companies/search", "q", "zzz"); status != 200 || !strings.Contains(body, "No company found") {
		t.Errorf("finds nothing: %d", status)
	}
	if status, body := k.get("/companies?sort=-activity"); status != 200 || !strings.Contains(body, path) {
		t.Errorf("the list answers %d", status)
	}
	if status, _ := k.get(path + "/edit"); status != 200 {
		t.Errorf("the form answers %d", status)
	}
	k.undo = ""
	if status, _, _ := k.post(path + "/deletion"); status != http.StatusSeeOther || k.undo == "" {
		t.Errorf("deletion answers %d", status)
	}
}

func TestACompanyThatIsThereIsSaid(t *testing.T) {
	k := newKit(t)
	path := k.made("name", "Harbour", "website", "harbour.example")
	for _, typed := range [][]string{{"name", "HARBOUR"}, {"name", "Another", "website", "https://harbour.example/x"}} {
		status, body, _ := k.post("/companies", typed...)
		if status != http.StatusConflict || !strings.Contains(body, path) || !strings.Contains(body, "Create anyway") {
			t.Errorf("%v answers %d", typed, status)
		}
		if status, body, _ := k.post("/companies/matches", typed...); status != 200 || !strings.Contains(body, path) {
			t.Errorf("while typing %v: %d", typed, status)
		}
	}
	if status, body, _ := k.post("/companies", "name", " ", "website", "javascript:x", "phone1", "abc"); status != http.StatusUnprocessableEntity || !strings.Contains(body, "Enter the name") || !strings.Contains(body, "Enter a web address") || !strings.Contains(body, "Enter a phone number") {
		t.Errorf("nonsense answers %d", status)
	}
}

func TestWhoSavesSecondSeesBoth(t *testing.T) {
	k := newKit(t)
	path := k.made("name", "Harbour")
	k.joins(path, "c1")
	version := func() string {
		c, err := k.store.Company(t.Context(), id(path))
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(c.Version)
	}
	old := version()
	if status, _, _ := k.post(path, "version", old, "name", "Lighthouse"); status != http.StatusSeeOther || k.shows("c1") != "Lighthouse" {
		t.Errorf("answers %d, shows %q", status, k.shows("c1"))
	}
	status, body, _ := k.post(path, "version", old, "name", "Beacon")
	if status != http.StatusConflict || !strings.Contains(body, "Someone else saved this company") || !strings.Contains(body, "Lighthouse") || !strings.Contains(body, "Beacon") {
		t.Errorf("answers %d", status)
	}
	k.takeBack()
	if k.shows("c1") != "Harbour" {
		t.Errorf("taken back: shows %q", k.shows("c1"))
	}
}

func TestPeopleComeAndGo(t *testing.T) {
	k := newKit(t)
	path := k.made("name", "Harbour")
	k.joins(path, "c1")
	if status, body := k.get(path); status != 200 || !strings.Contains(body, "/contacts/c1") || !strings.Contains(body, "Role") {
		t.Errorf("the card answers %d", status)
	}
	if status, body, _ := k.post(path+"/candidates", "q", "pers"); status != 200 || !strings.Contains(body, "Person c1") {
		t.Errorf("candidates answer %d", status)
	}
	for contact, want := range map[string]int{"c1": http.StatusConflict, "nobody": http.StatusUnprocessableEntity} {
		if status, _, _ := k.post(path+"/people", "contact", contact); status != want {
			t.Errorf("adding %s answers %d, want %d", contact, status, want)
		}
	}
	if status, _, _ := k.post(path+"/people/c1", "role", "Captain", "former", "on"); status != http.StatusSeeOther || k.shows("c1") != "" {
		t.Errorf("answers %d, shows %q", status, k.shows("c1"))
	}
	k.takeBack()
	if status, _, _ := k.post(path + "/people/c1/removal"); status != http.StatusSeeOther || k.shows("c1") != "" {
		t.Errorf("removal answers %d", status)
	}
	if status, _, _ := k.post(path + "/people/c1/removal"); status != http.StatusNotFound {
		t.Errorf("removed twice answers %d", status)
	}
	k.takeBack()
	if k.shows("c1") != "Harbour" {
		t.Errorf("taken back: shows %q", k.shows("c1"))
	}
}

func TestTheBinKeepsLinks(t *testing.T) {
	k := newKit(t)
	path := k.made("name", "Harbour")
	k.joins(path, "c1")
	if k.post(path + "/deletion"); k.shows("c1") != "" {
		t.Errorf("shows %q", k.shows("c1"))
	}
	if status, body := k.get(path); status != 200 || !strings.Contains(body, "This company is in the bin") || strings.Contains(body, "/edit") {
		t.Errorf("the card answers %d", status)
	}
	if status, _, _ := k.post(path, "version", "2", "name", "X"); status != http.StatusConflict {
		t.Errorf("saving one in the bin answers %d", status)
	}
	k.takeBack()
	if k.shows("c1") != "Harbour" {
		t.Errorf("taken back: shows %q", k.shows("c1"))
	}
	k.post(path + "/deletion")
	if status, _, _ := k.post(path + "/restoration"); status != http.StatusSeeOther || k.shows("c1") != "Harbour" {
		t.Errorf("restoration answers %d, shows %q", status, k.shows("c1"))
	}
}

func TestTwoBecomeOneAndTwoAgain(t *testing.T) {
	k := newKit(t)
	kept := k.made("name", "Harbour", "phone1", "+351211234567", "industry", "Ships")
	goes := k.made("name", "Harbor Inc", "website", "harbor.example", "industry", "Boats", "tags", "VIP", "phone1", "+351211234567", "email1", "x@harbor.example")
	k.joins(kept, "c1", "c2")
	k.joins(goes, "c2", "c3")
	if status, body := k.get(kept + "/merge/" + id(goes)); status != 200 || !strings.Contains(body, "Boats") {
		t.Fatalf("side by side answers %d", status)
	}
	if status, body, _ := k.post(kept+"/merge", "q", "harb"); status != 200 || !strings.Contains(body, kept+"/merge/"+id(goes)) {
		t.Errorf("the search answers %d", status)
	}
	status, _, to := k.post(kept+"/merge/"+id(goes), "pick-industry", "other")
	if status != http.StatusSeeOther || to != kept || k.shows("c3") != "Harbour" || k.shows("c2") != "Harbour" {
		t.Fatalf("answers %d; c3 shows %q", status, k.shows("c3"))
	}
	_, body := k.get(kept)
	for _, want := range []string{"Boats", "harbor.example", "x@harbor.example", "VIP", "c1", "c2", "c3"} {
		if !strings.Contains(body, want) {
			t.Errorf("the one has no %q", want)
		}
	}
	if n := strings.Count(body, "tel:"); n != 1 {
		t.Errorf("the number stands there %d times", n)
	}
	k.takeBack()
	if k.shows("c3") != "Harbor Inc" || k.shows("c2") != "Harbour" {
		t.Errorf("taken back: c3 shows %q, c2 %q", k.shows("c3"), k.shows("c2"))
	}
	if _, body := k.get(goes); !strings.Contains(body, "VIP") || strings.Contains(body, "This company is in the bin") {
		t.Error("the other is not back")
	}
	if status, _ := k.get(kept + "/merge/" + id(kept)); status != http.StatusNotFound {
		t.Errorf("with itself answers %d", status)
	}
}

func TestManyPeopleFollowInSteps(t *testing.T) {
	k := newKit(t)
	path := k.made("name", "Harbour")
	other := k.made("name", "Other")
	var all []string
	k.change(func(tx *store.Tx) error {
		for i := range 130 {
			all = append(all, fmt.Sprintf("c%03d", i))
			err := tx.InsertContact(t.Context(), store.Contact{ID: all[i], Name: "P", Source: "manual", CreatedAt: 1, UpdatedAt: 1, LastActivityAt: 1}, nil, nil)
			if err == nil {
				err = tx.LinkCompany(t.Context(), store.ContactCompany{ContactID: all[i], CompanyID: id(path), CreatedAt: 1})
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	run := func() {
		t.Helper()
		open, err := k.store.OpenOperations(t.Context())
		if err != nil || len(open) != 1 {
			t.Fatalf("open: %v, %v", open, err)
		}
		if op, err := k.work.Drive(t.Context(), open[0], func(store.Operation) {}); err != nil || op.State != store.OperationDone {
			t.Fatalf("%+v, %v", op, err)
		}
	}
	if status, _, _ := k.post(path, "version", "1", "name", "Lighthouse"); status != http.StatusSeeOther {
		t.Fatalf("answers %d", status)
	}
	run()
	if k.shows(all[0]) != "Lighthouse" || k.shows(all[129]) != "Lighthouse" {
		t.Errorf("show %q and %q", k.shows(all[0]), k.shows(all[129]))
	}
	status, _, to := k.post(other + "/merge/" + id(path))
	if status != http.StatusSeeOther || !strings.HasPrefix(to, "/work/") {
		t.Fatalf("answers %d to %s", status, to)
	}
	run()
	if k.shows(all[129]) != "Other" {
		t.Errorf("shows %q", k.shows(all[129]))
	}
	k.takeBack()
	if k.shows(all[0]) != "Lighthouse" || k.shows(all[129]) != "Lighthouse" {
		t.Errorf("taken back: show %q and %q", k.shows(all[0]), k.shows(all[129]))
	}
}

func TestWhoMaySeeWhat(t *testing.T) {
	k := newKit(t)
	k.change(func(tx *store.Tx) error {
		return tx.InsertField(t.Context(), store.Field{ID: "f1", Record: "company", Name: "Secret", Kind: "text", Personal: true})
	})
	path := k.made("name", "Harbour", "phone1", "+351211234567", "email1", "hi@harbour.example", "about", "Told in private", "field-f1", "Hidden value", "address1", "Quay 1")
	k.actor = access.Actor{ID: "u2", Kind: access.User, Role: "r", May: map[access.Permission]access.Reach{access.ContactsRead: access.All, access.ContactsWrite: access.All}}
	status, body := k.get(path)
	if status != 200 || !strings.Contains(body, "Harbour") || !strings.Contains(body, "•••• 67") {
		t.Errorf("answers %d", status)
	}
	for _, hidden := range []string{"1234567", "123 4567", "hi@harbour", "Told in private", "Hidden value", "Quay 1"} {
		if strings.Contains(body, hidden) {
			t.Errorf("shows %q", hidden)
		}
	}
	for _, p := range []string{path + "/edit", path + "/merge"} {
		if status, body := k.get(p); status != http.StatusForbidden || strings.Contains(body, "private") {
			t.Errorf("%s answers %d", p, status)
		}
	}
	k.actor.May = map[access.Permission]access.Reach{access.ContactsRead: access.Own, access.ContactsWrite: access.Own, access.PersonalSee: access.Own}
	for _, p := range []string{path, path + "/edit", path + "/owner"} {
		if status, _ := k.get(p); status != http.StatusNotFound {
			t.Errorf("somebody else's: %s answers %d", p, status)
		}
	}
	if _, body := k.get("/companies"); strings.Contains(body, "Harbour") {
		t.Error("the list shows somebody else's")
	}
	if status, body, _ := k.post("/companies/matches", "name", "Harbour"); status != 200 || strings.Contains(body, path) || !strings.Contains(body, "Somebody else") {
		t.Errorf("matches answer %d: %s", status, body)
	}
	mine := k.made("name", "Mine")
	if c, err := k.store.Company(t.Context(), id(mine)); err != nil || c.OwnerID != "u2" {
		t.Errorf("it is %q's, %v", c.OwnerID, err)
	}
}
