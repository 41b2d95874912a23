// Package calendar gives each colleague a secret address under which a calendar
// elsewhere reads their tasks. It holds the address, what the file says, and the
// page on which the address is made and ended. It reads tasks and changes none.
package calendar

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"time"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/web"
	"stead/store"
)

// The events of a feed. Their subject is the user.
const (
	EventMade  = "calendar.made" // also in the place of an earlier one
	EventNamed = "calendar.named"
	EventEnded = "calendar.ended"
)

// Deps is all that the capability needs.
type Deps struct {
	Store *store.Store
	Now   func() time.Time
	NewID func() string
	URL   string  // STEAD_URL: what links begin with
	Say   web.Say // said once on the next page
}

// Service is the capability.
type Service struct{ Deps }

// New returns the capability.
func New(d Deps) *Service { return &Service{d} }

// tokenBytes are as many as nobody guesses.
const tokenBytes = 24

// hashOf is what is kept of a token.
func hashOf(token string) string {
	sum := sha256.Sum256([]byte("calendar " + token))
	return hex.EncodeToString(sum[:])
}

func mayHave(actor access.Actor) error {
	if actor.Kind != access.User {
		return &errs.Error{Kind: errs.Denied, Message: "Sign in first."}
	}
	return access.Allow(actor, access.TasksWrite, access.Object{Owner: actor.ID})
}

// Feed returns the actor's own; the zero value while they have none.
func (s *Service) Feed(ctx context.Context, actor access.Actor) (store.CalendarFeed, error) {
	if err := mayHave(actor); err != nil {
		return store.CalendarFeed{}, err
	}
	f, err := s.Store.CalendarFeed(ctx, actor.ID)
	if errors.Is(err, store.ErrNotFound) {
		return store.CalendarFeed{}, nil
	}
	return f, err
}

// Make gives the actor an address, in the place of any earlier one, and returns
// its path: this once, for only a hash is kept.
func (s *Service) Make(ctx context.Context, actor access.Actor, named bool) (path string, err error) {
	raw := make([]byte, tokenBytes)
	_, _ = rand.Read(raw) // never fails
	token := base64.RawURLEncoding.EncodeToString(raw)
	err = s.change(ctx, actor, EventMade, func(tx *store.Tx, at int64) (bool, error) {
		return true, tx.PutCalendarFeed(ctx, store.CalendarFeed{UserID: actor.ID, TokenHash: hashOf(token), Named: named, CreatedAt: at})
	})
	return "/calendar/" + token + ending, err
}

// Name says whether the calendar names whom a task is about.
func (s *Service) Name(ctx context.Context, actor access.Actor, named bool) error {
	return s.change(ctx, actor, EventNamed, func(tx *store.Tx, _ int64) (bool, error) { return tx.NameInCalendar(ctx, actor.ID, named) })
}

// End has the address open nothing any more.
func (s *Service) End(ctx context.Context, actor access.Actor) error {
	return s.change(ctx, actor, EventEnded, func(tx *store.Tx, _ int64) (bool, error) { return tx.DropCalendarFeed(ctx, actor.ID) })
}

// change writes something down about the actor's own feed, if there is anything to write.
func (s *Service) change(ctx context.Context, actor access.Actor, kind string, write func(tx *store.Tx, at int64) (bool, error)) error {
	if err := mayHave(actor); err != nil {
		return err
	}
	at, eventID := s.Now().UnixMilli(), s.NewID()
	return s.Store.InTx(ctx, func(tx *store.Tx) error {
		changed, err := write(tx, at)
		if err != nil || !changed {
			return err
		}
		return tx.Record(ctx, store.Event{ID: eventID, Kind: kind, Subject: actor.ID, Actor: actor.ID, At: at})
	})
}

// What a file holds at most, and for how long what is over stays in it.
const (
	mostTasks = 1000
	keepsOver = 30 * 24 * time.Hour
)

var errNoFeed = &errs.Error{Kind: errs.NotFound, Code: "no_feed", Message: "There is nothing here."}

// Read returns the calendar of whoever holds a token: errNoFeed for any other
// text, and for somebody who may not sign in, or has no tasks, any more.
func (s *Service) Read(ctx context.Context, token string) ([]byte, error) {
	f, err := s.Store.CalendarFeedByToken(ctx, hashOf(token))
	if errors.Is(err, store.ErrNotFound) {
		return nil, errNoFeed
	}
	if err != nil {
		return nil, err
	}
	u, err := s.Store.User(ctx, f.UserID)
	if errors.Is(err, store.ErrNotFound) || err == nil && !u.Active() {
		return nil, errNoFeed
	}
	if err != nil {
		return nil, err
	}
	actor, err := access.For(ctx, &s.Store.Reader, u)
	if err != nil {
		return nil, err
	}
	if !actor.Has(access.TasksWrite) {
		return nil, errNoFeed
	}
	b, err := s.Store.Business(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := s.Store.CalendarTasks(ctx, u.ID, s.Now().Add(-keepsOver).UnixMilli(), mostTasks)
	if err != nil {
		return nil, err
	}
	var entries []entry
	for _, row := range rows {
		if !row.Restricted {
			entries = append(entries, s.entry(actor, row, f.Named, b.Location()))
		}
	}
	return write(b.Name, entries, b.Location()), nil
}

// entry is a task as the calendar has it: names only where they are wanted and
// the actor may see them.
func (s *Service) entry(actor access.Actor, t store.TaskRow, named bool, zone *time.Location) entry {
	e := entry{
		id: t.ID, summary: t.Title, allDay: t.AllDay, sequence: t.Version - 1, changed: time.UnixMilli(max(t.CreatedAt, t.UpdatedAt)),
		due: time.UnixMilli(t.DueAt).In(zone), cancelled: t.Gone() || t.Binned, link: s.URL + "/tasks/" + t.ID,
	}
	if t.DoneAt == 0 && !e.cancelled {
		e.rule, e.from = t.Repeats, time.UnixMilli(t.RepeatsFrom).In(zone)
	}
	if e.summary == "" {
		e.summary = "Call back"
	}
	if !access.Sees(actor, t.OwnerID) && t.CreatedBy != actor.ID {
		e.summary = "Task"
	}
	if !named || e.cancelled {
		return e
	}
	if t.Name != "" && access.May(actor, access.ContactsRead, access.Object{Owner: t.ContactOwner}) {
		e.summary += ": " + t.Name
	} else if t.Company != "" && access.May(actor, access.ContactsRead, access.Object{Owner: t.CompanyOwner}) {
		e.summary += ": " + t.Company
	} else if t.Deal != "" && access.May(actor, access.DealsRead, access.Object{Owner: t.DealOwner}) && access.Sees(actor, t.DealOwner) {
		e.summary += ": " + t.Deal
	}
	return e
}
