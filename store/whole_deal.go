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

// WholeDeal is a deal with what its page shows of it, but for files and tasks.
type WholeDeal struct {
	Deal
	Person   *Contact // id, name, owner and deletion alone; nil: nobody
	Company  *Company // the same; nil: none
	Talks    bool     // its conversation is there
	TalkOf   string   // owner of that
	Others   []DealContact
	Tagged   []Tag            // by name
	Values   map[string]Value // of live fields
	Stays    []Stay
	Outcomes []Outcome
	Lines    []DealLine
	Pinned   []Note // the newest; id, words, author and times alone
	Notes    []Note // the others, the newest, as far as Pinned; one more than a page holds
}

// WholeNotes is how many notes a page of a deal holds.
const WholeNotes = 20

// dealPiece is what piece is to a contact.
type dealPiece struct {
	kind string
	t    [7]string
	n    [7]int64
}

func scanDealPiece(rows *sql.Rows, p *dealPiece) error {
	return rows.Scan(&p.kind, &p.t[0], &p.t[1], &p.t[2], &p.t[3], &p.t[4], &p.t[5], &p.t[6], &p.n[0], &p.n[1], &p.n[2], &p.n[3], &p.n[4], &p.n[5], &p.n[6])
}

func dealPieceOf(kind, texts, numbers, from string) string {
	return selectPiece(kind, texts, len(dealPiece{}.t), numbers, len(dealPiece{}.n), from)
}

func notesPiece(kind, which string, most int) string {
	return dealPieceOf(kind, `id, body, author`, `pinned_at, created_at, updated_at, version`,
		`(SELECT id, body, COALESCE(author, '') AS author, COALESCE(pinned_at, 0) AS pinned_at, created_at, COALESCE(updated_at, 0) AS updated_at, version FROM notes
			WHERE deal_id = $1 AND deleted_at IS NULL AND pinned_at `+which+` ORDER BY created_at DESC, id DESC LIMIT `+strconv.Itoa(most)+`) n`)
}

// wholeDealQuery reads a deal in one go, as wholeQuery a contact.
var wholeDealQuery = strings.Join([]string{
	dealPieceOf("deal", `title, pipeline_id, stage_id, status, COALESCE(contact_id, ''), COALESCE(company_id, ''), COALESCE(conversation_id, '')`,
		`number, entered_at, COALESCE(closed_at, 0), amount, has_lines, probability, own_probability`, `deals WHERE id = $1`),
	dealPieceOf("deal.2", `COALESCE(owner_id, ''), currency, source, COALESCE(source_id, ''), COALESCE(created_by, ''), COALESCE(deleted_by, '')`,
		`weighted, COALESCE(closes_on, 0), version, created_at, updated_at, last_activity_at, COALESCE(deleted_at, 0)`, `deals WHERE id = $1`),
	dealPieceOf("deal.3", ``, `erased_at`, `deals WHERE id = $1 AND erased_at IS NOT NULL`),
	dealPieceOf("person", `c.id, c.name, COALESCE(c.owner_id, '')`, `COALESCE(c.deleted_at, 0)`, `deals d JOIN contacts c ON c.id = d.contact_id WHERE d.id = $1`),
	dealPieceOf("company", `c.id, c.name, COALESCE(c.owner_id, '')`, `COALESCE(c.deleted_at, 0)`, `deals d JOIN companies c ON c.id = d.company_id WHERE d.id = $1`),
	dealPieceOf("talk", `COALESCE(v.owner_id, '')`, ``, `deals d JOIN conversations v ON v.id = d.conversation_id WHERE d.id = $1`),
	dealPieceOf("other", `x.contact_id, c.name, x.role, COALESCE(c.owner_id, '')`, `x.position, x.created_at`,
		`deal_contacts x JOIN contacts c ON c.id = x.contact_id WHERE x.deal_id = $1 AND c.deleted_at IS NULL`),
	dealPieceOf("tag", `tag_id`, ``, `deal_tags WHERE deal_id = $1`),
	dealPieceOf("value", `field_id, COALESCE(words, ''), COALESCE(words_key, '')`, `COALESCE(num, 0), CASE WHEN num IS NULL THEN 0 ELSE 1 END`, `deal_fields WHERE deal_id = $1`),
	dealPieceOf("stay", `id, pipeline_id, stage_id, COALESCE(went_to, ''), COALESCE(moved_by, '')`, `entered_at, COALESCE(left_at, 0)`, `deal_stays WHERE deal_id = $1`),
	dealPieceOf("outcome", `id, kind, stage_id, COALESCE(reason_id, ''), note, currency, COALESCE(actor, '') || ' ' || COALESCE(reopened_by, '')`, `amount, at, COALESCE(reopened_at, 0)`, `deal_outcomes WHERE deal_id = $1`),
	dealPieceOf("line", `id, COALESCE(product_id, ''), name, unit`, `position, quantity, price, discount, tax, net, created_at`, `deal_lines WHERE deal_id = $1`),
	notesPiece("pinned", "IS NOT NULL", WholeNotes), notesPiece("note", "IS NULL", WholeNotes+1),
}, "\nUNION ALL ")

// WholeDeal returns a deal as its page shows it, also from the bin, or ErrNotFound.
func (s *Store) WholeDeal(ctx context.Context, id string) (WholeDeal, error) {
	pieces, err := fill(ctx, &s.Reader, "store.WholeDeal", make([]dealPiece, 0, 32), wholeDealQuery, scanDealPiece, id)
	if err != nil {
		return WholeDeal{}, err
	}
	// What the pieces name was there before them, so it is asked for after them.
	fields, err := s.Fields(ctx, "deal")
	if err != nil {
		return WholeDeal{}, err
	}
	tags, err := s.tagsByID(ctx)
	if err != nil {
		return WholeDeal{}, err
	}
	var out WholeDeal
	for i := range pieces {
		switch p := &pieces[i]; p.kind {
		case "tag":
			if tag, live := tags[p.t[0]]; live {
				out.Tagged = append(out.Tagged, tag)
			}
		case "value":
			if slices.ContainsFunc(fields, func(f Field) bool { return f.ID == p.t[0] }) {
				out.addValue(p)
			}
		default:
			out.add(id, p)
		}
	}
	if out.ID == "" {
		return WholeDeal{}, fmt.Errorf("store.WholeDeal: %w", ErrNotFound)
	}
	out.order()
	return out, nil
}

func (w *WholeDeal) addValue(p *dealPiece) {
	if w.Values == nil {
		w.Values = map[string]Value{}
	}
	w.Values[p.t[0]] = Value{Words: p.t[1], WordsKey: p.t[2], Num: p.n[0], IsNum: p.n[1] != 0}
}

func (w *WholeDeal) add(id string, p *dealPiece) {
	t, n := &p.t, &p.n
	switch p.kind {
	case "person":
		w.Person = &Contact{ID: t[0], Name: t[1], OwnerID: t[2], DeletedAt: n[0]}
	case "company":
		w.Company = &Company{ID: t[0], Name: t[1], OwnerID: t[2], DeletedAt: n[0]}
	case "talk":
		w.Talks, w.TalkOf = true, t[0]
	case "other":
		w.Others = append(w.Others, DealContact{DealID: id, ContactID: t[0], Name: t[1], Role: t[2], OwnerID: t[3], Position: n[0], CreatedAt: n[1]})
	case "stay":
		w.Stays = append(w.Stays, Stay{ID: t[0], DealID: id, PipelineID: t[1], StageID: t[2], WentTo: t[3], MovedBy: t[4], EnteredAt: n[0], LeftAt: n[1]})
	case "outcome":
		o := Outcome{ID: t[0], DealID: id, Kind: t[1], StageID: t[2], ReasonID: t[3], Note: t[4], Currency: t[5], Amount: n[0], At: n[1], ReopenedAt: n[2]}
		o.Actor, o.ReopenedBy, _ = strings.Cut(t[6], " ")
		w.Outcomes = append(w.Outcomes, o)
	case "line":
		w.Lines = append(w.Lines, DealLine{
			ID: t[0], DealID: id, ProductID: t[1], Name: t[2], Unit: t[3], Position: n[0], Quantity: n[1], Price: n[2], Discount: n[3], Tax: n[4], Net: n[5], CreatedAt: n[6],
		})
	case "pinned":
		w.Pinned = append(w.Pinned, noteOfPiece(id, p))
	case "note":
		w.Notes = append(w.Notes, noteOfPiece(id, p))
	default:
		w.addSelf(id, p)
	}
}

func noteOfPiece(id string, p *dealPiece) Note {
	return Note{ID: p.t[0], DealID: id, Body: p.t[1], Author: p.t[2], PinnedAt: p.n[0], CreatedAt: p.n[1], UpdatedAt: p.n[2], Version: p.n[3]}
}

func (w *WholeDeal) addSelf(id string, p *dealPiece) {
	d, t, n := &w.Deal, &p.t, &p.n
	switch p.kind {
	case "deal":
		d.ID, d.Title, d.PipelineID, d.StageID, d.Status, d.ContactID, d.CompanyID, d.ConversationID = id, t[0], t[1], t[2], t[3], t[4], t[5], t[6]
		d.Number, d.EnteredAt, d.ClosedAt, d.Amount, d.HasLines, d.Probability, d.OwnProbability = n[0], n[1], n[2], n[3], n[4] != 0, n[5], n[6] != 0
	case "deal.3":
		d.ErasedAt = n[0]
	default:
		d.OwnerID, d.Currency, d.Source, d.SourceID, d.CreatedBy, d.DeletedBy = t[0], t[1], t[2], t[3], t[4], t[5]
		d.Weighted, d.ClosesOn, d.Version, d.CreatedAt, d.UpdatedAt, d.LastActivityAt, d.DeletedAt = n[0], n[1], n[2], n[3], n[4], n[5], n[6]
	}
}

// order sorts the pieces: the engine gives them as it finds them.
func (w *WholeDeal) order() {
	slices.SortFunc(w.Others, func(a, b DealContact) int {
		return cmp.Or(cmp.Compare(a.Position, b.Position), strings.Compare(a.ContactID, b.ContactID))
	})
	slices.SortFunc(w.Tagged, func(a, b Tag) int { return cmp.Or(strings.Compare(a.NameKey, b.NameKey), strings.Compare(a.ID, b.ID)) })
	slices.SortFunc(w.Stays, Stay.compare)
	slices.SortFunc(w.Outcomes, func(a, b Outcome) int { return cmp.Or(cmp.Compare(a.At, b.At), strings.Compare(a.ID, b.ID)) })
	slices.SortFunc(w.Lines, func(a, b DealLine) int {
		return cmp.Or(cmp.Compare(a.Position, b.Position), strings.Compare(a.ID, b.ID))
	})
	for _, notes := range [][]Note{w.Pinned, w.Notes} {
		slices.SortFunc(notes, func(a, b Note) int { return cmp.Or(cmp.Compare(b.CreatedAt, a.CreatedAt), strings.Compare(b.ID, a.ID)) })
	}
}

// compare is the order of Stays: the one that lasts is the last.
func (s Stay) compare(o Stay) int {
	if s.EnteredAt == o.EnteredAt && (s.LeftAt == 0) != (o.LeftAt == 0) {
		if s.LeftAt == 0 {
			return 1
		}
		return -1
	}
	return cmp.Or(cmp.Compare(s.EnteredAt, o.EnteredAt), cmp.Compare(s.LeftAt, o.LeftAt), strings.Compare(s.ID, o.ID))
}
