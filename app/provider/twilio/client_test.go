package twilio

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"stead/app/errs"
	"stead/app/port"
)

func text(to string) port.Text {
	return port.Text{From: testLine, To: to, Body: "Sorry that we missed you", CallbackURL: ""}
}

func TestSendText(t *testing.T) {
	k := newKit(t)
	sent, err := k.SendText(context.Background(), k.account, text(testPerson))
	if err != nil {
		t.Fatal(err)
	}
	if sent.Status != port.StatusQueued || !strings.HasPrefix(sent.Ref, "SM") || sent.To != testPerson || !sent.At.Equal(testNow) {
		t.Errorf("got %+v", sent)
	}
	told := k.fake.Told()
	if len(told) != 1 || told[0].Form["Body"][0] != "Sorry that we missed you" || told[0].Form["From"][0] != testLine || told[0].Form["MessagingServiceSid"] != nil {
		t.Errorf("told %+v", told)
	}
	if k.vault.uses[0] != "twilio/auth_token/send" {
		t.Errorf("uses %v", k.vault.uses)
	}
}

func TestSendTextThroughAService(t *testing.T) {
	k := newKit(t)
	k.account.Service = "MG11223344112233441122334411223344"
	if _, err := k.SendText(context.Background(), k.account, port.Text{To: testPerson, Body: "x", CallbackURL: "https://crm.example.com/hooks/twilio/status"}); err != nil {
		t.Fatal(err)
	}
	form := k.fake.Told()[0].Form
	if form["MessagingServiceSid"][0] != k.account.Service || form["From"] != nil || form["StatusCallback"][0] != "https://crm.example.com/hooks/twilio/status" {
		t.Errorf("told %v", form)
	}
}

func TestEveryErrorClassHasItsReaction(t *testing.T) {
	for _, tt := range []struct {
		code int
		kind errs.Kind
	}{
		{20003, errs.Denied},
		{20429, errs.Unavailable},
		{20404, errs.NotFound},
		{20500, errs.Unavailable},
		{20503, errs.Unavailable},
		{21211, errs.Invalid},
		{21614, errs.Invalid},
		{21217, errs.Invalid},
		{21408, errs.Denied},
		{21610, errs.Denied},
		{21606, errs.Denied},
		{21659, errs.Denied},
		{21660, errs.Denied},
		{21661, errs.Denied},
		{21617, errs.Invalid},
		{21605, errs.Invalid},
		{30001, errs.Unavailable},
		{30003, errs.Unavailable},
		{30005, errs.Invalid},
		{30006, errs.Invalid},
		{30007, errs.Denied},
		{30008, errs.Unavailable},
		{30034, errs.Denied},
		{30032, errs.Denied},
		{30485, errs.Denied},
		{99999, errs.Invalid},
	} {
		k := newKit(t)
		k.fake.Behave(testPerson, Behaviour{Refuse: tt.code, RetryAfter: 7})
		_, err := k.SendText(context.Background(), k.account, text(testPerson))
		code := (&apiError{code: tt.code}).public().Code
		wantError(t, err, tt.kind, code)
		if errs.RetryAfter(err) != 7*time.Second {
			t.Errorf("%d: retry after %v", tt.code, errs.RetryAfter(err))
		}
		if err == nil || strings.Contains(err.Error(), "Simulated") || strings.Contains(err.Error(), testPerson) {
			t.Errorf("%d: the error holds Twilio's words: %v", tt.code, err)
		}
		if len(k.fake.Messages()) != 0 {
			t.Errorf("%d: taken all the same", tt.code)
		}
	}
}

func TestAnUnclearOutcomeIsUnknownAndCanBeLookedUp(t *testing.T) {
	for name, tt := range map[string]struct {
		behaviour Behaviour
		taken     int
	}{
		"taken and never answered":     {Behaviour{Lose: true}, 1},
		"never answered":               {Behaviour{Hang: true}, 0},
		"a gateway's error in between": {Behaviour{Gateway: true}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			k := newKit(t)
			k.fake.Behave("", tt.behaviour)
			if _, err := k.SendText(context.Background(), k.account, text(testPerson)); !errors.Is(err, port.ErrUnknown) {
				t.Fatalf("got %v", err)
			}
			found, err := k.FindTexts(context.Background(), k.account, testPerson, testNow.Add(-time.Minute))
			if err != nil || len(found) != tt.taken {
				t.Fatalf("found %v, %v", found, err)
			}
			if tt.taken == 1 && (found[0].Body != "Sorry that we missed you" || found[0].To != testPerson) {
				t.Errorf("found %+v", found[0])
			}
		})
	}
}

type doerFunc func(*http.Request) (*http.Response, error)

func (f doerFunc) Do(r *http.Request) (*http.Response, error) { return f(r) }

func TestWhatNeverWentOutMayBeTriedAgain(t *testing.T) {
	k := newKit(t)
	k.cfg.BaseURL = "http://127.0.0.1:1" // nothing listens
	_, err := k.SendText(context.Background(), k.account, text(testPerson))
	wantError(t, err, errs.Unavailable, "network")
	if strings.Contains(err.Error(), testPerson) {
		t.Error("the error quotes the number")
	}
	k.cfg.HTTP = doerFunc(func(*http.Request) (*http.Response, error) {
		return nil, &errs.Error{Kind: errs.Denied, Code: "no_disclosure"}
	})
	_, err = k.SendText(context.Background(), k.account, text(testPerson))
	wantError(t, err, errs.Denied, "no_disclosure")
}

func TestAReadThatTimesOutMayBeTriedAgain(t *testing.T) {
	k := newKit(t)
	k.cfg.HTTP = doerFunc(func(r *http.Request) (*http.Response, error) {
		<-r.Context().Done()
		return nil, r.Context().Err()
	})
	k.cfg.Timeout = time.Millisecond
	_, err := k.FindTexts(context.Background(), k.account, testPerson, testNow)
	wantError(t, err, errs.Unavailable, "timeout")
}

func TestAnAnswerThatCannotBeReadIsUnknownForASendOnly(t *testing.T) {
	k := newKit(t)
	k.cfg.HTTP = doerFunc(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("<html>"))}, nil
	})
	if _, err := k.SendText(context.Background(), k.account, text(testPerson)); !errors.Is(err, port.ErrUnknown) {
		t.Errorf("send: %v", err)
	}
	_, err := k.FindTexts(context.Background(), k.account, testPerson, testNow)
	wantError(t, err, errs.Unavailable, "answer")
}

func TestALockedVaultSendsNothing(t *testing.T) {
	k := newKit(t)
	k.vault.err = &errs.Error{Kind: errs.Unavailable, Code: "locked"}
	_, err := k.SendText(context.Background(), k.account, text(testPerson))
	wantError(t, err, errs.Unavailable, "locked")
	if len(k.fake.Told()) != 0 {
		t.Error("something went out")
	}
}

func TestDeletion(t *testing.T) {
	k := newKit(t)
	ctx := context.Background()
	k.fake.Behave("", Behaviour{Statuses: []string{}})
	sent, err := k.SendText(ctx, k.account, text(testPerson))
	if err != nil {
		t.Fatal(err)
	}
	err = k.DeleteText(ctx, k.account, sent.Ref)
	wantError(t, err, errs.Unavailable, "20009")
	if errs.RetryAfter(err) < time.Minute {
		t.Errorf("retry after %v", errs.RetryAfter(err))
	}
	ref, err := k.fake.Text(ctx, FakeText{From: testPerson, To: testLine, Body: "hello", Lost: true})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // gone already is no error
		if err := k.DeleteText(ctx, k.account, ref); err != nil {
			t.Fatal(err)
		}
	}
	if left := k.fake.Messages(); len(left) != 1 || left[0].Sid != sent.Ref {
		t.Errorf("left %+v", left)
	}
	rung, err := k.fake.Call(ctx, FakeRing{From: testPerson, To: testLine, Lost: true})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := k.DeleteCall(ctx, k.account, rung.Sid); err != nil {
			t.Fatal(err)
		}
	}
	if left := k.fake.Calls(); len(left) != 0 {
		t.Errorf("left %+v", left)
	}
	k.fake.SetToken("other")
	wantError(t, k.DeleteText(ctx, k.account, ref), errs.Denied, "20003")
}

func TestAMissingSecretIsNotADeletion(t *testing.T) {
	k := newKit(t)
	k.vault.err = &errs.Error{Kind: errs.NotFound}
	if err := k.DeleteText(context.Background(), k.account, "SM1"); err == nil {
		t.Error("nothing was asked, and it counts as deleted")
	}
}

func TestCheck(t *testing.T) {
	k := newKit(t)
	ctx := context.Background()
	checked, err := k.Check(ctx, k.account, []byte(testToken), []string{testLine, "+15035550999"})
	if err != nil {
		t.Fatal(err)
	}
	if checked.State != "active" || checked.Name == "" || len(checked.Missing) != 1 || checked.Missing[0] != "+15035550999" {
		t.Errorf("got %+v", checked)
	}
	if len(k.vault.uses) != 0 {
		t.Error("the stored token was used to check a pasted one")
	}
	_, err = k.Check(ctx, k.account, []byte("wrong"), nil)
	wantError(t, err, errs.Denied, "20003")
	k.fake.SetState("suspended")
	if checked, err = k.Check(ctx, k.account, []byte(testToken), nil); err != nil || checked.State != "suspended" {
		t.Errorf("got %+v, %v", checked, err)
	}
}

func TestRetryAfter(t *testing.T) {
	for value, want := range map[string]time.Duration{
		"": 0, "3": 3 * time.Second, "-3": 0, "soon": 0, "999999999999": time.Hour,
		testNow.Add(90 * time.Second).Format(http.TimeFormat): 90 * time.Second,
		testNow.Add(-time.Hour).Format(http.TimeFormat):       0,
	} {
		if got := retryAfter(http.Header{"Retry-After": {value}}, testNow); got != want {
			t.Errorf("%q: %v, want %v", value, got, want)
		}
	}
}
