package app

import (
	"context"

	"stead/app/access"
	"stead/app/team"
	"stead/app/web"
)

type setupCmd struct {
	Business       string `required:"" help:"Name of the business."`
	Country        string `required:"" help:"Country, two letters." placeholder:"CC"`
	Currency       string `help:"Currency, three letters. By default the country's." placeholder:"CUR"`
	Timezone       string `help:"Time zone, such as Europe/Lisbon. By default the country's." placeholder:"TZ"`
	Hours          string `help:"Opening hours." default:"mon-fri 09:00-17:00"`
	PrivacyContact string `help:"Email or https address where people ask about their data. It is public." placeholder:"C"`
	OwnerName      string `required:"" help:"Name of the owner." placeholder:"N"`
	OwnerEmail     string `required:"" help:"Email that the owner signs in with." placeholder:"E"`
	PasswordFile   string `required:"" help:"File that holds the owner's password; - is standard input." placeholder:"F"`
	JSON           bool   `name:"json" help:"Answer as JSON."`
}

type setupAnswer struct {
	Business string `json:"business"`
	OwnerID  string `json:"owner_id"`
	URL      string `json:"url"`
	KeyFile  string `json:"key_file"`
}

var askSetup = register("setup", func(ctx context.Context, a *App, in team.SetUp) (setupAnswer, error) {
	done, err := a.Team.SetUp(ctx, "", in)
	return setupAnswer{Business: in.Business, OwnerID: done.Owner.ID, URL: a.cfg.URL, KeyFile: a.cfg.KeyFile}, err
})

// Run creates the business and its owner.
func (c *setupCmd) Run(ctx context.Context, p *Process) error {
	hours, err := team.ParseHours(c.Hours)
	if err != nil {
		return err
	}
	password, err := p.secret(c.PasswordFile)
	if err != nil {
		return err
	}
	currency, zone := team.Defaults(c.Country)
	out, err := askSetup.ask(ctx, p, team.SetUp{
		Business: c.Business, Country: c.Country, Currency: or(c.Currency, currency), Timezone: or(c.Timezone, zone), Hours: hours,
		PrivacyContact: c.PrivacyContact, OwnerName: c.OwnerName, OwnerEmail: c.OwnerEmail, Password: string(password),
	})
	if err != nil {
		return err
	}
	if c.JSON {
		return p.printJSON(out)
	}
	p.say("%s is set up. Sign in at %s", out.Business, out.URL)
	p.say("The vault's key is %s: keep a copy somewhere else. Without it the keys of providers and the backups are lost.", out.KeyFile)
	return nil
}

type vaultCmd struct {
	Status vaultStatusCmd `cmd:"" help:"Say whether the vault is open."`
	Unlock vaultUnlockCmd `cmd:"" help:"Open the vault with its key file."`
}

type vaultStatusCmd struct {
	JSON bool `name:"json" help:"Answer as JSON."`
}

type vaultAnswer struct {
	State   string `json:"state"` // open, locked, or new before set-up
	KeyFile string `json:"key_file"`
}

var askVaultStatus = register("vault/status", func(ctx context.Context, a *App, _ struct{}) (vaultAnswer, error) {
	out := vaultAnswer{State: "open", KeyFile: a.cfg.KeyFile}
	done, err := a.Team.IsSetUp(ctx)
	switch {
	case err != nil:
		return out, err
	case !done:
		out.State = "new"
	case a.vault.Locked():
		out.State = "locked"
	}
	return out, nil
})

// Run says whether the vault is open.
func (c *vaultStatusCmd) Run(ctx context.Context, p *Process) error {
	out, err := askVaultStatus.ask(ctx, p, struct{}{})
	if err != nil {
		return err
	}
	if c.JSON {
		return p.printJSON(out)
	}
	p.say("The vault is %s. Its key file is %s", out.State, out.KeyFile)
	return nil
}

type vaultUnlockCmd struct {
	JSON bool `name:"json" help:"Answer as JSON."`
}

var askVaultUnlock = register("vault/unlock", func(ctx context.Context, a *App, _ struct{}) (vaultAnswer, error) {
	err := a.Team.Unlock(ctx, access.Operator())
	return vaultAnswer{State: "open", KeyFile: a.cfg.KeyFile}, err
})

// Run opens the vault of the running server.
func (c *vaultUnlockCmd) Run(ctx context.Context, p *Process) error {
	out, err := askVaultUnlock.ask(ctx, p, struct{}{})
	if err != nil {
		return err
	}
	if c.JSON {
		return p.printJSON(out)
	}
	p.say("The vault is open.")
	return nil
}

type configCmd struct {
	Limits bool `help:"Print what the server takes at most instead."`
}

// Run prints what is set, or the limits that are not for setting.
func (c configCmd) Run(p *Process) error {
	if c.Limits {
		for _, row := range web.Usual.Table() {
			p.say("%-42s %s", row[0], row[1])
		}
		return nil
	}
	cfg, err := LoadConfig(p.Getenv)
	if err != nil {
		return err
	}
	return cfg.Print(p.Out)
}

type versionCmd struct{}

// Run prints the version and the schema that it writes.
func (versionCmd) Run(p *Process) error {
	p.say("stead %s", p.Version)
	return nil
}
