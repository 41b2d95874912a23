package store

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"strings"
)

// Why two records may be about one person, as they stand in duplicates.reasons.
const (
	SamePhone       = "phone"        // a number, in any spelling
	SameEmail       = "email"        // an address of mail
	SameNameCompany = "name_company" // the folded name, and a company
	SameNamePlace   = "name_place"   // the folded name, and a town
)

// ContactMatch is a contact that may be the one asked about, with the reasons,
// the likeliest first. One that is out of the asker's scope is Hidden: nothing of
// it is told but that its number or address is the same.
type ContactMatch struct {
	ContactRow
	Reasons []string
	Score   int64
	Hidden  bool
}

// Likeness is what a record is compared by: match keys of numbers and addresses,
// the folded name, folded names of companies and of towns.
type Likeness struct {
	Phones, Emails    []string
	NameKey           string
	Companies, Cities []string
}

// How many contacts of one number, address or name are looked at: a number of a
// switchboard or a common name has more than anybody reads.
const (
	sameKeyMost  = 20
	sameNameMost = 200
)

// Matches lists the contacts, of those outside the bin, that what is given may
// describe: one of the numbers or addresses as match keys, or the folded name
// and company together. See MatchesOf.
func (r *Reader) Matches(ctx context.Context, scope Scope, phones, emails []string, nameKey, companyKey string, limit int) ([]ContactMatch, error) {
	like := Likeness{Phones: phones, Emails: emails, NameKey: nameKey}
	if companyKey != "" {
		like.Companies = []string{companyKey}
	}
	return r.MatchesOf(ctx, scope, like, limit)
}

// MatchesOf lists at most limit contacts that are like what is given, the
// likeliest first. What is in the bin is left out; what is out of scope is told
// of as Hidden, and only when a number or an address is the same.
func (r *Reader) MatchesOf(ctx context.Context, scope Scope, like Likeness, limit int) ([]ContactMatch, error) {
	found, err := r.alike(ctx, like)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	ids := make([]string, 0, len(found))
	for id := range found {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	seen, err := r.inScope(ctx, scope, ids)
	if err != nil {
		return nil, err
	}
	rows, err := r.ContactRows(ctx, ids)
	if err != nil {
		return nil, err
	}
	out := make([]ContactMatch, 0, len(rows))
	for i := range rows {
		m := ContactMatch{ContactRow: rows[i], Reasons: found[rows[i].ID]}
		m.Score = likeScore(m.Reasons, like.NameKey, Fold(strings.TrimSpace(m.Name)))
		if !seen[m.ID] {
			m.ContactRow, m.Hidden = ContactRow{}, true
			m.Reasons = slices.DeleteFunc(m.Reasons, func(reason string) bool { return reason != SamePhone && reason != SameEmail })
			if len(m.Reasons) == 0 {
				continue
			}
		}
		out = append(out, m)
	}
	slices.SortStableFunc(out, func(a, b ContactMatch) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), strings.Compare(b.ID, a.ID))
	})
	return out[:min(limit, len(out))], nil
}

// likeScore weighs reasons: a number and an address say more than a name, and
// most when the name agrees too. Two different names on one number are a family
// or a firm as often as not.
func likeScore(reasons []string, name, other string) (score int64) {
	weight := map[string]int64{SamePhone: 50, SameEmail: 55, SameNameCompany: 45, SameNamePlace: 30}
	for _, reason := range reasons {
		score += weight[reason]
	}
	if !slices.Contains(reasons, SamePhone) && !slices.Contains(reasons, SameEmail) {
		return score
	}
	switch {
	case name == "" || other == "":
	case name == other:
		score += 40
	case shareWord(name, other):
		score += 20
	default:
		score -= 25
	}
	return score
}

func shareWord(a, b string) bool {
	words := tokensOf(b)
	return slices.ContainsFunc(tokensOf(a), func(word string) bool { return len(word) > 1 && slices.Contains(words, word) })
}

// alike gathers who is like what is given, with the reasons.
func (r *Reader) alike(ctx context.Context, like Likeness) (map[string][]string, error) {
	found := map[string][]string{}
	add := func(reason string, ids []string) {
		for _, id := range ids {
			if !slices.Contains(found[id], reason) {
				found[id] = append(found[id], reason)
			}
		}
	}
	for _, by := range []struct {
		reason, table string
		keys          []string
	}{{SamePhone, "contact_phones", like.Phones}, {SameEmail, "contact_emails", like.Emails}} {
		for _, key := range by.keys {
			ids, err := list(ctx, r, "store.Matches", `
				SELECT p.contact_id FROM `+by.table+` p JOIN contacts c ON c.id = p.contact_id
				WHERE p.match_key = $1 AND c.deleted_at IS NULL ORDER BY p.contact_id`+limitTo(sameKeyMost), scanText, key)
			if err != nil {
				return nil, err
			}
			add(by.reason, ids)
		}
	}
	for _, by := range []struct {
		reason, query string
		keys          []string
	}{
		{SameNameCompany, `
			SELECT c.id, COALESCE(k.name_key, c.company) FROM contacts c
			LEFT JOIN contact_companies m ON m.contact_id = c.id LEFT JOIN companies k ON k.id = m.company_id
			WHERE c.name_key = $1 AND c.deleted_at IS NULL ORDER BY c.id`, like.Companies},
		{SameNamePlace, `
			SELECT c.id, a.city FROM contacts c JOIN contact_addresses a ON a.contact_id = c.id
			WHERE c.name_key = $1 AND a.city <> '' AND c.deleted_at IS NULL ORDER BY c.id`, like.Cities},
	} {
		if like.NameKey == "" || len(by.keys) == 0 {
			continue
		}
		ids, err := r.sameName(ctx, by.query, like.NameKey, by.keys)
		if err != nil {
			return nil, err
		}
		add(by.reason, ids)
	}
	return found, nil
}

// sameName lists who has the name and, folded, one of the keys beside it.
func (r *Reader) sameName(ctx context.Context, query, nameKey string, keys []string) ([]string, error) {
	pairs, err := list(ctx, r, "store.Matches", query+limitTo(sameNameMost), func(rows *sql.Rows, pair *[2]string) error {
		return rows.Scan(&pair[0], &pair[1])
	}, nameKey)
	var ids []string
	for _, pair := range pairs {
		if slices.Contains(keys, Fold(strings.TrimSpace(pair[1]))) {
			ids = append(ids, pair[0])
		}
	}
	return ids, err
}

// inScope tells which of some contacts are in a scope.
func (r *Reader) inScope(ctx context.Context, scope Scope, ids []string) (map[string]bool, error) {
	marks, args := inList(ids)
	of, args := scope.and("c.owner_id", args)
	seen, err := list(ctx, r, "store.Matches", `SELECT c.id FROM contacts c WHERE c.id IN (`+marks+`)`+of, scanText, args...)
	out := make(map[string]bool, len(seen))
	for _, id := range seen {
		out[id] = true
	}
	return out, err
}
