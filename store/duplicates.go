package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
)

var duplicateTables = []Table{
	{Name: "duplicates", Purpose: "dealing with customers", Subject: "contact_id", Rows: DeleteRow, Retain: Rule{Keep: "parent:contacts"}, Columns: []Columns{
		{Names: "contact_id other_id reasons score state at", Category: Plain},
		{Names: "decided_by", Category: Staff, Erase: Null},
	}},
	{Name: "merges", Purpose: "dealing with customers", Subject: "contact_id", Rows: DeleteRow, Retain: Rule{Keep: "parent:contacts"}, Columns: []Columns{
		{Names: "gone_id contact_id thread_id undo_id at", Category: Plain},
		{Names: "actor", Category: Staff, Erase: Null},
	}},
}

// The states of a pair.
const (
	PairOpen     = "open"
	PairSeparate = "separate" // somebody has said that they are two
)

// Pair is two contacts that may be one, or are known not to be. ContactID is the
// lesser id of the two.
type Pair struct {
	ContactID, OtherID string
	Reasons            string // separated by spaces: see SamePhone and its like
	Score              int64
	State, DecidedBy   string
	At                 int64
}

// PairRow is a pair with what a list shows of both.
type PairRow struct {
	Pair
	One, Other ContactRow
}

// Cursor is the place of the row in its list.
func (p PairRow) Cursor() string { return Cursor(p.Score, p.ContactID, p.OtherID) }

const pairColumns = `d.contact_id, d.other_id, d.reasons, d.score, d.state, COALESCE(d.decided_by, ''), d.at`

func scanPair(row interface{ Scan(...any) error }, p *Pair) error {
	return row.Scan(&p.ContactID, &p.OtherID, &p.Reasons, &p.Score, &p.State, &p.DecidedBy, &p.At)
}

// Pairs lists pairs that may be one person, of contacts both of which are in a
// scope and neither in the bin, the likeliest first.
func (r *Reader) Pairs(ctx context.Context, scope Scope, page Page) ([]PairRow, error) {
	score, one, other := int64(1)<<62, "", ""
	page.keys(&score, &one, &other)
	of, args := scope.and("a.owner_id", []any{score, one, other})
	also, args := scope.and("b.owner_id", args)
	pairs, err := list(ctx, r, "store.Pairs", `
		SELECT `+pairColumns+` FROM duplicates d JOIN contacts a ON a.id = d.contact_id JOIN contacts b ON b.id = d.other_id
		WHERE d.state = 'open' AND a.deleted_at IS NULL AND b.deleted_at IS NULL AND (d.score, d.contact_id, d.other_id) < ($1, $2, $3)`+of+also+`
		ORDER BY d.score DESC, d.contact_id DESC, d.other_id DESC`+limitTo(page.limit()),
		func(rows *sql.Rows, p *PairRow) error { return scanPair(rows, &p.Pair) }, args...)
	if err != nil || len(pairs) == 0 {
		return pairs, err
	}
	return pairs, r.fillPairs(ctx, pairs)
}

func (r *Reader) fillPairs(ctx context.Context, pairs []PairRow) error {
	ids := make([]string, 0, 2*len(pairs))
	for _, p := range pairs {
		ids = append(ids, p.ContactID, p.OtherID)
	}
	rows, err := r.ContactRows(ctx, ids)
	at := make(map[string]ContactRow, len(rows))
	for i := range rows {
		at[rows[i].ID] = rows[i]
	}
	for i := range pairs {
		pairs[i].One, pairs[i].Other = at[pairs[i].ContactID], at[pairs[i].OtherID]
	}
	return err
}

// Pair returns what is known of two contacts, or ErrNotFound.
func (r *Reader) Pair(ctx context.Context, a, b string) (Pair, error) {
	var p Pair
	err := scanPair(r.q.QueryRowContext(ctx, `SELECT `+pairColumns+` FROM duplicates d WHERE d.contact_id = $1 AND d.other_id = $2`, min(a, b), max(a, b)), &p)
	return p, r.fault("store.Pair", err)
}

func (r *Reader) pairsOf(ctx context.Context, id string) ([]Pair, error) {
	return list(ctx, r, "store.pairsOf", `SELECT `+pairColumns+` FROM duplicates d WHERE d.contact_id = $1 OR d.other_id = $1 ORDER BY 1, 2`,
		func(rows *sql.Rows, p *Pair) error { return scanPair(rows, p) }, id)
}

// CountPairs counts the pairs that Pairs would list, at most limit.
func (r *Reader) CountPairs(ctx context.Context, scope Scope, limit int) (n int64, err error) {
	of, args := scope.and("a.owner_id", nil)
	also, args := scope.and("b.owner_id", args)
	err = r.q.QueryRowContext(ctx, `SELECT COUNT(*) FROM (
		SELECT 1 AS one FROM duplicates d JOIN contacts a ON a.id = d.contact_id JOIN contacts b ON b.id = d.other_id
		WHERE d.state = 'open' AND a.deleted_at IS NULL AND b.deleted_at IS NULL`+of+also+limitTo(limit)+`) h`, args...).Scan(&n)
	return n, r.fault("store.CountPairs", err)
}

// putPair adds a pair, or brings it up to date; one that is separate stays so.
func (tx *Tx) putPair(ctx context.Context, p Pair) error {
	_, err := tx.exec(ctx, "store.putPair", `
		INSERT INTO duplicates (contact_id, other_id, reasons, score, state, decided_by, at) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (contact_id, other_id) DO UPDATE SET
			reasons = CASE WHEN duplicates.state = 'separate' THEN duplicates.reasons ELSE excluded.reasons END,
			score = CASE WHEN duplicates.state = 'separate' THEN duplicates.score ELSE excluded.score END,
			decided_by = CASE WHEN duplicates.state = 'separate' THEN duplicates.decided_by ELSE excluded.decided_by END,
			state = CASE WHEN duplicates.state = 'separate' THEN duplicates.state ELSE excluded.state END`,
		p.ContactID, p.OtherID, p.Reasons, p.Score, p.State, nullText(p.DecidedBy), p.At)
	return err
}

// KeepSeparate notes that two contacts are two, whether or not anybody thought
// that they might be one.
func (tx *Tx) KeepSeparate(ctx context.Context, a, b, by string, at int64) error {
	_, err := tx.exec(ctx, "store.KeepSeparate", `
		INSERT INTO duplicates (contact_id, other_id, reasons, score, state, decided_by, at) VALUES ($1, $2, '', 0, 'separate', $3, $4)
		ON CONFLICT (contact_id, other_id) DO UPDATE SET state = 'separate', decided_by = excluded.decided_by, at = excluded.at`,
		min(a, b), max(a, b), nullText(by), at)
	return err
}

// Compare holds a contact against all others by the indexes of numbers,
// addresses and names, and brings the pairs that it is in up to date. It tells
// how many are open. One in the bin is in none.
func (tx *Tx) Compare(ctx context.Context, contactID string, at int64) (open int, err error) {
	like, err := tx.likenessOf(ctx, contactID)
	if err != nil {
		if errors.Is(err, ErrNotFound) {
			return 0, nil
		}
		return 0, err
	}
	if _, err := tx.exec(ctx, "store.Compare", `DELETE FROM duplicates WHERE state = 'open' AND (contact_id = $1 OR other_id = $1)`, contactID); err != nil {
		return 0, err
	}
	found, err := tx.MatchesOf(ctx, Everything, like, pairsMost+1)
	if err != nil {
		return 0, err
	}
	for i := range found {
		if found[i].ID == contactID || found[i].Score < pairScore {
			continue
		}
		p := Pair{
			ContactID: min(contactID, found[i].ID), OtherID: max(contactID, found[i].ID), Reasons: strings.Join(found[i].Reasons, " "),
			Score: found[i].Score, State: PairOpen, At: at,
		}
		if err := tx.putPair(ctx, p); err != nil {
			return open, err
		}
		open++
	}
	return open, nil
}

const (
	pairScore = 25 // less says nothing
	pairsMost = 20 // of one contact
)

// likenessOf is what a contact is compared by, or ErrNotFound.
func (r *Reader) likenessOf(ctx context.Context, id string) (Likeness, error) {
	c, err := r.Contact(ctx, id)
	if err != nil {
		return Likeness{}, err
	}
	if c.DeletedAt != 0 {
		return Likeness{}, fmt.Errorf("store.likenessOf: %w", ErrNotFound)
	}
	like := Likeness{NameKey: Fold(strings.TrimSpace(c.Name))}
	for _, of := range []struct {
		into  *[]string
		query string
	}{
		{&like.Phones, `SELECT match_key FROM contact_phones WHERE contact_id = $1 ORDER BY position LIMIT 20`},
		{&like.Emails, `SELECT match_key FROM contact_emails WHERE contact_id = $1 ORDER BY position LIMIT 20`},
		{&like.Companies, `SELECT k.name_key FROM contact_companies m JOIN companies k ON k.id = m.company_id WHERE m.contact_id = $1 LIMIT 20`},
		{&like.Cities, `SELECT city FROM contact_addresses WHERE contact_id = $1 AND city <> '' LIMIT 20`},
	} {
		if *of.into, err = list(ctx, r, "store.likenessOf", of.query, scanText, id); err != nil {
			return like, err
		}
	}
	for i := range like.Cities {
		like.Cities[i] = Fold(strings.TrimSpace(like.Cities[i]))
	}
	if len(like.Companies) == 0 && c.Company != "" {
		like.Companies = []string{Fold(strings.TrimSpace(c.Company))}
	}
	return like, nil
}

// ContactIDsAfter lists ids of contacts outside the bin in their order, for work
// that goes through all of them.
func (r *Reader) ContactIDsAfter(ctx context.Context, after string, limit int) ([]string, error) {
	return list(ctx, r, "store.ContactIDsAfter", `SELECT id FROM contacts WHERE id > $1 AND deleted_at IS NULL ORDER BY id`+limitTo(limit), scanText, after)
}
