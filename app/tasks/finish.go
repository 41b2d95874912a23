package tasks

import (
	"context"
	"errors"
	"time"

	"stead/app/access"
	"stead/app/errs"
	"stead/store"
)

// FinishTask marks a task as done; one that is done already stays as it was. The
// next turn of one that repeats is made at the same moment. It returns the id
// under which that is taken back; empty when there was nothing to do.
func (s *Service) FinishTask(ctx context.Context, actor access.Actor, id string) (undoID string, err error) {
	return s.FinishTaskOf(ctx, actor, "", id)
}

// FinishTaskOf is FinishTask for a task of one contact: any other is NotFound.
// With an empty contact it is of any, or of none.
func (s *Service) FinishTaskOf(ctx context.Context, actor access.Actor, contactID, id string) (undoID string, err error) {
	return s.do(ctx, actor, EventDone, id, func(c *change) error {
		if contactID != "" && c.task.ContactID != contactID {
			return store.ErrNotFound
		}
		if c.task.DoneAt != 0 {
			return errSame
		}
		if err := c.tx.FinishTask(ctx, id, actor.ID, c.now.UnixMilli()); err != nil {
			return err
		}
		next, ok := follow(c.task, c.now)
		if !ok {
			return nil
		}
		next.ID = c.next
		return c.tx.InsertTask(ctx, next)
	})
}

// follow is the turn after a task: the first that is not over yet, so that
// nobody works off a heap of missed ones.
func follow(t store.Task, now time.Time) (store.Task, bool) {
	repeat, err := ParseRepeat(t.Repeats)
	if err != nil || t.Repeats == "" {
		return store.Task{}, false
	}
	zone := now.Location()
	from, notBefore := time.UnixMilli(t.RepeatsFrom).In(zone), now
	if t.RepeatsFrom == 0 {
		from = dueIn(t, zone)
	}
	if t.AllDay {
		from, notBefore = dayIn(from.UnixMilli(), zone), midnight(now)
	}
	at, left, ok := repeat.Next(from, notBefore)
	if !ok {
		return store.Task{}, false
	}
	next := t
	next.DueAt, next.Repeats, next.RepeatOf = at.UnixMilli(), left.String(), t.ID
	next.RepeatsFrom, next.CallID, next.DoneAt, next.DoneBy, next.Version = next.DueAt, "", 0, "", 1
	next.CreatedAt, next.UpdatedAt = now.UnixMilli(), 0
	setReminder(&next, zone, now.UnixMilli())
	return next, true
}

// Reopen takes back that a task was done. Its next turn goes into the bin, unless
// somebody has begun with it: then it stays, and this one repeats no more.
func (s *Service) Reopen(ctx context.Context, actor access.Actor, id string) (undoID string, err error) {
	next, err := s.Store.NextTaskAfter(ctx, id)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return "", err
	}
	return s.do(ctx, actor, EventReopened, id, func(c *change) error {
		t := c.task
		if t.DoneAt == 0 {
			return errSame
		}
		t.DoneAt, t.DoneBy = 0, ""
		setReminder(&t, c.now.Location(), c.now.UnixMilli())
		if next.ID != "" && !next.Gone() {
			now, err := c.tx.Task(ctx, next.ID)
			if err != nil {
				return err
			}
			if now.Version == 1 && now.DoneAt == 0 {
				if err := c.undo.Watch(ctx, "tasks", "id", next.ID); err != nil {
					return err
				}
				if _, err := c.tx.BinTask(ctx, next.ID, c.now.UnixMilli()); err != nil {
					return err
				}
			} else {
				t.Repeats, t.RepeatsFrom = "", 0
			}
		}
		return c.tx.SaveTask(ctx, t, c.now.UnixMilli())
	})
}

// The ways of putting a task off.
const (
	SnoozeHour     = "hour"
	SnoozeTomorrow = "tomorrow"
	SnoozeWeek     = "week"
)

// Snooze puts a task off until an hour from now, tomorrow or next Monday. What
// repeats goes on from when it was due before.
func (s *Service) Snooze(ctx context.Context, actor access.Actor, id, until string) (undoID string, err error) {
	return s.do(ctx, actor, EventSnoozed, id, func(c *change) error {
		t := c.task
		if t.DoneAt != 0 {
			return errSame
		}
		due, ok := later(t, until, c.now)
		if !ok {
			return &errs.Error{Kind: errs.Invalid, Message: "Choose until when."}
		}
		t.DueAt = due.At.UnixMilli()
		t.AllDay = due.AllDay
		setReminder(&t, c.now.Location(), c.now.UnixMilli())
		return c.tx.SaveTask(ctx, t, c.now.UnixMilli())
	})
}

// later is when something is due that is put off; a time of day is kept.
func later(t store.Task, until string, now time.Time) (Due, bool) {
	const grid = 5 * time.Minute
	day := midnight(now)
	switch until {
	case SnoozeHour:
		return Due{At: now.Add(time.Hour + grid - time.Nanosecond).Truncate(grid)}, true
	case SnoozeTomorrow:
		day = day.AddDate(0, 0, 1)
	case SnoozeWeek:
		day, _ = next("week", day, 0)
	default:
		return Due{}, false
	}
	if t.AllDay || t.Kind == store.TaskCallBack {
		return Due{At: day, AllDay: t.AllDay}, true
	}
	due := dueIn(t, now.Location())
	return Due{At: atClock(day, due.Hour()*60+due.Minute())}, true
}

// Delete puts a task into the bin.
func (s *Service) Delete(ctx context.Context, actor access.Actor, id string) (undoID string, err error) {
	return s.do(ctx, actor, EventDeleted, id, func(c *change) error {
		_, err := c.tx.BinTask(ctx, id, c.now.UnixMilli())
		return err
	})
}
