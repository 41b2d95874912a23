package work_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"stead/app/access"
	"stead/store"
	"stead/store/storetest"
)

// However many operations a start finds open, each goes on.
func TestEveryOpenOperationGoesOn(t *testing.T) {
	const all = 230
	k, path := newKit(t), filepath.Join(t.TempDir(), "stead.db")
	k.st = storetest.At(t, path)
	k.run.Store = k.st
	k.in(func(tx *store.Tx) error {
		for i := range all {
			op := store.Operation{ID: fmt.Sprintf("op-%d-", i), Kind: "count", Actor: access.Operator().ID, CreatedAt: int64(i)}
			if err := tx.InsertOperation(t.Context(), op); err != nil {
				return err
			}
		}
		return nil
	})
	for range 2 { // the second finds them all waiting
		if err := k.run.Resume(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	goOn := map[string]int{}
	for _, cell := range storetest.Cells(t, path, "river_job") {
		if _, rest, is := strings.Cut(cell, `"operation":"`); is {
			id, _, _ := strings.Cut(rest, `"`)
			goOn[id]++
		}
	}
	if len(goOn) != all || goOn["op-0-"] != 1 || goOn["op-229-"] != 1 {
		t.Errorf("%d of %d go on", len(goOn), all)
	}
}
