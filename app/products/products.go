// Package products holds what the business sells or buys: its names, codes,
// prices and taxes, as lines of deals begin with them. What a line then says is
// its own, and stands where deals are.
package products

import (
	"context"
	"errors"
	"time"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/web"
	"stead/store"
)

// What is recorded of a change; the names are events and audit actions.
const (
	EventCreated  = "product.created"
	EventChanged  = "product.changed"
	EventDisabled = "product.disabled"
	EventEnabled  = "product.enabled"
)

// CodeChanged is the code of the Conflict when somebody else saved meanwhile.
const CodeChanged = "changed"

// Deps is all that the capability needs.
type Deps struct {
	Store      *store.Store
	Now        func() time.Time
	NewID      func() string
	Currencies []string
	Say        web.Say // said once on the next page, with a way back
}

// Service holds the rules; pages call it.
type Service struct{ Deps }

// New returns the capability.
func New(d Deps) *Service { return &Service{d} }

// act is a change as it is recorded. Its id is also that of the undo.
type act struct {
	id, kind, subject, actor string
	at                       int64
}

func (s *Service) act(actor access.Actor, kind, subject string) act {
	return act{id: s.NewID(), kind: kind, subject: subject, actor: actor.ID, at: s.Now().UnixMilli()}
}

// undoable saves a product so that it can be taken back, and records it.
func (a act) undoable(ctx context.Context, tx *store.Tx, p store.Product) error {
	e := store.Event{ID: a.id, Kind: a.kind, Subject: a.subject, Actor: a.actor, At: a.at}
	watch := func(u *store.Undoing) error { return u.Watch(ctx, "products", "id", p.ID) }
	return tx.RecordUndoable(ctx, store.Undo{ID: a.id, Kind: a.kind, Actor: a.actor, At: a.at}, e, watch, func() error { return said(tx.SaveProduct(ctx, p)) })
}

func mayRead(actor access.Actor) error {
	return access.Allow(actor, access.DealsRead, access.Object{Owner: actor.ID})
}

func mayWrite(actor access.Actor) error {
	return access.Allow(actor, access.ProductsWrite, access.Object{})
}

// showsMoney tells whether an actor is shown what things cost: whoever sees the
// amounts of any deal.
func showsMoney(actor access.Actor) bool { return actor.Has(access.MoneySee) }

// again judges who acts as they are now.
func again(ctx context.Context, tx *store.Tx, actor access.Actor) error {
	now, err := access.AsOfNow(ctx, &tx.Reader, actor)
	if err != nil {
		return err
	}
	return mayWrite(now)
}

// said turns what the store refuses into what a page says of it.
func said(err error) error {
	if errors.Is(err, store.ErrConflict) {
		return &errs.Error{Kind: errs.Conflict, Code: CodeChanged, Message: "Someone else saved this product while you were editing.", Err: err}
	}
	return err
}

// One returns a product, disabled or not, or NotFound.
func (s *Service) One(ctx context.Context, actor access.Actor, id string) (store.Product, error) {
	if err := mayRead(actor); err != nil {
		return store.Product{}, err
	}
	return s.Store.Product(ctx, id)
}

// most is how many products a page of the list has.
const most = 50

// Roll is a page of the list. Next is where the one behind it begins.
type Roll struct {
	Rows []store.Product
	Next string
}

// List lists products by name: those whose code or some word of whose name begins
// with what was typed, disabled ones instead where asked for.
func (s *Service) List(ctx context.Context, actor access.Actor, typed string, disabled bool, after string) (Roll, error) {
	if err := mayRead(actor); err != nil {
		return Roll{}, err
	}
	rows, err := s.Store.ProductList(ctx, typed, disabled, store.Page{After: after, Limit: most + 1})
	out := Roll{Rows: rows}
	if len(rows) > most {
		out.Rows = rows[:most]
		last := rows[most-1]
		out.Next = store.Cursor(last.NameKey, last.ID)
	}
	return out, err
}

// offered is how many products are offered to who types in a line.
const offered = 8

// Find lists the products that fit what was typed in a line.
func (s *Service) Find(ctx context.Context, actor access.Actor, typed string) ([]store.Product, error) {
	if err := mayRead(actor); err != nil {
		return nil, err
	}
	return s.Store.Products(ctx, typed, offered)
}
