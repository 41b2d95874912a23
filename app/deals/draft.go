package deals

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"stead/app/access"
	"stead/app/cards"
	"stead/app/custom"
	"stead/app/errs"
	"stead/app/lines"
	"stead/app/people"
	"stead/store"
)

// Draft is a deal as somebody typed it.
type Draft struct {
	Title, PipelineID, StageID string
	Amount, Currency           string
	Probability, Closes        string // empty: the stage's; nobody said
	ContactID, CompanyID       string
	ConversationID, OwnerID    string
	Source, SourceID           string  // empty: by hand
	Others                     []Other // nil: they stay who they are
	Tags                       []string
	Fields                     map[string]string // by the field's id; what is left out stays
	Step, StepOn               string            // of a new one: what is to be done first, and on which day
}

// Other is somebody else who has to do with a deal, and as what.
type Other struct{ ContactID, Role string }

const (
	maxTitle  = 300 // characters
	maxRole   = 100
	maxOthers = 20
)

// record is a draft that was understood.
type record struct {
	store.Deal
	others []store.DealContact
	step   *store.Task // its first
	tags   []store.Tag // new ones have an id that nobody has yet
	values map[string]*store.Value
}

// read understands a draft by the rules of the house. It is errs.Invalid with a
// sentence for each input.
func (s *Service) read(ctx context.Context, in Draft) (record, error) {
	fields, err := s.Store.Fields(ctx, "deal")
	if err != nil {
		return record{}, err
	}
	b, err := s.Store.Business(ctx)
	if err != nil {
		return record{}, err
	}
	how, problems := custom.For(b.Country), map[string]string{}
	out := record{Deal: store.Deal{
		Title: people.Line(in.Title), PipelineID: in.PipelineID, StageID: in.StageID, Currency: in.Currency,
		ContactID: in.ContactID, CompanyID: in.CompanyID, ConversationID: in.ConversationID, OwnerID: in.OwnerID, Source: in.Source, SourceID: in.SourceID,
	}}
	if out.Source == "" {
		out.Source = "manual"
	}
	if utf8.RuneCountInString(out.Title) > maxTitle {
		problems["title"] = "Use at most " + strconv.Itoa(maxTitle) + " characters."
	}
	s.readMoney(in, how, &out, problems)
	readLikely(in, &out, problems)
	if v, err := custom.Parse(store.Field{Kind: "date"}, in.Closes, how); err != nil {
		problems["closes"] = errs.Message(err)
	} else if v != nil {
		out.ClosesOn = v.Num
	}
	s.readStep(in, b, how, &out, problems)
	out.others = readOthers(in, s.Now().UnixMilli(), problems)
	labels, err := people.Draft{Tags: in.Tags}.Read(people.Rules{Country: b.Country, Part: true})
	for name, text := range errs.Fields(err) {
		problems[name] = text
	}
	for _, label := range labels.Labels {
		out.tags = append(out.tags, store.Tag{ID: s.NewID(), Name: label, CreatedAt: s.Now().UnixMilli()})
	}
	var wrong map[string]string
	out.values, wrong = custom.Read(fields, in.Fields, how)
	for name, text := range wrong {
		problems[name] = text
	}
	return out, errs.Form(problems)
}

// about refuses a new deal that says neither whom nor what it is about, beside
// what was wrong with it already.
func (d record) about(err error) error {
	if d.Title != "" || d.ContactID != "" || d.CompanyID != "" || err != nil && errs.KindOf(err) != errs.Invalid {
		return err
	}
	problems := map[string]string{"title": "Say whom it is about, or give it a title."}
	maps.Copy(problems, errs.Fields(err))
	return errs.Form(problems)
}

func (s *Service) readMoney(in Draft, how custom.How, out *record, problems map[string]string) {
	if !slices.Contains(s.Currencies, in.Currency) {
		problems["currency"] = "Choose one of the list."
		return
	}
	var err error
	if out.Amount, err = lines.ReadPrice(in.Amount, in.Currency, how); err != nil {
		problems["amount"] = errs.Message(err)
		if other := custom.Foreign(in.Amount, in.Currency, how); slices.Contains(s.Currencies, other) {
			problems["amount"] = "This is in " + other + "; choose " + other + " as the currency, or write the amount in " + in.Currency + "."
		}
	}
}

func readLikely(in Draft, out *record, problems map[string]string) {
	typed := strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(in.Probability), "%"))
	if typed == "" {
		return
	}
	n, err := strconv.ParseInt(typed, 10, 64)
	if err != nil || n < 0 || n > 100 {
		problems["probability"] = "Enter a whole number from 0 to 100, or nothing."
		return
	}
	out.Probability, out.OwnProbability = n, true
}

// readStep understands what is to be done first: a task of a whole day.
func (s *Service) readStep(in Draft, b store.Business, how custom.How, out *record, problems map[string]string) {
	title := cards.Mask(people.Line(in.Step))
	if title == "" {
		return
	}
	if utf8.RuneCountInString(title) > maxTitle {
		problems["step"] = "Use at most " + strconv.Itoa(maxTitle) + " characters."
	}
	v, err := custom.Parse(store.Field{Kind: "date"}, in.StepOn, how)
	if err != nil || v == nil {
		problems["step_on"] = "Enter a day, such as 2026-12-05."
		return
	}
	day := time.UnixMilli(v.Num).UTC()
	at := time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, b.Location())
	out.step = &store.Task{Kind: store.TaskToDo, Title: title, DueAt: at.UnixMilli(), AllDay: true}
}

func readOthers(in Draft, at int64, problems map[string]string) []store.DealContact {
	var out []store.DealContact
	for _, o := range in.Others {
		role := people.Line(o.Role)
		switch {
		case o.ContactID == "" || o.ContactID == in.ContactID, slices.ContainsFunc(out, func(x store.DealContact) bool { return x.ContactID == o.ContactID }):
			continue
		case utf8.RuneCountInString(role) > maxRole:
			problems["others"] = "Use at most " + strconv.Itoa(maxRole) + " characters for what somebody is."
		case len(out) == maxOthers:
			problems["others"] = "At most 20 people besides the first."
		}
		out = append(out, store.DealContact{ContactID: o.ContactID, Role: role, CreatedAt: at})
	}
	return out
}

// reaches refuses people and companies that the actor does not see: a deal would
// show who they are.
func reaches(ctx context.Context, tx *store.Tx, actor access.Actor, d record, old store.Deal) error {
	problems := map[string]string{}
	asked := []string{}
	if d.ContactID != old.ContactID {
		asked = append(asked, d.ContactID)
	}
	for _, o := range d.others {
		asked = append(asked, o.ContactID)
	}
	for _, id := range asked {
		if id == "" {
			continue
		}
		c, err := tx.Contact(ctx, id)
		if err != nil || c.DeletedAt != 0 || !access.May(actor, access.ContactsRead, access.Object{Owner: c.OwnerID}) {
			problems["person"] = "Choose somebody of the list."
		}
	}
	if d.CompanyID != "" && d.CompanyID != old.CompanyID {
		c, err := tx.Company(ctx, d.CompanyID)
		if err != nil || c.DeletedAt != 0 || !access.May(actor, access.ContactsRead, access.Object{Owner: c.OwnerID}) {
			problems["company"] = "Choose one of the list."
		}
	}
	return errs.Form(problems)
}

// draftOf is a deal as somebody would have typed it.
func draftOf(s Sight) Draft {
	in := Draft{
		Title: s.Title, PipelineID: s.PipelineID, StageID: s.StageID, Currency: s.Currency, ContactID: s.ContactID, CompanyID: s.CompanyID,
		ConversationID: s.ConversationID, OwnerID: s.OwnerID, Source: s.Source, SourceID: s.SourceID, Fields: custom.Shown(s.Fields, s.Values),
	}
	if s.Amount != 0 {
		in.Amount = custom.Plain(store.Field{Kind: "money", Currency: s.Currency}, store.Value{Num: s.Amount, IsNum: true})
	}
	if s.OwnProbability {
		in.Probability = strconv.FormatInt(s.Probability, 10)
	}
	if s.ClosesOn != 0 {
		in.Closes = custom.Plain(store.Field{Kind: "date"}, store.Value{Num: s.ClosesOn, IsNum: true})
	}
	for _, t := range s.Tags {
		in.Tags = append(in.Tags, t.Name)
	}
	return in
}
