package outbound_test

import (
	"testing"

	"stead/app/outbound"
)

func TestPermitsTLSAndWhatWasNamed(t *testing.T) {
	c := outbound.New(outbound.Config{Allow: []string{"login.office.example:8443", "192.168.1.20"}})
	for address, want := range map[string]bool{
		"https://accounts.google.com": true, "https://x.example/realms/office": true, "http://x.example": false, "https://x.example:8443": false,
		"https://login.office.example:8443/a": true, "http://login.office.example:8443": true, "http://192.168.1.20/": true, "http://192.168.1.21/": false,
		"https://me:secret@x.example": false, "ftp://192.168.1.20": false, "": false, "https://": false, "%": false,
	} {
		if got := c.Permits(address); got != want {
			t.Errorf("%q: %v", address, got)
		}
	}
}
