package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Whole is a contact with all that the head and the side of their page show.
type Whole struct {
	Card
	Tagged       []Tag        // the tags of Card by name
	Fields       []Field      // of the business's own, for Values
	From         []Provenance // oldest first
	Conversation Conversation // its id and owner alone; empty when there is none
	Pinned       []Note       // the last pinned first; id, words, author and times alone
}

// How many provenances and pinned notes come with a contact.
const (
	wholeFrom   = 100
	wholePinned = 10
)

// piece is a row of any kind in the one shape that all of them fit into.
type piece struct {
	kind string
	t    [7]string
	n    [4]int64
}

func scanPiece(rows *sql.Rows, p *piece) error {
	return rows.Scan(&p.kind, &p.t[0], &p.t[1], &p.t[2], &p.t[3], &p.t[4], &p.t[5], &p.t[6], &p.n[0], &p.n[1], &p.n[2], &p.n[3])
}

// pieceOf reads one kind of row as pieces: its texts and numbers, none NULL, and
// what follows after FROM.
func pieceOf(kind, texts, numbers, from string) string {
	return selectPiece(kind, texts, len(piece{}.t), numbers, len(piece{}.n), from)
}

func selectPiece(kind, texts string, ofTexts int, numbers string, ofNumbers int, from string) string {
	fill := func(list, blank string, n int) string {
		parts := splitColumns(list)
		for len(parts) < n {
			parts = append(parts, blank)
		}
		return strings.Join(parts, ", ")
	}
	return `SELECT '` + kind + `', ` + fill(texts, `''`, ofTexts) + `, ` + fill(numbers, `0`, ofNumbers) + ` FROM ` + from
}

// rarely is what times is of somebody of whom nothing of the kind is noted.
const rarely = "0 0 0 0 0"

// times puts columns into one text, for few contacts have any of them.
func times(columns ...string) string {
	for i, c := range columns {
		columns[i] = `COALESCE(` + c + `, 0)`
	}
	return strings.Join(columns, ` || ' ' || `)
}

// splitColumns splits at the commas that stand in no brackets.
func splitColumns(list string) (out []string) {
	depth, from := 0, 0
	for i, c := range list {
		switch {
		case c == '(':
			depth++
		case c == ')':
			depth--
		case c == ',' && depth == 0:
			out, from = append(out, strings.TrimSpace(list[from:i])), i+1
		}
	}
	if last := strings.TrimSpace(list[from:]); last != "" {
		out = append(out, last)
	}
	return out
}

// wholeQuery reads a contact in one go: on the way from a page to the rows, each
// statement costs more than the rows that it finds.
var wholeQuery = strings.Join([]string{
	pieceOf("contact", `name, name_key, company, about, source, COALESCE(created_by, ''), COALESCE(owner_id, '')`,
		`version, created_at, updated_at, last_activity_at`, `contacts WHERE id = $1`),
	pieceOf("contact.2", `restriction, language, time_zone, basis, basis_evidence, `+times("basis_at", "do_not_call_at", "minor_at", "blocked_at", "restricted_at"),
		`COALESCE(deleted_at, 0)`, `contacts WHERE id = $1`),
	pieceOf("phone", `id, typed, COALESCE(e164, ''), match_key, label, sms_state`, `position, created_at`, `contact_phones WHERE contact_id = $1`),
	pieceOf("email", `id, typed, match_key, label`, `position, created_at`, `contact_emails WHERE contact_id = $1`),
	pieceOf("address", `id, label, street, city, region, postcode, country`, `position, created_at`, `contact_addresses WHERE contact_id = $1`),
	pieceOf("company", `x.company_id, c.name, x.role`, `x.former, x.position, x.created_at`,
		`contact_companies x JOIN companies c ON c.id = x.company_id WHERE x.contact_id = $1 AND c.deleted_at IS NULL`),
	pieceOf("tag", `tag_id`, ``, `contact_tags WHERE contact_id = $1`),
	pieceOf("value", `field_id, COALESCE(words, ''), COALESCE(words_key, '')`, `COALESCE(num, 0), CASE WHEN num IS NULL THEN 0 ELSE 1 END`,
		`contact_fields WHERE contact_id = $1`),
	pieceOf("from", `id, source, ref, actor`, `at`,
		`(SELECT id, source, ref, COALESCE(actor, '') AS actor, at FROM provenances WHERE contact_id = $1 ORDER BY at, id LIMIT `+strconv.Itoa(wholeFrom)+`) s`),
	pieceOf("conversation", `id, COALESCE(owner_id, '')`, ``, `conversations WHERE contact_id = $1`),
	pieceOf("pinned", `id, body, author`, `pinned_at, created_at, updated_at, version`,
		`(SELECT id, body, COALESCE(author, '') AS author, pinned_at, created_at, COALESCE(updated_at, 0) AS updated_at, version FROM notes
			WHERE contact_id = $1 AND deleted_at IS NULL AND pinned_at IS NOT NULL ORDER BY pinned_at DESC, id DESC LIMIT `+strconv.Itoa(wholePinned)+`) n`),
}, "\nUNION ALL ")

// Whole returns a contact as their page shows them, or ErrNotFound.
func (s *Store) Whole(ctx context.Context, id string) (Whole, error) {
	pieces, err := fill(ctx, &s.Reader, "store.Whole", make([]piece, 0, 24), wholeQuery, scanPiece, id)
	if err != nil {
		return Whole{}, err
	}
	// What the pieces name was there before them, so it is asked for after them.
	fields, err := s.Fields(ctx, "contact")
	if err != nil {
		return Whole{}, err
	}
	tags, err := s.tagsByID(ctx)
	if err != nil {
		return Whole{}, err
	}
	out := Whole{Fields: fields}
	for i := range pieces {
		if p := &pieces[i]; p.kind != "tag" {
			out.add(id, p)
		} else if tag, live := tags[p.t[0]]; live {
			out.Tagged = append(out.Tagged, tag)
		}
	}
	if out.ID == "" {
		return Whole{}, fmt.Errorf("store.Whole: %w", ErrNotFound)
	}
	out.order()
	return out, nil
}

func (w *Whole) add(id string, p *piece) {
	t, n := &p.t, &p.n
	switch p.kind {
	case "phone":
		w.Phones = append(w.Phones, Phone{ID: t[0], ContactID: id, Typed: t[1], E164: t[2], MatchKey: t[3], Label: t[4], SMSState: t[5], Position: n[0], CreatedAt: n[1]})
	case "email":
		w.Emails = append(w.Emails, Email{ID: t[0], ContactID: id, Typed: t[1], MatchKey: t[2], Label: t[3], Position: n[0], CreatedAt: n[1]})
	case "address":
		w.Addresses = append(w.Addresses, Address{
			ID: t[0], ContactID: id, Label: t[1], Street: t[2], City: t[3], Region: t[4], Postcode: t[5], Country: t[6], Position: n[0], CreatedAt: n[1],
		})
	case "company":
		w.Companies = append(w.Companies, ContactCompany{ContactID: id, CompanyID: t[0], Name: t[1], Role: t[2], Former: n[0] != 0, Position: n[1], CreatedAt: n[2]})
	case "value":
		w.addValue(t[0], Value{Words: t[1], WordsKey: t[2], Num: n[0], IsNum: n[1] != 0})
	case "from":
		w.From = append(w.From, Provenance{ID: t[0], ContactID: id, Source: t[1], Ref: t[2], Actor: t[3], At: n[0]})
	case "conversation":
		w.Conversation = Conversation{ID: t[0], ContactID: id, OwnerID: t[1]}
	case "pinned":
		w.Pinned = append(w.Pinned, Note{ID: t[0], ContactID: id, Body: t[1], Author: t[2], PinnedAt: n[0], CreatedAt: n[1], UpdatedAt: n[2], Version: n[3]})
	default:
		w.addSelf(id, p)
	}
}

func (w *Whole) addSelf(id string, p *piece) {
	c, t, n := &w.Contact, &p.t, &p.n
	switch p.kind {
	case "contact":
		c.ID, c.Name, c.NameKey, c.Company, c.About, c.Source, c.CreatedBy, c.OwnerID = id, t[0], t[1], t[2], t[3], t[4], t[5], t[6]
		c.Version, c.CreatedAt, c.UpdatedAt, c.LastActivityAt = n[0], n[1], n[2], n[3]
	case "contact.2":
		c.Restriction, c.Language, c.TimeZone, c.Basis, c.BasisEvidence = t[0], t[1], t[2], t[3], t[4]
		c.DeletedAt = n[0]
		if t[5] != rarely {
			rest := t[5]
			for _, at := range []*int64{&c.BasisAt, &c.DoNotCallAt, &c.MinorAt, &c.BlockedAt, &c.RestrictedAt} {
				var text string
				text, rest, _ = strings.Cut(rest, " ")
				*at, _ = strconv.ParseInt(text, 10, 64) // it was a number a moment ago
			}
		}
	}
}

// addValue leaves out what is in a field that was deleted.
func (w *Whole) addValue(fieldID string, v Value) {
	if !slices.ContainsFunc(w.Fields, func(f Field) bool { return f.ID == fieldID }) {
		return
	}
	if w.Values == nil {
		w.Values = map[string]Value{}
	}
	w.Values[fieldID] = v
}

// order sorts the pieces: the engine gives them as it finds them.
func (w *Whole) order() {
	slices.SortFunc(w.Phones, func(a, b Phone) int { return cmp.Or(cmp.Compare(a.Position, b.Position), strings.Compare(a.ID, b.ID)) })
	slices.SortFunc(w.Emails, func(a, b Email) int { return cmp.Or(cmp.Compare(a.Position, b.Position), strings.Compare(a.ID, b.ID)) })
	slices.SortFunc(w.Addresses, func(a, b Address) int {
		return cmp.Or(cmp.Compare(a.Position, b.Position), strings.Compare(a.ID, b.ID))
	})
	slices.SortFunc(w.Companies, func(a, b ContactCompany) int {
		return cmp.Or(cmp.Compare(a.Position, b.Position), strings.Compare(a.CompanyID, b.CompanyID))
	})
	slices.SortFunc(w.Tagged, func(a, b Tag) int { return cmp.Or(strings.Compare(a.NameKey, b.NameKey), strings.Compare(a.ID, b.ID)) })
	slices.SortFunc(w.From, func(a, b Provenance) int { return cmp.Or(cmp.Compare(a.At, b.At), strings.Compare(a.ID, b.ID)) })
	slices.SortFunc(w.Pinned, func(a, b Note) int { return cmp.Or(cmp.Compare(b.PinnedAt, a.PinnedAt), strings.Compare(b.ID, a.ID)) })
	for _, t := range w.Tagged {
		w.Tags = append(w.Tags, t.ID)
	}
}
