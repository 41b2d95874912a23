package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"stead/store"
	"stead/store/storetest"
)

// owners is whose the contacts are in turn: two of one team, one of another, nobody.
var owners = []string{"u1", "u2", "", "u3", ""}

// scopes by name, and which of the owners' records are in each.
var scopes = map[string]struct {
	store.Scope
	in []string
}{
	"nothing":               {store.Scope{}, nil},
	"one's own":             {store.OwnedBy("u1"), []string{"u1"}},
	"the team's":            {store.OwnedBy("u1", "u2", "u1"), []string{"u1", "u2"}},
	"the team's and free":   {store.OwnedBy("u1", "u2").OrFree(), []string{"u1", "u2", ""}},
	"what is free":          {store.OwnedBy().OrFree(), []string{""}},
	"of somebody who is no": {store.OwnedBy("u9"), nil},
	"everything":            {store.Everything, owners},
}

// many has forty contacts whose owners take turns, with names, numbers and last
// activities in orders of their own, each with a conversation, a task and a
// missed call.
func many(t *testing.T) (*store.Store, []store.Contact) {
	t.Helper()
	st := storetest.New(t)
	var all []store.Contact
	for i := range 40 {
		c := store.Contact{
			ID: fmt.Sprintf("c%02d", i), Name: fmt.Sprintf("Name %02d", i*7%40), Company: "Willow", Source: "call",
			OwnerID: owners[i%len(owners)], LastActivityAt: int64(i * 3 % 40 / 2), CreatedAt: 1,
		}
		all = append(all, c)
		inTx(t, st, func(tx *store.Tx) error { return busy(t.Context(), tx, c, int64(i)) })
	}
	return st, all
}

func busy(ctx context.Context, tx *store.Tx, c store.Contact, at int64) error {
	number := "+1503555" + strings.Repeat("0", 2) + c.ID[1:]
	err := tx.InsertContact(ctx, c, []store.Phone{{ID: "p" + c.ID, Typed: number, E164: number}}, []store.Email{{ID: "e" + c.ID, Typed: c.ID + "@x.example"}})
	if err != nil {
		return err
	}
	v, err := tx.EnsureConversation(ctx, c.ID, "v"+c.ID, 1)
	if err != nil {
		return err
	}
	call := store.Call{
		ID: "k" + c.ID, ContactID: c.ID, ConversationID: v.ID, Provider: "twilio", ProviderRef: c.ID, Direction: "in",
		Outcome: store.CallMissed, StartedAt: at,
	}
	return errors.Join(
		tx.MoveConversation(ctx, v.ID, store.Move{At: 100 + at, Unread: 1, Waits: true}), tx.InsertCall(ctx, call),
		tx.InsertTask(ctx, store.Task{ID: "t" + c.ID, ContactID: c.ID, CallID: call.ID, Kind: "call_back", DueAt: at}),
	)
}

func TestContactsOfAScopePageThere(t *testing.T) {
	st, all := many(t)
	for name, scope := range scopes {
		for _, order := range []store.ContactOrder{{}, {Descending: true}, {ByName: true}, {ByName: true, Descending: true}} {
			t.Run(fmt.Sprint(name, order), func(t *testing.T) {
				want := sorted(all, scope.in, order)
				var got, firsts []string
				page := store.ContactPage{}
				for range 20 {
					var err error
					if page, err = st.Contacts(t.Context(), scope.Scope, order, store.Page{After: page.Next, Limit: 7}); err != nil {
						t.Fatal(err)
					}
					got = append(got, ids(page.Rows)...)
					firsts = append(firsts, fmt.Sprint(ids(page.Rows)))
					if page.Next == "" {
						break
					}
				}
				if !slices.Equal(got, want) {
					t.Errorf("forwards %v\nwant     %v", got, want)
				}
				for i := len(firsts) - 2; i >= 0; i-- {
					var err error
					if page, err = st.Contacts(t.Context(), scope.Scope, order, store.Page{After: page.Prev, Limit: 7}); err != nil {
						t.Fatal(err)
					}
					if fmt.Sprint(ids(page.Rows)) != firsts[i] {
						t.Errorf("backwards page %d is %v, want %s", i, ids(page.Rows), firsts[i])
					}
				}
			})
		}
	}
}

// A number that is not shown is not told by the place of its contact either.
func TestAVeiledListKeepsNumbersOutOfItsOrder(t *testing.T) {
	st := storetest.New(t)
	for i, name := range []string{"Bea", "", "Ana", "", "Cleo"} {
		addContact(t, st, store.Contact{ID: fmt.Sprint("c", i), Name: name, OwnerID: "u1"}, fmt.Sprintf("+1503555010%d", 9-i))
	}
	for name, scope := range map[string]store.Scope{"everything": store.Everything, "a scope": store.OwnedBy("u1", "u2")} {
		var got []string
		page := store.ContactPage{}
		for range 9 {
			var err error
			page, err = st.Contacts(t.Context(), scope, store.ContactOrder{ByName: true, Veiled: true}, store.Page{After: page.Next, Limit: 2})
			if err != nil {
				t.Fatal(err)
			}
			if got = append(got, ids(page.Rows)...); page.Next == "" {
				break
			}
		}
		if fmt.Sprint(got) != "[c1 c3 c2 c0 c4]" { // with their numbers it would be c3 c1
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestACursorOfAnothersContactMeansTheFirstPage(t *testing.T) {
	st, all := many(t)
	order := store.ContactOrder{ByName: true}
	foreign := all[slices.IndexFunc(all, func(c store.Contact) bool { return c.OwnerID == "u3" })]
	page, err := st.Contacts(t.Context(), store.OwnedBy("u1"), order, store.Page{After: store.Cursor("n", 0, foreign.ID), Limit: 3})
	if want := sorted(all, []string{"u1"}, order)[:3]; err != nil || !slices.Equal(ids(page.Rows), want) {
		t.Errorf("%v, %v; want %v", ids(page.Rows), err, want)
	}
}

func sorted(all []store.Contact, in []string, order store.ContactOrder) []string {
	of := slices.DeleteFunc(slices.Clone(all), func(c store.Contact) bool { return !slices.Contains(in, c.OwnerID) })
	slices.SortFunc(of, func(a, b store.Contact) int {
		n := int(a.LastActivityAt - b.LastActivityAt)
		if order.ByName {
			n = strings.Compare(a.Name, b.Name)
		}
		if n == 0 {
			n = strings.Compare(a.ID, b.ID)
		}
		if order.Descending {
			n = -n
		}
		return n
	})
	var out []string
	for _, c := range of {
		out = append(out, c.ID)
	}
	return out
}

func TestRowsTellWhoseTheyAre(t *testing.T) {
	st, all := many(t)
	for name, list := range map[string]func() (store.ContactPage, error){
		"a list of all": func() (store.ContactPage, error) {
			return st.Contacts(t.Context(), store.Everything, store.ContactOrder{Owners: true}, store.Page{Limit: 100})
		},
		"a list of some": func() (store.ContactPage, error) {
			return st.Contacts(t.Context(), store.OwnedBy("u1", "u2"), store.ContactOrder{}, store.Page{Limit: 100})
		},
		"a search": func() (store.ContactPage, error) {
			return st.FindContacts(t.Context(), store.Everything, "willow", store.Page{Limit: 100})
		},
	} {
		page, err := list()
		if err != nil || len(page.Rows) == 0 {
			t.Fatalf("%s: %d rows, %v", name, len(page.Rows), err)
		}
		for _, c := range page.Rows {
			if i := slices.IndexFunc(all, func(o store.Contact) bool { return o.ID == c.ID }); c.OwnerID != all[i].OwnerID {
				t.Errorf("%s: %s is %q's, want %q", name, c.ID, c.OwnerID, all[i].OwnerID)
			}
		}
	}
}

// What is out of reach is no hit, fills no page and keeps no part of a word from
// being looked for.
func TestSearchKeepsToItsScope(t *testing.T) {
	st, all := many(t)
	for name, scope := range scopes {
		for _, query := range []string{"willow", "name", "illow", "503555", "0033", "+1503555003", "c0", "nobody"} {
			want := map[string]bool{}
			whole, err := st.FindContacts(t.Context(), store.Everything, query, store.Page{Limit: 100})
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range whole.Rows {
				if slices.Contains(scope.in, c.OwnerID) {
					want[c.ID] = true
				}
			}
			got, page := map[string]bool{}, store.ContactPage{}
			for range len(all) {
				if page, err = st.FindContacts(t.Context(), scope.Scope, query, store.Page{After: page.Next, Limit: 3}); err != nil {
					t.Fatal(err)
				}
				if len(page.Rows) == 0 && len(want) > len(got) || page.Next != "" && len(page.Rows) != 3 {
					t.Errorf("%s, %q: a page of %d rows, next %q", name, query, len(page.Rows), page.Next)
				}
				for _, c := range page.Rows {
					if got[c.ID] {
						t.Errorf("%s, %q: %s twice", name, query, c.ID)
					}
					got[c.ID] = true
				}
				if page.Next == "" {
					break
				}
			}
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%s, %q: %v, want %v", name, query, got, want)
			}
		}
	}
}

func TestAWideNumberKeepsToItsScope(t *testing.T) {
	st := storetest.New(t)
	inTx(t, st, func(tx *store.Tx) error {
		for i := range 2100 {
			number := fmt.Sprintf("+49151%07d", i)
			c := store.Contact{ID: fmt.Sprintf("c%04d", i), Source: "call"}
			if i == 7 || i == 1800 {
				c.OwnerID = "u1"
			}
			if err := tx.InsertContact(t.Context(), c, []store.Phone{{ID: "p" + c.ID, Typed: number, E164: number}}, nil); err != nil {
				return err
			}
		}
		return nil
	})
	page, err := st.FindContacts(t.Context(), store.OwnedBy("u1"), "+49151", store.Page{Limit: 5})
	if err != nil || fmt.Sprint(ids(page.Rows)) != "[c1800 c0007]" || page.Next != "" {
		t.Errorf("%v, next %q, %v", ids(page.Rows), page.Next, err)
	}
}

func TestInboxTasksAndCountsKeepToTheirScope(t *testing.T) {
	st, all := many(t)
	inTx(t, st, func(tx *store.Tx) error {
		return tx.InsertCall(t.Context(), store.Call{ID: "hidden", Provider: "twilio", ProviderRef: "h", Direction: "in", Outcome: store.CallMissed, StartedAt: 50})
	})
	for name, scope := range scopes {
		want := map[string]bool{}
		for _, c := range all {
			if slices.Contains(scope.in, c.OwnerID) {
				want[c.ID] = true
			}
		}
		hidden := int64(0)
		if slices.Contains(scope.in, "") {
			hidden = 1
		}
		threads, err := st.Conversations(t.Context(), scope.Scope, store.InboxWaiting, store.Page{Limit: 100})
		got := map[string]bool{}
		for _, v := range threads {
			got[v.ContactID] = true
		}
		if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: threads of %v, %v; want %v", name, got, err, want)
		}
		tasks, err := st.OpenTasks(t.Context(), scope.Scope, store.Page{Limit: 100})
		clear(got)
		for _, task := range tasks {
			got[task.ContactID] = true
		}
		if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: tasks of %v, %v; want %v", name, got, err, want)
		}
		unread, err1 := st.UnreadConversations(t.Context(), scope.Scope)
		open, err2 := st.CountOpenTasks(t.Context(), scope.Scope)
		missed, err3 := st.MissedSince(t.Context(), scope.Scope, 0)
		times, err4 := st.HiddenSince(t.Context(), scope.Scope, 0, store.Page{})
		n := int64(len(want))
		if err := errors.Join(err1, err2, err3, err4); err != nil || unread != n || open != n || missed.Missed != n+hidden || missed.Hidden != hidden || int64(len(times)) != hidden {
			t.Errorf("%s: %d unread, %d tasks, calls %+v, %v, %v; want %d, and %d hidden", name, unread, open, missed, times, err, n, hidden)
		}
	}
}

func TestWhatIsNewGoesToWhoLooksAfterTheContact(t *testing.T) {
	st := storetest.New(t)
	addContact(t, st, store.Contact{ID: "c", OwnerID: "u1"}, "+15035550177")
	inTx(t, st, func(tx *store.Tx) error {
		v, err := tx.EnsureConversation(t.Context(), "c", "v", 1)
		if v.OwnerID != "u1" {
			t.Errorf("the conversation is %q's", v.OwnerID)
		}
		return errors.Join(err, tx.InsertTask(t.Context(), store.Task{ID: "t", ContactID: "c", Kind: "call_back"}),
			tx.InsertTask(t.Context(), store.Task{ID: "given", ContactID: "c", Kind: "call_back", OwnerID: "u2"}))
	})
	for id, want := range map[string]string{"t": "u1", "given": "u2"} {
		if task, err := st.Task(t.Context(), id); task.OwnerID != want || err != nil {
			t.Errorf("task %s is %q's, %v; want %s", id, task.OwnerID, err, want)
		}
	}
}

func TestHandingOnTakesWhatWasNobodysOrTheLastOnes(t *testing.T) {
	for name, tc := range map[string]struct {
		was, from, to string
		want          string
	}{
		"nobody's":             {"", "u1", "u2", "u2"},
		"the last one's":       {"u1", "u1", "u2", "u2"},
		"somebody else's":      {"u3", "u1", "u2", "u3"},
		"the last one's stays": {"u1", "", "u2", "u1"},
		"to nobody":            {"u1", "u1", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			st := storetest.New(t)
			addContact(t, st, store.Contact{ID: "c"}, "+15035550177")
			inTx(t, st, func(tx *store.Tx) error {
				_, err := tx.EnsureConversation(t.Context(), "c", "v", 1)
				return errors.Join(err, tx.AssignConversation(t.Context(), "v", tc.was),
					tx.InsertTask(t.Context(), store.Task{ID: "open", ContactID: "c", Kind: "call_back", OwnerID: tc.was}),
					tx.InsertTask(t.Context(), store.Task{ID: "done", ContactID: "c", Kind: "call_back", OwnerID: tc.was, DoneAt: 5}),
					tx.HandOn(t.Context(), "c", tc.to, store.OwnedBy(tc.from).OrFree(), store.OwnedBy(tc.from).OrFree()))
			})
			v, err := st.Conversation(t.Context(), "v")
			open, err2 := st.Task(t.Context(), "open")
			done, err3 := st.Task(t.Context(), "done")
			if err := errors.Join(err, err2, err3); err != nil || v.OwnerID != tc.want || open.OwnerID != tc.want || done.OwnerID != tc.was {
				t.Errorf("conversation %q, task %q, done %q, %v; want %q and the done one as it was", v.OwnerID, open.OwnerID, done.OwnerID, err, tc.want)
			}
		})
	}
}
