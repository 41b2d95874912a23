package app

import (
	"context"
	"time"

	"stead/app/access"
	"stead/app/team"
)

type userCmd struct {
	Add      userAddCmd      `cmd:"" help:"Add somebody: with a password hash, or by an invitation whose link is printed."`
	List     userListCmd     `cmd:"" help:"List who signs in."`
	Disable  userDisableCmd  `cmd:"" help:"Stop somebody from signing in, and end their sign-ins."`
	Enable   userEnableCmd   `cmd:"" help:"Let somebody sign in again."`
	Remove   userRemoveCmd   `cmd:"" help:"Remove somebody for good and give what they look after to somebody else."`
	Password userPasswordCmd `cmd:"" help:"Give somebody who signs in a new password, and end their sign-ins."`
	Email    userEmailCmd    `cmd:"" help:"Have somebody sign in with another address, and end their sign-ins."`
	Factor   userFactorCmd   `cmd:"" name:"second-factor-off" help:"Take the second factor of somebody who lost their phone and their recovery codes."`
}

type userAddCmd struct {
	Email            string `arg:"" help:"Email that the person signs in with."`
	Name             string `required:"" help:"Name of the person." placeholder:"N"`
	Role             string `required:"" help:"Role: owner, admin, manager, agent, viewer, privacy, or the name of one of your own." placeholder:"R"`
	Team             string `help:"Name of the team." placeholder:"T"`
	PasswordHashFile string `help:"File that holds the hash of a password, argon2id or PBKDF2-SHA256, from another product; - is standard input." placeholder:"F"`
	JSON             bool   `name:"json" help:"Answer as JSON."`
}

type userAddIn struct{ Email, Name, Role, Team, Hash string }

type userAddOut struct {
	ID        string `json:"id"`             // of the user, or of the invitation
	Link      string `json:"link,omitempty"` // shown once
	ExpiresAt string `json:"expires_at,omitempty"`
}

var askUserAdd = register("user/add", func(ctx context.Context, a *App, in userAddIn) (out userAddOut, err error) {
	who := access.Operator()
	to, err := a.Team.PlaceNamed(ctx, in.Role, in.Team)
	if err != nil {
		return out, err
	}
	person := team.Invite{Name: in.Name, Email: in.Email, Role: to.Role, TeamID: to.TeamID}
	if in.Hash != "" {
		out.ID, err = a.Team.Add(ctx, who, person, in.Hash)
		return out, err
	}
	if out.ID, err = a.Team.Invite(ctx, who, person); err != nil {
		return out, err
	}
	path, err := a.Team.ShowInviteLink(ctx, who, out.ID)
	if err != nil {
		return out, err
	}
	i, err := a.Store.Invitation(ctx, out.ID)
	out.Link, out.ExpiresAt = a.cfg.URL+path, time.UnixMilli(i.ExpiresAt).UTC().Format(time.RFC3339)
	return out, err
})

// Run adds a user, or prints the link by which they join.
func (c *userAddCmd) Run(ctx context.Context, p *Process) error {
	in := userAddIn{Email: c.Email, Name: c.Name, Role: c.Role, Team: c.Team}
	if c.PasswordHashFile != "" {
		hash, err := p.secret(c.PasswordHashFile)
		if err != nil {
			return err
		}
		in.Hash = string(hash)
	}
	out, err := askUserAdd.ask(ctx, p, in)
	if err != nil {
		return err
	}
	if c.JSON {
		return p.printJSON(out)
	}
	if out.Link == "" {
		p.say("Added. The password that they know works from now on.")
		return nil
	}
	p.say("Hand this link over. It works once, until %s, and is not shown again:\n\n  %s", out.ExpiresAt, out.Link)
	return nil
}

type userPasswordCmd struct {
	Email        string `required:"" help:"Email that the person signs in with." placeholder:"E"`
	PasswordFile string `required:"" help:"File that holds the new password; - is standard input." placeholder:"F"`
}

type passwordIn struct{ Email, Password string }

var askPassword = register("user/password", func(ctx context.Context, a *App, in passwordIn) (nothing, error) {
	return nothing{}, a.Team.SetPassword(ctx, access.Operator(), in.Email, in.Password)
})

// Run replaces a password that was forgotten.
func (c *userPasswordCmd) Run(ctx context.Context, p *Process) error {
	password, err := p.secret(c.PasswordFile)
	if err != nil {
		return err
	}
	if _, err := askPassword.ask(ctx, p, passwordIn{c.Email, string(password)}); err != nil {
		return err
	}
	p.say("The password was changed. Everybody who was signed in with the old one is signed out.")
	return nil
}
