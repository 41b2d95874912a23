package mail

import (
	"context"
	"errors"
	"fmt"
	"time"

	"stead/app/errs"
	"stead/app/port"
	"stead/store"
)

// SendMail is the job that sends one mail. It takes the mail first, so it may
// run again.
type SendMail struct {
	ID string `json:"id"`
}

// Kind names the job.
func (SendMail) Kind() string { return "mail.send" }

// Codes of mails that were not sent, beside those of providers.
const (
	codeNoMail   = "no_mail"   // mail is off
	codeUnwanted = "unwanted"  // the person refused the class
	codeGone     = "gone"      // whom or what it was about is not there any more
	codeUnknown  = "unknown"   // nobody knows what became of it
	codeUnmade   = "unmade"    // it could not be written
	codeLocked   = "locked"    // the vault is
	codeNoSecret = "no_secret" // the vault has none for the provider
	replaced     = "invalid_idempotent_request"
)

const (
	firstPause = time.Minute
	longPause  = 4 * time.Hour
	givesUp    = 24 * time.Hour
	onceFor    = 23 * time.Hour // a little less than Resend remembers what it has sent
)

// taken is a mail that is being sent.
type taken struct {
	store.Mail
	template template
	set      store.MailSettings
	name     string // of whom it is for
	address  string
}

// Send is the work of SendMail: it takes the mail, writes it, hands it over with
// no transaction open, and notes what came back.
func (s *Service) Send(ctx context.Context, job SendMail) error {
	m, err := s.take(ctx, job.ID)
	if err != nil || m.template == nil {
		return err
	}
	_, err = s.deliver(ctx, m)
	return err
}

// deliver writes and hands over a mail that was taken. The outcome is what a
// person may be told; err is a fault of ours.
func (s *Service) deliver(ctx context.Context, m taken) (outcome, err error) {
	letter, outcome := s.write(ctx, m)
	ref := ""
	if outcome == nil {
		ref, outcome = s.hand(ctx, m, letter)
	}
	// What came back is noted even when this process is being stopped.
	return outcome, s.note(context.WithoutCancel(ctx), m, ref, outcome)
}

// take marks a queued mail as sending after asking once more: since it was
// written down the person may have gone, or refused its class. A mail that is
// not to be sent now is returned as the zero value.
func (s *Service) take(ctx context.Context, id string) (m taken, err error) {
	if s.Vault.Locked() {
		return m, nil // Resume sends it
	}
	now := s.Now().UnixMilli()
	err = s.Store.InTx(ctx, func(tx *store.Tx) error {
		m = taken{}
		row, err := tx.Mail(ctx, id)
		if errors.Is(err, store.ErrNotFound) || err == nil && row.State != store.MailQueued {
			return nil // gone with its person, or taken before
		}
		if err != nil {
			return err
		}
		set, state, err := s.route(ctx, &tx.Reader)
		switch {
		case err != nil:
			return err
		case state == store.Disconnected:
			return s.turn(ctx, tx, row, store.Turn{To: store.MailRefused, ErrorCode: codeNoMail, At: now})
		case state == store.Failing:
			return nil // Resume sends it
		}
		m, err = s.mark(ctx, tx, taken{Mail: row, template: byKey[row.Template], set: set}, now)
		return err
	})
	return m, err
}

// mark marks a mail as sending, or refuses it where it is for nobody any more
// and returns the zero value.
func (s *Service) mark(ctx context.Context, tx *store.Tx, m taken, now int64) (taken, error) {
	code, err := s.stillTo(ctx, &tx.Reader, &m)
	if err != nil {
		return taken{}, err
	}
	if code == "" {
		ok, err := tx.TakeMail(ctx, m.ID, m.set.Provider, now)
		if err != nil {
			return taken{}, err
		}
		if ok {
			m.State, m.Attempts, m.Provider = store.MailSending, m.Attempts+1, m.set.Provider
			return m, nil
		}
		code = codeUnwanted
	}
	return taken{}, s.turn(ctx, tx, m.Mail, store.Turn{To: store.MailRefused, ErrorCode: code, At: now})
}

// stillTo finds whom a mail is for at this moment, or the code that says why it
// is for nobody.
func (s *Service) stillTo(ctx context.Context, r *store.Reader, m *taken) (code string, err error) {
	if m.template == nil {
		return codeGone, nil // of another version
	}
	if m.InvitationID != "" {
		i, err := r.Invitation(ctx, m.InvitationID)
		if errors.Is(err, store.ErrNotFound) || err == nil && !i.Open(s.Now().UnixMilli()) {
			return codeGone, nil
		}
		m.name, m.address = i.Name, i.Email
		return "", err
	}
	if m.LeadID != "" {
		m.address, err = s.Leads().Address(ctx, m.LeadID)
		if errs.KindOf(err) == errs.NotFound {
			return codeGone, nil
		}
		return "", err
	}
	u, err := r.User(ctx, m.UserID)
	if errors.Is(err, store.ErrNotFound) {
		return codeGone, nil
	}
	if err != nil {
		return "", err
	}
	m.name, m.address = u.Name, u.Email
	if m.Address != "" {
		m.address = m.Address
	}
	// Who is disabled hears of that, and of nothing that needs the account.
	if m.address == "" || m.Address == "" && !u.Active() && m.template.class() != classAccount {
		return codeGone, nil
	}
	return "", nil
}

// hand gives a mail to its provider.
func (s *Service) hand(ctx context.Context, m taken, letter port.Mail) (ref string, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("mail: panic of type %T: %w", p, port.ErrUnknown)
		}
	}()
	mailer, ok := s.Mailers[m.set.Provider]
	if !ok {
		return "", &errs.Error{Kind: errs.Denied, Code: codeNoMail, Message: "Mail is off."}
	}
	ctx = port.WithDisclosure(ctx, port.Disclosure{Processor: m.set.Provider, Purpose: "staff_mail", Fields: []string{"email", "body"}, Ref: m.ID})
	return mailer.Send(ctx, accountOf(m.set), letter)
}

func accountOf(set store.MailSettings) port.MailAccount {
	return port.MailAccount{Host: set.Host, Port: set.Port, User: set.User}
}

// turn changes a mail's state from the one that it was read in.
func (s *Service) turn(ctx context.Context, tx *store.Tx, m store.Mail, t store.Turn) error {
	t.From = m.State
	ok, err := tx.TurnMail(ctx, m.ID, t)
	if err != nil || !ok {
		return err
	}
	return s.emit(ctx, tx, EventStatus, m.ID, "", t.At)
}

// emit tells of a mail; whom it is for is not said.
func (s *Service) emit(ctx context.Context, tx *store.Tx, kind, subject, actor string, at int64) error {
	return tx.Emit(ctx, store.Event{ID: s.NewID(), Kind: kind, Subject: subject, Actor: actor, At: at})
}
