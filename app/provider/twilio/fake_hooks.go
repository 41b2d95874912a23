package twilio

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

var fakeRank = map[string]int{
	"accepted": 1, "queued": 1, "sending": 2, "sent": 3, "undelivered": 4, "failed": 4, "canceled": 4, "delivered": 5, "read": 6,
}

// deliver makes a text's status callbacks, in the order that the behaviour says.
func (f *Fake) deliver(m *FakeMessage, b Behaviour) {
	statuses := b.Statuses
	if statuses == nil {
		statuses = []string{"sent", "delivered"}
	}
	for _, status := range statuses {
		if !f.wait(b.Delay) {
			return
		}
		failed := status == "undelivered" || status == "failed"
		f.change(func() {
			if fakeRank[status] >= fakeRank[m.Status] {
				m.Status = status
			}
			if failed {
				m.ErrorCode = b.ErrorCode
			}
		})
		if m.Callback == "" {
			continue
		}
		form := f.statusForm(m, status)
		if failed && b.ErrorCode != 0 {
			form.Set("ErrorCode", strconv.Itoa(b.ErrorCode))
		}
		for range 1 + b.Repeat {
			_, _ = f.post(f.stop, m.Callback, form) // Twilio gives up as well, after its retries
		}
	}
}

func (f *Fake) statusForm(m *FakeMessage, status string) url.Values {
	form := f.form(m.From, m.To)
	for _, name := range []string{"MessageSid", "SmsSid"} {
		form.Set(name, m.Sid)
	}
	form.Set("MessageStatus", status)
	form.Set("SmsStatus", status)
	if m.Service != "" {
		form.Set("MessagingServiceSid", m.Service)
	}
	return form
}

func (f *Fake) form(from, to string) url.Values {
	return url.Values{"AccountSid": {f.cfg.Account}, "ApiVersion": {"2010-04-01"}, "From": {from}, "To": {to}}
}

func (f *Fake) wait(d time.Duration) bool {
	if d <= 0 {
		return f.stop.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-f.stop.Done():
		return false
	}
}

// post signs a form and posts it, again when it failed. The answer's body is returned.
func (f *Fake) post(ctx context.Context, address string, form url.Values) (string, error) {
	address, _, _ = strings.Cut(address, "#")
	var last error
	for try := range 1 + f.cfg.Retries {
		if try > 0 && !f.wait(f.cfg.RetryDelay) {
			break
		}
		var body string
		if body, last = f.postOnce(ctx, address, form); last == nil {
			return body, nil
		}
	}
	return "", last
}

func (f *Fake) postOnce(ctx context.Context, address string, form url.Values) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	f.mu.Lock()
	signature := Sign([]byte(f.cfg.Token), address, form)
	f.mu.Unlock()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")
	req.Header.Set("User-Agent", "TwilioProxy/1.1")
	req.Header.Set(headerSignature, signature)
	res, err := f.cfg.HTTP.Do(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err == nil && res.StatusCode > 299 {
		err = fmt.Errorf("callback answered %d", res.StatusCode)
	}
	return string(body), err
}

// FakeText is a text that somebody sends to the business.
type FakeText struct {
	From, To, Body string
	OptOut         string      // "STOP", "START", "HELP": Twilio has decided
	Media          []FakeMedia // attachments; ids are made up when they have none
	Lost           bool        // Twilio keeps it, but the callback never arrives
	Repeat         int         // how often more the callback is made
}

// Text makes a text arrive and returns its id.
func (f *Fake) Text(ctx context.Context, in FakeText) (string, error) {
	f.mu.Lock()
	m := &FakeMessage{Sid: f.sid("SM"), From: in.From, To: in.To, Body: in.Body, Direction: "inbound", Status: "received", Created: f.cfg.Now()}
	for _, media := range in.Media {
		if media.Sid == "" {
			media.Sid = f.sid("ME")
		}
		m.Media = append(m.Media, media)
	}
	f.messages = append(f.messages, m)
	form := f.form(in.From, in.To)
	hook := f.cfg.HookURL
	f.mu.Unlock()
	for _, name := range []string{"MessageSid", "SmsSid", "SmsMessageSid"} {
		form.Set(name, m.Sid)
	}
	form.Set("Body", in.Body)
	form.Set("SmsStatus", "received")
	form.Set("NumSegments", "1")
	form.Set("NumMedia", strconv.Itoa(len(m.Media)))
	for i, media := range m.Media {
		n := strconv.Itoa(i)
		form.Set("MediaContentType"+n, media.ContentType)
		form.Set("MediaUrl"+n, officialURL+fakeRoot+f.cfg.Account+"/Messages/"+m.Sid+"/Media/"+media.Sid)
	}
	if in.OptOut != "" {
		form.Set("OptOutType", in.OptOut)
	}
	if in.Lost {
		return m.Sid, nil
	}
	var errAll error
	for range 1 + in.Repeat {
		_, err := f.post(ctx, hook+PathSMS, form)
		errAll = errors.Join(errAll, err)
	}
	return m.Sid, errAll
}
