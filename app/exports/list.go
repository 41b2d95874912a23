package exports

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/veil"
	"stead/store"
)

// The forms in which a list leaves.
const (
	CSV   = "csv"
	XLSX  = "xlsx"
	VCard = "vcard"
)

// List is what somebody asks to have exported: the chosen records, or those that
// a view finds, or all.
type List struct {
	Record  string   `json:"record"` // contact or company
	IDs     []string `json:"ids,omitempty"`
	View    string   `json:"view,omitempty"`
	Who     string   `json:"who,omitempty"`     // part of the list: see access.Part
	Columns []string `json:"columns,omitempty"` // keys; none: those of the view, or all
	Form    string   `json:"form"`
}

// maxChosen is the most records that are chosen by hand.
const maxChosen = 10_000

// small is how many rows are answered at once; a longer list is made beside.
const small = 10_000

// asked is a list that was looked into.
type asked struct {
	List
	question store.Question
	scope    store.Scope
}

var errForm = &errs.Error{Kind: errs.Invalid, Message: "Choose a form: CSV, XLSX or vCard.", Fields: map[string]string{"form": "Choose CSV, XLSX or vCard."}}

// ask reads what a list stands for.
func (s *Service) ask(ctx context.Context, r *store.Reader, actor access.Actor, l List) (asked, error) {
	a := asked{List: l}
	if err := access.Allow(actor, access.ContactsExport, access.Object{Owner: actor.ID}); err != nil {
		return a, err
	}
	switch {
	case l.Record != "contact" && l.Record != "company":
		return a, &errs.Error{Kind: errs.NotFound, Message: "There is nothing here."}
	case l.Form != CSV && l.Form != XLSX && (l.Form != VCard || l.Record != "contact"):
		return a, errForm
	case len(l.IDs) > maxChosen:
		return a, &errs.Error{Kind: errs.Invalid, Message: "That is more than can be chosen by hand. Save a filter and export that."}
	}
	a.scope = access.Part(actor, access.ContactsExport, l.Who)
	a.question = store.Question{Record: l.Record}
	if l.View != "" {
		v, err := r.View(ctx, actor.ID, l.View)
		if err == nil && v.Record != l.Record {
			err = store.ErrNotFound
		}
		if err != nil {
			return a, err
		}
		if a.question, err = store.ParseQuestion(v.Query); err != nil {
			return a, err
		}
	}
	if len(a.Columns) == 0 {
		a.Columns = a.question.Columns
	}
	b, err := s.business(ctx)
	a.question.Now, a.question.Me, a.question.Sees = s.Now().In(b), actor.ID, access.Scope(actor, access.PersonalSee)
	return a, err
}

// business is the zone of the business.
func (s *Service) business(ctx context.Context) (*time.Location, error) {
	b, err := s.Store.Business(ctx)
	if errors.Is(err, store.ErrNotFound) {
		return time.UTC, nil
	}
	return b.Location(), err
}

// count tells how many records a list has, up to small, and whether there are more.
func (a asked) count(ctx context.Context, r *store.Reader) (n int, more bool, err error) {
	switch {
	case len(a.IDs) > 0:
		return len(a.IDs), false, nil
	case a.Record == "company":
		for next := a.walk(r); n <= small; {
			ids, err := next(ctx)
			if err != nil || len(ids) == 0 {
				return n, false, err
			}
			n += len(ids)
		}
		return small, true, nil
	}
	tally, err := r.CountOf(ctx, a.scope, a.question, small)
	return tally.N, tally.More, err
}

// walk goes through the records in bounded steps; no ids are the end.
func (a asked) walk(r *store.Reader) func(context.Context) ([]string, error) {
	left, after, done := a.IDs, "", false
	return func(ctx context.Context) (ids []string, err error) {
		for len(ids) == 0 && !done && err == nil {
			switch {
			case len(a.IDs) > 0:
				n := min(len(left), batch)
				ids, left, done = left[:n], left[n:], n == len(left)
			case a.Record == "company":
				ids, err = r.CompanyIDs(ctx, a.scope, after, batch)
				if done = len(ids) < batch; !done {
					after = ids[len(ids)-1]
				}
			default:
				ids, after, err = r.EachOf(ctx, a.scope, a.question, after, batch)
				done = after == ""
			}
		}
		return ids, err
	}
}

// writeList writes a list. Records that the actor may not export are left out; what
// they may not see is veiled as everywhere else.
func (s *Service) writeList(ctx context.Context, w io.Writer, actor access.Actor, l List, p pace) error {
	return s.Store.Still(ctx, func(r *store.Reader) error {
		a, err := s.ask(ctx, r, actor, l)
		if err != nil {
			return err
		}
		fields, err := r.Fields(ctx, a.Record)
		if err != nil {
			return err
		}
		x := &lister{s: s, r: r, actor: actor, asked: a, zone: a.question.Now.Location(), fields: fields, own: contactColumns(fields)}
		if a.Record == "company" {
			x.own = companyColumns(fields)
		}
		x.own = chosen(x.own, a.Columns)
		if x.people, err = r.Users(ctx); err != nil {
			return err
		}
		return x.write(ctx, w, p)
	})
}

// lister writes one list.
type lister struct {
	s      *Service
	r      *store.Reader
	actor  access.Actor
	asked  asked
	zone   *time.Location
	fields []store.Field
	own    []column
	people access.People
}

func (x *lister) write(ctx context.Context, w io.Writer, p pace) error {
	out, err := x.open(w)
	if err != nil {
		return err
	}
	cells := make([]string, len(x.own))
	for next := x.asked.walk(x.r); ; {
		ids, err := next(ctx)
		if err != nil {
			return err
		}
		if len(ids) == 0 {
			return out.close()
		}
		records, err := x.records(ctx, ids)
		if err != nil {
			return err
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

// Export begins an export. A short list is ready to be sent; a long one is made
// beside, and the id of its operation is returned.
func (s *Service) Export(ctx context.Context, actor access.Actor, l List) (opID string, err error) {
	a, err := s.ask(ctx, &s.Store.Reader, actor, l)
	if err != nil {
		return "", err
	}
	n, more, err := a.count(ctx, &s.Store.Reader)
	if err != nil {
		return "", err
	}
	params, err := json.Marshal(l)
	if err != nil {
		return "", err
	}
	data, err := json.Marshal(map[string]any{"count": n, "more": more, "form": l.Form, "record": l.Record})
	if err != nil {
		return "", err
	}
	at := s.Now().UnixMilli()
	op := store.Operation{ID: s.NewID(), Kind: kindList, Actor: actor.ID, Params: string(params), CreatedAt: at}
	event := store.Event{ID: s.NewID(), Kind: EventList, Subject: op.ID, Actor: actor.ID, At: at, Data: string(data)}
	err = s.Store.InTx(ctx, func(tx *store.Tx) error {
		if err := tx.Record(ctx, event); err != nil || !more {
			return err
		}
		return s.Work.Start(ctx, tx, op)
	})
	if err != nil || !more {
		return "", err
	}
	return op.ID, nil
}

// WriteList writes a list in this very call, for the terminal.
func (s *Service) WriteList(ctx context.Context, actor access.Actor, l List, w io.Writer) error {
	if _, err := s.ask(ctx, &s.Store.Reader, actor, l); err != nil {
		return err
	}
	note := s.note(actor, EventList, s.NewID(), s.Now().UnixMilli())
	if err := s.Store.InTx(ctx, func(tx *store.Tx) error { return note(ctx, tx) }); err != nil {
		return err
	}
	return s.writeList(ctx, w, actor, l, func(int) error { return ctx.Err() })
}

// stepList is one step of a long list.
func (s *Service) stepList(ctx context.Context, op store.Operation, actor access.Actor) (store.Operation, error) {
	var l List
	if err := json.Unmarshal([]byte(op.Params), &l); err != nil {
		return op, err
	}
	if err := access.Allow(actor, access.ContactsExport, access.Object{Owner: actor.ID}); err != nil {
		return op, err
	}
	return s.step(ctx, op, actor, s.fileName(l), func(ctx context.Context, w io.Writer, p pace) error {
		return s.writeList(ctx, w, actor, l, p)
	})
}

// fileName says nothing about anybody.
func (s *Service) fileName(l List) string {
	name := map[string]string{"contact": "contacts", "company": "companies"}[l.Record]
	ending := map[string]string{CSV: ".csv", XLSX: ".xlsx", VCard: ".vcf"}[l.Form]
	return name + "-" + s.Now().UTC().Format("20060102-150405") + ending
}
