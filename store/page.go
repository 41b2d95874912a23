package store

import (
	"encoding/base64"
	"encoding/json"
)

// Page asks for one page of a list. After is what Next gave for the page
// before, and empty for the first; it is opaque to everyone but the list.
type Page struct {
	After string
	Limit int
}

// MaxPage is the most rows of a page, whatever is asked for.
const MaxPage = 200

const (
	defaultLimit = 50 // for whoever asks for none
	maxLimit     = MaxPage
)

// limit is how many rows to read: never none, never too many.
func (p Page) limit() int {
	switch {
	case p.Limit <= 0:
		return defaultLimit
	case p.Limit > MaxPage:
		return MaxPage
	}
	return p.Limit
}

// Cursor makes the After of the page that begins behind a row with these keys.
func Cursor(keys ...any) string {
	text, err := json.Marshal(keys)
	if err != nil {
		return "" // only keys that are no text and no number, which no list has
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

// keys reads After into pointers. It is false for the first page and for a
// cursor that nobody here made, which then gives the first page too.
func (p Page) keys(into ...any) bool {
	text, err := base64.RawURLEncoding.DecodeString(p.After)
	if err != nil || len(text) == 0 {
		return false
	}
	var parts []json.RawMessage
	if json.Unmarshal(text, &parts) != nil || len(parts) != len(into) {
		return false
	}
	for i, part := range parts {
		if json.Unmarshal(part, into[i]) != nil {
			return false
		}
	}
	return true
}
