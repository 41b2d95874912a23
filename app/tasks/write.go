package tasks

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"stead/app/access"
	"stead/app/errs"
	"stead/store"
)

// CodeChanged is the code of an edit of a task that somebody else changed meanwhile.
const CodeChanged = "changed"

var errChanged = &errs.Error{Kind: errs.Conflict, Code: CodeChanged, Message: "Somebody else changed this task meanwhile. Nothing was saved."}

// errSame ends a transaction that has nothing to do.
var errSame = errors.New("tasks: nothing to change")

// change is one change of one task while it is made.
type change struct {
	tx    *store.Tx
	undo  *store.Undoing // watches the task and the turn that follows
	actor access.Actor
	task  store.Task
	now   time.Time // by the business's clock
	next  string    // id for the turn that follows
}

// may returns a task that the actor may change; NotFound for one in the bin.
func may(ctx context.Context, r *store.Reader, actor access.Actor, id string) (store.Task, error) {
	t, err := r.Task(ctx, id)
	if err != nil {
		return t, err
	}
	if t.Gone() {
		return t, store.ErrNotFound
	}
	if t.ContactID != "" {
		c, err := r.Contact(ctx, t.ContactID)
		if err != nil || c.DeletedAt != 0 {
			return t, errors.Join(err, store.ErrNotFound)
		}
	}
	return t, access.Allow(actor, access.TasksWrite, access.Object{Owner: t.OwnerID})
}

// do makes a change that can be taken back, and records it as kind. It returns
// the id under which it is taken back; empty when there was nothing to do.
func (s *Service) do(ctx context.Context, actor access.Actor, kind, id string, make func(c *change) error) (string, error) {
	now, err := s.now(ctx)
	if err != nil {
		return "", err
	}
	undoID, next, at := s.NewID(), s.NewID(), now.UnixMilli()
	record := s.record(actor, kind, id, at)
	err = s.Store.InTx(ctx, func(tx *store.Tx) error {
		t, err := may(ctx, &tx.Reader, actor, id)
		if err != nil {
			return err
		}
		undo, err := tx.Undoable(ctx, store.Undo{ID: undoID, Kind: kind, Actor: actor.ID, ContactID: t.ContactID, At: at})
		if err != nil {
			return err
		}
		if err := undo.Watch(ctx, "tasks", "id", id, next); err != nil {
			return err
		}
		if err := make(&change{tx, undo, actor, t, now, next}); err != nil {
			return err
		}
		if err := undo.Close(ctx); err != nil {
			return err
		}
		return record(ctx, tx, t.ContactID)
	})
	if errors.Is(err, errSame) {
		return "", nil
	}
	if errors.Is(err, store.ErrConflict) {
		return "", errChanged
	}
	return undoID, err
}

// record is what is written down of a change; its ids are made before the
// transaction, which may run twice.
func (s *Service) record(actor access.Actor, kind, subject string, at int64) func(ctx context.Context, tx *store.Tx, contactID string) error {
	eventID := s.NewID()
	return func(ctx context.Context, tx *store.Tx, contactID string) error {
		return tx.Record(ctx, store.Event{ID: eventID, Kind: kind, Subject: subject, ContactID: contactID, Actor: actor.ID, At: at})
	}
}

// Create adds a task and returns its id, and that under which it is taken back.
// key is the form's: sent twice, it acts once. What cannot be understood is
// errs.Invalid with the fields; a contact or company out of reach is NotFound.
func (s *Service) Create(ctx context.Context, actor access.Actor, in Typed, key string) (id, undoID string, err error) {
	now, err := s.now(ctx)
	if err != nil {
		return "", "", err
	}
	id, undoID = s.NewID(), s.NewID()
	t, err := in.read(now)
	if err != nil {
		return "", "", err
	}
	t.ID, t.Kind, t.CreatedBy, t.CreatedAt = id, store.TaskToDo, actor.ID, now.UnixMilli()
	record, notice := s.record(actor, EventAdded, id, t.CreatedAt), s.notice(t.CreatedAt)
	made := id
	err = s.Store.InTx(ctx, func(tx *store.Tx) error {
		made = id
		task := t
		if err := s.mayPlace(ctx, &tx.Reader, actor, &task, store.Task{OwnerID: actor.ID}, true); err != nil {
			return err
		}
		if before, err := tx.FormResult(ctx, key); key != "" && !errors.Is(err, store.ErrNotFound) {
			made = before
			return err
		}
		undo, err := tx.Undoable(ctx, store.Undo{ID: undoID, Kind: EventAdded, Actor: actor.ID, ContactID: task.ContactID, At: task.CreatedAt})
		if err != nil {
			return err
		}
		if err := undo.Watch(ctx, "tasks", "id", id); err != nil {
			return err
		}
		if err := tx.InsertTask(ctx, task); err != nil {
			return err
		}
		if err := undo.Close(ctx); err != nil {
			return err
		}
		if err := notice(ctx, tx, actor, task); err != nil {
			return err
		}
		if key != "" {
			if err := tx.UseFormKey(ctx, key, id, task.CreatedAt); err != nil {
				return err
			}
		}
		return record(ctx, tx, task.ContactID)
	})
	if made != id {
		undoID = ""
	}
	return made, undoID, err
}

// Change writes what was typed over a task as the editor saw it: version. It is
// errs.Conflict with CodeChanged when it is another one now.
func (s *Service) Change(ctx context.Context, actor access.Actor, id string, version int64, in Typed) (undoID string, err error) {
	now, err := s.now(ctx)
	if err != nil {
		return "", err
	}
	if t, err := s.Store.Task(ctx, id); err == nil {
		in.untitled = t.Kind == store.TaskCallBack
	}
	typed, err := in.read(now)
	if err != nil {
		return "", err
	}
	notice := s.notice(now.UnixMilli())
	return s.do(ctx, actor, EventChanged, id, func(c *change) error {
		t := c.task
		if t.Version != version {
			return errChanged
		}
		was := t
		if !access.Sees(actor, t.OwnerID) && t.CreatedBy != actor.ID { // nobody writes over what they are not shown
			typed.Title, typed.Body = t.Title, t.Body
		}
		t.Title, t.Body, t.OwnerID, t.ContactID, t.CompanyID = typed.Title, typed.Body, typed.OwnerID, typed.ContactID, typed.CompanyID
		t.Reminds, t.RemindBefore, t.RemindAt, t.Repeats = typed.Reminds, typed.RemindBefore, typed.RemindAt, typed.Repeats
		if t.DueAt != typed.DueAt || t.AllDay != typed.AllDay || t.Repeats != was.Repeats {
			t.DueAt, t.AllDay, t.RepeatsFrom = typed.DueAt, typed.AllDay, typed.RepeatsFrom
		}
		if t.Kind == store.TaskCallBack {
			t.Repeats, t.RepeatsFrom = "", 0
		}
		if t.DoneAt != 0 {
			t.RemindAt = 0
		}
		if err := s.mayPlace(ctx, &c.tx.Reader, actor, &t, was, false); err != nil {
			return err
		}
		if t == was {
			return errSame
		}
		if err := c.tx.SaveTask(ctx, t, c.now.UnixMilli()); err != nil || t.OwnerID == was.OwnerID {
			return err
		}
		return notice(ctx, c.tx, actor, t)
	})
}

// mayPlace tells whether the actor may give a task to whom it names, and place it
// with the contact and the company that it names, where these are new.
func (s *Service) mayPlace(ctx context.Context, r *store.Reader, actor access.Actor, t *store.Task, was store.Task, fresh bool) error {
	if t.OwnerID != was.OwnerID || fresh {
		if err := access.Allow(actor, access.TasksWrite, access.Object{Owner: t.OwnerID}); err != nil {
			if errs.KindOf(err) == errs.NotFound {
				return invalid(map[string]string{"owner": "You cannot give tasks to this colleague."})
			}
			return err
		}
	}
	if t.OwnerID != "" && t.OwnerID != was.OwnerID {
		if err := access.MayHold(ctx, r, t.OwnerID, access.TasksWrite); err != nil {
			if f := errs.Fields(err)["to"]; f != "" {
				return invalid(map[string]string{"owner": f})
			}
			return err
		}
	}
	if t.DealID != "" && t.DealID != was.DealID {
		if err := placeOnDeal(ctx, r, actor, t); err != nil {
			return err
		}
	}
	if t.ContactID != "" && t.ContactID != was.ContactID {
		c, err := r.Contact(ctx, t.ContactID)
		if err == nil && c.DeletedAt != 0 {
			err = store.ErrNotFound
		}
		if err != nil {
			return err
		}
		if err := access.Allow(actor, access.ContactsRead, access.Object{Owner: c.OwnerID}); err != nil {
			return err
		}
	}
	if t.CompanyID != "" && t.CompanyID != was.CompanyID {
		c, err := r.Company(ctx, t.CompanyID)
		if err == nil && c.DeletedAt != 0 {
			err = store.ErrNotFound
		}
		if err != nil {
			return err
		}
		return access.Allow(actor, access.ContactsRead, access.Object{Owner: c.OwnerID})
	}
	return nil
}

// placeOnDeal has a task be about whom its deal is with, as far as the actor may
// know them.
func placeOnDeal(ctx context.Context, r *store.Reader, actor access.Actor, t *store.Task) error {
	d, err := r.Deal(ctx, t.DealID)
	if err == nil && d.DeletedAt != 0 {
		err = store.ErrNotFound
	}
	if err != nil {
		return err
	}
	if err := access.Allow(actor, access.DealsRead, access.Object{Owner: d.OwnerID}); err != nil {
		return err
	}
	if t.ContactID != "" || d.ContactID == "" {
		return nil
	}
	c, err := r.Contact(ctx, d.ContactID)
	if err == nil && c.DeletedAt == 0 && access.May(actor, access.ContactsRead, access.Object{Owner: c.OwnerID}) {
		t.ContactID = c.ID
	}
	return err
}

// notice tells whoever got a task from somebody else, and records the assignment.
func (s *Service) notice(at int64) func(ctx context.Context, tx *store.Tx, actor access.Actor, t store.Task) error {
	noticeID, eventID := s.NewID(), s.NewID()
	return func(ctx context.Context, tx *store.Tx, actor access.Actor, t store.Task) error {
		if t.OwnerID == actor.ID {
			return nil
		}
		if t.OwnerID != "" {
			err := tx.Notify(ctx, store.Notification{
				ID: noticeID, UserID: t.OwnerID, Kind: store.NoticeTaskAssigned, Subject: t.ID, ContactID: t.ContactID, At: at,
			})
			if err != nil {
				return err
			}
		}
		data, err := json.Marshal(map[string]string{"to": t.OwnerID})
		if err != nil {
			return err
		}
		return tx.Emit(ctx, store.Event{ID: eventID, Kind: EventAssigned, Subject: t.ID, ContactID: t.ContactID, Actor: actor.ID, At: at, Data: string(data)})
	}
}

func invalid(fields map[string]string) error {
	if len(fields) == 0 {
		return nil
	}
	return &errs.Error{Kind: errs.Invalid, Message: "The task cannot be saved like this.", Fields: fields}
}
