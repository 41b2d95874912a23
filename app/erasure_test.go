package app_test

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"stead/app/access"
	"stead/app/apptest"
	"stead/app/custom"
	"stead/app/imports"
	"stead/store"
)

const (
	goneName   = "Wilhelmina Featherstonehaugh"
	goneNumber = "+1 503 555 0142"
	goneMail   = "wilhelmina@featherstonehaugh.example"
)

// traces are words that nobody else in the house has.
var goneTraces = []string{"featherstonehaugh", "5035550142", "2410555305", "quillmark", "zephyrlane", "oboeweather", "harpsichordfile", "velvetnote", "plumtask", "cobaltfield"}

// sends posts a form that must be answered as if a browser were sent on.
func sends(t *testing.T, c *apptest.Client, path string, form url.Values) apptest.Page {
	t.Helper()
	p := c.PostForm(path, form)
	if p.Status != http.StatusSeeOther {
		t.Fatalf("POST %s answers %d:\n%s", path, p.Status, p.Body)
	}
	return p
}

// linger gives a person something in every corner that the address book has.
func linger(t *testing.T, h *apptest.House, c *apptest.Client) (id string) {
	t.Helper()
	sends(t, c, "/settings/fields", url.Values{"record": {"contact"}, "name": {"Shoe"}, "kind": {"text"}, "personal": {"on"}})
	fields, err := h.Store().Fields(t.Context(), "contact")
	if err != nil || len(fields) != 1 {
		t.Fatal(fields, err)
	}
	text := "Name,Phone,Email\n" + goneName + "," + goneNumber + "," + goneMail + "\n" + "Quillmark Other,,no mail of Wilhelmina Featherstonehaugh\n"
	batch, err := h.App.Imports.Do(t.Context(), access.Operator(), imports.Job{Name: goneName + ".csv", File: strings.NewReader(text), Country: "US", Basis: "contract: orders", Mode: "add", MatchBy: "both"}, nil)
	if err != nil || batch.Created != 1 || batch.Rejected != 1 {
		t.Fatalf("%+v, %v", batch, err)
	}
	person, _, err := h.Store().ContactByPhone(t.Context(), "+15035550142")
	if err != nil {
		t.Fatal(err)
	}
	id = person.ID
	card := "/contacts/" + id
	saved := c.Get(card + "/edit")
	sends(t, c, card, url.Values{
		"name": {goneName}, "phone1": {goneNumber}, "email1": {goneMail}, "about": {"quillmark about"}, "address1": {"12 Zephyrlane"}, "address1city": {"Salem"},
		"company1": {"Salem Estate"}, "company1role": {"oboeweather maker"}, "version": {versionOn(t, saved.Body)}, custom.InputName(fields[0]): {"cobaltfield 42"},
	})
	sends(t, c, card+"/tags", url.Values{"add": {"ivorytag"}})
	sends(t, c, card+"/notes", url.Values{"body": {"velvetnote of the house"}})
	sends(t, c, "/tasks", url.Values{"title": {"plumtask for " + goneName}, "date": {"2026-12-01"}, "contact": {id}})
	if p := c.Upload(card+"/files", nil, apptest.File{Name: "harpsichordfile " + goneName + ".txt", Text: "harpsichordfile inside"}); p.Status != http.StatusSeeOther {
		t.Fatalf("a file: %d", p.Status)
	}
	asked := sends(t, c, "/views", url.Values{"do": {"add"}, "field": {"name"}, "op": {store.OpBegins}, "value": {goneName}})
	sends(t, c, "/views/new", url.Values{"do": {"save"}, "view": {viewOf(asked.Location)}, "name": {"All of " + goneName}, "sort": {"name"}})
	made := sends(t, c, "/settings/archive", url.Values{}).Location
	h.Eventually("everything was exported", func() bool { return strings.Contains(c.Get(made).Body, "/file") })
	join(t, h, c, id)
	return id
}

// join merges somebody else into the person, and keeps a third apart.
func join(t *testing.T, h *apptest.House, c *apptest.Client, id string) {
	t.Helper()
	made := sends(t, c, "/contacts", url.Values{"name": {goneName}, "phone1": {"+1 503 555 0143"}, "anyway": {"yes"}})
	twin := strings.TrimPrefix(made.Location, "/contacts/")
	apart := strings.TrimPrefix(sends(t, c, "/contacts", url.Values{"name": {"Somebody Else"}, "phone1": {"+1 503 555 0144"}}).Location, "/contacts/")
	cards, err := h.Store().Cards(t.Context(), []string{id, twin})
	if err != nil || len(cards) != 2 {
		t.Fatal(cards, err)
	}
	number := func(n int64) string { return strconv.FormatInt(n, 10) }
	sends(t, c, "/contacts/merge", url.Values{"kept": {id}, "gone": {twin}, "kept-version": {number(cards[0].Version)}, "gone-version": {number(cards[1].Version)}})
	sends(t, c, "/contacts/"+id+"/separate/"+apart, url.Values{})
}

func versionOn(t *testing.T, page string) string {
	t.Helper()
	_, rest, ok := strings.Cut(page, `name="version" value="`)
	version, _, _ := strings.Cut(rest, `"`)
	if !ok {
		t.Fatalf("no version on the page:\n%s", page)
	}
	return version
}

func viewOf(location string) string {
	at, err := url.Parse(location)
	if err != nil {
		return ""
	}
	return at.Query().Get("view")
}

// inFolder counts the files of the data folder in which words of the person
// stand, told by their bytes.
func inFolder(t *testing.T, h *apptest.House) (found []string) {
	t.Helper()
	err := filepath.WalkDir(h.Config.Data, func(path string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(path)
		text := strings.ToLower(string(data) + path)
		for _, word := range goneTraces {
			if strings.Contains(text, word) {
				found = append(found, filepath.Base(path)+": "+word)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// Whatever the address book has of a person goes with them: the proof of the
// erasure says so, and so do the bytes, read apart from it.
func TestErasureReachesTheWholeAddressBook(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	c := h.SignedIn()
	id := linger(t, h, c)
	before := inFolder(t, h)
	for _, word := range goneTraces {
		if word != "harpsichordfile" && word != "2410555305" && !strings.Contains(strings.Join(before, " "), word) {
			t.Errorf("%s was planted and stands nowhere", word)
		}
	}
	receipt, err := h.App.Privacy.Erase(t.Context(), access.Operator(), id)
	if err != nil || receipt.Hits != 0 || receipt.Problem != "" {
		t.Errorf("receipt %+v, %v", receipt, err)
	}
	if left := inFolder(t, h); len(left) > 0 {
		t.Errorf("traces are left: %v", left)
	}
	for table, n := range map[string]int64{"files": 2, "undo_rows": 5, "contact_fields": 1, "contact_tags": 1, "tasks": 1, "notes": 1, "merges": 1, "duplicates": 1, "views": 1, "imports": 1, "contact_addresses": 1} {
		if receipt.Tables[table] < n {
			t.Errorf("the receipt has %d of %s, want %d or more", receipt.Tables[table], table, n)
		}
	}
	lies, err := os.ReadDir(filepath.Join(h.Config.Data, "files"))
	rows, rowsErr := h.Store().FileIDs(t.Context(), "", 100)
	if err != nil || rowsErr != nil || len(lies) != len(rows) {
		t.Errorf("%d files lie there, %d have rows (%v, %v)", len(lies), len(rows), err, rowsErr)
	}
	if p := c.Get("/contacts"); !strings.Contains(p.Body, "Somebody Else") {
		t.Error("who was kept apart is gone as well")
	}
}
