package mail

import (
	"context"
	"time"

	"stead/app/access"
	"stead/store"
)

// warnFor bounds how long a change waits for the old account to take its last
// mails.
const warnFor = 20 * time.Second

const movingTemplate = "moving"

// mayMove allows owners, and the operator, to choose how mail leaves: whoever
// reads it could take any account by its link for a new password.
func mayMove(actor access.Actor) error {
	return access.Allow(actor, access.MailRoute, access.Object{})
}

// moves tells whether mail would leave through another account than now, or
// with other credentials.
func moves(from, to store.MailSettings, secret []byte) bool {
	return from.Provider != "" &&
		(len(secret) > 0 || from.Provider != to.Provider || from.Host != to.Host || from.Port != to.Port || from.User != to.User)
}

// warn tells every owner through the account that is still in use that mail is
// about to go another way, so that nobody moves it unseen. It waits for each,
// and for no answer longer than warnFor; what did not leave stays in the list.
func (s *Service) warn(ctx context.Context, actor access.Actor) error {
	list, err := s.takeWarnings(ctx, actor)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, warnFor)
	defer cancel()
	for _, m := range list {
		if _, err := s.deliver(ctx, m); err != nil {
			return err
		}
	}
	return nil
}

// takeWarnings writes the warnings down as mails that are being sent already.
func (s *Service) takeWarnings(ctx context.Context, actor access.Actor) (out []taken, err error) {
	now, t := s.Now().UnixMilli(), byKey[movingTemplate]
	err = s.Store.InTx(ctx, func(tx *store.Tx) error {
		out = nil
		set, state, err := s.route(ctx, &tx.Reader)
		if err != nil || state == store.Disconnected {
			return err
		}
		owners, err := tx.Owners(ctx)
		if err != nil {
			return err
		}
		for _, u := range owners {
			row := store.Mail{
				ID: s.NewID(), Template: movingTemplate, Class: string(t.class()), UserID: u.ID, SubjectID: set.Provider, Actor: actor.ID,
				State: store.MailSending, Provider: set.Provider, Attempts: 1, CreatedAt: now,
			}
			if err := tx.InsertMail(ctx, row); err != nil {
				return err
			}
			out = append(out, taken{Mail: row, template: t, set: set, name: u.Name, address: u.Email})
		}
		return nil
	})
	return out, err
}

// lastMove is the latest change of how mail leaves; the zero Event: there was none.
func (s *Service) lastMove(ctx context.Context) (last store.Event, err error) {
	for _, provider := range []string{SMTP, Resend} {
		events, err := s.Store.EventsOf(ctx, provider)
		if err != nil {
			return last, err
		}
		for _, e := range events {
			if (e.Kind == EventConnected || e.Kind == EventDisconnected) && e.At >= last.At {
				last = e
			}
		}
	}
	return last, nil
}
