package browsertest

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"stead/app/access"
	"stead/app/apptest"
	"stead/app/ids"
	"stead/store"
)

// add makes a contact as the owner does, and returns its address.
func add(t *testing.T, h *apptest.House, form url.Values) string {
	t.Helper()
	form.Set("anyway", "yes")
	a := h.SignedIn().PostForm("/contacts", form)
	if a.Status != http.StatusSeeOther {
		t.Fatalf("a contact answers %d: %s", a.Status, a.Body)
	}
	return a.Location
}

// amara is somebody whom most journeys are about.
func amara() url.Values {
	return url.Values{"name": {"Amara Okafor"}, "phone1": {"+44 20 7946 0188"}, "email1": {"amara@willow.example"}, "company1": {"Willow Lane Clinic"}}
}

func TestNearDuplicateIsOpenedOrCreatedAnyway(t *testing.T) {
	hands(t, func(t *testing.T, h *apptest.House, p hand) {
		first := add(t, h, amara())
		again := func() {
			p.visit("/contacts/new")
			p.write("#name", "Amara Okafor")
			p.write("[name=phone1]", "+44 (0)20 7946-0188")
			if p.scr.NoScripts {
				p.use("#contact-form .primary")
			}
			p.says("#matches", "Is it one of these?")
		}
		again()
		p.sound("journey-near-duplicate")
		p.use("#matches a.btn")
		p.says("main h1", "Amara Okafor")
		if p.at() != first {
			t.Errorf("it opens %s, want %s", p.at(), first)
		}
		again()
		if !p.scr.NoScripts {
			p.use("#contact-form .primary")
		}
		p.use("[name=anyway]")
		p.says("main h1", "Amara Okafor")
		if p.at() == first || !strings.HasPrefix(p.at(), "/contacts/") {
			t.Errorf("what was created stands at %s", p.at())
		}
	})
}

func TestTwoAreMergedAndTakenApart(t *testing.T) {
	hands(t, func(t *testing.T, h *apptest.House, p hand) {
		first := add(t, h, amara())
		second := add(t, h, url.Values{"name": {"Amara Okafor-Bello"}, "phone1": {"+44 20 7946 0188"}, "company1": {"Willow Lane Clinic"}})
		h.Eventually("the pair is found", func() bool {
			return strings.Contains(h.SignedIn().Get("/contacts/duplicates").Body, "Okafor-Bello")
		})
		p.visit("/contacts/duplicates")
		p.sound("journey-duplicates")
		p.use("a[href^='/contacts/merge?']")
		p.says("main h1", "Merge contacts")
		p.sound("journey-merge")
		other := "[name=pick-name]:not(:checked)"
		if p.keys { // the arrows move in a group that Tab enters once
			p.reach("[name=pick-name]:checked")
			p.press(arrowDown)
			other = ask[string](p.page, `document.activeElement.closest('label').querySelector('bdi').textContent`)
		} else {
			words := ask[string](p.page, `document.querySelector(`+quote(other)+`).closest('label').querySelector('bdi').textContent`)
			p.click(other)
			other = words
		}
		p.use("form[action='/contacts/merge'] .primary")
		p.says("main h1", other)
		if a := h.SignedIn().Get(first); a.Status == http.StatusOK && h.SignedIn().Get(second).Status == http.StatusOK {
			t.Error("after the merge both cards stand there")
		}
		p.sound("journey-merged")
		p.undo()
		p.says(".toast", "Taken back.")
		for _, card := range []string{first, second} {
			if a := h.SignedIn().Get(card); a.Status != http.StatusOK {
				t.Errorf("%s answers %d after the undo", card, a.Status)
			}
		}
	})
}

// messy is a file as people have them: names the other way round, a line of
// nothing, a quotation mark that never closes, digits that a spreadsheet ate.
const messy = "Wer;Handy;E-Mail;Firma;Seit\r\n" +
	"\"Okafor, Amara\";+44 20 7946 0188;amara@willow.example;Willow Lane Clinic;03/04/2021\r\n" +
	"Ben Ruiz;(212) 555-0171;ben@harbour.example;Harbour Roofing;\r\n" +
	";;;;\r\n" +
	"\"Chidi;call me;chidi@x.example;;\r\n" +
	"Dana Scully;2.125550188E+09;dana@bureau.example;Bureau;\r\n"

func TestMessyFileIsImportedAndTakenBack(t *testing.T) {
	file := filepath.Join(t.TempDir(), "messy.csv")
	if err := os.WriteFile(file, []byte(messy), 0o600); err != nil {
		t.Fatal(err)
	}
	hands(t, func(t *testing.T, h *apptest.House, p hand) {
		fetched := p.downloads()
		p.visit("/imports")
		p.sound("journey-import")
		p.do("choose the file", chromedp.SetUploadFiles(chromedp.CSS("#file"), []string{file}))
		p.use("form[action='/imports/upload'] .primary")
		p.follow("main h1", "Match columns")
		p.says("main", "Not imported")
		p.sound("journey-import-columns")
		p.pick("main table tr:first-child select", "name", "Full name")
		p.use("[name=go][value=on]")
		p.says("main h1", "How to import")
		p.use("main form .primary")
		p.see(".error-summary")
		p.sound("journey-import-rules")
		p.pick("#basis", "consent", "Consent")
		p.use("main form .primary")
		p.follow("main", "What will happen")
		p.sound("journey-import-dry")
		if n := strings.Count(h.SignedIn().Get("/contacts").Body, "Ben Ruiz"); n != 0 {
			t.Error("the dry run saved somebody")
		}
		p.use("form[action$='/run'] .primary")
		p.follow("main", "What happened")
		p.sound("journey-imported")
		p.use("form[action$='/rejects'] .btn")
		if text := fetched(); !strings.Contains(text, "Chidi") || strings.Contains(text, "Ben Ruiz") {
			t.Errorf("what was not imported: %q", text)
		}
		if !strings.Contains(h.SignedIn().Get("/contacts").Body, "Ben Ruiz") {
			t.Error("Ben Ruiz did not come in")
		}
		p.use("form[action$='/undo'] .btn")
		p.follow("main h1", "Import taken back")
		if strings.Contains(h.SignedIn().Get("/contacts").Body, "Ben Ruiz") {
			t.Error("Ben Ruiz is still there")
		}
	})
}

func TestFilterIsBuiltSavedAndOpenedByItsAddress(t *testing.T) {
	hands(t, func(t *testing.T, h *apptest.House, p hand) {
		add(t, h, amara())
		add(t, h, url.Values{"name": {"Ben Ruiz"}, "company1": {"Harbour Roofing"}})
		p.visit("/contacts")
		p.use("[name=add][value=field]")
		p.pick("#add-field", "company", "Company")
		if p.scr.NoScripts { // with them choosing is enough, and another request would come in between
			p.use(".filter-form form[method=get] .btn")
		}
		p.waitFor("be asked about the company", `document.querySelector('[name=field]')?.value === 'company'`)
		p.sound("journey-filter")
		p.pick("#op", "has", "contains")
		p.write("#value", "willow")
		p.use(".filter-form form[method=post] .primary")
		p.see(".chip")
		p.says("main table", "Amara Okafor")
		p.waitFor("leave the others out", `!document.querySelector('main table').textContent.includes('Ben Ruiz')`)
		if strings.Contains(p.at(), "willow") {
			t.Errorf("what was typed stands in the address %s", p.at())
		}
		p.sound("journey-filtered")
		p.use(".view-menu summary")
		p.write("#view-name", "Clinic people")
		p.use("form[action='/views/new'] .btn")
		p.says("nav.tabs [aria-current=page]", "Clinic people")
		p.sound("journey-view")
		at := p.at()
		p.visit("/")
		p.visit(at)
		p.says("nav.tabs [aria-current=page]", "Clinic people")
		p.says("main table", "Amara Okafor")
		if ask[bool](p.page, `document.querySelector('main table').textContent.includes('Ben Ruiz')`) {
			t.Error("the view shows somebody whom it leaves out")
		}
	})
}

// crowd is so many people that changing them is work of its own.
func crowd(t *testing.T, h *apptest.House, n int) {
	t.Helper()
	now := h.Clock.Now().UnixMilli()
	h.Change("contact.created", "", func(tx *store.Tx) error {
		for range n {
			c := store.Contact{ID: ids.New(), Name: "Somebody", NameKey: "somebody", Source: "manual", CreatedAt: now, UpdatedAt: now, LastActivityAt: now}
			if err := tx.InsertContact(t.Context(), c, nil, nil); err != nil {
				return err
			}
		}
		return nil
	})
}

func TestManyAreChangedAndChangedBack(t *testing.T) {
	hands(t, func(t *testing.T, h *apptest.House, p hand) {
		crowd(t, h, 205)
		p.visit("/contacts")
		p.use("tbody tr:first-child [name=id]")
		p.use(".bulkbar [name=all]")
		p.use(".bulkbar [name=do][value=tag]")
		p.see("#new")
		p.sound("journey-bulk")
		p.write("#new", "Fair in May")
		p.use("main form .primary")
		p.says("main", "205 contacts")
		p.sound("journey-bulk-count")
		p.use("main form .primary")
		p.follow("main", "Done.")
		p.says(".facts", "205")
		p.sound("journey-bulk-done")
		if n := tagged(t, h); n != 205 {
			t.Errorf("%d contacts are tagged, want 205", n)
		}
		p.use("#work-now form[action^='/undo/'] button")
		h.Eventually("all are as they were", func() bool { return tagged(t, h) == 0 })
	})
}

// tagged is how many contacts have a tag.
func tagged(t *testing.T, h *apptest.House) int {
	t.Helper()
	n := 0
	tags, err := h.Store().Tags(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for after := ""; len(tags) > 0; {
		some, err := h.Store().ContactIDsAfter(t.Context(), after, 500)
		if err != nil {
			t.Fatal(err)
		}
		if len(some) == 0 {
			break
		}
		have, err := h.Store().TagsOf(t.Context(), some)
		if err != nil {
			t.Fatal(err)
		}
		for _, of := range have {
			if len(of) > 0 {
				n++
			}
		}
		after = some[len(some)-1]
	}
	return n
}

// findInPalette opens the palette, types, and waits for what is found.
func (p *page) findInPalette(typed, finds string) {
	p.t.Helper()
	p.press("k", control)
	p.see("#palette[open]")
	p.press(typed)
	p.says("#palette-hits", finds)
}

func TestPaletteOpensARecordByKeyboard(t *testing.T) {
	needChromium(t)
	h := apptest.Start(t, apptest.Options{})
	card := add(t, h, amara())
	p := signIn(t, h, desktop)
	p.press("k", control)
	p.see("#palette[open]")
	p.press(escape)
	p.gone("#palette[open]")
	p.findInPalette("okaf", "Amara Okafor")
	p.looksRight("journey-palette")
	p.waitFor("have the first line chosen", `document.querySelector('#palette-hits [role=option]')?.getAttribute('aria-selected') === 'true'`)
	p.press(enter)
	p.says("main h1", "Amara Okafor")
	if at := ask[string](p, `location.pathname`); at != card {
		t.Errorf("it opens %s, want %s", at, card)
	}
}

func TestPaletteLeadsToAllResultsByKeyboard(t *testing.T) {
	needChromium(t)
	h := apptest.Start(t, apptest.Options{})
	crowd(t, h, 5)
	p := signIn(t, h, desktop)
	p.findInPalette("somebo", "See all results")
	p.looksRight("journey-palette-more")
	p.waitFor("say it once", `!document.querySelector('#palette-find').checkVisibility()`)
	for range 3 {
		p.press(arrowDown)
	}
	p.waitFor("have chosen the last line", `document.querySelector('#palette-all').getAttribute('aria-selected') === 'true'`)
	p.press(enter)
	p.says("main h1", "Search")
	if n := ask[int](p, `document.querySelectorAll('#found-person ~ ul > li').length`); n != 5 {
		t.Errorf("the page shows %d people, want 5", n)
	}
	if got := ask[string](p, `document.querySelector('#search-q').value + ' at ' + location.pathname + location.search`); got != "somebo at /search" {
		t.Errorf("the page of the search holds %s", got)
	}
}

// TestColleaguesAreOfferedInTheComposer names one in a note, and in no text.
func TestColleaguesAreOfferedInTheComposer(t *testing.T) {
	for _, s := range []screen{desktop, narrow} {
		t.Run(s.Name, func(t *testing.T) {
			h, p := connected(t, s)
			h.Hire(apptest.Colleague{Name: "Ines Duarte", Role: access.RoleAgent})
			h.Miss(caller)
			thread, _ := threadOf(t, h, caller)
			p.visit(thread)
			p.fill("#reply", "For @ines")
			p.waitFor("offer nobody in a text", `document.querySelector('#colleague-offers').hidden`)
			p.ask(`document.querySelector('[name=mode][value=note]').click(), true`)
			p.fill("#reply", "Ask @in")
			p.says("#colleague-offers", "Ines Duarte")
			p.see("#colleague-offers")
			p.looksRight("journey-mention")
			p.waitFor("have it in sight", `(() => { const r = document.querySelector('#colleague-offers').getBoundingClientRect(); return r.top >= 0 && r.bottom <= innerHeight && document.elementFromPoint(r.left + 20, r.top + 20)?.closest('#colleague-offers') !== null })()`)
			p.click("#colleague-offers [role=option]")
			p.press("for me")
			p.waitFor("have the name", `document.querySelector('#reply').value === 'Ask @Ines Duarte for me'`)
			p.click("#composer [type=submit]")
			p.says(".log .mention", "@Ines Duarte")
		})
	}
}

// TestPaletteShowsWhatWasTypedLast: an answer that is on its way when more is typed
// is given up; and what comes is chosen in the same moment, for Enter may follow.
func TestPaletteShowsWhatWasTypedLast(t *testing.T) {
	needChromium(t)
	h := apptest.Start(t, apptest.Options{})
	add(t, h, amara())
	crowd(t, h, 1)
	p := signIn(t, h, desktop)
	p.findInPalette("am", "Amara")
	ask[bool](p, `(window.held = [], window.real = window.fetch, window.fetch = (...a) => new Promise((ok) => held.push(() => ok(real(...a)))), true)`)
	for i, keys := range []string{backspace, backspace, "s", "o"} {
		p.press(keys)
		p.waitFor("ask once more", fmt.Sprintf(`held.length === %d`, i+1))
	}
	ask[bool](p, `(window.first = null, window.port = new MessageChannel(),
		port.port1.onmessage = () => first ??= document.querySelector('#palette-hits [role=option]')?.getAttribute('aria-selected'),
		new MutationObserver(() => port.port2.postMessage('')).observe(document.querySelector('#palette-hits'), { childList: true }), // what a key could do next
		held.forEach((go) => go()), true)`)
	p.says("#palette-hits", "Somebody")
	p.waitFor("know what stood there first", `first !== null`)
	if first := ask[string](p, `first`); first != "true" {
		t.Error("what was found stood there, and was not chosen")
	}
	if hits := ask[string](p, `document.querySelector('#palette-hits').textContent`); strings.Contains(hits, "Amara") {
		t.Errorf("the palette shows what an older question found: %s", hits)
	}
}
