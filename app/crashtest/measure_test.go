package crashtest

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"stead/app/apptest"
)

// process is a server under measurement.
type process struct {
	addr string
	cmd  *exec.Cmd
}

// usage is what a process has used: CPU since its start, memory as it is now.
type usage struct {
	cpu       time.Duration
	rss, anon float64 // MB
}

// used reads the kernel's account of the process. Its threads are added up
// since only they are counted in nanoseconds; Go ends none.
func (p process) used(b *testing.B) (u usage) {
	b.Helper()
	proc := "/proc/" + strconv.Itoa(p.cmd.Process.Pid)
	threads, err := filepath.Glob(proc + "/task/*/schedstat")
	if err != nil || len(threads) == 0 {
		b.Skip("the kernel does not tell what a process uses")
	}
	for _, file := range threads {
		text, _ := os.ReadFile(file)
		ns, _, _ := strings.Cut(string(text), " ")
		n, err := strconv.ParseInt(ns, 10, 64)
		if err != nil {
			b.Fatal(err)
		}
		u.cpu += time.Duration(n)
	}
	status, err := os.ReadFile(proc + "/status")
	if err != nil {
		b.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		switch name, value, _ := strings.Cut(line, ":"); name {
		case "VmRSS":
			u.rss = megabytes(b, value)
		case "RssAnon":
			u.anon = megabytes(b, value)
		}
	}
	return u
}

func megabytes(b *testing.B, text string) float64 {
	kb, err := strconv.ParseFloat(strings.Fields(text)[0], 64)
	if err != nil {
		b.Fatal(err)
	}
	return kb / 1024
}

// buildStripped builds a program as a release is built.
func buildStripped(b *testing.B, out, pkg string) {
	b.Helper()
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", out, pkg)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if text, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("build: %v\n%s", err, text)
	}
}

// bare starts the smallest server of net/http.
func bare(b *testing.B) process {
	b.Helper()
	p := process{addr: apptest.FreeAddr(b)}
	p.cmd = exec.Command(house.bare, p.addr)
	if err := p.cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { p.end() })
	firstByte(b, p.addr, "/hello")
	return p
}

func (p process) end() {
	_ = p.cmd.Process.Kill() // it may be gone
	_ = p.cmd.Wait()
}

// firstByte asks until somebody answers.
func firstByte(b *testing.B, addr, path string) {
	b.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			<-time.After(100 * time.Microsecond)
			continue
		}
		_, err = fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", path, addr)
		var one [1]byte
		if err == nil {
			_, err = c.Read(one[:])
		}
		c.Close()
		if err == nil {
			return
		}
	}
	b.Fatal("no answer")
}

// load sends requests over some connections, each as often as it takes to reach
// total, and returns how long each answer took. All must be below 300.
func load(b *testing.B, addr string, requests [][]byte, connections, total int) []time.Duration {
	b.Helper()
	took := make([]time.Duration, total)
	var next atomic.Int64
	var wrong atomic.Pointer[error]
	var all sync.WaitGroup
	for range connections {
		all.Go(func() {
			c, err := net.Dial("tcp", addr)
			if err != nil {
				wrong.Store(&err)
				return
			}
			defer c.Close()
			r := bufio.NewReaderSize(c, 64<<10)
			for {
				i := int(next.Add(1)) - 1
				if i >= total {
					return
				}
				began := time.Now()
				if err := exchange(c, r, requests[i%len(requests)]); err != nil {
					wrong.Store(&err)
					return
				}
				took[i] = time.Since(began)
			}
		})
	}
	all.Wait()
	if err := wrong.Load(); err != nil {
		b.Fatal(*err)
	}
	return took
}

var lengthOf = []byte("Content-Length: ")

// exchange costs little, so that what is left of the machine is the server's.
func exchange(c net.Conn, r *bufio.Reader, request []byte) error {
	if _, err := c.Write(request); err != nil {
		return err
	}
	line, err := r.ReadSlice('\n')
	if err != nil {
		return err
	}
	if len(line) < 12 || line[9] != '2' {
		return fmt.Errorf("answer %q to %.80q", line, request)
	}
	length := -1
	for len(line) > 2 {
		if line, err = r.ReadSlice('\n'); err != nil {
			return err
		}
		if bytes.HasPrefix(line, lengthOf) {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(line[len(lengthOf):]))); err != nil {
				return err
			}
		}
	}
	if length >= 0 {
		_, err = r.Discard(length)
		return err
	}
	return skipChunks(r)
}

func skipChunks(r *bufio.Reader) error {
	for {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return err
		}
		size, err := strconv.ParseInt(string(bytes.TrimSpace(line)), 16, 32)
		if err != nil {
			return errors.New("neither length nor chunks")
		}
		if _, err := r.Discard(int(size) + 2); err != nil || size == 0 {
			return err
		}
	}
}

// quantile of some durations, which it sorts.
func quantile(d []time.Duration, q float64) time.Duration {
	slices.Sort(d)
	return d[min(len(d)-1, int(q*float64(len(d))))]
}

func median[T float64 | time.Duration](all []T) T {
	all = slices.Clone(all)
	slices.Sort(all)
	return all[len(all)/2]
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
