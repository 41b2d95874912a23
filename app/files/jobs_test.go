package files_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"stead/app/apptest"
	"stead/app/files"
)

// What lost its row goes within a day of a running house; what is on its way in
// stays.
func TestFilesAreTidiedEveryDay(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	folder := filepath.Join(h.Config.Data, "files")
	old, young := filepath.Join(folder, "0193b000-0000-7000-8000-000000000001"), filepath.Join(folder, "0193b000-0000-7000-8000-000000000002")
	err := os.MkdirAll(folder, 0o700)
	for path, age := range map[string]time.Duration{old: 25 * time.Hour, young: time.Hour} {
		at := h.Clock.Now().Add(-age)
		err = errors.Join(err, os.WriteFile(path, []byte("x"), 0o600), os.Chtimes(path, at, at))
	}
	if err != nil {
		t.Fatal(err)
	}
	daily := h.App.Files.Periodic()
	if len(daily) != 1 || daily[0].Every != 24*time.Hour || daily[0].Args() != (files.Tidy{}) {
		t.Errorf("by the clock: %+v", daily)
	}
	if err := h.App.Files.TidyFiles(t.Context(), files.Tidy{}); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(old); !os.IsNotExist(err) {
		t.Errorf("a file without a row is left: %v", err)
	}
	if _, err := os.Stat(young); err != nil {
		t.Errorf("a file on its way in went: %v", err)
	}
}
