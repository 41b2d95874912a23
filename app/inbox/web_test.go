package inbox

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"stead/app/access"
	"stead/app/port"
	"stead/app/provider/twilio"
	"stead/app/sms"
	"stead/app/web"
	"stead/store"
)

// browser is a person at the pages.
type browser struct {
	*kit
	rt *web.Router
	as access.Actor
}

func open(k *kit) *browser {
	b := &browser{kit: k, rt: web.NewRouter(slog.New(slog.DiscardHandler)), as: ana}
	k.Routes(b.rt)
	return b
}

func (b *browser) do(method, path string, form url.Values, partial bool) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if partial {
		r.Header.Set("HX-Request-Type", "partial")
		r.Header.Set("HX-Request", "true")
	}
	w := httptest.NewRecorder()
	b.rt.ServeHTTP(w, r.WithContext(web.WithActor(r.Context(), b.as)))
	return w
}

func wantBody(t *testing.T, w *httptest.ResponseRecorder, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(w.Body.String(), part) {
			t.Errorf("the page lacks %q:\n%s", part, w.Body)
		}
	}
}

func lacks(t *testing.T, w *httptest.ResponseRecorder, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if strings.Contains(w.Body.String(), part) {
			t.Errorf("the page has %q", part)
		}
	}
}

func TestTheInboxShowsWhoWaits(t *testing.T) {
	k := newKit(t)
	b := open(k)
	if w := b.do("GET", "/inbox", nil, false); w.Code != 200 {
		t.Fatalf("empty: %d", w.Code)
	} else {
		wantBody(t, w, "Nothing here", "<h1>Inbox</h1>")
	}
	v := k.receive(port.TextEvent{Body: `<script>alert("x")</script> & more`})
	k.clock.move(5 * time.Minute)
	w := b.do("GET", "/inbox", nil, false)
	wantBody(t, w, "(503) 555-0177", "conv unread", "Waiting 5 min", "&lt;script&gt;", "/inbox/"+v.ID, `hx-get="/inbox/list"`)
	lacks(t, w, "<script>alert")
	for view, want := range map[string]bool{"waiting": true, "done": false, "failed": false, "nonsense": true} {
		w := b.do("GET", "/inbox?view="+view, nil, false)
		if got := strings.Contains(w.Body.String(), v.ID); got != want {
			t.Errorf("view %s shows it: %t", view, got)
		}
	}
}

func TestTheListIsPaged(t *testing.T) {
	k := newKit(t)
	for n := range listSize + 5 {
		k.receive(port.TextEvent{From: fmt.Sprintf("+1503555%04d", n), Body: "Hi"})
		k.clock.move(time.Second)
	}
	first, err := k.Conversations(t.Context(), ana, "", "", "")
	if err != nil || len(first.Rows) != listSize || first.Next == "" {
		t.Fatalf("first page: %d, %v", len(first.Rows), err)
	}
	second, err := k.Conversations(t.Context(), ana, "", "", first.Next)
	if err != nil || len(second.Rows) != 5 || second.Next != "" || second.Rows[0].LastAt >= first.Rows[listSize-1].LastAt {
		t.Errorf("second page: %d rows, next %q, %v", len(second.Rows), second.Next, err)
	}
	wantBody(t, open(k).do("GET", "/inbox", nil, false), "Show older conversations")
}

func TestAThreadShowsEverythingInOneStream(t *testing.T) {
	k := newKit(t)
	b := open(k)
	v := k.receive(port.TextEvent{Body: "Hi", Media: []port.Media{{ContentType: "image/jpeg", URL: "https://x"}}})
	k.clock.move(time.Minute)
	k.tx(func(ctx context.Context, tx *store.Tx) error {
		now := k.clock.now().UnixMilli()
		if err := tx.InsertUser(ctx, store.User{ID: "ana", Name: "Ana Costa", Email: "a@x.example", EmailKey: "a@x.example", PasswordHash: "x", Role: "owner", CreatedAt: now, UpdatedAt: now}); err != nil {
			return err
		}
		if err := tx.InsertCall(ctx, store.Call{ID: "call1", ContactID: v.ContactID, ConversationID: v.ID, Provider: "twilio", ProviderRef: "CA1", Direction: "in", Line: line, Peer: person, Outcome: store.CallMissed, StartedAt: now}); err != nil {
			return err
		}
		return tx.InsertDecision(ctx, store.Decision{CallID: "call1", ContactID: v.ContactID, ConversationID: v.ID, Verdict: "refused", Reason: "cooldown", At: now + 1})
	})
	k.clock.move(24 * time.Hour)
	if err := k.Note(t.Context(), ana, v.ID, Writing{Body: "He sounds nice"}); err != nil {
		t.Fatal(err)
	}
	k.send(k.reply(v, "Yes").ID)
	w := b.do("GET", "/inbox/"+v.ID, nil, false)
	wantBody(t, w, "Yesterday", "Today", "Missed call", "No automatic text: This person got an automatic text not long ago, ",
		"He sounds nice", "Private note by Ana Costa", "With a picture", `role="log"`, "Sent", "<h1>", `hx-trigger="person:`+v.ContactID+" from:body")
	order := []string{"With a picture", "Missed call", "No automatic text", "He sounds nice", ">Yes<"}
	at := 0
	for _, part := range order {
		i := strings.Index(w.Body.String()[at:], part)
		if i < 0 {
			t.Fatalf("%q is missing or out of order", part)
		}
		at += i
	}
	if w := b.do("GET", "/inbox/nope", nil, false); w.Code != http.StatusNotFound {
		t.Errorf("a thread that is not there: %d", w.Code)
	}
}

func TestAReplyFromThePage(t *testing.T) {
	k := newKit(t)
	b := open(k)
	v := k.receive(port.TextEvent{Body: "Hi"})
	path := "/inbox/" + v.ID + "/messages"
	form := url.Values{"mode": {"reply"}, "body": {"On my way <3"}, "key": {"form-key-0000000001"}}
	for range 2 {
		if w := b.do("POST", path, form, false); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/inbox/"+v.ID {
			t.Fatalf("without htmx: %d to %q", w.Code, w.Header().Get("Location"))
		}
	}
	if n := len(k.texts(v, "out")); n != 1 {
		t.Fatalf("%d messages", n)
	}
	form.Set("key", "form-key-0000000002")
	w := b.do("POST", path, form, true)
	if w.Code != 200 {
		t.Fatalf("with htmx: %d", w.Code)
	}
	wantBody(t, w, `id="composer"`, `hx-target="#log"`, "On my way &lt;3", "Waiting to be sent")

	for _, partial := range []bool{true, false} {
		long := url.Values{"mode": {"reply"}, "body": {strings.Repeat("x", sms.MaxBody+1)}}
		w := b.do("POST", path, long, partial)
		if w.Code != http.StatusUnprocessableEntity {
			t.Errorf("too long: %d", w.Code)
		}
		wantBody(t, w, "That is too long", strings.Repeat("x", sms.MaxBody+1), `aria-invalid="true"`)
	}
	note := url.Values{"mode": {"note"}, "body": {"Only for us"}}
	if w := b.do("POST", path, note, false); w.Code != http.StatusSeeOther {
		t.Errorf("a note: %d", w.Code)
	}
	if n := len(k.texts(v, "out")); n != 2 {
		t.Errorf("the note became a message: %d", n)
	}
}

func TestAComposerThatMayNotReplySaysWhy(t *testing.T) {
	k := newKit(t)
	b := open(k)
	v := k.receive(port.TextEvent{Body: "STOP"})
	w := b.do("GET", "/inbox/"+v.ID, nil, false)
	wantBody(t, w, "This person asked not to get texts.", "You can still write a note.", `value="reply" disabled`, "Asked to get no more texts.", "Opted out")
}

func TestAFailedTextSaysWhyAndCanBeSentAgain(t *testing.T) {
	k := newKit(t)
	b := open(k)
	v := k.receive(port.TextEvent{Body: "Hi"})
	k.fake.Behave(person, twilio.Behaviour{Refuse: 30007, Times: 1})
	failed := k.send(k.reply(v, "Hello").ID)
	w := b.do("GET", "/inbox/"+v.ID, nil, false)
	wantBody(t, w, "Not delivered. A carrier filtered the text.", "/messages/"+failed.ID+"/retry")
	wantBody(t, b.do("GET", "/inbox?view=failed", nil, false), v.ID)
	if w := b.do("POST", "/inbox/"+v.ID+"/messages/"+failed.ID+"/retry", url.Values{}, false); w.Code != http.StatusSeeOther {
		t.Fatalf("retry: %d", w.Code)
	}
	lacks(t, b.do("GET", "/inbox/"+v.ID, nil, false), "/messages/"+failed.ID+"/retry")
	lacks(t, b.do("GET", "/inbox?view=failed", nil, false), `id="c-`+v.ID)
	if w := b.do("POST", "/inbox/"+v.ID+"/messages/"+failed.ID+"/retry", url.Values{}, false); w.Code != http.StatusConflict {
		t.Errorf("once more: %d", w.Code)
	}
}

func TestReadingIsAPost(t *testing.T) {
	k := newKit(t)
	b := open(k)
	v := k.receive(port.TextEvent{Body: "Hi"})
	w := b.do("GET", "/inbox/"+v.ID, nil, false)
	wantBody(t, w, `action="/inbox/`+v.ID+`/read"`, `hx-trigger="load, submit"`)
	if k.conv(v.ID).Unread != 1 {
		t.Fatal("a GET changed something")
	}
	if w := b.do("POST", "/inbox/"+v.ID+"/read", url.Values{}, true); w.Code != http.StatusOK || w.Body.Len() > 0 || k.conv(v.ID).Unread != 0 {
		t.Errorf("with htmx: %d, %d unread", w.Code, k.conv(v.ID).Unread)
	}
	k.receive(port.TextEvent{Body: "Hi again"})
	fragment := b.do("GET", "/inbox/"+v.ID+"/log", nil, true)
	wantBody(t, fragment, "Mark as read", "Hi again")
	lacks(t, fragment, `hx-trigger="load`, "<html")
	if w := b.do("POST", "/inbox/"+v.ID+"/read", url.Values{}, false); w.Code != http.StatusSeeOther || k.conv(v.ID).Unread != 0 {
		t.Errorf("without htmx: %d", w.Code)
	}
}

func TestDoneAndReopened(t *testing.T) {
	k := newKit(t)
	b := open(k)
	v := k.receive(port.TextEvent{Body: "Hi"})
	if w := b.do("POST", "/inbox/"+v.ID+"/state", url.Values{"state": {"done"}}, false); w.Header().Get("Location") != "/inbox" {
		t.Errorf("done leads to %q", w.Header().Get("Location"))
	}
	wantBody(t, b.do("GET", "/inbox/"+v.ID, nil, false), "Reopen")
	lacks(t, b.do("GET", "/inbox", nil, false), `id="c-`+v.ID)
	if w := b.do("POST", "/inbox/"+v.ID+"/state", url.Values{"state": {"open"}}, false); w.Code != http.StatusSeeOther || k.conv(v.ID).State != "open" {
		t.Errorf("reopened: %d, %s", w.Code, k.conv(v.ID).State)
	}
}

func TestFragmentsAreForOpenPagesAlone(t *testing.T) {
	k := newKit(t)
	b := open(k)
	v := k.receive(port.TextEvent{Body: "Hi"})
	for path, want := range map[string]string{"/inbox/list": "/inbox", "/inbox/" + v.ID + "/log": "/inbox/" + v.ID} {
		if w := b.do("GET", path, nil, false); w.Code != http.StatusSeeOther || w.Header().Get("Location") != want {
			t.Errorf("%s: %d to %q", path, w.Code, w.Header().Get("Location"))
		}
	}
	w := b.do("GET", "/inbox/list?open="+v.ID, nil, true)
	wantBody(t, w, `aria-current="true"`, "<h2>Inbox</h2>")
	lacks(t, w, "<html")
}

func TestALongThreadIsReadInParts(t *testing.T) {
	k := newKit(t)
	b := open(k)
	var v store.Conversation
	for n := range threadSize + 10 {
		v = k.receive(port.TextEvent{Body: fmt.Sprintf("text number %03d.", n)})
		k.clock.move(time.Second)
	}
	w := b.do("GET", "/inbox/"+v.ID, nil, false)
	wantBody(t, w, "text number 089.", "text number 010.", "Show earlier messages")
	lacks(t, w, "text number 009.")
	thread, err := k.Thread(t.Context(), ana, v.ID, "")
	if err != nil {
		t.Fatal(err)
	}
	earlier := b.do("GET", "/inbox/"+v.ID+"?after="+url.QueryEscape(thread.Next), nil, false)
	wantBody(t, earlier, "text number 009.", "text number 000.", "Go to the latest messages")
	lacks(t, earlier, "text number 010.", "Show earlier")
}

func TestWhoMayNotSeeTheInboxSeesNothing(t *testing.T) {
	k := newKit(t)
	v := k.receive(port.TextEvent{Body: "Hi"})
	b := open(k)
	b.as = access.Actor{ID: "x", May: map[access.Permission]access.Reach{access.ContactsRead: access.All}}
	for _, path := range []string{"/inbox", "/inbox/list", "/inbox/" + v.ID, "/inbox/" + v.ID + "/log"} {
		if w := b.do("GET", path, nil, true); w.Code != http.StatusForbidden {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	b.as = access.Actor{ID: "x", May: map[access.Permission]access.Reach{access.InboxRead: access.All}}
	for _, path := range []string{"/messages", "/read", "/state", "/messages/m/retry", "/messages/m/opt-out"} {
		if w := b.do("POST", "/inbox/"+v.ID+path, url.Values{"body": {"x"}}, true); w.Code != http.StatusForbidden {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}

// The composer offers the colleagues whom a note can name, as the notes of cards do,
// and still does when it comes anew or was refused.
func TestTheComposerOffersColleagues(t *testing.T) {
	k := newKit(t)
	b := open(k)
	v := k.receive(port.TextEvent{Body: "Hi"})
	k.tx(func(ctx context.Context, tx *store.Tx) error {
		return tx.InsertUser(ctx, store.User{ID: "ines", Name: "Ines Duarte", Email: "i@x.example", EmailKey: "i@x.example", Role: "agent"})
	})
	path := "/inbox/" + v.ID + "/messages"
	for what, w := range map[string]*httptest.ResponseRecorder{
		"opened":  b.do("GET", "/inbox/"+v.ID, nil, false),
		"noted":   b.do("POST", path, url.Values{"mode": {"note"}, "body": {"Ask @ines duarte"}}, true),
		"refused": b.do("POST", path, url.Values{"mode": {"note"}, "body": {""}}, true),
	} {
		body := w.Body.String()
		if !strings.Contains(body, `data-mentions="colleagues"`) || !strings.Contains(body, `<option value="Ines Duarte">`) {
			t.Errorf("%s: the composer offers nobody:\n%s", what, body)
		}
	}
}
