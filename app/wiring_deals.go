package app

import (
	"context"
	"net/url"

	"stead/app/access"
	"stead/app/contacts"
	"stead/app/deals"
	"stead/app/errs"
	"stead/app/people"
	filed "stead/views/files"
	"stead/views/ui"
)

// wireDeals builds what holds the work that is to be won. Whom its pages name and
// show is built later, and asked when they are.
func (a *App) wireDeals() {
	a.Deals = deals.New(deals.Deps{
		Store: a.Store, Now: a.now, NewID: a.newID, Currencies: currencies(), Say: a.sessions.Say,
		Matching: func(ctx context.Context, actor access.Actor, address url.Values, most int) ([]string, error) {
			return a.Board.Matching(ctx, actor, address, most) // built later
		},
		Persons: a.dealPersons, Firms: a.dealFirms, NewPerson: a.newPerson, NameCaller: a.nameCaller,
	})
	a.Deals.Panels = []deals.Panel{
		func(ctx context.Context, actor access.Actor, d deals.Sight) (ui.Component, error) {
			return a.Tasks.DealPanel(ctx, actor, d.Deal, d.Tasks) // built later
		},
		a.Deals.LinesPanel,
		func(ctx context.Context, actor access.Actor, d deals.Sight) (ui.Component, error) {
			if d.DeletedAt != 0 {
				return nil, nil //nolint:nilnil // nothing is shown, which is no mistake
			}
			panel, err := a.Files.DealPanel(ctx, actor, d.Deal)
			return filed.Files(panel), err
		},
	}
}

func (a *App) dealPersons(ctx context.Context, actor access.Actor, query string) ([]deals.Person, error) {
	if !actor.Has(access.ContactsRead) {
		return nil, nil
	}
	found, err := a.persons(ctx, actor, query)
	out := make([]deals.Person, 0, len(found))
	for _, p := range found {
		out = append(out, deals.Person(p))
	}
	return out, err
}

func (a *App) dealFirms(ctx context.Context, actor access.Actor, query string) ([]deals.Firm, error) {
	if !actor.Has(access.ContactsRead) {
		return nil, nil
	}
	roll, err := a.Companies.Find(ctx, actor, query, "")
	var out []deals.Firm
	for i := range roll.Rows {
		out = append(out, deals.Firm{ID: roll.Rows[i].ID, Name: roll.Rows[i].Name})
	}
	return out, err
}

// newPerson adds whom a new deal is with.
func (a *App) newPerson(ctx context.Context, actor access.Actor, p deals.NewPerson) (string, error) {
	in := people.Draft{Name: p.Name}
	if p.Phone != "" {
		in.Phones = []people.Point{{Typed: p.Phone}}
	}
	saved, err := a.Contacts.Create(ctx, actor, in, contacts.Creation{Key: p.Key, Anyway: p.Anyway})
	if errs.CodeOf(err) == contacts.CodeKnown {
		err = &errs.Error{Kind: errs.Conflict, Code: deals.CodeKnown, Message: errs.Message(err), Err: err}
	}
	return saved.ID, err
}

// nameCaller names who called or wrote and has no name yet, as the card would.
func (a *App) nameCaller(ctx context.Context, actor access.Actor, contactID, name string) error {
	form, err := a.Contacts.Form(ctx, actor, contactID, people.SlotName)
	if err != nil {
		return err
	}
	if now := form.Draft.Name; now != "" && now != people.Line(name) {
		return &errs.Error{Kind: errs.Conflict, Code: deals.CodeNamed, Message: "Somebody else has named this caller meanwhile. See whom the deal is with, and create it then."}
	}
	_, err = a.Contacts.Edit(ctx, actor, contactID, contacts.Edition{Draft: people.Draft{Name: name}, Parts: []string{people.SlotName}, Version: form.Version})
	if errs.CodeOf(err) == contacts.CodeChanged {
		err = &errs.Error{Kind: errs.Conflict, Code: deals.CodeNamed, Message: errs.Message(err), Err: err}
	}
	return err
}
