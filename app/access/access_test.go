package access

import (
	"testing"

	"stead/app/errs"
)

func TestAllow(t *testing.T) {
	agent := Actor{ID: "u1", Kind: User, May: map[Permission]Reach{ContactsRead: Own, InboxRead: All}}
	for name, tt := range map[string]struct {
		actor Actor
		p     Permission
		owner string
		want  errs.Kind
		ok    bool
	}{
		"owner of the business reads anything": {Owner("u9"), ContactsRead, "u1", 0, true},
		"own record within reach":              {agent, ContactsRead, "u1", 0, true},
		"another's record does not exist":      {agent, ContactsRead, "u2", errs.NotFound, false},
		"a record of nobody does not exist":    {agent, ContactsRead, "", errs.NotFound, false},
		"all records within reach":             {agent, InboxRead, "u2", 0, true},
		"no permission is denied":              {agent, ContactsWrite, "u1", errs.Denied, false},
		"nobody is denied":                     {Actor{}, ContactsRead, "", errs.Denied, false},
		"nobody with permissions is denied":    {Actor{May: everything()}, ContactsRead, "", errs.Denied, false},
		"an unknown permission is denied":      {Owner("u9"), "deals.imagine", "", errs.Denied, false},
	} {
		t.Run(name, func(t *testing.T) {
			err := Allow(tt.actor, tt.p, Object{Owner: tt.owner})
			if (err == nil) != tt.ok {
				t.Fatalf("got %v", err)
			}
			if err != nil && errs.KindOf(err) != tt.want {
				t.Errorf("kind %v, want %v", errs.KindOf(err), tt.want)
			}
		})
	}
}

func TestActorsAreToldApart(t *testing.T) {
	if a := System("textback"); a.ID != "system:textback" || a.Kind != Machine {
		t.Errorf("system actor is %+v", a)
	}
	if a := Operator(); a.ID != "operator" || a.Kind != Terminal {
		t.Errorf("operator is %+v", a)
	}
	one, two := Owner("a"), Owner("b")
	delete(one.May, ContactsRead)
	if two.May[ContactsRead] != All {
		t.Error("actors share their permissions")
	}
}
