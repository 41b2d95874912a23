package mail

import (
	"context"
	"net/http"
	"strconv"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/web"
	"stead/store"
	view "stead/views/mail"
)

// EventChosen says that somebody chose which reminders come by mail.
const EventChosen = "notice.chosen"

// SetChoice replaces what of their tasks a person hears by mail.
func (s *Service) SetChoice(ctx context.Context, actor access.Actor, c store.NoticeChoice) error {
	if actor.Kind != access.User {
		return &errs.Error{Kind: errs.Denied, Message: "Sign in first."}
	}
	if c.DigestHour < 0 || c.DigestHour > 23 {
		return &errs.Error{Kind: errs.Invalid, Message: "Choose an hour of the day."}
	}
	b, err := s.Store.Business(ctx)
	if err != nil {
		return err
	}
	now := s.Now().In(b.Location())
	c.UserID = actor.ID
	at, eventID := now.UnixMilli(), s.NewID()
	return s.Store.InTx(ctx, func(tx *store.Tx) error {
		was, err := tx.NoticeChoice(ctx, actor.ID)
		if err != nil {
			return err
		}
		c := c
		if c.DigestOn = was.DigestOn; c.Digest && int64(now.Hour()) >= c.DigestHour { // the first one comes tomorrow
			c.DigestOn = int64(now.Year()*10000 + int(now.Month())*100 + now.Day())
		}
		if err := tx.SetNoticeChoice(ctx, c, at); err != nil {
			return err
		}
		return tx.Record(ctx, store.Event{ID: eventID, Kind: EventChosen, Subject: actor.ID, Actor: actor.ID, At: at})
	})
}

func (s *Service) chooseReminders(w http.ResponseWriter, r *http.Request) error {
	hour, err := strconv.ParseInt(r.PostFormValue("hour"), 10, 64)
	if err != nil {
		hour = 7
	}
	c := store.NoticeChoice{
		Reminders: r.PostFormValue("reminders") == "on", Titled: r.PostFormValue("titled") == "on",
		Digest: r.PostFormValue("digest") == "on", DigestHour: hour,
	}
	if err := s.SetChoice(r.Context(), web.Actor(r), c); err != nil {
		return err
	}
	const done = "Saved."
	if web.Partial(r) {
		return s.renderAccount(w, r, done)
	}
	s.Say.Once(r.Context(), done, "")
	web.SeeOther(w, r, "/account/mail")
	return nil
}

// reminders is the part of the page on which they are chosen.
func (s *Service) reminders(ctx context.Context, actor access.Actor) (view.Reminders, error) {
	c, err := s.Store.NoticeChoice(ctx, actor.ID)
	if !c.Digest {
		c.DigestHour = 7
	}
	return view.Reminders{On: c.Reminders, Titled: c.Titled, Digest: c.Digest, Hour: strconv.FormatInt(c.DigestHour, 10)}, err
}
