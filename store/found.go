package store

import (
	"context"
	"database/sql"
	"slices"
	"strings"
)

// ownNeedles are what is a person's own and nobody else's: names of two words or
// more, numbers, addresses of mail. A first name alone stands in too much that
// is about others.
func (r *Reader) ownNeedles(ctx context.Context, ids []string) ([]Needle, error) {
	all := r.eng.list(ids)
	var out []Needle
	for _, q := range []struct {
		kind  Category
		query string
	}{
		{PersonName, `SELECT name FROM contacts WHERE id `},
		{PhoneNumber, `SELECT typed FROM contact_phones WHERE contact_id `},
		{PhoneNumber, `SELECT e164 FROM contact_phones WHERE e164 IS NOT NULL AND contact_id `},
		{EmailAddress, `SELECT match_key FROM contact_emails WHERE contact_id `},
	} {
		texts, err := list(ctx, r, "store.ownNeedles", q.query+r.eng.oneOf("$1"), scanText, all)
		if err != nil {
			return nil, err
		}
		for _, text := range texts {
			if q.kind != PersonName || len(words(text)) > 1 {
				out = append(out, Needle{Text: text, Kind: q.kind, Erased: true})
			}
		}
	}
	return out, nil
}

// finder tells which texts hold one of some needles as a whole, however it is
// spelt.
func finder(needles []Needle) func(text string) bool {
	all, _ := patternsOf(needles)
	whole := slices.DeleteFunc(all, func(p pattern) bool { return !p.whole })
	if len(whole) == 0 {
		return func(string) bool { return false }
	}
	scan := newScanner(whole)
	return func(text string) bool {
		counts := make([]int64, len(whole))
		scan.bytes([]byte(text), counts)
		scan.bytes([]byte(runTogether(text)), counts)
		return slices.ContainsFunc(counts, func(n int64) bool { return n > 0 })
	}
}

// runTogether writes numbers without what people put between their digits.
func runTogether(text string) string {
	digit := func(i int) bool { return i >= 0 && i < len(text) && text[i] >= '0' && text[i] <= '9' }
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		end := i
		for end < len(text) && strings.IndexByte(" -()./", text[end]) >= 0 {
			end++
		}
		if end > i && digit(i-1) && digit(end) {
			i = end - 1
			continue
		}
		b.WriteByte(text[i])
	}
	return b.String()
}

// eraseFound deletes rows that are nobody's in particular and hold something of
// the persons': what was typed into a filter, what long work was asked to do, how
// an import was named, what a change without a person was before.
func (tx *Tx) eraseFound(ctx context.Context, ids []string) (map[string]int64, error) {
	needles, err := tx.ownNeedles(ctx, ids)
	touched := map[string]int64{}
	if err != nil || len(needles) == 0 {
		return touched, err
	}
	holds := finder(needles)
	for _, table := range DataMap() {
		where := "1 = 1"
		switch {
		case table.Engine != "" && table.Engine != tx.eng.name():
			continue
		case table.Name == "undo_rows":
			where = "contact_id IS NULL AND before_row IS NOT NULL"
		case table.Name == "leads": // of whom nobody made a contact yet
			where = "contact_id IS NULL"
		case table.Rows != FindRow:
			continue
		}
		n, err := tx.eraseHolding(ctx, table, where, holds)
		if err != nil {
			return nil, err
		}
		touched[table.Name] += n
	}
	return touched, nil
}

// eraseHolding deletes the rows of a table that hold what is looked for.
func (tx *Tx) eraseHolding(ctx context.Context, table Table, where string, holds func(string) bool) (int64, error) {
	c, err := tx.catalog(ctx)
	if err != nil {
		return 0, err
	}
	var texts []string
	for _, group := range table.Columns {
		if group.Category == Content {
			for column := range strings.FieldsSeq(group.Names) {
				texts = append(texts, "COALESCE("+column+", '')")
			}
		}
	}
	keys := c.keys[table.Name]
	found, err := list(ctx, &tx.Reader, "store.eraseFound", `
		SELECT `+strings.Join(texts, " || '  ' || ")+`, `+strings.Join(keys, ", ")+` FROM `+table.Name+` WHERE `+where,
		func(rows *sql.Rows, key *[]any) error {
			var text string
			values := make([]any, len(keys))
			into := []any{&text}
			for i := range values {
				into = append(into, &values[i])
			}
			if err := rows.Scan(into...); err != nil || !holds(text) {
				return err
			}
			*key = values
			return nil
		})
	if err != nil {
		return 0, err
	}
	var n int64
	for _, key := range found {
		if key == nil {
			continue
		}
		done, err := tx.exec(ctx, "store.eraseFound", `DELETE FROM `+table.Name+` WHERE `+keyIs(keys), key...)
		if err != nil {
			return n, err
		}
		n += done
	}
	return n, nil
}

// keyIs is the condition that a row has a key, whose parts are $1 and so on.
func keyIs(columns []string) string {
	parts := make([]string, len(columns))
	for i, column := range columns {
		parts[i] = column + " = $" + string(rune('1'+i))
	}
	return strings.Join(parts, " AND ")
}
