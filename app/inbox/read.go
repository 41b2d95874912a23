package inbox

import (
	"context"
	"errors"

	"stead/app/access"
	"stead/app/gate"
	"stead/app/veil"
	"stead/store"
)

const (
	listSize   = 40 // conversations in a page of the list
	threadSize = 80 // items of a thread at once
)

// List is a page of one view of the inbox.
type List struct {
	View   string
	Whose  string // the part of it that is shown; empty: all that the actor may see
	Rows   []store.ConversationRow
	Next   string // cursor of the next page; empty at the end
	People access.People
}

// Conversations lists what the actor may see of a view of the inbox, or a part of
// that by whose it is, the latest first. A view that there is none of is the
// open one.
func (s *Service) Conversations(ctx context.Context, actor access.Actor, view, whose, after string) (List, error) {
	if err := access.Allow(actor, access.InboxRead, access.Object{Owner: actor.ID}); err != nil {
		return List{}, err
	}
	switch view {
	case store.InboxWaiting, store.InboxFailed, store.InboxDone:
	default:
		view = store.InboxOpen
	}
	people, err := s.Store.People(ctx)
	if err != nil {
		return List{}, err
	}
	rows, err := s.Store.Conversations(ctx, access.Part(actor, access.InboxRead, whose), view, store.Page{After: after, Limit: listSize + 1})
	out := List{View: view, Whose: whose, Rows: rows, People: people}
	if len(rows) > listSize {
		out.Rows = rows[:listSize]
		out.Next = out.Rows[listSize-1].Cursor()
	}
	for i := range out.Rows {
		if !access.Sees(actor, out.Rows[i].OwnerID) {
			veil.Conversation(&out.Rows[i])
		}
	}
	return out, err
}

// Thread is a conversation with the last things that happened in it.
type Thread struct {
	store.Conversation
	Contact store.Contact
	Phones  []store.Phone
	Items   []store.StreamItem // newest first
	Next    string             // cursor of what was before; empty at the beginning
	After   string             // the cursor that was asked for
	People  access.People
	Holders access.People   // to whom the actor can give the conversation
	Retried map[string]bool // messages that were repeated
	Tasks   []store.Task    // that the actor may finish
	Rights
	Refused  gate.Reason // why a reply would be refused
	OptedOut bool
	Consent  store.ConsentEvent // the last; zero when there is none
}

// Rights are what an actor may do with one conversation.
type Rights struct {
	Sees, Write, Send, Assign bool
	Card                      bool // open the person's card
}

func rightsOf(actor access.Actor, v store.Conversation, c store.Contact) Rights {
	may := func(p access.Permission) bool { return access.May(actor, p, access.Object{Owner: v.OwnerID}) }
	return Rights{
		Sees: may(access.PersonalSee), Write: may(access.InboxWrite), Send: may(access.InboxWrite) && may(access.SendSMS),
		Assign: may(access.InboxAssign), Card: access.May(actor, access.ContactsRead, access.Object{Owner: c.OwnerID}),
	}
}

// Thread returns a conversation, up to a cursor of an earlier answer.
func (s *Service) Thread(ctx context.Context, actor access.Actor, id, after string) (Thread, error) {
	v, err := s.conversation(ctx, &s.Store.Reader, actor, id)
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
	t.Rights = rightsOf(actor, v, t.Contact)
	if err := s.staff(ctx, actor, &t); err != nil {
		return t, err
	}
	err = s.standing(ctx, actor, &t)
	if !t.Sees {
		veil.Contact(&t.Contact)
		veil.Phones(t.Phones)
		veil.Items(t.Items)
	}
	return t, err
}

// staff fills in who of the business is concerned, and what there is to do.
func (s *Service) staff(ctx context.Context, actor access.Actor, t *Thread) error {
	people, err := s.Store.People(ctx)
	if err != nil {
		return err
	}
	t.People = people
	if t.Assign && t.People.Several() {
		if t.Holders, err = t.People.Holders(ctx, &s.Store.Reader, access.InboxRead); err != nil {
			return err
		}
	}
	tasks, err := s.Store.OpenTasksOf(ctx, t.ContactID)
	for _, task := range tasks {
		if access.May(actor, access.TasksWrite, access.Object{Owner: task.OwnerID}) {
			t.Tasks = append(t.Tasks, task)
		}
	}
	return err
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
