package contacts

import (
	"context"
	"errors"

	"stead/app/access"
	"stead/app/veil"
	"stead/store"
)

// Card is what somebody may see of a contact, and may do with it.
type Card struct {
	store.Contact
	Phones       []store.Phone
	Emails       []store.Email
	OptedOut     map[string]bool // by match key
	OptOutsKnown bool            // false while the vault is locked
	Conversation string          // id; empty when there is none that the actor may see
	Tasks        []store.Task    // that the actor may finish
	Timeline     Timeline
	People       access.People // of the business; nil while nobody shares the work
	Holders      access.People // to whom the actor can give the contact
	Rights
}

// Rights are what an actor may do with one contact.
type Rights struct {
	Sees, Write, Edit, Assign, Export, Erase bool
}

func rightsOf(actor access.Actor, c store.Contact) Rights {
	may := func(p access.Permission) bool { return access.May(actor, p, access.Object{Owner: c.OwnerID}) }
	r := Rights{Sees: may(access.PersonalSee), Write: may(access.ContactsWrite), Assign: may(access.ContactsAssign)}
	r.Edit = r.Write && r.Sees
	r.Export, r.Erase = may(access.PrivacyExport) && r.Sees, may(access.PrivacyErase)
	return r
}

// Timeline is a page of what happened with a contact, newest first.
type Timeline struct {
	Items  []store.StreamItem
	Next   string // cursor of what is older
	Names  map[string]string
	Closed bool // the actor may not see the conversation
}

// Card returns a contact's card, with what happened before a cursor of its
// timeline, and notes who looked at it.
func (s *Service) Card(ctx context.Context, actor access.Actor, id, after string) (Card, error) {
	ctx = short(ctx)
	c, err := mayRead(ctx, &s.Store.Reader, actor, id)
	if err != nil {
		return Card{}, err
	}
	s.reads.add(ctx, actor.ID, id, s.Now().UnixMilli())
	card := Card{Contact: c, Rights: rightsOf(actor, c)}
	if err := s.points(ctx, &card); err != nil {
		return Card{}, err
	}
	if err := s.staff(ctx, actor, &card); err != nil {
		return Card{}, err
	}
	card.Conversation, card.Timeline, err = s.timeline(ctx, actor, id, after)
	return card, err
}

// points fills in how the contact is reached, as far as the actor may see it.
func (s *Service) points(ctx context.Context, card *Card) (err error) {
	if card.Phones, err = s.Store.ContactPhones(ctx, card.ID); err != nil {
		return err
	}
	if card.Emails, err = s.Store.ContactEmails(ctx, card.ID); err != nil {
		return err
	}
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
	people, err := s.people(ctx)
	if err != nil {
		return err
	}
	if people.Several() || card.OwnerID != "" {
		card.People = people
	}
	if card.Holders, err = s.holders(ctx, actor, card.Contact); err != nil {
		return err
	}
	tasks, err := s.Store.OpenTasksOf(ctx, card.ID)
	for _, task := range tasks {
		if access.May(actor, access.TasksWrite, access.Object{Owner: task.OwnerID}) {
			card.Tasks = append(card.Tasks, task)
		}
	}
	return err
}

// Timeline returns a page of what happened with a contact.
func (s *Service) Timeline(ctx context.Context, actor access.Actor, id, after string) (Timeline, error) {
	if _, err := mayRead(ctx, &s.Store.Reader, actor, id); err != nil {
		return Timeline{}, err
	}
	s.reads.add(ctx, actor.ID, id, s.Now().UnixMilli())
	_, out, err := s.timeline(ctx, actor, id, after)
	return out, err
}

// timeline reads what happened, which is the conversation's: whoever may not see
// that is told so and no more.
func (s *Service) timeline(ctx context.Context, actor access.Actor, contactID, after string) (conversation string, out Timeline, err error) {
	v, err := s.Store.ConversationOf(ctx, contactID)
	if errors.Is(err, store.ErrNotFound) {
		return "", Timeline{Closed: !actor.Has(access.InboxRead)}, nil
	}
	if err != nil {
		return "", Timeline{}, err
	}
	if !access.May(actor, access.InboxRead, access.Object{Owner: v.OwnerID}) {
		return "", Timeline{Closed: true}, nil
	}
	items, err := s.Store.Stream(ctx, v.ID, store.Page{After: after, Limit: timelineSize + 1})
	if err != nil {
		return "", Timeline{}, err
	}
	if len(items) > timelineSize {
		items = items[:timelineSize]
		out.Next = items[timelineSize-1].Cursor()
	}
	if !access.Sees(actor, v.OwnerID) {
		veil.Items(items)
	}
	out.Items = items
	out.Names, err = s.authors(ctx, items)
	return v.ID, out, err
}

// authors names the people of the business who wrote something, by user id.
func (s *Service) authors(ctx context.Context, items []store.StreamItem) (map[string]string, error) {
	people, err := s.people(ctx)
	names := map[string]string{}
	for _, item := range items {
		if id := author(item); id != "" {
			names[id] = people.Name(id)
		}
	}
	return names, err
}

func author(item store.StreamItem) string {
	switch {
	case item.Note != nil:
		return item.Note.Author
	case item.Message != nil:
		return item.Message.Author
	}
	return ""
}

// Form returns a contact as its editor shows it. The numbers are as typed.
func (s *Service) Form(ctx context.Context, actor access.Actor, id string) (Person, int64, error) {
	c, err := mayEdit(ctx, &s.Store.Reader, actor, id)
	if err != nil {
		return Person{}, 0, err
	}
	phones, err := s.Store.ContactPhones(ctx, id)
	if err != nil {
		return Person{}, 0, err
	}
	emails, err := s.Store.ContactEmails(ctx, id)
	if err != nil {
		return Person{}, 0, err
	}
	out := Person{Name: c.Name, Company: c.Company, About: c.About}
	for _, p := range phones {
		out.Phones = append(out.Phones, p.Typed)
	}
	for _, e := range emails {
		out.Emails = append(out.Emails, e.Typed)
	}
	return out, c.Version, nil
}
