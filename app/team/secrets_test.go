package team_test

import (
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"stead/app/apptest"
	"stead/store"
)

// TestSecretsOfSignInStandNowhere: passwords, tokens, codes and seeds of a whole
// sign-in are neither in the data folder nor in the log.
func TestSecretsOfSignInStandNowhere(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	secrets := map[string]string{"password": apptest.Password}
	c := h.Visitor()
	c.PostForm("/login", remembering())
	secrets["session token"], secrets["remembered"] = c.Jar()["session"], c.Jar()["remember"]
	p, spares := setUpPhone(t, h, c)
	secrets["seed"], secrets["recovery code"], secrets["recovery code, bare"] = p.seed, spares[0], strings.ReplaceAll(spares[0], "-", "")
	in := halfIn(t, h, remembering())
	secrets["challenge"] = in.Jar()["challenge"]
	secrets["wrong password"] = "a wrong one of mine"
	h.Visitor().PostForm("/login", login(apptest.Email, secrets["wrong password"]))
	if got := in.PostForm("/login/code", spare(spares[0])).Status; got != http.StatusSeeOther {
		t.Fatalf("the recovery code answers %d", got)
	}
	secrets["token after the code"], secrets["remembered after the code"] = in.Jar()["session"], in.Jar()["remember"]
	in.PostForm("/account/second-factor/start", url.Values{"move": {p.code(h.Clock.Now())}})
	for name, cookie := range map[string]string{"selector": "remembered", "selector after the code": "remembered after the code"} {
		secrets[name], secrets[name+"'s validator"], _ = strings.Cut(secrets[cookie], ".")
	}
	write(t, h, func(tx *store.Tx) error { return tx.SetSetting(t.Context(), "plant", "found-"+"me", 1) })
	if !anywhere(t, h, "found-me") {
		t.Fatal("the search does not find what is there")
	}
	for name, secret := range secrets {
		if len(secret) < 12 {
			t.Fatalf("%s is %q: nothing to look for", name, secret)
		}
		if anywhere(t, h, secret) {
			t.Errorf("%s is in the data folder", name)
		}
		if strings.Contains(h.Logs.String(), secret) {
			t.Errorf("%s is in the log", name)
		}
	}
}

// anywhere looks for a text in every file of the data folder.
func anywhere(t *testing.T, h *apptest.House, text string) bool {
	t.Helper()
	found := false
	err := filepath.WalkDir(h.Config.Data, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		found = found || strings.Contains(string(b), text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
