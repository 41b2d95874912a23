package backup

import (
	"archive/tar"
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"stead/app/errs"
	"stead/app/vault"
	"stead/store"
)

// archive is a whole archive of two small files.
func archive(t testing.TB, name string) []byte {
	t.Helper()
	var b bytes.Buffer
	p := &packer{tar: tar.NewWriter(&b), at: time.UnixMilli(0)}
	if err := errors.Join(p.addText(name, []byte("database")), p.addText(store.LedgerFile, nil), p.finish(Manifest{})); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// sealed is an archive whose first file has another name, encrypted.
func sealed(t *testing.T, keyFile, name string) []byte {
	t.Helper()
	key, err := vault.ReadKey(keyFile)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w, err := key.Encrypt(&b)
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.Write(archive(t, name))
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestUnpackTakesNothingButAWholeArchive(t *testing.T) {
	whole := archive(t, databaseName)
	if m, err := unpack(bytes.NewReader(whole), t.TempDir()); err != nil || len(m.Files) != 2 {
		t.Fatalf("%+v, %v", m, err)
	}
	for n := 0; n < len(whole)-1024-512; n += 97 { // behind the manifest a tar has zeros only
		if m, err := unpack(bytes.NewReader(whole[:n]), t.TempDir()); errs.KindOf(err) != errs.Invalid {
			t.Errorf("the first %d bytes were taken as %+v, %v", n, m, err)
		}
	}
	changed := bytes.Replace(whole, []byte("database"), []byte("databass"), 2)
	if _, err := unpack(bytes.NewReader(changed), t.TempDir()); errs.KindOf(err) != errs.Invalid {
		t.Errorf("a changed file was taken: %v", err)
	}
}

func FuzzUnpack(f *testing.F) {
	f.Add(archive(f, databaseName))
	f.Add(archive(f, "../x"))
	f.Fuzz(func(t *testing.T, text []byte) {
		outer := t.TempDir()
		dir := filepath.Join(outer, "in")
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		_, _ = unpack(bytes.NewReader(text), dir)
		there, err := os.ReadDir(outer)
		if err != nil || len(there) != 1 {
			t.Errorf("files outside the folder: %v, %v", there, err)
		}
	})
}

func TestNamesTellTheirTimes(t *testing.T) {
	at := time.Date(2026, 11, 21, 20, 47, 0, 0, time.UTC)
	name := nameOf(at)
	made, until, ok := parseName(name)
	if name != "stead-20261121T204700Z-until-20261219.age" || !ok || !made.Equal(at) || until.Format(time.DateOnly) != "2026-12-19" {
		t.Errorf("%s: %v, %v, %v", name, made, until, ok)
	}
	for _, other := range []string{"", "stead.db", "stead-x-until-y.age", "stead-20261121T204700Z.age", ".stead-20261121T204700Z-until-20261219.age.123"} {
		if _, _, ok := parseName(other); ok {
			t.Errorf("%q was taken for a backup", other)
		}
	}
}
