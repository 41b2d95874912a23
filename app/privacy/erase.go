package privacy

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"stead/app/access"
	"stead/store"
)

// How long an erasure waits for a provider before it leaves the rest to a job,
// and for a text that is on its way out.
const (
	remoteBudget = 10 * time.Second
	settlePause  = 250 * time.Millisecond
	settleFor    = 15 * time.Second
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
	e, err := s.Store.Erasure(ctx, erasureID)
	if err != nil {
		return Receipt{}, err
	}
	_, err = s.contact(ctx, &s.Store.Reader, actor, access.PrivacyErase, e.ContactID)
	if err != nil && !errors.Is(err, store.ErrNotFound) { // nobody is there any more: nothing is in or out of reach
		return Receipt{}, err
	}
	err = s.Store.InTx(ctx, func(tx *store.Tx) error {
		_, err := tx.RetryRemotes(ctx, erasureID)
		return err
	})
	if err != nil {
		return Receipt{}, err
	}
	if e, err = s.Store.Erasure(ctx, erasureID); err != nil {
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
	held, err := s.Store.Holdings(ctx, contactID)
	if err != nil {
		return store.Erasure{}, err
	}
	fresh, numbers := e, s.peerSubjects(held)
	err = s.Store.InTx(ctx, func(tx *store.Tx) error {
		if _, err := s.contact(ctx, &tx.Reader, actor, access.PrivacyErase, contactID); err != nil {
			return err
		}
		e, err = tx.ErasureOf(ctx, contactID)
		if !errors.Is(err, store.ErrNotFound) {
			return err // one is under way: go on with it
		}
		e = fresh
		return s.note(ctx, tx, e, numbers)
	})
	return e, err
}

// peerSubjects are the numbers and the addresses of a person as the ledger names
// them: what came from a number before is not taken in again, and no import
// brings either back.
func (s *Service) peerSubjects(held []store.Holding) []string {
	var out []string
	for _, key := range append(matchKeys(held), addressKeys(held)...) {
		out = append(out, s.Vault.Hash(store.LedgerPeer, s.Vault.Hash("peer", key)))
	}
	return out
}

// formerSubjects are those who became one with a person, as the ledger names
// them: a backup from before holds them by themselves.
func (s *Service) formerSubjects(ctx context.Context, tx *store.Tx, contactID string) ([]string, error) {
	gone, err := tx.FormerIDs(ctx, contactID)
	out := make([]string, len(gone))
	for i, id := range gone {
		out[i] = s.Vault.Hash(store.LedgerPerson, id)
	}
	return out, err
}

// note writes the intent of an erasure down, and which numbers are forgotten
// with the person, as the ledger names them.
func (s *Service) note(ctx context.Context, tx *store.Tx, e store.Erasure, numbers []string) error {
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
	former, err := s.formerSubjects(ctx, tx, e.ContactID)
	if err != nil {
		return err
	}
	for _, subject := range former {
		if err := tx.LedgerNote(ctx, store.LedgerErase, subject, e.CreatedAt); err != nil {
			return err
		}
	}
	for _, number := range numbers {
		if err := tx.LedgerNote(ctx, store.LedgerForget, number, e.CreatedAt); err != nil {
			return err
		}
	}
	return tx.Record(ctx, store.Event{ID: s.NewID(), Kind: EventAsked, Subject: e.ID, ContactID: e.ContactID, Actor: e.RequestedBy, At: e.CreatedAt})
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
