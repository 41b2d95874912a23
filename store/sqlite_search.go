package store

import (
	"context"
	"strconv"
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

// match asks for rows with, of each group of all, one of the words, and not so
// of each group of not. Words are letters and digits; the quotes make sure that
// none is ever read as syntax.
func (liteEngine) match(all, not [][]term) string {
	text := liteGroups(all)
	if len(not) > 0 {
		text = "(" + text + ") NOT (" + liteGroups(not) + ")"
	}
	return text
}

func liteGroups(groups [][]term) string {
	var b strings.Builder
	for i, group := range groups {
		if i > 0 {
			b.WriteString(" AND ")
		}
		b.WriteByte('(')
		for j, word := range group {
			if j > 0 {
				b.WriteString(" OR ")
			}
			b.WriteString(`"` + word.text + `"`)
			if word.begins {
				b.WriteByte('*')
			}
		}
		b.WriteByte(')')
	}
	return b.String()
}

// parts asks for documents that hold each token of three characters or more.
func (liteEngine) parts(tokens []string) (haystack, bool) {
	var long []string
	for _, token := range tokens {
		if utf8.RuneCountInString(token) >= 3 {
			long = append(long, `"`+token+`"`)
		}
	}
	return haystack{
		from:  `search_parts p JOIN search_docs d ON d.id = p.rowid`,
		where: `p.body MATCH $1 AND p.rowid > $2 AND p.rowid < $3`, newest: `p.rowid`, arg: strings.Join(long, " "),
	}, len(long) > 0
}

// wordsFrom lists words that begin with one of the beginnings, of each some
// before more of any: a step from one word to the next is a look-up.
func (liteEngine) wordsFrom(ctx context.Context, r *Reader, beginnings []string) ([]string, error) {
	return list(ctx, r, "store.wordsFrom", `
		WITH RECURSIVE v (beginning, term) AS (
			SELECT value, (SELECT term FROM search_vocab WHERE term >= value LIMIT 1) FROM json_each($1)
			UNION ALL
			SELECT beginning, (SELECT term FROM search_vocab WHERE term >= v.term || char(1) LIMIT 1) FROM v
			WHERE substr(v.term, 1, length(beginning)) = beginning
			LIMIT `+strconv.Itoa(nearSteps)+`)
		SELECT DISTINCT term FROM v WHERE substr(term, 1, length(beginning)) = beginning`, scanText, liteEngine{}.list(beginnings))
}
