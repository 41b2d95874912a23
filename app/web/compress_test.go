package web

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestPagesAreCompressedForWhoTakesIt(t *testing.T) {
	long := strings.Repeat("<p>Amara Okafor, Willow Lane Clinic</p>", 200)
	for name, test := range map[string]struct {
		accept, page string
		want         bool
	}{
		"a browser":          {"gzip, deflate, br, zstd", long, true},
		"with a quality":     {"br;q=1.0, gzip;q=0.8", long, true},
		"refused":            {"gzip;q=0, identity", long, false},
		"nothing said":       {"", long, false},
		"another coding":     {"br", long, false},
		"too short to gain":  {"gzip", "<p>short</p>", false},
		"a name that begins": {"gzipper", long, false},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Accept-Encoding", test.accept)
		h := http.Header{}
		page, out := bytes.NewBufferString(test.page), new(bytes.Buffer)
		got := squeeze(h, r, page, out)
		if zipped := h.Get("Content-Encoding") == "gzip"; zipped != test.want || h.Get("Vary") != "Accept-Encoding" {
			t.Errorf("%s: %v", name, h)
			continue
		}
		var plain io.Reader = got
		if test.want {
			if got.Len()*4 > len(long) {
				t.Errorf("%s: %d bytes of %d are left", name, got.Len(), len(long))
			}
			zr, err := gzip.NewReader(got)
			if err != nil {
				t.Fatal(err)
			}
			plain = zr
		}
		if text, err := io.ReadAll(plain); err != nil || string(text) != test.page {
			t.Errorf("%s: other content, %v", name, err)
		}
	}
}
