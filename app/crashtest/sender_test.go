package crashtest

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	account = "AC0a1b2c3d0a1b2c3d0a1b2c3d0a1b2c3d"
	token   = "12345678901234567890123456789012"
	line    = "+15035550100"
	agent   = "+15035550199"
)

// signature signs a form as the provider does: the address, then every
// parameter by name.
func signature(address string, form url.Values) string {
	mac := hmac.New(sha1.New, []byte(token))
	mac.Write([]byte(address))
	for _, name := range slices.Sorted(maps.Keys(form)) {
		mac.Write([]byte(name + form.Get(name)))
	}
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// callback is one signed request of the provider.
type callback struct {
	path string
	form url.Values
}

// post sends the callback once and tells whether the product took it.
func (c callback) post(base string) bool {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, base+c.path, strings.NewReader(c.form.Encode()))
	if err != nil {
		return false
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("X-Twilio-Signature", signature(base+c.path, c.form))
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return false
	}
	defer res.Body.Close()
	return res.StatusCode < 300
}

// book is what the senders were told: the oracle's side of the comparison.
type book struct {
	mu    sync.Mutex
	texts map[string]bool // message id → acknowledged
	calls map[string]bool // call id → its missed end was acknowledged
}

func newBook() *book { return &book{texts: map[string]bool{}, calls: map[string]bool{}} }

func (b *book) note(entries map[string]bool, id string, told bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	entries[id] = entries[id] || told
}

func acknowledged(entries map[string]bool) (ids []string) {
	for id, told := range entries {
		if told {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// sender delivers texts and missed calls until ctx ends. Like the provider it
// repeats what was not acknowledged; unlike it, it also repeats some of what was.
type sender struct {
	number int
	base   string
	rnd    *rand.Rand
	book   *book
}

func (s *sender) run(ctx context.Context) {
	for n := 0; ctx.Err() == nil; n++ {
		peer := fmt.Sprintf("+1503555%d%03d", 2+s.number, n%1000)
		if n%3 == 2 {
			s.missedCall(ctx, n, peer)
		} else {
			s.text(ctx, n, peer)
		}
		sleep(ctx, time.Duration(s.rnd.IntN(8))*time.Millisecond)
	}
}

func (s *sender) text(ctx context.Context, n int, peer string) {
	sid := fmt.Sprintf("SM9%d%030d", s.number, n)
	s.book.note(s.book.texts, sid, false)
	told := s.deliver(ctx, callback{"/hooks/twilio/sms", url.Values{
		"MessageSid": {sid}, "SmsSid": {sid}, "SmsMessageSid": {sid}, "AccountSid": {account}, "From": {peer}, "To": {line},
		"Body": {fmt.Sprintf("message %d", n)}, "NumMedia": {"0"}, "NumSegments": {"1"}, "SmsStatus": {"received"}, "ApiVersion": {"2010-04-01"},
	}})
	s.book.note(s.book.texts, sid, told)
}

func (s *sender) missedCall(ctx context.Context, n int, peer string) {
	sid := fmt.Sprintf("CA9%d%030d", s.number, n)
	form := url.Values{
		"CallSid": {sid}, "AccountSid": {account}, "From": {peer}, "To": {line}, "Caller": {peer}, "Called": {line},
		"CallStatus": {"ringing"}, "Direction": {"inbound"}, "ApiVersion": {"2010-04-01"},
	}
	s.book.note(s.book.calls, sid, false)
	if !s.deliver(ctx, callback{"/hooks/twilio/voice", maps.Clone(form)}) {
		return
	}
	form.Set("CallStatus", "in-progress")
	form.Set("DialCallStatus", "no-answer")
	told := s.deliver(ctx, callback{"/hooks/twilio/voice/dial", form})
	s.book.note(s.book.calls, sid, told)
}

// deliver repeats a callback until it is acknowledged, and now and then once more.
func (s *sender) deliver(ctx context.Context, c callback) bool {
	for !c.post(s.base) {
		if sleep(ctx, 10*time.Millisecond); ctx.Err() != nil {
			return false
		}
	}
	if s.rnd.IntN(5) == 0 {
		c.post(s.base)
	}
	return true
}

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}
