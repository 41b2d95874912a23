package acts

import (
	"context"
	"errors"
	"strings"

	"stead/app/access"
	"stead/store"
)

// Kind is what sort of actor an id of the log is.
type Kind string

// The kinds, as addresses hold them.
const (
	Person    Kind = "user"
	Automatic Kind = "system"   // the product itself, by a rule or by the clock
	Provider  Kind = "provider" // a callback of a provider
	Operator  Kind = "operator" // a command on the machine
	Key       Kind = "key"      // a program with a key
	Nobody    Kind = ""         // nobody had signed in, or who it was is gone
)

// KindOf tells what sort of actor an id is: all but people carry their kind in
// front of a colon.
func KindOf(actorID string) Kind {
	if actorID == "" {
		return Nobody
	}
	if actorID == string(access.Terminal) {
		return Operator
	}
	kind, _, found := strings.Cut(actorID, ":")
	if k := Kind(kind); found && (k == Automatic || k == Provider || k == Key) {
		return k
	}
	return Person
}

// Choice is a kind that people filter by.
type Choice struct {
	Kind  Kind
	Label string
}

// Kinds lists those that people filter by.
func Kinds() []Choice {
	return []Choice{
		{Person, "Any colleague"}, {Automatic, "Automations"}, {Provider, "Providers"}, {Operator, "The operator of the machine"}, {Key, "Programs with a key"},
	}
}

// machines are the names of what acts by itself.
var machines = map[string]string{
	"system:sweep": "Retention", "system:restore": "Restoring a backup", "system:textback": "Text-back", "system:closing": "Closing the business",
	"system:tls": "Certificates", "system:jobs": "Background work", "system:reminders": "Reminders", "system:leads": "Leads", "provider:twilio": "Twilio", "operator": "The operator of the machine",
}

// Names turns the ids of a log into what one viewer may read of them. Each id
// is looked up once.
type Names struct {
	store  *store.Reader
	viewer access.Actor
	users  map[string]string
	people map[string]Who
}

// Who is a person of the log. Name is empty where the viewer may not see who it
// is, and Href where there is nothing to open.
type Who struct{ Name, Href string }

// NewNames returns the names as viewer may read them.
func NewNames(r *store.Reader, viewer access.Actor) *Names {
	return &Names{store: r, viewer: viewer, users: map[string]string{}, people: map[string]Who{}}
}

// Actor is the name of whoever did it: a colleague's, in full, or what acts by
// itself in English. Somebody who was removed may have no name any more.
func (n *Names) Actor(ctx context.Context, actorID string) (string, error) {
	if name := Machine(actorID); name != "" {
		return name, nil
	}
	return n.Colleague(ctx, actorID)
}

// Machine is the name of what acts by itself, in English; empty for a person.
func Machine(actorID string) string {
	if name := machines[actorID]; name != "" {
		return name
	}
	if KindOf(actorID) == Person {
		return ""
	}
	_, name, _ := strings.Cut(actorID, ":")
	return name
}

// Colleague is the name of a user.
func (n *Names) Colleague(ctx context.Context, userID string) (string, error) {
	if name, ok := n.users[userID]; ok {
		return name, nil
	}
	u, err := n.store.User(ctx, userID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return "", err
	}
	name := u.Name
	if name == "" {
		name = access.Former
	}
	n.users[userID] = name
	return name, nil
}

// Contact is a contact as the viewer may know them: by name, with the way to
// the card, when the card is within reach; nameless otherwise.
func (n *Names) Contact(ctx context.Context, contactID string) (Who, error) {
	if w, ok := n.people[contactID]; ok {
		return w, nil
	}
	c, err := n.store.Contact(ctx, contactID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return Who{}, err
	}
	var w Who
	if err == nil && access.May(n.viewer, access.ContactsRead, access.Object{Owner: c.OwnerID}) {
		w = Who{Name: c.Name, Href: "/contacts/" + c.ID}
		if w.Name == "" {
			w.Name = "A contact without a name" // the number is for the card to show, or not
		}
	}
	n.people[contactID] = w
	return w, nil
}
