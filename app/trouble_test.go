package app_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"stead/app"
	"stead/app/apptest"
	"stead/app/provider/twilio"
	"stead/store/storetest"
)

func TestFolderThatCannotBeWrittenIsTold(t *testing.T) {
	c := newTerminal(t)
	c.env["STEAD_DATA"] = "/sys/kernel" // where not even root makes a file
	if os.Getuid() != 0 {
		c.env["STEAD_DATA"] = filepath.Join(c.dir, "data")
		must(t, os.Mkdir(c.env["STEAD_DATA"], 0o500))
	}
	code, _, errs := c.run("", "serve")
	if code != 1 || !strings.Contains(errs, "The data folder "+c.env["STEAD_DATA"]+" cannot be ") || strings.Contains(errs, "panic") {
		t.Errorf("exit %d, %q", code, errs)
	}
}

func TestNewerDatabaseIsLeftAsItIs(t *testing.T) {
	c := newTerminal(t)
	c.must(goodPassword, setupArgs...)
	db := filepath.Join(c.env["STEAD_DATA"], "stead.db")
	storetest.MakeNewer(t, db)
	before := contents(t, c.env["STEAD_DATA"])
	for _, args := range [][]string{{"serve"}, {"sweep"}, {"audit", "verify"}} {
		code, _, errs := c.run("", args...)
		if code != 1 || !strings.Contains(errs, "was written by a newer version of Stead. Start that version") {
			t.Errorf("%v: exit %d, %q", args, code, errs)
		}
	}
	after := contents(t, c.env["STEAD_DATA"])
	for _, name := range []string{"stead.db", "erasure.ledger"} {
		if len(before[name]) == 0 && name == "stead.db" || !bytes.Equal(before[name], after[name]) {
			t.Errorf("%s was changed", name)
		}
	}
	if len(after["stead.db-wal"]) != 0 {
		t.Error("something is about to be written")
	}
}

// contents are the files of a folder, by name.
func contents(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	entries, err := os.ReadDir(dir)
	must(t, err)
	files := map[string][]byte{}
	for _, e := range entries {
		if e.Type().IsRegular() {
			files[e.Name()], err = os.ReadFile(filepath.Join(dir, e.Name()))
			must(t, err)
		}
	}
	return files
}

// While the disk is full callbacks are refused, and what was refused is fetched
// from the provider when there is room again. Nothing that was taken is lost.
func TestFullDiskRefusesAndCatchesUp(t *testing.T) {
	var disk *storetest.Disk
	h := apptest.Start(t, apptest.Options{Config: func(c *app.Config) {
		disk = storetest.NewDisk(t, filepath.Join(c.Data, "stead.db"))
	}})
	h.Connect()
	send := func(n int) error {
		_, err := h.Twilio.Text(t.Context(), twilio.FakeText{From: fmt.Sprintf("+1212555%04d", 1000+n), To: apptest.Line, Body: fmt.Sprintf("full %d %s", n, strings.Repeat("x", 800))})
		return err
	}
	must(t, send(0))
	h.Eventually("the first text is there", func() bool { return known(t, h, 0) })

	disk.Fill(h.Store())
	var taken, refused []int
	for n := 1; len(refused) < 3 && n < 200; n++ {
		if err := send(n); err == nil {
			taken = append(taken, n)
		} else if refused = append(refused, n); !strings.Contains(err.Error(), "answered 503") {
			t.Errorf("refused with %v", err)
		}
	}
	if len(refused) < 3 {
		t.Fatalf("the disk took %d texts and was not full", len(taken))
	}
	visitor := h.Visitor()
	if p := visitor.Get("/healthz"); p.Status != 200 {
		t.Errorf("/healthz answers %d", p.Status)
	}

	disk.Free(h.Store())
	must(t, send(200))
	for _, n := range append(append(taken, refused...), 200) {
		h.Eventually(fmt.Sprintf("text %d is there", n), func() bool { return known(t, h, n) })
	}
	t.Logf("%d texts were taken on the last pages, %d refused and fetched", len(taken), len(refused))
}

// known tells whether the nth sender is a contact.
func known(t *testing.T, h *apptest.House, n int) bool {
	t.Helper()
	_, _, err := h.Store().ContactByPhone(t.Context(), fmt.Sprintf("+1212555%04d", 1000+n))
	return err == nil
}
