package twilio

import (
	"context"
	"encoding/xml"
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

// FakeRing is a call to the business.
type FakeRing struct {
	From, To string
	Answer   bool          // somebody picks up
	Outcome  string        // when nobody does: "no-answer" (the default), "busy", "failed", "canceled"
	Seconds  int           // how long they speak
	RingFor  time.Duration // before that is known
	Lost     bool          // Stead cannot be reached: Twilio ends the call and keeps a record
	Repeat   int           // how often more each callback is made
	EndFirst bool          // the final status overtakes the outcome
}

// Rung is what became of a call.
type Rung struct {
	Sid    string
	TwiML  string   // the answer to the call
	Dialed []string // the phones that rang
	Said   string
}

// Call makes a call arrive, does what the answer says, and tells the outcome.
func (f *Fake) Call(ctx context.Context, in FakeRing) (Rung, error) {
	f.mu.Lock()
	c := &FakeCall{Sid: f.sid("CA"), From: in.From, To: in.To, Direction: "inbound", Status: "ringing", Started: f.cfg.Now()}
	f.calls = append(f.calls, c)
	hook := f.cfg.HookURL
	form := f.callForm(c)
	f.mu.Unlock()
	if in.Lost {
		f.over(c, "completed", 0)
		return Rung{Sid: c.Sid}, nil
	}
	rung := Rung{Sid: c.Sid}
	text, err := f.repeat(ctx, hook+PathVoice, form, in.Repeat)
	if err != nil {
		f.over(c, "completed", 0) // the caller hears that an error has occurred
		return rung, errors.Join(err, f.ended(ctx, hook, c, in.Repeat))
	}
	var doc response
	if err := xml.Unmarshal([]byte(text), &doc); err != nil {
		return rung, err
	}
	rung.TwiML, rung.Said = text, doc.Say
	if doc.Dial == nil {
		f.over(c, "completed", 0)
		return rung, f.ended(ctx, hook, c, in.Repeat)
	}
	rung.Dialed = doc.Dial.Number
	return rung, f.outcome(ctx, hook, c, doc.Dial, in)
}

func (f *Fake) callForm(c *FakeCall) url.Values {
	form := f.form(c.From, c.To)
	form.Set("CallSid", c.Sid)
	form.Set("CallStatus", c.Status)
	form.Set("Caller", c.From)
	form.Set("Called", c.To)
	form.Set("Direction", c.Direction)
	return form
}

// outcome rings the phones and makes the action's callback and the final one.
func (f *Fake) outcome(ctx context.Context, hook string, c *FakeCall, d *dial, in FakeRing) error {
	if !f.wait(in.RingFor) {
		return f.stop.Err()
	}
	status, final, seconds := in.Outcome, "no-answer", 0
	if status == "" {
		status = "no-answer"
	}
	if in.Answer {
		status, final, seconds = "completed", "completed", max(1, in.Seconds)
	}
	f.mu.Lock()
	leg := ""
	for _, number := range d.Number {
		l := &FakeCall{Sid: f.sid("CA"), Parent: c.Sid, From: c.From, To: number, Direction: "outbound-dial", Status: status,
			Seconds: seconds, Started: f.cfg.Now(), Ended: f.cfg.Now()}
		f.calls, leg = append(f.calls, l), l.Sid
	}
	form := f.callForm(c)
	f.mu.Unlock()
	form.Set("CallStatus", "in-progress")
	form.Set("DialCallStatus", status)
	form.Set("DialCallSid", leg)
	form.Set("DialBridged", strconv.FormatBool(in.Answer))
	if in.Answer {
		form.Set("DialCallDuration", strconv.Itoa(seconds))
	}
	f.over(c, final, seconds)
	told := func() error { _, err := f.repeat(ctx, d.Action, form, in.Repeat); return err }
	ended := func() error { return f.ended(ctx, hook, c, in.Repeat) }
	if in.EndFirst {
		return errors.Join(ended(), told())
	}
	return errors.Join(told(), ended())
}

func (f *Fake) over(c *FakeCall, status string, seconds int) {
	f.change(func() { c.Status, c.Seconds, c.Ended = status, seconds, f.cfg.Now() })
}

// ended makes the one callback at the end of a call.
func (f *Fake) ended(ctx context.Context, hook string, c *FakeCall, repeat int) error {
	f.mu.Lock()
	form := f.callForm(c)
	form.Set("CallDuration", strconv.Itoa(c.Seconds))
	form.Set("Duration", strconv.Itoa((c.Seconds+59)/60))
	form.Set("Timestamp", c.Ended.UTC().Format(time.RFC1123Z))
	form.Set("CallbackSource", "call-progress-events")
	form.Set("SequenceNumber", "0")
	f.mu.Unlock()
	_, err := f.repeat(ctx, hook+PathCallStatus, form, repeat)
	return err
}

func (f *Fake) repeat(ctx context.Context, address string, form url.Values, more int) (body string, err error) {
	for range 1 + more {
		if body, err = f.post(ctx, address, form); err != nil {
			return "", err
		}
	}
	return body, nil
}
