package store

import (
	"context"
	"database/sql"
	"errors"
	"math"
	"slices"
	"strings"
	"time"
)

// searchBudget is how long one search may take. What walks an index needs a
// fiftieth of it; the rest is for machines that others use too.
const searchBudget = 250 * time.Millisecond

// term is a word that is looked for: whole, or as the beginning of one.
type term struct {
	text   string
	begins bool
}

// The ways of finding, in the order in which hits are listed; of each the newest
// come first. A number is found by its end first, then by its beginning.
const (
	byWhole     = iota // each word of the query is a word of the text
	byBeginning        // each begins one
	byPart             // each stands in it somewhere: asked when the others find nothing
	nearly             // each is a slip of the hand away: asked when there are few
)

// haystack is where a way of finding looks. In where, $1 is arg, ids lie between
// $2 and $3, and $4 is more where there is such.
type haystack struct {
	from, where, newest string
	arg, more           any
}

// showing is how hits are read: columns of search_docs d and of what is joined.
type showing[T any] struct {
	columns, join string
	scan          func(*sql.Rows, *T) error
	ref           func(*T) string
	seen          string // of texts: the column that says by whose record they are shown
	nobodys       string // and the condition that they are about nobody's
}

var refsAlone = showing[string]{columns: "d.ref", scan: scanText, ref: func(s *string) string { return *s }}

// contactsShown is what a list of contacts shows, in one statement.
var contactsShown = showing[ContactRow]{
	columns: contactRowColumns + `, COALESCE(c.owner_id, '')`, join: ` JOIN contacts c ON c.id = d.ref`,
	scan: scanOwnedRow, ref: func(c *ContactRow) string { return c.ID },
}

// Hits is a page of what a search found.
type Hits[T any] struct {
	Rows []T
	Near bool // they are only nearly what was typed
	Cut  bool // the time was over before everything was looked at
}

// quest is one search.
type quest struct {
	kind   string
	binned bool // those in the bin alone
	scope  Scope
	sight  *Scope // whose personal data are seen, where that is asked
	tokens []string
	number number // where the query is one
	digits bool
}

// Search returns refs of one kind: first those in which each word of the query
// is a word, then those in which each begins one; where that gives nothing, parts
// of words count, and where those do not either, words with a letter or two wrong.
// Digits find the end of a phone number, then its beginning. The newest of each
// come first. The After of the next page is the last ref of this one. A query
// without a letter or digit finds nothing. A scope of less than everything is
// that of the records' owners, and what is not in it counts for nothing: neither
// as a hit nor as a reason not to look further.
func (r *Reader) Search(ctx context.Context, scope Scope, kind, query string, page Page) ([]string, error) {
	hits, err := find(ctx, r, refsAlone, scope, kind, query, page)
	return hits.Rows, err
}

// FindHeld is Search for contacts that are asked about and not worked with:
// those in the bin come behind the others. cut tells that the time was over
// before everything was looked at.
func (r *Reader) FindHeld(ctx context.Context, scope Scope, query string, limit int) (refs []string, cut bool, err error) {
	for _, binned := range []bool{false, true} {
		hits, err := look(ctx, r, refsAlone, quest{kind: "contact", binned: binned, scope: scope}, query, Page{Limit: limit})
		if err != nil {
			return nil, false, err
		}
		refs, cut = append(refs, hits.Rows...), cut || hits.Cut
	}
	return refs[:min(len(refs), limit)], cut, nil
}

// stands is the kind by which a document is marked.
func (q quest) stands() string {
	if q.binned {
		return inBin + q.kind
	}
	return q.kind
}

// find is Search for hits of any form.
func find[T any](ctx context.Context, r *Reader, show showing[T], scope Scope, kind, query string, page Page) (Hits[T], error) {
	return findSeen(ctx, r, show, scope, nil, kind, query, page)
}

// findSeen is find for texts, which only whoever sees personal data may find: the
// hits join contacts as c.
func findSeen[T any](ctx context.Context, r *Reader, show showing[T], scope Scope, sight *Scope, kind, query string, page Page) (Hits[T], error) {
	return look(ctx, r, show, quest{kind: kind, scope: scope, sight: sight}, query, page)
}

// look carries a search out.
func look[T any](ctx context.Context, r *Reader, show showing[T], q quest, query string, page Page) (Hits[T], error) {
	if q.tokens = searchTokens(query); len(q.tokens) == 0 {
		return Hits[T]{}, nil
	}
	q.number, q.digits = typedNumber(q.kind, query)
	bounded, stop := context.WithTimeout(ctx, searchBudget+r.cat.patience)
	defer stop()
	hits, err := seek(bounded, r, show, q, page)
	if err != nil && bounded.Err() != nil && ctx.Err() == nil {
		hits.Cut, err = true, nil
	}
	return hits, err
}

func seek[T any](ctx context.Context, r *Reader, show showing[T], q quest, page Page) (hits Hits[T], err error) {
	from, below, err := r.placeOf(ctx, q, page.After)
	if err != nil || from == nearly { // of those there is one page
		return hits, err
	}
	further := page.After != "" && below != math.MaxInt64
	add := func(in haystack) error {
		more, err := hitsIn(ctx, r, show, q, in, below, page.limit()-len(hits.Rows))
		hits.Rows, below = append(hits.Rows, more...), math.MaxInt64
		return err
	}
	for way := from; way <= byBeginning && len(hits.Rows) < page.limit(); way++ {
		if err := add(r.wordSource(q, way)); err != nil {
			return hits, err
		}
	}
	if from == byPart || len(hits.Rows) == 0 && !further {
		if in, ok := r.eng.parts(q.inside()); ok {
			if err := add(in); err != nil {
				return hits, err
			}
		}
	}
	if further || len(hits.Rows) > 0 || q.digits {
		return hits, nil
	}
	groups, err := r.nearby(ctx, q.tokens)
	if err != nil || groups == nil {
		return hits, err
	}
	err = add(r.words(groups, nil))
	hits.Near = len(hits.Rows) > 0
	return hits, err
}

// hitsIn reads the newest hits of a haystack.
func hitsIn[T any](ctx context.Context, r *Reader, show showing[T], q quest, in haystack, below int64, limit int) ([]T, error) {
	from, to := docRange(q.kind)
	args := []any{in.arg, from, min(below, to)}
	if in.more != nil {
		args = append(args, in.more)
	}
	of, args := kindScope(q.kind, q.scope, args)
	if q.sight != nil && !q.sight.All() {
		var seen string
		seen, args = q.sight.where(show.seen, args)
		of += ` AND (` + show.nobodys + ` OR ` + seen + `)`
	}
	return fill(ctx, r, "store.Search", make([]T, 0, limit), `
		SELECT `+show.columns+` FROM `+in.from+show.join+`
		WHERE `+in.where+` AND d.kind = '`+q.stands()+`'`+of+` ORDER BY `+in.newest+` DESC`+limitTo(limit), show.scan, args...)
}

// words is where documents stand with one word of each group of all, and not
// so of not.
func (r *Reader) words(all, not [][]term) haystack {
	id := "w." + r.eng.docID()
	return haystack{
		from:  `search_words w JOIN search_docs d ON d.id = ` + id,
		where: `w.` + r.eng.wordMatch("$1") + ` AND ` + id + ` > $2 AND ` + id + ` < $3`, newest: id, arg: r.eng.match(all, not),
	}
}

func (r *Reader) wordSource(q quest, way int) haystack {
	if q.digits {
		return r.numberSource(q, way)
	}
	var whole, begun [][]term
	for _, token := range q.tokens {
		whole, begun = append(whole, []term{{token, false}}), append(begun, []term{{token, true}})
	}
	if way == byWhole {
		return r.words(whole, nil)
	}
	return r.words(begun, whole)
}

// inside is what is looked for in the middle of words.
func (q quest) inside() []string {
	if q.digits {
		return []string{q.number.inside}
	}
	return q.tokens
}

// placeOf tells how a hit was found and where it stands, so that the next page
// goes on behind it. One that has gone meanwhile begins anew.
func (r *Reader) placeOf(ctx context.Context, q quest, ref string) (way int, below int64, err error) {
	if ref == "" {
		return byWhole, math.MaxInt64, nil
	}
	last, err := r.searchDoc(ctx, q.kind, ref)
	switch {
	case errors.Is(err, ErrNotFound):
		return byWhole, math.MaxInt64, nil
	case err != nil:
		return 0, 0, err
	}
	if q.digits {
		way, err = r.numberWay(ctx, q, last)
		return way, last.id, err
	}
	return wayOf(q.tokens, last.body), last.id, nil
}

// wayOf is how tokens find a text.
func wayOf(tokens []string, body string) int {
	words := tokensOf(body)
	all := func(fits func(word, token string) bool) bool {
		return !slices.ContainsFunc(tokens, func(token string) bool {
			return !slices.ContainsFunc(words, func(word string) bool { return fits(word, token) })
		})
	}
	switch {
	case all(func(word, token string) bool { return word == token }):
		return byWhole
	case all(strings.HasPrefix):
		return byBeginning
	case all(strings.Contains):
		return byPart
	}
	return nearly
}

// kindScope is the condition that a document's record is in a scope of owners: a
// message's is who answers the conversation, a note's who looks after the contact,
// the company or the deal.
func kindScope(kind string, scope Scope, args []any) (string, []any) {
	if scope.All() {
		return "", args
	}
	owner := map[string]string{
		"contact": `SELECT 1 FROM contacts o WHERE o.id = d.ref AND `,
		"company": `SELECT 1 FROM companies o WHERE o.id = d.ref AND `,
		"message": `SELECT 1 FROM conversations o WHERE o.contact_id = d.contact_id AND `,
		"task":    `SELECT 1 FROM tasks o WHERE o.id = d.ref AND `,
		"deal":    `SELECT 1 FROM deals o WHERE o.id = d.ref AND `,
		"note": `SELECT 1 FROM notes n LEFT JOIN contacts c ON c.id = n.contact_id LEFT JOIN companies k ON k.id = n.company_id LEFT JOIN deals l ON l.id = n.deal_id
			WHERE n.id = d.ref AND `,
	}[kind]
	column := "o.owner_id"
	if kind == "note" {
		column = "CASE WHEN n.contact_id IS NOT NULL THEN c.owner_id WHEN n.company_id IS NOT NULL THEN k.owner_id ELSE l.owner_id END"
	}
	text, args := scope.where(column, args)
	return ` AND EXISTS (` + owner + text + `)`, args
}
