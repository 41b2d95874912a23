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

import "embed"

//go:embed dist vendor/inter/*.woff2
var files embed.FS
