package store

import (
	"context"
	"database/sql"
	"strconv"
)

var tagTables = []Table{
	{Name: "tags", Purpose: "dealing with customers", Bin: inTheBin, Retain: Rule{Keep: "a word of the business, until somebody deletes it"}, Columns: []Columns{
		{Names: "id colour version created_at deleted_at", Category: Plain},
		{Names: "name name_key", Category: Firm},
	}},
	{
		Name: "contact_tags", Purpose: "dealing with customers", Subject: "contact_id", Rows: DeleteRow,
		Retain:  Rule{Keep: "parent:contacts"},
		Columns: []Columns{{Names: "contact_id tag_id", Category: Plain}},
	},
	{Name: "company_tags", Purpose: "dealing with customers", Retain: Rule{Keep: "parent:companies"}, Columns: []Columns{{Names: "company_id tag_id", Category: Plain}}},
}

// Tag is a word that the business sorts people and companies by. Colour is
// empty, green, blue, yellow, red or violet. A deleted one waits in the bin, and
// nobody has it meanwhile.
type Tag struct {
	ID, Name, NameKey, Colour     string
	Version, CreatedAt, DeletedAt int64
}

const tagColumns = `t.id, t.name, t.name_key, t.colour, t.version, t.created_at, COALESCE(t.deleted_at, 0)`

func (t *Tag) into() []any {
	return []any{&t.ID, &t.Name, &t.NameKey, &t.Colour, &t.Version, &t.CreatedAt, &t.DeletedAt}
}

func scanTag(rows *sql.Rows, t *Tag) error { return rows.Scan(t.into()...) }

// Tags lists the tags of the business by name.
func (r *Reader) Tags(ctx context.Context) ([]Tag, error) {
	return list(ctx, r, "store.Tags", `SELECT `+tagColumns+` FROM tags t WHERE t.deleted_at IS NULL ORDER BY t.name_key, t.id`, scanTag)
}

// TagsInBin lists the deleted tags, the last one first.
func (r *Reader) TagsInBin(ctx context.Context) ([]Tag, error) {
	return list(ctx, r, "store.TagsInBin", `SELECT `+tagColumns+` FROM tags t WHERE t.deleted_at > 0 ORDER BY t.deleted_at DESC, t.id`, scanTag)
}

// Tag returns one tag, deleted or not, or ErrNotFound.
func (r *Reader) Tag(ctx context.Context, id string) (Tag, error) {
	var t Tag
	err := r.q.QueryRowContext(ctx, `SELECT `+tagColumns+` FROM tags t WHERE t.id = $1`, id).Scan(t.into()...)
	return t, r.fault("store.Tag", err)
}

// TagsOf gives the tags of each contact by name; who has none is left out.
func (r *Reader) TagsOf(ctx context.Context, contactIDs []string) (map[string][]Tag, error) {
	return r.tagsOf(ctx, "contact", contactIDs)
}

// CompanyTagsOf gives the tags of each company by name.
func (r *Reader) CompanyTagsOf(ctx context.Context, companyIDs []string) (map[string][]Tag, error) {
	return r.tagsOf(ctx, "company", companyIDs)
}

func (r *Reader) tagsOf(ctx context.Context, record string, ids []string) (map[string][]Tag, error) {
	type tagged struct {
		id string
		Tag
	}
	out := map[string][]Tag{}
	for _, some := range portions(ids) {
		marks, args := inList(some)
		rows, err := list(ctx, r, "store.TagsOf", `
			SELECT x.`+record+`_id, `+tagColumns+` FROM `+record+`_tags x JOIN tags t ON t.id = x.tag_id
			WHERE x.`+record+`_id IN (`+marks+`) AND t.deleted_at IS NULL ORDER BY t.name_key, t.id`,
			func(rows *sql.Rows, x *tagged) error { return rows.Scan(append([]any{&x.id}, x.into()...)...) }, args...)
		if err != nil {
			return nil, err
		}
		for _, x := range rows {
			out[x.id] = append(out[x.id], x.Tag)
		}
	}
	return out, nil
}

// portions cuts a list into pieces of which each fits into one statement.
func portions[T any](all []T) [][]T {
	const most = 256
	var out [][]T
	for len(all) > most {
		out = append(out, all[:most])
		all = all[most:]
	}
	if len(all) > 0 {
		out = append(out, all)
	}
	return out
}

// EnsureTag returns the id of the tag with the name of t, and makes t when there
// is none. One of that name in the bin stays there: it is another tag.
func (tx *Tx) EnsureTag(ctx context.Context, t Tag) (string, error) {
	key := Fold(t.Name)
	var id string
	err := tx.q.QueryRowContext(ctx, `SELECT id FROM tags WHERE name_key = $1 AND deleted_at IS NULL`, key).Scan(&id)
	if err == nil || !isNone(err) {
		return id, tx.fault("store.EnsureTag", err)
	}
	return t.ID, tx.InsertTag(ctx, t)
}

// InsertTag adds a tag: ErrConflict when the name is taken.
func (tx *Tx) InsertTag(ctx context.Context, t Tag) error {
	_, err := tx.exec(ctx, "store.InsertTag", `INSERT INTO tags (id, name, name_key, colour, created_at) VALUES ($1, $2, $3, $4, $5)`,
		t.ID, t.Name, Fold(t.Name), t.Colour, t.CreatedAt)
	return err
}

// UpdateTag saves name and colour of the version that the editor saw.
// ErrConflict when the name is taken or somebody else saved in between.
func (tx *Tx) UpdateTag(ctx context.Context, t Tag) error {
	result, err := tx.q.ExecContext(ctx, `
		UPDATE tags SET name = $1, name_key = $2, colour = $3, version = version + 1 WHERE id = $4 AND version = $5 AND deleted_at IS NULL`,
		t.Name, Fold(t.Name), t.Colour, t.ID, t.Version)
	return tx.changed("store.UpdateTag", result, err)
}

// BinTag puts a tag into the bin: nobody has it until it is restored.
func (tx *Tx) BinTag(ctx context.Context, id string, at int64) error {
	result, err := tx.q.ExecContext(ctx, `UPDATE tags SET deleted_at = $1, version = version + 1 WHERE id = $2 AND deleted_at IS NULL`, at, id)
	return tx.changed("store.BinTag", result, err)
}

// RestoreTag takes a tag out of the bin: ErrConflict when its name is taken by
// now, or it is not there.
func (tx *Tx) RestoreTag(ctx context.Context, id string) error {
	result, err := tx.q.ExecContext(ctx, `UPDATE tags SET deleted_at = NULL, version = version + 1 WHERE id = $1 AND deleted_at > 0`, id)
	return tx.changed("store.RestoreTag", result, err)
}

// SetTags makes the tags of a contact just these.
func (tx *Tx) SetTags(ctx context.Context, contactID string, tagIDs []string) error {
	return tx.setTags(ctx, "contact", contactID, tagIDs)
}

// SetCompanyTags makes the tags of a company just these.
func (tx *Tx) SetCompanyTags(ctx context.Context, companyID string, tagIDs []string) error {
	return tx.setTags(ctx, "company", companyID, tagIDs)
}

// setTags leaves the row of a deleted tag where it is: it comes back with it.
func (tx *Tx) setTags(ctx context.Context, record, id string, tagIDs []string) error {
	old, err := tx.tagsOf(ctx, record, []string{id})
	if err != nil {
		return err
	}
	want := map[string]bool{}
	for _, tag := range tagIDs {
		want[tag] = true
	}
	for _, t := range old[id] {
		if !want[t.ID] {
			if err := tx.untag(ctx, record, id, t.ID); err != nil {
				return err
			}
		}
	}
	for _, tag := range tagIDs {
		if err := tx.tag(ctx, record, id, tag); err != nil {
			return err
		}
	}
	return nil
}

// AddTag puts a tag on a contact; one that is there already is no error.
func (tx *Tx) AddTag(ctx context.Context, contactID, tagID string) error {
	return tx.tag(ctx, "contact", contactID, tagID)
}

// RemoveTag takes a tag off a contact; one that is not there is no error.
func (tx *Tx) RemoveTag(ctx context.Context, contactID, tagID string) error {
	return tx.untag(ctx, "contact", contactID, tagID)
}

func (tx *Tx) tag(ctx context.Context, record, id, tagID string) error {
	_, err := tx.exec(ctx, "store.AddTag", `
		INSERT INTO `+record+`_tags (`+record+`_id, tag_id) VALUES ($1, $2) ON CONFLICT DO NOTHING`, id, tagID)
	return err
}

func (tx *Tx) untag(ctx context.Context, record, id, tagID string) error {
	_, err := tx.exec(ctx, "store.RemoveTag", `DELETE FROM `+record+`_tags WHERE `+record+`_id = $1 AND tag_id = $2`, id, tagID)
	return err
}

// TagCount is a tag and how many have it.
type TagCount struct {
	Tag
	People, Companies, Deals int
}

// TagCounts counts who has each tag, up to most of each; those in the bin do
// not count.
func (r *Reader) TagCounts(ctx context.Context, most int) ([]TagCount, error) {
	tags, err := r.Tags(ctx)
	if err != nil {
		return nil, err
	}
	binned := map[string]int{}
	rows, err := list(ctx, r, "store.TagCounts", `
		SELECT x.tag_id, COUNT(*) FROM contacts c JOIN contact_tags x ON x.contact_id = c.id WHERE c.deleted_at IS NOT NULL GROUP BY x.tag_id`,
		func(rows *sql.Rows, x *TagCount) error { return rows.Scan(&x.ID, &x.People) })
	if err != nil {
		return nil, err
	}
	for _, x := range rows {
		binned[x.ID] = x.People
	}
	out := make([]TagCount, len(tags))
	for i, t := range tags {
		out[i].Tag = t
		err := r.q.QueryRowContext(ctx, `
			SELECT (SELECT COUNT(*) FROM (SELECT 1 FROM contact_tags WHERE tag_id = $1 LIMIT `+strconv.Itoa(most+binned[t.ID])+`) a),
				(SELECT COUNT(*) FROM (SELECT 1 FROM company_tags x JOIN companies c ON c.id = x.company_id WHERE x.tag_id = $1 AND c.deleted_at IS NULL`+limitTo(most)+`) b),
				(SELECT COUNT(*) FROM (SELECT 1 FROM deal_tags x JOIN deals d ON d.id = x.deal_id WHERE x.tag_id = $1 AND d.deleted_at IS NULL`+limitTo(most)+`) c)`,
			t.ID).Scan(&out[i].People, &out[i].Companies, &out[i].Deals)
		if err != nil {
			return nil, r.fault("store.TagCounts", err)
		}
		out[i].People = max(out[i].People-binned[t.ID], 0)
	}
	return out, nil
}

// TaggedIDs lists the contacts, the companies or the deals that have a tag, in the order
// of their ids: limit of them behind after.
func (r *Reader) TaggedIDs(ctx context.Context, record, tagID, after string, limit int) ([]string, error) {
	record = recordOf(record)
	return list(ctx, r, "store.TaggedIDs", `
		SELECT `+record+`_id FROM `+record+`_tags WHERE tag_id = $1 AND `+record+`_id > $2 ORDER BY `+record+`_id LIMIT $3`,
		scanText, tagID, after, limit)
}

// Retag gives records that have one tag the other one instead.
func (tx *Tx) Retag(ctx context.Context, record string, ids []string, from, into string) error {
	record = recordOf(record)
	for _, some := range portions(ids) {
		marks, args := inList(some, into, from)
		_, err := tx.exec(ctx, "store.Retag", `
			INSERT INTO `+record+`_tags (`+record+`_id, tag_id) SELECT `+record+`_id, $1 FROM `+record+`_tags
			WHERE tag_id = $2 AND `+record+`_id IN (`+marks+`) ON CONFLICT DO NOTHING`, args...)
		if err != nil {
			return err
		}
		marks, args = inList(some, from)
		_, err = tx.exec(ctx, "store.Retag", `DELETE FROM `+record+`_tags WHERE tag_id = $1 AND `+record+`_id IN (`+marks+`)`, args...)
		if err != nil {
			return err
		}
		if record == "contact" {
			if err := tx.IndexContacts(ctx, some...); err != nil {
				return err
			}
		}
	}
	return nil
}
