package privacy

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"html"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"

	"stead/app/errs"
	"stead/app/vault"
	"stead/store"
)

// unzip returns the files of a package.
func unzip(t *testing.T, text []byte) map[string]string {
	t.Helper()
	archive, err := zip.NewReader(bytes.NewReader(text), int64(len(text)))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, entry := range archive.File {
		f, err := entry.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(f)
		if err := errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
		out[entry.Name] = string(content)
	}
	return out
}

func TestPackageHoldsEverythingAndIsNoted(t *testing.T) {
	h := newHouse(t)
	h.plant("c1", theirName, theirNumber, theirEmail)
	h.plant("c2", "Anna Nowak", "+15550188999", "anna@example.org")
	held, err := h.st.Holdings(t.Context(), "c1")
	if err != nil {
		t.Fatal(err)
	}
	p, err := h.svc.Package(t.Context(), owner, "c1")
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := p.Write(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	files := unzip(t, b.Bytes())

	type table struct {
		Table, Purpose, Kept string
		Rows                 []map[string]string
	}
	var data struct {
		Person     Found
		Held       []table
		Recipients []map[string]any
		Withheld   []map[string]string
	}
	if err := json.Unmarshal([]byte(files["person.json"]), &data); err != nil {
		t.Fatal(err)
	}
	values := map[[3]string]bool{}
	for _, table := range data.Held {
		if table.Purpose == "" || table.Kept == "" {
			t.Errorf("%s has purpose %q and is kept %q", table.Table, table.Purpose, table.Kept)
		}
		for _, row := range table.Rows {
			for column, value := range row {
				values[[3]string{table.Table, column, value}] = true
			}
		}
	}
	personal := 0
	for _, one := range held {
		if one.Withheld != "" {
			continue
		}
		if !values[[3]string{one.Table, one.Column, valueOf(one.Column, one.Value)}] {
			t.Errorf("%s.%s is not in person.json", one.Table, one.Column)
		}
		if one.Category == store.Content || one.Category == store.EmailAddress {
			personal++
			if !strings.Contains(files["person.html"], html.EscapeString(one.Value)) && !isInner(one.Column) {
				t.Errorf("%s.%s is not in person.html", one.Table, one.Column)
			}
		}
	}
	if personal < 6 || data.Person.Name != theirName || len(data.Recipients) == 0 || len(data.Withheld) == 0 {
		t.Errorf("%d personal texts, person %+v, recipients %v, withheld %v", personal, data.Person, data.Recipients, data.Withheld)
	}
	for _, other := range []string{"Nowak", "5550188999", "anna@"} {
		if strings.Contains(files["person.json"]+files["person.html"], other) {
			t.Errorf("the package holds %q of somebody else", other)
		}
	}
	wantSums(t, files)
	if strings.Contains(p.Name(), "Wilhelmina") {
		t.Errorf("the file is called %s", p.Name())
	}

	list, err := h.st.DisclosuresOf(t.Context(), "c1", 10)
	if err != nil || len(list) != 2 || list[0].Purpose != "access" && list[1].Purpose != "access" {
		t.Errorf("disclosures = %+v, %v; want one of the package", list, err)
	}
	for _, d := range list {
		if d.Purpose == "access" && (d.Result != "made" || d.Bytes != int64(b.Len())) {
			t.Errorf("disclosure = %+v, want %d bytes", d, b.Len())
		}
	}
	rows, err := h.st.AuditOf(t.Context(), "c1")
	if err != nil || rows[len(rows)-1].Action != EventExported {
		t.Errorf("audit = %+v, %v", rows, err)
	}
}

// wantSums checks the manifest.
func wantSums(t *testing.T, files map[string]string) {
	t.Helper()
	var manifest struct {
		Files []struct{ Name, SHA256 string }
	}
	if err := json.Unmarshal([]byte(files["manifest.json"]), &manifest); err != nil {
		t.Fatal(err)
	}
	if len(manifest.Files) != len(files)-1 {
		t.Errorf("the manifest names %d of %d files", len(manifest.Files), len(files)-1)
	}
	for _, f := range manifest.Files {
		if sum := sha256.Sum256([]byte(files[f.Name])); hex.EncodeToString(sum[:]) != f.SHA256 {
			t.Errorf("the sum of %s does not fit", f.Name)
		}
	}
}

func TestPackageRefuses(t *testing.T) {
	h := newHouse(t)
	h.plant("c1", theirName, theirNumber, theirEmail)
	_, err := h.svc.Package(t.Context(), onlooker, "c1")
	wantKind(t, err, errs.Denied)
	_, err = h.svc.Package(t.Context(), owner, "c9")
	wantKind(t, err, errs.NotFound)
	p, err := h.svc.Package(t.Context(), owner, "c1")
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Write(t.Context(), brokenPipe{}); err == nil {
		t.Error("a package that nobody received counts as sent")
	}
	list, err := h.st.DisclosuresOf(t.Context(), "c1", 10)
	if err != nil || len(list) != 2 || list[0].Result != "interrupted" && list[1].Result != "interrupted" {
		t.Errorf("disclosures = %+v, %v", list, err)
	}
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

// lying are files as they were put, by id; one that is not there is missing.
type lying map[string]string

func (l lying) Open(_ context.Context, f store.File) (io.ReadCloser, error) {
	text, ok := l[f.ID]
	if !ok {
		return nil, &errs.Error{Kind: errs.NotFound, Code: "file_missing"}
	}
	return io.NopCloser(strings.NewReader(text)), nil
}

// What is attached to a person leaves with the rest, what waits in the bin too;
// a file that is gone from the disk is named.
func TestThePackageHoldsTheirFiles(t *testing.T) {
	h := newHouse(t)
	h.plant("c1", theirName, theirNumber, theirEmail)
	h.plant("c2", "Anna Nowak", "+15550188999", "anna@example.org")
	h.svc.Blobs = lying{"f1": "12 windows", "f2": "a letter", "f4": "not theirs"}
	h.tx(func(ctx context.Context, tx *store.Tx) error {
		file := func(id, contact, name string, deleted int64) error {
			return tx.InsertFile(ctx, store.File{
				ID: id, Purpose: store.FileAttachment, ContactID: contact, Name: name, ContentType: "text/plain", SealedKey: []byte("k"), CreatedAt: 1, DeletedAt: deleted,
			})
		}
		return errors.Join(file("f1", "c1", "offer.txt", 0), file("f2", "c1", "offer.txt", 5), file("f3", "c1", "lost.txt", 0), file("f4", "c2", "other.txt", 0))
	})
	p, err := h.svc.Package(t.Context(), owner, "c1")
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := p.Write(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	files := unzip(t, b.Bytes())
	if files["files/1-offer.txt"] != "12 windows" || files["files/2-offer.txt"] != "a letter" || strings.Contains(files["manifest.json"], "other.txt") || len(files) != 6 {
		t.Errorf("the package holds %q", slices.Sorted(maps.Keys(files)))
	}
	if !strings.Contains(files["manifest.json"], `"files/3-lost.txt"`) {
		t.Errorf("nothing says that a file is missing: %s", files["manifest.json"])
	}
	wantSums(t, files)
	h.v.Lock()
	if _, err := h.svc.Package(t.Context(), owner, "c1"); !errors.Is(err, vault.ErrLocked) {
		t.Errorf("with a locked vault: %v", err)
	}
	h.svc.Blobs = nil
}
