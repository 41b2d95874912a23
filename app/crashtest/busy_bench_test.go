package crashtest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"stead/store"
)

// BenchmarkPagesBesideSweep asks for pages while retention deletes 60,000 rows
// in the same process. The goal is that pages keep their p99: a ratio near 1 to
// the same load before and after.
func BenchmarkPagesBesideSweep(b *testing.B) {
	in := settle(b)
	in.serve(b)
	in.drained(b)
	cookie := in.signIn(b)
	requests := ask(in.addr, cookie, append(in.found(b, cookie, "kowal"), "/contacts", "/contacts/"+personID(busiest), "/", "/inbox")...)
	load(b, in.addr, requests, 2, 400)
	var calm, busy []time.Duration
	var seconds float64
	for b.Loop() {
		old(b, in, 60_000)
		calm = append(calm, load(b, in.addr, requests, 2, 1500)...)
		swept := make(chan time.Duration, 1)
		go func() {
			began := time.Now()
			out, err := in.run("sweep", "--clock-is-right")
			if err != nil {
				b.Errorf("sweep: %v\n%s", err, out)
			}
			swept <- time.Since(began)
		}()
		for over := false; !over; {
			busy = append(busy, load(b, in.addr, requests, 2, 300)...)
			select {
			case took := <-swept:
				seconds, over = seconds+took.Seconds(), true
			default:
			}
		}
		calm = append(calm, load(b, in.addr, requests, 2, 1500)...)
	}
	b.ReportMetric(float64(quantile(busy, .5))/float64(quantile(calm, .5)), "sweep/calm-p50")
	b.ReportMetric(float64(quantile(busy, .99))/float64(quantile(calm, .99)), "sweep/calm-p99")
	b.ReportMetric(float64(b.N)*60_000/seconds, "rows/s")
	b.ReportMetric(0, "ns/op")
}

// old adds events that have reached their age.
func old(b *testing.B, in *installation, n int) {
	b.Helper()
	st := in.open()
	defer st.Close()
	at := time.Now().AddDate(-2, 0, 0).UnixMilli()
	run := time.Now().UnixNano()
	batches(b, st, n, func(ctx context.Context, tx *store.Tx, i int) error {
		return tx.Emit(ctx, store.Event{
			ID: fmt.Sprintf("%d-%06d", run, i), Kind: "message.received", Subject: personID(i % 5000), ContactID: personID(i % 3000), At: at + int64(i),
		})
	})
}

// BenchmarkCallbacks sends signed texts over 64 connections to the running
// product, which processes them at the same time. What keeping an event costs
// by itself is measured beside the code that does it, in app/inbound.
func BenchmarkCallbacks(b *testing.B) {
	in := settle(b)
	hello, p := bare(b), in.serve(b)
	in.drained(b)
	const n = 4000
	var kept, done, cpu, total, greet time.Duration
	var slow []time.Duration
	for b.Loop() {
		before := hello.used(b)
		load(b, hello.addr, ask(hello.addr, "", "/hello"), 64, n)
		greet += hello.used(b).cpu - before.cpu
		requests := texts(in, n)
		before = p.used(b)
		began := time.Now()
		slow = append(slow, load(b, in.addr, requests, 64, n)...)
		kept += time.Since(began)
		cpu += p.used(b).cpu - before.cpu
		in.drained(b)
		done += time.Since(began)
		total += p.used(b).cpu - before.cpu
	}
	all := float64(b.N) * n
	b.ReportMetric(all/kept.Seconds(), "kept/s")
	b.ReportMetric(all/done.Seconds(), "processed/s")
	b.ReportMetric(float64(cpu)/float64(greet), "kept/hello-cpu") // with what was processed meanwhile
	b.ReportMetric(float64(total)/all/1e3, "processed-µs")
	b.ReportMetric(ms(quantile(slow, .99)), "p99-ms")
	b.ReportMetric(0, "ns/op")
}
