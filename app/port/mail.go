package port

import (
	"context"
	"strings"
)

// Mail is one message of the product to one of its own people. Addresses are as
// in a header: "Ana Costa <ana@example.com>", or bare.
type Mail struct {
	ID          string // ours: the Message-ID, and what makes a repeat harmless
	From, To    string
	Subject     string
	Text, HTML  string
	Class       string // security, account, notice
	Unsubscribe string // address that ends mail of this kind at one click; empty: it cannot be ended
}

// Sound tells that no header can be broken out of: none of them holds a line
// end or another control character.
func (m Mail) Sound() bool {
	for _, header := range []string{m.ID, m.From, m.To, m.Subject, m.Unsubscribe} {
		if strings.ContainsFunc(header, func(c rune) bool { return c < ' ' || c == 0x7f || c == 0x85 || c == 0x2028 || c == 0x2029 }) {
			return false
		}
	}
	return true
}

// MailAccount is where mail is handed over. Its secret comes from Secrets.
type MailAccount struct {
	Host string // of a mail server; empty where the provider has one address
	Port int
	User string // empty: nobody signs in
}

// Mailer hands mail over. Errors are *errs.Error: Denied means that the
// credentials are refused, Invalid that this mail is, for good; Unavailable may
// be tried again. A call whose outcome is unknown returns ErrUnknown.
type Mailer interface {
	// Send returns the provider's id of the mail.
	Send(ctx context.Context, a MailAccount, m Mail) (ref string, err error)
	// Check signs in and sends nothing: with the secret that was typed, or the
	// stored one when it is empty.
	Check(ctx context.Context, a MailAccount, secret []byte) error
}
