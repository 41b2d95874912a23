package store

import (
	"context"
	"database/sql"
	"maps"
	"slices"
)

// InsertCards is InsertCard for many contacts that are new: what nobody can have
// yet is not asked for, and they are made findable together. The names of their
// tags are given by id.
func (tx *Tx) InsertCards(ctx context.Context, cards []Card, from []Provenance, tagNames map[string]string) error {
	for i := range cards {
		if err := tx.insertFresh(ctx, cards[i], from[i]); err != nil {
			return err
		}
	}
	return tx.indexFresh(ctx, cards, tagNames)
}

func (tx *Tx) insertFresh(ctx context.Context, c Card, from Provenance) error {
	if c.Version == 0 {
		c.Version = 1
	}
	if err := tx.insertContact(ctx, c); err != nil {
		return err
	}
	if err := tx.insertPoints(ctx, c); err != nil {
		return err
	}
	for i, job := range c.Companies {
		_, err := tx.q.ExecContext(ctx, `
			INSERT INTO contact_companies (contact_id, company_id, role, former, position, created_at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`,
			c.ID, job.CompanyID, job.Role, flag(job.Former), i, job.CreatedAt)
		if err != nil {
			return tx.fault("store.InsertCards", err)
		}
	}
	for _, tag := range c.Tags {
		if err := tx.tag(ctx, "contact", c.ID, tag); err != nil {
			return err
		}
	}
	for _, id := range slices.Sorted(maps.Keys(c.Values)) {
		v := c.Values[id]
		if err := tx.SetValue(ctx, "contact", c.ID, id, &v); err != nil {
			return err
		}
	}
	from.ContactID = c.ID
	return tx.InsertProvenance(ctx, from)
}

// indexFresh makes new contacts findable in as few statements as there can be.
func (tx *Tx) indexFresh(ctx context.Context, cards []Card, tagNames map[string]string) error {
	from, to := docRange("contact")
	last := from
	if err := tx.q.QueryRowContext(ctx, `SELECT COALESCE(MAX(id), CAST($1 AS BIGINT)) FROM search_docs WHERE id > $1 AND id < $2`, from, to).Scan(&last); err != nil {
		return tx.fault("store.InsertCards", err)
	}
	docs := make([]searchDoc, 0, len(cards))
	for i := range cards {
		c := &cards[i]
		names := make([]string, 0, len(c.Tags))
		for _, tag := range c.Tags {
			names = append(names, tagNames[tag])
		}
		d := searchDoc{id: last + int64(i) + 1, ref: c.ID, body: Fold(searchBody(*c, names))}
		_, err := tx.q.ExecContext(ctx, `INSERT INTO search_docs (id, kind, ref, contact_id, body) VALUES ($1, 'contact', $2, $2, $3)`, d.id, c.ID, d.body)
		if err != nil {
			return tx.fault("store.InsertCards", err)
		}
		docs = append(docs, d)
	}
	if tx.eng.name() == "sqlite" { // it reads the texts itself, in two statements
		for _, table := range fullTextTables {
			if _, err := tx.exec(ctx, "store.InsertCards", `INSERT INTO `+table+` (rowid, body) SELECT id, body FROM search_docs WHERE id > $1 AND id < $2 ORDER BY id`, last, to); err != nil {
				return err
			}
		}
		return nil
	}
	for _, d := range docs {
		if err := tx.eng.index(ctx, tx, d); err != nil {
			return err
		}
	}
	return nil
}

// CompaniesNamed gives the oldest company of each of some names, by the name as
// CompanyKey has it: its id and how it is written. What is in the bin does not
// count.
func (r *Reader) CompaniesNamed(ctx context.Context, keys []string) (map[string]Company, error) {
	out := map[string]Company{}
	if len(keys) == 0 {
		return out, nil
	}
	found, err := list(ctx, r, "store.CompaniesNamed", `
		SELECT id, name, name_key FROM companies WHERE name_key `+r.eng.oneOf("$1")+` AND deleted_at IS NULL ORDER BY id DESC`,
		func(rows *sql.Rows, c *Company) error { return rows.Scan(&c.ID, &c.Name, &c.NameKey) }, r.eng.list(keys))
	for _, c := range found {
		out[c.NameKey] = c
	}
	return out, err
}

// CompanyKey is what companies are matched by: the folded name.
func CompanyKey(name string) string { return companyKey(name) }
