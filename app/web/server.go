package web

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
)

// slack is what the library lets pass beyond the headers that it was told.
const slack = 4 << 10

// NewServer returns a server that no slow or endless client can hold open.
// ctx ends every request's context when the server is told to stop.
func NewServer(ctx context.Context, h http.Handler, l Limits) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: l.ReadHeader,
		ReadTimeout:       l.Read,
		WriteTimeout:      l.Write,
		IdleTimeout:       l.Idle,
		MaxHeaderBytes:    l.Header - slack,
		HTTP2:             &http.HTTP2Config{MaxConcurrentStreams: l.H2Streams},
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ErrorLog:          log.New(io.Discard, "", 0), // it prints addresses
	}
}
