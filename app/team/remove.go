package team

import (
	"context"
	"errors"

	"stead/app/access"
	"stead/app/email"
	"stead/app/errs"
	"stead/store"
)

// What ends an account.
const (
	EventRemoved = "user.removed"
	EventLeft    = "user.left"
)

// Heirs says who gets each kind of a person's work; empty: nobody.
type Heirs = store.Heirs

// Estate is what a person looks after and who may get it.
type Estate struct {
	User                                  store.User
	Work                                  store.Work
	Contacts, Deals, Conversations, Tasks access.People // who may get which
}

// Estate tells what a colleague's removal has to give away.
func (s *Service) Estate(ctx context.Context, actor access.Actor, id string) (Estate, error) {
	if err := access.Allow(actor, access.TeamWrite, access.Object{}); err != nil {
		return Estate{}, err
	}
	m, err := s.Colleague(ctx, actor, id)
	if err != nil {
		return Estate{}, err
	}
	e, err := s.estate(ctx, m.User)
	for _, kind := range heirKinds {
		var may access.People
		for _, u := range *kind.list(&e) {
			if mayBequeath(actor, kind.assign, kind.need, id, u.ID) {
				may = append(may, u)
			}
		}
		*kind.list(&e) = may
	}
	return e, err
}

// mayBequeath tells whether an actor could assign work of somebody's to an heir,
// and would not see more of it as the heir than before.
func mayBequeath(actor access.Actor, assign, see access.Permission, from, heir string) bool {
	of := access.Object{Owner: from}
	return access.May(actor, assign, of) && (heir != actor.ID || access.May(actor, see, of) && !access.Gains(actor, from))
}

func (s *Service) estate(ctx context.Context, u store.User) (Estate, error) {
	e := Estate{User: u}
	var err error
	if e.Work, err = s.Store.WorkOf(ctx, u.ID); err != nil {
		return e, err
	}
	users, err := s.Store.Users(ctx)
	if err != nil {
		return e, err
	}
	var others access.People
	for _, other := range users {
		if other.ID != u.ID {
			others = append(others, other)
		}
	}
	for _, kind := range heirKinds {
		if *kind.list(&e), err = others.Holders(ctx, &s.Store.Reader, kind.need); err != nil {
			return e, err
		}
	}
	return e, nil
}

// heirKinds are the kinds of work with the field of the form, what the heir
// must be able to see, what gives such work away, and where either stands.
var heirKinds = []struct {
	field  string
	need   access.Permission
	assign access.Permission
	heir   func(*Heirs) *string
	list   func(*Estate) *access.People
	count  func(store.Work) int64
	ask    string
	one    string
	many   string
}{
	{"contacts_to", access.ContactsRead, access.ContactsAssign, func(h *Heirs) *string { return &h.Contacts }, func(e *Estate) *access.People { return &e.Contacts }, func(w store.Work) int64 { return w.Contacts }, "Contacts go to", "%s contact", "%s contacts"},
	{"deals_to", access.DealsRead, access.DealsAssign, func(h *Heirs) *string { return &h.Deals }, func(e *Estate) *access.People { return &e.Deals }, func(w store.Work) int64 { return w.Deals }, "Deals go to", "%s deal", "%s deals"},
	{"conversations_to", access.InboxRead, access.InboxAssign, func(h *Heirs) *string { return &h.Conversations }, func(e *Estate) *access.People { return &e.Conversations }, func(w store.Work) int64 { return w.Conversations }, "Conversations go to", "%s conversation", "%s conversations"},
	{"tasks_to", access.TasksWrite, access.TasksWrite, func(h *Heirs) *string { return &h.Tasks }, func(e *Estate) *access.People { return &e.Tasks }, func(w store.Work) int64 { return w.Tasks }, "Open tasks go to", "%s open task", "%s open tasks"},
}

// Remove ends a colleague's account and gives all that they looked after to
// others, in one step: their next request, and every stream of theirs within
// seconds, finds no session. The name stays beside what they did for 90 days.
// The last owner cannot be removed: errs.Conflict.
func (s *Service) Remove(ctx context.Context, actor access.Actor, id string, to Heirs) error {
	d := s.deed(actor, EventRemoved, id)
	return s.Store.InTx(ctx, func(tx *store.Tx) error {
		u, err := target(ctx, tx, actor, id)
		if err != nil {
			return err
		}
		now, err := access.AsOfNow(ctx, &tx.Reader, actor)
		if err != nil {
			return err
		}
		if err := mayPassOn(now, u, to); err != nil {
			return err
		}
		return endAccount(ctx, tx, u, to, d)
	})
}

// mayPassOn refuses heirs to whom the actor could not assign that work.
func mayPassOn(actor access.Actor, u store.User, to Heirs) error {
	fields := map[string]string{}
	for _, kind := range heirKinds {
		if heir := *kind.heir(&to); heir != "" && heir != u.ID && !mayBequeath(actor, kind.assign, kind.need, u.ID, heir) {
			fields[kind.field] = "Your role does not let you assign this to them. Choose somebody else, or nobody."
		}
	}
	if len(fields) > 0 {
		return invalid(fields)
	}
	return nil
}

var errNotTyped = errs.Field("email", "This is not the address that you sign in with.")

// Leave ends a person's own account, as Remove does, and forgets the name at
// once. They type their address to say that they mean it.
func (s *Service) Leave(ctx context.Context, actor access.Actor, typed string, to Heirs) error {
	d := s.deed(actor, EventLeft, actor.ID)
	return s.Store.InTx(ctx, func(tx *store.Tx) error {
		u, err := tx.User(ctx, actor.ID)
		switch {
		case err != nil:
			return err
		case !u.Active():
			return access.ErrNotHere
		case email.Key(typed) != u.EmailKey:
			return errNotTyped
		}
		return endAccount(ctx, tx, u, to, d)
	})
}

// endAccount is the one end of every account: nobody is left without an owner,
// and no record with somebody who is gone.
func endAccount(ctx context.Context, tx *store.Tx, u store.User, to Heirs, d deed) error {
	if err := keepsAnOwner(ctx, tx, u); err != nil {
		return err
	}
	if err := mayInherit(ctx, tx, u, to); err != nil {
		return err
	}
	if err := tx.HandOver(ctx, u.ID, to, d.at); err != nil {
		return err
	}
	if err := tx.RevokeInvitationsBy(ctx, u.ID, d.at); err != nil {
		return err
	}
	d.data = dataOf(map[string]string{"contacts": to.Contacts, "deals": to.Deals, "conversations": to.Conversations, "tasks": to.Tasks})
	if err := d.note(ctx, tx); err != nil { // while the address is known: they are told by mail
		return err
	}
	return tx.RemoveUser(ctx, u.ID, d.kind == EventLeft, d.at)
}

// mayInherit looks whether each heir is here and could see what they get.
func mayInherit(ctx context.Context, tx *store.Tx, u store.User, to Heirs) error {
	fields := map[string]string{}
	for _, kind := range heirKinds {
		heir := *kind.heir(&to)
		if heir == "" {
			continue
		}
		if heir == u.ID {
			fields[kind.field] = "Choose somebody else, or nobody."
			continue
		}
		err := access.MayHold(ctx, &tx.Reader, heir, kind.need)
		if errs.KindOf(err) == errs.Invalid {
			fields[kind.field] = errs.Message(err)
		} else if err != nil {
			return err
		}
	}
	if len(fields) > 0 {
		return invalid(fields)
	}
	return nil
}

// What the sign-in page says to somebody whose sign-in ended while they worked.
// Whether it ran out or was ended is not told: the page is open to everybody.
const (
	endedSentence   = "You are not signed in any more: it was too long ago, or somebody ended it."
	unsavedSentence = "What you sent last was not saved. Go back in your browser and copy it before you sign in again."
)

// nameOf is what somebody is called.
func nameOf(u store.User) string { return access.People{u}.Name(u.ID) }

// find returns a user by address, for the operator: errs.NotFound for nobody.
func (s *Service) find(ctx context.Context, address string) (store.User, error) {
	u, err := s.Store.UserByEmail(ctx, email.Key(address))
	if errors.Is(err, store.ErrNotFound) {
		return u, &errs.Error{Kind: errs.NotFound, Message: "Nobody signs in with this address."}
	}
	return u, err
}
