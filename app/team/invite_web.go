package team

import (
	"net/http"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/web"
	view "stead/views/team"
	"stead/views/ui"
)

const invitationsAt = "/settings/invitations"

func (s *Service) showInvite(w http.ResponseWriter, r *http.Request) error {
	return s.renderInvite(w, r, http.StatusOK, Invite{Role: access.RoleAgent}, nil)
}

func (s *Service) invite(w http.ResponseWriter, r *http.Request) error {
	in := Invite{
		Name: r.PostFormValue("name"), Email: r.PostFormValue("email"), Role: r.PostFormValue("role"), TeamID: r.PostFormValue("team"),
		Key: web.FormKey(r),
	}
	ctx, actor := r.Context(), web.Actor(r)
	id, err := s.Invite(ctx, actor, in)
	if fields := refusal(err, "role"); fields != nil {
		return s.renderInvite(w, r, http.StatusUnprocessableEntity, in, fields)
	}
	if err != nil {
		return err
	}
	if !s.mailReady(ctx) {
		if err := s.keepInviteLink(r, id); err != nil {
			return err
		}
	}
	return s.said(w, r, invitationsAt+"/"+id, "Invited.")
}

// keepInviteLink makes a link for the next page to show.
func (s *Service) keepInviteLink(r *http.Request, id string) error {
	path, err := s.ShowInviteLink(r.Context(), web.Actor(r), id)
	if err == nil {
		s.shown.put(r.Context(), id, s.URL+path)
	}
	return err
}

func (s *Service) renderInvite(w http.ResponseWriter, r *http.Request, status int, in Invite, fields map[string]string) error {
	roles, teams, err := s.placeOptions(r.Context(), web.Actor(r), "")
	if err != nil {
		return err
	}
	page := view.Invite{
		Name:     ui.Input{Name: "name", Label: "Name", Value: in.Name, Autocomplete: "off", Required: true, Max: maxName, Problem: fields["name"]},
		Email:    ui.Input{Name: "email", Label: "Email", Type: "email", Value: in.Email, Autocomplete: "off", Mode: "email", Required: true, Max: 254, Hint: "They sign in with it.", Problem: fields["email"]},
		Role:     ui.Input{Name: "role", Label: "Role", Value: in.Role, Required: true, Problem: fields["role"]},
		Group:    ui.Input{Name: "team", Label: "Team", Value: in.TeamID, Problem: fields["team"]},
		Problems: problemsOf(fields, "name", "email", "role", "team"), Mails: s.mailReady(r.Context()),
		Roles: append([]ui.Option{{Label: "Choose"}}, roles...), Teams: teams,
	}
	return web.Render(w, r, status, web.View{Title: "Invite a colleague", Nav: "settings", Body: view.InvitePage(page)})
}

func (s *Service) showInvitation(w http.ResponseWriter, r *http.Request) error {
	ctx, actor := r.Context(), web.Actor(r)
	i, err := s.Store.Invitation(ctx, r.PathValue("id"))
	if err != nil {
		return err
	}
	if err := mayDealWith(ctx, &s.Store.Reader, actor, Place{i.Role, i.TeamID}); err != nil {
		return err
	}
	if i.AcceptedAt != 0 || i.RevokedAt != 0 {
		return s.said(w, r, teamAt, errInvitationOver.Message)
	}
	n, err := s.names(ctx)
	if err != nil {
		return err
	}
	page := view.Invitation{Path: invitationsAt + "/" + i.ID, Row: s.waitingRow(ctx, actor, i, n), Mails: s.mailReady(ctx)}
	if link := s.shown.take(ctx, i.ID); link != "" {
		page.Link = view.Link{URL: link, Label: "The link of the invitation", Hint: "Send it to your colleague. Whoever has it can join in their place, once, until it expires."}
	}
	return web.Render(w, r, http.StatusOK, web.View{Title: "Invitation", Nav: "settings", Body: view.InvitationPage(page)})
}

func (s *Service) resendInvitation(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	return s.afterInvitation(w, r, s.Resend(r.Context(), web.Actor(r), id), invitationsAt+"/"+id, "Sent again. The older link does not work any more.")
}

func (s *Service) linkInvitation(w http.ResponseWriter, r *http.Request) error {
	return s.afterInvitation(w, r, s.keepInviteLink(r, r.PathValue("id")), invitationsAt+"/"+r.PathValue("id"), "The older link does not work any more.")
}

func (s *Service) revokeInvitation(w http.ResponseWriter, r *http.Request) error {
	return s.afterInvitation(w, r, s.Revoke(r.Context(), web.Actor(r), r.PathValue("id")), teamAt, "The invitation was taken back.")
}

// afterInvitation says what became of it; one that was accepted or taken back
// meanwhile is a sentence on the list.
func (s *Service) afterInvitation(w http.ResponseWriter, r *http.Request, err error, path, sentence string) error {
	if code := errs.CodeOf(err); code == errInvitationOver.Code {
		return s.said(w, r, teamAt, errInvitationOver.Message)
	}
	if fields := errs.Fields(err); fields != nil {
		return s.said(w, r, teamAt, errs.Message(err))
	}
	if err != nil {
		return err
	}
	return s.said(w, r, path, sentence)
}
