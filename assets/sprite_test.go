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
	iconUse = regexp.MustCompile(`\b(?:Icon|Empty)\("([a-z0-9-]+)"`)
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

// TestIconsOfPagesExist reads the names in templ files: one that is not vendored
// would be an empty place on a page.
func TestIconsOfPagesExist(t *testing.T) {
	used := 0
	err := filepath.WalkDir("../views", func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(file, ".templ") {
			return err
		}
		text, err := os.ReadFile(file)
		for _, m := range iconUse.FindAllSubmatch(text, -1) {
			used++
			if _, err := os.Stat("vendor/lucide/" + string(m[1]) + ".svg"); err != nil {
				t.Errorf("%s uses icon %q, which is not in vendor/lucide", file, m[1])
			}
		}
		return err
	})
	must(t, err)
	if used == 0 {
		t.Error("found no icon in any page: the pattern no longer fits")
	}
}
