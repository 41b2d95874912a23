package inbound

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"stead/app/ids"
	"stead/app/logs"
	"stead/app/port"
	"stead/app/provider/twilio"
	"stead/app/web"
	"stead/views/ui"
)

const (
	connections = 64
	perRound    = 3000 // requests of each mode in a round
)

// mode is one way in which a callback can be kept.
type mode struct {
	name   string
	keep   func(ctx context.Context, e *entry, wait bool) error
	source port.Source // instead of the usual one

	seconds, cpu []float64 // of each round; cpu per request, in µs
	served       int
}

// BenchmarkIngest puts three servers side by side in one run: the product's,
// one with a transaction for each request, and one without a database. Clients
// are threads of their own, whose CPU does not count.
//
//	rows/commit   mean size of a group
//	x-one-tx      throughput over one transaction per request (goal ≥ 3)
//	x-cpu         CPU over the same handler without a database (goal ≤ 1.8)
func BenchmarkIngest(b *testing.B) {
	k := newKit(b)
	defer debug.SetGCPercent(debug.SetGCPercent(200)) // as the server sets it
	var commits atomic.Int64
	k.batch.wake = func() { commits.Add(1) }
	group := &mode{name: "group", keep: k.batch.add}
	single := &mode{name: "one-tx", keep: func(_ context.Context, e *entry, _ bool) error {
		return (&batcher{store: k.st, noted: map[string]int64{}}).write([]*entry{e})
	}}
	none := &mode{name: "no-db", keep: func(context.Context, *entry, bool) error { return nil }, source: constant(k)}
	modes := []*mode{group, single, none}
	serial := 0
	for b.Loop() {
		for _, m := range modes {
			k.commit, k.Providers[0].Source = m.keep, k.drainers[0].source
			if m.source != nil {
				k.Providers[0].Source = m.source
			}
			k.round(b, m, &serial)
		}
	}
	if n := k.count("new"); n != int64(group.served+single.served) {
		b.Fatalf("%d events kept of %d", n, group.served+single.served)
	}
	b.ReportMetric(float64(group.served)/float64(commits.Load()), "rows/commit")
	b.ReportMetric(median(single.seconds)/median(group.seconds), "x-one-tx")
	b.ReportMetric(median(group.cpu)/median(none.cpu), "x-cpu")
	for _, m := range modes {
		b.ReportMetric(perRound/median(m.seconds), m.name+"-req/s")
		b.ReportMetric(median(m.cpu), m.name+"-µs")
	}
}

// constant answers who is connected without asking a database.
type constantAccount struct{}

func (constantAccount) Account(context.Context) (port.Account, error) {
	return port.Account{ID: account}, nil
}
func (constantAccount) Lines(context.Context) ([]string, error) { return []string{line}, nil }

func constant(k *kit) port.Source {
	return twilio.New(twilio.Config{PublicURL: public, Secrets: k.vault, Accounts: constantAccount{}, Now: k.clock.now})
}

// round serves perRound callbacks over 64 connections and notes what it took.
func (k *kit) round(b *testing.B, m *mode, serial *int) {
	server := httptest.NewServer(k.chain())
	defer server.Close()
	address := server.Listener.Addr().String()
	*serial += perRound
	var wait sync.WaitGroup
	var clientCPU atomic.Int64
	failed := make(chan error, connections)
	requests := k.requests(*serial)
	runtime.GC()
	cpu, begin := usage(syscall.RUSAGE_SELF), time.Now()
	for i := range connections {
		wait.Go(func() {
			runtime.LockOSThread() // and the thread ends with it
			was := usage(rusageThread)
			failed <- client(address, requests[i*len(requests)/connections:(i+1)*len(requests)/connections])
			clientCPU.Add(int64(usage(rusageThread) - was))
		})
	}
	wait.Wait()
	seconds, spent := time.Since(begin).Seconds(), usage(syscall.RUSAGE_SELF)-cpu-time.Duration(clientCPU.Load())
	for range connections {
		if err := <-failed; err != nil {
			b.Fatal(err)
		}
	}
	m.seconds = append(m.seconds, seconds)
	m.cpu = append(m.cpu, float64(spent.Microseconds())/perRound)
	m.served += perRound
}

// chain is all that stands before the hooks in the product, its log included.
func (k *kit) chain() http.Handler {
	log := logs.New(io.Discard, "text", slog.LevelInfo)
	return web.Chain(web.Options{
		Log: log, Now: k.clock.now, NewID: ids.New, URL: public, Sessions: web.NewSessions(k.st, true, k.clock.now, log),
		Shell: func(context.Context, *http.Request) ui.Shell { return ui.Shell{} },
	}, web.NewRouter(log), k.mux)
}

// requests are signed and written beforehand, as bytes.
func (k *kit) requests(serial int) [][]byte {
	out := make([][]byte, perRound)
	for i := range out {
		form := sms(serial+i, fmt.Sprintf("+1503%07d", serial+i), "Hi, do you buy sealed test strips?")
		form.Set("MessagingServiceSid", "MG11223344112233441122334411223344")
		for _, name := range []string{"FromCity", "FromState", "FromZip", "FromCountry", "ToCity", "ToState", "ToZip", "ToCountry", "ApiVersion", "SmsSid", "SmsMessageSid"} {
			form.Set(name, "PORTLAND")
		}
		out[i] = raw(form)
	}
	return out
}

func raw(form url.Values) []byte {
	body := form.Encode()
	return fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: crm.example.com\r\nContent-Type: application/x-www-form-urlencoded\r\nX-Twilio-Signature: %s\r\nContent-Length: %d\r\n\r\n%s",
		twilio.PathSMS, twilio.Sign([]byte(token), public+twilio.PathSMS, form), len(body), body)
}

func client(address string, requests [][]byte) error {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	defer conn.Close()
	answers := bufio.NewReader(conn)
	for _, request := range requests {
		if _, err := conn.Write(request); err != nil {
			return err
		}
		answer, err := http.ReadResponse(answers, nil)
		if err != nil {
			return err
		}
		if _, err := io.Copy(io.Discard, answer.Body); err != nil {
			return err
		}
		if answer.StatusCode != http.StatusOK {
			return errors.New("answered " + answer.Status)
		}
	}
	return nil
}

// rusageThread is RUSAGE_THREAD of Linux: elsewhere clients count too, in all
// modes alike.
const rusageThread = 1

func usage(who int) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(who, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}
