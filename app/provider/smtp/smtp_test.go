package smtp

import (
	"errors"
	"net/mail"
	"os"
	"strings"
	"testing"

	server "github.com/emersion/go-smtp"

	"stead/app/errs"
	"stead/app/port"
)

func TestAMailIsHandedOver(t *testing.T) {
	good := certificate(t, "127.0.0.1")
	for name, h := range map[string]how{
		"plain, to a loopback server that was named": {},
		"STARTTLS":                {cert: good},
		"TLS from the first byte": {cert: good, implicit: true},
	} {
		t.Run(name, func(t *testing.T) {
			k := newKit(t, h)
			ref, err := k.Send(t.Context(), k.account, testMail())
			if err != nil || ref != testMail().ID {
				t.Fatalf("got %q, %v", ref, err)
			}
			mails := k.fake.got()
			if len(mails) != 1 || mails[0].from != "mail@brightwater.example" || mails[0].to != "bea@example.com" {
				t.Fatalf("the server has %+v", mails)
			}
			if k.fake.greeted != "crm.example.com" || k.fake.tlsState != (h.cert != nil) {
				t.Errorf("greeted as %q, TLS %v", k.fake.greeted, k.fake.tlsState)
			}
			if k.conns.result != "250" || k.conns.open != 0 || len(k.uses) != 1 || k.uses[0] != "smtp/password/send" {
				t.Errorf("noted %q, %d open, uses %v", k.conns.result, k.conns.open, k.uses)
			}
		})
	}
}

func TestNothingInAMailTellsOfTheMachine(t *testing.T) {
	k := newKit(t, how{})
	m := testMail()
	m.Subject, m.Unsubscribe = "Grüße aus Ålesund", "https://crm.example.com/mail/u/t"
	if _, err := k.Send(t.Context(), k.account, m); err != nil {
		t.Fatal(err)
	}
	text := k.fake.got()[0].text
	got, err := mail.ReadMessage(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"Message-Id": "<" + m.ID + "@brightwater.example>", "User-Agent": "Stead", "X-Mailer": "", "Auto-Submitted": "auto-generated",
		"Date": "Sat, 21 Nov 2026 18:42:00 +0000", "List-Unsubscribe": "<https://crm.example.com/mail/u/t>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
		"To": `"Bea Lind" <bea@example.com>`,
	} {
		if got.Header.Get(name) != want {
			t.Errorf("%s is %q, want %q", name, got.Header.Get(name), want)
		}
	}
	if machine, err := os.Hostname(); err == nil && strings.Contains(text, machine) && len(machine) > 3 || strings.Contains(text, "go-mail") {
		t.Errorf("the mail names the machine or the library:\n%s", text)
	}
}

func TestAnswersAreUnderstood(t *testing.T) {
	say := func(code int) error {
		return &server.SMTPError{Code: code, EnhancedCode: server.NoEnhancedCode, Message: "bea@example.com is not wanted here"}
	}
	for name, tt := range map[string]struct {
		tell func(k *kit)
		kind errs.Kind
		code string
	}{
		"the sender is refused for good":  {func(k *kit) { k.fake.atMail = say(553) }, errs.Invalid, "553"},
		"the address is refused for good": {func(k *kit) { k.fake.atRcpt = say(550) }, errs.Invalid, "550"},
		"the address is refused for now":  {func(k *kit) { k.fake.atRcpt = say(450) }, errs.Unavailable, "450"},
		"the mail is refused for good":    {func(k *kit) { k.fake.atData = say(554) }, errs.Invalid, "554"},
		"the mail is refused for now":     {func(k *kit) { k.fake.atData = say(451) }, errs.Unavailable, "451"},
		"nobody signed in":                {func(k *kit) { k.account.User = "" }, errs.Denied, "530"},
		"another user":                    {func(k *kit) { k.account.User = "other" }, errs.Denied, "535"},
		"no way to sign in":               {func(k *kit) { k.fake.noAuth = true }, errs.Denied, "no_auth"},
		"nobody listens":                  {func(k *kit) { k.conns.to = "127.0.0.1:1" }, errs.Unavailable, "network"},
		"no server's name":                {func(k *kit) { k.account.Host = "" }, errs.Invalid, "host"},
	} {
		t.Run(name, func(t *testing.T) {
			k := newKit(t, how{})
			tt.tell(k)
			_, err := k.Send(t.Context(), k.account, testMail())
			if errs.KindOf(err) != tt.kind || errs.CodeOf(err) != tt.code || errors.Is(err, port.ErrUnknown) {
				t.Fatalf("got %v (%v)", err, errs.KindOf(err))
			}
			if strings.Contains(err.Error(), "bea@") || strings.Contains(err.Error(), testPassword) {
				t.Errorf("the error says too much: %v", err)
			}
			if k.conns.open != 0 {
				t.Error("the connection is open")
			}
			if k.conns.result != "" && k.conns.result != tt.code {
				t.Errorf("noted %q", k.conns.result)
			}
		})
	}
}

func TestAMailWhoseEndNobodySawIsUnknown(t *testing.T) {
	for name, tell := range map[string]func(f *fake){
		"the server hangs up":        func(f *fake) { f.drop = true },
		"the server does not answer": func(f *fake) { f.hang = true },
	} {
		t.Run(name, func(t *testing.T) {
			k := newKit(t, how{})
			tell(k.fake)
			_, err := k.Send(t.Context(), k.account, testMail())
			if !errors.Is(err, port.ErrUnknown) || k.conns.result != "unknown" {
				t.Errorf("got %v, noted %q", err, k.conns.result)
			}
			if len(k.fake.got()) != 1 {
				t.Error("the server has no mail: the test shows nothing")
			}
		})
	}
}

func TestNothingIsSaidWithoutTLS(t *testing.T) {
	for name, tt := range map[string]struct {
		h    how
		code string
	}{
		"a server without STARTTLS":                {how{unnamed: true}, "no_tls"},
		"a certificate for another name":           {how{cert: certificate(t, "mail.example.org")}, "tls"},
		"TLS from the first byte for another name": {how{cert: certificate(t, "mail.example.org"), implicit: true}, "tls"},
	} {
		t.Run(name, func(t *testing.T) {
			k := newKit(t, tt.h)
			_, err := k.Send(t.Context(), k.account, testMail())
			if errs.KindOf(err) != errs.Unavailable || errs.CodeOf(err) != tt.code || len(k.fake.got()) != 0 {
				t.Errorf("got %v, the server has %d mails", err, len(k.fake.got()))
			}
		})
	}
	t.Run("a certificate that nobody vouches for", func(t *testing.T) {
		k := newKit(t, how{cert: certificate(t, "127.0.0.1")})
		k.cfg.tls.roots = nil
		if err := k.Check(t.Context(), k.account, []byte(testPassword)); errs.CodeOf(err) != "tls" {
			t.Errorf("got %v", err)
		}
	})
}

func TestOnlyANamedLoopbackServerIsSpokenToPlainly(t *testing.T) {
	p := New(Config{Named: []string{"127.0.0.1:1025", "LOCALHOST:1025", "mail.example.com:587", "[::1]:1025", "10.0.0.5:25"}})
	for host, want := range map[string]bool{"127.0.0.1": true, "localhost": true, "::1": true, "127.0.0.2": false, "mail.example.com": false, "10.0.0.5": false} {
		for _, number := range []int{1025, 587, 25} {
			if got := p.plain(port.MailAccount{Host: host, Port: number}); got != (want && number == 1025) {
				t.Errorf("%s:%d plain: %v", host, number, got)
			}
		}
	}
}

func TestNoHeadIsBrokenOutOf(t *testing.T) {
	k := newKit(t, how{})
	for name, change := range map[string]func(m *port.Mail){
		"subject":     func(m *port.Mail) { m.Subject = "x\r\nBcc: eve@example.com" },
		"sender":      func(m *port.Mail) { m.From = "x\n <mail@brightwater.example>" },
		"address":     func(m *port.Mail) { m.To = "bea@example.com\r\nRCPT TO:<eve@example.com>" },
		"id":          func(m *port.Mail) { m.ID = "1>\nBcc: eve@example.com" },
		"unsubscribe": func(m *port.Mail) { m.Unsubscribe = "https://crm.example.com/\nBcc: eve@example.com" },
		"no address":  func(m *port.Mail) { m.To = "bea" },
		"two of them": func(m *port.Mail) { m.To = "bea@example.com, eve@example.com" },
	} {
		m := testMail()
		change(&m)
		if _, err := k.Send(t.Context(), k.account, m); errs.KindOf(err) != errs.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := k.fake.got(); len(got) != 0 || len(k.uses) != 0 {
		t.Errorf("something went out: %+v, %v", got, k.uses)
	}
}

func TestCheckSignsInAndSendsNothing(t *testing.T) {
	k := newKit(t, how{cert: certificate(t, "127.0.0.1")})
	for name, tt := range map[string]struct{ typed, code string }{
		"the right password": {testPassword, ""}, "the stored one": {"", ""}, "a wrong one": {"wrong", "535"},
	} {
		if err := k.Check(t.Context(), k.account, []byte(tt.typed)); errs.CodeOf(err) != tt.code {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(k.fake.got()) != 0 || len(k.uses) != 1 || k.uses[0] != "smtp/password/check" {
		t.Errorf("mails %v, uses %v", k.fake.got(), k.uses)
	}
}

func TestGreeting(t *testing.T) {
	for host, want := range map[string]string{"crm.example.com": "crm.example.com", "10.0.0.1": "[10.0.0.1]", "::1": "[IPv6:::1]", "": "localhost", "localhost": "localhost"} {
		if got := greeting(host); got != want {
			t.Errorf("%q greets as %q", host, got)
		}
	}
}
