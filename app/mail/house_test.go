package mail_test

import (
	"encoding/base64"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"stead/app"
	"stead/app/apptest"
	"stead/app/provider/resend"
)

const plantedKey = "re_planted_Qx93kkdPlanted_0a1b2c3d"

// house is the whole product with a mail server that the operator named.
type house struct {
	*apptest.House
	t      *testing.T
	post   *post
	resend *resend.Fake
	owner  *apptest.Client
}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, post: startPost(t), resend: resend.NewFake(plantedKey)}
	address, err := h.resend.Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.resend.Close)
	h.House = apptest.Start(t, apptest.Options{Config: func(c *app.Config) {
		c.Private, c.ResendURL = []string{h.post.addr}, address
	}})
	h.owner = h.SignedIn()
	return h
}

func (h *house) connectServer(password string) apptest.Page {
	h.t.Helper()
	host, port, err := net.SplitHostPort(h.post.addr)
	if err != nil {
		h.t.Fatal(err)
	}
	return h.owner.PostForm("/settings/mail", url.Values{
		"provider": {"smtp"}, "host": {host}, "port": {port}, "user": {mailUser}, "secret": {password}, "from_name": {"Brightwater"}, "from": {"mail@brightwater.example"},
	})
}

// letter waits for a mail.
func (h *house) letter(to, head string) letter {
	h.t.Helper()
	var found letter
	h.Eventually("a mail to "+to+": "+head, func() (ok bool) {
		found, ok = h.post.find(to, head)
		return ok
	})
	return found
}

var linkForm = regexp.MustCompile(`(/join/|/reset/)([A-Za-z0-9_-]{20,})`)

// token is that of the link in a mail, with the path before it.
func (h *house) token(l letter) (path, token string) {
	h.t.Helper()
	m := linkForm.FindStringSubmatch(l.text)
	if m == nil {
		h.t.Fatalf("no link in\n%s", l.text)
	}
	return m[1] + m[2], m[2]
}

// TestNoSecretIsLeftAnywhere plants credentials, has links made that leave by
// mail, and looks for all of them in everything that was written.
func TestNoSecretIsLeftAnywhere(t *testing.T) {
	h := newHouse(t)
	const wrong = "planted-wrong-password-9931"
	if p := h.connectServer(wrong); p.Status != http.StatusUnprocessableEntity || strings.Contains(p.Body, wrong) || !strings.Contains(p.Body, "does not accept this user") {
		t.Fatalf("a wrong password: %d", p.Status)
	}
	if p := h.connectServer(mailPassword); p.Status != http.StatusSeeOther {
		t.Fatalf("the right one: %d", p.Status)
	}
	h.letter(apptest.Email, "Credentials at "+apptest.Business+" were changed")

	invited := h.owner.PostForm("/settings/invitations", url.Values{"key": {"0123456789abcdef01"}, "name": {"Bea Lind"}, "email": {"bea@example.org"}, "role": {"agent"}})
	if invited.Status >= 400 {
		t.Fatalf("the invitation: %d", invited.Status)
	}
	join, first := h.token(h.letter("bea@example.org", "Your invitation to"))
	if p := h.Visitor().Get(join); p.Status != http.StatusOK {
		t.Errorf("the link in the invitation: %d", p.Status)
	}
	if p := h.Visitor().PostForm("/reset", url.Values{"email": {apptest.Email}}); p.Status >= 400 {
		t.Fatalf("asking for a new password: %d", p.Status)
	}
	reset, second := h.token(h.letter(apptest.Email, "Choose a new password"))
	if p := h.Visitor().Get(reset); p.Status != http.StatusOK {
		t.Errorf("the link for a new password: %d", p.Status)
	}
	if p := h.owner.PostForm("/settings/mail", url.Values{"provider": {"resend"}, "secret": {plantedKey}, "from_name": {"Brightwater"}, "from": {"mail@brightwater.example"}}); p.Status != http.StatusSeeOther {
		t.Fatalf("Resend: %d", p.Status)
	}
	h.Eventually("a mail by Resend", func() bool { return len(h.resend.Mails()) > 0 })
	page := h.owner.Get("/settings/mail")
	if !strings.Contains(page.Body, "Invitation") || !strings.Contains(page.Body, "Bea Lind") || !strings.Contains(page.Body, "Sent") {
		t.Error("the page does not say what was sent")
	}
	h.search(map[string]string{
		"password of the mail server": mailPassword, "wrong password": wrong, "key of Resend": plantedKey, "token of the invitation": first, "token of the reset": second,
		"the page": page.Body,
	})
}

// search looks for what was planted in the data folder, its write-ahead log
// among it, in the log, and on the page.
func (h *house) search(planted map[string]string) {
	h.t.Helper()
	places := map[string]string{"the log": h.Logs.String(), "the page": planted["the page"]}
	delete(planted, "the page")
	files := 0
	err := filepath.WalkDir(h.Config.Data, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		places[filepath.Base(path)] = string(text)
		files++
		return err
	})
	if err != nil || files < 2 || len(places["the log"]) == 0 || len(places["stead.db-wal"]) == 0 {
		h.t.Fatalf("%d files, a log of %d bytes, %v", files, len(places["the log"]), err)
	}
	for what, secret := range planted {
		for _, form := range []string{secret, base64.StdEncoding.EncodeToString([]byte(secret)), base64.StdEncoding.EncodeToString([]byte("\x00" + mailUser + "\x00" + secret))} {
			for where, text := range places {
				if strings.Contains(text, form) {
					h.t.Errorf("the %s stands in %s", what, where)
				}
			}
		}
	}
	if !strings.Contains(places["stead.db-wal"]+places["stead.db"], "mail@brightwater.example") {
		h.t.Error("not even the sender is found: the search shows nothing")
	}
}

func TestAServerThatNobodyNamedIsNotSpokenTo(t *testing.T) {
	post := startPost(t)
	h := &house{t: t, post: post}
	h.House = apptest.Start(t, apptest.Options{})
	h.owner = h.SignedIn()
	if p := h.connectServer(mailPassword); p.Status != http.StatusUnprocessableEntity || !strings.Contains(p.Body, "STEAD_PRIVATE_HOSTS") {
		t.Errorf("got %d", p.Status)
	}
	if len(post.attempt) != 0 {
		t.Error("it was spoken to")
	}
}

func TestThePageOfATeamThatHasNoMail(t *testing.T) {
	h := &house{t: t, House: apptest.Start(t, apptest.Options{})}
	h.owner = h.SignedIn()
	if p := h.owner.Get("/settings/mail"); p.Status != http.StatusOK || !strings.Contains(p.Body, "Mail is off.") {
		t.Errorf("settings: %d", p.Status)
	}
	if p := h.owner.Get("/account/mail"); p.Status != http.StatusOK || !strings.Contains(p.Body, "No mail goes out at the moment") {
		t.Errorf("account: %d", p.Status)
	}
}
