package inbox

import (
	"context"
	"errors"

	"stead/app/access"
	"stead/app/gate"
	"stead/store"
)

const (
	listSize   = 40 // conversations in a page of the list
	threadSize = 80 // items of a thread at once
)

// List is a page of one view of the inbox.
type List struct {
	View string
	Rows []store.ConversationRow
	Next string // cursor of the next page; empty at the end
}

// Conversations lists a view of the inbox, the latest first. A view that there
// is none of is the open one.
func (s *Service) Conversations(ctx context.Context, actor access.Actor, view, after string) (List, error) {
	if err := access.Allow(actor, access.InboxRead, access.Object{}); err != nil {
		return List{}, err
	}
	switch view {
	case store.InboxWaiting, store.InboxFailed, store.InboxDone:
	default:
		view = store.InboxOpen
	}
	rows, err := s.Store.Conversations(ctx, store.Everything, view, store.Page{After: after, Limit: listSize + 1})
	out := List{View: view, Rows: rows}
	if len(rows) > listSize {
		out.Rows = rows[:listSize]
		out.Next = out.Rows[listSize-1].Cursor()
	}
	return out, err
}

// Thread is a conversation with the last things that happened in it.
type Thread struct {
	store.Conversation
	Contact  store.Contact
	Phones   []store.Phone
	Items    []store.StreamItem // newest first
	Next     string             // cursor of what was before; empty at the beginning
	After    string             // the cursor that was asked for
	Authors  map[string]string  // names by user id
	Retried  map[string]bool    // messages that were repeated
	Tasks    []store.Task
	Refused  gate.Reason // why a reply would be refused
	OptedOut bool
	Consent  store.ConsentEvent // the last; zero when there is none
}

// Thread returns a conversation, up to a cursor of an earlier answer.
func (s *Service) Thread(ctx context.Context, actor access.Actor, id, after string) (Thread, error) {
	v, err := s.conversation(ctx, &s.Store.Reader, actor, access.InboxRead, id)
	if err != nil {
		return Thread{}, err
	}
	t := Thread{Conversation: v, After: after}
	if t.Contact, err = s.Store.Contact(ctx, v.ContactID); err != nil {
		return t, err
	}
	if t.Phones, err = s.Store.ContactPhones(ctx, v.ContactID); err != nil {
		return t, err
	}
	if t.Items, err = s.Store.Stream(ctx, id, store.Page{After: after, Limit: threadSize + 1}); err != nil {
		return t, err
	}
	if len(t.Items) > threadSize {
		t.Items = t.Items[:threadSize]
		t.Next = t.Items[threadSize-1].Cursor()
	}
	t.Retried = map[string]bool{}
	for _, i := range t.Items {
		if i.Message != nil && i.Message.RetryOf != "" {
			t.Retried[i.Message.RetryOf] = true
		}
	}
	if t.Authors, err = s.authors(ctx); err != nil {
		return t, err
	}
	if t.Tasks, err = s.Store.OpenTasksOf(ctx, v.ContactID); err != nil {
		return t, err
	}
	return t, s.standing(ctx, actor, &t)
}

func (s *Service) authors(ctx context.Context) (map[string]string, error) {
	users, err := s.Store.Users(ctx)
	names := make(map[string]string, len(users))
	for _, u := range users {
		names[u.ID] = u.Name
	}
	return names, err
}

// standing tells whether a reply would go out, and what the person said about
// being texted. A locked vault cannot tell, and sends nothing either.
func (s *Service) standing(ctx context.Context, actor access.Actor, t *Thread) error {
	last, err := s.Store.LastConsent(ctx, t.ContactID, channel)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	t.Consent = last
	if s.Vault.Locked() {
		t.Refused = vaultLocked
		return nil
	}
	way, err := s.route(ctx, &s.Store.Reader, t.Conversation)
	if err != nil {
		return err
	}
	switch {
	case way.line == "":
		t.Refused = noLine
		return nil
	case way.peer == "":
		t.Refused = noNumber
		return nil
	}
	facts, err := s.Facts(ctx, &s.Store.Reader, store.Message{ContactID: t.ContactID, Peer: way.peer, Class: string(gate.Reply), Author: actor.ID})
	t.Refused, t.OptedOut = gate.Ask(facts), facts.Suppressed
	return err
}

// Reasons of ours beside the gate's why no reply can be written.
const (
	vaultLocked gate.Reason = "locked"
	noLine      gate.Reason = "no_line"
	noNumber    gate.Reason = "no_number"
)

// reasonWords says a reason in an English sentence.
func reasonWords(r gate.Reason) string {
	switch r {
	case vaultLocked:
		return "The vault is locked, so nothing can be sent."
	case noLine:
		return "No phone number is connected, so no text can be sent."
	case noNumber:
		return "This person has no phone number."
	default:
		return gate.Words(r)
	}
}
