package store

import (
	"context"
	"strings"
)

var contactTables = []Table{
	{
		Name: "contacts", Purpose: "dealing with customers", Subject: "self", Rows: DeleteRow,
		Bin: inTheBin, Retain: Rule{After: "last_activity_at", Days: 730}, // two years after the last contact the whole person goes
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

// Contact is a person the business deals with. Zero times mean "not". Company
// is the name of the main one of their companies. A contact with a DeletedAt is
// in the bin.
type Contact struct {
	ID, Name, NameKey, Company, About, Source, CreatedBy, Restriction string
	OwnerID                                                           string // the user who looks after them; empty: nobody
	Language, TimeZone                                                string // BCP 47 and IANA; empty: not known
	Basis, BasisEvidence                                              string // lawful basis, and what shows it
	BasisAt, DoNotCallAt, MinorAt                                     int64
	BlockedAt, RestrictedAt                                           int64
	Version, CreatedAt, UpdatedAt, LastActivityAt, DeletedAt          int64
}

const contactColumns = `id, name, name_key, company, about, source, COALESCE(created_by, ''), COALESCE(owner_id, ''), restriction,
	language, time_zone, basis, basis_evidence, COALESCE(basis_at, 0), COALESCE(do_not_call_at, 0), COALESCE(minor_at, 0),
	COALESCE(blocked_at, 0), COALESCE(restricted_at, 0), version, created_at, updated_at, last_activity_at, COALESCE(deleted_at, 0)`

func scanContact(row interface{ Scan(...any) error }, c *Contact) error {
	return row.Scan(&c.ID, &c.Name, &c.NameKey, &c.Company, &c.About, &c.Source, &c.CreatedBy, &c.OwnerID, &c.Restriction,
		&c.Language, &c.TimeZone, &c.Basis, &c.BasisEvidence, &c.BasisAt, &c.DoNotCallAt, &c.MinorAt,
		&c.BlockedAt, &c.RestrictedAt, &c.Version, &c.CreatedAt, &c.UpdatedAt, &c.LastActivityAt, &c.DeletedAt)
}

// Contact returns one contact, be it in the bin, or ErrNotFound.
func (r *Reader) Contact(ctx context.Context, id string) (Contact, error) {
	var c Contact
	err := scanContact(r.q.QueryRowContext(ctx, `SELECT `+contactColumns+` FROM contacts WHERE id = $1`, id), &c)
	return c, r.fault("store.Contact", err)
}

// InsertContact adds a contact of whom no more than phones and emails is known,
// and makes it findable. Its provenance is its source. See InsertCard.
func (tx *Tx) InsertContact(ctx context.Context, c Contact, phones []Phone, emails []Email) error {
	from := Provenance{ID: c.ID, Source: c.Source, Actor: c.CreatedBy, At: c.CreatedAt} // the first one has the contact's id
	return tx.InsertCard(ctx, Card{Contact: c, Phones: phones, Emails: emails}, from)
}

// UpdateContact is SaveCard for whoever knows no more of a contact than name,
// company, about, phones and emails.
func (tx *Tx) UpdateContact(ctx context.Context, c Contact, phones []Phone, emails []Email) error {
	card, err := tx.Card(ctx, c.ID)
	if err != nil {
		return err
	}
	card.Name, card.Company, card.About, card.Version, card.UpdatedAt = c.Name, c.Company, c.About, c.Version, c.UpdatedAt
	card.Phones, card.Emails = phones, emails
	return tx.SaveCard(ctx, card)
}

// AssignContact says who looks after a contact; empty: nobody.
func (tx *Tx) AssignContact(ctx context.Context, id, userID string, at int64) error {
	_, err := tx.exec(ctx, "store.AssignContact", `UPDATE contacts SET owner_id = $1, updated_at = $2, version = version + 1 WHERE id = $3`, nullText(userID), at, id)
	return err
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

// HasContact tells whether a contact is there.
func (r *Reader) HasContact(ctx context.Context, id string) (bool, error) {
	var n int64
	err := r.q.QueryRowContext(ctx, `SELECT COUNT(*) FROM contacts WHERE id = $1`, id).Scan(&n)
	return n > 0, r.fault("store.HasContact", err)
}
