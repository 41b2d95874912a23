package store_test

import (
	"fmt"
	"testing"

	"stead/store"
	"stead/store/storetest"
)

func TestWhoIsLikeWhatIsTyped(t *testing.T) {
	s := storetest.New(t)
	addContact(t, s, store.Contact{ID: "a", Name: "Ana Reis", Company: "Röda AB", OwnerID: "u1"}, "+351912345678")
	addContact(t, s, store.Contact{ID: "b", Name: "Ána REIS", Company: "Willow"}, "+351912345678")
	addContact(t, s, store.Contact{ID: "c", Name: "Tom"}, "+351912345678", "+15550100")
	for name, tc := range map[string]struct {
		scope    store.Scope
		phones   []string
		name, at string
		want     string
	}{
		"nobody":                 {store.Everything, []string{"+1"}, "ana", "", "[]"},
		"a number":               {store.Everything, []string{"+15550100"}, "", "", "[c phone 50]"},
		"the name says which":    {store.Everything, []string{"+351912345678"}, "ana reis", "", "[b phone 90][a phone 90][c phone 25]"},
		"a name and its company": {store.Everything, nil, "ana reis", "roda ab", "[a name_company 45]"},
		"a name alone":           {store.Everything, nil, "ana reis", "", "[]"},
		"a company alone":        {store.Everything, nil, "", "roda ab", "[]"},
		"all at once":            {store.Everything, []string{"+351912345678"}, "ana reis", "willow", "[b phone name_company 135][a phone 90][c phone 25]"},
		"somebody out of scope":  {store.OwnedBy("u1"), []string{"+15550100"}, "", "", "[hidden phone 50]"},
		"a name out of scope":    {store.OwnedBy("u1"), nil, "ana reis", "willow", "[]"},
		"a name in scope":        {store.OwnedBy("u1"), nil, "ana reis", "roda ab", "[a name_company 45]"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := s.Matches(t.Context(), tc.scope, tc.phones, nil, tc.name, tc.at, 10)
			if err != nil {
				t.Fatal(err)
			}
			if shown := showMatches(got); shown != tc.want {
				t.Errorf("got %s, want %s", shown, tc.want)
			}
		})
	}
}

func showMatches(matches []store.ContactMatch) string {
	out := ""
	for _, m := range matches {
		id := m.ID
		if m.Hidden {
			id = "hidden" + id + m.Name
		}
		line := id
		for _, reason := range m.Reasons {
			line += " " + reason
		}
		out += fmt.Sprintf("[%s %d]", line, m.Score)
	}
	if out == "" {
		return "[]"
	}
	return out
}
