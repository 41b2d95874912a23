package settings_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/ids"
	"stead/app/outbound"
	"stead/app/port"
	"stead/app/provider/oidc"
	"stead/app/provider/oidc/oidctest"
	"stead/app/settings"
	"stead/app/vault"
	"stead/store"
)

const clientSecret = "s3cret-0123456789-abcd"

// withIssuer is a kit that may call one identity provider on this machine.
func withIssuer(t *testing.T) (*kit, *oidctest.Server) {
	t.Helper()
	k := newKit(t)
	server := oidctest.Start(t, k.Now)
	client := outbound.New(outbound.Config{Store: k.store, Now: k.Now, NewID: ids.New, Allow: []string{server.URL}, MaxBody: 1 << 20})
	k.Identity, k.MayCall = oidc.New(oidc.Config{HTTP: client, Secrets: k.vault, Now: k.Now}), client.Permits
	return k, server
}

func office(server *oidctest.Server) settings.SignIn {
	return settings.SignIn{Name: "Office", Issuer: server.URL, ClientID: oidctest.ClientID, Secret: vault.Secret(clientSecret)}
}

func (k *kit) offered() []store.SignInProvider {
	k.t.Helper()
	list, err := k.store.SignInProviders(k.t.Context())
	if err != nil {
		k.t.Fatal(err)
	}
	return list
}

func TestSignInProviderIsAskedThenKept(t *testing.T) {
	k, server := withIssuer(t)
	if err := k.ConnectSignIn(t.Context(), k.actor, office(server)); err != nil {
		t.Fatal(err)
	}
	list := k.offered()
	if len(list) != 1 || list[0].Name != "Office" || list[0].Issuer != server.URL || list[0].ClientID != oidctest.ClientID {
		t.Fatalf("kept %+v", list)
	}
	place := port.Issuer{Key: list[0].Key}.VaultName()
	var stored string
	err := k.vault.Use(t.Context(), place, port.ClientSecret, "test", func(secret []byte) error { stored = string(secret); return nil })
	if err != nil || stored != clientSecret {
		t.Errorf("the vault holds %q, %v", stored, err)
	}
	if !slices.Equal(k.recorded(place), []string{settings.EventConnected}) || k.auditLength() != 1 || len(server.Seen()) != 1 {
		t.Errorf("recorded %v, audit %d, asked %d times", k.recorded(place), k.auditLength(), len(server.Seen()))
	}

	change := settings.SignIn{Key: list[0].Key, Name: "The  office", Issuer: server.URL, ClientID: "other-client"}
	if err := k.ConnectSignIn(t.Context(), k.actor, change); err != nil {
		t.Fatal(err)
	}
	if list := k.offered(); len(list) != 1 || list[0].Name != "The office" || list[0].ClientID != "other-client" {
		t.Errorf("changed to %+v", list)
	}
}

func TestSignInProviderIsRefusedAndNothingChanges(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(k *kit, server *oidctest.Server, in *settings.SignIn)
		kind   errs.Kind
		field  string
		words  string
	}{
		"no name":             {func(_ *kit, _ *oidctest.Server, in *settings.SignIn) { in.Name = " " }, errs.Invalid, "name", ""},
		"Google's name":       {func(_ *kit, _ *oidctest.Server, in *settings.SignIn) { in.Name = "Google" }, errs.Invalid, "name", "Only Google"},
		"nearly Google's":     {func(_ *kit, _ *oidctest.Server, in *settings.SignIn) { in.Name = "g O\u043eg1e." }, errs.Invalid, "name", "Only Google"},
		"a long name":         {func(_ *kit, _ *oidctest.Server, in *settings.SignIn) { in.Name = strings.Repeat("n", 41) }, errs.Invalid, "name", ""},
		"no client":           {func(_ *kit, _ *oidctest.Server, in *settings.SignIn) { in.ClientID = "" }, errs.Invalid, "client_id", ""},
		"two clients":         {func(_ *kit, _ *oidctest.Server, in *settings.SignIn) { in.ClientID = "a b" }, errs.Invalid, "client_id", ""},
		"no secret":           {func(_ *kit, _ *oidctest.Server, in *settings.SignIn) { in.Secret = nil }, errs.Invalid, "secret", ""},
		"a secret with a gap": {func(_ *kit, _ *oidctest.Server, in *settings.SignIn) { in.Secret = vault.Secret("a b") }, errs.Invalid, "secret", ""},
		"no address":          {func(_ *kit, _ *oidctest.Server, in *settings.SignIn) { in.Issuer = "office" }, errs.Invalid, "issuer", "as the provider writes it"},
		"http in the open":    {func(_ *kit, _ *oidctest.Server, in *settings.SignIn) { in.Issuer = "http://login.example.com" }, errs.Invalid, "issuer", "STEAD_PRIVATE_HOSTS"},
		"another port":        {func(_ *kit, _ *oidctest.Server, in *settings.SignIn) { in.Issuer = "https://login.example.com:8443" }, errs.Invalid, "issuer", "STEAD_PRIVATE_HOSTS"},
		"a private address":   {func(_ *kit, _ *oidctest.Server, in *settings.SignIn) { in.Issuer = "https://127.0.0.1" }, errs.Invalid, "issuer", "private network"},
		"a password in it":    {func(_ *kit, _ *oidctest.Server, in *settings.SignIn) { in.Issuer = "https://me:pw@login.example.com" }, errs.Invalid, "issuer", "as the provider writes it"},
		"a query in it":       {func(_ *kit, _ *oidctest.Server, in *settings.SignIn) { in.Issuer += "/?a=b" }, errs.Invalid, "issuer", "as the provider writes it"},
		"the document's own": {func(_ *kit, _ *oidctest.Server, in *settings.SignIn) {
			in.Issuer += "/.well-known/openid-configuration"
		}, errs.Invalid, "issuer", "Leave"},
		"a slash more": {func(_ *kit, _ *oidctest.Server, in *settings.SignIn) { in.Issuer += "/" }, errs.Invalid, "issuer", "letter by letter"},
		"nothing there": {func(_ *kit, server *oidctest.Server, _ *settings.SignIn) {
			server.Behave(oidctest.Behaviour{Status: 404})
		}, errs.Invalid, "issuer", "no identity provider"},
		"a page for people": {func(_ *kit, server *oidctest.Server, _ *settings.SignIn) {
			server.Behave(oidctest.Behaviour{Huge: true})
		}, errs.Invalid, "issuer", "could not be read"},
		"a locked vault":      {func(k *kit, _ *oidctest.Server, _ *settings.SignIn) { k.vault.Lock() }, errs.Unavailable, "", ""},
		"somebody else's key": {func(_ *kit, _ *oidctest.Server, in *settings.SignIn) { in.Key = "nobody" }, errs.NotFound, "", ""},
		"somebody who may not": {func(k *kit, _ *oidctest.Server, _ *settings.SignIn) {
			k.actor = access.Owner("u2")
			delete(k.actor.May, access.ChannelsWrite)
		}, errs.Denied, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			k, server := withIssuer(t)
			in := office(server)
			tt.change(k, server, &in)
			err := k.ConnectSignIn(t.Context(), k.actor, in)
			if err == nil || errs.KindOf(err) != tt.kind {
				t.Fatalf("error %v, want %v", err, tt.kind)
			}
			if tt.field != "" && (errs.Fields(err)[tt.field] == "" || !strings.Contains(errs.Fields(err)[tt.field], tt.words)) {
				t.Errorf("fields %v, want %s with %q", errs.Fields(err), tt.field, tt.words)
			}
			if strings.Contains(err.Error(), clientSecret) || len(k.offered()) != 0 || k.auditLength() != 0 {
				t.Errorf("kept %v, audit %d, error %v", k.offered(), k.auditLength(), err)
			}
		})
	}
}

func TestAProviderWhoseAccountsAreConnectedStaysPut(t *testing.T) {
	k, server := withIssuer(t)
	second := oidctest.Start(t, k.Now)
	client := outbound.New(outbound.Config{Store: k.store, Now: k.Now, NewID: ids.New, Allow: []string{server.URL, second.URL}, MaxBody: 1 << 20})
	k.Identity, k.MayCall = oidc.New(oidc.Config{HTTP: client, Secrets: k.vault, Now: k.Now}), client.Permits
	if err := k.ConnectSignIn(t.Context(), k.actor, office(server)); err != nil {
		t.Fatal(err)
	}
	other := office(second)
	if err := k.ConnectSignIn(t.Context(), k.actor, other); errs.Fields(err)["name"] == "" {
		t.Errorf("two of one name: %v", err)
	}
	err := k.store.InTx(t.Context(), func(tx *store.Tx) error {
		u := store.User{ID: "linked", Name: "Linked", Email: "linked@example.org", EmailKey: "linked@example.org", Role: access.RoleAgent, CreatedAt: 1}
		if err := tx.InsertUser(t.Context(), u); err != nil {
			return err
		}
		return tx.InsertIdentity(t.Context(), store.Identity{Issuer: server.URL, Subject: "s", UserID: u.ID, CreatedAt: 1})
	})
	if err != nil {
		t.Fatal(err)
	}
	other.Key = k.offered()[0].Key
	if err := k.ConnectSignIn(t.Context(), k.actor, other); errs.Fields(err)["issuer"] == "" || k.offered()[0].Issuer != server.URL {
		t.Errorf("it became another: %v", err)
	}
	err = k.store.InTx(t.Context(), func(tx *store.Tx) error { return tx.DeleteIdentitiesOf(t.Context(), "linked") })
	if err != nil {
		t.Fatal(err)
	}
	if err := k.ConnectSignIn(t.Context(), k.actor, other); err != nil || k.offered()[0].Issuer != second.URL {
		t.Errorf("nobody uses it: %v", err)
	}
}

func TestASecretStaysWithItsIssuer(t *testing.T) {
	k, server := withIssuer(t)
	if err := k.ConnectSignIn(t.Context(), k.actor, office(server)); err != nil {
		t.Fatal(err)
	}
	elsewhere := settings.SignIn{Key: k.offered()[0].Key, Name: "Office", Issuer: "https://evil.example", ClientID: oidctest.ClientID}
	if err := k.ConnectSignIn(t.Context(), k.actor, elsewhere); errs.Fields(err)["secret"] == "" || k.offered()[0].Issuer != server.URL {
		t.Errorf("the secret moved on: %v, %+v", err, k.offered())
	}
	if err := k.ConnectSignIn(t.Context(), k.actor, office(server)); errs.Fields(err)["issuer"] == "" || len(k.offered()) != 1 {
		t.Errorf("twice the same: %v", err)
	}
}

func TestRemovedProviderLosesItsSecret(t *testing.T) {
	k, server := withIssuer(t)
	if err := k.ConnectSignIn(t.Context(), k.actor, office(server)); err != nil {
		t.Fatal(err)
	}
	key := k.offered()[0].Key
	place := port.Issuer{Key: key}.VaultName()
	viewer := access.Actor{ID: "u2", Kind: access.User, May: map[access.Permission]access.Reach{access.SettingsRead: access.All}}
	if err := k.RemoveSignIn(t.Context(), viewer, key); errs.KindOf(err) != errs.Denied {
		t.Errorf("somebody who may not: %v", err)
	}
	if err := k.RemoveSignIn(t.Context(), k.actor, key); err != nil {
		t.Fatal(err)
	}
	states, err := k.store.CredentialStates(t.Context(), place)
	if err != nil || len(states) != 0 || len(k.offered()) != 0 {
		t.Errorf("left %v, %v, %v", states, k.offered(), err)
	}
	if err := k.RemoveSignIn(t.Context(), k.actor, key); errs.KindOf(err) != errs.NotFound {
		t.Errorf("a second time: %v", err)
	}
	if !slices.Equal(k.recorded(place), []string{settings.EventConnected, settings.EventDisconnected}) {
		t.Errorf("recorded %v", k.recorded(place))
	}
}

func TestOfManyProvidersFiveBesideGoogle(t *testing.T) {
	k, server := withIssuer(t)
	rows := []store.SignInProvider{{Key: "g", Name: "Google", Issuer: settings.Google, ClientID: "c"}}
	for _, n := range []string{"1", "2", "3", "4", "5"} {
		rows = append(rows, store.SignInProvider{Key: n, Name: n, Issuer: "https://" + n + ".example", ClientID: "c"})
	}
	if err := k.store.InTx(t.Context(), func(tx *store.Tx) error { return tx.SetSignInProviders(t.Context(), rows, 1) }); err != nil {
		t.Fatal(err)
	}
	if err := k.ConnectSignIn(t.Context(), k.actor, office(server)); !strings.Contains(errs.Fields(err)["issuer"], "5 providers") {
		t.Errorf("a sixth: %v", err)
	}
	k.get("/settings/sign-in").without(t, "Another provider", "Check and offer Google")
}

func TestSignInPage(t *testing.T) {
	k, server := withIssuer(t)
	k.get("/settings/sign-in").want(t, 200, "Sign in with Google", "Another provider", "https://crm.example.com/login/oidc/callback", `data-copy="redirect"`)
	form := url.Values{"name": {"<Office>"}, "issuer": {server.URL}, "client_id": {oidctest.ClientID}, "secret": {clientSecret}}

	bad := url.Values{"name": {"<Office>"}, "issuer": {"http://login.example.com"}, "client_id": {"a b"}, "secret": {clientSecret}}
	for _, got := range []answer{k.post("/settings/sign-in", bad), k.partial("/settings/sign-in", bad)} {
		got.want(t, 422, "&lt;Office&gt;", `value="http://login.example.com"`, `value="a b"`, `href="#issuer-other"`, `href="#client_id-other"`)
		got.without(t, clientSecret)
	}
	if got := k.post("/settings/sign-in", form); got.status != 303 || got.location != "/settings/sign-in" {
		t.Fatalf("connect answers %d to %q", got.status, got.location)
	}
	page := k.get("/settings/sign-in")
	page.want(t, 200, "&lt;Office&gt;", server.URL, "•••• abcd", "0 people")
	page.without(t, clientSecret)

	key := url.Values{"provider": {k.offered()[0].Key}}
	if got := k.post("/settings/sign-in/tests", key); got.status != 303 {
		t.Errorf("test answers %d", got.status)
	}
	server.Behave(oidctest.Behaviour{Name: "https://another.example"})
	k.post("/settings/sign-in/tests", key).want(t, 422, "calls itself by another address", "letter by letter")
	k.partial("/settings/sign-in/tests", key).want(t, 422, `id="sign-in"`, "letter by letter")
	if got := k.post("/settings/sign-in/tests", url.Values{"provider": {"nobody"}}); got.status != 404 {
		t.Errorf("a test of nobody answers %d", got.status)
	}
	k.partial("/settings/sign-in/removal", key).want(t, 200, "its secret destroyed")
	if got := k.post("/settings/sign-in/removal", key); got.status != 404 {
		t.Errorf("a second removal answers %d", got.status)
	}
}

func TestSignInPageForWhoMayOnlyLook(t *testing.T) {
	k, server := withIssuer(t)
	if err := k.ConnectSignIn(t.Context(), k.actor, office(server)); err != nil {
		t.Fatal(err)
	}
	key := k.offered()[0].Key
	k.actor = access.Actor{ID: "u2", Kind: access.User, May: map[access.Permission]access.Reach{access.SettingsRead: access.All}}
	page := k.get("/settings/sign-in")
	page.want(t, 200, "Office")
	page.without(t, "<button class=\"btn primary\">", "Remove…")
	for _, path := range []string{"/settings/sign-in", "/settings/sign-in/tests", "/settings/sign-in/removal"} {
		if got := k.post(path, url.Values{"provider": {key}}); got.status != 403 {
			t.Errorf("%s answers %d", path, got.status)
		}
	}
	k.actor = access.Actor{ID: "u3", Kind: access.User}
	k.get("/settings/sign-in").want(t, 403)
}

func TestEveryCodeOfAProviderHasWords(t *testing.T) {
	unknown := settings.SignInTroubleOf("http_500")
	for _, code := range []string{"network", "timeout", "tls", "address", "address_refused", "redirect", "issuer", "endpoints", "http_404", "answer", "not_recorded"} {
		if x := settings.SignInTroubleOf(code); x.What == unknown.What || x.Do == "" {
			t.Errorf("%s: %+v", code, x)
		}
	}
	if unknown.What == "" {
		t.Error("an unknown code has no words")
	}
}
