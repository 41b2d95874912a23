package privacy

import (
	"context"
	"errors"
	"fmt"

	"stead/app/access"
	"stead/app/errs"
	"stead/store"
)

// Replayed is what the ledger did to a restored database.
type Replayed struct {
	Entries int   `json:"entries"` // that the database did not have
	Erased  int   `json:"erased"`  // people who had come back with it
	Hits    int64 `json:"hits"`    // of the proof
}

const restorer = "restore"

// Replay brings a restored database, still in quarantine, up to the ledger: who
// was erased since is erased again and proved to be gone, opt-outs and
// restrictions hold again. entries are the longest ledger that is known. What
// the old database would have sent now is held back.
func (s *Service) Replay(ctx context.Context, entries []store.LedgerEntry) (Replayed, error) {
	var done Replayed
	if err := s.unlocked(); err != nil {
		return done, err
	}
	held, err := s.Store.LedgerEntries(ctx, 0)
	if err != nil {
		return done, err
	}
	if longest, err := store.JoinLedgers(held, entries); err != nil {
		return done, err
	} else if len(longest) > len(entries) {
		return done, fmt.Errorf("%w: the backup knows %d entries, the ledger %d", store.ErrLedger, len(held), len(entries))
	}
	done.Entries = len(entries) - len(held)
	known, err := s.recognise(ctx, entries)
	if err != nil {
		return done, err
	}
	done.Erased = len(known.back)
	if err := s.adopt(ctx, entries[len(held):], known); err != nil {
		return done, err
	}
	done.Hits, err = s.finishAll(ctx)
	return done, err
}

// recognised are the subjects of the ledger that the database holds.
type recognised struct {
	people map[string]string // subject to contact id
	peers  map[string]string // subject of forget to the hash that events carry
	back   map[string]string // contact id to subject, of those who were to be erased
}

// recognise finds whom the ledger names, once for all entries.
func (s *Service) recognise(ctx context.Context, entries []store.LedgerEntry) (recognised, error) {
	known := recognised{people: map[string]string{}, peers: map[string]string{}, back: map[string]string{}}
	named := map[string]string{}
	for _, e := range entries {
		if named[e.Subject] != store.LedgerErase {
			named[e.Subject] = e.Act
		}
	}
	err := s.Store.EachContactID(ctx, func(id string) {
		key := s.Vault.Hash(store.LedgerPerson, id)
		if named[key] == "" {
			return
		}
		if known.people[key] = id; named[key] == store.LedgerErase {
			known.back[id] = key
		}
	})
	if err != nil {
		return known, err
	}
	peers, err := s.Store.InboundPeers(ctx)
	for _, peer := range peers {
		if key := s.Vault.Hash(store.LedgerPeer, peer); named[key] != "" {
			known.peers[key] = peer
		}
	}
	return known, err
}

// adopt takes in the entries that the database lacks and begins the erasures.
func (s *Service) adopt(ctx context.Context, newer []store.LedgerEntry, known recognised) error {
	now := s.Now().UnixMilli()
	return s.Store.InTx(ctx, func(tx *store.Tx) error {
		for _, e := range newer {
			if err := tx.AdoptLedgerEntry(ctx, e); err != nil {
				return err
			}
			if err := s.replay(ctx, tx, e, known); err != nil {
				return err
			}
		}
		for id, key := range known.back {
			if err := s.beginAgain(ctx, tx, id, key, now); err != nil {
				return err
			}
		}
		if err := tx.HoldOutgoing(ctx, now); err != nil {
			return err
		}
		if err := tx.EndSessions(ctx); err != nil {
			return err
		}
		return s.audit(ctx, tx, access.System(restorer).ID, "backup.restored", "", "", now)
	})
}

// replay does what one entry says, but for erasures.
func (s *Service) replay(ctx context.Context, tx *store.Tx, e store.LedgerEntry, known recognised) error {
	switch e.Act {
	case store.LedgerSuppress:
		// The entry names no channel, and its hash means something in one alone: in
		// the other the row stops nobody.
		_, err := tx.Suppress(ctx, "sms", e.Subject, "stop", e.At)
		_, err2 := tx.Suppress(ctx, "email", e.Subject, "stop", e.At)
		return errors.Join(err, err2)
	case store.LedgerUnsuppress:
		_, err := tx.Unsuppress(ctx, "sms", e.Subject)
		_, err2 := tx.Unsuppress(ctx, "email", e.Subject)
		return errors.Join(err, err2)
	case store.LedgerRestrict, store.LedgerUnrestrict:
		return restrictAgain(ctx, tx, e, known.people[e.Subject])
	case store.LedgerForget: // also what waits in the backup and has no contact yet
		if peer := known.peers[e.Subject]; peer != "" {
			_, err := tx.EraseInbound(ctx, peer, e.At)
			return err
		}
	}
	return nil
}

func restrictAgain(ctx context.Context, tx *store.Tx, e store.LedgerEntry, found string) error {
	switch {
	case found == "": // made after the backup
		return nil
	case e.Act == store.LedgerUnrestrict:
		return tx.SetRestriction(ctx, found, "", 0)
	}
	return tx.SetRestriction(ctx, found, "restricted after this backup was made", e.At)
}

// beginAgain begins the erasure of somebody whose intent stands in the ledger.
func (s *Service) beginAgain(ctx context.Context, tx *store.Tx, id, key string, now int64) error {
	_, err := tx.ErasureOf(ctx, id)
	if !errors.Is(err, store.ErrNotFound) {
		return err // the backup was made while it ran
	}
	return tx.InsertErasure(ctx, store.Erasure{
		ID: s.NewID(), ContactID: id, SubjectKey: key, State: store.ErasureDestroying, Plan: "{}",
		RequestedBy: access.System(restorer).ID, CreatedAt: now,
	})
}

// finishAll destroys for every erasure that is open, then proves for all of
// them at once.
func (s *Service) finishAll(ctx context.Context) (hits int64, err error) {
	open, err := s.Store.OpenErasures(ctx)
	if err != nil {
		return 0, err
	}
	var needles []store.Needle
	for i, e := range open {
		if open[i], err = s.upToProof(ctx, e); err != nil {
			return 0, err
		}
		more, err := s.unsealNeedles(open[i])
		if err != nil {
			return 0, err
		}
		needles = append(needles, more...)
	}
	if len(open) == 0 {
		return 0, nil
	}
	proof, err := s.look(ctx, needles)
	if err != nil {
		return proof.Hits, err
	}
	for _, e := range open {
		if err := s.conclude(ctx, e, proof); err != nil {
			return proof.Hits, err
		}
	}
	if proof.Hits > 0 || proof.Readers || len(proof.Unread) > 0 {
		return proof.Hits, &errs.Error{Kind: errs.Conflict, Code: "not_proved", Message: "The backup still holds traces of people who were erased, so it was not put in place."}
	}
	return 0, nil
}

// upToProof takes an erasure to where its rows are gone.
func (s *Service) upToProof(ctx context.Context, e store.Erasure) (store.Erasure, error) {
	for e.State != store.ErasureProving {
		var err error
		switch e.State {
		case store.ErasurePlanned:
			err = s.step(ctx, e, store.ErasureDestroying, e.Receipt)
		case store.ErasureDestroying:
			err = s.destroy(ctx, e)
		case store.ErasureFailed:
			err = s.step(ctx, e, store.ErasureProving, e.Receipt)
		default:
			return e, fmt.Errorf("privacy: an open erasure is %s", e.State)
		}
		if err != nil {
			return e, err
		}
		if e, err = s.Store.Erasure(ctx, e.ID); err != nil {
			return e, err
		}
	}
	return e, nil
}
