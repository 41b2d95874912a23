package leads

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"stead/app/cards"
	"stead/app/errs"
	"stead/store"
)

// Answer is one thing that came in. Key is the field's id or, of a webhook, the
// path; Wording the words that a consent was given to.
type Answer struct {
	Key     string `json:"key"`
	Label   string `json:"label,omitempty"`
	Value   string `json:"value"`
	Wording string `json:"wording,omitempty"`
}

const (
	maxDepth  = 32
	maxLeaves = 500
	maxKey    = 200 // bytes of a path
)

func writeAnswers(all []Answer) string {
	if all == nil {
		all = []Answer{}
	}
	var out strings.Builder
	as := json.NewEncoder(&out)
	as.SetEscapeHTML(false) // an erasure looks for names in it
	_ = as.Encode(all)      // texts always can be
	return strings.TrimSuffix(out.String(), "\n")
}

func readAnswers(text string) []Answer {
	var out []Answer
	if json.Unmarshal([]byte(text), &out) != nil {
		return nil // erased
	}
	return out
}

func find(all []Answer, key string) (Answer, bool) {
	at := slices.IndexFunc(all, func(a Answer) bool { return a.Key == key })
	if at < 0 {
		return Answer{}, false
	}
	return all[at], true
}

// Flatten reads the message of a webhook: every value of it as text under its path,
// such as "person.emails[0]", in the order in which it stands there. What is empty
// is left out. It is errs.Invalid for what is not one JSON object.
func Flatten(body []byte) ([]Answer, error) {
	if !utf8.Valid(body) {
		return nil, invalid("The body is not text in UTF-8.")
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	f := flattening{d: d}
	first, err := d.Token()
	if err != nil || first != json.Delim('{') {
		return nil, invalid("Send one JSON object: it begins with { and ends with }.")
	}
	if err := f.object("", 1); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, invalid("There is something behind the JSON object.")
	}
	return f.out, nil
}

func invalid(sentence string) error {
	return &errs.Error{Kind: errs.Invalid, Code: "body", Message: sentence}
}

type flattening struct {
	d   *json.Decoder
	out []Answer
}

func (f *flattening) object(path string, depth int) error {
	if depth > maxDepth {
		return invalid("The JSON is nested more than 32 deep.")
	}
	for f.d.More() {
		key, err := f.d.Token()
		name, ok := key.(string)
		if err != nil || !ok {
			return broken()
		}
		at := name
		if path != "" {
			at = path + "." + name
		}
		if err := f.value(at, depth); err != nil {
			return err
		}
	}
	if _, err := f.d.Token(); err != nil {
		return broken()
	}
	return nil
}

func (f *flattening) list(path string, depth int) error {
	if depth > maxDepth {
		return invalid("The JSON is nested more than 32 deep.")
	}
	for i := 0; f.d.More(); i++ {
		if err := f.value(path+"["+strconv.Itoa(i)+"]", depth); err != nil {
			return err
		}
	}
	if _, err := f.d.Token(); err != nil {
		return broken()
	}
	return nil
}

func (f *flattening) value(path string, depth int) error {
	token, err := f.d.Token()
	if err != nil {
		return broken()
	}
	switch v := token.(type) {
	case json.Delim:
		if v == '{' {
			return f.object(path, depth+1)
		}
		return f.list(path, depth+1)
	case string:
		return f.leaf(path, v)
	case json.Number:
		return f.leaf(path, v.String())
	case bool:
		return f.leaf(path, strconv.FormatBool(v))
	}
	return nil // null
}

// leaf keeps one value. A path that stands there twice keeps its last one, as
// everything else that reads JSON does.
func (f *flattening) leaf(path, value string) error {
	path, value = cards.Mask(path), cards.Mask(strings.ReplaceAll(value, "\x00", ""))
	if strings.TrimSpace(value) == "" {
		return nil
	}
	if len(path) > maxKey {
		return invalid("A name in the JSON is longer than 200 bytes.")
	}
	if i := slices.IndexFunc(f.out, func(a Answer) bool { return a.Key == path }); i >= 0 {
		f.out[i].Value = value
		return nil
	}
	if len(f.out) == maxLeaves {
		return invalid("There are more than 500 values in the JSON.")
	}
	f.out = append(f.out, Answer{Key: path, Value: value})
	return nil
}

func broken() error { return invalid("The JSON is broken: a bracket, a quote or a comma is missing.") }

// within tells that a path holds a list or an object and no value of its own.
func within(all []Answer, path string) bool {
	return slices.ContainsFunc(all, func(a Answer) bool {
		return strings.HasPrefix(a.Key, path+".") || strings.HasPrefix(a.Key, path+"[")
	})
}

// keyOf is under which key the answer to a field stands.
func keyOf(s store.LeadSource, f store.LeadField) string {
	if s.Kind == store.LeadWebhook {
		return f.Path
	}
	return f.ID
}
