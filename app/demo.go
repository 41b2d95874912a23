package app

import (
	"context"
	"crypto/rand"
	"errors"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"stead/app/access"
	"stead/app/pipelines"
	"stead/app/provider/twilio"
	"stead/app/settings"
	"stead/app/simulator"
	"stead/app/team"
	"stead/app/vault"
	"stead/store"
)

type demoCmd struct{}

// demonstration is what an invented business needs besides a real one's.
type demonstration struct {
	carrier  simulator.Carrier
	password string
}

// What the demonstration is made of. The numbers are of the range that North
// America keeps for fiction.
const (
	demoAccount = "AC00000000000000000000000000000000"
	demoLine    = "+15035550100"
	demoPhone   = "+15035550199"
	demoEmail   = "ines@fernstreet.example"
)

// Run serves an invented business from a folder that goes when the server
// ends. The provider is the stand-in: nothing leaves this machine.
func (demoCmd) Run(ctx context.Context, p *Process) (err error) {
	dir, err := os.MkdirTemp("", "stead-demo-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	cfg, err := p.demoConfig(ctx, dir)
	if err != nil {
		return err
	}
	token := rand.Text()
	fake := twilio.NewFake(twilio.FakeConfig{
		Account: demoAccount, Token: token, Numbers: []string{demoLine}, HookURL: cfg.URL,
		HTTP: &http.Client{Timeout: 20 * time.Second}, Now: p.Now, Retries: 3,
	})
	defer fake.Close()
	fake.Behave("", twilio.Behaviour{Delay: 700 * time.Millisecond}) // so that a status can be seen to change
	if cfg.TwilioURL, err = fake.Start("127.0.0.1:0"); err != nil {
		return err
	}
	p.demo = &demonstration{carrier: carrier{fake}, password: rand.Text()[:16]}
	a, err := p.open(ctx, cfg)
	if err != nil {
		return err
	}
	if err = a.furnish(ctx, token); err == nil {
		err = a.serve(ctx, p)
	}
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainFor)
	defer cancel()
	return errors.Join(err, a.Close(stopping))
}

// demoConfig is the usual configuration with a folder, a key and a provider of
// its own. Where nobody chose the address, a taken one is no obstacle.
func (p *Process) demoConfig(ctx context.Context, dir string) (Config, error) {
	cfg, err := LoadConfig(p.Getenv)
	if err != nil {
		return cfg, err
	}
	if p.Getenv("STEAD_ADDR") == "" && p.Getenv("STEAD_URL") == "" {
		if cfg.Addr, err = freeAddr(ctx, cfg.Addr); err != nil {
			return cfg, err
		}
		cfg.URL = defaultURL(cfg)
	}
	cfg.Data, cfg.KeyFile = filepath.Join(dir, "data"), filepath.Join(dir, "stead.key")
	return cfg, nil
}

// freeAddr is the wanted address, or another port of the same host.
func freeAddr(ctx context.Context, want string) (string, error) {
	var listen net.ListenConfig
	l, err := listen.Listen(ctx, "tcp", want)
	if err != nil {
		if l, err = listen.Listen(ctx, "tcp", "127.0.0.1:0"); err != nil {
			return "", err
		}
	}
	return l.Addr().String(), l.Close()
}

func (a *App) wireDemo() {
	a.Team.Demo = &team.Demo{Email: demoEmail, Password: a.demo.password}
	a.Simulator = simulator.New(simulator.Deps{
		Store: a.Store, Carrier: a.demo.carrier, Line: demoLine, Country: "US", Now: a.now, NewID: a.newID,
	})
}

// furnish sets the business up, connects the stand-in and fills the inbox.
func (a *App) furnish(ctx context.Context, token string) error {
	done, err := a.Team.SetUp(ctx, "", team.SetUp{
		Business: "Fern Street Bicycles", Country: "US", Currency: "USD", Timezone: "America/Los_Angeles", Hours: store.DefaultHours(),
		OwnerName: "Ines Duarte", OwnerEmail: demoEmail, Password: a.demo.password,
	})
	if err != nil {
		return err
	}
	err = a.Settings.Connect(ctx, access.Operator(), settings.Twilio{
		AccountSID: demoAccount, Numbers: []string{demoLine}, ForwardTo: []string{demoPhone}, Token: vault.Secret(token),
	})
	if err != nil {
		return err
	}
	if err := a.Simulator.Seed(ctx, access.Operator(), done.Owner.ID); err != nil {
		return err
	}
	for _, t := range []pipelines.Draft{{Name: "Buyback", Template: "buyback"}, {Name: "Service request", Template: "service"}} {
		t.Currency = "USD"
		if _, _, err := a.Pipelines.Create(ctx, access.Operator(), t, rand.Text()); err != nil {
			return err
		}
	}
	form, err := a.demoSource(ctx, store.LeadForm, "Website", done.Owner.ID)
	if err != nil {
		return err
	}
	if err := a.Simulator.SeedDeals(ctx, access.Operator(), done.Owner.ID, form.ID); err != nil {
		return err
	}
	return a.demoMessages(ctx, done.Owner.ID)
}

// carrier is the stand-in as the simulator sees it.
type carrier struct{ fake *twilio.Fake }

// Ring makes a call arrive and end.
func (c carrier) Ring(ctx context.Context, from string, answered bool) error {
	_, err := c.fake.Call(ctx, twilio.FakeRing{From: from, To: demoLine, Answer: answered, Seconds: 95})
	return err
}

// Text makes a text arrive.
func (c carrier) Text(ctx context.Context, from, body string) error {
	_, err := c.fake.Text(ctx, twilio.FakeText{From: from, To: demoLine, Body: body})
	return err
}
