package exports

import (
	"context"
	"io"
	"slices"
	"strings"
	"time"

	"stead/app/access"
	"stead/app/veil"
	"stead/store"
)

// writeList writes a list. Records that the actor may not export are left out; what
// they may not see is veiled as everywhere else.
//
// No moment of the database is held for as long as that takes. Every record stands
// in the file once, as it was, whole, when its part was read; who was there and
// fitted from the beginning to the end is in it, and who came, went or changed
// meanwhile may be or not. What a search finds has no order that lasts, and is
// read at one moment.
func (s *Service) writeList(ctx context.Context, w io.Writer, actor access.Actor, l List, p pace) error {
	var x *lister
	err := s.Store.Still(ctx, func(r *store.Reader) (err error) {
		x, err = s.lister(ctx, r, actor, l)
		return err
	})
	if err != nil {
		return err
	}
	if x.asked.question.Find == "" {
		return x.write(ctx, w, p, s.Store.Still)
	}
	return s.Store.Still(ctx, func(r *store.Reader) error {
		return x.write(ctx, w, p, func(_ context.Context, fn func(*store.Reader) error) error { return fn(r) })
	})
}

// lister prepares the writing of a list.
func (s *Service) lister(ctx context.Context, r *store.Reader, actor access.Actor, l List) (*lister, error) {
	a, err := s.ask(ctx, r, actor, l)
	if err != nil {
		return nil, err
	}
	fields, err := r.Fields(ctx, a.Record)
	if err != nil {
		return nil, err
	}
	x := &lister{s: s, actor: actor, asked: a, zone: a.question.Now.Location(), own: contactColumns(fields)}
	if a.Record == "company" {
		x.own = companyColumns(fields)
	}
	x.own = chosen(x.own, a.Columns)
	x.people, err = r.Users(ctx)
	return x, err
}

// lister writes one list.
type lister struct {
	s      *Service
	r      *store.Reader // of the part that is read now
	actor  access.Actor
	asked  asked
	zone   *time.Location
	fields []store.Field
	own    []column
	people access.People
}

// still gives fn one moment of the database.
type still func(ctx context.Context, fn func(*store.Reader) error) error

// write writes the list; each part is read at one moment.
func (x *lister) write(ctx context.Context, w io.Writer, p pace, at still) error {
	out, err := x.open(w)
	if err != nil {
		return err
	}
	cells := make([]string, len(x.own))
	for next := x.asked.walk(); ; {
		var ids []string
		var records []exported
		err := at(ctx, func(r *store.Reader) (err error) {
			ids, records, err = x.part(ctx, r, next)
			return err
		})
		if err != nil {
			return err
		}
		if len(ids) == 0 {
			return out.close()
		}
		for i := range records {
			if cards, ok := out.(*vcards); ok {
				err = cards.card(&records[i])
			} else {
				for c := range x.own {
					cells[c] = x.own[c].of(&records[i])
				}
				err = out.write(cells)
			}
			if err != nil {
				return err
			}
		}
		if err := p(len(ids)); err != nil {
			return err
		}
	}
}

// part reads the next records, and what is personal of them now.
func (x *lister) part(ctx context.Context, r *store.Reader, next func(context.Context, *store.Reader) ([]string, error)) (ids []string, records []exported, err error) {
	if ids, err = next(ctx, r); err != nil || len(ids) == 0 {
		return nil, nil, err
	}
	if x.fields, err = r.Fields(ctx, x.asked.Record); err != nil {
		return nil, nil, err
	}
	x.r = r
	records, err = x.records(ctx, ids)
	return ids, records, err
}

func (x *lister) open(w io.Writer) (table, error) {
	switch x.asked.Form {
	case XLSX:
		return newXLSX(w, x.own)
	case VCard:
		return newVCards(w), nil
	}
	return newCSV(w, x.own)
}

// records reads some whole records, as far as the actor may have them.
func (x *lister) records(ctx context.Context, ids []string) ([]exported, error) {
	if x.asked.Record == "company" {
		return x.companies(ctx, ids)
	}
	cards, err := x.r.Cards(ctx, ids)
	if err != nil {
		return nil, err
	}
	tags, err := x.r.TagNames(ctx, ids)
	if err != nil {
		return nil, err
	}
	var out []exported
	for _, c := range cards {
		if c.DeletedAt != 0 || !x.may(c.OwnerID) {
			continue
		}
		e := exported{card: c, values: c.Values, tags: tags[c.ID], owner: x.people.Name(c.OwnerID), zone: x.zone}
		if !access.Sees(x.actor, c.OwnerID) {
			x.veil(&e)
		}
		out = append(out, e)
	}
	return out, nil
}

// may asks about one record: whoever exports it must see it.
func (x *lister) may(owner string) bool {
	o := access.Object{Owner: owner}
	return access.May(x.actor, access.ContactsExport, o) && access.May(x.actor, access.ContactsRead, o)
}

// veil takes out what the actor may not see.
func (x *lister) veil(e *exported) {
	veil.Contact(&e.card.Contact)
	veil.Phones(e.card.Phones)
	veil.Emails(e.card.Emails)
	e.card.Addresses = nil
	e.values = x.impersonal(e.values)
}

func (x *lister) impersonal(values map[string]store.Value) map[string]store.Value {
	out := map[string]store.Value{}
	for _, f := range x.fields {
		if v, ok := values[f.ID]; ok && !f.Personal {
			out[f.ID] = v
		}
	}
	return out
}

func (x *lister) companies(ctx context.Context, ids []string) ([]exported, error) {
	cards, err := x.r.CompanyCards(ctx, ids)
	var out []exported
	for _, c := range cards {
		if !x.may(c.OwnerID) {
			continue
		}
		e := exported{company: c.Company, points: c.Points, values: c.Values, owner: x.people.Name(c.OwnerID), zone: x.zone}
		for _, tag := range c.Tags {
			e.tags = append(e.tags, strings.ReplaceAll(tag.Name, ";", ","))
		}
		if !access.Sees(x.actor, c.OwnerID) {
			e.values, e.company.About = x.impersonal(e.values), ""
			e.points = slices.Clone(e.points)
			for i := range e.points {
				e.points[i] = veiledPoint(e.points[i])
			}
		}
		out = append(out, e)
	}
	return out, err
}

func veiledPoint(p store.CompanyPoint) store.CompanyPoint {
	switch p.Kind {
	case "phone":
		p.Typed, p.MatchKey = veil.Number(p.Typed), ""
	case "email":
		p.Typed, p.MatchKey = veil.Email(p.Typed), ""
	default:
		p.Typed = ""
	}
	return p
}
