package errs

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"

	"stead/store"
)

// Failures counts, by code, what failed of many things of which each is tried
// for itself.
type Failures map[string]int

// Each notes how one of them ended, so that the others go on. It returns the
// error where none of the others would fare better: the context is over, or
// nothing can be written at all.
func (f Failures) Each(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil || errors.Is(err, store.ErrFull) || errors.Is(err, store.ErrReadOnly):
		return err
	}
	f[CodeOf(err)]++
	return nil
}

// Log writes down what failed, once for each code.
func (f Failures) Log(ctx context.Context, log *slog.Logger, what string) {
	for _, code := range slices.Sorted(maps.Keys(f)) {
		log.ErrorContext(ctx, "some of it failed", "what", what, "code", code, "count", f[code])
	}
}
