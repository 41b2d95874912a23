package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
)

// ContactCompany says that a person belongs to a company, as what, and whether
// no longer. Name is the company's, and only read. Position orders the
// companies of one person; the first that is not former is the main one.
type ContactCompany struct {
	ContactID, CompanyID, Name, Role string
	Former                           bool
	Position, CreatedAt              int64
}

// CompaniesOf gives the companies of each contact in their order. One in the
// bin is left out.
func (r *Reader) CompaniesOf(ctx context.Context, contactIDs []string) (map[string][]ContactCompany, error) {
	out := map[string][]ContactCompany{}
	for _, some := range portions(contactIDs) {
		marks, args := inList(some)
		rows, err := list(ctx, r, "store.CompaniesOf", `
			SELECT x.contact_id, x.company_id, c.name, x.role, x.former, x.position, x.created_at
			FROM contact_companies x JOIN companies c ON c.id = x.company_id
			WHERE x.contact_id IN (`+marks+`) AND c.deleted_at IS NULL ORDER BY x.position, x.company_id`,
			func(rows *sql.Rows, x *ContactCompany) error {
				return rows.Scan(&x.ContactID, &x.CompanyID, &x.Name, &x.Role, &x.Former, &x.Position, &x.CreatedAt)
			}, args...)
		if err != nil {
			return nil, err
		}
		for _, x := range rows {
			out[x.ContactID] = append(out[x.ContactID], x)
		}
	}
	return out, nil
}

// SetCompanies makes these the companies of a contact, in this order, and
// contacts.company the name of the main one. The search is the caller's to bring
// in line. A link to a company in the bin stays; one that stays keeps its age.
func (tx *Tx) SetCompanies(ctx context.Context, contactID string, companies []ContactCompany) error {
	old, err := tx.CompaniesOf(ctx, []string{contactID})
	if err != nil {
		return err
	}
	for _, o := range old[contactID] {
		if !slices.ContainsFunc(companies, func(x ContactCompany) bool { return x.CompanyID == o.CompanyID }) {
			if err := tx.unlinkCompany(ctx, contactID, o.CompanyID); err != nil {
				return err
			}
		}
	}
	for i, x := range companies {
		_, err := tx.exec(ctx, "store.SetCompanies", `
			INSERT INTO contact_companies (contact_id, company_id, role, former, position, created_at) VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (contact_id, company_id) DO UPDATE SET role = excluded.role, former = excluded.former, position = excluded.position`,
			contactID, x.CompanyID, x.Role, flag(x.Former), i, x.CreatedAt)
		if err != nil {
			return err
		}
	}
	return tx.copyCompany(ctx, []string{contactID})
}

// LinkCompany adds a company behind those of a contact: ErrConflict when it is
// one of them already. The contact's copy of its name and the search follow.
func (tx *Tx) LinkCompany(ctx context.Context, x ContactCompany) error {
	_, err := tx.exec(ctx, "store.LinkCompany", `
		INSERT INTO contact_companies (contact_id, company_id, role, former, position, created_at)
		SELECT $1, $2, $3, $4, COALESCE(MAX(position) + 1, 0), $5 FROM contact_companies WHERE contact_id = $1`,
		x.ContactID, x.CompanyID, x.Role, flag(x.Former), x.CreatedAt)
	if err != nil {
		return err
	}
	return tx.alignPeople(ctx, []string{x.ContactID})
}

// UpdateJob says as what somebody is with a company, and whether no longer:
// ErrConflict when they are not.
func (tx *Tx) UpdateJob(ctx context.Context, x ContactCompany) error {
	result, err := tx.q.ExecContext(ctx, `UPDATE contact_companies SET role = $1, former = $2 WHERE contact_id = $3 AND company_id = $4`,
		x.Role, flag(x.Former), x.ContactID, x.CompanyID)
	if err := tx.changed("store.UpdateJob", result, err); err != nil {
		return err
	}
	return tx.alignPeople(ctx, []string{x.ContactID})
}

// UnlinkCompany takes a company off a contact; one that is not there is no error.
func (tx *Tx) UnlinkCompany(ctx context.Context, contactID, companyID string) error {
	if err := tx.unlinkCompany(ctx, contactID, companyID); err != nil {
		return err
	}
	return tx.alignPeople(ctx, []string{contactID})
}

// Job returns how a contact belongs to a company, or ErrNotFound.
func (r *Reader) Job(ctx context.Context, contactID, companyID string) (ContactCompany, error) {
	var x ContactCompany
	err := r.q.QueryRowContext(ctx, `
		SELECT contact_id, company_id, role, former, position, created_at FROM contact_companies WHERE contact_id = $1 AND company_id = $2`,
		contactID, companyID).Scan(&x.ContactID, &x.CompanyID, &x.Role, &x.Former, &x.Position, &x.CreatedAt)
	return x, r.fault("store.Job", err)
}

// alignPeople brings the copy of the company's name and the search in line.
func (tx *Tx) alignPeople(ctx context.Context, contactIDs []string) error {
	if err := tx.copyCompany(ctx, contactIDs); err != nil {
		return err
	}
	return tx.IndexContacts(ctx, contactIDs...)
}

// SpreadCompany brings those in line who belong to a company that has another
// name now, or went: limit of them behind after. It returns the last of them,
// empty when there are no more.
func (tx *Tx) SpreadCompany(ctx context.Context, companyID, after string, limit int) (last string, n int, err error) {
	ids, err := tx.PeopleIDs(ctx, companyID, after, limit)
	if err != nil || len(ids) == 0 {
		return "", 0, err
	}
	if len(ids) == limit {
		last = ids[limit-1]
	}
	return last, len(ids), tx.alignPeople(ctx, ids)
}

// PeopleIDs lists the contacts of a company, also former ones and those in the
// bin, in the order of their ids: limit of them behind after.
func (r *Reader) PeopleIDs(ctx context.Context, companyID, after string, limit int) ([]string, error) {
	return list(ctx, r, "store.PeopleIDs", `
		SELECT contact_id FROM contact_companies WHERE company_id = $1 AND contact_id > $2 ORDER BY contact_id LIMIT $3`,
		scanText, companyID, after, limit)
}

// CompanyPerson is somebody of a company as its card shows them.
type CompanyPerson struct {
	ContactRow
	Role   string
	Former bool
}

// PeopleOf lists those of a company whom a scope holds, the latest first. The
// After of the next page is the last id of this one.
func (r *Reader) PeopleOf(ctx context.Context, scope Scope, companyID string, page Page) (rows []CompanyPerson, next string, err error) {
	of, args := scope.and("c.owner_id", []any{companyID, page.After})
	rows, err = list(ctx, r, "store.PeopleOf", `
		SELECT `+contactRowColumns+`, COALESCE(c.owner_id, ''), x.role, x.former
		FROM contact_companies x JOIN contacts c ON c.id = x.contact_id
		WHERE x.company_id = $1 AND ($2 = '' OR x.contact_id < $2) AND c.deleted_at IS NULL`+of+`
		ORDER BY x.contact_id DESC`+limitTo(page.limit()+1),
		func(rows *sql.Rows, p *CompanyPerson) error {
			c := &p.ContactRow
			return rows.Scan(&c.ID, &c.Name, &c.Company, &c.Phone, &c.SMSState, &c.BlockedAt, &c.RestrictedAt, &c.LastActivityAt, &c.OwnerID, &p.Role, &p.Former)
		}, args...)
	if err == nil && len(rows) > page.limit() {
		rows = rows[:page.limit()]
		next = rows[len(rows)-1].ID
	}
	return rows, next, err
}

// MovePeople hands people of one company to another. Who is with both keeps the
// role there, or takes the one from here when there is none.
func (tx *Tx) MovePeople(ctx context.Context, from, into string, contactIDs []string) error {
	for _, id := range contactIDs {
		old, err := tx.Job(ctx, id, from)
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		kept, err := tx.Job(ctx, id, into)
		switch {
		case errors.Is(err, ErrNotFound):
			_, err = tx.exec(ctx, "store.MovePeople", `UPDATE contact_companies SET company_id = $1 WHERE contact_id = $2 AND company_id = $3`, into, id, from)
		case err == nil:
			if kept.Role == "" {
				kept.Role = old.Role
			}
			if err = tx.unlinkCompany(ctx, id, from); err == nil {
				_, err = tx.exec(ctx, "store.MovePeople", `UPDATE contact_companies SET role = $1, former = $2, position = $3 WHERE contact_id = $4 AND company_id = $5`,
					kept.Role, flag(kept.Former && old.Former), min(kept.Position, old.Position), id, into)
			}
		}
		if err != nil {
			return err
		}
	}
	return tx.alignPeople(ctx, contactIDs)
}

func (tx *Tx) unlinkCompany(ctx context.Context, contactID, companyID string) error {
	_, err := tx.exec(ctx, "store.unlinkCompany", `DELETE FROM contact_companies WHERE contact_id = $1 AND company_id = $2`, contactID, companyID)
	return err
}

// copyCompany has contacts show the name of their main company.
func (tx *Tx) copyCompany(ctx context.Context, contactIDs []string) error {
	for _, some := range portions(contactIDs) {
		marks, args := inList(some)
		_, err := tx.exec(ctx, "store.copyCompany", `
			UPDATE contacts SET company = COALESCE((
				SELECT c.name FROM contact_companies x JOIN companies c ON c.id = x.company_id
				WHERE x.contact_id = contacts.id AND x.former = 0 AND c.deleted_at IS NULL ORDER BY x.position, x.company_id LIMIT 1), '')
			WHERE id IN (`+marks+`)`, args...)
		if err != nil {
			return err
		}
	}
	return nil
}
