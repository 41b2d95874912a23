package app

import (
	"context"
	"errors"
	"net"
	"os"
	"time"

	"stead/store"
)

// drainFor is how long requests under way may take after a stop was asked for.
const drainFor = 15 * time.Second

type serveCmd struct{}

// Run serves until ctx ends.
func (serveCmd) Run(ctx context.Context, p *Process) error {
	cfg, err := LoadConfig(p.Getenv)
	if err != nil {
		return err
	}
	a, err := p.open(ctx, cfg)
	if err != nil {
		return err
	}
	err = a.serve(ctx, p)
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainFor)
	defer cancel()
	return errors.Join(err, a.Close(stopping))
}

// serve answers requests until ctx ends or the disk fails.
func (a *App) serve(ctx context.Context, p *Process) error {
	p.tune()
	requests, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	open, err := a.open(ctx, requests)
	if err != nil {
		return err
	}
	defer os.Remove(a.cfg.socket()) // or the next start does
	failed := make(chan error, len(open))
	for _, d := range open {
		go func() { failed <- d.serve() }()
	}
	if err := a.Start(ctx); err != nil {
		if ctx.Err() != nil { // asked to stop before it had begun: what it did not do is done at the next start
			a.log.InfoContext(ctx, "stopping")
			err = nil
		}
		return errors.Join(err, a.shutdown(ctx, open))
	}
	if err := a.certify(ctx); err != nil {
		return errors.Join(err, a.shutdown(ctx, open))
	}
	a.announce(ctx, p, open[0].listener.Addr())
	select {
	case <-ctx.Done():
		a.log.InfoContext(ctx, "stopping")
	case err = <-failed:
	case <-a.Store.Poisoned():
		err = store.ErrPoisoned
	}
	return errors.Join(err, a.shutdown(ctx, open))
}

// shutdown lets requests under way finish; streams, which never would, end first.
func (a *App) shutdown(ctx context.Context, open []door) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainFor)
	defer cancel()
	a.live.Close()
	var all []error
	for _, d := range open {
		err := d.server.Shutdown(ctx)
		if errors.Is(err, context.DeadlineExceeded) {
			err = d.server.Close()
		}
		all = append(all, err)
	}
	return errors.Join(all...)
}

// announce tells the terminal where to go, and at a first start how to begin.
func (a *App) announce(ctx context.Context, p *Process, addr net.Addr) {
	a.log.InfoContext(ctx, "serving", "addr", addr.String(), "version", a.version)
	link, err := a.Team.NewLink(ctx)
	switch {
	case err != nil:
		a.log.ErrorContext(ctx, "no set-up link", "err", err)
	case link != "":
		p.say("\nWelcome to Stead. Nobody is set up yet. Open this link, once, to begin:\n\n  %s%s\n", a.cfg.URL, link)
	default:
		p.say("Stead runs at %s", a.cfg.URL)
		if err := a.ended(ctx); err != nil {
			p.say("%s", sentence(err))
			return
		}
		if a.demo != nil {
			p.say("Open it and press Sign in; then open Simulator and press “Call, nobody answers”.\nEverything in it is invented and goes when you press Ctrl+C.")
		}
		if a.vault.Locked() {
			p.say("%s", a.vault.Status().Message)
		}
	}
}
