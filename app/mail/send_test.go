package mail_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/mail"
	"stead/app/port"
	"stead/app/provider/resend"
	"stead/store"
)

// changed queues one alert.
func (k *kit) changed() {
	k.t.Helper()
	k.happens(store.Event{Kind: "user.password_changed", Subject: "cy", Actor: "cy"})
}

func TestAMailIsSentOnceAndToldOf(t *testing.T) {
	k := bySMTP(t)
	k.changed()
	id := k.queued()[0]
	for range 3 { // the job may run again
		if err := k.Send(t.Context(), mail.SendMail{ID: id}); err != nil {
			t.Fatal(err)
		}
	}
	k.wantRows("sent", "password_changed cy sent")
	if len(k.server.mails) != 1 || k.state() != "connected" {
		t.Fatalf("%d mails, %s", len(k.server.mails), k.state())
	}
	m, d := k.server.mails[0], k.server.told[0]
	if m.To != "cy@brightwater.example" || m.From != `"Brightwater" <mail@brightwater.example>` || m.ID != id || m.Class != "security" || m.Unsubscribe != "" {
		t.Errorf("mail %+v", m)
	}
	if d.Processor != "smtp" || d.Purpose != "staff_mail" || len(d.Subjects) != 0 || d.Ref != id {
		t.Errorf("disclosed %+v", d)
	}
}

func TestAMailIsTriedForADay(t *testing.T) {
	k := bySMTP(t)
	k.changed()
	id := k.queued()[0]
	var tries int
	for ; tries < 100 && len(k.queued()) == 1; tries++ {
		k.server.answers = []error{unavailable("450", 0)}
		if err := k.Send(t.Context(), mail.SendMail{ID: id}); err != nil {
			t.Fatal(err)
		}
		k.now = k.now.Add(min(time.Minute<<tries, 4*time.Hour))
	}
	k.wantRows("after a day", "password_changed cy failed 450")
	if tries < 8 || tries > 20 || k.now.Sub(noon) < 24*time.Hour {
		t.Errorf("%d tries in %v", tries, k.now.Sub(noon))
	}
	if k.state() != "connected 450" {
		t.Errorf("the connection is %s", k.state())
	}
	if err := k.Retry(t.Context(), k.actor, id); err != nil {
		t.Fatal(err)
	}
	k.sendAll()
	k.wantRows("by hand", "password_changed cy sent")
}

func TestAMailIsRefusedForGood(t *testing.T) {
	k := bySMTP(t)
	k.changed()
	k.server.answers = []error{&errs.Error{Kind: errs.Invalid, Code: "550"}}
	k.sendAll()
	k.wantRows("refused", "password_changed cy failed 550")
	k.ask("GET", "/settings/mail", nil).want(t, 200, "The mail server does not know the address", "Send again")
}

func TestMailWaitsForTheCredentials(t *testing.T) {
	k := bySMTP(t)
	k.changed()
	k.server.answers = []error{&errs.Error{Kind: errs.Denied, Code: "535"}}
	k.sendAll()
	k.sendAll() // asks nobody: the provider is known to refuse
	k.wantRows("waits", "password_changed cy queued 535")
	if k.state() != "failing 535" || k.Ready(t.Context()) || len(k.server.told) != 1 {
		t.Errorf("%s, asked %d times", k.state(), len(k.server.told))
	}
	k.ask("GET", "/settings/mail", nil).want(t, 200, "Needs attention", "does not accept this user with this password")
	if err := k.Connect(t.Context(), k.actor, goodServer()); err != nil {
		t.Fatal(err)
	}
	k.sendAll()
	k.wantRows("put right", "moving ana sent", "moving ben sent", "password_changed cy sent")
}

func TestMailWaitsForTheVault(t *testing.T) {
	k := bySMTP(t)
	k.changed()
	k.vault.Lock()
	k.sendAll()
	k.wantRows("locked", "password_changed cy queued")
	if k.Ready(t.Context()) {
		t.Error("ready with a locked vault")
	}
	if err := k.vault.Unlock(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	k.sendAll()
	k.wantRows("unlocked", "password_changed cy sent")
}

func TestAMailWhoseEndNobodySawIsNotRepeatedBlindly(t *testing.T) {
	k := bySMTP(t)
	k.changed()
	k.server.answers = []error{port.ErrUnknown}
	k.sendAll()
	k.sendAll()
	k.wantRows("by a mail server", "password_changed cy unconfirmed unknown")
	if len(k.server.told) != 1 {
		t.Errorf("handed over %d times", len(k.server.told))
	}
	k.ask("GET", "/settings/mail", nil).want(t, 200, "Not known", "it may arrive twice.")
}

func TestResendIsAskedAgainAndDeliversOnce(t *testing.T) {
	k := byResend(t)
	before := len(k.resend.Mails())
	k.changed()
	k.resend.Answer(resend.FakeAnswer{Lose: true}, resend.FakeAnswer{Status: 502})
	for range 3 {
		k.sendAll()
	}
	k.wantRows("asked three times", "password_changed cy sent")
	if got := len(k.resend.Mails()) - before; got != 1 {
		t.Errorf("delivered %d times", got)
	}
}

func TestAMailWithALinkIsNotRepeatedBlindlyEither(t *testing.T) {
	k := byResend(t)
	k.happens(store.Event{Kind: "user.reset_asked", Subject: "cy", Actor: "cy"})
	k.resend.Answer(resend.FakeAnswer{Lose: true})
	k.sendAll()
	k.sendAll()
	k.wantRows("lost", "reset cy unconfirmed unknown")
	if err := k.Retry(t.Context(), k.actor, k.only("reset").ID); err != nil {
		t.Fatal(err)
	}
	k.sendAll()
	k.wantRows("by hand", "reset cy sent")
	mails := k.resend.Mails()
	first, last := mails[len(mails)-2], mails[len(mails)-1]
	if first.Key == last.Key || !strings.Contains(last.Text, k.links.made[1]) || strings.Contains(last.Text, k.links.made[0]) {
		t.Error("the second mail is not one of its own, with the newest link")
	}
}

func TestWhatWasBeingSentWhenTheProcessEnded(t *testing.T) {
	for name, tt := range map[string]struct {
		kit   func(*testing.T) *kit
		event string
		want  string
	}{
		"by a mail server":                    {bySMTP, "user.password_changed", "password_changed cy unconfirmed unknown"},
		"by Resend, which knows it by its id": {byResend, "user.password_changed", "password_changed cy queued unknown"},
		"by Resend, with a link":              {byResend, "user.reset_asked", "reset cy unconfirmed unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			k := tt.kit(t)
			k.happens(store.Event{Kind: tt.event, Subject: "cy", Actor: "cy"})
			set, err := k.store.MailSettings(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			k.in(func(tx *store.Tx) error {
				_, err := tx.TakeMail(t.Context(), k.queued()[0], set.Provider, k.now.UnixMilli())
				return err
			})
			if err := k.Unstick(t.Context()); err != nil { // it may well be under way
				t.Fatal(err)
			}
			if m := k.mails(); m[len(m)-1].State != store.MailSending {
				t.Errorf("given up too early: %+v", m[len(m)-1])
			}
			if err := k.Recover(t.Context()); err != nil {
				t.Fatal(err)
			}
			k.wantRows("after the start", tt.want)
		})
	}
}

func TestAMailThatIsStuckIsGivenUp(t *testing.T) {
	k := bySMTP(t)
	k.changed()
	k.in(func(tx *store.Tx) error {
		_, err := tx.TakeMail(t.Context(), k.queued()[0], mail.SMTP, k.now.UnixMilli())
		return err
	})
	k.now = k.now.Add(3 * time.Minute)
	if err := k.Unstick(t.Context()); err != nil {
		t.Fatal(err)
	}
	k.wantRows("stuck", "password_changed cy unconfirmed unknown")
}

func TestAMailThatCannotBeWrittenIsWrittenLater(t *testing.T) {
	k := bySMTP(t)
	asked := func() { k.happens(store.Event{Kind: "user.reset_asked", Subject: "cy", Actor: "cy"}) }
	asked()
	k.links.err = errors.New("the disk is full")
	k.sendAll()
	k.wantRows("the fault lasts", "reset cy queued unmade")
	k.links.err = nil
	k.now = k.now.Add(time.Minute)
	k.sendAll()
	k.wantRows("it passed", "reset cy sent")

	asked()
	k.links.err = errors.New("the disk is full")
	k.now = k.now.Add(25 * time.Hour)
	k.sendAll()
	k.wantRows("it never passed", "reset cy failed unmade", "reset cy sent")
	k.ask("GET", "/settings/mail", nil).want(t, 200, "It could not be written.")
	if k.state() != "connected" {
		t.Errorf("a fault of ours is held against the mail server: %s", k.state())
	}
}

func TestItIsAskedOnceMoreBeforeAMailLeaves(t *testing.T) {
	assigned := store.Event{Kind: "contact.assigned", Subject: "c1", ContactID: "c1", Actor: "ana", Data: `{"to":"cy"}`}
	for name, tt := range map[string]struct {
		event     store.Event
		meanwhile func(k *kit) error
		want      string
	}{
		"the person was removed": {store.Event{Kind: "user.password_changed", Subject: "cy"}, func(k *kit) error {
			return k.store.InTx(t.Context(), func(tx *store.Tx) error { return tx.RemoveUser(t.Context(), "cy", true, 5) })
		}, "password_changed cy refused gone"},
		"the person was disabled": {store.Event{Kind: "user.password_changed", Subject: "cy"}, func(k *kit) error {
			return k.store.InTx(t.Context(), func(tx *store.Tx) error { return tx.DisableUser(t.Context(), "cy", 5) })
		}, "password_changed cy refused gone"},
		"the person wants no notices": {assigned, func(k *kit) error {
			return k.SetWants(t.Context(), access.Actor{ID: "cy", Kind: access.User}, false)
		}, "contact_assigned cy refused unwanted"},
		"the invitation was taken back": {store.Event{Kind: "user.invited", Subject: "inv"}, func(k *kit) error {
			return k.store.InTx(t.Context(), func(tx *store.Tx) error { return tx.RevokeInvitation(t.Context(), "inv", 5) })
		}, "invitation inv refused gone"},
		"the invitation has expired": {store.Event{Kind: "user.invited", Subject: "inv"}, func(k *kit) error {
			k.now = k.now.Add(8 * 24 * time.Hour)
			return nil
		}, "invitation inv refused gone"},
		"there is nothing to link to": {store.Event{Kind: "user.reset_asked", Subject: "cy"}, func(k *kit) error {
			k.links.err = store.ErrNotFound
			return nil
		}, "reset cy refused gone"},
		"mail was turned off": {store.Event{Kind: "user.password_changed", Subject: "cy"}, func(k *kit) error {
			return k.store.InTx(t.Context(), func(tx *store.Tx) error {
				return tx.SetMailSettings(t.Context(), store.MailSettings{}, 5)
			})
		}, "password_changed cy refused no_mail"},
	} {
		t.Run(name, func(t *testing.T) {
			k := bySMTP(t)
			k.happens(tt.event)
			if err := tt.meanwhile(k); err != nil {
				t.Fatal(err)
			}
			k.sendAll()
			k.wantRows(name, tt.want)
			if len(k.server.told) != 0 {
				t.Error("something went out")
			}
		})
	}
}

func TestNothingFailsOnAMailThatIsGone(t *testing.T) {
	k := bySMTP(t)
	if err := k.Send(t.Context(), mail.SendMail{ID: "nothing"}); err != nil {
		t.Error(err)
	}
	if err := k.Retry(t.Context(), k.actor, "nothing"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("retry of nothing: %v", err)
	}
}
