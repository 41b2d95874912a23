package assets

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	svgBody = regexp.MustCompile(`(?s)<svg[^>]*>(.*)</svg>`)
	between = regexp.MustCompile(`\s*\n\s*`)
	iconUse = regexp.MustCompile(`(?m)(?:\bIcon\(|\bEmpty\(|\bIcon:\s*|^\s*\w+\.Icon(?:, \w+\.\w+)* = )"([a-z0-9-]+)"`)
)

// sprite is one file with a symbol for each icon of vendor/lucide.
func sprite(t *testing.T) []byte {
	t.Helper()
	icons, err := filepath.Glob("vendor/lucide/*.svg")
	must(t, err)
	var b bytes.Buffer
	b.WriteString("<!-- Lucide 1.62.0, ISC licence: see /about/licences -->\n<svg xmlns=\"http://www.w3.org/2000/svg\">\n")
	for _, file := range icons {
		data, err := os.ReadFile(file)
		must(t, err)
		body := svgBody.FindSubmatch(data)
		if body == nil {
			t.Fatalf("%s holds no drawing", file)
		}
		name := strings.TrimSuffix(filepath.Base(file), ".svg")
		fmt.Fprintf(&b, "<symbol id=%q viewBox=\"0 0 24 24\">%s</symbol>\n", name, between.ReplaceAll(bytes.TrimSpace(body[1]), nil))
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}

// TestIconsOfPagesExist reads the names in pages and in the code that fills
// them: one that is not vendored would be an empty place on a page, one that is
// not named anywhere is weight for nothing.
func TestIconsOfPagesExist(t *testing.T) {
	var all strings.Builder
	used := 0
	for _, root := range []string{"../views", "../app"} {
		err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
			ext := filepath.Ext(file)
			if err != nil || d.IsDir() || ext != ".templ" && ext != ".go" || strings.HasSuffix(file, "_templ.go") {
				return err
			}
			text, err := os.ReadFile(file)
			all.Write(text)
			for _, m := range iconUse.FindAllSubmatch(text, -1) {
				used++
				if _, err := os.Stat("vendor/lucide/" + string(m[1]) + ".svg"); err != nil {
					t.Errorf("%s uses icon %q, which is not in vendor/lucide", file, m[1])
				}
			}
			return err
		})
		must(t, err)
	}
	if used == 0 {
		t.Error("found no icon in any page: the pattern no longer fits")
	}
	icons, err := filepath.Glob("vendor/lucide/*.svg")
	must(t, err)
	for _, file := range icons {
		if name := strings.TrimSuffix(filepath.Base(file), ".svg"); !strings.Contains(all.String(), `"`+name+`"`) {
			t.Errorf("no page names icon %q", name)
		}
	}
}
