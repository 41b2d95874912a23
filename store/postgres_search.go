package store

import (
	"context"
	"strings"
	"unicode/utf8"
)

// index adds a row of search_docs to the words that are looked up. The words
// are split here, not by the server, so that both engines split alike.
func (pgEngine) index(ctx context.Context, tx *Tx, d searchDoc) error {
	_, err := tx.exec(ctx, "store.index", `
		INSERT INTO search_words (id, words) VALUES ($1, array_to_tsvector($2))`, d.id, distinct(tokensOf(d.body)))
	return err
}

func (pgEngine) unindex(ctx context.Context, tx *Tx, old searchDoc) error {
	_, err := tx.exec(ctx, "store.unindex", `DELETE FROM search_words WHERE id = $1`, old.id)
	return err
}

// unindexAll has nothing to do: the words go with their row of search_docs.
func (pgEngine) unindexAll(context.Context, *Tx, string, ...any) error { return nil }

func (pgEngine) docID() string                 { return "id" }
func (pgEngine) wordMatch(param string) string { return "words @@ CAST(" + param + " AS tsquery)" }

// begins does not trust the order of the database's language.
func (pgEngine) begins(column, param string) string {
	return "starts_with(" + column + ", " + param + ")"
}

// wordQuery asks for rows with a word that begins with each token. Tokens are
// letters and digits; the quotes make sure that none is ever read as syntax.
func (pgEngine) wordQuery(tokens []string) string {
	return "'" + strings.Join(tokens, "':* & '") + "':*"
}

// partQuery asks for rows that hold each token of three characters or more. The
// argument is one pattern per token.
func (pgEngine) partQuery(tokens []string, of string) (query string, arg any) {
	var long []string
	for _, token := range tokens {
		if utf8.RuneCountInString(token) >= 3 {
			long = append(long, "%"+token+"%")
		}
	}
	if len(long) == 0 {
		return "", nil
	}
	return `SELECT ref FROM search_docs WHERE body LIKE ALL ($1) AND id < $2 AND kind = $3` + of + ` ORDER BY id DESC LIMIT $4`, long
}
