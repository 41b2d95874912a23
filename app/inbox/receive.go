package inbox

import (
	"context"
	"errors"
	"strings"

	"stead/app/cards"
	"stead/app/gate"
	"stead/app/phone"
	"stead/app/port"
	"stead/store"
)

// ReceiveText takes in a text, in the transaction of its event. A text that is
// known already changes nothing. One whose sender is withheld is nobody's: there
// is no one to answer, to ask or to erase, so it is counted in the log and not kept.
func (s *Service) ReceiveText(ctx context.Context, tx *store.Tx, provider string, e port.TextEvent) error {
	if phone.Hidden(e.From) {
		s.Log.WarnContext(ctx, "text not kept", "provider", provider, "code", "hidden_sender")
		return nil
	}
	_, err := tx.MessageByRef(ctx, provider, e.Ref)
	if err == nil || !errors.Is(err, store.ErrNotFound) {
		return err
	}
	at, now := e.At.UnixMilli(), s.Now().UnixMilli()
	contactID, v, key, err := s.sender(ctx, tx, e.From, at)
	if err != nil {
		return err
	}
	m := store.Message{
		ID: s.NewID(), ContactID: contactID, ConversationID: v.ID, Channel: channel, Direction: "in",
		Body: cards.Mask(strings.ToValidUTF8(e.Body, "\uFFFD")), Line: e.To, Peer: e.From, State: store.MessageReceived,
		Provider: provider, ProviderRef: e.Ref, Segments: int64(e.Segments), Media: int64(len(e.Media)), CreatedAt: at, UpdatedAt: now,
	}
	if err := tx.InsertMessage(ctx, m); err != nil {
		return err
	}
	for i, media := range e.Media {
		if err := tx.InsertMedia(ctx, m.ID, i, media.ContentType, media.URL); err != nil {
			return err
		}
	}
	hashes, err := s.hashes(ctx, &tx.Reader, contactID, key)
	if err != nil {
		return err
	}
	suppressed, err := tx.SuppressedAt(ctx, channel, hashes)
	if err != nil {
		return err
	}
	word := wordOf(m.Body, e.OptOut, suppressed > 0 && suppressed < at)
	waits := word == NoWord || word == Unsure
	if err := tx.MoveConversation(ctx, v.ID, store.Move{At: at, Unread: 1, Waits: waits}); err != nil {
		return err
	}
	if err := s.record(ctx, tx, change{kind: EventReceived, subject: m.ID, contact: contactID, where: v.ID, at: now}); err != nil {
		return err
	}
	return s.heed(ctx, tx, word, e.OptOut != "", m, key)
}

// heed does what the word of a text asks for. STOP is never answered by us:
// the provider has confirmed it, and whoever asks for no more texts gets none.
func (s *Service) heed(ctx context.Context, tx *store.Tx, word Word, byProvider bool, m store.Message, key string) error {
	o := optOut{contactID: m.ContactID, conversationID: m.ConversationID, matchKey: key, source: "keyword", evidence: m.ID, at: m.CreatedAt}
	if byProvider {
		o.source = "provider"
	}
	switch {
	case word == Stop:
		o.source = "keyword" // the person's own word, whoever read it
		return s.withdraw(ctx, tx, o)
	case word == Start:
		return s.give(ctx, tx, o)
	case word == Help && !byProvider:
		return s.help(ctx, tx, m)
	}
	return nil
}

// help says once who this is and how to get no more texts.
func (s *Service) help(ctx context.Context, tx *store.Tx, m store.Message) error {
	business, err := tx.Business(ctx)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	answer := store.Message{
		ContactID: m.ContactID, ConversationID: m.ConversationID, Class: string(gate.Reply), FormKey: helpKey + m.ID,
		Line: m.Line, Peer: m.Peer, Provider: m.Provider, CreatedAt: m.CreatedAt,
		Body: "This is " + business.Name + ". Write here and a person will answer. Reply STOP for no more texts.",
	}
	facts, err := s.Facts(ctx, &tx.Reader, answer)
	if err != nil || gate.Ask(facts) != gate.Go {
		return err
	}
	return s.QueueText(ctx, tx, answer)
}

// sender finds who wrote, or starts a new contact, and their conversation.
func (s *Service) sender(ctx context.Context, tx *store.Tx, from string, at int64) (contactID string, v store.Conversation, key string, err error) {
	number := phone.Sender(from, s.country(ctx, &tx.Reader))
	key = store.MatchKey(number.E164, from)
	contact, err := tx.Caller(ctx, key)
	if errors.Is(err, store.ErrNotFound) {
		now := s.Now().UnixMilli()
		contact = store.Contact{ID: s.NewID(), Source: "sms", CreatedAt: now, UpdatedAt: now, LastActivityAt: at}
		err = tx.InsertContact(ctx, contact, []store.Phone{{ID: s.NewID(), Typed: from, E164: number.E164, CreatedAt: now}}, nil)
	}
	if err != nil {
		return "", v, key, err
	}
	if err = tx.TouchContact(ctx, contact.ID, at); err != nil {
		return "", v, key, err
	}
	v, err = tx.EnsureConversation(ctx, contact.ID, s.NewID(), at)
	return contact.ID, v, key, err
}
