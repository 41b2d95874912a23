package twilio

import (
	"context"

	api "github.com/twilio/twilio-go/rest/api/v2010"

	"stead/app/port"
)

// Check signs in with a pasted token and looks for the numbers. Wrong
// credentials are errs.Denied with code 20003.
func (p *Provider) Check(ctx context.Context, a port.Account, token []byte, numbers []string) (port.Checked, error) {
	var checked port.Checked
	err := p.open(ctx, a.ID, token, func(s *api.ApiService) error {
		account, err := s.FetchAccount(a.ID)
		if err != nil {
			return err
		}
		checked.State, checked.Name = deref(account.Status), deref(account.FriendlyName)
		for _, number := range numbers {
			page, err := s.PageIncomingPhoneNumber((&api.ListIncomingPhoneNumberParams{}).SetPhoneNumber(number).SetPageSize(1), "", "")
			if err != nil {
				return err
			}
			if len(page.IncomingPhoneNumbers) == 0 || deref(page.IncomingPhoneNumbers[0].PhoneNumber) != number {
				checked.Missing = append(checked.Missing, number)
			}
		}
		return nil
	})
	return checked, err
}
