package store

import (
	"context"
	"database/sql"
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

