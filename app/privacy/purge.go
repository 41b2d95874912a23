package privacy

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"stead/store"
)

// Purged is the receipt of a business's end: counts, and what stays where.
type Purged struct {
	People   int64            `json:"people"`
	Accounts int64            `json:"accounts"`
	Tables   map[string]int64 `json:"tables"`
	Stays    []Gap            `json:"stays"`
}

const (
	purgeBatch  = 200
	purgeBudget = 15 * time.Second // of one run; the next goes on
)

// purgedSoFar is the setting that counts over several runs.
const purgedSoFar = "purge"

// ClockTrusted is an error while the clock is in doubt: see Sweep.
func (s *Service) ClockTrusted(ctx context.Context) error { return s.clockTrusted(ctx, false) }

// PurgeAll destroys everything that the business has stored, for a business
// that closes. Each person stands in the erasure ledger before a row of theirs
// goes, so that a backup that is restored later erases them again. Then every
// table is emptied, data keys among them, so that nothing sealed opens; finish
// runs in that same transaction. It is not done when its time ran out, and goes
// on when it is called again.
func (s *Service) PurgeAll(ctx context.Context, finish func(ctx context.Context, tx *store.Tx, receipt string) error) (done bool, err error) {
	if err := s.unlocked(); err != nil {
		return false, err
	}
	s.one.Lock()
	defer s.one.Unlock()
	limited, stop := context.WithTimeout(ctx, purgeBudget)
	defer stop()
	if err := s.Store.BeginBulk(ctx, s.Now().UnixMilli()); err != nil {
		return false, err
	}
	for {
		n, err := s.purgePersons(ctx)
		if err != nil {
			return false, err
		}
		if n == 0 {
			break
		}
		if limited.Err() != nil {
			return false, nil
		}
	}
	if err := s.purgeRest(ctx, finish); err != nil {
		return false, err
	}
	s.Vault.Lock()                                     // the keys are gone; what memory holds of them goes too
	return true, s.emptied(context.WithoutCancel(ctx)) // what was begun is finished
}

// purgePersons erases the next persons, and tells how many they were.
func (s *Service) purgePersons(ctx context.Context) (int, error) {
	people, numbers, err := s.Store.SomeContacts(ctx, purgeBatch)
	if err != nil || len(people) == 0 {
		return 0, err
	}
	now := s.Now().UnixMilli()
	err = s.Store.InTx(ctx, func(tx *store.Tx) error {
		for _, id := range people {
			former, err := s.formerSubjects(ctx, tx, id)
			if err != nil {
				return err
			}
			for _, subject := range append(former, s.Vault.Hash(store.LedgerPerson, id)) {
				if err := tx.LedgerNote(ctx, store.LedgerErase, subject, now); err != nil {
					return err
				}
			}
		}
		for _, key := range numbers {
			if err := tx.LedgerNote(ctx, store.LedgerForget, s.Vault.Hash(store.LedgerPeer, s.Vault.Hash("peer", key)), now); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	if err := s.syncLedger(ctx); err != nil { // or nothing may be destroyed
		return 0, err
	}
	return len(people), s.Store.InTx(ctx, func(tx *store.Tx) error {
		gone, err := tx.EraseSubjects(ctx, people)
		if err != nil {
			return err
		}
		return addPurged(ctx, tx, int64(len(people)), gone, now)
	})
}

// addPurged counts on.
func addPurged(ctx context.Context, tx *store.Tx, people int64, gone map[string]int64, at int64) error {
	var sum Purged
	if _, err := tx.Setting(ctx, purgedSoFar, &sum); err != nil {
		return err
	}
	sum.add(people, gone)
	return tx.SetSetting(ctx, purgedSoFar, sum, at)
}

func (p *Purged) add(people int64, gone map[string]int64) {
	p.People += people
	if p.Tables == nil {
		p.Tables = map[string]int64{}
	}
	for table, n := range gone {
		if n > 0 {
			p.Tables[table] += n
		}
	}
}

// purgeRest empties what is left and writes the receipt, all or nothing.
func (s *Service) purgeRest(ctx context.Context, finish func(ctx context.Context, tx *store.Tx, receipt string) error) error {
	s.spreadLedger(ctx)
	stays := s.closingGaps(ctx, s.Now())
	return s.Store.InTx(ctx, func(tx *store.Tx) error {
		var sum Purged
		if _, err := tx.Setting(ctx, purgedSoFar, &sum); err != nil {
			return err
		}
		gone, err := tx.Purge(ctx)
		if err != nil {
			return err
		}
		sum.add(gone["contacts"], gone)
		sum.Accounts, sum.Stays = gone["users"], stays
		text, err := json.Marshal(sum)
		if err != nil {
			return err
		}
		return finish(ctx, tx, string(text))
	})
}

// closingGaps lists what the end of the business does not reach. No law known
// to this version has Stead itself keep anything: it writes no invoices.
func (s *Service) closingGaps(ctx context.Context, now time.Time) []Gap {
	backups := s.backupGap(ctx, now)
	backups.Why = "They cannot be changed. Restoring one erases every contact again, from the ledger; accounts and settings come back with it. Copies that were taken elsewhere are deleted there."
	return []Gap{
		backups,
		{What: "Entries of the erasure ledger", Why: "Keyed hashes, so that restoring an old backup erases everybody again."},
		{What: "The chain of the audit log", Why: "Kept without names, times, addresses and records: it tells that something was done, not by whom or to whom."},
		{What: "The key file", Why: "It opens nothing in this folder any more, only backups that are still kept. Delete it with the last of them."},
		{What: "Copies at the provider and at the carrier", Why: "The credentials were destroyed, so nothing can be deleted there from here. Close the account at the provider."},
		{What: "Disk snapshots, copies of the machine and swap space", Why: "They lie outside the data folder; whoever runs the machine sees to them."},
		{What: "Files that somebody exported, and what was sent", Why: "They are in the hands of whoever has them."},
	}
}

// emptied takes what was deleted out of the files.
func (s *Service) emptied(ctx context.Context) error {
	if err := s.Store.SettleSearch(ctx); err != nil && !errors.Is(err, store.ErrReaders) {
		return err
	}
	if err := s.Store.Compact(ctx); err != nil {
		return err
	}
	if err := s.Store.Truncate(ctx); err != nil && !errors.Is(err, store.ErrReaders) {
		return err
	}
	if _, err := s.Store.ScrubAll(ctx); err != nil {
		return err
	}
	if err := s.Store.Truncate(ctx); err != nil && !errors.Is(err, store.ErrReaders) {
		return err
	}
	return nil
}
