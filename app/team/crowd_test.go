package team_test

import (
	"fmt"
	"net/http"
	"net/netip"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"stead/app"
	"stead/app/apptest"
)

// guess tries a wrong password, as the nth of many: other emails from other
// networks, so that only the work itself holds them up.
func guess(c *apptest.Client, n int) apptest.Page {
	c.Header.Set("X-Forwarded-For", netip.AddrFrom4([4]byte{198, 18, byte(n >> 8), byte(n)}).String())
	return c.PostForm("/login", login(fmt.Sprintf("guest%d@else.example", n), "not the password at all"))
}

// crowd tries in parallel until told to stop; who is refused comes back after a
// while, for here the crowd and the server share their cores. It returns how
// often each status came; each is also told to whoever listens just then.
func crowd(h *apptest.House, size int, again time.Duration, stop <-chan struct{}, came ...chan<- int) func() map[int]int {
	var all sync.WaitGroup
	var mu sync.Mutex
	var next atomic.Int64
	seen := map[int]int{}
	for range size {
		c := h.Visitor()
		all.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				p := guess(c, int(next.Add(1)))
				if p.Status == http.StatusTooManyRequests && p.Header.Get("Retry-After") == "" {
					p.Status = 0
				}
				mu.Lock()
				seen[p.Status]++
				mu.Unlock()
				for _, to := range came {
					select {
					case to <- p.Status:
					default:
					}
				}
				if p.Status == http.StatusTooManyRequests {
					select {
					case <-stop:
					case <-time.After(again):
					}
				}
			}
		})
	}
	return func() map[int]int {
		all.Wait()
		return seen
	}
}

// TestCrowdAtTheDoor: while many try passwords at once, pages answer, memory
// stays small, the rest are told when to come back, and the owner gets in: from
// where they are signed in, and with some patience from elsewhere.
func TestCrowdAtTheDoor(t *testing.T) {
	h := behindProxy(t)
	in := h.Visitor()
	in.Header.Set("X-Forwarded-For", "203.0.113.7")
	in.PostForm("/login", asOwner)
	heap := heapInUse()
	stop := make(chan struct{})
	came := make(chan int, 64)
	done := crowd(h, 80, 50*time.Millisecond, stop, came)
	for range 20 {
		if p := in.Get("/contacts"); p.Status != http.StatusOK {
			t.Errorf("a page answers %d", p.Status)
		}
	}
	grown := heapInUse() - heap
	if got := from(h, "203.0.113.7", apptest.Email, apptest.Password); got != http.StatusSeeOther {
		t.Errorf("the owner at home gets %d", got)
	}
	awaitBoth(t, came)
	close(stop)
	for status, n := range done() {
		if !slices.Contains([]int{http.StatusTooManyRequests, http.StatusUnprocessableEntity, http.StatusSeeOther, http.StatusServiceUnavailable}, status) {
			t.Errorf("%d answers are %d", n, status)
		}
	}
	if grown > 256<<20 {
		t.Errorf("the heap grew by %d MiB", grown>>20)
	}
	if got := from(h, "192.0.2.9", apptest.Email, apptest.Password); got != http.StatusSeeOther {
		t.Errorf("the owner elsewhere gets %d", got)
	}
}

// awaitBoth waits until some of a crowd were compared and refused, and some
// told to come back later.
func awaitBoth(t *testing.T, came <-chan int) {
	t.Helper()
	late := time.After(time.Minute)
	for seen := map[int]bool{}; !seen[http.StatusTooManyRequests] || !seen[http.StatusUnprocessableEntity]; {
		select {
		case status := <-came:
			seen[status] = true
		case <-late:
			t.Errorf("answers after a minute: %v; want some refused and some to come back later, saying when", seen)
			return
		}
	}
}

// TestOneNetworkDoesNotFillTheDoor: whoever tries from one place leaves room.
func TestOneNetworkDoesNotFillTheDoor(t *testing.T) {
	h := behindProxy(t)
	stop := make(chan struct{})
	var all sync.WaitGroup
	for i := range 60 {
		c := h.Visitor()
		c.Header.Set("X-Forwarded-For", "198.51.100.9")
		all.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
					c.PostForm("/login", login(fmt.Sprintf("g%d-%d@else.example", i, n), "not the password at all"))
				}
			}
		})
	}
	for i := range 3 {
		if got := from(h, fmt.Sprintf("192.0.2.%d", i), apptest.Email, apptest.Password); got != http.StatusSeeOther {
			t.Errorf("the owner elsewhere gets %d", got)
		}
	}
	close(stop)
	all.Wait()
}

func heapInUse() int64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapInuse)
}

// BenchmarkPagesUnderAttack reports how long pages take, in milliseconds, at
// rest and while 500 try wrong passwords at once, each again a second after it
// was refused, and by how much the one is the other.
func BenchmarkPagesUnderAttack(b *testing.B) {
	h := apptest.Start(b, apptest.Options{Config: func(c *app.Config) {
		c.Trusted = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
		c.LogLevel = 8
	}})
	in := h.Visitor()
	in.Header.Set("X-Forwarded-For", "203.0.113.7")
	in.PostForm("/login", asOwner)
	pages := func() (p50, p95 time.Duration) {
		var took []time.Duration
		for i := range 3000 {
			h.Clock.Advance(100 * time.Millisecond) // the limit of requests is by this clock
			start := time.Now()
			if p := in.Get([]string{"/contacts", "/inbox", "/today"}[i%3]); p.Status != http.StatusOK {
				b.Fatalf("a page answers %d", p.Status)
			}
			took = append(took, time.Since(start))
		}
		slices.Sort(took)
		return took[len(took)/2], took[len(took)*95/100]
	}
	for b.Loop() {
		calm50, calm95 := pages()
		heap := heapInUse()
		stop := make(chan struct{})
		done := crowd(h, 500, time.Second, stop)
		hard50, hard95 := pages()
		grown := heapInUse() - heap
		owner := time.Now()
		if got := from(h, "203.0.113.7", apptest.Email, apptest.Password); got != http.StatusSeeOther {
			b.Errorf("the owner gets %d", got)
		}
		b.ReportMetric(ms(time.Since(owner)), "owner-ms")
		close(stop)
		seen := done()
		b.ReportMetric(ms(calm50), "calm-p50-ms")
		b.ReportMetric(ms(calm95), "calm-p95-ms")
		b.ReportMetric(ms(hard50), "attack-p50-ms")
		b.ReportMetric(ms(hard95), "attack-p95-ms")
		b.ReportMetric(float64(hard50)/float64(calm50), "p50-ratio")
		b.ReportMetric(float64(hard95)/float64(calm95), "p95-ratio")
		b.ReportMetric(float64(grown>>20), "heap-MiB")
		b.ReportMetric(float64(seen[http.StatusTooManyRequests]), "told-to-wait")
		b.ReportMetric(float64(seen[http.StatusUnprocessableEntity]), "compared")
	}
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
