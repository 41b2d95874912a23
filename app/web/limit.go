package web

import (
	"sync"
	"time"
)

// limiter is a token bucket for each network. It stops floods, not people.
type limiter struct {
	rate, burst float64
	now         func() time.Time

	mu      sync.Mutex
	buckets map[string]*bucket
	swept   time.Time
}

type bucket struct {
	left float64
	at   time.Time
}

func newLimiter(rate, burst float64, now func() time.Time) *limiter {
	return &limiter{rate: rate, burst: burst, now: now, buckets: map[string]*bucket{}}
}

// take tells how long to wait; zero means go on.
func (l *limiter) take(key string) time.Duration {
	now := l.now()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sweep(now)
	b := l.buckets[key]
	if b == nil {
		b = &bucket{left: l.burst, at: now}
		l.buckets[key] = b
	}
	if gone := now.Sub(b.at).Seconds(); gone > 0 {
		b.left, b.at = min(l.burst, b.left+gone*l.rate), now
	}
	if b.left < 1 {
		return max(time.Second, time.Duration((1-b.left)/l.rate*float64(time.Second)))
	}
	b.left--
	return 0
}

// sweep forgets the buckets that are full again, once a minute.
func (l *limiter) sweep(now time.Time) {
	if now.Sub(l.swept) < time.Minute {
		return
	}
	l.swept = now
	full := time.Duration(l.burst / l.rate * float64(time.Second))
	for key, b := range l.buckets {
		if now.Sub(b.at) > full {
			delete(l.buckets, key)
		}
	}
}
