package settings

import (
	"context"
	"regexp"
	"strings"
	"unicode/utf8"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/sms"
	"stead/store"
)

// Place stands for the business's name in a wording.
const Place = "{business}"

// maxSegments bounds what one missed call may cost.
const maxSegments = 6

// stopWord is what tells a person how to end the texts; carriers know it in capitals.
var stopWord = regexp.MustCompile(`\bSTOP\b`)

// SaveTextBack changes how missed calls are answered. Errors are errs.Invalid
// with the fields: a wording must say who writes and how to stop it, and every
// guard has its range.
func (s *Service) SaveTextBack(ctx context.Context, actor access.Actor, in store.TextBack) error {
	business, err := s.Store.Business(ctx)
	if err != nil {
		return err
	}
	in.BodyOpen, in.BodyClosed = strings.TrimSpace(in.BodyOpen), strings.TrimSpace(in.BodyClosed)
	fields := map[string]string{}
	for name, body := range map[string]string{"body_open": in.BodyOpen, "body_closed": in.BodyClosed} {
		if problem := wordingProblem(body, business.Name); problem != "" {
			fields[name] = problem
		}
	}
	for _, g := range guards(in) {
		if g.value < g.min || g.value > g.max {
			fields[g.field] = g.problem
		}
	}
	if err := errs.Form(fields); err != nil {
		return err
	}
	return s.change(ctx, actor, EventTextBack, "textback", func(tx *store.Tx, at int64) error {
		return tx.SetSetting(ctx, "textback", in, at)
	})
}

// guard is a number with its range.
type guard struct {
	field           string
	value, min, max int
	problem         string
}

func guards(in store.TextBack) []guard {
	return []guard{
		{"cooldown_hours", in.CooldownHours, 1, 720, "Enter a number of hours from 1 to 720."},
		{"daily_cap", in.DailyCap, 1, 10_000, "Enter a number of texts from 1 to 10,000."},
		{"ring_seconds", in.RingSeconds, 5, 60, "Enter a number of seconds from 5 to 60."},
		{"thread_minutes", in.ThreadMinutes, 0, 1440, "Enter a number of minutes from 0 to 1440."},
	}
}

func wordingProblem(body, business string) string {
	text := Wording(body, business)
	segments, _ := sms.Segments(text)
	switch {
	case body == "":
		return "Write what the caller gets."
	case !strings.Contains(strings.ToLower(text), strings.ToLower(business)):
		return "Say who writes: put {business} where your name goes."
	case !stopWord.MatchString(text):
		return "Say how to end the texts: “Reply STOP for no more texts.”"
	case segments > maxSegments || utf8.RuneCountInString(text) > sms.MaxBody:
		return "This is too long. Each text costs you once for every part that it is sent in."
	}
	return ""
}

// Wording fills the business's name into a wording.
func Wording(body, business string) string { return strings.ReplaceAll(body, Place, business) }
