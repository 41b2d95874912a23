package privacy

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"stead/app/access"
	"stead/app/errs"
	"stead/store"
)

// Due is what a rule of retention would do, or did.
type Due struct {
	Rule string `json:"rule"`
	Rows int64  `json:"rows"`
}

const (
	sweepBatch  = 500
	sweepsEvery = 24 * time.Hour
	jobReserve  = 10 * time.Second // of a job's time, for what comes after the batches
	sweeper     = "sweep"
)

// SweepPlan tells what a sweep would do now, and does nothing.
func (s *Service) SweepPlan(ctx context.Context, actor access.Actor) ([]Due, error) {
	if err := allow(actor, access.PrivacyRead); err != nil {
		return nil, err
	}
	plan, err := s.Store.SweepPlan(ctx, s.Now().UnixMilli())
	if err != nil {
		return nil, err
	}
	out := make([]Due, len(plan))
	for i, p := range plan {
		out[i] = Due{Rule: p.Name, Rows: p.Rows}
	}
	return out, nil
}

// Sweep carries every rule of retention out, in batches with pauses, and gives
// the space back. While the clock is in doubt it refuses, so that a clock that
// jumped forward deletes nothing early; clockIsRight says that a person looked.
func (s *Service) Sweep(ctx context.Context, actor access.Actor, clockIsRight bool) ([]Due, error) {
	if err := allow(actor, access.PrivacyErase); err != nil {
		return nil, err
	}
	if !access.Scope(actor, access.PrivacyErase).All() {
		return nil, &errs.Error{Kind: errs.Denied, Message: "A sweep concerns everybody, and your role erases only some."}
	}
	if err := s.clockTrusted(ctx, clockIsRight); err != nil {
		return nil, err
	}
	var out []Due
	var total int64
	var wrong []error
	for _, rule := range store.SweepRules() {
		n, err := s.sweepRule(ctx, actor, rule)
		out = append(out, Due{Rule: rule.Name, Rows: n})
		total += n
		wrong = append(wrong, err) // one rule does not hold up the others
	}
	wrong = append(wrong, s.Store.SettleSearch(ctx)) // what a bulk left, of this run or of one that was cut off
	if err := errors.Join(wrong...); err != nil {
		return out, err
	}
	at := s.Now().UnixMilli()
	err := s.Store.InTx(ctx, func(tx *store.Tx) error {
		if err := tx.Emit(ctx, store.Event{ID: s.NewID(), Kind: EventSwept, Subject: sweeper, Actor: actor.ID, At: at}); err != nil {
			return err
		}
		return tx.SetSetting(ctx, "sweep", lastSweep{At: at}, at)
	})
	if err != nil || total == 0 {
		return out, err
	}
	if err := s.Store.Compact(ctx); err != nil {
		return out, err
	}
	if err := s.Store.Truncate(ctx); err != nil {
		return out, err
	}
	_, err = s.Store.ScrubAll(ctx)
	return out, errors.Join(err, s.Store.Truncate(ctx))
}

// lastSweep is the setting that says when all rules were last carried out.
type lastSweep struct {
	At int64 `json:"at"`
}

// sweepRule carries one rule out. Each batch is followed by a pause as long as
// it took, so that pages and callbacks hardly notice.
func (s *Service) sweepRule(ctx context.Context, actor access.Actor, rule store.SweepRule) (total int64, err error) {
	now := s.Now().UnixMilli()
	run := store.SweepRun{ID: s.NewID(), Rule: rule.Name, StartedAt: now}
	started := false
	for {
		begin := s.Now()
		var n int64
		var peers []string
		if peers, err = s.peersOf(ctx, rule, now); err != nil {
			break
		}
		err = s.Store.InTx(ctx, func(tx *store.Tx) error {
			if n, err = tx.SweepBatch(ctx, rule, now, sweepBatch); err != nil || n == 0 {
				return err
			}
			for _, peer := range peers {
				if _, err := tx.ForgetInbound(ctx, peer); err != nil {
					return err
				}
			}
			return s.noteBatch(ctx, tx, actor, run, started, n)
		})
		if err != nil {
			break
		}
		started = started || n > 0
		if total += n; n < sweepBatch {
			break
		}
		if rule.Persons() { // many: each by itself would hold up the search's writers
			if err = s.Store.BeginBulk(ctx, now); err != nil {
				break
			}
		}
		if err = store.Pause(ctx, max(s.Now().Sub(begin), time.Millisecond)); err != nil {
			break
		}
	}
	if !started {
		return total, err
	}
	end := s.Store.InTx(context.WithoutCancel(ctx), func(tx *store.Tx) error {
		return tx.EndSweep(ctx, run.ID, errs.CodeOf(err), s.Now().UnixMilli())
	})
	if err == nil {
		err = end
	}
	return total, err
}

// peersOf are the keyed hashes by which events of the persons of the next batch
// are kept. Where there are any, the vault must be open.
func (s *Service) peersOf(ctx context.Context, rule store.SweepRule, now int64) ([]string, error) {
	numbers, err := s.Store.DueNumbers(ctx, rule, now, sweepBatch)
	peers := make([]string, 0, len(numbers))
	for _, number := range numbers {
		if err != nil {
			break
		}
		key := number
		if !strings.HasPrefix(key, "+") && !strings.HasPrefix(key, "raw:") {
			key = store.MatchKey("", key)
		}
		var peer string
		peer, err = s.Vault.TryHash("peer", key)
		peers = append(peers, peer)
	}
	return peers, err
}

// noteBatch counts a batch. That entries of the audit chain were anonymised is
// an entry of the chain.
func (s *Service) noteBatch(ctx context.Context, tx *store.Tx, actor access.Actor, run store.SweepRun, started bool, n int64) error {
	if !started {
		if err := tx.StartSweep(ctx, run); err != nil {
			return err
		}
	}
	if run.Rule == auditRule {
		if err := s.audit(ctx, tx, actor.ID, "audit.anonymised", strconv.FormatInt(n, 10), "", run.StartedAt); err != nil {
			return err
		}
	}
	return tx.AddToSweep(ctx, run.ID, n)
}

// auditRule is the rule that clears the personal parts of the audit chain.
var auditRule = func() string {
	for _, rule := range store.SweepRules() {
		if rule.Table == "audit" {
			return rule.Name
		}
	}
	return ""
}()

// Daily is the job that keeps the promises that have a date. It runs every hour
// and does what is due; a run that was cut off goes on with the next.
type Daily struct{}

// Kind names the job.
func (Daily) Kind() string { return "privacy.daily" }

// Daily is the job's work: the sweep once a day, the signed head of the audit
// chain, backups whose time has come, and the ledger beside the others.
func (s *Service) Daily(ctx context.Context, _ Daily) error {
	wrong := s.Checkpoint(ctx)
	if s.Backups != nil {
		wrong = errors.Join(wrong, s.Backups.Prune(ctx), s.Backups.LedgerGrew(ctx))
	}
	return errors.Join(wrong, s.dailySweep(ctx)) // no promise waits for another
}

// dailySweep sweeps when the last time is a day ago.
func (s *Service) dailySweep(ctx context.Context) error {
	var last lastSweep
	if _, err := s.Store.Setting(ctx, "sweep", &last); err != nil {
		return err
	}
	if s.Now().UnixMilli()-last.At < sweepsEvery.Milliseconds() {
		return nil
	}
	if deadline, ok := ctx.Deadline(); ok {
		limited, stop := context.WithDeadline(ctx, deadline.Add(-jobReserve))
		defer stop()
		ctx = limited
	}
	_, err := s.Sweep(ctx, access.System(sweeper), false)
	if errs.CodeOf(err) == clockCode {
		s.Log.WarnContext(ctx, "sweep waits: the clock jumped", "code", clockCode)
		return nil // the page says so until a person has looked
	}
	return err
}
