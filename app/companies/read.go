package companies

import (
	"context"

	"stead/app/access"
	"stead/app/custom"
	"stead/app/errs"
	"stead/app/veil"
	"stead/store"
)

// How many a page holds.
const (
	listSize   = 50
	findSize   = 100
	peopleSize = 50
	matchSize  = 5
	headsMost  = 100 // people of a company in a list are counted up to here
)

// Roll is a page of the list of companies.
type Roll struct {
	store.CompanyPage
	Heads  map[string]int
	People access.People // whose they may be; nil while nobody shares the work
	Cut    bool          // a search found more than are shown
}

// List returns a page of the companies that the actor may see, or of a part of
// them by whose they are.
func (s *Service) List(ctx context.Context, actor access.Actor, order store.CompanyOrder, whose, after string) (Roll, error) {
	if err := mayList(actor); err != nil {
		return Roll{}, err
	}
	page, err := s.Store.Companies(ctx, access.Part(actor, access.ContactsRead, whose), order, store.Page{After: after, Limit: listSize})
	if err != nil {
		return Roll{}, err
	}
	return s.roll(ctx, actor, page)
}

// Find returns the companies whose name or domain begins with a text.
func (s *Service) Find(ctx context.Context, actor access.Actor, text, whose string) (Roll, error) {
	if err := mayList(actor); err != nil {
		return Roll{}, err
	}
	rows, err := s.Store.FindCompanies(ctx, access.Part(actor, access.ContactsRead, whose), text, findSize+1)
	if err != nil {
		return Roll{}, err
	}
	cut := len(rows) > findSize
	roll, err := s.roll(ctx, actor, store.CompanyPage{Rows: rows[:min(len(rows), findSize)]})
	roll.Cut = cut
	return roll, err
}

func (s *Service) roll(ctx context.Context, actor access.Actor, page store.CompanyPage) (Roll, error) {
	ids := make([]string, len(page.Rows))
	for i, c := range page.Rows {
		ids[i] = c.ID
	}
	heads, err := s.Store.Heads(ctx, access.Scope(actor, access.ContactsRead), ids, headsMost+1)
	if err != nil {
		return Roll{}, err
	}
	out := Roll{CompanyPage: page, Heads: heads}
	people, err := s.people(ctx)
	if people.Several() {
		out.People = people
	}
	return out, err
}

func mayList(actor access.Actor) error {
	return access.Allow(actor, access.ContactsRead, access.Object{Owner: actor.ID})
}

// Matches are companies that what is being typed may already describe.
type Matches struct {
	Rows   []store.CompanyRow
	Others bool // somebody else's company has the name or the domain
}

// Matches returns companies with the name or the domain of what is being typed,
// else some whose name begins like it.
func (s *Service) Matches(ctx context.Context, actor access.Actor, in Draft) (Matches, error) {
	if err := access.Allow(actor, access.ContactsWrite, access.Object{Owner: actor.ID}); err != nil {
		return Matches{}, err
	}
	domain := ""
	if v, err := custom.Parse(store.Field{Kind: "link"}, in.Website, custom.How{}); err == nil && v != nil {
		domain = domainOf(v.Words)
	}
	same, err := s.Store.CompaniesLike(ctx, in.Name, domain)
	if err != nil {
		return Matches{}, err
	}
	var out Matches
	for _, c := range same {
		switch {
		case !access.May(actor, access.ContactsRead, access.Object{Owner: c.OwnerID}):
			out.Others = true
		case len(out.Rows) < matchSize:
			out.Rows = append(out.Rows, c)
		}
	}
	if len(same) > 0 {
		return out, nil
	}
	out.Rows, err = s.Store.FindCompanies(ctx, access.Scope(actor, access.ContactsRead), in.Name, matchSize)
	return out, err
}

// Card is everything that a company's page shows.
type Card struct {
	store.Company
	Points  []store.CompanyPoint
	Tags    []store.Tag
	Fields  []store.Field
	Values  map[string]store.Value
	Staff   []store.CompanyPerson
	Next    string // After of the next page of people
	People  access.People
	Holders access.People // to whom the actor can give it
	Country string
	Veiled  bool
}

// Card returns a company with all that hangs on it. Without the right to see
// personal data numbers, addresses and texts are veiled, and what those say whom
// the actor may not see in full is left out.
func (s *Service) Card(ctx context.Context, actor access.Actor, id, after string) (Card, error) {
	c, err := mayRead(ctx, &s.Store.Reader, actor, id)
	if err != nil {
		return Card{}, err
	}
	out := Card{Company: c}
	if err := s.fill(ctx, &out); err != nil {
		return out, err
	}
	scope := access.Scope(actor, access.ContactsRead)
	if out.Staff, out.Next, err = s.Store.PeopleOf(ctx, scope, id, store.Page{After: after, Limit: peopleSize}); err != nil {
		return out, err
	}
	for i := range out.Staff {
		if p := &out.Staff[i]; !access.Sees(actor, p.OwnerID) {
			p.Phone, p.Role = veil.Key(p.Phone), ""
		}
	}
	if !access.Sees(actor, c.OwnerID) {
		out.veil()
	}
	people, err := s.people(ctx)
	if err != nil || !people.Several() {
		return out, err
	}
	out.People = people
	out.Holders, err = s.holders(ctx, actor, people, c)
	return out, err
}

func (s *Service) fill(ctx context.Context, c *Card) (err error) {
	if c.Points, err = s.Store.CompanyPoints(ctx, c.ID); err != nil {
		return err
	}
	tags, err := s.Store.CompanyTagsOf(ctx, []string{c.ID})
	if err != nil {
		return err
	}
	if c.Fields, err = s.Store.Fields(ctx, "company"); err != nil {
		return err
	}
	values, err := s.Store.FieldValues(ctx, "company", []string{c.ID})
	if err != nil {
		return err
	}
	c.Tags, c.Values = tags[c.ID], values[c.ID]
	b, err := s.Store.Business(ctx)
	c.Country = b.Country
	return err
}

// veil takes out what the actor may not see.
func (c *Card) veil() {
	c.Veiled = true
	if c.About != "" {
		c.About = veil.Hidden
	}
	for i := range c.Points {
		p := &c.Points[i]
		switch p.Kind {
		case "phone":
			p.Typed = veil.Number(p.MatchKey)
		case "email":
			p.Typed = veil.Email(p.Typed)
		default:
			p.Typed = veil.Hidden
		}
		p.Label, p.MatchKey = "", ""
	}
	for _, f := range c.Fields {
		if f.Personal {
			delete(c.Values, f.ID)
		}
	}
}

func (s *Service) holders(ctx context.Context, actor access.Actor, people access.People, c store.Company) (access.People, error) {
	if c.DeletedAt != 0 || !access.May(actor, access.ContactsAssign, access.Object{Owner: c.OwnerID}) {
		return nil, nil
	}
	var may access.People
	for _, u := range people {
		if access.MayTake(actor, c.OwnerID, u.ID) == nil {
			may = append(may, u)
		}
	}
	return may.Holders(ctx, &s.Store.Reader, access.ContactsRead)
}

// Form returns a company for whoever may edit it, with the version that a save
// must name.
func (s *Service) Form(ctx context.Context, actor access.Actor, id string) (Draft, int64, error) {
	c, err := mayEdit(ctx, &s.Store.Reader, actor, id)
	if err != nil {
		return Draft{}, 0, err
	}
	card := Card{Company: c}
	if err := s.fill(ctx, &card); err != nil {
		return Draft{}, 0, err
	}
	return draftOf(c, card.Points, card.Tags, card.Fields, card.Values), c.Version, nil
}

func notHere() error { return &errs.Error{Kind: errs.NotFound, Message: "There is nothing here."} }
