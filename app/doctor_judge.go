package app

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"stead/store"
)

// What follows turns facts into findings and looks at nothing else, so that
// each sentence has a test.

func judgeSchema(at, ours int64) Finding {
	if at != ours {
		return Finding{"schema", "fail", fmt.Sprintf("The database has version %d, this program knows %d.", at, ours), "Start the version of Stead that wrote it."}
	}
	return Finding{"schema", "ok", fmt.Sprintf("Version %d, as this program has it.", at), ""}
}

const (
	hours = int64(time.Hour / time.Millisecond)
	days  = 24 * hours
)

// judgeClock knows leaps alone: there is nobody to ask what time it is.
func judgeClock(now, seen int64, doubt string) Finding {
	const check = "clock"
	switch {
	case doubt != "":
		return Finding{check, "fail", doubt, "Set the clock right, or run stead sweep --clock-is-right."}
	case seen != 0 && seen-now > hours:
		return Finding{check, "fail", "It is behind: Stead has seen " + stampOf(seen) + " already, and now it is " + stampOf(now) + ".", "Set the clock right: timedatectl set-ntp true."}
	case seen == 0:
		return Finding{check, "not verified", "It says " + stampOf(now) + ". There is nothing to compare it with yet.", "Look whether that is right: timedatectl."}
	}
	return Finding{check, "ok", "It says " + stampOf(now) + " and did not jump. Whether it is right was not verified: Stead asks nobody for the time.", ""}
}

func stampOf(ms int64) string { return time.UnixMilli(ms).UTC().Format("2006-01-02 15:04 UTC") }

// judgeAddress tells whether what people type travels in the clear.
func judgeAddress(cfg Config) Finding {
	const check = "address"
	open, known := reachable(cfg.Addr)
	switch {
	case cfg.Domain != "":
		return Finding{check, "ok", cfg.URL + ", with certificates of its own.", ""}
	case strings.HasPrefix(cfg.URL, "https://") && known && open:
		return Finding{check, "warn", cfg.URL + " is https through a proxy, but " + cfg.Addr + " also answers without, to the whole network.", "Set STEAD_ADDR to an address of this machine alone, such as 127.0.0.1:8080."}
	case strings.HasPrefix(cfg.URL, "https://") && len(cfg.Trusted) == 0:
		return Finding{check, "warn", cfg.URL + " is https through a proxy that is not named: everybody seems to come from the proxy, in throttles and in the audit log.", "Set STEAD_TRUSTED_PROXIES to the proxy's address."}
	case strings.HasPrefix(cfg.URL, "https://"):
		return Finding{check, "ok", cfg.URL + ", through a proxy.", ""}
	case !isLoopback(cfg.URL) || open:
		return Finding{check, "fail", cfg.URL + " is not https: passwords and everything about your customers travel in the clear.", "Set STEAD_DOMAIN for certificates by themselves, or put a proxy with TLS in front and set STEAD_URL."}
	}
	return Finding{check, "warn", cfg.URL + " is reached from this machine alone: providers cannot call it.", "For more than a try, set STEAD_DOMAIN, or put a proxy with TLS in front and set STEAD_URL."}
}

// reachable tells whether an address to listen on can be reached from elsewhere.
func reachable(addr string) (open, known bool) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return false, false
	}
	if host == "" {
		return true, true
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return host != "localhost", true
	}
	return !ip.IsLoopback(), true
}

func isLoopback(base string) bool {
	u, err := url.Parse(base)
	if err != nil {
		return false
	}
	open, known := reachable(net.JoinHostPort(u.Hostname(), "0"))
	return known && !open
}

// certificateFindings looks at the certificates that were fetched.
func certificateFindings(cfg Config, now time.Time) []Finding {
	var out []Finding
	for _, name := range []string{cfg.Domain, cfg.HookDomain} {
		if name != "" {
			ends, err := certificateEnd(cfg.tlsDir(), name)
			out = append(out, judgeCertificate(name, now, ends, err))
		}
	}
	return out
}

// certificateEnd is when the certificate of a name runs out; the zero time when
// there is none.
func certificateEnd(dir, name string) (ends time.Time, err error) {
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.Name() != name+".crt" {
			return err
		}
		text, err := os.ReadFile(path) //nolint:gosec // below the data folder
		if err != nil {
			return err
		}
		if block, _ := pem.Decode(text); block != nil {
			cert, err := x509.ParseCertificate(block.Bytes)
			if err == nil && cert.NotAfter.After(ends) {
				ends = cert.NotAfter
			}
		}
		return nil
	})
	if os.IsNotExist(err) {
		err = nil
	}
	return ends, err
}

func judgeCertificate(name string, now, ends time.Time, err error) Finding {
	check := "certificate of " + name
	left := int(ends.Sub(now).Hours() / 24)
	switch {
	case err != nil:
		return Finding{check, "not verified", "It cannot be looked at by this user.", "Run the doctor as the user who runs Stead."}
	case ends.IsZero():
		return Finding{check, "fail", "There is none yet: nobody can connect under this name.", "See that the name points here and that ports 80 and 443 reach Stead; the log says what the authority answered."}
	case !now.Before(ends):
		return Finding{check, "fail", "It ran out on " + ends.UTC().Format(time.DateOnly) + ".", "The log says why it was not renewed: is port 80 or 443 reached from outside?"}
	case left < 7:
		return Finding{check, "warn", fmt.Sprintf("It runs out in %s and was not renewed yet.", countOf(left, "day")), "The log says why: is port 80 or 443 reached from outside?"}
	}
	return Finding{check, "ok", fmt.Sprintf("It is good for %s more and renews itself.", countOf(left, "day")), ""}
}

func countOf(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func judgeFactors(owners, bare int64) Finding {
	const check = "second factor"
	switch {
	case bare == 0:
		return Finding{check, "ok", "No owner signs in with a password alone.", ""}
	case owners == 1:
		return Finding{check, "warn", "The owner signs in with a password alone: whoever learns it has everything.", "Set up a second factor under Your account."}
	}
	return Finding{check, "warn", fmt.Sprintf("%d of %d owners sign in with a password alone: whoever learns one has everything.", bare, owners), "Each sets up a second factor under Your account; Settings, Roles can require it."}
}

func judgeSweep(now, last, since int64) Finding {
	const check = "retention"
	switch {
	case last == 0 && now-since < 2*days:
		return Finding{check, "ok", "It has not run yet; it runs once a day.", ""}
	case last == 0:
		return Finding{check, "fail", "It has never run: nothing that is old goes.", "Run stead sweep and see what it says."}
	case now-last > 36*hours:
		return Finding{check, "fail", "The last run was on " + stampOf(last) + ": what is due is still there.", "Run stead sweep and see what it says."}
	}
	return Finding{check, "ok", "Last run: " + stampOf(last) + ".", ""}
}

func judgeBackup(now, newest, since int64) Finding {
	const check = "backup"
	switch {
	case newest == 0 && now-since < days:
		return Finding{check, "warn", "There is none yet.", "stead backup create; see the README for every night."}
	case newest == 0:
		return Finding{check, "fail", "There is none: when this disk goes, everything goes.", "stead backup create; see the README for every night."}
	case now-newest > 7*days:
		return Finding{check, "fail", "The newest is of " + stampOf(newest) + ".", "stead backup create, and see why none was made since."}
	case now-newest > 2*days:
		return Finding{check, "warn", "The newest is of " + stampOf(newest) + ".", "Make one every night: see the README."}
	}
	return Finding{check, "ok", "The newest is of " + stampOf(newest) + ".", ""}
}

func judgeHead(now int64, last store.AuditCheckpoint, since int64) Finding {
	const check = "audit signature"
	switch {
	case last.Seq == 0 && now-since < 2*days:
		return Finding{check, "ok", "The log is not signed yet; it is once a day while the vault is open.", ""}
	case last.Seq == 0:
		return Finding{check, "warn", "The log was never signed: if its end were cut off, nobody would see it.", "Open the vault: stead vault unlock."}
	case now/days-last.Day > 2:
		return Finding{check, "warn", "The log was last signed on " + stampOf(last.Day * days)[:10] + ": what was cut off since, nobody would see.", "Open the vault: stead vault unlock."}
	}
	return Finding{check, "ok", fmt.Sprintf("Signed on %s, at entry %d.", stampOf(last.Day * days)[:10], last.Seq), ""}
}

func judgeMail(provider string, h store.MailHealth) Finding {
	const check = "mail"
	switch {
	case provider == "":
		return Finding{check, "warn", "Mail is not set up: links for new passwords and alerts reach nobody.", "Settings, Mail."}
	case h.Failed > 0 && h.Sent == 0:
		return Finding{check, "fail", fmt.Sprintf("None of the last %s went out (%s).", countOf(int(h.Failed), "mail"), orUnknown(h.LastError)), "Settings, Mail sends a test and says what is wrong."}
	case h.Failed > 0:
		return Finding{check, "warn", fmt.Sprintf("%s of the last week did not go out (%s).", countOf(int(h.Failed), "mail"), orUnknown(h.LastError)), "Settings, Mail shows which."}
	case h.Sent == 0:
		return Finding{check, "not verified", "Mail is set up; none was sent in the last week.", "Settings, Mail sends a test."}
	}
	return Finding{check, "ok", fmt.Sprintf("%s sent in the last week.", countOf(int(h.Sent), "mail")), ""}
}

func orUnknown(code string) string { return or(code, "no reason is known") }
