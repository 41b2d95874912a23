package exports

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"testing"

	"stead/app/errs"
	"stead/store"
)

func TestAnArchiveReadInIsTheSameArchive(t *testing.T) {
	a, b := newKit(t), newKit(t)
	a.populate()
	first := a.everything()
	if again := a.everything(); !bytes.Equal(first, again) {
		t.Error("two archives of one moment differ")
	}
	op, err := b.read(first)
	if err != nil || op.State != store.OperationDone {
		t.Fatalf("read: %+v, %v", op, err)
	}
	second := b.everything()
	if sha256.Sum256(first) != sha256.Sum256(second) {
		differ(t, first, second)
	}
	b.wantAlive(t)
	var files []string
	k, err := b.st.FileIDs(t.Context(), "", 100)
	files = append(files, k...)
	if err != nil || !slices.Equal(files, []string{"file1", "file2"}) {
		t.Errorf("files: %v (%v), want the two and no upload", files, err)
	}
}

// wantAlive asks the instance that read the archive what its people would ask.
func (k *kit) wantAlive(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	for query, want := range map[string]int{"abrantes": 1, "912345678": 1, "bin": 0} {
		if found, err := k.st.Search(ctx, store.Everything, "contact", query, store.Page{}); err != nil || len(found) != want {
			t.Errorf("%q finds %d (%v), want %d", query, len(found), err, want)
		}
	}
	hash, err := k.v.TryHash("sms", "+351912345678")
	k.must(err)
	if out, err := k.st.Suppressed(ctx, "sms", hash); err != nil || !out {
		t.Errorf("opted out: %v, %v", out, err)
	}
	m, err := k.st.Message(ctx, "m1")
	if err != nil || m.State != store.MessageFailed {
		t.Errorf("a text that waited is %q (%v): it may never be sent from two places", m.State, err)
	}
	f, err := k.st.File(ctx, "file1")
	k.must(err)
	in, err := k.Blobs.Open(ctx, f)
	k.must(err)
	defer in.Close()
	if text, err := io.ReadAll(in); err != nil || string(text) != "%PDF-1.7 offer" {
		t.Errorf("the file holds %q (%v)", text, err)
	}
	u, err := k.st.User(ctx, "u1")
	if err != nil || u.Name != "Olga Owner" || u.RemovedAt == 0 || u.Email != "" {
		t.Errorf("the colleague: %+v (%v)", u, err)
	}
}

// differ tells where two archives differ.
func differ(t *testing.T, a, b []byte) {
	t.Helper()
	left, right := contents(t, a), contents(t, b)
	for name, text := range left {
		if text != right[name] && name != manifestName {
			t.Errorf("%s:\n%s\n--- and then\n%s", name, text, right[name])
		}
	}
	t.Errorf("the archives differ: %d and %d bytes", len(a), len(b))
}

func contents(t *testing.T, archive []byte) map[string]string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, f := range z.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		in.Close()
		out[f.Name] = string(text)
	}
	return out
}

// Credentials and what is this instance's alone do not leave.
func TestAnArchiveHoldsNoSecret(t *testing.T) {
	a := newKit(t)
	a.populate()
	all := ""
	for name, text := range contents(t, a.everything()) {
		all += name + "\n" + text
	}
	for _, secret := range []string{"olga@x.example", "sealed_key", "AGE-SECRET", "key-of-a-form", "password_hash\":"} {
		if strings.Contains(all, secret) {
			t.Errorf("%q is in the archive", secret)
		}
	}
}

// After a crash, reading goes on where it stood; nothing is doubled.
func TestReadingGoesOnAfterACrash(t *testing.T) {
	a := newKit(t)
	a.populate()
	archive := a.everything()
	for stop := 1; stop < 60; stop += 7 {
		b := newKit(t)
		id, err := b.BeginRead(t.Context(), b.boss, bytes.NewReader(archive))
		b.must(err)
		op, err := b.st.Operation(t.Context(), id)
		b.must(err)
		for range stop {
			if op.Ended() {
				break
			}
			op, err = b.stepRead(t.Context(), op, b.boss)
			b.must(err)
		}
		b.taking = map[string]*reading{} // the process ends
		done, err := b.Work.Drive(t.Context(), id, func(store.Operation) {})
		if err != nil || done.State != store.OperationDone {
			t.Fatalf("after %d steps: %+v, %v", stop, done, err)
		}
		if got := b.everything(); !bytes.Equal(got, archive) {
			differ(t, archive, got)
		}
	}
}

// repack makes an archive anew, with its entries as change leaves them; sums are
// as the manifest had them unless honest.
func repack(t *testing.T, archive []byte, honest bool, change func(name, text string) []file) []byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		t.Fatal(err)
	}
	all := contents(t, archive)
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	var m manifest
	if err := json.Unmarshal([]byte(all[manifestName]), &m); err != nil {
		t.Fatal(err)
	}
	if honest {
		m.Entries = nil
	}
	put := func(f file) {
		e, err := w.CreateHeader(&zip.FileHeader{Name: f.name, Method: zip.Deflate, ExternalAttrs: f.attrs, CreatorVersion: f.creator})
		if err == nil {
			_, err = io.WriteString(e, f.text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range z.File {
		for _, entryOf := range change(f.Name, all[f.Name]) {
			if entryOf.name == manifestName {
				continue
			}
			put(entryOf)
			if honest {
				sum := sha256.Sum256([]byte(entryOf.text))
				m.Entries = append(m.Entries, entry{entryOf.name, int64(len(entryOf.text)), hex.EncodeToString(sum[:])})
			}
		}
	}
	text, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	put(file{name: manifestName, text: string(text)})
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

type file struct {
	name, text string
	attrs      uint32
	creator    uint16
}

func TestAnArchiveThatWasChangedIsRefusedAndChangesNothing(t *testing.T) {
	a := newKit(t)
	a.populate()
	whole := a.everything()
	same := func(name, text string) []file { return []file{{name: name, text: text}} }
	after := func(more file) func(string, string) []file {
		return func(name, text string) []file {
			if name == "files/file2" {
				return append(same(name, text), more)
			}
			return same(name, text)
		}
	}
	in := func(entry, old, neu string) func(string, string) []file {
		return func(name, text string) []file {
			if name == entry {
				text = strings.Replace(text, old, neu, 1)
			}
			return same(name, text)
		}
	}
	if op, err := newKit(t).read(repack(t, whole, true, same)); err != nil {
		t.Fatalf("a copy is refused: %+v, %v", op, err)
	}
	for name, archive := range map[string][]byte{
		"nothing":          {},
		"no zip":           []byte(strings.Repeat("x", 10_000)),
		"cut off":          whole[:len(whole)-100],
		"a bit flipped":    flip(t, whole, "data/contacts.jsonl"),
		"another sum":      repack(t, whole, false, in("data/contacts.jsonl", "Abrantes", "Abrantez")),
		"another size":     repack(t, whole, false, in("data/contacts.jsonl", "Abrantes", "A")),
		"a slip":           repack(t, whole, true, after(file{name: "files/../../../etc/cron.d/x", text: "x"})),
		"an absolute name": repack(t, whole, true, after(file{name: "/etc/passwd", text: "x"})),
		"a backslash":      repack(t, whole, true, after(file{name: `files\..\x`, text: "x"})),
		"a folder":         repack(t, whole, true, after(file{name: "files/", text: ""})),
		"a link":           repack(t, whole, true, after(file{name: "files/link", text: "/etc/passwd", attrs: 0o120777 << 16, creator: 3 << 8})),
		"a name twice":     repack(t, whole, true, after(file{name: "files/file1", text: "other"})),
		"an unknown table": repack(t, whole, true, after(file{name: "data/users.jsonl", text: "{}\n"})),
		"a missing table": repack(t, whole, true, func(name, text string) []file {
			return map[bool][]file{true: nil, false: same(name, text)}[name == "data/tags.jsonl"]
		}),
		"a missing file": repack(t, whole, true, func(name, text string) []file {
			return map[bool][]file{true: nil, false: same(name, text)}[name == "files/file1"]
		}),
		"a strange column":             repack(t, whole, true, in("data/tags.jsonl", `"name"`, `"name; DROP TABLE tags"`)),
		"a column more":                repack(t, whole, true, in("data/tags.jsonl", `{"id"`, `{"x":1,"id"`)),
		"a text for a number":          repack(t, whole, true, in("data/tags.jsonl", `"created_at":1700000000000`, `"created_at":"x"`)),
		"a row that is cut":            repack(t, whole, true, in("data/tags.jsonl", "}\n", "}")),
		"a row that points at nothing": repack(t, whole, true, in("data/contact_phones.jsonl", `"contact_id":"c1"`, `"contact_id":"c9"`)),
		"a file that is no attachment": repack(t, whole, true, in("data/files.jsonl", `"attachment"`, `"export"`)),
		"a bomb":                       bomb(t, whole),
	} {
		t.Run(name, func(t *testing.T) {
			b := newKit(t)
			op, err := b.read(archive)
			if errs.KindOf(err) != errs.Invalid {
				t.Fatalf("taken: %+v, %v", op, err)
			}
			contacts, err := b.st.ArchivedIDs(t.Context(), "contacts", "", 10)
			b.must(err)
			if rows := strings.Contains(name, "points at nothing") || strings.Contains(name, "file"); len(contacts) > 0 && !rows {
				t.Errorf("%v were written", contacts)
			}
		})
	}
}

// flip changes a bit amid what an entry holds.
func flip(t *testing.T, archive []byte, entry string) []byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range z.File {
		if f.Name != entry {
			continue
		}
		at, err := f.DataOffset()
		if err != nil {
			t.Fatal(err)
		}
		out := bytes.Clone(archive)
		out[at+int64(f.CompressedSize64)/2] ^= 1
		return out
	}
	t.Fatalf("no entry %s", entry)
	return nil
}

// bomb is an archive of which one entry unpacks to a gigabyte of spaces.
func bomb(t *testing.T, whole []byte) []byte {
	t.Helper()
	const size = 1 << 30
	var packed bytes.Buffer
	w, err := flate.NewWriter(&packed, flate.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	block := bytes.Repeat([]byte(" "), 1<<20)
	for range size / len(block) {
		if _, err := w.Write(block); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	all := contents(t, whole)
	var m manifest
	if err := json.Unmarshal([]byte(all[manifestName]), &m); err != nil {
		t.Fatal(err)
	}
	m.Entries = append([]entry{{readmeName, size, strings.Repeat("0", 64)}}, m.Entries[1:]...)
	raw, err := z.CreateRaw(&zip.FileHeader{Name: readmeName, Method: zip.Deflate, UncompressedSize64: size, CompressedSize64: uint64(packed.Len())})
	if err == nil {
		_, err = raw.Write(packed.Bytes())
	}
	for _, e := range m.Entries[1:] {
		w, createErr := z.Create(e.Name)
		if createErr != nil {
			t.Fatal(createErr)
		}
		_, err = io.WriteString(w, all[e.Name])
	}
	text, jsonErr := json.Marshal(m)
	w2, createErr := z.Create(manifestName)
	if err != nil || jsonErr != nil || createErr != nil {
		t.Fatal(err, jsonErr, createErr)
	}
	if _, err := w2.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestAnArchiveIsReadIntoAnEmptyInstanceAlone(t *testing.T) {
	a := newKit(t)
	a.populate()
	before := a.everything()
	if _, err := a.read(before); errs.CodeOf(err) != "not_empty" {
		t.Errorf("read over data: %v", err)
	}
	if got := a.everything(); !bytes.Equal(got, before) {
		t.Error("a refused archive changed something")
	}
	// Somebody adds a contact while the sums are made.
	b := newKit(t)
	id, err := b.BeginRead(t.Context(), b.boss, bytes.NewReader(before))
	b.must(err)
	b.tx(func(ctx context.Context, tx *store.Tx) error {
		return tx.InsertContact(ctx, store.Contact{ID: "new", Name: "New", Source: "manual"}, nil, nil)
	})
	if op, err := b.Work.Drive(t.Context(), id, func(store.Operation) {}); err != nil || op.State != store.OperationFailed || op.ErrorCode != "not_empty" {
		t.Errorf("%+v, %v", op, err)
	}
}

func TestAnArchiveIsMadeInSteps(t *testing.T) {
	a := newKit(t)
	a.populate()
	id, err := a.ExportAll(t.Context(), a.boss)
	a.must(err)
	op, err := a.Work.Drive(t.Context(), id, func(store.Operation) {})
	if err != nil || op.State != store.OperationDone {
		t.Fatalf("%+v, %v", op, err)
	}
	made, err := a.Fetch(t.Context(), a.boss, id)
	a.must(err)
	in, err := a.Blobs.Open(t.Context(), made.File)
	a.must(err)
	defer in.Close()
	got, err := io.ReadAll(in)
	a.must(err)
	if want := a.everything(); !bytes.Equal(got, want) {
		differ(t, want, got)
	}
	a.now = a.now.Add(kept)
	if _, err := a.Fetch(t.Context(), a.boss, id); errs.CodeOf(err) != "export_gone" {
		t.Errorf("after seven days: %v", err)
	}
}
