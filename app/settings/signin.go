package settings

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/port"
	"stead/app/vault"
	"stead/store"
)

// Google is an issuer that everybody knows; only its client is asked for.
const Google = "https://accounts.google.com"

const maxIssuers = 5 // beside Google

// SignIn is a provider that people may sign in with. Key is empty for a new one;
// Secret may be empty when the same issuer is set up already.
type SignIn struct {
	Key, Name, Issuer, ClientID string
	Secret                      vault.Secret
}

// ConnectSignIn asks a provider who it is and takes it into use, or changes it:
// its secret goes into the vault and its name into the settings, both or
// neither. What is wrong is errs.Invalid with the fields name, issuer, client_id
// and secret, a provider that does not answer among it; a locked vault is
// errs.Unavailable.
func (s *Service) ConnectSignIn(ctx context.Context, actor access.Actor, in SignIn) error {
	if err := access.Allow(actor, access.ChannelsWrite, access.Object{}); err != nil {
		return err
	}
	list, err := s.Store.SignInProviders(ctx)
	if err != nil {
		return err
	}
	in, err = s.readSignIn(list, in)
	if err != nil {
		return err
	}
	if s.Vault.Locked() {
		return vault.ErrLocked
	}
	switch {
	case in.Key != "":
	case in.Issuer == Google:
		in.Key = "google"
	default:
		in.Key = s.NewID()
	}
	issuer := port.Issuer{Key: in.Key, URL: in.Issuer, ClientID: in.ClientID}
	if err := s.Identity.Check(ctx, issuer); err != nil {
		t := SignInTroubleOf(errs.CodeOf(err))
		return errs.Form(map[string]string{"issuer": t.What + " " + t.Do})
	}
	row := store.SignInProvider{Key: in.Key, Name: in.Name, Issuer: in.Issuer, ClientID: in.ClientID}
	return s.changeAs(ctx, actor, access.ChannelsWrite, EventConnected, issuer.VaultName(), func(tx *store.Tx, at int64) error {
		now, err := tx.SignInProviders(ctx)
		if err != nil {
			return err
		}
		if err := staysPut(ctx, &tx.Reader, now, row); err != nil {
			return err
		}
		if err := tx.SetSignInProviders(ctx, with(now, row), at); err != nil || len(in.Secret) == 0 {
			return err
		}
		return s.Vault.PutSecret(ctx, tx, issuer.VaultName(), port.ClientSecret, in.Secret)
	})
}

// staysPut refuses that a provider which signs people in becomes another: each
// of them chose the one that they know.
func staysPut(ctx context.Context, r *store.Reader, list []store.SignInProvider, row store.SignInProvider) error {
	i := slices.IndexFunc(list, func(p store.SignInProvider) bool { return p.Key == row.Key })
	if i < 0 || list[i].Issuer == row.Issuer {
		return nil
	}
	n, err := r.IdentitiesAt(ctx, list[i].Issuer)
	if err == nil && n > 0 {
		err = errs.Form(map[string]string{"issuer": "Accounts of this provider are connected, so its address stays. Set the other one up beside it."})
	}
	return err
}

// with puts a row in the place of the one with its key, or at the end; Google
// comes first.
func with(list []store.SignInProvider, row store.SignInProvider) []store.SignInProvider {
	list = slices.Clone(list)
	i := slices.IndexFunc(list, func(p store.SignInProvider) bool { return p.Key == row.Key })
	switch {
	case i >= 0:
		list[i] = row
	case row.Issuer == Google:
		list = slices.Insert(list, 0, row)
	default:
		list = append(list, row)
	}
	return list
}

// RemoveSignIn ends a way to sign in and destroys its secret, both or neither.
// Accounts that are connected to it sign nobody in any more. errs.NotFound when
// there is none.
func (s *Service) RemoveSignIn(ctx context.Context, actor access.Actor, key string) error {
	issuer := port.Issuer{Key: key}
	return s.changeAs(ctx, actor, access.ChannelsWrite, EventDisconnected, issuer.VaultName(), func(tx *store.Tx, at int64) error {
		list, err := tx.SignInProviders(ctx)
		if err != nil {
			return err
		}
		rest := slices.DeleteFunc(slices.Clone(list), func(p store.SignInProvider) bool { return p.Key == key })
		if len(rest) == len(list) {
			return &errs.Error{Kind: errs.NotFound}
		}
		if err := tx.SetSignInProviders(ctx, rest, at); err != nil {
			return err
		}
		return s.Vault.DropSecrets(ctx, tx, issuer.VaultName())
	})
}

// TestSignIn asks a provider anew who it is. The error's code says what is in
// the way.
func (s *Service) TestSignIn(ctx context.Context, actor access.Actor, key string) error {
	if err := access.Allow(actor, access.ChannelsWrite, access.Object{}); err != nil {
		return err
	}
	list, err := s.Store.SignInProviders(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list, func(p store.SignInProvider) bool { return p.Key == key })
	if i < 0 {
		return &errs.Error{Kind: errs.NotFound}
	}
	issuer := port.Issuer{Key: key, URL: list[i].Issuer, ClientID: list[i].ClientID}
	if err := s.Identity.Check(ctx, issuer); err != nil {
		return err
	}
	return s.changeAs(ctx, actor, access.ChannelsWrite, EventTested, issuer.VaultName(), func(*store.Tx, int64) error { return nil })
}

// readSignIn brings what was typed into the form in which it is kept. The
// issuer stays as it is typed: with another slash it is another.
func (s *Service) readSignIn(list []store.SignInProvider, in SignIn) (SignIn, error) {
	fields := map[string]string{}
	in.Name, in.Issuer, in.ClientID = strings.Join(strings.Fields(in.Name), " "), strings.TrimSpace(in.Issuer), strings.TrimSpace(in.ClientID)
	if in.Issuer == Google {
		in.Name = "Google"
	}
	switch {
	case in.Name == "":
		fields["name"] = "Enter the name that stands on the button."
	case utf8.RuneCountInString(in.Name) > 40:
		fields["name"] = "Use at most 40 characters."
	}
	if problem := s.issuerProblem(in.Issuer); problem != "" {
		fields["issuer"] = problem
	}
	if in.ClientID == "" || len(in.ClientID) > 255 || tokenProblem([]byte(in.ClientID)) != "" {
		fields["client_id"] = "Paste the client ID alone, without spaces or line ends."
	}
	if tokenProblem(in.Secret) != "" {
		fields["secret"] = "Paste the client secret alone, without spaces or line ends."
	}
	if err := besideOthers(list, in, fields); err != nil {
		return in, err
	}
	return in, errs.Form(fields)
}

// besideOthers notes what is wrong with a provider among those that are set up;
// errs.NotFound when it claims to be one of them.
func besideOthers(list []store.SignInProvider, in SignIn, fields map[string]string) error {
	kept, others := "", 0
	for _, p := range list {
		switch {
		case p.Key == in.Key:
			kept = p.Issuer
			continue
		case p.Issuer == in.Issuer:
			fields["issuer"] = "This provider is set up already."
		case looks(p.Name) == looks(in.Name):
			fields["name"] = "Another provider has this name, or one that looks like it."
		}
		if p.Issuer != Google {
			others++
		}
	}
	if in.Issuer != Google && looks(in.Name) == looks("Google") {
		fields["name"] = "Only Google is called that. Choose another name."
	}
	if in.Key != "" && kept == "" {
		return &errs.Error{Kind: errs.NotFound}
	}
	if len(in.Secret) == 0 && kept != in.Issuer { // a secret goes to the issuer that it was pasted for
		fields["secret"] = "Paste the client secret."
	}
	if others >= maxIssuers && in.Issuer != Google {
		fields["issuer"] = "There are 5 providers already. Remove one first."
	}
	return nil
}

// alike are letters that are taken for others: Latin's own, Cyrillic and Greek.
var alike = strings.NewReplacer("0", "o", "1", "l", "i", "l", "|", "l", "о", "o", "ο", "o", "е", "e", "ε", "e", "с", "c", "а", "a", "α", "a",
	"р", "p", "ѕ", "s", "у", "y", "х", "x", "і", "l", "ι", "l", "ӏ", "l", "ɡ", "g", "ԍ", "g", "ö", "o", "ó", "o", "ò", "o", "ô", "o")

// looks brings names that an eye takes for one another to the same text.
func looks(name string) string {
	name = strings.Map(func(c rune) rune {
		if unicode.IsLetter(c) || unicode.IsDigit(c) || c == '|' {
			return unicode.ToLower(c)
		}
		return -1
	}, norm.NFKC.String(name))
	return alike.Replace(name)
}

func (s *Service) issuerProblem(issuer string) string {
	u, err := url.Parse(issuer)
	switch {
	case err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || len(issuer) > 255 || strings.ContainsAny(issuer, "\\ #"):
		return "Enter the issuer's address as the provider writes it, such as https://login.example.com/realms/office."
	case strings.HasSuffix(u.Path, "/.well-known/openid-configuration"):
		return "Leave /.well-known/openid-configuration out: Stead adds it."
	case !s.MayCall(issuer):
		return "Stead calls https addresses on their usual port. Whoever runs the server can allow others with STEAD_PRIVATE_HOSTS."
	}
	return ""
}

var signInTroubles = map[string]Trouble{
	"network":         {What: "The provider could not be reached.", Do: "Look at the address, and at this machine's connection."},
	"timeout":         {What: "The provider took too long to answer.", Do: "Try again in a moment."},
	"tls":             {What: "The provider's certificate is not one that this machine trusts.", Do: "Look at the address, or let the provider have a certificate that counts everywhere."},
	"address_refused": {What: "The address is in a private network, so Stead does not call it.", Do: "Whoever runs the server can allow its host with STEAD_PRIVATE_HOSTS."},
	"address":         {What: "Stead does not call this address.", Do: "Use https on its usual port, or have its host allowed with STEAD_PRIVATE_HOSTS."},
	"redirect":        {What: "The address leads on to another.", Do: "Enter the address that the provider itself names as its issuer."},
	"issuer":          {What: "The provider calls itself by another address.", Do: "Copy the issuer letter by letter, with or without the slash at its end."},
	"endpoints":       {What: "The provider names addresses that cannot be used.", Do: "They must be https. Ask whoever runs the provider."},
	"http_404":        {What: "There is no identity provider at this address.", Do: "Enter the issuer without /.well-known/openid-configuration."},
	"answer":          {What: "The provider gave an answer that could not be read.", Do: "Look at the address: it may be a page for people."},
	"not_recorded":    {What: "The request could not be written down, so it was not made.", Do: "Look at the disk of this machine."},
}

// SignInTroubleOf explains a code of a provider that cannot be used.
func SignInTroubleOf(code string) Trouble {
	t, ok := signInTroubles[code]
	if !ok {
		t = Trouble{What: "The provider answered with an error.", Do: "Try again later, or ask whoever runs the provider."}
	}
	t.Code = code
	return t
}
