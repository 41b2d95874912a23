package tasks

import (
	"context"
	"encoding/json"
	"errors"

	"stead/app/access"
	"stead/app/errs"
	"stead/store"
)

// remindsAtOnce bounds how many reminders are looked at in one go.
const remindsAtOnce = 100

// Remind tells whoever is to be reminded by now: each reminder once, whatever
// ends the process, for it is cleared in the transaction that writes down the
// notification and the mail. It is called every few seconds. One that fails is
// logged and left for the next call; the others go on. An error is of them all.
func (s *Service) Remind(ctx context.Context) error {
	var last store.Task
	failed := errs.Failures{}
	defer func() {
		for code, n := range failed.ByCode() {
			s.Log.ErrorContext(ctx, "reminders do not leave", "code", code, "count", n)
		}
	}()
	for {
		rows, err := s.Store.TasksToRemind(ctx, s.Now().UnixMilli(), last, remindsAtOnce)
		if err != nil {
			return err
		}
		for _, row := range rows {
			if err := failed.Each(ctx, s.remind(ctx, row.ID, row.RemindAt)); err != nil {
				return err
			}
			last = row.Task
		}
		if len(rows) < remindsAtOnce {
			return nil
		}
	}
}

func (s *Service) remind(ctx context.Context, id string, remindAt int64) error {
	at := s.Now().UnixMilli()
	noticeID, eventID, by := s.NewID(), s.NewID(), access.System("reminders").ID
	return s.Store.InTx(ctx, func(tx *store.Tx) error {
		took, err := tx.TakeReminder(ctx, id, remindAt)
		if err != nil || !took {
			return err
		}
		rows, err := tx.TaskRows(ctx, []string{id})
		if err != nil {
			return err
		}
		t, ok := rows[id]
		if !ok || t.DoneAt != 0 || t.Restricted || t.Binned {
			return nil
		}
		to, err := s.reminded(ctx, &tx.Reader, t)
		if err != nil || to == "" {
			return err
		}
		if err := tx.Notify(ctx, store.Notification{ID: noticeID, UserID: to, Kind: store.NoticeTaskDue, Subject: id, ContactID: t.ContactID, At: at}); err != nil {
			return err
		}
		data, err := json.Marshal(map[string]string{"to": to})
		if err != nil {
			return err
		}
		return tx.Record(ctx, store.Event{ID: eventID, Kind: EventReminded, Subject: id, ContactID: t.ContactID, Actor: by, At: at, Data: string(data)})
	})
}

// reminded is whom a task reminds: its owner or, while it is nobody's, who wrote
// it down; empty for somebody who may not sign in, or may not see the task or
// whom it is about, any more.
func (s *Service) reminded(ctx context.Context, r *store.Reader, t store.TaskRow) (string, error) {
	id := t.OwnerID
	if id == "" {
		id = t.CreatedBy
	}
	if id == "" {
		return "", nil
	}
	u, err := r.User(ctx, id)
	if errors.Is(err, store.ErrNotFound) || err == nil && !u.Active() {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	actor, err := access.For(ctx, r, u)
	if err != nil || !sees(actor, t) {
		return "", err
	}
	return id, nil
}

// sees tells whether an actor may see a task and whom it is about.
func sees(actor access.Actor, t store.TaskRow) bool {
	return access.May(actor, access.TasksWrite, access.Object{Owner: t.OwnerID}) &&
		(t.ContactID == "" || access.May(actor, access.ContactsRead, access.Object{Owner: t.ContactOwner})) &&
		(t.CompanyID == "" || access.May(actor, access.ContactsRead, access.Object{Owner: t.CompanyOwner}))
}
