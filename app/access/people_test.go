package access_test

import (
	"fmt"
	"testing"

	"stead/app/access"
	"stead/app/errs"
	"stead/store"
	"stead/store/storetest"
)

// A part of a list never holds what the list does not.
func TestAPartIsNeverMoreThanTheWhole(t *testing.T) {
	st := storetest.New(t)
	owners := []string{"me", "mate", "stranger", ""}
	add(t, st, func(tx *store.Tx) error {
		for i, owner := range owners {
			c := store.Contact{ID: fmt.Sprint("c", i), Source: "manual", OwnerID: owner}
			if err := tx.InsertContact(t.Context(), c, nil, nil); err != nil {
				return err
			}
		}
		return nil
	})
	want := map[access.Reach]map[string]string{
		0:           {access.Whole: "", access.Mine: "", access.Mates: "", access.Free: "", "nonsense": ""},
		access.Own:  {access.Whole: "me", access.Mine: "me", access.Mates: "me", access.Free: "", "nonsense": "me"},
		access.Team: {access.Whole: "me mate -", access.Mine: "me", access.Mates: "me mate", access.Free: "-", "nonsense": "me mate -"},
		access.All:  {access.Whole: "me mate stranger -", access.Mine: "me", access.Mates: "me mate", access.Free: "-", "nonsense": "me mate stranger -"},
	}
	for reach, parts := range want {
		a := access.Actor{ID: "me", May: map[access.Permission]access.Reach{access.ContactsRead: reach}, Mates: []string{"me", "mate"}}
		for whose, want := range parts {
			page, err := st.Contacts(t.Context(), access.Part(a, access.ContactsRead, whose), store.ContactOrder{Owners: true}, store.Page{})
			got := ""
			for _, owner := range owners {
				for _, c := range page.Rows {
					if c.OwnerID == owner && owner == "" {
						got += " -"
					} else if c.OwnerID == owner {
						got += " " + owner
					}
				}
			}
			if got != "" {
				got = got[1:]
			}
			if err != nil || got != want {
				t.Errorf("reach %s, part %q: %q, %v; want %q", reach.Name(), whose, got, err, want)
			}
		}
	}
	if got := access.Part(access.Actor{May: map[access.Permission]access.Reach{access.ContactsRead: access.All}}, access.ContactsRead, access.Mine); fmt.Sprint(got) != fmt.Sprint(store.Scope{}) {
		t.Errorf("nobody has a part: %v", got)
	}
}

func add(t *testing.T, st *store.Store, do func(*store.Tx) error) {
	t.Helper()
	if err := st.InTx(t.Context(), do); err != nil {
		t.Fatal(err)
	}
}

func TestPartsAreOfferedWhereTheyTellSomething(t *testing.T) {
	two, three := access.People{{ID: "me"}, {ID: "mate"}}, access.People{{ID: "me"}, {ID: "mate"}, {ID: "stranger"}}
	gone := access.People{{ID: "me"}, {ID: "mate", RemovedAt: 5}, {ID: "ill", DisabledAt: 5}}
	for name, tc := range map[string]struct {
		people access.People
		reach  access.Reach
		want   string
	}{
		"alone":                       {access.People{{ID: "me"}}, access.All, ""},
		"alone since others left":     {gone, access.All, ""},
		"one's own only":              {three, access.Own, ""},
		"the team's only":             {three, access.Team, "All Mine Unassigned"},
		"everything, all in one team": {two, access.All, "All Mine Unassigned"},
		"everything, several teams":   {three, access.All, "All Mine Unassigned Team"},
	} {
		a := access.Actor{ID: "me", May: map[access.Permission]access.Reach{access.InboxRead: tc.reach}, Mates: []string{"me", "mate"}}
		got := ""
		for _, part := range tc.people.Parts(a, access.InboxRead) {
			got += " " + part.Label
		}
		if got != "" {
			got = got[1:]
		}
		if got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
}

func TestOnlyWhoIsHereAndCouldSeeItIsGivenARecord(t *testing.T) {
	st := storetest.New(t)
	users := []store.User{
		{ID: "agent", Name: "Ana", Email: "a@x", EmailKey: "a@x", Role: access.RoleAgent},
		{ID: "viewer", Name: "Vera", Email: "v@x", EmailKey: "v@x", Role: access.RoleViewer},
		{ID: "gone", Name: "Gil", Email: "g@x", EmailKey: "g@x", Role: "no such role"},
		{ID: "ill", Name: "Ida", Email: "i@x", EmailKey: "i@x", Role: access.RoleOwner},
	}
	add(t, st, func(tx *store.Tx) error {
		for _, u := range users {
			if err := tx.InsertUser(t.Context(), u); err != nil {
				return err
			}
		}
		return tx.DisableUser(t.Context(), "ill", 5)
	})
	for id, want := range map[string]bool{"agent": true, "viewer": false, "gone": false, "ill": false, "nobody at all": false} {
		err := access.MayHold(t.Context(), &st.Reader, id, access.InboxRead)
		if (err == nil) != want || err != nil && (errs.KindOf(err) != errs.Invalid || errs.Fields(err)["to"] == "") {
			t.Errorf("%s: %v, want held %v", id, err, want)
		}
	}
	all, err := st.Users(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	holders, err := access.People(all).Holders(t.Context(), &st.Reader, access.ContactsRead)
	if err != nil || len(holders) != 2 || holders[0].ID != "agent" || holders[1].ID != "viewer" {
		t.Errorf("holders = %+v, %v", holders, err)
	}
	for id, want := range map[string]string{"agent": "Ana", "ill": "Ida", "": "", "long gone": "Former colleague"} {
		if got := access.People(all).Name(id); got != want {
			t.Errorf("Name(%q) = %q, want %q", id, got, want)
		}
	}
}
