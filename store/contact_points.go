package store

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"strings"
)

// Phone is a number of a contact: as typed, and in E.164 where it was
// understood. SMSState is unknown, able, landline, unreachable or invalid.
type Phone struct {
	ID, ContactID, Typed, E164, MatchKey, Label, SMSState string
	Position, CreatedAt                                   int64
}

// Email is an address of a contact, compared in lower case.
type Email struct {
	ID, ContactID, Typed, MatchKey, Label string
	Position, CreatedAt                   int64
}

// Address is where a contact lives or works. Country is ISO 3166, or as typed.
type Address struct {
	ID, ContactID, Label                    string
	Street, City, Region, Postcode, Country string
	Position, CreatedAt                     int64
}

// MatchKey is what two phones are compared by: E.164, or what was typed when
// it is no number (a short code, a sender's name).
func MatchKey(e164, typed string) string {
	if e164 != "" {
		return e164
	}
	return "raw:" + strings.ToLower(strings.TrimSpace(typed))
}

// ReverseDigits returns the digits of s from the last to the first, so that
// "ends in 0177" is a prefix of an index.
func ReverseDigits(s string) string {
	out := []byte(digits(s))
	slices.Reverse(out)
	return string(out)
}

func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}

const phoneColumns = `id, contact_id, typed, COALESCE(e164, ''), match_key, label, sms_state, position, created_at`

func scanPhone(row interface{ Scan(...any) error }, p *Phone) error {
	return row.Scan(&p.ID, &p.ContactID, &p.Typed, &p.E164, &p.MatchKey, &p.Label, &p.SMSState, &p.Position, &p.CreatedAt)
}

// ContactPhones lists a contact's phones, the main one first.
func (r *Reader) ContactPhones(ctx context.Context, contactID string) ([]Phone, error) {
	return list(ctx, r, "store.ContactPhones",
		`SELECT `+phoneColumns+` FROM contact_phones WHERE contact_id = $1 ORDER BY position, id`,
		func(rows *sql.Rows, p *Phone) error { return scanPhone(rows, p) }, contactID)
}

const emailColumns = `id, contact_id, typed, match_key, label, position, created_at`

func scanEmail(rows *sql.Rows, e *Email) error {
	return rows.Scan(&e.ID, &e.ContactID, &e.Typed, &e.MatchKey, &e.Label, &e.Position, &e.CreatedAt)
}

const addressColumns = `id, contact_id, label, street, city, region, postcode, country, position, created_at`

func scanAddress(rows *sql.Rows, a *Address) error {
	return rows.Scan(&a.ID, &a.ContactID, &a.Label, &a.Street, &a.City, &a.Region, &a.Postcode, &a.Country, &a.Position, &a.CreatedAt)
}

// ContactEmails lists a contact's addresses, the main one first.
func (r *Reader) ContactEmails(ctx context.Context, contactID string) ([]Email, error) {
	return list(ctx, r, "store.ContactEmails", `SELECT `+emailColumns+` FROM contact_emails WHERE contact_id = $1 ORDER BY position, id`, scanEmail, contactID)
}

// ContactByPhone returns the oldest contact with a number, or ErrNotFound. One
// in the bin counts only where there is no other.
func (r *Reader) ContactByPhone(ctx context.Context, matchKey string) (Contact, Phone, error) {
	var p Phone
	err := scanPhone(r.q.QueryRowContext(ctx, `
		SELECT `+phoneColumns+` FROM contact_phones WHERE match_key = $1
		ORDER BY (SELECT CASE WHEN c.deleted_at IS NULL THEN 0 ELSE 1 END FROM contacts c WHERE c.id = contact_phones.contact_id), created_at, id LIMIT 1`,
		matchKey), &p)
	if err != nil {
		return Contact{}, Phone{}, r.fault("store.ContactByPhone", err)
	}
	c, err := r.Contact(ctx, p.ContactID)
	return c, p, err
}

// Caller is ContactByPhone for somebody who calls or writes: whoever does that
// comes back from the bin by themselves.
func (tx *Tx) Caller(ctx context.Context, matchKey string) (Contact, error) {
	c, _, err := tx.ContactByPhone(ctx, matchKey)
	if err != nil || c.DeletedAt == 0 {
		return c, err
	}
	if err := tx.RestoreContacts(ctx, []string{c.ID}); err != nil {
		return c, err
	}
	return tx.Contact(ctx, c.ID)
}

// SetPhoneState notes what is known about texting a number, for every contact
// that has it.
func (tx *Tx) SetPhoneState(ctx context.Context, matchKey, state string) error {
	_, err := tx.q.ExecContext(ctx, `UPDATE contact_phones SET sms_state = $1 WHERE match_key = $2`, state, matchKey)
	if err != nil {
		return tx.fault("store.SetPhoneState", err)
	}
	return tx.copyMain(ctx, `id IN (SELECT contact_id FROM contact_phones WHERE match_key = $1)`, matchKey)
}

// copyMain has contacts show the main one of their phones.
func (tx *Tx) copyMain(ctx context.Context, where, arg string) error {
	_, err := tx.q.ExecContext(ctx, `
		UPDATE contacts SET
			phone = COALESCE((SELECT p.match_key FROM contact_phones p WHERE p.contact_id = contacts.id AND p.position = 0), ''),
			phone_state = COALESCE((SELECT p.sms_state FROM contact_phones p WHERE p.contact_id = contacts.id AND p.position = 0), '')
		WHERE `+where, arg)
	return tx.fault("store.copyMain", err)
}

// mainKey and mainState are what a list shows of a new contact's phones.
func mainKey(phones []Phone) string {
	if len(phones) == 0 {
		return ""
	}
	return MatchKey(phones[0].E164, phones[0].Typed)
}

func mainState(phones []Phone) string {
	if len(phones) == 0 {
		return ""
	}
	return cmp.Or(phones[0].SMSState, "unknown")
}

func (tx *Tx) insertPhone(ctx context.Context, p Phone) error {
	if p.SMSState == "" {
		p.SMSState = "unknown"
	}
	number := p.E164
	if number == "" {
		number = p.Typed
	}
	_, err := tx.q.ExecContext(ctx, `
		INSERT INTO contact_phones (id, contact_id, typed, e164, match_key, reversed, label, sms_state, position, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		p.ID, p.ContactID, p.Typed, nullText(p.E164), MatchKey(p.E164, p.Typed), ReverseDigits(number),
		p.Label, p.SMSState, p.Position, p.CreatedAt)
	return tx.fault("store.insertPhone", err)
}

func (tx *Tx) insertEmail(ctx context.Context, e Email) error {
	_, err := tx.q.ExecContext(ctx, `
		INSERT INTO contact_emails (id, contact_id, typed, match_key, label, position, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		e.ID, e.ContactID, e.Typed, strings.ToLower(e.Typed), e.Label, e.Position, e.CreatedAt)
	return tx.fault("store.insertEmail", err)
}

func (tx *Tx) insertAddress(ctx context.Context, a Address) error {
	_, err := tx.q.ExecContext(ctx, `
		INSERT INTO contact_addresses (`+addressColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		a.ID, a.ContactID, a.Label, a.Street, a.City, a.Region, a.Postcode, a.Country, a.Position, a.CreatedAt)
	return tx.fault("store.insertAddress", err)
}

// savePhones makes phones the contact's list. A number that stays keeps its
// id, its age and what is known about texting it.
func (tx *Tx) savePhones(ctx context.Context, contactID string, old, phones []Phone) error {
	if _, err := tx.q.ExecContext(ctx, `DELETE FROM contact_phones WHERE contact_id = $1`, contactID); err != nil {
		return tx.fault("store.savePhones", err)
	}
	for i, p := range phones {
		key := MatchKey(p.E164, p.Typed)
		if at := slices.IndexFunc(old, func(o Phone) bool { return o.MatchKey == key }); at >= 0 {
			p.ID, p.CreatedAt, p.SMSState = old[at].ID, old[at].CreatedAt, old[at].SMSState
		}
		p.ContactID, p.Position = contactID, int64(i)
		if err := tx.insertPhone(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

// saveEmails makes emails the contact's list.
func (tx *Tx) saveEmails(ctx context.Context, contactID string, old, emails []Email) error {
	if _, err := tx.q.ExecContext(ctx, `DELETE FROM contact_emails WHERE contact_id = $1`, contactID); err != nil {
		return tx.fault("store.saveEmails", err)
	}
	for i, e := range emails {
		key := strings.ToLower(e.Typed)
		if at := slices.IndexFunc(old, func(o Email) bool { return o.MatchKey == key }); at >= 0 {
			e.ID, e.CreatedAt = old[at].ID, old[at].CreatedAt
		}
		e.ContactID, e.Position = contactID, int64(i)
		if err := tx.insertEmail(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

// saveAddresses makes addresses the contact's list. One that stays as it was
// keeps its row.
func (tx *Tx) saveAddresses(ctx context.Context, contactID string, old, addresses []Address) error {
	if _, err := tx.q.ExecContext(ctx, `DELETE FROM contact_addresses WHERE contact_id = $1`, contactID); err != nil {
		return tx.fault("store.saveAddresses", err)
	}
	for i, a := range addresses {
		if at := slices.IndexFunc(old, func(o Address) bool { return sameAddress(o, a) }); at >= 0 {
			a.ID, a.CreatedAt = old[at].ID, old[at].CreatedAt
		}
		a.ContactID, a.Position = contactID, int64(i)
		if err := tx.insertAddress(ctx, a); err != nil {
			return err
		}
	}
	return nil
}

func samePhone(a, b Phone) bool { return a.Typed == b.Typed && a.E164 == b.E164 && a.Label == b.Label }
func sameEmail(a, b Email) bool { return a.Typed == b.Typed && a.Label == b.Label }

func sameAddress(a, b Address) bool {
	return a.Label == b.Label && a.Street == b.Street && a.City == b.City && a.Region == b.Region && a.Postcode == b.Postcode && a.Country == b.Country
}

// mainEmail is what a list shows of a contact's addresses.
func mainEmail(emails []Email) string {
	if len(emails) == 0 {
		return ""
	}
	return emails[0].Typed
}
