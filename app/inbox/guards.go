package inbox

import (
	"context"
	"errors"
	"math"
	"strings"
	"time"

	"stead/app/gate"
	"stead/store"
)

// helpKey begins the key of a text that answers the word HELP; what follows is
// the id of the message that asked.
const helpKey = "help:"

// helpPause is the time in which the word HELP is answered once.
const helpPause = 24 * time.Hour

// guard adds what keeps automatic texts from being a nuisance. Only what came
// before m counts, so that the answer for a text that waits is the answer that
// it got when it was written, but for what happened since.
func (s *Service) guard(ctx context.Context, r *store.Reader, m store.Message, f *gate.Facts) error {
	first := m // what m repeats, or m itself
	if m.RetryOf != "" {
		original, err := r.Message(ctx, m.RetryOf)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		if err == nil {
			first = original
		}
	}
	if first.CreatedAt > 0 {
		f.About = time.UnixMilli(first.CreatedAt)
	}
	earlier := store.Earlier{At: m.CreatedAt, ID: m.ID, Except: m.RetryOf}
	if m.ID == "" {
		earlier.At = math.MaxInt64
	}
	if strings.HasPrefix(first.FormKey, helpKey) {
		return s.guardHelp(ctx, r, m, earlier, f)
	}
	return s.guardTextBack(ctx, r, first, earlier, f)
}

// guardHelp: the person asked in so many words, so only their last answer to
// the same question holds the next one.
func (s *Service) guardHelp(ctx context.Context, r *store.Reader, m store.Message, earlier store.Earlier, f *gate.Facts) error {
	f.Cooldown = helpPause
	last, err := r.LastAutoText(ctx, m.ContactID, helpKey, f.Now.Add(-helpPause).UnixMilli(), earlier)
	if last > 0 {
		f.LastAutoText = time.UnixMilli(last)
	}
	return err
}

func (s *Service) guardTextBack(ctx context.Context, r *store.Reader, first store.Message, earlier store.Earlier, f *gate.Facts) error {
	settings, err := r.TextBack(ctx)
	if err != nil {
		return err
	}
	if first.CallID != "" {
		f.Paused = f.Paused || !settings.Enabled
		call, err := r.Call(ctx, first.CallID)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		if err == nil {
			f.About = time.UnixMilli(call.StartedAt)
		}
	}
	f.Cooldown, f.DailyCap = time.Duration(settings.CooldownHours)*time.Hour, settings.DailyCap
	last, err := r.LastAutoText(ctx, first.ContactID, "", f.Now.Add(-f.Cooldown).UnixMilli(), earlier)
	if err != nil {
		return err
	}
	if last > 0 {
		f.LastAutoText = time.UnixMilli(last)
	}
	v, err := r.ConversationOf(ctx, first.ContactID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	answered := f.Now.Sub(time.UnixMilli(v.AnsweredAt))
	f.OpenThreadAnswered = v.State == "open" && v.AnsweredAt > 0 && answered < time.Duration(settings.ThreadMinutes)*time.Minute
	return s.guardDay(ctx, r, earlier, f)
}

// guardDay looks at the business's own clock.
func (s *Service) guardDay(ctx context.Context, r *store.Reader, earlier store.Earlier, f *gate.Facts) error {
	zone := time.UTC
	business, err := r.Business(ctx)
	switch {
	case err == nil:
		zone = business.Location()
	case !errors.Is(err, store.ErrNotFound):
		return err
	}
	local := f.Now.In(zone)
	quiet, err := r.Quiet(ctx)
	if err != nil {
		return err
	}
	f.QuietNow = within(quiet, local.Format("15:04"))
	year, month, day := local.Date()
	f.SentToday, err = r.AutoTextsSince(ctx, time.Date(year, month, day, 0, 0, 0, 0, zone).UnixMilli(), earlier)
	return err
}

// within tells whether it is quiet at a time of day; quiet hours may lie around
// midnight.
func within(q store.Quiet, clock string) bool {
	if q.From <= q.To {
		return q.From <= clock && clock < q.To
	}
	return q.From <= clock || clock < q.To
}
