package acts

import (
	"context"
	"errors"
	"strings"

	"stead/store"
)

// BroughtBack names the record that may be as it was before: an event took back
// one of the changes whose kinds begin with prefix, or brought something out of the
// bin, of whatever kind. It is empty for any other event.
func BroughtBack(ctx context.Context, r *store.Reader, e store.Event, prefix string) (id string, err error) {
	switch e.Kind {
	case "bin.restored":
		return e.Subject, nil
	case "change.undone": // an act has the id of its undo
		done, err := r.Event(ctx, e.Subject)
		if errors.Is(err, store.ErrNotFound) || err == nil && !strings.HasPrefix(done.Kind, prefix) {
			return "", nil
		}
		return done.Subject, err
	}
	return "", nil
}
