package store

import (
	"context"
	"errors"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

var searchTables = []Table{
	{Name: "search_docs", Purpose: "search", Subject: "contact_id", Rows: DeleteRow, Retain: Rule{Keep: "parent:contacts"}, Columns: []Columns{
		{Names: "id kind ref contact_id", Category: Plain},
		{Names: "body", Category: Content, Access: Withhold("a copy of names, numbers and addresses that are in the package"), Indexed: []string{"search_words", "search_parts"}},
	}},
	{Name: "fts_dirty", Purpose: "running", Retain: Rule{Keep: "head row"}, Columns: []Columns{{Names: "id at", Category: Plain}}},
	{Name: "search_words", Purpose: "search", Retain: Rule{Keep: "parent:search_docs"}, Engine: "sqlite", Columns: []Columns{
		{Names: "body search_words rank", Category: Content},
	}},
	{Name: "search_parts", Purpose: "search", Retain: Rule{Keep: "parent:search_docs"}, Engine: "sqlite", Columns: []Columns{
		{Names: "body search_parts rank", Category: Content},
	}},
	{Name: "search_words_data", Purpose: "search", Retain: Rule{Keep: "parent:search_docs"}, Engine: "sqlite", Columns: []Columns{{Names: "id block", Category: Content}}},
	{Name: "search_words_idx", Purpose: "search", Retain: Rule{Keep: "parent:search_docs"}, Engine: "sqlite", Columns: []Columns{{Names: "segid term pgno", Category: Content}}},
	{Name: "search_words_docsize", Purpose: "search", Retain: Rule{Keep: "parent:search_docs"}, Engine: "sqlite", Columns: []Columns{{Names: "id sz", Category: Plain}}},
	{Name: "search_words_config", Purpose: "search", Retain: Rule{Keep: "head row"}, Engine: "sqlite", Columns: []Columns{{Names: "k v", Category: Plain}}},
	{Name: "search_parts_data", Purpose: "search", Retain: Rule{Keep: "parent:search_docs"}, Engine: "sqlite", Columns: []Columns{{Names: "id block", Category: Content}}},
	{Name: "search_parts_idx", Purpose: "search", Retain: Rule{Keep: "parent:search_docs"}, Engine: "sqlite", Columns: []Columns{{Names: "segid term pgno", Category: Content}}},
	{Name: "search_parts_docsize", Purpose: "search", Retain: Rule{Keep: "parent:search_docs"}, Engine: "sqlite", Columns: []Columns{{Names: "id sz", Category: Plain}}},
	{Name: "search_parts_config", Purpose: "search", Retain: Rule{Keep: "head row"}, Engine: "sqlite", Columns: []Columns{{Names: "k v", Category: Plain}}},
	{Name: "search_vocab", Purpose: "search", Retain: Rule{Keep: "parent:search_docs"}, Engine: "sqlite", Columns: []Columns{{Names: "term doc col offset", Category: Content}}},
	{Name: "search_words", Purpose: "search", Retain: Rule{Keep: "parent:search_docs"}, Engine: "postgres", Columns: []Columns{{Names: "id words", Category: Content}}},
}

// maxQuery and maxTokens bound what is looked at of a query, so that no text
// that somebody sends costs much.
const (
	maxQuery  = 200 // characters
	maxTokens = 16
)

// searchDoc is one row of search_docs.
type searchDoc struct {
	id        int64
	ref, body string
}

// IndexText makes body what a search for (kind, ref) looks through; it takes
// the place of what stood there. Case and accents do not count. contactID is the
// contact that it is about, and with whom it goes; empty: nobody.
func (tx *Tx) IndexText(ctx context.Context, kind, ref, contactID, body string) error {
	body = Fold(body)
	old, err := tx.searchDoc(ctx, kind, ref)
	switch {
	case errors.Is(err, ErrNotFound):
		return tx.insertDoc(ctx, kind, ref, contactID, body)
	case err != nil:
		return err
	case old.body == body:
		_, err := tx.exec(ctx, "store.IndexText", `UPDATE search_docs SET contact_id = $1 WHERE id = $2 AND COALESCE(contact_id, '') <> $3`, nullText(contactID), old.id, contactID)
		return err
	}
	if err := tx.eng.unindex(ctx, tx, old); err != nil {
		return err
	}
	if _, err := tx.exec(ctx, "store.IndexText", `UPDATE search_docs SET body = $1, contact_id = $2 WHERE id = $3`, body, nullText(contactID), old.id); err != nil {
		return err
	}
	return tx.eng.index(ctx, tx, searchDoc{id: old.id, body: body})
}

// UnindexText takes (kind, ref) out of the search. What is not there is no error.
func (tx *Tx) UnindexText(ctx context.Context, kind, ref string) error {
	old, err := tx.searchDoc(ctx, kind, ref)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := tx.eng.unindex(ctx, tx, old); err != nil {
		return err
	}
	_, err = tx.exec(ctx, "store.UnindexText", `DELETE FROM search_docs WHERE id = $1`, old.id)
	return err
}

// searchDoc is what is searched of a record, be it in the bin or not.
func (r *Reader) searchDoc(ctx context.Context, kind, ref string) (searchDoc, error) {
	var d searchDoc
	err := r.q.QueryRowContext(ctx, `SELECT id, ref, body FROM search_docs WHERE kind IN ($1, $2) AND ref = $3`, kind, inBin+kind, ref).Scan(&d.id, &d.ref, &d.body)
	return d, r.fault("store.searchDoc", err)
}

// searched are the kinds of what can be searched. The documents of each have
// ids of their own, one after another, so that a search for one kind never walks
// through the words of the others, and the newest are found first.
var searched = []string{"contact", "company", "note", "task", "message", "deal"}

// docRange is what the ids of a kind's documents lie between.
func docRange(kind string) (from, to int64) {
	const room = int64(1) << 48
	from = room * int64(slices.Index(searched, kind))
	return from, from + room
}

func (tx *Tx) insertDoc(ctx context.Context, kind, ref, contactID, body string) error {
	d := searchDoc{body: body}
	from, to := docRange(kind)
	err := tx.q.QueryRowContext(ctx, `
		INSERT INTO search_docs (id, kind, ref, contact_id, body)
		SELECT COALESCE(MAX(id), CAST($5 AS BIGINT)) + 1, $1, $2, $3, $4 FROM search_docs WHERE id > $5 AND id < $6
		RETURNING id`, kind, ref, nullText(contactID), body, from, to).Scan(&d.id)
	if err != nil {
		return tx.fault("store.IndexText", err)
	}
	return tx.eng.index(ctx, tx, d)
}

// searchTokens splits a query into folded runs of letters and digits.
func searchTokens(query string) []string {
	if utf8.RuneCountInString(query) > maxQuery {
		query = string([]rune(query)[:maxQuery])
	}
	tokens := tokensOf(Fold(query))
	return tokens[:min(len(tokens), maxTokens)]
}

// tokensOf splits a folded text into its runs of letters and digits.
func tokensOf(folded string) []string {
	return strings.FieldsFunc(folded, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) })
}

// distinct leaves each token once.
func distinct(tokens []string) []string {
	slices.Sort(tokens)
	return slices.Compact(tokens)
}
