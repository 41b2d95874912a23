package app

import (
	"context"
	"net/http"
	"strings"

	"stead/app/team"
	"stead/app/web"
	"stead/assets"
	"stead/store"
	"stead/views/ui"
)

// capabilities are the parts of the product that a person would name.
type capabilities struct {
	Team *team.Service
}

// wire constructs every capability and hands it to the router.
func (a *App) wire() {
	a.sessions = web.NewSessions(a.Store, strings.HasPrefix(a.cfg.URL, "https://"), a.now, a.log)
	a.live = web.NewLive(a.Store, a.sessions, topicsOf)
	a.pages, a.hooks = web.NewRouter(a.log), web.NewRouter(a.log)

	a.Team = team.New(team.Deps{
		Store: a.Store, Sessions: a.sessions, Vault: a.vault, KeyFile: a.cfg.KeyFile, URL: a.cfg.URL,
		Now: a.now, NewID: a.newID, Log: a.log,
	})
	a.Team.Routes(a.pages)
	a.routes(a.pages)

	a.handler = web.Chain(web.Options{
		Log: a.log, Now: a.now, NewID: a.newID, URL: a.cfg.URL, Trusted: a.cfg.Trusted,
		Sessions: a.sessions, Shell: a.shell, Assets: assets.Handler(), AssetsAt: assets.Prefix,
	}, a.pages, a.hooks)
}

// Start begins what runs beside the requests: jobs, queues, write-behind.
func (a *App) Start(ctx context.Context) error {
	a.beside(ctx, a.sessions.Run)
	return nil
}

// beside runs fn until Close and waits for it there.
func (a *App) beside(ctx context.Context, fn func(context.Context)) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan struct{})
	go func() {
		defer close(done)
		fn(ctx)
	}()
	a.stops = append(a.stops, func(context.Context) error {
		cancel()
		<-done
		return nil
	})
}

// shell is what surrounds every page of somebody who is signed in.
func (a *App) shell(ctx context.Context, _ *http.Request) ui.Shell {
	s := ui.Shell{}
	if b, err := a.Store.Business(ctx); err == nil {
		s.Business = b.Name
	}
	if n, err := a.Store.UnreadConversations(ctx); err == nil {
		s.Unread = int(n)
	}
	if n, err := a.Store.CountOpenTasks(ctx); err == nil {
		s.Tasks = int(n)
	}
	if a.vault.Locked() {
		s.Banner = a.vault.Status().Message
	}
	return s
}

// topicsOf tells open pages which lists an event changes.
func topicsOf(e store.Event) []string {
	area, _, _ := strings.Cut(e.Kind, ".")
	var topics []string
	switch area {
	case "message", "call", "note", "conversation", "consent", "decision":
		topics = []string{"inbox", "today"}
	case "contact":
		topics = []string{"contacts", "inbox", "today"}
	case "task":
		topics = []string{"today"}
	case "settings", "channel", "vault":
		topics = []string{"settings"}
	case "person", "erasure", "privacy":
		topics = []string{"privacy", "contacts", "inbox", "today"}
	}
	if e.ContactID != "" {
		topics = append(topics, "person:"+e.ContactID)
	}
	return topics
}
