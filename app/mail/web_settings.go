package mail

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"stead/app/access"
	"stead/app/port"
	"stead/app/web"
	"stead/store"
	view "stead/views/mail"
	"stead/views/ui"
)

const listed = 50 // mails on the page

// isOutcome tells a mail whose end nobody saw from a fault.
func isOutcome(err error) bool { return errors.Is(err, port.ErrUnknown) }

// settingsView is the only place that knows both what is stored and its page.
func (s *Service) settingsView(r *http.Request, x shown) (view.Settings, error) {
	ctx, actor := r.Context(), web.Actor(r)
	if err := access.Allow(actor, access.SettingsRead, access.Object{}); err != nil {
		return view.Settings{}, err
	}
	set, state, err := s.route(ctx, &s.Store.Reader)
	if err != nil {
		return view.Settings{}, err
	}
	p := view.Settings{May: actor.Has(access.ChannelsWrite), Owner: mayMove(actor) == nil, On: state != store.Disconnected, State: stateWords(state), Done: x.done}
	clock := s.clockOf(ctx)
	if p.On {
		c, err := s.Store.Connection(ctx, set.Provider)
		if err != nil {
			return p, err
		}
		p.Facts, p.Trouble = s.facts(ctx, clock, set, c), troubleOf(ctx, clock, c)
	}
	if p.Owner {
		if p.Changed, err = s.changedBy(ctx, clock); err != nil {
			return p, err
		}
	}
	if x.failed != "" {
		p.Test = &view.Trouble{Bad: true, What: causeOf(set.Provider, x.failed), Code: shownCode(x.failed)}
		p.Trouble = nil // it is the same
	}
	p.Server, p.Resend = s.serverForm(ctx, set, x), s.resendForm(ctx, set, x)
	p.Problems = problems(x, p.Server, p.Resend)
	p.Sent, err = s.sent(ctx, clock, p.May && p.On)
	return p, err
}

// changedBy says who last changed how mail leaves; nil when nobody has.
func (s *Service) changedBy(ctx context.Context, clock ui.Clock) (*view.Change, error) {
	e, err := s.lastMove(ctx)
	if err != nil || e.ID == "" {
		return nil, err
	}
	who, err := s.actor(ctx, &s.Store.Reader, store.Mail{Actor: e.Actor})
	return &view.Change{Who: who, Off: e.Kind == EventDisconnected, When: clock.When(ctx, e.At)}, err
}

func stateWords(state string) ui.Option {
	switch state {
	case store.Connected:
		return ui.Option{Value: "ok", Label: "On"}
	case store.Failing:
		return ui.Option{Value: "bad", Label: "Needs attention"}
	}
	return ui.Option{Value: "line", Label: "Off"}
}

func shownCode(code string) string {
	if worded(code) {
		return ""
	}
	return code
}

func (s *Service) facts(ctx context.Context, clock ui.Clock, set store.MailSettings, c store.Connection) []view.Fact {
	out := []view.Fact{{Label: "Through", Word: providerName(set.Provider)}}
	if set.Provider == SMTP {
		out = append(out, view.Fact{Label: "Server", Text: set.Host + ":" + strconv.Itoa(set.Port)})
		if set.User != "" {
			out = append(out, view.Fact{Label: "User", Text: set.User})
		}
	}
	out = append(out, view.Fact{Label: "From", Text: set.FromName + " <" + set.From + ">"})
	last := view.Fact{Label: "Last success", Word: "Never"}
	if c.SuccessAt > 0 {
		when := clock.When(ctx, c.SuccessAt)
		last = view.Fact{Label: "Last success", When: &when}
	}
	out = append(out, last)
	states, err := s.Store.CredentialStates(ctx, set.Provider)
	if err == nil && len(states) == 1 && states[0].Last4 != "" {
		out = append(out, view.Fact{Label: "Credentials", Text: "•••• " + states[0].Last4})
	}
	return out
}

// troubleOf is the last trouble, as long as nothing has gone well since.
func troubleOf(ctx context.Context, clock ui.Clock, c store.Connection) *view.Trouble {
	if c.ErrorAt == 0 || c.State != store.Failing && c.SuccessAt > c.ErrorAt {
		return nil
	}
	return &view.Trouble{
		Bad: c.State == store.Failing, What: causeOf(c.Provider, c.ErrorCode), Code: shownCode(c.ErrorCode), When: clock.When(ctx, c.ErrorAt),
	}
}

// serverForm keeps what was typed, but for the password.
func (s *Service) serverForm(ctx context.Context, set store.MailSettings, x shown) view.Form {
	f := view.Form{Provider: SMTP, Current: set.Provider == SMTP}
	typed := Connection{Port: "587"}
	switch {
	case x.typed != nil && x.typed.Provider == SMTP:
		typed, f.Open = *x.typed, true
	case f.Current:
		typed = Connection{Host: set.Host, Port: strconv.Itoa(set.Port), User: set.User, FromName: set.FromName, From: set.From}
	default:
		typed.FromName = s.businessName(ctx)
	}
	hint := "It goes into the vault and is never shown again. Leave user and password empty if the server asks for none."
	if f.Current {
		hint = "Leave this empty to keep the one in the vault."
	}
	f.Inputs = s.inputs(f, x, []ui.Input{
		{Name: "host", Label: "Server", Value: typed.Host, Autocomplete: "off", Mode: "url", Required: true, Max: 253, Placeholder: "smtp.example.com"},
		{Name: "port", Label: "Port", Value: typed.Port, Autocomplete: "off", Mode: "numeric", Required: true, Max: 5},
		{Name: "user", Label: "User", Value: typed.User, Autocomplete: "off", Optional: true, Max: 254},
		{Name: "secret", Label: "Password", Type: "password", Autocomplete: "off", Hint: hint, Optional: true},
		{Name: "from_name", Label: "Name that mail comes from", Value: typed.FromName, Autocomplete: "off", Required: true, Max: 100},
		{Name: "from", Label: "Address that mail comes from", Type: "email", Value: typed.From, Autocomplete: "off", Mode: "email", Required: true, Max: 254},
	})
	return f
}

// resendForm keeps what was typed, but for the key.
func (s *Service) resendForm(ctx context.Context, set store.MailSettings, x shown) view.Form {
	f := view.Form{Provider: Resend, Current: set.Provider == Resend}
	var typed Connection
	switch {
	case x.typed != nil && x.typed.Provider == Resend:
		typed, f.Open = *x.typed, true
	case f.Current:
		typed = Connection{FromName: set.FromName, From: set.From}
	default:
		typed.FromName = s.businessName(ctx)
	}
	hint := "It goes into the vault and is never shown again."
	if f.Current {
		hint = "Leave this empty to keep the one in the vault."
	}
	f.Inputs = s.inputs(f, x, []ui.Input{
		{Name: "secret", Label: "API key", Type: "password", Autocomplete: "off", Hint: hint, Required: !f.Current},
		{Name: "from_name", Label: "Name that mail comes from", Value: typed.FromName, Autocomplete: "off", Required: true, Max: 100},
		{Name: "from", Label: "Address that mail comes from", Type: "email", Value: typed.From, Autocomplete: "off", Mode: "email", Required: true, Max: 254},
	})
	return f
}

// inputs gives each its id on the page and what is wrong with it.
func (s *Service) inputs(f view.Form, x shown, in []ui.Input) []ui.Input {
	for i := range in {
		in[i].ID = f.Provider + "-" + in[i].Name
		if f.Open {
			in[i].Problem = x.fields[in[i].Name]
		}
	}
	return in
}

func (s *Service) businessName(ctx context.Context) string {
	b, err := s.Store.Business(ctx)
	if err != nil {
		return ""
	}
	return b.Name
}

// problems lists what is wrong in the order in which it stands on the page.
func problems(x shown, forms ...view.Form) []ui.Problem {
	var out []ui.Problem
	if x.whole != "" {
		out = append(out, ui.Problem{Text: x.whole})
	}
	for _, f := range forms {
		for _, in := range f.Inputs {
			if in.Problem != "" {
				out = append(out, ui.Problem{Field: in.ID, Text: in.Problem})
			}
		}
	}
	return out
}
