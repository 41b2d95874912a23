package privacy

import (
	"context"
	"time"

	"stead/app/errs"
	"stead/store"
)

// A clock that jumps forward would have retention delete what is not due. So
// the time is noted again and again while the product runs; a leap between two
// notes puts the sweep off until a person has said that the clock is right.
const (
	clockEvery   = 10 * time.Minute
	clockLeap    = time.Hour          // while it runs
	clockAbsence = 7 * 24 * time.Hour // while it was off: nobody can tell it from a leap
	clockCode    = "clock_jumped"
)

// clockSeen is the setting in which the time is noted. JumpedTo is set while
// the clock is in doubt.
type clockSeen struct {
	At         int64 `json:"at"`
	JumpedFrom int64 `json:"jumped_from,omitempty"`
	JumpedTo   int64 `json:"jumped_to,omitempty"`
}

// SeeClock is the job that notes the time.
type SeeClock struct{}

// Kind names the job.
func (SeeClock) Kind() string { return "privacy.see_clock" }

// SeeClock is the job's work.
func (s *Service) SeeClock(ctx context.Context, _ SeeClock) error {
	_, err := s.seeClock(ctx, false)
	return err
}

// seeClock notes the time, or that it leapt. right clears every doubt.
func (s *Service) seeClock(ctx context.Context, right bool) (clockSeen, error) {
	now := s.Now().UnixMilli()
	running := s.ticking.Swap(true)
	var seen clockSeen
	err := s.Store.InTx(ctx, func(tx *store.Tx) error {
		seen = clockSeen{}
		known, err := tx.Setting(ctx, "clock", &seen)
		if err != nil {
			return err
		}
		seen = seen.next(now, known, running, right)
		return tx.SetSetting(ctx, "clock", seen, now)
	})
	return seen, err
}

// next is the note that follows at the time now.
func (c clockSeen) next(now int64, known, running, right bool) clockSeen {
	leap := clockAbsence
	if running {
		leap = clockEvery + clockLeap
	}
	switch {
	case right, !known:
		return clockSeen{At: now}
	case c.JumpedTo != 0 && now >= c.JumpedTo-clockLeap.Milliseconds():
		return c // still in doubt
	case c.JumpedTo != 0: // it was put back
		return clockSeen{At: now}
	case now-c.At > leap.Milliseconds():
		return clockSeen{At: c.At, JumpedFrom: c.At, JumpedTo: now}
	}
	return clockSeen{At: now}
}

// clockTrusted refuses while the clock is in doubt.
func (s *Service) clockTrusted(ctx context.Context, right bool) error {
	seen, err := s.seeClock(ctx, right)
	if err != nil || seen.JumpedTo == 0 {
		return err
	}
	return seen.doubt()
}

// doubt is the question that a leap raises.
func (c clockSeen) doubt() error {
	return &errs.Error{Kind: errs.Conflict, Code: clockCode, Message: "The clock went from " + stamp(c.JumpedFrom) + " to " + stamp(c.JumpedTo) +
		". Nothing is deleted until somebody has looked: if the clock is right, say so and run the sweep again."}
}

// ClockSeen tells when the time was noted last, 0 for never, and the question
// that a leap has raised; empty, there is none.
func (s *Service) ClockSeen(ctx context.Context) (at int64, doubt string, err error) {
	var seen clockSeen
	if _, err := s.Store.Setting(ctx, "clock", &seen); err != nil {
		return 0, "", err
	}
	if seen.JumpedTo != 0 {
		doubt = errs.Message(seen.doubt())
	}
	return seen.At, doubt, nil
}

// LastSweep tells when all rules of retention were last carried out; 0 for never.
func (s *Service) LastSweep(ctx context.Context) (int64, error) {
	var last lastSweep
	_, err := s.Store.Setting(ctx, "sweep", &last)
	return last.At, err
}
