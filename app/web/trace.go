package web

import (
	"context"
	"net/http"
)

// traced is what the outer layers want to know of a request when it is done,
// filled in by the inner ones. Nothing in it is personal.
type traced struct {
	id      string
	pattern string
}

type traceKey struct{}

func withTrace(ctx context.Context, t *traced) context.Context {
	return context.WithValue(ctx, traceKey{}, t)
}

// trace never returns nil, so that a handler can be served without the chain.
func trace(r *http.Request) *traced {
	if t, ok := r.Context().Value(traceKey{}).(*traced); ok {
		return t
	}
	return &traced{}
}

// RequestID returns the reference that a person may quote and the log holds.
func RequestID(r *http.Request) string { return trace(r).id }
