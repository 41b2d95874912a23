package exports

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"time"

	"stead/app/access"
	"stead/app/errs"
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
		for next := a.walk(); n <= small; {
			ids, err := next(ctx, r)
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

// walk goes through the records in bounded steps; no ids are the end. But for what
// a search finds, it goes in the order of ids, so that it meets nobody twice
// whatever is written between two steps.
func (a asked) walk() func(context.Context, *store.Reader) ([]string, error) {
	left, after, done := a.IDs, "", false
	return func(ctx context.Context, r *store.Reader) (ids []string, err error) {
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
