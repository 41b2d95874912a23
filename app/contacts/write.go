package contacts

import (
	"context"
	"strconv"
	"unicode/utf8"

	"stead/app/access"
	"stead/app/custom"
	"stead/app/errs"
	"stead/app/people"
	"stead/store"
)

// CodeKnown is the code of the Conflict that Create returns when somebody with
// the same number or address, or the same name and company, is there already.
const CodeKnown = "known"

// CodeChanged is the code of the Conflict that Edit returns when somebody else
// saved in the meantime.
const CodeChanged = "changed"

// Most characters of a line and of a text beside those that a contact has.
const (
	maxLine = 1000
	maxText = 10_000
)

// Creation is how a contact is to be created.
type Creation struct {
	Key    string // of the form: sent twice, it acts once
	Anyway bool   // though somebody like it is there
}

// Create adds a contact. It refuses with a Conflict of CodeKnown when somebody
// like it is there already, unless told to go on; by numbers and addresses only
// where the actor is shown any.
//
// It is nobody's contact, or the actor's where they could not see it otherwise.
func (s *Service) Create(ctx context.Context, actor access.Actor, in people.Draft, how Creation) (Saved, error) {
	owner := ""
	if !access.May(actor, access.ContactsWrite, access.Object{}) || !access.May(actor, access.ContactsRead, access.Object{}) {
		owner = actor.ID
	}
	may := func(*store.Tx) error { return access.Allow(actor, access.ContactsWrite, access.Object{Owner: owner}) }
	rules, err := s.rules(ctx, nil)
	if err != nil {
		return Saved{}, err
	}
	person, err := in.Read(rules)
	if err != nil {
		return Saved{}, err
	}
	now := s.Now().UnixMilli()
	id := s.NewID()
	person.Stamp(s.NewID, now)
	person.ID, person.Source, person.CreatedBy, person.OwnerID = id, "manual", actor.ID, owner
	person.CreatedAt, person.UpdatedAt, person.LastActivityAt = now, now, now
	from := store.Provenance{ID: s.NewID(), Source: "manual", Actor: actor.ID, At: now}
	like := likenessOf(actor, in, rules.Country)
	act := s.act(actor, EventCreated, id, id, now)
	made, err := s.once(ctx, how.Key, id, now, may, func(tx *store.Tx) error {
		ctx := short(ctx)
		if !how.Anyway {
			if err := nobodyLike(ctx, tx, actor, like); err != nil {
				return err
			}
		}
		watch := func(u *store.Undoing) error {
			if err := u.WatchNewContacts(ctx, id); err != nil {
				return err
			}
			return person.Watch(ctx, u)
		}
		return act.undoable(ctx, tx, watch, func() error {
			if _, err := person.Settle(ctx, tx, people.By{Actor: actor.ID, Owner: owner, Source: "manual", At: now}); err != nil {
				return err
			}
			return tx.InsertCard(ctx, person.Card, from)
		})
	})
	switch {
	case err != nil:
		return Saved{}, err
	case made != id: // the form was sent before
		return Saved{ID: made}, nil
	}
	return Saved{ID: id, Undo: act.undo.ID}, nil
}

func nobodyLike(ctx context.Context, tx *store.Tx, actor access.Actor, like store.Likeness) error {
	like.Cities = nil // two of a name in one town are shown, and no reason to stop
	found, err := matchesOf(ctx, &tx.Reader, actor, like)
	if err == nil && found.any() {
		err = &errs.Error{Kind: errs.Conflict, Code: CodeKnown, Message: "Someone with this number, this address or this name and company is here already."}
	}
	return err
}

// rules are what a person is read by here; kept are the numbers that they have.
func (s *Service) rules(ctx context.Context, kept []store.Phone) (people.Rules, error) {
	country, err := s.country(ctx)
	if err != nil {
		return people.Rules{}, err
	}
	fields, err := s.Store.Fields(ctx, "contact")
	return people.Rules{Country: country, Fields: fields, How: custom.For(country), Kept: kept}, err
}

// country is where a number without a country code belongs.
func (s *Service) country(ctx context.Context) (string, error) {
	b, err := s.Store.Business(ctx)
	return b.Country, err
}

func limit(fields map[string]string, name, value string, most int) {
	if utf8.RuneCountInString(value) > most {
		fields[name] = "Use at most " + strconv.Itoa(most) + " characters."
	}
}
