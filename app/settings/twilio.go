package settings

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/phone"
	"stead/app/port"
	"stead/app/vault"
	"stead/store"
)

// The provider behind texts and calls, and its one secret.
const (
	twilio    = "twilio"
	authToken = "auth_token"
)

const maxPhones = 10 // that may ring together, at Twilio

// Twilio is what connects an account. Token may be empty when the same account
// is connected already: then the stored one is used.
type Twilio struct {
	AccountSID string
	Numbers    []string // the account's own, as typed
	ForwardTo  []string // the business's phones, as typed
	Service    string   // messaging service, or empty
	Token      vault.Secret
}

var (
	accountForm = regexp.MustCompile(`^AC[0-9a-fA-F]{32}$`)
	serviceForm = regexp.MustCompile(`^MG[0-9a-fA-F]{32}$`)
)

// Connect checks an account at Twilio and takes it into use: its secret goes
// into the vault and its numbers become lines, both or neither. What is wrong
// with the input is errs.Invalid with the fields; a Twilio that cannot be
// reached and a locked vault are errs.Unavailable, and nothing has changed.
func (s *Service) Connect(ctx context.Context, actor access.Actor, in Twilio) error {
	if err := access.Allow(actor, access.ChannelsWrite, access.Object{}); err != nil {
		return err
	}
	in, err := s.readTwilio(ctx, in)
	if err != nil {
		return err
	}
	if s.Vault.Locked() {
		return vault.ErrLocked
	}
	if err := s.check(ctx, in); err != nil {
		return err
	}
	now := s.Now().UnixMilli()
	connection := store.Connection{
		Provider: twilio, Account: in.AccountSID, Service: in.Service, State: store.Connected, SuccessAt: now, CaughtUpAt: now, UpdatedAt: now,
	}
	lines := make([]store.Line, 0, len(in.Numbers))
	for _, number := range in.Numbers {
		lines = append(lines, store.Line{ID: s.NewID(), Provider: twilio, Number: number, ForwardTo: in.ForwardTo, CreatedAt: now})
	}
	err = s.changeAs(ctx, actor, access.ChannelsWrite, EventConnected, twilio, func(tx *store.Tx, _ int64) error {
		if err := tx.PutConnection(ctx, connection); err != nil {
			return err
		}
		if err := tx.SetLines(ctx, twilio, lines); err != nil || len(in.Token) == 0 {
			return err
		}
		return s.Vault.PutSecret(ctx, tx, twilio, authToken, in.Token)
	})
	if err == nil {
		s.CatchUp()
	}
	return err
}

// Disconnect destroys the secret and ends all work for the account, both or
// neither. errs.NotFound when nothing is connected.
func (s *Service) Disconnect(ctx context.Context, actor access.Actor, provider string) error {
	return s.changeAs(ctx, actor, access.ChannelsWrite, EventDisconnected, provider, func(tx *store.Tx, at int64) error {
		if err := tx.Disconnect(ctx, provider, at); err != nil {
			return err
		}
		return s.Vault.DropSecrets(ctx, tx, provider)
	})
}

// Test sends a signed callback to our own public address and notes that it came
// through the real hook. The error's code says what was in the way.
func (s *Service) Test(ctx context.Context, actor access.Actor) error {
	if err := access.Allow(actor, access.ChannelsWrite, access.Object{}); err != nil {
		return err
	}
	if err := s.Tester.TestHook(port.WithDisclosure(ctx, port.Disclosure{Processor: "stead", Purpose: "check"})); err != nil {
		return err
	}
	return s.changeAs(ctx, actor, access.ChannelsWrite, EventTested, twilio, func(tx *store.Tx, at int64) error {
		return tx.NoteHookTest(ctx, twilio, at)
	})
}

// readTwilio brings what was typed into the form in which it is kept.
func (s *Service) readTwilio(ctx context.Context, in Twilio) (Twilio, error) {
	business, err := s.Store.Business(ctx)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return in, err
	}
	fields := map[string]string{}
	in.AccountSID, in.Service = strings.TrimSpace(in.AccountSID), strings.TrimSpace(in.Service)
	if !accountForm.MatchString(in.AccountSID) {
		fields["account_sid"] = "Enter the account SID: AC and 32 letters and digits, from the front page of Twilio's console."
	}
	if in.Service != "" && !serviceForm.MatchString(in.Service) {
		fields["service"] = "Enter the messaging service's SID: MG and 32 letters and digits. Leave it empty if you have none."
	}
	in.Numbers = readPhones(in.Numbers, business.Country, "numbers", "Enter at least one number of your Twilio account.", fields)
	in.ForwardTo = readPhones(in.ForwardTo, business.Country, "forward_to", "Enter at least one phone that rings when somebody calls.", fields)
	if len(in.ForwardTo) > maxPhones {
		fields["forward_to"] = "At most 10 phones can ring together."
	}
	if slices.ContainsFunc(in.ForwardTo, func(n string) bool { return slices.Contains(in.Numbers, n) }) {
		fields["forward_to"] = "A call cannot be passed on to the number that it came to."
	}
	if problem := tokenProblem(in.Token); problem != "" {
		fields["token"] = problem
	}
	if len(in.Token) == 0 && !s.stored(ctx, in.AccountSID) {
		fields["token"] = "Paste the auth token of this account."
	}
	return in, errs.Form(fields)
}

// stored tells whether the account's token is in the vault.
func (s *Service) stored(ctx context.Context, account string) bool {
	c, err := s.Store.Connection(ctx, twilio)
	return err == nil && c.State != store.Disconnected && c.Account == account
}

func tokenProblem(token []byte) string {
	if len(token) > 256 || strings.ContainsFunc(string(token), func(c rune) bool { return c <= ' ' || unicode.IsSpace(c) || c > '~' }) {
		return "Paste the auth token alone, without spaces or line ends."
	}
	return ""
}

// readPhones reads numbers as people type them, once each.
func readPhones(typed []string, country, field, none string, fields map[string]string) []string {
	var out []string
	for i, text := range typed {
		if strings.TrimSpace(text) == "" {
			continue
		}
		number, err := phone.Parse(text, country)
		if err != nil {
			if fields[field] == "" {
				fields[field] = errs.Message(err)
				if len(typed) > 1 {
					fields[field] = "Line " + strconv.Itoa(i+1) + ": " + fields[field]
				}
			}
			continue
		}
		if !slices.Contains(out, number.E164) {
			out = append(out, number.E164)
		}
	}
	if len(out) == 0 && fields[field] == "" {
		fields[field] = none
	}
	return out
}

// check asks Twilio, with the pasted token or the stored one.
func (s *Service) check(ctx context.Context, in Twilio) error {
	ctx = port.WithDisclosure(ctx, port.Disclosure{Processor: twilio, Purpose: "check", Fields: []string{"account", "line"}})
	account := port.Account{ID: in.AccountSID, Service: in.Service}
	var checked port.Checked
	ask := func(token []byte) (err error) {
		checked, err = s.Checker.Check(ctx, account, token, in.Numbers)
		return err
	}
	var err error
	if len(in.Token) > 0 {
		err = ask(in.Token)
	} else {
		err = s.Vault.Use(ctx, twilio, authToken, "check", ask)
	}
	switch kind := errs.KindOf(err); {
	case err != nil && (kind == errs.Denied || kind == errs.NotFound):
		return errs.Form(map[string]string{"token": "Twilio does not accept this account SID with this auth token. Copy both again from the console."})
	case err != nil:
		return err
	case checked.State != "active":
		return errs.Form(map[string]string{"account_sid": "Twilio says that this account is not active. Look at it in the console first."})
	case len(checked.Missing) > 0:
		return errs.Form(map[string]string{"numbers": "At least one of these numbers does not belong to the account. Compare them with the list in Twilio's console."})
	}
	return nil
}
