package twilio

import (
	"context"
	"encoding/xml"
	"errors"
	"net/url"
	"strconv"
	"time"
)

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
		l := &FakeCall{
			Sid: f.sid("CA"), Parent: c.Sid, From: c.From, To: number, Direction: "outbound-dial", Status: status,
			Seconds: seconds, Started: f.cfg.Now(), Ended: f.cfg.Now(),
		}
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
