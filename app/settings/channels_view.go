package settings

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"

	"stead/app/phone"
	"stead/app/web"
	"stead/store"
	view "stead/views/settings"
	"stead/views/ui"
)

// tryAgain ends each address that is pasted at Twilio: five tries, whatever went wrong.
const tryAgain = "#rc=5&rp=all"

// channelsView is the only place that knows both the connection and its page.
func (s *Service) channelsView(r *http.Request, c channels) (view.Channels, error) {
	ctx := r.Context()
	if err := mayRead(web.Actor(r)); err != nil {
		return view.Channels{}, err
	}
	connection, err := s.Store.Connection(ctx, twilio)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return view.Channels{}, err
	}
	rows, err := s.Store.Lines(ctx, twilio)
	if err != nil {
		return view.Channels{}, err
	}
	clock := s.clockOf(ctx)
	page := view.Channels{
		Connected: connection.State == store.Connected || connection.State == store.Failing,
		State:     stateOf(connection), Local: local(s.HookURL), Addresses: s.addresses(), Done: c.done,
	}
	if page.Connected {
		page.Facts = s.facts(ctx, clock, connection, rows)
		page.Trouble = troubleView(ctx, clock, connection)
		if connection.TestedAt > 0 {
			when := clock.When(ctx, connection.TestedAt)
			page.Test.Passed = &when
		}
	}
	if c.failed != "" {
		page.Test.Trouble = inWords(TroubleOf(c.failed))
		page.Test.Trouble.Bad = true
	}
	page.Form = connectView(connection, rows, page.Connected, c)
	return page, nil
}

func (s *Service) facts(ctx context.Context, clock ui.Clock, c store.Connection, rows []store.Line) []view.Fact {
	country := ""
	if business, err := s.Store.Business(ctx); err == nil {
		country = business.Country
	}
	var numbers, forward []string
	for _, l := range rows {
		numbers = append(numbers, phone.Display(l.Number, country))
	}
	if len(rows) > 0 {
		for _, n := range rows[0].ForwardTo {
			forward = append(forward, phone.Display(n, country))
		}
	}
	at := func(label string, ms int64) view.Fact {
		if ms == 0 {
			return view.Fact{Label: label, Word: "Never"}
		}
		when := clock.When(ctx, ms)
		return view.Fact{Label: label, When: &when}
	}
	facts := []view.Fact{
		{Label: "Account", Text: c.Account}, {Label: "Numbers", Numbers: numbers}, {Label: "Rings", Numbers: forward},
	}
	if c.Service != "" {
		facts = append(facts, view.Fact{Label: "Service", Text: c.Service})
	}
	facts = append(facts, at("Last success", c.SuccessAt), at("Last callback", c.HookAt), at("Caught up", c.CaughtUpAt))
	states, err := s.Store.CredentialStates(ctx, twilio)
	if err == nil && len(states) == 1 && states[0].Last4 != "" {
		facts = append(facts, view.Fact{Label: "Auth token", Text: "•••• " + states[0].Last4})
	}
	return facts
}

// troubleView is the last trouble, as long as nothing has gone well since.
func troubleView(ctx context.Context, clock ui.Clock, c store.Connection) *view.Trouble {
	if c.ErrorAt == 0 || c.State != store.Failing && c.SuccessAt > c.ErrorAt {
		return nil
	}
	x := inWords(TroubleOf(c.ErrorCode))
	x.Bad = c.State == store.Failing
	x.When = clock.When(ctx, c.ErrorAt)
	return x
}

func inWords(t Trouble) *view.Trouble {
	x := &view.Trouble{What: t.What, Do: t.Do, Code: t.Code}
	if strings.Trim(t.Code, "0123456789") == "" && t.Code != "" {
		x.Href = "https://www.twilio.com/docs/errors/" + t.Code
	}
	return x
}

// connectView keeps what was typed, but for the token.
func connectView(c store.Connection, rows []store.Line, connected bool, in channels) view.Connect {
	typed, hint := Twilio{AccountSID: c.Account, Service: c.Service}, "It goes into the vault and is never shown again."
	for _, l := range rows {
		typed.Numbers, typed.ForwardTo = append(typed.Numbers, l.Number), l.ForwardTo
	}
	if in.typed != nil {
		typed = *in.typed
	}
	if connected {
		hint = "Leave this empty to keep the one in the vault."
	}
	form := view.Connect{
		Account: ui.Input{Name: "account_sid", Label: "Account SID", Value: typed.AccountSID, Autocomplete: "off", Required: true, Max: 34, Placeholder: "AC…"},
		Token:   ui.Input{Name: "token", Label: "Auth token", Type: "password", Autocomplete: "off", Hint: hint, Required: !connected},
		Numbers: ui.Input{Name: "numbers", Label: "Your Twilio numbers", Value: strings.Join(typed.Numbers, "\n"), Rows: 2, Hint: "One a line, with the country code.", Required: true},
		Forward: ui.Input{Name: "forward_to", Label: "Phones that ring", Value: strings.Join(typed.ForwardTo, "\n"), Rows: 2, Hint: "When somebody calls one of your numbers, these ring together. One a line.", Required: true},
		Service: ui.Input{Name: "service", Label: "Messaging service SID", Value: typed.Service, Autocomplete: "off", Optional: true, Max: 34, Placeholder: "MG…"},
	}
	for _, input := range []*ui.Input{&form.Account, &form.Token, &form.Numbers, &form.Forward, &form.Service} {
		input.Problem = in.fields[input.Name]
	}
	if in.whole != "" {
		form.Problems = append(form.Problems, ui.Problem{Text: in.whole})
	}
	form.Problems = append(form.Problems, problems(in.fields, "account_sid", "token", "numbers", "forward_to", "service")...)
	return form
}

func (s *Service) addresses() []view.Address {
	base := strings.TrimRight(s.HookURL, "/")
	return []view.Address{
		{Key: "sms", Label: "Messaging: a message comes in (webhook, HTTP POST)", URL: base + "/hooks/twilio/sms" + tryAgain},
		{Key: "voice", Label: "Voice: a call comes in (webhook, HTTP POST)", URL: base + "/hooks/twilio/voice" + tryAgain},
		{Key: "call-status", Label: "Voice: call status changes (HTTP POST)", URL: base + "/hooks/twilio/call-status" + tryAgain},
	}
}

// local tells whether an address means this machine to whoever uses it.
func local(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return true
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && (ip.IsLoopback() || ip.IsUnspecified() || ip.IsPrivate())
}
