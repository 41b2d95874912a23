package settings

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/web"
	"stead/store"
	"stead/views/ui"
)

// Business is what the owner says of the business. Hours are lines such as
// "09:00–12:30, 14:00–18:00", Monday first; empty is closed.
type Business struct {
	Name, Country, Currency, Timezone string
	PrivacyContact                    string // email or https address; empty: not said
	Hours                             [7]string
}

// dayKeys name the form fields of the hours.
var dayKeys = [7]string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}

// SaveBusiness changes the business. Errors are errs.Invalid with the fields.
func (s *Service) SaveBusiness(ctx context.Context, actor access.Actor, in Business) error {
	row, err := s.business(in)
	if err != nil {
		return err
	}
	return s.change(ctx, actor, EventBusiness, "business", func(tx *store.Tx, at int64) error {
		row.UpdatedAt = at
		return tx.SetBusiness(ctx, row)
	})
}

func (s *Service) business(in Business) (store.Business, error) {
	row := store.Business{
		Name: strings.TrimSpace(in.Name), Country: in.Country, Currency: in.Currency, Timezone: in.Timezone,
		PrivacyContact: strings.TrimSpace(in.PrivacyContact),
	}
	fields, places := map[string]string{}, s.Places()
	switch {
	case row.Name == "":
		fields["name"] = "Enter the name of your business."
	case utf8.RuneCountInString(row.Name) > 120:
		fields["name"] = "Use at most 120 characters."
	}
	if !offered(places.Countries, row.Country) {
		fields["country"] = "Choose your country."
	}
	if !offered(places.Currencies, row.Currency) {
		fields["currency"] = "Choose your currency."
	}
	if _, err := time.LoadLocation(row.Timezone); err != nil || row.Timezone == "" || row.Timezone == "Local" {
		fields["timezone"] = "Choose your time zone."
	}
	if _, ok := web.ContactLink(row.PrivacyContact); !ok && row.PrivacyContact != "" {
		fields["privacy_contact"] = "Enter an email address, or a web address that begins with https://."
	}
	for day, line := range in.Hours {
		spans, problem := readSpans(line)
		if problem != "" {
			fields[dayKeys[day]] = problem
		}
		row.Hours[day] = spans
	}
	return row, errs.Form(fields)
}

func offered(options []ui.Option, value string) bool {
	return value != "" && slices.ContainsFunc(options, func(o ui.Option) bool { return o.Value == value })
}
