package simulator

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"stead/app/access"
	"stead/app/lines"
	"stead/store"
)

// EventDealsSeeded says that the invented deals were added.
const EventDealsSeeded = "demo.deals_added"

// SeedDeals adds colleagues, products and half a year of deals to the pipelines
// that are there, once: a business that has products is left alone.
// Those that came by a form came by the one of this id.
func (s *Service) SeedDeals(ctx context.Context, actor access.Actor, author, form string) error {
	if err := access.Allow(actor, access.DemoRun, access.Object{}); err != nil {
		return err
	}
	h, err := s.hall(ctx, author)
	h.form = form
	if err != nil || h.full {
		return err
	}
	sorted := slices.Clone(orders)
	slices.SortStableFunc(sorted, func(a, b order) int { return cmp.Compare(b.began, a.began) }) // numbers go up with time
	var played []bargain
	for i, o := range sorted {
		b, err := h.bargain(s, i, o)
		if err != nil {
			return fmt.Errorf("order %d: %w", i, err)
		}
		played = append(played, b)
	}
	event := store.Event{ID: s.NewID(), Kind: EventDealsSeeded, Actor: actor.ID, At: h.now.UnixMilli(), Data: "{}"}
	return s.Store.InTx(ctx, func(tx *store.Tx) error {
		if err := h.open(ctx, tx); err != nil {
			return err
		}
		for _, b := range played {
			if err := b.write(ctx, tx); err != nil {
				return err
			}
		}
		return tx.Record(ctx, event)
	})
}

// hall is what deals are made in: pipelines, reasons and people by their names,
// and what is added first.
type hall struct {
	now       time.Time // where the business is
	full      bool
	currency  string
	form      string // by which some came
	pipelines map[string]store.Pipeline
	reasons   map[string]string
	contacts  map[string]store.Contact // by name
	owners    []string
	people    []scene
	users     []store.User
	products  map[string]store.Product
}

func (s *Service) hall(ctx context.Context, author string) (hall, error) {
	b, err := s.Store.Business(ctx)
	if err != nil {
		return hall{}, err
	}
	zone, err := time.LoadLocation(b.Timezone)
	if err != nil {
		return hall{}, err
	}
	h := hall{
		now: s.Now().In(zone), pipelines: map[string]store.Pipeline{}, reasons: map[string]string{}, contacts: map[string]store.Contact{},
		owners: []string{author}, products: map[string]store.Product{},
	}
	there, err := s.Store.Products(ctx, "", 1)
	if h.full = len(there) > 0; err != nil || h.full {
		return h, err
	}
	pipelines, err := s.Store.Pipelines(ctx)
	if err != nil {
		return h, err
	}
	for _, p := range pipelines {
		h.pipelines[p.Name], h.currency = p, p.Currency
	}
	reasons, err := s.Store.Reasons(ctx)
	if err != nil {
		return h, err
	}
	for _, r := range reasons {
		h.reasons[r.Name] = r.ID
	}
	for _, r := range cast {
		c, _, err := s.Store.ContactByPhone(ctx, store.MatchKey(r.number, r.number))
		if err != nil {
			return h, err
		}
		h.contacts[r.name] = c
	}
	s.fill(&h, author)
	return h, nil
}

// fill makes what is not there yet.
func (s *Service) fill(h *hall, author string) {
	began := h.now.Add(-200 * day)
	for i, r := range passers {
		p := s.play(i, r, author, began)
		h.people, h.contacts[r.name] = append(h.people, p), p.contact
	}
	for _, u := range helpers {
		user := store.User{ID: s.NewID(), Name: u.name, Email: u.email, EmailKey: u.email, Role: access.RoleAgent, CreatedAt: began.UnixMilli(), UpdatedAt: began.UnixMilli()}
		h.users, h.owners = append(h.users, user), append(h.owners, user.ID)
	}
	for _, g := range goods {
		h.products[g.code] = store.Product{
			ID: s.NewID(), Code: g.code, Name: g.name, Unit: g.unit, Price: g.price, Currency: h.currency,
			CreatedAt: began.UnixMilli(), UpdatedAt: began.UnixMilli(),
		}
	}
}

// open writes what the deals need.
func (h hall) open(ctx context.Context, tx *store.Tx) error {
	for _, u := range h.users {
		if err := tx.InsertUser(ctx, u); err != nil {
			return err
		}
	}
	for _, g := range goods {
		if err := tx.SaveProduct(ctx, h.products[g.code]); err != nil {
			return err
		}
	}
	for _, p := range h.people {
		if err := tx.InsertContact(ctx, p.contact, p.phones, p.emails); err != nil {
			return err
		}
	}
	return nil
}

// bargain is a deal with all its rows ready.
type bargain struct {
	deal  store.Deal
	stay  string
	lines []store.DealLine
	moves []store.DealMove
	task  *store.Task
	first *store.Task // the answer to who asked by the form
	done  int64       // when it was given
}

func (h hall) bargain(s *Service, i int, o order) (bargain, error) {
	p, ok := h.pipelines[o.pipeline]
	if !ok {
		return bargain{}, fmt.Errorf("no pipeline %q: %w", o.pipeline, store.ErrNotFound)
	}
	began := h.now.Add(-time.Duration(o.began * float64(day)))
	owner := h.owners[i%len(h.owners)]
	if o.own {
		owner = h.owners[0]
	}
	b := bargain{stay: s.NewID(), deal: store.Deal{
		ID: s.NewID(), Title: o.title, PipelineID: p.ID, StageID: p.Stages[o.path[0].stage].ID, ContactID: h.contacts[o.who].ID, OwnerID: owner,
		Amount: o.amount, Currency: p.Currency, Source: cmp.Or(o.source, "call"), CreatedBy: owner, CreatedAt: began.UnixMilli(),
	}}
	if b.deal.Source == "form" {
		b.deal.SourceID = h.form
	}
	last := p.Stages[o.path[len(o.path)-1].stage]
	if last.Kind == store.DealOpen && o.closes != 0 {
		b.deal.ClosesOn = time.Date(h.now.Year(), h.now.Month(), h.now.Day()+o.closes, 0, 0, 0, 0, time.UTC).UnixMilli()
	}
	for _, st := range o.path[1:] {
		b.moves = append(b.moves, store.DealMove{
			DealID: b.deal.ID, StageID: p.Stages[st.stage].ID, StayID: s.NewID(), OutcomeID: s.NewID(), ReasonID: h.reasons[o.reason], Note: o.note, By: owner,
			At: began.Add(time.Duration(st.after * float64(day))).UnixMilli(),
		})
	}
	if o.next != "" {
		b.task = &store.Task{
			ID: s.NewID(), ContactID: b.deal.ContactID, DealID: b.deal.ID, Kind: "todo", Title: o.next, OwnerID: owner,
			DueAt: time.Date(h.now.Year(), h.now.Month(), h.now.Day()+o.due, 0, 0, 0, 0, h.now.Location()).UnixMilli(), AllDay: true, CreatedBy: owner, CreatedAt: h.now.Add(-hour).UnixMilli(),
		}
	}
	if b.deal.Source == "form" && len(b.moves) > 0 {
		b.first = &store.Task{
			ID: s.NewID(), ContactID: b.deal.ContactID, DealID: b.deal.ID, Kind: "todo", Title: "Answer the enquiry", OwnerID: owner,
			DueAt: began.Add(day).UnixMilli(), CreatedBy: owner, CreatedAt: began.UnixMilli(),
		}
		b.done = began.Add(soon[i%len(soon)]).UnixMilli()
	}
	var err error
	b.lines, err = h.lines(s, b.deal, o.items)
	return b, err
}

// soon is how soon who asked by the form was answered.
var soon = []time.Duration{25 * time.Minute, 3 * time.Hour, 11 * time.Minute, 50 * time.Minute, 6 * time.Hour}

func (h hall) lines(s *Service, d store.Deal, items []item) ([]store.DealLine, error) {
	var out []store.DealLine
	for _, it := range items {
		p := h.products[it.code]
		l := store.DealLine{
			ID: s.NewID(), DealID: d.ID, ProductID: p.ID, Name: p.Name, Unit: p.Unit, Quantity: it.quantity * lines.Thousand, Price: p.Price,
			Discount: it.discount * lines.Percent, Tax: p.Tax, CreatedAt: d.CreatedAt,
		}
		net, err := lines.Line{Quantity: l.Quantity, Price: l.Price, Discount: l.Discount, Tax: l.Tax}.Net()
		if err != nil {
			return nil, err
		}
		l.Net = net
		out = append(out, l)
	}
	return out, nil
}

func (b bargain) write(ctx context.Context, tx *store.Tx) error {
	if _, err := tx.InsertDeal(ctx, b.deal, b.stay); err != nil {
		return err
	}
	if len(b.lines) > 0 {
		if err := tx.SetDealLines(ctx, b.deal.ID, 1, b.lines, b.deal.CreatedAt); err != nil {
			return err
		}
	}
	for _, m := range b.moves {
		if _, err := tx.MoveDeal(ctx, m); err != nil {
			return err
		}
	}
	if b.first != nil {
		if err := errors.Join(tx.InsertTask(ctx, *b.first), tx.FinishTask(ctx, b.first.ID, b.first.OwnerID, b.done)); err != nil {
			return err
		}
	}
	if b.task == nil {
		return nil
	}
	return tx.InsertTask(ctx, *b.task)
}
