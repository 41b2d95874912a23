package apptest

import (
	"net/http"
	"net/url"

	"stead/app/ids"
	"stead/store"
)

// Colleague says who Hire makes.
type Colleague struct {
	Name string // empty: Colleague
	Role string // one of access's own, or the id of a role of the business
	Team string // id; empty: in none
}

// Hire adds somebody who may sign in with Password. Nobody invited them and no
// mail goes out.
func (h *House) Hire(c Colleague) store.User {
	h.t.Helper()
	owner, err := h.Store().UserByEmail(h.t.Context(), Email)
	if err != nil {
		h.t.Fatal(err)
	}
	id, now := ids.New(), h.Clock.Now().UnixMilli()
	u := store.User{
		ID: id, Name: c.Name, Email: id + "@brightwater.example", EmailKey: id + "@brightwater.example",
		PasswordHash: owner.PasswordHash, Role: c.Role, TeamID: c.Team, CreatedAt: now, UpdatedAt: now,
	}
	if u.Name == "" {
		u.Name = "Colleague"
	}
	h.Change("user.added", id, func(tx *store.Tx) error { return tx.InsertUser(h.t.Context(), u) })
	return u
}

// Change does something to the team without asking who may, and says that it
// happened, as whatever did it would.
func (h *House) Change(event, subject string, do func(tx *store.Tx) error) {
	h.t.Helper()
	e := store.Event{ID: ids.New(), Kind: event, Subject: subject, At: h.Clock.Now().UnixMilli()}
	err := h.Store().InTx(h.t.Context(), func(tx *store.Tx) error {
		if err := do(tx); err != nil {
			return err
		}
		return tx.Emit(h.t.Context(), e)
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

// SignIn is a browser in which somebody has just typed Password.
func (h *House) SignIn(u store.User) *Client {
	h.t.Helper()
	c := h.Visitor()
	if p := c.PostForm("/login", url.Values{"email": {u.Email}, "password": {Password}}); p.Status != http.StatusSeeOther || c.Cookie() == nil {
		h.t.Fatalf("sign-in of %s answered %d", u.Role, p.Status)
	}
	return c
}

// SignedInAs is the browser of a new colleague with a role; more says what else
// is to be known of them.
func (h *House) SignedInAs(role string, more Colleague) (*Client, store.User) {
	h.t.Helper()
	more.Role = role
	u := h.Hire(more)
	return h.SignIn(u), u
}
