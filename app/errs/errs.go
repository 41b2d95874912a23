// Package errs is the one vocabulary of failure: a kind that HTTP and jobs
// understand, a code, and a message that is safe to show. Everything else is a
// fault of ours. No personal data and no provider's answer ever stands in it.
package errs

import (
	"errors"
	"time"

	"stead/store"
)

// Kind says what the caller can do about an error.
type Kind int

// The kinds. The zero value is a fault of ours.
const (
	Fault Kind = iota
	Invalid
	Denied
	NotFound
	Conflict
	Unavailable // a provider is down or slow, or the vault is locked; try again
)

var names = [...]string{"fault", "invalid", "denied", "not_found", "conflict", "unavailable"}

// String names the kind as logs, job rows and disclosure rows hold it.
func (k Kind) String() string {
	if k < 0 || int(k) >= len(names) {
		return names[Fault]
	}
	return names[k]
}

// Error is an expected failure.
type Error struct {
	Kind       Kind
	Message    string            // shown to the user; holds no personal data
	Fields     map[string]string // form field to message, for Invalid
	Code       string            // the provider's error code, or the reason's
	RetryAfter time.Duration     // when an Unavailable may be tried again; zero: nobody said
	Err        error             // cause, for the log only
}

func (e *Error) Error() string {
	text := e.Message
	if text == "" {
		text = e.Kind.String()
	}
	if e.Code != "" {
		text += " (" + e.Code + ")"
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

func (e *Error) Unwrap() error { return e.Err }

// Form is an Invalid error that says what is wrong with each field of a form, or
// nil when nothing is.
func Form(fields map[string]string) error {
	if len(fields) == 0 {
		return nil
	}
	return &Error{Kind: Invalid, Code: "form", Message: "Something in the form is not right.", Fields: fields}
}

// Field is an Invalid error of which one field is all there is to say.
func Field(name, message string) error {
	return &Error{Kind: Invalid, Message: message, Fields: map[string]string{name: message}}
}

// KindOf tells what kind of failure err is. The store's errors have kinds; nil
// and what is not known are a Fault.
func KindOf(err error) Kind {
	var e *Error
	switch {
	case errors.As(err, &e):
		return e.Kind
	case errors.Is(err, store.ErrNotFound):
		return NotFound
	case errors.Is(err, store.ErrConflict):
		return Conflict
	}
	return Fault
}

// Fields returns the per-field messages of an Invalid error, or nil.
func Fields(err error) map[string]string {
	var e *Error
	if errors.As(err, &e) {
		return e.Fields
	}
	return nil
}

// CodeOf returns the first code along err's chain, or the name of its kind. It
// is never empty for an error, and empty for nil.
func CodeOf(err error) string {
	if err == nil {
		return ""
	}
	for cause := err; ; {
		var e *Error
		if !errors.As(cause, &e) {
			return KindOf(err).String()
		}
		if e.Code != "" {
			return e.Code
		}
		cause = e.Err
	}
}

// RetryAfter returns how long to wait before trying again, or zero.
func RetryAfter(err error) time.Duration {
	var e *Error
	if errors.As(err, &e) {
		return e.RetryAfter
	}
	return 0
}

// Message returns what may be shown to a person, whatever err is.
func Message(err error) string {
	var e *Error
	if errors.As(err, &e) && e.Message != "" {
		return e.Message
	}
	switch KindOf(err) {
	case Invalid:
		return "Something in the form is not right."
	case Denied:
		return "You may not do that."
	case NotFound:
		return "There is nothing here."
	case Conflict:
		return "Someone changed this in the meantime. Look again and repeat what you did."
	case Unavailable:
		return "A service that this needs does not answer. Try again in a moment."
	case Fault:
	}
	return "Something went wrong here. It was logged."
}
