package backup

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"stead/app/blob"
	"stead/app/errs"
	"stead/store"
)

func (h *house) blobs() *blob.Files {
	return blob.New(blob.Deps{Store: h.st, Vault: h.v, Dir: h.dir, Now: h.clock, Log: slog.New(slog.DiscardHandler)})
}

func (h *house) attach(id, contactID, text string) {
	h.t.Helper()
	f, err := h.blobs().Put(context.Background(), strings.NewReader(text), store.File{ID: id, Purpose: store.FileAttachment, ContactID: contactID, Name: "offer.txt", CreatedAt: 1})
	if err != nil {
		h.t.Fatal(err)
	}
	h.tx(func(ctx context.Context, tx *store.Tx) error { return tx.InsertFile(ctx, f) })
}

// text is what stands in a file, or why it cannot be read.
func (h *house) text(id string) string {
	h.t.Helper()
	f, err := h.st.File(context.Background(), id)
	if err != nil {
		return errs.CodeOf(err)
	}
	in, err := h.blobs().Open(context.Background(), f)
	if err != nil {
		return errs.CodeOf(err)
	}
	defer in.Close()
	text, err := io.ReadAll(in)
	if err != nil {
		h.t.Error(err)
	}
	return string(text)
}

// names lists what lies in the folder of the files.
func (h *house) names() string {
	entries, err := os.ReadDir(filepath.Join(h.dir, blob.Folder))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		h.t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return strings.Join(out, " ")
}

func TestFilesComeBackWithTheirRows(t *testing.T) {
	h := newHouse(t)
	h.plant("c1", "Ana", "+351912345678")
	h.plant("c2", "Bo", "+351912345679")
	h.attach("f1", "c1", "of Ana")
	h.attach("f2", "c2", "of Bo")
	h.attach("f3", "c2", "gone from the disk")
	if err := os.WriteFile(filepath.Join(h.dir, blob.Folder, "f0"), []byte("no row"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(h.dir, blob.Folder, "f3")); err != nil {
		t.Fatal(err)
	}
	b := h.create("")
	v, err := h.svc.Verify(t.Context(), owner, b.Path)
	if err != nil || v.Files != 2 || v.Missing != 1 {
		t.Fatalf("verified %d files, %d missing (%v); want 2 and 1", v.Files, v.Missing, err)
	}
	if _, err := h.privacy.Erase(t.Context(), owner, "c1"); err != nil {
		t.Fatal(err)
	}
	h.tx(func(ctx context.Context, tx *store.Tx) error { return tx.DeleteFiles(ctx, "f2") })
	h.attach("f4", "c2", "later")
	h.stop()
	if err := os.RemoveAll(filepath.Join(h.dir, blob.Folder)); err != nil { // the disk is lost as well
		t.Fatal(err)
	}
	done, err := h.restorer().Restore(t.Context(), b.Path)
	if err != nil || done.Erased != 1 {
		t.Fatalf("%+v, %v", done, err)
	}
	h.start()
	if got := h.text("f2"); got != "of Bo" {
		t.Errorf("a file that was there is %q", got)
	}
	if got := h.text("f1"); got != "not_found" {
		t.Errorf("the file of somebody who was erased is %q", got)
	}
	if _, err := h.blobs().Tidy(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	if got := h.names(); got != "f2" {
		t.Errorf("%q lies in the folder, want f2 alone", got)
	}
}

// What a restore replaces is in the safety copy, files too.
func TestTheSafetyCopyHoldsTheFiles(t *testing.T) {
	h := newHouse(t)
	h.plant("c1", "Ana", "+351912345678")
	b := h.create("")
	h.attach("f1", "c1", "later")
	h.stop()
	done, err := h.restorer().Restore(t.Context(), b.Path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = h.restorer().Restore(t.Context(), done.Safety); err != nil {
		t.Fatal(err)
	}
	h.start()
	if got := h.text("f1"); got != "later" {
		t.Errorf("the file is %q", got)
	}
}

func TestABackupWithStrangeFilesIsRefused(t *testing.T) {
	for name, tamper := range map[string]func(p *packer) error{
		"a file without a row":      func(p *packer) error { return p.addText("files/f9", []byte("x")) },
		"a name that leads outside": func(p *packer) error { return p.addText("files/../../evil", []byte("x")) },
		"a folder in the name":      func(p *packer) error { return p.addText("files/a/b", []byte("x")) },
		"a hidden name":             func(p *packer) error { return p.addText("files/.x", []byte("x")) },
		"an absolute name":          func(p *packer) error { return p.addText("/tmp/evil", []byte("x")) },
		"a file twice": func(p *packer) error {
			return errors.Join(p.addText("files/f1", []byte("x")), p.addText("files/f1", []byte("x")))
		},
		"a link": func(p *packer) error {
			return p.tar.WriteHeader(&tar.Header{Name: "files/f1", Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"})
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			var sealed bytes.Buffer
			w, err := h.v.EncryptTo(&sealed)
			if err != nil {
				t.Fatal(err)
			}
			err = h.st.Snapshot(t.Context(), func(snap *store.Snapshot) error {
				entries, text, err := h.svc.ledger(t.Context())
				if err != nil {
					return err
				}
				counts, err := snap.Counts(t.Context())
				if err != nil {
					return err
				}
				p := &packer{tar: tar.NewWriter(w), at: h.clock()}
				err = p.add(databaseName, snap.Size(), func(w io.Writer) error { _, err := snap.WriteTo(w); return err })
				return errors.Join(err, p.addText(store.LedgerFile, text), tamper(p), p.finish(Manifest{Ledger: entries, Counts: counts}), w.Close())
			})
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(h.dir, "backups", nameOf(h.clock()))
			if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, sealed.Bytes(), 0o600)); err != nil {
				t.Fatal(err)
			}
			if _, err := h.svc.Verify(t.Context(), owner, path); errs.CodeOf(err) != "not_a_backup" {
				t.Errorf("it is taken: %v", err)
			}
		})
	}
}
