package contacts_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"stead/app/access"
	"stead/app/contacts"
	"stead/app/errs"
	"stead/store"
)

// agent may do on the team's records and on free ones all that an agent may.
func agent(id string) access.Actor {
	return access.Actor{ID: id, Kind: access.User, Role: access.RoleAgent, May: roleOf(access.RoleAgent), Mates: []string{"me", "mate"}}
}

func roleOf(id string) map[access.Permission]access.Reach {
	for _, r := range access.OwnRoles() {
		if r.ID == id {
			return r.May
		}
	}
	panic(id)
}

// with is an actor whose reach of some permissions is another.
func with(a access.Actor, reach access.Reach, list ...access.Permission) access.Actor {
	may := map[access.Permission]access.Reach{}
	for p, r := range a.May {
		may[p] = r
	}
	for _, p := range list {
		may[p] = reach
	}
	a.May = may
	return a
}

// team are the users "me", "mate" of one team, "stranger" of none, and "gone".
func (k kit) team(t testing.TB) {
	t.Helper()
	inTx(t, k.st, func(tx *store.Tx) error {
		if err := tx.InsertTeam(t.Context(), store.TeamGroup{ID: "shop", Name: "Shop", NameKey: "shop"}); err != nil {
			return err
		}
		for _, id := range []string{"me", "mate", "stranger", "gone"} {
			u := store.User{ID: id, Name: strings.ToUpper(id[:1]) + id[1:] + " Silva", Email: id + "@x", EmailKey: id + "@x", Role: access.RoleAgent}
			if id == "me" || id == "mate" {
				u.TeamID = "shop"
			}
			if err := tx.InsertUser(t.Context(), u); err != nil {
				return err
			}
		}
		return tx.DisableUser(t.Context(), "gone", 5)
	})
}

// canaries are what is planted in a contact: none may reach whoever may not see
// personal data. Their number ends in 77, of which two digits may be shown.
var canaries = []string{"912 345", "912345", "345 6", "3456", "canary@", "canary about", "canary said", "canary noted", "canary reason"}

// planted adds a contact of somebody's with a conversation, a note, a text, a
// call and a task, which have the same owner.
func (k kit) planted(t testing.TB, id, name, owner string) {
	t.Helper()
	inTx(t, k.st, func(tx *store.Tx) error {
		ctx := t.Context()
		c := store.Contact{ID: id, Name: name, Company: "Willow " + id, About: "canary about", Source: "call", OwnerID: owner, LastActivityAt: noon}
		number := "+351912345677"
		if id != "c1" {
			number = "+3519123456" + fmt.Sprintf("%02d", len(id)*7)
		}
		phones := []store.Phone{{ID: "p" + id, Typed: number, E164: number, SMSState: "able"}}
		if err := tx.InsertContact(ctx, c, phones, []store.Email{{ID: "e" + id, Typed: "canary@willow.example"}}); err != nil {
			return err
		}
		if err := tx.SetRestriction(ctx, id, "canary reason", noon); err != nil {
			return err
		}
		v, err := tx.EnsureConversation(ctx, id, "v"+id, noon)
		if err != nil {
			return err
		}
		text := store.Message{
			ID: "m" + id, ContactID: id, ConversationID: v.ID, Channel: "sms", Direction: "in", Body: "canary said", Peer: number,
			State: store.MessageReceived, Provider: "twilio", ProviderRef: id, CreatedAt: noon,
		}
		if err := tx.InsertMessage(ctx, text); err != nil {
			return err
		}
		call := store.Call{
			ID: "k" + id, ContactID: id, ConversationID: v.ID, Provider: "twilio", ProviderRef: id, Direction: "in", Peer: number,
			Outcome: store.CallMissed, StartedAt: noon,
		}
		if err := tx.InsertCall(ctx, call); err != nil {
			return err
		}
		if err := tx.InsertNote(ctx, store.Note{ID: "n" + id, ContactID: id, ConversationID: v.ID, Body: "canary noted", Author: "mate", CreatedAt: noon}); err != nil {
			return err
		}
		return tx.InsertTask(ctx, store.Task{ID: "t" + id, ContactID: id, Kind: "call_back", DueAt: noon})
	})
}

// Of what is out of reach every address says that there is nothing, and nothing
// is changed.
func TestOutOfReachIsNotThere(t *testing.T) {
	p := newPages(t)
	p.team(t)
	p.planted(t, "c1", "Foreign Person", "stranger")
	p.planted(t, "mine", "Own Person", "me")
	before := p.state(t, "c1")
	me := agent("me")
	for _, partial := range []string{"", "partial"} {
		for _, path := range []string{
			"/contacts/c1", "/contacts/c1/edit", "/contacts/c1/owner", "/contacts/c1?after=" + url.QueryEscape(store.Cursor(noon+1, "z")),
		} {
			w := p.do(me, http.MethodGet, path, nil, partial)
			want(t, w, http.StatusNotFound)
			wantNot(t, w, append(canaries, "Foreign", "Willow")...)
		}
		for path, form := range map[string]url.Values{
			"/contacts/c1":                  {"name": {"Changed"}, "version": {"1"}},
			"/contacts/c1/notes":            {"body": {"seen"}, "key": {"0123456789abcdef0"}},
			"/contacts/c1/tasks/tc1/done":   {},
			"/contacts/c1/block":            {"blocked": {"yes"}},
			"/contacts/c1/restriction":      {"restricted": {"no"}},
			"/contacts/c1/owner":            {"to": {"me"}},
			"/contacts/mine/tasks/tc1/done": {},
		} {
			w := p.do(me, http.MethodPost, path, form, partial)
			want(t, w, http.StatusNotFound)
			wantNot(t, w, append(canaries, "Foreign")...)
		}
		for path, form := range map[string]url.Values{ // refused for what was typed: not a word of whose it is either
			"/contacts/c1":             {"name": {""}, "version": {"1"}},
			"/contacts/c1/notes":       {"body": {" "}},
			"/contacts/c1/restriction": {"restricted": {"yes"}},
		} {
			w := p.do(me, http.MethodPost, path, form, partial)
			want(t, w, http.StatusNotFound)
			wantNot(t, w, "Foreign")
		}
	}
	if after := p.state(t, "c1"); after != before {
		t.Errorf("something was changed:\n%s\n%s", before, after)
	}
}

// A form that was used once lets nobody else through.
func TestAUsedFormKeyOpensNothing(t *testing.T) {
	k := newKit(t)
	k.team(t)
	k.planted(t, "c1", "Foreign Person", "stranger")
	if _, err := k.Notebook().AddNote(t.Context(), owner, "c1", "hello", "0123456789abcdef0"); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Notebook().AddNote(t.Context(), agent("me"), "c1", "hello", "0123456789abcdef0"); errs.KindOf(err) != errs.NotFound {
		t.Errorf("a used key: %v, want not found", err)
	}
}

func TestListsHoldWhatIsInReach(t *testing.T) {
	k := newKit(t)
	k.team(t)
	for id, owner := range map[string]string{"c1": "me", "c22": "mate", "c333": "stranger", "c4444": ""} {
		k.planted(t, id, "Person "+id, owner)
	}
	for name, tc := range map[string]struct {
		actor access.Actor
		whose string
		want  string
	}{
		"the team's and free":     {agent("me"), access.Whole, "c1 c22 c4444"},
		"one's own":               {agent("me"), access.Mine, "c1"},
		"nobody's":                {agent("me"), access.Free, "c4444"},
		"the team's":              {agent("me"), access.Mates, "c1 c22"},
		"own reach":               {with(agent("me"), access.Own, access.ContactsRead), access.Whole, "c1"},
		"own reach, what is free": {with(agent("me"), access.Own, access.ContactsRead), access.Free, ""},
		"everything":              {owner, access.Whole, "c1 c22 c333 c4444"},
	} {
		t.Run(name, func(t *testing.T) {
			for how, list := range map[string]func() (contacts.Roll, error){
				"list": func() (contacts.Roll, error) {
					return k.List(t.Context(), tc.actor, store.ContactOrder{ByName: true}, tc.whose, "")
				},
				"search by name":    func() (contacts.Roll, error) { return k.Find(t.Context(), tc.actor, "person", tc.whose, "") },
				"search by number":  func() (contacts.Roll, error) { return k.Find(t.Context(), tc.actor, "912345", tc.whose, "") },
				"search by address": func() (contacts.Roll, error) { return k.Find(t.Context(), tc.actor, "canary", tc.whose, "") },
			} {
				roll, err := list()
				var got []string
				for _, c := range roll.Rows {
					got = append(got, c.ID)
				}
				slices.Sort(got)
				if strings.Join(got, " ") != tc.want || err != nil {
					t.Errorf("%s: %v, %v; want %s", how, got, err, tc.want)
				}
			}
		})
	}
}

func TestAMatchOutOfReachIsToldWithoutItsName(t *testing.T) {
	p := newPages(t)
	p.team(t)
	p.planted(t, "c1", "Foreign Person", "stranger")
	typed := url.Values{"name": {"Somebody"}, "phone1": {"+351 912 345 677"}}
	blind := with(agent("mate"), access.Own, access.PersonalSee) // beside whose it is
	blind.Mates = []string{"mate", "stranger"}
	for name, tc := range map[string]struct {
		actor access.Actor
		says  string
	}{
		"out of reach":           {agent("me"), "Somebody else&#39;s contact has this number or address."},
		"in reach and not shown": {blind, "Your role does not show whose it is."},
	} {
		t.Run(name, func(t *testing.T) {
			w := p.do(tc.actor, http.MethodPost, "/contacts/matches", typed, "partial")
			want(t, w, http.StatusOK, tc.says)
			wantNot(t, w, "Foreign", "c1", "Willow")
			w = p.do(tc.actor, http.MethodPost, "/contacts", typed, "")
			want(t, w, http.StatusConflict, tc.says, "Create anyway", `value="Somebody"`)
			wantNot(t, w, "Foreign", "/contacts/c1", "Willow")
		})
	}
	byName := url.Values{"name": {"Foreign"}}
	wantNot(t, p.do(agent("me"), http.MethodPost, "/contacts/matches", byName, "partial"), "Person", "c1")
}

// Whoever is shown no number is not told which numbers are known either, or they
// would try them all; neither is who adds nobody.
func TestMatchesAreNoOracle(t *testing.T) {
	p := newPages(t)
	p.team(t)
	p.planted(t, "c1", "Foreign Person", "stranger")
	p.planted(t, "c2", "Near Person", "me")
	says := []string{"has this number", "does not show whose", "Foreign", "Near"}
	for _, number := range []string{"+351 912 345 677", "+351 912 345 600"} {
		typed := url.Values{"name": {"Somebody"}, "phone1": {number}}
		blind := with(agent("me"), 0, access.PersonalSee)
		w := p.do(blind, http.MethodPost, "/contacts/matches", typed, "partial")
		want(t, w, http.StatusOK)
		wantNot(t, w, says...)
		want(t, p.do(blind, http.MethodPost, "/contacts", typed, ""), http.StatusSeeOther)
		viewer := access.Actor{ID: "me", Kind: access.User, Role: access.RoleViewer, May: roleOf(access.RoleViewer)}
		w = p.do(viewer, http.MethodPost, "/contacts/matches", typed, "partial")
		want(t, w, http.StatusForbidden)
		wantNot(t, w, says...)
	}
}

func TestWhoSeesTheirOwnAloneOwnsWhatTheyCreate(t *testing.T) {
	k := newKit(t)
	for name, tc := range map[string]struct {
		actor access.Actor
		want  string
	}{
		"reach of all":   {owner, ""},
		"of the team":    {agent("me"), ""},
		"of one's own":   {with(agent("me"), access.Own, access.ContactsRead), "me"},
		"writes the own": {with(agent("me"), access.Own, access.ContactsWrite), "me"},
	} {
		saved, err := k.Create(t.Context(), tc.actor, person{Name: name}.draft(), contacts.Creation{})
		if err != nil {
			t.Fatal(name, err)
		}
		if c, err := k.st.Contact(t.Context(), saved.ID); c.OwnerID != tc.want || err != nil {
			t.Errorf("%s: it is %q's, %v; want %q", name, c.OwnerID, err, tc.want)
		}
		if _, err := k.Card(t.Context(), tc.actor, saved.ID, contacts.Place{}); err != nil {
			t.Errorf("%s: its card: %v", name, err)
		}
	}
}

func TestATaskIsFinishedThroughItsOwnContact(t *testing.T) {
	k := newKit(t)
	k.planted(t, "c1", "Ana", "")
	k.planted(t, "c22", "Bea", "")
	for name, tc := range map[string]struct {
		contact string
		want    errs.Kind
	}{"another contact's": {"c22", errs.NotFound}, "no contact's": {"", errs.NotFound}} {
		if err := k.FinishTaskOf(context.Background(), owner, tc.contact, "tc1"); errs.KindOf(err) != tc.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	if task, _ := k.st.Task(t.Context(), "tc1"); task.DoneAt != 0 {
		t.Error("another contact's address finished it")
	}
	if err := k.FinishTaskOf(t.Context(), owner, "c1", "tc1"); err != nil {
		t.Error(err)
	}
	if task, _ := k.st.Task(t.Context(), "tc1"); task.DoneAt != noon || task.DoneBy != owner.ID {
		t.Errorf("task = %+v", task)
	}
}
