package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
)

var fieldTables = []Table{
	{Name: "fields", Purpose: "dealing with customers", Bin: inTheBin, Retain: Rule{Keep: "a field of the business, until somebody deletes it"}, Columns: []Columns{
		{Names: "id record kind currency personal position version created_at updated_at deleted_at", Category: Plain},
		{Names: "name name_key choices", Category: Firm},
	}},
	{
		Name: "contact_fields", Purpose: "dealing with customers", Subject: "contact_id", Rows: DeleteRow,
		Retain: Rule{Keep: "parent:contacts"},
		Columns: []Columns{
			{Names: "contact_id field_id", Category: Plain},
			{Names: "words", Category: Content, Erase: Redact},
			{Names: "words_key", Category: Content, Erase: Redact, Access: Withhold("a copy of a value that is in the package")},
			{Names: "num", Category: Plain},
		},
	},
	{Name: "company_fields", Purpose: "dealing with customers", Retain: Rule{Keep: "parent:companies"}, Columns: []Columns{
		{Names: "company_id field_id num", Category: Plain},
		{Names: "words words_key", Category: Firm},
	}},
}

// Field is a field of the business's own on a contact, a company or a deal (Record).
// Kind is text, number, money, date, choice, yesno or link. One that is not
// Personal tells nothing about the person.
type Field struct {
	ID, Record, Name, NameKey, Kind                    string
	Choices                                            []Choice
	Currency                                           string // of money
	Personal                                           bool
	Position, Version, CreatedAt, UpdatedAt, DeletedAt int64
}

// Choice is one of the answers of a choice. One that is Gone is no longer
// offered; who has it keeps it.
type Choice struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Gone bool   `json:"gone,omitempty"`
}

// Value is what a record has in a field: words for text, link and choice (the
// id of the choice), Num for number (millionths), money (minor units), date (UTC
// midnight in milliseconds) and yesno (0 or 1).
type Value struct {
	Words, WordsKey string
	Num             int64
	IsNum           bool
}

const fieldColumns = `id, record, name, name_key, kind, choices, currency, personal, position, version, created_at, updated_at, COALESCE(deleted_at, 0)`

func scanField(row interface{ Scan(...any) error }, f *Field) error {
	var choices string
	var personal int64
	err := row.Scan(&f.ID, &f.Record, &f.Name, &f.NameKey, &f.Kind, &choices, &f.Currency, &personal, &f.Position, &f.Version, &f.CreatedAt, &f.UpdatedAt, &f.DeletedAt)
	if err != nil {
		return err
	}
	f.Personal = personal != 0
	if choices == "" {
		return nil
	}
	return json.Unmarshal([]byte(choices), &f.Choices)
}

// Fields lists the fields of a record, contact, company or deal, in their order.
func (r *Reader) Fields(ctx context.Context, record string) ([]Field, error) {
	return list(ctx, r, "store.Fields", `SELECT `+fieldColumns+` FROM fields WHERE record = $1 AND deleted_at IS NULL ORDER BY position, id`,
		func(rows *sql.Rows, f *Field) error { return scanField(rows, f) }, record)
}

// FieldsInBin lists the deleted fields, the last one first.
func (r *Reader) FieldsInBin(ctx context.Context) ([]Field, error) {
	return list(ctx, r, "store.FieldsInBin", `SELECT `+fieldColumns+` FROM fields WHERE deleted_at > 0 ORDER BY deleted_at DESC, id`,
		func(rows *sql.Rows, f *Field) error { return scanField(rows, f) })
}

// Field returns one field, deleted or not, or ErrNotFound.
func (r *Reader) Field(ctx context.Context, id string) (Field, error) {
	var f Field
	err := scanField(r.q.QueryRowContext(ctx, `SELECT `+fieldColumns+` FROM fields WHERE id = $1`, id), &f)
	return f, r.fault("store.Field", err)
}

// FieldValues gives what each of the records has in its live fields, by id and
// field; who has nothing is left out.
func (r *Reader) FieldValues(ctx context.Context, record string, ids []string) (map[string]map[string]Value, error) {
	type held struct {
		id, field string
		Value
	}
	record = recordOf(record)
	out := map[string]map[string]Value{}
	for _, some := range portions(ids) {
		marks, args := inList(some)
		rows, err := list(ctx, r, "store.FieldValues", `
			SELECT v.`+record+`_id, v.field_id, v.words, v.words_key, v.num FROM `+record+`_fields v JOIN fields f ON f.id = v.field_id
			WHERE v.`+record+`_id IN (`+marks+`) AND f.deleted_at IS NULL`,
			func(rows *sql.Rows, x *held) error { return scanValue(rows, &x.Value, &x.id, &x.field) }, args...)
		if err != nil {
			return nil, err
		}
		for _, x := range rows {
			if out[x.id] == nil {
				out[x.id] = map[string]Value{}
			}
			out[x.id][x.field] = x.Value
		}
	}
	return out, nil
}

func scanValue(rows *sql.Rows, v *Value, before ...any) error {
	var words, key sql.NullString
	var num sql.NullInt64
	err := rows.Scan(append(before, &words, &key, &num)...)
	*v = Value{Words: words.String, WordsKey: key.String, Num: num.Int64, IsNum: num.Valid}
	return err
}

// recordOf keeps everything but the three words out of the name of a table.
func recordOf(record string) string {
	if record == "company" || record == "deal" {
		return record
	}
	return "contact"
}

// WordsKey is what words are filtered and sorted by: folded, and short enough
// for an index.
func WordsKey(words string) string {
	const most = 120
	key := []rune(Fold(words))
	return string(key[:min(len(key), most)])
}

// SetValue makes v what a record has in a field; nil: nothing.
func (tx *Tx) SetValue(ctx context.Context, record, id, fieldID string, v *Value) error {
	record = recordOf(record)
	if v == nil {
		_, err := tx.exec(ctx, "store.SetValue", `DELETE FROM `+record+`_fields WHERE `+record+`_id = $1 AND field_id = $2`, id, fieldID)
		return err
	}
	var words, key, num any = v.Words, WordsKey(v.Words), nil
	if v.IsNum {
		words, key, num = nil, nil, v.Num
	}
	_, err := tx.exec(ctx, "store.SetValue", `
		INSERT INTO `+record+`_fields (`+record+`_id, field_id, words, words_key, num) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (`+record+`_id, field_id) DO UPDATE SET words = excluded.words, words_key = excluded.words_key, num = excluded.num`,
		id, fieldID, words, key, num)
	return err
}

// FieldInUse tells whether any record, also one in the bin, has a value in a field.
func (r *Reader) FieldInUse(ctx context.Context, f Field) (bool, error) {
	var one int64
	err := r.q.QueryRowContext(ctx, `SELECT 1 FROM `+recordOf(f.Record)+`_fields WHERE field_id = $1 LIMIT 1`, f.ID).Scan(&one)
	if isNone(err) {
		return false, nil
	}
	return err == nil, r.fault("store.FieldInUse", err)
}

func isNone(err error) bool { return errors.Is(err, sql.ErrNoRows) }

// InsertField adds a field behind the others of its record.
func (tx *Tx) InsertField(ctx context.Context, f Field) error {
	choices, err := choicesText(f.Choices)
	if err != nil {
		return err
	}
	_, err = tx.exec(ctx, "store.InsertField", `
		INSERT INTO fields (id, record, name, name_key, kind, choices, currency, personal, position, created_at, updated_at)
		SELECT $1, $2, $3, $4, $5, $6, $7, $8, COALESCE(MAX(position), 0) + 1, $9, $9 FROM fields WHERE record = $2`,
		f.ID, f.Record, f.Name, Fold(f.Name), f.Kind, choices, f.Currency, flag(f.Personal), f.CreatedAt)
	return err
}

func choicesText(choices []Choice) (string, error) {
	if len(choices) == 0 {
		return "", nil
	}
	text, err := json.Marshal(choices)
	return string(text), err
}

// UpdateField saves a field of the version that the editor saw. ErrConflict
// when somebody else saved in between, or is emptying it out of the bin.
func (tx *Tx) UpdateField(ctx context.Context, f Field) error {
	choices, err := choicesText(f.Choices)
	if err != nil {
		return err
	}
	result, err := tx.q.ExecContext(ctx, `
		UPDATE fields SET name = $1, name_key = $2, kind = $3, choices = $4, currency = $5, personal = $6, position = $7, updated_at = $8,
			deleted_at = $9, version = version + 1
		WHERE id = $10 AND version = $11 AND COALESCE(deleted_at, 0) >= 0`,
		f.Name, Fold(f.Name), f.Kind, choices, f.Currency, flag(f.Personal), f.Position, f.UpdatedAt, nullTime(f.DeletedAt), f.ID, f.Version)
	if err := tx.changed("store.UpdateField", result, err); err != nil {
		return fmt.Errorf("field: %w", err)
	}
	return nil
}
