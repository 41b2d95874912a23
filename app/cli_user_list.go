package app

import (
	"context"
	"time"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/team"
)

type userListCmd struct {
	JSON bool `name:"json" help:"Answer as JSON."`
}

type userRow struct {
	ID           string `json:"id"`
	Name         string `json:"name"`
	Email        string `json:"email"`
	Role         string `json:"role"`
	Team         string `json:"team"`
	State        string `json:"state"` // active or disabled
	SecondFactor bool   `json:"second_factor"`
	LastSeen     string `json:"last_seen,omitempty"`
}

var askUsers = register("user/list", func(ctx context.Context, a *App, _ nothing) ([]userRow, error) {
	if err := a.ended(ctx); err != nil {
		return nil, err
	}
	all, err := a.Team.Colleagues(ctx, access.Operator())
	if err != nil {
		return nil, err
	}
	roles, err := access.Roles(ctx, &a.Store.Reader)
	names := map[string]string{}
	for _, r := range roles {
		names[r.ID] = r.Name
	}
	out := []userRow{}
	for _, m := range all.Members {
		row := userRow{ID: m.ID, Name: m.Name, Email: m.Email, Role: names[m.Role], Team: m.Team, State: "active", SecondFactor: m.SecondFactor}
		if m.DisabledAt != 0 {
			row.State = "disabled"
		}
		if m.LastSeenAt != 0 {
			row.LastSeen = time.UnixMilli(m.LastSeenAt).UTC().Format(time.RFC3339)
		}
		out = append(out, row)
	}
	return out, err
})

// Run lists the team.
func (c *userListCmd) Run(ctx context.Context, p *Process) error {
	rows, err := askUsers.ask(ctx, p, nothing{})
	if err != nil {
		return err
	}
	if c.JSON {
		return p.printJSON(rows)
	}
	for _, r := range rows {
		second := "no second factor"
		if r.SecondFactor {
			second = "second factor"
		}
		p.say("%-32s  %-24s  %-16s  %-8s  %s  last seen %s", r.Email, r.Name, or(r.Role, "no role"), r.State, second, or(r.LastSeen, "not lately"))
	}
	return nil
}

// ended is an error that says that the business was closed, and when.
func (a *App) ended(ctx context.Context) error {
	end, ok, err := a.Team.Ended(ctx)
	if err == nil && ok {
		err = &errs.Error{Kind: errs.Conflict, Code: "closed", Message: "This business was closed on " + end.At + ". Nobody can sign in; to begin anew, use an empty data folder."}
	}
	return err
}

type userDisableCmd struct {
	Email string `arg:"" help:"Email that the person signs in with."`
}

type userEnableCmd struct {
	Email string `arg:"" help:"Email that the person signs in with."`
}

type userSwitchIn struct {
	Email    string
	Disabled bool
}

var askUserSwitch = register("user/switch", func(ctx context.Context, a *App, in userSwitchIn) (nothing, error) {
	u, err := a.Team.ByEmail(ctx, access.Operator(), in.Email)
	if err != nil {
		return nothing{}, err
	}
	return nothing{}, a.Team.SetDisabled(ctx, access.Operator(), u.ID, in.Disabled)
})

// Run disables an account.
func (c *userDisableCmd) Run(ctx context.Context, p *Process) error {
	if _, err := askUserSwitch.ask(ctx, p, userSwitchIn{c.Email, true}); err != nil {
		return err
	}
	p.say("Disabled. Every sign-in of theirs has ended.")
	return nil
}

// Run enables an account.
func (c *userEnableCmd) Run(ctx context.Context, p *Process) error {
	if _, err := askUserSwitch.ask(ctx, p, userSwitchIn{c.Email, false}); err != nil {
		return err
	}
	p.say("Enabled. They can sign in again.")
	return nil
}

type userRemoveCmd struct {
	Email string `arg:"" help:"Email that the person signs in with."`
	To    string `help:"Email of whoever gets what they look after; without it nobody does." placeholder:"E"`
}

type userRemoveIn struct{ Email, To string }

var askUserRemove = register("user/remove", func(ctx context.Context, a *App, in userRemoveIn) (nothing, error) {
	who := access.Operator()
	u, err := a.Team.ByEmail(ctx, who, in.Email)
	if err != nil {
		return nothing{}, err
	}
	var to team.Heirs
	if in.To != "" {
		heir, err := a.Team.ByEmail(ctx, who, in.To)
		if err != nil {
			return nothing{}, err
		}
		to = team.Heirs{Contacts: heir.ID, Deals: heir.ID, Conversations: heir.ID, Tasks: heir.ID}
	}
	return nothing{}, a.Team.Remove(ctx, who, u.ID, to)
})

// Run removes somebody for good.
func (c *userRemoveCmd) Run(ctx context.Context, p *Process) error {
	if _, err := askUserRemove.ask(ctx, p, userRemoveIn{c.Email, c.To}); err != nil {
		return err
	}
	p.say("Removed. Every sign-in of theirs has ended.")
	return nil
}
