package assets

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"path"
	"strconv"
	"strings"
)

// Prefix is where Handler must be mounted: "GET " + Prefix.
const Prefix = "/static/"

// packed is one asset as packing left it. URL holds a hash of the content, so
// that a browser may keep it for ever.
type packed struct {
	Name, URL, Type string
	Plain           bool // stands as it is: compressing it gains nothing
	Size            int  // in bytes, uncompressed
}

// Path is the address of an asset, such as "css/app.css". A name that is not
// packed has the empty address: the page then lacks it, and a test says so.
func Path(name string) string {
	if p, ok := byName[name]; ok {
		return Prefix + p.URL
	}
	return ""
}

var byName, byURL = func() (map[string]*packed, map[string]*packed) {
	names, urls := map[string]*packed{}, map[string]*packed{}
	for i := range list {
		names[list[i].Name], urls[list[i].URL] = &list[i], &list[i]
	}
	return names, urls
}()

// Handler serves the assets. What it answers may be kept for ever and by
// anyone: it is the same for everybody and holds nothing of the business.
func Handler() http.Handler {
	return http.HandlerFunc(serve)
}

func serve(w http.ResponseWriter, r *http.Request) {
	p, ok := byURL[strings.TrimPrefix(r.URL.Path, Prefix)]
	if !ok {
		http.NotFound(w, r)
		return
	}
	encoding := encodingFor(p, r.Header.Get("Accept-Encoding"))
	h := w.Header()
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Content-Type", p.Type)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("ETag", `"`+path.Base(p.URL)+encoding+`"`)
	if !p.Plain {
		h.Set("Vary", "Accept-Encoding")
	}
	if r.Header.Get("If-None-Match") == h.Get("ETag") {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	body, err := open(p, encoding)
	if err != nil { // the test of the embedded files keeps this from happening
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	if encoding != "" {
		h.Set("Content-Encoding", contentEncoding[encoding])
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // the client may have gone
	}
}

var contentEncoding = map[string]string{".br": "br", ".gz": "gzip"}

// encodingFor picks the smallest form that the browser takes.
func encodingFor(p *packed, accept string) string {
	if p.Plain {
		return ""
	}
	for _, e := range []string{".br", ".gz"} {
		if accepts(accept, contentEncoding[e]) {
			return e
		}
	}
	return ""
}

func accepts(header, coding string) bool {
	for part := range strings.SplitSeq(header, ",") {
		name, params, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.EqualFold(strings.TrimSpace(name), coding) {
			q := strings.ReplaceAll(params, " ", "")
			return q != "q=0" && q != "q=0.0" && q != "q=0.00" && q != "q=0.000"
		}
	}
	return false
}

// open reads an embedded form; the plain form of a compressed asset, which
// hardly any client asks for, is unpacked on the way.
func open(p *packed, encoding string) ([]byte, error) {
	switch {
	case p.Plain:
		return files.ReadFile(plainFile(p.Name))
	case encoding != "":
		return files.ReadFile("dist/" + p.Name + encoding)
	}
	gz, err := files.ReadFile("dist/" + p.Name + ".gz")
	if err != nil {
		return nil, err
	}
	zr, err := gzip.NewReader(bytes.NewReader(gz))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(zr)
}

// plainFile finds what is embedded as it is: fonts stay where they were vendored.
func plainFile(name string) string {
	if font, ok := fontFiles[name]; ok {
		return font
	}
	return "dist/" + name
}

var fontFiles = map[string]string{
	"fonts/inter-latin.woff2":     "vendor/inter/inter-latin-wght-normal.woff2",
	"fonts/inter-latin-ext.woff2": "vendor/inter/inter-latin-ext-wght-normal.woff2",
}
