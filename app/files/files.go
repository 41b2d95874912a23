// Package files is about what is attached to a person, a company or a deal: putting it
// there, fetching it, calling it something else, taking it away. What is in a
// file is kept and encrypted elsewhere and never looked into from here; a
// browser only ever gets it to be saved.
package files

import (
	"context"
	"log/slog"
	"time"

	"stead/app/access"
	"stead/app/blob"
	"stead/app/errs"
	"stead/app/web"
	"stead/store"
)

// Deps are what the capability needs.
type Deps struct {
	Store *store.Store
	Blobs *blob.Files
	Seen  func(ctx context.Context, actorID, contactID string) // somebody read something of a contact
	Say   web.Say                                              // said once on the next page
	Now   func() time.Time
	NewID func() string
	Log   *slog.Logger
}

// Service is the capability.
type Service struct{ Deps }

// New returns the capability.
func New(d Deps) *Service { return &Service{d} }

// The events of files. Their subject is the file's id.
const (
	EventAdded   = "file.added"
	EventRenamed = "file.renamed"
	EventDeleted = "file.deleted" // into the bin
)

// On is the record that files are attached to: exactly one of them is set. Those
// of a deal are on the card of its person, too.
type On struct{ Contact, Company, Deal string }

func onOf(f store.File) On {
	if f.DealID != "" {
		return On{Deal: f.DealID}
	}
	return On{Contact: f.ContactID, Company: f.CompanyID}
}

var errNothing = &errs.Error{Kind: errs.NotFound, Message: "There is nothing here."}

// allow tells whose the record is, and whether the actor may do p with it. What
// is in the bin is not there.
func allow(ctx context.Context, r *store.Reader, actor access.Actor, p access.Permission, on On) (owner string, err error) {
	var deleted int64
	switch {
	case on.Deal != "":
		d, err := r.Deal(ctx, on.Deal)
		if err != nil {
			return "", err
		}
		owner, deleted, p = d.OwnerID, d.DeletedAt, ofDeals[p]
	case on.Contact != "":
		c, err := r.Contact(ctx, on.Contact)
		if err != nil {
			return "", err
		}
		owner, deleted = c.OwnerID, c.DeletedAt
	case on.Company != "":
		c, err := r.Company(ctx, on.Company)
		if err != nil {
			return "", err
		}
		owner, deleted = c.OwnerID, c.DeletedAt
	}
	if deleted != 0 || on == (On{}) {
		return "", errNothing
	}
	return owner, access.Allow(actor, p, access.Object{Owner: owner})
}

// ofDeals are what files of deals take instead of the rights over contacts.
var ofDeals = map[access.Permission]access.Permission{access.ContactsRead: access.DealsRead, access.ContactsWrite: access.DealsWrite}

// open is allow for whoever wants to see what is in the files as well.
func open(ctx context.Context, r *store.Reader, actor access.Actor, p access.Permission, on On) error {
	owner, err := allow(ctx, r, actor, p, on)
	if err != nil {
		return err
	}
	return access.Allow(actor, access.PersonalSee, access.Object{Owner: owner})
}

// Files are those on a record, as somebody may see them.
type Files struct {
	Rows     []store.File
	People   access.People
	Veiled   bool // the actor may see the record and no personal data
	MayWrite bool
}

// List returns the files on a record.
func (s *Service) List(ctx context.Context, actor access.Actor, on On) (Files, error) {
	owner, err := allow(ctx, &s.Store.Reader, actor, access.ContactsRead, on)
	if err != nil {
		return Files{}, err
	}
	return s.list(ctx, actor, on, owner)
}

// list is List of a record that the actor may see, which is owner's.
func (s *Service) list(ctx context.Context, actor access.Actor, on On, owner string) (out Files, err error) {
	if !access.Sees(actor, owner) {
		return Files{Veiled: true}, nil
	}
	write := access.ContactsWrite
	if on.Deal != "" {
		write = access.DealsWrite
	}
	out.MayWrite = access.May(actor, write, access.Object{Owner: owner})
	switch {
	case on.Deal != "":
		out.Rows, err = s.Store.FilesOfDeal(ctx, on.Deal)
	case on.Contact != "":
		out.Rows, err = s.Store.FilesOfContact(ctx, on.Contact)
	default:
		out.Rows, err = s.Store.FilesOfCompany(ctx, on.Company)
	}
	if err != nil {
		return Files{}, err
	}
	people, err := s.Store.People(ctx)
	out.People = people
	return out, err
}

// attachment returns an attachment that the actor may do p with: a file in the
// bin and one that is for something else are not there.
func attachment(ctx context.Context, r *store.Reader, actor access.Actor, p access.Permission, id string) (store.File, error) {
	f, err := r.File(ctx, id)
	if err != nil {
		return f, err
	}
	if f.Purpose != store.FileAttachment || f.DeletedAt != 0 {
		return f, errNothing
	}
	return f, open(ctx, r, actor, p, onOf(f))
}

// Fetch returns an attachment that is about to be read, and notes who reads it.
func (s *Service) Fetch(ctx context.Context, actor access.Actor, id string) (store.File, error) {
	f, err := attachment(ctx, &s.Store.Reader, actor, access.ContactsRead, id)
	if err == nil && f.ContactID != "" && s.Seen != nil {
		s.Seen(ctx, actor.ID, f.ContactID)
	}
	return f, err
}
