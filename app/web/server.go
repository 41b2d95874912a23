package web

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"time"
)

// MaxBody is the most that a form may send, and maxStranger what it may where
// nobody has signed in yet.
const (
	MaxBody     = 256 << 10
	maxStranger = 8 << 10
)

// bodyLimit is the most that may be sent to a path.
func bodyLimit(path string) int64 {
	for _, open := range []string{"/login", "/setup", "/unlock"} {
		if rest, ok := strings.CutPrefix(path, open); ok && (rest == "" || rest[0] == '/') {
			return maxStranger
		}
	}
	return MaxBody
}

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
