// Package today gathers what waits for somebody this day: calls to return,
// people to answer, calls that were missed, and whether calls and texts reach
// the business at all. It only reads; nothing is decided or sent from here.
package today

import (
	"context"
	"errors"
	"time"

	"stead/app/access"
	"stead/store"
)

// Tasks finishes a task; contacts does that.
type Tasks interface {
	FinishTask(ctx context.Context, actor access.Actor, id string) error
}

// Deps is all that the capability needs.
type Deps struct {
	Store *store.Store
	Tasks Tasks
	Now   func() time.Time
}

// Service is the capability.
type Service struct{ Deps }

// New returns the capability.
func New(d Deps) *Service { return &Service{d} }

// How many of each are shown; the rest is behind a link.
const (
	maxTasks   = 20
	maxWaiting = 10
	maxHidden  = 20
)

// Day is what waits this day.
type Day struct {
	User         string // name of who looks
	Business     store.Business
	Now          time.Time // in the business's zone
	Tasks        []store.TaskRow
	TaskCount    int64
	Waiting      []store.ConversationRow
	WaitingCount int // up to maxWaiting and one more
	Unread       int64
	Calls        store.DayCalls
	Hidden       []int64          // when withheld numbers called, the latest first
	Channel      store.Connection // the zero value when nothing was ever connected
}

// Day returns what waits now.
func (s *Service) Day(ctx context.Context, actor access.Actor) (Day, error) {
	if err := access.Allow(actor, access.InboxRead, access.Object{}); err != nil {
		return Day{}, err
	}
	var d Day
	var err error
	if d.Business, err = s.Store.Business(ctx); err != nil {
		return Day{}, err
	}
	d.Now = s.Now().In(d.Business.Location())
	if err := s.work(ctx, &d); err != nil {
		return Day{}, err
	}
	if err := s.calls(ctx, &d); err != nil {
		return Day{}, err
	}
	u, err := s.Store.User(ctx, actor.ID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return Day{}, err
	}
	d.User = u.Name
	d.Channel, err = s.Store.Connection(ctx, "twilio")
	if errors.Is(err, store.ErrNotFound) {
		err = nil
	}
	return d, err
}

// work is what somebody must do: calls to return, people to answer.
func (s *Service) work(ctx context.Context, d *Day) (err error) {
	if d.Tasks, err = s.Store.OpenTasks(ctx, store.Everything, store.Page{Limit: maxTasks}); err != nil {
		return err
	}
	d.TaskCount = int64(len(d.Tasks))
	if len(d.Tasks) == maxTasks {
		if d.TaskCount, err = s.Store.CountOpenTasks(ctx); err != nil {
			return err
		}
	}
	waiting, err := s.Store.Conversations(ctx, store.Everything, store.InboxWaiting, store.Page{Limit: maxWaiting + 1})
	if err != nil {
		return err
	}
	d.WaitingCount = len(waiting)
	d.Waiting = waiting[:min(len(waiting), maxWaiting)]
	d.Unread, err = s.Store.UnreadConversations(ctx)
	return err
}

// calls is what came of the calls since midnight, by the business's clock.
func (s *Service) calls(ctx context.Context, d *Day) (err error) {
	y, m, day := d.Now.Date()
	midnight := time.Date(y, m, day, 0, 0, 0, 0, d.Now.Location()).UnixMilli()
	if d.Calls, err = s.Store.MissedSince(ctx, midnight); err != nil || d.Calls.Hidden == 0 {
		return err
	}
	d.Hidden, err = s.Store.HiddenSince(ctx, midnight, store.Page{Limit: maxHidden})
	return err
}
