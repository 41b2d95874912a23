package web

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"time"
)

// MaxBody is the most that a form or a callback may send.
const MaxBody = 1 << 20

// NewServer returns a server that no slow or endless client can hold open.
// ctx ends every request's context when the server is told to stop.
func NewServer(ctx context.Context, h http.Handler) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      60 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ErrorLog:          log.New(io.Discard, "", 0), // it prints addresses
	}
}
