package board

import (
	"context"
	"slices"
	"strings"
	"testing"

	"stead/app/access"
	"stead/store"
)

// TestAllLeaveAtTheTerminal: without a view all deals leave, whatever became of
// them and with whatever view the list begins; with one, what it finds.
func TestAllLeaveAtTheTerminal(t *testing.T) {
	k := newKit(t)
	for _, stage := range []string{"pnew", "pwon", "plost", "qnew"} {
		k.deal(store.Deal{StageID: stage, Amount: 100, Currency: "EUR", CreatedAt: noon})
	}
	k.deal(store.Deal{StageID: "pnew", Amount: 9000, Currency: "EUR", CreatedAt: noon})
	dear := k.view(one("amount", store.OpLeast, "5000"))
	for view, want := range map[string]int{"": 5, dear: 1} {
		var b strings.Builder
		if err := k.Leave(context.Background(), access.Operator(), view, &b); err != nil {
			t.Fatal(err)
		}
		if got := strings.Count(b.String(), "\n") - 1; got != want {
			t.Errorf("with view %q %d deals left, want %d:\n%s", view, got, want, b.String())
		}
	}
}

// TestWhatEndedKeepsTheNameOfItsStage: a deal that ended says where, though its
// pipeline was deleted since.
func TestWhatEndedKeepsTheNameOfItsStage(t *testing.T) {
	k := newKit(t)
	k.deal(store.Deal{StageID: "qwon", Amount: 100, Currency: "EUR", CreatedAt: noon})
	k.write(func(ctx context.Context, tx *store.Tx) error { return tx.DeletePipeline(ctx, "q", 1, noon) })
	rows := k.exported(boss, place{view: whole, status: "all"})
	if len(rows) != 1 || !slices.Contains(rows[0], "Won") {
		t.Errorf("left as %v", rows)
	}
}
