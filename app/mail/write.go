package mail

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/mail"
	"strconv"
	"strings"
	"time"

	"stead/app/access"
	"stead/app/email"
	"stead/app/errs"
	"stead/app/port"
	"stead/store"
	"stead/views/ui"
)

var (
	errGone   = &errs.Error{Kind: errs.NotFound, Code: codeGone, Message: "What the mail was about is not there any more."}
	errUnmade = errors.New("mail: it could not be written")
)

// write makes the text of a mail as things stand at this moment. Its link, if
// it has one, is made here and stands nowhere else.
func (s *Service) write(ctx context.Context, m taken) (port.Mail, error) {
	sh, err := s.sheet(ctx, m)
	if err != nil {
		return port.Mail{}, err
	}
	l := m.template.letter()
	if sh.name != "" && m.InvitationID == "" && m.LeadID == "" { // what a stranger is called was typed by another
		sh.say("Hello %s,", sh.name)
	} else {
		sh.say("Hello,")
	}
	l.write(sh)
	out := port.Mail{ID: m.ID, Class: m.Class, Subject: oneLine(ui.Say(ctx, l.subject, sh.business))}
	if m.template.class() == classNotice {
		token, err := s.unsubscribeToken(m.UserID)
		if err != nil {
			return port.Mail{}, err
		}
		out.Unsubscribe = s.URL + unsubscribePath + token
	}
	if l.link != noLink { // each try has a link of its own: it is another mail
		out.ID += "-" + strconv.FormatInt(m.Attempts, 10)
	}
	sh.foot(m.template.class(), m.InvitationID != "" || m.LeadID != "", out.Unsubscribe)
	out.Text, out.HTML = sh.text.String(), sh.page(out.Subject)
	out.From = header(oneLine(m.set.FromName), m.set.From)
	out.To = header("", m.address)
	return out, nil
}

// header is an address as the head of a mail takes it: its domain as the network
// spells it.
func header(name, address string) string {
	address = email.Wire(address)
	if name == "" {
		return address
	}
	return (&mail.Address{Name: name, Address: address}).String()
}

// sheet gathers what the letter may tell of.
func (s *Service) sheet(ctx context.Context, m taken) (*sheet, error) {
	r := &s.Store.Reader
	b, err := r.Business(ctx)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, errors.Join(errUnmade, err)
	}
	sh := &sheet{ctx: ctx, facts: facts{
		business: oneLine(b.Name), url: strings.TrimRight(s.URL, "/"), name: oneLine(m.name), subject: m.SubjectID, at: moment(m.CreatedAt, b.Timezone),
	}}
	lead, err := r.MailLeadsTo(ctx, m.ID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, errors.Join(errUnmade, err)
	}
	sh.contact, sh.record = lead.ContactID, lead.RecordID
	if sh.actor, err = s.actor(ctx, r, m.Mail); err != nil {
		return nil, errors.Join(errUnmade, err)
	}
	if err := s.details(ctx, r, m, sh, b.Timezone); err != nil {
		return nil, errors.Join(errUnmade, err)
	}
	path, err := s.link(ctx, m)
	if path != "" {
		sh.link = sh.url + path
	}
	return sh, err
}

// link makes the token of a mail: NotFound and Conflict mean that there is
// nothing to link to any more.
func (s *Service) link(ctx context.Context, m taken) (path string, err error) {
	switch m.template.letter().link {
	case inviteLink:
		path, err = s.Links.InviteLink(ctx, m.InvitationID)
	case resetLink:
		path, err = s.Links.ResetLink(ctx, m.UserID)
	case confirmLink:
		path, err = s.Leads().ConfirmLink(ctx, m.LeadID)
	default:
		return "", nil
	}
	switch kind := errs.KindOf(err); {
	case err == nil:
		return path, nil
	case kind == errs.NotFound || kind == errs.Conflict:
		return "", errGone
	}
	return "", errors.Join(errUnmade, err)
}

// actor says who did what the mail tells of; nothing when it was the person
// whom it is for.
func (s *Service) actor(ctx context.Context, r *store.Reader, m store.Mail) (string, error) {
	switch {
	case m.Actor == "" || m.Actor == m.UserID:
		return "", nil
	case m.Actor == string(access.Terminal):
		return ui.Words(ctx)("whoever runs the server"), nil
	case strings.HasPrefix(m.Actor, string(access.Machine)+":"):
		return ui.Words(ctx)("Stead itself"), nil
	}
	u, err := r.User(ctx, m.Actor)
	if errors.Is(err, store.ErrNotFound) || err == nil && u.Name == "" {
		return ui.Words(ctx)("a former colleague"), nil
	}
	return oneLine(u.Name), err
}

// details are what one template or another tells beside.
func (s *Service) details(ctx context.Context, r *store.Reader, m taken, sh *sheet, zone string) error {
	switch m.Template {
	case "joined", "role_changed":
		u, err := r.User(ctx, m.UserID)
		if err != nil {
			return err
		}
		role, err := access.RoleOf(ctx, r, u.Role)
		if err == nil {
			sh.what = oneLine(ui.Words(ctx)(role.Name))
		}
		return notMissing(err)
	case "new_device":
		tries, err := r.SignInsOf(ctx, m.UserID, m.CreatedAt, m.CreatedAt+1, 1)
		if err == nil && len(tries) > 0 {
			sh.device = device(ctx, tries[0])
		}
		return err
	case reminderTemplate, digestTemplate:
		return s.reminded(ctx, r, m, sh, zone)
	case "connected", "disconnected":
		sh.what = ui.Words(ctx)(providerName(m.SubjectID))
	case "closing_asked":
		c, err := r.Closing(ctx)
		if err == nil {
			sh.what = moment(c.PurgeAt, zone)
		}
		return notMissing(err)
	}
	return nil
}

func notMissing(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

// device is a browser in words; its address is not told to a mail provider.
func device(ctx context.Context, in store.SignIn) string {
	t := ui.Words(ctx)
	switch {
	case in.Browser != "" && in.System != "":
		return ui.Say(ctx, "%s on %s", oneLine(t(in.Browser)), oneLine(t(in.System)))
	case in.Device != "":
		return oneLine(t(in.Device))
	}
	return ""
}

// providerName is what people call a provider.
func providerName(id string) string {
	switch {
	case id == "twilio":
		return "Twilio"
	case id == SMTP:
		return "Mail server"
	case id == Resend:
		return "Resend"
	case strings.HasPrefix(id, "oidc:"):
		return "Sign-in by another provider"
	}
	return id
}

// moment is a time in the zone of the business, in full.
func moment(ms int64, zone string) string {
	where, err := time.LoadLocation(zone)
	if err != nil {
		where = time.UTC
	}
	at := time.UnixMilli(ms).In(where)
	return at.Format("Monday 2 January 2006, 15:04 ") + "(" + where.String() + ")"
}

// unsubscribePath is where notices are ended at one click; a token follows.
const unsubscribePath = "/mail/u/"

// unsubscribeToken names a user and proves that this instance said so. It does
// not expire, and opens nothing but that one thing.
func (s *Service) unsubscribeToken(userID string) (string, error) {
	mac, err := s.Vault.TryHash("mail_unsubscribe", userID, string(classNotice))
	if err != nil {
		return "", err
	}
	raw, err := hex.DecodeString(mac)
	return userID + "." + base64.RawURLEncoding.EncodeToString(raw), err
}
