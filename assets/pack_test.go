package assets

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
)

var update = flag.Bool("update", false, "write dist and list.go anew")

// bundles say which sources make up which asset, in their order.
var bundles = []struct {
	Name    string
	Sources []string
}{
	{"fonts/inter-latin.woff2", []string{"vendor/inter/inter-latin-wght-normal.woff2"}},
	{"fonts/inter-latin-ext.woff2", []string{"vendor/inter/inter-latin-ext-wght-normal.woff2"}},
	{"favicon.svg", []string{"icons/favicon.svg"}},
	{"icon-180.png", []string{"icons/icon-180.png"}},
	{"icon-192.png", []string{"icons/icon-192.png"}},
	{"icon-512.png", []string{"icons/icon-512.png"}},
	{"manifest.webmanifest", []string{"icons/manifest.webmanifest"}},
	{"icons.svg", nil}, // the sprite, made from vendor/lucide
	{"css/app.css", []string{
		"css/tokens.css", "css/base.css", "css/shell.css", "css/controls.css", "css/parts.css",
		"css/inbox.css", "css/overlays.css", "css/utilities.css",
	}},
	{"js/theme.js", []string{"js/theme.js"}},
	{"css/board.css", []string{"css/board.css"}}, // of the deals alone
	{"css/lines.css", []string{"css/lines.css"}}, // where lines and figures are
	{"js/lines.js", []string{"js/lines.js"}},
	{"js/app.js", []string{
		"vendor/htmx/htmx.min.js", "vendor/htmx/hx-sse.min.js",
		"js/page.js", "js/toasts.js", "js/palette.js", "js/mentions.js", "js/keys.js",
	}},
	{"js/board.js", []string{"vendor/sortable/Sortable.min.js", "js/board.js"}}, // of the page with the board alone
}

var types = map[string]string{
	".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml",
	".png": "image/png", ".woff2": "font/woff2", ".webmanifest": "application/manifest+json",
}

// TestPacked makes every asset from its sources again and compares it with what
// is embedded. With -update it writes instead: that is what go generate does.
func TestPacked(t *testing.T) {
	made, want := pack(t)
	if *update {
		must(t, os.RemoveAll("dist"))
		for name, data := range made {
			must(t, os.MkdirAll(filepath.Join("dist", path.Dir(name)), 0o755))
			must(t, os.WriteFile(filepath.Join("dist", name), data, 0o644))
		}
		must(t, os.WriteFile("list.go", listSource(want), 0o644))
		return
	}
	if !slices.Equal(list, want) {
		t.Errorf("list.go is stale: run go generate ./assets\n got %v\nwant %v", list, want)
	}
	err := fs.WalkDir(files, "dist", func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name := strings.TrimPrefix(file, "dist/")
		got, err := files.ReadFile(file)
		if data, ok := made[name]; !ok || !bytes.Equal(unpacked(t, name, got), unpacked(t, name, data)) {
			t.Errorf("dist/%s is stale: run go generate ./assets", name)
		}
		delete(made, name)
		return err
	})
	must(t, err)
	for name := range made {
		t.Errorf("dist/%s is missing: run go generate ./assets", name)
	}
}

// pack makes all files of dist and the list of assets.
func pack(t *testing.T) (map[string][]byte, []packed) {
	t.Helper()
	made, names := map[string][]byte{}, []packed{}
	urls := map[string]string{}
	for _, b := range bundles {
		data := join(t, b.Name, b.Sources, urls)
		sum := sha256.Sum256(data)
		ext := path.Ext(b.Name)
		p := packed{
			Name: b.Name, Type: types[ext], Size: len(data), Plain: ext == ".png" || ext == ".woff2",
			URL: strings.TrimSuffix(b.Name, ext) + "." + hex.EncodeToString(sum[:5]) + ext,
		}
		urls[b.Name] = p.URL
		names = append(names, p)
		switch {
		case ext == ".woff2": // embedded from vendor
		case p.Plain:
			made[b.Name] = data
		default:
			made[b.Name+".br"], made[b.Name+".gz"] = compress(t, data)
		}
	}
	slices.SortFunc(names, func(a, b packed) int { return strings.Compare(a.Name, b.Name) })
	return made, names
}

// join puts sources one after the other; names of earlier assets in styles and
// in the manifest become their hashed addresses.
func join(t *testing.T, name string, sources []string, urls map[string]string) []byte {
	t.Helper()
	if name == "icons.svg" {
		return sprite(t)
	}
	var all bytes.Buffer
	for i, s := range sources {
		data, err := os.ReadFile(s)
		must(t, err)
		if i > 0 {
			all.WriteByte('\n')
		}
		if strings.HasPrefix(s, "js/") {
			data = bare(data)
		}
		all.Write(data)
	}
	ext := path.Ext(name)
	if ext != ".css" && ext != ".webmanifest" {
		return all.Bytes()
	}
	text := all.String()
	for plain, hashed := range urls {
		text = strings.ReplaceAll(text, `"`+plain+`"`, `"`+Prefix+hashed+`"`)
	}
	return []byte(text)
}

// bare is a script of ours without indentation and lines of comment, which are
// for those who read the source. No text of it goes over several lines.
func bare(script []byte) []byte {
	var out bytes.Buffer
	for line := range bytes.Lines(script) {
		if line = bytes.TrimLeft(line, " \t"); len(bytes.TrimSpace(line)) > 0 && !bytes.HasPrefix(line, []byte("//")) {
			out.Write(line)
		}
	}
	return out.Bytes()
}

func compress(t *testing.T, data []byte) (br, gz []byte) {
	t.Helper()
	var b, g bytes.Buffer
	bw := brotli.NewWriterLevel(&b, brotli.BestCompression)
	_, err := bw.Write(data)
	must(t, err)
	must(t, bw.Close())
	gw, err := gzip.NewWriterLevel(&g, gzip.BestCompression)
	must(t, err)
	_, err = gw.Write(data)
	must(t, err)
	must(t, gw.Close())
	return b.Bytes(), g.Bytes()
}

// unpacked undoes compression, so that another version of a compressor does not
// make an unchanged asset look stale.
func unpacked(t *testing.T, name string, data []byte) []byte {
	t.Helper()
	var r io.Reader
	switch path.Ext(name) {
	case ".br":
		r = brotli.NewReader(bytes.NewReader(data))
	case ".gz":
		zr, err := gzip.NewReader(bytes.NewReader(data))
		must(t, err)
		r = zr
	default:
		return data
	}
	plain, err := io.ReadAll(r)
	must(t, err)
	return plain
}

func listSource(names []packed) []byte {
	var b bytes.Buffer
	b.WriteString("// Code generated by go generate ./assets; DO NOT EDIT.\n\npackage assets\n\nvar list = []packed{\n")
	for _, p := range names {
		fmt.Fprintf(&b, "\t{Name: %q, URL: %q, Type: %q, Plain: %t, Size: %d},\n", p.Name, p.URL, p.Type, p.Plain, p.Size)
	}
	b.WriteString("}\n")
	return b.Bytes()
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
