package team

import (
	"net/url"
	"slices"
	"strings"

	view "stead/views/team"
	"stead/views/ui"
)

// setUpOf reads both pages of the wizard.
func setUpOf(form url.Values) SetUp {
	in := SetUp{
		Business: form.Get("business"), Country: form.Get("country"), Currency: form.Get("currency"), Timezone: form.Get("timezone"),
		PrivacyContact: form.Get("privacy_contact"),
		Hours:          hoursOf(form), OwnerName: form.Get("owner_name"), OwnerEmail: form.Get("owner_email"), Password: form.Get("password"),
	}
	in.tidy()
	return in
}

// order is the way in which problems stand on the page.
var order = []string{
	"business", "country", "currency", "timezone",
	"mon_from", "mon_to", "tue_from", "tue_to", "wed_from", "wed_to", "thu_from", "thu_to", "fri_from", "fri_to", "sat_from", "sat_to", "sun_from", "sun_to",
	"privacy_contact", "owner_name", "owner_email", "password", "password_again",
}

// wizardView is the only place that knows both the set-up and its page.
func wizardView(in SetUp, step int, errors map[string]string) view.Wizard {
	page := view.Wizard{
		Step: step, Errors: errors,
		Business: in.Business, Country: in.Country, Currency: in.Currency, Timezone: in.Timezone,
		PrivacyContact: in.PrivacyContact, OwnerName: in.OwnerName, OwnerEmail: in.OwnerEmail,
	}
	for _, field := range order {
		if text := errors[field]; text != "" {
			page.Problems = append(page.Problems, ui.Problem{Field: field, Text: text})
		}
	}
	for i, key := range days {
		d := view.Day{Key: key, Name: dayNames[i], FromProblem: errors[key+"_from"], ToProblem: errors[key+"_to"]}
		if spans := in.Hours[i]; len(spans) > 0 {
			d.From, d.To = spans[0][0], spans[0][1]
		}
		page.Days = append(page.Days, d)
	}
	if step == 1 {
		page.Countries, page.Currencies, page.Zones = Places()
	}
	return page
}

// Places are the choices of every form that asks where a business is.
func Places() (places, money, clocks []ui.Option) {
	places, money, clocks = []ui.Option{{Label: "Choose"}}, []ui.Option{{Label: "Choose"}}, []ui.Option{{Label: "Choose"}}
	for _, c := range countries() {
		places = append(places, ui.Option{Value: c.Code, Label: c.Name})
	}
	for _, c := range currencies() {
		money = append(money, ui.Option{Value: c, Label: c})
	}
	for _, z := range zones() {
		clocks = append(clocks, ui.Option{Value: z, Label: strings.ReplaceAll(z, "_", " ")})
	}
	return places, money, slices.Clip(clocks)
}
