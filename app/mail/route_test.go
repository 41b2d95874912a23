package mail_test

import (
	"strings"
	"testing"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/mail"
	"stead/app/vault"
)

// admin may connect providers, and is no owner.
func admin() access.Actor {
	may := access.Owner("cy").May
	delete(may, access.MailRoute)
	return access.Actor{ID: "cy", Kind: access.User, Role: access.RoleAdmin, May: may}
}

// Links for new passwords leave by mail: whoever chooses its server could read
// an owner's, and become one.
func TestOnlyOwnersChooseHowMailLeaves(t *testing.T) {
	for name, k := range map[string]*kit{"before it is set up": newKit(t), "set up": bySMTP(t)} {
		t.Run(name, func(t *testing.T) {
			before, err := k.store.MailSettings(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			k.actor, k.server.checks = admin(), nil
			evil := goodServer()
			evil.Host = "smtp.evil.example"
			if err := k.Connect(t.Context(), k.actor, evil); errs.KindOf(err) != errs.Denied {
				t.Errorf("another server: %v", err)
			}
			if err := k.Disconnect(t.Context(), k.actor); errs.KindOf(err) != errs.Denied {
				t.Errorf("disconnecting: %v", err)
			}
			form := typed()
			form.Set("host", "smtp.evil.example")
			k.ask("POST", "/settings/mail", form).want(t, 403)
			k.ask("POST", "/settings/mail/disconnection", typed()).want(t, 403)
			if now, err := k.store.MailSettings(t.Context()); err != nil || now != before || len(k.server.checks) > 0 {
				t.Errorf("%+v, %v, checked %q", now, err, k.server.checks)
			}
			p := k.ask("GET", "/settings/mail", nil)
			p.want(t, 200, "Only an owner can change how mail goes out")
			p.without(t, `action="/settings/mail"`, "Destroy and turn off")
		})
	}
	t.Run("an admin still sends a test", func(t *testing.T) {
		k := bySMTP(t)
		k.actor = admin()
		k.ask("GET", "/settings/mail", nil).want(t, 200, "Send a test to yourself")
		k.ask("POST", "/settings/mail/tests", typed()).want(t, 303)
	})
}

// Who watches the old mailbox hears of the change through the old account.
func TestOwnersAreToldThroughTheOldAccount(t *testing.T) {
	for name, change := range map[string]func(k *kit) error{
		"another provider": func(k *kit) error { return k.Connect(k.t.Context(), k.actor, goodResend()) },
		"another password": func(k *kit) error {
			in := goodServer()
			in.Secret = vault.Secret("another password of it")
			return k.Connect(k.t.Context(), k.actor, in)
		},
		"turned off": func(k *kit) error { return k.Disconnect(k.t.Context(), k.actor) },
	} {
		t.Run(name, func(t *testing.T) {
			k := bySMTP(t)
			if err := change(k); err != nil {
				t.Fatal(err)
			}
			var to []string
			for _, m := range k.server.mails {
				if strings.Contains(m.Subject, "another way") {
					to = append(to, m.To)
				}
			}
			if got := strings.Join(to, " "); got != "ana@brightwater.example ben@brightwater.example" {
				t.Errorf("told %q before anything else was sent", got)
			}
			k.wantRows("how it went", "moving ana sent", "moving ben sent")
		})
	}
	t.Run("nothing of the route changes", func(t *testing.T) {
		k := bySMTP(t)
		in := goodServer()
		in.Secret, in.FromName = nil, "Brightwater Repairs"
		if err := k.Connect(t.Context(), k.actor, in); err != nil {
			t.Fatal(err)
		}
		k.wantRows("nobody is warned")
	})
	t.Run("the old account is dead", func(t *testing.T) {
		k := bySMTP(t)
		k.server.answers = []error{unavailable("network", 0)}
		if err := k.Connect(t.Context(), k.actor, goodResend()); err != nil {
			t.Fatal(err)
		}
		if c, err := k.store.Connection(t.Context(), mail.Resend); err != nil || c.State != "connected" {
			t.Errorf("the new one: %+v, %v", c, err)
		}
		k.wantRows("one try", "moving ana queued network", "moving ben sent")
		k.sendAll()
		k.wantRows("then by the new one", "moving ana sent", "moving ben sent")
	})
}

func TestThePageSaysWhoChangedHowMailLeaves(t *testing.T) {
	k := bySMTP(t)
	k.ask("GET", "/settings/mail", nil).want(t, 200, "Ana Costa", "changed how mail goes out")
	if err := k.Disconnect(t.Context(), access.Owner("ben")); err != nil {
		t.Fatal(err)
	}
	k.ask("GET", "/settings/mail", nil).want(t, 200, "Ben Okri", "turned mail off")
	k.actor = admin()
	k.ask("GET", "/settings/mail", nil).without(t, "turned mail off")
}
