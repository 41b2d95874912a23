package inbound

import (
	"bytes"
	"encoding/json"
	"slices"

	"stead/app/cards"
	"stead/app/errs"
	"stead/app/port"
)

// masked returns the payload with the card numbers in its free text masked, so
// that none ever reaches the disk.
func masked(env port.Envelope) ([]byte, error) {
	if !slices.ContainsFunc(env.FreeText, func(name string) bool { return manyDigits(value(env.Payload, name)) }) {
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

// value is the text of a field as it stands in a JSON object, still escaped;
// none is empty. A quotation mark within a text is escaped, so the field's name
// cannot stand there.
func value(payload []byte, name string) []byte {
	_, rest, found := bytes.Cut(payload, []byte(`"`+name+`":"`))
	if !found && bytes.Contains(payload, []byte(`"`+name+`"`)) {
		return payload // not as expected: look at all of it
	}
	for i := 0; i < len(rest); i++ {
		switch rest[i] {
		case '\\':
			i++
		case '"':
			return rest[:i]
		}
	}
	return rest
}

// manyDigits is a cheap "no": digits of other scripts come as bytes above ASCII
// or as escapes, which count as digits here.
func manyDigits(text []byte) bool {
	n := 0
	for _, b := range text {
		if b >= '0' && b <= '9' || b >= 0x80 || b == '\\' {
			if n++; n >= 13 {
				return true
			}
		}
	}
	return false
}
