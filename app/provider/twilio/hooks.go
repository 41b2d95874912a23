package twilio

import (
	"context"
	"mime"
	"net/http"
	"net/url"

	"stead/app/errs"
	"stead/app/port"
)

// The kinds of callback, by the address they come to.
const (
	kindSMS        = "sms"
	kindVoice      = "voice"
	kindDial       = "dial"
	kindStatus     = "status"
	kindCallStatus = "call-status"
)

var kinds = map[string]string{
	PathSMS: kindSMS, PathVoice: kindVoice, PathDial: kindDial, PathStatus: kindStatus, PathCallStatus: kindCallStatus,
}

const headerSignature = "X-Twilio-Signature"

// signatureLength is that of twenty bytes in base64.
const signatureLength = 28

// Admit refuses what lacks a signature's header or has the wrong kind of body.
func (p *Provider) Admit(h http.Header) error {
	if len(h.Get(headerSignature)) != signatureLength {
		return denied("unsigned")
	}
	kind, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil || kind != "application/x-www-form-urlencoded" && kind != "application/json" {
		return malformed()
	}
	return nil
}

// Verify checks the signature over the public address and the raw body, and
// that the callback is meant for our account. Forged, unsigned and foreign
// callbacks are errs.Denied, and so is every callback while nothing is
// connected; a locked vault is what the vault says it is.
func (p *Provider) Verify(ctx context.Context, r port.Request) error {
	signature := r.Header.Get(headerSignature)
	if signature == "" {
		return denied("unsigned")
	}
	account, err := p.cfg.Accounts.Account(ctx)
	if err != nil {
		return notConnected(err)
	}
	good := false
	err = p.cfg.Secrets.Use(ctx, Name, SecretToken, "verify", func(token []byte) error {
		good = signed(token, r.URL, r.Body, signature)
		return nil
	})
	switch {
	case err != nil:
		return notConnected(err)
	case !good:
		return denied("signature")
	}
	if _, hashed := bodyHash(r.URL); hashed {
		return nil // not a form: which account it is for is told by the token alone
	}
	form, err := formOf(r)
	if err != nil || form.Get("AccountSid") != account.ID {
		return denied("account")
	}
	p.passed(form)
	return nil
}

func denied(code string) error {
	return &errs.Error{Kind: errs.Denied, Code: code, Message: "The callback is not signed by Twilio for this account."}
}

// notConnected makes "there is no such secret" a refusal: without one, nothing
// can be genuine.
func notConnected(err error) error {
	if errs.KindOf(err) == errs.NotFound {
		return denied("not_connected")
	}
	return err
}

func formOf(r port.Request) (url.Values, error) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/x-www-form-urlencoded" {
		return nil, malformed()
	}
	form, err := url.ParseQuery(string(r.Body))
	if err != nil {
		return nil, malformed() // the parser's error would quote the body
	}
	return form, nil
}

func malformed() error {
	return &errs.Error{Kind: errs.Invalid, Code: "malformed", Message: "The callback is not in Twilio's form."}
}
