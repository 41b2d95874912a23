package crashtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"stead/app/provider/twilio"
	"stead/store"
)

// TestKillsDuringErasure kills the server while it erases somebody, at random
// moments within the time that an erasure takes on this machine: the first is left
// alone and measured, and of a kill that came too late the next time is halved.
// Afterwards the erasure was finished by itself or can be repeated, no trace is left,
// audit and ledger hold, and nobody else was touched.
func TestKillsDuringErasure(t *testing.T) {
	if *seed == 0 {
		*seed = time.Now().UnixNano()
	}
	n := 5
	if testing.Short() {
		n = 2
	}
	t.Logf("%d kills, -seed %d", n, *seed)
	rnd := rand.New(rand.NewPCG(uint64(*seed), 1))
	in, fake := connected(t, build(t))
	in.start()
	in.ready()
	const stays = "+15035554999"
	in.writes(fake, stays, "stays for good")
	const spare = 4 // kills more, should all have come too late
	for i := range n + spare + 1 {
		in.writes(fake, goes(i), fmt.Sprintf("forgetmark %d please", i))
	}
	in.stop()
	before := in.holds(stays)
	in.start()
	in.ready()
	takes := in.erasing(goes(n + spare))
	t.Logf("an erasure takes %v from its intent to its answer", takes)
	midway := 0
	kills := 0
	for ; kills < n || midway == 0 && kills < n+spare; kills++ {
		i := kills
		if in.killErasing(goes(i), time.Duration(rnd.Int64N(int64(takes)))) {
			midway++
		} else {
			takes = takes/2 + 1
		}
		in.start()
		in.ready()
		in.erased(goes(i), fmt.Sprintf("forgetmark %d please", i))
	}
	in.must("audit", "verify")
	in.stop()
	if after := in.holds(stays); after != before {
		t.Errorf("somebody else was touched:\n%s\n%s", before, after)
	}
	in.start() // which holds the ledger against the database
	in.ready()
	in.stop()
	if midway == 0 {
		t.Error("no kill came while an erasure was under way: the test shows nothing")
	}
	t.Logf("%d of %d kills came before the command had its answer", midway, kills)
}

func goes(i int) string { return fmt.Sprintf("+1503555%04d", 4000+i) }

// writes has somebody send a text and waits until they are known.
func (in *installation) writes(fake *twilio.Fake, from, body string) {
	in.t.Helper()
	if _, err := fake.Text(in.t.Context(), twilio.FakeText{From: from, To: line, Body: body}); err != nil {
		in.t.Fatal(err)
	}
	for deadline := time.Now().Add(20 * time.Second); in.person(from) == ""; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			in.t.Fatalf("nobody was made of %s\n%s", body, in.log())
		}
	}
}

// person is the id of whoever has a number, or "".
func (in *installation) person(number string) string {
	in.t.Helper()
	var found []struct{ ID string }
	if out := in.must("person", "find", number, "--json"); json.Unmarshal([]byte(out), &found) != nil {
		in.t.Fatalf("find: %s", out)
	}
	if len(found) == 0 {
		return ""
	}
	return found[0].ID
}

// ledger is the length of the erasure ledger, where an erasure begins.
func (in *installation) ledger() int64 {
	info, err := os.Stat(filepath.Join(in.dir, "data", store.LedgerFile))
	if err != nil {
		return 0
	}
	return info.Size()
}

// begin begins an erasure and waits for its intent.
func (in *installation) begin(number string) *exec.Cmd {
	in.t.Helper()
	cmd := exec.Command(in.binary, "person", "erase", in.person(number), "--yes", "--json")
	cmd.Env = in.env
	was := in.ledger()
	if err := cmd.Start(); err != nil {
		in.t.Fatal(err)
	}
	for began := time.Now(); in.ledger() == was && time.Since(began) < 10*time.Second; time.Sleep(100 * time.Microsecond) {
	}
	return cmd
}

// erasing erases somebody and tells how long that takes from its intent on.
func (in *installation) erasing(number string) time.Duration {
	in.t.Helper()
	cmd := in.begin(number)
	intent := time.Now()
	if err := cmd.Wait(); err != nil {
		in.t.Fatal(err)
	}
	return time.Since(intent)
}

// killErasing begins an erasure, kills the server a moment after its intent, and tells
// whether the command was still waiting for it.
func (in *installation) killErasing(number string, after time.Duration) bool {
	in.t.Helper()
	cmd := in.begin(number)
	time.Sleep(after)
	in.kill()
	err := cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		in.t.Fatal(err)
	}
	return err != nil
}

// erased waits until the server has finished what the kill interrupted, or does
// it again where the kill came before the intent was written.
func (in *installation) erased(number, body string) {
	in.t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for id := in.person(number); id != ""; id = in.person(number) {
		if out, err := in.run("person", "erase", id, "--yes", "--json"); err != nil && time.Now().After(deadline) {
			in.t.Fatalf("erase: %v\n%s\n%s", err, out, in.log())
		}
	}
	for {
		out, err := in.run("person", "prove", number, body, "--json")
		if err == nil && strings.Contains(out, `"hits": 0`) {
			return
		}
		if time.Now().After(deadline) {
			in.t.Fatalf("prove: %v\n%s\n%s", err, out, in.log())
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// holds is all that is stored of a person; the server must be stopped.
func (in *installation) holds(number string) string {
	in.t.Helper()
	st, ctx := in.open(), in.t.Context()
	defer st.Close()
	contact, phone, err := st.ContactByPhone(ctx, number)
	if err != nil {
		in.t.Fatal(err)
	}
	thread, err := st.ConversationOf(ctx, contact.ID)
	if err != nil {
		in.t.Fatal(err)
	}
	stream, err := st.Stream(ctx, thread.ID, store.Page{Limit: 100})
	if err != nil || len(stream) == 0 {
		in.t.Fatalf("%d entries, %v", len(stream), err)
	}
	text, err := json.Marshal([]any{contact, phone, thread, stream})
	if err != nil {
		in.t.Fatal(err)
	}
	return string(text)
}
