package mail

import (
	"context"
	"strconv"
	"time"

	"stead/app/access"
	"stead/store"
)

// maxTitles is how many tasks a mail of the day names.
const maxTitles = 20

// reminded fills in what a reminder and a mail of the day tell: what a task is
// called only where its reader asked for that, and may read it. Whom it is about
// stands behind the link alone.
func (s *Service) reminded(ctx context.Context, r *store.Reader, m taken, sh *sheet, zone string) error {
	choice, err := r.NoticeChoice(ctx, m.UserID)
	if err != nil {
		return err
	}
	u, err := r.User(ctx, m.UserID)
	if err != nil {
		return notMissing(err)
	}
	actor, err := access.For(ctx, r, u)
	if err != nil {
		return err
	}
	if m.Template == digestTemplate {
		return s.day(ctx, r, actor, choice, sh, zone)
	}
	id := sh.subject
	if sh.contact != "" {
		id = sh.record
	}
	t, err := r.Task(ctx, id)
	if err != nil || t.Gone() || !choice.Titled {
		return notMissing(err)
	}
	if access.May(actor, access.TasksWrite, access.Object{Owner: t.OwnerID}) && access.Sees(actor, t.OwnerID) {
		sh.what = oneLine(t.Title)
	}
	return nil
}

// day counts what waits for somebody today.
func (s *Service) day(ctx context.Context, r *store.Reader, actor access.Actor, choice store.NoticeChoice, sh *sheet, zone string) error {
	where, err := time.LoadLocation(zone)
	if err != nil {
		where = time.UTC
	}
	now := s.Now().In(where)
	end := time.Date(now.Year(), now.Month(), now.Day()+1, 0, 0, 0, 0, where).UnixMilli()
	mine := access.Part(actor, access.TasksWrite, access.Mine)
	n, err := r.CountTasksDue(ctx, mine, end)
	if err != nil {
		return err
	}
	waiting, err := r.UnreadConversations(ctx, access.Part(actor, access.InboxRead, access.Mine))
	if err != nil {
		return err
	}
	sh.what, sh.waiting = strconv.FormatInt(n, 10), strconv.FormatInt(waiting, 10)
	if !choice.Titled || !access.Sees(actor, actor.ID) {
		return nil
	}
	rows, err := r.TasksDue(ctx, mine, end, store.Page{Limit: maxTitles})
	for _, t := range rows {
		if t.Title != "" {
			sh.titles = append(sh.titles, oneLine(t.Title))
		}
	}
	return err
}
