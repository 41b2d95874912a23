package twilio

import (
	"maps"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"stead/app/errs"
)

// pair is a field in the order in which the signature covers it.
type pair struct{ name, value string }

func pairsOf(form url.Values) (out []pair) {
	for _, name := range slices.Sorted(maps.Keys(form)) {
		out = append(out, pair{name, form.Get(name)})
	}
	return out
}

// borders yields the ways to read a signed run of fields with borders moved:
// each border to every place, each run of fields as one, and one field as two.
func borders(pairs []pair, each func([]pair)) {
	for i := range pairs {
		for j := i; j < len(pairs); j++ { // pairs i to j become one, split anywhere
			run := ""
			for _, p := range pairs[i : j+1] {
				run += p.name + p.value
			}
			last := len(run)
			if j > i+1 {
				last = len(pairs[i].name) // a longer run swallows all that follows its first name
			}
			for k := min(last, len(pairs[i].name)); k <= last; k++ {
				each(slices.Concat(pairs[:i], []pair{{run[:k], run[k:]}}, pairs[j+1:]))
			}
			for k := 1; k < len(pairs[i].name) && j == i; k++ {
				each(slices.Concat(pairs[:i], []pair{{run[:k], run[k:]}}, pairs[j+1:]))
			}
			if j == i+1 { // the border between two fields, their names staying as long as they are or not
				first := len(pairs[i].name)
				for k := first; k < len(run); k++ {
					for _, n := range []int{len(pairs[j].name), len(pairs[j].name) - 1, len(pairs[j].name) + 1} {
						if n > 0 && k+n <= len(run) {
							each(slices.Concat(pairs[:i], []pair{{run[:first], run[first:k]}, {run[k : k+n], run[k+n:]}}, pairs[j+1:]))
						}
					}
				}
			}
			if j > i { // a known name inside of what was swallowed begins a field again
				for name := range shapes {
					if at := strings.Index(run[1:], name) + 1; at > 0 {
						each(slices.Concat(pairs[:i], []pair{{pairs[i].name, strings.TrimPrefix(run[:at], pairs[i].name)}, {name, run[at+len(name):]}}, pairs[j+1:]))
					}
				}
			}
		}
	}
}

// signedAlike returns a form of the pairs if its signature covers the same bytes.
func signedAlike(pairs []pair, want string) url.Values {
	form, rest := url.Values{}, want
	for i, p := range pairs {
		var ok bool
		if i > 0 && p.name <= pairs[i-1].name {
			return nil // the order would be another
		}
		if rest, ok = strings.CutPrefix(rest, p.name); ok {
			rest, ok = strings.CutPrefix(rest, p.value)
		}
		if !ok {
			return nil
		}
		form[p.name] = []string{p.value}
	}
	return form
}

func TestNoBorderCanBeMovedToMakeAnotherEvent(t *testing.T) {
	k := newKit(t)
	files, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".form") {
			continue
		}
		form, err := url.ParseQuery(string(fixture(t, f.Name())))
		if err != nil {
			t.Fatal(err)
		}
		var text strings.Builder
		tried := 0
		for _, p := range pairsOf(form) {
			text.WriteString(p.name + p.value)
		}
		for path := range kinds {
			was, err := k.Identify(request(path, form.Encode()))
			if err != nil {
				continue
			}
			borders(pairsOf(form), func(moved []pair) {
				other := signedAlike(moved, text.String())
				if other == nil || other.Encode() == form.Encode() {
					return
				}
				tried++
				if e, err := k.Identify(request(path, other.Encode())); err == nil && e.Key != was.Key {
					t.Errorf("%s to %s is also %q: %v", f.Name(), path, e.Key, other)
				}
			})
		}
		if tried < 500 && !strings.HasPrefix(f.Name(), "voice_outbound") {
			t.Errorf("%s: only %d forms tried", f.Name(), tried)
		}
	}
}

func TestAFieldThatSwallowedAnotherIsRefused(t *testing.T) {
	k := newKit(t)
	text := func(change func(url.Values)) string {
		form, err := url.ParseQuery(string(fixture(t, "sms_inbound.form")))
		if err != nil {
			t.Fatal(err)
		}
		change(form)
		return form.Encode()
	}
	call := func(change func(url.Values)) string {
		form, err := url.ParseQuery(string(fixture(t, "voice_inbound.form")))
		if err != nil {
			t.Fatal(err)
		}
		change(form)
		return form.Encode()
	}
	for name, r := range map[string]struct{ path, body string }{
		"the id and the media count": {PathSMS, text(func(f url.Values) {
			f.Set("MessageSid", f.Get("MessageSid")+"NumMedia0")
			f.Del("NumMedia")
		})},
		"the call and its status": {PathVoice, call(func(f url.Values) {
			f.Set("CallSid", f.Get("CallSid")+"CallStatusringing")
			f.Del("CallStatus")
		})},
		"a person's words become fields, and the rest another's value": {PathSMS, text(func(f url.Values) {
			f.Set("MessageSid", "SM99999999999999999999999999999999")
			f.Set("Zz", "From+15035550177MessageSidSM00000000000000000000000000000101NumMedia0")
		})},
		"the rest becomes a name":  {PathSMS, text(func(f url.Values) { f.Set("ZzMessageSidSM00", "1") })},
		"the address becomes part": {PathVoice, call(func(f url.Values) { f.Set("/dialZz", "1") })},
		"one name twice":           {PathSMS, text(func(f url.Values) { f.Add("MessageSid", "SM99999999999999999999999999999999") })},
		"one name twice, alike":    {PathSMS, text(func(f url.Values) { f.Add("MessageSid", f.Get("MessageSid")) })},
		"a status that is none":    {PathVoice, call(func(f url.Values) { f.Set("CallStatus", "ringingCalled+1503") })},
		"a count that is none":     {PathSMS, text(func(f url.Values) { f.Set("NumMedia", "0NumSegments1") })},
		"no recipient":             {PathSMS, text(func(f url.Values) { f.Del("To") })},
		"no text":                  {PathSMS, text(func(f url.Values) { f.Del("Body") })},
		"no account":               {PathVoice, call(func(f url.Values) { f.Del("AccountSid") })},
		"a call's id for a text":   {PathSMS, text(func(f url.Values) { f.Set("MessageSid", "CA00000000000000000000000000000101") })},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := k.Identify(request(r.path, r.body))
			wantError(t, err, errs.Invalid, "malformed")
		})
	}
	if _, err := k.Identify(request(PathSMS, text(func(f url.Values) { f.Set("Body", "MessageSidSM1NumMedia0"); f.Set("OriginalRepliedMessageSid", "SM1") }))); err != nil {
		t.Errorf("what a person wrote is no field: %v", err)
	}
}
