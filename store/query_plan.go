package store

import (
	"context"
	"slices"
	"strings"
	"time"
)

// asking is one question while it is answered.
type asking struct {
	r       *Reader
	q       Question
	scope   Scope
	conds   []cond
	ignored []int
	sort    Asked
	desc    bool
	began   time.Time
	ends    time.Time // of the budget
}

// pace is how long a question may look for what no index leads to, how many rows
// it tests in one query, and how many contacts it may look at one by one for a
// page. Only tests change it.
var pace = struct {
	budget             time.Duration
	first, most, least int
	few                int
}{budget: AskTime, first: 256, most: 2048, least: 64, few: 4000}

// asking reads a question: which conditions count, and by what it is sorted.
func (r *Reader) asking(ctx context.Context, scope Scope, q Question) (*asking, error) {
	a := &asking{r: r.loose(), q: q, scope: scope, began: tick()}
	if a.ends = a.began.Add(pace.budget + r.cat.patience); q.Time != 0 {
		a.ends = a.began.Add(q.Time + r.cat.patience)
	}
	if err := q.check(); err != nil {
		return nil, err
	}
	var own []Field
	if q.asksOwn() {
		var err error
		if own, err = r.ownFields(ctx, "contact"); err != nil {
			return nil, err
		}
	}
	if err := a.readConditions(ctx, own); err != nil {
		return nil, err
	}
	a.readSort(own)
	return a, nil
}

func (a *asking) readConditions(ctx context.Context, own []Field) error {
	for i, c := range a.q.Conditions {
		on, ok := AskedBy(c.Field, own)
		read := cond{Condition: c, on: on}
		ok = ok && slices.Contains(on.Ops(), c.Op) && read.read(a.q.Now)
		if ok && on.Key == "tag" && Takes(c.Op) {
			live, err := a.r.liveTags(ctx, c.Values)
			if err != nil {
				return err
			}
			read.Values, ok = live, len(live) > 0
		}
		if !ok {
			a.ignored = append(a.ignored, i)
			continue
		}
		a.conds = append(a.conds, read)
	}
	return nil
}

// liveTags leaves out the tags that were deleted.
func (r *Reader) liveTags(ctx context.Context, ids []string) ([]string, error) {
	tags, err := r.tagsByID(ctx)
	if err != nil {
		return nil, err
	}
	live := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return tags[id].ID == "" })
	slices.Sort(live)
	return slices.Compact(live), nil
}

// readSort falls back to the latest activity where a field is gone or would
// tell what the asker does not see.
func (a *asking) readSort(own []Field) {
	key, desc := strings.CutPrefix(a.q.Sort, "-")
	on, ok := AskedBy(key, own)
	if !ok || !on.Sorts || on.Personal && !a.q.Sees.All() {
		on, _ = AskedBy("activity", nil)
		desc = true
	}
	a.sort, a.desc = on, desc
}

// all tells that each condition must hold, so that one of them can lead.
func (a *asking) all() bool { return !a.q.Any || len(a.conds) <= 1 }

// track is a part of a list that an index keeps in the order wanted: its rows are
// those of where, by key and then id.
type track struct {
	from    string // tables; contacts is c
	where   func(*sqlArgs) string
	low     bound  // what the key is not below, and
	high    bound  // not above: a cursor takes the place of either
	key     string // empty: the id alone
	id      string
	match   string // what else a row must be, that no index tells
	missing string // id of the field that a row must have nothing in
	hidden  bool   // the key tells something: a cursor does not hold it
	owned   bool   // there is an index by owner in the same order
}

// bound is a condition on the key; nil: none.
type bound func(*sqlArgs) string

// order is what rows of the track are sorted by.
func (l track) order(way string) string {
	if l.key == "" {
		return l.id + way
	}
	return l.key + way + ", " + l.id + way
}

// live is the condition that every track has.
const live = "c.deleted_at IS NULL"

func plainTrack(key string) track {
	return track{from: "contacts c", where: func(*sqlArgs) string { return live }, key: key, id: "c.id"}
}

// tracks are the parts that a list in the question's order consists of, one after
// the other: those who have nothing to be sorted by come last. These pairs of a
// filter and an order are one walk along an index, whatever the numbers:
//
//	owner and name          contacts_by_owner_name
//	owner and activity      contacts_by_owner_activity
//	name begins and name    contacts_by_name
//	tag and created         contacts_by_tag
//	source and created      contacts_by_source
//	field is and created    contact_fields_by_words, contact_fields_by_num
//	field from, to and it   contact_fields_by_num
//	company and company     contacts_by_company
//
// Ids are made in the order of creation, so that they are the order by it.
func (a *asking) tracks() []track {
	switch a.sort.Key {
	case "created":
		return []track{a.byID()}
	case "name":
		return a.byName()
	case "company":
		return a.byCompany()
	case "activity":
		a.narrow()
		l := plainTrack("c.last_activity_at")
		l.owned = true
		return []track{l}
	}
	return a.byOwn()
}

func (a *asking) byName() []track {
	a.narrow()
	named := plainTrack("c.name_key")
	named.hidden, named.owned = true, true
	if c := a.leads(func(c *cond) bool { return c.on.Key == "name" && c.Op == OpBegins }); c != nil {
		if to := after(c.key()); to != "" && a.r.eng.name() == "sqlite" {
			from := c.key()
			named.low = func(args *sqlArgs) string { return "c.name_key >= " + args.mark(from) }
			named.high = func(args *sqlArgs) string { return "c.name_key < " + args.mark(to) }
			if strings.HasPrefix(from, "+") || strings.HasPrefix("raw:", from) || strings.HasPrefix(from, "raw:") || !a.q.Sees.All() {
				named.match = "c.name <> ''" // the number of who has no name may begin like that
			}
			c.held = true
			return []track{named}
		}
	}
	if a.q.Sees.All() {
		return []track{named}
	}
	// Whoever has no name stands where their number would: not for those who must not know it.
	nameless := plainTrack("")
	named.match, nameless.match = "c.name <> ''", "c.name = ''"
	return []track{named, nameless}
}

// after is the first word behind all that begin with one: empty for none.
func after(prefix string) string {
	runes := []rune(prefix)
	for len(runes) > 0 {
		last := len(runes) - 1
		if runes[last] < 0xD7FF {
			runes[last]++
			return string(runes)
		}
		runes = runes[:last]
	}
	return ""
}

func (a *asking) byCompany() []track {
	have, none := plainTrack("lower(c.company)"), plainTrack("")
	have.hidden = true
	have.low = func(*sqlArgs) string { return "lower(c.company) > ''" }
	none.where = func(*sqlArgs) string { return live + " AND lower(c.company) = ''" }
	return []track{have, none}
}

// byOwn sorts by a field of the business's own. A condition on the same field
// becomes the part of the index that is walked.
func (a *asking) byOwn() []track {
	field := a.sort.Own.ID
	c := a.leads(func(c *cond) bool { return c.on.Own.ID == field && c.Op != OpEmpty })
	have := track{from: "contact_fields v CROSS JOIN contacts c", key: "v.num", id: "v.contact_id", hidden: true}
	have.where = func(args *sqlArgs) string {
		return "v.field_id = " + args.mark(field) + " AND v.num IS NOT NULL AND c.id = v.contact_id AND " + live
	}
	if c != nil {
		if c.held = true; c.Op != OpFilled {
			have.low = func(args *sqlArgs) string { return "v.num >= " + args.mark(c.from) }
			have.high = func(args *sqlArgs) string { return "v.num < " + args.mark(c.to) }
		}
		return []track{have}
	}
	none := plainTrack("")
	none.missing = field
	return []track{have, none}
}

// byID walks contacts in the order of their ids, along the condition that an
// index has in that order.
func (a *asking) byID() track {
	l := plainTrack("")
	c := a.leads(func(c *cond) bool { return c.byID() })
	if c == nil {
		return l
	}
	c.held = true
	if c.on.Key == "source" {
		l.where = func(args *sqlArgs) string { return live + " AND c.source = " + args.mark(c.value()) }
		return l
	}
	probe := c.source(&sqlArgs{}, a.q)
	l.from, l.id = probe.table+" CROSS JOIN contacts c", probe.link
	l.where = func(args *sqlArgs) string {
		s := c.source(args, a.q)
		test := s.value + " = " + args.mark(c.wanted())
		return test + s.and() + " AND c.id = " + s.link + " AND " + live
	}
	return l
}

// byID tells that an index has those of whom a condition holds in the order of
// their ids, each once.
func (c *cond) byID() bool {
	switch {
	case c.on.Key == "tag", c.on.Key == "source":
		return c.Op == OpAny && len(c.Values) == 1
	case c.on.Own.ID == "" || c.on.Personal:
		return false
	case c.on.Kind == AskPick:
		return c.Op == OpAny && len(c.Values) == 1
	case c.on.Kind == AskText, c.on.Kind == AskNumber, c.on.Kind == AskDay:
		return c.Op == OpIs && (c.on.Kind == AskText || c.to == c.from+1)
	case c.on.Kind == AskAnswer:
		return c.Op == OpYes || c.Op == OpNo
	}
	return false
}

// wanted is the one value of such a condition.
func (c *cond) wanted() any {
	switch {
	case c.on.Kind == AskAnswer && c.Op == OpYes:
		return 1
	case c.on.Kind == AskAnswer:
		return 0
	case c.on.Kind == AskNumber, c.on.Kind == AskDay:
		return c.from
	case c.on.Kind == AskText:
		return c.key()
	}
	return c.picked()[0]
}

// leads finds a condition that every row meets and that can lead a walk.
func (a *asking) leads(fits func(*cond) bool) *cond {
	if !a.all() {
		return nil
	}
	for i := range a.conds {
		if c := &a.conds[i]; fits(c) && (!c.on.Personal || a.q.Sees.All()) {
			return c
		}
	}
	return nil
}

// narrow makes a condition on the owner part of the scope, for which there are
// indexes by name and by activity.
func (a *asking) narrow() {
	c := a.leads(func(c *cond) bool { return c.on.Key == "owner" && c.Op == OpAny })
	if c == nil {
		return
	}
	a.scope, c.held = a.scope.among(c.owners(a.q)), true
}

// among is the part of a scope that is one of the users'; "" is nobody.
func (s Scope) among(users []string) Scope {
	out := Scope{}
	for _, user := range users {
		switch {
		case user == "":
			out.free = s.all || s.free
		case s.all || slices.Contains(s.users, user):
			out.users = append(out.users, user)
		}
	}
	return out
}

// match is what a row of a track must meet beside being in it; empty: nothing.
func (a *asking) match(args *sqlArgs, l track) string {
	var parts []string
	for i := range a.conds {
		if !a.conds[i].held {
			parts = append(parts, a.conds[i].where(args, a.q))
		}
	}
	glue := " AND "
	if a.q.Any {
		glue = " OR "
	}
	var all []string
	if len(parts) > 0 {
		all = append(all, "("+strings.Join(parts, glue)+")")
	}
	if l.match != "" {
		all = append(all, l.match)
	}
	if l.missing != "" {
		all = append(all, "((SELECT 1 FROM contact_fields w WHERE w.contact_id = c.id AND w.field_id = "+args.mark(l.missing)+" AND w.num IS NOT NULL LIMIT 1) IS NULL)")
	}
	return strings.Join(all, " AND ")
}

// whole tells that rows of a track need no test at all.
func (a *asking) whole(l track) bool { return a.match(&sqlArgs{}, l) == "" }
