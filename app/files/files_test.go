package files_test

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"stead/app/access"
	"stead/app/apptest"
	"stead/app/ids"
	"stead/store"
)

// plant adds a contact and a company of a user.
func plant(t *testing.T, h *apptest.House, owner string) (contact, company string) {
	t.Helper()
	contact, company = ids.New(), ids.New()
	h.Change("contact.created", contact, func(tx *store.Tx) error {
		return tx.InsertContact(t.Context(), store.Contact{ID: contact, Name: "Ana Abrantes", Source: "manual", OwnerID: owner}, nil, nil)
	})
	h.Change("company.created", company, func(tx *store.Tx) error {
		_, _, err := tx.EnsureCompany(t.Context(), store.Company{ID: company, Name: "Willow", Source: "manual", OwnerID: owner})
		return err
	})
	return contact, company
}

func TestFilesOnACard(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	contact, company := plant(t, h, "")
	b := h.SignedIn()
	for _, home := range []string{"/contacts/" + contact, "/companies/" + company} {
		key := ids.New()
		for range 2 { // sent twice, it acts once
			p := b.Upload(home+"/files", map[string]string{"key": key}, apptest.File{Name: "Angebot für Ana.txt", Text: "12 windows"}, apptest.File{Name: "b.pdf", Text: "%PDF-1.7 x"})
			if p.Status != http.StatusSeeOther || !strings.HasPrefix(p.Location, home) {
				t.Fatalf("an upload is answered with %d to %q: %s", p.Status, p.Location, p.Body)
			}
		}
		page := b.Get(home + "/files").Body
		if n := strings.Count(page, "Angebot für Ana.txt</bdi>"); n != 1 || !strings.Contains(page, "PDF") {
			t.Errorf("the list has the file %d times:\n%s", n, page)
		}
		href := regexp.MustCompile(`/files/[0-9a-f-]+`).FindString(page[strings.Index(page, "Angebot")-200:])
		got := b.Get(href)
		if got.Status != http.StatusOK || got.Body != "12 windows" {
			t.Errorf("fetched: %d %q", got.Status, got.Body)
		}
		wantSaved(t, got)
		renamed := b.PostForm(href+"/name", url.Values{"name": {"Offer"}})
		if page := b.Get(home + "/files").Body; renamed.Status != http.StatusSeeOther || !strings.Contains(page, "Offer.txt</bdi>") {
			t.Errorf("renamed: %d\n%s", renamed.Status, page)
		}
		b.PostForm(href+"/delete", url.Values{})
		page = b.Get(home + "/files").Body
		if strings.Contains(page, "Offer.txt</bdi>") || b.Get(href).Status != http.StatusNotFound {
			t.Error("a deleted file is still there")
		}
	}
}

// wantSaved asks that a browser saves an answer and does nothing else with it.
func wantSaved(t *testing.T, p apptest.Page) {
	t.Helper()
	if !strings.HasPrefix(p.Header.Get("Content-Disposition"), "attachment") || p.Header.Get("X-Content-Type-Options") != "nosniff" ||
		!strings.HasPrefix(p.Header.Get("Content-Security-Policy"), "sandbox") || p.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("headers: %v", p.Header)
	}
}

func TestWhatABrowserWouldRunIsOnlyEverSaved(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	contact, _ := plant(t, h, "")
	b := h.SignedIn()
	evil := []apptest.File{
		{Name: "a.svg", Text: `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`},
		{Name: "b.html", Text: `<!doctype html><script>alert(1)</script>`},
		{Name: "photo.jpg", Text: `<html><script>alert(1)</script>`},
		{Name: "c.gif", Text: "GIF89a=1;<script>alert(1)</script>"},
		{Name: "d.xml", Text: `<?xml version="1.0"?><x:script xmlns:x="http://www.w3.org/1999/xhtml">alert(1)</x:script>`},
		{Name: "e.pdf\r\nContent-Type: text/html", Text: "%PDF-1.4"},
	}
	if p := b.Upload("/contacts/"+contact+"/files", nil, evil...); p.Status != http.StatusSeeOther {
		t.Fatalf("%d: %s", p.Status, p.Body)
	}
	files, err := h.Store().FilesOfContact(t.Context(), contact)
	if err != nil || len(files) != len(evil) {
		t.Fatalf("%d files (%v)", len(files), err)
	}
	for _, f := range files {
		p := b.Get("/files/" + f.ID)
		wantSaved(t, p)
		if kind := p.Header.Get("Content-Type"); strings.Contains(kind, "html") || strings.Contains(kind, "svg") || strings.Contains(kind, "xml") {
			t.Errorf("%s is sent as %s", f.Name, kind)
		}
	}
}

func TestWhatIsRefusedSaysWhyAndLeavesNothing(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	contact, _ := plant(t, h, "")
	b := h.SignedIn()
	for name, files := range map[string][]apptest.File{
		"Programs and scripts are not kept": {{Name: "good.txt", Text: "text"}, {Name: "run.exe", Text: "MZ\x90"}},
		"Choose a file first":               nil,
		"20 is the most":                    append(make([]apptest.File, 0, 21), many(21)...),
	} {
		p := b.Upload("/contacts/"+contact+"/files", nil, files...)
		if p.Status != http.StatusUnprocessableEntity || !strings.Contains(p.Body, name) {
			t.Errorf("%d, want a sentence with %q:\n%s", p.Status, name, p.Body)
		}
	}
	if files, err := h.Store().FilesOfContact(t.Context(), contact); err != nil || len(files) > 0 {
		t.Errorf("%d files are left (%v)", len(files), err)
	}
	if lies, err := os.ReadDir(filepath.Join(h.Config.Data, "files")); err != nil || len(lies) > 0 {
		t.Errorf("%v lie in the folder (%v)", lies, err)
	}
	if p := b.PostForm("/contacts/"+contact+"/files", url.Values{"file": {"x"}}); p.Status != http.StatusBadRequest {
		t.Errorf("a form without files is answered with %d", p.Status)
	}
}

func many(n int) []apptest.File {
	out := make([]apptest.File, n)
	for i := range out {
		out[i] = apptest.File{Name: "a.txt", Text: "x"}
	}
	return out
}

func TestWhoMayNotSeePersonalDataSeesNoFiles(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	contact, _ := plant(t, h, "")
	owner := h.SignedIn()
	owner.Upload("/contacts/"+contact+"/files", nil, apptest.File{Name: "secret.txt", Text: "x"})
	files, err := h.Store().FilesOfContact(t.Context(), contact)
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	role := ids.New()
	h.Change("role.created", role, func(tx *store.Tx) error {
		return tx.InsertRole(t.Context(), store.Role{ID: role, Name: "Veiled", NameKey: "veiled", Grants: access.FormatGrants(map[access.Permission]access.Reach{
			access.ContactsRead: access.All, access.ContactsWrite: access.All,
		})})
	})
	b, _ := h.SignedInAs(role, apptest.Colleague{Name: "Vera"})
	if p := b.Get("/contacts/" + contact + "/files"); p.Status != http.StatusOK || strings.Contains(p.Body, "secret") || !strings.Contains(p.Body, "Hidden") {
		t.Errorf("the list: %d %s", p.Status, p.Body)
	}
	for _, path := range []string{"/files/" + files[0].ID, "/files/" + files[0].ID + "/edit"} {
		if p := b.Get(path); p.Status != http.StatusForbidden || strings.Contains(p.Body, "secret") {
			t.Errorf("%s: %d", path, p.Status)
		}
	}
	for _, do := range []string{"/name", "/delete"} {
		if p := b.PostForm("/files/"+files[0].ID+do, url.Values{"name": {"x"}}); p.Status != http.StatusForbidden {
			t.Errorf("%s: %d", do, p.Status)
		}
	}
	if p := b.Upload("/contacts/"+contact+"/files", nil, apptest.File{Name: "a.txt", Text: "x"}); p.Status != http.StatusForbidden {
		t.Errorf("an upload: %d", p.Status)
	}
}

// A file that was harmed on the disk is never sent as if it were whole.
func TestAHarmedFileIsNotSentWhole(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	contact, _ := plant(t, h, "")
	b := h.SignedIn()
	b.Upload("/contacts/"+contact+"/files", nil, apptest.File{Name: "a.txt", Text: strings.Repeat("x", 100_000)})
	files, err := h.Store().FilesOfContact(t.Context(), contact)
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	path := filepath.Join(h.Config.Data, "files", files[0].ID)
	if err := os.Truncate(path, 70_000); err != nil {
		t.Fatal(err)
	}
	resp, err := http.NewRequestWithContext(t.Context(), http.MethodGet, h.URL+"/files/"+files[0].ID, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	resp.AddCookie(b.Cookie())
	answer, err := http.DefaultClient.Do(resp)
	if err != nil {
		return // cut before the first byte
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return
	}
	n := 0
	for buf := make([]byte, 4096); err == nil; {
		var m int
		m, err = answer.Body.Read(buf)
		n += m
	}
	if n >= 100_000 || err.Error() == "EOF" {
		t.Errorf("%d bytes and then %v", n, err)
	}
}
