package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

var ledgerTables = []Table{{
	Name: "ledger_entries", Purpose: "keeping erasures and opt-outs", Retain: Rule{Keep: "the chain: a restored backup is cleaned by it"},
	Columns: []Columns{
		{Names: "seq act at hash", Category: Plain},
		{Names: "subject", Category: Hash},
	},
}}

// What an entry of the erasure ledger says of its subject.
const (
	LedgerErase      = "erase"  // will be destroyed; stands before anything is
	LedgerForget     = "forget" // a number of theirs: what came from it before is not taken in again
	LedgerErased     = "erased" // is destroyed, and it was proved
	LedgerSuppress   = "suppress"
	LedgerUnsuppress = "unsuppress"
	LedgerRestrict   = "restrict"
	LedgerUnrestrict = "unrestrict"
)

var ledgerActs = []string{LedgerErase, LedgerForget, LedgerErased, LedgerSuppress, LedgerUnsuppress, LedgerRestrict, LedgerUnrestrict}

// LedgerPerson is the vault's hash purpose for the contact id that the acts
// erase, erased, restrict and unrestrict name. Suppress and unsuppress name the
// address hash of the suppression.
const LedgerPerson = "person"

// LedgerPeer is the vault's hash purpose for what forget names: the keyed hash
// by which events from the number are kept, hashed again, so that the ledger
// alone cannot be held against them.
const LedgerPeer = "ledger peer"

// ErrLedger says that ledger and database do not belong together, or that the
// ledger was damaged. The text says which and what to do.
var ErrLedger = errors.New("the erasure ledger does not fit")

// LedgerEntry is one line of the ledger. Subject is a keyed hash and nothing
// else in it is about anyone; Hash binds the entry to the one before.
type LedgerEntry struct {
	Seq     int64  `json:"seq"`
	Act     string `json:"act"`
	Subject string `json:"subject"`
	At      int64  `json:"at"`
	Hash    string `json:"hash"`
}

// link is the hash that an entry must carry behind the one with hash prev.
func (e LedgerEntry) link(prev string) string {
	return hex.EncodeToString(digest(sha256.New(), "stead ledger 1", prev, e.Seq, e.Act, e.Subject, e.At))
}

// line is the entry as it stands in the file. There is no other way to write it.
func (e LedgerEntry) line() []byte {
	text, err := json.Marshal(e)
	if err != nil {
		panic(err) // two numbers and three texts
	}
	return append(text, '\n')
}

// follows tells what is wrong with e behind prev, the zero entry before the first.
func (e LedgerEntry) follows(prev LedgerEntry) error {
	raw, err := hex.DecodeString(e.Subject)
	switch {
	case e.Seq != prev.Seq+1:
		return fmt.Errorf("%w: entry %d follows entry %d", ErrLedger, e.Seq, prev.Seq)
	case !slices.Contains(ledgerActs, e.Act):
		return fmt.Errorf("%w: entry %d has an unknown act", ErrLedger, e.Seq)
	case err != nil || len(raw) != sha256.Size || strings.ToLower(e.Subject) != e.Subject:
		return fmt.Errorf("%w: the subject of entry %d is no keyed hash", ErrLedger, e.Seq)
	case e.Hash != e.link(prev.Hash):
		return fmt.Errorf("%w: the chain breaks at entry %d", ErrLedger, e.Seq)
	}
	return nil
}

// ParseLedger reads a whole ledger and checks its chain. What follows the last
// line end, a line that was being written when the machine stopped, is not an
// entry; torn tells how many bytes it has. On ErrLedger the entries up to the
// damage are returned.
func ParseLedger(r io.Reader) (entries []LedgerEntry, torn int, err error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, 0, err
	}
	var prev LedgerEntry
	for len(text) > 0 {
		end := bytes.IndexByte(text, '\n')
		if end < 0 {
			return entries, len(text), nil
		}
		e, err := parseLedgerLine(text[:end+1])
		if err != nil {
			return entries, 0, fmt.Errorf("%w: line %d is no entry", ErrLedger, prev.Seq+1)
		}
		if err := e.follows(prev); err != nil {
			return entries, 0, err
		}
		entries, prev, text = append(entries, e), e, text[end+1:]
	}
	return entries, 0, nil
}

// parseLedgerLine takes exactly what line writes: no other field, order or space.
func parseLedgerLine(text []byte) (LedgerEntry, error) {
	var e LedgerEntry
	if err := json.Unmarshal(text, &e); err != nil {
		return e, err
	}
	if !bytes.Equal(e.line(), text) {
		return e, errors.New("not in its one form")
	}
	return e, nil
}

// JoinLedgers returns the longest of several copies of one ledger, each with a
// checked chain. ErrLedger when one is not the beginning of another.
func JoinLedgers(copies ...[]LedgerEntry) ([]LedgerEntry, error) {
	var longest []LedgerEntry
	for _, c := range copies {
		if len(c) > len(longest) {
			longest = c
		}
	}
	for _, c := range copies {
		if len(c) > 0 && c[len(c)-1] != longest[len(c)-1] {
			return nil, fmt.Errorf("%w: two copies of it differ, so they belong to different installations", ErrLedger)
		}
	}
	return longest, nil
}

// LedgerNote adds an entry to the ledger in the transaction of the act. subject
// is a keyed hash in hex. The file follows after the commit; whoever destroys
// something calls Ledger.Sync first and looks at its error.
func (tx *Tx) LedgerNote(ctx context.Context, act, subject string, at int64) error {
	prev, err := tx.LedgerHead(ctx)
	if err != nil {
		return err
	}
	e := LedgerEntry{Seq: prev.Seq + 1, Act: act, Subject: subject, At: at}
	e.Hash = e.link(prev.Hash)
	return tx.addLedgerEntry(ctx, prev, e)
}

// AdoptLedgerEntry adds an entry of the file to a restored database that does
// not have it yet. ErrLedger when it does not follow.
func (tx *Tx) AdoptLedgerEntry(ctx context.Context, e LedgerEntry) error {
	prev, err := tx.LedgerHead(ctx)
	if err != nil {
		return err
	}
	return tx.addLedgerEntry(ctx, prev, e)
}

func (tx *Tx) addLedgerEntry(ctx context.Context, prev, e LedgerEntry) error {
	if err := e.follows(prev); err != nil {
		return err
	}
	_, err := tx.q.ExecContext(ctx, `INSERT INTO ledger_entries (seq, act, subject, at, hash) VALUES ($1, $2, $3, $4, $5)`,
		e.Seq, e.Act, e.Subject, e.At, e.Hash)
	tx.noted = true
	return tx.fault("store.addLedgerEntry", err)
}

func scanLedgerEntry(rows *sql.Rows, e *LedgerEntry) error {
	return rows.Scan(&e.Seq, &e.Act, &e.Subject, &e.At, &e.Hash)
}

// LedgerEntries lists what the database holds of the ledger behind seq.
func (r *Reader) LedgerEntries(ctx context.Context, after int64) ([]LedgerEntry, error) {
	return list(ctx, r, "store.LedgerEntries",
		`SELECT seq, act, subject, at, hash FROM ledger_entries WHERE seq > $1 ORDER BY seq`, scanLedgerEntry, after)
}

// ForgottenAt returns when a number, as forget names it, was last erased with
// its person, or 0.
func (r *Reader) ForgottenAt(ctx context.Context, subject string) (at int64, err error) {
	err = r.q.QueryRowContext(ctx, `SELECT COALESCE(MAX(at), 0) FROM ledger_entries WHERE subject = $1 AND act = 'forget'`, subject).Scan(&at)
	return at, r.fault("store.ForgottenAt", err)
}

// LedgerHead returns the last entry, or the zero entry while there is none.
func (r *Reader) LedgerHead(ctx context.Context) (LedgerEntry, error) {
	last, err := list(ctx, r, "store.LedgerHead",
		`SELECT seq, act, subject, at, hash FROM ledger_entries ORDER BY seq DESC LIMIT 1`, scanLedgerEntry)
	if err != nil || len(last) == 0 {
		return LedgerEntry{}, err
	}
	return last[0], nil
}
