package team

import (
	"net/mail"
	"strings"

	"golang.org/x/net/idna"
)

// isEmail takes what mail can be sent to, in any script, and nothing around it.
func isEmail(s string) bool {
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s || len(s) > 254 || a.Name != "" {
		return false
	}
	_, err = idna.Lookup.ToASCII(domainOf(s))
	return err == nil
}

// emailKey is an address as it is compared: lower case, and the domain as the
// network spells it, so that bücher.example and xn--bcher-kva.example are one.
func emailKey(email string) string {
	key := strings.ToLower(strings.TrimSpace(email))
	domain := domainOf(key)
	if ascii, err := idna.Lookup.ToASCII(domain); err == nil && domain != "" {
		return strings.TrimSuffix(key, domain) + ascii
	}
	return key
}

func domainOf(email string) string { return email[strings.LastIndexByte(email, '@')+1:] }
