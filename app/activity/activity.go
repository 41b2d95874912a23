// Package activity shows what one colleague did, day by day, out of the audit
// log. It shows no more of anybody's records than the reader's own role does,
// and never where somebody was: network addresses are there for security alone.
package activity

import (
	"context"
	"errors"
	"time"

	"stead/app/access"
	"stead/app/acts"
	"stead/app/errs"
	"stead/store"
)

// Deps are what the capability stands on.
type Deps struct {
	Store *store.Store
	Now   func() time.Time
}

// Service reads; nothing is ever written here.
type Service struct{ Deps }

// New returns the capability.
func New(d Deps) *Service { return &Service{d} }

// Act is one thing that somebody did. Whose is empty where the reader may not
// know whose data it was; Hidden tells that it was somebody's.
type Act struct {
	At          int64
	Words       string
	Whose, Href string
	Hidden      bool
}

// Of lists what a user did, the latest first, and the cursor of what came
// before. A user out of the reader's reach is not found; oneself is always
// within it.
func (s *Service) Of(ctx context.Context, reader access.Actor, userID, after string, limit int) (name string, list []Act, next string, err error) {
	if reader.Nobody() || userID != reader.ID {
		if err := access.Allow(reader, access.ActivityRead, access.Object{Owner: userID}); err != nil {
			return "", nil, "", err
		}
	}
	u, err := s.Store.User(ctx, userID)
	if errors.Is(err, store.ErrNotFound) {
		err = &errs.Error{Kind: errs.NotFound, Message: "There is nothing here."}
	}
	if err != nil {
		return "", nil, "", err
	}
	rows, err := s.Store.AuditList(ctx, store.AuditFilter{Actors: []string{userID}}, store.Page{After: after, Limit: limit})
	if err != nil {
		return "", nil, "", err
	}
	names := acts.NewNames(&s.Store.Reader, reader)
	for _, row := range rows {
		act, err := s.act(ctx, names, reader, row)
		if err != nil {
			return "", nil, "", err
		}
		list = append(list, act)
	}
	if len(rows) == limit {
		next = store.Cursor(rows[limit-1].Seq)
	}
	if name = u.Name; name == "" {
		name = access.Former
	}
	return name, list, next, nil
}

func (s *Service) act(ctx context.Context, names *acts.Names, reader access.Actor, row store.AuditRow) (Act, error) {
	a := Act{At: row.At, Words: acts.Words(row.Action)}
	if row.ContactID != "" {
		who, err := names.Contact(ctx, row.ContactID)
		a.Whose, a.Href, a.Hidden = who.Name, who.Href, who.Name == ""
		return a, err
	}
	if row.WhatIsGone() {
		a.Hidden = true
		return a, nil
	}
	if acts.OfColleague(row.Action) && row.Object != row.Actor && reader.Has(access.TeamRead) {
		var err error
		a.Whose, err = names.Colleague(ctx, row.Object)
		return a, err
	}
	return a, nil
}

// zone is the time zone of the business.
func (s *Service) zone(ctx context.Context) *time.Location {
	b, err := s.Store.Business(ctx)
	if err != nil {
		return time.UTC
	}
	return b.Location()
}
