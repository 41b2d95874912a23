package inbox

import (
	"context"

	"stead/app/access"
	"stead/store"
)

// Read marks a conversation as read.
func (s *Service) Read(ctx context.Context, actor access.Actor, conversationID string) error {
	now := s.Now().UnixMilli()
	return s.Store.InTx(ctx, func(tx *store.Tx) error {
		v, err := s.conversation(ctx, &tx.Reader, actor, conversationID, access.InboxWrite)
		if err != nil || v.Unread == 0 {
			return err
		}
		if err := tx.MarkRead(ctx, v.ID); err != nil {
			return err
		}
		return s.record(ctx, tx, change{kind: EventRead, subject: v.ID, contact: v.ContactID, where: v.ID, actor: actor.ID, at: now})
	})
}

// SetDone closes a conversation, or opens it again. What the person writes or
// calls next opens it by itself.
func (s *Service) SetDone(ctx context.Context, actor access.Actor, conversationID string, done bool) error {
	state, kind := "open", EventReopened
	if done {
		state, kind = "done", EventDone
	}
	now := s.Now().UnixMilli()
	return s.Store.InTx(ctx, func(tx *store.Tx) error {
		v, err := s.conversation(ctx, &tx.Reader, actor, conversationID, access.InboxWrite)
		if err != nil || v.State == state {
			return err
		}
		if err := tx.SetConversationState(ctx, v.ID, state); err != nil {
			return err
		}
		return s.record(ctx, tx, change{kind: kind, subject: v.ID, contact: v.ContactID, where: v.ID, actor: actor.ID, at: now})
	})
}

// OptOut notes that a person asked, in words that no rule understood, to get
// no more texts.
func (s *Service) OptOut(ctx context.Context, actor access.Actor, conversationID, messageID string) error {
	if err := s.unlocked(); err != nil {
		return err
	}
	now := s.Now().UnixMilli()
	return s.Store.InTx(ctx, func(tx *store.Tx) error {
		v, err := s.conversation(ctx, &tx.Reader, actor, conversationID, access.InboxWrite)
		if err != nil {
			return err
		}
		m, err := tx.Message(ctx, messageID)
		if err == nil && (m.ConversationID != v.ID || m.Direction != "in") {
			err = store.ErrNotFound
		}
		if err != nil {
			return err
		}
		return s.withdraw(ctx, tx, optOut{
			contactID: v.ContactID, conversationID: v.ID, matchKey: matchKeyOf(m.Peer, s.country(ctx, &tx.Reader)),
			source: "keyword", evidence: m.ID, actor: actor.ID, at: now,
		})
	})
}
