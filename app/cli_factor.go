package app

import (
	"context"

	"stead/app/access"
)

type userFactorCmd struct {
	Email string `arg:"" help:"Email that the person signs in with."`
}

type factorIn struct{ Email string }

var askFactor = register("user/second-factor-off", func(ctx context.Context, a *App, in factorIn) (nothing, error) {
	return nothing{}, a.Team.TakeFactor(ctx, access.Operator(), in.Email)
})

// Run takes the second factor of somebody who lost their phone and their codes.
func (c *userFactorCmd) Run(ctx context.Context, p *Process) error {
	if _, err := askFactor.ask(ctx, p, factorIn{c.Email}); err != nil {
		return err
	}
	p.say("The second factor is off, and everything they were signed in with has ended. Their password alone lets them in; where their role asks for a second factor, they set up a new one first.")
	return nil
}
