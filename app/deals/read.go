package deals

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"stead/app/access"
	"stead/app/phone"
	"stead/app/veil"
	"stead/store"
)

// Ref is a record beside a deal as the actor may know it: without a name when it
// is out of their reach.
type Ref struct {
	ID, Name string
	Role     string // of somebody else
	Open     bool   // the actor may open it
	Nameless bool   // a person who is called by their number
}

// Sight is a deal with all that its page shows.
type Sight struct {
	store.Deal
	Veiled      bool // neither texts nor amounts of it are shown to the actor
	Amounts     bool // amounts are
	Pipelines   []store.Pipeline
	Stages      map[string]store.Stage // those that were deleted too
	Person      *Ref
	Company     *Ref
	Talk        bool // the actor may open its thread
	Others      []Ref
	Tags        []store.Tag
	Fields      []store.Field
	Values      map[string]store.Value
	Stays       []store.Stay
	Outcomes    []store.Outcome
	Reasons     []store.Reason
	People      access.People // of the business
	Holders     access.People // to whom the actor can give it
	Country     string
	Reply       *store.Reply // when whoever asked by a form or a webhook was answered; nil: they did not, or the actor may not know
	HasStepOpen bool
	Next        store.Task   // the next step, if HasStepOpen
	Tasks       []store.Task // all that is open, the next first; veiled or not, they are for whoever may see tasks

	whole store.WholeDeal
}

// Pipeline is that of the deal.
func (s Sight) Pipeline() store.Pipeline {
	for _, p := range s.Pipelines {
		if p.ID == s.PipelineID {
			return p
		}
	}
	return store.Pipeline{}
}

// See returns a deal with all that its page shows. What the actor may not see is
// not in it.
func (s *Service) See(ctx context.Context, actor access.Actor, id string) (Sight, error) {
	ctx = short(ctx)
	whole, err := s.Store.WholeDeal(ctx, id)
	if err != nil {
		return Sight{}, err
	}
	if err := access.Allow(actor, access.DealsRead, access.Object{Owner: whole.OwnerID}); err != nil {
		return Sight{}, err
	}
	out := Sight{Deal: whole.Deal, Stays: whole.Stays, Outcomes: whole.Outcomes, whole: whole}
	if err := s.fill(ctx, actor, &out); err != nil {
		return out, err
	}
	if err := s.since(ctx, actor, &out); err != nil {
		return out, err
	}
	if out.Tasks, err = s.Store.OpenTasksOfDeal(ctx, id); err != nil {
		return out, err
	}
	if out.HasStepOpen = len(out.Tasks) > 0; out.HasStepOpen {
		out.Next = out.Tasks[0]
	}
	out.veil(actor)
	out.Holders, err = s.holders(ctx, actor, out)
	return out, err
}

// short is the context of reads that take less than a millisecond: whoever asked
// may have gone, but to watch for that costs more than to read on.
func short(ctx context.Context) context.Context { return context.WithoutCancel(ctx) }

// fill adds what the parts of a deal are called, as far as the actor may know.
// since adds what began after the deal: the thread with its person, and the first
// answer to whoever asked by a form or a webhook.
func (s *Service) since(ctx context.Context, actor access.Actor, out *Sight) error {
	if out.ConversationID == "" && out.ContactID != "" {
		v, err := s.Store.ConversationOf(ctx, out.ContactID)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		if err == nil {
			out.ConversationID, out.Talk = v.ID, access.May(actor, access.InboxRead, access.Object{Owner: v.OwnerID})
		}
	}
	if out.Source != store.LeadForm && out.Source != store.LeadWebhook || !access.May(actor, access.InboxRead, access.Object{Owner: out.OwnerID}) {
		return nil
	}
	reply, err := s.Store.LeadReply(ctx, out.ID)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	out.Reply = &reply
	return err
}

func (s *Service) fill(ctx context.Context, actor access.Actor, out *Sight) (err error) {
	r, whole := &s.Store.Reader, &out.whole
	if out.Pipelines, err = s.Store.Pipelines(ctx); err != nil {
		return err
	}
	if out.Stages, err = s.Store.StagesByID(ctx); err != nil {
		return err
	}
	if whole.Person != nil {
		if out.Person, err = refOf(ctx, r, actor, *whole.Person); err != nil {
			return err
		}
	}
	if whole.Company != nil {
		out.Company = firmOf(actor, *whole.Company)
	}
	out.Talk = whole.Talks && access.May(actor, access.InboxRead, access.Object{Owner: whole.TalkOf})
	for _, o := range whole.Others {
		ref, err := refOf(ctx, r, actor, store.Contact{ID: o.ContactID, Name: o.Name, OwnerID: o.OwnerID})
		if err != nil {
			return err
		}
		ref.Role = o.Role
		out.Others = append(out.Others, *ref)
	}
	out.Tags, out.Values = whole.Tagged, whole.Values
	if out.Fields, err = s.Store.Fields(ctx, "deal"); err != nil {
		return err
	}
	if out.Reasons, err = s.Store.Reasons(ctx); err != nil {
		return err
	}
	if out.People, err = s.people(ctx); err != nil {
		return err
	}
	b, err := s.Store.Business(ctx)
	out.Country = b.Country
	return err
}

// veil takes out what the actor may not see.
func (s *Sight) veil(actor access.Actor) {
	s.Amounts = access.May(actor, access.MoneySee, access.Object{Owner: s.OwnerID})
	if !s.Amounts {
		s.Amount, s.Weighted = 0, 0
		for i := range s.Outcomes {
			s.Outcomes[i].Amount = 0
		}
		for _, f := range s.Fields {
			if f.Kind == "money" {
				delete(s.Values, f.ID)
			}
		}
	}
	if access.Sees(actor, s.OwnerID) {
		return
	}
	s.Veiled, s.Title, s.Next.Title = true, "", ""
	for i := range s.Outcomes {
		s.Outcomes[i].Note = ""
	}
	for i := range s.Others {
		s.Others[i].Role = ""
	}
	for _, f := range s.Fields {
		if f.Personal || f.Kind == "text" {
			delete(s.Values, f.ID)
		}
	}
}

// personRef is a person as the actor may know them; nil: there is none, or they
// are in the bin.
func personRef(ctx context.Context, r *store.Reader, actor access.Actor, id string) (*Ref, error) {
	if id == "" {
		return nil, nil //nolint:nilnil // nobody is no mistake
	}
	c, err := r.Contact(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil //nolint:nilnil // nobody is no mistake
	}
	if err != nil {
		return nil, err
	}
	return refOf(ctx, r, actor, c)
}

// refOf is personRef of a contact of whom id, name, owner and deletion are known.
func refOf(ctx context.Context, r *store.Reader, actor access.Actor, c store.Contact) (out *Ref, err error) {
	if c.DeletedAt != 0 {
		return nil, nil //nolint:nilnil // nobody is no mistake
	}
	out = &Ref{ID: c.ID}
	if out.Open = access.May(actor, access.ContactsRead, access.Object{Owner: c.OwnerID}); out.Open {
		out.Nameless = c.Name == ""
		out.Name, err = calledBy(ctx, r, actor, c)
	}
	return out, err
}

// calledBy is what somebody is called by: a name or, of a caller whom nobody has
// named yet, the number, masked for whoever may not see it.
func calledBy(ctx context.Context, r *store.Reader, actor access.Actor, c store.Contact) (string, error) {
	if c.Name != "" {
		return c.Name, nil
	}
	phones, err := r.ContactPhones(ctx, c.ID)
	if err != nil || len(phones) == 0 {
		return "", err
	}
	if !access.Sees(actor, c.OwnerID) {
		return veil.Number(phones[0].Typed), nil
	}
	b, err := r.Business(ctx)
	return phone.Display(cmp.Or(phones[0].E164, phones[0].Typed), b.Country), err
}

func companyRef(ctx context.Context, r *store.Reader, actor access.Actor, id string) (*Ref, error) {
	if id == "" {
		return nil, nil //nolint:nilnil // none is no mistake
	}
	c, err := r.Company(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil //nolint:nilnil // none is no mistake
	}
	if err != nil {
		return nil, err
	}
	return firmOf(actor, c), nil
}

// firmOf is a company as the actor may know it; nil: it is in the bin.
func firmOf(actor access.Actor, c store.Company) *Ref {
	if c.DeletedAt != 0 {
		return nil
	}
	out := &Ref{ID: c.ID}
	if out.Open = access.May(actor, access.ContactsRead, access.Object{Owner: c.OwnerID}); out.Open {
		out.Name = c.Name
	}
	return out
}

func mayTalk(ctx context.Context, r *store.Reader, actor access.Actor, id string) (bool, error) {
	if id == "" {
		return false, nil
	}
	v, err := r.Conversation(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return err == nil && access.May(actor, access.InboxRead, access.Object{Owner: v.OwnerID}), err
}

// holders are those to whom the actor can give a deal.
func (s *Service) holders(ctx context.Context, actor access.Actor, d Sight) (access.People, error) {
	if !d.People.Several() || d.DeletedAt != 0 || !access.May(actor, access.DealsAssign, access.Object{Owner: d.OwnerID}) {
		return nil, nil
	}
	var may access.People
	for _, u := range d.People {
		if access.MayTake(actor, d.OwnerID, u.ID) == nil {
			may = append(may, u)
		}
	}
	return may.Holders(ctx, &s.Store.Reader, access.DealsRead)
}

// owners are those whose a new deal of the actor's can be.
func (s *Service) owners(ctx context.Context, actor access.Actor) (access.People, error) {
	users, err := s.people(ctx)
	if err != nil {
		return nil, err
	}
	holders, err := users.Holders(ctx, &s.Store.Reader, access.DealsRead)
	return slices.DeleteFunc(holders, func(u store.User) bool {
		return u.ID != actor.ID && (access.MayTake(actor, "", u.ID) != nil || !access.May(actor, access.DealsWrite, access.Object{Owner: u.ID}))
	}), err
}

func (s *Service) people(ctx context.Context) (access.People, error) {
	users, err := s.Store.People(ctx)
	return users, err
}

// Form returns a deal for whoever may edit it, as they would have typed it, with
// the version that a save must name.
func (s *Service) Form(ctx context.Context, actor access.Actor, id string) (Draft, Sight, error) {
	d, err := mayEdit(ctx, &s.Store.Reader, actor, id)
	if err != nil {
		return Draft{}, Sight{}, err
	}
	whole, err := s.Store.WholeDeal(ctx, id)
	if err != nil {
		return Draft{}, Sight{}, err
	}
	out := Sight{Deal: d, Amounts: true, whole: whole}
	if err := s.fill(ctx, actor, &out); err != nil {
		return Draft{}, out, err
	}
	return draftOf(out), out, nil
}
