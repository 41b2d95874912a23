package smtp

import (
	"net/mail"
	"strings"

	gomail "github.com/wneessen/go-mail"

	"stead/app/errs"
	"stead/app/port"
)

// message writes a mail down as it goes over the wire. Nothing in it tells what
// machine this is.
func (p *Provider) message(m port.Mail) (*gomail.Msg, error) {
	if !m.Sound() {
		return nil, &errs.Error{Kind: errs.Invalid, Code: "header", Message: "A line end in the head of a mail was refused."}
	}
	from, err := mail.ParseAddress(m.From)
	if err != nil {
		return nil, badAddress("sender")
	}
	to, err := mail.ParseAddress(m.To)
	if err != nil {
		return nil, badAddress("address")
	}
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	msg.FromMailAddress(from)
	msg.ToMailAddress(to)
	_, domain, _ := strings.Cut(from.Address, "@")
	msg.SetMessageIDWithValue(m.ID + "@" + domain)
	msg.SetDateWithValue(p.cfg.Now())
	msg.SetGenHeader(gomail.HeaderUserAgent, "Stead")
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetGenHeader("X-Auto-Response-Suppress", "All")
	unsubscribe(msg, m.Unsubscribe)
	msg.Subject(m.Subject)
	msg.SetBodyString(gomail.TypeTextPlain, m.Text)
	if m.HTML != "" {
		msg.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	}
	return msg, nil
}

// unsubscribe adds what a mail program's own button needs. One click is for
// addresses with TLS.
func unsubscribe(msg *gomail.Msg, address string) {
	if address == "" {
		return
	}
	msg.SetListUnsubscribe(address)
	if strings.HasPrefix(address, "https://") {
		msg.SetListUnsubscribePost()
	}
}

func badAddress(code string) error {
	return &errs.Error{Kind: errs.Invalid, Code: code, Message: "A mail address is not one."}
}
