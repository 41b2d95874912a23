// Package assets holds everything the browser fetches besides pages: styles,
// scripts, icons, fonts, the mark. Nothing here knows the product's data, and
// nothing of ours is imported.
//
// Sources stand in css, js, icons and vendor (unmodified releases, listed in
// vendor/vendor.txt). Packing joins and compresses them into dist, which alone
// is embedded; dist is committed, so that the program builds with Go alone.
// After a change: go generate ./assets
package assets

//go:generate go test -run TestPacked . -args -update

import (
	"bytes"
	"embed"
)

//go:embed dist vendor/inter/*.woff2 vendor/*/LICENSE
var files embed.FS

// Licences are the texts under which the vendored files may be passed on.
func Licences() []byte {
	var b bytes.Buffer
	for _, v := range []struct{ name, dir string }{
		{"htmx 4.0.1", "htmx"},
		{"Inter 5.3.0 (@fontsource-variable/inter)", "inter"},
		{"Lucide 1.62.0", "lucide"},
		{"SortableJS 1.15.7", "sortable"},
	} {
		text, err := files.ReadFile("vendor/" + v.dir + "/LICENSE")
		if err != nil { // the test of the embedded files keeps this from happening
			continue
		}
		b.WriteString(v.name + "\n\n")
		b.Write(text)
		b.WriteString("\n\n")
	}
	return b.Bytes()
}
