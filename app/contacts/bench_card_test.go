package contacts_test

import (
	"flag"
	"fmt"
	"testing"
	"time"

	"stead/app/contacts"
	"stead/app/people"
	"stead/store"
	"stead/store/storetest"
)

var extra = flag.Int("rows", 0, "a further number of contacts for the benchmarks of a card, such as 1000000")

// crowds are the numbers of contacts that a benchmark runs with.
func crowds() []int {
	out := []int{10_000, 100_000}
	if *extra > 0 {
		out = append(out, *extra)
	}
	return out
}

// BenchmarkCard says how much CPU the card of somebody with 3 tags, 2 fields
// and a long story costs beside a handler that says hello, session and frame
// included: the goal is 25x, whatever the number of contacts.
func BenchmarkCard(b *testing.B) {
	for _, rows := range crowds() {
		b.Run(fmt.Sprint(rows), func(b *testing.B) {
			k := newKit(b)
			storetest.Crowd(b, k.st, rows)
			id := storetest.CrowdID(rows / 2)
			k.longStory(b, id)
			whole, cookie := k.serveSignedIn(b)
			targets := []*target{{name: "hello", url: whole + "/hello"}, {name: "card", url: whole + "/contacts/" + id, cookie: cookie}}
			for _, t := range targets {
				t.check(b)
				t.client = clientShare(b, t.size)
			}
			for b.Loop() {
				for _, t := range targets {
					t.cpu = append(t.cpu, measure(b, t, perRound)-t.client)
				}
			}
			hello, card := median(targets[0].cpu), median(targets[1].cpu)
			b.ReportMetric(float64(card)/float64(hello), "card/hello")
			b.ReportMetric(float64(card.Nanoseconds())/1e3, "card-µs")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// BenchmarkCreate says what it takes to create a contact, with the look for who
// is like them, search, event, audit and a way back, beside one durable insert
// of the same rows: the goal is 1.5x.
func BenchmarkCreate(b *testing.B) {
	for _, rows := range crowds() {
		b.Run(fmt.Sprint(rows), func(b *testing.B) {
			k := newKit(b)
			storetest.Crowd(b, k.st, rows)
			var n int
			var create, insert []time.Duration
			for b.Loop() {
				n++
				draft := people.Draft{Name: fmt.Sprint("Bench Person ", n), Phones: []people.Point{{Typed: fmt.Sprintf("+35191%07d", n)}}, Emails: []people.Point{{Typed: fmt.Sprintf("bench%d@example.com", n)}}}
				start := time.Now()
				if _, err := k.Create(b.Context(), owner, draft, contacts.Creation{}); err != nil {
					b.Fatal(err)
				}
				create = append(create, time.Since(start))
				number := fmt.Sprintf("+35193%07d", n)
				c := store.Contact{ID: fmt.Sprint("bench", n), Name: fmt.Sprint("Bench Row ", n), Source: "manual", CreatedAt: noon, UpdatedAt: noon, LastActivityAt: noon}
				start = time.Now()
				inTx(b, k.st, func(tx *store.Tx) error {
					return tx.InsertContact(b.Context(), c, []store.Phone{{ID: "bp" + c.ID, Typed: number, E164: number}}, []store.Email{{ID: "be" + c.ID, Typed: c.ID + "@example.com"}})
				})
				insert = append(insert, time.Since(start))
			}
			b.ReportMetric(float64(median(create))/float64(median(insert)), "create/insert")
			b.ReportMetric(float64(median(create).Microseconds()), "create-µs")
		})
	}
}
