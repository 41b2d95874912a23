// Package email knows what an address of mail is, and when two of them are one.
package email

import (
	"net/mail"
	"strings"
	"unicode"

	"golang.org/x/net/idna"
)

const maxLength = 254

// Valid takes what mail can be sent to, in any script, and nothing around it.
func Valid(address string) bool {
	a, err := mail.ParseAddress(address)
	if err != nil || a.Address != address || a.Name != "" || len(address) > maxLength {
		return false
	}
	_, err = idna.Lookup.ToASCII(address[domain(address):])
	return err == nil
}

// Like asks for no more than any address has: what a card may hold, although
// nobody writes to it.
func Like(typed string) bool {
	name, host, _ := strings.Cut(typed, "@")
	return name != "" && len(typed) <= maxLength && strings.Contains(host, ".") && !strings.Contains(host, "@") &&
		!strings.HasPrefix(host, ".") && !strings.HasSuffix(host, ".") && !strings.ContainsFunc(typed, unicode.IsSpace)
}

// Key is an address as it is compared: lower case, and the domain as the network
// spells it, so that bücher.example and xn--bcher-kva.example are one.
func Key(address string) string { return Wire(strings.ToLower(strings.TrimSpace(address))) }

// Wire is an address as the head of a mail takes it: its domain as the network
// spells it.
func Wire(address string) string {
	at := domain(address)
	return address[:at] + Host(address[at:])
}

// Host is the name of a machine as the network spells it; what is no such name
// stays as it is.
func Host(name string) string {
	if ascii, ok := Machine(name); ok {
		return ascii
	}
	return name
}

// Machine is Host for whoever takes nothing else: not ok, where it is no such name.
func Machine(name string) (ascii string, ok bool) {
	ascii, err := idna.Lookup.ToASCII(name)
	return ascii, err == nil
}

// domain is where the domain of an address begins.
func domain(address string) int { return strings.LastIndexByte(address, '@') + 1 }
