package app

import (
	"context"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/settings"
	"stead/app/vault"
)

type connectCmd struct {
	Twilio connectTwilioCmd `cmd:"" help:"Calls and texts through an account at Twilio."`
}

type connectTwilioCmd struct {
	AccountSID       string   `required:"" name:"account-sid" help:"The account, as Twilio's console shows it." placeholder:"AC…"`
	Number           []string `required:"" sep:"none" help:"A number of the account that people call; may be repeated." placeholder:"+…"`
	ForwardTo        []string `required:"" sep:"none" help:"A phone of the business that rings; may be repeated." placeholder:"+…"`
	MessagingService string   `help:"Messaging service to send texts through." placeholder:"MG…"`
	SecretFile       string   `help:"File that holds the auth token; without it, or with -, it is read from standard input." placeholder:"F"`
	JSON             bool     `name:"json" help:"Answer as JSON."`
}

type connectIn struct {
	Account, Service  string
	Numbers, Forwards []string
	Token             []byte
}

type connectAnswer struct {
	Provider string            `json:"provider"`
	State    string            `json:"state"`
	Hooks    map[string]string `json:"hooks"` // the addresses to paste, by what they are for
}

var askConnect = register("connect/twilio", func(ctx context.Context, a *App, in connectIn) (connectAnswer, error) {
	err := a.Settings.Connect(ctx, access.Operator(), settings.Twilio{
		AccountSID: in.Account, Service: in.Service, Numbers: in.Numbers, ForwardTo: in.Forwards, Token: vault.Secret(in.Token),
	})
	if err != nil {
		return connectAnswer{}, err
	}
	return connectAnswer{Provider: "twilio", State: "connected", Hooks: map[string]string{
		"messaging": a.cfg.HookURL() + "/hooks/twilio/sms#rc=5&rp=all",
		"voice":     a.cfg.HookURL() + "/hooks/twilio/voice#rc=5&rp=all",
		"status":    a.cfg.HookURL() + "/hooks/twilio/call-status#rc=5&rp=all",
	}}, nil
})

// Run checks the credentials and stores them in the vault.
func (c *connectTwilioCmd) Run(ctx context.Context, p *Process) error {
	token, err := p.secret(c.SecretFile)
	if err != nil {
		return err
	}
	out, err := askConnect.ask(ctx, p, connectIn{
		Account: c.AccountSID, Service: c.MessagingService, Numbers: c.Number, Forwards: c.ForwardTo, Token: token,
	})
	if err != nil {
		return err
	}
	if c.JSON {
		return p.printJSON(out)
	}
	p.say("Twilio is connected. Paste these addresses at Twilio, for each number:")
	p.say("  A message comes in:   %s", out.Hooks["messaging"])
	p.say("  A call comes in:      %s", out.Hooks["voice"])
	p.say("  Call status changes:  %s", out.Hooks["status"])
	return nil
}

type disconnectCmd struct {
	Name string `arg:"" enum:"twilio" help:"The provider: twilio."`
}

type nameIn struct{ Name string }

type nothing struct{}

var askDisconnect = register("disconnect", func(ctx context.Context, a *App, in nameIn) (nothing, error) {
	err := a.Settings.Disconnect(ctx, access.Operator(), in.Name)
	if errs.KindOf(err) == errs.NotFound {
		return nothing{}, &errs.Error{Kind: errs.NotFound, Message: "This provider is not connected."}
	}
	return nothing{}, err
})

// Run destroys a provider's credentials and stops all work for it.
func (c *disconnectCmd) Run(ctx context.Context, p *Process) error {
	if _, err := askDisconnect.ask(ctx, p, nameIn{c.Name}); err != nil {
		return err
	}
	p.say("%s is disconnected and its secret destroyed.", c.Name)
	return nil
}
