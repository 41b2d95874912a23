package settings_test

import (
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/settings"
	"stead/app/vault"
	"stead/store"
)

func TestConnectChecksThenKeeps(t *testing.T) {
	k := connected(t)
	ctx := t.Context()
	c, err := k.store.Connection(ctx, "twilio")
	if err != nil {
		t.Fatal(err)
	}
	if c.State != store.Connected || c.Account != account || c.SuccessAt != noon.UnixMilli() || c.CaughtUpAt != noon.UnixMilli() {
		t.Errorf("connection %+v", c)
	}
	l, err := k.store.Line(ctx, line)
	if err != nil || !slices.Equal(l.ForwardTo, []string{"+15035550111", "+15035550112"}) {
		t.Errorf("line %+v, %v", l, err)
	}
	var stored string
	err = k.vault.Use(ctx, "twilio", "auth_token", "test", func(secret []byte) error { stored = string(secret); return nil })
	if err != nil || stored != token {
		t.Errorf("the vault holds %q, %v", stored, err)
	}
	if !slices.Equal(k.recorded("twilio"), []string{settings.EventConnected}) || k.auditLength() != 1 || k.caughtUp != 1 {
		t.Errorf("recorded %v, audit %d, caught up %d", k.recorded("twilio"), k.auditLength(), k.caughtUp)
	}
	if !slices.Equal(k.provider.tokens, []string{token}) || k.provider.open[0] != true {
		t.Errorf("asked with %v, disclosed %v", k.provider.tokens, k.provider.open)
	}
}

func TestConnectRefusesAndChangesNothing(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(k *kit, in *settings.Twilio)
		kind   errs.Kind
		field  string
	}{
		"an account SID of another shape": {func(_ *kit, in *settings.Twilio) { in.AccountSID = "SK0a1b2c3d0a1b2c3d0a1b2c3d0a1b2c3d" }, errs.Invalid, "account_sid"},
		"a service of another shape":      {func(_ *kit, in *settings.Twilio) { in.Service = "MG1" }, errs.Invalid, "service"},
		"no number":                       {func(_ *kit, in *settings.Twilio) { in.Numbers = []string{" "} }, errs.Invalid, "numbers"},
		"letters in a number":             {func(_ *kit, in *settings.Twilio) { in.Numbers = []string{"1-800-FLOWERS"} }, errs.Invalid, "numbers"},
		"nothing that rings":              {func(_ *kit, in *settings.Twilio) { in.ForwardTo = nil }, errs.Invalid, "forward_to"},
		"a phone that is the line":        {func(_ *kit, in *settings.Twilio) { in.ForwardTo = []string{line} }, errs.Invalid, "forward_to"},
		"twelve phones": {func(_ *kit, in *settings.Twilio) {
			for last := '0'; last <= '9'; last++ {
				in.ForwardTo = append(in.ForwardTo, "+1503555020"+string(last))
			}
		}, errs.Invalid, "forward_to"},
		"no token":             {func(_ *kit, in *settings.Twilio) { in.Token = nil }, errs.Invalid, "token"},
		"a token with a space": {func(_ *kit, in *settings.Twilio) { in.Token = vault.Secret("two words") }, errs.Invalid, "token"},
		"credentials refused":  {func(k *kit, _ *settings.Twilio) { k.provider.err = &errs.Error{Kind: errs.Denied, Code: "20003"} }, errs.Invalid, "token"},
		"an unknown account":   {func(k *kit, _ *settings.Twilio) { k.provider.err = &errs.Error{Kind: errs.NotFound, Code: "20404"} }, errs.Invalid, "token"},
		"a suspended account":  {func(k *kit, _ *settings.Twilio) { k.provider.checked.State = "suspended" }, errs.Invalid, "account_sid"},
		"a stranger's number":  {func(k *kit, _ *settings.Twilio) { k.provider.checked.Missing = []string{line} }, errs.Invalid, "numbers"},
		"Twilio not reached": {func(k *kit, _ *settings.Twilio) {
			k.provider.err = &errs.Error{Kind: errs.Unavailable, Code: "network"}
		}, errs.Unavailable, ""},
		"a locked vault":       {func(k *kit, _ *settings.Twilio) { k.vault.Lock() }, errs.Unavailable, ""},
		"somebody who may not": {func(k *kit, _ *settings.Twilio) { k.actor = access.Actor{ID: "u2", Kind: access.User} }, errs.Denied, ""},
	} {
		t.Run(name, func(t *testing.T) {
			k := newKit(t)
			in := good()
			tt.change(k, &in)
			err := k.Connect(t.Context(), k.actor, in)
			if err == nil || errs.KindOf(err) != tt.kind {
				t.Fatalf("error %v, want %v", err, tt.kind)
			}
			if tt.field != "" && errs.Fields(err)[tt.field] == "" {
				t.Errorf("fields %v, want %s", errs.Fields(err), tt.field)
			}
			if strings.Contains(err.Error(), token) || strings.Contains(err.Error(), "555") {
				t.Errorf("the error says too much: %v", err)
			}
			if _, err := k.store.Connection(t.Context(), "twilio"); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("a connection was kept: %v", err)
			}
			if n, err := k.store.CredentialStates(t.Context(), "twilio"); err != nil || len(n) != 0 || k.auditLength() != 0 || k.caughtUp != 0 {
				t.Errorf("something was kept: %v, %v", n, err)
			}
		})
	}
}

func TestTheStoredTokenServesTheSameAccountOnly(t *testing.T) {
	k := connected(t)
	in := good()
	in.Token, in.Numbers = nil, []string{line, "+15035550101"}
	if err := k.Connect(t.Context(), k.actor, in); err != nil {
		t.Fatal(err)
	}
	if k.provider.tokens[1] != token {
		t.Errorf("asked with %q", k.provider.tokens[1])
	}
	if rows, err := k.store.Lines(t.Context(), "twilio"); err != nil || len(rows) != 2 {
		t.Errorf("lines %v, %v", rows, err)
	}
	in.AccountSID = "AC" + strings.Repeat("9", 32)
	if err := k.Connect(t.Context(), k.actor, in); errs.Fields(err)["token"] == "" {
		t.Errorf("another account with the old token: %v", err)
	}
}

func TestDisconnectDestroysTheTokenAndEndsTheConnection(t *testing.T) {
	k := connected(t)
	ctx := t.Context()
	accounts := settings.Accounts{Store: k.store, Provider: "twilio"}
	if a, err := accounts.Account(ctx); err != nil || a.ID != account {
		t.Errorf("account %+v, %v", a, err)
	}
	if numbers, err := accounts.Lines(ctx); err != nil || !slices.Equal(numbers, []string{line}) {
		t.Errorf("lines %v, %v", numbers, err)
	}
	if err := k.Disconnect(ctx, k.actor, "twilio"); err != nil {
		t.Fatal(err)
	}
	if _, err := accounts.Account(ctx); errs.KindOf(err) != errs.NotFound {
		t.Errorf("still an account: %v", err)
	}
	err := k.vault.Use(ctx, "twilio", "auth_token", "test", func([]byte) error { t.Error("the token is still there"); return nil })
	if errs.KindOf(err) != errs.NotFound {
		t.Errorf("use after disconnect: %v", err)
	}
	if err := k.Disconnect(ctx, k.actor, "twilio"); errs.KindOf(err) != errs.NotFound {
		t.Errorf("a second time: %v", err)
	}
	want := []string{settings.EventConnected, settings.EventDisconnected}
	if !slices.Equal(k.recorded("twilio"), want) || k.auditLength() != 2 {
		t.Errorf("recorded %v", k.recorded("twilio"))
	}
	in := good()
	in.Token = nil
	if err := k.Connect(ctx, k.actor, in); errs.Fields(err)["token"] == "" {
		t.Errorf("connected again without a token: %v", err)
	}
	if err := k.Connect(ctx, k.actor, good()); err != nil {
		t.Errorf("connected again: %v", err)
	}
}

func TestChannelsPageBeforeAndAfter(t *testing.T) {
	k := newKit(t)
	k.get("/settings/channels").want(t, 200, "Connect Twilio",
		"https://crm.example.com/hooks/twilio/sms#rc=5&amp;rp=all", "https://crm.example.com/hooks/twilio/voice#rc=5&amp;rp=all",
		"https://crm.example.com/hooks/twilio/call-status#rc=5&amp;rp=all", "cannot be put through")
	form := url.Values{"account_sid": {account}, "token": {token}, "numbers": {"503 555 0100\r\n"}, "forward_to": {"+15035550111, +15035550112"}}
	if got := k.post("/settings/channels/twilio", form); got.status != 303 || got.location != "/settings/channels" {
		t.Fatalf("connect answers %d to %q", got.status, got.location)
	}
	page := k.get("/settings/channels")
	page.want(t, 200, "Connected", account, "(503) 555-0100", "•••• 9012", "Not tested", "Destroy the token")
	page.without(t, token, "known to this machine alone")
	form.Set("token", "")
	part := k.partial("/settings/channels/twilio", form)
	part.want(t, 200, `id="channels"`, "Twilio is connected.")
	part.without(t, "<html", "<h1")
}

func TestChannelsFormKeepsWhatWasTypedButNotTheToken(t *testing.T) {
	k := newKit(t)
	form := url.Values{"account_sid": {"AC123"}, "token": {token}, "numbers": {"letters"}, "forward_to": {"+15035550111"}, "service": {"<b>"}}
	for _, got := range []answer{k.post("/settings/channels/twilio", form), k.partial("/settings/channels/twilio", form)} {
		got.want(t, 422, `value="AC123"`, "letters", "+15035550111", "&lt;b&gt;", `href="#account_sid"`, `href="#numbers"`, `aria-invalid="true"`)
		got.without(t, token)
	}
	form = url.Values{"account_sid": {account}, "token": {token}, "numbers": {line}, "forward_to": {"+15035550111"}}
	k.provider.err = &errs.Error{Kind: errs.Unavailable, Code: "network", Message: "Twilio cannot be reached."}
	k.post("/settings/channels/twilio", form).want(t, 422, "Twilio cannot be reached.", account)
	k.vault.Lock()
	k.post("/settings/channels/twilio", form).want(t, 422, "vault is locked", account)
}

func TestTestCallbackIsNotedOnlyWhenItCameThrough(t *testing.T) {
	k := connected(t)
	for code, words := range map[string]string{
		"hook_unreachable": "could not be reached", "hook_refused": "signature does not fit", "hook_elsewhere": "Something else answers", "http_503": "does not know",
	} {
		kind := errs.Unavailable
		if code == "hook_refused" {
			kind = errs.Denied
		}
		k.provider.hookErr = &errs.Error{Kind: kind, Code: code}
		k.post("/settings/channels/twilio/tests", url.Values{}).want(t, 422, words, code, "Not tested")
	}
	k.provider.hookErr = nil
	if got := k.post("/settings/channels/twilio/tests", url.Values{}); got.status != 303 {
		t.Errorf("status %d", got.status)
	}
	c, err := k.store.Connection(t.Context(), "twilio")
	if err != nil || c.TestedAt != noon.UnixMilli() || k.provider.open[len(k.provider.open)-1] != true {
		t.Errorf("tested at %d, %v", c.TestedAt, err)
	}
	k.get("/settings/channels").want(t, 200, "Came through")
	k.provider.hookErr = &errs.Error{Kind: errs.NotFound, Code: "not_connected"}
	k.post("/settings/channels/twilio/tests", url.Values{}).want(t, 404)
}

func TestChannelsPageSaysWhatIsWrong(t *testing.T) {
	k := connected(t)
	ctx := t.Context()
	note := func(do func(tx *store.Tx) error) {
		t.Helper()
		if err := k.store.InTx(ctx, do); err != nil {
			t.Fatal(err)
		}
	}
	later := noon.UnixMilli() + 1000
	note(func(tx *store.Tx) error { return tx.NoteConnectionError(ctx, "twilio", "30034", later) })
	page := k.get("/settings/channels")
	page.want(t, 200, "US carriers do not accept", "A2P 10DLC", "https://www.twilio.com/docs/errors/30034", "Connected")
	note(func(tx *store.Tx) error { return tx.NoteConnectionSuccess(ctx, "twilio", later+1) })
	k.get("/settings/channels").without(t, "US carriers do not accept")
	note(func(tx *store.Tx) error { return tx.FailConnection(ctx, "twilio", "20003", later+2) })
	k.get("/settings/channels").want(t, 200, "Needs attention", "does not accept the account SID", "notice bad")
	k.get("/settings").want(t, 200, "Needs attention")
	note(func(tx *store.Tx) error { return tx.FailConnection(ctx, "twilio", "64999", later+3) })
	k.get("/settings/channels").want(t, 200, "Stead does not know", "64999")
	if got := k.post("/settings/channels/twilio/disconnection", url.Values{}); got.status != 303 {
		t.Errorf("disconnect answers %d", got.status)
	}
	k.get("/settings/channels").want(t, 200, "Connect Twilio", line)
	k.partial("/settings/channels/twilio/disconnection", url.Values{}).want(t, 200, "disconnected")
}

func TestALocalAddressIsSaidToBeOne(t *testing.T) {
	k := newKit(t)
	for _, address := range []string{"http://127.0.0.1:8080", "http://localhost:8080", "http://192.168.1.4", "http://[::1]:8080"} {
		k.HookURL = address
		k.get("/settings/channels").want(t, 200, "known to this machine alone", address+"/hooks/twilio/sms")
	}
}

func TestEveryCodeOfTheProviderHasWords(t *testing.T) {
	for _, code := range []string{"20003", "20429", "21211", "21408", "21606", "21610", "21659", "30003", "30005", "30006", "30007", "30008", "30032", "30034", "30485", "network", "timeout", "locked"} {
		x := settings.TroubleOf(code)
		if x.What == settings.TroubleOf("unknown").What || x.Do == "" || x.Code != code {
			t.Errorf("%s: %+v", code, x)
		}
	}
}
