package store

import (
	"context"
	"fmt"
	"strings"
)

var companyTables = []Table{
	{Name: "companies", Purpose: "dealing with customers", Bin: inTheBin, Retain: Rule{Keep: "what is known of a company, until somebody deletes it"}, Columns: []Columns{
		{Names: "id owner_id source version created_at updated_at last_activity_at deleted_at merged_into", Category: Plain},
		{Names: "name name_key domain industry", Category: Firm, Indexed: []string{"search_docs"}},
		{Names: "website about", Category: Firm},
		{Names: "created_by deleted_by", Category: Staff},
	}},
	{Name: "company_points", Purpose: "dealing with customers", Retain: Rule{Keep: "parent:companies"}, Columns: []Columns{
		{Names: "id company_id kind position created_at", Category: Plain},
		{Names: "label", Category: Firm},
		{Names: "typed match_key", Category: Firm, Indexed: []string{"search_docs"}},
	}},
	{
		Name: "contact_companies", Purpose: "dealing with customers", Subject: "contact_id", Rows: DeleteRow,
		Retain: Rule{Keep: "parent:contacts"},
		Columns: []Columns{
			{Names: "contact_id company_id former position created_at", Category: Plain},
			{Names: "role", Category: Content, Erase: Redact},
		},
	},
}

// Company is a firm, a club, a household: what several people belong to.
type Company struct {
	ID, Name, NameKey                                        string
	Website, Domain, Industry, About                         string // Domain: of the website, lower case, without www.
	OwnerID                                                  string // the user who looks after it; empty: nobody
	Source                                                   string // manual, import or demo
	CreatedBy, DeletedBy                                     string
	Version, CreatedAt, UpdatedAt, LastActivityAt, DeletedAt int64
}

const companyColumns = `c.id, c.name, c.name_key, c.website, c.domain, c.industry, c.about, COALESCE(c.owner_id, ''), c.source,
	COALESCE(c.created_by, ''), COALESCE(c.deleted_by, ''), c.version, c.created_at, c.updated_at, c.last_activity_at, COALESCE(c.deleted_at, 0)`

func scanCompany(row interface{ Scan(...any) error }, c *Company) error {
	return row.Scan(&c.ID, &c.Name, &c.NameKey, &c.Website, &c.Domain, &c.Industry, &c.About, &c.OwnerID, &c.Source,
		&c.CreatedBy, &c.DeletedBy, &c.Version, &c.CreatedAt, &c.UpdatedAt, &c.LastActivityAt, &c.DeletedAt)
}

// Company returns one company, also from the bin, or ErrNotFound.
func (r *Reader) Company(ctx context.Context, id string) (Company, error) {
	var c Company
	err := scanCompany(r.q.QueryRowContext(ctx, `SELECT `+companyColumns+` FROM companies c WHERE c.id = $1`, id), &c)
	return c, r.fault("store.Company", err)
}

// CompanyNamed returns the oldest company with a name, or ErrNotFound. What is
// in the bin does not count.
func (r *Reader) CompanyNamed(ctx context.Context, name string) (Company, error) {
	var c Company
	err := scanCompany(r.q.QueryRowContext(ctx, `
		SELECT `+companyColumns+` FROM companies c WHERE c.name_key = $1 AND c.deleted_at IS NULL ORDER BY c.id LIMIT 1`,
		companyKey(name)), &c)
	return c, r.fault("store.CompanyNamed", err)
}

// companyKey is what companies are ordered and matched by.
func companyKey(name string) string { return Fold(strings.Join(strings.Fields(name), " ")) }

// EnsureCompany returns the id of the oldest company with the name of c, and
// makes c when there is none.
func (tx *Tx) EnsureCompany(ctx context.Context, c Company) (id string, made bool, err error) {
	err = tx.q.QueryRowContext(ctx, `SELECT id FROM companies WHERE name_key = $1 AND deleted_at IS NULL ORDER BY id LIMIT 1`, companyKey(c.Name)).Scan(&id)
	if err == nil || !isNone(err) {
		return id, false, tx.fault("store.EnsureCompany", err)
	}
	return c.ID, true, tx.InsertCompany(ctx, c, nil)
}

// InsertCompany adds a company with its points and makes it findable. Source
// and the times stand in it; the key of the name is computed here.
func (tx *Tx) InsertCompany(ctx context.Context, c Company, points []CompanyPoint) error {
	_, err := tx.exec(ctx, "store.InsertCompany", `
		INSERT INTO companies (id, name, name_key, website, domain, industry, about, owner_id, source, created_by, created_at, updated_at, last_activity_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		c.ID, c.Name, companyKey(c.Name), c.Website, c.Domain, c.Industry, c.About, nullText(c.OwnerID), c.Source, nullText(c.CreatedBy),
		c.CreatedAt, c.UpdatedAt, c.LastActivityAt)
	if err != nil {
		return err
	}
	for i, p := range points {
		p.CompanyID, p.Position = c.ID, int64(i)
		if err := tx.insertPoint(ctx, p); err != nil {
			return err
		}
	}
	return tx.indexCompany(ctx, c, points)
}

// UpdateCompany saves what a form holds of the version that the editor saw, and
// raises it. ErrConflict says that somebody else saved in between. The people
// of a company that has another name now are brought in line by SpreadCompany.
func (tx *Tx) UpdateCompany(ctx context.Context, c Company, points []CompanyPoint) error {
	result, err := tx.q.ExecContext(ctx, `
		UPDATE companies SET name = $1, name_key = $2, website = $3, domain = $4, industry = $5, about = $6, owner_id = $7, updated_at = $8,
			version = version + 1
		WHERE id = $9 AND version = $10 AND deleted_at IS NULL`,
		c.Name, companyKey(c.Name), c.Website, c.Domain, c.Industry, c.About, nullText(c.OwnerID), c.UpdatedAt, c.ID, c.Version)
	if err := tx.changed("store.UpdateCompany", result, err); err != nil {
		return fmt.Errorf("company: %w", err)
	}
	if err := tx.savePoints(ctx, c.ID, points); err != nil {
		return err
	}
	return tx.indexCompany(ctx, c, points)
}

// AssignCompany says who looks after a company; empty: nobody.
func (tx *Tx) AssignCompany(ctx context.Context, id, userID string, at int64) error {
	result, err := tx.q.ExecContext(ctx, `
		UPDATE companies SET owner_id = $1, updated_at = $2, version = version + 1 WHERE id = $3 AND deleted_at IS NULL`, nullText(userID), at, id)
	return tx.changed("store.AssignCompany", result, err)
}

// TouchCompany notes activity with a company; an older time changes nothing.
func (tx *Tx) TouchCompany(ctx context.Context, id string, at int64) error {
	_, err := tx.exec(ctx, "store.TouchCompany", `UPDATE companies SET last_activity_at = $1 WHERE id = $2 AND last_activity_at < $1`, at, id)
	return err
}

// BinCompany puts a company into the bin and out of the search. Its people keep
// their links, which nobody sees until it is restored.
func (tx *Tx) BinCompany(ctx context.Context, id, by string, at int64) error {
	result, err := tx.q.ExecContext(ctx, `
		UPDATE companies SET deleted_at = $1, deleted_by = $2, version = version + 1 WHERE id = $3 AND deleted_at IS NULL`, at, nullText(by), id)
	if err := tx.changed("store.BinCompany", result, err); err != nil {
		return err
	}
	return tx.UnindexText(ctx, "company", id)
}

// LeadCompany has a company that is in the bin lead to the one that it became.
func (tx *Tx) LeadCompany(ctx context.Context, id, into string) error {
	_, err := tx.exec(ctx, "store.LeadCompany", `UPDATE companies SET merged_into = $1 WHERE id = $2 AND deleted_at IS NOT NULL`, into, id)
	return err
}

// CompanyBecame tells which company one became that was merged and waits in the
// bin, or ErrNotFound.
func (r *Reader) CompanyBecame(ctx context.Context, id string) (into string, err error) {
	err = r.q.QueryRowContext(ctx, `SELECT merged_into FROM companies WHERE id = $1 AND merged_into IS NOT NULL`, id).Scan(&into)
	return into, r.fault("store.CompanyBecame", err)
}

// RestoreCompany takes a company out of the bin: ErrConflict when it is not there.
func (tx *Tx) RestoreCompany(ctx context.Context, id string) error {
	result, err := tx.q.ExecContext(ctx, `
		UPDATE companies SET deleted_at = NULL, deleted_by = NULL, merged_into = NULL, version = version + 1 WHERE id = $1 AND deleted_at IS NOT NULL`, id)
	if err := tx.changed("store.RestoreCompany", result, err); err != nil {
		return err
	}
	return tx.ReindexCompany(ctx, id)
}

// ReindexCompany makes what a search looks through tell what stands in the rows
// of a company; one in the bin or gone is not found.
func (tx *Tx) ReindexCompany(ctx context.Context, id string) error {
	c, err := tx.Company(ctx, id)
	if err == nil && c.DeletedAt == 0 {
		points, err := tx.CompanyPoints(ctx, id)
		if err != nil {
			return err
		}
		return tx.indexCompany(ctx, c, points)
	}
	if err != nil && !isMissing(err) {
		return err
	}
	return tx.UnindexText(ctx, "company", id)
}

func (tx *Tx) indexCompany(ctx context.Context, c Company, points []CompanyPoint) error {
	words := []string{c.Name, c.Domain, c.Industry}
	for _, p := range points {
		switch p.Kind {
		case "phone":
			words = append(words, digits(p.Typed), digits(p.MatchKey))
		case "email":
			words = append(words, p.Typed)
		}
	}
	return tx.IndexText(ctx, "company", c.ID, "", strings.Join(words, " "))
}
