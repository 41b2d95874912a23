package roles_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"stead/app/access"
	"stead/app/ids"
	"stead/app/roles"
	"stead/app/web"
	"stead/store"
	"stead/store/storetest"
)

type kit struct {
	*roles.Service
	t      *testing.T
	store  *store.Store
	router *web.Router
	actor  access.Actor
}

func newKit(t *testing.T) *kit {
	t.Helper()
	k := &kit{t: t, store: storetest.New(t), actor: access.Owner("u1")}
	at := time.Unix(1_790_000_000, 0)
	k.router = web.NewRouter(slog.New(slog.DiscardHandler))
	k.router.Confirm = func(http.ResponseWriter, *http.Request) (bool, error) { return true, nil }
	k.Service = roles.New(roles.Deps{
		Store: k.store, Now: func() time.Time { return at }, NewID: ids.New, Pages: k.router.Routes,
	})
	k.Routes(k.router)
	k.user("u1", "Ana", access.RoleOwner, "")
	return k
}

// as is an actor with one of the product's own roles.
func as(role string) access.Actor {
	for _, r := range access.OwnRoles() {
		if r.ID == role {
			return access.Actor{ID: "a-" + role, Kind: access.User, Role: role, May: r.May}
		}
	}
	panic(role)
}

func (k *kit) user(id, name, role, team string) {
	k.t.Helper()
	err := k.store.InTx(k.t.Context(), func(tx *store.Tx) error {
		return tx.InsertUser(k.t.Context(), store.User{ID: id, Name: name, Email: id + "@x", EmailKey: id + "@x", PasswordHash: "h", Role: role, TeamID: team})
	})
	if err != nil {
		k.t.Fatal(err)
	}
}

// hired has an actor be somebody who may sign in, with a role of their rights.
func (k *kit) hired(a access.Actor) access.Actor {
	k.t.Helper()
	err := k.store.InTx(k.t.Context(), func(tx *store.Tx) error {
		if _, err := tx.User(k.t.Context(), a.ID); a.Kind != access.User || err == nil {
			return nil
		}
		if _, err := access.RoleOf(k.t.Context(), &tx.Reader, a.Role); err != nil {
			row := store.Role{ID: a.Role, Name: a.Role, NameKey: a.Role, Grants: access.FormatGrants(a.May)}
			if err := tx.InsertRole(k.t.Context(), row); err != nil {
				return err
			}
		}
		return tx.InsertUser(k.t.Context(), store.User{ID: a.ID, Name: a.ID, Email: a.ID + "@x", EmailKey: a.ID + "@x", PasswordHash: "h", Role: a.Role})
	})
	if err != nil {
		k.t.Fatal(err)
	}
	return a
}

// role makes a role of the business as an owner.
func (k *kit) role(name string, grants map[access.Permission]string) string {
	k.t.Helper()
	id, err := k.Create(k.t.Context(), access.Owner("u1"), roles.Draft{Name: name, Grants: grants}, "")
	if err != nil {
		k.t.Fatal(err)
	}
	return id
}

// send asks a page as the kit's actor and returns status and body.
func (k *kit) send(method, path string, form url.Values) (int, string) {
	k.t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
	r = r.WithContext(web.WithActor(k.t.Context(), k.actor))
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	w := httptest.NewRecorder()
	k.router.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

// acts are the events of a record, and the audit has as many entries of it.
func (k *kit) acts(subject string) string {
	k.t.Helper()
	events, err := k.store.EventsOf(k.t.Context(), subject)
	if err != nil {
		k.t.Fatal(err)
	}
	var kinds []string
	for _, e := range events {
		kinds = append(kinds, e.Kind)
	}
	return strings.Join(kinds, " ")
}

func (k *kit) audited() int64 {
	k.t.Helper()
	n, _, err := k.store.AuditHead(k.t.Context())
	if err != nil {
		k.t.Fatal(err)
	}
	return n
}
