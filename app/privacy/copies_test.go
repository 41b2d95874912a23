package privacy

import (
	"context"
	"errors"
	"testing"
	"time"

	"stead/store"
)

// badPlace is a destination of backups that cannot be reached; grew counts what
// was tried, in which state the erasure stood then.
type badPlace struct {
	h     *house
	err   error
	seen  []string
	tried int
}

func (b *badPlace) Kept(context.Context) (int, time.Time, error) { return 0, time.Time{}, b.err }
func (b *badPlace) Prune(context.Context) error                  { return b.err }
func (b *badPlace) LedgerGrew(ctx context.Context) error {
	b.tried++
	open, err := b.h.st.OpenErasures(ctx)
	for _, e := range open {
		b.seen = append(b.seen, e.State)
	}
	return errors.Join(b.err, err)
}

var errPlace = errors.New("the disk is not mounted")

func TestABadDestinationHoldsUpNeitherRetentionNorAnErasure(t *testing.T) {
	h := newHouse(t)
	h.plant("c1", theirName, theirNumber, theirEmail)
	bad := &badPlace{h: h, err: errPlace}
	h.svc.Backups = bad
	receipt, err := h.svc.Erase(t.Context(), owner, "c1")
	if err != nil || receipt.State != store.ErasureDone {
		t.Errorf("the erasure: %+v, %v; want it done", receipt, err)
	}
	if len(bad.seen) == 0 || bad.seen[0] != store.ErasurePlanned {
		t.Errorf("the ledger was copied at %v; want it before anything is destroyed", bad.seen)
	}
	if err := h.svc.Daily(t.Context(), Daily{}); !errors.Is(err, errPlace) {
		t.Errorf("the daily work says %v; want what went wrong", err)
	}
	var last lastSweep
	if _, err := h.st.Setting(t.Context(), "sweep", &last); err != nil || last.At != h.ms() {
		t.Errorf("last sweep at %d (%v), want now", last.At, err)
	}
}
