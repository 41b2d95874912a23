package resend

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"stead/app/errs"
	"stead/app/port"
)

const testKey = "re_0123456789abcdefghijklmnop"

var testNow = time.Date(2026, 11, 21, 18, 42, 0, 0, time.UTC)

type kit struct {
	*Provider
	fake *Fake
	uses []string
}

// Use implements port.Secrets.
func (k *kit) Use(_ context.Context, provider, name, purpose string, use func([]byte) error) error {
	k.uses = append(k.uses, provider+"/"+name+"/"+purpose)
	return use([]byte(testKey))
}

func newKit(t *testing.T) *kit {
	t.Helper()
	fake := NewFake(testKey)
	address, err := fake.Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(fake.Close)
	return kitAt(t, fake, address)
}

func kitAt(t *testing.T, fake *Fake, address string) *kit {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{}}
	t.Cleanup(client.CloseIdleConnections)
	k := &kit{fake: fake}
	k.Provider = New(Config{BaseURL: address + "/", HTTP: client, Secrets: k, Now: func() time.Time { return testNow }, Timeout: 2 * time.Second})
	return k
}

func testMail() port.Mail {
	return port.Mail{
		ID: "0193b000-0000-7000-8000-000000000001", From: "Brightwater Repairs <mail@brightwater.example>", To: "Bea Lind <bea@example.com>",
		Subject: "Your invitation", Text: "Hello Bea", HTML: "<p>Hello Bea</p>", Class: "account",
	}
}

func TestAMailIsHandedOver(t *testing.T) {
	k := newKit(t)
	m := testMail()
	m.Unsubscribe = "https://crm.example.com/mail/u/t"
	ref, err := k.Send(t.Context(), port.MailAccount{}, m)
	if err != nil || !strings.HasPrefix(ref, "5e1f0000-") {
		t.Fatalf("got %q, %v", ref, err)
	}
	got := k.fake.Mails()[0]
	if got.From != m.From || got.To != m.To || got.Subject != m.Subject || got.Text != m.Text || got.HTML != m.HTML || got.Key != m.ID {
		t.Errorf("Resend has %+v", got)
	}
	if got.Headers["List-Unsubscribe"] != "<https://crm.example.com/mail/u/t>" || got.Headers["List-Unsubscribe-Post"] != "List-Unsubscribe=One-Click" || got.Headers["Auto-Submitted"] != "auto-generated" {
		t.Errorf("headers %v", got.Headers)
	}
	if len(k.uses) != 1 || k.uses[0] != "resend/api_key/send" {
		t.Errorf("uses %v", k.uses)
	}
}

func TestTheSameMailIsDeliveredOnce(t *testing.T) {
	k := newKit(t)
	k.fake.Answer(FakeAnswer{Lose: true})
	if _, err := k.Send(t.Context(), port.MailAccount{}, testMail()); !errors.Is(err, port.ErrUnknown) {
		t.Fatalf("a mail that was lost sight of: %v", err)
	}
	ref, err := k.Send(t.Context(), port.MailAccount{}, testMail())
	if err != nil || ref == "" || len(k.fake.Mails()) != 1 {
		t.Errorf("sent again: %q, %v, %d mails", ref, err, len(k.fake.Mails()))
	}
	m := testMail()
	m.Text = "another text"
	if _, err := k.Send(t.Context(), port.MailAccount{}, m); errs.KindOf(err) != errs.Conflict || errs.CodeOf(err) != repeated {
		t.Errorf("another text under the same id: %v", err)
	}
}

func TestAnswersAreUnderstood(t *testing.T) {
	for name, tt := range map[string]struct {
		say   FakeAnswer
		kind  errs.Kind
		code  string
		after time.Duration
	}{
		"a wrong key":             {FakeAnswer{Status: 403, Name: "invalid_api_key"}, errs.Denied, "invalid_api_key", 0},
		"a domain not verified":   {FakeAnswer{Status: 403, Name: "validation_error"}, errs.Invalid, "validation_error", 0},
		"an address not one":      {FakeAnswer{Status: 422, Name: "validation_error"}, errs.Invalid, "validation_error", 0},
		"too fast":                {FakeAnswer{Status: 429, Name: "rate_limit_exceeded", RetryAfter: 7}, errs.Unavailable, "rate_limit_exceeded", 7 * time.Second},
		"the day's mails are out": {FakeAnswer{Status: 429, Name: "daily_quota_exceeded"}, errs.Unavailable, "daily_quota_exceeded", time.Hour},
		"at the same moment":      {FakeAnswer{Status: 409, Name: "concurrent_idempotent_requests"}, errs.Unavailable, "concurrent_idempotent_requests", 0},
		"a fault of Resend":       {FakeAnswer{Status: 500, Name: "application_error"}, errs.Unavailable, "application_error", 0},
		"a proxy's refusal":       {FakeAnswer{Status: 401}, errs.Denied, "http_401", 0},
		"a name that is none":     {FakeAnswer{Status: 400, Name: "To: bea@example.com"}, errs.Invalid, "http_400", 0},
	} {
		t.Run(name, func(t *testing.T) {
			k := newKit(t)
			k.fake.Answer(tt.say)
			_, err := k.Send(t.Context(), port.MailAccount{}, testMail())
			if errs.KindOf(err) != tt.kind || errs.CodeOf(err) != tt.code || errs.RetryAfter(err) != tt.after {
				t.Errorf("got %v (%v, after %v)", err, errs.KindOf(err), errs.RetryAfter(err))
			}
			if strings.Contains(err.Error(), "bea@") || strings.Contains(err.Error(), testKey) {
				t.Errorf("the error says too much: %v", err)
			}
		})
	}
	t.Run("a gateway between", func(t *testing.T) {
		k := newKit(t)
		k.fake.Answer(FakeAnswer{Status: 502})
		if _, err := k.Send(t.Context(), port.MailAccount{}, testMail()); !errors.Is(err, port.ErrUnknown) {
			t.Errorf("got %v", err)
		}
	})
}

// TestRecordedAnswers reads what Resend itself has answered.
func TestRecordedAnswers(t *testing.T) {
	for file, tt := range map[string]struct {
		status int
		kind   errs.Kind
		code   string
	}{
		"emails_send_200.json":       {200, errs.Fault, ""},
		"error_409_idempotency.json": {409, errs.Conflict, "invalid_idempotent_request"},
		"error_422.json":             {422, errs.Invalid, "validation_error"},
		"error_429.json":             {429, errs.Unavailable, "rate_limit_exceeded"},
	} {
		t.Run(file, func(t *testing.T) {
			text, err := os.ReadFile("testdata/" + file)
			if err != nil {
				t.Fatal(err)
			}
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(tt.status)
				_, _ = w.Write(text)
			}))
			t.Cleanup(s.Close)
			ref, err := kitAt(t, nil, s.URL).Send(t.Context(), port.MailAccount{}, testMail())
			if errs.CodeOf(err) != tt.code || err != nil && errs.KindOf(err) != tt.kind || (err == nil) != (ref != "") {
				t.Errorf("got %q, %v", ref, err)
			}
		})
	}
}

func TestCheckSendsNothing(t *testing.T) {
	k := newKit(t)
	for name, tt := range map[string]struct{ typed, code string }{
		"the right key": {testKey, ""}, "the stored one": {"", ""}, "a wrong one": {"re_wrong", "invalid_api_key"},
	} {
		if err := k.Check(t.Context(), port.MailAccount{}, []byte(tt.typed)); errs.CodeOf(err) != tt.code {
			t.Errorf("%s: %v", name, err)
		}
	}
	k.fake.Narrow()
	if err := k.Check(t.Context(), port.MailAccount{}, []byte(testKey)); err != nil {
		t.Errorf("a key that may only send: %v", err)
	}
	k.fake.Close()
	if err := k.Check(t.Context(), port.MailAccount{}, []byte(testKey)); errs.KindOf(err) != errs.Unavailable {
		t.Errorf("nobody there: %v", err)
	}
	if len(k.fake.Mails()) != 0 || len(k.uses) != 1 || k.uses[0] != "resend/api_key/check" {
		t.Errorf("uses %v", k.uses)
	}
}

func TestNoHeadIsBrokenOutOf(t *testing.T) {
	k := newKit(t)
	for name, change := range map[string]func(m *port.Mail){
		"subject": func(m *port.Mail) { m.Subject = "x\r\nBcc: eve@example.com" },
		"sender":  func(m *port.Mail) { m.From = "x\n <mail@brightwater.example>" },
		"address": func(m *port.Mail) { m.To = "bea@example.com\rBcc: eve@example.com" },
		"id":      func(m *port.Mail) { m.ID = "1\nX: y" },
	} {
		m := testMail()
		change(&m)
		if _, err := k.Send(t.Context(), port.MailAccount{}, m); errs.KindOf(err) != errs.Invalid || errs.CodeOf(err) != "header" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(k.fake.Mails()) != 0 || len(k.uses) != 0 {
		t.Error("something went out")
	}
}

func TestRetryAfter(t *testing.T) {
	for value, want := range map[string]time.Duration{"5": 5 * time.Second, "-5": 0, "99999": time.Hour, "": 0, "soon": 0, "Sat, 21 Nov 2026 18:43:00 GMT": time.Minute} {
		if got := retryAfter(http.Header{"Retry-After": {value}}, testNow); got != want {
			t.Errorf("%q: %v", value, got)
		}
		if value != "Sat, 21 Nov 2026 18:43:00 GMT" {
			if got := retryAfter(http.Header{"Ratelimit-Reset": {value}}, testNow); got != want {
				t.Errorf("reset %q: %v", value, got)
			}
		}
	}
}
