package mail

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"stead/store"
)

// to says who gets the mail about an event.
type to int

const (
	toPerson   to = iota + 1 // the user that the event is about
	toOwners                 // every owner who may sign in
	toInvited                // whom the invitation is for, which the event is about
	toLead                   // whoever sent the lead that the event is about, to confirm it
	toAssignee               // the user that the event's data names, unless they did it themselves
)

// answer is the mail that an event calls for.
type answer struct {
	template string
	to       to
	deal     bool                          // it is about the deal that the event's data names, and not about its subject
	wants    func(store.NoticeChoice) bool // nil: whoever did not end its class
}

// answers lists every event that somebody is told of by mail.
var answers = map[string]answer{
	"user.invited":           {template: "invitation", to: toInvited},
	"user.joined":            {template: "joined", to: toPerson},
	"user.reset_asked":       {template: "reset", to: toPerson},
	"user.new_device":        {template: "new_device", to: toPerson},
	"user.password_changed":  {template: "password_changed", to: toPerson},
	"user.second_factor_on":  {template: "second_factor_on", to: toPerson},
	"user.second_factor_off": {template: "second_factor_off", to: toPerson},
	"user.recovery_used":     {template: "recovery_used", to: toPerson},
	"user.recovery_renewed":  {template: "recovery_renewed", to: toPerson},
	"user.remember_stolen":   {template: "remember_stolen", to: toPerson},
	"user.identity_linked":   {template: "identity_linked", to: toPerson},
	"user.identity_unlinked": {template: "identity_unlinked", to: toPerson},
	"user.role_changed":      {template: "role_changed", to: toPerson},
	"user.disabled":          {template: "disabled", to: toPerson},
	"user.enabled":           {template: "enabled", to: toPerson},
	"user.removed":           {template: "removed", to: toPerson},
	"user.left":              {template: "left", to: toPerson},

	"lead.waiting": {template: leadTemplate, to: toLead},

	"channel.connected":    {template: "connected", to: toOwners},
	"channel.disconnected": {template: "disconnected", to: toOwners},
	EventConnected:         {template: "connected", to: toOwners},

	"person.exported":            {template: "exported", to: toOwners},
	"audit.exported":             {template: "audit_exported", to: toOwners},
	"person.erased":              {template: "erased", to: toOwners},
	"business.closing_asked":     {template: "closing_asked", to: toOwners},
	"business.closing_cancelled": {template: "closing_cancelled", to: toOwners},

	"contact.assigned":      {template: "contact_assigned", to: toAssignee},
	"contacts.assigned":     {template: "contacts_assigned", to: toAssignee},
	"conversation.assigned": {template: "conversation_assigned", to: toAssignee},
	"deal.created":          {template: "deal_assigned", to: toAssignee},
	"deal.assigned":         {template: "deal_assigned", to: toAssignee},
	"deals.assigned":        {template: "deals_assigned", to: toAssignee},
	"lead.done":             {template: "lead_arrived", to: toAssignee, deal: true},

	"task.reminded": {template: reminderTemplate, to: toAssignee, wants: func(c store.NoticeChoice) bool { return c.Reminders }},
	"notice.digest": {template: digestTemplate, to: toAssignee, wants: func(c store.NoticeChoice) bool { return c.Digest }},
}

// React is a store.Reaction: it queues the mail that an event calls for, in the
// transaction of the event. Where mail is off, what cannot be refused is
// written down as not sent, so that somebody sees it.
func (s *Service) React(ctx context.Context, tx *store.Tx, e store.Event) error {
	a, ok := answers[e.Kind]
	if !ok {
		return nil
	}
	t, ok := byKey[a.template]
	if !ok {
		return fmt.Errorf("mail: no template %s", a.template)
	}
	people, err := s.recipients(ctx, tx, a.to, e)
	if err != nil || len(people) == 0 {
		return err
	}
	_, state, err := s.route(ctx, &tx.Reader)
	if err != nil {
		return err
	}
	for _, m := range people {
		if a.wants != nil {
			choice, err := tx.NoticeChoice(ctx, m.UserID)
			if err != nil {
				return err
			}
			if !a.wants(choice) {
				continue
			}
		}
		m.ID, m.Template, m.Class = s.NewID(), a.template, string(t.class())
		m.SubjectID, m.Actor, m.State, m.CreatedAt = e.Subject, e.Actor, store.MailQueued, e.At
		lead := store.Lead{ContactID: e.ContactID, RecordID: e.Subject}
		if a.deal {
			lead.RecordID = named(e).Deal
		}
		if lead.ContactID != "" { // the mail's own row outlives the person
			m.SubjectID = ""
		}
		if err := s.queue(ctx, tx, m, t, state, lead); err != nil {
			return err
		}
	}
	return nil
}

// recipients are mails that know only whom they are for.
func (s *Service) recipients(ctx context.Context, tx *store.Tx, who to, e store.Event) ([]store.Mail, error) {
	switch who {
	case toLead:
		return []store.Mail{{LeadID: e.Subject}}, nil
	case toInvited:
		return []store.Mail{{InvitationID: e.Subject}}, nil
	case toOwners:
		owners, err := tx.Owners(ctx)
		out := make([]store.Mail, 0, len(owners))
		for _, u := range owners {
			out = append(out, store.Mail{UserID: u.ID})
		}
		return out, err
	case toAssignee:
		to := named(e).To
		if to == "" || to == e.Actor {
			return nil, nil
		}
		return s.person(ctx, tx, store.Event{Kind: e.Kind, Subject: to})
	default:
		return s.person(ctx, tx, e)
	}
}

// names are the ids that an event's data can hold.
type names struct {
	To   string `json:"to"`
	Deal string `json:"deal"`
}

// named reads them; data of another shape names nobody.
func named(e store.Event) (out names) {
	if json.Unmarshal([]byte(e.Data), &out) != nil {
		return names{}
	}
	return out
}

// person is whom an event is about. Somebody whose account is about to go takes
// their address along: nobody knows it afterwards.
func (s *Service) person(ctx context.Context, tx *store.Tx, e store.Event) ([]store.Mail, error) {
	u, err := tx.User(ctx, e.Subject)
	if errors.Is(err, store.ErrNotFound) || err == nil && u.Email == "" {
		return nil, nil
	}
	m := store.Mail{UserID: u.ID}
	if e.Kind == "user.removed" || e.Kind == "user.left" {
		m.Address = u.Email
	}
	return []store.Mail{m}, err
}

// queue writes one mail down and has it sent, unless it is known already that
// it cannot be.
func (s *Service) queue(ctx context.Context, tx *store.Tx, m store.Mail, t template, state string, lead store.Lead) error {
	off := state == store.Disconnected || state == store.Failing && t.letter().link != noLink // whoever asked got the link instead
	if t.class() == classNotice {
		refuses, err := tx.RefusesMail(ctx, m.UserID, m.Class)
		if err != nil || refuses || off {
			return err
		}
	}
	if off {
		m.State, m.ErrorCode, m.Address = store.MailRefused, codeNoMail, ""
		return tx.InsertMail(ctx, m)
	}
	if t.letter().link != noLink {
		if err := tx.SupersedeMails(ctx, m); err != nil {
			return err
		}
	}
	if err := tx.InsertMail(ctx, m); err != nil {
		return err
	}
	if lead.ContactID != "" {
		if err := tx.LeadMail(ctx, m.ID, lead, m.CreatedAt); err != nil {
			return err
		}
	}
	return tx.Enqueue(ctx, SendMail{ID: m.ID})
}
