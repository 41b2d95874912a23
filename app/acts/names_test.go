package acts

import (
	"context"
	"testing"

	"stead/app/access"
	"stead/store"
	"stead/store/storetest"
)

func TestKindOf(t *testing.T) {
	for actor, want := range map[string]Kind{
		"": Nobody, "operator": Operator, "system:sweep": Automatic, "provider:twilio": Provider, "key:k1": Key,
		"0191d2a0-7c3e-7000-8000-000000000001": Person, "odd:thing": Person,
	} {
		if got := KindOf(actor); got != want {
			t.Errorf("%q is %q, want %q", actor, got, want)
		}
	}
}

func TestNamesGoNoFurtherThanTheReach(t *testing.T) {
	st := storetest.New(t)
	ctx := t.Context()
	err := st.InTx(ctx, func(tx *store.Tx) error {
		for _, u := range []store.User{{ID: "u1", Name: "Ana", Email: "a@example.com", EmailKey: "a@example.com", Role: "owner"}, {ID: "u2", Name: "Ben", Email: "b@example.com", EmailKey: "b@example.com", Role: "agent"}} {
			if err := tx.InsertUser(ctx, u); err != nil {
				return err
			}
		}
		for _, c := range []store.Contact{{ID: "mine", Name: "Mona", OwnerID: "u2", Source: "manual"}, {ID: "hers", Name: "Hetty", OwnerID: "u1", Source: "manual"}, {ID: "nameless", OwnerID: "u2", Source: "call"}} {
			if err := tx.InsertContact(ctx, c, nil, nil); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	ben := access.Actor{ID: "u2", Kind: access.User, May: map[access.Permission]access.Reach{access.ContactsRead: access.Own}}
	for name, tc := range map[string]struct {
		viewer access.Actor
		id     string
		want   Who
	}{
		"own":                       {ben, "mine", Who{"Mona", "/contacts/mine"}},
		"another's is nobody":       {ben, "hers", Who{}},
		"the owner sees all":        {access.Owner("u1"), "mine", Who{"Mona", "/contacts/mine"}},
		"no number for a name":      {ben, "nameless", Who{"A contact without a name", "/contacts/nameless"}},
		"who is gone is nobody":     {access.Owner("u1"), "gone", Who{}},
		"without the right: nobody": {access.Actor{ID: "u2"}, "mine", Who{}},
	} {
		t.Run(name, func(t *testing.T) {
			n := NewNames(&st.Reader, tc.viewer)
			for range 2 { // the second from memory
				got, err := n.Contact(context.Background(), tc.id)
				if err != nil || got != tc.want {
					t.Errorf("got %+v, %v; want %+v", got, err, tc.want)
				}
			}
		})
	}
	n := NewNames(&st.Reader, ben)
	for id, want := range map[string]string{"u1": "Ana", "u9": access.Former, "system:sweep": "Retention", "system:leads": "Leads", "system:new": "new", "operator": "The operator of the machine"} {
		if got, err := n.Actor(ctx, id); err != nil || got != want {
			t.Errorf("%s is %q, %v; want %q", id, got, err, want)
		}
	}
}
