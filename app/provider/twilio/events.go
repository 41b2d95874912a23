package twilio

import (
	"encoding/json"
	"time"

	"stead/app/port"
)

// The steps of a call, as package port names them.
const (
	stepRinging = "ringing"
	stepDialed  = "dialed"
	stepEnded   = "ended"
)

// statuses maps Twilio's words for an outgoing text to ours. Words that are not
// here are not news.
var statuses = map[string]string{
	"accepted": port.StatusQueued, "scheduled": port.StatusQueued, "queued": port.StatusQueued,
	"sending": port.StatusSending, "sent": port.StatusSent,
	"undelivered": port.StatusUndelivered, "failed": port.StatusFailed, "canceled": port.StatusFailed,
	"delivered": port.StatusDelivered, "read": port.StatusRead,
}

// final are the statuses of a text of ours after which little comes.
var final = map[string]bool{"undelivered": true, "failed": true, "canceled": true, "delivered": true, "read": true}

// over are the states of a call that will not change.
var over = map[string]bool{"completed": true, "busy": true, "no-answer": true, "failed": true, "canceled": true}

// Decode turns a stored payload into an event.
//
// Whether a call was answered is told by the step "dialed" alone: by a person
// of the business if the leg to them was completed or is answered, and if
// Twilio did not say that the two were never joined. Everything else, words
// that Twilio may invent included, is a missed call with a cause. The step
// "ended" has a cause only when the call itself came to nothing; without one
// it says no more than that the call is over.
func (p *Provider) Decode(kind string, stored []byte) (port.Event, error) {
	var in payload
	if err := json.Unmarshal(stored, &in); err != nil || in.Ref == "" {
		return port.Event{}, malformed()
	}
	var at time.Time
	if in.At != 0 {
		at = time.UnixMilli(in.At).UTC()
	}
	switch kind {
	case kindSMS:
		return port.Event{Text: &port.TextEvent{
			Ref: in.Ref, From: in.From, To: in.To, Body: in.Body, OptOut: optOut(in.OptOut), Media: in.Media, Segments: in.Segments, At: at,
		}}, nil
	case kindStatus:
		status := statuses[in.Status]
		if status == "" {
			return port.Event{}, port.ErrIgnored
		}
		return port.Event{Status: &port.StatusEvent{Ref: in.Ref, Status: status, Code: in.Code, To: in.To}}, nil
	case kindVoice, kindDial, kindCallStatus:
		return port.Event{Call: call(kind, in, at)}, nil
	}
	return port.Event{}, port.ErrIgnored
}

func call(kind string, in payload, at time.Time) *port.CallEvent {
	out := &port.CallEvent{Ref: in.Ref, From: in.From, To: in.To, Step: stepRinging, Seconds: in.Seconds, At: at}
	switch kind {
	case kindDial:
		out.Step = stepDialed
		answered := in.Status == "completed" || in.Status == "answered"
		out.Answered = answered && in.Bridged != "false"
		if !out.Answered {
			out.Cause = cause(in.Status)
		}
	case kindCallStatus:
		out.Step = stepEnded
		if in.Status != "completed" {
			out.Cause = cause(in.Status)
		}
	}
	return out
}

// cause is why nobody answered. A leg that was picked up and never joined to
// the caller (a mailbox that declined, say) is no answer either.
func cause(status string) string {
	switch status {
	case "busy", "no-answer", "failed", "canceled":
		return status
	case "completed", "answered":
		return "no-answer"
	}
	return "failed"
}

// optOut passes on what Twilio decided; a word that we do not know decides nothing.
func optOut(word string) string {
	switch word {
	case "stop", "start", "help":
		return word
	}
	return ""
}
