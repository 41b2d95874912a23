package store_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"stead/store"
	"stead/store/storetest"
)

func user(id, role string) store.User {
	return store.User{ID: id, Name: "Name " + id, Email: id + "@x.example", EmailKey: id + "@x.example", PasswordHash: "h", Role: role, CreatedAt: 1, UpdatedAt: 1}
}

func TestRemovedUsersKeepTheirNameAlone(t *testing.T) {
	st := storetest.New(t)
	ctx := t.Context()
	in(t, st, func(tx *store.Tx) error {
		return errors.Join(tx.InsertTeam(ctx, store.TeamGroup{ID: "t1", Name: "Field", NameKey: "field", CreatedAt: 1}),
			tx.InsertUser(ctx, user("u1", "owner")), tx.InsertUser(ctx, user("u2", "agent")), tx.InsertUser(ctx, user("u3", "agent")),
			tx.SetPlace(ctx, "u2", "manager", "t1", 2),
			tx.PutSession(ctx, store.Session{TokenHash: "s", UserID: "u2", Data: []byte("x"), LastSeenAt: 7, ExpiresAt: 9}),
			tx.InsertReset(ctx, store.Reset{TokenHash: "r", UserID: "u2", CreatedAt: 1, ExpiresAt: 9}))
	})
	members, err := st.Members(ctx)
	if err != nil || len(members) != 3 || members[1].Team != "Field" || members[1].Role != "manager" || members[1].LastSeenAt != 7 || members[1].SecondFactor {
		t.Fatalf("%+v, %v", members, err)
	}
	in(t, st, func(tx *store.Tx) error {
		return errors.Join(tx.RemoveUser(ctx, "u2", false, 10), tx.RemoveUser(ctx, "u3", true, 10))
	})
	gone, err := st.User(ctx, "u2")
	if err != nil || gone.Name != "Name u2" || gone.Email != "" || gone.EmailKey != "" || gone.PasswordHash != "" || gone.Role != "" || gone.TeamID != "" || gone.Epoch != 1 || gone.Active() {
		t.Errorf("removed: %+v, %v", gone, err)
	}
	if gone, err := st.User(ctx, "u3"); err != nil || gone.Name != "" {
		t.Errorf("left: %+v, %v", gone, err)
	}
	if _, err := st.Session(ctx, "s"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a session is left: %v", err)
	}
	if _, err := st.Reset(ctx, "r"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a reset link is left: %v", err)
	}
	if members, err := st.Members(ctx); err != nil || len(members) != 1 {
		t.Errorf("members: %v, %v", members, err)
	}
}

// The name of somebody who was removed goes 90 days later, by the rule of the
// data map; who is of the business keeps theirs.
func TestNamesOfTheRemovedAge(t *testing.T) {
	st := storetest.New(t)
	ctx := t.Context()
	const day = 86_400_000
	in(t, st, func(tx *store.Tx) error {
		return errors.Join(tx.InsertUser(ctx, user("u1", "owner")), tx.InsertUser(ctx, user("u2", "agent")), tx.RemoveUser(ctx, "u2", false, 10*day))
	})
	for _, rule := range store.SweepRules() {
		if rule.Table != "users" {
			continue
		}
		for want, at := range []int64{99 * day, 101 * day} {
			var n int64
			in(t, st, func(tx *store.Tx) (err error) {
				n, err = tx.SweepBatch(ctx, rule, at, 10)
				return err
			})
			if n != int64(want) {
				t.Errorf("at day %d: %d names", at/day, n)
			}
		}
	}
	if gone, err := st.User(ctx, "u2"); err != nil || gone.Name != "" {
		t.Errorf("%+v, %v", gone, err)
	}
	if stays, err := st.User(ctx, "u1"); err != nil || stays.Name == "" {
		t.Errorf("%+v, %v", stays, err)
	}
}

func TestHandOverMovesAllOfOnesWork(t *testing.T) {
	st := storetest.New(t)
	ctx := t.Context()
	in(t, st, func(tx *store.Tx) error {
		for _, id := range []string{"a", "b", "c"} {
			if err := tx.InsertContact(ctx, store.Contact{ID: id, Name: id, Source: "manual", CreatedAt: 1, LastActivityAt: 1}, nil, nil); err != nil {
				return err
			}
			_, err := tx.EnsureConversation(ctx, id, "v-"+id, 1)
			owner := "u1"
			if id == "c" {
				owner = "u2"
			}
			err = errors.Join(err, tx.AssignContact(ctx, id, owner, 1), tx.AssignConversation(ctx, "v-"+id, owner),
				tx.InsertTask(ctx, store.Task{ID: "t-" + id, ContactID: id, Kind: "call_back", OwnerID: owner, DueAt: 1, CreatedAt: 1}))
			if err != nil {
				return err
			}
		}
		return tx.FinishTask(ctx, "t-a", "u1", 2)
	})
	if w, err := st.WorkOf(ctx, "u1"); err != nil || w != (store.Work{Contacts: 2, Conversations: 2, Tasks: 1}) {
		t.Fatalf("%+v, %v", w, err)
	}
	in(t, st, func(tx *store.Tx) error {
		return tx.HandOver(ctx, "u1", store.Heirs{Contacts: "u2", Tasks: "u3"}, 5)
	})
	for id, want := range map[string]store.Work{"u1": {}, "u2": {Contacts: 3, Conversations: 1, Tasks: 1}, "u3": {Tasks: 1}} {
		if w, err := st.WorkOf(ctx, id); err != nil || w != want {
			t.Errorf("%s: %+v, %v", id, w, err)
		}
	}
	if done, err := st.Task(ctx, "t-a"); err != nil || done.OwnerID != "u1" {
		t.Errorf("what was done moved too: %+v, %v", done, err)
	}
}

// What is won, what is in the bin and where leads go is handed on too.
func TestHandOverMovesDealsAndLeads(t *testing.T) {
	st := storetest.New(t)
	ctx := t.Context()
	pipes(t, st, "p")
	source := func(id, assign string, members ...string) store.LeadSource {
		s := aSource(id)
		s.Assign, s.Members = assign, members
		return s
	}
	in(t, st, func(tx *store.Tx) error {
		for i, stage := range []string{"p-0", "p-4", "p-1", "p-1"} { // open, won, binned, another's
			owner := "u1"
			if i == 3 {
				owner = "u2"
			}
			d := store.Deal{ID: fmt.Sprint("d", i), PipelineID: "p", StageID: stage, OwnerID: owner, Currency: "EUR", Source: "manual", CreatedAt: 5}
			if _, err := tx.InsertDeal(ctx, d, d.ID+"-stay"); err != nil {
				return err
			}
		}
		err := errors.Join(tx.BinDeal(ctx, "d2", "u1", 6), tx.InsertLeadSource(ctx, source("a", store.AssignTurns, "u1", "u3")),
			tx.InsertLeadSource(ctx, source("b", store.AssignOne, "u1")), tx.InsertLeadSource(ctx, source("c", store.AssignOne, "u3")))
		_, took := tx.TakeTurn(ctx, "a", []string{"u1", "u3"})
		return errors.Join(err, took)
	})
	in(t, st, func(tx *store.Tx) error { return tx.HandOver(ctx, "u1", store.Heirs{Deals: "u2"}, 7) })
	for id, want := range map[string]store.Work{"u1": {}, "u2": {Deals: 4}} {
		if w, err := st.WorkOf(ctx, id); err != nil || w != want {
			t.Errorf("%s: %+v, %v", id, w, err)
		}
	}
	in(t, st, func(tx *store.Tx) error { return tx.HandOver(ctx, "u2", store.Heirs{}, 8) })
	if d, err := st.Deal(ctx, "d1"); err != nil || d.OwnerID != "" || d.Version != 3 || d.UpdatedAt != 8 {
		t.Errorf("%+v, %v", d, err)
	}
	if n, err := st.FlowDrift(ctx); n != 0 || err != nil {
		t.Errorf("%d rows of the flow differ, %v", n, err)
	}
	for id, want := range map[string]store.LeadSource{"a": source("a", store.AssignTurns, "u3"), "b": source("b", store.AssignNobody), "c": source("c", store.AssignOne, "u3")} {
		s, err := st.LeadSource(ctx, id)
		if err != nil || s.Assign != want.Assign || !slices.Equal(s.Members, want.Members) {
			t.Errorf("%s goes by %s to %v, %v", id, s.Assign, s.Members, err)
		}
	}
}

func TestOwnersAreCounted(t *testing.T) {
	st := storetest.New(t)
	ctx := t.Context()
	in(t, st, func(tx *store.Tx) error {
		return errors.Join(tx.InsertUser(ctx, user("u1", "owner")), tx.InsertUser(ctx, user("u2", "owner")), tx.InsertUser(ctx, user("u3", "admin")))
	})
	count := func(want int64) {
		t.Helper()
		if n, err := st.OtherOwners(ctx, "u1"); err != nil || n != want {
			t.Errorf("%d others, %v; want %d", n, err, want)
		}
	}
	count(1)
	in(t, st, func(tx *store.Tx) error { return tx.DisableUser(ctx, "u2", 2) })
	count(0)
	in(t, st, func(tx *store.Tx) error { return tx.EnableUser(ctx, "u2", 3) })
	count(1)
	in(t, st, func(tx *store.Tx) error { return tx.SetPasswordHash(ctx, "u2", "", 4) })
	count(0) // there is no way in for them
	in(t, st, func(tx *store.Tx) error {
		return tx.InsertIdentity(ctx, store.Identity{UserID: "u2", Issuer: "https://id.example", Subject: "s", CreatedAt: 4})
	})
	count(1)
	in(t, st, func(tx *store.Tx) error { return tx.RemoveUser(ctx, "u2", false, 5) })
	count(0)
}

// A hash that was made of an older password never comes back.
func TestAHashIsReplacedOnlyWhereItStands(t *testing.T) {
	st := storetest.New(t)
	ctx := t.Context()
	in(t, st, func(tx *store.Tx) error { return tx.InsertUser(ctx, user("u1", "owner")) })
	in(t, st, func(tx *store.Tx) error { return tx.SetPasswordHash(ctx, "u1", "old", 2) })
	for _, step := range []struct {
		do   func(tx *store.Tx) error
		want string
	}{
		{func(tx *store.Tx) error { return tx.ReplacePasswordHash(ctx, "u1", "old", "old, dearer", 3) }, "old, dearer"},
		{func(tx *store.Tx) error { return tx.SetPasswordHash(ctx, "u1", "new", 4) }, "new"},
		{func(tx *store.Tx) error { return tx.ReplacePasswordHash(ctx, "u1", "old, dearer", "old again", 5) }, "new"},
		{func(tx *store.Tx) error { return tx.RemoveUser(ctx, "u1", false, 6) }, ""},
		{func(tx *store.Tx) error { return tx.ReplacePasswordHash(ctx, "u1", "", "back", 7) }, ""},
		{func(tx *store.Tx) error { return tx.SetPasswordHash(ctx, "u1", "back", 8) }, ""},
	} {
		in(t, st, step.do)
		if u, err := st.User(ctx, "u1"); err != nil || u.PasswordHash != step.want {
			t.Errorf("the hash is %q, %v; want %q", u.PasswordHash, err, step.want)
		}
	}
}

func TestClosings(t *testing.T) {
	st := storetest.New(t)
	ctx := t.Context()
	if _, err := st.Closing(ctx); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("nobody asked: %v", err)
	}
	in(t, st, func(tx *store.Tx) error {
		return tx.InsertClosing(ctx, store.Closing{ID: "c1", AskedBy: "u1", AskedAt: 1, PurgeAt: 10})
	})
	if c, err := st.Closing(ctx); err != nil || c.Due(9) || !c.Due(10) {
		t.Errorf("%+v, %v", c, err)
	}
	try := func(fn func(tx *store.Tx) error) error { t.Helper(); return st.InTx(ctx, fn) }
	if err := try(func(tx *store.Tx) error { return tx.FinishClosing(ctx, "c1", "{}", 11) }); !errors.Is(err, store.ErrConflict) {
		t.Errorf("finished before it began: %v", err)
	}
	in(t, st, func(tx *store.Tx) error { return tx.CancelClosing(ctx, "c1", 2) })
	if err := try(func(tx *store.Tx) error { return tx.BeginPurge(ctx, "c1", 11) }); !errors.Is(err, store.ErrConflict) {
		t.Errorf("begun though called off: %v", err)
	}
	in(t, st, func(tx *store.Tx) error {
		return errors.Join(tx.InsertClosing(ctx, store.Closing{ID: "c2", AskedAt: 3, PurgeAt: 12}), tx.BeginPurge(ctx, "c2", 12), tx.BeginPurge(ctx, "c2", 13))
	})
	if err := try(func(tx *store.Tx) error { return tx.CancelClosing(ctx, "c2", 13) }); !errors.Is(err, store.ErrConflict) {
		t.Errorf("called off though begun: %v", err)
	}
	in(t, st, func(tx *store.Tx) error { return tx.FinishClosing(ctx, "c2", `{"people":1}`, 14) })
	if c, err := st.Closing(ctx); err != nil || c.ID != "c2" || c.BegunAt != 12 || c.PurgedAt != 14 || c.Due(20) {
		t.Errorf("%+v, %v", c, err)
	}
}

// The state machine of an invitation: whatever is done to it in whatever order,
// only the newest link of one that is open is accepted, once.
func TestAnInvitationIsAcceptedOnceByItsNewestLink(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		st := storetest.New(t)
		ctx := t.Context()
		try := func(fn func(tx *store.Tx) error) bool { return st.InTx(ctx, fn) == nil }
		if !try(func(tx *store.Tx) error {
			return tx.InsertInvitation(ctx, store.Invitation{ID: "i", Name: "n", Email: "e", EmailKey: "e", Role: "agent", InvitedBy: "u", CreatedAt: 1, ExpiresAt: 100})
		}) {
			r.Fatal("not inserted")
		}
		newest, links, open, accepted := "", 0, true, 0
		r.Repeat(map[string]func(*rapid.T){
			"link": func(r *rapid.T) {
				links++
				hash := string(rune('a' + links%26))
				ok := try(func(tx *store.Tx) error { return tx.LinkInvitation(ctx, "i", hash) })
				if ok != open {
					r.Fatalf("linked: %v, open: %v", ok, open)
				}
				if ok {
					newest = hash
				}
			},
			"renew": func(r *rapid.T) {
				if ok := try(func(tx *store.Tx) error { return tx.RenewInvitation(ctx, "i", "u9", 200) }); ok != open {
					r.Fatalf("renewed: %v, open: %v", ok, open)
				}
				newest = ""
			},
			"accept": func(r *rapid.T) {
				hash := string(rune('a' + rapid.IntRange(0, 25).Draw(r, "link")))
				ok := try(func(tx *store.Tx) error { return tx.AcceptInvitation(ctx, "i", hash, 5) })
				if ok != (open && hash == newest) {
					r.Fatalf("accepted by %q: %v; newest %q, open %v", hash, ok, newest, open)
				}
				if ok {
					open, newest = false, ""
					accepted++
				}
			},
			"revoke": func(r *rapid.T) {
				if ok := try(func(tx *store.Tx) error { return tx.RevokeInvitation(ctx, "i", 6) }); ok != open {
					r.Fatalf("revoked: %v, open: %v", ok, open)
				}
				open, newest = false, ""
			},
			"": func(r *rapid.T) {
				i, err := st.Invitation(ctx, "i")
				if err != nil || i.TokenHash != newest || i.Open(50) != open || accepted > 1 {
					r.Fatalf("%+v, %v; newest %q, open %v, accepted %d", i, err, newest, open, accepted)
				}
			},
		})
	})
}

func TestANewInvitationReplacesTheOlderToTheSameAddress(t *testing.T) {
	st := storetest.New(t)
	ctx := t.Context()
	first := store.Invitation{ID: "i1", Name: "n", Email: "Bo@x", EmailKey: "bo@x", Role: "agent", InvitedBy: "u1", CreatedAt: 1, ExpiresAt: 100}
	second, other := first, first
	second.ID, other.ID, other.EmailKey = "i2", "i3", "other@x"
	in(t, st, func(tx *store.Tx) error {
		return errors.Join(tx.InsertInvitation(ctx, first), tx.LinkInvitation(ctx, "i1", "h1"), tx.InsertInvitation(ctx, other), tx.InsertInvitation(ctx, second))
	})
	if _, err := st.InvitationByToken(ctx, "h1"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the older link: %v", err)
	}
	if all, err := st.WaitingInvitations(ctx); err != nil || len(all) != 2 {
		t.Errorf("%v, %v", all, err)
	}
	in(t, st, func(tx *store.Tx) error { return tx.RevokeInvitationsBy(ctx, "u1", 9) })
	if all, err := st.WaitingInvitations(ctx); err != nil || len(all) != 0 {
		t.Errorf("%v, %v", all, err)
	}
}

func TestAResetIsUsedOnceAndTheNewestAlone(t *testing.T) {
	st := storetest.New(t)
	ctx := t.Context()
	in(t, st, func(tx *store.Tx) error {
		return errors.Join(tx.InsertUser(ctx, user("u1", "owner")),
			tx.InsertReset(ctx, store.Reset{TokenHash: "a", UserID: "u1", CreatedAt: 10, ExpiresAt: 20}),
			tx.InsertReset(ctx, store.Reset{TokenHash: "b", UserID: "u1", CreatedAt: 11, ExpiresAt: 21}))
	})
	if _, err := st.Reset(ctx, "a"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the older link: %v", err)
	}
	x, err := st.Reset(ctx, "b")
	if err != nil || x.Open(10) || !x.Open(11) || !x.Open(20) || x.Open(21) {
		t.Errorf("%+v, %v", x, err)
	}
	in(t, st, func(tx *store.Tx) error { return tx.UseReset(ctx, "b", 12) })
	if err := st.InTx(ctx, func(tx *store.Tx) error { return tx.UseReset(ctx, "b", 13) }); !errors.Is(err, store.ErrConflict) {
		t.Errorf("a second use: %v", err)
	}
	for key, want := range map[string]string{"u1@x.example": "u1", "nobody@x.example": "other"} {
		if id, err := st.ResetTarget(ctx, key, "other"); err != nil || id != want {
			t.Errorf("%s: %q, %v", key, id, err)
		}
	}
}

// An assignment that is taken back after its earlier owner has left gives the work
// to nobody, and the sums of the deals follow.
func TestNothingGoesBackToWhoHasLeft(t *testing.T) {
	st := storetest.New(t)
	ctx := t.Context()
	pipes(t, st, "p")
	in(t, st, func(tx *store.Tx) error {
		err := errors.Join(
			tx.InsertUser(ctx, store.User{ID: "u1", Name: "Ann", Email: "a@x.example", EmailKey: "a@x.example", Role: "agent"}),
			tx.InsertUser(ctx, store.User{ID: "u2", Name: "Bo", Email: "b@x.example", EmailKey: "b@x.example", Role: "agent"}),
			tx.InsertContact(ctx, store.Contact{ID: "c", Name: "c", Source: "manual", OwnerID: "u1", CreatedAt: 1, LastActivityAt: 1}, nil, nil),
			tx.InsertCompany(ctx, store.Company{ID: "k", Name: "k", Source: "manual", OwnerID: "u1", CreatedAt: 1, LastActivityAt: 1}, nil),
			tx.InsertTask(ctx, store.Task{ID: "t", ContactID: "c", Kind: "call_back", OwnerID: "u1", DueAt: 1, CreatedAt: 1}),
			tx.InsertTask(ctx, store.Task{ID: "done", ContactID: "c", Kind: "call_back", OwnerID: "u1", DueAt: 1, CreatedAt: 1}),
		)
		_, talked := tx.EnsureConversation(ctx, "c", "v", 1)
		_, won := tx.InsertDeal(ctx, store.Deal{ID: "d", PipelineID: "p", StageID: "p-0", OwnerID: "u1", Currency: "EUR", Source: "manual", CreatedAt: 5}, "d-stay")
		return errors.Join(err, talked, won, tx.AssignConversation(ctx, "v", "u1"), tx.FinishTask(ctx, "done", "u1", 2))
	})
	in(t, st, func(tx *store.Tx) error {
		watch := func(u *store.Undoing) error {
			return errors.Join(u.Watch(ctx, "contacts", "id", "c"), u.Watch(ctx, "companies", "id", "k"), u.Watch(ctx, "conversations", "id", "v"),
				u.Watch(ctx, "tasks", "id", "t", "done"), u.WatchDeals(ctx, "d"))
		}
		e := store.Event{ID: "undo", Kind: "contact.assigned", Subject: "c", At: 6}
		return tx.RecordUndoable(ctx, store.Undo{ID: "undo", Kind: e.Kind, At: 6}, e, watch, func() error {
			task, err := tx.Task(ctx, "t")
			task.OwnerID = "u2"
			_, binned := tx.BinTask(ctx, "done", 6)
			return errors.Join(err, binned, tx.SaveTask(ctx, task, 6), tx.AssignContact(ctx, "c", "u2", 6), tx.AssignCompany(ctx, "k", "u2", 6), tx.AssignConversation(ctx, "v", "u2"),
				tx.AssignDeal(ctx, "d", "u2", 6))
		})
	})
	in(t, st, func(tx *store.Tx) error {
		return errors.Join(tx.HandOver(ctx, "u1", store.Heirs{}, 7), tx.RemoveUser(ctx, "u1", true, 7))
	})
	in(t, st, func(tx *store.Tx) error { _, err := tx.TakeBack(ctx, "undo", 8); return err })
	for _, id := range []string{"u1", "u2"} {
		if w, err := st.WorkOf(ctx, id); err != nil || w != (store.Work{}) {
			t.Errorf("%s has %+v, %v", id, w, err)
		}
	}
	if done, err := st.Task(ctx, "done"); err != nil || done.OwnerID != "u1" {
		t.Errorf("who did it is forgotten: %+v, %v", done, err)
	}
	if n, err := st.FlowDrift(ctx); n != 0 || err != nil {
		t.Errorf("%d rows of the flow differ, %v", n, err)
	}
}
