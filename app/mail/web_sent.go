package mail

import (
	"context"
	"errors"

	"stead/app/access"
	"stead/store"
	view "stead/views/mail"
	"stead/views/ui"
)

// sent is the list of the last mails; with again, those that can be sent again.
func (s *Service) sent(ctx context.Context, clock ui.Clock, again bool) ([]view.Sent, error) {
	rows, err := s.Store.RecentMails(ctx, listed)
	if err != nil {
		return nil, err
	}
	out := make([]view.Sent, 0, len(rows))
	for _, m := range rows {
		row := view.Sent{ID: m.ID, Title: titleOf(m), When: clock.Brief(ctx, m.CreatedAt), Twice: m.State == store.MailUnconfirmed}
		if again {
			if row.Retry, err = s.mayRetry(ctx, &s.Store.Reader, m); err != nil {
				return nil, err
			}
		}
		row.Kind, row.State = stateOf(m.State)
		if m.ErrorCode != "" {
			row.Why, row.Code = causeOf(m.Provider, m.ErrorCode), shownCode(m.ErrorCode)
		}
		if row.To, row.ToWord, err = s.nameOf(ctx, m); err != nil {
			return nil, err
		}
		out = append(out, row)
	}
	return out, nil
}

func titleOf(m store.Mail) string {
	if t := byKey[m.Template]; t != nil {
		return t.letter().title
	}
	return m.Template // of another version
}

// stateOf is a state as a badge.
func stateOf(state string) (kind, words string) {
	switch state {
	case store.MailQueued:
		return "info", "Waiting"
	case store.MailSending:
		return "info", "Sending"
	case store.MailSent:
		return "ok", "Sent"
	case store.MailFailed:
		return "bad", "Failed"
	case store.MailUnconfirmed:
		return "warn", "Not known"
	}
	return "line", "Not sent"
}

// nameOf is whom a mail is for: a name, or words where there is none.
func (s *Service) nameOf(ctx context.Context, m store.Mail) (name, word string, err error) {
	if m.LeadID != "" {
		return "", "Whoever filled in a form", nil // their address stands with the lead
	}
	if m.InvitationID != "" {
		i, err := s.Store.Invitation(ctx, m.InvitationID)
		if errors.Is(err, store.ErrNotFound) {
			return "", "Somebody invited", nil
		}
		return i.Name, "", err
	}
	u, err := s.Store.User(ctx, m.UserID)
	if errors.Is(err, store.ErrNotFound) || err == nil && u.Name == "" {
		return "", access.Former, nil
	}
	return u.Name, "", err
}
