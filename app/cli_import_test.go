package app_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What scripts rely on: the names in the answer, that they add up, and that an
// import is taken back by what it printed.
func TestImportAtTheTerminal(t *testing.T) {
	bothWays(t, func(t *testing.T, running bool) {
		f := newFirm(t)
		if running {
			f.serve()
		}
		file := filepath.Join(t.TempDir(), "people.csv")
		if err := os.WriteFile(file, []byte("Name,Phone,Email\nDana Smith,503 555 0177,dana@example.com\nBo,,nothing\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		run := func(args ...string) map[string]any {
			t.Helper()
			out := map[string]any{}
			if err := json.Unmarshal([]byte(f.must("", append([]string{"import"}, args...)...)), &out); err != nil {
				t.Fatal(err)
			}
			return out
		}
		dry := run(file, "--country", "US", "--basis", "contract", "--dry-run", "--json")
		rejects := filepath.Join(t.TempDir(), "rejects.csv")
		done := run(file, "--country", "US", "--basis", "contract: orders", "--map", "Name=name", "--rejects", rejects, "--json")
		for _, got := range []map[string]any{dry, done} {
			for name, want := range map[string]float64{"lines": 3, "records": 2, "created": 1, "updated": 0, "unchanged": 0, "rejected": 1, "suppressed": 0} {
				if got[name] != want {
					t.Errorf("%s: %v, want %v", name, got[name], want)
				}
			}
		}
		if dry["batch"] != "" || done["batch"] == "" {
			t.Errorf("batches %v and %v", dry["batch"], done["batch"])
		}
		if text, err := os.ReadFile(rejects); err != nil || !strings.Contains(string(text), "3,This is no email address.,Email,") {
			t.Errorf("%s, %v", text, err)
		}
		again := run(file, "--country", "US", "--basis", "contract", "--mode", "overwrite", "--match", "email", "--json")
		if again["unchanged"] != 1.0 {
			t.Errorf("the same again: %v", again)
		}
		if undone := run("undo", done["batch"].(string), "--json"); undone["undone"] != 1.0 {
			t.Errorf("taken back: %v", undone)
		}
		if found := f.must("", "person", "find", "Dana", "--json"); strings.Contains(found, "Dana") {
			t.Errorf("still there: %s", found)
		}
		if code, _, errs := f.run("", "import", file, "--country", "US", "--basis", "contract", "--rejects", rejects); code != 1 || !strings.Contains(errs, "Nothing was imported") {
			t.Errorf("over a file that is there: exit %d, %q", code, errs)
		}
		if code, _, errs := f.run("", "import", t.TempDir(), "--country", "US", "--basis", "contract"); code == 0 || !strings.Contains(errs, "name a file") {
			t.Errorf("a folder: exit %d, %q", code, errs)
		}
		if code, _, errs := f.run("", "import", filepath.Join(t.TempDir(), "none.csv"), "--country", "US", "--basis", "contract"); code == 0 || !strings.Contains(errs, "no such file") {
			t.Errorf("no file: exit %d, %q", code, errs)
		}
		if code, _, errs := f.run("", "import", "undo", "none"); code == 0 || !strings.Contains(errs, "no such import") {
			t.Errorf("no import: exit %d, %q", code, errs)
		}
		if code, _, errs := f.run("", "import", file); code != 1 || !strings.Contains(errs, "--basis") {
			t.Errorf("without a reason: exit %d, %q", code, errs)
		}
		if code, _, errs := f.run("", "import", file, "--country", "US", "--basis", "foo"); code != 1 || !strings.Contains(errs, "legitimate_interest") {
			t.Errorf("a reason that there is not: exit %d, %q", code, errs)
		}
		picture := filepath.Join(t.TempDir(), "people.csv")
		if err := os.WriteFile(picture, []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"), 0o600); err != nil {
			t.Fatal(err)
		}
		if code, _, errs := f.run("", "import", picture, "--country", "US", "--basis", "contract"); code != 1 || !strings.Contains(errs, "no CSV, Excel (.xlsx) or vCard file") {
			t.Errorf("a picture: exit %d, %q", code, errs)
		}
		if code, _, errs := f.run("", "import", file, "--country", "US", "--basis", "contract", "--map", "Name=shoe"); code != 1 || !strings.Contains(errs, "no place for a column") {
			t.Errorf("a column that goes nowhere: exit %d, %q", code, errs)
		}
	})
}
