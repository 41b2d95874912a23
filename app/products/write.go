package products

import (
	"context"

	"stead/app/access"
	"stead/app/custom"
	"stead/app/errs"
	"stead/store"
)

// how is how people write where the business is.
func (s *Service) how(ctx context.Context) (custom.How, store.Business, error) {
	b, err := s.Store.Business(ctx)
	return custom.For(b.Country), b, err
}

// Create adds a product and returns its id and that of the undo. It is Invalid
// with a sentence for each input. A form that comes twice, by its key, makes one.
func (s *Service) Create(ctx context.Context, actor access.Actor, in Draft, key string) (id, undoID string, err error) {
	if err := mayWrite(actor); err != nil {
		return "", "", err
	}
	how, _, err := s.how(ctx)
	if err != nil {
		return "", "", err
	}
	p, problems := in.read(store.Product{}, s.Currencies, how)
	if err := errs.Form(problems); err != nil {
		return "", "", err
	}
	p.ID = s.NewID()
	act := s.act(actor, EventCreated, p.ID)
	p.CreatedAt = act.at
	id, err = s.Store.Once(ctx, key, p.ID, act.at, func(tx *store.Tx) error {
		if err := again(ctx, tx, actor); err != nil {
			return err
		}
		if err := free(ctx, tx, p); err != nil {
			return err
		}
		return act.undoable(ctx, tx, p)
	})
	if id != p.ID { // the form was sent before
		act.id = ""
	}
	return id, act.id, err
}

// free refuses a code that another product that is offered has.
func free(ctx context.Context, tx *store.Tx, p store.Product) error {
	others, err := tx.ProductsCoded(ctx, p.Code)
	if err != nil {
		return err
	}
	return taken(p, others)
}

// Change saves the version that the editor saw and returns the id of the undo. It
// is a Conflict of CodeChanged when there is a newer one. Lines that have the
// product stay as they are.
func (s *Service) Change(ctx context.Context, actor access.Actor, id string, version int64, in Draft) (undoID string, err error) {
	how, _, err := s.how(ctx)
	if err != nil {
		return "", err
	}
	return s.keep(ctx, actor, EventChanged, id, func(_ *store.Tx, old store.Product, _ int64) (store.Product, error) {
		p, problems := in.read(old, s.Currencies, how)
		p.Version = version
		return p, errs.Form(problems)
	})
}

// Disable offers a product no longer; lines keep it.
func (s *Service) Disable(ctx context.Context, actor access.Actor, id string) (undoID string, err error) {
	return s.keep(ctx, actor, EventDisabled, id, func(_ *store.Tx, p store.Product, at int64) (store.Product, error) {
		p.DisabledAt = at
		return p, nil
	})
}

// Enable offers a product again. It is a Conflict when another one has its code
// meanwhile.
func (s *Service) Enable(ctx context.Context, actor access.Actor, id string) (undoID string, err error) {
	return s.keep(ctx, actor, EventEnabled, id, func(tx *store.Tx, p store.Product, _ int64) (store.Product, error) {
		p.DisabledAt = 0
		err := free(ctx, tx, p)
		if errs.KindOf(err) == errs.Invalid {
			err = &errs.Error{Kind: errs.Conflict, Code: "code", Message: "Another product has its code now. Give one of them another code first."}
		}
		return p, err
	})
}

// keep changes a product in one transaction, once who acts is judged as they are
// now. What is on or off already stays as it is, without an undo.
func (s *Service) keep(ctx context.Context, actor access.Actor, kind, id string, change func(*store.Tx, store.Product, int64) (store.Product, error)) (undoID string, err error) {
	if err := mayWrite(actor); err != nil {
		return "", err
	}
	act := s.act(actor, kind, id)
	err = s.Store.InTx(ctx, func(tx *store.Tx) error {
		undoID = ""
		if err := again(ctx, tx, actor); err != nil {
			return err
		}
		old, err := tx.Product(ctx, id)
		if err != nil {
			return err
		}
		if kind == EventDisabled && old.DisabledAt != 0 || kind == EventEnabled && old.DisabledAt == 0 {
			return nil
		}
		p, err := change(tx, old, act.at)
		if err != nil {
			return err
		}
		if p.DisabledAt == 0 {
			if err := free(ctx, tx, p); err != nil {
				return err
			}
		}
		undoID, p.UpdatedAt = act.id, act.at
		return act.undoable(ctx, tx, p)
	})
	return undoID, err
}
