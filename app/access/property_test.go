package access_test

import (
	"fmt"
	"maps"
	"testing"

	"pgregory.net/rapid"

	"stead/app/access"
	"stead/store"
	"stead/store/storetest"
)

// permissions are all that there are, and one that no version knows.
func permissions() []access.Permission {
	out := []access.Permission{"deals.imagine", access.DemoRun}
	for _, r := range access.Rights() {
		out = append(out, r.Permission)
	}
	return out
}

func reaches() []access.Reach { return []access.Reach{0, access.Own, access.Team, access.All} }

// grants draws what some role may.
func grants(t *rapid.T, label string) map[access.Permission]access.Reach {
	return rapid.MapOf(rapid.SampledFrom(permissions()), rapid.SampledFrom(reaches())).Draw(t, label)
}

func role(id string) access.Role {
	for _, r := range access.OwnRoles() {
		if r.ID == id {
			return r
		}
	}
	panic(id)
}

// A higher role may all that a lower one may, to at least the same records.
func TestHigherRolesMayAllThatLowerOnesMay(t *testing.T) {
	order := []string{access.RoleAgent, access.RoleManager, access.RoleAdmin, access.RoleOwner}
	for _, pair := range append([][2]string{{access.RoleViewer, access.RoleManager}, {access.RolePrivacy, access.RoleAdmin}}, steps(order)...) {
		low, high := role(pair[0]), role(pair[1])
		for p, reach := range low.May {
			if high.May[p] < reach {
				t.Errorf("%s reaches %d of %s, %s only %d", low.ID, reach, p, high.ID, high.May[p])
			}
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		at := rapid.IntRange(0, len(order)-2).Draw(t, "step")
		p := rapid.SampledFrom(permissions()).Draw(t, "permission")
		object := access.Object{Owner: rapid.SampledFrom([]string{"", "me", "mate", "stranger"}).Draw(t, "owner")}
		low := access.Actor{ID: "me", May: role(order[at]).May, Mates: []string{"me", "mate"}}
		high := access.Actor{ID: "me", May: role(order[at+1]).May, Mates: low.Mates}
		if access.May(low, p, object) && !access.May(high, p, object) {
			t.Fatalf("%s may %s of %q, %s may not", order[at], p, object.Owner, order[at+1])
		}
	})
}

func steps(order []string) (out [][2]string) {
	for i := range order[1:] {
		out = append(out, [2]string{order[i], order[i+1]})
	}
	return out
}

// What a list holds and what Allow allows is the same, whoever asks for
// whatever: asked of a real database, whose rows of each owner count 1, 2, 4, 8.
func TestScopeHoldsWhatAllowAllows(t *testing.T) {
	st := storetest.New(t)
	owners := []string{"", "me", "mate", "stranger"}
	plant(t, st, owners)
	rapid.Check(t, func(rt *rapid.T) {
		p := rapid.SampledFrom(permissions()).Draw(rt, "permission")
		a := access.Actor{
			ID:    rapid.SampledFrom([]string{"me", "mate", "other", ""}).Draw(rt, "id"),
			May:   grants(rt, "may"),
			Mates: rapid.SliceOfDistinct(rapid.SampledFrom([]string{"me", "mate", "other"}), rapid.ID[string]).Draw(rt, "mates"),
		}
		want := int64(0)
		for i, owner := range owners {
			if access.Allow(a, p, access.Object{Owner: owner}) == nil {
				want += 1 << i
			}
		}
		scope := access.Scope(a, p)
		f, err := st.Frame(t.Context(), store.FrameOf{Inbox: scope, Tasks: scope})
		if err != nil || f.Unread != want || f.Tasks != want {
			rt.Fatalf("%+v: %s holds %04b conversations and %04b tasks, allowed are %04b (%v)", a, p, f.Unread, f.Tasks, want, err)
		}
	})
}

func plant(t *testing.T, st *store.Store, owners []string) {
	t.Helper()
	ctx, n := t.Context(), 0
	err := st.InTx(ctx, func(tx *store.Tx) error {
		for i, owner := range owners {
			for range 1 << i {
				n++
				id := fmt.Sprint(n)
				if err := tx.InsertContact(ctx, store.Contact{ID: "c" + id, Source: "manual"}, nil, nil); err != nil {
					return err
				}
				if _, err := tx.EnsureConversation(ctx, "c"+id, "v"+id, 1); err != nil {
					return err
				}
				if err := tx.MoveConversation(ctx, "v"+id, store.Move{At: 1, Unread: 1}); err != nil {
					return err
				}
				if err := tx.AssignConversation(ctx, "v"+id, owner); err != nil {
					return err
				}
				if err := tx.InsertTask(ctx, store.Task{ID: "t" + id, ContactID: "c" + id, Kind: "call_back", OwnerID: owner}); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// What is written down of a role is read back as it was, but for what no role of
// the business may hold and what no version knows.
func TestGrantsAreReadAsTheyWereWritten(t *testing.T) {
	scoped, known := map[access.Permission]bool{}, map[access.Permission]bool{}
	for _, r := range access.Rights() {
		known[r.Permission], scoped[r.Permission] = true, r.Scoped
	}
	rapid.Check(t, func(t *rapid.T) {
		may := grants(t, "may")
		want := map[access.Permission]access.Reach{}
		for p, reach := range may {
			if reach == 0 || !known[p] || access.OwnersOnly(p) {
				continue
			}
			if !scoped[p] {
				reach = access.All
			}
			want[p] = reach
		}
		got, err := access.ParseGrants(access.FormatGrants(may))
		if err != nil || !maps.Equal(got, want) {
			t.Fatalf("%v became %v, want %v (%v)", may, got, want, err)
		}
		again, err := access.ParseGrants(access.FormatGrants(got))
		if err != nil || !maps.Equal(again, got) {
			t.Fatalf("%v became %v when written once more (%v)", got, again, err)
		}
	})
}

func TestGrantsThatNobodyWrote(t *testing.T) {
	for name, tt := range map[string]struct {
		text string
		want map[access.Permission]access.Reach
		ok   bool
	}{
		"a right of a later version grants nothing": {`{"deals.imagine":"all"}`, map[access.Permission]access.Reach{}, true},
		"closing the business is never granted":     {`{"business.close":"all"}`, map[access.Permission]access.Reach{}, true},
		"the demonstration is never granted":        {`{"demo.run":"all"}`, map[access.Permission]access.Reach{}, true},
		"an unknown reach grants nothing":           {`{"contacts.read":"ALL","inbox.read":"everything","tasks.write":""}`, map[access.Permission]access.Reach{}, true},
		"a right without a reach is had or not":     {`{"audit.read":"own"}`, map[access.Permission]access.Reach{access.AuditRead: access.All}, true},
		"what is no JSON is an error":               {`contacts.read`, nil, false},
		"a list is an error":                        {`["contacts.read"]`, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := access.ParseGrants(tt.text)
			if (err == nil) != tt.ok || tt.ok && !maps.Equal(got, tt.want) {
				t.Errorf("got %v, %v; want %v", got, err, tt.want)
			}
		})
	}
}

// Whoever covers a role may all that it may: nobody hands out more than they have.
func TestCovers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := access.Actor{ID: "me", May: grants(t, "actor")}
		r := access.Role{ID: "r", May: grants(t, "role")}
		want := true
		for _, p := range permissions() {
			if p != access.DemoRun && r.May[p] > a.May[p] {
				want = false
			}
		}
		if got := access.Covers(a, r); got != want {
			t.Fatalf("%v covers %v: %v, want %v", a.May, r.May, got, want)
		}
		if a.ID = ""; access.Covers(a, r) {
			t.Fatal("nobody covers something")
		}
	})
	admin := access.Actor{ID: "me", May: role(access.RoleAdmin).May}
	for id, want := range map[string]bool{
		access.RoleOwner: false, access.RoleAdmin: true, access.RoleManager: true, access.RoleAgent: true, access.RoleViewer: true, access.RolePrivacy: true,
	} {
		if got := access.Covers(admin, role(id)); got != want {
			t.Errorf("an admin covers %s: %v, want %v", id, got, want)
		}
	}
}

// Every right is given to somebody, and each says what it is in words.
func TestEveryRightIsSomebodysAndHasWords(t *testing.T) {
	seen := map[access.Permission]bool{}
	for _, r := range access.Rights() {
		if r.Label == "" || r.Group == "" || seen[r.Permission] {
			t.Errorf("%+v has no words, or stands there twice", r)
		}
		seen[r.Permission] = true
		if role(access.RoleOwner).May[r.Permission] != access.All {
			t.Errorf("owners may not %s", r.Permission)
		}
	}
	for _, own := range access.OwnRoles() {
		for p := range own.May {
			if !seen[p] && p != access.DemoRun {
				t.Errorf("%s may %s, which no page shows", own.ID, p)
			}
		}
	}
}
