package team

import (
	"context"
	"net/http"
	"sync"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/web"
	"stead/store"
	view "stead/views/team"
	"stead/views/ui"
)

const (
	teamAt      = "/settings/team"
	closingAt   = "/settings/closing"
	byLinkAlone = "whoever holds the link is asked for; it is the proof"
)

// memberRoutes registers the pages of coming and going.
func (s *Service) memberRoutes(rt *web.Router) {
	read, form := web.Policy{Needs: access.TeamRead}, web.Policy{Needs: access.TeamWrite}
	write := web.Policy{Needs: access.TeamWrite, Fresh: true}
	rt.Handle("GET /settings/team", read, s.showMembers)
	rt.Handle("GET /settings/team/{id}", read, s.showMember)
	rt.Handle("POST /settings/team/{id}", write, s.placeMember)
	rt.Handle("POST /settings/team/{id}/disable", write, s.disableMember)
	rt.Handle("POST /settings/team/{id}/enable", write, s.enableMember)
	rt.Handle("POST /settings/team/{id}/reset", write, s.helpMember)
	rt.Handle("GET /settings/team/{id}/reset", form, s.showHandOver)
	rt.Handle("GET /settings/team/{id}/removal", form, s.showRemoval)
	rt.Handle("POST /settings/team/{id}/removal", write, s.removeMember)
	rt.Handle("GET /settings/invitations/new", form, s.showInvite)
	rt.Handle("POST /settings/invitations", write, s.invite)
	rt.Handle("GET /settings/invitations/{id}", form, s.showInvitation)
	rt.Handle("POST /settings/invitations/{id}/resend", write, s.resendInvitation)
	rt.Handle("POST /settings/invitations/{id}/link", write, s.linkInvitation)
	rt.Handle("POST /settings/invitations/{id}/revocation", write, s.revokeInvitation)
	rt.Handle("GET /join/{token}", web.Policy{Public: byLinkAlone}, s.showJoin)
	rt.Handle("POST /join/{token}", web.Policy{Public: byLinkAlone}, s.join)
	rt.Handle("GET /reset", web.Policy{Public: beforeSignIn}, s.showAskReset)
	rt.Handle("POST /reset", web.Policy{Public: beforeSignIn}, s.askReset)
	rt.Handle("GET /reset/{token}", web.Policy{Public: byLinkAlone}, s.showReset)
	rt.Handle("POST /reset/{token}", web.Policy{Public: byLinkAlone}, s.reset)
	rt.Handle("GET /account/leave", web.Policy{Self: ownAccount}, s.showLeave)
	rt.Handle("POST /account/leave", web.Policy{Self: ownAccount, Fresh: true}, s.leave)
	rt.Handle("GET /settings/closing", web.Policy{Needs: access.BusinessClose}, s.showClosing)
	rt.Handle("POST /settings/closing", web.Policy{Needs: access.BusinessClose, Fresh: true}, s.closeBusiness)
	rt.Handle("POST /settings/closing/cancel", web.Policy{Needs: access.BusinessClose, Fresh: true}, s.cancelClosing)
}

// said leads back to a page that says what happened.
func (s *Service) said(w http.ResponseWriter, r *http.Request, path, sentence string) error {
	s.Sessions.Flash(r.Context(), sentence)
	web.SeeOther(w, r, path)
	return nil
}

func (s *Service) showMembers(w http.ResponseWriter, r *http.Request) error {
	ctx, actor := r.Context(), web.Actor(r)
	all, err := s.Colleagues(ctx, actor)
	if err != nil {
		return err
	}
	names, err := s.names(ctx)
	if err != nil {
		return err
	}
	page := view.Members{MayWrite: actor.Has(access.TeamWrite)}
	for _, m := range all.Members {
		page.Rows = append(page.Rows, s.memberRow(ctx, actor, m, names))
	}
	for _, i := range all.Waiting {
		page.Waiting = append(page.Waiting, s.waitingRow(ctx, actor, i, names))
	}
	return web.Render(w, r, http.StatusOK, web.View{Title: "Team", Nav: "settings", Body: view.MembersPage(page)})
}

// names are what ids are called on the pages of the team.
type names struct {
	roles map[string]string
	users access.People
	clock ui.Clock
}

func (s *Service) names(ctx context.Context) (names, error) {
	n := names{roles: map[string]string{}, clock: ui.NewClock(s.Now(), s.location(ctx))}
	roles, err := access.Roles(ctx, &s.Store.Reader)
	if err != nil {
		return n, err
	}
	for _, role := range roles {
		n.roles[role.ID] = role.Name
	}
	users, err := s.Store.Users(ctx)
	n.users = users
	return n, err
}

func (n names) role(id string) string {
	if name := n.roles[id]; name != "" {
		return name
	}
	return "No role"
}

// by is whoever did something: a person, or the operator at the machine.
func (n names) by(actor string) string {
	if actor == access.Operator().ID {
		return "whoever runs the machine"
	}
	return n.users.Name(actor)
}

func (s *Service) memberRow(ctx context.Context, actor access.Actor, m store.Member, n names) view.Member {
	row := view.Member{
		Path: teamAt + "/" + m.ID, Name: nameOf(m.User), Email: m.Email, Role: n.role(m.Role), Team: m.Team,
		Disabled: m.DisabledAt != 0, You: m.ID == actor.ID,
	}
	if row.Closed = !row.You && !actor.Has(access.TeamWrite); row.Closed {
		return row
	}
	if row.Second = m.SecondFactor; m.LastSeenAt != 0 {
		row.Seen = n.clock.When(ctx, m.LastSeenAt)
	}
	return row
}

func (s *Service) waitingRow(ctx context.Context, actor access.Actor, i store.Invitation, n names) view.Waiting {
	row := view.Waiting{
		Name: i.Name, Email: i.Email, Role: n.role(i.Role), By: n.by(i.InvitedBy),
		Until: n.clock.When(ctx, i.ExpiresAt), Expired: !i.Open(s.Now().UnixMilli()),
	}
	if actor.Has(access.TeamWrite) && mayDealWith(ctx, &s.Store.Reader, actor, Place{i.Role, i.TeamID}) == nil {
		row.Path = "/settings/invitations/" + i.ID
	}
	return row
}

func (s *Service) showMember(w http.ResponseWriter, r *http.Request) error {
	return s.renderMember(w, r, http.StatusOK, nil, nil)
}

// renderMember shows a colleague; typed and fields are what a form held that
// was refused.
func (s *Service) renderMember(w http.ResponseWriter, r *http.Request, status int, typed *Place, fields map[string]string) error {
	ctx, actor := r.Context(), web.Actor(r)
	m, err := s.Colleague(ctx, actor, r.PathValue("id"))
	if err != nil {
		return err
	}
	n, err := s.names(ctx)
	if err != nil {
		return err
	}
	page := view.Colleague{
		Path: teamAt + "/" + m.ID, Member: s.memberRow(ctx, actor, m, n), Email: m.Email, Joined: n.clock.When(ctx, m.CreatedAt),
		MayTouch: s.mayTouch(ctx, actor, m.User), Mails: s.mailReady(ctx), Problems: problemsOf(fields, "role", "team"),
		Activity: access.May(actor, access.ActivityRead, access.Object{Owner: m.ID}),
	}
	switch {
	case page.MayTouch || !actor.Has(access.TeamWrite):
	case m.ID == actor.ID:
		page.WhyNot = "This is you. Somebody else must change your role; the rest is under Your account."
	default:
		page.WhyNot = "This colleague may do more than you, so you cannot change the account."
	}
	place := Place{m.Role, m.TeamID}
	if typed != nil {
		place = *typed
	}
	if page.Roles, page.Teams, err = s.placeOptions(ctx, actor, m.Role); err != nil {
		return err
	}
	page.Role = ui.Input{Name: "role", Label: "Role", Value: place.Role, Required: true, Problem: fields["role"]}
	page.Group = ui.Input{Name: "team", Label: "Team", Value: place.TeamID, Problem: fields["team"]}
	return web.Render(w, r, status, web.View{Title: nameOf(m.User), Nav: "settings", Body: view.ColleaguePage(page)})
}

// placeOptions are the roles that an actor may give, with the one that somebody
// has, and the teams.
func (s *Service) placeOptions(ctx context.Context, actor access.Actor, has string) (roles, teams []ui.Option, err error) {
	all, err := access.Roles(ctx, &s.Store.Reader)
	if err != nil {
		return nil, nil, err
	}
	for _, role := range all {
		if role.ID == has || mayGive(ctx, &s.Store.Reader, actor, role.ID) == nil {
			roles = append(roles, ui.Option{Value: role.ID, Label: role.Name})
		}
	}
	groups, err := s.Store.Teams(ctx)
	if err != nil {
		return nil, nil, err
	}
	for _, g := range append([]store.TeamGroup{{Name: "None"}}, groups...) {
		if inReach(ctx, &s.Store.Reader, actor, g.ID) == nil {
			teams = append(teams, ui.Option{Value: g.ID, Label: g.Name})
		}
	}
	return roles, teams, nil
}

func (s *Service) placeMember(w http.ResponseWriter, r *http.Request) error {
	to, id := Place{r.PostFormValue("role"), r.PostFormValue("team")}, r.PathValue("id")
	err := s.SetPlace(r.Context(), web.Actor(r), id, to)
	if fields := refusal(err, "role"); fields != nil {
		return s.renderMember(w, r, http.StatusUnprocessableEntity, &to, fields)
	}
	if err != nil {
		return err
	}
	return s.said(w, r, teamAt+"/"+id, "Saved. It holds from the next click on.")
}

// refusal is what a page says beside its form of an error that it can explain:
// at the field that the error names, or else at the given one.
func refusal(err error, at string) map[string]string {
	if fields := errs.Fields(err); errs.KindOf(err) == errs.Invalid && fields != nil {
		return fields
	}
	switch errs.CodeOf(err) {
	case errLastOwner.Code, errOwnersOnly.Code, errBeyond.Code, errOtherTeam.Code:
		return map[string]string{at: errs.Message(err)}
	}
	return nil
}

func (s *Service) disableMember(w http.ResponseWriter, r *http.Request) error {
	return s.switchMember(w, r, true, "Disabled. Every sign-in of theirs has ended.")
}

func (s *Service) enableMember(w http.ResponseWriter, r *http.Request) error {
	return s.switchMember(w, r, false, "Enabled. They can sign in again.")
}

func (s *Service) switchMember(w http.ResponseWriter, r *http.Request, disabled bool, sentence string) error {
	id := r.PathValue("id")
	err := s.SetDisabled(r.Context(), web.Actor(r), id, disabled)
	if fields := refusal(err, "role"); fields != nil {
		return s.renderMember(w, r, http.StatusUnprocessableEntity, nil, fields)
	}
	if err != nil {
		return err
	}
	return s.said(w, r, teamAt+"/"+id, sentence)
}

// shownLinks holds links between the request that made them and the page that
// shows them, once: they stand in no address and on no disk.
type shownLinks struct {
	mu    sync.Mutex
	links map[string]string
}

const maxShown = 64

// put keeps a link for the next page of the same browser.
func (l *shownLinks) put(ctx context.Context, id, link string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.links) >= maxShown {
		clear(l.links) // nobody came for them
	}
	l.links[web.SessionKey(ctx)+" "+id] = link
}

// take returns a link and forgets it; "" when there is none.
func (l *shownLinks) take(ctx context.Context, id string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	key := web.SessionKey(ctx) + " " + id
	link := l.links[key]
	delete(l.links, key)
	return link
}
