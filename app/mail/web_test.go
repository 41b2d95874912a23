package mail_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/port"
	"stead/store"
)

func typed() url.Values {
	return url.Values{
		"provider": {"smtp"}, "host": {"smtp.example.com"}, "port": {"587"}, "user": {"stead"}, "secret": {secret},
		"from_name": {"Brightwater"}, "from": {"mail@brightwater.example"},
	}
}

func TestTheFormConnects(t *testing.T) {
	k := newKit(t)
	if p := k.ask("POST", "/settings/mail", typed()); p.status != http.StatusSeeOther || p.location != "/settings/mail" {
		t.Errorf("got %d to %q", p.status, p.location)
	}
	p := k.ask("GET", "/settings/mail", nil)
	p.want(t, 200, "Outgoing mail", "smtp.example.com:587", "mail@brightwater.example", "•••• rver", "Provider connected", "Waiting")
	p.without(t, secret)
}

func TestTheFormKeepsWhatWasTypedButTheSecret(t *testing.T) {
	k := newKit(t)
	k.server.check = &errs.Error{Kind: errs.Denied, Code: "535"}
	form := typed()
	form.Set("from_name", `Bright "<b>water`)
	p := k.ask("POST", "/settings/mail", form)
	p.want(t, 422, `value="smtp.example.com"`, `value="stead"`, `Bright &#34;&lt;b&gt;water`, "does not accept this user with this password", `href="#smtp-secret"`, "<details open")
	p.without(t, secret)
	form.Set("host", "not a server")
	form.Set("from", "nobody")
	k.ask("POST", "/settings/mail", form).want(t, 422, `value="not a server"`, `value="nobody"`, `href="#smtp-host"`, `href="#smtp-from"`)
	k.server.check = unavailable("network", 0)
	k.ask("POST", "/settings/mail", typed()).want(t, 422, "The other side cannot be reached.", `value="smtp.example.com"`)
}

func TestTheTestSaysWhatCameBack(t *testing.T) {
	for name, tt := range map[string]struct {
		answer error
		status int
		says   string
		state  string
	}{
		"it was taken":                 {nil, 303, "", "test ana sent"},
		"the credentials are refused":  {&errs.Error{Kind: errs.Denied, Code: "535"}, 422, "does not accept this user with this password", "test ana queued 535"},
		"the sender is refused":        {&errs.Error{Kind: errs.Invalid, Code: "553"}, 422, "does not let this user send from this address", "test ana failed 553"},
		"a code without words":         {&errs.Error{Kind: errs.Invalid, Code: "571"}, 422, "(571)", "test ana failed 571"},
		"nobody is there":              {unavailable("network", 0), 422, "The other side cannot be reached.", "test ana queued network"},
		"nobody knows what came of it": {port.ErrUnknown, 422, "Nobody knows whether it arrived.", "test ana unconfirmed unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			k := bySMTP(t)
			k.server.answers = []error{tt.answer}
			k.ask("POST", "/settings/mail/tests", url.Values{}).want(t, tt.status, tt.says)
			k.wantRows(name, tt.state)
			if tt.answer == nil && (len(k.server.mails) != 1 || k.server.mails[0].To != "ana@brightwater.example") {
				t.Errorf("mails %+v", k.server.mails)
			}
		})
	}
	t.Run("mail is off", func(t *testing.T) {
		k := newKit(t)
		k.ask("POST", "/settings/mail/tests", url.Values{}).want(t, 422, "Mail is off.")
	})
	t.Run("the vault is locked", func(t *testing.T) {
		k := bySMTP(t)
		k.vault.Lock()
		k.ask("POST", "/settings/mail/tests", url.Values{}).want(t, 422)
	})
}

func TestATestThatGoesWellHasTheRestGoOn(t *testing.T) {
	k := bySMTP(t)
	k.changed()
	k.server.answers = []error{&errs.Error{Kind: errs.Denied, Code: "535"}}
	k.sendAll()
	k.ask("POST", "/settings/mail/tests", url.Values{}).want(t, 303)
	k.sendAll()
	k.wantRows("after it", "password_changed cy sent", "test ana sent")
}

func TestRetryFromThePage(t *testing.T) {
	k := bySMTP(t)
	k.changed()
	k.server.answers = []error{&errs.Error{Kind: errs.Invalid, Code: "550"}}
	k.sendAll()
	id := k.only("password_changed").ID
	k.ask("POST", "/settings/mail/"+id+"/retry", url.Values{}).want(t, 303)
	k.ask("POST", "/settings/mail/"+id+"/retry", url.Values{}).want(t, 409)
	k.sendAll()
	k.wantRows("again", "password_changed cy sent")
	k.ask("POST", "/settings/mail/"+id+"/retry", url.Values{}).want(t, 409)
}

func TestWhoMayWhat(t *testing.T) {
	k := bySMTP(t)
	k.changed()
	k.actor = access.Actor{ID: "cy", Kind: access.User, May: map[access.Permission]access.Reach{access.SettingsRead: access.All}}
	p := k.ask("GET", "/settings/mail", nil)
	p.want(t, 200, "Outgoing mail", "Password changed")
	p.without(t, "<form", "Destroy and turn off")
	for _, path := range []string{"/settings/mail", "/settings/mail/tests", "/settings/mail/disconnection", "/settings/mail/" + k.queued()[0] + "/retry"} {
		k.ask("POST", path, typed()).want(t, 403)
	}
	k.actor.May = nil
	k.ask("GET", "/settings/mail", nil).want(t, 403)
	k.ask("GET", "/account/mail", nil).want(t, 200, "Security alerts", "Your password is changed", "Always on", "Send me no notices")
}

func TestOnlyNoticesAreRefused(t *testing.T) {
	k := bySMTP(t)
	k.actor = access.Actor{ID: "cy", Kind: access.User}
	k.ask("POST", "/account/mail", url.Values{"notice": {"off"}}).want(t, 303)
	k.ask("GET", "/account/mail", nil).want(t, 200, "Send me notices again")
	k.happens(store.Event{Kind: "contact.assigned", Subject: "c1", ContactID: "c1", Actor: "ana", Data: `{"to":"cy"}`})
	k.happens(store.Event{Kind: "user.role_changed", Subject: "cy", Actor: "ana"})
	k.changed()
	k.wantRows("refused", "password_changed cy queued", "role_changed cy queued")
	k.ask("POST", "/account/mail", url.Values{"notice": {"on"}}).want(t, 303)
	k.happens(store.Event{Kind: "contact.assigned", Subject: "c1", ContactID: "c1", Actor: "ana", Data: `{"to":"cy"}`})
	k.wantRows("wanted again", "contact_assigned cy queued", "password_changed cy queued", "role_changed cy queued")
	if got := k.recorded("cy"); strings.Count(got, "wanted") != 2 {
		t.Errorf("recorded %s", got)
	}
}

// notice sends one to cy and returns the path of its one-click address.
func (k *kit) notice() string {
	k.t.Helper()
	k.happens(store.Event{Kind: "contact.assigned", Subject: "c1", ContactID: "c1", Actor: "ana", Data: `{"to":"cy"}`})
	k.sendAll()
	m := k.server.mails[len(k.server.mails)-1]
	path, ok := strings.CutPrefix(m.Unsubscribe, public)
	if !ok || !strings.Contains(m.Text, m.Unsubscribe) || !strings.Contains(m.Text, public+"/account/mail") {
		k.t.Fatalf("a notice without its ways out: %+v", m)
	}
	return path
}

func TestNoticesEndAtOneClick(t *testing.T) {
	k := bySMTP(t)
	path := k.notice()
	k.actor = access.Actor{} // nobody is signed in
	for range 3 {            // programs that look at links ahead
		k.ask("GET", path, nil).want(t, 200, "No more notices?", `action="`+path+`"`)
	}
	if no, err := k.store.RefusesMail(t.Context(), "cy", "notice"); err != nil || no {
		t.Errorf("looking at the link ended them: %v", err)
	}
	for range 2 {
		k.ask("POST", path, url.Values{"List-Unsubscribe": {"One-Click"}}).want(t, 200, "You get no more notices")
	}
	if no, err := k.store.RefusesMail(t.Context(), "cy", "notice"); err != nil || !no {
		t.Errorf("they did not end: %v", err)
	}
	if k.recorded("cy") != "mail.unwanted" {
		t.Errorf("recorded %s", k.recorded("cy"))
	}
}

func TestForgedTokensEndNothing(t *testing.T) {
	k := bySMTP(t)
	path := k.notice()
	k.actor = access.Actor{}
	token := strings.TrimPrefix(path, "/mail/u/")
	for name, forged := range map[string]string{
		"of somebody else": "ana" + strings.TrimPrefix(token, "cy"), "cut": token[:len(token)-1], "longer": token + "A", "no user": strings.TrimPrefix(token, "cy"),
		"no proof": "cy.", "no token": "x", "very long": strings.Repeat("x.", 5000), "of nobody": "zoe" + strings.TrimPrefix(token, "cy"),
	} {
		for _, method := range []string{"GET", "POST"} {
			if p := k.ask(method, "/mail/u/"+forged, url.Values{}); p.status != 404 {
				t.Errorf("%s: %s answers %d", name, method, p.status)
			}
		}
	}
	k.vault.Lock()
	k.ask("POST", path, url.Values{}).want(t, 503)
	if err := k.vault.Unlock(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	k.in(func(tx *store.Tx) error { return tx.RemoveUser(t.Context(), "cy", true, 5) })
	k.ask("POST", path, url.Values{}).want(t, 404)
	for _, user := range []string{"ana", "ben", "cy"} {
		if no, err := k.store.RefusesMail(t.Context(), user, "notice"); err != nil || no {
			t.Errorf("%s: %v, %v", user, no, err)
		}
	}
}

// The address of somebody who was removed goes with the mail's first end.
func TestAMailWithoutAnAddressIsNotOfferedAgain(t *testing.T) {
	k := bySMTP(t)
	k.happens(store.Event{Kind: "user.removed", Subject: "cy", Actor: "ana"})
	k.happens(store.Event{Kind: "user.password_changed", Subject: "ben", Actor: "ben"})
	k.in(func(tx *store.Tx) error {
		for _, id := range k.queued() {
			if _, err := tx.TurnMail(t.Context(), id, store.Turn{From: store.MailQueued, To: store.MailFailed, ErrorCode: "550", At: 5}); err != nil {
				return err
			}
		}
		return tx.RemoveUser(t.Context(), "cy", true, 5)
	})
	lost, fine := k.only("removed").ID, k.only("password_changed").ID
	p := k.ask("GET", "/settings/mail", nil)
	p.want(t, 200, fine)
	p.without(t, lost)
	if err := k.Retry(t.Context(), k.actor, lost); errs.KindOf(err) != errs.Conflict {
		t.Errorf("retried: %v", err)
	}
	if err := k.Retry(t.Context(), k.actor, fine); err != nil {
		t.Error(err)
	}
}
