package app

import (
	"context"
	"strings"

	"stead/app/access"
	"stead/app/contacts"
	"stead/app/phone"
	"stead/app/search"
	"stead/app/tasks"
	"stead/store"
)

// wireSearch lets the search ask whoever keeps people and companies.
func (a *App) wireSearch() {
	a.Search = search.New(search.Deps{Store: a.Store, Persons: a.findPersons, Companies: a.findCompanies})
}

func (a *App) findPersons(ctx context.Context, actor access.Actor, query string) ([]search.Hit, bool, error) {
	var roll contacts.Roll
	var err error
	if query == "" {
		roll, err = a.Contacts.List(ctx, actor, store.ContactOrder{Descending: true}, "", "")
	} else {
		roll, err = a.Contacts.Find(ctx, actor, query, "", "")
	}
	hits := make([]search.Hit, 0, len(roll.Rows))
	for i := range roll.Rows {
		c := &roll.Rows[i]
		hits = append(hits, search.Hit{Kind: search.Person, ID: c.ID, Name: c.Name, Phone: c.Phone, Text: c.Company, At: c.LastActivityAt})
	}
	return hits, roll.Next != "", err
}

// persons are those whom a task can be about.
func (a *App) persons(ctx context.Context, actor access.Actor, query string) ([]tasks.Person, error) {
	b, err := a.Store.Business(ctx)
	if err != nil {
		return nil, err
	}
	roll, err := a.Contacts.Find(ctx, actor, query, "", "")
	out := make([]tasks.Person, 0, len(roll.Rows))
	for i := range roll.Rows {
		c := &roll.Rows[i]
		number := strings.TrimPrefix(c.Phone, "raw:")
		if strings.HasPrefix(number, "+") {
			number = phone.Display(number, b.Country)
		}
		out = append(out, tasks.Person{ID: c.ID, Name: c.Name, Company: c.Company, Phone: number})
	}
	return out, err
}

func (a *App) findCompanies(ctx context.Context, actor access.Actor, query string) ([]search.Hit, bool, error) {
	roll, err := a.Companies.Find(ctx, actor, query, "")
	hits := make([]search.Hit, 0, len(roll.Rows))
	for i := range roll.Rows {
		hits = append(hits, search.Hit{Kind: search.Company, ID: roll.Rows[i].ID, Name: roll.Rows[i].Name})
	}
	return hits, roll.Cut, err
}
