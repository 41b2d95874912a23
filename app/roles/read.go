package roles

import (
	"context"
	"slices"

	"stead/app/access"
	"stead/app/web"
)

// Entry is a role as the list shows it.
type Entry struct {
	access.Role
	People       int  // who has it
	SecondFactor bool // needed to sign in
	Mine         bool // the actor has it
	Covered      bool // it holds no more than the actor does
}

// List returns every role, for whoever may see the team.
func (s *Service) List(ctx context.Context, actor access.Actor) ([]Entry, error) {
	if err := mayRead(actor); err != nil {
		return nil, err
	}
	all, err := access.Roles(ctx, &s.Store.Reader)
	if err != nil {
		return nil, err
	}
	required, err := s.Store.SecondFactorRoles(ctx)
	if err != nil {
		return nil, err
	}
	users, err := s.Store.Users(ctx)
	if err != nil {
		return nil, err
	}
	people := map[string]int{}
	for i := range users {
		if users[i].RemovedAt == 0 {
			people[users[i].Role]++
		}
	}
	out := make([]Entry, len(all))
	for i, role := range all {
		out[i] = Entry{
			Role: role, People: people[role.ID], SecondFactor: slices.Contains(required, role.ID),
			Mine: role.ID == actor.Role, Covered: access.Covers(actor, role),
		}
	}
	return out, nil
}

// Form returns a role of the business for whoever may change it, with the
// version that a save must name.
func (s *Service) Form(ctx context.Context, actor access.Actor, id string) (Draft, int64, error) {
	if err := mayWrite(actor); err != nil {
		return Draft{}, 0, err
	}
	role, err := editable(ctx, &s.Store.Reader, actor, id)
	if err != nil {
		return Draft{}, 0, err
	}
	row, err := s.Store.Role(ctx, id)
	return draftOf(role), row.Version, err
}

// Start returns what a new role begins with: what another one holds, as far as
// the actor may hand it out.
func (s *Service) Start(ctx context.Context, actor access.Actor, from string) (Draft, error) {
	if err := mayWrite(actor); err != nil {
		return Draft{}, err
	}
	if from == "" {
		return Draft{}, nil
	}
	role, err := access.RoleOf(ctx, &s.Store.Reader, from)
	if err != nil {
		return Draft{}, err
	}
	for p, reach := range role.May {
		role.May[p] = min(reach, actor.May[p])
	}
	d := draftOf(role)
	d.Name = ""
	return d, nil
}

// Need is one page of the product and what opens it.
type Need struct {
	Pattern string
	web.Policy
}

// Needs lists every page and the right that opens it, as the router has it.
func (s *Service) Needs(actor access.Actor) ([]Need, error) {
	if err := mayRead(actor); err != nil {
		return nil, err
	}
	var out []Need
	for _, route := range s.Pages() {
		out = append(out, Need{route.Pattern, route.Policy})
	}
	return out, nil
}

func mayRead(actor access.Actor) error {
	return access.Allow(actor, access.TeamRead, access.Object{})
}
