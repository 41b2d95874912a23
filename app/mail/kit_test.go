package mail_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/ids"
	"stead/app/mail"
	"stead/app/port"
	"stead/app/provider/resend"
	"stead/app/vault"
	"stead/app/web"
	"stead/store"
	"stead/store/storetest"
)

const (
	apiKey = "re_0123456789abcdefghijklmnopqrstuv"
	secret = "the password of the mail server"
	public = "https://crm.example.com"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// server stands for a mail server: what it answers, and what it was given.
type server struct {
	mu      sync.Mutex
	answers []error // of the next mails; then they are taken
	checks  []string
	check   error
	mails   []port.Mail
	told    []port.Disclosure
}

func (v *server) Send(ctx context.Context, _ port.MailAccount, m port.Mail) (string, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	d, _ := port.DisclosureOf(ctx)
	v.told = append(v.told, d)
	if len(v.answers) > 0 {
		err := v.answers[0]
		v.answers = v.answers[1:]
		if err != nil {
			return "", err
		}
	}
	v.mails = append(v.mails, m)
	return m.ID, nil
}

func (v *server) Check(_ context.Context, a port.MailAccount, typed []byte) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.checks = append(v.checks, a.Host+" "+a.User+" "+string(typed))
	return v.check
}

// links makes tokens as the team does, and keeps none.
type links struct {
	made []string
	err  error
}

func (l *links) InviteLink(_ context.Context, id string) (string, error) {
	return l.make("/join/", id)
}

func (l *links) ResetLink(_ context.Context, id string) (string, error) {
	return l.make("/reset/", id)
}

// Leads is what the mails about leads ask.
func (l *links) Leads() mail.Leads { return l }

func (l *links) Address(context.Context, string) (string, error) { return "someone@example.com", l.err }

func (l *links) ConfirmLink(_ context.Context, id string) (string, error) {
	return l.make("/f/confirm/", id)
}

func (l *links) make(path, id string) (string, error) {
	if l.err != nil {
		return "", l.err
	}
	token := "planted-" + ids.New() + "-" + id
	l.made = append(l.made, token)
	return path + token, nil
}

type kit struct {
	*mail.Service
	t      *testing.T
	store  *store.Store
	vault  *vault.Vault
	server *server
	resend *resend.Fake
	links  *links
	now    time.Time
	router *web.Router
	actor  access.Actor
}

// newKit is a business of two owners, an agent and somebody who was disabled,
// with mail off.
func newKit(t *testing.T) *kit {
	t.Helper()
	ctx := t.Context()
	k := &kit{t: t, store: storetest.New(t), now: noon, server: &server{}, links: &links{}, actor: access.Owner("ana"), resend: resend.NewFake(apiKey)}
	v, err := vault.Open(ctx, k.store, filepath.Join(t.TempDir(), "stead.key"), k.Time)
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Create(ctx); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = v.Close(context.Background()) })
	k.vault = v
	address, err := k.resend.Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(k.resend.Close)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}} // else it asks again by itself, under the same key
	t.Cleanup(client.CloseIdleConnections)
	k.Service = mail.New(mail.Deps{
		Store: k.store, Vault: v, Links: k.links, Leads: k.links.Leads, Now: k.Time, NewID: ids.New, Log: slog.New(slog.DiscardHandler), URL: public,
		Mailers: map[string]port.Mailer{
			mail.SMTP:   k.server,
			mail.Resend: resend.New(resend.Config{BaseURL: address, HTTP: client, Secrets: v, Now: k.Time, Timeout: time.Second}),
		},
	})
	k.store.React(k.React)
	k.router = web.NewRouter(slog.New(slog.DiscardHandler))
	k.Routes(k.router)
	k.people()
	return k
}

// Time is the kit's clock.
func (k *kit) Time() time.Time { return k.now }

func (k *kit) in(do func(tx *store.Tx) error) {
	k.t.Helper()
	if err := k.store.InTx(k.t.Context(), do); err != nil {
		k.t.Fatal(err)
	}
}

func (k *kit) people() {
	k.t.Helper()
	ctx := k.t.Context()
	k.in(func(tx *store.Tx) error {
		err := tx.InsertBusiness(ctx, store.Business{Name: "Brightwater", Country: "US", Currency: "USD", Timezone: "America/Los_Angeles", Hours: store.DefaultHours(), CreatedAt: 1, UpdatedAt: 1})
		for i, u := range []store.User{
			{ID: "ana", Name: "Ana Costa", Role: access.RoleOwner},
			{ID: "ben", Name: "Ben Okri", Role: access.RoleOwner},
			{ID: "cy", Name: "Cy Young", Role: access.RoleAgent},
			{ID: "dee", Name: "Dee Dee", Role: access.RoleAgent},
		} {
			u.Email, u.EmailKey, u.CreatedAt = u.ID+"@brightwater.example", u.ID+"@brightwater.example", int64(i)
			err = errors.Join(err, tx.InsertUser(ctx, u))
		}
		err = errors.Join(err, tx.DisableUser(ctx, "dee", 9))
		return errors.Join(err, tx.InsertInvitation(ctx, store.Invitation{
			ID: "inv", Name: "Eve Hale", Email: "eve@example.org", EmailKey: "eve@example.org", Role: access.RoleAgent, InvitedBy: "ana",
			CreatedAt: noon.Add(-time.Hour).UnixMilli(), ExpiresAt: noon.Add(7 * 24 * time.Hour).UnixMilli(),
		}))
	})
}

// bySMTP turns mail on; what that tells owners has been sent.
func bySMTP(t *testing.T) *kit {
	t.Helper()
	k := newKit(t)
	if err := k.Connect(t.Context(), k.actor, goodServer()); err != nil {
		t.Fatal(err)
	}
	k.sendAll()
	k.server.mails, k.server.told = nil, nil
	return k
}

func byResend(t *testing.T) *kit {
	t.Helper()
	k := newKit(t)
	if err := k.Connect(t.Context(), k.actor, goodResend()); err != nil {
		t.Fatal(err)
	}
	k.sendAll()
	return k
}

func goodServer() mail.Connection {
	return mail.Connection{Provider: mail.SMTP, Host: "smtp.example.com", Port: "587", User: "stead", FromName: "Brightwater", From: "mail@brightwater.example", Secret: vault.Secret(secret)}
}

func goodResend() mail.Connection {
	return mail.Connection{Provider: mail.Resend, FromName: "Brightwater", From: "mail@brightwater.example", Secret: vault.Secret(apiKey)}
}

// happens emits an event, as whatever it tells of would.
func (k *kit) happens(e store.Event) {
	k.t.Helper()
	e.ID, e.At = ids.New(), k.now.UnixMilli()
	k.in(func(tx *store.Tx) error { return tx.Emit(k.t.Context(), e) })
}

// queued are the ids of what waits, oldest first.
func (k *kit) queued() []string {
	k.t.Helper()
	rows, err := k.store.MailsIn(k.t.Context(), store.MailQueued, 100)
	if err != nil {
		k.t.Fatal(err)
	}
	var out []string
	for _, m := range rows {
		out = append(out, m.ID)
	}
	return out
}

// sendAll does the work of every mail that waits, once.
func (k *kit) sendAll() {
	k.t.Helper()
	for _, id := range k.queued() {
		if err := k.Send(k.t.Context(), mail.SendMail{ID: id}); err != nil {
			k.t.Fatal(err)
		}
	}
}

// rows say of each mail what, to whom and how it stands, in a fixed order.
func (k *kit) rows() []string {
	k.t.Helper()
	all, err := k.store.RecentMails(k.t.Context(), 100)
	if err != nil {
		k.t.Fatal(err)
	}
	var out []string
	for _, m := range all {
		if m.Template != "connected" {
			out = append(out, strings.TrimSpace(strings.Join([]string{m.Template, m.UserID + m.InvitationID, m.State, m.ErrorCode}, " ")))
		}
	}
	slices.Sort(out)
	return out
}

func (k *kit) wantRows(what string, want ...string) {
	k.t.Helper()
	if got := k.rows(); !slices.Equal(got, want) {
		k.t.Errorf("%s: rows %q, want %q", what, got, want)
	}
}

// only is the one mail that there is of a template.
func (k *kit) only(template string) store.Mail {
	k.t.Helper()
	all, err := k.store.RecentMails(k.t.Context(), 100)
	if err != nil {
		k.t.Fatal(err)
	}
	var found []store.Mail
	for _, m := range all {
		if m.Template == template {
			found = append(found, m)
		}
	}
	if len(found) != 1 {
		k.t.Fatalf("%d mails of %s", len(found), template)
	}
	return found[0]
}

func (k *kit) state() string {
	k.t.Helper()
	set, err := k.store.MailSettings(k.t.Context())
	if err != nil {
		k.t.Fatal(err)
	}
	c, err := k.store.Connection(k.t.Context(), set.Provider)
	if errors.Is(err, store.ErrNotFound) {
		return "none"
	}
	if err != nil {
		k.t.Fatal(err)
	}
	return strings.TrimSpace(c.State + " " + c.ErrorCode)
}

func unavailable(code string, after time.Duration) error {
	return &errs.Error{Kind: errs.Unavailable, Code: code, RetryAfter: after}
}

// page is what a route answered.
type page struct {
	status   int
	location string
	body     string
}

func (k *kit) ask(method, path string, form url.Values) page {
	k.t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r := httptest.NewRequest(method, path, body).WithContext(web.WithActor(k.t.Context(), k.actor))
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	w := httptest.NewRecorder()
	k.router.Confirm = func(http.ResponseWriter, *http.Request) (bool, error) { return true, nil }
	k.router.ServeHTTP(w, r)
	return page{w.Code, w.Header().Get("Location"), w.Body.String()}
}

func (p page) want(t *testing.T, status int, texts ...string) {
	t.Helper()
	if p.status != status {
		t.Errorf("status %d, want %d", p.status, status)
	}
	for _, text := range texts {
		if !strings.Contains(p.body, text) {
			t.Errorf("%q is not on the page", text)
		}
	}
}

func (p page) without(t *testing.T, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if strings.Contains(p.body, text) {
			t.Errorf("%q is on the page", text)
		}
	}
}
