package store

import (
	"context"
	"fmt"
)

// QuickCheck has the engine look at its own structure; the error names the
// first thing that is wrong. It is no checksum of what was written. PostgreSQL
// has nothing like it and is believed.
func (s *Store) QuickCheck(ctx context.Context) error {
	if s.eng.name() != "sqlite" {
		return nil
	}
	lines, err := list(ctx, &s.Reader, "store.QuickCheck", `PRAGMA quick_check(1)`, scanText)
	if err != nil {
		return err
	}
	if len(lines) == 1 && lines[0] == "ok" {
		return nil
	}
	return fmt.Errorf("the database is damaged: %v", lines)
}
