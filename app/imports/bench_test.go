package imports_test

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"stead/app/access"
	"stead/app/apptest"
	"stead/app/ids"
	"stead/app/imports"
	"stead/app/work"
	"stead/store"
	"stead/store/storetest"
)

var benchRows = flag.Int("import.rows", 20_000, "rows that BenchmarkImport imports")

// personLine is a line of the file; the first names the columns.
func personLine(i int) string {
	if i == 0 {
		return "Name,Phone,Email,City\n"
	}
	name, phone, mail, city := personOf(i)
	return name + "," + phone + "," + mail + "," + city + "\n"
}

func personOf(i int) (name, phone, mail, city string) {
	return fmt.Sprintf("%s %s", benchFirst[i%len(benchFirst)], benchLast[i/7%len(benchLast)]), fmt.Sprintf("+1503%03d%04d", 200+i/10_000%800, i%10_000),
		fmt.Sprintf("p%d@example.com", i), fmt.Sprintf("Town %d", i%500)
}

var (
	benchFirst = []string{"Anna", "Jürgen", "Priya", "Mohamed", "Chloé", "Łukasz", "Mei", "Sofía", "Tom", "Aoife", "Ravi", "Ingrid", "Peter"}
	benchLast  = []string{"Kowalczyk", "Müller", "Sharma", "O'Brien", "García", "Nguyen", "Smith", "Okafor", "Rossi", "Larsen", "Tanaka", "Novák"}
)

// cpu is the processor time of this process, which what else runs on the machine
// does not change.
func cpu() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// rss is the anonymous memory of this process in MiB.
func rss() float64 {
	text, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "RssAnon:"); ok {
			kb, _ := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			return kb / 1024
		}
	}
	return 0
}

// BenchmarkImport imports -import.rows rows: once alone, beside the same rows
// inserted without a search and as fast as they go, and once while somebody
// looks at pages.
func BenchmarkImport(b *testing.B) {
	n := *benchRows
	path := filepath.Join(b.TempDir(), "people.csv")
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	for i := range n + 1 {
		if _, err := f.WriteString(personLine(i)); err != nil {
			b.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		bare := insertBare(b, n)
		memory, began := rss(), time.Now()
		var most float64
		took := benchAlone(b, path, n, func(int64) { most = max(most, rss()-memory) })
		b.ReportMetric(float64(n)/time.Since(began).Seconds(), "rows/s")
		b.ReportMetric(float64(bare)/float64(took), "of_bare_cpu")
		b.ReportMetric(most, "MiB_more")
		alone, beside := benchBeside(b, path, min(n, 5000))
		b.ReportMetric(float64(beside)/float64(alone), "p99_ratio")
		b.ReportMetric(float64(beside.Microseconds())/1000, "p99_ms")
	}
}

// plainFile is an upload that lies where it is.
type plainFile struct{ path string }

func (f plainFile) Put(_ context.Context, r io.Reader, file store.File) (store.File, error) {
	_, err := io.Copy(io.Discard, r)
	file.SealedKey = []byte("none")
	return file, err
}

func (plainFile) Discard(...string) {}

func (f plainFile) Open(context.Context, store.File) (io.ReadCloser, error) { return os.Open(f.path) }

// benchAlone imports the file into a store that nothing else works on, and tells
// the processor time that it took.
func benchAlone(b *testing.B, path string, n int, each func(int64)) time.Duration {
	b.Helper()
	st := storetest.SQLite(b)
	err := st.InTx(b.Context(), func(tx *store.Tx) error {
		return tx.InsertBusiness(b.Context(), store.Business{Name: "B", Country: "US", Currency: "USD", Timezone: "UTC", Hours: store.DefaultHours(), CreatedAt: 1, UpdatedAt: 1})
	})
	if err != nil {
		b.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	svc := imports.New(imports.Deps{
		Store: st, Files: plainFile{path}, Now: time.Now, NewID: ids.New, Log: log,
		Work:      work.New(work.Deps{Store: st, Now: time.Now, NewID: ids.New, Log: log, Wait: func(context.Context, time.Duration) error { return nil }}),
		Forgotten: func(key string) (string, error) { return key, nil },
		Countries: func() []imports.Country { return []imports.Country{{Code: "US", Name: "United States"}} },
	})
	defer svc.Close()
	f, err := os.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	j := job("people.csv", "")
	j.File = f
	used := cpu()
	i, err := svc.Do(b.Context(), access.Operator(), j, each)
	if err != nil || i.Created != int64(n) {
		b.Fatalf("%d of %d came in, %v", i.Created, n, err)
	}
	return cpu() - used
}

// benchBeside imports the first lines of the file into a whole house while
// somebody looks at a list, and tells the slowest hundredth of their pages while
// the import stands still, and while it goes on: in turns, so that what else the
// machine does is in both.
func benchBeside(b *testing.B, path string, n int) (alone, beside time.Duration) {
	b.Helper()
	d := newDesk(b)
	go ticking(b.Context(), d)
	f, err := os.Open(path)
	d.ok(err)
	defer f.Close()
	j := job("people.csv", "")
	j.File = firstLines(f, n+1)
	var gate sync.Mutex // held while the import stands still
	done := make(chan struct{})
	began := time.Now()
	var stood time.Duration
	go func() {
		defer close(done)
		i, err := d.svc.Do(context.Background(), d.owner, j, func(int64) { gate.Lock(); gate.Unlock() }) //nolint:staticcheck // it waits
		if err != nil || i.Created != int64(n) {
			b.Errorf("%d of %d came in, %v", i.Created, n, err)
		}
	}()
	get := d.SignedIn().Get
	var still, on []time.Duration
	for over := false; !over; {
		gate.Lock()
		time.Sleep(100 * time.Millisecond) // the step under way ends
		from := time.Now()
		still = append(still, pages(get, 50)...)
		stood += time.Since(from)
		gate.Unlock()
		on = append(on, pages(get, 50)...)
		select {
		case <-done:
			over = true
		default:
		}
	}
	b.ReportMetric(float64(n)/(time.Since(began)-stood).Seconds(), "rows/s_beside")
	return p99(still), p99(on)
}

func p99(took []time.Duration) time.Duration {
	slices.Sort(took)
	return took[len(took)*99/100]
}

// firstLines is a file up to a line.
func firstLines(r io.Reader, n int) io.Reader {
	from, to := io.Pipe()
	go func() {
		in := bufio.NewScanner(r)
		for range n {
			if !in.Scan() {
				break
			}
			if _, err := to.Write(append(in.Bytes(), '\n')); err != nil {
				break
			}
		}
		to.CloseWithError(in.Err())
	}()
	return from
}

// ticking has the clock of a house go as the one on the wall does.
func ticking(ctx context.Context, d *desk) {
	last := time.Now()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now := time.Now()
		d.Clock.Advance(now.Sub(last))
		last = now
	}
}

// pages asks for a list some times and tells how long each took.
func pages(get func(string) apptest.Page, n int) (took []time.Duration) {
	for range n {
		began := time.Now()
		if p := get("/contacts"); p.Status != http.StatusOK {
			break
		}
		took = append(took, time.Since(began))
		time.Sleep(5 * time.Millisecond) // somebody who looks
	}
	return took
}

// insertBare inserts the same rows without the search and tells the processor
// time that it took.
func insertBare(b *testing.B, n int) time.Duration {
	b.Helper()
	used := cpu()
	storetest.InsertPlain(b, n, func(i int) store.Card {
		name, phone, mail, city := personOf(i + 1)
		return store.Card{
			Contact: store.Contact{ID: ids.New(), Name: name, Basis: "legitimate_interest", BasisEvidence: "they asked", BasisAt: 1_790_000_000_000, CreatedBy: "somebody", CreatedAt: 1_790_000_000_000},
			Phones:  []store.Phone{{ID: ids.New(), Typed: phone, E164: phone}}, Emails: []store.Email{{ID: ids.New(), Typed: mail}},
			Addresses: []store.Address{{ID: ids.New(), City: city}},
		}
	})
	return cpu() - used
}
