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
	Binned bool     `json:"in_bin,omitempty"`
}

const maxFound = 50

// Find looks for people by name, number, address or id: restricted ones and
// those in the bin too, since it is they who ask. It finds those whose data the
// actor may see: by a hit alone, a number would be told. cut tells that there
// was no time to look at everything.
func (s *Service) Find(ctx context.Context, actor access.Actor, query string) (out []Found, cut bool, err error) {
	if err := allow(actor, access.PrivacyRead); err != nil {
		return nil, false, err
	}
	ids, cut, err := s.Store.FindHeld(ctx, access.Scope(actor, access.PersonalSee), query, maxFound)
	if err != nil {
		return nil, false, err
	}
	if len(ids) == 0 {
		if ids, err = s.byID(ctx, strings.TrimSpace(query)); err != nil {
			return nil, false, err
		}
	}
	out, err = s.known(ctx, actor, ids)
	return out, cut, err
}

// byID are the contacts that an id may stand for: its own, or who it went into.
func (s *Service) byID(ctx context.Context, id string) ([]string, error) {
	to, err := s.Store.MergedInto(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return []string{id}, nil
	}
	return []string{to}, err
}

// known are those of some contacts whom the actor may know of.
func (s *Service) known(ctx context.Context, actor access.Actor, ids []string) ([]Found, error) {
	out := []Found{}
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
	f := Found{ID: c.ID, Name: c.Name, Phones: []string{}, Emails: []string{}, Binned: c.DeletedAt != 0}
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
