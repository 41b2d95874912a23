package activity_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"stead/app/access"
	"stead/app/activity"
	"stead/app/apptest"
	"stead/app/errs"
	"stead/store"
)

// crew is a house with an agent, Ben, who works on a contact of his own and on
// one of the owner's.
func crew(t *testing.T) (h *apptest.House, svc *activity.Service, ben access.Actor) {
	t.Helper()
	h = apptest.Start(t, apptest.Options{})
	ctx := t.Context()
	users, err := h.Store().Users(ctx)
	if err != nil {
		t.Fatal(err)
	}
	at := h.Clock.Now().UnixMilli()
	err = h.Store().InTx(ctx, func(tx *store.Tx) error {
		ben := store.User{ID: "ben", Name: "Ben Novak", Email: "ben@example.com", EmailKey: "ben@example.com", Role: access.RoleAgent, CreatedAt: at, UpdatedAt: at}
		if err := tx.InsertUser(ctx, ben); err != nil {
			return err
		}
		for _, c := range []store.Contact{
			{ID: "bens", Name: "Beatrix Bloom", OwnerID: "ben", Source: "manual", CreatedAt: at, LastActivityAt: at},
			{ID: "anas", Name: "Agatha Ashdown", OwnerID: users[0].ID, Source: "manual", CreatedAt: at, LastActivityAt: at},
		} {
			if err := tx.InsertContact(ctx, c, nil, nil); err != nil {
				return err
			}
		}
		for _, e := range []store.AuditEntry{
			{Action: "contact.read", Actor: "ben", Object: "bens", ContactID: "bens", At: at},
			{Action: "contact.changed", Actor: "ben", Object: "anas", ContactID: "anas", At: at},
			{Action: "user.role_changed", Actor: "ben", Object: users[0].ID, Address: "203.0.113.5", At: at},
			{Action: "contact.read", Actor: users[0].ID, Object: "anas", ContactID: "anas", At: at},
		} {
			if err := tx.Audit(ctx, e); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	u, err := h.Store().User(ctx, "ben")
	if err != nil {
		t.Fatal(err)
	}
	if ben, err = access.For(ctx, &h.Store().Reader, u); err != nil {
		t.Fatal(err)
	}
	ben.May[access.ContactsRead] = access.Own
	return h, activity.New(activity.Deps{Store: h.Store(), Now: h.Clock.Now}), ben
}

func TestAPageShowsWhatAColleagueDid(t *testing.T) {
	h, _, _ := crew(t)
	owner := h.SignedIn()
	p := owner.Get("/settings/team/ben/activity")
	for _, part := range []string{"What Ben Novak did", "Today", "Opened the card", "Beatrix Bloom", "Changed the contact", "Agatha Ashdown", "Changed the role", apptest.Owner} {
		if !strings.Contains(p.Body, part) {
			t.Errorf("the page lacks %q", part)
		}
	}
	if p.Status != http.StatusOK || strings.Contains(p.Body, "203.0.113.5") {
		t.Errorf("status %d, or the page says where somebody was", p.Status)
	}
	if own := owner.Get("/account/activity"); !strings.Contains(own.Body, "What you did") || !strings.Contains(own.Body, "Signed in") || strings.Contains(own.Body, "Beatrix") {
		t.Errorf("one's own page: %d", own.Status)
	}
	if got := owner.Get("/settings/team/nobody/activity").Status; got != http.StatusNotFound {
		t.Errorf("nobody's activity answers %d", got)
	}
}

// Each role reads what it may, of whom it may.
func TestActivityGoesNoFurtherThanTheRole(t *testing.T) {
	h, svc, ben := crew(t)
	lead := access.Actor{ID: "lead", Kind: access.User, Mates: []string{"lead", "ben"}, May: map[access.Permission]access.Reach{
		access.ActivityRead: access.Team, access.ContactsRead: access.Own,
	}}
	stranger := lead
	stranger.Mates = []string{"lead"}
	none := access.Actor{ID: "none", Kind: access.User, May: map[access.Permission]access.Reach{access.ContactsRead: access.All}}
	removed := access.Actor{ID: "ben", Kind: access.User}
	for name, tc := range map[string]struct {
		reader access.Actor
		sees   string
		denied errs.Kind
	}{
		"the owner sees whose data it was":        {access.Owner("o"), "[Ana Costa] [Agatha Ashdown] [Beatrix Bloom]", 0},
		"himself, his own contact and what hides": {ben, "[Ana Costa] [?] [Beatrix Bloom]", 0},
		"himself without any right":               {removed, "[] [?] [?]", 0},
		"a team's lead sees acts, not people":     {lead, "[] [?] [?]", 0},
		"another team's lead sees nobody":         {stranger, "", errs.NotFound},
		"without the right":                       {none, "", errs.Denied},
		"nobody":                                  {access.Actor{}, "", errs.Denied},
	} {
		t.Run(name, func(t *testing.T) {
			_, list, next, err := svc.Of(t.Context(), tc.reader, "ben", "", 10)
			if tc.sees == "" {
				if err == nil || errs.KindOf(err) != tc.denied {
					t.Errorf("err = %v", err)
				}
				return
			}
			var got []string
			for _, a := range list {
				if a.Hidden {
					a.Whose = "?"
				}
				got = append(got, "["+a.Whose+"]")
			}
			if err != nil || strings.Join(got, " ") != tc.sees || next != "" {
				t.Errorf("sees %v, %v, next %q; want %s", got, err, next, tc.sees)
			}
		})
	}
	if got := h.As(none, "GET", "/settings/team/ben/activity"); got != http.StatusForbidden {
		t.Errorf("without the right the page answers %d", got)
	}
}

func TestPagesOfActivityFollowEachOther(t *testing.T) {
	h, svc, _ := crew(t)
	err := h.Store().InTx(t.Context(), func(tx *store.Tx) error {
		for i := range 25 {
			if err := tx.Audit(t.Context(), store.AuditEntry{Action: "backup.created", Actor: "ben", Object: fmt.Sprint(i), At: h.Clock.Now().UnixMilli()}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	seen, after := 0, ""
	for range 5 {
		_, list, next, err := svc.Of(t.Context(), access.Owner("o"), "ben", after, 10)
		if err != nil {
			t.Fatal(err)
		}
		seen += len(list)
		if after = next; next == "" {
			break
		}
	}
	if seen != 28 || after != "" {
		t.Errorf("%d acts on the pages, want 28", seen)
	}
}
