package blob_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"stead/app/blob"
	"stead/app/errs"
	"stead/app/ids"
	"stead/app/vault"
	"stead/store"
	"stead/store/storetest"
)

type house struct {
	*blob.Files
	st  *store.Store
	dir string
	now time.Time
}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{st: storetest.New(t), dir: t.TempDir(), now: time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)}
	clock := func() time.Time { return h.now }
	v, err := vault.Open(t.Context(), h.st, filepath.Join(t.TempDir(), "key"), clock)
	must(t, err)
	must(t, v.Create(t.Context()))
	t.Cleanup(func() { must(t, v.Close(context.Background())) })
	h.Files = blob.New(blob.Deps{Store: h.st, Vault: v, Dir: h.dir, Now: clock, Log: slog.New(slog.DiscardHandler)})
	return h
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// keep puts a file and inserts its row.
func (h *house) keep(t *testing.T, text string) store.File {
	t.Helper()
	f, err := h.Put(t.Context(), strings.NewReader(text), store.File{ID: ids.New(), Purpose: store.FileExport, Name: "a.csv", CreatedAt: h.now.UnixMilli()})
	must(t, err)
	must(t, h.st.InTx(t.Context(), func(tx *store.Tx) error { return tx.InsertFile(t.Context(), f) }))
	return f
}

func (h *house) path(f store.File) string { return filepath.Join(h.dir, blob.Folder, f.ID) }

func (h *house) read(f store.File) (string, error) {
	in, err := h.Open(context.Background(), f)
	if err != nil {
		return "", err
	}
	defer in.Close()
	text, err := io.ReadAll(in)
	return string(text), err
}

func TestAFileComesBackAndLiesEncrypted(t *testing.T) {
	h := newHouse(t)
	text := strings.Repeat("Ana Abrantes, +351912345678\n", 10_000)
	f := h.keep(t, text)
	row, err := h.st.File(t.Context(), f.ID)
	must(t, err)
	if got, err := h.read(row); err != nil || got != text || row.Size != int64(len(text)) {
		t.Fatalf("%d bytes (%v), the row says %d; want %d", len(got), err, row.Size, len(text))
	}
	lies, err := os.ReadFile(h.path(f))
	must(t, err)
	if bytes.Contains(lies, []byte("Abrantes")) || bytes.Contains(row.SealedKey, []byte("AGE-SECRET")) {
		t.Error("the file or its key can be read on the disk")
	}
	info, err := os.Stat(h.path(f))
	must(t, err)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	if same := h.keep(t, text); same.SHA256 != row.SHA256 || bytes.Equal(same.SealedKey, row.SealedKey) {
		t.Error("equal contents have different hashes, or one key")
	}
}

// Half a file is never taken for a whole one.
func TestWhatWasChangedOnTheDiskIsNotServed(t *testing.T) {
	text := strings.Repeat("x", 200_000)
	for name, harm := range map[string]func(t *testing.T, h *house, f *store.File){
		"cut at a chunk": func(t *testing.T, h *house, f *store.File) { must(t, os.Truncate(h.path(*f), 64<<10)) },
		"cut by a byte": func(t *testing.T, h *house, f *store.File) {
			info, err := os.Stat(h.path(*f))
			must(t, err)
			must(t, os.Truncate(h.path(*f), info.Size()-1))
		},
		"cut to nothing": func(t *testing.T, h *house, f *store.File) { must(t, os.Truncate(h.path(*f), 0)) },
		"a bit flipped": func(t *testing.T, h *house, f *store.File) {
			lies, err := os.ReadFile(h.path(*f))
			must(t, err)
			lies[len(lies)-100] ^= 1
			must(t, os.WriteFile(h.path(*f), lies, 0o600))
		},
		"another in its place": func(t *testing.T, h *house, f *store.File) {
			must(t, os.Rename(h.path(h.keep(t, text)), h.path(*f)))
		},
		"a row that says more":    func(_ *testing.T, _ *house, f *store.File) { f.Size++ },
		"a row that says less":    func(_ *testing.T, _ *house, f *store.File) { f.Size-- },
		"the key of another file": func(t *testing.T, h *house, f *store.File) { f.SealedKey = h.keep(t, text).SealedKey },
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			f := h.keep(t, text)
			harm(t, h, &f)
			if _, err := h.read(f); !errors.Is(err, blob.ErrDamaged) {
				t.Errorf("it is read: %v", err)
			}
		})
	}
	h := newHouse(t)
	f := h.keep(t, text)
	must(t, os.Remove(h.path(f)))
	if _, err := h.read(f); errs.CodeOf(err) != "file_missing" {
		t.Errorf("a file that is gone: %v", err)
	}
}

func TestNothingStaysOfAPutThatFails(t *testing.T) {
	h := newHouse(t)
	broken := errors.New("the line broke")
	for name, put := range map[string]struct {
		in   io.Reader
		f    store.File
		code string
	}{
		"the sender goes away":  {io.MultiReader(strings.NewReader(strings.Repeat("x", 100_000)), failing{broken}), store.File{ID: "a"}, "fault"},
		"too large":             {io.LimitReader(zeros{}, blob.MaxAttachment+1), store.File{ID: "a", Purpose: store.FileAttachment}, "file_too_large"},
		"a program":             {strings.NewReader("MZ\x90\x00"), store.File{ID: "a", Purpose: store.FileAttachment, Name: "photo.jpg"}, "file_refused"},
		"a script by its name":  {strings.NewReader("WScript"), store.File{ID: "a", Purpose: store.FileAttachment, Name: "invoice.pdf.vbs. "}, "file_refused"},
		"an id that is a path":  {strings.NewReader("x"), store.File{ID: "../a"}, "not_found"},
		"an id that is no name": {strings.NewReader("x"), store.File{ID: ".."}, "not_found"},
	} {
		if _, err := h.Put(t.Context(), put.in, put.f); errs.CodeOf(err) != put.code {
			t.Errorf("%s: %v, want %s", name, err, put.code)
		}
	}
	entries, err := os.ReadDir(filepath.Join(h.dir, blob.Folder))
	must(t, err)
	if len(entries) > 0 {
		t.Errorf("%v is left", entries)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

func TestAFileGoesWithItsRow(t *testing.T) {
	h := newHouse(t)
	f, other := h.keep(t, "one"), h.keep(t, "two")
	broken := errors.New("no")
	err := h.st.InTx(t.Context(), func(tx *store.Tx) error {
		return errors.Join(tx.DeleteFiles(t.Context(), f.ID), broken)
	})
	if got, readErr := h.read(f); !errors.Is(err, broken) || got != "one" {
		t.Errorf("rolled back, and the file is %q (%v)", got, readErr)
	}
	must(t, h.st.InTx(t.Context(), func(tx *store.Tx) error { return tx.DeleteFiles(t.Context(), f.ID) }))
	if _, err := os.Stat(h.path(f)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the file is still there (%v)", err)
	}
	if got, err := h.read(other); got != "two" {
		t.Errorf("another is %q (%v)", got, err)
	}
}

func TestTidyLooksBothWays(t *testing.T) {
	h := newHouse(t)
	kept, lost := h.keep(t, "kept"), h.keep(t, "lost")
	must(t, os.Remove(h.path(lost)))
	young, err := h.Put(t.Context(), strings.NewReader("young"), store.File{ID: ids.New(), Purpose: store.FileImport})
	must(t, err)
	must(t, os.WriteFile(filepath.Join(h.dir, blob.Folder, ".half"), nil, 0o600))
	must(t, os.Chtimes(filepath.Join(h.dir, blob.Folder, ".half"), h.now, h.now.Add(-25*time.Hour)))
	if got, err := h.Tidy(t.Context(), false); err != nil || got != (blob.Tidied{Removed: 1, Missing: 1}) {
		t.Errorf("beside writers: %+v, %v", got, err)
	}
	if got, err := h.read(young); got != "young" {
		t.Errorf("a file on its way is %q (%v)", got, err)
	}
	if got, err := h.Tidy(t.Context(), true); err != nil || got != (blob.Tidied{Removed: 1, Missing: 1}) {
		t.Errorf("at a start: %+v, %v", got, err)
	}
	if got, err := h.read(kept); got != "kept" {
		t.Errorf("a file with its row is %q (%v)", got, err)
	}
}
