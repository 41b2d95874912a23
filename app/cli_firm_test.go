package app_test

import (
	"archive/zip"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"stead/app/apptest"
	"stead/app/privacy"
	"stead/app/provider/twilio"
)

// firm is a business at a terminal, with a stand-in for its provider.
type firm struct {
	*terminal
	fake *twilio.Fake
}

var connectArgs = []string{
	"connect", "twilio", "--account-sid", apptest.Account, "--number", apptest.Line, "--forward-to", apptest.Phone, "--secret-file", "-", "--json",
}

// newFirm is set up; nothing runs and nothing is connected.
func newFirm(t *testing.T) *firm {
	t.Helper()
	c := newTerminal(t)
	hooks := &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{}}
	fake := twilio.NewFake(twilio.FakeConfig{
		Account: apptest.Account, Token: apptest.Token, Numbers: []string{apptest.Line}, HookURL: "http://" + c.env["STEAD_ADDR"], HTTP: hooks, Now: time.Now,
	})
	address, err := fake.Start("127.0.0.1:0")
	must(t, err)
	t.Cleanup(fake.Close)
	t.Cleanup(hooks.CloseIdleConnections)
	c.env["STEAD_TWILIO_URL"] = address
	c.must(goodPassword, setupArgs...)
	return &firm{c, fake}
}

func (f *firm) connect() { f.t.Helper(); f.must(apptest.Token, connectArgs...) }

func (f *firm) text(from, body string) error {
	_, err := f.fake.Text(f.t.Context(), twilio.FakeText{From: from, To: apptest.Line, Body: body})
	return err
}

func (f *firm) miss(from string) error {
	_, err := f.fake.Call(f.t.Context(), twilio.FakeRing{From: from, To: apptest.Line})
	return err
}

// find asks for a person by number; the zero value when nobody is found.
func (f *firm) find(number string) privacy.Found {
	f.t.Helper()
	var found []privacy.Found
	f.into(&found, "person", "find", number, "--json")
	if len(found) == 0 {
		return privacy.Found{}
	}
	return found[0]
}

// into runs a command that succeeds and reads what it says as JSON.
func (f *firm) into(v any, args ...string) {
	f.t.Helper()
	if out := f.must("", args...); json.Unmarshal([]byte(out), v) != nil {
		f.t.Fatalf("stead %s: %s", strings.Join(args, " "), out)
	}
}

// owner is the owner's browser; the server must run.
func (f *firm) owner() *apptest.Client {
	f.t.Helper()
	c := apptest.Browse(f.t, "http://"+f.env["STEAD_ADDR"])
	p := c.PostForm("/login", url.Values{"email": {"ana@example.com"}, "password": {strings.TrimSpace(goodPassword)}})
	if p.Status != http.StatusSeeOther {
		f.t.Fatalf("sign-in answers %d", p.Status)
	}
	return c
}

// sent counts the texts that the stand-in has taken for a number.
func (f *firm) sent(number string) (n int) {
	for _, m := range f.fake.Messages() {
		if m.To == number {
			n++
		}
	}
	return n
}

func (f *firm) database() string { return filepath.Join(f.env["STEAD_DATA"], "stead.db") }

// eventually waits until ok, or fails the test with what was waited for.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !ok(); pause() {
		if time.Now().After(deadline) {
			t.Fatalf("did not happen within 20 s: %s", what)
		}
	}
}

// bothWays runs a test against a running server and without one.
func bothWays(t *testing.T, test func(t *testing.T, running bool)) {
	for name, running := range map[string]bool{"no server": false, "a server": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, running)
		})
	}
}

// unpacked is the text of every file in an archive.
func unpacked(t *testing.T, path string) string {
	t.Helper()
	r, err := zip.OpenReader(path)
	must(t, err)
	defer r.Close()
	var all strings.Builder
	for _, file := range r.File {
		in, err := file.Open()
		must(t, err)
		_, err = io.Copy(&all, in)
		must(t, err)
		must(t, in.Close())
	}
	return all.String()
}

func write(t *testing.T, path, text string) {
	t.Helper()
	must(t, os.WriteFile(path, []byte(text), 0o600))
}
