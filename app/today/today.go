// Package today gathers what waits for somebody this day: calls to return,
// people to answer, calls that were missed, and whether calls and texts reach
// the business at all. It only reads; nothing is decided or sent from here.
package today

import (
	"context"
	"errors"
	"slices"
	"time"

	"stead/app/access"
	"stead/app/veil"
	"stead/store"
	"stead/views/ui"
)

// Tasks finishes a task; contacts does that.
type Tasks interface {
	FinishTask(ctx context.Context, actor access.Actor, id string) error
}

// Deps is all that the capability needs.
type Deps struct {
	Store *store.Store
	Tasks Tasks
	News  News // what they have not seen; nil: it is not shown
	Now   func() time.Time
}

// News draws at most limit things that somebody has not seen, and tells how many
// these are.
type News func(ctx context.Context, actor access.Actor, clock ui.Clock, limit int) (ui.Component, int, error)

// Service is the capability.
type Service struct{ Deps }

// New returns the capability.
func New(d Deps) *Service { return &Service{d} }

// How many of each are shown; the rest is behind a link.
const (
	maxTasks   = 20
	maxWaiting = 10
	maxHidden  = 20
	maxNews    = 5
	maxRisks   = 6
)

// Day is what waits this day for somebody: of the business's, what they may see.
type Day struct {
	User         string // name of who looks
	Business     store.Business
	Now          time.Time // in the business's zone
	Tasks        []Task    // the actor's own first
	TaskCount    int64
	people       access.People
	Shared       bool  // there are others to share the work with: then it is told how much is one's own
	MyTasks      int64 // of TaskCount
	MyUnread     int64 // of Unread
	MayCall      bool  // finish tasks at all
	MaySell      bool  // add deals
	Waiting      []store.ConversationRow
	WaitingCount int // up to maxWaiting and one more
	Unread       int64
	Calls        store.DayCalls
	Risks        []store.Risk     // deals that may be forgotten, up to maxRisks
	MoreRisks    bool             // there are others
	Hidden       []int64          // when withheld numbers called, the latest first
	Channel      store.Connection // the zero value when nothing was ever connected
}

// Task is something that is due: most often a call to return. Card says that the actor may open the
// person's card, and Sale the deal.
type Task struct {
	store.TaskRow
	Card  bool
	Sale  bool
	Owner string // name of whose it is; empty: nobody's, or it goes without saying
}

// Day returns what waits now.
func (s *Service) Day(ctx context.Context, actor access.Actor) (Day, error) {
	if err := access.Allow(actor, access.InboxRead, access.Object{Owner: actor.ID}); err != nil {
		return Day{}, err
	}
	d := Day{MayCall: actor.Has(access.TasksWrite), MaySell: actor.Has(access.DealsWrite)}
	var err error
	if d.Business, err = s.Store.Business(ctx); err != nil {
		return Day{}, err
	}
	d.Now = s.Now().In(d.Business.Location())
	users, err := s.Store.People(ctx)
	if err != nil {
		return Day{}, err
	}
	people := access.People(users)
	d.people, d.Shared = people, people.Several()
	for _, u := range people {
		if u.ID == actor.ID {
			d.User = u.Name
		}
	}
	if err := s.tasks(ctx, actor, people, &d); err != nil {
		return Day{}, err
	}
	if err := s.waiting(ctx, actor, &d); err != nil {
		return Day{}, err
	}
	if err := s.calls(ctx, actor, &d); err != nil {
		return Day{}, err
	}
	if err := s.risks(ctx, actor, &d); err != nil {
		return Day{}, err
	}
	d.Channel, err = s.Store.Connection(ctx, "twilio")
	if errors.Is(err, store.ErrNotFound) {
		err = nil
	}
	return d, err
}

// tasks are what is due before midnight, calls to return among it: the actor's own first.
func (s *Service) tasks(ctx context.Context, actor access.Actor, people access.People, d *Day) error {
	mine, all := access.Part(actor, access.TasksWrite, access.Mine), access.Scope(actor, access.TasksWrite)
	y, m, day := d.Now.Date()
	tonight := time.Date(y, m, day+1, 0, 0, 0, 0, d.Now.Location()).UnixMilli()
	rows, err := s.Store.TasksDue(ctx, all, tonight, store.Page{Limit: maxTasks})
	if err != nil {
		return err
	}
	if d.TaskCount = int64(len(rows)); len(rows) == maxTasks {
		if d.TaskCount, err = s.Store.CountTasksDue(ctx, all, tonight); err != nil {
			return err
		}
	}
	if d.Shared {
		own, err := s.Store.TasksDue(ctx, mine, tonight, store.Page{Limit: maxTasks})
		if err != nil {
			return err
		}
		if d.MyTasks, err = s.Store.CountTasksDue(ctx, mine, tonight); err != nil {
			return err
		}
		rows = slices.DeleteFunc(rows, func(t store.TaskRow) bool { return t.OwnerID == actor.ID })
		rows = append(own, rows...)
	}
	for _, row := range rows[:min(len(rows), maxTasks)] {
		task := shown(actor, row)
		if d.Shared {
			task.Owner = people.Name(row.OwnerID)
		}
		d.Tasks = append(d.Tasks, task)
	}
	return nil
}

// shown is a task without what an actor may not see of it.
func shown(actor access.Actor, row store.TaskRow) Task {
	task := Task{TaskRow: row, Card: access.May(actor, access.ContactsRead, access.Object{Owner: row.ContactOwner})}
	task.Sale = row.DealNumber != 0 && access.May(actor, access.DealsRead, access.Object{Owner: row.DealOwner})
	if !access.Sees(actor, row.DealOwner) {
		task.Deal = ""
	}
	if !access.Sees(actor, row.OwnerID) {
		task.Phone = veil.Key(row.Phone)
		veil.Task(&task.Task)
	}
	return task
}

// waiting are the people to answer.
func (s *Service) waiting(ctx context.Context, actor access.Actor, d *Day) error {
	scope := access.Scope(actor, access.InboxRead)
	rows, err := s.Store.Conversations(ctx, scope, store.InboxWaiting, store.Page{Limit: maxWaiting + 1})
	if err != nil {
		return err
	}
	d.WaitingCount = len(rows)
	d.Waiting = rows[:min(len(rows), maxWaiting)]
	for i := range d.Waiting {
		if !access.Sees(actor, d.Waiting[i].OwnerID) {
			veil.Conversation(&d.Waiting[i])
		}
	}
	if d.Unread, err = s.Store.UnreadConversations(ctx, scope); err != nil || !d.Shared {
		return err
	}
	d.MyUnread, err = s.Store.UnreadConversations(ctx, access.Part(actor, access.InboxRead, access.Mine))
	return err
}

// risks are the deals that may be forgotten; a title that the actor is not shown
// is left out.
func (s *Service) risks(ctx context.Context, actor access.Actor, d *Day) error {
	if !actor.Has(access.DealsRead) {
		return nil
	}
	rows, err := s.Store.DealsAtRisk(ctx, access.Scope(actor, access.DealsRead), d.Now, maxRisks+1)
	d.MoreRisks = len(rows) > maxRisks
	d.Risks = rows[:min(len(rows), maxRisks)]
	for i, x := range d.Risks {
		if !access.Sees(actor, x.OwnerID) {
			d.Risks[i].Title = ""
		}
	}
	return err
}

// calls is what came of the calls since midnight, by the business's clock.
func (s *Service) calls(ctx context.Context, actor access.Actor, d *Day) (err error) {
	scope := access.Scope(actor, access.InboxRead)
	y, m, day := d.Now.Date()
	midnight := time.Date(y, m, day, 0, 0, 0, 0, d.Now.Location()).UnixMilli()
	if d.Calls, err = s.Store.MissedSince(ctx, scope, midnight); err != nil || d.Calls.Hidden == 0 {
		return err
	}
	d.Hidden, err = s.Store.HiddenSince(ctx, scope, midnight, store.Page{Limit: maxHidden})
	return err
}
