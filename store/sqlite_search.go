package store

import (
	"context"
	"strings"
	"unicode/utf8"
)

// index adds a row of search_docs to both full-text tables.
func (liteEngine) index(ctx context.Context, tx *Tx, d searchDoc) error {
	if _, err := tx.exec(ctx, "store.index", `INSERT INTO search_words (rowid, body) VALUES ($1, $2)`, d.id, d.body); err != nil {
		return err
	}
	_, err := tx.exec(ctx, "store.index", `INSERT INTO search_parts (rowid, body) VALUES ($1, $2)`, d.id, d.body)
	return err
}

// unindex takes a row out of both. It must be given the text that was indexed:
// with any other, the old terms would stay for ever and nothing would tell.
func (liteEngine) unindex(ctx context.Context, tx *Tx, old searchDoc) error {
	if _, err := tx.exec(ctx, "store.unindex", `INSERT INTO search_words (search_words, rowid, body) VALUES ('delete', $1, $2)`, old.id, old.body); err != nil {
		return err
	}
	_, err := tx.exec(ctx, "store.unindex", `INSERT INTO search_parts (search_parts, rowid, body) VALUES ('delete', $1, $2)`, old.id, old.body)
	return err
}

// unindexAll takes the rows of search_docs that where selects out of both.
func (liteEngine) unindexAll(ctx context.Context, tx *Tx, where string, args ...any) error {
	for _, table := range fullTextTables {
		_, err := tx.exec(ctx, "store.unindexAll", `INSERT INTO `+table+` (`+table+`, rowid, body)
			SELECT 'delete', id, body FROM search_docs WHERE `+where, args...)
		if err != nil {
			return err
		}
	}
	return nil
}

func (liteEngine) docID() string                 { return "rowid" }
func (liteEngine) wordMatch(param string) string { return "body MATCH " + param }

// begins is a range, so that the index is used; ':' follows '9'.
func (liteEngine) begins(column, param string) string {
	return "(" + column + " >= " + param + " AND " + column + " < " + param + " || ':')"
}

// wordQuery asks for rows with a word that begins with each token. Tokens are
// letters and digits; the quotes make sure that none is ever read as syntax.
func (liteEngine) wordQuery(tokens []string) string {
	return `"` + strings.Join(tokens, `"* "`) + `"*`
}

// partQuery asks for rows that hold each token of three characters or more.
func (liteEngine) partQuery(tokens []string, of string) (query string, arg any) {
	var long []string
	for _, token := range tokens {
		if utf8.RuneCountInString(token) >= 3 {
			long = append(long, `"`+token+`"`)
		}
	}
	if len(long) == 0 {
		return "", nil
	}
	return `
		SELECT d.ref FROM search_parts p JOIN search_docs d ON d.id = p.rowid
		WHERE p.body MATCH $1 AND p.rowid < $2 AND d.kind = $3` + of + `
		ORDER BY p.rowid DESC LIMIT $4`, strings.Join(long, " ")
}
