package privacy_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"stead/app/access"
	"stead/app/apptest"
)

const caller = "+12125550142"

// person is a house with somebody who called and wrote.
func person(t *testing.T) (h *apptest.House, owner *apptest.Client, id string) {
	t.Helper()
	h = apptest.Start(t, apptest.Options{})
	h.Connect()
	h.Miss(caller)
	h.Text(caller, "Hyacinth Quillfeather here, the boiler is out")
	h.Eventually("the caller is known", func() bool {
		c, _, err := h.Store().ContactByPhone(t.Context(), caller)
		if err != nil {
			return false
		}
		id = c.ID
		v, err := h.Store().ConversationOf(t.Context(), id)
		return err == nil && v.Unread > 0
	})
	h.Eventually("the text-back went out", func() bool { return len(h.TextsTo(caller)) == 1 })
	return h, h.SignedIn(), id
}

func want(t *testing.T, p apptest.Page, status int, parts ...string) {
	t.Helper()
	if p.Status != status {
		t.Errorf("status = %d, want %d", p.Status, status)
	}
	for _, part := range parts {
		if !strings.Contains(p.Body, part) {
			t.Errorf("page lacks %q:\n%s", part, p.Body)
		}
	}
}

func TestSomebodyAsksToBeForgotten(t *testing.T) {
	h, owner, id := person(t)
	want(t, owner.Get("/privacy"), http.StatusOK, "Somebody asks about their data", "Nobody was erased yet", "None yet")
	want(t, owner.PostForm("/privacy/people", url.Values{"q": {"+1 212 555 0142"}}), http.StatusOK, `href="/privacy/people/`+id+`"`)
	want(t, owner.PostForm("/privacy/people", url.Values{"q": {"nobody at all"}}), http.StatusOK, "Nobody was found")
	want(t, owner.Get("/privacy/people/"+id), http.StatusOK, "Hyacinth Quillfeather here", "twilio", "The person called")
	zip := owner.PostForm("/privacy/people/"+id+"/package", url.Values{})
	want(t, zip, http.StatusOK)
	if zip.Header.Get("Content-Type") != "application/zip" || !strings.HasPrefix(zip.Body, "PK") || strings.Contains(zip.Header.Get("Content-Disposition"), id) {
		t.Errorf("package = %v", zip.Header)
	}
	want(t, owner.Get("/privacy/people/"+id+"/erase"), http.StatusOK, "What stays, and why", "copies of texts and calls are deleted at twilio", `name="confirm"`)
	refused := owner.PostForm("/privacy/people/"+id+"/erasures", url.Values{"confirm": {"yes"}})
	want(t, refused, http.StatusUnprocessableEntity, "Type the word erase to confirm.", `value="yes"`, "error-summary")
	want(t, owner.Get("/privacy/people/"+id), http.StatusOK)

	p := owner.PostForm("/privacy/people/"+id+"/erasures", url.Values{"confirm": {" Erase "}})
	if p.Status != http.StatusSeeOther || !strings.HasPrefix(p.Location, "/privacy/erasures/") {
		t.Fatalf("status = %d to %q:\n%s", p.Status, p.Location, p.Body)
	}
	receipt := owner.Get(p.Location)
	want(t, receipt, http.StatusOK, "No readable trace is left", "What this does not cover", "Deleted")
	if strings.Contains(receipt.Body, "5550142") || strings.Contains(receipt.Body, "Quillfeather") {
		t.Error("the receipt names the person")
	}
	want(t, owner.Get("/privacy"), http.StatusOK, p.Location, "Done")
	want(t, owner.Get("/privacy/people/"+id), http.StatusNotFound)
	for _, m := range h.Twilio.Messages() {
		if m.From == caller || m.To == caller {
			t.Errorf("the provider still has %+v", m)
		}
	}
	for _, file := range []string{"stead.db", "stead.db-wal"} {
		text, err := os.ReadFile(filepath.Join(h.Config.Data, file))
		if err != nil || strings.Contains(string(text), "Quillfeather") || strings.Contains(string(text), "2125550142") {
			t.Errorf("a trace in %s, %v", file, err)
		}
	}
	want(t, owner.PostForm("/privacy/audit/checks", url.Values{}), http.StatusOK, "The chain holds")

	h.Text(caller, "Hello again")
	h.Eventually("a new text makes a new contact", func() bool {
		c, _, err := h.Store().ContactByPhone(t.Context(), caller)
		return err == nil && c.ID != id
	})
}

// callback makes the callback of a text, signed as the provider signs.
func callback(t *testing.T, h *apptest.House, from, sid string) {
	t.Helper()
	form := url.Values{
		"AccountSid": {apptest.Account}, "ApiVersion": {"2010-04-01"}, "MessageSid": {sid}, "SmsMessageSid": {sid}, "SmsSid": {sid},
		"From": {from}, "To": {apptest.Line}, "Body": {"the first text"}, "NumMedia": {"0"}, "NumSegments": {"1"}, "SmsStatus": {"received"},
	}
	address := h.URL + "/hooks/twilio/sms"
	signed := address
	for _, name := range slices.Sorted(maps.Keys(form)) {
		signed += name + form.Get(name)
	}
	mac := hmac.New(sha1.New, []byte(apptest.Token))
	mac.Write([]byte(signed))
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("X-Twilio-Signature", base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	resp, err := (&http.Client{}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("the callback answers %d", resp.StatusCode)
	}
}

func TestARepeatedCallbackDoesNothingAfterAnErasure(t *testing.T) {
	h, _, first := person(t)
	const other, sid = "+12125550199", "SM0000000000000000000000000000aaaa"
	callback(t, h, other, sid)
	var id string
	h.Eventually("they are known", func() bool {
		c, _, err := h.Store().ContactByPhone(t.Context(), other)
		id = c.ID
		return err == nil
	})
	receipt, err := h.App.Privacy.Erase(t.Context(), access.Operator(), id)
	if err != nil || receipt.Hits != 0 {
		t.Fatalf("receipt = %+v, %v", receipt, err)
	}
	callback(t, h, other, sid)
	h.Text(caller, "somebody else, later")
	h.Eventually("what came after it is processed", func() bool {
		v, err := h.Store().ConversationOf(t.Context(), first)
		return err == nil && v.Unread == 3 // the call, a text, and this one
	})
	if c, _, err := h.Store().ContactByPhone(t.Context(), other); err == nil {
		t.Errorf("a replay brought %s back", c.ID)
	}
	callback(t, h, other, "SM0000000000000000000000000000bbbb")
	h.Eventually("a new text makes a new contact", func() bool {
		c, _, err := h.Store().ContactByPhone(t.Context(), other)
		return err == nil && c.ID != id
	})
}

func TestPagesOfUpkeep(t *testing.T) {
	h, owner, _ := person(t)
	want(t, owner.Get("/privacy/retention"), http.StatusOK, "Deleted after 400 days", "Cleared after 90 days: Who, When, Network address, Seal of who", "Nothing was due yet")
	if p := owner.PostForm("/privacy/sweeps", url.Values{}); p.Status != http.StatusSeeOther {
		t.Errorf("sweep answers %d:\n%s", p.Status, p.Body)
	}
	want(t, owner.Get("/privacy/retention"), http.StatusOK, "Retention ran: 0 records.", "Last run: 18 November 2026")
	want(t, owner.Get("/privacy/processors"), http.StatusOK, "Twilio (calls and texts)")
	want(t, owner.Get("/privacy/audit"), http.StatusOK, apptest.Owner)
	want(t, owner.Get("/privacy/backups"), http.StatusOK, "No backup yet")
	if p := owner.PostForm("/privacy/backups", url.Values{}); p.Status != http.StatusSeeOther {
		t.Errorf("a backup answers %d:\n%s", p.Status, p.Body)
	}
	made, err := filepath.Glob(filepath.Join(h.Config.Data, "backups", "*.age"))
	if err != nil || len(made) != 1 {
		t.Fatalf("backups = %v, %v", made, err)
	}
	want(t, owner.Get("/privacy/backups"), http.StatusOK, filepath.Base(made[0]))
	want(t, owner.PostForm("/privacy/backups/checks", url.Values{"name": {filepath.Base(made[0])}}), http.StatusOK, "The backup opens and is whole")
	want(t, owner.PostForm("/privacy/backups/checks", url.Values{"name": {"../../etc/passwd"}}), http.StatusUnprocessableEntity)
}

// The clock can be overridden and everything copied here, so both ask who is there.
func TestUpkeepAsksWhoIsThere(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	owner := h.SignedIn()
	h.Clock.Advance(6 * time.Minute)
	for _, path := range []string{"/privacy/sweeps", "/privacy/backups"} {
		want(t, owner.PostForm(path, url.Values{"clock": {"on"}}), http.StatusUnauthorized, `name="confirm_password"`)
	}
}

func TestOneBackupIsMadeAtATime(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	begun, goOn := make(chan struct{}), make(chan struct{})
	make1 := h.App.Privacy.Copies.Make
	h.App.Privacy.Copies.Make = func(ctx context.Context, actor access.Actor) error {
		close(begun)
		<-goOn
		return make1(ctx, actor)
	}
	first, second := h.SignedIn(), h.SignedIn()
	done := make(chan int, 1)
	go func() { done <- first.PostForm("/privacy/backups", url.Values{}).Status }()
	<-begun
	want(t, second.PostForm("/privacy/backups", url.Values{}), http.StatusConflict, "A backup is being made already")
	close(goOn)
	if status := <-done; status != http.StatusSeeOther {
		t.Errorf("the first answers %d", status)
	}
}

func TestPagesAreForThoseWhoMay(t *testing.T) {
	h, _, id := person(t)
	nobody := h.Visitor()
	for _, path := range []string{"/privacy", "/privacy/people/" + id, "/privacy/people/" + id + "/erase", "/privacy/audit", "/privacy/backups", "/privacy/retention"} {
		if p := nobody.Get(path); p.Status != http.StatusSeeOther || !strings.HasPrefix(p.Location, "/login") {
			t.Errorf("%s answers a stranger %d to %q", path, p.Status, p.Location)
		}
	}
	reader := access.Actor{ID: "u9", May: map[access.Permission]access.Reach{access.PrivacyRead: access.All, access.ContactsRead: access.All, access.PersonalSee: access.All}}
	for path, status := range map[string]int{
		"/privacy": 200, "/privacy/people/" + id: 200, "/privacy/people/" + id + "/erase": 403, "/privacy/audit": 403, "/privacy/backups": 403,
	} {
		if got := h.As(reader, http.MethodGet, path); got != status {
			t.Errorf("%s answers somebody who may only read %d, want %d", path, got, status)
		}
	}
}
