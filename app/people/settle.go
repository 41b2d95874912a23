package people

import (
	"context"
	"slices"
	"strings"

	"stead/app/email"
	"stead/store"
)

// By is who enters a person, how and when.
type By struct {
	Actor, Owner, Source string // of companies that are not there yet
	At                   int64
}

// Stamp gives what is new its id and its age. It is called before the
// transaction, which may run twice.
func (p *Person) Stamp(newID func() string, at int64) {
	for i := range p.Phones {
		if p.Phones[i].ID == "" {
			p.Phones[i].ID, p.Phones[i].CreatedAt = newID(), at
		}
	}
	for i := range p.Emails {
		p.Emails[i].ID, p.Emails[i].CreatedAt = newID(), at
	}
	for i := range p.Addresses {
		p.Addresses[i].ID, p.Addresses[i].CreatedAt = newID(), at
	}
	p.newJobs, p.newTags = make([]string, len(p.Jobs)), make([]string, len(p.Labels))
	for i := range p.newJobs {
		p.newJobs[i] = newID()
	}
	for i := range p.newTags {
		p.newTags[i] = newID()
	}
	for _, since := range []*int64{&p.DoNotCallAt, &p.MinorAt} {
		if *since != 0 {
			*since = at
		}
	}
	if p.Basis != "" || p.BasisEvidence != "" {
		p.BasisAt = at
	}
}

// Watch remembers, for an undo, the companies and tags that Settle may make.
func (p Person) Watch(ctx context.Context, u *store.Undoing) error {
	if len(p.newJobs) > 0 {
		if err := u.Watch(ctx, "companies", "id", p.newJobs...); err != nil {
			return err
		}
	}
	if len(p.newTags) == 0 {
		return nil
	}
	return u.Watch(ctx, "tags", "id", p.newTags...)
}

// Settle finds the companies and tags that the draft names, makes those that
// are not there yet, and puts them on the card. made are the ids of the
// companies that it made.
func (p *Person) Settle(ctx context.Context, tx *store.Tx, by By) (made []string, err error) {
	p.Companies, p.Tags = nil, nil
	for i, job := range p.Jobs {
		company := store.Company{
			ID: p.newJobs[i], Name: job.Company, OwnerID: by.Owner, Source: by.Source, CreatedBy: by.Actor,
			CreatedAt: by.At, UpdatedAt: by.At, LastActivityAt: by.At,
		}
		id, isNew, err := tx.EnsureCompany(ctx, company)
		if err != nil {
			return nil, err
		}
		if isNew {
			made = append(made, id)
		}
		p.Companies = append(p.Companies, store.ContactCompany{
			CompanyID: id, Name: job.Company, Role: job.Role, Former: job.Former, CreatedAt: by.At,
		})
	}
	for i, name := range p.Labels {
		id, err := tx.EnsureTag(ctx, store.Tag{ID: p.newTags[i], Name: name, CreatedAt: by.At})
		if err != nil {
			return nil, err
		}
		if !slices.Contains(p.Tags, id) {
			p.Tags = append(p.Tags, id)
		}
	}
	return made, nil
}

// Put takes one part of the person over into a card, where that part is not the
// same already. What a switch says since when stays while it is on.
func (p Person) Put(slot string, into *store.Card) {
	switch slot {
	case SlotName:
		into.Name = p.Name
	case SlotPhones:
		into.Phones = p.Phones
	case SlotEmails:
		into.Emails = p.Emails
	case SlotCompanies:
		into.Companies, into.Company = p.Companies, p.Company
	case SlotAddresses:
		into.Addresses = p.Addresses
	case SlotTags:
		into.Tags = p.Tags
	case SlotLanguage:
		into.Language = p.Language
	case SlotZone:
		into.TimeZone = p.TimeZone
	case SlotBasis:
		if into.Basis != p.Basis || into.BasisEvidence != p.BasisEvidence {
			into.Basis, into.BasisEvidence, into.BasisAt = p.Basis, p.BasisEvidence, p.BasisAt
		}
	case SlotCalls:
		into.DoNotCallAt = since(into.DoNotCallAt, p.DoNotCallAt)
	case SlotMinor:
		into.MinorAt = since(into.MinorAt, p.MinorAt)
	case SlotAbout:
		into.About = p.About
	default:
		p.putField(strings.TrimPrefix(slot, SlotField), into)
	}
}

func (p Person) putField(id string, into *store.Card) {
	values := map[string]store.Value{}
	for k, v := range into.Values {
		values[k] = v
	}
	delete(values, id)
	if v, ok := p.Values[id]; ok {
		values[id] = v
	}
	into.Values = values
}

// since keeps the time of a switch that was on and stays on.
func since(was, now int64) int64 {
	if was != 0 && now != 0 {
		return was
	}
	return now
}

// Keys are what the person could be found by: match keys of numbers and of
// addresses of mail.
func (p Person) Keys() (phones, emails []string) {
	for _, n := range p.Phones {
		phones = append(phones, n.MatchKey)
	}
	for _, e := range p.Emails {
		emails = append(emails, e.MatchKey)
	}
	return phones, emails
}

// Keys are the match keys of what of a draft can be understood so far.
func (d Draft) Keys(country string) (phones, emails []string) {
	for _, point := range d.Phones {
		if p, _, ok := ReadPhone(Line(point.Typed), country, nil); ok {
			phones = append(phones, p.MatchKey)
		}
	}
	for _, point := range d.Emails {
		if typed := Line(point.Typed); email.Like(typed) {
			emails = append(emails, strings.ToLower(typed))
		}
	}
	return phones, emails
}

// Quick reads the one box into which somebody types a name, a number or an
// address of mail.
func Quick(typed, country string) Draft {
	typed = Line(typed)
	if email.Like(typed) {
		return Draft{Emails: []Point{{Typed: typed}}}
	}
	if _, _, ok := ReadPhone(typed, country, nil); ok {
		return Draft{Phones: []Point{{Typed: typed}}}
	}
	return Draft{Name: typed}
}
