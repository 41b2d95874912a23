package inbound

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"strings"
	"testing"

	"stead/app/provider/twilio"
	"stead/app/web"
	"stead/store"
)

func TestASignedTextIsKeptBeforeItIsAnswered(t *testing.T) {
	k := newKit(t)

	w := k.post(twilio.PathSMS, sms(1, caller, "Do you buy test strips? 👋"))

	if w.Code != http.StatusOK || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/xml") || !strings.Contains(w.Body.String(), "<Response>") {
		t.Fatalf("answered %d %s: %s", w.Code, w.Header().Get("Content-Type"), w.Body)
	}
	if n := k.count("new"); n != 1 {
		t.Fatalf("%d events wait, want 1", n)
	}
	c, err := k.st.Connection(t.Context(), twilio.Name)
	if err != nil || c.HookAt != k.clock.now().UnixMilli() {
		t.Errorf("last callback at %d, %v", c.HookAt, err)
	}
}

func TestACallbackThatMayNotBeKeptLeavesNothing(t *testing.T) {
	good := sms(1, caller, "Hi")
	signature := twilio.Sign([]byte(token), public+twilio.PathSMS, good)
	strange := sms(1, caller, "Hi")
	strange.Set("AccountSid", "AC99999999999999999999999999999999")
	empty := sms(1, caller, "Hi")
	empty.Del("MessageSid")
	for name, tc := range map[string]struct {
		path, body, signature string
		want                  int
	}{
		"unsigned":             {twilio.PathSMS, good.Encode(), "", 403},
		"forged":               {twilio.PathSMS, good.Encode(), "AAAA" + signature[4:], 403},
		"changed on the way":   {twilio.PathSMS, good.Encode() + "&Body=More", signature, 403},
		"signed for elsewhere": {twilio.PathVoice, good.Encode(), signature, 403},
		"empty secret":         {twilio.PathSMS, good.Encode(), twilio.Sign(nil, public+twilio.PathSMS, good), 403},
		"another account":      {twilio.PathSMS, strange.Encode(), twilio.Sign([]byte(token), public+twilio.PathSMS, strange), 403},
		"no id":                {twilio.PathSMS, empty.Encode(), twilio.Sign([]byte(token), public+twilio.PathSMS, empty), 400},
		"too large":            {twilio.PathSMS, "Body=" + strings.Repeat("x", int(web.Usual.Webhook)), signature, 413},
		"unknown kind":         {"/hooks/twilio/fax", good.Encode(), twilio.Sign([]byte(token), public+"/hooks/twilio/fax", good), 204},
		"unknown provider":     {"/hooks/acme/sms", good.Encode(), signature, 404},
	} {
		t.Run(name, func(t *testing.T) {
			k := newKit(t)
			before, _ := k.st.Connection(t.Context(), twilio.Name)
			if w := k.send(tc.path, tc.body, tc.signature); w.Code != tc.want {
				t.Errorf("answered %d, want %d", w.Code, tc.want)
			}
			after, _ := k.st.Connection(t.Context(), twilio.Name)
			if n := k.count("new"); n != 0 || before != after {
				t.Errorf("%d events kept, connection %+v", n, after)
			}
		})
	}
}

func TestWithoutASecretEveryCallbackIsRefused(t *testing.T) {
	k := newKit(t)
	k.tx(func(ctx context.Context, tx *store.Tx) error { return k.vault.DropSecrets(ctx, tx, twilio.Name) })
	if w := k.post(twilio.PathSMS, sms(1, caller, "Hi")); w.Code != 403 || k.count("new") != 0 {
		t.Errorf("answered %d with %d events", w.Code, k.count("new"))
	}
}

func TestALockedVaultAsksToComeBack(t *testing.T) {
	k := newKit(t)
	k.vault.Lock()
	w := k.post(twilio.PathSMS, sms(1, caller, "Hi"))
	if w.Code != 503 || w.Header().Get("Retry-After") == "" || k.count("new") != 0 {
		t.Fatalf("answered %d, Retry-After %q, %d events", w.Code, w.Header().Get("Retry-After"), k.count("new"))
	}
	if err := k.vault.Unlock(t.Context(), k.keyFile); err != nil {
		t.Fatal(err)
	}
	if w := k.post(twilio.PathSMS, sms(1, caller, "Hi")); w.Code != 200 || k.count("new") != 1 {
		t.Errorf("after unlocking: %d with %d events", w.Code, k.count("new"))
	}
}

func TestARepeatedCallbackIsOneEvent(t *testing.T) {
	k := newKit(t)
	for range 5 {
		if w := k.post(twilio.PathSMS, sms(1, caller, "Hi")); w.Code != 200 {
			t.Fatalf("answered %d", w.Code)
		}
	}
	if n := k.count("new"); n != 1 {
		t.Errorf("%d events, want 1", n)
	}
}

func TestARingingCallIsPutThrough(t *testing.T) {
	k := newKit(t)
	w := k.post(twilio.PathVoice, ring(1))
	for _, part := range []string{"+15035550111", "+15035550112", public + twilio.PathDial, `timeout="20"`} {
		if !strings.Contains(w.Body.String(), part) {
			t.Errorf("the answer lacks %s: %s", part, w.Body)
		}
	}
	k.tx(func(ctx context.Context, tx *store.Tx) error {
		return tx.SetLines(ctx, twilio.Name, []store.Line{{ID: "line1", Number: line}})
	})
	if w := k.post(twilio.PathVoice, ring(2)); !strings.Contains(w.Body.String(), "<Say>") || strings.Contains(w.Body.String(), "<Dial") {
		t.Errorf("with nobody to ring: %s", w.Body)
	}
}

// The file is looked at byte by byte: the number must not have been there for
// a moment, and the text must not be readable.
func TestCardNumbersAndTextsNeverReachTheDiskReadable(t *testing.T) {
	k := newKit(t)
	form := sms(1, caller, "marzipan: my card is 4111 1111 1111 1111, thanks")
	if w := k.post(twilio.PathSMS, form); w.Code != 200 {
		t.Fatalf("answered %d", w.Code)
	}
	rows, err := k.st.NewInbound(t.Context(), twilio.Name, "", 10)
	if err != nil || len(rows) != 1 {
		t.Fatalf("%d events, %v", len(rows), err)
	}
	plain, err := k.vault.Unseal("fields", "inbound_events|"+rows[0].ID+"|sealed", rows[0].Sealed)
	if err != nil || bytes.Contains(plain, []byte("4111 1111")) || !bytes.Contains(plain, []byte("•••• 1111")) || !bytes.Contains(plain, []byte("marzipan")) {
		t.Errorf("kept: %s, %v", plain, err)
	}
	for _, row := range []string{rows[0].KeyHash, rows[0].PeerHash} {
		if strings.Contains(row, "5035550177") || len(row) != 64 {
			t.Errorf("%q is no keyed hash", row)
		}
	}
	files, err := os.ReadDir(k.dir())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		raw, err := os.ReadFile(k.dir() + "/" + f.Name())
		if err != nil {
			t.Fatal(err)
		}
		for _, needle := range []string{"marzipan", "5035550177", "4111 1111", "41111111"} {
			if bytes.Contains(raw, []byte(needle)) {
				t.Errorf("%s holds %q", f.Name(), needle)
			}
		}
	}
}
