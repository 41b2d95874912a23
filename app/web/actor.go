package web

import (
	"context"
	"net/http"

	"stead/app/access"
)

type actorKey struct{}

// WithActor is called by the session middleware, the socket and tests alone.
func WithActor(ctx context.Context, a access.Actor) context.Context {
	return context.WithValue(ctx, actorKey{}, a)
}

// Actor returns who is asking; the zero value is nobody.
func Actor(r *http.Request) access.Actor {
	a, _ := r.Context().Value(actorKey{}).(access.Actor)
	return a
}
