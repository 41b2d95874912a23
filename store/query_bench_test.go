package store_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"stead/store"
	"stead/store/storetest"
)

// rows is how many people the lists are asked about: -rows 1000000.
var rows = flag.Int("rows", 100_000, "contacts in the benchmarks of questions")

// asks are the lists that indexes lead through, named as where they are made in
// query_plan.go, and some that they do not.
var asks = []struct {
	name string
	q    store.Question
}{
	{"list", store.Question{}},
	{"by name", store.Question{Sort: "name"}},
	{"by company", store.Question{Sort: "company"}},
	{"by field", store.Question{Sort: "f." + storetest.CrowdSize}},
	{"owner, name", ask("name", "owner", store.OpAny, "user-2")},
	{"owner, activity", ask("-activity", "owner", store.OpAny, "user-2")},
	{"begins, name", ask("name", "name", store.OpBegins, "mar")},
	{"tag, created", ask("-created", "tag", store.OpAny, storetest.CrowdTag(1))},
	{"source, created", ask("-created", "source", store.OpAny, "manual")},
	{"field is, created", ask("created", "f."+storetest.CrowdStage, store.OpAny, "stage-3")},
	{"field from, field", ask("-f."+storetest.CrowdSize, "f."+storetest.CrowdSize, store.OpMost, "50000000000")},
	{"common tag, activity", ask("", "tag", store.OpAny, storetest.CrowdTag(1))},
}

func ask(sort, field, op, value string) store.Question {
	return store.Question{Sort: sort, Conditions: []store.Condition{{Field: field, Op: op, Values: []string{value}}}, Now: askedAt, Sees: store.Everything}
}

func crowded(b *testing.B, n int) *store.Store {
	b.Helper()
	st := storetest.SQLite(b)
	began := time.Now()
	storetest.Crowd(b, st, n, storetest.Unsearched)
	b.Logf("%d contacts in %s", n, time.Since(began).Round(time.Second))
	return st
}

// BenchmarkQuestions says what a page of each list costs with many contacts
// beside ten thousand, in CPU: the goal is 1.5 at most; and what the same costs
// far down.
func BenchmarkQuestions(b *testing.B) {
	few, many := crowded(b, 10_000), crowded(b, *rows)
	small, large, deep := make([][]time.Duration, len(asks)), make([][]time.Duration, len(asks)), make([][]time.Duration, len(asks))
	far := make([]string, len(asks))
	for i, a := range asks {
		far[i] = farDown(b, many, a.q, 40)
	}
	for b.Loop() {
		for i, a := range asks {
			small[i] = append(small[i], cost(b, few, a.q, ""))
			large[i] = append(large[i], cost(b, many, a.q, ""))
			deep[i] = append(deep[i], cost(b, many, a.q, far[i]))
		}
	}
	var said strings.Builder
	for i, a := range asks {
		s, l, d := middle(small[i]), middle(large[i]), middle(deep[i])
		fmt.Fprintf(&said, "\n%-22s %7.0f µs at 10,000, %7.0f µs at %d (%.2fx), %7.0f µs far down (%.2fx)", a.name,
			float64(s.Nanoseconds())/1e3, float64(l.Nanoseconds())/1e3, *rows, float64(l)/float64(s), float64(d.Nanoseconds())/1e3, float64(d)/float64(l))
	}
	b.Log(said.String())
	b.ReportMetric(0, "ns/op")
}

// farDown is the cursor of a page some pages down.
func farDown(b *testing.B, st *store.Store, q store.Question, pages int) (after string) {
	b.Helper()
	q.Sees = store.Everything
	for range pages {
		got, err := st.Ask(b.Context(), store.Everything, q, store.Page{After: after, Limit: 200})
		if err != nil {
			b.Fatal(err)
		}
		if got.Next == "" {
			break
		}
		after = got.Next
	}
	return after
}

// cost is the CPU of one page.
func cost(b *testing.B, st *store.Store, q store.Question, after string) time.Duration {
	b.Helper()
	const times = 20
	q.Sees = store.Everything
	before := used(b)
	for range times {
		got, err := st.Ask(b.Context(), store.Everything, q, store.Page{After: after})
		if err != nil || len(got.Rows) == 0 || got.Cut {
			b.Fatalf("%+v: %d rows, cut %v, %v", q, len(got.Rows), got.Cut, err)
		}
	}
	return (used(b) - before) / times
}

func used(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(os.NewSyscallError("getrusage", err))
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func middle(all []time.Duration) time.Duration {
	all = slices.Clone(all)
	slices.Sort(all)
	return all[len(all)/2]
}

// BenchmarkFruitlessFilter says how long a filter takes that nothing leads to and
// that finds nobody: the goal is 50 ms and what one step may overrun.
func BenchmarkFruitlessFilter(b *testing.B) {
	st := crowded(b, *rows)
	for name, q := range map[string]store.Question{
		"text":     ask("name", "email", store.OpHas, "nobody has this"),
		"city":     ask("", "city", store.OpHas, "nobody has this"),
		"by field": ask("f."+storetest.CrowdSize, "email", store.OpHas, "nobody has this"),
		"company":  ask("company", "phone", store.OpHas, "000000000000"),
		"rare tag": ask("", "tag", store.OpAny, storetest.CrowdTag(100)),
	} {
		b.Run(name, func(b *testing.B) {
			var longest, counted time.Duration
			for b.Loop() {
				began := time.Now()
				if _, err := st.Ask(b.Context(), store.Everything, q, store.Page{}); err != nil {
					b.Fatal(err)
				}
				longest = max(longest, time.Since(began))
				began = time.Now()
				if _, err := st.CountOf(b.Context(), store.Everything, q, store.MostCounted); err != nil {
					b.Fatal(err)
				}
				counted = max(counted, time.Since(began))
			}
			b.ReportMetric(float64(longest.Microseconds())/1e3, "longest-ms")
			b.ReportMetric(float64(counted.Microseconds())/1e3, "longest-count-ms")
		})
	}
}
