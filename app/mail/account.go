package mail

import (
	"context"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"stead/app/access"
	"stead/app/email"
	"stead/app/errs"
	"stead/app/port"
	"stead/app/vault"
	"stead/store"
)

// Connection is what connects mail. Secret may be empty when the same account is
// connected already: then the stored one is used.
type Connection struct {
	Provider   string // SMTP or Resend
	Host, Port string // of a mail server, as typed
	User       string
	FromName   string
	From       string // address
	Secret     vault.Secret
}

var hostForm = regexp.MustCompile(`^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$`)

// Connect tries an account and has mail leave through it: its secret goes into
// the vault, and that of another provider is destroyed, all or nothing. What is
// wrong with the input is errs.Invalid with the fields; a server that cannot be
// reached and a locked vault are errs.Unavailable, and nothing has changed.
// Only owners may; each of them is told through the old account first.
func (s *Service) Connect(ctx context.Context, actor access.Actor, in Connection) error {
	if err := mayMove(actor); err != nil {
		return err
	}
	set, err := s.read(ctx, in)
	if err != nil {
		return err
	}
	if s.Vault.Locked() {
		return vault.ErrLocked
	}
	if err := s.check(ctx, set, in.Secret); err != nil {
		return err
	}
	now, err := s.Store.MailSettings(ctx)
	if err != nil {
		return err
	}
	if moves(now, set, in.Secret) {
		if err := s.warn(ctx, actor); err != nil {
			return err
		}
	}
	return s.enter(ctx, actor, set, in.Secret)
}

// enter writes down that mail leaves another way.
func (s *Service) enter(ctx context.Context, actor access.Actor, set store.MailSettings, secret vault.Secret) error {
	return s.change(ctx, actor, EventConnected, set.Provider, func(tx *store.Tx, at int64) error {
		if err := s.dropOthers(ctx, tx, set.Provider, at); err != nil {
			return err
		}
		if err := tx.SetMailSettings(ctx, set, at); err != nil {
			return err
		}
		row := store.Connection{Provider: set.Provider, Account: set.Host, State: store.Connected, SuccessAt: at, UpdatedAt: at}
		if err := tx.PutConnection(ctx, row); err != nil {
			return err
		}
		switch {
		case len(secret) > 0:
			if err := s.Vault.PutSecret(ctx, tx, set.Provider, secrets[set.Provider], secret); err != nil {
				return err
			}
		case set.Provider == SMTP && set.User == "":
			if err := s.Vault.DropSecrets(ctx, tx, SMTP); err != nil {
				return err
			}
		}
		return resume(ctx, tx)
	})
}

// Disconnect destroys the credentials and turns mail off, both or neither. What
// waits is not sent. Only owners may; each of them is told first. errs.NotFound
// when mail is off.
func (s *Service) Disconnect(ctx context.Context, actor access.Actor) error {
	if err := mayMove(actor); err != nil {
		return err
	}
	set, err := s.Store.MailSettings(ctx)
	if err != nil {
		return err
	}
	if set.Provider == "" {
		return store.ErrNotFound
	}
	if err := s.warn(ctx, actor); err != nil {
		return err
	}
	return s.change(ctx, actor, EventDisconnected, set.Provider, func(tx *store.Tx, at int64) error {
		if err := s.dropOthers(ctx, tx, "", at); err != nil {
			return err
		}
		if err := tx.SetMailSettings(ctx, store.MailSettings{}, at); err != nil {
			return err
		}
		return resume(ctx, tx) // each is looked at once more, and refused
	})
}

// dropOthers disconnects every provider of mail but one, with its secret.
func (s *Service) dropOthers(ctx context.Context, tx *store.Tx, keep string, at int64) error {
	for _, provider := range []string{SMTP, Resend} {
		if provider == keep {
			continue
		}
		if err := notMissing(tx.Disconnect(ctx, provider, at)); err != nil {
			return err
		}
		if err := s.Vault.DropSecrets(ctx, tx, provider); err != nil {
			return err
		}
	}
	return nil
}

// change writes something and what is recorded of it, if the actor may.
func (s *Service) change(ctx context.Context, actor access.Actor, kind, subject string, write func(tx *store.Tx, at int64) error) error {
	now := s.Now().UnixMilli()
	event := store.Event{ID: s.NewID(), Kind: kind, Subject: subject, Actor: actor.ID, At: now}
	return s.Store.InTx(ctx, func(tx *store.Tx) error {
		if err := access.Allow(actor, access.ChannelsWrite, access.Object{}); err != nil {
			return err
		}
		if err := write(tx, now); err != nil {
			return err
		}
		return tx.Record(ctx, event)
	})
}

// read brings what was typed into the form in which it is kept.
func (s *Service) read(ctx context.Context, in Connection) (store.MailSettings, error) {
	set := store.MailSettings{Provider: in.Provider, FromName: strings.TrimSpace(in.FromName), From: strings.TrimSpace(in.From)}
	fields := map[string]string{}
	if n := len(set.FromName); n == 0 || n > 100 || strings.ContainsFunc(set.FromName, unicode.IsControl) {
		fields["from_name"] = "Enter the name that mail comes from, of at most 100 characters."
	}
	if !email.Valid(set.From) {
		fields["from"] = "Enter a whole address, such as mail@example.com."
	}
	switch in.Provider {
	case SMTP:
		readServer(in, &set, fields)
	case Resend:
		if len(in.Secret) > 0 && !strings.HasPrefix(string(in.Secret), "re_") {
			fields["secret"] = "An API key of Resend begins with re_."
		}
	default:
		return set, &errs.Error{Kind: errs.Invalid, Message: "Choose how mail leaves."}
	}
	if strings.ContainsFunc(string(in.Secret), unicode.IsControl) || len(in.Secret) > 512 {
		fields["secret"] = "Paste it alone, without line ends."
	}
	if len(in.Secret) == 0 && (in.Provider == Resend || set.User != "") && !s.stored(ctx, set) {
		fields["secret"] = "Paste it once: none is stored for this account."
	}
	return set, errs.Form(fields)
}

func readServer(in Connection, set *store.MailSettings, fields map[string]string) {
	set.Host, set.User = email.Host(strings.ToLower(strings.TrimSpace(in.Host))), strings.TrimSpace(in.User)
	if !hostForm.MatchString(set.Host) {
		fields["host"] = "Enter the name of the mail server, such as smtp.example.com."
	}
	number, err := strconv.ParseUint(strings.TrimSpace(in.Port), 10, 16)
	if err != nil || number == 0 {
		fields["port"] = "Enter the port: 587 in most cases, or 465."
	}
	set.Port = int(number)
	if len(set.User) > 254 || strings.ContainsFunc(set.User, unicode.IsControl) {
		fields["user"] = "Enter the name that signs in at the mail server."
	}
	if set.User == "" && len(in.Secret) > 0 {
		fields["user"] = "Enter the name that the password belongs to."
	}
}

// stored tells whether the secret of this very account is in the vault. A
// password is never shown to another server.
func (s *Service) stored(ctx context.Context, set store.MailSettings) bool {
	now, err := s.Store.MailSettings(ctx)
	if err != nil || now.Provider != set.Provider || now.Host != set.Host || now.Port != set.Port || now.User != set.User {
		return false
	}
	states, err := s.Store.CredentialStates(ctx, set.Provider)
	return err == nil && len(states) > 0
}

// check signs in with what was typed, or what is stored.
func (s *Service) check(ctx context.Context, set store.MailSettings, secret []byte) error {
	ctx = port.WithDisclosure(ctx, port.Disclosure{Processor: set.Provider, Purpose: "check", Fields: []string{"account"}})
	err := s.Mailers[set.Provider].Check(ctx, accountOf(set), secret)
	switch code := errs.CodeOf(err); {
	case refusedCredentials(err):
		return errs.Form(map[string]string{"secret": causeOf(set.Provider, code)})
	case err != nil && (code == "port_refused" || code == "address_refused" || code == "host"):
		return errs.Form(map[string]string{"host": causeOf(set.Provider, code)})
	case err != nil && errs.KindOf(err) != errs.Fault:
		return &errs.Error{Kind: errs.Unavailable, Code: code, Message: causeOf(set.Provider, code), Err: err}
	}
	return err
}
