package contacts

import (
	"context"

	"stead/app/access"
	"stead/app/people"
	"stead/app/veil"
	"stead/store"
)

// Card is what somebody may see of a contact, and may do with it.
type Card struct {
	store.Card
	Tagged       []store.Tag
	Fields       []store.Field   // of the business's own; Values holds what is known
	OptedOut     map[string]bool // by match key
	OptOutsKnown bool            // false while the vault is locked
	Conversation string          // id; empty when there is none that the actor may see
	thread       store.Conversation
	From         []store.Provenance
	Tasks        []store.Task // that the actor may finish
	Pinned       []store.Note // that stay on top
	Timeline     Timeline
	People       access.People     // of the business; nil while nobody shares the work
	Names        access.People     // of the business, to name who did something
	Holders      access.People     // to whom the actor can give the contact
	Marks        map[string]string // of the parts that are switches
	Rights
}

// Rights are what an actor may do with one contact.
type Rights struct {
	Sees, Write, Edit, Assign, Export, Erase, Drop bool
}

func rightsOf(actor access.Actor, c store.Contact) Rights {
	may := func(p access.Permission) bool { return access.May(actor, p, access.Object{Owner: c.OwnerID}) }
	r := Rights{Sees: may(access.PersonalSee), Write: may(access.ContactsWrite), Assign: may(access.ContactsAssign)}
	r.Edit = r.Write && r.Sees
	r.Export, r.Erase, r.Drop = may(access.PrivacyExport) && r.Sees, may(access.PrivacyErase), may(access.ContactsDelete)
	return r
}

// Card returns a contact's card, with what happened before a cursor of its
// timeline, and notes who looked at it.
func (s *Service) Card(ctx context.Context, actor access.Actor, id string, at Place) (Card, error) {
	ctx = short(ctx)
	card, err := s.open(ctx, actor, id)
	if err != nil {
		return Card{}, err
	}
	if err := s.staff(ctx, actor, &card); err != nil {
		return Card{}, err
	}
	card.Conversation, card.Timeline, err = s.timeline(ctx, actor, card.Contact, card.thread, at)
	if card.Timeline.Closed {
		card.Pinned = nil
	}
	return card, err
}

// Parts returns a contact's card without what happened and what is to do, for
// who changes a part of it.
func (s *Service) Parts(ctx context.Context, actor access.Actor, id string) (Card, error) {
	return s.open(short(ctx), actor, id)
}

// open reads what is known of a contact, as far as the actor may see it.
func (s *Service) open(ctx context.Context, actor access.Actor, id string) (Card, error) {
	whole, err := s.Store.Whole(ctx, id)
	if err != nil {
		return Card{}, err
	}
	if err := access.Allow(actor, access.ContactsRead, access.Object{Owner: whole.OwnerID}); err != nil {
		return Card{}, err
	}
	s.reads.add(ctx, actor.ID, id, s.Now().UnixMilli())
	card := Card{
		Card: whole.Card, Tagged: whole.Tagged, Fields: whole.Fields, From: whole.From, Pinned: whole.Pinned,
		thread: whole.Conversation, Rights: rightsOf(actor, whole.Contact),
	}
	if card.Write {
		draft := people.DraftOf(whole.Card, card.Tagged, card.Fields)
		card.Marks = map[string]string{}
		for _, part := range openParts {
			card.Marks[part] = draft.Mark(part)
		}
	}
	return card, s.veil(ctx, &card)
}

// knownMost is how many tags are offered while somebody types one.
const knownMost = 200

// knownTags are names of tags of the business.
func (s *Service) knownTags(ctx context.Context) (names []string, err error) {
	tags, err := s.Store.Tags(ctx)
	for _, t := range tags[:min(len(tags), knownMost)] {
		names = append(names, t.Name)
	}
	return names, err
}

// veil says which numbers want no texts, and takes out what the actor may not see.
func (s *Service) veil(ctx context.Context, card *Card) (err error) {
	numbers := make([]string, len(card.Phones))
	for i, p := range card.Phones {
		numbers[i] = p.MatchKey
	}
	if card.OptedOut, card.OptOutsKnown, err = s.optOuts.optedOut(ctx, numbers); err != nil || card.Sees {
		return err
	}
	veil.Contact(&card.Contact)
	veil.Phones(card.Phones)
	veil.Emails(card.Emails)
	card.Addresses, card.BasisEvidence = nil, ""
	for i := range card.Companies {
		card.Companies[i].Role = "" // the company is the business's to know, what they are there is theirs
	}
	for _, f := range card.Fields {
		if f.Personal {
			delete(card.Values, f.ID)
		}
	}
	for i, p := range card.Phones {
		if card.OptedOut[numbers[i]] {
			card.OptedOut[p.MatchKey] = true
			delete(card.OptedOut, numbers[i])
		}
	}
	return nil
}

// staff fills in who of the business is concerned, and what there is to do.
func (s *Service) staff(ctx context.Context, actor access.Actor, card *Card) error {
	all, err := s.people(ctx)
	if err != nil {
		return err
	}
	card.Names = all
	if all.Several() || card.OwnerID != "" {
		card.People = all
	}
	if card.Holders, err = s.holders(ctx, actor, card.Contact); err != nil {
		return err
	}
	if s.ToDo != nil {
		return nil
	}
	tasks, err := s.Store.OpenTasksOf(ctx, card.ID)
	for _, task := range tasks {
		if access.May(actor, access.TasksWrite, access.Object{Owner: task.OwnerID}) {
			card.Tasks = append(card.Tasks, task)
		}
	}
	return err
}

// Form is a contact as its editor shows it, and what that needs to ask for it.
type Form struct {
	Draft   people.Draft // numbers as typed
	Version int64
	Fields  []store.Field
	Of      store.Contact
	Rights
}

// Form returns a contact to be edited; only the parts that tell nothing of how
// somebody is reached, where the actor may see no more.
func (s *Service) Form(ctx context.Context, actor access.Actor, id string, parts ...string) (Form, error) {
	c, err := mayEditAny(ctx, &s.Store.Reader, actor, id, parts)
	if err != nil {
		return Form{}, err
	}
	card, err := s.Store.Card(ctx, id)
	if err != nil {
		return Form{}, err
	}
	out := Form{Version: card.Version, Of: c, Rights: rightsOf(actor, c)}
	if out.Fields, err = s.Store.Fields(ctx, "contact"); err != nil {
		return Form{}, err
	}
	out.Draft, err = draftOf(ctx, &s.Store.Reader, card, out.Fields)
	return out, err
}
