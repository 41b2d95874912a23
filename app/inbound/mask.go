package inbound

import (
	"encoding/json"

	"stead/app/cards"
	"stead/app/errs"
	"stead/app/port"
)

// masked returns the payload with the card numbers in its free text masked, so
// that none ever reaches the disk.
func masked(env port.Envelope) ([]byte, error) {
	if len(env.FreeText) == 0 || !manyDigits(env.Payload) {
		return env.Payload, nil
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(env.Payload, &fields); err != nil {
		return nil, malformed()
	}
	changed := false
	for _, name := range env.FreeText {
		var text string
		raw, found := fields[name]
		if !found {
			continue
		}
		if err := json.Unmarshal(raw, &text); err != nil {
			return nil, malformed()
		}
		safe := cards.Mask(text)
		if safe == text {
			continue
		}
		quoted, err := json.Marshal(safe)
		if err != nil {
			return nil, malformed()
		}
		fields[name], changed = quoted, true
	}
	if !changed {
		return env.Payload, nil
	}
	return json.Marshal(fields)
}

// malformed hides the parser's error, which would quote the text.
func malformed() error {
	return &errs.Error{Kind: errs.Invalid, Code: "malformed", Message: "The callback is not of the provider's form."}
}

// manyDigits is a cheap "no": digits of other scripts come as bytes above ASCII
// or as escapes, which count as digits here.
func manyDigits(payload []byte) bool {
	n := 0
	for _, b := range payload {
		if b >= '0' && b <= '9' || b >= 0x80 || b == '\\' {
			if n++; n >= 13 {
				return true
			}
		}
	}
	return false
}
