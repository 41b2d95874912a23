package mail

import (
	"context"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/vault"
	"stead/store"
)

// Test sends a mail to whoever asks and waits for what comes back. Its error is
// what came back: its code has words.
func (s *Service) Test(ctx context.Context, actor access.Actor) error {
	if err := access.Allow(actor, access.ChannelsWrite, access.Object{}); err != nil {
		return err
	}
	if s.Vault.Locked() {
		return vault.ErrLocked
	}
	m, err := s.takeTest(ctx, actor)
	if err != nil {
		return err
	}
	outcome, err := s.deliver(ctx, m)
	if err != nil {
		return err
	}
	if outcome == nil { // what waited for the credentials goes on
		err = s.Resume(ctx)
	}
	return joined(outcome, err)
}

func joined(outcome, err error) error {
	if outcome != nil {
		return outcome
	}
	return err
}

// takeTest writes a mail down that is being sent already.
func (s *Service) takeTest(ctx context.Context, actor access.Actor) (m taken, err error) {
	id := s.NewID()
	err = s.change(ctx, actor, EventTested, id, func(tx *store.Tx, at int64) error {
		set, state, err := s.route(ctx, &tx.Reader)
		if err != nil {
			return err
		}
		if state == store.Disconnected {
			return &errs.Error{Kind: errs.Conflict, Code: codeNoMail, Message: "Mail is off: there is nothing to test."}
		}
		u, err := tx.User(ctx, actor.ID)
		if err != nil {
			return err
		}
		row := store.Mail{
			ID: id, Template: "test", Class: string(classAccount), UserID: u.ID, SubjectID: u.ID, Actor: u.ID,
			State: store.MailSending, Provider: set.Provider, Attempts: 1, CreatedAt: at,
		}
		m = taken{Mail: row, template: byKey[row.Template], set: set, name: u.Name, address: u.Email}
		return tx.InsertMail(ctx, row)
	})
	return m, err
}

// retriable tells whether somebody may have a mail sent again.
func retriable(m store.Mail) bool {
	return m.Template != "test" && byKey[m.Template] != nil && (m.State == store.MailFailed || m.State == store.MailUnconfirmed ||
		m.State == store.MailRefused && m.ErrorCode == codeNoMail)
}

// mayRetry tells whether a mail can be sent again: whom it is for has an address
// still, or the invitation is open.
func (s *Service) mayRetry(ctx context.Context, r *store.Reader, m store.Mail) (bool, error) {
	if !retriable(m) {
		return false, nil
	}
	code, err := s.stillTo(ctx, r, &taken{Mail: m, template: byKey[m.Template]})
	return err == nil && code == "", err
}

// Retry has a mail sent again that was not, or that may not have been:
// errs.Conflict when it is on its way or was sent.
func (s *Service) Retry(ctx context.Context, actor access.Actor, id string) error {
	return s.change(ctx, actor, EventRetried, id, func(tx *store.Tx, at int64) error {
		m, err := tx.Mail(ctx, id)
		if err != nil {
			return err
		}
		may, err := s.mayRetry(ctx, &tx.Reader, m)
		if err != nil {
			return err
		}
		_, state, err := s.route(ctx, &tx.Reader)
		switch {
		case err != nil:
			return err
		case state == store.Disconnected:
			return &errs.Error{Kind: errs.Conflict, Code: codeNoMail, Message: "Mail is off. Connect it first."}
		case !may:
			return &errs.Error{Kind: errs.Conflict, Message: "This mail is on its way, or cannot be sent any more."}
		}
		if _, err := tx.TurnMail(ctx, id, store.Turn{From: m.State, To: store.MailQueued, At: at}); err != nil {
			return err
		}
		return tx.Enqueue(ctx, SendMail{ID: id})
	})
}
