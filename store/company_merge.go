package store

import "context"

// MoveCompanyParts hands everything of one company but its people to another:
// numbers and places that the other does not have, tags, values of fields that
// it has none of, notes, tasks, files and deals. The first company is left bare.
func (tx *Tx) MoveCompanyParts(ctx context.Context, from, into string) error {
	for _, statement := range []string{
		`INSERT INTO company_tags (company_id, tag_id) SELECT $2, tag_id FROM company_tags WHERE company_id = $1 ON CONFLICT DO NOTHING`,
		`INSERT INTO company_fields (company_id, field_id, words, words_key, num)
			SELECT $2, field_id, words, words_key, num FROM company_fields WHERE company_id = $1 ON CONFLICT DO NOTHING`,
		`DELETE FROM company_points WHERE company_id = $1 AND EXISTS (
			SELECT 1 FROM company_points o WHERE o.company_id = $2 AND o.kind = company_points.kind AND o.match_key = company_points.match_key
			AND (o.match_key <> '' OR o.typed = company_points.typed))`,
		`UPDATE company_points SET company_id = $2, position = position + 100 WHERE company_id = $1`,
		`UPDATE notes SET company_id = $2 WHERE company_id = $1`,
		`UPDATE tasks SET company_id = $2 WHERE company_id = $1`,
		`UPDATE files SET company_id = $2 WHERE company_id = $1`,
		`UPDATE deals SET company_id = $2 WHERE company_id = $1`,
	} {
		if _, err := tx.exec(ctx, "store.MoveCompanyParts", statement, from, into); err != nil {
			return err
		}
	}
	for _, table := range []string{"company_tags", "company_fields"} {
		if _, err := tx.exec(ctx, "store.MoveCompanyParts", `DELETE FROM `+table+` WHERE company_id = $1`, from); err != nil {
			return err
		}
	}
	return nil
}
