package store

import (
	"context"
	"errors"
	"math"
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
	{Name: "search_words", Purpose: "search", Retain: Rule{Keep: "parent:search_docs"}, Engine: "postgres", Columns: []Columns{{Names: "id words", Category: Content}}},
}

// What a search looks at, so that no text that somebody sends costs much.
const (
	maxQuery   = 200 // characters
	maxTokens  = 16
	minDigits  = 3    // that are looked for in numbers
	wideNumber = 2000 // numbers with one beginning: too many to sort
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
		return nil
	}
	if err := tx.eng.unindex(ctx, tx, old); err != nil {
		return err
	}
	if _, err := tx.exec(ctx, "store.IndexText", `UPDATE search_docs SET body = $1 WHERE id = $2`, body, old.id); err != nil {
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

func (r *Reader) searchDoc(ctx context.Context, kind, ref string) (searchDoc, error) {
	var d searchDoc
	err := r.q.QueryRowContext(ctx, `SELECT id, ref, body FROM search_docs WHERE kind = $1 AND ref = $2`, kind, ref).Scan(&d.id, &d.ref, &d.body)
	return d, r.fault("store.searchDoc", err)
}

func (tx *Tx) insertDoc(ctx context.Context, kind, ref, contactID, body string) error {
	d := searchDoc{body: body}
	err := tx.q.QueryRowContext(ctx, `
		INSERT INTO search_docs (id, kind, ref, contact_id, body)
		SELECT COALESCE(MAX(id), 0) + 1, $1, $2, $3, $4 FROM search_docs
		RETURNING id`, kind, ref, nullText(contactID), body).Scan(&d.id)
	if err != nil {
		return tx.fault("store.IndexText", err)
	}
	return tx.eng.index(ctx, tx, d)
}

// Search returns refs of one kind, newest first: those in which each word of
// the query begins a word; digits also find the end of a phone number; where
// that gives nothing, parts of words count. The After of the next page is the
// last ref of this one. A query without a letter or digit finds nothing. A scope
// of less than everything is one of contacts, and what is not in it counts for
// nothing: neither as a hit nor as a reason not to look for parts.
func (r *Reader) Search(ctx context.Context, scope Scope, kind, query string, page Page) ([]string, error) {
	tokens := searchTokens(query)
	if len(tokens) == 0 {
		return nil, nil
	}
	below := int64(math.MaxInt64)
	if page.After != "" {
		last, err := r.searchDoc(ctx, kind, page.After)
		switch {
		case err == nil:
			below = last.id
		case !errors.Is(err, ErrNotFound): // it went meanwhile: begin anew
			return nil, err
		}
	}
	look := func(after string, below int64, limit int) ([]string, error) {
		if n, ok := typedNumber(kind, query); ok {
			return r.searchNumber(ctx, scope, n, tokens, after, limit)
		}
		return r.searchWords(ctx, scope, kind, tokens, below, limit)
	}
	found, err := look(page.After, below, page.limit())
	if err != nil || len(found) > 0 {
		return found, err
	}
	if page.After != "" {
		if first, err := look("", math.MaxInt64, 1); err != nil || len(first) > 0 {
			return nil, err // there is no further page
		}
	}
	if n, ok := typedNumber(kind, query); ok {
		tokens = []string{n.inside}
	}
	return r.searchParts(ctx, scope, kind, tokens, below, page.limit())
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

// number is a query of digits alone, as the three ways in which a phone number
// may hold it: at its beginning, at its end (last digit first), somewhere.
type number struct{ begins, ends, inside string }

// typedNumber reads a query that is a phone number or a part of one. A long one
// loses the nought that stands for the country.
func typedNumber(kind, query string) (number, bool) {
	var digits []byte
	for _, r := range query {
		switch {
		case r >= '0' && r <= '9':
			digits = append(digits, byte(r))
		case !strings.ContainsRune(" +-()./", r):
			return number{}, false
		}
	}
	if kind != "contact" || len(digits) < minDigits || len(digits) > 20 {
		return number{}, false
	}
	begins := "+" + string(digits)
	if len(digits) > 4 {
		begins = "+" + strings.TrimLeft(string(digits), "0")
		noughts := len(digits) + 1 - len(begins)
		digits = digits[min(noughts, len(digits)-minDigits):]
	}
	n := number{begins: begins, inside: string(digits)}
	slices.Reverse(digits)
	n.ends = string(digits)
	return n, true
}

// contactsIn is the condition that a column holds the id of a contact in a scope.
func contactsIn(scope Scope, column string, args []any) (string, []any) {
	if scope.All() {
		return "", args
	}
	text, args := scope.where("c.owner_id", args)
	return ` AND EXISTS (SELECT 1 FROM contacts c WHERE c.id = ` + column + ` AND ` + text + `)`, args
}

// searchNumber finds contacts by the beginning or the end of a number, or by a
// word of digits; newest first.
func (r *Reader) searchNumber(ctx context.Context, scope Scope, n number, tokens []string, after string, limit int) ([]string, error) {
	var many int64
	err := r.q.QueryRowContext(ctx, `
		SELECT COUNT(*) FROM (SELECT p.contact_id FROM contact_phones p WHERE `+r.eng.begins("p.match_key", "$1")+` LIMIT $2) h`,
		n.begins, wideNumber).Scan(&many)
	if err != nil {
		return nil, r.fault("store.Search", err)
	}
	if many == wideNumber { // hardly more than a country: rather walk than sort
		of, args := contactsIn(scope, "p.contact_id", []any{n.begins, after, limit})
		return list(ctx, r, "store.Search", `
			SELECT DISTINCT p.contact_id FROM contact_phones p
			WHERE ($2 = '' OR p.contact_id < $2) AND `+r.eng.begins("(p.match_key || '')", "$1")+of+`
			ORDER BY p.contact_id DESC LIMIT $3`, scanText, args...)
	}
	of, args := contactsIn(scope, "h.ref", []any{r.eng.wordQuery(tokens), n.begins, n.ends, after, limit})
	return list(ctx, r, "store.Search", `
		SELECT h.ref FROM (
			SELECT d.ref AS ref FROM search_words w CROSS JOIN search_docs d
			WHERE w.`+r.eng.wordMatch("$1")+` AND d.id = w.`+r.eng.docID()+` AND d.kind = 'contact'
			UNION
			SELECT p.contact_id FROM contact_phones p WHERE `+r.eng.begins("p.match_key", "$2")+`
			UNION
			SELECT p.contact_id FROM contact_phones p WHERE `+r.eng.begins("p.reversed", "$3")+`) h
		WHERE ($4 = '' OR h.ref < $4)`+of+` ORDER BY h.ref DESC LIMIT $5`, scanText, args...)
}

func (r *Reader) searchWords(ctx context.Context, scope Scope, kind string, tokens []string, below int64, limit int) ([]string, error) {
	of, args := contactsIn(scope, "d.ref", []any{r.eng.wordQuery(tokens), below, kind})
	return list(ctx, r, "store.Search", `
		SELECT d.ref FROM search_words w JOIN search_docs d ON d.id = w.`+r.eng.docID()+`
		WHERE w.`+r.eng.wordMatch("$1")+` AND w.`+r.eng.docID()+` < $2 AND d.kind = $3`+of+`
		ORDER BY w.`+r.eng.docID()+` DESC`+limitTo(limit), scanText, args...)
}

func (r *Reader) searchParts(ctx context.Context, scope Scope, kind string, tokens []string, below int64, limit int) ([]string, error) {
	of, args := contactsIn(scope, "ref", []any{nil, below, kind, limit})
	query, arg := r.eng.partQuery(tokens, of)
	if arg == nil {
		return nil, nil
	}
	args[0] = arg
	return list(ctx, r, "store.Search", query, scanText, args...)
}
