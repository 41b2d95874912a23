package mail_test

import (
	"strings"
	"testing"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/mail"
	"stead/app/vault"
	"stead/store"
)

// held tells what the vault hands out for a provider.
func (k *kit) held(provider, name string) string {
	k.t.Helper()
	var out string
	err := k.vault.Use(k.t.Context(), provider, name, "test", func(b []byte) error { out = string(b); return nil })
	if err != nil && errs.CodeOf(err) != "no_secret" {
		k.t.Fatal(err)
	}
	return out
}

func (k *kit) recorded(subject string) string {
	k.t.Helper()
	events, err := k.store.EventsOf(k.t.Context(), subject)
	if err != nil {
		k.t.Fatal(err)
	}
	var kinds []string
	for _, e := range events {
		kinds = append(kinds, e.Kind)
	}
	return strings.Join(kinds, " ")
}

func TestConnectTriesThenKeeps(t *testing.T) {
	k := newKit(t)
	if k.Ready(t.Context()) {
		t.Error("ready before anything is connected")
	}
	if err := k.Connect(t.Context(), k.actor, goodServer()); err != nil {
		t.Fatal(err)
	}
	set, err := k.store.MailSettings(t.Context())
	want := store.MailSettings{Provider: "smtp", Host: "smtp.example.com", Port: 587, User: "stead", FromName: "Brightwater", From: "mail@brightwater.example"}
	if err != nil || set != want || k.state() != "connected" || !k.Ready(t.Context()) {
		t.Errorf("%+v, %v, %s", set, err, k.state())
	}
	if k.held("smtp", "password") != secret || k.server.checks[0] != "smtp.example.com stead "+secret {
		t.Errorf("held %q, checked %q", k.held("smtp", "password"), k.server.checks)
	}
	if seq, _, err := k.store.AuditHead(t.Context()); err != nil || seq != 1 || k.recorded("smtp") != mail.EventConnected {
		t.Errorf("audit %d, %v, events %s", seq, err, k.recorded("smtp"))
	}
}

func TestConnectRefusesAndChangesNothing(t *testing.T) {
	k := newKit(t)
	for name, tt := range map[string]struct {
		change func(k *kit, in *mail.Connection)
		kind   errs.Kind
		field  string
	}{
		"no server":                      {func(_ *kit, in *mail.Connection) { in.Host = " " }, errs.Invalid, "host"},
		"a socket of this machine":       {func(_ *kit, in *mail.Connection) { in.Host = "unix:///run/mail.sock" }, errs.Invalid, "host"},
		"an address with a port":         {func(_ *kit, in *mail.Connection) { in.Host = "smtp.example.com:587" }, errs.Invalid, "host"},
		"a line end in the server":       {func(_ *kit, in *mail.Connection) { in.Host = "smtp.example.com\r\nQUIT" }, errs.Invalid, "host"},
		"no port":                        {func(_ *kit, in *mail.Connection) { in.Port = "" }, errs.Invalid, "port"},
		"port 0":                         {func(_ *kit, in *mail.Connection) { in.Port = "0" }, errs.Invalid, "port"},
		"port 65536":                     {func(_ *kit, in *mail.Connection) { in.Port = "65536" }, errs.Invalid, "port"},
		"a line end in the user":         {func(_ *kit, in *mail.Connection) { in.User = "a\nb" }, errs.Invalid, "user"},
		"a password for nobody":          {func(_ *kit, in *mail.Connection) { in.User = "" }, errs.Invalid, "user"},
		"no password":                    {func(_ *kit, in *mail.Connection) { in.Secret = nil }, errs.Invalid, "secret"},
		"a line end in the password":     {func(_ *kit, in *mail.Connection) { in.Secret = vault.Secret("a\r\nb") }, errs.Invalid, "secret"},
		"no name":                        {func(_ *kit, in *mail.Connection) { in.FromName = "" }, errs.Invalid, "from_name"},
		"a line end in the name":         {func(_ *kit, in *mail.Connection) { in.FromName = "x\r\nBcc: eve@example.org" }, errs.Invalid, "from_name"},
		"no sender":                      {func(_ *kit, in *mail.Connection) { in.From = "" }, errs.Invalid, "from"},
		"two senders":                    {func(_ *kit, in *mail.Connection) { in.From = "a@example.com, b@example.com" }, errs.Invalid, "from"},
		"a sender with a name":           {func(_ *kit, in *mail.Connection) { in.From = "A <a@example.com>" }, errs.Invalid, "from"},
		"a domain that cannot be":        {func(_ *kit, in *mail.Connection) { in.From = "a@-x-.example" }, errs.Invalid, "from"},
		"another way":                    {func(_ *kit, in *mail.Connection) { in.Provider = "pigeon" }, errs.Invalid, ""},
		"a key that is none":             {func(_ *kit, in *mail.Connection) { *in = goodResend(); in.Secret = vault.Secret("sk_1") }, errs.Invalid, "secret"},
		"a key that Resend refuses":      {func(_ *kit, in *mail.Connection) { *in = goodResend(); in.Secret = vault.Secret("re_wrong") }, errs.Invalid, "secret"},
		"credentials refused":            {func(k *kit, _ *mail.Connection) { k.server.check = &errs.Error{Kind: errs.Denied, Code: "535"} }, errs.Invalid, "secret"},
		"a private address":              {func(k *kit, _ *mail.Connection) { k.server.check = unavailable("address_refused", 0) }, errs.Invalid, "host"},
		"a server that is not reached":   {func(k *kit, _ *mail.Connection) { k.server.check = unavailable("network", 0) }, errs.Unavailable, ""},
		"a server without TLS":           {func(k *kit, _ *mail.Connection) { k.server.check = unavailable("no_tls", 0) }, errs.Unavailable, ""},
		"a certificate for another name": {func(k *kit, _ *mail.Connection) { k.server.check = unavailable("tls", 0) }, errs.Unavailable, ""},
		"a locked vault":                 {func(k *kit, _ *mail.Connection) { k.vault.Lock() }, errs.Unavailable, ""},
		"somebody who may not":           {func(k *kit, _ *mail.Connection) { k.actor = access.Actor{ID: "cy", Kind: access.User} }, errs.Denied, ""},
	} {
		t.Run(name, func(t *testing.T) {
			k.server.check, k.actor = nil, access.Owner("ana")
			in := goodServer()
			tt.change(k, &in)
			err := k.Connect(t.Context(), k.actor, in)
			if err == nil || errs.KindOf(err) != tt.kind || tt.field != "" && errs.Fields(err)[tt.field] == "" {
				t.Fatalf("got %v (%v, %v)", err, errs.KindOf(err), errs.Fields(err))
			}
			if strings.Contains(err.Error(), secret) {
				t.Errorf("the error holds the secret: %v", err)
			}
			if set, err := k.store.MailSettings(t.Context()); err != nil || set != (store.MailSettings{}) {
				t.Errorf("something was kept: %+v, %v", set, err)
			}
			if n, err := k.store.CredentialStates(t.Context(), in.Provider); err != nil || len(n) != 0 {
				t.Errorf("a credential was kept: %v, %v", n, err)
			}
			if err := k.vault.Unlock(t.Context(), ""); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestAStoredPasswordIsForItsOwnServerAlone(t *testing.T) {
	k := bySMTP(t)
	in := goodServer()
	in.Secret, in.FromName = nil, "Brightwater Repairs"
	if err := k.Connect(t.Context(), k.actor, in); err != nil {
		t.Fatal(err)
	}
	if k.held("smtp", "password") != secret {
		t.Error("the password is gone")
	}
	for name, change := range map[string]func(in *mail.Connection){
		"another server": func(in *mail.Connection) { in.Host = "smtp.evil.example" },
		"another port":   func(in *mail.Connection) { in.Port = "465" },
		"another user":   func(in *mail.Connection) { in.User = "eve" },
	} {
		in := in
		change(&in)
		if err := k.Connect(t.Context(), k.actor, in); errs.Fields(err)["secret"] == "" {
			t.Errorf("%s with the old password: %v", name, err)
		}
	}
	in.User = ""
	if err := k.Connect(t.Context(), k.actor, in); err != nil || k.held("smtp", "password") != "" {
		t.Errorf("a server that asks for nobody: %v; the password that is not needed is kept: %v", err, k.held("smtp", "password") != "")
	}
}

func TestAnotherWayTakesThePlaceOfTheFirst(t *testing.T) {
	k := bySMTP(t)
	if err := k.Connect(t.Context(), k.actor, goodResend()); err != nil {
		t.Fatal(err)
	}
	c, err := k.store.Connection(t.Context(), mail.SMTP)
	if err != nil || c.State != store.Disconnected || k.held("smtp", "password") != "" || k.held("resend", "api_key") != apiKey {
		t.Errorf("the old one: %+v, %v", c, err)
	}
	k.sendAll()
	if got := k.resend.Mails(); len(got) != 2 || got[0].Subject != "Credentials at Brightwater were changed" {
		t.Errorf("owners were told %+v", got)
	}
}

func TestDisconnectDestroysTheCredentials(t *testing.T) {
	k := bySMTP(t)
	k.changed()
	if err := k.Disconnect(t.Context(), access.Actor{ID: "cy", Kind: access.User}); errs.KindOf(err) != errs.Denied {
		t.Errorf("somebody who may not: %v", err)
	}
	if err := k.Disconnect(t.Context(), k.actor); err != nil {
		t.Fatal(err)
	}
	if k.held("smtp", "password") != "" || k.Ready(t.Context()) {
		t.Error("mail still goes out")
	}
	k.sendAll()
	k.wantRows("what waited", "moving ana sent", "moving ben sent", "password_changed cy refused no_mail")
	if err := k.Disconnect(t.Context(), k.actor); errs.KindOf(err) != errs.NotFound {
		t.Errorf("again: %v", err)
	}
}
