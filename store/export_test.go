package store

import (
	"context"
	"slices"
	"testing"
	"time"
)

// OpenTest opens the engine under test for the tests inside the package.
var OpenTest = func(t testing.TB) *Store { return openLite(t) }

// Hurry has questions take short steps along the lists, and look through none at
// once, until the test ends.
func Hurry(t testing.TB) {
	was := pace
	pace.first, pace.most, pace.least, pace.few, pace.budget = 8, 16, 2, 3, time.Minute
	t.Cleanup(func() { pace = was })
}

// NoTime leaves questions no time at all, however patient the store, until the test ends.
func NoTime(t testing.TB) {
	was := pace
	pace.first, pace.most, pace.least, pace.few, pace.budget = 8, 8, 2, 3, -time.Hour
	t.Cleanup(func() { pace = was })
}

// KeysFor is a place in a table of the archive.
func KeysFor(t ArchiveTable) []any {
	out := make([]any, len(t.keys))
	for i := range out {
		out[i] = "1"
	}
	return out
}

// ArchiveOrders tells whether an archive knows when a table is read.
func ArchiveOrders(table string) bool { return slices.Contains(archiveOrder, table) }

// Spoil writes past the product: a deal changes hands, and nothing counts it.
func (tx *Tx) Spoil(ctx context.Context) error {
	_, err := tx.exec(ctx, "test", `UPDATE deals SET owner_id = 'u9'`)
	return err
}
