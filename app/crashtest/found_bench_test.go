package crashtest

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// found searches as a form does, and returns the addresses of the views that
// stand for what was typed, which is in no address.
func (in *installation) found(b *testing.B, cookie string, queries ...string) (paths []string) {
	b.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	defer client.CloseIdleConnections()
	for _, query := range queries {
		r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, in.url("/contacts/find"), strings.NewReader(url.Values{"q": {query}}.Encode()))
		if err != nil {
			b.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Cookie", cookie)
		res, err := client.Do(r)
		if err != nil {
			b.Fatal(err)
		}
		res.Body.Close()
		at := res.Header.Get("Location")
		if res.StatusCode != http.StatusSeeOther || !strings.HasPrefix(at, "/contacts?view=") {
			b.Fatalf("a search answered %d and led to %q", res.StatusCode, at)
		}
		paths = append(paths, at)
	}
	return paths
}
