package team

import (
	"context"
	"strings"

	"github.com/alexedwards/argon2id"

	"stead/app/access"
	"stead/app/email"
	"stead/app/errs"
	"stead/store"
)

// EventAdded says that the operator added somebody with a password hash of
// another product.
const EventAdded = "user.added"

// Limits of an argon2id hash that is taken over: it is computed once, at the
// first sign-in, and replaced by one of ours.
const (
	takenMemory = 256 << 10 // KiB
	takenPasses = 10
	takenLanes  = 16
)

var errHash = &errs.Error{Kind: errs.Invalid, Code: "hash", Message: "This password hash cannot be taken over. It must be argon2id, written like $argon2id$v=19$m=65536,t=3,p=4$…, with at most 256 MiB and 10 passes, or PBKDF2 with SHA-256."}

// CheckHash tells whether a password hash can be taken over: errs.Invalid, in
// words, when it cannot.
func CheckHash(hash string) error {
	if !strings.HasPrefix(hash, "$argon2id$") {
		return CheckImported(hash)
	}
	if len(hash) > 512 {
		return errHash
	}
	p, salt, key, err := argon2id.DecodeHash(hash)
	switch {
	case err != nil,
		p.Memory == 0 || p.Memory > takenMemory, p.Iterations == 0 || p.Iterations > takenPasses, p.Parallelism == 0 || p.Parallelism > takenLanes,
		len(salt) < 8 || len(salt) > 64, len(key) < 16 || len(key) > 64:
		return errHash
	}
	return nil
}

// Add adds somebody who signs in with a password whose hash is known, and
// returns their id. Whoever has no hash is invited: see Invite.
func (s *Service) Add(ctx context.Context, actor access.Actor, in Invite, hash string) (string, error) {
	in.tidy()
	if fields := in.problems(); len(fields) > 0 {
		return "", invalid(fields)
	}
	if err := CheckHash(hash); err != nil {
		return "", err
	}
	d := s.deed(actor, EventAdded, s.NewID())
	u := store.User{
		ID: d.subject, Name: in.Name, Email: in.Email, EmailKey: email.Key(in.Email), PasswordHash: hash, Role: in.Role, TeamID: in.TeamID,
		CreatedAt: d.at, UpdatedAt: d.at,
	}
	return u.ID, s.Store.InTx(ctx, func(tx *store.Tx) error {
		if err := mayPlace(ctx, tx, actor, Place{in.Role, in.TeamID}); err != nil {
			return err
		}
		if err := mustBeFree(ctx, &tx.Reader, u.EmailKey); err != nil {
			return err
		}
		if err := tx.InsertUser(ctx, u); err != nil {
			return err
		}
		return d.note(ctx, tx)
	})
}

// PlaceNamed finds a role and a team by what people call them, for the
// terminal: errs.Invalid with what there is when there is no such.
func (s *Service) PlaceNamed(ctx context.Context, role, group string) (Place, error) {
	var to Place
	roles, err := access.Roles(ctx, &s.Store.Reader)
	if err != nil {
		return to, err
	}
	var known []string
	for _, r := range roles {
		known = append(known, r.Name)
		if r.ID == role || store.Fold(r.Name) == store.Fold(role) {
			to.Role = r.ID
		}
	}
	if to.Role == "" {
		return to, errs.Field("role", "There is no such role. There are: "+strings.Join(known, ", ")+".")
	}
	if group == "" {
		return to, nil
	}
	teams, err := s.Store.Teams(ctx)
	for _, t := range teams {
		if store.Fold(t.Name) == store.Fold(group) {
			to.TeamID = t.ID
		}
	}
	if err == nil && to.TeamID == "" {
		err = errs.Field("team", "There is no such team.")
	}
	return to, err
}

// ByEmail returns whoever signs in with an address, for the terminal:
// errs.NotFound for nobody.
func (s *Service) ByEmail(ctx context.Context, actor access.Actor, email string) (store.User, error) {
	if err := access.Allow(actor, access.TeamWrite, access.Object{}); err != nil {
		return store.User{}, err
	}
	return s.find(ctx, email)
}
