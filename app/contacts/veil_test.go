package contacts_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"stead/app/access"
	"stead/store"
)

// Every page of the capability, asked by somebody who may do everything but see
// personal data: none of what was planted reaches them.
func TestPagesAreVeiled(t *testing.T) {
	p := newPages(t)
	p.team(t)
	p.planted(t, "c1", "", "me") // without a name the number would be the title
	p.planted(t, "c22", "Ana Sousa", "me")
	blind := with(owner, 0, access.PersonalSee)
	blind.ID = "me"
	older := url.QueryEscape(store.Cursor(noon+1, "z"))
	for name, tc := range map[string]struct {
		method, path string
		form         url.Values
		status       int
		shows        string
	}{
		"list":                    {http.MethodGet, "/contacts", nil, 200, "•••• 77"},
		"list by name":            {http.MethodGet, "/contacts?sort=name", nil, 200, "Ana Sousa"},
		"search by name":          {http.MethodPost, "/contacts/find", url.Values{"q": {"sousa"}}, 200, "Ana Sousa"},
		"search by number":        {http.MethodPost, "/contacts/find", url.Values{"q": {"9123"}}, 200, "Nobody found"},
		"search by address":       {http.MethodPost, "/contacts/find", url.Values{"q": {"willow.example"}}, 200, "Nobody found"},
		"card without a name":     {http.MethodGet, "/contacts/c1", nil, 200, "<title>•••• 77"},
		"card":                    {http.MethodGet, "/contacts/c22", nil, 200, "c•••@willow.example"},
		"older activity":          {http.MethodGet, "/contacts/c22?after=" + older, nil, 200, "Hidden: your role does not show personal data."},
		"owner":                   {http.MethodGet, "/contacts/c22/owner", nil, 200, ""},
		"edit":                    {http.MethodGet, "/contacts/c22/edit", nil, 403, "Your role does not show"},
		"save":                    {http.MethodPost, "/contacts/c22", url.Values{"name": {"A"}, "version": {"2"}}, 403, ""},
		"save an older version":   {http.MethodPost, "/contacts/c22", url.Values{"name": {"A"}, "version": {"0"}}, 403, ""},
		"new":                     {http.MethodGet, "/contacts/new", nil, 200, ""},
		"match by name":           {http.MethodPost, "/contacts/matches", url.Values{"name": {"Ana"}}, 200, "Ana Sousa"},
		"match by address":        {http.MethodPost, "/contacts/matches", url.Values{"email1": {"Canary@willow.example"}}, 200, ""},
		"a note that is refused":  {http.MethodPost, "/contacts/c22/notes", url.Values{"body": {""}}, 422, "Write something first."},
		"a restriction refused":   {http.MethodPost, "/contacts/c22/restriction", url.Values{"restricted": {"yes"}}, 422, ""},
		"an assignment refused":   {http.MethodPost, "/contacts/c22/owner", url.Values{"to": {"gone"}}, 422, "no longer here"},
		"a task that is finished": {http.MethodPost, "/contacts/c22/tasks/tc22/done", url.Values{}, 200, ""},
	} {
		t.Run(name, func(t *testing.T) {
			for _, partial := range []string{"partial", ""} {
				w := p.do(blind, tc.method, tc.path, tc.form, partial)
				if partial == "" && tc.status == 200 && w.Code != http.StatusSeeOther || partial == "partial" && tc.status != 200 {
					want(t, w, tc.status)
				}
				if partial == "" && w.Code == tc.status {
					want(t, w, tc.status, tc.shows)
				}
				wantNot(t, w, append(canaries, "tel:", "mailto:", "351")...)
				for header, values := range w.Header() {
					if v := strings.Join(values, " "); strings.Contains(v, "912345") || strings.Contains(v, "canary") {
						t.Errorf("header %s: %s", header, v)
					}
				}
			}
		})
	}
}

// A role that sees the personal data of its own records sees it of those alone.
func TestTheVeilLiesOnEachRecord(t *testing.T) {
	p := newPages(t)
	p.team(t)
	p.planted(t, "c1", "Mine", "me")
	p.planted(t, "c22", "Theirs", "mate")
	half := with(agent("me"), access.Own, access.PersonalSee)
	want(t, p.do(half, http.MethodGet, "/contacts/c1", nil, ""), http.StatusOK, "912 345 677", "canary@willow.example", "canary said", "canary about", "/contacts/c1/edit")
	theirs := p.do(half, http.MethodGet, "/contacts/c22", nil, "")
	want(t, theirs, http.StatusOK, "Theirs", "Hidden: your role")
	wantNot(t, theirs, append(canaries, "/contacts/c22/edit")...)
	want(t, p.do(half, http.MethodGet, "/contacts", nil, ""), http.StatusOK, "+351 912 345 677", "Mine", "Theirs", "•••• 21")
	for query, found := range map[string]string{"912345": "Mine", "canary": "Mine", "willow.example": "Mine", "theirs": "Theirs", "willow c22": "Theirs"} {
		w := p.do(half, http.MethodPost, "/contacts/find", url.Values{"q": {query}}, "partial")
		for _, name := range []string{"Mine", "Theirs"} {
			if got := strings.Contains(w.Body.String(), name+"</bdi>"); got != (name == found) {
				t.Errorf("%q finds %s: %v", query, name, got)
			}
		}
	}
}

// The card shows what is said only to whoever may see the conversation.
func TestTheCardShowsNoConversationToWhoHasNoInbox(t *testing.T) {
	p := newPages(t)
	p.team(t)
	p.planted(t, "c1", "Ana", "me")
	inTx(t, p.st, func(tx *store.Tx) error { return tx.AssignConversation(t.Context(), "vc1", "stranger") })
	for name, actor := range map[string]access.Actor{
		"no inbox":                   with(owner, 0, access.InboxRead),
		"the thread is out of reach": agent("me"),
	} {
		t.Run(name, func(t *testing.T) {
			card := p.do(actor, http.MethodGet, "/contacts/c1", nil, "")
			want(t, card, http.StatusOK, "912 345 677", "Your role does not show this person&#39;s conversation.")
			wantNot(t, card, "canary said", "canary noted", "/inbox/vc1", "Missed call")
			older := p.do(actor, http.MethodGet, "/contacts/c1?after="+url.QueryEscape(store.Cursor(noon+1, "z")), nil, "partial")
			wantNot(t, older, "canary said", "canary noted")
		})
	}
}

// Nobody is offered what would be refused.
func TestTheCardOffersWhatIsAllowed(t *testing.T) {
	p := newPages(t)
	p.team(t)
	p.planted(t, "c1", "Ana", "me")
	offers := map[access.Permission][]string{
		access.ContactsWrite:  {"/contacts/c1/edit", "/contacts/c1/block", "/contacts/c1/notes", "/contacts/c1/restriction"},
		access.ContactsAssign: {`action="/contacts/c1/owner"`}, access.TasksWrite: {"/contacts/c1/tasks/tc1/done"},
		access.InboxRead: {"/inbox/vc1"}, access.PrivacyErase: {"/privacy/people/c1/erase"},
	}
	for permission, parts := range offers {
		want(t, p.do(owner, http.MethodGet, "/contacts/c1", nil, ""), http.StatusOK, parts...)
		wantNot(t, p.do(with(owner, 0, permission), http.MethodGet, "/contacts/c1", nil, ""), parts...)
	}
	wantNot(t, p.do(with(owner, 0, access.ContactsWrite), http.MethodGet, "/contacts", nil, ""), "/contacts/new")
}
