package errs

import (
	"context"
	"errors"
	"iter"
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

// ByCode are the codes in their order, each with how often it came.
func (f Failures) ByCode() iter.Seq2[string, int] {
	return func(yield func(string, int) bool) {
		for _, code := range slices.Sorted(maps.Keys(f)) {
			if !yield(code, f[code]) {
				return
			}
		}
	}
}
