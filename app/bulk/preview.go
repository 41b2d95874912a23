package bulk

import (
	"context"
	"slices"
	"strings"

	"stead/app/access"
	"stead/app/custom"
	"stead/app/people"
	"stead/app/picked"
	"stead/store"
)

// Preview says what a change would do, before it is done.
type Preview struct {
	Total    store.Tally
	Looked   int // of them were looked at, the first ones
	Change   int // of those would change
	Skip     int // of those are out of the actor's reach
	Examples []Example
}

// Example is one contact before and after.
type Example struct{ Name, Before, After string }

const examples = 5

// Preview looks at the first of those who were picked.
func (s *Service) Preview(ctx context.Context, actor access.Actor, p picked.Picked, e Edit, h house) (Preview, error) {
	now, err := s.now(ctx)
	if err != nil {
		return Preview{}, err
	}
	set, err := p.Open(ctx, &s.Store.Reader, actor, access.ContactsRead, now)
	if err != nil {
		return Preview{}, err
	}
	var out Preview
	if out.Total, err = set.Count(ctx, &s.Store.Reader, store.MostCounted); err != nil {
		return out, err
	}
	ids, _, err := set.Some(ctx, &s.Store.Reader, "", atOnce)
	if err != nil {
		return out, err
	}
	cards, err := s.Store.Cards(ctx, ids)
	if err != nil {
		return out, err
	}
	cards = slices.DeleteFunc(cards, func(c store.Card) bool { return c.DeletedAt != 0 })
	field, _ := h.field(e.What)
	for i := range cards {
		c := &cards[i]
		of := access.Object{Owner: c.OwnerID}
		out.Looked++
		if !access.May(actor, access.ContactsRead, of) || !access.May(actor, e.needs(), of) || e.personal(field) && !access.Sees(actor, c.OwnerID) ||
			e.What == Owner && access.MayTake(actor, c.OwnerID, e.Value) != nil {
			out.Skip++
			continue
		}
		before, after := h.before(c, e, field), h.after(c, e, field)
		if before == after {
			continue
		}
		if out.Change++; len(out.Examples) < examples {
			out.Examples = append(out.Examples, Example{c.Name, before, after})
		}
	}
	return out, nil
}

// before prints what a contact has now.
func (h house) before(c *store.Card, e Edit, field store.Field) string {
	switch e.What {
	case Tag:
		return h.tagNames(c.Tags)
	case Owner:
		return h.people.Name(c.OwnerID)
	case Company:
		return c.Company
	case Language:
		return c.Language
	case About:
		return firstLine(c.About)
	case Basis:
		return strings.Trim(basisName(c.Basis)+": "+c.BasisEvidence, ": ")
	case DoNotCall:
		return yesNo(c.DoNotCallAt != 0)
	case Minor:
		return yesNo(c.MinorAt != 0)
	case Blocked:
		return yesNo(c.BlockedAt != 0)
	case Bin:
		return "In the list"
	}
	if v, ok := c.Values[field.ID]; ok {
		return custom.Format(field, v, custom.For(h.country))
	}
	return ""
}

// after prints what a contact would have then.
func (h house) after(c *store.Card, e Edit, field store.Field) string {
	switch e.What {
	case Tag:
		return h.tagsAfter(c, e)
	case Owner:
		return h.people.Name(e.Value)
	case Company:
		return e.NewName
	case Language:
		return e.Value
	case About:
		return firstLine(e.Value)
	case Basis:
		return strings.Trim(basisName(e.Value)+": "+e.Evidence, ": ")
	case DoNotCall, Minor, Blocked:
		return yesNo(!e.Off)
	case Bin:
		return "In the bin"
	}
	if e.Own == nil {
		return ""
	}
	return custom.Format(field, *e.Own, custom.For(h.country))
}

func (h house) tagsAfter(c *store.Card, e Edit) string {
	if e.Off {
		return h.tagNames(slices.DeleteFunc(slices.Clone(c.Tags), func(id string) bool { return id == e.Value }))
	}
	at := slices.IndexFunc(h.tags, func(t store.Tag) bool { return e.Value == t.ID || store.Fold(t.Name) == store.Fold(e.NewName) })
	if at < 0 {
		return strings.Trim(h.tagNames(c.Tags)+", "+e.NewName, ", ")
	}
	if slices.Contains(c.Tags, h.tags[at].ID) {
		return h.tagNames(c.Tags)
	}
	return h.tagNames(append(slices.Clone(c.Tags), h.tags[at].ID))
}

func (h house) tagNames(ids []string) string {
	var out []string
	for _, tag := range h.tags {
		if slices.Contains(ids, tag.ID) {
			out = append(out, tag.Name)
		}
	}
	return strings.Join(out, ", ")
}

func basisName(code string) string {
	for _, b := range people.Bases {
		if b.Code == code {
			return b.Name
		}
	}
	return ""
}

func yesNo(yes bool) string {
	if yes {
		return "Yes"
	}
	return "No"
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	if runes := []rune(line); len(runes) > 80 {
		return string(runes[:80]) + "…"
	}
	return line
}
