// Package notices shows colleagues what they should see: reminders, where they
// were mentioned, what was given to them, work that ended. Those who know of such
// a thing write it down as a notification; here it is shown to its reader alone,
// as far as they may still see what it is about, and marked as read. What is also
// told by mail is the mail's to say.
package notices

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"time"

	"stead/app/access"
	"stead/app/acts"
	"stead/app/errs"
	"stead/store"
)

// The events of notices. Their subject is the user.
const (
	EventRead   = "notice.read"
	EventDigest = "notice.digest" // the mail of the day is due; its data names whose: {"to": user id}
)

// Deps is all that the capability needs.
type Deps struct {
	Store *store.Store
	Now   func() time.Time
	NewID func() string
	Log   *slog.Logger
}

// Service is the capability.
type Service struct{ Deps }

// New returns the capability.
func New(d Deps) *Service { return &Service{d} }

// React is a store.Reaction: whoever is given a contact or a deal by somebody else
// is told, and of many that are given at once is told once.
func (s *Service) React(ctx context.Context, tx *store.Tx, e store.Event) error {
	kind, subject := e.Kind, e.Subject
	switch {
	case kind == store.NoticeContactAssigned:
	case kind == store.NoticeManyAssigned, kind == store.NoticeDealsAssigned:
		subject = e.ID
	case strings.HasPrefix(kind, "deal."): // a deal is given away when it is made and when it is moved, too
		kind = store.NoticeDealAssigned
	default:
		return nil
	}
	var data struct {
		To string `json:"to"`
	}
	if err := json.Unmarshal([]byte(e.Data), &data); err != nil || data.To == "" || data.To == e.Actor {
		return nil //nolint:nilerr // data of another shape names nobody
	}
	return tx.Notify(ctx, store.Notification{
		ID: s.NewID(), UserID: data.To, Kind: kind, Subject: subject, ContactID: e.ContactID, At: e.At,
	})
}

// perPage is how many a page shows.
const perPage = 50

// Notice is a notification as its reader may see it: without a Title and a Path
// when what it is about is gone, or out of reach.
type Notice struct {
	store.Notification
	Title string // of the task, or the beginning of the note
	Who   string // who is mentioned in it, by name: the contact or company
	By    string // colleague who wrote it
	Count int    // of contacts or deals that were given at once
	Work  *Work  // that ended
	Path  string
}

// Work is what became of work that somebody asked for: numbers alone, for what it
// was about may have been taken from them since.
type Work struct {
	acts.Work
	State            string
	Changed, Skipped int
}

// List returns a page of the actor's own, the newest first, and the cursor of the
// next one.
func (s *Service) List(ctx context.Context, actor access.Actor, after string) ([]Notice, string, error) {
	rows, err := s.Store.Notifications(ctx, actor.ID, store.Page{After: after, Limit: perPage + 1})
	if err != nil {
		return nil, "", err
	}
	next := ""
	if len(rows) > perPage {
		rows = rows[:perPage]
		next = rows[perPage-1].Cursor()
	}
	out, err := s.describe(ctx, actor, rows)
	return out, next, err
}

// Unread returns at most limit of the actor's own of some kinds that they have
// not seen, the newest first.
func (s *Service) Unread(ctx context.Context, actor access.Actor, limit int, kinds ...string) ([]Notice, error) {
	rows, err := s.Store.Notifications(ctx, actor.ID, store.Page{Limit: perPage})
	if err != nil {
		return nil, err
	}
	var fresh []store.Notification
	for _, n := range rows {
		for _, kind := range kinds {
			if n.Kind == kind && n.ReadAt == 0 && len(fresh) < limit {
				fresh = append(fresh, n)
			}
		}
	}
	return s.describe(ctx, actor, fresh)
}

// Open marks one of the actor's own as read and returns where it leads.
func (s *Service) Open(ctx context.Context, actor access.Actor, id string) (path string, err error) {
	n, err := s.Store.Notification(ctx, actor.ID, id)
	if err != nil {
		return "", err
	}
	described, err := s.describe(ctx, actor, []store.Notification{n})
	if err != nil {
		return "", err
	}
	err = s.change(ctx, actor, func(tx *store.Tx, at int64) (bool, error) { return tx.ReadNotification(ctx, actor.ID, id, at) })
	return described[0].Path, err
}

// ReadAll marks all of the actor's own as read, up to the newest that they saw.
func (s *Service) ReadAll(ctx context.Context, actor access.Actor, upTo int64) error {
	return s.change(ctx, actor, func(tx *store.Tx, at int64) (bool, error) {
		n, err := tx.ReadNotifications(ctx, actor.ID, upTo, at)
		return n > 0, err
	})
}

// change writes something down, if there is anything to write.
func (s *Service) change(ctx context.Context, actor access.Actor, write func(tx *store.Tx, at int64) (bool, error)) error {
	at, eventID := s.Now().UnixMilli(), s.NewID()
	return s.Store.InTx(ctx, func(tx *store.Tx) error {
		changed, err := write(tx, at)
		if err != nil || !changed {
			return err
		}
		return tx.Record(ctx, store.Event{ID: eventID, Kind: EventRead, Subject: actor.ID, Actor: actor.ID, At: at})
	})
}

// Digest writes down whose mail of the day is due: once a day each, whatever ends
// the process, and not for somebody to whom there is nothing to tell. It is called
// every few seconds. One that fails is logged and left for the next call; the
// others go on. An error is of them all.
func (s *Service) Digest(ctx context.Context) error {
	b, err := s.Store.Business(ctx)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	now := s.Now().In(b.Location())
	day := int64(now.Year()*10000 + int(now.Month())*100 + now.Day())
	failed := errs.Failures{}
	defer func() {
		for code, n := range failed.ByCode() {
			s.Log.ErrorContext(ctx, "mails of the day do not leave", "code", code, "count", n)
		}
	}()
	due, err := s.Store.Digests(ctx, day, int64(now.Hour()))
	for _, choice := range due {
		if err := failed.Each(ctx, s.digest(ctx, choice.UserID, day, now)); err != nil {
			return err
		}
	}
	return err
}

func (s *Service) digest(ctx context.Context, userID string, day int64, now time.Time) error {
	eventID, by := s.NewID(), access.System("reminders").ID
	return s.Store.InTx(ctx, func(tx *store.Tx) error {
		took, err := tx.TakeDigest(ctx, userID, day)
		if err != nil || !took {
			return err
		}
		u, err := tx.User(ctx, userID)
		if err != nil || !u.Active() {
			return err
		}
		actor, err := access.For(ctx, &tx.Reader, u)
		if err != nil {
			return err
		}
		end := time.Date(now.Year(), now.Month(), now.Day()+1, 0, 0, 0, 0, now.Location()).UnixMilli()
		tasks, err := tx.CountTasksDue(ctx, access.Part(actor, access.TasksWrite, access.Mine), end)
		if err != nil {
			return err
		}
		waiting, err := tx.UnreadConversations(ctx, access.Part(actor, access.InboxRead, access.Mine))
		if err != nil || tasks+waiting == 0 {
			return err
		}
		data, err := json.Marshal(map[string]string{"to": userID})
		if err != nil {
			return err
		}
		return tx.Record(ctx, store.Event{ID: eventID, Kind: EventDigest, Subject: userID, Actor: by, At: now.UnixMilli(), Data: string(data)})
	})
}
