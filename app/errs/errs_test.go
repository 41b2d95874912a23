package errs

import (
	"errors"
	"fmt"
	"maps"
	"testing"
	"time"

	"stead/store"
)

func TestKindOf(t *testing.T) {
	cause := errors.New("secret detail")
	for name, tt := range map[string]struct {
		err  error
		kind Kind
		code string
	}{
		"nil is a fault without a code": {nil, Fault, ""},
		"a strange error is a fault":    {cause, Fault, "fault"},
		"a kind survives wrapping":      {fmt.Errorf("op: %w", &Error{Kind: Denied}), Denied, "denied"},
		"a code wins over the kind":     {&Error{Kind: Unavailable, Code: "20429"}, Unavailable, "20429"},
		"an inner code is found":        {&Error{Kind: Invalid, Err: &Error{Kind: Fault, Code: "21211"}}, Invalid, "21211"},
		"not found in the store":        {fmt.Errorf("op: %w", store.ErrNotFound), NotFound, "not_found"},
		"conflict in the store":         {fmt.Errorf("op: %w", store.ErrConflict), Conflict, "conflict"},
		"a joined error has its kind":   {errors.Join(cause, &Error{Kind: Conflict}), Conflict, "conflict"},
		"an error without a cause":      {&Error{}, Fault, "fault"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := KindOf(tt.err); got != tt.kind {
				t.Errorf("kind %v, want %v", got, tt.kind)
			}
			if got := CodeOf(tt.err); got != tt.code {
				t.Errorf("code %q, want %q", got, tt.code)
			}
		})
	}
}

func TestAFormWithoutProblemsIsFine(t *testing.T) {
	if err := Form(nil); err != nil {
		t.Errorf("%v", err)
	}
	wrong := map[string]string{"name": "Enter a name."}
	if err := Form(wrong); KindOf(err) != Invalid || CodeOf(err) != "form" || !maps.Equal(Fields(err), wrong) {
		t.Errorf("%v", err)
	}
	if err := Field("name", "Enter a name."); KindOf(err) != Invalid || Message(err) != "Enter a name." || !maps.Equal(Fields(err), wrong) {
		t.Errorf("%v", err)
	}
}

func TestMessageNeverShowsTheCause(t *testing.T) {
	cause := errors.New("dial tcp 10.0.0.1: ana@example.com")
	shown := map[string]bool{}
	for k := Fault; k <= Unavailable; k++ {
		text := Message(&Error{Kind: k, Err: cause})
		if text == "" || shown[text] {
			t.Errorf("kind %v: message %q is empty or not its own", k, text)
		}
		shown[text] = true
	}
	if got, want := Message(cause), Message(&Error{}); got != want {
		t.Errorf("an unknown error shows %q, want %q", got, want)
	}
	if got := Message(&Error{Kind: Invalid, Message: "Say when."}); got != "Say when." {
		t.Errorf("its own message is lost: %q", got)
	}
}

func TestErrorTextHoldsMessageCodeAndCause(t *testing.T) {
	e := &Error{Kind: Unavailable, Message: "Twilio is slow.", Code: "20429", RetryAfter: time.Minute, Err: errors.New("cause")}
	if got, want := e.Error(), "Twilio is slow. (20429): cause"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := (&Error{Kind: Denied}).Error(); got != "denied" {
		t.Errorf("an error without a message reads %q", got)
	}
	if got := RetryAfter(fmt.Errorf("op: %w", e)); got != time.Minute {
		t.Errorf("retry after %v", got)
	}
	if got := RetryAfter(errors.New("x")); got != 0 {
		t.Errorf("retry after %v of a strange error", got)
	}
	if Fields(e) != nil || Fields(&Error{Fields: map[string]string{"a": "b"}})["a"] != "b" {
		t.Error("fields are not passed on")
	}
	if got := Kind(99).String(); got != "fault" {
		t.Errorf("an unknown kind is named %q", got)
	}
}
