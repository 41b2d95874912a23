package crashtest

import (
	"context"
	"testing"
	"time"

	"stead/store"
)

// page is one address and what it cost.
type page struct {
	name     string
	of       process
	requests [][]byte
	cpu      []time.Duration
}

// cost of one answer, in CPU of the server alone.
func (p *page) measure(b *testing.B, connections, times int) {
	before := p.of.used(b)
	load(b, p.of.addr, p.requests, connections, times)
	p.cpu = append(p.cpu, (p.of.used(b).cpu-before.cpu)/time.Duration(times))
}

// BenchmarkPages says how much CPU of the running product a page costs beside a
// bare net/http server that says hello, at 100,000 contacts, signed in. Goals:
// list 22, deep page 22, card 25, search 3 times the list.
func BenchmarkPages(b *testing.B) {
	in := settle(b)
	hello, product := bare(b), in.serve(b)
	cookie := in.signIn(b)
	get := func(name string, paths ...string) *page {
		return &page{name: name, of: product, requests: ask(in.addr, cookie, paths...)}
	}
	pages := []*page{
		{name: "hello", of: hello, requests: ask(hello.addr, cookie, "/hello")},
		get("health", "/healthz"),
		get("list", "/contacts"), get("deep", deepPages(b, in)...), get("card", "/contacts/"+personID(busiest)),
		get("search", in.found(b, cookie, "kowal", "mar", "ana sm", "vak")...), get("digits", in.found(b, cookie, "7919", "0042")...),
		get("today", "/"), get("inbox", "/inbox"), get("thread", "/inbox/v"+personID(busiest)),
	}
	for b.Loop() {
		for range 5 {
			for _, p := range pages {
				p.measure(b, 4, 400)
			}
		}
	}
	base, list := float64(median(pages[0].cpu)), float64(median(pages[2].cpu))
	for _, p := range pages {
		cpu := median(p.cpu)
		b.Logf("%-8s %7.0f µs CPU, %5.1f x hello, %4.2f x list", p.name, float64(cpu)/1e3, float64(cpu)/base, float64(cpu)/list)
		b.ReportMetric(float64(cpu)/base, p.name+"/hello")
	}
	b.ReportMetric(float64(median(pages[5].cpu))/list, "search/list")
	b.ReportMetric(0, "ns/op")
}

// deepPages are far down the list, by name and by activity.
func deepPages(b *testing.B, in *installation) (paths []string) {
	st := in.open()
	defer st.Close()
	for i := people / 4; i < people*3/4; i += people / 100 {
		c, err := st.Contact(context.Background(), personID(i))
		if err != nil {
			b.Fatal(err)
		}
		paths = append(paths, "/contacts?after="+store.Cursor("n", c.LastActivityAt, c.ID), "/contacts?sort=name&after="+store.Cursor("n", 0, c.ID))
	}
	return paths
}

// BenchmarkPagesBesideWrite holds a write transaction open from another process
// while pages are asked for: no GET waits for a write, so the ratio is about 1,
// where waiting would make it thousands.
func BenchmarkPagesBesideWrite(b *testing.B) {
	in := settle(b)
	in.serve(b)
	cookie := in.signIn(b)
	requests := ask(in.addr, cookie, append(in.found(b, cookie, "kowal"), "/contacts", "/contacts/"+personID(busiest), "/", "/inbox")...)
	st := in.open()
	defer st.Close()
	load(b, in.addr, requests, 1, 200)
	var free, held []time.Duration
	for b.Loop() {
		for range 5 {
			free = append(free, load(b, in.addr, requests, 1, 200)...)
			err := st.InTx(context.Background(), func(*store.Tx) error {
				held = append(held, load(b, in.addr, requests, 1, 200)...)
				return nil
			})
			if err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(quantile(held, .5))/float64(quantile(free, .5)), "held/free-p50")
	b.ReportMetric(float64(quantile(held, .99))/float64(quantile(free, .99)), "held/free-p99")
	b.ReportMetric(ms(quantile(held, 1)), "held-max-ms")
	b.ReportMetric(0, "ns/op")
}
