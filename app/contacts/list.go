package contacts

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/picked"
	"stead/store"
)

// Looked is a page of the list as a view and an address ask for it.
type Looked struct {
	Roll
	Question store.Question
	View     store.View // zero: the whole list
	Views    []store.View
	Ignored  []int // conditions that count for nothing any more
	Total    store.Tally
	Fields   []store.Field // of the business's own
	Tags     []store.Tag   // that the conditions name
	Cards    map[string]store.Card
	TagsOf   map[string][]store.Tag
}

// wholeList is the address of the list itself where a view stands in its place.
const wholeList = "all"

// Look returns the page of the list that a place is about.
func (s *Service) Look(ctx context.Context, actor access.Actor, at place) (Looked, error) {
	if err := mayList(actor); err != nil {
		return Looked{}, err
	}
	ctx = short(ctx)
	out, err := s.question(ctx, actor, at)
	if err != nil {
		return out, err
	}
	people, err := s.people(ctx)
	if err != nil {
		return out, err
	}
	out.Question.Owners = people.Several() || !seesAll(actor)
	scope := access.Part(actor, access.ContactsRead, at.who)
	page := store.Page{After: at.after, Limit: listSize}
	var found store.Answer
	if out.Question.Find != "" {
		found.ContactPage, err = s.search(ctx, actor, scope, out.Question.Find, page)
	} else {
		found, err = s.Store.Ask(ctx, scope, out.Question, page)
	}
	if err != nil {
		return out, err
	}
	out.Ignored = found.Ignored
	if err := s.fillMore(ctx, actor, &out, found.Rows); err != nil {
		return out, err
	}
	if out.Roll, err = s.roll(ctx, actor, people, found.ContactPage); err != nil {
		return out, err
	}
	if out.Cut { // there was no time to look at everybody
		out.Total = store.Tally{N: len(found.Rows), More: true}
		return out, nil
	}
	q := out.Question
	q.Time = max(store.AskTime-found.Took, store.AskTime/5)
	out.Total, err = s.total(ctx, actor, scope, q)
	return out, err
}

// question reads the view that a place is about: the one of its address, the
// one that the actor wants to begin with, or none.
func (s *Service) question(ctx context.Context, actor access.Actor, at place) (Looked, error) {
	var out Looked
	var err error
	if out.Views, err = s.views(ctx, actor); err != nil {
		return out, err
	}
	now, _, err := s.house.now(ctx, s.Store, s.Now())
	if err != nil {
		return out, err
	}
	id, sort := at.view, at.sort
	if first := slices.IndexFunc(out.Views, func(v store.View) bool { return v.First }); id == "" && first >= 0 {
		id = out.Views[first].ID
	}
	if id == wholeList {
		id = ""
	}
	if at := slices.IndexFunc(out.Views, func(v store.View) bool { return v.ID == id }); at >= 0 {
		if q, err := store.ParseQuestion(out.Views[at].Query); err == nil {
			out.Question, out.View = picked.As(q, actor, now), out.Views[at]
			out.Question.Sort = cmp.Or(sort, q.Sort)
			return out, nil
		}
	}
	out.Question, out.View, err = picked.Question(ctx, &s.Store.Reader, actor, id, now)
	if errs.KindOf(err) == errs.NotFound && at.view == "" { // the first view cannot be read any more
		out.Question, out.View, err = picked.Question(ctx, &s.Store.Reader, actor, "", now)
	}
	if at.sort != "" {
		out.Question.Sort = at.sort
	}
	return out, err
}

// fillMore adds what the chosen columns show and the conditions name, in a few
// queries for the whole page.
func (s *Service) fillMore(ctx context.Context, actor access.Actor, out *Looked, rows []store.ContactRow) (err error) {
	own := slices.ContainsFunc(append(out.Question.Columns, out.Question.Sort), isOwn) || slices.ContainsFunc(out.Question.Conditions, func(c store.Condition) bool { return isOwn(c.Field) })
	if own {
		if out.Fields, err = s.Store.Fields(ctx, "contact"); err != nil {
			return err
		}
	}
	for _, c := range out.Question.Conditions {
		if c.Field != "tag" {
			continue
		}
		for _, id := range c.Values {
			tag, err := s.Store.Tag(ctx, id)
			if err == nil && tag.DeletedAt == 0 {
				out.Tags = append(out.Tags, tag)
			} else if err != nil && !errors.Is(err, store.ErrNotFound) {
				return err
			}
		}
	}
	if !slices.ContainsFunc(out.Question.Columns, func(key string) bool { return !usualColumn(key) }) {
		return nil
	}
	ids := make([]string, len(rows))
	for i := range rows {
		ids[i] = rows[i].ID
	}
	cards, err := s.Store.Cards(ctx, ids)
	if err != nil {
		return err
	}
	out.Cards = make(map[string]store.Card, len(cards))
	for _, c := range cards {
		out.Cards[c.ID] = veiledCard(actor, c, out.Fields)
	}
	if slices.Contains(out.Question.Columns, "tag") {
		out.TagsOf, err = s.Store.TagsOf(ctx, ids)
	}
	return err
}

func isOwn(key string) bool { return strings.HasPrefix(strings.TrimPrefix(key, "-"), store.OwnKey("")) }

// veiledCard takes out of a card what the actor may not see of it.
func veiledCard(actor access.Actor, c store.Card, own []store.Field) store.Card {
	if access.Sees(actor, c.OwnerID) {
		return c
	}
	c.Phones, c.Emails, c.Addresses = nil, nil, nil
	for _, f := range own {
		if f.Personal {
			delete(c.Values, f.ID)
		}
	}
	return c
}

// viewsOf is what was read of an actor's views, until somebody changes one.
type viewsOf struct {
	mu    sync.Mutex
	known map[string][]store.View
	turn  int
}

func (v *viewsOf) forget(events []store.Event) {
	for _, e := range events {
		if strings.HasPrefix(e.Kind, "view.") || strings.HasPrefix(e.Kind, "user.") || strings.HasPrefix(e.Kind, "undo.") {
			v.mu.Lock()
			v.known, v.turn = nil, v.turn+1
			v.mu.Unlock()
			return
		}
	}
}

// views lists the views that an actor may look at. A list asks for them each
// time, so that they are read once.
func (s *Service) views(ctx context.Context, actor access.Actor) ([]store.View, error) {
	s.lists.mu.Lock()
	out, ok := s.lists.known[actor.ID]
	turn := s.lists.turn
	s.lists.mu.Unlock()
	if ok {
		return out, nil
	}
	out, err := s.Store.Views(ctx, actor.ID, "contact")
	if err != nil {
		return nil, err
	}
	s.lists.mu.Lock()
	defer s.lists.mu.Unlock()
	if turn == s.lists.turn {
		if s.lists.known == nil {
			s.lists.known = map[string][]store.View{}
		}
		s.lists.known[actor.ID] = out
	}
	return out, nil
}

// totalFor is how long a count is said again without counting.
const totalFor = 10 * time.Second

type total struct {
	store.Tally
	at time.Time
}

// totals are the counts of the last seconds.
type totals struct {
	mu    sync.Mutex
	known map[string]total
}

// total counts what a question finds, at most every few seconds.
func (s *Service) total(ctx context.Context, actor access.Actor, scope store.Scope, q store.Question) (store.Tally, error) {
	hash := ""
	if len(q.Conditions) > 0 || q.Find != "" {
		var err error
		if hash, err = q.Hash(); err != nil {
			return store.Tally{}, err
		}
		hash += " " + actor.ID // "me", and what is seen
	}
	key, now := hash+" "+scope.Key(), s.Now()
	s.totals.mu.Lock()
	known, ok := s.totals.known[key]
	s.totals.mu.Unlock()
	if ok && now.Sub(known.at).Abs() < totalFor {
		return known.Tally, nil
	}
	n, err := s.Store.CountOf(ctx, scope, q, store.MostCounted)
	if err != nil {
		return n, err
	}
	s.totals.mu.Lock()
	defer s.totals.mu.Unlock()
	if s.totals.known == nil || len(s.totals.known) >= 1000 {
		s.totals.known = map[string]total{}
	}
	s.totals.known[key] = total{n, now}
	return n, nil
}

// forget has counts made anew after contacts came or went.
func (t *totals) forget(events []store.Event) {
	for _, e := range events {
		if strings.HasPrefix(e.Kind, "contact") || strings.HasPrefix(e.Kind, "undo.") {
			t.mu.Lock()
			t.known = nil
			t.mu.Unlock()
			return
		}
	}
}
