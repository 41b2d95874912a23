package ui

import "context"

// label is what a screen reader is told of the button that changes the owner.
func (p Owner) label(ctx context.Context) string {
	if p.Name == "" {
		return Words(ctx)("Unassigned: choose who looks after it")
	}
	return Say(ctx, "Assigned to %s: change", p.Name)
}
