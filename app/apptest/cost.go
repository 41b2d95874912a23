package apptest

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Target is a page whose cost is measured: what a request of it costs this
// process, without the client's own share.
type Target struct {
	Name, URL, Cookie string
	All               []string // other paths, taken in turn
	Is                string   // stands in the right answer
	Size              int
	client            time.Duration
	cpu               []time.Duration
}

const atATime = 4 // connections

// Ready asks once, as a person would, and measures what the clients cost for
// answers of that size.
func (t *Target) Ready(b *testing.B, perRound int) {
	b.Helper()
	t.check(b)
	t.client = clientShare(b, t.Size, perRound)
}

// Round measures once more; rounds of all targets side by side even out what else
// the machine does.
func (t *Target) Round(b *testing.B, n int) {
	b.Helper()
	t.cpu = append(t.cpu, measure(b, t, n)-t.client)
}

// Cost is the median of the rounds.
func (t *Target) Cost() time.Duration { return Median(t.cpu) }

func (t *Target) requests() [][]byte {
	base, path, _ := strings.Cut(strings.TrimPrefix(t.URL, "http://"), "/")
	paths := t.All
	if paths == nil {
		paths = []string{"/" + path}
	}
	var out [][]byte
	for _, p := range paths {
		text := "GET " + p + " HTTP/1.1\r\nHost: " + base + "\r\n"
		if t.Cookie != "" {
			text += "Cookie: " + t.Cookie + "\r\n"
		}
		out = append(out, []byte(text+"\r\n"))
	}
	return out
}

func (t *Target) check(b *testing.B) {
	r, err := http.NewRequestWithContext(b.Context(), http.MethodGet, t.URL, http.NoBody)
	if err != nil {
		b.Fatal(err)
	}
	r.Header.Set("Cookie", t.Cookie)
	r.Header.Set("Accept-Encoding", "identity")
	w, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(r)
	if err != nil {
		b.Fatal(err)
	}
	defer w.Body.Close()
	body, err := io.ReadAll(w.Body)
	if err != nil || w.StatusCode != http.StatusOK || !bytes.Contains(body, []byte(t.Is)) {
		b.Fatalf("%s: %s, %v\n%.2000s", t.Name, w.Status, err, body)
	}
	t.Size = len(body)
}

// measure returns the CPU that one request costs this process.
func measure(b *testing.B, t *Target, n int) time.Duration {
	host, _, _ := strings.Cut(strings.TrimPrefix(t.URL, "http://"), "/")
	requests := t.requests()
	var wait sync.WaitGroup
	before := CPU(b)
	for w := range atATime {
		wait.Go(func() { exchange(b, host, requests[w%len(requests):], n/atATime) })
	}
	wait.Wait()
	return (CPU(b) - before) / time.Duration(n/atATime*atATime)
}

// exchange sends requests over one connection and reads the answers with as
// little work as can be.
func exchange(b *testing.B, host string, requests [][]byte, n int) {
	c, err := (&net.Dialer{}).DialContext(b.Context(), "tcp", host)
	if err != nil {
		b.Error(err)
		return
	}
	defer c.Close()
	r := bufio.NewReaderSize(c, 64<<10)
	for i := range n {
		if _, err := c.Write(requests[i%len(requests)]); err != nil {
			b.Error(err)
			return
		}
		if err := skipAnswer(r); err != nil {
			b.Error(err)
			return
		}
	}
}

var lengthOf = []byte("Content-Length: ")

func skipAnswer(r *bufio.Reader) error {
	length, chunked := 0, true
	for {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return err
		}
		if bytes.HasPrefix(line, lengthOf) {
			length, err = strconv.Atoi(string(bytes.TrimSpace(line[len(lengthOf):])))
			if err != nil {
				return err
			}
			chunked = false
		}
		if len(line) == 2 {
			break
		}
	}
	for chunked {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return err
		}
		size, err := strconv.ParseInt(string(bytes.TrimSpace(line)), 16, 32)
		if err != nil {
			return err
		}
		if _, err := r.Discard(int(size) + 2); err != nil || size == 0 {
			return err
		}
	}
	_, err := r.Discard(length)
	return err
}

// clientShare is what the clients cost for answers of a size: half of an
// exchange with a server that does the same as they do.
func clientShare(b *testing.B, size, perRound int) time.Duration {
	l, err := (&net.ListenConfig{}).Listen(b.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	answer := []byte(fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", size, bytes.Repeat([]byte{'x'}, size)))
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				buf := make([]byte, 4096)
				for {
					if _, err := c.Read(buf); err != nil {
						return
					}
					if _, err := c.Write(answer); err != nil {
						return
					}
				}
			}()
		}
	}()
	t := &Target{URL: "http://" + l.Addr().String() + "/"}
	var all []time.Duration
	for range 5 {
		all = append(all, measure(b, t, 4*perRound))
	}
	return Median(all) / 2
}

// CPU is what this process has used.
func CPU(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(os.NewSyscallError("getrusage", err))
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// Median is the middle one.
func Median(d []time.Duration) time.Duration {
	d = slices.Clone(d)
	slices.Sort(d)
	return d[len(d)/2]
}
