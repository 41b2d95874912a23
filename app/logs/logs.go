// Package logs makes the logger of the product. Only attributes on a list of
// keys are printed, everything else reads "[dropped]": a list of what is
// forbidden would forget something, a list of what is allowed cannot. Who a
// person is never reaches a log, only the id of their row.
package logs

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// dropped stands where something was not meant for a log.
const dropped = "[dropped]"

// ids are keys whose values name a row, verbatim those that are printed as they
// are, cleaned those that pass the redactor.
var (
	ids = words(`id actor_id contact_id conversation_id message_id call_id event_id job_id user_id erasure_id
		request_id backup_id task_id`)
	verbatim = words("addr version schema")
	cleaned  = words(`route method status ms job kind queue attempt attempts wait_ms err code provider processor purpose
		result reason state from_state table rule batch batches rows count pending bytes size limit seq host pid
		signal engine step check dir panic stack`)
)

func words(text string) map[string]bool {
	set := map[string]bool{}
	for word := range strings.FieldsSeq(text) {
		set[word] = true
	}
	return set
}

// New returns a logger that writes lines of JSON when format is "json", else
// lines of key=value, from the given level on.
func New(w io.Writer, format string, level slog.Leveler) *slog.Logger {
	opts := &slog.HandlerOptions{Level: level}
	if format == "json" {
		return slog.New(&handler{next: slog.NewJSONHandler(w, opts)})
	}
	return slog.New(&handler{next: slog.NewTextHandler(w, opts)})
}

// Level reads "debug", "info", "warn" or "error".
func Level(text string) (slog.Level, error) {
	switch strings.ToLower(text) {
	case "debug":
		return slog.LevelDebug, nil
	case "info", "":
		return slog.LevelInfo, nil
	case "warn":
		return slog.LevelWarn, nil
	case "error":
		return slog.LevelError, nil
	}
	return slog.LevelInfo, fmt.Errorf("logs: the level is debug, info, warn or error")
}

// handler filters records on their way to the one that prints them.
type handler struct{ next slog.Handler }

func (h *handler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.next.Enabled(ctx, level)
}

func (h *handler) Handle(ctx context.Context, r slog.Record) error {
	out := slog.NewRecord(r.Time, r.Level, Redact(r.Message), r.PC)
	r.Attrs(func(a slog.Attr) bool {
		out.AddAttrs(filter(a))
		return true
	})
	return h.next.Handle(ctx, out)
}

func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	kept := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		kept[i] = filter(a)
	}
	return &handler{next: h.next.WithAttrs(kept)}
}

func (h *handler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	return &handler{next: h.next.WithGroup(safeKey(name))}
}

// filter returns the attribute that may be printed. A group is looked at
// attribute by attribute, however deep.
func filter(a slog.Attr) slog.Attr {
	if v, ok := a.Value.Any().(shown); ok {
		return slog.Attr{Key: safeKey(a.Key), Value: v.LogValue()}
	}
	value := a.Value.Resolve()
	if value.Kind() == slog.KindGroup {
		var kept []any
		for _, inner := range value.Group() {
			kept = append(kept, filter(inner))
		}
		if a.Key == "" { // its attributes stand in the outer group
			return slog.Attr{Value: slog.GroupValue(attrs(kept)...)}
		}
		return slog.Group(safeKey(a.Key), kept...)
	}
	switch {
	case a.Key == "" && value.Equal(slog.Value{}):
		return slog.Attr{}
	case ids[a.Key]:
		return slog.String(a.Key, safeID(value))
	case verbatim[a.Key]:
		return slog.String(a.Key, short(oneLine(value.String())))
	case cleaned[a.Key]:
		return slog.Attr{Key: a.Key, Value: clean(a.Key, value)}
	}
	return slog.String(safeKey(a.Key), dropped)
}

func attrs(list []any) []slog.Attr {
	out := make([]slog.Attr, len(list))
	for i, a := range list {
		out[i] = a.(slog.Attr)
	}
	return out
}

// clean lets numbers and times pass, and texts through the redactor. A value of
// another type may hold anything and is dropped.
func clean(key string, v slog.Value) slog.Value {
	switch v.Kind() {
	case slog.KindInt64, slog.KindUint64, slog.KindFloat64, slog.KindBool, slog.KindDuration, slog.KindTime:
		return v
	case slog.KindString:
		return slog.StringValue(text(key, v.String))
	default:
	}
	switch x := v.Any().(type) {
	case error:
		return slog.StringValue(text(key, x.Error))
	case fmt.Stringer:
		return slog.StringValue(text(key, x.String))
	case nil:
		return v
	}
	return slog.StringValue(dropped)
}

// text redacts what say returns; a value that panics says nothing.
func text(key string, say func() string) (out string) {
	defer func() {
		if recover() != nil {
			out = dropped
		}
	}()
	if key == "stack" {
		return cut(Redact(say()), 8000)
	}
	return short(Redact(say()))
}

// safeKey returns a key that a programmer wrote; one that was made of data,
// such as slog's "!BADKEY", is dropped.
func safeKey(key string) string {
	if len(key) == 0 || len(key) > 32 {
		return "dropped"
	}
	for _, r := range key {
		if (r < 'a' || r > 'z') && r != '_' {
			return "dropped"
		}
	}
	return key
}
