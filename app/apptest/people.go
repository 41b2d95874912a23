package apptest

import (
	"stead/app/access"
	"stead/app/provider/twilio"
	"stead/app/settings"
	"stead/app/vault"
)

// Connect connects the stand-in as the owner would.
func (h *House) Connect() {
	h.t.Helper()
	err := h.App.Settings.Connect(h.t.Context(), access.Operator(), settings.Twilio{
		AccountSID: Account, Numbers: []string{Line}, ForwardTo: []string{Phone}, Token: vault.Secret(Token),
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

// Miss has somebody call the business, which nobody answers.
func (h *House) Miss(from string) {
	h.t.Helper()
	if _, err := h.Twilio.Call(h.t.Context(), twilio.FakeRing{From: from, To: Line}); err != nil {
		h.t.Fatal(err)
	}
}

// Text has somebody write to the business.
func (h *House) Text(from, body string) {
	h.t.Helper()
	if _, err := h.Twilio.Text(h.t.Context(), twilio.FakeText{From: from, To: Line, Body: body}); err != nil {
		h.t.Fatal(err)
	}
}

// TextsTo are the bodies that the stand-in has taken for a number.
func (h *House) TextsTo(number string) []string {
	var bodies []string
	for _, m := range h.Twilio.Messages() {
		if m.To == number && m.Direction != "inbound" {
			bodies = append(bodies, m.Body)
		}
	}
	return bodies
}
