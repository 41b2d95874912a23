package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Merging makes one contact of two: Gone goes into Kept. Versions are those that
// whoever decided has seen, 0 for any. TakeGone names what Gone has right: name,
// about, language, time_zone, owner, basis, phone, email, company, or the id of
// a field of the business's own. What Kept has nothing of comes from Gone anyhow.
type Merging struct {
	Kept, Gone               string
	KeptVersion, GoneVersion int64
	TakeGone                 []string
	ProvenanceID, Actor      string
	UndoID                   string
	At                       int64
}

// mergeAlong are tables whose rows stay under the id of whoever went. Erasure,
// the person's package and retention reach them through merges: the entries of
// the audit chain are bound to that id, and what takes changes back must find
// its rows as it left them.
var mergeAlong = []string{"audit", "undos", "undo_rows"}

// mergeSpecial are tables that a merge does more with than hand rows on.
var mergeSpecial = []string{
	"contacts", "contact_phones", "contact_emails", "contact_addresses", "contact_companies", "contact_tags", "contact_fields",
	"conversations", "search_docs", "duplicates", "merges", "erasures", "deal_contacts",
}

// handedOn are the tables whose rows simply get the other contact's id: every
// one that leads to a contact and is none of the above. A new table is one of
// these by itself.
func (r *Reader) handedOn() []string {
	var out []string
	for _, t := range DataMap() {
		_, leads := t.column("contact_id")
		if leads && (t.Engine == "" || t.Engine == r.eng.name()) && !slices.Contains(mergeAlong, t.Name) && !slices.Contains(mergeSpecial, t.Name) {
			out = append(out, t.Name)
		}
	}
	return out
}

// Merge carries a merging out. Numbers, addresses, places, companies, tags and
// values are those of both, each once; their conversations become one thread; a
// block, a restriction, do-not-call and the mark of a child hold if either has
// them. All of it can be taken back as m.UndoID. ErrNotFound: one of them is not
// there, or in the bin; ErrConflict: somebody changed one since, or is erasing it.
func (tx *Tx) Merge(ctx context.Context, m Merging) error {
	cards, err := tx.Cards(ctx, []string{m.Kept, m.Gone})
	switch {
	case err != nil:
		return err
	case len(cards) != 2 || cards[0].DeletedAt+cards[1].DeletedAt != 0:
		return fmt.Errorf("store.Merge: %w", ErrNotFound)
	}
	kept, gone := cards[0], cards[1]
	if err := tx.mayMerge(ctx, m, kept, gone); err != nil {
		return err
	}
	undo, err := tx.Undoable(ctx, Undo{ID: m.UndoID, Kind: "contact.merged", Actor: m.Actor, ContactID: m.Kept, At: m.At})
	if err != nil {
		return err
	}
	if err := undo.watchMerge(ctx, m); err != nil {
		return err
	}
	thread := "" // that became part of another
	for _, do := range []func() error{
		func() (err error) { thread, err = tx.mergeThreads(ctx, m); return err },
		func() error { return tx.handOn(ctx, m) },
		func() error { return tx.mergePairs(ctx, m) },
		func() error { return tx.mergeCard(ctx, m, kept, gone) },
		func() error { return tx.bury(ctx, m, thread) },
		func() error { return undo.Close(ctx) },
	} {
		if err := do(); err != nil {
			return err
		}
	}
	return nil
}

func (tx *Tx) mayMerge(ctx context.Context, m Merging, kept, gone Card) error {
	stale := m.KeptVersion != 0 && m.KeptVersion != kept.Version || m.GoneVersion != 0 && m.GoneVersion != gone.Version
	if stale || m.Kept == m.Gone {
		return fmt.Errorf("store.Merge: %w", ErrConflict)
	}
	for _, id := range []string{m.Kept, m.Gone} {
		switch _, err := tx.ErasureOf(ctx, id); {
		case err == nil:
			return fmt.Errorf("store.Merge: %w", ErrConflict)
		case !errors.Is(err, ErrNotFound):
			return err
		}
	}
	return nil
}

// watchMerge watches what a merge can touch: of Gone everything, of Kept what is
// rewritten.
func (u *Undoing) watchMerge(ctx context.Context, m Merging) error {
	u.Together(m.Kept)
	if err := u.WatchContacts(ctx, m.Kept, m.Gone); err != nil {
		return err
	}
	for _, w := range []struct{ table, column string }{
		{"conversations", "contact_id"},
		{"duplicates", "contact_id"},
		{"duplicates", "other_id"},
		{"merges", "contact_id"},
		{"deal_contacts", "contact_id"},
	} {
		if err := u.Watch(ctx, w.table, w.column, m.Kept, m.Gone); err != nil {
			return err
		}
	}
	if err := u.Watch(ctx, "search_docs", "contact_id", m.Gone); err != nil {
		return err
	}
	for _, table := range u.tx.handedOn() {
		if err := u.Watch(ctx, table, "contact_id", m.Gone); err != nil {
			return err
		}
	}
	return nil
}

// mergeThreads makes one conversation of two: what was said in both stands in
// the order of time, and whoever waits in one waits in it.
func (tx *Tx) mergeThreads(ctx context.Context, m Merging) (gone string, err error) {
	from, err := tx.ConversationOf(ctx, m.Gone)
	if errors.Is(err, ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	into, err := tx.ConversationOf(ctx, m.Kept)
	if errors.Is(err, ErrNotFound) {
		_, err = tx.exec(ctx, "store.Merge", `UPDATE conversations SET contact_id = $1 WHERE id = $2`, m.Kept, from.ID)
		return "", err
	}
	if err != nil {
		return "", err
	}
	for _, t := range DataMap() {
		if _, in := t.column("conversation_id"); !in {
			continue
		}
		if _, err := tx.exec(ctx, "store.Merge", `UPDATE `+t.Name+` SET conversation_id = $1 WHERE conversation_id = $2`, into.ID, from.ID); err != nil {
			return "", err
		}
	}
	_, err = tx.exec(ctx, "store.Merge", `
		UPDATE conversations SET state = $2, unread = $3, waiting_since = $4, answered_at = $5, last_at = $6, created_at = $7, owner_id = $8 WHERE id = $1`,
		into.ID, openOf(into.State, from.State), into.Unread+from.Unread, nullTime(firstOf(into.WaitingSince, from.WaitingSince)),
		nullTime(max(into.AnsweredAt, from.AnsweredAt)), max(into.LastAt, from.LastAt), min(into.StartedAt, from.StartedAt),
		nullText(cmp.Or(into.OwnerID, from.OwnerID)))
	if err != nil {
		return "", err
	}
	_, err = tx.exec(ctx, "store.Merge", `DELETE FROM conversations WHERE id = $1`, from.ID)
	return from.ID, err
}

func openOf(states ...string) string {
	if slices.Contains(states, "open") {
		return "open"
	}
	return states[0]
}

// firstOf is the earlier of two times of which either may be none.
func firstOf(a, b int64) int64 {
	if a == 0 || b == 0 {
		return a + b
	}
	return min(a, b)
}

// handOn gives Kept the rows that lead to Gone.
func (tx *Tx) handOn(ctx context.Context, m Merging) error {
	for _, table := range append(tx.handedOn(), "search_docs") {
		where := ` WHERE contact_id = $2`
		if table == "search_docs" {
			where += ` AND NOT (kind = 'contact' AND ref = $2)`
		}
		if _, err := tx.exec(ctx, "store.Merge", `UPDATE `+table+` SET contact_id = $1`+where, m.Kept, m.Gone); err != nil {
			return err
		}
	}
	return tx.InsertProvenance(ctx, Provenance{ID: m.ProvenanceID, ContactID: m.Kept, Source: "merge", Ref: m.Gone, Actor: m.Actor, At: m.At})
}

// mergePairs hands on what is known of pairs. That two are separate weighs more
// than that they may be one.
func (tx *Tx) mergePairs(ctx context.Context, m Merging) error {
	pairs, err := tx.pairsOf(ctx, m.Gone)
	if err != nil {
		return err
	}
	if _, err := tx.exec(ctx, "store.Merge", `DELETE FROM duplicates WHERE contact_id = $1 OR other_id = $1`, m.Gone); err != nil {
		return err
	}
	for _, p := range pairs {
		other := p.ContactID
		if other == m.Gone {
			other = p.OtherID
		}
		if other == m.Kept {
			continue
		}
		p.ContactID, p.OtherID = min(other, m.Kept), max(other, m.Kept)
		if err := tx.putPair(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

// bury takes Gone away, when nothing leads to it any more, and notes where it went.
func (tx *Tx) bury(ctx context.Context, m Merging, thread string) error {
	if err := tx.UnindexText(ctx, "contact", m.Gone); err != nil {
		return err
	}
	if _, err := tx.exec(ctx, "store.Merge", `UPDATE merges SET contact_id = $1 WHERE contact_id = $2`, m.Kept, m.Gone); err != nil {
		return err
	}
	if _, err := tx.exec(ctx, "store.Merge", `DELETE FROM contacts WHERE id = $1`, m.Gone); err != nil {
		return err
	}
	_, err := tx.exec(ctx, "store.Merge", `INSERT INTO merges (gone_id, contact_id, thread_id, undo_id, actor, at) VALUES ($1, $2, $3, $4, $5, $6)`,
		m.Gone, m.Kept, nullText(thread), nullText(m.UndoID), nullText(m.Actor), m.At)
	if err != nil {
		return err
	}
	return tx.IndexContacts(ctx, m.Kept)
}

// MergedInto tells into whom a contact went, or ErrNotFound.
func (r *Reader) MergedInto(ctx context.Context, goneID string) (id string, err error) {
	err = r.q.QueryRowContext(ctx, `SELECT contact_id FROM merges WHERE gone_id = $1`, goneID).Scan(&id)
	return id, r.fault("store.MergedInto", err)
}

// ThreadInto tells in which conversation one stands that became part of another,
// or ErrNotFound.
func (r *Reader) ThreadInto(ctx context.Context, goneID string) (id string, err error) {
	err = r.q.QueryRowContext(ctx, `
		SELECT v.id FROM merges m JOIN conversations v ON v.contact_id = m.contact_id WHERE m.thread_id = $1 LIMIT 1`, goneID).Scan(&id)
	return id, r.fault("store.ThreadInto", err)
}

// withGone adds to contacts those that went into them: rows under their ids are
// the same persons'.
func (r *Reader) withGone(ctx context.Context, ids []string) ([]string, error) {
	gone, err := list(ctx, r, "store.withGone", `SELECT gone_id FROM merges WHERE contact_id `+r.eng.oneOf("$1"), scanText, r.eng.list(ids))
	return append(slices.Clone(ids), gone...), err
}

// positions writes the order of rows that have one, those of first before the
// others as they stand.
func (tx *Tx) positions(ctx context.Context, table, key, contactID, first string) error {
	ids, err := list(ctx, &tx.Reader, "store.Merge", `SELECT `+key+` FROM `+table+` WHERE contact_id = $1 ORDER BY position, `+key, scanText, contactID)
	if err != nil {
		return err
	}
	slices.SortStableFunc(ids, func(a, b string) int { return cmp.Compare(rankOf(a, first), rankOf(b, first)) })
	for i, id := range ids {
		if _, err := tx.exec(ctx, "store.Merge", `UPDATE `+table+` SET position = $1 WHERE contact_id = $2 AND `+key+` = $3 AND position <> $1`, int64(i), contactID, id); err != nil {
			return err
		}
	}
	return nil
}

func rankOf(id, first string) int {
	if id == first {
		return 0
	}
	return 1
}

// joinedTexts puts two texts below each other; one that is in the other is left out.
func joinedTexts(a, b string) string {
	switch {
	case strings.Contains(a, b):
		return a
	case strings.Contains(b, a):
		return b
	}
	return a + "\n\n" + b
}
