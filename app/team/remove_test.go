package team_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"stead/app/access"
	"stead/app/apptest"
	"stead/store"
)

// work gives somebody a contact with a conversation and an open task.
func work(t *testing.T, h *apptest.House, owner string, names ...string) {
	t.Helper()
	at := h.Clock.Now().UnixMilli() // an older one the sweep takes
	h.Change("contact.assigned", owner, func(tx *store.Tx) error {
		for _, name := range names {
			c := store.Contact{ID: name, Name: name, Source: "manual", CreatedAt: at, LastActivityAt: at}
			if err := tx.InsertContact(t.Context(), c, nil, nil); err != nil {
				return err
			}
			v, err := tx.EnsureConversation(t.Context(), name, "v-"+name, at)
			if err != nil {
				return err
			}
			if err := tx.AssignContact(t.Context(), name, owner, at); err != nil {
				return err
			}
			if err := tx.AssignConversation(t.Context(), v.ID, owner); err != nil {
				return err
			}
			if err := tx.InsertTask(t.Context(), store.Task{ID: "t-" + name, ContactID: name, Kind: "call_back", OwnerID: owner, DueAt: at, CreatedAt: at}); err != nil {
				return err
			}
		}
		return nil
	})
}

// wins gives somebody deals: one is won, one is in the bin.
func wins(t *testing.T, h *apptest.House, owner string) {
	t.Helper()
	at := h.Clock.Now().UnixMilli()
	ways, err := h.Store().Pipelines(t.Context())
	if err != nil || len(ways) == 0 {
		t.Fatal(ways, err)
	}
	p := ways[0]
	won := slices.IndexFunc(p.Stages, func(s store.Stage) bool { return s.Kind == store.DealWon })
	h.Change("deal.assigned", owner, func(tx *store.Tx) error {
		for i, stage := range []int{0, won, 0} {
			d := store.Deal{ID: fmt.Sprint("deal-", i), PipelineID: p.ID, StageID: p.Stages[stage].ID, OwnerID: owner, Currency: "EUR", Source: "manual", CreatedAt: at}
			if _, err := tx.InsertDeal(t.Context(), d, d.ID+"-stay"); err != nil {
				return err
			}
		}
		return tx.BinDeal(t.Context(), "deal-2", owner, at)
	})
}

// wasInvited has somebody have come by an invitation.
func wasInvited(t *testing.T, h *apptest.House, u store.User) {
	t.Helper()
	i := store.Invitation{ID: "i-" + u.ID, Name: u.Name, Email: u.Email, EmailKey: u.EmailKey, Role: u.Role, InvitedBy: ownerOf(t, h).ID, CreatedAt: 1, ExpiresAt: 1 << 50}
	write(t, h, func(tx *store.Tx) error {
		if err := tx.InsertInvitation(t.Context(), i); err != nil {
			return err
		}
		if err := tx.LinkInvitation(t.Context(), i.ID, "hash"); err != nil {
			return err
		}
		return tx.AcceptInvitation(t.Context(), i.ID, "hash", 2)
	})
}

// isUninvited tells that nothing is left of it.
func isUninvited(t *testing.T, h *apptest.House, u store.User) {
	t.Helper()
	if i, err := h.Store().Invitation(t.Context(), "i-"+u.ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the invitation still says %+v, %v", i, err)
	}
}

func workOf(t *testing.T, h *apptest.House, id string) store.Work {
	t.Helper()
	w, err := h.Store().WorkOf(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// One screen gives everything away and ends the account: the next request, what
// is being typed, and a stream that is open.
func TestRemovalInOneScreen(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	leaver := h.Hire(apptest.Colleague{Name: "Bo Larsen", Role: access.RoleAgent})
	heir := h.Hire(apptest.Colleague{Name: "Cleo Park", Role: access.RoleAgent})
	wasInvited(t, h, leaver)
	work(t, h, leaver.ID, "anna", "berta")
	wins(t, h, leaver.ID)
	theirs := h.SignIn(leaver)
	stream := apptest.Lines(theirs.Stream("/live").Body)
	stream.Until(t, ": open")

	c := h.SignedIn()
	page := c.Get("/settings/team/" + leaver.ID + "/removal")
	for _, text := range []string{"Remove Bo Larsen", "2 contacts", "3 deals", "2 conversations", "2 open tasks", "Cleo Park", "Nobody: whoever comes first"} {
		if !strings.Contains(page.Body, text) {
			t.Errorf("the screen lacks %q", text)
		}
	}
	bad := c.PostForm("/settings/team/"+leaver.ID+"/removal", url.Values{"contacts_to": {leaver.ID}, "conversations_to": {heir.ID}})
	if bad.Status != http.StatusUnprocessableEntity || !strings.Contains(bad.Body, "Choose somebody else") || !strings.Contains(bad.Body, `value="`+heir.ID+`" selected`) {
		t.Errorf("an heir who leaves answers %d, or forgets what was chosen", bad.Status)
	}
	begin := time.Now()
	p := c.PostForm("/settings/team/"+leaver.ID+"/removal", url.Values{"contacts_to": {heir.ID}, "deals_to": {heir.ID}, "conversations_to": {heir.ID}})
	if p.Status != http.StatusSeeOther {
		t.Fatalf("removing answers %d:\n%s", p.Status, p.Body)
	}
	if !stream.Ended(5*time.Second - time.Since(begin)) {
		t.Error("the stream is open after 5 s")
	}
	if w := workOf(t, h, leaver.ID); w != (store.Work{}) {
		t.Errorf("they still have %+v", w)
	}
	if w := workOf(t, h, heir.ID); w != (store.Work{Contacts: 2, Deals: 3, Conversations: 2}) {
		t.Errorf("the heir has %+v", w)
	}
	typed := theirs.PostForm("/contacts", url.Values{"name": {"typed for minutes"}})
	if typed.Status != http.StatusSeeOther || !strings.HasPrefix(typed.Location, "/login?") {
		t.Fatalf("what they were typing answers %d to %q", typed.Status, typed.Location)
	}
	if why := theirs.Get(typed.Location); !strings.Contains(why.Body, "not signed in any more") || !strings.Contains(why.Body, "was not saved") {
		t.Error("the sign-in page does not say why")
	}
	if read := theirs.Get("/inbox"); !strings.Contains(theirs.Get(read.Location).Body, "not signed in any more") {
		t.Errorf("a page that they open leads to %q, which says nothing", read.Location)
	}
	theirs.Partial = true
	if part := theirs.PostForm("/contacts", url.Values{"name": {"x"}}); part.Status != http.StatusUnauthorized || !strings.Contains(part.Header.Get("HX-Redirect"), "unsaved") {
		t.Errorf("a fragment answers %d, %v", part.Status, part.Header)
	}
	if n, err := h.Store().FlowDrift(t.Context()); n != 0 || err != nil {
		t.Errorf("%d rows of the funnel's sums differ, %v", n, err)
	}
	gone, err := h.Store().User(t.Context(), leaver.ID)
	if err != nil || gone.Name != "Bo Larsen" || gone.Email != "" || gone.PasswordHash != "" {
		t.Errorf("%+v, %v", gone, err)
	}
	isUninvited(t, h, leaver)
	if p := h.Visitor().PostForm("/login", login(leaver.Email, apptest.Password)); p.Status != http.StatusUnprocessableEntity {
		t.Errorf("signing in answers %d", p.Status)
	}
	if p := c.Get("/settings/team/" + leaver.ID); p.Status != http.StatusNotFound {
		t.Errorf("their page answers %d", p.Status)
	}
	// The address is free again.
	if p := c.PostForm("/settings/invitations", invitation("Bo again", leaver.Email, access.RoleAgent)); p.Status != http.StatusSeeOther {
		t.Errorf("inviting the address again answers %d", p.Status)
	}
}

func TestSomebodyDeletesTheirOwnAccount(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	leaver := h.Hire(apptest.Colleague{Name: "Quillon Featherstonehaugh", Role: access.RoleAgent})
	wasInvited(t, h, leaver)
	work(t, h, leaver.ID, "anna")
	c := h.SignIn(leaver)
	if p := c.Get("/account/leave"); p.Status != http.StatusOK || !strings.Contains(p.Body, "1 contact") {
		t.Fatalf("the page answers %d", p.Status)
	}
	wrong := c.PostForm("/account/leave", url.Values{"email": {apptest.Email}})
	if wrong.Status != http.StatusUnprocessableEntity || !strings.Contains(wrong.Body, "not the address") {
		t.Errorf("another address answers %d", wrong.Status)
	}
	form := url.Values{"email": {strings.ToUpper(leaver.Email)}, "contacts_to": {ownerOf(t, h).ID}}
	h.Clock.Advance(10 * time.Minute)
	if p := c.PostForm("/account/leave", form); p.Status == http.StatusSeeOther {
		t.Fatal("done without a fresh proof")
	}
	form.Set("confirm_password", apptest.Password)
	p := c.PostForm("/account/leave", form)
	if p.Status != http.StatusSeeOther || p.Location != "/login?left" {
		t.Fatalf("%d to %q:\n%s", p.Status, p.Location, p.Body)
	}
	gone, err := h.Store().User(t.Context(), leaver.ID)
	if err != nil || gone.Name != "" || gone.Email != "" || gone.Active() {
		t.Errorf("%+v, %v", gone, err)
	}
	isUninvited(t, h, leaver)
	if w := workOf(t, h, ownerOf(t, h).ID); w.Contacts != 1 {
		t.Errorf("the heir has %+v", w)
	}
	if p := c.Get("/inbox"); p.Status != http.StatusSeeOther {
		t.Errorf("still signed in: %d", p.Status)
	}
	if strings.Contains(h.Logs.String(), "Quillon") || strings.Contains(h.Logs.String(), leaver.Email) {
		t.Error("the name or the address is in the log")
	}
	if err := h.Store().Truncate(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"Quillon", leaver.Email} {
		if at := folderHolds(t, h.Config.Data, text); at != "" {
			t.Errorf("%q stands in %s", text, at)
		}
	}
}
