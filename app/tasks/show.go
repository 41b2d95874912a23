package tasks

import "stead/views/ui"

// reminders are the choices of the form, in minutes before.
var reminders = []ui.Option{
	{Value: "", Label: "No reminder"},
	{Value: "0", Label: "When it is due"},
	{Value: "10", Label: "10 minutes before"},
	{Value: "60", Label: "1 hour before"},
	{Value: "1440", Label: "1 day before"},
	{Value: chosen, Label: "At a time of its own"},
}
