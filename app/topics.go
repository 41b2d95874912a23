package app

import (
	"context"
	"strings"

	"stead/app/access"
	"stead/store"
)

// person is how the topic of one contact begins; its id follows.
const person = "person:"

// topics are the lists that open pages watch, by the right that shows them.
var topics = map[string]access.Permission{
	"inbox": access.InboxRead, "today": access.InboxRead, "contacts": access.ContactsRead, "companies": access.ContactsRead, "deals": access.DealsRead,
	"privacy": access.PrivacyRead, "settings": access.SettingsRead, "team": access.TeamRead,
	"notices": "", // each has their own
	"catchup": "", // a page missed something: it asks again for what it may show
}

// tells are the events with which somebody may have a new notification.
var tells = map[string]bool{
	"task.reminded": true, "task.assigned": true, "task.added": true, "contact.assigned": true, "contacts.assigned": true, "operation.done": true, "notice.read": true,
	"lead.done": true, "lead.failed": true, "deal.created": true, "deal.assigned": true, "deal.changed": true, "deals.assigned": true,
	"contact.noted": true, "company.noted": true, "deal.noted": true, "note.added": true,
	"contact.note_changed": true, "company.note_changed": true, "deal.note_changed": true,
}

// topicsOf tells open pages which lists an event changes.
func topicsOf(e store.Event) []string {
	area, _, _ := strings.Cut(e.Kind, ".")
	var out []string
	switch area {
	case "message", "call", "note", "conversation", "consent", "decision":
		out = []string{"inbox", "today"}
	case "import":
		out = []string{"contacts"}
	case "contact", "contacts", "change", "bin":
		out = []string{"contacts", "deals", "inbox", "today"}
	case "task":
		out = []string{"today", "deals"}
	case "settings", "channel", "mail", "vault", "field":
		out = []string{"settings"}
	case "pipeline", "stage", "reason", "product":
		out = []string{"settings", "deals"}
	case "company":
		out = []string{"companies", "contacts", "deals"}
	case "deal", "deals":
		out = []string{"deals"}
	case "lead":
		out = []string{"deals", "contacts", "today", "settings"}
	case "tag":
		out = []string{"settings", "contacts"}
	case "user", "role", "team":
		out = []string{"team"}
		if e.Kind == "user.removed" || e.Kind == "user.left" { // their work is somebody else's now
			out = append(out, "contacts", "deals", "inbox", "today")
		}
	case "person", "erasure", "privacy":
		out = []string{"privacy", "contacts", "deals", "inbox", "today"}
	}
	if tells[e.Kind] || area == "deal" && e.Data != "" { // a deal is given to somebody, which its data says
		out = append(out, "notices")
	}
	if e.ContactID != "" {
		out = append(out, person+e.ContactID)
	}
	return out
}

// hears tells whether an actor may know that a list, or a person, has news.
func (a *App) hears(ctx context.Context, actor access.Actor, topic string) bool {
	if id, ok := strings.CutPrefix(topic, person); ok {
		return a.reaches(ctx, actor, id)
	}
	p, known := topics[topic]
	return known && (p == "" || actor.Has(p))
}

// reaches tells whether a person's card or conversation is within an actor's
// reach. Who may see all of either is not looked up.
func (a *App) reaches(ctx context.Context, actor access.Actor, contactID string) bool {
	if access.Scope(actor, access.ContactsRead).All() || access.Scope(actor, access.InboxRead).All() {
		return true
	}
	if c, err := a.Store.Contact(ctx, contactID); err == nil && access.May(actor, access.ContactsRead, access.Object{Owner: c.OwnerID}) {
		return true
	}
	v, err := a.Store.ConversationOf(ctx, contactID)
	return err == nil && access.May(actor, access.InboxRead, access.Object{Owner: v.OwnerID})
}
