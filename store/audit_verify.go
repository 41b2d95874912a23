package store

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"math"
)

// AuditRow is an entry of the chain as it stands: Actor and At are empty when
// they were anonymised, Object and ContactID when the person was erased.
type AuditRow struct {
	Seq, Day                         int64
	Action, Actor, Object, ContactID string
	Address                          string // where the actor was
	At                               int64
	actorSalt, actorCommit           []byte
	objectSalt, objectCommit         []byte
	hash                             []byte
}

const auditColumns = `seq, day, action, COALESCE(actor, ''), COALESCE(at, 0), COALESCE(address, ''), actor_salt, actor_commit,
	COALESCE(object, ''), COALESCE(contact_id, ''), object_salt, object_commit, hash`

func scanAudit(rows *sql.Rows, a *AuditRow) error {
	return rows.Scan(&a.Seq, &a.Day, &a.Action, &a.Actor, &a.At, &a.Address, &a.actorSalt, &a.actorCommit,
		&a.Object, &a.ContactID, &a.objectSalt, &a.objectCommit, &a.hash)
}

// AuditRows lists entries, the latest first. The After of the next page is
// Cursor(Seq) of the last.
func (r *Reader) AuditRows(ctx context.Context, page Page) ([]AuditRow, error) {
	below := int64(math.MaxInt64)
	page.keys(&below)
	return list(ctx, r, "store.AuditRows",
		`SELECT `+auditColumns+` FROM audit WHERE seq < $1 ORDER BY seq DESC LIMIT $2`, scanAudit, below, page.limit())
}

// AuditOf lists the entries about a person, oldest first.
func (r *Reader) AuditOf(ctx context.Context, contactID string) ([]AuditRow, error) {
	return list(ctx, r, "store.AuditOf",
		`SELECT `+auditColumns+` FROM audit WHERE contact_id = $1 ORDER BY seq`, scanAudit, contactID)
}

// AuditCheckpoint is the head of the chain as it was signed on a day.
type AuditCheckpoint struct {
	Day, Seq        int64
	Hash, Signature []byte
}

// Message is what is signed.
func (c AuditCheckpoint) Message() []byte {
	return fmt.Appendf(nil, "stead audit checkpoint\n%d\n%d\n%x\n", c.Day, c.Seq, c.Hash)
}

// AuditCheckpoints lists the signed heads, oldest first.
func (r *Reader) AuditCheckpoints(ctx context.Context) ([]AuditCheckpoint, error) {
	return list(ctx, r, "store.AuditCheckpoints", `SELECT day, seq, hash, signature FROM audit_checkpoints ORDER BY day`,
		func(rows *sql.Rows, c *AuditCheckpoint) error {
			return rows.Scan(&c.Day, &c.Seq, &c.Hash, &c.Signature)
		})
}

// AuditCheckpointOf tells whether the head was signed on a day.
func (r *Reader) AuditCheckpointOf(ctx context.Context, day int64) (bool, error) {
	var n int64
	err := r.q.QueryRowContext(ctx, `SELECT COUNT(*) FROM audit_checkpoints WHERE day = $1`, day).Scan(&n)
	return n > 0, r.fault("store.AuditCheckpointOf", err)
}

// InsertAuditCheckpoint keeps a signed head; the first one of a day stays.
func (tx *Tx) InsertAuditCheckpoint(ctx context.Context, c AuditCheckpoint) error {
	_, err := tx.q.ExecContext(ctx, `
		INSERT INTO audit_checkpoints (day, seq, hash, signature) VALUES ($1, $2, $3, $4) ON CONFLICT (day) DO NOTHING`,
		c.Day, c.Seq, c.Hash, c.Signature)
	return tx.fault("store.InsertAuditCheckpoint", err)
}

// AuditReport is the outcome of a check: Bad is the first entry that is wrong
// and Problem says what; both are empty when the chain holds.
type AuditReport struct {
	Entries     int64  `json:"entries"`
	Anonymised  int64  `json:"anonymised"` // entries without a personal part
	Checkpoints int    `json:"checkpoints"`
	Unchecked   int    `json:"unchecked"` // signatures that nobody could look at
	Bad         int64  `json:"bad,omitempty"`
	Problem     string `json:"problem,omitempty"`
}

// auditCheck walks the chain.
type auditCheck struct {
	report AuditReport
	prev   []byte
	marks  map[int64][][]byte // what must be the hash of an entry
}

// VerifyAudit checks that every entry follows from the one before, that every
// personal part is still the one that was recorded, that the head is the last
// entry and that each signed head stands in the chain. signed checks a
// signature; without it they are counted as unchecked.
func (r *Reader) VerifyAudit(ctx context.Context, signed func(AuditCheckpoint) bool) (AuditReport, error) {
	head, link, err := r.AuditHead(ctx)
	if err != nil {
		return AuditReport{}, err
	}
	points, err := r.AuditCheckpoints(ctx)
	if err != nil {
		return AuditReport{}, err
	}
	check := auditCheck{marks: map[int64][][]byte{head: {link}}}
	for _, c := range points {
		check.marks[c.Seq] = append(check.marks[c.Seq], c.Hash)
		if check.report.Checkpoints++; signed == nil {
			check.report.Unchecked++
		} else if !signed(c) {
			check.report.Bad, check.report.Problem = c.Seq, fmt.Sprintf("the signature of day %d does not fit", c.Day)
			return check.report, nil
		}
	}
	// The head that was read first: whoever appends meanwhile does no harm.
	for last := int64(0); ; {
		rows, err := list(ctx, r, "store.VerifyAudit",
			`SELECT `+auditColumns+` FROM audit WHERE seq > $1 AND seq <= $2 ORDER BY seq LIMIT 1000`, scanAudit, last, head)
		if err != nil {
			return check.report, err
		}
		for _, row := range rows {
			if check.report.Problem = check.see(row); check.report.Problem != "" {
				check.report.Bad = check.report.Entries + 1
				return check.report, nil
			}
		}
		if len(rows) == 0 {
			return r.verifyEnd(ctx, check, head, points)
		}
		last = rows[len(rows)-1].Seq
	}
}

// see tells what is wrong with the next entry, or nothing.
func (c *auditCheck) see(a AuditRow) string {
	switch {
	case a.Seq != c.report.Entries+1:
		return fmt.Sprintf("entry %d is missing", c.report.Entries+1)
	case a.actorSalt != nil && !bytes.Equal(a.actorCommit, commitment(a.actorSalt, a.Actor, a.At, a.Address)):
		return fmt.Sprintf("who or when was changed in entry %d", a.Seq)
	case a.actorSalt == nil && (a.Actor != "" || a.At != 0):
		return fmt.Sprintf("entry %d names somebody without proof", a.Seq)
	case a.objectSalt != nil && !bytes.Equal(a.objectCommit, commitment(a.objectSalt, a.Object, a.ContactID)):
		return fmt.Sprintf("what was done to whom was changed in entry %d", a.Seq)
	case a.objectSalt == nil && (a.Object != "" || a.ContactID != ""):
		return fmt.Sprintf("entry %d names an object without proof", a.Seq)
	case !bytes.Equal(a.hash, auditLink(c.prev, a.Seq, a.Day, a.Action, a.actorCommit, a.objectCommit)):
		return fmt.Sprintf("entry %d does not follow from the one before", a.Seq)
	}
	for _, mark := range c.marks[a.Seq] {
		if !bytes.Equal(mark, a.hash) {
			return fmt.Sprintf("entry %d is not the one that was the last of the chain", a.Seq)
		}
	}
	c.prev = a.hash
	c.report.Entries++
	if a.actorSalt == nil || a.objectSalt == nil {
		c.report.Anonymised++
	}
	return ""
}

// verifyEnd holds the end of the chain against the head and the signed heads.
func (r *Reader) verifyEnd(ctx context.Context, c auditCheck, head int64, points []AuditCheckpoint) (AuditReport, error) {
	var beyond int64
	err := r.q.QueryRowContext(ctx, `SELECT COUNT(*) FROM audit WHERE seq > (SELECT seq FROM audit_head WHERE id = 1)`).Scan(&beyond)
	if err != nil {
		return c.report, r.fault("store.VerifyAudit", err)
	}
	bad := func(format string, args ...any) {
		c.report.Bad, c.report.Problem = c.report.Entries+1, fmt.Sprintf(format, args...)
	}
	switch {
	case c.report.Entries < head:
		bad("entries %d to %d are missing", c.report.Entries+1, head)
	case beyond > 0:
		bad("%d entries stand behind the head of the chain", beyond)
	}
	for _, p := range points {
		if p.Seq > head && c.report.Problem == "" {
			bad("the chain ends at entry %d, but entry %d was signed on day %d", head, p.Seq, p.Day)
		}
	}
	return c.report, nil
}
