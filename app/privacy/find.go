package privacy

import (
	"context"
	"errors"
	"strings"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/veil"
	"stead/store"
)

// Found is a person whom a search met.
type Found struct {
	ID     string   `json:"id"`
	Name   string   `json:"name"`
	Phones []string `json:"phones"`
	Emails []string `json:"emails"`
}

const maxFound = 50

// Find looks for people by name, number, address or id: restricted ones too,
// since it is they who ask. It finds those whose data the actor may see: by a
// hit alone, a number would be told.
func (s *Service) Find(ctx context.Context, actor access.Actor, query string) ([]Found, error) {
	if err := allow(actor, access.PrivacyRead); err != nil {
		return nil, err
	}
	out := []Found{}
	ids, err := s.Store.Search(ctx, access.Scope(actor, access.PersonalSee), "contact", query, store.Page{Limit: maxFound})
	if err != nil {
		return nil, err
	}
	if len(ids) == 0 {
		ids = []string{strings.TrimSpace(query)}
	}
	for _, id := range ids {
		_, err := s.bare(ctx, &s.Store.Reader, actor, access.PrivacyRead, id)
		if kind := errs.KindOf(err); err != nil && (kind == errs.NotFound || kind == errs.Denied) {
			continue
		}
		if err != nil {
			return nil, err
		}
		f, err := s.found(ctx, id)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return out, nil
}

func (s *Service) found(ctx context.Context, id string) (Found, error) {
	c, err := s.Store.Contact(ctx, id)
	if err != nil {
		return Found{}, err
	}
	f := Found{ID: c.ID, Name: c.Name, Phones: []string{}, Emails: []string{}}
	phones, err := s.Store.ContactPhones(ctx, id)
	if err != nil {
		return f, err
	}
	for _, p := range phones {
		f.Phones = append(f.Phones, strings.TrimPrefix(p.MatchKey, "raw:"))
	}
	emails, err := s.Store.ContactEmails(ctx, id)
	for _, e := range emails {
		f.Emails = append(f.Emails, e.Typed)
	}
	return f, err
}

// veiled is a person as they are shown to whoever may not see their data.
func (f Found) veiled() Found {
	for i, number := range f.Phones {
		f.Phones[i] = veil.Number(number)
	}
	for i, address := range f.Emails {
		f.Emails[i] = veil.Email(address)
	}
	return f
}
