package companies_test

import (
	"net/http"
	"strings"
	"testing"

	"stead/app/access"
	"stead/store"
)

func reach(id string, personal access.Reach, more ...access.Permission) access.Actor {
	may := map[access.Permission]access.Reach{access.ContactsRead: access.All, access.ContactsWrite: access.All, access.PersonalSee: personal}
	for _, p := range more {
		may[p] = access.All
	}
	return access.Actor{ID: id, Kind: access.User, May: may}
}

// TestNobodyIsFoundByWhatIsNotShown: who sees no numbers and addresses cannot try
// them out either.
func TestNobodyIsFoundByWhatIsNotShown(t *testing.T) {
	k := newKit(t)
	path := k.made("name", "Harbour")
	k.change(func(tx *store.Tx) error {
		for id, owner := range map[string]string{"mine": "u2", "theirs": "u1"} {
			c := store.Contact{ID: id, Name: "Zq " + id, Company: "Quay Ltd", OwnerID: owner, Source: "manual", CreatedAt: 1, UpdatedAt: 1, LastActivityAt: 1}
			phone := store.Phone{ID: "p" + id, Typed: "+351912345678", E164: "+351912345678", CreatedAt: 1}
			mail := store.Email{ID: "e" + id, Typed: "secret@zq.example", CreatedAt: 1}
			if err := tx.InsertContact(t.Context(), c, []store.Phone{phone}, []store.Email{mail}); err != nil {
				return err
			}
		}
		return nil
	})
	k.actor = reach("u2", access.Own)
	for typed, want := range map[string]struct{ mine, theirs bool }{
		"zq": {true, true}, "quay": {true, true}, "zq quay": {true, true}, "5678": {true, false}, "912345678": {true, false}, "secret": {true, false}, "zq 5678": {true, false}, "--": {false, false},
	} {
		status, body, _ := k.post(path+"/candidates", "q", typed)
		if status != http.StatusOK || strings.Contains(body, `value="mine"`) != want.mine || strings.Contains(body, `value="theirs"`) != want.theirs {
			t.Errorf("%q answers %d: %s", typed, status, body)
		}
		if want.theirs && strings.Count(body, "912 345 678") > 1 {
			t.Errorf("%q shows a number that is not the actor's to see", typed)
		}
	}
	if status, _, _ := k.post(path+"/people", "contact", "theirs"); status != http.StatusForbidden {
		t.Errorf("adding whom the actor does not see in full answers %d", status)
	}
}

// TestNobodyTakesACompanyToSeeIt: an actor who sees their own companies in full
// would show themselves others by taking them.
func TestNobodyTakesACompanyToSeeIt(t *testing.T) {
	k := newKit(t)
	k.change(func(tx *store.Tx) error {
		for _, id := range []string{"u2", "u3"} {
			if err := tx.InsertUser(t.Context(), store.User{ID: id, Name: id, Email: id + "@x", EmailKey: id + "@x", PasswordHash: "h", Role: access.RoleOwner}); err != nil {
				return err
			}
		}
		return nil
	})
	path := k.made("name", "Harbour", "about", "Told in private")
	if status, _, to := k.post(path+"/owner", "to", "u3"); status != http.StatusSeeOther || to != path {
		t.Fatalf("giving it to a colleague answers %d to %s", status, to)
	}
	k.actor = reach("u2", access.Own, access.ContactsAssign)
	if status, body, _ := k.post(path+"/owner", "to", "u2"); status == http.StatusSeeOther || strings.Contains(body, "Told in private") {
		t.Errorf("taking it answers %d", status)
	}
	if c, err := k.store.Company(t.Context(), id(path)); err != nil || c.OwnerID != "u3" {
		t.Errorf("it is %q's, %v", c.OwnerID, err)
	}
	k.actor = access.Owner("u1")
	for typed, want := range map[string]int{"nobody-there": http.StatusUnprocessableEntity, "": http.StatusSeeOther, "u1": http.StatusSeeOther} {
		if status, _, _ := k.post(path+"/owner", "to", typed); status != want {
			t.Errorf("to %q answers %d, want %d", typed, status, want)
		}
	}
	k.post(path+"/owner", "to", "u3")
	k.actor.May = map[access.Permission]access.Reach{access.ContactsRead: access.Own, access.ContactsAssign: access.All}
	k.actor.ID = "u3"
	if status, _, to := k.post(path+"/owner", "to", ""); status != http.StatusSeeOther || to != "/companies" {
		t.Errorf("giving away what one then sees no more answers %d to %s", status, to)
	}
}
