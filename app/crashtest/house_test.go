package crashtest

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"stead/app/apptest"
	"stead/app/provider/twilio"
	"stead/store"
)

const (
	people  = 100_000
	payload = 8 << 10 // of the events that make the database as large as that of a business of many years
	events  = 100_000
	busiest = people / 2
)

var keep = flag.String("house", "", "folder of benchmarks that is kept, to be used again")

// house is one installation of a hundred thousand contacts and a gigabyte for
// all benchmarks, made by the first that needs it.
var house struct {
	once sync.Once
	dir  string
	bin  string // stripped
	bare string
}

func TestMain(m *testing.M) {
	flag.Parse()
	code := m.Run()
	if house.dir != "" && *keep == "" {
		_ = os.RemoveAll(house.dir) // it is in the temporary folder
	}
	os.Exit(code)
}

// settle returns the house, which belongs to b until it ends.
func settle(b *testing.B) *installation {
	b.Helper()
	house.once.Do(func() { furnish(b) })
	if house.bare == "" {
		b.Fatal("there is no house")
	}
	return live(b)
}

func furnish(b *testing.B) {
	dir, err := *keep, error(nil)
	if dir == "" {
		dir, err = os.MkdirTemp("", "stead-house")
	}
	if err != nil {
		b.Fatal(err)
	}
	house.dir, house.bin = dir, filepath.Join(dir, "stead")
	buildStripped(b, house.bin, "stead")
	buildStripped(b, filepath.Join(dir, "bare"), "./testdata/bare")
	in := live(b)
	file := filepath.Join(in.dir, "data", "stead.db")
	if _, err := os.Stat(file); err != nil {
		moveIn(b, in)
		began := time.Now()
		fill(b, in)
		if info, err := os.Stat(file); err == nil {
			b.Logf("filled %d MB in %v", info.Size()>>20, time.Since(began).Round(time.Second))
		}
	}
	house.bare = filepath.Join(dir, "bare")
}

// moveIn sets the house up and connects it to a provider.
func moveIn(b *testing.B, in *installation) {
	b.Helper()
	fake := twilio.NewFake(twilio.FakeConfig{Account: account, Token: token, Numbers: []string{line}, HTTP: http.DefaultClient, Now: time.Now})
	address, err := fake.Start("127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer fake.Close()
	in.env = append(in.env, "STEAD_TWILIO_URL="+address)
	in.setUp()
}

const (
	email    = "ines@example.com"
	password = "correct horse battery staple"
)

// live is the house at a free address. Requests say through which proxy they
// came, so that they are of many networks.
func live(b *testing.B) *installation {
	in := &installation{t: b, binary: house.bin, dir: house.dir, addr: apptest.FreeAddr(b)}
	in.env = append(os.Environ(),
		"STEAD_DATA="+filepath.Join(in.dir, "data"), "STEAD_KEY_FILE="+filepath.Join(in.dir, "stead.key"),
		"STEAD_ADDR="+in.addr, "STEAD_URL=http://"+in.addr, "STEAD_TRUSTED_PROXIES=127.0.0.1",
		"STEAD_TWILIO_URL=http://127.0.0.1:9", // nobody is there
	)
	return in
}

// open starts the server, which ends with the benchmark.
func (in *installation) serve(b *testing.B) process {
	b.Helper()
	in.start()
	b.Cleanup(func() {
		if in.cmd != nil {
			in.stop()
		}
	})
	in.ready()
	return process{in.addr, in.cmd}
}

func personID(i int) string { return fmt.Sprintf("0197c0de-0000-7000-8000-%012d", i) }

var (
	firsts = []string{"Ana", "Maria", "João", "Tomás", "Zoë", "Lucía", "Amara", "Kees", "Élodie", "Rohan", "Sofie", "Jonas", "Grace", "Mário", "Chiara", "Ingrid", "Wei"}
	starts = []string{"Kowal", "Mül", "Shar", "O'Bri", "Gar", "Nguy", "Sm", "Oka", "Ros", "Lar", "Tana", "No", "Du", "Ban", "Her", "Wil", "Pet", "Fer", "Sch"}
	ends   = []string{"czyk", "ler", "ma", "en", "cía", "ith", "for", "si", "sen", "ka", "vák", "bois", "son", "ers", "reira", "mitt", "dez", "ic", "ová", "ing", "ski", "nandez", "hlin"}
)

func person(i int, now int64) (store.Contact, []store.Phone) {
	at, number := now-int64(people-i)*60_000, fmt.Sprintf("+1503%07d", 2_000_000+i*79%8_000_000)
	c := store.Contact{
		ID: personID(i), Name: firsts[i%len(firsts)] + " " + starts[i%len(starts)] + ends[i%len(ends)],
		Source: "call", CreatedAt: at, UpdatedAt: at, LastActivityAt: at,
	}
	if i%3 == 0 {
		c.Company = starts[i/5%len(starts)] + ends[i/3%len(ends)] + " & Co"
	}
	return c, []store.Phone{{ID: "p" + c.ID, ContactID: c.ID, Typed: number, E164: number, CreatedAt: at}}
}

// fill writes in large transactions what the pages and the start are measured on.
func fill(b *testing.B, in *installation) {
	b.Helper()
	st := in.open()
	defer st.Close()
	now := time.Now().UnixMilli()
	batches(b, st, people, func(ctx context.Context, tx *store.Tx, i int) error {
		c, phones := person(i, now)
		return tx.InsertContact(ctx, c, phones, nil)
	})
	batches(b, st, 2000, func(ctx context.Context, tx *store.Tx, i int) error { return talk(ctx, tx, i, now) })
	body := []byte(strings.Repeat("sealed: nothing to read. ", payload/25))
	batches(b, st, events, func(ctx context.Context, tx *store.Tx, i int) error {
		id := fmt.Sprintf("0197c0de-0001-7000-8000-%012d", i)
		e := store.Inbound{ID: id, Provider: "twilio", KeyHash: "k" + id, Kind: "sms", PeerHash: "p" + strconv.Itoa(i%5000), Sealed: body, ReceivedAt: now}
		if _, err := tx.InsertInbound(ctx, e); err != nil {
			return err
		}
		return tx.FinishInbound(ctx, id, now)
	})
}

// talk is one message or call of the busiest person, and for every tenth a
// conversation of somebody else's that is unread, with a task.
func talk(ctx context.Context, tx *store.Tx, i int, now int64) error {
	at := now - int64(i)*3_600_000
	v, err := tx.EnsureConversation(ctx, personID(busiest), "v"+personID(busiest), at)
	if err != nil {
		return err
	}
	if i%2 == 0 {
		err = tx.InsertMessage(ctx, store.Message{
			ID: personID(i) + "m", ContactID: v.ContactID, ConversationID: v.ID, Channel: "sms", Direction: "in", State: "received", Line: line,
			Body: "The inspection report looks good. We can release all twelve units on Thursday.", Provider: "twilio", ProviderRef: fmt.Sprint("SM", i), CreatedAt: at,
		})
	} else {
		err = tx.InsertCall(ctx, store.Call{
			ID: personID(i) + "c", ContactID: v.ContactID, ConversationID: v.ID, Provider: "twilio", ProviderRef: fmt.Sprint("CA", i),
			Direction: "in", Line: line, Outcome: "missed", StartedAt: at - 1000,
		})
	}
	if err != nil || i%10 != 0 {
		return err
	}
	other, err := tx.EnsureConversation(ctx, personID(i), "v"+personID(i), at)
	if err == nil {
		err = tx.MoveConversation(ctx, other.ID, store.Move{At: at, Unread: 1, Waits: true})
	}
	if err == nil {
		err = tx.InsertTask(ctx, store.Task{ID: personID(i) + "t", ContactID: personID(i), Kind: "call_back", DueAt: at, CreatedAt: at})
	}
	return err
}

// batches runs one for each number below n, thousands in a transaction.
func batches(b testing.TB, st *store.Store, n int, one func(ctx context.Context, tx *store.Tx, i int) error) {
	b.Helper()
	ctx := context.Background()
	for from := 0; from < n; from += 10_000 {
		err := st.InTx(ctx, func(tx *store.Tx) error {
			for i := from; i < min(from+10_000, n); i++ {
				if err := one(ctx, tx, i); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// signIn returns the cookie of the owner's browser.
func (in *installation) signIn(b testing.TB) string {
	b.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	defer client.CloseIdleConnections()
	res, err := client.PostForm(in.url("/login"), url.Values{"email": {email}, "password": {password}})
	if err != nil {
		b.Fatal(err)
	}
	defer res.Body.Close()
	if len(res.Cookies()) == 0 {
		b.Fatalf("sign-in answered %d", res.StatusCode)
	}
	return res.Cookies()[0].Name + "=" + res.Cookies()[0].Value
}

const networks = 40

// ask makes requests for paths as they come from many networks.
func ask(addr, cookie string, paths ...string) (requests [][]byte) {
	for n := range max(networks, len(paths)) {
		requests = append(requests, fmt.Appendf(nil, "GET %s HTTP/1.1\r\nHost: %s\r\nX-Forwarded-For: 10.%d.1.1\r\nCookie: %s\r\n\r\n",
			paths[n%len(paths)], addr, n%networks, cookie))
	}
	return requests
}
