package app

import (
	"context"
	"errors"
	"net"
	"net/http"

	"stead/app/errs"
	"stead/app/web"
)

// door is one place where requests come in.
type door struct {
	server   *http.Server
	listener net.Listener
}

func (d door) serve() error {
	if d.server.TLSConfig != nil {
		return d.server.ServeTLS(d.listener, "", "")
	}
	return d.server.Serve(d.listener)
}

// open listens for pages and callbacks, for commands of the machine, and under
// a name of its own for plain HTTP too. The pages are the first. requests ends
// every request when the server is told to stop.
func (a *App) open(ctx, requests context.Context) (open []door, err error) {
	defer func() {
		if err != nil {
			for _, d := range open {
				err = errors.Join(err, d.listener.Close())
			}
			open = nil
		}
	}()
	pages, err := listen(ctx, a.cfg.Addr, "STEAD_ADDR")
	if err != nil {
		return nil, err
	}
	open = append(open, door{web.NewServer(requests, a.handler, web.Usual), limit(pages, web.Usual.Conns, web.Usual.NetConns, carriers(a.cfg.Trusted))})
	socket, err := listenSocket(ctx, a.cfg.socket())
	if err != nil {
		return open, err
	}
	commands := web.NewServer(requests, a.socketHandler(), web.Usual)
	commands.ReadTimeout, commands.WriteTimeout = 0, 0 // a backup takes its time
	open = append(open, door{commands, socket})
	if a.cfg.Domain == "" {
		return open, nil
	}
	bare, err := listen(ctx, a.cfg.HTTPAddr, "STEAD_HTTP_ADDR")
	if err != nil {
		return open, err
	}
	if a.certs, err = newCertificates(a, pages.Addr(), bare.Addr()); err != nil {
		return open, errors.Join(err, bare.Close())
	}
	open[0].server.Handler = guard(a.cfg, a.handler)
	open[0].server.TLSConfig = a.certs.config()
	return append(open, door{web.NewServer(requests, plain(a.cfg, a.certs.issuer.HandleHTTPChallenge), web.Usual), limit(bare, web.Usual.PlainConns, web.Usual.NetConns, carriers(a.cfg.Trusted))}), nil
}

func listen(ctx context.Context, addr, variable string) (net.Listener, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, &errs.Error{Kind: errs.Unavailable, Code: "address", Message: "Nothing can listen on " + addr + ": is it taken, or not for this user? Set " + variable + " to another address.", Err: err}
	}
	return l, nil
}

// certify has certificates fetched, now that the proofs can be answered.
func (a *App) certify(ctx context.Context) error {
	if a.certs == nil {
		return nil
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	a.stops = append(a.stops, func(context.Context) error {
		cancel()
		a.certs.close()
		return nil
	})
	return a.certs.manage(ctx)
}
