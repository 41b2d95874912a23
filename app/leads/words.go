package leads

import (
	"stead/store"
	"stead/views/ui"
)

// stateWords are what states are called, with the kind of their badges.
var stateWords = map[string][2]string{
	store.LeadReceived: {"Just in", "info"}, store.LeadWaiting: {"Waits for confirmation", "info"}, store.LeadDone: {"Deal made", "ok"},
	store.LeadFailed: {"Failed", "bad"}, store.LeadDiscarded: {"Discarded", "line"},
}

// reasonWords say why a lead failed or was discarded, and what to do.
var reasonWords = map[string]string{
	reasonInvalid:    "Something is missing or cannot be understood. Mend it below, then try again.",
	reasonRestricted: "This person asked that their data be left alone, so no deal was made. Lift the restriction on their card before you try again.",
	reasonBlocked:    "This person is blocked, so no deal was made.",
	reasonErased:     "This person was erased. What other systems send does not bring them back, and nothing of it was kept.",
	reasonBot:        "A field that nobody sees was filled in, as programs do. If a person wrote this, try it again.",
	reasonNoMail:     "Mail is off, so they could not be asked to confirm. Set mail up, then try again.",
	reasonSuppressed: "They asked not to get mail from you, so they were not asked to confirm.",
	reasonOften:      "This address was asked to confirm often enough for today, so no further mail went out.",
	reasonSource:     "The form or webhook it came by has gone, or its pipeline has. Put that right in the settings, then try again.",
	reasonByHand:     "Somebody discarded it.",
	reasonRefused:    "Whoever has the address said that it was not theirs. Nothing of it was kept, and no such mail goes there again.",
}

var kindNames = map[string]string{
	"line": "One line", "text": "Several lines", "email": "Email address", "phone": "Phone number", "number": "Number", "date": "Date",
	"choice": "Choice of a list", "consent": "Consent, with its exact words",
}

var targetNames = map[string]string{
	"": "The note of the deal", ToName: "Name", ToEmail: "Email", ToPhone: "Phone", ToCompany: "Company", ToMessage: "Message, first in the note",
	ToTitle: "Title of the deal", ToAmount: "Amount of the deal", ToCloses: "Expected close of the deal", ToTag: "Tag of the deal",
}

var assigns = []ui.Option{
	{Value: store.AssignNobody, Label: "Nobody", Hint: "Whoever comes first takes it."},
	{Value: store.AssignOne, Label: "One colleague"},
	{Value: store.AssignTurns, Label: "In turns", Hint: "Each of those chosen below gets as many as the others."},
	{Value: store.AssignLeast, Label: "Who has the fewest open deals"},
}

var channels = []ui.Option{{Value: "", Label: "—"}, {Value: "email", Label: "Advertising by email"}, {Value: "sms", Label: "Advertising by text"}, {Value: "phone", Label: "Advertising by phone"}}
