package store

import (
	"context"
	"fmt"
	"strings"
)

var contactTables = []Table{
	{
		Name: "contacts", Purpose: "dealing with customers", Subject: "self", Rows: DeleteRow,
		Retain: Rule{After: "last_activity_at", Days: 730}, // two years after the last contact the whole person goes
		Columns: []Columns{
			{Names: "id owner_id source phone_state basis basis_at do_not_call_at minor_at blocked_at restricted_at version created_at updated_at last_activity_at deleted_at language time_zone", Category: Plain},
			{Names: "name", Category: PersonName, Erase: Redact, Indexed: []string{"search_docs"}},
			{Names: "name_key", Category: PersonName, Erase: Redact},
			{Names: "phone", Category: PhoneNumber, Erase: Redact, Access: Withhold("a copy of a number that is in the package")},
			{Names: "email", Category: EmailAddress, Erase: Redact, Access: Withhold("a copy of an address that is in the package")},
			{Names: "company", Category: Firm, Erase: Redact, Indexed: []string{"search_docs"}},
			{Names: "about restriction basis_evidence", Category: Content, Erase: Redact},
			{Names: "created_by deleted_by", Category: Staff, Erase: Null},
		},
	},
	{
		Name: "contact_phones", Purpose: "dealing with customers", Subject: "contact_id", Rows: DeleteRow,
		Retain: Rule{Keep: "parent:contacts"},
		Columns: []Columns{
			{Names: "id contact_id sms_state position created_at", Category: Plain},
			{Names: "typed", Category: PhoneNumber, Erase: Redact, Indexed: []string{"search_docs"}},
			{Names: "e164", Category: PhoneNumber, Erase: Redact, Shared: []string{"twilio"}, Indexed: []string{"search_docs"}},
			{Names: "match_key reversed", Category: PhoneNumber, Erase: Redact, Indexed: []string{"search_docs"}},
			{Names: "label", Category: Content, Erase: Redact},
		},
	},
	{
		Name: "contact_emails", Purpose: "dealing with customers", Subject: "contact_id", Rows: DeleteRow,
		Retain: Rule{Keep: "parent:contacts"},
		Columns: []Columns{
			{Names: "id contact_id position created_at", Category: Plain},
			{Names: "typed match_key", Category: EmailAddress, Erase: Redact, Indexed: []string{"search_docs"}},
			{Names: "label", Category: Content, Erase: Redact},
		},
	},
	{
		Name: "contact_addresses", Purpose: "dealing with customers", Subject: "contact_id", Rows: DeleteRow,
		Retain: Rule{Keep: "parent:contacts"},
		Columns: []Columns{
			{Names: "id contact_id position created_at", Category: Plain},
			{Names: "label street city region postcode country", Category: Content, Erase: Redact},
		},
	},
	{
		Name: "provenances", Purpose: "dealing with customers", Subject: "contact_id", Rows: DeleteRow,
		Retain: Rule{Keep: "parent:contacts"},
		Columns: []Columns{
			{Names: "id contact_id source ref at", Category: Plain},
			{Names: "actor", Category: Staff, Erase: Null},
		},
	},
}

// Contact is a person the business deals with. Zero times mean "not".
type Contact struct {
	ID, Name, NameKey, Company, About, Source, CreatedBy, Restriction string
	OwnerID                                                           string // the user who looks after them; empty: nobody
	BlockedAt, RestrictedAt                                           int64
	Version, CreatedAt, UpdatedAt, LastActivityAt                     int64
}

const contactColumns = `id, name, name_key, company, about, source, COALESCE(created_by, ''), COALESCE(owner_id, ''), restriction,
	COALESCE(blocked_at, 0), COALESCE(restricted_at, 0), version, created_at, updated_at, last_activity_at`

func scanContact(row interface{ Scan(...any) error }, c *Contact) error {
	return row.Scan(&c.ID, &c.Name, &c.NameKey, &c.Company, &c.About, &c.Source, &c.CreatedBy, &c.OwnerID, &c.Restriction,
		&c.BlockedAt, &c.RestrictedAt, &c.Version, &c.CreatedAt, &c.UpdatedAt, &c.LastActivityAt)
}

// Contact returns one contact, or ErrNotFound.
func (r *Reader) Contact(ctx context.Context, id string) (Contact, error) {
	var c Contact
	err := scanContact(r.q.QueryRowContext(ctx, `SELECT `+contactColumns+` FROM contacts WHERE id = $1`, id), &c)
	return c, r.fault("store.Contact", err)
}

// InsertContact adds a contact with its phones and emails and makes it
// findable. NameKey and each phone's and email's match key are computed here.
func (tx *Tx) InsertContact(ctx context.Context, c Contact, phones []Phone, emails []Email) error {
	if c.Version == 0 {
		c.Version = 1
	}
	_, err := tx.q.ExecContext(ctx, `
		INSERT INTO contacts (id, name, name_key, phone, phone_state, company, about, source, created_by, owner_id, restriction,
			blocked_at, restricted_at, version, created_at, updated_at, last_activity_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`,
		c.ID, c.Name, nameKey(c.Name, phones), mainKey(phones), mainState(phones), c.Company, c.About, c.Source, nullText(c.CreatedBy), nullText(c.OwnerID), c.Restriction,
		nullTime(c.BlockedAt), nullTime(c.RestrictedAt), c.Version, c.CreatedAt, c.UpdatedAt, c.LastActivityAt)
	if err != nil {
		return tx.fault("store.InsertContact", err)
	}
	for i, p := range phones {
		p.ContactID, p.Position = c.ID, int64(i)
		if err := tx.insertPhone(ctx, p); err != nil {
			return err
		}
	}
	for i, e := range emails {
		e.ContactID, e.Position = c.ID, int64(i)
		if err := tx.insertEmail(ctx, e); err != nil {
			return err
		}
	}
	return tx.IndexText(ctx, "contact", c.ID, c.ID, searchBody(c, phones, emails))
}

// AssignContact says who looks after a contact; empty: nobody.
func (tx *Tx) AssignContact(ctx context.Context, id, userID string, at int64) error {
	_, err := tx.exec(ctx, "store.AssignContact", `UPDATE contacts SET owner_id = $1, updated_at = $2, version = version + 1 WHERE id = $3`, nullText(userID), at, id)
	return err
}

// UpdateContact saves name, company, about, phones and emails of the version
// that the editor saw, and raises it. ErrConflict says that somebody else
// saved in between. Phones and emails that stay keep their rows.
func (tx *Tx) UpdateContact(ctx context.Context, c Contact, phones []Phone, emails []Email) error {
	n, err := tx.exec(ctx, "store.UpdateContact", `
		UPDATE contacts SET name = $1, name_key = $2, company = $3, about = $4, updated_at = $5, version = version + 1
		WHERE id = $6 AND version = $7`,
		c.Name, nameKey(c.Name, phones), c.Company, c.About, c.UpdatedAt, c.ID, c.Version)
	if err != nil {
		return err
	}
	if n == 0 {
		return fmt.Errorf("store.UpdateContact: %w", ErrConflict)
	}
	if err := tx.savePhones(ctx, c.ID, phones); err != nil {
		return err
	}
	if err := tx.copyMain(ctx, `id = $1`, c.ID); err != nil {
		return err
	}
	if err := tx.saveEmails(ctx, c.ID, emails); err != nil {
		return err
	}
	return tx.IndexText(ctx, "contact", c.ID, c.ID, searchBody(c, phones, emails))
}

// TouchContact notes activity with a contact; an older time changes nothing.
func (tx *Tx) TouchContact(ctx context.Context, id string, at int64) error {
	_, err := tx.q.ExecContext(ctx, `UPDATE contacts SET last_activity_at = $1 WHERE id = $2 AND last_activity_at < $1`, at, id)
	return tx.fault("store.TouchContact", err)
}

// SetBlocked blocks a contact from at on, or unblocks it when at is 0.
func (tx *Tx) SetBlocked(ctx context.Context, id string, at int64) error {
	_, err := tx.q.ExecContext(ctx, `UPDATE contacts SET blocked_at = $1, version = version + 1 WHERE id = $2`, nullTime(at), id)
	return tx.fault("store.SetBlocked", err)
}

// SetRestriction limits what may be done with a contact's data from at on and
// says why, or lifts the limit when at is 0.
func (tx *Tx) SetRestriction(ctx context.Context, id, reason string, at int64) error {
	_, err := tx.q.ExecContext(ctx, `UPDATE contacts SET restricted_at = $1, restriction = $2, version = version + 1 WHERE id = $3`,
		nullTime(at), reason, id)
	return tx.fault("store.SetRestriction", err)
}

// nameKey orders contacts: by folded name, or by number while nobody has told
// the name.
func nameKey(name string, phones []Phone) string {
	if key := Fold(strings.TrimSpace(name)); key != "" || len(phones) == 0 {
		return key
	}
	return MatchKey(phones[0].E164, phones[0].Typed)
}

// searchBody is what a contact can be found by. A number stands in it as one
// run of digits; its end is found through contact_phones.reversed.
func searchBody(c Contact, phones []Phone, emails []Email) string {
	words := []string{c.Name, c.Company}
	for _, p := range phones {
		typed, whole := digits(p.Typed), digits(p.E164)
		words = append(words, whole)
		if typed != whole {
			words = append(words, typed, strings.TrimLeft(typed, "0"))
		}
		if typed == "" {
			words = append(words, p.Typed)
		}
	}
	for _, e := range emails {
		words = append(words, e.Typed)
	}
	return strings.Join(words, " ")
}

// HasContact tells whether a contact is there.
func (r *Reader) HasContact(ctx context.Context, id string) (bool, error) {
	var n int64
	err := r.q.QueryRowContext(ctx, `SELECT COUNT(*) FROM contacts WHERE id = $1`, id).Scan(&n)
	return n > 0, r.fault("store.HasContact", err)
}
