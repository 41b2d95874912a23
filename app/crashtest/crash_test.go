package crashtest

import (
	"context"
	"flag"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"stead/app/provider/twilio"
)

var (
	kills = flag.Int("kills", 50, "how often the server is killed")
	seed  = flag.Int64("seed", 0, "of the moments; 0 takes one from the clock")
)

// TestKillsLoseNothing kills the server at random moments under webhook load.
// Everything that was acknowledged is stored once, every missed call is decided
// once and texted at most once, and the audit chain holds.
func TestKillsLoseNothing(t *testing.T) {
	if *seed == 0 {
		*seed = time.Now().UnixNano()
	}
	n := *kills
	if testing.Short() {
		n = min(n, 5)
	}
	t.Logf("%d kills, -seed %d", n, *seed)
	rnd := rand.New(rand.NewPCG(uint64(*seed), 0))

	in, fake := connected(t, build(t))
	b := newBook()
	ctx, cancel := context.WithCancel(t.Context())
	var senders sync.WaitGroup
	for number := range 4 {
		s := &sender{number: number, base: in.url(""), rnd: rand.New(rand.NewPCG(rnd.Uint64(), uint64(number))), book: b}
		senders.Go(func() { s.run(ctx) })
	}
	var starts []time.Duration
	for range n {
		in.start()
		starts = append(starts, in.ready())
		time.Sleep(time.Duration(5+rnd.IntN(300)) * time.Millisecond)
		in.kill()
	}
	in.start()
	in.ready()
	time.Sleep(300 * time.Millisecond)
	cancel()
	senders.Wait()

	for try := 0; ; try++ {
		time.Sleep(2 * time.Second)
		in.stop()
		if settled(t, in) {
			break
		}
		if try == 10 {
			t.Fatalf("work is still waiting\n%s", in.log())
		}
		in.start()
		in.ready()
	}
	compare(t, in, b, fake)
	in.must("audit", "verify")
	slices.Sort(starts)
	t.Logf("restart to ready: median %v, p99 %v", starts[len(starts)/2], starts[len(starts)*99/100])
}

// connected installs the product, sets it up and connects it to a stand-in
// provider.
func connected(t testing.TB, binary string) (*installation, *twilio.Fake) {
	t.Helper()
	fake := twilio.NewFake(twilio.FakeConfig{
		Account: account, Token: token, Numbers: []string{line}, HTTP: http.DefaultClient, Now: time.Now,
		Retries: 20, RetryDelay: 50 * time.Millisecond,
	})
	address, err := fake.Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(fake.Close)
	in := install(t, binary, address)
	fake.SetHookURL(in.url(""))
	in.setUp()
	return in, fake
}

// setUp makes the business and connects it to its provider.
func (in *installation) setUp() {
	in.t.Helper()
	in.must("setup", "--business", "Fern Street Repairs", "--country", "US", "--currency", "USD",
		"--timezone", "America/Los_Angeles", "--owner-name", "Ines Duarte", "--owner-email", email,
		"--password-file", in.file("password", password))
	in.must("connect", "twilio", "--account-sid", account, "--number", line, "--forward-to", agent,
		"--secret-file", in.file("token", token))
}
