package app

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"time"

	"stead/app/errs"
	"stead/app/web"
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
	pages, err := new(net.ListenConfig).Listen(ctx, "tcp", a.cfg.Addr)
	if err != nil {
		return &errs.Error{Kind: errs.Unavailable, Code: "address", Message: "Nothing can listen on " + a.cfg.Addr + ": is it taken? Set STEAD_ADDR to another address.", Err: err}
	}
	socket, err := listenSocket(ctx, a.cfg.socket())
	if err != nil {
		return errors.Join(err, pages.Close())
	}
	defer os.Remove(a.cfg.socket()) // or the next start does
	requests, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	servers := []*http.Server{web.NewServer(requests, a.handler, web.Usual), web.NewServer(requests, a.socketHandler(), web.Usual)}
	servers[1].ReadTimeout, servers[1].WriteTimeout = 0, 0 // a backup takes its time
	failed := make(chan error, len(servers))
	for i, l := range []net.Listener{limit(pages, web.Usual.Conns), socket} {
		go func() { failed <- servers[i].Serve(l) }()
	}
	if err := a.Start(ctx); err != nil {
		if ctx.Err() != nil { // asked to stop before it had begun: what it did not do is done at the next start
			a.log.InfoContext(ctx, "stopping")
			err = nil
		}
		return errors.Join(err, a.shutdown(ctx, servers))
	}
	a.announce(ctx, p, pages.Addr())
	select {
	case <-ctx.Done():
		a.log.InfoContext(ctx, "stopping")
	case err = <-failed:
	case <-a.Store.Poisoned():
		err = store.ErrPoisoned
	}
	return errors.Join(err, a.shutdown(ctx, servers))
}

// shutdown lets requests under way finish; streams, which never would, end first.
func (a *App) shutdown(ctx context.Context, servers []*http.Server) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainFor)
	defer cancel()
	a.live.Close()
	var all []error
	for _, s := range servers {
		err := s.Shutdown(ctx)
		if errors.Is(err, context.DeadlineExceeded) {
			err = s.Close()
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
		if a.demo != nil {
			p.say("Open it and press Sign in; then open Simulator and press “Call, nobody answers”.\nEverything in it is invented and goes when you press Ctrl+C.")
		}
		if a.vault.Locked() {
			p.say("%s", a.vault.Status().Message)
		}
	}
}
