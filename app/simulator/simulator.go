// Package simulator pretends that people call and text, in a demonstration:
// what it sets off goes through the same signed callbacks as the provider's.
// It fills an empty business with invented people first. It is not wired into
// a business that is real.
package simulator

import (
	"context"
	"strings"
	"time"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/phone"
	"stead/store"
)

// Carrier is the stand-in for a phone network.
type Carrier interface {
	// Ring makes a call to the business's line arrive and end; it returns when
	// the product has been told of the outcome.
	Ring(ctx context.Context, from string, answered bool) error
	// Text makes a text arrive.
	Text(ctx context.Context, from, body string) error
}

// Deps are what the capability stands on.
type Deps struct {
	Store   *store.Store
	Carrier Carrier
	Line    string // the business's number
	Country string // of numbers without a country code
	Now     func() time.Time
	NewID   func() string
}

// Service is the pretended outside world.
type Service struct{ Deps }

// New returns the capability.
func New(d Deps) *Service { return &Service{d} }

// Person is somebody who may call or text.
type Person struct{ Name, Number string }

// maxText is how long a text may be that a phone sends.
const maxText = 1600

// Ring lets somebody call the business.
func (s *Service) Ring(ctx context.Context, actor access.Actor, from string, answered bool) error {
	number, err := s.caller(actor, from)
	if err != nil {
		return err
	}
	return outage(s.Carrier.Ring(ctx, number, answered))
}

// Text lets somebody text the business.
func (s *Service) Text(ctx context.Context, actor access.Actor, from, body string) error {
	number, err := s.caller(actor, from)
	if err != nil {
		return err
	}
	body = strings.TrimSpace(body)
	if body == "" || len([]rune(body)) > maxText {
		return &errs.Error{Kind: errs.Invalid, Message: "The text was not sent.", Fields: map[string]string{
			"body": "Write a text of 1 to 1600 characters.",
		}}
	}
	return outage(s.Carrier.Text(ctx, number, body))
}

// caller is the number that somebody calls from.
func (s *Service) caller(actor access.Actor, typed string) (string, error) {
	if err := access.Allow(actor, access.DemoRun, access.Object{}); err != nil {
		return "", err
	}
	number, err := phone.Parse(typed, s.Country)
	if err != nil {
		return "", &errs.Error{Kind: errs.Invalid, Message: "Nobody called.", Fields: map[string]string{
			"from": "Enter a phone number with its country code, like +1 503 555 0177.",
		}}
	}
	return number.E164, nil
}

// outage hides how the stand-in failed: nobody can do anything about it.
func outage(err error) error {
	if err == nil {
		return nil
	}
	return &errs.Error{Kind: errs.Unavailable, Message: "The simulated phone network did not get through. Try again.", Err: err}
}

// People lists who can call: those whom the demonstration invented, and a stranger.
func (s *Service) People() []Person {
	out := make([]Person, 0, len(cast)+1)
	out = append(out, Person{Name: "Somebody new", Number: "+15035550177"})
	for _, p := range cast {
		out = append(out, Person{Name: p.name, Number: p.number})
	}
	return out
}
