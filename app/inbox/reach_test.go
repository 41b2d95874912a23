package inbox

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/port"
	"stead/app/veil"
	"stead/store"
)

// agent is of the team of "me" and "mate", with the rights of an agent.
func agent(id string) access.Actor {
	for _, r := range access.OwnRoles() {
		if r.ID == access.RoleAgent {
			return access.Actor{ID: id, Kind: access.User, Role: r.ID, May: r.May, Mates: []string{"me", "mate"}}
		}
	}
	panic("no agent")
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

func (k *kit) team() {
	k.tx(func(ctx context.Context, tx *store.Tx) error {
		for _, id := range []string{"me", "mate", "stranger", "gone"} {
			u := store.User{ID: id, Name: strings.ToUpper(id[:1]) + id[1:] + " Silva", Email: id + "@x", EmailKey: id + "@x", Role: access.RoleAgent}
			if err := tx.InsertUser(ctx, u); err != nil {
				return err
			}
		}
		return tx.DisableUser(ctx, "gone", 5)
	})
}

// canaries are what is planted in a conversation with person, +1 503 555 0177.
// None is so short that a random id could hold it.
var canaries = []string{"canary", "555-01", "5550177", "555 01", "(503", "503 5", "503-5", "503.5", "+1503"}

// planted is a conversation of somebody's with a text, a note, a reply that
// failed, a missed call with its task, and words that may be a wish.
func (k *kit) planted(owner, name string) store.Conversation {
	k.t.Helper()
	v := k.receive(port.TextEvent{Body: "canary said please stop texting my canary bird, would you"})
	k.tx(func(ctx context.Context, tx *store.Tx) error {
		c, err := tx.Contact(ctx, v.ContactID)
		if err != nil {
			return err
		}
		phones, err := tx.ContactPhones(ctx, v.ContactID)
		if err != nil {
			return err
		}
		c.Name, c.About = name, "canary about"
		if err := tx.UpdateContact(ctx, c, phones, []store.Email{{ID: "e" + c.ID, Typed: "canary@x.example"}}); err != nil {
			return err
		}
		if err := tx.InsertTask(ctx, store.Task{ID: "t" + v.ID, ContactID: c.ID, Kind: "call_back", OwnerID: owner}); err != nil {
			return err
		}
		if err := tx.AssignContact(ctx, c.ID, owner, 1); err != nil {
			return err
		}
		return tx.AssignConversation(ctx, v.ID, owner)
	})
	if err := k.Note(context.Background(), ana, v.ID, Writing{Body: "canary noted"}); err != nil {
		k.t.Fatal(err)
	}
	m := k.reply(v, "canary replied")
	k.tx(func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.TurnMessage(ctx, m.ID, store.Turn{From: m.State, To: store.MessageFailed, ErrorCode: "30007", At: 1})
		return err
	})
	return k.conv(v.ID)
}

// of are the first texts of a conversation, in and out.
func (k *kit) of(v store.Conversation) (in, out string) {
	return k.texts(v, "in")[0].ID, k.texts(v, "out")[0].ID
}

func (k *kit) entries() int64 {
	k.t.Helper()
	n, _, err := k.Store.AuditHead(context.Background())
	if err != nil {
		k.t.Fatal(err)
	}
	return n
}

func TestAConversationOutOfReachIsNotThere(t *testing.T) {
	k := newKit(t)
	k.team()
	v := k.planted("stranger", "Foreign Person")
	b := open(k)
	b.as = agent("me")
	in, out := k.of(v)
	before, was := k.entries(), fmt.Sprint(v)
	path := "/inbox/" + v.ID
	for _, partial := range []bool{false, true} {
		for _, address := range []string{path, path + "/log", path + "/owner"} {
			w := b.do(http.MethodGet, address, nil, partial)
			if w.Code != http.StatusNotFound && (partial || w.Code != http.StatusSeeOther) {
				t.Errorf("GET %s: %d", address, w.Code)
			}
			lacks(t, w, append(canaries, "Foreign")...)
		}
		for address, form := range map[string]url.Values{
			"/messages":                    {"body": {"hello"}, "key": {"0123456789abcdef0"}},
			"/messages?note":               {"body": {"hello"}, "mode": {"note"}},
			"/messages?empty":              {"body": {" "}},
			"/read":                        {},
			"/state":                       {"state": {"done"}},
			"/owner":                       {"to": {"me"}},
			"/messages/" + out + "/retry":  {},
			"/messages/" + in + "/opt-out": {},
		} {
			w := b.do(http.MethodPost, path+address, form, partial)
			if w.Code != http.StatusNotFound {
				t.Errorf("POST %s: %d, want 404", address, w.Code)
			}
			lacks(t, w, append(canaries, "Foreign")...)
		}
		lacks(t, b.do(http.MethodGet, "/inbox", nil, false), append(canaries, "Foreign", v.ID)...)
		lacks(t, b.do(http.MethodGet, "/inbox/list?view=failed", nil, true), append(canaries, "Foreign", v.ID)...)
	}
	if after := k.entries(); after != before || fmt.Sprint(k.conv(v.ID)) != was {
		t.Errorf("something was done: %d entries, then %d", before, after)
	}
}

func TestTheInboxHoldsWhatIsInReach(t *testing.T) {
	k := newKit(t)
	k.team()
	byOwner := map[string]string{}
	for i, owner := range []string{"me", "mate", "stranger", ""} {
		v := k.receive(port.TextEvent{From: fmt.Sprintf("+1503555020%d", i), Body: "hello"})
		k.tx(func(ctx context.Context, tx *store.Tx) error { return tx.AssignConversation(ctx, v.ID, owner) })
		byOwner[v.ID] = owner
	}
	for name, tc := range map[string]struct {
		actor access.Actor
		whose string
		want  []string
	}{
		"the team's and free": {agent("me"), "", []string{"", "mate", "me"}},
		"one's own":           {agent("me"), "mine", []string{"me"}},
		"nobody's":            {agent("me"), "free", []string{""}},
		"own reach":           {with(agent("me"), access.Own, access.InboxRead), "", []string{"me"}},
		"own reach, all":      {with(agent("me"), access.Own, access.InboxRead), "all", []string{"me"}},
		"everything":          {ana, "", []string{"", "mate", "me", "stranger"}},
	} {
		list, err := k.Conversations(t.Context(), tc.actor, store.InboxOpen, tc.whose, "")
		var got []string
		for _, row := range list.Rows {
			got = append(got, byOwner[row.ID])
		}
		slices.Sort(got)
		if err != nil || !slices.Equal(got, tc.want) {
			t.Errorf("%s: of %q, %v; want %q", name, got, err, tc.want)
		}
	}
	if _, err := k.Conversations(t.Context(), with(ana, 0, access.InboxRead), store.InboxOpen, "", ""); errs.KindOf(err) != errs.Denied {
		t.Errorf("without the right: %v", err)
	}
}

func TestWhoMayNotSendIsToldSo(t *testing.T) {
	k := newKit(t)
	v := k.planted("", "Ana")
	in, out := k.of(v)
	path := "/inbox/" + v.ID
	b := open(k)
	wantBody(t, b.do(http.MethodGet, path, nil, false), "/retry", "/opt-out", `value="reply"`)
	b.as = with(ana, 0, access.SendSMS)
	w := b.do(http.MethodGet, path, nil, false)
	wantBody(t, w, "Your role does not allow you to send texts here.", "You can still write a note.", "/opt-out", `name="mode" value="reply" disabled`)
	lacks(t, w, "/retry")
	for address, form := range map[string]url.Values{"/messages": {"body": {"hello"}}, "/messages/" + out + "/retry": {}} {
		if w := b.do(http.MethodPost, path+address, form, false); w.Code != http.StatusForbidden {
			t.Errorf("POST %s: %d, want 403", address, w.Code)
		}
	}
	if w := b.do(http.MethodPost, path+"/messages", url.Values{"body": {"a note"}, "mode": {"note"}}, false); w.Code != http.StatusSeeOther {
		t.Errorf("a note: %d", w.Code)
	}
	b.as = with(ana, 0, access.SendSMS, access.InboxWrite)
	w = b.do(http.MethodGet, path, nil, false)
	wantBody(t, w, "Your role lets you read here, and not write.")
	lacks(t, w, "<textarea", path+"/state", path+"/read", "/retry", "/opt-out")
	for _, address := range []string{"/messages", "/read", "/state", "/messages/" + in + "/opt-out"} {
		if w := b.do(http.MethodPost, path+address, url.Values{"body": {"x"}, "mode": {"note"}}, false); w.Code != http.StatusForbidden {
			t.Errorf("POST %s: %d, want 403", address, w.Code)
		}
	}
	if n := len(k.texts(v, "out")); n != 1 {
		t.Errorf("%d texts out, want the one that failed", n)
	}
}

func TestTheInboxIsVeiled(t *testing.T) {
	for title, name := range map[string]string{"with a name": "Ana Sousa", "without": ""} {
		t.Run(title, func(t *testing.T) {
			k := newKit(t)
			k.team()
			v := k.planted("me", name)
			b := open(k)
			b.as = with(ana, 0, access.PersonalSee)
			path := "/inbox/" + v.ID
			shown := name
			if shown == "" {
				shown = "•••• 77"
			}
			for _, address := range []string{"/inbox", "/inbox?view=failed", path} {
				w := b.do(http.MethodGet, address, nil, false)
				wantBody(t, w, shown, veil.Hidden)
				lacks(t, w, canaries...)
			}
			wantBody(t, b.do(http.MethodGet, path, nil, false), "<title>"+shown)
			for _, address := range []string{path + "/log", path + "/owner", "/inbox/list?open=" + v.ID} {
				lacks(t, b.do(http.MethodGet, address, nil, true), canaries...)
			}
			for address, form := range map[string]url.Values{
				"/messages": {"body": {""}}, "/messages?note": {"body": {" "}, "mode": {"note"}}, "/owner": {"to": {"gone"}},
			} {
				for _, partial := range []bool{false, true} {
					w := b.do(http.MethodPost, path+address, form, partial)
					if w.Code != http.StatusUnprocessableEntity {
						t.Errorf("%s: %d", address, w.Code)
					}
					lacks(t, w, canaries...)
				}
			}
			w := b.do(http.MethodPost, path+"/messages", url.Values{"body": {"my own words"}, "mode": {"note"}}, true)
			lacks(t, w, canaries...)
			wantBody(t, w, veil.Hidden)
		})
	}
}

func TestTheVeilLiesOnEachConversation(t *testing.T) {
	k := newKit(t)
	v := k.planted("me", "Ana")
	b := open(k)
	b.as = with(agent("me"), access.Own, access.PersonalSee)
	wantBody(t, b.do(http.MethodGet, "/inbox/"+v.ID, nil, false), "canary said", "(503) 555-0177")
	k.tx(func(ctx context.Context, tx *store.Tx) error { return tx.AssignConversation(ctx, v.ID, "mate") })
	w := b.do(http.MethodGet, "/inbox/"+v.ID, nil, false)
	wantBody(t, w, veil.Hidden, "•••• 77")
	lacks(t, w, canaries...)
}

func TestACardOutOfReachIsNotLinked(t *testing.T) {
	k := newKit(t)
	v := k.planted("me", "Ana")
	k.tx(func(ctx context.Context, tx *store.Tx) error {
		return tx.AssignContact(ctx, v.ContactID, "stranger", 2)
	})
	b := open(k)
	b.as = agent("me")
	w := b.do(http.MethodGet, "/inbox/"+v.ID, nil, false)
	wantBody(t, w, "Ana", "canary said", "/tasks/t"+v.ID+"/done")
	lacks(t, w, `href="/contacts/`+v.ContactID+`"`)
}
