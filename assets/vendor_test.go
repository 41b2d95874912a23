package assets

import (
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestVendoredFilesAreTheReleases compares each file of vendor with the list
// that was made from the packages as the registry sent them.
func TestVendoredFilesAreTheReleases(t *testing.T) {
	list, err := os.ReadFile("vendor/vendor.txt")
	must(t, err)
	listed := map[string]bool{"vendor.txt": true}
	for line := range strings.Lines(string(list)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.Fields(line)
		if len(f) != 4 {
			t.Fatalf("vendor.txt: %q is not file, package, licence, hash", line)
		}
		file, version, licence, want := f[0], f[1], f[2], f[3]
		listed[file] = true
		data, err := os.ReadFile("vendor/" + file)
		must(t, err)
		sum := sha256.Sum256(data)
		if got := hex.EncodeToString(sum[:]); got != want {
			t.Errorf("%s of %s has the hash %s, not %s: it was changed", file, version, got, want)
		}
		if !slices.Contains([]string{"0BSD", "ISC", "MIT", "OFL-1.1"}, licence) {
			t.Errorf("%s: is %s a licence that we may ship?", file, licence)
		}
		if _, err := os.Stat(filepath.Join("vendor", path.Dir(file), "LICENSE")); err != nil {
			t.Errorf("%s: its licence text is missing", file)
		}
	}
	err = filepath.WalkDir("vendor", func(file string, d fs.DirEntry, err error) error {
		name := strings.TrimPrefix(filepath.ToSlash(file), "vendor/")
		if err == nil && !d.IsDir() && path.Base(name) != "LICENSE" && !listed[name] {
			t.Errorf("%s is not in vendor.txt", name)
		}
		return err
	})
	must(t, err)
}
