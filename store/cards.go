package store

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Card is a contact with all that is kept of them: how they are reached, where
// they work, what the business noted. Tags are ids; Values are by field id.
type Card struct {
	Contact
	Phones    []Phone
	Emails    []Email
	Addresses []Address
	Companies []ContactCompany
	Tags      []string
	Values    map[string]Value
}

// Cards returns whole contacts in the order of their ids, in as many queries as
// there are kinds of rows, however many they are. One that has gone is left out.
func (r *Reader) Cards(ctx context.Context, ids []string) ([]Card, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	marks, args := inList(ids)
	out, err := list(ctx, r, "store.Cards", `SELECT `+contactColumns+` FROM contacts WHERE id IN (`+marks+`)`,
		func(rows *sql.Rows, c *Card) error { return scanContact(rows, &c.Contact) }, args...)
	if err != nil || len(out) == 0 {
		return nil, err
	}
	place := make(map[string]int, len(ids))
	for i, id := range ids {
		place[id] = i
	}
	slices.SortFunc(out, func(a, b Card) int { return place[a.ID] - place[b.ID] })
	return out, r.fillCards(ctx, out, marks, args)
}

// Card returns one whole contact, or ErrNotFound.
func (r *Reader) Card(ctx context.Context, id string) (Card, error) {
	out, err := r.Cards(ctx, []string{id})
	if err == nil && len(out) == 0 {
		err = fmt.Errorf("store.Card: %w", ErrNotFound)
	}
	if err != nil {
		return Card{}, err
	}
	return out[0], nil
}

func (r *Reader) fillCards(ctx context.Context, cards []Card, marks string, args []any) error {
	ids := make([]string, len(cards))
	at := make(map[string]*Card, len(cards))
	for i := range cards {
		ids[i], at[cards[i].ID] = cards[i].ID, &cards[i]
	}
	phones, err := list(ctx, r, "store.Cards", `SELECT `+phoneColumns+` FROM contact_phones WHERE contact_id IN (`+marks+`) ORDER BY contact_id, position, id`,
		func(rows *sql.Rows, p *Phone) error { return scanPhone(rows, p) }, args...)
	if err != nil {
		return err
	}
	for _, p := range phones {
		at[p.ContactID].Phones = append(at[p.ContactID].Phones, p)
	}
	emails, err := list(ctx, r, "store.Cards", `SELECT `+emailColumns+` FROM contact_emails WHERE contact_id IN (`+marks+`) ORDER BY contact_id, position, id`, scanEmail, args...)
	if err != nil {
		return err
	}
	for _, e := range emails {
		at[e.ContactID].Emails = append(at[e.ContactID].Emails, e)
	}
	places, err := list(ctx, r, "store.Cards", `SELECT `+addressColumns+` FROM contact_addresses WHERE contact_id IN (`+marks+`) ORDER BY contact_id, position, id`, scanAddress, args...)
	if err != nil {
		return err
	}
	for _, a := range places {
		at[a.ContactID].Addresses = append(at[a.ContactID].Addresses, a)
	}
	return r.fillNotions(ctx, at, ids)
}

// fillNotions adds what the business's own words say: companies, tags, fields.
func (r *Reader) fillNotions(ctx context.Context, at map[string]*Card, ids []string) error {
	companies, err := r.CompaniesOf(ctx, ids)
	if err != nil {
		return err
	}
	tags, err := r.TagsOf(ctx, ids)
	if err != nil {
		return err
	}
	values, err := r.FieldValues(ctx, "contact", ids)
	if err != nil {
		return err
	}
	for id, c := range at {
		c.Companies, c.Values = companies[id], values[id]
		for _, tag := range tags[id] {
			c.Tags = append(c.Tags, tag.ID)
		}
	}
	return nil
}

// InsertCard adds a whole contact, says where it came from and makes it
// findable. Name key and match keys are computed here; companies, tags and
// fields must be there already. The numbers and addresses of a contact differ
// from each other, else it is ErrConflict.
func (tx *Tx) InsertCard(ctx context.Context, c Card, from Provenance) error {
	if c.Version == 0 {
		c.Version = 1
	}
	if err := tx.insertContact(ctx, c); err != nil {
		return err
	}
	if err := tx.insertPoints(ctx, c); err != nil {
		return err
	}
	if len(c.Companies) > 0 {
		if err := tx.SetCompanies(ctx, c.ID, c.Companies); err != nil {
			return err
		}
	}
	if len(c.Tags) > 0 {
		if err := tx.SetTags(ctx, c.ID, c.Tags); err != nil {
			return err
		}
	}
	for _, id := range slices.Sorted(maps.Keys(c.Values)) {
		v := c.Values[id]
		if err := tx.SetValue(ctx, "contact", c.ID, id, &v); err != nil {
			return err
		}
	}
	from.ContactID = c.ID
	if err := tx.InsertProvenance(ctx, from); err != nil {
		return err
	}
	body, err := tx.searchBody(ctx, c)
	if err != nil {
		return err
	}
	return tx.insertDoc(ctx, "contact", c.ID, c.ID, Fold(body))
}

func (tx *Tx) insertContact(ctx context.Context, c Card) error {
	_, err := tx.q.ExecContext(ctx, `
		INSERT INTO contacts (id, name, name_key, phone, phone_state, email, company, about, language, time_zone, source,
			basis, basis_evidence, basis_at, do_not_call_at, minor_at, blocked_at, restricted_at, restriction,
			created_by, owner_id, version, created_at, updated_at, last_activity_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25)`,
		c.ID, c.Name, nameKey(c.Name, c.Phones), mainKey(c.Phones), mainState(c.Phones), mainEmail(c.Emails), c.Company, c.About, c.Language, c.TimeZone, c.Source,
		c.Basis, c.BasisEvidence, nullTime(c.BasisAt), nullTime(c.DoNotCallAt), nullTime(c.MinorAt), nullTime(c.BlockedAt), nullTime(c.RestrictedAt), c.Restriction,
		nullText(c.CreatedBy), nullText(c.OwnerID), c.Version, c.CreatedAt, c.UpdatedAt, c.LastActivityAt)
	return tx.fault("store.InsertCard", err)
}

func (tx *Tx) insertPoints(ctx context.Context, c Card) error {
	for i, p := range c.Phones {
		p.ContactID, p.Position = c.ID, int64(i)
		if err := tx.insertPhone(ctx, p); err != nil {
			return err
		}
	}
	for i, e := range c.Emails {
		e.ContactID, e.Position = c.ID, int64(i)
		if err := tx.insertEmail(ctx, e); err != nil {
			return err
		}
	}
	for i, a := range c.Addresses {
		a.ContactID, a.Position = c.ID, int64(i)
		if err := tx.insertAddress(ctx, a); err != nil {
			return err
		}
	}
	return nil
}

// SaveCard saves the version of a contact that the editor saw, and raises it:
// all but whose it is, what it is blocked or restricted for and where it came
// from, which have their own ways. ErrConflict says that somebody else saved in
// between. Numbers and addresses that stay keep their rows; what did not change
// is not written.
func (tx *Tx) SaveCard(ctx context.Context, c Card) error {
	old, err := tx.Card(ctx, c.ID)
	if err != nil {
		return err
	}
	n, err := tx.exec(ctx, "store.SaveCard", `
		UPDATE contacts SET name = $1, name_key = $2, email = $3, company = $4, about = $5, language = $6, time_zone = $7,
			basis = $8, basis_evidence = $9, basis_at = $10, do_not_call_at = $11, minor_at = $12, updated_at = $13, version = version + 1
		WHERE id = $14 AND version = $15`,
		c.Name, nameKey(c.Name, c.Phones), mainEmail(c.Emails), c.Company, c.About, c.Language, c.TimeZone,
		c.Basis, c.BasisEvidence, nullTime(c.BasisAt), nullTime(c.DoNotCallAt), nullTime(c.MinorAt), c.UpdatedAt, c.ID, c.Version)
	if err != nil {
		return err
	}
	if n == 0 {
		return fmt.Errorf("store.SaveCard: %w", ErrConflict)
	}
	if err := tx.saveReach(ctx, old, c); err != nil {
		return err
	}
	if err := tx.saveNotions(ctx, old, c); err != nil {
		return err
	}
	return tx.indexCard(ctx, c)
}

func (tx *Tx) saveReach(ctx context.Context, old, c Card) error {
	if !slices.EqualFunc(old.Phones, c.Phones, samePhone) {
		if err := tx.savePhones(ctx, c.ID, old.Phones, c.Phones); err != nil {
			return err
		}
		if err := tx.copyMain(ctx, `id = $1`, c.ID); err != nil {
			return err
		}
	}
	if !slices.EqualFunc(old.Emails, c.Emails, sameEmail) {
		if err := tx.saveEmails(ctx, c.ID, old.Emails, c.Emails); err != nil {
			return err
		}
	}
	if !slices.EqualFunc(old.Addresses, c.Addresses, sameAddress) {
		return tx.saveAddresses(ctx, c.ID, old.Addresses, c.Addresses)
	}
	return nil
}

func (tx *Tx) saveNotions(ctx context.Context, old, c Card) error {
	if !slices.EqualFunc(old.Companies, c.Companies, sameJob) {
		if err := tx.SetCompanies(ctx, c.ID, c.Companies); err != nil {
			return err
		}
	}
	if !slices.Equal(slices.Sorted(slices.Values(old.Tags)), slices.Sorted(slices.Values(c.Tags))) {
		if err := tx.SetTags(ctx, c.ID, c.Tags); err != nil {
			return err
		}
	}
	ids := slices.Collect(maps.Keys(old.Values))
	ids = slices.AppendSeq(ids, maps.Keys(c.Values))
	slices.Sort(ids)
	for _, id := range slices.Compact(ids) {
		was, had := old.Values[id]
		now, has := c.Values[id]
		if had == has && was.Words == now.Words && was.Num == now.Num && was.IsNum == now.IsNum {
			continue
		}
		value := &now
		if !has {
			value = nil
		}
		if err := tx.SetValue(ctx, "contact", c.ID, id, value); err != nil {
			return err
		}
	}
	return nil
}

func sameJob(a, b ContactCompany) bool {
	return a.CompanyID == b.CompanyID && a.Role == b.Role && a.Former == b.Former
}

// IndexContacts makes contacts findable by what they are now, after something
// else than SaveCard changed them.
func (tx *Tx) IndexContacts(ctx context.Context, ids ...string) error {
	cards, err := tx.Cards(ctx, ids)
	for _, c := range cards {
		if err != nil {
			return err
		}
		err = tx.indexCard(ctx, c)
	}
	return err
}

func (tx *Tx) indexCard(ctx context.Context, c Card) error {
	body, err := tx.searchBody(ctx, c)
	if err != nil {
		return err
	}
	return tx.IndexText(ctx, "contact", c.ID, c.ID, body)
}

func (tx *Tx) searchBody(ctx context.Context, c Card) (string, error) {
	var tags []string
	if len(c.Tags) > 0 {
		of, err := tx.TagsOf(ctx, []string{c.ID})
		if err != nil {
			return "", err
		}
		for _, tag := range of[c.ID] {
			tags = append(tags, tag.Name)
		}
	}
	return searchBody(c, tags), nil
}

// searchBody is what a contact can be found by. A number stands in it as one
// run of digits; its end is found through contact_phones.reversed.
func searchBody(c Card, tags []string) string {
	words := []string{c.Name, c.Company}
	for _, p := range c.Phones {
		typed, whole := digits(p.Typed), digits(p.E164)
		words = append(words, whole)
		if typed != whole {
			words = append(words, typed, strings.TrimLeft(typed, "0"))
		}
		if typed == "" {
			words = append(words, p.Typed)
		}
	}
	for _, e := range c.Emails {
		words = append(words, e.Typed)
	}
	for _, job := range c.Companies {
		if job.Name != c.Company {
			words = append(words, job.Name)
		}
	}
	for _, a := range c.Addresses {
		words = append(words, a.City)
	}
	return strings.Join(append(words, tags...), " ")
}
