package app

import (
	"context"

	"stead/app/access"
)

type userCmd struct {
	Password userPasswordCmd `cmd:"" help:"Give somebody who signs in a new password, and end their sign-ins."`
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
