package settings

import (
	"context"
	"net/http"
	"slices"

	"stead/app/errs"
	"stead/app/web"
	"stead/store"
	view "stead/views/settings"
	"stead/views/ui"
)

var dayNames = [7]string{"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}

func (s *Service) showBusiness(w http.ResponseWriter, r *http.Request) error {
	return s.renderBusiness(w, r, "")
}

func (s *Service) renderBusiness(w http.ResponseWriter, r *http.Request, done string) error {
	if err := mayRead(web.Actor(r)); err != nil {
		return err
	}
	in, err := s.Store.Business(r.Context())
	if err != nil {
		return err
	}
	page := s.businessView(businessOf(in), nil)
	page.Done = done
	return render(w, r, http.StatusOK, "Business", web.View{Body: view.BusinessPage(page)}, web.View{Body: view.BusinessForm(page)})
}

func (s *Service) saveBusiness(w http.ResponseWriter, r *http.Request) error {
	in := Business{
		Name: r.PostFormValue("name"), Country: r.PostFormValue("country"),
		Currency: r.PostFormValue("currency"), Timezone: r.PostFormValue("timezone"),
		PrivacyContact: r.PostFormValue("privacy_contact"),
	}
	for i, day := range dayKeys {
		in.Hours[i] = r.PostFormValue(day)
	}
	err := s.SaveBusiness(r.Context(), web.Actor(r), in)
	if errs.KindOf(err) == errs.Invalid {
		page := s.businessView(in, errs.Fields(err))
		return render(w, r, http.StatusUnprocessableEntity, "Business", web.View{Body: view.BusinessPage(page)}, web.View{Body: view.BusinessForm(page)})
	}
	if err != nil {
		return err
	}
	return s.accepted(w, r, "/settings/business", "The business was saved.", func() error {
		return s.renderBusiness(w, r, "The business was saved.")
	})
}

func businessOf(b store.Business) Business {
	out := Business{Name: b.Name, Country: b.Country, Currency: b.Currency, Timezone: b.Timezone, PrivacyContact: b.PrivacyContact}
	for i, spans := range b.Hours {
		out.Hours[i] = writeSpans(spans)
	}
	return out
}

// businessView is the only place that knows both the business and its page.
func (s *Service) businessView(in Business, fields map[string]string) view.Business {
	places := s.Places()
	page := view.Business{
		Name:     ui.Input{Name: "name", Label: "Business name", Value: in.Name, Autocomplete: "organization", Required: true, Max: 120, Problem: fields["name"]},
		Country:  ui.Input{Name: "country", Label: "Country", Value: in.Country, Autocomplete: "country", Required: true, Problem: fields["country"]},
		Currency: ui.Input{Name: "currency", Label: "Currency", Value: in.Currency, Required: true, Problem: fields["currency"]},
		Timezone: ui.Input{Name: "timezone", Label: "Time zone", Value: in.Timezone, Required: true, Hint: "Dates are stored in UTC and shown in this zone.", Problem: fields["timezone"]},
		Privacy: ui.Input{
			Name: "privacy_contact", Label: "Privacy contact", Value: in.PrivacyContact, Autocomplete: "off", Optional: true, Max: 254, Problem: fields["privacy_contact"],
			Hint: "Where people ask what you hold about them, and where somebody tells you of a security problem: an email address, or a page that begins with https://. It is public: it stands on the sign-in page.",
		},
		Countries: places.Countries, Currencies: places.Currencies, Zones: places.Zones,
		Problems: problems(fields, append([]string{"name", "country", "currency", "timezone", "privacy_contact"}, dayKeys[:]...)...),
	}
	if !offered(page.Zones, in.Timezone) && fields["timezone"] == "" { // set from the terminal
		page.Zones = append(slices.Clone(page.Zones), ui.Option{Value: in.Timezone, Label: in.Timezone})
	}
	for i, key := range dayKeys {
		page.Days = append(page.Days, ui.Input{Name: key, Label: dayNames[i], Value: in.Hours[i], Autocomplete: "off", Max: 120, Problem: fields[key]})
	}
	return page
}

// clockOf is the clock of a page; before set-up it goes by UTC.
func (s *Service) clockOf(ctx context.Context) ui.Clock {
	business, err := s.Store.Business(ctx)
	if err != nil {
		return ui.NewClock(s.Now(), store.Business{}.Location())
	}
	return ui.NewClock(s.Now(), business.Location())
}
