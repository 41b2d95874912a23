// Package veil takes personal data out of records before they are shown to
// somebody who may see the record and not that: numbers and addresses stay in
// part, and of what was written nothing. Names stay. Who may see what is decided
// elsewhere, and nothing is stored from here.
package veil

import (
	"strings"

	"stead/store"
)

// Hidden stands in the place of what somebody wrote or said. English, as every text.
const Hidden = "Hidden: your role does not show personal data."

const nothing = "••••"

// Number is what is shown of a number: the last two digits. Of a short code or
// the name of a sender nothing is left.
func Number(number string) string {
	const most, shown = 6, 2
	digits := make([]byte, 0, len(number))
	for i := range len(number) {
		if c := number[i]; c >= '0' && c <= '9' {
			digits = append(digits, c)
		}
	}
	switch {
	case number == "":
		return ""
	case len(digits) < most:
		return nothing
	}
	return nothing + " " + string(digits[len(digits)-shown:])
}

// Key is Number for what numbers are compared by, which it then is not any more.
func Key(matchKey string) string {
	if matchKey == "" {
		return ""
	}
	return "raw:" + Number(matchKey)
}

// Email is what is shown of an address: its first letter and the domain.
func Email(address string) string {
	at := strings.LastIndexByte(address, '@')
	if address == "" {
		return ""
	}
	if at <= 0 {
		return nothing
	}
	return string([]rune(address[:at])[:1]) + "•••" + address[at:]
}

// Contact veils what stands on a card.
func Contact(c *store.Contact) {
	c.NameKey, c.About, c.Restriction = "", text(c.About), text(c.Restriction)
}

// Phones veils numbers.
func Phones(phones []store.Phone) {
	for i := range phones {
		p := &phones[i]
		p.Typed, p.E164, p.MatchKey, p.Label = Number(p.MatchKey), "", Key(p.MatchKey), text(p.Label)
	}
}

// Emails veils addresses.
func Emails(emails []store.Email) {
	for i := range emails {
		e := &emails[i]
		e.Typed, e.MatchKey, e.Label = Email(e.Typed), "", text(e.Label)
	}
}

// Items veils what was said, written and called.
func Items(items []store.StreamItem) {
	for _, i := range items {
		switch {
		case i.Message != nil:
			i.Message.Body, i.Message.Peer = text(i.Message.Body), Number(i.Message.Peer)
		case i.Call != nil:
			i.Call.Peer = Number(i.Call.Peer)
		case i.Note != nil:
			i.Note.Body = text(i.Note.Body)
		}
	}
}

// Conversation veils a line of the inbox.
func Conversation(c *store.ConversationRow) {
	c.Phone = Key(c.Phone)
	if c.Last != "call" { // of a call it is the outcome
		c.Text = text(c.Text)
	}
}

// Task veils what is to be done.
func Task(t *store.Task) { t.Title, t.Body = text(t.Title), text(t.Body) }

// text hides what is there.
func text(s string) string {
	if s == "" {
		return ""
	}
	return Hidden
}
