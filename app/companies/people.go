package companies

import (
	"context"
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/people"
	"stead/app/veil"
	"stead/store"
)

const candidates = 8

// Candidates finds people who could be added to a company. A contact whose
// numbers and addresses the actor may not see is found by its name alone.
func (s *Service) Candidates(ctx context.Context, actor access.Actor, id, query string) ([]store.ContactRow, error) {
	if _, err := mayDo(ctx, &s.Store.Reader, actor, access.ContactsWrite, id); err != nil {
		return nil, err
	}
	page, err := s.Store.FindContacts(ctx, access.Scope(actor, access.ContactsWrite), query, store.Page{Limit: 4 * candidates})
	if err != nil {
		return nil, err
	}
	var out []store.ContactRow
	for _, c := range page.Rows {
		if !access.May(actor, access.ContactsRead, access.Object{Owner: c.OwnerID}) {
			continue
		}
		if !access.Sees(actor, c.OwnerID) {
			if !named(c, query) {
				continue
			}
			c.Phone = veil.Key(c.Phone)
		}
		if len(out) < candidates {
			out = append(out, c)
		}
	}
	return out, nil
}

// named tells whether name and company alone explain a hit.
func named(c store.ContactRow, query string) bool {
	text := store.Fold(c.Name + " " + c.Company)
	words := strings.FieldsFunc(store.Fold(query), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) })
	for _, word := range words {
		if !strings.Contains(text, word) {
			return false
		}
	}
	return len(words) > 0
}

// job changes how somebody belongs to a company: whoever does must be allowed to
// change both.
func (s *Service) job(ctx context.Context, actor access.Actor, kind, id, contactID string, do func(tx *store.Tx, at int64) error) (Saved, error) {
	act := s.act(actor, kind, id)
	act.contact = contactID
	err := s.Store.InTx(ctx, func(tx *store.Tx) error {
		if _, err := mayDo(ctx, &tx.Reader, actor, access.ContactsWrite, id); err != nil {
			return err
		}
		c, err := tx.Contact(ctx, contactID)
		if err != nil {
			return err
		}
		for _, p := range []access.Permission{access.ContactsRead, access.ContactsWrite} {
			if err := access.Allow(actor, p, access.Object{Owner: c.OwnerID}); err != nil {
				return err
			}
		}
		if !access.Sees(actor, c.OwnerID) {
			return &errs.Error{Kind: errs.Denied, Message: "Your role does not show this contact's personal data, so it cannot change it either."}
		}
		watch := func(u *store.Undoing) error {
			return errors.Join(u.Watch(ctx, "contacts", "id", contactID), u.Watch(ctx, "contact_companies", "contact_id", contactID))
		}
		return act.undoable(ctx, tx, watch, func() error {
			return errors.Join(do(tx, act.at), tx.TouchCompany(ctx, id, act.at))
		})
	})
	return Saved{id, act.id}, err
}

// Add has somebody belong to a company. It is a Conflict when they do already.
func (s *Service) Add(ctx context.Context, actor access.Actor, id, contactID, role string) (Saved, error) {
	role, err := roleOf(role)
	if err != nil {
		return Saved{}, err
	}
	if _, err := mayDo(ctx, &s.Store.Reader, actor, access.ContactsWrite, id); err != nil {
		return Saved{}, err
	}
	saved, err := s.job(ctx, actor, EventJoined, id, contactID, func(tx *store.Tx, at int64) error {
		return tx.LinkCompany(ctx, store.ContactCompany{ContactID: contactID, CompanyID: id, Role: role, CreatedAt: at})
	})
	switch {
	case errs.KindOf(err) == errs.NotFound:
		err = &errs.Error{Kind: errs.Invalid, Code: "nobody", Message: "There is no such person, or you may not change them.", Err: err}
	case errors.Is(err, store.ErrConflict):
		err = &errs.Error{Kind: errs.Conflict, Code: "there", Message: "They are with this company already.", Err: err}
	}
	return saved, err
}

// SetJob says as what somebody is with a company, and whether no longer.
func (s *Service) SetJob(ctx context.Context, actor access.Actor, id, contactID, role string, former bool) (Saved, error) {
	role, err := roleOf(role)
	if err != nil {
		return Saved{}, err
	}
	return s.job(ctx, actor, EventJob, id, contactID, func(tx *store.Tx, _ int64) error {
		return gone(tx.UpdateJob(ctx, store.ContactCompany{ContactID: contactID, CompanyID: id, Role: role, Former: former}))
	})
}

// Remove takes somebody off a company; the contact stays.
func (s *Service) Remove(ctx context.Context, actor access.Actor, id, contactID string) (Saved, error) {
	return s.job(ctx, actor, EventLeft, id, contactID, func(tx *store.Tx, _ int64) error {
		if _, err := tx.Job(ctx, contactID, id); err != nil {
			return err
		}
		return tx.UnlinkCompany(ctx, contactID, id)
	})
}

func gone(err error) error {
	if errors.Is(err, store.ErrConflict) {
		return notHere()
	}
	return err
}

func roleOf(typed string) (string, error) {
	role := people.Line(typed)
	if utf8.RuneCountInString(role) > maxName {
		return "", &errs.Error{Kind: errs.Invalid, Message: "Use at most 300 characters.", Fields: map[string]string{"role": "Use at most 300 characters."}}
	}
	return role, nil
}
