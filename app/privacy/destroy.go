package privacy

import (
	"context"
	"time"

	"stead/app/errs"
	"stead/store"
)

// commit waits until the intent is on the disk: from here on there is no way
// back, whichever copy of the database comes up next.
func (s *Service) commit(ctx context.Context, e store.Erasure) error {
	if err := s.syncLedger(ctx); err != nil {
		return &errs.Error{Kind: errs.Unavailable, Code: "ledger", Message: "The erasure ledger cannot be written, so nothing was erased. Look at the disk and try again.", Err: err}
	}
	s.spreadLedger(ctx) // so that the loss of this folder does not undo it
	if err := s.settle(ctx, e.ContactID); err != nil {
		return err
	}
	if err := s.lookUp(ctx, e.ContactID); err != nil {
		return err
	}
	return s.step(ctx, e, store.ErasureDestroying, e.Receipt)
}

// settle waits for a text that is just being handed to the provider, so that
// its copy there is known and can be deleted, and refuses
// when that takes too long. No other starts: the gate sees the restriction.
func (s *Service) settle(ctx context.Context, contactID string) error {
	for waited := time.Duration(0); ; waited += settlePause {
		n, err := s.Store.SendingTo(ctx, contactID)
		if err != nil || n == 0 {
			return err
		}
		if waited >= s.settling {
			return errSending
		}
		if err := store.Pause(ctx, settlePause); err != nil {
			return err
		}
	}
}

var errSending = &errs.Error{Kind: errs.Unavailable, Code: "sending", Message: "A text to this person is just being handed over, so nothing was erased yet. Nothing more is sent. Erase again in a few minutes."}

// lookUp asks the provider what became of texts whose hand-over nobody saw the
// end of, so that they too can be deleted there. What is not found in time is
// counted on the receipt.
func (s *Service) lookUp(ctx context.Context, contactID string) error {
	unsure, err := s.Store.UnsureTexts(ctx, contactID)
	if err != nil || s.LookUp == nil {
		return err
	}
	ctx, stop := context.WithTimeout(ctx, remoteBudget)
	defer stop()
	for _, m := range unsure {
		if err := s.LookUp(ctx, m.ID); err != nil {
			s.Log.WarnContext(ctx, "an unconfirmed text was not looked up", "message_id", m.ID, "code", errs.CodeOf(err))
		}
	}
	return nil
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
		if err := tx.EraseFromDeals(ctx, []string{e.ContactID}, now); err != nil {
			return err
		}
		touched, err := tx.EraseSubject(ctx, e.ContactID)
		if err != nil {
			return err
		}
		for table, n := range touched {
			r.Tables[table] += n
		}
		loose, err := tx.EraseLooseFiles(ctx) // whoever is in them
		if err != nil {
			return err
		}
		r.Tables["files"] += loose
		text, err := r.stored()
		if err != nil {
			return err
		}
		if err := tx.StepErasure(ctx, e.ID, store.ErasureDestroying, store.ErasureProving, text); err != nil {
			return err
		}
		return tx.Record(ctx, store.Event{ID: s.NewID(), Kind: EventErased, Subject: e.ID, Actor: e.RequestedBy, At: now})
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
	unsure, err := tx.UnsureTexts(ctx, e.ContactID)
	if err != nil {
		return err
	}
	for _, m := range unsure {
		remotes = append(remotes, store.RemoteRef{Provider: m.Provider, Kind: "message"})
	}
	for _, m := range remotes {
		err := tx.InsertRemote(ctx, store.Remote{ID: s.NewID(), ErasureID: e.ID, Provider: m.Provider, Kind: m.Kind, Ref: m.Ref, UpdatedAt: now})
		if err != nil {
			return err
		}
	}
	return nil
}
