package mention

import (
	"context"
	"slices"

	"stead/app/access"
	"stead/store"
)

// Told are colleagues whom a note names, with an id for what each is told.
type Told struct {
	users []store.User
	ids   []string
}

// Find reads whom a text names, before the transaction that keeps it.
func Find(text string, people access.People, newID func() string) Told {
	out := Told{users: In(text, people)}
	for range out.users {
		out.ids = append(out.ids, newID())
	}
	return out
}

// Tell writes down whom a note mentions, and tells those who were not mentioned
// in it before and may see whom or what it is about. Nobody tells themselves.
func (t Told) Tell(ctx context.Context, tx *store.Tx, n store.Note, by string, at int64) error {
	owner, right, err := ownerOf(ctx, tx, n)
	if err != nil {
		return err
	}
	var may []string
	for _, u := range t.users {
		who, err := access.For(ctx, &tx.Reader, u)
		if err != nil {
			return err
		}
		if access.May(who, right, access.Object{Owner: owner}) {
			may = append(may, u.ID)
		}
	}
	added, err := tx.SetMentions(ctx, n.ID, may)
	if err != nil {
		return err
	}
	for i, u := range t.users {
		if !slices.Contains(added, u.ID) || u.ID == by {
			continue
		}
		notice := store.Notification{ID: t.ids[i], UserID: u.ID, Kind: store.NoticeMention, Subject: n.ID, ContactID: n.ContactID, At: at}
		if err := tx.Notify(ctx, notice); err != nil {
			return err
		}
	}
	return nil
}

// ownerOf is who looks after whom or what a note is about, and what shows that.
func ownerOf(ctx context.Context, tx *store.Tx, n store.Note) (string, access.Permission, error) {
	if n.DealID != "" {
		d, err := tx.Deal(ctx, n.DealID)
		return d.OwnerID, access.DealsRead, err
	}
	if n.ContactID == "" && n.CompanyID != "" {
		c, err := tx.Company(ctx, n.CompanyID)
		return c.OwnerID, access.ContactsRead, err
	}
	c, err := tx.Contact(ctx, n.ContactID)
	return c.OwnerID, access.ContactsRead, err
}
