package twilio

import (
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
	"unicode"

	"stead/app/port"
)

const (
	maxMedia   = 10     // Twilio's limit a message
	maxText    = 16_384 // characters of a text that are kept; Twilio's own limit is far lower
	maxAddress = 64     // characters of a sender or a recipient
)

// payload holds the listed fields of a callback; whatever else Twilio sends is
// dropped.
type payload struct {
	Ref      string       `json:"ref"`
	From     string       `json:"from,omitempty"`
	To       string       `json:"to,omitempty"`
	Body     string       `json:"body,omitempty"`
	OptOut   string       `json:"opt_out,omitempty"`
	Media    []port.Media `json:"media,omitempty"`
	Segments int          `json:"segments,omitempty"`
	Status   string       `json:"status,omitempty"` // in Twilio's words
	Bridged  string       `json:"bridged,omitempty"`
	Code     string       `json:"code,omitempty"`
	Seconds  int          `json:"seconds,omitempty"`
	At       int64        `json:"at,omitempty"` // unix ms, when Twilio said
}

// Identify reads what the queue needs. The key names the event, not the
// delivery: a text by its id, a step of a call by id and step, a status by id
// and status. Steps that are not the end of a call, the legs that we caused
// ourselves, statuses that Twilio may invent, JSON, and our own test callback
// are port.ErrIgnored.
func (p *Provider) Identify(r port.Request) (port.Envelope, error) {
	kind, ok := kinds[r.Path]
	if _, hashed := bodyHash(r.URL); hashed || !ok {
		return port.Envelope{}, port.ErrIgnored
	}
	form, err := formOf(r)
	if err != nil {
		return port.Envelope{}, err
	}
	if form.Has(testField) {
		return port.Envelope{}, port.ErrIgnored
	}
	if !whole(kind, form) {
		return port.Envelope{}, malformed()
	}
	in, key, peer, err := read(kind, form)
	if err != nil {
		return port.Envelope{}, err
	}
	if at, ok := timestamp(form); ok {
		in.At = at
	}
	text, err := json.Marshal(in)
	if err != nil {
		return port.Envelope{}, malformed()
	}
	out := port.Envelope{Key: key, Kind: kind, Peer: peer, Account: form.Get("AccountSid"), Payload: text, FreeText: freeText}
	if kind == kindVoice {
		out.Line = in.To
	}
	return out, nil
}

// freeText names the field of payload that a person wrote.
var freeText = []string{"body"}

func read(kind string, form url.Values) (in payload, key, peer string, err error) {
	in = payload{From: clean(form.Get("From"), maxAddress, ""), To: clean(form.Get("To"), maxAddress, "")}
	switch kind {
	case kindSMS:
		readText(&in, form)
		key, peer = in.Ref, in.From
	case kindStatus:
		in.Ref, in.Status, in.Code = form.Get("MessageSid"), form.Get("MessageStatus"), digits(form.Get("ErrorCode"))
		if statuses[in.Status] == "" {
			return in, "", "", port.ErrIgnored
		}
		key, peer = in.Ref+"|"+in.Status, in.To
	default:
		var step string
		if step, err = readCall(kind, &in, form); err != nil {
			return in, "", "", err
		}
		key, peer = in.Ref+"|"+step, in.From
	}
	return in, key, peer, nil
}

func readText(in *payload, form url.Values) {
	in.Ref, in.Body = form.Get("MessageSid"), clean(form.Get("Body"), maxText, "\n\t")
	in.OptOut = strings.ToLower(form.Get("OptOutType"))
	in.Segments = number(form.Get("NumSegments"))
	for i := range min(number(form.Get("NumMedia")), maxMedia) {
		n := strconv.Itoa(i)
		if address := form.Get("MediaUrl" + n); address != "" {
			in.Media = append(in.Media, port.Media{ContentType: form.Get("MediaContentType" + n), URL: address})
		}
	}
}

func readCall(kind string, in *payload, form url.Values) (step string, err error) {
	in.Ref, in.Seconds = form.Get("CallSid"), number(form.Get("CallDuration"))
	if strings.HasPrefix(form.Get("Direction"), "outbound") || form.Get("ParentCallSid") != "" {
		return "", port.ErrIgnored // a leg of ours
	}
	switch kind {
	case kindVoice:
		return stepRinging, nil
	case kindDial:
		in.Status, in.Bridged = form.Get("DialCallStatus"), form.Get("DialBridged")
		in.Seconds = number(form.Get("DialCallDuration"))
		return stepDialed, nil
	}
	in.Status = form.Get("CallStatus")
	if !over[in.Status] {
		return "", port.ErrIgnored
	}
	return stepEnded, nil
}

// clean cuts text to a length in characters and leaves out control characters,
// but those that may stay.
func clean(text string, most int, stay string) string {
	n := 0
	return strings.Map(func(r rune) rune {
		if n == most || unicode.IsControl(r) && !strings.ContainsRune(stay, r) {
			return -1
		}
		n++
		return r
	}, strings.ToValidUTF8(text, "\uFFFD"))
}

// timestamp is Twilio's own time, where it tells one.
func timestamp(form url.Values) (int64, bool) {
	text := form.Get("Timestamp")
	at := timeOf(&text)
	return at.UnixMilli(), !at.IsZero()
}

// number reads a count; what is none counts as 0.
func number(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// digits keeps an error code only if it looks like one.
func digits(text string) string {
	if n := number(text); n > 0 {
		return strconv.Itoa(n)
	}
	return ""
}
