package store

import (
	"context"
	"database/sql"
	"fmt"
)

// settable are the columns of a contact that many can be given at once: how a
// value that is there is told from another.
var settable = map[string]bool{"language": true, "time_zone": true, "about": true}

// Target is what is known of each of many contacts: whose it is.
type Target struct{ ID, OwnerID string }

// Targets lists those of the contacts that are there and not in the bin, in the
// order of their ids.
func (r *Reader) Targets(ctx context.Context, ids []string) ([]Target, error) {
	return list(ctx, r, "store.Targets", `
		SELECT id, COALESCE(owner_id, '') FROM contacts WHERE id `+r.eng.oneOf("$1")+` AND deleted_at IS NULL ORDER BY id`,
		func(rows *sql.Rows, t *Target) error { return rows.Scan(&t.ID, &t.OwnerID) }, r.eng.list(ids))
}

// change raises the version of those of the contacts of whom where holds, does
// set to them, and lists them. $1 is the contacts, $2 the time; args come behind.
func (tx *Tx) change(ctx context.Context, ids []string, at int64, set, where string, args ...any) ([]string, error) {
	args = append([]any{tx.eng.list(ids)}, args...)
	found, err := list(ctx, &tx.Reader, "store.change", `SELECT id FROM contacts WHERE id `+tx.eng.oneOf("$1")+` AND deleted_at IS NULL AND `+where+` ORDER BY id`, scanText, args...)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	args[0] = tx.eng.list(found)
	mark := fmt.Sprintf("$%d", len(args)+1)
	if set != "" {
		set += ", "
	}
	_, err = tx.exec(ctx, "store.change", `UPDATE contacts SET `+set+`updated_at = `+mark+`, version = version + 1 WHERE id `+tx.eng.oneOf("$1"), append(args, at)...)
	return found, err
}

// SetWord gives contacts a language, a time zone or words about them, and lists
// those who had another.
func (tx *Tx) SetWord(ctx context.Context, ids []string, column, value string, at int64) ([]string, error) {
	if !settable[column] {
		return nil, fmt.Errorf("store.SetWord: %s is none", column)
	}
	return tx.change(ctx, ids, at, column+` = $2`, column+` <> $2`, value)
}

// SetMark says of contacts that they must not be called, may be a child or are
// blocked, from at on, or no longer; and lists those of whom the other was said.
func (tx *Tx) SetMark(ctx context.Context, ids []string, mark string, yes bool, at int64) ([]string, error) {
	switch mark {
	case "do_not_call_at", "minor_at", "blocked_at":
	default:
		return nil, fmt.Errorf("store.SetMark: %s is none", mark)
	}
	if yes {
		return tx.change(ctx, ids, at, mark+` = $2`, mark+` IS NULL AND CAST($2 AS BIGINT) > 0`, at)
	}
	return tx.change(ctx, ids, at, mark+` = NULL`, mark+` IS NOT NULL`)
}

// SetBasis gives contacts a lawful basis with what shows it.
func (tx *Tx) SetBasis(ctx context.Context, ids []string, basis, evidence string, at int64) ([]string, error) {
	var since any
	if basis != "" {
		since = at
	}
	return tx.change(ctx, ids, at, `basis = $2, basis_evidence = $3, basis_at = $4`, `(basis <> $2 OR basis_evidence <> $3) AND COALESCE(CAST($4 AS BIGINT), 0) >= 0`, basis, evidence, since)
}

// SetOwn gives contacts a value in a field of the business's own, nil takes it
// from them; and lists those who had another.
func (tx *Tx) SetOwn(ctx context.Context, ids []string, fieldID string, v *Value, at int64) ([]string, error) {
	held := `(SELECT 1 FROM contact_fields v WHERE v.contact_id = contacts.id AND v.field_id = $2`
	where, args := held+`) IS NOT NULL`, []any{fieldID}
	if v != nil {
		where = held + ` AND v.words = $3) IS NULL`
		args = append(args, v.Words)
		if v.IsNum {
			where = held + ` AND v.num = $3) IS NULL`
			args[1] = v.Num
		}
	}
	found, err := list(ctx, &tx.Reader, "store.SetOwn", `SELECT id FROM contacts WHERE id `+tx.eng.oneOf("$1")+` AND deleted_at IS NULL AND `+where+` ORDER BY id`,
		scanText, append([]any{tx.eng.list(ids)}, args...)...)
	if err != nil {
		return nil, err
	}
	for _, id := range found {
		if err := tx.SetValue(ctx, "contact", id, fieldID, v); err != nil {
			return nil, err
		}
	}
	return tx.raise(ctx, found, at)
}

func (tx *Tx) raise(ctx context.Context, ids []string, at int64) ([]string, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	return tx.change(ctx, ids, at, "", "1 = 1")
}

// TagAll puts a tag on contacts, or takes it off, and lists those who did not
// have it, or had it.
func (tx *Tx) TagAll(ctx context.Context, ids []string, tagID string, on bool, at int64) ([]string, error) {
	not := " IS NULL"
	if !on {
		not = " IS NOT NULL"
	}
	found, err := list(ctx, &tx.Reader, "store.TagAll", `
		SELECT id FROM contacts WHERE id `+tx.eng.oneOf("$1")+` AND deleted_at IS NULL
			AND (SELECT 1 FROM contact_tags g WHERE g.contact_id = contacts.id AND g.tag_id = $2)`+not+` ORDER BY id`, scanText, tx.eng.list(ids), tagID)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	query := `INSERT INTO contact_tags (contact_id, tag_id) SELECT id, $2 FROM contacts WHERE id ` + tx.eng.oneOf("$1")
	if !on {
		query = `DELETE FROM contact_tags WHERE tag_id = $2 AND contact_id ` + tx.eng.oneOf("$1")
	}
	if _, err := tx.exec(ctx, "store.TagAll", query, tx.eng.list(found), tagID); err != nil {
		return nil, err
	}
	if _, err := tx.raise(ctx, found, at); err != nil {
		return nil, err
	}
	return found, tx.IndexContacts(ctx, found...)
}

// CompanyOfAll makes a company the main one of contacts, before those that they
// have; an empty id leaves them without any. It lists those whose main company
// was another.
func (tx *Tx) CompanyOfAll(ctx context.Context, ids []string, companyID string, at int64) ([]string, error) {
	all, err := tx.CompaniesOf(ctx, ids)
	if err != nil {
		return nil, err
	}
	var changed []string
	for _, id := range ids {
		old := all[id]
		if companyID == "" && len(old) == 0 || companyID != "" && len(old) > 0 && old[0].CompanyID == companyID && !old[0].Former {
			continue
		}
		var now []ContactCompany
		if companyID != "" {
			now = append(now, ContactCompany{ContactID: id, CompanyID: companyID, CreatedAt: at})
			for _, o := range old {
				if o.CompanyID != companyID {
					now = append(now, o)
				}
			}
		}
		if err := tx.SetCompanies(ctx, id, now); err != nil {
			return nil, err
		}
		changed = append(changed, id)
	}
	if _, err := tx.raise(ctx, changed, at); err != nil {
		return nil, err
	}
	return changed, tx.IndexContacts(ctx, changed...)
}
