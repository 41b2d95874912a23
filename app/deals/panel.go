package deals

import (
	"context"
	"net/url"

	"stead/app/access"
	"stead/store"
	view "stead/views/deals"
	"stead/views/ui"
)

// panelSize is how many deals a card shows.
const panelSize = 20

// ContactPanel lists the deals of a contact, for their card.
func (s *Service) ContactPanel(ctx context.Context, actor access.Actor, c store.Contact) (ui.Component, error) {
	return s.panel(ctx, actor, "contact", c.ID)
}

// ThreadPanel lists the deals of whom a thread is with, beside it.
func (s *Service) ThreadPanel(ctx context.Context, actor access.Actor, v store.Conversation) (ui.Component, error) {
	p, err := s.roll(ctx, actor, "contact", v.ContactID)
	if p.New != "" {
		p.New = dealsAt + "/new?conversation=" + url.QueryEscape(v.ID)
	}
	if err != nil || len(p.Rows) == 0 && p.New == "" {
		return nil, err
	}
	return view.RollBeside(p), nil
}

// CompanyPanel lists the deals of a company, for its card.
func (s *Service) CompanyPanel(ctx context.Context, actor access.Actor, companyID string) (ui.Component, error) {
	return s.panel(ctx, actor, "company", companyID)
}

// panel draws nothing for whoever has nothing to do with deals.
func (s *Service) panel(ctx context.Context, actor access.Actor, which, id string) (ui.Component, error) {
	p, err := s.roll(ctx, actor, which, id)
	return view.RollCard(p), err
}

func (s *Service) roll(ctx context.Context, actor access.Actor, which, id string) (view.Roll, error) {
	if !actor.Has(access.DealsRead) {
		return view.Roll{}, nil
	}
	p := view.Roll{}
	rows, err := s.Store.DealsOf(ctx, access.Scope(actor, access.DealsRead), which, id, panelSize)
	if err != nil {
		return p, err
	}
	sh, err := s.shower(ctx)
	if err != nil {
		return p, err
	}
	stages, err := s.Store.StagesByID(ctx)
	if err != nil {
		return p, err
	}
	if actor.Has(access.DealsWrite) {
		p.New = dealsAt + "/new?" + url.Values{which: {id}}.Encode()
	}
	for _, d := range rows {
		row := view.Item{
			Href: dealPath(d.ID), Title: titleOf(ctx, d, !access.Sees(actor, d.OwnerID)), Stage: stages[d.StageID].Name, State: states[d.Status],
		}
		if d.Amount != 0 && access.May(actor, access.MoneySee, access.Object{Owner: d.OwnerID}) {
			row.Amount = sh.money(d.Amount, d.Currency)
		}
		if d.ClosesOn != 0 && d.Open() {
			row.Closes = ui.Say(ctx, "closes %s", sh.date(d.ClosesOn))
		}
		p.Rows = append(p.Rows, row)
	}
	return p, nil
}
