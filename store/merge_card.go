package store

import (
	"cmp"
	"context"
	"slices"
)

// mergeCard makes Kept's card that of both.
func (tx *Tx) mergeCard(ctx context.Context, m Merging, kept, gone Card) error {
	if err := tx.mergeParts(ctx, m, kept, gone); err != nil {
		return err
	}
	c := m.choose(kept, gone)
	_, err := tx.exec(ctx, "store.Merge", `
		UPDATE contacts SET name = $2, about = $3, language = $4, time_zone = $5, basis = $6, basis_evidence = $7, basis_at = $8,
			do_not_call_at = $9, minor_at = $10, blocked_at = $11, restricted_at = $12, restriction = $13, owner_id = $14,
			created_at = $15, last_activity_at = $16, updated_at = $17, version = version + 1
		WHERE id = $1`,
		c.ID, c.Name, c.About, c.Language, c.TimeZone, c.Basis, c.BasisEvidence, nullTime(c.BasisAt),
		nullTime(c.DoNotCallAt), nullTime(c.MinorAt), nullTime(c.BlockedAt), nullTime(c.RestrictedAt), c.Restriction, nullText(c.OwnerID),
		c.CreatedAt, c.LastActivityAt, m.At)
	if err != nil {
		return err
	}
	return tx.copyAll(ctx, c)
}

// copyAll writes the copies that a list shows anew.
func (tx *Tx) copyAll(ctx context.Context, c Contact) error {
	if err := tx.copyMain(ctx, `id = $1`, c.ID); err != nil {
		return err
	}
	phones, err := tx.ContactPhones(ctx, c.ID)
	if err != nil {
		return err
	}
	_, err = tx.exec(ctx, "store.Merge", `
		UPDATE contacts SET name_key = $2,
			email = COALESCE((SELECT e.typed FROM contact_emails e WHERE e.contact_id = contacts.id AND e.position = 0), ''),
			company = COALESCE((SELECT k.name FROM contact_companies m JOIN companies k ON k.id = m.company_id
				WHERE m.contact_id = contacts.id AND m.former = 0 AND k.deleted_at IS NULL ORDER BY m.position, m.company_id LIMIT 1), $3)
		WHERE id = $1`, c.ID, nameKey(c.Name, phones), c.Company)
	return err
}

// choose is the contact that both become. What protects the person holds if it
// held for either.
func (m Merging) choose(kept, gone Card) Contact {
	c := kept.Contact
	pick := func(what, a, b string) string {
		if m.Takes(what) && b != "" {
			return b
		}
		return cmp.Or(a, b)
	}
	c.Name = pick("name", kept.Name, gone.Name)
	c.Company = pick("company", kept.Company, gone.Company)
	c.Language = pick("language", kept.Language, gone.Language)
	c.TimeZone = pick("time_zone", kept.TimeZone, gone.TimeZone)
	c.OwnerID = pick("owner", kept.OwnerID, gone.OwnerID)
	if c.About = joinedTexts(kept.About, gone.About); m.Takes("about") {
		c.About = joinedTexts(gone.About, kept.About)
	}
	if gone.Basis != "" && (kept.Basis == "" || m.Takes("basis")) {
		c.Basis, c.BasisEvidence, c.BasisAt = gone.Basis, gone.BasisEvidence, gone.BasisAt
	}
	c.DoNotCallAt = firstOf(kept.DoNotCallAt, gone.DoNotCallAt)
	c.MinorAt = firstOf(kept.MinorAt, gone.MinorAt)
	c.BlockedAt = firstOf(kept.BlockedAt, gone.BlockedAt)
	c.RestrictedAt = firstOf(kept.RestrictedAt, gone.RestrictedAt)
	c.Restriction = joinedTexts(kept.Restriction, gone.Restriction)
	c.CreatedAt, c.LastActivityAt = min(kept.CreatedAt, gone.CreatedAt), max(kept.LastActivityAt, gone.LastActivityAt)
	return c
}

// Takes tells whether the one who goes has something right.
func (m Merging) Takes(what string) bool { return slices.Contains(m.TakeGone, what) }

// mergeParts gives Kept what Gone has and it has not, and puts the chosen first.
func (tx *Tx) mergeParts(ctx context.Context, m Merging, kept, gone Card) error {
	for _, part := range []struct{ table, same string }{
		{"contact_phones", "o.match_key = contact_phones.match_key"},
		{"contact_emails", "o.match_key = contact_emails.match_key"},
		{"contact_addresses", `o.street = contact_addresses.street AND o.city = contact_addresses.city AND o.region = contact_addresses.region
			AND o.postcode = contact_addresses.postcode AND o.country = contact_addresses.country`},
		{"contact_companies", "o.company_id = contact_companies.company_id"},
		{"contact_tags", "o.tag_id = contact_tags.tag_id"},
		{"deal_contacts", "o.deal_id = deal_contacts.deal_id"},
	} {
		_, err := tx.exec(ctx, "store.Merge", `DELETE FROM `+part.table+` WHERE contact_id = $1 AND EXISTS (
			SELECT 1 FROM `+part.table+` o WHERE o.contact_id = $2 AND `+part.same+`)`, m.Gone, m.Kept)
		if err != nil {
			return err
		}
		set := `contact_id = $2`
		if part.table != "contact_tags" && part.table != "deal_contacts" {
			set += `, position = position + 1000` // behind the other's
		}
		if _, err := tx.exec(ctx, "store.Merge", `UPDATE `+part.table+` SET `+set+` WHERE contact_id = $1`, m.Gone, m.Kept); err != nil {
			return err
		}
	}
	if err := tx.mergeValues(ctx, m); err != nil {
		return err
	}
	return tx.mergeOrder(ctx, m, kept, gone)
}

// mergeValues takes values of the business's own fields where Kept has none, or
// Gone is right.
func (tx *Tx) mergeValues(ctx context.Context, m Merging) error {
	for _, field := range m.TakeGone {
		_, err := tx.exec(ctx, "store.Merge", `DELETE FROM contact_fields WHERE contact_id = $1 AND field_id = $2
			AND EXISTS (SELECT 1 FROM contact_fields o WHERE o.contact_id = $3 AND o.field_id = $2)`, m.Kept, field, m.Gone)
		if err != nil {
			return err
		}
	}
	_, err := tx.exec(ctx, "store.Merge", `DELETE FROM contact_fields WHERE contact_id = $1
		AND EXISTS (SELECT 1 FROM contact_fields o WHERE o.contact_id = $2 AND o.field_id = contact_fields.field_id)`, m.Gone, m.Kept)
	if err != nil {
		return err
	}
	_, err = tx.exec(ctx, "store.Merge", `UPDATE contact_fields SET contact_id = $1 WHERE contact_id = $2`, m.Kept, m.Gone)
	return err
}

// mergeOrder has the main number, address and company stand first.
func (tx *Tx) mergeOrder(ctx context.Context, m Merging, kept, gone Card) error {
	var phone, email, company string
	if m.Takes("phone") && len(gone.Phones) > 0 {
		phone = mergedID(kept.Phones, gone.Phones[0], func(a, b Phone) bool { return a.MatchKey == b.MatchKey }, func(p Phone) string { return p.ID })
	}
	if m.Takes("email") && len(gone.Emails) > 0 {
		email = mergedID(kept.Emails, gone.Emails[0], func(a, b Email) bool { return a.MatchKey == b.MatchKey }, func(e Email) string { return e.ID })
	}
	if m.Takes("company") && len(gone.Companies) > 0 {
		company = gone.Companies[0].CompanyID
	}
	for _, of := range []struct{ table, key, first string }{
		{"contact_phones", "id", phone}, {"contact_emails", "id", email}, {"contact_addresses", "id", ""}, {"contact_companies", "company_id", company},
	} {
		if err := tx.positions(ctx, of.table, of.key, m.Kept, of.first); err != nil {
			return err
		}
	}
	return nil
}

// mergedID is the row that stands for what Gone had: Kept's where it had the same.
func mergedID[T any](kept []T, gone T, same func(a, b T) bool, id func(T) string) string {
	for _, k := range kept {
		if same(k, gone) {
			return id(k)
		}
	}
	return id(gone)
}
