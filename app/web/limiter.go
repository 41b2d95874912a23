package web

import "time"

// Limiter counts tries by a key of the caller's, beside those that stand before
// every request: so many at once, and so many a second thereafter.
type Limiter struct{ l *limiter }

// NewLimiter lets burst tries of a key through at once, and rate a second after
// that.
func NewLimiter(rate, burst float64, now func() time.Time) *Limiter {
	return &Limiter{newLimiter(rate, burst, now)}
}

// Take counts a try and tells how long to wait; zero: go on.
func (l *Limiter) Take(key string) time.Duration { return l.l.take(key) }
