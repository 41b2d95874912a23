package store

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"hash"
)

var auditTables = []Table{
	{Name: "audit", Purpose: "security", Subject: "contact_id", Rows: KeepRow, Retain: Rule{Keep: "the chain; who, when, where and whose account go after 90 days, the rest with the person"}, Columns: []Columns{
		{Names: "seq day action actor_commit object_commit hash", Category: Plain},
		{Names: "actor at address actor_salt", Category: Staff, Access: Withhold("who of the business did it, and from where; the day is in the package"), Retain: Rule{After: "at", Days: 90}},
		{Names: "object contact_id", Category: Plain, Erase: Null},
		{Names: "object_salt", Category: Secret, Erase: Null},
	}},
	{Name: "audit_head", Purpose: "security", Retain: Rule{Keep: "head row"}, Columns: []Columns{{Names: "id seq hash", Category: Plain}}},
	{Name: "audit_checkpoints", Purpose: "security", Retain: Rule{Keep: "parent:audit"}, Columns: []Columns{{Names: "day seq hash signature", Category: Plain}}},
}

// AuditEntry says who did what to which record. Action is a constant of the
// code and stays; the rest is personal and is cleared, with its salts, in time.
// Address is where the actor was; empty, it is that of the context (see From).
type AuditEntry struct {
	Action, Actor, Object, ContactID, Address string
	At                                        int64
}

type originKey struct{}

// From returns a context in which audit entries say where they came from. The
// web layer calls it with the client's address.
func From(ctx context.Context, address string) context.Context {
	return context.WithValue(ctx, originKey{}, address)
}

// OriginOf is the address that From put into a context, or "".
func OriginOf(ctx context.Context) string {
	address, _ := ctx.Value(originKey{}).(string)
	return address
}

// Audit appends an entry to the chain, in the transaction of the change.
//
// Each of the two personal parts (who, when and from where; what and to whom) enters the
// hash as a salted commitment only: clearing part and salt later leaves the
// chain whole and nothing to guess from.
func (tx *Tx) Audit(ctx context.Context, e AuditEntry) error {
	return tx.AuditAll(ctx, []AuditEntry{e})
}

// AuditAll appends entries in their order, as Audit does.
func (tx *Tx) AuditAll(ctx context.Context, entries []AuditEntry) error {
	if len(entries) == 0 {
		return nil
	}
	seq, link, err := tx.AuditHead(ctx)
	if err != nil {
		return err
	}
	for _, e := range entries {
		seq++
		if link, err = tx.auditEntry(ctx, seq, link, e); err != nil {
			return err
		}
	}
	_, err = tx.q.ExecContext(ctx, `UPDATE audit_head SET seq = $1, hash = $2 WHERE id = 1`, seq, link)
	return tx.fault("store.Audit", err)
}

// auditEntry writes one entry behind prev and returns its hash.
func (tx *Tx) auditEntry(ctx context.Context, seq int64, prev []byte, e AuditEntry) ([]byte, error) {
	if e.Address == "" {
		e.Address = OriginOf(ctx)
	}
	actorSalt, objectSalt := newSalt(), newSalt()
	day := e.At / 86_400_000
	actor := commitment(actorSalt, e.Actor, e.At, e.Address)
	object := commitment(objectSalt, e.Object, e.ContactID)
	link := auditLink(prev, seq, day, e.Action, actor, object)
	_, err := tx.q.ExecContext(ctx, `
		INSERT INTO audit (seq, day, action, actor, at, address, actor_salt, actor_commit, object, contact_id, object_salt, object_commit, hash)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		seq, day, e.Action, nilIfZero(e.Actor), e.At, nilIfZero(e.Address), actorSalt, actor,
		nilIfZero(e.Object), nilIfZero(e.ContactID), objectSalt, object, link)
	return link, tx.fault("store.Audit", err)
}

// Record emits an event and audits it: kind and action, subject and object are
// the same, as are who did it, to whom and when.
func (tx *Tx) Record(ctx context.Context, e Event) error {
	if err := tx.Emit(ctx, e); err != nil {
		return err
	}
	return tx.Audit(ctx, e.entry())
}

// entry is what the audit says of an event.
func (e Event) entry() AuditEntry {
	return AuditEntry{Action: e.Kind, Actor: e.Actor, Object: e.Subject, ContactID: e.ContactID, At: e.At}
}

// RecordUndoable does a change so that it can be taken back, and records it. watch
// names the rows that it may touch.
func (tx *Tx) RecordUndoable(ctx context.Context, u Undo, e Event, watch func(*Undoing) error, do func() error) error {
	undoing, err := tx.Undoable(ctx, u)
	if err != nil {
		return err
	}
	if err := watch(undoing); err != nil {
		return err
	}
	if err := do(); err != nil {
		return err
	}
	if err := undoing.Close(ctx); err != nil {
		return err
	}
	return tx.Record(ctx, e)
}

// AuditHead returns the length of the chain and the hash of its last entry.
func (r *Reader) AuditHead(ctx context.Context) (seq int64, link []byte, err error) {
	err = r.q.QueryRowContext(ctx, `SELECT seq, hash FROM audit_head WHERE id = 1`).Scan(&seq, &link)
	return seq, link, r.fault("store.AuditHead", err)
}

func newSalt() []byte {
	salt := make([]byte, 32)
	_, _ = rand.Read(salt) // never fails
	return salt
}

// commitment binds the parts to a salt without which nothing can be guessed.
func commitment(salt []byte, parts ...any) []byte {
	return digest(hmac.New(sha256.New, salt), parts...)
}

// auditLink is the hash of one entry: of all that stays, and the entry before.
func auditLink(prev []byte, seq, day int64, action string, actor, object []byte) []byte {
	return digest(sha256.New(), string(prev), seq, day, action, string(actor), string(object))
}

// digest hashes parts, each after its length.
func digest(h hash.Hash, parts ...any) []byte {
	for _, part := range parts {
		text := fmt.Sprint(part)
		fmt.Fprintf(h, "%d:%s", len(text), text)
	}
	return h.Sum(nil)
}
