package bulk_test

import (
	"flag"
	"slices"
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
// goal is that their 99th percentile stays within 1.5 of what it is without.
func BenchmarkBulkEditBesidePages(b *testing.B) {
	k := newKit(b, *rows)
	var alone, beside []time.Duration
	for b.Loop() {
		alone = append(alone, k.pages(b, nil)...)
		out, err := k.Apply(b.Context(), owner, picked.Picked{All: true}, bulk.Edit{What: bulk.Tag, Value: storetest.CrowdTag(0), Off: len(beside) > 0}, "")
		if err != nil || out.Operation == "" {
			b.Fatal(out, err)
		}
		began, done := time.Now(), make(chan struct{})
		go func() {
			defer close(done)
			if _, err := k.work.Drive(b.Context(), out.Operation, func(store.Operation) {}); err != nil {
				b.Error(err)
			}
		}()
		beside = append(beside, k.pages(b, done)...)
		b.ReportMetric(float64(*rows)/time.Since(began).Seconds(), "contacts/s")
	}
	b.ReportMetric(p99(alone).Seconds()*1e3, "p99-alone-ms")
	b.ReportMetric(p99(beside).Seconds()*1e3, "p99-beside-ms")
	b.ReportMetric(float64(p99(beside))/float64(p99(alone)), "beside/alone")
}

// pages asks for pages until done, or a thousand times, ten milliseconds apart.
func (k kit) pages(b *testing.B, done <-chan struct{}) (took []time.Duration) {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for done != nil || len(took) < 1000 {
		select {
		case <-done:
			return took
		case <-tick.C:
		}
		began := time.Now()
		if _, err := k.st.Ask(b.Context(), store.Everything, store.Question{Sees: store.Everything}, store.Page{}); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(began))
	}
	return took
}

func p99(all []time.Duration) time.Duration {
	all = slices.Clone(all)
	slices.Sort(all)
	return all[len(all)*99/100]
}
