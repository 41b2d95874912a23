package inbound

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"stead/app/provider/twilio"
	"stead/app/web"
)

// unread is a body that tells when somebody reads it.
type unread struct{ read bool }

func (u *unread) Read([]byte) (int, error) { u.read = true; return 0, io.EOF }

const anySignature = "AAAAAAAAAAAAAAAAAAAAAAAAAAA="

func (*kit) request(body io.Reader, signature, kind string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, twilio.PathSMS, body)
	r.Header.Set("Content-Type", kind)
	r.Header.Set("X-Twilio-Signature", signature)
	return r
}

func (k *kit) serve(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	k.mux.ServeHTTP(w, r)
	return w
}

const formKind = "application/x-www-form-urlencoded"

func TestNoBodyIsReadBeforeTheHeadersAreRight(t *testing.T) {
	k := newKit(t)
	for name, tc := range map[string]struct {
		signature, kind string
		length          int64
		want            int
	}{
		"no signature":          {"", formKind, 10, 403},
		"a short signature":     {"AAAA", formKind, 10, 403},
		"a page of a signature": {strings.Repeat("A", 28<<10), formKind, 10, 403},
		"no form":               {anySignature, "text/plain", 10, 400},
		"too long by its word":  {anySignature, formKind, web.Usual.Webhook + 1, 413},
	} {
		body := &unread{}
		r := k.request(body, tc.signature, tc.kind)
		r.ContentLength = tc.length
		if w := k.serve(r); w.Code != tc.want || body.read {
			t.Errorf("%s: answered %d, read %t", name, w.Code, body.read)
		}
	}
}

func TestNoMoreBodiesAreReadThanThereIsRoomFor(t *testing.T) {
	k := newKit(t)
	for range maxReading {
		k.door.reading <- struct{}{}
	}
	if w := k.post(twilio.PathSMS, sms(1, caller, "Hi")); w.Code != 503 || w.Header().Get("Retry-After") == "" {
		t.Errorf("answered %d, Retry-After %q", w.Code, w.Header().Get("Retry-After"))
	}
	<-k.door.reading
	if w := k.post(twilio.PathSMS, sms(1, caller, "Hi")); w.Code != 200 {
		t.Errorf("with a place: %d", w.Code)
	}
}

// Long bodies, and those whose length nobody tells, have few places of their own.
func TestLongBodiesHaveFewPlaces(t *testing.T) {
	k := newKit(t)
	for range maxLarge {
		k.door.large <- struct{}{}
	}
	for name, tc := range map[string]struct {
		length int64
		want   int
	}{"as usual": {20, 403}, "long": {usualBody + 1, 503}, "of unknown length": {-1, 503}} {
		r := k.request(strings.NewReader("Body=x"), anySignature, formKind)
		r.ContentLength = tc.length
		if w := k.serve(r); w.Code != tc.want {
			t.Errorf("%s: answered %d, want %d", name, w.Code, tc.want)
		}
	}
	<-k.door.large
	r := k.request(strings.NewReader("Body="+strings.Repeat("x", usualBody)), anySignature, formKind)
	if w := k.serve(r); w.Code != 403 {
		t.Errorf("with a place: %d", w.Code)
	}
}

// fetchers that were woken.
func (k *kit) woken() bool { return len(k.fetchers) > 0 && len(k.fetchers[0].wake) > 0 }

func TestABodyThatBreaksOffIsNotOurFault(t *testing.T) {
	k := newKit(t)
	k.Service = k.open(&history{})
	for name, err := range map[string]error{"reset": net.ErrClosed, "cut": io.ErrUnexpectedEOF, "chunks": errors.New("malformed chunk")} {
		if w := k.serve(k.request(iotest.ErrReader(err), anySignature, formKind)); w.Code != 400 || k.woken() {
			t.Errorf("%s: answered %d, catch-up %t", name, w.Code, k.woken())
		}
	}
	k.batch.close()
	<-k.batch.gone
	if w := k.post(twilio.PathSMS, sms(1, caller, "Hi")); w.Code != 503 || !k.woken() {
		t.Errorf("signed and not kept: %d, catch-up %t", w.Code, k.woken())
	}
}

func TestAFloodIsCutAndASignedCallbackIsNot(t *testing.T) {
	k := newKit(t)
	last := 0
	for range maxStrikes + 1 {
		last = k.send(twilio.PathSMS, "Body=x", "").Code
	}
	if last != 429 {
		t.Errorf("the last of a flood: %d", last)
	}
	if w := k.post(twilio.PathSMS, sms(1, caller, "Hi")); w.Code != 200 {
		t.Errorf("signed, from the same network: %d", w.Code)
	}
	if w := k.send(twilio.PathSMS, "Body=x", ""); w.Code != 403 {
		t.Errorf("after a signed one: %d", w.Code)
	}
	for range maxStrikes {
		k.send(twilio.PathSMS, "Body=x", anySignature)
	}
	for range maxDoubted {
		k.door.doubted <- struct{}{}
	}
	if w := k.send(twilio.PathSMS, "Body=x", anySignature); w.Code != 429 {
		t.Errorf("one too many: %d", w.Code)
	}
	k.clock.move(2 * maxStrikes * time.Second)
	if w := k.send(twilio.PathSMS, "Body=x", anySignature); w.Code != 403 {
		t.Errorf("later: %d", w.Code)
	}
}
