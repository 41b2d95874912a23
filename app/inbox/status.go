package inbox

import (
	"context"
	"errors"

	"stead/app/errs"
	"stead/app/phone"
	"stead/app/port"
	"stead/store"
)

// ranked turns a provider's status into its rank and our state: what the
// provider has taken is sent as far as we can do anything about it.
func ranked(status string) (rank int64, state string) {
	switch status {
	case port.StatusSending:
		return 2, store.MessageSent
	case port.StatusSent:
		return 3, store.MessageSent
	case port.StatusUndelivered:
		return 4, store.MessageUndelivered
	case port.StatusFailed:
		return 4, store.MessageFailed
	case port.StatusDelivered:
		return 5, store.MessageDelivered
	case port.StatusRead:
		return 6, store.MessageRead
	}
	return 1, store.MessageSent
}

func failed(state string) bool {
	return state == store.MessageUndelivered || state == store.MessageFailed
}

// MergeStatus takes in news of a text that we sent, in the transaction of its
// event. News come in any order and more than once: a message never goes back.
// News of a text that nobody knows is errs.Unavailable while it may overtake our
// own note of the provider's id, and else port.CodeGone: its person was erased.
func (s *Service) MergeStatus(ctx context.Context, tx *store.Tx, provider string, e port.StatusEvent) error {
	m, err := tx.MessageByRef(ctx, provider, e.Ref)
	if errors.Is(err, store.ErrNotFound) {
		return s.unknown(ctx, &tx.Reader, provider, e.To)
	}
	if err != nil || m.Direction == "in" {
		return err
	}
	rank, state := ranked(e.Status)
	now := s.Now().UnixMilli()
	raised, err := tx.RaiseMessage(ctx, m.ID, state, e.Code, rank, now)
	if err != nil || !raised {
		return err
	}
	if state == m.State {
		return nil // a finer step that nobody sees
	}
	if err := s.record(ctx, tx, change{kind: EventStatus, subject: m.ID, contact: m.ContactID, where: m.ConversationID, at: now}); err != nil {
		return err
	}
	switch {
	case failed(state):
		return s.react(ctx, tx, m, e.Code)
	case rank >= 5:
		return tx.SetPhoneState(ctx, matchKeyOf(m.Peer, s.country(ctx, &tx.Reader)), "able")
	}
	return nil
}

func (s *Service) unknown(ctx context.Context, r *store.Reader, provider, to string) error {
	waits, err := r.AwaitsRef(ctx, provider, to)
	switch {
	case err != nil:
		return err
	case waits:
		return &errs.Error{Kind: errs.Unavailable, Code: "unknown_message", Message: "No message with this id is known yet."}
	}
	return &errs.Error{Kind: errs.NotFound, Code: port.CodeGone, Message: "No message with this id is known."}
}

func matchKeyOf(peer, country string) string {
	return store.MatchKey(phone.Sender(peer, country).E164, peer)
}
