package deals_test

import (
	"context"
	"testing"

	"stead/app/deals"
	"stead/app/errs"
	"stead/store"
)

func TestADealThatComesInIsPutDownInAnothersTransaction(t *testing.T) {
	k := newKit(t)
	in := deals.Draft{Title: "From the website", PipelineID: "p", StageID: "offer", Currency: "EUR", Amount: "12.50", Source: "form", SourceID: "src", Tags: []string{"web"}}
	n, err := k.Incoming(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	var id string
	k.change(func(ctx context.Context, tx *store.Tx) (err error) {
		id, err = n.Open(ctx, tx, deals.Party{ContactID: "ann", OwnerID: "u2"}, true)
		return err
	})
	d, err := k.st.Deal(t.Context(), id)
	if err != nil || d.Amount != 1250 || d.OwnerID != "u2" || d.ContactID != "ann" || d.Source != "form" || d.SourceID != "src" || d.StageID != "offer" {
		t.Errorf("%+v (%v)", d, err)
	}
	in.Amount = ""
	if n, err = k.Incoming(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	open := func(strict bool) error {
		return k.st.InTx(t.Context(), func(tx *store.Tx) error {
			_, err := n.Open(t.Context(), tx, deals.Party{ContactID: "ann"}, strict)
			return err
		})
	}
	if err := open(true); errs.KindOf(err) != errs.Invalid || errs.Fields(err)["amount"] == "" {
		t.Errorf("a stage that asks for an amount took it: %v", err)
	}
	if err := open(false); err != nil {
		t.Errorf("a call may wait there: %v", err)
	}
}
