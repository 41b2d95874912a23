package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"stead/app/errs"
	"stead/app/vault"
	"stead/store"
)

// Finding is what the doctor says of one thing.
type Finding struct {
	Check  string `json:"check"`
	State  string `json:"state"` // ok, warn, fail, not verified
	Detail string `json:"detail"`
	Remedy string `json:"remedy"`
}

type doctorCmd struct {
	JSON bool `name:"json" help:"Answer as JSON."`
}

var askDoctor = register("doctor", func(ctx context.Context, a *App, _ nothing) ([]Finding, error) {
	return a.examine(ctx), nil
})

// Run looks at the installation and exits 1 when something is wrong.
func (c *doctorCmd) Run(ctx context.Context, p *Process) error {
	cfg, err := LoadConfig(p.Getenv)
	findings := []Finding{verdict("configuration", err, "Set the variables right; stead config prints them.")}
	if err == nil {
		findings = append(findings, folderFindings(cfg)...)
		inside, err := askDoctor.ask(ctx, p, nothing{})
		var locked *store.LockedError
		if errors.As(err, &locked) {
			err = fmt.Errorf("process %d has the data folder and does not answer", locked.PID)
		}
		if err != nil {
			inside = []Finding{verdict("instance", err, "")}
		}
		findings = append(findings, inside...)
	}
	if c.JSON {
		err = p.printJSON(findings)
	} else {
		err = nil
		printFindings(p, findings)
	}
	for _, f := range findings {
		if f.State == "fail" {
			return errors.Join(err, exitError(exitFailed))
		}
	}
	return err
}

func printFindings(p *Process, findings []Finding) {
	for _, f := range findings {
		p.say("%-12s %s: %s", strings.ToUpper(f.State), f.Check, f.Detail)
		if f.Remedy != "" && f.State != "ok" {
			p.say("             %s", f.Remedy)
		}
	}
}

func verdict(check string, err error, remedy string) Finding {
	if err != nil {
		return Finding{check, "fail", strings.ReplaceAll(sentence(err), "\n", "; "), remedy}
	}
	return Finding{Check: check, State: "ok", Detail: "as it should be"}
}

// folderFindings looks at files without opening the database.
func folderFindings(cfg Config) []Finding {
	out := []Finding{folder(cfg.Data), space(cfg.Data)}
	key := private("key file", cfg.KeyFile, 0o077)
	if rel, err := filepath.Rel(cfg.Data, cfg.KeyFile); err == nil && !strings.HasPrefix(rel, "..") && key.State == "ok" {
		key = Finding{"key file", "warn", "The key file lies inside the data folder: a copy of the folder opens itself.", "Move it elsewhere and set STEAD_KEY_FILE."}
	}
	return append(out, key)
}

// folder tells whether the data folder is one, its owner's to write, and private.
func folder(path string) Finding {
	info, err := os.Stat(path)
	switch {
	case err == nil && !info.IsDir():
		return Finding{"data folder", "fail", path + " is a file.", "Set STEAD_DATA to a folder."}
	case err == nil && info.Mode().Perm()&0o700 != 0o700:
		return Finding{"data folder", "fail", fmt.Sprintf("%s has mode %04o: Stead cannot write there.", path, info.Mode().Perm()), "chmod u=rwx,go= " + path}
	}
	return private("data folder", path, 0o077)
}

// private tells whether nobody else can read a file that should be there.
func private(check, path string, forbidden os.FileMode) Finding {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return Finding{check, "not verified", path + " is not there.", "Before the first start that is as it should be; later, put it back or set " + variableOf(check) + " to where it is."}
	case isNoFolder(err):
		return Finding{check, "fail", path + " lies in a file, not in a folder.", "Set STEAD_DATA to a folder."}
	case err != nil:
		return Finding{check, "fail", path + " cannot be looked at by this user.", "Run the doctor as the user who runs Stead."}
	case info.Mode().Perm()&forbidden != 0:
		return Finding{check, "fail", fmt.Sprintf("%s has mode %04o: others on this machine can read it.", path, info.Mode().Perm()), "chmod go= " + path}
	}
	return Finding{check, "ok", path, ""}
}

func variableOf(check string) string {
	if check == "key file" {
		return "STEAD_KEY_FILE"
	}
	return "STEAD_DATA"
}

// space warns before the disk is full.
func space(dir string) Finding {
	var fs syscall.Statfs_t
	if err := syscall.Statfs(dir, &fs); err != nil {
		return Finding{"disk", "not verified", "The free space is unknown.", ""}
	}
	free := fs.Bavail * uint64(fs.Bsize) >> 20 //nolint:gosec // a block size is positive
	switch {
	case free < 100:
		return Finding{"disk", "fail", fmt.Sprintf("%d MB are free.", free), "Make room: callbacks are refused when the disk is full."}
	case free < 1024:
		return Finding{"disk", "warn", fmt.Sprintf("%d MB are free.", free), "Make room soon."}
	}
	return Finding{"disk", "ok", fmt.Sprintf("%d MB are free.", free), ""}
}

// examine looks from within.
func (a *App) examine(ctx context.Context) []Finding {
	out := []Finding{
		verdict("database", a.Store.QuickCheck(ctx), "Restore a backup: stead backup restore."),
		verdict("erasure ledger", a.ledger.Err(), "Look at the disk; the ledger must be writable."),
	}
	out = append(out, a.ledgerCopies(ctx))
	done, err := a.Team.IsSetUp(ctx)
	if err != nil || !done {
		return append(out, Finding{"set-up", "warn", "Nobody is set up yet.", "Open the link that the server printed, or run stead setup."})
	}
	if finding, ok := a.closingFinding(ctx); ok {
		return append(out, finding)
	}
	return append(out, a.vaultFinding(), a.addressFinding(), a.auditFinding(ctx), a.connectionFinding(ctx))
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

func (a *App) vaultFinding() Finding {
	if s := a.vault.Status(); s.State != vault.StateOpen {
		return Finding{"vault", "fail", s.Message, "Then run stead vault unlock."}
	}
	return Finding{"vault", "ok", "It is open.", ""}
}

func (a *App) addressFinding() Finding {
	if strings.HasPrefix(a.cfg.URL, "https://") {
		return Finding{"address", "ok", a.cfg.URL, ""}
	}
	return Finding{"address", "warn", a.cfg.URL + " is not https: providers cannot call it, and passwords travel in the clear unless it is this machine.", "Put a proxy with TLS in front and set STEAD_URL."}
}

func (a *App) auditFinding(ctx context.Context) Finding {
	report, err := a.Store.VerifyAudit(ctx, nil)
	if err == nil && report.Problem != "" {
		err = &errs.Error{Message: fmt.Sprintf("Entry %d is wrong: %s", report.Bad, report.Problem)}
	}
	return verdict("audit chain", err, "Somebody changed the log, or the disk did. Compare with a backup.")
}

func (a *App) connectionFinding(ctx context.Context) Finding {
	c, err := a.Store.Connection(ctx, "twilio")
	switch {
	case errors.Is(err, store.ErrNotFound), err == nil && c.State == store.Disconnected:
		return Finding{"twilio", "warn", "It is not connected: no call is answered and no text is sent.", "Settings, Channels, or stead connect twilio."}
	case err != nil:
		return verdict("twilio", err, "")
	case c.State == store.Failing:
		return Finding{"twilio", "fail", "Twilio refuses the account (" + c.ErrorCode + ").", "Settings, Channels says what to do."}
	case c.TestedAt == 0 && c.HookAt == 0:
		return Finding{"twilio", "not verified", "No signed callback has come through yet.", "Paste the addresses at Twilio, then test the callback in Settings, Channels."}
	}
	return Finding{"twilio", "ok", "It is connected and calls us.", ""}
}
