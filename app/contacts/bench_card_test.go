package contacts_test

import (
	"context"
	"flag"
	"fmt"
	"testing"
	"time"

	"stead/app/apptest"
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

// stories is how many contacts with a long story a benchmark goes through.
const stories = 50

// BenchmarkCard says how much CPU the card of somebody with 3 tags, 2 fields
// and a long story costs beside a handler that says hello, session and frame
// included: the goal is 25x, whatever the number of contacts. It goes from one
// to the next, all over the file.
func BenchmarkCard(b *testing.B) {
	for _, rows := range crowds() {
		b.Run(fmt.Sprint(rows), func(b *testing.B) {
			k := newKit(b)
			storetest.Crowd(b, k.st, rows)
			whole, cookie := k.serveSignedIn(b)
			card := &apptest.Target{Name: "card", Cookie: cookie}
			for i := range stories {
				id := storetest.CrowdID(i * (rows / stories))
				k.longStory(b, id)
				card.All = append(card.All, "/contacts/"+id)
			}
			card.URL = whole + card.All[0]
			targets := []*apptest.Target{{Name: "hello", URL: whole + "/hello"}, card}
			for _, t := range targets {
				if t != targets[0] {
					t.Is = rowOrStory(t)
				}
				t.Ready(b, perRound)
			}
			for b.Loop() {
				for _, t := range targets {
					t.Round(b, perRound)
				}
			}
			hello, one := targets[0].Cost(), card.Cost()
			b.ReportMetric(float64(one)/float64(hello), "card/hello")
			b.ReportMetric(float64(one.Nanoseconds())/1e3, "card-µs")
			b.ReportMetric(float64(hello.Nanoseconds())/1e3, "hello-µs")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// perTurn is how many contacts are made in a turn of each kind.
const perTurn = 50

// BenchmarkCreate says how much CPU it takes to create a contact, with the look
// for who is like them, search, event, audit and a way back, beside one durable
// insert of the same rows: the goal is 1.5x.
func BenchmarkCreate(b *testing.B) {
	for _, rows := range crowds() {
		b.Run(fmt.Sprint(rows), func(b *testing.B) {
			k := newKit(b)
			storetest.Crowd(b, k.st, rows)
			var create, insert []time.Duration
			ctx := context.WithoutCancel(b.Context()) // a statement that can be cut off costs more
			turn := func(one func(n int) error, from int) time.Duration {
				before := apptest.CPU(b)
				for n := range perTurn {
					if err := one(from + n); err != nil {
						b.Fatal(err)
					}
				}
				return (apptest.CPU(b) - before) / perTurn
			}
			for n := 0; b.Loop(); n += perTurn {
				create = append(create, turn(func(n int) error { return k.benchCreate(ctx, n) }, n))
				insert = append(insert, turn(func(n int) error { return k.benchInsert(ctx, n) }, n))
			}
			b.ReportMetric(float64(apptest.Median(create))/float64(apptest.Median(insert)), "create/insert")
			b.ReportMetric(float64(apptest.Median(create).Nanoseconds())/1e3, "create-µs")
			b.ReportMetric(float64(apptest.Median(insert).Nanoseconds())/1e3, "insert-µs")
			b.ReportMetric(0, "ns/op")
		})
	}
}

func (k kit) benchCreate(ctx context.Context, n int) error {
	draft := people.Draft{
		Name: fmt.Sprint("Bench Person ", n), Phones: []people.Point{{Typed: fmt.Sprintf("+49301%06d", n)}},
		Emails: []people.Point{{Typed: fmt.Sprintf("bench%d@example.com", n)}},
	}
	_, err := k.Create(ctx, owner, draft, contacts.Creation{})
	return err
}

func (k kit) benchInsert(ctx context.Context, n int) error {
	number := fmt.Sprintf("+49302%06d", n)
	c := store.Contact{ID: fmt.Sprint("bench", n), Name: fmt.Sprint("Bench Row ", n), Source: "manual", CreatedAt: noon, UpdatedAt: noon, LastActivityAt: noon}
	return k.st.InTx(ctx, func(tx *store.Tx) error {
		return tx.InsertContact(ctx, c, []store.Phone{{ID: "bp" + c.ID, Typed: number, E164: number}}, []store.Email{{ID: "be" + c.ID, Typed: c.ID + "@example.com"}})
	})
}
