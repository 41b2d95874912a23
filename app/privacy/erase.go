package privacy

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"stead/app/access"
	"stead/app/errs"
	"stead/store"
)

// How long an erasure waits for a provider before it leaves the rest to a job,
// and for a text that is on its way out.
const (
	remoteBudget = 10 * time.Second
	settlePause  = 250 * time.Millisecond
	settleTries  = 60
)

// Erase destroys everything that is held about a person and proves it. It may
// be called again for an erasure that was interrupted or failed, and goes on
// where that one ended. Nothing is destroyed before the intent is on the disk
// in the ledger. What was begun is finished although ctx ends.
func (s *Service) Erase(ctx context.Context, actor access.Actor, contactID string) (Receipt, error) {
	if err := s.may(actor); err != nil {
		return Receipt{}, err
	}
	s.one.Lock()
	defer s.one.Unlock()
	ctx = context.WithoutCancel(ctx)
	e, err := s.intend(ctx, actor, contactID)
	if err != nil {
		return Receipt{}, err
	}
	return s.finish(ctx, e)
}

// may tells whether the actor may erase anybody, and whether anybody can.
func (s *Service) may(actor access.Actor) error {
	if err := allow(actor, access.PrivacyErase); err != nil {
		return err
	}
	return s.unlocked()
}

// ProveAgain tries again to finish an erasure that was interrupted or failed, and
// has failed deletions at providers tried again.
func (s *Service) ProveAgain(ctx context.Context, actor access.Actor, erasureID string) (Receipt, error) {
	if err := s.may(actor); err != nil {
		return Receipt{}, err
	}
	s.one.Lock()
	defer s.one.Unlock()
	ctx = context.WithoutCancel(ctx)
	err := s.Store.InTx(ctx, func(tx *store.Tx) error {
		_, err := tx.RetryRemotes(ctx, erasureID)
		return err
	})
	if err != nil {
		return Receipt{}, err
	}
	e, err := s.Store.Erasure(ctx, erasureID)
	if err != nil {
		return Receipt{}, err
	}
	if e.State == store.ErasureDone {
		_, _ = s.deleteRemotes(ctx, e.ID) // the receipt shows what is left
		return s.receipt(ctx, e)
	}
	return s.finish(ctx, e)
}

// Resume finishes every erasure that a crash or a locked vault interrupted. It
// is called at the start, when the vault is open.
func (s *Service) Resume(ctx context.Context) error {
	if s.Vault.Locked() {
		return nil
	}
	s.one.Lock()
	defer s.one.Unlock()
	open, err := s.Store.OpenErasures(ctx)
	if err != nil {
		return err
	}
	var all []error
	for _, e := range open {
		receipt, err := s.finish(ctx, e)
		if err == nil && receipt.State != store.ErasureDone {
			s.Log.WarnContext(ctx, "erasure is not proved", "erasure_id", e.ID, "count", receipt.Hits)
		}
		all = append(all, err)
	}
	return errors.Join(all...)
}

// intend notes in database and ledger that a person will be erased, and has
// nothing more sent to them.
func (s *Service) intend(ctx context.Context, actor access.Actor, contactID string) (store.Erasure, error) {
	plan, err := s.plan(ctx, &s.Store.Reader, contactID)
	if err != nil {
		return store.Erasure{}, err
	}
	counts, err := json.Marshal(plan)
	if err != nil {
		return store.Erasure{}, err
	}
	now := s.Now().UnixMilli()
	e := store.Erasure{
		ID: s.NewID(), ContactID: contactID, SubjectKey: s.Vault.Hash(store.LedgerPerson, contactID),
		State: store.ErasurePlanned, Plan: string(counts), RequestedBy: actor.ID, CreatedAt: now,
	}
	fresh := e
	err = s.Store.InTx(ctx, func(tx *store.Tx) error {
		if _, err := s.contact(ctx, &tx.Reader, actor, access.PrivacyErase, contactID); err != nil {
			return err
		}
		e, err = tx.ErasureOf(ctx, contactID)
		if !errors.Is(err, store.ErrNotFound) {
			return err // one is under way: go on with it
		}
		e = fresh
		return s.note(ctx, tx, e)
	})
	return e, err
}

// note writes the intent of an erasure down.
func (s *Service) note(ctx context.Context, tx *store.Tx, e store.Erasure) error {
	if err := tx.SetRestriction(ctx, e.ContactID, erasing, e.CreatedAt); err != nil {
		return err
	}
	if _, err := tx.CancelQueued(ctx, e.ContactID, "restricted", e.CreatedAt); err != nil {
		return err
	}
	if err := tx.InsertErasure(ctx, e); err != nil {
		return err
	}
	if err := tx.LedgerNote(ctx, store.LedgerErase, e.SubjectKey, e.CreatedAt); err != nil {
		return err
	}
	event := store.Event{ID: s.NewID(), Kind: EventAsked, Subject: e.ID, ContactID: e.ContactID, Actor: e.RequestedBy, At: e.CreatedAt}
	if err := tx.Emit(ctx, event); err != nil {
		return err
	}
	return s.audit(ctx, tx, e.RequestedBy, EventAsked, e.ID, e.ContactID, e.CreatedAt)
}

// finish takes an erasure from wherever it stands to its end. Each step is one
// transaction that first looks whether it is still to be done.
func (s *Service) finish(ctx context.Context, e store.Erasure) (Receipt, error) {
	steps := map[string]func(context.Context, store.Erasure) error{
		store.ErasurePlanned:    s.commit,
		store.ErasureDestroying: s.destroy,
		store.ErasureProving:    s.prove,
	}
	if e.State == store.ErasureFailed {
		if err := s.step(ctx, e, store.ErasureProving, e.Receipt); err != nil {
			return Receipt{}, err
		}
		e.State = store.ErasureProving
	}
	for {
		step := steps[e.State]
		if step == nil {
			return s.receipt(ctx, e)
		}
		if err := step(ctx, e); err != nil {
			return Receipt{}, err
		}
		var err error
		if e, err = s.Store.Erasure(ctx, e.ID); err != nil {
			return Receipt{}, err
		}
	}
}

func (s *Service) step(ctx context.Context, e store.Erasure, to, receipt string) error {
	return s.Store.InTx(ctx, func(tx *store.Tx) error { return tx.StepErasure(ctx, e.ID, e.State, to, receipt) })
}

// commit waits until the intent is on the disk: from here on there is no way
// back, whichever copy of the database comes up next.
func (s *Service) commit(ctx context.Context, e store.Erasure) error {
	if err := s.syncLedger(ctx); err != nil {
		return &errs.Error{Kind: errs.Unavailable, Code: "ledger", Message: "The erasure ledger cannot be written, so nothing was erased. Look at the disk and try again.", Err: err}
	}
	if err := s.settle(ctx, e.ContactID); err != nil {
		return err
	}
	return s.step(ctx, e, store.ErasureDestroying, e.Receipt)
}

// settle waits for a text that is just being handed to the provider, so that
// its copy there is known and can be deleted. No other starts: the gate sees
// the restriction.
func (s *Service) settle(ctx context.Context, contactID string) error {
	for range settleTries {
		n, err := s.Store.SendingTo(ctx, contactID)
		if err != nil || n == 0 {
			return err
		}
		if err := pause(ctx, settlePause); err != nil {
			return err
		}
	}
	return nil
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *Service) syncLedger(ctx context.Context) error {
	if s.Ledger == nil {
		return nil
	}
	return s.Ledger.Sync(ctx)
}

// destroy removes every row and notes what is left to do elsewhere.
func (s *Service) destroy(ctx context.Context, e store.Erasure) error {
	now := s.Now().UnixMilli()
	return s.Store.InTx(ctx, func(tx *store.Tx) error {
		held, err := tx.Holdings(ctx, e.ContactID)
		if err != nil {
			return err
		}
		if err := s.keepNeedles(ctx, tx, e.ID, needlesOf(held)); err != nil {
			return err
		}
		if err := s.keepRemotes(ctx, tx, e, now); err != nil {
			return err
		}
		r := Receipt{Tables: map[string]int64{}}
		for _, key := range matchKeys(held) {
			n, err := tx.EraseInbound(ctx, s.Vault.Hash("peer", key), now)
			if err != nil {
				return err
			}
			r.Tables["inbound_events"] += n
		}
		touched, err := tx.EraseSubject(ctx, e.ContactID)
		if err != nil {
			return err
		}
		for table, n := range touched {
			r.Tables[table] += n
		}
		text, err := r.stored()
		if err != nil {
			return err
		}
		if err := tx.StepErasure(ctx, e.ID, store.ErasureDestroying, store.ErasureProving, text); err != nil {
			return err
		}
		if err := tx.Emit(ctx, store.Event{ID: s.NewID(), Kind: EventErased, Subject: e.ID, Actor: e.RequestedBy, At: now}); err != nil {
			return err
		}
		return s.audit(ctx, tx, e.RequestedBy, EventErased, e.ID, "", now)
	})
}

func (s *Service) keepNeedles(ctx context.Context, tx *store.Tx, erasureID string, needles []store.Needle) error {
	sealed, err := s.sealNeedles(erasureID, needles)
	if err != nil {
		return err
	}
	return tx.KeepNeedles(ctx, erasureID, sealed, s.hashes(needles))
}

func (s *Service) keepRemotes(ctx context.Context, tx *store.Tx, e store.Erasure, now int64) error {
	remotes, err := tx.RemotesOf(ctx, e.ContactID)
	if err != nil {
		return err
	}
	for _, m := range remotes {
		err := tx.InsertRemote(ctx, store.Remote{ID: s.NewID(), ErasureID: e.ID, Provider: m.Provider, Kind: m.Kind, Ref: m.Ref, UpdatedAt: now})
		if err != nil {
			return err
		}
	}
	return nil
}

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

// look empties what was deleted out of the files and searches them.
func (s *Service) look(ctx context.Context, needles []store.Needle) (store.Proof, error) {
	if err := s.Store.Truncate(ctx); err != nil && !errors.Is(err, store.ErrReaders) {
		return store.Proof{}, err
	}
	if err := s.Store.Compact(ctx); err != nil {
		return store.Proof{}, err
	}
	return s.Store.Prove(ctx, s.Dir, needles)
}

// conclude writes the receipt and ends the erasure as the proof came out.
func (s *Service) conclude(ctx context.Context, e store.Erasure, proof store.Proof) error {
	r, err := parseReceipt(e.Receipt)
	if err != nil {
		return err
	}
	now := s.Now()
	if r.Gaps, err = s.gaps(ctx, now); err != nil {
		return err
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
	if err := s.syncLedger(ctx); err != nil {
		return err
	}
	if s.Backups == nil {
		return nil
	}
	return s.Backups.LedgerGrew(ctx)
}
