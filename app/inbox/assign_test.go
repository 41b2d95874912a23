package inbox

import (
	"context"
	"net/http"
	"net/url"
	"testing"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/port"
	"stead/store"
)

func TestAConversationIsAssigned(t *testing.T) {
	for name, tc := range map[string]struct {
		actor   access.Actor
		was, to string
		want    errs.Kind
		owner   string
	}{
		"what is free, to oneself":       {agent("me"), "", "me", 0, "me"},
		"to a mate":                      {agent("me"), "me", "mate", 0, "mate"},
		"to nobody":                      {agent("me"), "mate", "", 0, ""},
		"out of one's own reach":         {agent("me"), "me", "stranger", 0, "stranger"},
		"to who has gone":                {agent("me"), "me", "gone", errs.Invalid, "me"},
		"to nobody who ever was":         {agent("me"), "me", "who?", errs.Invalid, "me"},
		"out of reach":                   {agent("me"), "stranger", "me", errs.NotFound, "stranger"},
		"no right":                       {with(agent("me"), 0, access.InboxAssign), "", "me", errs.Denied, ""},
		"to themselves, who see it then": {with(agent("me"), access.Own, access.PersonalSee), "", "me", errs.Invalid, ""},
		"only one's own, and it is free": {with(agent("me"), access.Own, access.InboxAssign), "", "me", errs.NotFound, ""},
	} {
		t.Run(name, func(t *testing.T) {
			k := newKit(t)
			k.team()
			v := k.receive(port.TextEvent{Body: "hello"})
			k.tx(func(ctx context.Context, tx *store.Tx) error { return tx.AssignConversation(ctx, v.ID, tc.was) })
			before := k.entries()
			err := k.Assign(t.Context(), tc.actor, v.ID, tc.to)
			if (err != nil) != (tc.want != 0) || err != nil && errs.KindOf(err) != tc.want {
				t.Errorf("%v, want %v", err, tc.want)
			}
			if got := k.conv(v.ID).OwnerID; got != tc.owner {
				t.Errorf("it is %q's, want %q", got, tc.owner)
			}
			events, err := k.Store.EventsOf(t.Context(), v.ID)
			if err != nil {
				t.Fatal(err)
			}
			if tc.want != 0 {
				if len(events) != 0 || k.entries() != before {
					t.Errorf("a refusal left %+v", events)
				}
				return
			}
			if len(events) != 1 || events[0].Kind != EventAssigned || events[0].Data != `{"to":"`+tc.to+`"}` || events[0].ContactID != v.ContactID || k.entries() != before+1 {
				t.Errorf("events %+v, %d entries more", events, k.entries()-before)
			}
		})
	}
}

func TestAssigningToWhoseItIsDoesNothing(t *testing.T) {
	k := newKit(t)
	k.team()
	v := k.receive(port.TextEvent{Body: "hello"})
	for range 2 {
		if err := k.Assign(t.Context(), ana, v.ID, "mate"); err != nil {
			t.Fatal(err)
		}
	}
	if events, err := k.Store.EventsOf(t.Context(), v.ID); len(events) != 1 || err != nil {
		t.Errorf("%d events, %v", len(events), err)
	}
}

func TestTheThreadAssigns(t *testing.T) {
	k := newKit(t)
	k.team()
	v := k.receive(port.TextEvent{Body: "hello"})
	b := open(k)
	b.as = agent("me")
	path := "/inbox/" + v.ID
	wantBody(t, b.do(http.MethodGet, path, nil, false), "Take it", `name="to" value="mate"`, "Mate Silva", `hx-get="`+path+`/owner"`, "person:"+v.ContactID+" from:body")
	lacks(t, b.do(http.MethodGet, path, nil, false), `value="gone"`)
	to := func(id string) (int, string) {
		w := b.do(http.MethodPost, path+"/owner", url.Values{"to": {id}}, false)
		return w.Code, w.Header().Get("Location")
	}
	if code, where := to("mate"); code != http.StatusSeeOther || where != path {
		t.Errorf("%d to %s", code, where)
	}
	wantBody(t, b.do(http.MethodGet, path+"/owner", nil, true), "Mate Silva", "change who looks after it")
	wantBody(t, b.do(http.MethodGet, "/inbox", nil, false), "Mate Silva", "who=mine", "who=free")
	lacks(t, b.do(http.MethodGet, "/inbox?who=mine", nil, false), v.ID)
	w := b.do(http.MethodPost, path+"/owner", url.Values{"to": {"gone"}}, false)
	wantBody(t, w, "This colleague is no longer here.", "hello")
	if w := b.do(http.MethodPost, path+"/owner", url.Values{}, false); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("nobody chosen: %d", w.Code)
	}
	if got := k.conv(v.ID).OwnerID; got != "mate" {
		t.Errorf("it is %q's", got)
	}
	if code, where := to("stranger"); code != http.StatusSeeOther || where != "/inbox" {
		t.Errorf("out of sight: %d to %s", code, where)
	}
}

func TestANewTextGoesToWhoLooksAfterThePerson(t *testing.T) {
	k := newKit(t)
	k.tx(func(ctx context.Context, tx *store.Tx) error {
		return tx.InsertContact(ctx, store.Contact{ID: "c", Source: "manual", OwnerID: "mate"}, []store.Phone{{ID: "p", Typed: person, E164: person}}, nil)
	})
	if v := k.receive(port.TextEvent{Body: "hello"}); v.OwnerID != "mate" {
		t.Errorf("the conversation is %q's", v.OwnerID)
	}
}

func TestTheFilterKeepsTheViewAndTheThread(t *testing.T) {
	k := newKit(t)
	k.team()
	v := k.receive(port.TextEvent{Body: "hello"})
	b := open(k)
	b.as = agent("me")
	wantBody(t, b.do(http.MethodGet, "/inbox?view=waiting&who=free", nil, false), `href="/inbox/`+v.ID+`?view=waiting&amp;who=free"`,
		`href="/inbox?view=done&amp;who=free"`, `href="/inbox?view=waiting&amp;who=mine"`, `hx-get="/inbox/list?view=waiting&amp;who=free"`)
}
