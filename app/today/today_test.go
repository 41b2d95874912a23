package today_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/today"
	"stead/app/web"
	"stead/store"
	"stead/store/storetest"
)

var (
	owner    = access.Owner("u1")
	stranger = access.Actor{ID: "u2", Kind: access.User}
)

const (
	noon = 1_795_262_400_000 // 21 November 2026, 12:00 in Lisbon
	hour = 3_600_000
)

// finisher does what contacts does with a task.
type finisher struct{ st *store.Store }

func (f finisher) FinishTask(ctx context.Context, actor access.Actor, id string) error {
	return f.st.InTx(ctx, func(tx *store.Tx) error {
		if _, err := tx.Task(ctx, id); err != nil {
			return err
		}
		return tx.FinishTask(ctx, id, actor.ID, noon)
	})
}

type kit struct {
	*today.Service
	st *store.Store
	rt *web.Router
}

func newKit(t *testing.T) kit {
	t.Helper()
	st := storetest.New(t)
	k := kit{st: st, rt: web.NewRouter(slog.New(slog.DiscardHandler))}
	k.Service = today.New(today.Deps{Store: st, Tasks: finisher{st}, Now: func() time.Time { return time.UnixMilli(noon) }})
	k.Routes(k.rt)
	k.write(t, func(tx *store.Tx) error {
		if err := tx.InsertUser(t.Context(), store.User{ID: "u1", Name: "Ines Duarte", Email: "i@example.com", EmailKey: "i@example.com", Role: "owner"}); err != nil {
			return err
		}
		return tx.InsertBusiness(t.Context(), store.Business{Name: "Brightwater", Country: "PT", Currency: "EUR", Timezone: "Europe/Lisbon"})
	})
	return k
}

func (k kit) write(t *testing.T, fn func(*store.Tx) error) {
	t.Helper()
	if err := k.st.InTx(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

// missed has a contact whose call was missed at a moment, with a task.
func (k kit) missed(t *testing.T, id, name, number string, at int64) {
	t.Helper()
	k.write(t, func(tx *store.Tx) error {
		phones := []store.Phone{{ID: "p" + id, Typed: number, E164: number}}
		if err := tx.InsertContact(t.Context(), store.Contact{ID: id, Name: name, Source: "call"}, phones, nil); err != nil {
			return err
		}
		v, err := tx.EnsureConversation(t.Context(), id, "v"+id, at)
		if err != nil {
			return err
		}
		call := store.Call{
			ID: "k" + id, ContactID: id, ConversationID: v.ID, Provider: "twilio", ProviderRef: id,
			Direction: "in", Outcome: store.CallMissed, StartedAt: at, Peer: number,
		}
		if err := tx.InsertCall(t.Context(), call); err != nil {
			return err
		}
		if err := tx.MoveConversation(t.Context(), v.ID, store.Move{At: at, Unread: 1, Waits: true}); err != nil {
			return err
		}
		return tx.InsertTask(t.Context(), store.Task{ID: "t" + id, ContactID: id, CallID: call.ID, Kind: "call_back", DueAt: at, CreatedAt: at})
	})
}

func (k kit) do(actor access.Actor, method, path, requestType string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(url.Values{}.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("HX-Request-Type", requestType)
	w := httptest.NewRecorder()
	k.rt.ServeHTTP(w, r.WithContext(web.WithActor(r.Context(), actor)))
	return w
}

func want(t *testing.T, w *httptest.ResponseRecorder, status int, parts ...string) {
	t.Helper()
	if w.Code != status {
		t.Errorf("status = %d, want %d", w.Code, status)
	}
	for _, part := range parts {
		if !strings.Contains(w.Body.String(), part) {
			t.Errorf("the answer lacks %q:\n%s", part, w.Body)
		}
	}
}

func TestAnEmptyDaySaysWhatToDo(t *testing.T) {
	k := newKit(t)
	want(t, k.do(owner, http.MethodGet, "/today", ""), http.StatusOK, "Good afternoon, Ines", "Saturday 21 November",
		"No phone number is connected", `href="/settings/channels"`, "Nothing is due", "Nobody waits", "0 of 0")
	want(t, k.do(stranger, http.MethodGet, "/today", ""), http.StatusForbidden)
}

func TestTheDayShowsWhatWaits(t *testing.T) {
	k := newKit(t)
	k.missed(t, "a", "Ana <b>", "+351912345678", noon-hour)
	k.missed(t, "b", "", "+14155550177", noon-13*hour) // yesterday, by an hour
	k.write(t, func(tx *store.Tx) error {
		hidden := store.Call{ID: "kh", Provider: "twilio", ProviderRef: "h", Direction: "in", Outcome: store.CallMissed, StartedAt: noon - 2*hour}
		if err := tx.InsertCall(t.Context(), hidden); err != nil {
			return err
		}
		return tx.InsertMessage(t.Context(), store.Message{
			ID: "m", ContactID: "a", ConversationID: "va", Channel: "sms", Direction: "in", Body: "two\nlines", Peer: "+351912345678",
			State: store.MessageReceived, Provider: "twilio", ProviderRef: "m", CreatedAt: noon - hour/2,
		})
	})
	day, err := k.Day(t.Context(), owner)
	if err != nil || day.TaskCount != 2 || len(day.Waiting) != 2 || day.Unread != 2 {
		t.Fatalf("day = %+v, %v", day, err)
	}
	if want := (store.DayCalls{Missed: 2, Recovered: 1, Hidden: 1}); day.Calls != want {
		t.Errorf("calls = %+v, want %+v: the day begins at midnight in Lisbon", day.Calls, want)
	}
	want(t, k.do(owner, http.MethodGet, "/today", ""), http.StatusOK, "<html", "Ana &lt;b&gt;", "912 345 678</bdi>", `href="tel:+14155550177"`,
		`href="/contacts/b"`, `href="/inbox/va"`, "two lines", "Missed call", "1 of 2", "Withheld numbers", "10:00", "2 tasks are due", "Late")
}

func TestATaskIsDoneFromThePage(t *testing.T) {
	k := newKit(t)
	k.missed(t, "a", "Ana", "+351912345678", noon-hour)
	part := k.do(owner, http.MethodPost, "/today/tasks/ta/done", "partial")
	want(t, part, http.StatusOK, `id="today"`, "Nothing is due")
	if strings.Contains(part.Body.String(), "<html") {
		t.Error("a whole page in the place of a part")
	}
	plain := k.do(owner, http.MethodPost, "/today/tasks/ta/done", "")
	if plain.Code != http.StatusSeeOther || plain.Header().Get("Location") != "/today" {
		t.Errorf("without htmx: %d to %q, want 303 to the page", plain.Code, plain.Header().Get("Location"))
	}
	want(t, k.do(owner, http.MethodPost, "/today/tasks/no/done", ""), http.StatusNotFound)
	want(t, k.do(stranger, http.MethodPost, "/today/tasks/ta/done", ""), http.StatusForbidden)
}

func TestMoreThanFitsIsCounted(t *testing.T) {
	k := newKit(t)
	for i := range 23 {
		k.missed(t, fmt.Sprintf("c%02d", i), "", fmt.Sprintf("+3519123456%02d", i), noon-hour+int64(i))
	}
	want(t, k.do(owner, http.MethodGet, "/today", ""), http.StatusOK, "3 more wait behind these.", "Everyone who waits")
}

func TestTheChannelIsNamedWhenItFails(t *testing.T) {
	for state, says := range map[string]string{
		store.Failing:      "Twilio refuses what we send",
		store.Disconnected: "No phone number is connected",
		store.Connected:    "",
	} {
		k := newKit(t)
		k.write(t, func(tx *store.Tx) error {
			return tx.PutConnection(t.Context(), store.Connection{Provider: "twilio", Account: "AC1", State: state})
		})
		w := k.do(owner, http.MethodGet, "/today", "")
		if has := strings.Contains(w.Body.String(), "/settings/channels"); has != (says != "") {
			t.Errorf("%s: notice = %v", state, has)
		}
		want(t, w, http.StatusOK, says)
	}
}

func TestOnlyWhoMayReadTheInboxSeesTheDay(t *testing.T) {
	k := newKit(t)
	if _, err := k.Day(t.Context(), stranger); errs.KindOf(err) != errs.Denied {
		t.Errorf("err = %v, want denied", err)
	}
}

func (k kit) owned(t *testing.T, id, owner string) {
	t.Helper()
	k.write(t, func(tx *store.Tx) error {
		if err := tx.AssignContact(t.Context(), id, owner, 1); err != nil {
			return err
		}
		return tx.HandOn(t.Context(), id, owner, store.OwnedBy().OrFree(), store.OwnedBy().OrFree())
	})
}

func limited(reach access.Reach, blind bool) access.Actor {
	a := access.Actor{ID: "u2", Kind: access.User, Mates: []string{"u2", "u1"}, May: map[access.Permission]access.Reach{
		access.InboxRead: reach, access.TasksWrite: reach, access.ContactsRead: reach, access.PersonalSee: reach,
	}}
	if blind {
		a.May[access.PersonalSee] = 0
	}
	return a
}

func TestTheDayIsOfWhatSomebodyMaySee(t *testing.T) {
	k := newKit(t)
	k.write(t, func(tx *store.Tx) error {
		return tx.InsertUser(t.Context(), store.User{ID: "u2", Name: "Rui", Email: "r@example.com", EmailKey: "r@example.com", Role: access.RoleAgent})
	})
	for i, owner := range []string{"u1", "u2", "u3", ""} {
		id := string(rune('a' + i))
		k.missed(t, id, "Person "+id, fmt.Sprintf("+35191234567%d", i), noon-hour-int64(i))
		k.owned(t, id, owner)
	}
	for name, tc := range map[string]struct {
		actor       access.Actor
		first       string // the actor's own come first
		count, mine int64
		missed      int64
	}{
		"own":        {limited(access.Own, false), "b", 1, 1, 1},
		"the team's": {limited(access.Team, false), "b", 3, 1, 3},
		"everything": {limited(access.All, false), "b", 4, 1, 4},
		"the owner":  {owner, "a", 4, 1, 4},
	} {
		day, err := k.Day(t.Context(), tc.actor)
		if err != nil {
			t.Fatal(name, err)
		}
		if day.TaskCount != tc.count || int64(len(day.Tasks)) != tc.count || day.MyTasks != tc.mine || day.Unread != tc.count || day.MyUnread != tc.mine ||
			day.Calls.Missed != tc.missed || int64(len(day.Waiting)) != tc.count || day.Tasks[0].ContactID != tc.first {
			t.Errorf("%s: %d tasks (%d mine, %s first), %d unread (%d mine), %d missed, %d wait", name, day.TaskCount, day.MyTasks,
				day.Tasks[0].ContactID, day.Unread, day.MyUnread, day.Calls.Missed, len(day.Waiting))
		}
	}
	w := k.do(limited(access.Own, false), http.MethodGet, "/today", "")
	want(t, w, http.StatusOK, "Person b", "1 of them yours")
	for _, name := range []string{"Person a", "Person c", "Person d"} {
		if strings.Contains(w.Body.String(), name) {
			t.Errorf("%s is out of reach and shown", name)
		}
	}
}

func TestTheDayIsVeiled(t *testing.T) {
	k := newKit(t)
	k.missed(t, "a", "", "+351912345677", noon-hour)
	k.missed(t, "b", "Bea", "+351912345688", noon-hour)
	k.write(t, func(tx *store.Tx) error {
		return tx.InsertMessage(t.Context(), store.Message{
			ID: "m", ContactID: "b", ConversationID: "vb", Channel: "sms", Direction: "in", Body: "canary said", Peer: "+351912345688",
			State: store.MessageReceived, Provider: "twilio", ProviderRef: "m", CreatedAt: noon,
		})
	})
	w := k.do(limited(access.All, true), http.MethodGet, "/today", "")
	want(t, w, http.StatusOK, "•••• 77", "•••• 88", "Bea", "Hidden: your role does not show personal data.", "Done: call back •••• 77")
	for _, canary := range []string{"912", "345", "canary", "tel:"} {
		if strings.Contains(w.Body.String(), canary) {
			t.Errorf("the page has %q", canary)
		}
	}
}

func TestWhoFinishesNoTasksIsShownNone(t *testing.T) {
	k := newKit(t)
	k.missed(t, "a", "Ana", "+351912345677", noon-hour)
	reader := limited(access.All, false)
	reader.May[access.TasksWrite] = 0
	if body := k.do(reader, http.MethodGet, "/today", "").Body.String(); strings.Contains(body, "/done") || strings.Contains(body, "Nothing is due") {
		t.Error("tasks are offered, or denied to be there")
	}
}
