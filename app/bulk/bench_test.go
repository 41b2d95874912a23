package bulk_test

import (
	"flag"
	"slices"
	"sync"
	"testing"
	"time"

	"stead/app/bulk"
	"stead/app/picked"
	"stead/store"
	"stead/store/storetest"
)

var rows = flag.Int("rows", 10_000, "contacts in the benchmark of a bulk edit")

// BenchmarkBulkEditBesidePages changes every contact in the background, at the
// pauses that the product makes, and asks for pages of the list meanwhile: the
// goal is that their 99th percentile stays within 1.5 of what it is while the
// edit stands still. The two are measured in turns, so that what else the machine
// does is in both. Alone, the edit goes as fast as it can.
func BenchmarkBulkEditBesidePages(b *testing.B) {
	k := newKit(b, *rows)
	var still, on []time.Duration
	for n := 0; b.Loop(); n++ {
		edit := bulk.Edit{What: bulk.Tag, Value: storetest.CrowdTag(n / 2), Off: n%2 > 0}
		began := time.Now()
		k.drive(b, k.large(b, edit), nothing)
		b.ReportMetric(float64(*rows)/time.Since(began).Seconds(), "contacts/s-alone")
		edit.Off = !edit.Off
		id, done := k.large(b, edit), make(chan struct{})
		var gate sync.Mutex // held while the edit stands still
		go func() {
			defer close(done)
			if _, err := k.work.Drive(b.Context(), id, func(store.Operation) { gate.Lock(); gate.Unlock() }); err != nil { //nolint:staticcheck // it waits
				b.Error(err)
			}
		}()
		var stood time.Duration
		began = time.Now()
		for over := false; !over; {
			gate.Lock()
			time.Sleep(100 * time.Millisecond) // the step under way ends
			from := time.Now()
			still = append(still, k.pages(b, 50)...)
			stood += time.Since(from)
			gate.Unlock()
			on = append(on, k.pages(b, 50)...)
			select {
			case <-done:
				over = true
			default:
			}
		}
		b.ReportMetric(float64(*rows)/(time.Since(began)-stood).Seconds(), "contacts/s-beside")
	}
	b.ReportMetric(p99(still).Seconds()*1e3, "p99-alone-ms")
	b.ReportMetric(p99(on).Seconds()*1e3, "p99-beside-ms")
	b.ReportMetric(float64(p99(on))/float64(p99(still)), "beside/alone")
}

func (k kit) large(b *testing.B, e bulk.Edit) string {
	b.Helper()
	out, err := k.Apply(b.Context(), owner, picked.Picked{All: true}, e, "")
	if err != nil || out.Operation == "" {
		b.Fatal(out, err)
	}
	return out.Operation
}

// pages asks for some pages, ten milliseconds apart.
func (k kit) pages(b *testing.B, n int) (took []time.Duration) {
	b.Helper()
	for range n {
		time.Sleep(10 * time.Millisecond) // somebody who looks
		leave, began := k.work.Pace.Enter(), time.Now()
		if _, err := k.st.Ask(b.Context(), store.Everything, store.Question{Sees: store.Everything}, store.Page{}); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(began))
		leave()
	}
	return took
}

func p99(all []time.Duration) time.Duration {
	all = slices.Clone(all)
	slices.Sort(all)
	return all[len(all)*99/100]
}
