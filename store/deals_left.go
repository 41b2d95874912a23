package store

import (
	"context"
	"database/sql"
)

// DealsLeft is what erasing a person leaves of their deals: amounts, dates and
// stages of all of them, those that ended until Until, when the last one goes.
type DealsLeft struct{ Deals, Open, Until int64 }

// DealsLeft counts the deals of a person that outlive them; one in the bin is
// emptied out of it with the others.
func (r *Reader) DealsLeft(ctx context.Context, contactID string) (DealsLeft, error) {
	persons, err := r.withGone(ctx, []string{contactID})
	if err != nil {
		return DealsLeft{}, err
	}
	return one(ctx, r, "store.DealsLeft", `
		SELECT COUNT(*), COALESCE(SUM(CASE WHEN status = 'open' THEN 1 ELSE 0 END), 0), COALESCE(MAX(closed_at), 0)
		FROM deals WHERE deleted_at IS NULL AND contact_id `+r.eng.oneOf("$1"), func(row *sql.Row, d *DealsLeft) error {
		if err := row.Scan(&d.Deals, &d.Open, &d.Until); err != nil {
			return err
		}
		if d.Until != 0 {
			d.Until += int64(statutory.Days) * dayMillis
		}
		return nil
	}, r.eng.list(persons))
}

// EraseFromDeals notes on the deals of a person, before they are erased, that they
// were: the page of a deal says so. Nothing in it tells of whom.
func (tx *Tx) EraseFromDeals(ctx context.Context, contacts []string, at int64) error {
	persons, err := tx.withGone(ctx, contacts)
	if err != nil {
		return err
	}
	_, err = tx.exec(ctx, "store.EraseFromDeals", `UPDATE deals SET erased_at = $1 WHERE contact_id `+tx.eng.oneOf("$2"), at, tx.eng.list(persons))
	return err
}

// hung are the tables of what hangs on a deal and may be about a person.
var hung = []string{"notes", "tasks", "files"}

// WatchHung watches what HangOn changes.
func (u *Undoing) WatchHung(ctx context.Context, dealID string) error {
	for _, table := range hung {
		ids, err := list(ctx, &u.tx.Reader, "store.WatchHung", `SELECT id FROM `+table+` WHERE deal_id = $1 AND contact_id IS NULL AND company_id IS NULL`, scanText, dealID)
		if err == nil {
			err = u.Watch(ctx, table, "id", ids...)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// HangOn makes what hangs on a deal, and is about nobody, about the person that
// the deal is with now: it shows on their card, is in their package, and goes with
// them.
func (tx *Tx) HangOn(ctx context.Context, dealID, contactID string) error {
	for _, table := range hung {
		if table != "files" {
			_, err := tx.exec(ctx, "store.HangOn", `
				UPDATE search_docs SET contact_id = $1 WHERE contact_id IS NULL AND ref IN (SELECT id FROM `+table+` WHERE deal_id = $2 AND contact_id IS NULL AND company_id IS NULL)`, contactID, dealID)
			if err != nil {
				return err
			}
		}
		if _, err := tx.exec(ctx, "store.HangOn", `UPDATE `+table+` SET contact_id = $1 WHERE deal_id = $2 AND contact_id IS NULL AND company_id IS NULL`, contactID, dealID); err != nil {
			return err
		}
	}
	return nil
}
