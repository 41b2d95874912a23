package veil_test

import (
	"fmt"
	"strings"
	"testing"

	"stead/app/veil"
	"stead/store"
)

func TestOfANumberTwoDigitsStay(t *testing.T) {
	for number, want := range map[string]string{
		"":               "",
		"+351912345678":  "•••• 78",
		"(503) 555-0177": "•••• 77",
		"raw:62009":      "••••",
		"raw:banco":      "••••",
		"+12345":         "••••",
		"+١٢٣٤٥٦٧":       "••••",
	} {
		if got := veil.Number(number); got != want {
			t.Errorf("Number(%q) = %q, want %q", number, got, want)
		}
	}
}

func TestOfAnAddressTheFirstLetterAndTheDomainStay(t *testing.T) {
	for address, want := range map[string]string{
		"":                        "",
		"amara@willow.example":    "a•••@willow.example",
		"É.l@willow.example":      "É•••@willow.example",
		`"a@b"@willow.example`:    `"•••@willow.example`,
		"@willow.example":         "••••",
		"nothing like an address": "••••",
	} {
		if got := veil.Email(address); got != want {
			t.Errorf("Email(%q) = %q, want %q", address, got, want)
		}
	}
}

// Whatever record is veiled, nothing of what was planted in it is left.
func TestNothingPlantedIsLeft(t *testing.T) {
	const number, said = "+15035550177", "canary"
	contact := store.Contact{Name: "Ana", NameKey: number, About: said, Restriction: said}
	phones := []store.Phone{{ID: "p", Typed: number, E164: number, MatchKey: number, Label: said}}
	emails := []store.Email{{ID: "e", Typed: said + "@x.example", MatchKey: said + "@x.example", Label: said}}
	items := []store.StreamItem{
		{Message: &store.Message{Body: said, Peer: number}}, {Call: &store.Call{Peer: number}}, {Note: &store.Note{Body: said}}, {Decision: &store.Decision{}},
	}
	rows := []store.ConversationRow{{Phone: number, Last: "message", Text: said}, {Phone: number, Last: "call", Text: "missed"}}
	veil.Contact(&contact)
	veil.Phones(phones)
	veil.Emails(emails)
	veil.Items(items)
	for i := range rows {
		veil.Conversation(&rows[i])
	}
	got := fmt.Sprint(contact, phones, emails, *items[0].Message, *items[1].Call, *items[2].Note, rows)
	for _, canary := range []string{"canary", "5550177", "55501"} {
		if strings.Contains(got, canary) {
			t.Errorf("%q is left in %s", canary, got)
		}
	}
	if contact.Name != "Ana" || rows[1].Text != "missed" || items[0].Message.Body != veil.Hidden {
		t.Errorf("what stays: %q, %q, %q", contact.Name, rows[1].Text, items[0].Message.Body)
	}
}
