package twilio

import (
	"encoding/json"
	"net/url"
	"os"
	"strings"
	"testing"
)

type vector struct {
	Name, AuthToken, URL, Signature, Body string
	Params                                map[string]any
}

func (v vector) body() string {
	if v.Body != "" {
		return v.Body
	}
	form := url.Values{}
	for name, value := range v.Params {
		switch value := value.(type) {
		case string:
			form.Set(name, value)
		case []any:
			for _, one := range value {
				form.Add(name, one.(string))
			}
		}
	}
	return form.Encode()
}

func vectors(t *testing.T) []vector {
	t.Helper()
	text, err := os.ReadFile("testdata/signatures.json")
	if err != nil {
		t.Fatal(err)
	}
	var all []vector
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	if len(all) < 7 {
		t.Fatalf("only %d vectors", len(all))
	}
	return all
}

func TestSignaturesOfTheOfficialSDKsAreAccepted(t *testing.T) {
	for _, v := range vectors(t) {
		t.Run(v.Name, func(t *testing.T) {
			token, body := []byte(v.AuthToken), []byte(v.body())
			if !signed(token, v.URL, body, v.Signature) {
				t.Fatal("a genuine signature is refused")
			}
			for name, ok := range map[string]bool{
				"another token":     signed([]byte(strings.Repeat("x", 32)), v.URL, body, v.Signature),
				"an empty token":    signed(nil, v.URL, body, v.Signature),
				"another address":   signed(token, strings.Replace(v.URL, "crm.", "evil.", 1), body, v.Signature),
				"another scheme":    signed(token, strings.Replace(v.URL, "https", "http", 1), body, v.Signature),
				"an added field":    signed(token, v.URL, append(body, "&Injected=1"...), v.Signature),
				"no signature":      signed(token, v.URL, body, ""),
				"half a signature":  signed(token, v.URL, body, v.Signature[:8]),
				"not base64":        signed(token, v.URL, body, "***"),
				"a changed one":     signed(token, v.URL, body, "A"+v.Signature[1:]) && v.Signature[0] != 'A',
				"a reordered query": strings.Contains(v.URL, "org=") && signed(token, strings.Replace(v.URL, "org=7&k=a%20b", "k=a%20b&org=7", 1), body, v.Signature),
			} {
				if ok {
					t.Errorf("%s is accepted", name)
				}
			}
		})
	}
}

func TestOnlyTheStandardPortMayBeLeftOut(t *testing.T) {
	token, form := []byte("12345678901234567890123456789012"), url.Values{"Body": {"x"}}
	for _, tt := range []struct {
		name, signedFor, seenAs string
		want                    bool
	}{
		{"signed with 443, seen without", "https://crm.example.com:443/a?b=c", "https://crm.example.com/a?b=c", true},
		{"signed without, seen with 443", "https://crm.example.com/a", "https://crm.example.com:443/a", true},
		{"signed with 80, seen without", "http://crm.example.com:80/a", "http://crm.example.com/a", true},
		{"443 is not standard for http", "http://crm.example.com:443/a", "http://crm.example.com/a", false},
		{"8443 must be there", "https://crm.example.com:8443/a", "https://crm.example.com/a", false},
		{"8443 must not be added", "https://crm.example.com/a", "https://crm.example.com:8443/a", false},
		{"IPv6 with 443", "https://[2001:db8::1]:443/a", "https://[2001:db8::1]/a", true},
		{"a colon in the path is no port", "https://crm.example.com:443/a:443", "https://crm.example.com/a:443", true},
		{"no scheme", "crm.example.com/a", "crm.example.com/a", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := signed(token, tt.seenAs, []byte(form.Encode()), Sign(token, tt.signedFor, form)); got != tt.want {
				t.Errorf("accepted: %v, want %v", got, tt.want)
			}
		})
	}
}

func TestBodyHashCoversTheBody(t *testing.T) {
	for _, v := range vectors(t) {
		if v.Body == "" {
			continue
		}
		if signed([]byte(v.AuthToken), v.URL, []byte(v.Body+" "), v.Signature) {
			t.Error("a changed body is accepted")
		}
		broken := strings.Replace(v.URL, "bodySHA256=15", "bodySHA256=zz", 1)
		if signed([]byte(v.AuthToken), broken, nil, Sign([]byte(v.AuthToken), broken, nil)) {
			t.Error("a hash that is none is accepted")
		}
	}
}
