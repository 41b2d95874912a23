package fields_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"stead/app/access"
	"stead/app/fields"
	"stead/app/ids"
	"stead/app/web"
	"stead/app/work"
	"stead/store"
	"stead/store/storetest"
)

type kit struct {
	*fields.Service
	t      *testing.T
	store  *store.Store
	work   *work.Runner
	router *web.Router
	actor  access.Actor
	undo   string // of the last change
	slow   bool   // each look at the clock finds it a second later
}

func newKit(t *testing.T) *kit {
	t.Helper()
	k := &kit{t: t, store: storetest.New(t), actor: access.Owner("u1")}
	at := time.Unix(1_790_000_000, 0)
	now := func() time.Time {
		if k.slow {
			at = at.Add(time.Second)
		}
		return at
	}
	k.work = work.New(work.Deps{Store: k.store, Now: now, NewID: ids.New, Log: slog.New(slog.DiscardHandler), Wait: func(context.Context, time.Duration) error { return nil }})
	k.router = web.NewRouter(slog.New(slog.DiscardHandler))
	k.Service = fields.New(fields.Deps{
		Store: k.store, Work: k.work, Now: now, NewID: ids.New, Currencies: []string{"EUR", "USD"},
		Say: func(_ context.Context, _, undoID string) { k.undo = undoID },
	})
	k.Routes(k.router)
	k.change(func(tx *store.Tx) error {
		return tx.InsertUser(t.Context(), store.User{ID: "u1", Name: "Ana", Email: "a@x", EmailKey: "a@x", PasswordHash: "h", Role: access.RoleOwner})
	})
	return k
}

func (k *kit) change(do func(tx *store.Tx) error) {
	k.t.Helper()
	if err := k.store.InTx(k.t.Context(), do); err != nil {
		k.t.Fatal(err)
	}
}

// takeBack takes the last change back.
func (k *kit) takeBack() {
	k.t.Helper()
	k.change(func(tx *store.Tx) error {
		_, err := tx.TakeBack(k.t.Context(), k.undo, 2)
		return err
	})
}

// post sends a form as the kit's actor; typed are names and values in turn.
func (k *kit) post(path string, typed ...string) (status int, body string) {
	k.t.Helper()
	form := url.Values{}
	for i := 0; i < len(typed); i += 2 {
		form.Add(typed[i], typed[i+1])
	}
	return k.send(http.MethodPost, path, form)
}

func (k *kit) get(path string) (status int, body string) {
	k.t.Helper()
	return k.send(http.MethodGet, path, nil)
}

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

func (k *kit) fields(record string) []store.Field {
	k.t.Helper()
	list, err := k.store.Fields(k.t.Context(), record)
	if err != nil {
		k.t.Fatal(err)
	}
	return list
}

func (k *kit) tags() []store.TagCount {
	k.t.Helper()
	list, err := k.store.TagCounts(k.t.Context(), 100)
	if err != nil {
		k.t.Fatal(err)
	}
	return list
}

// people adds contacts.
func (k *kit) people(list ...string) {
	k.t.Helper()
	k.change(func(tx *store.Tx) error {
		for _, id := range list {
			c := store.Contact{ID: id, Name: "Person", Source: "manual", CreatedAt: 1, UpdatedAt: 1, LastActivityAt: 1}
			if err := tx.InsertContact(k.t.Context(), c, nil, nil); err != nil {
				return err
			}
		}
		return nil
	})
}
