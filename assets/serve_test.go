package assets

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
)

func get(t *testing.T, method, target string, headers ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(method, target, nil)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	Handler().ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, r io.Reader) []byte {
	t.Helper()
	data, err := io.ReadAll(r)
	must(t, err)
	return data
}

func TestAssetsComeInTheSmallestFormThatTheBrowserTakes(t *testing.T) {
	plain := body(t, get(t, "GET", Path("css/app.css")).Body)
	if !bytes.Contains(plain, []byte("--canvas")) {
		t.Fatal("css/app.css is not the style sheet")
	}
	for accept, want := range map[string]string{
		"br":                       "br",
		"gzip, deflate, br, zstd":  "br",
		"gzip;q=1.0, br;q=0":       "gzip",
		"GZIP":                     "gzip",
		"gzip; q=0, deflate":       "",
		"":                         "",
		"identity;q=1, *;q=0":      "",
		"brotli, x-gzip, br;q=0.0": "",
	} {
		res := get(t, "GET", Path("css/app.css"), "Accept-Encoding", accept)
		if got := res.Header.Get("Content-Encoding"); got != want {
			t.Errorf("Accept-Encoding %q is answered with %q, want %q", accept, got, want)
		}
		data := body(t, res.Body)
		switch want {
		case "br":
			data = body(t, brotli.NewReader(bytes.NewReader(data)))
		case "gzip":
			zr, err := gzip.NewReader(bytes.NewReader(data))
			must(t, err)
			data = body(t, zr)
		}
		if !bytes.Equal(data, plain) {
			t.Errorf("Accept-Encoding %q brings other content", accept)
		}
	}
}

func TestAssetsMayBeKeptForEver(t *testing.T) {
	for _, p := range list {
		res := get(t, "GET", Prefix+p.URL, "Accept-Encoding", "br")
		if res.StatusCode != http.StatusOK || res.Header.Get("Cache-Control") != "public, max-age=31536000, immutable" ||
			res.Header.Get("Content-Type") != p.Type || res.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s answers %d %v", p.Name, res.StatusCode, res.Header)
		}
		if p.Plain == (res.Header.Get("Vary") != "") {
			t.Errorf("%s: Vary is %q", p.Name, res.Header.Get("Vary"))
		}
		tag := res.Header.Get("ETag")
		again := get(t, "GET", Prefix+p.URL, "Accept-Encoding", "br", "If-None-Match", tag)
		if again.StatusCode != http.StatusNotModified || len(body(t, again.Body)) != 0 {
			t.Errorf("%s with its tag answers %d", p.Name, again.StatusCode)
		}
		if other := get(t, "GET", Prefix+p.URL); !p.Plain && other.Header.Get("ETag") == tag {
			t.Errorf("%s has one tag for two forms", p.Name)
		}
	}
}

func TestHeadHasTheLengthAndNoBody(t *testing.T) {
	res := get(t, "HEAD", Path("js/app.js"), "Accept-Encoding", "gzip")
	if data := body(t, res.Body); len(data) != 0 || res.Header.Get("Content-Length") == "" {
		t.Errorf("HEAD brings %d bytes, %v", len(data), res.Header)
	}
}

func TestUnknownNamesAreNotFound(t *testing.T) {
	for _, target := range []string{Prefix, Prefix + "css/app.css", Prefix + "../embed.go", Prefix + "vendor/vendor.txt", Prefix + "css/app.0000000000.css"} {
		if res := get(t, "GET", target); res.StatusCode != http.StatusNotFound {
			t.Errorf("%s answers %d", target, res.StatusCode)
		}
	}
	if Path("css/none.css") != "" {
		t.Error("an unknown name has an address")
	}
}

// TestStylesAndManifestNameHashedAddresses finds a plain name that packing missed.
func TestStylesAndManifestNameHashedAddresses(t *testing.T) {
	for _, name := range []string{"css/app.css", "manifest.webmanifest"} {
		text := string(body(t, get(t, "GET", Path(name)).Body))
		for _, p := range list {
			if strings.Contains(text, `"`+p.Name+`"`) {
				t.Errorf("%s names %s without its hash", name, p.Name)
			}
		}
	}
	if css := string(body(t, get(t, "GET", Path("css/app.css")).Body)); !strings.Contains(css, Path("fonts/inter-latin.woff2")) {
		t.Error("the style sheet does not name the font")
	}
}

func TestLicencesArePassedOn(t *testing.T) {
	text := string(Licences())
	for _, want := range []string{"Zero-Clause BSD", "SIL OPEN FONT LICENSE", "ISC License"} {
		if !strings.Contains(text, want) {
			t.Errorf("the licences lack %q", want)
		}
	}
}

// TestWeight holds the first view's budget, in bytes over the wire with gzip,
// which every browser takes; pages add at most 15 KB.
func TestWeight(t *testing.T) {
	budget := map[string]int{
		"css/app.css": 14 << 10, "js/app.js": 20 << 10, "js/theme.js": 1 << 10, "icons.svg": 5 << 10,
		"fonts/inter-latin.woff2": 50 << 10, "favicon.svg": 1 << 10,
	}
	total := 15 << 10
	for name, most := range budget {
		size := len(body(t, get(t, "GET", Path(name), "Accept-Encoding", "gzip").Body))
		if size > most {
			t.Errorf("%s weighs %d bytes, more than %d", name, size, most)
		}
		total += size
	}
	if total > 100<<10 {
		t.Errorf("a first view weighs %d bytes, more than 100 KB", total)
	}
	t.Logf("first view: %.1f KB with 15 KB of page", float64(total)/1024)
}

func BenchmarkStyleSheet(b *testing.B) {
	h := Handler()
	r := httptest.NewRequest("GET", Path("css/app.css"), nil)
	r.Header.Set("Accept-Encoding", "br")
	for b.Loop() {
		h.ServeHTTP(httptest.NewRecorder(), r)
	}
}
