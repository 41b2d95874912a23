// Package gallery shows every part of views/ui in every state on two pages.
// Tests and people look at it; the product does not serve it. No part may be
// defined here.
package gallery

import "stead/views/ui"

var problems = []ui.Problem{
	{Field: "zone", Text: "Choose your time zone"},
	{Field: "phone", Text: "Enter a phone number with its country code, like +351 21 123 4567"},
}

var zones = []ui.Option{{Value: "", Label: "Choose"}, {Value: "Europe/Lisbon", Label: "Europe/Lisbon"}}

var starts = []ui.Option{
	{Value: "empty", Label: "An empty workspace", Hint: "Best if you are about to import your contacts."},
	{Value: "demo", Label: "Demo data", Hint: "A week of invented calls. Remove it all with one click."},
}

// Shell is the shell of an invented business.
func Shell() ui.Shell {
	return ui.Shell{
		Title: "Parts", Nav: "contacts", Business: "Brightwater Medical Resale", User: "Ines Duarte",
		Unread: 6, Tasks: 4, Requests: 2, Flash: "Moved Ventilator lot to Agreed", Path: "/",
		Banner: "The vault is locked. Messages wait until it is opened.",
	}
}
