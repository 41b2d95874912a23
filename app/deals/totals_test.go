package deals_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"stead/app/errs"
	"stead/app/ids"
	"stead/store"
)

// TestTotalsSurviveEverything: whatever is done, to deals or to whom they are with,
// the sums of the board and of the forecast are those of the rows of the list, to
// the minor unit; the stays of a deal account for all its time; and erasing or
// merging people changes no total at all.
func TestTotalsSurviveEverything(t *testing.T) {
	k := newKit(t)
	people := 0
	rapid.Check(t, func(rt *rapid.T) {
		ctx := context.Background()
		there := []string{"ann", "bob"}
		for range 3 {
			people++
			id := fmt.Sprint("person", people)
			k.change(func(ctx context.Context, tx *store.Tx) error {
				return tx.InsertContact(ctx, store.Contact{ID: id, Name: id, Source: "manual", CreatedAt: *k.at, UpdatedAt: *k.at, LastActivityAt: *k.at}, nil, nil)
			})
			there = append(there, id)
		}
		var made, undos []string
		for range rapid.IntRange(1, 14).Draw(rt, "steps") {
			*k.at += rapid.Int64Range(0, 40*86_400_000).Draw(rt, "later")
			before := k.totals(rt)
			person := rapid.SampledFrom(there[2:]).Draw(rt, "whom")
			switch rapid.IntRange(0, 6).Draw(rt, "what") {
			case 0:
				k.give(rt, made, person)
			case 1:
				other := rapid.SampledFrom(there[2:]).Draw(rt, "into")
				undo := ids.New()
				err := k.st.InTx(ctx, func(tx *store.Tx) error {
					return tx.Merge(ctx, store.Merging{Kept: other, Gone: person, ProvenanceID: ids.New(), Actor: "u1", UndoID: undo, At: *k.at})
				})
				if err == nil {
					undos = append(undos, undo)
				}
				same(rt, "a merge", before, k.totals(rt))
			case 2:
				k.change(func(ctx context.Context, tx *store.Tx) error { _, err := tx.EraseSubject(ctx, person); return err })
				same(rt, "an erasure", before, k.totals(rt))
			case 3:
				if len(undos) == 0 {
					continue
				}
				err := k.st.InTx(ctx, func(tx *store.Tx) error {
					_, err := tx.TakeBack(ctx, rapid.SampledFrom(undos).Draw(rt, "back"), *k.at)
					return err
				})
				if err != nil {
					same(rt, "what was not taken back", before, k.totals(rt))
				}
			default:
				made = slices.DeleteFunc(made, func(id string) bool { // whose making was taken back
					_, err := k.st.Deal(ctx, id)
					return errors.Is(err, store.ErrNotFound)
				})
				saved, err := k.random(rt, made)
				if kind := errs.KindOf(err); err != nil && kind != errs.Invalid && kind != errs.Conflict {
					rt.Fatal(err)
				}
				if err == nil {
					made, undos = append(made, saved.ID), append(undos, saved.Undo)
				}
			}
		}
		k.totals(rt)
	})
}

// give has a deal be with a person.
func (k kit) give(rt *rapid.T, made []string, person string) {
	if len(made) == 0 {
		return
	}
	id := rapid.SampledFrom(made).Draw(rt, "deal")
	_ = k.st.InTx(context.Background(), func(tx *store.Tx) error { // whoever was erased takes none
		d, err := tx.Deal(context.Background(), id)
		if err != nil {
			return err
		}
		d.ContactID, d.UpdatedAt = person, *k.at
		return errors.Join(tx.UpdateDeal(context.Background(), d),
			tx.SetDealContacts(context.Background(), id, []store.DealContact{{DealID: id, ContactID: "bob", Role: "Buyer"}}))
	})
}

// total is what deals of a stage or of a month come to.
type total struct{ deals, amount, weighted int64 }

// totals are those of the rows. It fails where the board, the forecast or the stays
// tell something else.
func (k kit) totals(rt *rapid.T) map[string]total {
	ctx, q := context.Background(), store.Question{Record: "deal"}
	want, wantOpen := map[string]total{}, map[string]total{}
	for page := (store.Page{Limit: 50}); ; {
		rows, err := k.st.Deals(ctx, store.Everything, q, page)
		if err != nil || rows.Cut {
			rt.Fatalf("the list ends early: %v", err)
		}
		for _, row := range rows.Rows {
			add(want, row.StageID+" "+row.Currency, 1, row.Amount, store.Weighted(row.Amount, row.Probability))
			if row.Open() {
				add(wantOpen, row.Currency, 1, row.Amount, store.Weighted(row.Amount, row.Probability))
			}
			k.accounted(rt, row.Deal)
		}
		if page.After = rows.Next; rows.Next == "" {
			break
		}
	}
	board, forecast := map[string]total{}, map[string]total{}
	sums, cut, err := k.st.DealSums(ctx, store.Everything, q, 0)
	if err != nil || cut {
		rt.Fatal(cut, err)
	}
	for _, s := range sums {
		add(board, s.StageID+" "+s.Currency, s.Deals, s.Amount, s.Weighted)
	}
	months, cut, err := k.st.Forecast(ctx, store.Everything, q)
	if err != nil || cut {
		rt.Fatal(cut, err)
	}
	for _, m := range months {
		add(forecast, m.Currency, m.Deals, m.Amount, m.Weighted)
	}
	same(rt, "the board", want, board)
	same(rt, "the forecast", wantOpen, forecast)
	return want
}

func add(all map[string]total, key string, deals, amount, weighted int64) {
	t := all[key]
	all[key] = total{t.deals + deals, t.amount + amount, t.weighted + weighted}
}

func same(rt *rapid.T, what string, a, b map[string]total) {
	if fmt.Sprint(a) != fmt.Sprint(b) {
		rt.Fatalf("%s: %v is not %v", what, b, a)
	}
}

// accounted fails where the stays of a deal leave a gap or overlap.
func (k kit) accounted(rt *rapid.T, d store.Deal) {
	stays, err := k.st.Stays(context.Background(), d.ID)
	if err != nil || len(stays) == 0 {
		rt.Fatalf("%d stays (%v)", len(stays), err)
	}
	at := d.CreatedAt
	for i, s := range stays {
		if last := i == len(stays)-1; s.EnteredAt != at || last != (s.LeftAt == 0) || !last && s.LeftAt < s.EnteredAt {
			rt.Fatalf("stay %d of %+v leaves a gap", i, stays)
		}
		at = s.LeftAt
	}
	if now := stays[len(stays)-1]; now.StageID != d.StageID || now.EnteredAt != d.EnteredAt {
		rt.Fatalf("it is in %s since %d, and its stay in %s since %d", d.StageID, d.EnteredAt, now.StageID, now.EnteredAt)
	}
}
