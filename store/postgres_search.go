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

// match asks for rows with, of each group of all, one of the words, and not so
// of each group of not. Words are letters and digits; the quotes make sure that
// none is ever read as syntax.
func (pgEngine) match(all, not [][]term) string {
	text := pgGroups(all)
	if len(not) > 0 {
		text += " & !(" + pgGroups(not) + ")"
	}
	return text
}

func pgGroups(groups [][]term) string {
	parts := make([]string, len(groups))
	for i, group := range groups {
		words := make([]string, len(group))
		for j, word := range group {
			if words[j] = "'" + word.text + "'"; word.begins {
				words[j] += ":*"
			}
		}
		parts[i] = "(" + strings.Join(words, " | ") + ")"
	}
	return strings.Join(parts, " & ")
}

// parts asks for documents that hold each token of three characters or more.
func (pgEngine) parts(tokens []string) (haystack, bool) {
	var long []string
	for _, token := range tokens {
		if utf8.RuneCountInString(token) >= 3 {
			long = append(long, "%"+token+"%")
		}
	}
	return haystack{from: `search_docs d`, where: `d.body LIKE ALL ($1) AND d.id > $2 AND d.id < $3`, newest: `d.id`, arg: long}, len(long) > 0
}

// wordsFrom lists words that begin with one of the beginnings, of the newest
// documents that have one: there is no list of all words to look in.
func (e pgEngine) wordsFrom(ctx context.Context, r *Reader, beginnings []string) ([]string, error) {
	group := make([]term, len(beginnings))
	for i, beginning := range beginnings {
		group[i] = term{beginning, true}
	}
	bodies, err := list(ctx, r, "store.wordsFrom", `
		SELECT d.body FROM search_words w JOIN search_docs d ON d.id = w.id
		WHERE w.`+e.wordMatch("$1")+` ORDER BY w.id DESC`+limitTo(nearDocs), scanText, e.match([][]term{group}, nil))
	var words []string
	for _, body := range bodies {
		words = append(words, tokensOf(body)...)
	}
	return distinct(words), err
}
