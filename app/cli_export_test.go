package app_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What leaves at the terminal: everything as an archive that an empty Stead
// reads back to the same one, a list in each form, and nothing over a file that
// is there.
func TestExportAtTheTerminal(t *testing.T) {
	bothWays(t, func(t *testing.T, running bool) {
		f := newFirm(t)
		if running {
			f.serve()
		}
		dir := t.TempDir()
		people := filepath.Join(dir, "people.csv")
		must(t, os.WriteFile(people, []byte("Name,Phone,Email\nDana Smith,503 555 0177,dana@example.com\n=cmd(),62009,b@example.com\n"), 0o600))
		f.must("", "import", people, "--country", "US", "--basis", "contract", "--json")
		first := filepath.Join(dir, "all.zip")
		var out struct {
			Path  string `json:"path"`
			Bytes int64  `json:"bytes"`
		}
		f.into(&out, "export", "--out", first, "--json")
		info, err := os.Stat(first)
		must(t, err)
		if out.Path != first || out.Bytes != info.Size() || info.Mode().Perm() != 0o600 {
			t.Errorf("%+v for %d bytes, %v", out, info.Size(), info.Mode())
		}
		for name, want := range map[string]string{"a.csv": "+15035550177", "a.vcf": "TEL;TYPE=VOICE:+15035550177", "A.XLSX": "PK"} {
			path := filepath.Join(dir, name)
			if said := f.must("", "export", "--list", "contacts", "--out", path); !strings.Contains(said, "not encrypted") {
				t.Errorf("%s: %s", name, said)
			}
			if text, err := os.ReadFile(path); err != nil || !strings.Contains(string(text), want) || strings.Contains(string(text), "\n=cmd") {
				t.Errorf("%s: %.300q, %v", name, text, err)
			}
		}
		deals := filepath.Join(dir, "deals.csv")
		f.must("", "export", "--list", "deals", "--out", deals)
		if text, err := os.ReadFile(deals); err != nil || !strings.HasPrefix(strings.TrimPrefix(string(text), "\ufeff"), "Number,Title,Person") {
			t.Errorf("deals: %.300q, %v", text, err)
		}
		for want, args := range map[string][]string{
			"already":               {"--out", first},
			"into a .zip":           {"--out", filepath.Join(dir, "all.csv")},
			".csv, .xlsx or .vcf":   {"--list", "contacts", "--out", filepath.Join(dir, "a.doc")},
			"cannot be written":     {"--out", filepath.Join(dir, "none", "all.zip")},
			"--list must be one of": {"--list", "calls", "--out", filepath.Join(dir, "b.csv")},
			"into a .csv file":      {"--list", "deals", "--out", filepath.Join(dir, "b.vcf")},
		} {
			if code, _, said := f.run("", append([]string{"export"}, args...)...); code == 0 || !strings.Contains(said, want) {
				t.Errorf("%v: exit %d, %q", args, code, said)
			}
		}
		if code, _, said := f.run("", "import", first); code == 0 || !strings.Contains(said, "empty Stead only") {
			t.Errorf("read over data: exit %d, %q", code, said)
		}
		empty := newFirm(t)
		if running {
			empty.serve()
		}
		if said := empty.must("", "import", first); !strings.Contains(said, "The archive was read") {
			t.Errorf("read back: %s", said)
		}
		second := filepath.Join(dir, "again.zip")
		empty.must("", "export", "--out", second)
		a, err := os.ReadFile(first)
		must(t, err)
		b, err := os.ReadFile(second)
		must(t, err)
		if string(a) != string(b) {
			t.Errorf("another archive: %d bytes, then %d", len(a), len(b))
		}
	})
}
