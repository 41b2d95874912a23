package twilio

import (
	"context"
	"errors"
	"net/mail"
	"strconv"
	"time"

	api "github.com/twilio/twilio-go/rest/api/v2010"

	"stead/app/errs"
	"stead/app/port"
)

// pageSize is how many records are asked for at once; maxPages ends a listing
// that would never end.
const (
	pageSize = 200
	maxPages = 50
)

// SendText hands a text to Twilio. There is no idempotency key on Twilio's
// side, so an unclear outcome is port.ErrUnknown and must be looked up.
func (p *Provider) SendText(ctx context.Context, a port.Account, t port.Text) (port.Sent, error) {
	params := &api.CreateMessageParams{}
	params.SetTo(t.To).SetBody(t.Body)
	if a.Service != "" {
		params.SetMessagingServiceSid(a.Service)
	}
	if t.From != "" {
		params.SetFrom(t.From)
	}
	if t.CallbackURL != "" {
		params.SetStatusCallback(t.CallbackURL)
	}
	var sent port.Sent
	err := p.use(ctx, a, "send", func(s *api.ApiService) error {
		m, err := s.CreateMessage(params)
		if err != nil {
			return unclear(err)
		}
		if deref(m.Sid) == "" {
			return port.ErrUnknown
		}
		sent = sentOf(m)
		return nil
	})
	return sent, err
}

// unclear says of an answer to a POST that the SDK could not read that the
// request may have been carried out.
func unclear(err error) error {
	var refused *apiError
	var known *errs.Error
	if errors.As(err, &refused) || errors.As(err, &known) {
		return err
	}
	return port.ErrUnknown
}

// FindTexts lists what was sent to a number since a time, newest first.
func (p *Provider) FindTexts(ctx context.Context, a port.Account, to string, since time.Time) ([]port.Sent, error) {
	var found []port.Sent
	err := p.use(ctx, a, "look_up", func(s *api.ApiService) error {
		params := (&api.ListMessageParams{}).SetTo(to).SetDateSentAfter(since.UTC()).SetPageSize(pageSize)
		return eachMessage(s, params, func(m *api.ApiV2010Message) error {
			if sent := sentOf(m); outbound(deref(m.Direction)) && !before(sent.At, since) {
				found = append(found, sent)
			}
			return nil
		})
	})
	return found, err
}

// DeleteText deletes Twilio's copy of a message. Gone already is no error.
func (p *Provider) DeleteText(ctx context.Context, a port.Account, ref string) error {
	return gone(p.use(ctx, a, "erasure", func(s *api.ApiService) error { return s.DeleteMessage(ref, nil) }))
}

// DeleteCall deletes Twilio's record of a call. Gone already is no error.
func (p *Provider) DeleteCall(ctx context.Context, a port.Account, ref string) error {
	return gone(p.use(ctx, a, "erasure", func(s *api.ApiService) error { return s.DeleteCall(ref, nil) }))
}

func gone(err error) error {
	if code := errs.CodeOf(err); code == "20404" || code == "http_404" {
		return nil
	}
	return err
}

// eachMessage walks through all pages, newest message first.
func eachMessage(s *api.ApiService, params *api.ListMessageParams, each func(*api.ApiV2010Message) error) error {
	token, number := "", ""
	for range maxPages {
		page, err := s.PageMessage(params, token, number)
		if err != nil {
			return err
		}
		for i := range page.Messages {
			if err := each(&page.Messages[i]); err != nil {
				return err
			}
		}
		if token, number = nextPage(page.NextPageUri); number == "" {
			return nil
		}
	}
	return tooLong()
}

// tooLong is better than a listing that looks whole and is not.
func tooLong() error {
	return &errs.Error{Kind: errs.Unavailable, Code: "listing", Message: "Twilio's list is too long to be read at once."}
}

func sentOf(m *api.ApiV2010Message) port.Sent {
	sent := port.Sent{Ref: deref(m.Sid), To: deref(m.To), Body: deref(m.Body), Status: statuses[deref(m.Status)]}
	sent.Segments, _ = strconv.Atoi(deref(m.NumSegments))
	if sent.Status == "" {
		sent.Status = port.StatusQueued
	}
	if m.ErrorCode != nil && *m.ErrorCode != 0 {
		sent.Code = strconv.Itoa(*m.ErrorCode)
	}
	sent.At = timeOf(m.DateSent)
	if sent.At.IsZero() {
		sent.At = timeOf(m.DateCreated)
	}
	return sent
}

// timeOf reads Twilio's dates, which are in whole seconds; none is zero.
func timeOf(text *string) time.Time {
	if text == nil || *text == "" {
		return time.Time{}
	}
	at, err := mail.ParseDate(*text)
	if err != nil {
		return time.Time{}
	}
	return at.UTC()
}

// before compares by the second, as Twilio's dates do.
func before(at, since time.Time) bool {
	return !at.IsZero() && at.Before(since.Truncate(time.Second))
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
