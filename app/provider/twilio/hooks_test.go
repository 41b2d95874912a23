package twilio

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"stead/app/errs"
	"stead/app/port"
)

func request(path string, body string) port.Request {
	return port.Request{
		URL: "https://crm.example.com" + path, Path: path, Body: []byte(body),
		Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded; charset=UTF-8"}},
	}
}

// full completes a form with what Twilio always sends to an address, and
// writes its short ids out.
func full(path, fields string) string {
	form, err := url.ParseQuery(fields)
	if err != nil {
		return fields
	}
	defaults := url.Values{"AccountSid": {testAccount}, "From": {testPerson}, "To": {testLine}}
	switch kinds[path] {
	case kindSMS:
		defaults["Body"], defaults["NumMedia"] = []string{""}, []string{"0"}
	case kindStatus:
	default:
		defaults["CallStatus"] = []string{"in-progress"}
	}
	for name, values := range defaults {
		if !form.Has(name) {
			form[name] = values
		}
	}
	for _, name := range []string{"MessageSid", "CallSid", "ParentCallSid"} {
		if short := form.Get(name); len(short) == 3 {
			form.Set(name, short[:2]+strings.Repeat("0", 31)+short[2:])
		}
	}
	return form.Encode()
}

const sm1 = "SM00000000000000000000000000000001"

// genuine signs a request as Twilio does.
func genuine(t *testing.T, path, body string) port.Request {
	t.Helper()
	r := request(path, body)
	form, err := url.ParseQuery(body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set(headerSignature, Sign([]byte(testToken), r.URL, form))
	return r
}

func TestVerify(t *testing.T) {
	body := string(fixture(t, "sms_inbound.form"))
	ctx := context.Background()
	t.Run("a genuine callback passes", func(t *testing.T) {
		if err := newKit(t).Verify(ctx, genuine(t, PathSMS, body)); err != nil {
			t.Error(err)
		}
	})
	t.Run("no signature", func(t *testing.T) {
		wantError(t, newKit(t).Verify(ctx, request(PathSMS, body)), errs.Denied, "unsigned")
	})
	t.Run("another body", func(t *testing.T) {
		r := genuine(t, PathSMS, body)
		r.Body = append(r.Body, "&Injected=1"...)
		wantError(t, newKit(t).Verify(ctx, r), errs.Denied, "signature")
	})
	t.Run("an address with another path", func(t *testing.T) {
		r := genuine(t, PathSMS, body)
		r.URL = "https://crm.example.com" + PathVoice
		wantError(t, newKit(t).Verify(ctx, r), errs.Denied, "signature")
	})
	t.Run("a foreign account, rightly signed", func(t *testing.T) {
		wantError(t, newKit(t).Verify(ctx, genuine(t, PathSMS, strings.ReplaceAll(body, testAccount, "AC"+strings.Repeat("9", 32)))), errs.Denied, "account")
	})
	t.Run("no account at all", func(t *testing.T) {
		wantError(t, newKit(t).Verify(ctx, genuine(t, PathSMS, "MessageSid=SM1")), errs.Denied, "account")
	})
	t.Run("an empty secret verifies nothing", func(t *testing.T) {
		k := newKit(t)
		k.vault.token = ""
		r := request(PathSMS, body)
		form, _ := url.ParseQuery(body)
		r.Header.Set(headerSignature, Sign(nil, r.URL, form))
		wantError(t, k.Verify(ctx, r), errs.Denied, "signature")
	})
	t.Run("no secret in the vault", func(t *testing.T) {
		k := newKit(t)
		k.vault.err = &errs.Error{Kind: errs.NotFound}
		wantError(t, k.Verify(ctx, genuine(t, PathSMS, body)), errs.Denied, "not_connected")
	})
	t.Run("nothing connected", func(t *testing.T) {
		k := newKit(t)
		k.accounts.err = &errs.Error{Kind: errs.NotFound}
		wantError(t, k.Verify(ctx, genuine(t, PathSMS, body)), errs.Denied, "not_connected")
	})
	t.Run("a locked vault is not a forgery", func(t *testing.T) {
		k := newKit(t)
		k.vault.err = &errs.Error{Kind: errs.Unavailable, Code: "locked"}
		wantError(t, k.Verify(ctx, genuine(t, PathSMS, body)), errs.Unavailable, "locked")
	})
	t.Run("a signed JSON body passes by its hash", func(t *testing.T) {
		for _, v := range vectors(t) {
			if v.Body == "" {
				continue
			}
			r := port.Request{URL: v.URL, Path: "/hooks/twilio/json", Body: []byte(v.Body), Header: http.Header{"Content-Type": {"application/json"}, headerSignature: {v.Signature}}}
			k := newKit(t)
			if err := k.Verify(ctx, r); err != nil {
				t.Error(err)
			}
			if _, err := k.Identify(r); !errors.Is(err, port.ErrIgnored) {
				t.Errorf("identified: %v", err)
			}
		}
	})
}

func TestVerifyCountsItsUseOfTheSecret(t *testing.T) {
	k := newKit(t)
	if err := k.Verify(context.Background(), genuine(t, PathSMS, string(fixture(t, "sms_inbound.form")))); err != nil {
		t.Fatal(err)
	}
	if len(k.vault.uses) != 1 || k.vault.uses[0] != "twilio/auth_token/verify" {
		t.Errorf("uses %v", k.vault.uses)
	}
}

func TestIdentify(t *testing.T) {
	k := newKit(t)
	for _, tt := range []struct{ file, path, kind, key, peer string }{
		{"sms_inbound.form", PathSMS, "sms", "SM00000000000000000000000000000101", testPerson},
		{"mms_inbound.form", PathSMS, "sms", "MM00000000000000000000000000000103", testPerson},
		{"sms_inbound_plain_number.form", PathSMS, "sms", "SM00000000000000000000000000000102", testPerson},
		{"voice_inbound.form", PathVoice, "voice", "CA00000000000000000000000000000301|ringing", "+15035550188"},
		{"voice_dial_action_no_answer.form", PathDial, "dial", "CA00000000000000000000000000000301|dialed", "+15035550188"},
		{"voice_status_completed.form", PathCallStatus, "call-status", "CA00000000000000000000000000000301|ended", "+15035550188"},
		{"sms_status_sent.form", PathStatus, "status", "SM00000000000000000000000000000201|sent", testPerson},
		{"sms_status_undelivered_30034.form", PathStatus, "status", "SM00000000000000000000000000000203|undelivered", testPerson},
	} {
		t.Run(tt.file, func(t *testing.T) {
			e, err := k.Identify(request(tt.path, string(fixture(t, tt.file))))
			if err != nil {
				t.Fatal(err)
			}
			if e.Kind != tt.kind || e.Key != tt.key || e.Peer != tt.peer || e.Account != testAccount {
				t.Errorf("got %+v", e)
			}
			if wantLine := map[bool]string{true: testLine}[tt.kind == "voice"]; e.Line != wantLine {
				t.Errorf("rings %q", e.Line)
			}
			var fields map[string]any
			if err := json.Unmarshal(e.Payload, &fields); err != nil || len(e.FreeText) != 1 || (fields[e.FreeText[0]] != nil) != (tt.kind == "sms") {
				t.Errorf("free text %v of %v", e.FreeText, fields)
			}
			if strings.Contains(string(e.Payload), "PORTLAND") || strings.Contains(string(e.Payload), "97204") {
				t.Error("a field that is not listed was kept")
			}
		})
	}
}

func TestIdentifyIgnoresWhatNobodyHandles(t *testing.T) {
	k := newKit(t)
	for name, r := range map[string]port.Request{
		"an address of a later issue": request("/hooks/twilio/voice/recorded", "CallSid=CA1"),
		"a status of the future":      request(PathStatus, full(PathStatus, "MessageSid=SM1&MessageStatus=teleported")),
		"a call that still rings":     request(PathCallStatus, full(PathCallStatus, "CallSid=CA1&CallStatus=ringing")),
		"a call state of the future":  request(PathCallStatus, full(PathCallStatus, "CallSid=CA1&CallStatus=levitating")),
		"a leg of ours":               request(PathCallStatus, string(fixture(t, "voice_outbound_status_completed.form"))),
		"a child leg":                 request(PathCallStatus, full(PathCallStatus, "CallSid=CA1&ParentCallSid=CA2&CallStatus=completed")),
		"our own test":                request(PathSMS, "MessageSid=SM1&SteadTest=1"),
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := k.Identify(r); !errors.Is(err, port.ErrIgnored) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestIdentifyRefusesWhatIsNotTwiliosShape(t *testing.T) {
	k := newKit(t)
	plain := request(PathSMS, "MessageSid=SM1")
	plain.Header.Set("Content-Type", "text/plain")
	for name, r := range map[string]port.Request{
		"no id":              request(PathSMS, full(PathSMS, "Body=hello")),
		"an empty body":      request(PathVoice, ""),
		"broken escapes":     request(PathSMS, "MessageSid=SM1&Body=%zz"),
		"no form":            plain,
		"an id with a slash": request(PathSMS, full(PathSMS, "MessageSid=SM1/../x")),
		"a very long id":     request(PathSMS, full(PathSMS, "MessageSid=SM"+strings.Repeat("a", 33))),
		"no dial status":     request(PathDial, full(PathDial, "CallSid=CA1")),
		"no call status":     request(PathCallStatus, strings.ReplaceAll(full(PathCallStatus, "CallSid=CA1"), "CallStatus=", "Other=")),
		"a status of no one": request(PathStatus, full(PathStatus, "MessageStatus=sent")),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := k.Identify(r)
			wantError(t, err, errs.Invalid, "malformed")
			if err != nil && strings.Contains(err.Error(), "hello") {
				t.Error("the error quotes the body")
			}
		})
	}
}

func decode(t *testing.T, path, body string) port.Event {
	t.Helper()
	k := newKit(t)
	e, err := k.Identify(request(path, full(path, body)))
	if err != nil {
		t.Fatal(err)
	}
	event, err := k.Decode(e.Kind, e.Payload)
	if err != nil {
		t.Fatal(err)
	}
	return event
}

func TestDecodeText(t *testing.T) {
	e := decode(t, PathSMS, string(fixture(t, "mms_inbound.form"))).Text
	if e.From != testPerson || e.To != testLine || e.Body != "Box photo" || e.Segments != 1 || !e.At.IsZero() || e.OptOut != "" {
		t.Errorf("got %+v", e)
	}
	if len(e.Media) != 2 || e.Media[1].ContentType != "image/png" || !strings.HasSuffix(e.Media[1].URL, "ME00000000000000000000000000000002") {
		t.Errorf("media %+v", e.Media)
	}
	for file, want := range map[string]string{
		"sms_inbound_stop.form": "stop", "sms_inbound_start.form": "start", "sms_inbound_help.form": "help", "sms_inbound_stop_default_handling.form": "",
	} {
		if got := decode(t, PathSMS, string(fixture(t, file))).Text.OptOut; got != want {
			t.Errorf("%s: opt-out %q, want %q", file, got, want)
		}
	}
}

func TestDecodeKeepsStrangeTextsWhole(t *testing.T) {
	long := strings.Repeat("ö👋 שלום ", 1250) // 10,000 characters
	for name, body := range map[string]string{"10,000 characters": long, "empty": "", "right to left": "مرحبا", "markup": `</Response><Say>"&'`} {
		t.Run(name, func(t *testing.T) {
			form := url.Values{"MessageSid": {"SM1"}, "From": {"72345"}, "To": {testLine}, "Body": {body}, "NumSegments": {""}, "OptOutType": {"MAYBE"}}
			e := decode(t, PathSMS, form.Encode()).Text
			if e.Body != body || e.From != "72345" || len(e.Media) != 0 || e.Segments != 0 || e.OptOut != "" {
				t.Errorf("got %+v", e)
			}
		})
	}
	if e := decode(t, PathSMS, "MessageSid=SM1&Body=a%FFb&NumMedia=99999").Text; e.Body != "a\uFFFDb" || len(e.Media) != 0 {
		t.Errorf("got %q with %d media", e.Body, len(e.Media))
	}
}

func TestDecodeCutsWhatIsTooLongAndControlCharacters(t *testing.T) {
	form := url.Values{"MessageSid": {"SM1"}, "From": {"+" + strings.Repeat("1", 500)}, "To": {testLine + "\x00"}, "Body": {"a\x00\r\nb\tc\x1b" + strings.Repeat("é", 900_000)}}
	e := decode(t, PathSMS, form.Encode()).Text
	if want := "a\nb\tc" + strings.Repeat("é", maxText-5); e.Body != want || len(e.From) != maxAddress || e.To != testLine {
		t.Errorf("%d characters from %q to %q", len([]rune(e.Body)), e.From, e.To)
	}
}

func TestDecodeSaysWhetherACallWasMissed(t *testing.T) {
	for _, tt := range []struct {
		name, path, body string
		want             port.CallEvent
	}{
		{"it rings", PathVoice, string(fixture(t, "voice_inbound.form")), port.CallEvent{Step: "ringing"}},
		{"nobody answered", PathDial, string(fixture(t, "voice_dial_action_no_answer.form")), port.CallEvent{Step: "dialed", Cause: "no-answer"}},
		{"busy", PathDial, string(fixture(t, "voice_dial_action_busy.form")), port.CallEvent{Step: "dialed", Cause: "busy"}},
		{"failed", PathDial, string(fixture(t, "voice_dial_action_failed.form")), port.CallEvent{Step: "dialed", Cause: "failed"}},
		{"hung up", PathDial, string(fixture(t, "voice_dial_action_canceled.form")), port.CallEvent{Step: "dialed", Cause: "canceled"}},
		{"answered", PathDial, string(fixture(t, "voice_dial_action_completed.form")), port.CallEvent{Step: "dialed", Answered: true, Seconds: 64}},
		{"answered, in the other word", PathDial, "CallSid=CA1&DialCallStatus=answered", port.CallEvent{Step: "dialed", Answered: true}},
		{"picked up but never joined", PathDial, "CallSid=CA1&DialCallStatus=completed&DialBridged=false", port.CallEvent{Step: "dialed", Cause: "no-answer"}},
		{"a word of the future is no answer", PathDial, "CallSid=CA1&DialCallStatus=levitated", port.CallEvent{Step: "dialed", Cause: "failed"}},
		{"over", PathCallStatus, string(fixture(t, "voice_status_completed.form")), port.CallEvent{Step: "ended", Seconds: 71}},
		{"over without an answer", PathCallStatus, "CallSid=CA1&CallStatus=no-answer", port.CallEvent{Step: "ended", Cause: "no-answer"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := *decode(t, tt.path, tt.body).Call
			if tt.want.Step == "ended" && tt.want.Seconds == 71 && got.At.IsZero() {
				t.Error("Twilio's time is lost")
			}
			if got.Step != tt.want.Step || got.Answered != tt.want.Answered || got.Cause != tt.want.Cause || got.Seconds != tt.want.Seconds {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
	if from := decode(t, PathVoice, "CallSid=CA1&From=anonymous&To=%2B15035550100").Call.From; from != "anonymous" {
		t.Errorf("a hidden caller is %q", from)
	}
}

func TestDecodeStatus(t *testing.T) {
	for word, want := range map[string]string{
		"accepted": port.StatusQueued, "queued": port.StatusQueued, "scheduled": port.StatusQueued, "sending": port.StatusSending, "sent": port.StatusSent,
		"delivered": port.StatusDelivered, "undelivered": port.StatusUndelivered, "failed": port.StatusFailed, "canceled": port.StatusFailed, "read": port.StatusRead,
	} {
		if got := decode(t, PathStatus, "MessageSid=SM1&MessageStatus="+word).Status; got.Status != want || got.Ref != sm1 {
			t.Errorf("%s: got %+v", word, got)
		}
	}
	e := decode(t, PathStatus, string(fixture(t, "sms_status_undelivered_30034.form"))).Status
	if e.Code != "30034" || e.To != testPerson {
		t.Errorf("got %+v", e)
	}
	if e := decode(t, PathStatus, "MessageSid=SM1&MessageStatus=failed&ErrorCode=0").Status; e.Code != "" || e.Status != port.StatusFailed {
		t.Errorf("got %+v", e)
	}
}

func TestDecodeRefusesWhatWasNotStoredByIdentify(t *testing.T) {
	k := newKit(t)
	for _, text := range []string{"", "{", `{"ref":""}`, `{"ref":"SM1","segments":"x"}`} {
		if _, err := k.Decode("sms", []byte(text)); errs.KindOf(err) != errs.Invalid {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, err := k.Decode("fax", []byte(`{"ref":"SM1"}`)); !errors.Is(err, port.ErrIgnored) {
		t.Errorf("an unknown kind: %v", err)
	}
}

func FuzzIdentify(f *testing.F) {
	for path := range kinds {
		f.Add(path, "MessageSid=SM1&CallSid=CA1&DialCallStatus=busy&CallStatus=completed&MessageStatus=sent&Body=a&NumMedia=2&Timestamp=Sat%2C+21+Nov+2026+18%3A42%3A11+%2B0000")
	}
	p := New(Config{})
	f.Fuzz(func(t *testing.T, path, body string) {
		e, err := p.Identify(request(path, full(path, body)))
		if err != nil {
			if !errors.Is(err, port.ErrIgnored) && errs.KindOf(err) != errs.Invalid {
				t.Fatalf("error %v", err)
			}
			return
		}
		if e.Key == "" || e.Kind != kinds[path] || !json.Valid(e.Payload) {
			t.Fatalf("envelope %+v", e)
		}
		if _, err := p.Decode(e.Kind, e.Payload); err != nil {
			t.Fatalf("what was identified cannot be decoded: %v", err)
		}
	})
}
