package inbox

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"stead/app/access"
	"stead/app/cards"
	"stead/app/errs"
	"stead/app/gate"
	"stead/app/mention"
	"stead/app/sms"
	"stead/store"
)

// SendText is the job that hands a message to its provider. It is idempotent:
// only a message that is queued is taken, and taking it changes that.
type SendText struct {
	Message string `json:"message"`
	Attempt int    `json:"attempt"` // how often the provider was not available
}

// Kind names the job.
func (SendText) Kind() string { return "inbox.send_text" }

// QueueText has the system send a text by itself, in the transaction that is
// the reason for it: m says to whom, over which line, what and of which class.
// Whoever calls has asked the gate; it is asked again before the text leaves.
func (s *Service) QueueText(ctx context.Context, tx *store.Tx, m store.Message) error {
	now := s.Now().UnixMilli()
	m.ID, m.Channel, m.Direction, m.State = s.NewID(), channel, "out", store.MessageQueued
	m.Segments, m.CreatedAt, m.UpdatedAt = segments(m.Body), now, now
	if err := s.queue(ctx, tx, m); err != nil {
		return err
	}
	return tx.MoveConversation(ctx, m.ConversationID, store.Move{At: now})
}

// queue adds a message: as refused, or with the job that sends it.
func (s *Service) queue(ctx context.Context, tx *store.Tx, m store.Message) error {
	if err := tx.InsertMessage(ctx, m); err != nil {
		return err
	}
	kind := EventRefused
	if m.State == store.MessageQueued {
		kind = EventWritten
		if err := tx.Enqueue(ctx, SendText{Message: m.ID}); err != nil {
			return err
		}
	}
	return s.record(ctx, tx, change{kind: kind, subject: m.ID, contact: m.ContactID, where: m.ConversationID, actor: m.Author, at: m.CreatedAt})
}

// Writing is what a person of the business writes. A form that is sent twice
// has one effect.
type Writing struct{ Body, FormKey string }

func (in *Writing) validate(most int) error {
	in.Body = cards.Mask(strings.TrimSpace(strings.ToValidUTF8(in.Body, "\uFFFD")))
	problem := ""
	switch n := utf8.RuneCountInString(in.Body); {
	case n == 0:
		problem = "Write something first."
	case n > most:
		problem = fmt.Sprintf("That is too long: %d characters, and %d are the most.", n, most)
	}
	if problem == "" {
		return nil
	}
	return errs.Field("body", problem)
}

// Reply answers a person. What the gate refuses is kept as a refused message
// with the reason, which the returned message tells.
func (s *Service) Reply(ctx context.Context, actor access.Actor, conversationID string, in Writing) (store.Message, error) {
	if err := in.validate(sms.MaxBody); err != nil {
		return store.Message{}, err
	}
	if err := s.unlocked(); err != nil {
		return store.Message{}, err
	}
	now := s.Now().UnixMilli()
	m := store.Message{
		ID: s.NewID(), Channel: channel, Direction: "out", Class: string(gate.Reply), Body: in.Body, FormKey: in.FormKey,
		Author: actor.ID, Segments: segments(in.Body), CreatedAt: now, UpdatedAt: now,
	}
	var made store.Message
	err := s.Store.InTx(ctx, func(tx *store.Tx) error {
		made = m
		v, err := s.conversation(ctx, &tx.Reader, actor, conversationID, access.InboxWrite, access.SendSMS)
		if err != nil {
			return err
		}
		if earlier, err := sentBefore(ctx, &tx.Reader, in.FormKey); err != nil || earlier != nil {
			if earlier != nil {
				made = *earlier
			}
			return err
		}
		made.ContactID, made.ConversationID = v.ContactID, v.ID
		return s.write(ctx, tx, v, &made)
	})
	return made, err
}

// sentBefore returns the message that a form made before, or nil.
func sentBefore(ctx context.Context, r *store.Reader, formKey string) (*store.Message, error) {
	if formKey == "" {
		return nil, nil
	}
	m, err := r.MessageByForm(ctx, formKey)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	return &m, err
}

// write addresses a message, asks the gate, and queues or refuses it.
func (s *Service) write(ctx context.Context, tx *store.Tx, v store.Conversation, m *store.Message) error {
	way, err := s.route(ctx, &tx.Reader, v)
	if err != nil {
		return err
	}
	if way.line == "" {
		return &errs.Error{Kind: errs.Invalid, Code: "no_line", Message: "Connect a phone number in Settings before you send a text."}
	}
	if way.peer == "" {
		return &errs.Error{Kind: errs.Invalid, Code: "no_number", Message: "This person has no phone number."}
	}
	m.Provider, m.Line, m.Peer = way.provider, way.line, way.peer
	facts, err := s.Facts(ctx, &tx.Reader, *m)
	if err != nil {
		return err
	}
	reason := gate.Ask(facts)
	m.State, m.Gate = store.MessageQueued, string(reason)
	if reason != gate.Go {
		m.State = store.MessageRefused
	}
	if err := s.queue(ctx, tx, *m); err != nil {
		return err
	}
	if err := tx.MarkRead(ctx, v.ID); err != nil {
		return err
	}
	return tx.MoveConversation(ctx, v.ID, store.Move{At: m.CreatedAt, Answered: reason == gate.Go})
}

// maxNote is the longest note, in characters.
const maxNote = 10_000

// Note keeps something for the people of the business alone. Colleagues whom it
// names after an @, and who may see the contact, are told.
func (s *Service) Note(ctx context.Context, actor access.Actor, conversationID string, in Writing) error {
	if err := in.validate(maxNote); err != nil {
		return err
	}
	n := store.Note{ID: s.NewID(), Body: in.Body, FormKey: in.FormKey, Author: actor.ID, CreatedAt: s.Now().UnixMilli()}
	people, err := s.Store.People(ctx)
	if err != nil {
		return err
	}
	told := mention.Find(in.Body, people, s.NewID)
	return s.Store.InTx(ctx, func(tx *store.Tx) error {
		v, err := s.conversation(ctx, &tx.Reader, actor, conversationID, access.InboxWrite)
		if err != nil {
			return err
		}
		if in.FormKey != "" {
			if _, err := tx.NoteByForm(ctx, in.FormKey); !errors.Is(err, store.ErrNotFound) {
				return err
			}
		}
		note := n
		note.ContactID, note.ConversationID = v.ContactID, v.ID
		if err := tx.InsertNote(ctx, note); err != nil {
			return err
		}
		if err := told.Tell(ctx, tx, note, actor.ID, note.CreatedAt); err != nil {
			return err
		}
		return s.record(ctx, tx, change{kind: EventNoted, subject: note.ID, contact: v.ContactID, where: v.ID, actor: actor.ID, at: note.CreatedAt})
	})
}

// Retry sends a message once more, as a message of its own. Only what did not
// arrive can be repeated, and only once: ErrConflict otherwise.
func (s *Service) Retry(ctx context.Context, actor access.Actor, conversationID, messageID string) error {
	if err := s.unlocked(); err != nil {
		return err
	}
	now, id := s.Now().UnixMilli(), s.NewID()
	return s.Store.InTx(ctx, func(tx *store.Tx) error {
		v, err := s.conversation(ctx, &tx.Reader, actor, conversationID, access.InboxWrite, access.SendSMS)
		if err != nil {
			return err
		}
		old, err := tx.Message(ctx, messageID)
		if err == nil && old.ConversationID != v.ID {
			err = store.ErrNotFound
		}
		if err != nil {
			return err
		}
		if _, err := tx.RetriedBy(ctx, old.ID); !errors.Is(err, store.ErrNotFound) {
			return errors.Join(store.ErrConflict, err)
		}
		if !mayRetry(old) {
			return store.ErrConflict
		}
		again := store.Message{
			ID: id, ContactID: v.ContactID, ConversationID: v.ID, Channel: channel, Direction: "out", Class: string(gate.Reply),
			Body: old.Body, RetryOf: old.ID, Author: actor.ID, Segments: old.Segments, CreatedAt: now, UpdatedAt: now,
		}
		return s.write(ctx, tx, v, &again)
	})
}

// mayRetry says which messages surely did not, or perhaps not, arrive.
func mayRetry(m store.Message) bool {
	switch m.State {
	case store.MessageFailed, store.MessageUndelivered, store.MessageRefused, store.MessageUnconfirmed:
		return m.Direction == "out"
	}
	return false
}
