package deals_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"stead/app/access"
	"stead/app/deals"
	"stead/app/errs"
	"stead/app/ids"
	"stead/store"
	"stead/store/storetest"
)

var boss = access.Owner("u1")

type kit struct {
	*deals.Service
	t  testing.TB
	st *store.Store
	at *int64
}

// newKit is a business with a pipeline: new 10 %, offer 60 % (asks for an amount
// and a person), won, lost.
func newKit(t testing.TB) kit {
	t.Helper()
	at := int64(1_790_000_000_000)
	k := kit{t: t, st: storetest.New(t), at: &at}
	k.Service = deals.New(deals.Deps{
		Store: k.st, Now: func() time.Time { return time.UnixMilli(*k.at) }, NewID: ids.New, Currencies: []string{"EUR", "USD", "JPY", "KWD"},
	})
	k.change(func(ctx context.Context, tx *store.Tx) error {
		for _, u := range []string{"u1", "u2"} {
			if err := tx.InsertUser(ctx, store.User{ID: u, Name: u, Email: u + "@x", EmailKey: u + "@x", PasswordHash: "h", Role: access.RoleOwner}); err != nil {
				return err
			}
		}
		if err := tx.InsertBusiness(ctx, store.Business{Name: "B", Country: "PT", Currency: "EUR", Timezone: "UTC", CreatedAt: 1, UpdatedAt: 1}); err != nil {
			return err
		}
		for _, id := range []string{"ann", "bob"} {
			if err := tx.InsertContact(ctx, store.Contact{ID: id, Name: id, Source: "manual", CreatedAt: at, UpdatedAt: at, LastActivityAt: at}, nil, nil); err != nil {
				return err
			}
		}
		if err := tx.SaveReason(ctx, store.Reason{ID: "dear", Kind: store.DealLost, Name: "Too expensive", CreatedAt: 1}); err != nil {
			return err
		}
		return tx.InsertPipeline(ctx, store.Pipeline{ID: "p", Name: "Sales", Currency: "EUR", CreatedAt: 1, Stages: []store.Stage{
			{ID: "new", Name: "New", Kind: store.DealOpen, Probability: 10},
			{ID: "offer", Name: "Offer", Kind: store.DealOpen, Probability: 60, Required: []string{"amount", "person"}},
			{ID: "won", Name: "Won", Kind: store.DealWon, Probability: 100},
			{ID: "lost", Name: "Lost", Kind: store.DealLost},
		}})
	})
	return k
}

func (k kit) change(do func(context.Context, *store.Tx) error) {
	k.t.Helper()
	ctx := context.Background()
	if err := k.st.InTx(ctx, func(tx *store.Tx) error { return do(ctx, tx) }); err != nil {
		k.t.Fatal(err)
	}
}

func (k kit) deal(id string) store.Deal {
	k.t.Helper()
	d, err := k.st.Deal(context.Background(), id)
	if err != nil {
		k.t.Fatal(err)
	}
	return d
}

func (k kit) made(in deals.Draft) string {
	k.t.Helper()
	if in.PipelineID == "" {
		in.PipelineID, in.StageID = "p", "new"
	}
	if in.Currency == "" {
		in.Currency = "EUR"
	}
	in.Title = cmp.Or(in.Title, "Roof")
	saved, err := k.Create(context.Background(), boss, in, ids.New())
	if err != nil {
		k.t.Fatal(err)
	}
	return saved.ID
}

func TestAmountsAsPeopleTypeThem(t *testing.T) {
	k := newKit(t)
	for _, c := range []struct {
		typed, currency string
		want            int64
		refused         bool
	}{
		{"1250", "EUR", 125_000, false},
		{"1.250,50", "EUR", 125_050, false},
		{"1 250,5", "EUR", 125_050, false},
		{"€ 99", "EUR", 9900, false},
		{"-40", "EUR", -4000, false},
		{"", "EUR", 0, false},
		{"1500", "JPY", 1500, false},
		{"1,234", "KWD", 1234, false},
		{"1,2345", "KWD", 0, true},
		{"a lot", "EUR", 0, true},
		{"99999999999999999999", "EUR", 0, true},
		{"90000000000000000", "EUR", 0, true},
		{"5", "XXQ", 0, true},
	} {
		saved, err := k.Create(t.Context(), boss, deals.Draft{Title: "Roof", PipelineID: "p", StageID: "new", Amount: c.typed, Currency: c.currency}, ids.New())
		if c.refused {
			if errs.KindOf(err) != errs.Invalid || len(errs.Fields(err)) != 1 {
				t.Errorf("%q %s: %v", c.typed, c.currency, err)
			}
			continue
		}
		if err != nil || k.deal(saved.ID).Amount != c.want {
			t.Errorf("%q %s is %d (%v), want %d", c.typed, c.currency, k.deal(saved.ID).Amount, err, c.want)
		}
	}
}

func TestAStageAsksForWhatItRequires(t *testing.T) {
	k := newKit(t)
	id := k.made(deals.Draft{Title: "Pumps"})
	_, err := k.Move(t.Context(), boss, id, deals.Moving{StageID: "offer"})
	if got := errs.Fields(err); errs.KindOf(err) != errs.Invalid || got["amount"] == "" || got["person"] == "" || len(got) != 2 {
		t.Fatalf("%v", err)
	}
	if _, err := k.Create(t.Context(), boss, deals.Draft{Title: "Roof", PipelineID: "p", StageID: "offer", Currency: "EUR"}, ids.New()); errs.KindOf(err) != errs.Invalid {
		t.Errorf("a new deal begins where it may not be: %v", err)
	}
	if _, err := k.Edit(t.Context(), boss, id, 1, deals.Draft{Title: "Pumps", Amount: "10", Currency: "EUR", ContactID: "ann"}); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Move(t.Context(), boss, id, deals.Moving{StageID: "offer", Version: 1}); errs.CodeOf(err) != deals.CodeChanged {
		t.Errorf("an old version moves: %v", err)
	}
	if _, err := k.Move(t.Context(), boss, id, deals.Moving{StageID: "offer", Version: 2}); err != nil {
		t.Fatal(err)
	}
	if d := k.deal(id); d.StageID != "offer" || d.Probability != 60 || d.Weighted != 600 {
		t.Errorf("%+v", d)
	}
}

func TestLosingAsksWhy(t *testing.T) {
	k := newKit(t)
	id := k.made(deals.Draft{Amount: "10"})
	for _, m := range []deals.Moving{{StageID: "lost"}, {StageID: "lost", Reason: "  \n"}, {StageID: "lost", ReasonID: "nothing"}, {StageID: "won", ReasonID: "dear"}} {
		if _, err := k.Move(t.Context(), boss, id, m); errs.KindOf(err) != errs.Invalid || errs.Fields(err)["reason"] == "" {
			t.Errorf("%+v: %v", m, err)
		}
	}
	*k.at += 5000
	if _, err := k.Move(t.Context(), boss, id, deals.Moving{StageID: "lost", ReasonID: "dear", Reason: "They said so."}); err != nil {
		t.Fatal(err)
	}
	d := k.deal(id)
	all, err := k.st.Outcomes(t.Context(), id)
	if err != nil || len(all) != 1 || all[0].ReasonID != "dear" || all[0].Note != "They said so." || all[0].Actor != "u1" || all[0].At != *k.at || d.ClosedAt != *k.at || d.Weighted != 0 {
		t.Fatalf("%+v, %+v (%v)", all, d, err)
	}
	*k.at += 5000
	if _, err := k.Move(t.Context(), boss, id, deals.Moving{StageID: "new"}); err != nil {
		t.Fatal(err)
	}
	if all, err = k.st.Outcomes(t.Context(), id); err != nil || len(all) != 1 || all[0].ReopenedAt != *k.at || all[0].ReopenedBy != "u1" || !k.deal(id).Open() {
		t.Errorf("%+v (%v)", all, err)
	}
	saved, err := k.Move(t.Context(), boss, id, deals.Moving{StageID: "new"})
	if err != nil || saved.Undo != "" {
		t.Errorf("a move to where it is: %+v, %v", saved, err)
	}
}

func TestNobodyDoesWhatTheyMayNot(t *testing.T) {
	k := newKit(t)
	theirs, mine := k.made(deals.Draft{OwnerID: "u1"}), k.made(deals.Draft{OwnerID: "u2"})
	agent := access.Actor{ID: "u2", Kind: access.User, May: map[access.Permission]access.Reach{
		access.DealsRead: access.Own, access.DealsWrite: access.Own, access.PersonalSee: access.Own, access.MoneySee: access.Own, access.ContactsRead: access.Own,
	}}
	for name, do := range map[string]func(id string) error{
		"edit": func(id string) error {
			_, err := k.Edit(t.Context(), agent, id, 1, deals.Draft{Currency: "EUR"})
			return err
		},
		"move": func(id string) error {
			_, err := k.Move(t.Context(), agent, id, deals.Moving{StageID: "won"})
			return err
		},
		"assign": func(id string) error { _, err := k.Assign(t.Context(), agent, id, "u2"); return err },
		"delete": func(id string) error { _, err := k.Delete(t.Context(), agent, id); return err },
	} {
		if err := do(theirs); errs.KindOf(err) != errs.NotFound {
			t.Errorf("%s of another's: %v", name, err)
		}
		denied := name == "assign" || name == "delete"
		if err := do(mine); (errs.KindOf(err) == errs.Denied) != denied {
			t.Errorf("%s of their own: %v", name, err)
		}
	}
	if _, err := k.Create(t.Context(), agent, deals.Draft{PipelineID: "p", StageID: "new", Currency: "EUR", ContactID: "ann"}, ids.New()); errs.Fields(err)["person"] == "" {
		t.Errorf("a deal shows who somebody is: %v", err)
	}
	saved, err := k.Create(t.Context(), agent, deals.Draft{PipelineID: "p", StageID: "new", Currency: "EUR", Title: "Mine"}, ids.New())
	if err != nil || k.deal(saved.ID).OwnerID != "u2" {
		t.Errorf("what they make is not theirs: %v", err)
	}
}

// TestWhatIsTakenBackWasNever: after any history each change, taken back at once,
// leaves every row as it was.
func TestWhatIsTakenBackWasNever(t *testing.T) {
	k := newKit(t)
	rapid.Check(t, func(rt *rapid.T) {
		var made []string
		for range rapid.IntRange(1, 12).Draw(rt, "steps") {
			*k.at += rapid.Int64Range(0, 9).Draw(rt, "later")
			before := k.all()
			saved, err := k.random(rt, made)
			if err != nil {
				if kind := errs.KindOf(err); kind != errs.Invalid && kind != errs.Conflict {
					rt.Fatal(err)
				}
				if after := k.all(); !slices.Equal(before, after) {
					rt.Fatalf("a refusal changed %v to %v", before, after)
				}
				continue
			}
			if saved.Undo != "" && rapid.Bool().Draw(rt, "back") {
				k.change(func(ctx context.Context, tx *store.Tx) error {
					_, err := tx.TakeBack(ctx, saved.Undo, *k.at)
					return err
				})
				if after := k.all(); !slices.Equal(before, after) {
					rt.Fatalf("taken back:\n%v\nis not\n%v", after, before)
				}
				continue
			}
			if !slices.Contains(made, saved.ID) {
				made = append(made, saved.ID)
			}
		}
	})
}

func (k kit) random(rt *rapid.T, made []string) (deals.Saved, error) {
	ctx := context.Background()
	draft := deals.Draft{
		Title: rapid.SampledFrom([]string{"", "Pumps", "Beds"}).Draw(rt, "title"), PipelineID: "p", StageID: rapid.SampledFrom([]string{"new", "won"}).Draw(rt, "stage"),
		Amount: rapid.SampledFrom([]string{"", "1", "12,34", "-7"}).Draw(rt, "amount"), Currency: rapid.SampledFrom([]string{"EUR", "JPY"}).Draw(rt, "currency"),
		Probability: rapid.SampledFrom([]string{"", "35"}).Draw(rt, "probability"), ContactID: rapid.SampledFrom([]string{"", "ann", "bob"}).Draw(rt, "person"),
		Tags: rapid.SampledFrom([][]string{nil, {"hot"}, {"hot", "big"}}).Draw(rt, "tags"), Others: []deals.Other{{ContactID: rapid.SampledFrom([]string{"", "ann"}).Draw(rt, "other"), Role: "Buyer"}},
	}
	if len(made) == 0 || rapid.IntRange(0, 4).Draw(rt, "new") == 0 {
		return k.Create(ctx, boss, draft, ids.New())
	}
	id := rapid.SampledFrom(made).Draw(rt, "deal")
	switch rapid.IntRange(0, 4).Draw(rt, "act") {
	case 0:
		return k.Edit(ctx, boss, id, k.deal(id).Version, draft)
	case 1:
		return k.Assign(ctx, boss, id, rapid.SampledFrom([]string{"", "u1", "u2"}).Draw(rt, "owner"))
	case 2:
		if k.deal(id).DeletedAt != 0 {
			return k.Restore(ctx, boss, id)
		}
		return k.Delete(ctx, boss, id)
	}
	return k.Move(ctx, boss, id, deals.Moving{
		StageID: rapid.SampledFrom([]string{"new", "offer", "won", "lost"}).Draw(rt, "to"), ReasonID: rapid.SampledFrom([]string{"", "dear"}).Draw(rt, "reason"),
	})
}

// all is everything about deals, as text.
func (k kit) all() []string {
	k.t.Helper()
	ctx := context.Background()
	var out []string
	page, err := k.st.Deals(ctx, store.Everything, store.Question{Sort: "created"}, store.Page{Limit: 500})
	if err != nil {
		k.t.Fatal(err)
	}
	for _, row := range page.Rows {
		d := row.Deal
		d.Version = 0 // it only ever rises
		stays, err1 := k.st.Stays(ctx, d.ID)
		outcomes, err2 := k.st.Outcomes(ctx, d.ID)
		others, err3 := k.st.DealContacts(ctx, d.ID)
		tags, err4 := k.st.DealTags(ctx, d.ID)
		if err1 != nil || err2 != nil || err3 != nil || err4 != nil {
			k.t.Fatal(err1, err2, err3, err4)
		}
		out = append(out, fmt.Sprintf("%+v %+v %+v %+v %+v", d, stays, outcomes, others, tags))
	}
	return out
}
