package web

import (
	"bytes"
	"net/http"
	"strings"

	"github.com/klauspost/compress/gzip"
)

// worthIt is how long a page must be before compressing it saves a packet.
const worthIt = 1400

// squeeze compresses a page into out where the browser takes gzip and it pays,
// and says so in the headers; otherwise it returns the page as it is. It keeps
// no memory between pages. Length gives no secret away: the session stands in a
// cookie alone, and no form holds a token that guards it.
func squeeze(h http.Header, r *http.Request, page, out *bytes.Buffer) *bytes.Buffer {
	h.Add("Vary", "Accept-Encoding")
	if page.Len() < worthIt || !takesGzip(r.Header.Get("Accept-Encoding")) {
		return page
	}
	zw, err := gzip.NewWriterLevel(out, gzip.StatelessCompression)
	if err != nil {
		return page
	}
	if _, err = zw.Write(page.Bytes()); err != nil {
		return page
	}
	if err = zw.Close(); err != nil {
		return page
	}
	h.Set("Content-Encoding", "gzip")
	return out
}

func takesGzip(accept string) bool {
	for part := range strings.SplitSeq(accept, ",") {
		name, quality, _ := strings.Cut(part, ";")
		if strings.EqualFold(strings.TrimSpace(name), "gzip") {
			return !strings.HasPrefix(strings.ReplaceAll(quality, " ", ""), "q=0") || strings.ContainsAny(quality, "123456789")
		}
	}
	return false
}
