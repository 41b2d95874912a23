package leads

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"strconv"
	"strings"
	"time"

	"stead/app/errs"
	"stead/app/people"
	"stead/app/vault"
	"stead/store"
)

const (
	secretName = "signing"
	clockSlack = 5 * time.Minute
	maxOnce    = 300 // bytes of a sender's id
)

// provider is whose a source's secret is in the vault.
func provider(sourceID string) string { return "lead:" + sourceID }

// errSignature is the same whatever is wrong, and for an address that is none: who
// guesses learns nothing.
var errSignature = &errs.Error{Kind: errs.Denied, Code: "signature", Message: "The signature is missing or wrong, so nothing was read."}

// Signed are the headers that vouch for a message.
type Signed struct {
	Signature string // sha256= and 64 hexadecimal digits, or the digits alone
	Timestamp string // unix seconds; empty: the body alone is signed
	Once      string // the sender's own id of the message
}

// Taken says what became of a message.
type Taken struct {
	Lead     store.LeadRow
	Again    bool              // it had come before
	Problems map[string]string // by path, where it failed
}

// hookThere tells whether there is a webhook at an address.
func (s *Service) hookThere(ctx context.Context, token string) (bool, error) {
	_, err := s.Store.LeadSourceByToken(ctx, store.LeadWebhook, token)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// TakeHook takes in the message of another system. The signature is proved over
// the raw body before anything of it is read; without a secret nothing is taken.
// What is no JSON object is errs.Invalid; anything else is kept, and is a lead once,
// however often and however many at once it comes.
func (s *Service) TakeHook(ctx context.Context, token string, body []byte, h Signed) (Taken, error) {
	src, err := s.Store.LeadSourceByToken(ctx, store.LeadWebhook, token)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return Taken{}, err
	}
	if err != nil {
		return Taken{}, errSignature
	}
	if err := s.verify(ctx, src, body, h); err != nil {
		return Taken{}, err
	}
	if !src.Enabled {
		return Taken{}, &errs.Error{Kind: errs.Conflict, Code: "off", Message: "This webhook is switched off."}
	}
	answers, err := Flatten(body)
	if err != nil {
		return Taken{}, err
	}
	id, text := s.NewID(), writeAnswers(answers)
	k := knownBy(text, h)
	if a, ok := find(answers, src.OncePath); src.OncePath != "" && ok {
		k = known{says: text, once: "field " + a.Value}
	}
	if len(k.once) > maxOnce {
		return Taken{}, invalid("The id of the message is longer than 300 bytes.")
	}
	l, err := s.accept(ctx, store.LeadRow{
		ID: id, SourceID: src.ID, Kind: src.Kind, State: store.LeadReceived, Answers: text, ReceivedAt: s.Now().UnixMilli(),
	}, k)
	if err != nil {
		return Taken{}, err
	}
	t := Taken{Lead: l, Again: l.ID != id}
	if l.State == store.LeadFailed {
		_, t.Problems, err = s.prepare(ctx, src, answers)
	}
	return t, err
}

// knownBy is how a message is known again. Its id stands in a header that nobody
// signs: whoever sends a message once more, under another id or none, sends the
// same. What is signed at another time under another id is another one.
func knownBy(text string, h Signed) known {
	k := known{says: text, once: people.Line(h.Once)}
	if h.Timestamp == "" {
		return k
	}
	if k.like = text + "\n" + h.Timestamp; k.once != "" {
		k.says, k.like = k.like, k.says
	}
	return k
}

// verify proves who sent a body: HMAC-SHA256 over it or, with a timestamp, over
// that, a full stop and it. A timestamp more than five minutes off is refused.
func (s *Service) verify(ctx context.Context, src store.LeadSource, body []byte, h Signed) error {
	got, err := hex.DecodeString(strings.TrimPrefix(strings.TrimSpace(h.Signature), "sha256="))
	if err != nil || len(got) != sha256.Size {
		return errSignature
	}
	if h.Timestamp != "" {
		at, err := strconv.ParseInt(h.Timestamp, 10, 64)
		if off := s.Now().Sub(time.Unix(at, 0)); err != nil || off > clockSlack || off < -clockSlack {
			return &errs.Error{Kind: errs.Denied, Code: "signature", Message: "The timestamp is more than five minutes off, so nothing was read."}
		}
	}
	err = s.Vault.Use(ctx, provider(src.ID), secretName, vault.PurposeVerify, func(secret []byte) error {
		if len(secret) == 0 {
			return errSignature
		}
		mac := hmac.New(sha256.New, secret)
		if h.Timestamp != "" {
			mac.Write([]byte(h.Timestamp + "."))
		}
		mac.Write(body)
		if subtle.ConstantTimeCompare(mac.Sum(nil), got) != 1 {
			return errSignature
		}
		return nil
	})
	if errs.CodeOf(err) == "no_secret" {
		return errSignature
	}
	return err
}
