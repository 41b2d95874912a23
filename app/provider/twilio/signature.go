package twilio

import (
	"crypto/hmac"
	"crypto/sha1" // #nosec G505: Twilio's choice, as a keyed hash
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"io"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// Sign computes X-Twilio-Signature for a form that is posted to an address: the
// address and then each name with its distinct values, sorted, under HMAC-SHA1.
func Sign(token []byte, address string, form url.Values) string {
	return base64.StdEncoding.EncodeToString(mac(token, address, covered(form)))
}

// covered is what the signature covers of a form.
func covered(form url.Values) []byte {
	var text []byte
	for _, name := range slices.Sorted(maps.Keys(form)) {
		values := form[name]
		if len(values) > 1 {
			values = slices.Clone(values)
			slices.Sort(values)
			values = slices.Compact(values)
		}
		for _, value := range values {
			text = append(append(text, name...), value...)
		}
	}
	return text
}

func mac(token []byte, address string, covered []byte) []byte {
	h := hmac.New(sha1.New, token)
	_, _ = io.WriteString(h, address) // a hash takes all
	h.Write(covered)
	return h.Sum(nil)
}

// signed tells whether a request was signed with the token, over the address
// with and without its standard port, since Twilio does either. An address with
// bodySHA256 covers the body by that hash, any other by the form's fields.
func signed(token []byte, address string, body []byte, signature string) bool {
	want, err := base64.StdEncoding.DecodeString(signature)
	if err != nil || len(token) == 0 || len(want) != sha1.Size {
		return false
	}
	form := url.Values{}
	if hash, ok := bodyHash(address); ok {
		sum := sha256.Sum256(body)
		if !hmac.Equal(sum[:], hash) {
			return false
		}
	} else if form, err = url.ParseQuery(string(body)); err != nil {
		return false
	}
	plain, ported := withoutPort(address)
	text := covered(form)
	first := hmac.Equal(mac(token, plain, text), want)
	if plain == ported {
		return first
	}
	// Both are computed: the time says nothing about which one it was.
	second := hmac.Equal(mac(token, ported, text), want)
	return first || second
}

func bodyHash(address string) ([]byte, bool) {
	_, query, _ := strings.Cut(address, "?")
	values, err := url.ParseQuery(query)
	if err != nil || !values.Has("bodySHA256") {
		return nil, false
	}
	hash, err := hex.DecodeString(values.Get("bodySHA256"))
	if err != nil {
		hash = nil
	}
	return hash, true
}

// withoutPort returns an address without and with its scheme's standard port.
// An address with another port is returned as it is, twice. Nothing else of it
// is touched: the signature covers its bytes.
func withoutPort(address string) (plain, ported string) {
	scheme, rest, ok := strings.Cut(address, "://")
	if !ok {
		return address, address
	}
	standard := ":80"
	if scheme == "https" {
		standard = ":443"
	}
	end := strings.IndexAny(rest, "/?")
	if end < 0 {
		end = len(rest)
	}
	host, path := rest[:end], rest[end:]
	if bare, found := strings.CutSuffix(host, standard); found {
		return scheme + "://" + bare + path, address
	}
	if i := strings.LastIndexByte(host, ':'); i > strings.LastIndexByte(host, ']') {
		return address, address
	}
	return address, scheme + "://" + host + standard + path
}
