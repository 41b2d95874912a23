package app

import (
	"context"

	"stead/app/access"
)

type userEmailCmd struct {
	Email string `arg:"" help:"Email that the person signs in with now."`
	To    string `required:"" help:"Email to sign in with from now on." placeholder:"EMAIL"`
}

type userEmailIn struct{ Email, To string }

var askUserEmail = register("user/email", func(ctx context.Context, a *App, in userEmailIn) (nothing, error) {
	return nothing{}, a.Team.SetEmail(ctx, access.Operator(), in.Email, in.To)
})

// Run changes the address.
func (c *userEmailCmd) Run(ctx context.Context, p *Process) error {
	if _, err := askUserEmail.ask(ctx, p, userEmailIn(*c)); err != nil {
		return err
	}
	p.say("They sign in with the new address from now on.")
	return nil
}
