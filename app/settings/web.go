package settings

import (
	"context"
	"errors"
	"net/http"

	"stead/app/access"
	"stead/app/web"
	"stead/store"
	view "stead/views/settings"
	"stead/views/ui"
)

// Routes registers the pages of the capability.
func (s *Service) Routes(rt *web.Router) {
	read, write := web.Policy{Needs: access.SettingsRead}, web.Policy{Needs: access.SettingsWrite}
	rt.Handle("GET /settings", read, s.showHome)
	rt.Handle("GET /settings/business", read, s.showBusiness)
	rt.Handle("POST /settings/business", write, s.saveBusiness)
	rt.Handle("GET /settings/text-back", read, s.showTextBack)
	rt.Handle("POST /settings/text-back", write, s.saveTextBack)
	rt.Handle("POST /settings/text-back/preview", read, s.previewTextBack)
	rt.Handle("GET /settings/sending", read, s.showSending)
	rt.Handle("POST /settings/sending", write, s.setPaused)
	rt.Handle("POST /settings/quiet", write, s.saveQuiet)
	rt.Handle("GET /settings/channels", read, s.showChannels)
	rt.Handle("POST /settings/channels/twilio", web.Policy{Needs: access.ChannelsWrite, Fresh: true}, s.connectTwilio)
	rt.Handle("POST /settings/channels/twilio/tests", web.Policy{Needs: access.ChannelsWrite}, s.testTwilio)
	rt.Handle("POST /settings/channels/twilio/disconnection", web.Policy{Needs: access.ChannelsWrite, Fresh: true}, s.disconnectTwilio)
	s.signInRoutes(rt)
}

// render shows a page, or only the part of it that a form stands in.
func render(w http.ResponseWriter, r *http.Request, status int, title string, page, part web.View) error {
	if web.Partial(r) {
		page = part
	}
	page.Title, page.Nav = title, "settings"
	return web.Render(w, r, status, page)
}

// accepted answers a form that was saved: the fresh part in place, or the page
// again with a sentence on it.
func (s *Service) accepted(w http.ResponseWriter, r *http.Request, path, sentence string, part func() error) error {
	if web.Partial(r) {
		return part()
	}
	s.Say.Once(r.Context(), sentence, "")
	web.SeeOther(w, r, path)
	return nil
}

// problems lists what is wrong in the order in which it stands on the page.
func problems(fields map[string]string, order ...string) []ui.Problem {
	var out []ui.Problem
	for _, field := range order {
		if text := fields[field]; text != "" {
			out = append(out, ui.Problem{Field: field, Text: text})
		}
	}
	return out
}

func (s *Service) showHome(w http.ResponseWriter, r *http.Request) error {
	rows, err := s.home(r.Context(), web.Actor(r))
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, web.View{Title: "Settings", Nav: "settings", Body: view.HomePage(view.Home{Rows: rows})})
}

func (s *Service) home(ctx context.Context, actor access.Actor) ([]view.Place, error) {
	if err := mayRead(actor); err != nil {
		return nil, err
	}
	text, err := s.Store.TextBack(ctx)
	if err != nil {
		return nil, err
	}
	sending, err := s.Store.Sending(ctx)
	if err != nil {
		return nil, err
	}
	connection, err := s.Store.Connection(ctx, twilio)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, err
	}
	answers, flow := ui.Option{Value: "ok", Label: "On"}, ui.Option{Value: "ok", Label: "On"}
	if !text.Enabled {
		answers = ui.Option{Value: "warn", Label: "Off"}
	}
	if sending.Paused {
		flow = ui.Option{Value: "bad", Label: "Stopped"}
	}
	return []view.Place{
		{Href: "/settings/business", Icon: "building-2", Title: "Business", Text: "Name, country, currency, time zone, opening hours"},
		{Href: "/settings/channels", Icon: "radio-tower", Title: "Channels", Text: "Your phone line and texts at Twilio", State: stateOf(connection)},
		{Href: "/settings/text-back", Icon: "phone-missed", Title: "Text-back", Text: "What callers get whom nobody answered, and when", State: answers},
		{Href: "/settings/sending", Icon: "send-horizontal", Title: "Sending", Text: "Stop everything at once, quiet hours", State: flow},
		{Href: "/settings/team", Icon: "users", Title: "Team", Text: "Colleagues, invitations, teams"},
		{Href: "/settings/roles", Icon: "shield-check", Title: "Roles", Text: "Who may see and do what"},
		{Href: "/settings/pipelines", Icon: "square-kanban", Title: "Pipelines", Text: "Stages that deals go through, reasons for won and lost"},
		{Href: "/settings/leads", Icon: "inbox", Title: "Leads", Text: "Forms, other systems and missed calls that become deals"},
		{Href: "/settings/fields", Icon: "list-checks", Title: "Fields", Text: "What you want to know of people and companies besides"},
		{Href: "/settings/tags", Icon: "hash", Title: "Tags", Text: "Words that you sort people and companies by"},
		{Href: "/settings/sign-in", Icon: "key", Title: "Sign-in", Text: "Accounts of other providers that let people in"},
		{Href: "/settings/mail", Icon: "message-square", Title: "Mail", Text: "How invitations and alerts leave"},
		{Href: "/settings/closing", Icon: "archive", Title: "Close the business", Text: "Destroys everything after 14 days"},
		{Href: "/account", Icon: "user", Title: "Your account", Text: "Password, second factor, browsers that are signed in"},
	}, nil
}

// stateOf is a connection's state in words; the zero connection is none.
func stateOf(c store.Connection) ui.Option {
	switch c.State {
	case store.Connected:
		return ui.Option{Value: "ok", Label: "Connected"}
	case store.Failing:
		return ui.Option{Value: "bad", Label: "Needs attention"}
	}
	return ui.Option{Value: "line", Label: "Not connected"}
}
