// Package bulk changes many contacts at once: those whom somebody chose in a
// list, or everything that a view finds. A few are changed in one transaction,
// many in steps in the background; either way one undo takes all of it back.
// What a change means for one contact is said by the store; merging and
// exporting those who were chosen are other capabilities'.
package bulk

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/picked"
	"stead/app/web"
	"stead/app/work"
	"stead/store"
)

// Kind is that of the operation.
const Kind = EventChanged

// atOnce is how many are changed in one transaction while somebody waits; the
// others how many in each step in the background.
const (
	atOnce    = 200
	fewRows   = 25
	firstRows = 100
	mostRows  = 1000
)

// countTime is how long those whom a large change concerns may be counted.
const countTime = 2 * time.Second

// Deps is all that the capability needs.
type Deps struct {
	Store *store.Store
	Work  *work.Runner
	Say   web.Say // said once on the next page
	Now   func() time.Time
	NewID func() string
}

// Service is the capability.
type Service struct{ Deps }

// The events of a change of many. Their subject is the operation, or the undo of
// what was done at once; their data are a Told.
const (
	EventChanged  = "contacts.changed"
	EventAssigned = "contacts.assigned"
)

// Told is what the one event of a change of many says: what, of how many, and
// whose they are now.
type Told struct {
	What  string `json:"what"`
	Count int64  `json:"count"`
	To    string `json:"to,omitempty"`
}

// New returns the capability and tells Work of its steps.
func New(d Deps) *Service {
	s := &Service{d}
	d.Work.Handle(Kind, s.step)
	return s
}

// Outcome is what became of a change: done at once, or going on as an operation.
type Outcome struct {
	Changed, Skipped int
	Undo             string // takes it back; empty: nothing was changed
	Operation        string // id of the work that goes on; empty: it is done
}

// params are what an operation keeps of what it was asked.
type params struct {
	Picked picked.Picked `json:"picked"`
	Edit   Edit          `json:"edit"`
	Now    int64         `json:"now"` // when it was asked, in the zone of the business: "the last 7 days" stay those
}

// Apply changes those who were picked. key is the form's: sent twice, it acts once.
func (s *Service) Apply(ctx context.Context, actor access.Actor, p picked.Picked, e Edit, key string) (Outcome, error) {
	if err := access.Allow(actor, e.needs(), access.Object{Owner: actor.ID}); err != nil {
		return Outcome{}, err
	}
	now, err := s.now(ctx)
	if err != nil {
		return Outcome{}, err
	}
	set, err := p.Open(ctx, &s.Store.Reader, actor, access.ContactsRead, now)
	if err != nil {
		return Outcome{}, err
	}
	ids, next, err := set.Some(ctx, &s.Store.Reader, "", atOnce)
	if err != nil {
		return Outcome{}, err
	}
	if next != "" {
		return s.start(ctx, actor, p, set, e, key, now)
	}
	return s.atOnce(ctx, actor, ids, e, key, now.UnixMilli())
}

func (s *Service) atOnce(ctx context.Context, actor access.Actor, ids []string, e Edit, key string, now int64) (out Outcome, err error) {
	made, undoID, fresh, told := s.made(len(ids)), s.NewID(), fresh{s.NewID(), s.NewID()}, s.NewID()
	err = s.Store.InTx(ctx, func(tx *store.Tx) error {
		out = Outcome{Undo: undoID}
		if before, err := tx.FormResult(ctx, key); key != "" && err == nil {
			out.Undo = before
			return nil
		}
		undo, err := tx.Undoable(ctx, store.Undo{ID: undoID, Kind: e.event(), Actor: actor.ID, At: now})
		if err != nil {
			return err
		}
		ready, err := e.prepare(ctx, tx, undo, actor, fresh, now)
		if err != nil {
			return err
		}
		done, err := s.change(ctx, tx, undo, actor, ids, ready, made, now)
		if err != nil {
			return err
		}
		if out.Changed, out.Skipped = len(done.acts), done.skipped; out.Changed == 0 {
			return errNothing
		}
		if err := done.record(ctx, tx, ready, out.Changed == 1); err != nil {
			return err
		}
		if out.Changed > 1 {
			if err := tx.Emit(ctx, ready.told(told, actor.ID, undoID, int64(out.Changed), now)); err != nil {
				return err
			}
		}
		if key == "" {
			return nil
		}
		return tx.UseFormKey(ctx, key, undoID, now)
	})
	if errors.Is(err, errNothing) {
		out.Undo, err = "", nil
	}
	return out, err
}

// errNothing rolls a change back that changed nobody.
var errNothing = errors.New("bulk: nobody was changed")

// start hands a large change over to the background.
func (s *Service) start(ctx context.Context, actor access.Actor, p picked.Picked, set picked.Set, e Edit, key string, now time.Time) (Outcome, error) {
	set.Question.Time = countTime
	tally, err := set.Count(ctx, &s.Store.Reader, 1<<30)
	if err != nil {
		return Outcome{}, err
	}
	op := store.Operation{ID: s.NewID(), Kind: Kind, Actor: actor.ID, UndoID: s.NewID(), CreatedAt: now.UnixMilli()}
	if !tally.More {
		op.Total = int64(tally.N)
	}
	draft, fresh := s.NewID(), fresh{s.NewID(), s.NewID()}
	asked := store.AuditEntry{Action: EventChanged, Actor: actor.ID, Object: op.ID, At: op.CreatedAt}
	id := op.ID
	err = s.Store.InTx(ctx, func(tx *store.Tx) error {
		id = op.ID
		if before, err := tx.FormResult(ctx, key); key != "" && err == nil {
			id = before
			return nil
		}
		kept, err := p.Freeze(ctx, tx, actor, set.Question, draft, op.CreatedAt)
		if err != nil {
			return err
		}
		undo, err := tx.Undoable(ctx, store.Undo{ID: op.UndoID, Kind: e.event(), Actor: actor.ID, At: op.CreatedAt})
		if err != nil {
			return err
		}
		ready, err := e.prepare(ctx, tx, undo, actor, fresh, op.CreatedAt)
		if err != nil {
			return err
		}
		if err := undo.Close(ctx); err != nil {
			return err
		}
		text, err := json.Marshal(params{kept, ready, op.CreatedAt})
		if err != nil {
			return err
		}
		op.Params = string(text)
		if err := s.Work.Start(ctx, tx, op); err != nil {
			return err
		}
		if err := tx.Audit(ctx, asked); err != nil || key == "" {
			return err
		}
		return tx.UseFormKey(ctx, key, op.ID, op.CreatedAt)
	})
	return Outcome{Operation: id}, err
}

// step changes the next few of an operation, with the rights that its actor has now.
func (s *Service) step(ctx context.Context, op store.Operation, actor access.Actor) (store.Operation, error) {
	var p params
	if err := json.Unmarshal([]byte(op.Params), &p); err != nil {
		return op, &errs.Error{Kind: errs.Invalid, Code: "params", Message: "This piece of work cannot be read.", Err: err}
	}
	if err := access.Allow(actor, p.Edit.needs(), access.Object{Owner: actor.ID}); err != nil {
		return op, err
	}
	zone, err := s.zone(ctx)
	if err != nil {
		return op, err
	}
	set, err := p.Picked.Open(ctx, &s.Store.Reader, actor, access.ContactsRead, time.UnixMilli(p.Now).In(zone))
	if err != nil {
		return op, err
	}
	defer s.Work.Turn(ctx)()
	began := s.Now()
	ids, next, err := set.Some(ctx, &s.Store.Reader, op.Cursor, s.Work.Share(op.ID, firstRows, fewRows, mostRows))
	if err != nil {
		return op, err
	}
	if p.Edit.searched() {
		if err := s.Store.BeginBulk(ctx, op.UpdatedAt); err != nil {
			return op, err
		}
	}
	out, err := s.some(ctx, op, actor, p.Edit, ids, next)
	s.Work.Took(op.ID, len(ids), s.Now().Sub(began))
	return out, err
}

// some changes a few and notes how far the operation has come.
func (s *Service) some(ctx context.Context, op store.Operation, actor access.Actor, e Edit, ids []string, next string) (out store.Operation, err error) {
	made := s.made(len(ids))
	err = s.Store.InTx(ctx, func(tx *store.Tx) error {
		out = op
		undo, err := tx.UndoableAgain(ctx, op.UndoID)
		if err != nil {
			return err
		}
		done, err := s.change(ctx, tx, undo, actor, ids, e, made, op.UpdatedAt)
		if err != nil {
			return err
		}
		if err := done.record(ctx, tx, e, false); err != nil {
			return err
		}
		out.Done, out.Changed, out.Skipped = op.Done+int64(len(ids)), op.Changed+int64(len(done.acts)), op.Skipped+int64(done.skipped)
		out.Cursor = next
		if next == "" {
			out.State = store.OperationDone
		}
		return tx.SaveOperation(ctx, out)
	})
	return out, err
}

// React is a store.Reaction: when a change of many has ended, whatever way, it is
// told once, of all whom it changed.
func (s *Service) React(ctx context.Context, tx *store.Tx, e store.Event) error {
	if e.Kind != store.EventOperationDone && e.Kind != store.EventOperationStopped {
		return nil
	}
	op, err := tx.Operation(ctx, e.Subject)
	if errors.Is(err, store.ErrNotFound) || err == nil && (op.Kind != Kind || op.Changed == 0) {
		return nil
	}
	var p params
	if err == nil {
		err = json.Unmarshal([]byte(op.Params), &p)
	}
	if err != nil {
		return err
	}
	return tx.Emit(ctx, p.Edit.told(s.NewID(), op.Actor, op.ID, op.Changed, e.At))
}

// made are the ids of the events of a step, made before its transaction.
func (s *Service) made(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = s.NewID()
	}
	return out
}

func (s *Service) now(ctx context.Context) (time.Time, error) {
	zone, err := s.zone(ctx)
	return s.Now().In(zone), err
}

func (s *Service) zone(ctx context.Context) (*time.Location, error) {
	b, err := s.Store.Business(ctx)
	if err != nil {
		return time.UTC, err
	}
	return b.Location(), nil
}
