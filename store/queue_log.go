package store

import (
	"context"
	"log/slog"
)

// unlessStopped drops what a log would say of work that was called off: a stop
// is asked for, it is no error.
type unlessStopped struct{ slog.Handler }

// Handle passes a record on unless one of its values is the end of a context.
func (h unlessStopped) Handle(ctx context.Context, r slog.Record) error {
	stopped := false
	r.Attrs(func(a slog.Attr) bool {
		err, ok := a.Value.Any().(error)
		stopped = ok && isStopped(err)
		return !stopped
	})
	if stopped {
		return nil
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs keeps the rule.
func (h unlessStopped) WithAttrs(attrs []slog.Attr) slog.Handler {
	return unlessStopped{h.Handler.WithAttrs(attrs)}
}

// WithGroup keeps the rule.
func (h unlessStopped) WithGroup(name string) slog.Handler {
	return unlessStopped{h.Handler.WithGroup(name)}
}
