package team_test

import (
	"bytes"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"stead/app/provider/oidc/oidctest"
)

func TestNothingOfAJourneyIsWrittenDown(t *testing.T) {
	a := startAbroad(t)
	a.connect()
	c := a.Visitor()
	address, err := url.Parse(a.setOut(c, "/login/oidc/"+a.key, url.Values{"next": {"/contacts"}}))
	if err != nil {
		t.Fatal(err)
	}
	landing := a.back(address.String())
	secrets := map[string]string{
		"state": address.Query().Get("state"), "nonce": address.Query().Get("nonce"), "code": landing.Query().Get("code"),
		"cookie": c.Jar()["away"], "client secret": oidctest.Secret, "access token": "an access token",
	}
	look := func(when string) {
		t.Helper()
		for what, secret := range secrets {
			if len(secret) < 10 {
				t.Fatalf("no %s to look for", what)
			}
			if strings.Contains(a.Logs.String(), secret) {
				t.Errorf("%s: the %s stands in the log", when, what)
			}
		}
		eachFile(t, a.Config.Data, func(name string, content []byte) {
			for what, secret := range secrets {
				if bytes.Contains(content, []byte(secret)) {
					t.Errorf("%s: the %s stands in %s", when, what, name)
				}
			}
		})
	}
	look("while away")
	if p := c.Get(landing.RequestURI()); p.Status != http.StatusSeeOther {
		t.Fatalf("coming back answers %d", p.Status)
	}
	for _, seen := range a.server.Seen() {
		if v := seen.Form.Get("code_verifier"); v != "" {
			secrets["verifier"] = v
		}
	}
	look("afterwards")
	for _, private := range []string{ana.Email, ana.Subject} {
		if strings.Contains(a.Logs.String(), private) {
			t.Errorf("%s stands in the log", private)
		}
	}
}

func eachFile(t *testing.T, dir string, look func(name string, content []byte)) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		content, err := os.ReadFile(path)
		look(d.Name(), content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
