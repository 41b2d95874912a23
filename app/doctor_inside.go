package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/vault"
	"stead/store"
)

// examine looks from within.
func (a *App) examine(ctx context.Context) []Finding {
	out := []Finding{
		verdict("database", a.Store.QuickCheck(ctx), "Restore a backup: stead backup restore."),
		a.schemaFinding(ctx),
		verdict("erasure ledger", a.ledger.Err(), "Look at the disk; the ledger must be writable."),
		a.ledgerCopies(ctx),
		a.clockFinding(ctx),
		judgeAddress(a.cfg),
	}
	if a.cfg.Domain != "" {
		out = append(out, certificateFindings(a.cfg, a.now())...)
	}
	done, err := a.Team.IsSetUp(ctx)
	if err != nil || !done {
		return append(out, Finding{"set-up", "warn", "Nobody is set up yet.", "Open the link that the server printed, or run stead setup."})
	}
	if finding, ok := a.closingFinding(ctx); ok {
		return append(out, finding)
	}
	return append(out, a.vaultFinding(), a.factorFinding(ctx), a.sweepFinding(ctx), a.backupFinding(ctx), a.auditFinding(ctx), a.headFinding(ctx),
		a.figuresFinding(ctx), a.connectionFinding(ctx), a.mailFinding(ctx))
}

// unread is what is said when the facts could not be read.
func unread(check string, err error) Finding {
	return verdict(check, err, "See what the doctor says of the database; if that is in order, run it again.")
}

func (a *App) schemaFinding(ctx context.Context) Finding {
	at, ours, err := a.Store.Schema(ctx)
	if err != nil {
		return unread("schema", err)
	}
	return judgeSchema(at, ours)
}

// ledgerCopies warns of a place for backups that lacks entries of the ledger: a
// restore from there alone would bring back who was erased.
func (a *App) ledgerCopies(ctx context.Context) Finding {
	n, err := a.Backup.LedgerBehind(ctx)
	switch {
	case err != nil:
		return verdict("ledger copies", err, "Look at the settings of backups.")
	case n > 0:
		return Finding{"ledger copies", "warn", fmt.Sprintf("The erasure ledger could not be copied to %d of the folders with backups.", n), "See that the folder can be written; it is copied again within the hour."}
	}
	return Finding{"ledger copies", "ok", "Every folder with backups has all of it.", ""}
}

func (a *App) clockFinding(ctx context.Context) Finding {
	seen, doubt, err := a.Privacy.ClockSeen(ctx)
	if err != nil {
		return unread("clock", err)
	}
	return judgeClock(a.now().UnixMilli(), seen, doubt)
}

func (a *App) vaultFinding() Finding {
	if s := a.vault.Status(); s.State != vault.StateOpen {
		return Finding{"vault", "fail", s.Message, "Then run stead vault unlock."}
	}
	return Finding{"vault", "ok", "It is open.", ""}
}

func (a *App) factorFinding(ctx context.Context) Finding {
	owners, bare, err := a.Store.OwnersWithoutFactor(ctx)
	if err != nil {
		return unread("second factor", err)
	}
	return judgeFactors(owners, bare)
}

func (a *App) sweepFinding(ctx context.Context) Finding {
	last, err := a.Privacy.LastSweep(ctx)
	since, berr := a.setUpAt(ctx)
	if err := errors.Join(err, berr); err != nil {
		return unread("retention", err)
	}
	return judgeSweep(a.now().UnixMilli(), last, since)
}

func (a *App) backupFinding(ctx context.Context) Finding {
	list, err := a.Backup.List(ctx, access.Operator())
	since, berr := a.setUpAt(ctx)
	if err := errors.Join(err, berr); err != nil {
		return verdict("backup", err, "See that the folders with backups can be read.")
	}
	var newest int64
	for _, b := range list {
		newest = max(newest, b.MadeAt.UnixMilli())
	}
	return judgeBackup(a.now().UnixMilli(), newest, since)
}

func (a *App) setUpAt(ctx context.Context) (int64, error) {
	b, err := a.Store.Business(ctx)
	return b.CreatedAt, err
}

func (a *App) auditFinding(ctx context.Context) Finding {
	report, err := a.Privacy.VerifyAudit(ctx, access.Operator())
	if err == nil && report.Problem != "" {
		err = &errs.Error{Message: fmt.Sprintf("Entry %d is wrong: %s", report.Bad, report.Problem)}
	}
	return verdict("audit chain", err, "Somebody changed the log, or the disk did. Compare with a backup.")
}

// headFinding is about the signature that shows when the log's end was cut off.
func (a *App) headFinding(ctx context.Context) Finding {
	c, err := a.Store.LastAuditCheckpoint(ctx)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return unread("audit signature", err)
	}
	since, err := a.setUpAt(ctx)
	if err != nil {
		return unread("audit signature", err)
	}
	return judgeHead(a.now().UnixMilli(), c, since)
}

func (a *App) connectionFinding(ctx context.Context) Finding {
	c, err := a.Store.Connection(ctx, "twilio")
	switch {
	case errors.Is(err, store.ErrNotFound), err == nil && c.State == store.Disconnected:
		return Finding{"twilio", "warn", "It is not connected: no call is answered and no text is sent.", "Settings, Channels, or stead connect twilio."}
	case err != nil:
		return unread("twilio", err)
	case c.State == store.Failing:
		return Finding{"twilio", "fail", "Twilio refuses the account (" + c.ErrorCode + ").", "Settings, Channels says what to do."}
	case c.TestedAt == 0 && c.HookAt == 0:
		return Finding{"twilio", "not verified", "No signed callback has come through yet.", "Paste the addresses at Twilio, then test the callback in Settings, Channels."}
	}
	return Finding{"twilio", "ok", "It is connected and calls us.", ""}
}

const mailLooksBack = 7 * 24 * time.Hour

func (a *App) mailFinding(ctx context.Context) Finding {
	settings, err := a.Store.MailSettings(ctx)
	if err != nil {
		return unread("mail", err)
	}
	health, err := a.Store.MailHealth(ctx, a.now().Add(-mailLooksBack).UnixMilli())
	if err != nil {
		return unread("mail", err)
	}
	return judgeMail(settings.Provider, health)
}
