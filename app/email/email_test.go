package email

import (
	"strings"
	"testing"
)

func TestValid(t *testing.T) {
	for address, want := range map[string]bool{
		"ana@example.com":                 true,
		"Ana.Costa+crm@Example.COM":       true,
		"ana@bücher.example":              true,
		"ana@xn--bcher-kva.example":       true,
		"josé@example.com":                true,
		`"ana costa"@example.com`:         false, // as it would be written, but not as it parses
		"ana@localhost":                   true,
		"":                                false,
		"ana":                             false,
		"@example.com":                    false,
		"ana@":                            false,
		"ana@exa mple.com":                false,
		"ana@-example.com":                false,
		"ana@example.com, bo@example.com": false,
		"Ana <ana@example.com>":           false,
		"<ana@example.com>":               false,
		" ana@example.com":                false,
		"ana@example.com\r\nBcc: eve@example.com": false,
		strings.Repeat("a", 242) + "@example.com": true,
		strings.Repeat("a", 243) + "@example.com": false,
	} {
		if Valid(address) != want {
			t.Errorf("Valid(%q) = %v", address, !want)
		}
	}
}

func TestLike(t *testing.T) {
	for typed, want := range map[string]bool{
		"ana@example.com":        true,
		"ana..costa@example.com": true, // no server takes it, and the card of somebody holds it
		"ana@bücher.example":     true,
		"ana@example":            false,
		"ana@.example.com":       false,
		"ana@example.com.":       false,
		"ana@bo@example.com":     false,
		"ana costa@example.com":  false,
		"@example.com":           false,
		"ana":                    false,
		"":                       false,
		strings.Repeat("a", 243) + "@example.com": false,
	} {
		if Like(typed) != want {
			t.Errorf("Like(%q) = %v", typed, !want)
		}
	}
}

func TestOneAddressHasOneKey(t *testing.T) {
	for typed, want := range map[string]string{
		" Ana@Example.COM ":         "ana@example.com",
		"ana@Bücher.example":        "ana@xn--bcher-kva.example",
		"ana@xn--bcher-kva.example": "ana@xn--bcher-kva.example",
		"JOSÉ@example.com":          "josé@example.com",
		"ana@exa_mple":              "ana@exa_mple", // no name of the network: as it is
		"ana@":                      "ana@",
		"":                          "",
	} {
		if got := Key(typed); got != want {
			t.Errorf("Key(%q) = %q, want %q", typed, got, want)
		}
	}
}

func TestWireKeepsWhoItIsFor(t *testing.T) {
	for address, want := range map[string]string{
		"Zoe+Work@bücher.example": "Zoe+Work@xn--bcher-kva.example",
		"Zoe@example.com":         "Zoe@example.com",
	} {
		if got := Wire(address); got != want {
			t.Errorf("Wire(%q) = %q, want %q", address, got, want)
		}
	}
	if got := Host("bücher.example"); got != "xn--bcher-kva.example" {
		t.Errorf("Host = %q", got)
	}
	if got := Host("no host"); got != "no host" {
		t.Errorf("Host = %q", got)
	}
}

// What is valid can stand in the head of a mail, and a key is its own key.
func FuzzAddresses(f *testing.F) {
	for _, s := range []string{"ana@example.com", "Ana@BÜCHER.example", "a@b@c", "\x00@x.y", "ana@xn--bcher-kva.example", "İ@İ.example", "\"a b\"@c.d"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		key := Key(s)
		if !Valid(s) {
			return
		}
		if strings.ContainsAny(s, "\r\n\x00") || len(s) > maxLength {
			t.Errorf("Valid(%q)", s)
		}
		if again := Key(key); again != key {
			t.Errorf("Key(%q) = %q, and of that %q", s, key, again)
		}
		if Wire(s)[:domain(s)] != s[:domain(s)] {
			t.Errorf("Wire(%q) = %q", s, Wire(s))
		}
	})
}
