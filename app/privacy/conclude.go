package privacy

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"

	"stead/app/errs"
	"stead/store"
)

// prove looks for what was erased and ends the erasure, one way or the other.
func (s *Service) prove(ctx context.Context, e store.Erasure) error {
	needles, err := s.unsealNeedles(e)
	if err != nil {
		return err
	}
	limited, stop := context.WithTimeout(ctx, remoteBudget)
	_, _ = s.deleteRemotes(limited, e.ID) // the receipt shows what is left, a job sees to it
	stop()
	proof, err := s.look(ctx, needles)
	if err != nil {
		return err
	}
	return s.conclude(ctx, e, proof)
}

// scrubs is how often what SQLite left in its pages is emptied before a proof is
// given up: while others write, it may leave something behind again.
const scrubs = 3

// look empties what was deleted out of the files and searches them.
func (s *Service) look(ctx context.Context, needles []store.Needle) (store.Proof, error) {
	if err := s.Store.SettleSearch(ctx); err != nil {
		return store.Proof{}, err
	}
	if err := s.Store.Truncate(ctx); err != nil && !errors.Is(err, store.ErrReaders) {
		return store.Proof{}, err
	}
	if err := s.Store.Compact(ctx); err != nil {
		return store.Proof{}, err
	}
	proof, err := s.Store.Prove(ctx, s.Dir, needles)
	for n := 0; n < scrubs && err == nil && proof.Hits > 0; n++ {
		pages, failed := s.Store.Scrub(ctx, needles)
		if failed != nil || pages == 0 {
			return proof, failed
		}
		proof, err = s.Store.Prove(ctx, s.Dir, needles)
	}
	return proof, err
}

// conclude writes the receipt and ends the erasure as the proof came out.
func (s *Service) conclude(ctx context.Context, e store.Erasure, proof store.Proof) error {
	r, err := parseReceipt(e.Receipt)
	if err != nil {
		return err
	}
	now := s.Now()
	var plan Plan
	if err := json.Unmarshal([]byte(cmp.Or(e.Plan, "{}")), &plan); err != nil {
		return err
	}
	r.Gaps = s.gaps(ctx, now)
	if at := slices.IndexFunc(plan.Stays, func(g Gap) bool { return g.What == dealsStay }); at >= 0 { // whose they were is not known any more
		r.Gaps = append([]Gap{plan.Stays[at]}, r.Gaps...)
	}
	r.proved(proof)
	text, err := r.stored()
	if err != nil {
		return err
	}
	if r.Problem != "" {
		return s.fail(ctx, e, text, now.UnixMilli())
	}
	return s.done(ctx, e, text, now.UnixMilli())
}

func (s *Service) fail(ctx context.Context, e store.Erasure, receipt string, now int64) error {
	return s.Store.InTx(ctx, func(tx *store.Tx) error {
		if err := tx.StepErasure(ctx, e.ID, e.State, store.ErasureFailed, receipt); err != nil {
			return err
		}
		return s.audit(ctx, tx, e.RequestedBy, EventFailed, e.ID, "", now)
	})
}

func (s *Service) done(ctx context.Context, e store.Erasure, receipt string, now int64) error {
	err := s.Store.InTx(ctx, func(tx *store.Tx) error {
		if err := tx.FinishErasure(ctx, e.ID, e.State, receipt, now); err != nil {
			return err
		}
		if err := tx.LedgerNote(ctx, store.LedgerErased, e.SubjectKey, now); err != nil {
			return err
		}
		if err := tx.Emit(ctx, store.Event{ID: s.NewID(), Kind: EventProved, Subject: e.ID, Actor: e.RequestedBy, At: now}); err != nil {
			return err
		}
		left, err := tx.PendingRemotes(ctx, e.ID, 1)
		if err == nil && len(left) > 0 {
			err = tx.Enqueue(ctx, DeleteRemotes{ErasureID: e.ID}, store.UniqueKey(e.ID))
		}
		if err != nil {
			return err
		}
		return s.audit(ctx, tx, e.RequestedBy, EventProved, e.ID, "", now)
	})
	if err != nil {
		return err
	}
	// It is done whatever becomes of its last line: the next write makes up for
	// it, and the doctor tells of a ledger or a copy that lags.
	if err := s.syncLedger(ctx); err != nil {
		s.Log.WarnContext(ctx, "ledger is behind", "erasure_id", e.ID, "code", errs.CodeOf(err))
	}
	s.spreadLedger(ctx)
	return nil
}

// spreadLedger has the ledger copied beside the backups, where that can be done.
func (s *Service) spreadLedger(ctx context.Context) {
	if s.Backups == nil {
		return
	}
	if err := s.Backups.LedgerGrew(ctx); err != nil {
		s.Log.WarnContext(ctx, "ledger is not copied everywhere", "code", errs.CodeOf(err))
	}
}
