package privacy_test

import (
	"net/http"
	"strings"
	"testing"

	"stead/app/apptest"
	"stead/store"
)

func TestDataMapPageNamesEveryTable(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	p := h.SignedIn().Get("/privacy/data")
	if p.Status != http.StatusOK {
		t.Fatalf("answers %d", p.Status)
	}
	for _, table := range store.DataMap() {
		if table.Engine == "" && !strings.Contains(p.Body, ">"+table.Name+"<") {
			t.Errorf("the page lacks %s", table.Name)
		}
	}
	for _, words := range []string{"Phone numbers", "May be told to Twilio", "two years after the last contact", "the records are deleted"} {
		if !strings.Contains(p.Body, words) {
			t.Errorf("the page lacks %q", words)
		}
	}
}
