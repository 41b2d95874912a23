package app

import (
	"context"
	"fmt"
)

// closingFinding says that the business has ended; ok is false while it goes
// on. Then nothing else is worth looking at.
func (a *App) closingFinding(ctx context.Context) (f Finding, ok bool) {
	end, ok, err := a.Team.Ended(ctx)
	if err != nil {
		return verdict("closing", err, "Restore a backup: stead backup restore."), true
	}
	if !ok {
		return f, false
	}
	detail := fmt.Sprintf("This business was closed on %s: %d people and %d accounts were destroyed, and the keys with them.", end.At, end.People, end.Accounts)
	remedy := ""
	for _, g := range end.Stays {
		remedy += g.What + ": " + g.Why
		if g.Until != "" {
			remedy += " Until " + g.Until + "."
		}
		remedy += " "
	}
	return Finding{"closing", "warn", detail, remedy}, true
}
