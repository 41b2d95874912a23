package products_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"stead/app/access"
	"stead/app/apptest"
	"stead/app/ids"
	"stead/store"
)

type kit struct {
	*apptest.House
	t *testing.T
	c *apptest.Client
}

func newKit(t *testing.T) kit {
	t.Helper()
	h := apptest.Start(t, apptest.Options{})
	return kit{h, t, h.SignedIn()}
}

func (k kit) post(path string, form ...string) apptest.Page {
	k.t.Helper()
	v := url.Values{}
	for i := 0; i < len(form); i += 2 {
		v.Set(form[i], form[i+1])
	}
	return k.c.PostForm(path, v)
}

func (k kit) made(name string, more ...string) store.Product {
	k.t.Helper()
	p := k.post("/products", append([]string{"name", name, "currency", "EUR", "key", ids.New()}, more...)...)
	if p.Status != http.StatusSeeOther {
		k.t.Fatalf("%d: %s", p.Status, p.Body)
	}
	return k.find(name)
}

func (k kit) find(name string) store.Product {
	k.t.Helper()
	for _, off := range []bool{false, true} {
		all, err := k.Store().ProductList(k.t.Context(), name, off, store.Page{})
		if at := slices.IndexFunc(all, func(p store.Product) bool { return p.Name == name }); err == nil && at >= 0 {
			return all[at]
		}
	}
	k.t.Fatalf("no %q", name)
	return store.Product{}
}

func TestAProductIsMadeFoundChangedAndTakenBack(t *testing.T) {
	k := newKit(t)
	p := k.made("Trench coat", "code", "TC-1", "price", "149.90", "tax", "23 %", "unit", "piece")
	if p.Price != 14990 || p.Tax != 2300 || p.Unit != "piece" || p.Code != "TC-1" {
		t.Fatalf("%+v", p)
	}
	for _, typed := range []string{"tren", "coat", "tc-"} {
		if page := k.post("/products/find", "q", typed, "currency", "EUR"); !strings.Contains(page.Body, "Trench coat") || !strings.Contains(page.Body, `data-price="149`) {
			t.Errorf("%q finds %s", typed, page.Body)
		}
	}
	if page := k.post("/products/find", "q", "tren", "currency", "USD"); !strings.Contains(page.Body, `data-price=""`) || !strings.Contains(page.Body, "EUR") {
		t.Errorf("a price of another currency is brought along: %s", page.Body)
	}
	page := k.post("/products/"+p.ID, "name", "Trench coat", "currency", "EUR", "price", "160", "version", "1")
	if got := k.find("Trench coat"); page.Status != http.StatusSeeOther || got.Price != 16000 || got.Code != "" {
		t.Fatalf("%d, %+v", page.Status, got)
	}
	if page := k.post("/products/"+p.ID, "name", "Raincoat", "currency", "EUR", "price", "1", "version", "1"); page.Status != http.StatusConflict ||
		!strings.Contains(page.Body, "Raincoat") || !strings.Contains(page.Body, "160") {
		t.Errorf("an old version is saved, or what was typed is lost: %d", page.Status)
	}
	k.post("/products/"+p.ID, "name", "Trench coat", "currency", "EUR", "price", "161", "version", "2")
	toast := k.c.Get("/products").Body
	at := strings.Index(toast, `action="/undo/`)
	if at < 0 {
		t.Fatal("no undo is offered")
	}
	undo := toast[at+len(`action="`):]
	k.post(undo[:strings.IndexByte(undo, '"')])
	if got := k.find("Trench coat"); got.Price != 16000 {
		t.Errorf("taken back: %+v", got)
	}
}

func TestWhatIsTypedBadlyIsSaidAndKept(t *testing.T) {
	k := newKit(t)
	k.made("Hat", "code", "H1")
	for field, typed := range map[string]string{"name": " ", "price": "-5", "tax": "120", "currency": "XXQ", "code": "h1"} {
		form := map[string]string{"name": "Scarf", "price": "1", "tax": "", "currency": "EUR", "code": "S1"}
		form[field] = typed
		v := url.Values{"key": {ids.New()}}
		for name, value := range form {
			v.Set(name, value)
		}
		page := k.c.PostForm("/products", v)
		if page.Status != http.StatusUnprocessableEntity || !strings.Contains(page.Body, `id="`+field+`-problem"`) || field != "name" && !strings.Contains(page.Body, `value="Scarf"`) {
			t.Errorf("%s %q: %d", field, typed, page.Status)
		}
	}
	for currency, c := range map[string]struct {
		typed string
		want  int64
	}{"KWD": {"1.250", 1250}, "JPY": {"1500", 1500}} {
		if got := k.made("In "+currency, "currency", currency, "price", c.typed); got.Price != c.want {
			t.Errorf("%s %s is %d", currency, c.typed, got.Price)
		}
	}
	if page := k.post("/products", "name", "Big", "currency", "EUR", "price", "99999999999999999", "key", ids.New()); page.Status != http.StatusUnprocessableEntity {
		t.Errorf("a price beyond everything: %d", page.Status)
	}
}

func TestADisabledProductIsOfferedNoMore(t *testing.T) {
	k := newKit(t)
	p := k.made("Glove", "code", "G")
	k.post("/products/" + p.ID + "/disabling")
	if page := k.post("/products/find", "q", "glo"); strings.Contains(page.Body, "Glove") {
		t.Error("it is offered still")
	}
	if strings.Contains(k.c.Get("/products").Body, ">Glove<") || !strings.Contains(k.c.Get("/products?show=disabled").Body, "Glove") {
		t.Error("it stands in the wrong list")
	}
	k.made("Mitten", "code", "g")
	if page := k.post("/products/" + p.ID + "/enabling"); page.Status != http.StatusConflict || !strings.Contains(page.Body, "Another product has its code now") {
		t.Errorf("two have a code: %d", page.Status)
	}
	k.post("/products/"+k.find("Mitten").ID, "name", "Mitten", "currency", "EUR", "version", "1")
	if page := k.post("/products/" + p.ID + "/enabling"); page.Status != http.StatusSeeOther || k.find("Glove").DisabledAt != 0 {
		t.Errorf("offered again: %d", page.Status)
	}
}

func TestAFormThatComesTwiceMakesOneProduct(t *testing.T) {
	k := newKit(t)
	key := ids.New()
	var undos []bool
	for range 2 {
		if page := k.post("/products", "name", "Shoe", "currency", "EUR", "key", key); page.Status != http.StatusSeeOther {
			t.Fatal(page.Status)
		}
		undos = append(undos, strings.Contains(k.c.Get("/products").Body, "/undo/"))
	}
	if !undos[0] || undos[1] {
		t.Errorf("what is taken back is offered: %v, though the second form made nothing", undos)
	}
	if all, err := k.Store().Products(t.Context(), "shoe", 10); err != nil || len(all) != 1 {
		t.Errorf("%d (%v)", len(all), err)
	}
}

func TestWhoSeesDealsSeesProductsAndWhoMayNotDoesNotChangeThem(t *testing.T) {
	k := newKit(t)
	p := k.made("Boot", "price", "77.70")
	agent, _ := k.SignedInAs(access.RoleAgent, apptest.Colleague{})
	if page := agent.Get("/products"); page.Status != http.StatusOK || !strings.Contains(page.Body, "77.70") || strings.Contains(page.Body, "/products/new") {
		t.Errorf("an agent's list: %d", page.Status)
	}
	for _, path := range []string{"/products/new", "/products/" + p.ID} {
		if page := agent.Get(path); page.Status != http.StatusForbidden {
			t.Errorf("%s: %d", path, page.Status)
		}
	}
}

func TestTheListGoesOnPageByPage(t *testing.T) {
	k := newKit(t)
	for i := range 53 {
		k.made(fmt.Sprintf("Thing %02d", i))
	}
	first := k.c.Get("/products").Body
	at := strings.Index(first, `href="/products?after=`)
	if at < 0 || strings.Contains(first, "Thing 50") {
		t.Fatal("one page holds all, or leads nowhere")
	}
	next := first[at+len(`href="`):]
	if second := k.c.Get(next[:strings.IndexByte(next, '"')]).Body; !strings.Contains(second, "Thing 50") || !strings.Contains(second, "Thing 52") || strings.Contains(second, "Thing 49") {
		t.Error("the second page is another one")
	}
}
