package today

import (
	"context"

	"stead/views/ui"
)

// say is what a screen reader is told of a person.
func (p Person) say() string {
	if p.Name != "" {
		return p.Name
	}
	return p.Number
}

// doneLabel says to a screen reader what a button finishes.
func doneLabel(ctx context.Context, task Task) string {
	if task.Title != "" {
		return ui.Say(ctx, "Done: %s", task.Title)
	}
	return ui.Say(ctx, "Done: call back %s", task.Who.say())
}

// summary says the day in a sentence: what waits, or what to do when nothing does.
func summary(ctx context.Context, p Day) string {
	t := ui.Words(ctx)
	calls := ui.Many(ctx, p.TaskCount, "%s task is due", "%s tasks are due")
	switch {
	case p.TaskCount > 0 && len(p.Waiting) > 0:
		return ui.Say(ctx, "%s, and people wait for an answer.", calls)
	case p.TaskCount > 0:
		return calls + "."
	case len(p.Waiting) > 0:
		return t("People wait for an answer.")
	case p.Notice.Text != "":
		return t("Connect your phone number, then every missed call turns up here.")
	}
	return t("Nothing waits. The next missed call turns up here by itself.")
}
