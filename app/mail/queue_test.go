package mail_test

import (
	"slices"
	"strings"
	"testing"

	"stead/app/mail"
	"stead/store"
)

// TestWhoIsToldOfWhat is the table of events and mails: security alerts reach
// whose account it is, what concerns the business every owner.
func TestWhoIsToldOfWhat(t *testing.T) {
	k := bySMTP(t)
	for kind, tt := range map[string]struct {
		event store.Event
		want  []string
	}{
		"user.invited":           {store.Event{Subject: "inv", Actor: "ana"}, []string{"account invitation inv"}},
		"user.joined":            {store.Event{Subject: "cy", Actor: "cy"}, []string{"account joined cy"}},
		"user.reset_asked":       {store.Event{Subject: "cy", Actor: "cy"}, []string{"account reset cy"}},
		"user.role_changed":      {store.Event{Subject: "cy", Actor: "ana"}, []string{"account role_changed cy"}},
		"user.disabled":          {store.Event{Subject: "dee", Actor: "ana"}, []string{"account disabled dee"}},
		"user.enabled":           {store.Event{Subject: "cy", Actor: "ana"}, []string{"account enabled cy"}},
		"user.removed":           {store.Event{Subject: "cy", Actor: "ana"}, []string{"account removed cy"}},
		"user.left":              {store.Event{Subject: "cy", Actor: "cy"}, []string{"account left cy"}},
		"user.new_device":        {store.Event{Subject: "cy", Actor: "cy"}, []string{"security new_device cy"}},
		"user.password_changed":  {store.Event{Subject: "cy", Actor: "cy"}, []string{"security password_changed cy"}},
		"user.second_factor_on":  {store.Event{Subject: "cy", Actor: "cy"}, []string{"security second_factor_on cy"}},
		"user.second_factor_off": {store.Event{Subject: "cy", Actor: "ana"}, []string{"security second_factor_off cy"}},
		"user.recovery_used":     {store.Event{Subject: "cy", Actor: "cy"}, []string{"security recovery_used cy"}},
		"user.recovery_renewed":  {store.Event{Subject: "cy", Actor: "cy"}, []string{"security recovery_renewed cy"}},
		"user.remember_stolen":   {store.Event{Subject: "cy", Actor: "cy"}, []string{"security remember_stolen cy"}},
		"user.identity_linked":   {store.Event{Subject: "cy", Actor: "cy"}, []string{"security identity_linked cy"}},
		"user.identity_unlinked": {store.Event{Subject: "cy", Actor: "cy"}, []string{"security identity_unlinked cy"}},

		"channel.connected":          {store.Event{Subject: "twilio", Actor: "ana"}, []string{"security connected ana", "security connected ben"}},
		"channel.disconnected":       {store.Event{Subject: "oidc:google", Actor: "ana"}, []string{"security disconnected ana", "security disconnected ben"}},
		"mail.connected":             {store.Event{Subject: "smtp", Actor: "ana"}, []string{"security connected ana", "security connected ben"}},
		"mail.disconnected":          {store.Event{Subject: "smtp", Actor: "ana"}, nil}, // owners were told before
		"person.exported":            {store.Event{Subject: "note", ContactID: "c1", Actor: "cy"}, []string{"security exported ana", "security exported ben"}},
		"audit.exported":             {store.Event{Subject: "cy", Actor: "cy"}, []string{"security audit_exported ana", "security audit_exported ben"}},
		"person.erased":              {store.Event{Subject: "e1", Actor: "ana"}, []string{"security erased ana", "security erased ben"}},
		"business.closing_asked":     {store.Event{Subject: "x1", Actor: "ana"}, []string{"security closing_asked ana", "security closing_asked ben"}},
		"business.closing_cancelled": {store.Event{Subject: "x1", Actor: "ben"}, []string{"security closing_cancelled ana", "security closing_cancelled ben"}},

		"contact.assigned":      {store.Event{Subject: "c1", ContactID: "c1", Actor: "ana", Data: `{"to":"cy"}`}, []string{"notice contact_assigned cy"}},
		"contacts.assigned":     {store.Event{Subject: "op", Actor: "ana", Data: `{"what":"owner","count":300,"to":"cy"}`}, []string{"notice contacts_assigned cy"}},
		"conversation.assigned": {store.Event{Subject: "v1", ContactID: "c1", Actor: "ana", Data: `{"to":"cy"}`}, []string{"notice conversation_assigned cy"}},

		"deal.created":   {store.Event{Subject: "d1", ContactID: "c1", Actor: "ana", Data: `{"to":"cy"}`}, []string{"notice deal_assigned cy"}},
		"deal.assigned":  {store.Event{Subject: "d1", Actor: "ana", Data: `{"to":"cy"}`}, []string{"notice deal_assigned cy"}},
		"deals.assigned": {store.Event{Subject: "op", Actor: "ana", Data: `{"what":"owner","count":3,"to":"cy"}`}, []string{"notice deals_assigned cy"}},
		"lead.done":      {store.Event{Subject: "l1", ContactID: "c1", Actor: "leads", Data: `{"deal":"d1","to":"cy"}`}, []string{"notice lead_arrived cy"}},
		"deal.moved":     {store.Event{Subject: "d1", ContactID: "c1", Actor: "ana"}, nil},

		"user.signed_in":       {store.Event{Subject: "cy", Actor: "cy"}, nil},
		"user.session_revoked": {store.Event{Subject: "cy", Actor: "cy"}, nil},
		"message.received":     {store.Event{Subject: "m1", ContactID: "c1"}, nil},
		"business.purged":      {store.Event{Subject: "x1"}, nil}, // nobody's address is left, and no way to send
	} {
		t.Run(kind, func(t *testing.T) {
			tt.event.Kind = kind
			before, sent := k.mails(), len(k.server.mails)
			k.happens(tt.event)
			var got []string
			subject := tt.event.Subject
			if tt.event.ContactID != "" { // it stands in the row that goes with the person
				subject = ""
			}
			for _, m := range k.mails()[len(before):] {
				got = append(got, m.Class+" "+m.Template+" "+m.UserID+m.InvitationID)
				if m.State != store.MailQueued || m.Actor != tt.event.Actor || m.SubjectID != subject {
					t.Errorf("row %+v", m)
				}
			}
			slices.Sort(got)
			if !slices.Equal(got, tt.want) {
				t.Errorf("told %q, want %q", got, tt.want)
			}
			k.sendAll()
			if len(k.queued()) != 0 || len(k.server.mails)-sent != len(tt.want) {
				t.Errorf("%d mails left, %d went out", len(k.queued()), len(k.server.mails)-sent)
			}
		})
	}
}

// mails are all rows, oldest first.
func (k *kit) mails() []store.Mail {
	k.t.Helper()
	all, err := k.store.RecentMails(k.t.Context(), 100)
	if err != nil {
		k.t.Fatal(err)
	}
	slices.Reverse(all)
	return all
}

func TestNobodyIsToldOfWhatTheyDidThemselves(t *testing.T) {
	k := bySMTP(t)
	for _, data := range []string{`{"to":"cy"}`, `{"to":""}`, `{}`, `not JSON`, `["cy"]`, `{"to":"zoe"}`} {
		k.happens(store.Event{Kind: "contact.assigned", Subject: "c1", ContactID: "c1", Actor: "cy", Data: data})
	}
	k.happens(store.Event{Kind: "user.joined", Subject: "nobody"})
	k.wantRows("none of these")
}

func TestWhereMailIsOffNothingPilesUp(t *testing.T) {
	k := newKit(t)
	k.happens(store.Event{Kind: "user.password_changed", Subject: "cy", Actor: "cy"})
	k.happens(store.Event{Kind: "user.invited", Subject: "inv", Actor: "ana"})
	k.happens(store.Event{Kind: "contact.assigned", Subject: "c1", ContactID: "c1", Actor: "ana", Data: `{"to":"cy"}`})
	k.happens(store.Event{Kind: "user.removed", Subject: "cy", Actor: "ana"})
	k.wantRows("mail is off", "invitation inv refused no_mail", "password_changed cy refused no_mail", "removed cy refused no_mail")
	if k.Ready(t.Context()) || len(k.links.made) != 0 || k.only("removed").Address != "" {
		t.Error("it is ready, or something was made")
	}
	k.ask("GET", "/settings/mail", nil).want(t, 200, "Mail is off.", "Password changed", "Not sent")
}

func TestOnlyTheNewestLinkOfItsKindLeaves(t *testing.T) {
	k := bySMTP(t)
	for range 3 {
		k.happens(store.Event{Kind: "user.reset_asked", Subject: "cy", Actor: "cy"})
	}
	k.sendAll()
	k.wantRows("three asked", "reset cy refused superseded", "reset cy refused superseded", "reset cy sent")
	if len(k.links.made) != 1 {
		t.Errorf("%d links were made", len(k.links.made))
	}
}

func TestALinkIsNotQueuedWhileTheCredentialsAreRefused(t *testing.T) {
	k := bySMTP(t)
	k.in(func(tx *store.Tx) error { return tx.FailConnection(t.Context(), mail.SMTP, "535", 5) })
	k.happens(store.Event{Kind: "user.invited", Subject: "inv", Actor: "ana"}) // whoever invites is shown the link
	k.happens(store.Event{Kind: "user.password_changed", Subject: "cy", Actor: "cy"})
	k.wantRows("refused credentials", "invitation inv refused no_mail", "password_changed cy queued")
}

func TestTheRowsHoldNoAddressAndNoText(t *testing.T) {
	k := bySMTP(t)
	k.happens(store.Event{Kind: "user.invited", Subject: "inv", Actor: "ana"})
	k.happens(store.Event{Kind: "user.removed", Subject: "cy", Actor: "ana"})
	if k.only("removed").Address != "cy@brightwater.example" {
		t.Error("nobody will know where to write to")
	}
	k.sendAll()
	for _, m := range k.mails() {
		if m.Address != "" || strings.Contains(m.SubjectID, "@") {
			t.Errorf("row %+v", m)
		}
	}
	if got := k.server.mails[1].To; got != "cy@brightwater.example" && k.server.mails[0].To != "cy@brightwater.example" {
		t.Errorf("the one who was removed was not told: %s", got)
	}
}
