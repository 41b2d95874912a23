package contacts_test

import (
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"testing"

	"stead/app/access"
	"stead/app/contacts"
	"stead/app/errs"
	"stead/store"
)

func (k kit) ownersOf(t *testing.T, id string) string {
	t.Helper()
	c, err := k.st.Contact(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	v, err := k.st.ConversationOf(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	task, err := k.st.Task(t.Context(), "t"+id)
	if err != nil {
		t.Fatal(err)
	}
	return c.OwnerID + "," + v.OwnerID + "," + task.OwnerID
}

func TestAssigningTakesTheConversationAndTasksAlong(t *testing.T) {
	blind := with(agent("me"), 0, access.InboxAssign)
	for name, tc := range map[string]struct {
		actor           access.Actor
		was, thread, to string // the task is of whoever has the contact
		want            string
	}{
		"nobody's before":                        {agent("me"), "", "", "mate", "mate,mate,mate"},
		"one's own before":                       {agent("me"), "me", "me", "mate", "mate,mate,mate"},
		"the thread is somebody else's":          {agent("me"), "me", "mate", "stranger", "stranger,mate,stranger"},
		"to nobody":                              {agent("me"), "me", "me", "", ",,"},
		"to whose it is":                         {agent("me"), "mate", "me", "mate", "mate,me,mate"},
		"may not assign threads":                 {blind, "me", "me", "mate", "mate,me,mate"},
		"may not assign threads, and it is free": {blind, "me", "", "mate", "mate,,mate"},
		"may not touch tasks":                    {with(agent("me"), 0, access.TasksWrite), "me", "me", "mate", "mate,mate,me"},
		"may not touch tasks that are free":      {with(agent("me"), access.Own, access.TasksWrite), "", "", "mate", "mate,mate,"},
		"to themselves, who see it already":      {agent("me"), "mate", "mate", "me", "me,me,me"},
		"to themselves, who see none":            {with(agent("me"), 0, access.PersonalSee), "", "", "me", "me,me,me"},
		"to a mate, who see their own":           {with(agent("me"), access.Own, access.PersonalSee), "", "", "mate", "mate,mate,mate"},
		"out of the actor's own reach":           {agent("me"), "", "", "stranger", "stranger,stranger,stranger"},
	} {
		t.Run(name, func(t *testing.T) {
			k := newKit(t)
			k.team(t)
			k.planted(t, "c1", "Ana", tc.was)
			inTx(t, k.st, func(tx *store.Tx) error { return tx.AssignConversation(t.Context(), "vc1", tc.thread) })
			if _, err := k.Assign(t.Context(), tc.actor, "c1", tc.to); err != nil {
				t.Fatal(err)
			}
			if got := k.ownersOf(t, "c1"); got != tc.want {
				t.Errorf("contact, thread, task are of %q, want %q", got, tc.want)
			}
		})
	}
}

func TestAnAssignmentIsRecorded(t *testing.T) {
	k := newKit(t)
	k.team(t)
	k.planted(t, "c1", "Ana", "")
	for range 2 { // the second time there is nothing to do
		if _, err := k.Assign(t.Context(), agent("me"), "c1", "mate"); err != nil {
			t.Fatal(err)
		}
	}
	want := store.Event{Kind: contacts.EventAssigned, Subject: "c1", ContactID: "c1", Actor: "me", At: noon, Data: `{"to":"mate"}`}
	events, err := k.st.EventsOf(t.Context(), "c1")
	if len(events) != 1 || err != nil {
		t.Fatalf("%d events, %v", len(events), err)
	}
	if want.ID = events[0].ID; events[0] != want {
		t.Errorf("event = %+v, want %+v", events[0], want)
	}
	if n, _, err := k.st.AuditHead(t.Context()); n != 1 || err != nil {
		t.Errorf("%d audit entries, %v; want 1", n, err)
	}
}

func TestAnAssignmentIsRefused(t *testing.T) {
	for name, tc := range map[string]struct {
		actor   access.Actor
		was, to string
		want    errs.Kind
	}{
		"out of reach":                   {agent("me"), "stranger", "me", errs.NotFound},
		"no right":                       {with(agent("me"), 0, access.ContactsAssign), "", "me", errs.Denied},
		"only one's own, and it is free": {with(agent("me"), access.Own, access.ContactsAssign), "", "me", errs.NotFound},
		"to somebody who has gone":       {agent("me"), "", "gone", errs.Invalid},
		"to themselves, who see it then": {with(agent("me"), access.Own, access.PersonalSee), "", "me", errs.Invalid},
		"from a mate, who see it then":   {with(agent("me"), access.Own, access.PersonalSee), "mate", "me", errs.Invalid},
		"to nobody who ever was":         {agent("me"), "", "who?", errs.Invalid},
	} {
		t.Run(name, func(t *testing.T) {
			k := newKit(t)
			k.team(t)
			k.planted(t, "c1", "Ana", tc.was)
			before := k.state(t, "c1")
			if _, err := k.Assign(t.Context(), tc.actor, "c1", tc.to); errs.KindOf(err) != tc.want {
				t.Errorf("%v, want %v", err, tc.want)
			}
			if after := k.state(t, "c1"); after != before {
				t.Errorf("it left its mark:\n%s\n%s", before, after)
			}
		})
	}
}

func TestOfTwoWhoAssignTheLastDecides(t *testing.T) {
	k := newKit(t)
	k.team(t)
	k.planted(t, "c1", "Ana", "")
	var both sync.WaitGroup
	for _, to := range []string{"me", "mate"} {
		both.Go(func() {
			if _, err := k.Assign(t.Context(), owner, "c1", to); err != nil {
				t.Error(err)
			}
		})
	}
	both.Wait()
	events, err := k.st.EventsOf(t.Context(), "c1")
	if err != nil || len(events) != 2 {
		t.Fatalf("%d events, %v; want that of each", len(events), err)
	}
	if got := k.ownersOf(t, "c1"); got != "me,me,me" && got != "mate,mate,mate" {
		t.Errorf("it is of %s: half of each", got)
	}
}

func TestThePageAssigns(t *testing.T) {
	p := newPages(t)
	p.team(t)
	p.planted(t, "c1", "Ana", "")
	me := agent("me")
	card := p.do(me, http.MethodGet, "/contacts/c1", nil, "")
	want(t, card, http.StatusOK, "Take it", `action="/contacts/c1/owner"`, `name="to" value="mate"`, "Mate Silva", "Unassigned", `hx-get="/contacts/c1/owner"`, `hx-trigger="person:c1 from:body`)
	wantNot(t, card, `value="gone"`)
	wantSeeOther(t, p.do(me, http.MethodPost, "/contacts/c1/owner", url.Values{"to": {"mate"}}, ""), "/contacts/c1")
	part := p.do(me, http.MethodGet, "/contacts/c1/owner", nil, "partial")
	want(t, part, http.StatusOK, "Mate Silva", "change who looks after it")
	wantNot(t, part, "<html")
	wantSeeOther(t, p.do(me, http.MethodGet, "/contacts/c1/owner", nil, ""), "/contacts/c1")
	list := p.do(me, http.MethodGet, "/contacts", nil, "")
	want(t, list, http.StatusOK, "Assigned to", "Mate Silva", `href="/contacts?who=mine"`, `href="/contacts?who=free"`)

	w := p.do(me, http.MethodPost, "/contacts/c1/owner", url.Values{"to": {"gone"}}, "")
	want(t, w, http.StatusUnprocessableEntity, "This colleague is no longer here. Nothing was changed", "Ana", "Mate Silva")
	want(t, p.do(me, http.MethodPost, "/contacts/c1/owner", url.Values{}, ""), http.StatusUnprocessableEntity)
	if got := p.ownersOf(t, "c1"); got != "mate,mate,mate" {
		t.Errorf("owners = %s", got)
	}

	// What goes out of sight leads back to the list.
	wantSeeOther(t, p.do(me, http.MethodPost, "/contacts/c1/owner", url.Values{"to": {"stranger"}}, ""), "/contacts")
	want(t, p.do(me, http.MethodGet, "/contacts/c1", nil, ""), http.StatusNotFound)
}

func TestAloneNobodyIsOffered(t *testing.T) {
	p := newPages(t)
	p.planted(t, "c1", "Ana", "")
	for _, path := range []string{"/contacts", "/contacts/c1"} {
		wantNot(t, p.get(path), "Unassigned", "Take it", "Assigned to", "who=mine")
	}
	want(t, p.do(owner, http.MethodGet, "/contacts/c1/owner", nil, "partial"), http.StatusOK)
}

func TestPartsStayWhileSortingSearchingAndPaging(t *testing.T) {
	p := newPages(t)
	p.team(t)
	for i := range 60 {
		inTx(t, p.st, func(tx *store.Tx) error {
			return tx.InsertContact(t.Context(), store.Contact{ID: fmt.Sprintf("c%02d", i), Name: fmt.Sprint("Person ", i), Source: "manual", OwnerID: "me"}, nil, nil)
		})
	}
	me := agent("me")
	want(t, p.do(me, http.MethodGet, "/contacts?who=mine", nil, ""), http.StatusOK, `name="who" value="mine"`, "sort=name&amp;who=mine", "after=", `href="/contacts?who=mine" aria-current="page"`)
	want(t, p.find(t, me, "person", "mine"), http.StatusOK, "view=", "who=mine", `who=free"`)
	want(t, p.do(me, http.MethodGet, "/contacts?who=free", nil, ""), http.StatusOK, "No contact is in this part of the list.")
}
