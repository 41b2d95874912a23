package store

import (
	"context"
	"database/sql"
	"fmt"
)

// inBin is what the kind of a search document begins with while its record is
// in the bin: no search asks for such a kind, and nothing must be indexed anew
// when it comes back.
const inBin = "bin."

// WatchBin watches what putting contacts into the bin and taking them out of it
// changes: BinContacts, RestoreContacts.
func (u *Undoing) WatchBin(ctx context.Context, ids ...string) error {
	if err := u.Watch(ctx, "contacts", "id", ids...); err != nil {
		return err
	}
	if err := u.Watch(ctx, "conversations", "contact_id", ids...); err != nil {
		return err
	}
	return u.Watch(ctx, "tasks", "contact_id", ids...) // and all that is searched of them
}

// BinContacts puts contacts into the bin. Their conversations leave the inbox
// and its counts, their open tasks the list of what is to do, and no search
// finds them; all comes back with RestoreContacts exactly as it was. Who is in
// the bin already stays as they are.
func (tx *Tx) BinContacts(ctx context.Context, ids []string, by string, at int64) error {
	live := `id ` + tx.eng.oneOf("$1") + ` AND deleted_at IS NULL`
	of := ` contact_id IN (SELECT id FROM contacts WHERE ` + live + `)`
	all := tx.eng.list(ids)
	for _, q := range []string{
		`UPDATE conversations SET binned_from = state || ' ' || unread || ' ' || COALESCE(waiting_since, 0), state = 'binned', unread = 0, waiting_since = NULL
			WHERE state <> 'binned' AND` + of,
		`UPDATE search_docs SET kind = '` + inBin + `' || kind WHERE kind NOT LIKE '` + inBin + `%' AND` + of,
	} {
		if _, err := tx.exec(ctx, "store.BinContacts", q, all); err != nil {
			return err
		}
	}
	if _, err := tx.exec(ctx, "store.BinContacts", `UPDATE tasks SET deleted_at = $2 WHERE deleted_at IS NULL AND`+of, all, at); err != nil {
		return err
	}
	_, err := tx.exec(ctx, "store.BinContacts", `
		UPDATE contacts SET deleted_at = $2, deleted_by = $3, version = version + 1 WHERE `+live, all, at, nullText(by))
	return err
}

// RestoreContacts takes contacts out of the bin, with all that went with them.
func (tx *Tx) RestoreContacts(ctx context.Context, ids []string) error {
	for _, q := range []string{
		`UPDATE tasks SET deleted_at = NULL WHERE deleted_at = (SELECT c.deleted_at FROM contacts c WHERE c.id = tasks.contact_id) AND contact_id`,
		`UPDATE search_docs SET kind = substr(kind, 5) WHERE kind LIKE '` + inBin + `%' AND NOT (` + deletedDocs + `) AND contact_id`,
		`UPDATE contacts SET deleted_at = NULL, deleted_by = NULL, version = version + 1 WHERE deleted_at IS NOT NULL AND id`,
	} {
		if _, err := tx.exec(ctx, "store.RestoreContacts", q+` `+tx.eng.oneOf("$1"), tx.eng.list(ids)); err != nil {
			return err
		}
	}
	return tx.restoreConversations(ctx, ids)
}

// deletedDocs are of notes and tasks that are in the bin by themselves.
const deletedDocs = `kind = 'bin.note' AND EXISTS (SELECT 1 FROM notes n WHERE n.id = ref AND n.deleted_at IS NOT NULL)
	OR kind = 'bin.task' AND EXISTS (SELECT 1 FROM tasks t WHERE t.id = ref AND t.deleted_at IS NOT NULL)`

// restoreConversations gives conversations the state that they went with.
func (tx *Tx) restoreConversations(ctx context.Context, ids []string) error {
	kept, err := list(ctx, &tx.Reader, "store.RestoreContacts", `
		SELECT id, binned_from FROM conversations WHERE state = 'binned' AND contact_id `+tx.eng.oneOf("$1"), func(rows *sql.Rows, v *[2]string) error { return rows.Scan(&v[0], &v[1]) }, tx.eng.list(ids))
	if err != nil {
		return err
	}
	for _, v := range kept {
		state, unread, waiting := "open", int64(0), int64(0)
		if _, err := fmt.Sscan(v[1], &state, &unread, &waiting); err != nil {
			return fmt.Errorf("store.RestoreContacts: %w", err)
		}
		_, err := tx.exec(ctx, "store.RestoreContacts", `
			UPDATE conversations SET state = $2, unread = $3, waiting_since = $4, binned_from = '' WHERE id = $1`, v[0], state, unread, nullTime(waiting))
		if err != nil {
			return err
		}
	}
	return nil
}
