package store

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// sqlArgs are the arguments of a statement while it is written.
type sqlArgs struct{ list []any }

func (a *sqlArgs) mark(v any) string {
	a.list = append(a.list, v)
	return "$" + strconv.Itoa(len(a.list))
}

func (a *sqlArgs) marks(values []string) string {
	text, list := inList(values, a.list...)
	a.list = list
	return text
}

// cond is a condition that counts, with what its values mean.
type cond struct {
	Condition
	on    Asked
	from  int64 // of numbers, days and moments: from this one on, before to
	to    int64
	held  bool // the track that is walked holds nothing else
	aside bool // no index is to lead by it
}

const (
	minNum = -1 << 63
	maxNum = 1<<63 - 1
)

// where is a condition over a contact c. It is never NULL, names no column in a
// way that leads the engine to an index, and looks into other tables by scalar
// queries alone: the order of the walk is decided by the track.
func (c cond) where(a *sqlArgs, q Question) string {
	text := c.plain(a, q)
	if c.on.Personal && !q.Sees.All() {
		of := q.Sees.hidden(a)
		return "(" + of + " AND " + text + ")"
	}
	return text
}

// hidden is the condition that a contact is in the scope, in a form that leads
// the engine to no index: other things decide what is walked.
func (s Scope) hidden(a *sqlArgs) string {
	owners := slices.Clone(s.users)
	if s.free {
		owners = append(owners, "")
	}
	switch {
	case s.all:
		return "1 = 1"
	case len(owners) == 0:
		return "1 = 0"
	}
	return "COALESCE(c.owner_id, '') IN (" + a.marks(owners) + ")"
}

func (c cond) plain(a *sqlArgs, q Question) string {
	switch c.on.Key {
	case "name":
		return c.text("c.name_key", func(test string) string { return "(c.name <> '' AND " + test + ")" }, a)
	case "owner":
		return c.pick("COALESCE(c.owner_id, '')", itself, c.owners(q), a)
	case "source", "language", "basis":
		return c.pick("COALESCE(c."+c.on.Key+", '')", itself, c.Values, a)
	case "do_not_call", "blocked", "restricted", "minor":
		if c.Op == OpYes {
			return "c." + c.on.Key + "_at IS NOT NULL"
		}
		return "c." + c.on.Key + "_at IS NULL"
	case "created", "activity":
		column := "COALESCE(c.created_at, 0)"
		if c.on.Key == "activity" {
			column = "COALESCE(c.last_activity_at, 0)"
		}
		return c.span(column, a)
	case "consent":
		return c.consent()
	}
	s := c.source(a, q)
	there := s.there
	switch c.on.Kind {
	case AskPick:
		return c.pick(s.value, there, c.picked(), a)
	case AskText, AskPhone:
		return c.text(s.value, there, a)
	}
	return c.num(s, a)
}

func itself(test string) string { return "(" + test + ")" }

// source is a table that says something of contacts.
type source struct{ table, link, only, value string }

// there asks for a row of a contact that passes a test.
func (s source) there(test string) string {
	return "((SELECT 1 FROM " + s.table + " WHERE " + s.link + " = c.id" + s.and() + " AND " + test + " LIMIT 1) IS NOT NULL)"
}

// all lists the contacts with a row that passes a test.
func (s source) all(test string) string {
	return "SELECT " + s.link + " AS id FROM " + s.table + " WHERE " + test + s.and()
}

func (s source) and() string {
	if s.only == "" {
		return ""
	}
	return " AND " + s.only
}

func (c cond) source(a *sqlArgs, q Question) source {
	switch c.on.Key {
	case "phone":
		return source{"contact_phones p", "p.contact_id", "", "p.match_key"}
	case "email":
		return source{"contact_emails e", "e.contact_id", "", "e.match_key"}
	case "company":
		return source{"contact_companies x JOIN companies k ON k.id = x.company_id", "x.contact_id", "x.former = 0 AND k.deleted_at IS NULL", "k.name_key"}
	case "city", "country":
		return source{"contact_addresses d", "d.contact_id", "", "d." + c.on.Key}
	case "tag":
		if c.Op == OpEmpty || c.Op == OpFilled {
			return source{"contact_tags g JOIN tags t ON t.id = g.tag_id", "g.contact_id", "t.deleted_at IS NULL", "g.tag_id"}
		}
		return source{"contact_tags g", "g.contact_id", "", "g.tag_id"}
	case "task":
		due := "t.done_at IS NULL AND t.deleted_at IS NULL AND t.due_at <= " + a.mark(q.Now.UnixMilli())
		return source{"tasks t", "t.contact_id", due, "1"}
	}
	value := "v.words_key"
	switch c.on.Kind {
	case AskNumber, AskDay, AskAnswer:
		value = "v.num"
	}
	return source{"contact_fields v", "v.contact_id", "v.field_id = " + a.mark(c.on.Own.ID), value}
}

// text compares folded words; there says how a test becomes a condition.
func (c cond) text(column string, there func(string) string, a *sqlArgs) string {
	switch c.Op {
	case OpEmpty:
		return "(NOT " + there(column+" <> ''") + ")"
	case OpFilled:
		return there(column + " <> ''")
	case OpNot:
		return "(NOT " + there(c.textTest(column, OpIs, a)) + ")"
	}
	return there(c.textTest(column, c.Op, a))
}

func (c cond) textTest(column, op string, a *sqlArgs) string {
	key := c.key()
	if c.on.Key == "city" { // kept as typed
		column = "lower(" + column + ")"
	}
	switch op {
	case OpHas:
		return column + " LIKE " + a.mark("%"+likely(key)+"%") + ` ESCAPE '\'`
	case OpBegins:
		return "substr(" + column + ", 1, " + strconv.Itoa(utf8.RuneCountInString(key)) + ") = " + a.mark(key)
	}
	return column + " = " + a.mark(key)
}

// key is what a text is compared by: what the column holds.
func (c cond) key() string {
	v := strings.TrimSpace(c.value())
	switch {
	case c.on.Key == "phone" && c.Op == OpHas:
		return digits(v)
	case c.on.Key == "phone":
		return v // a match key
	case c.on.Key == "email", c.on.Key == "city":
		return strings.ToLower(v)
	case c.on.Key == "company":
		return companyKey(v)
	case c.on.Own.ID != "":
		return WordsKey(v)
	}
	return Fold(v)
}

func (c cond) value() string {
	if len(c.Values) == 0 {
		return ""
	}
	return c.Values[0]
}

func likely(s string) string { return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(s) }

func (c cond) pick(column string, there func(string) string, values []string, a *sqlArgs) string {
	switch c.Op {
	case OpEmpty:
		return "(NOT " + there(column+" <> ''") + ")"
	case OpFilled:
		return there(column + " <> ''")
	case OpNone:
		return "(NOT " + there(column+" IN ("+a.marks(values)+")") + ")"
	}
	return there(column + " IN (" + a.marks(values) + ")")
}

// picked are the values as the column holds them.
func (c cond) picked() []string {
	if c.on.Own.ID == "" {
		return c.Values
	}
	out := make([]string, len(c.Values))
	for i, v := range c.Values {
		out[i] = WordsKey(v)
	}
	return out
}

// owners are the users of a condition on the owner; OwnerMe is whoever asks.
func (c cond) owners(q Question) []string {
	out := make([]string, len(c.Values))
	for i, v := range c.Values {
		if v == OwnerMe {
			v = q.Me
		}
		out[i] = v
	}
	return out
}

// span is a condition on a time or a number that everybody has.
func (c cond) span(column string, a *sqlArgs) string {
	return "(" + column + " >= " + a.mark(c.from) + " AND " + column + " < " + a.mark(c.to) + ")"
}

// num is a condition on a number that a row holds, or on the row alone.
func (c cond) num(s source, a *sqlArgs) string {
	switch {
	case c.on.Key == "task" && c.Op == OpYes:
		return s.there("1 = 1")
	case c.on.Key == "task":
		return "(NOT " + s.there("1 = 1") + ")"
	case c.Op == OpEmpty:
		return "(NOT " + s.there(s.value+" IS NOT NULL") + ")"
	}
	return s.there(c.numTest(s.value, a))
}

func (c cond) numTest(column string, a *sqlArgs) string {
	switch c.Op {
	case OpFilled:
		return column + " IS NOT NULL"
	case OpYes:
		return column + " = 1"
	case OpNo:
		return column + " = 0"
	}
	if c.to == c.from+1 {
		return column + " = " + a.mark(c.from)
	}
	return c.span(column, a)
}

const (
	consentOut   = `((SELECT 1 FROM consent_events e JOIN suppressions s ON s.channel = e.channel AND s.address_hash = e.address_hash WHERE e.contact_id = c.id LIMIT 1) IS NOT NULL)`
	consentGiven = `((SELECT 1 FROM consent_events e WHERE e.contact_id = c.id AND e.act = 'given' LIMIT 1) IS NOT NULL)`
)

func (c cond) consent() string {
	var parts []string
	for _, v := range c.Values {
		switch v {
		case ConsentGiven:
			parts = append(parts, "("+consentGiven+" AND NOT "+consentOut+")")
		case ConsentWithdrawn:
			parts = append(parts, consentOut)
		case ConsentNone:
			parts = append(parts, "(NOT "+consentGiven+" AND NOT "+consentOut+")")
		}
	}
	if len(parts) == 0 {
		parts = []string{"1 = 0"}
	}
	text := "(" + strings.Join(parts, " OR ") + ")"
	if c.Op == OpNone {
		return "(NOT " + text + ")"
	}
	return text
}

// read gives a condition the meaning of its values. It is not ok when they mean
// nothing for this field any more.
func (c *cond) read(now time.Time) bool {
	if !Takes(c.Op) {
		return true
	}
	if len(c.Values) == 0 || strings.TrimSpace(c.value()) == "" && c.on.Kind != AskPick {
		return false
	}
	c.from, c.to = minNum, maxNum
	switch c.on.Kind {
	case AskNumber:
		n, err := strconv.ParseInt(c.value(), 10, 64)
		if err != nil || n == maxNum {
			return false
		}
		return c.bound(n, n+1)
	case AskMoment, AskDay:
		return c.days(now)
	case AskPhone:
		return c.Op != OpHas || digits(c.value()) != ""
	}
	return true
}

func (c *cond) bound(from, to int64) bool {
	switch c.Op {
	case OpIs:
		c.from, c.to = from, to
	case OpLeast, OpWithin:
		c.from = from
	case OpMost, OpBefore:
		c.to = to
		if c.Op == OpBefore {
			c.to = from
		}
	case OpAfter:
		c.from = to
	}
	return true
}

// days reads a day, or how many of the last ones, as the times between which it
// lies: by the clock of the business for moments, midnight in UTC for days.
func (c *cond) days(now time.Time) bool {
	zone := now.Location()
	if c.on.Kind == AskDay {
		zone = time.UTC
	}
	if c.Op == OpWithin {
		n, err := strconv.Atoi(c.value())
		if err != nil || n < 1 || n > 36_600 {
			return false
		}
		y, m, d := now.Date()
		c.from = time.Date(y, m, d-n+1, 0, 0, 0, 0, zone).UnixMilli()
		c.to = time.Date(y, m, d+1, 0, 0, 0, 0, zone).UnixMilli()
		return true
	}
	day, err := time.ParseInLocation(time.DateOnly, c.value(), zone)
	if err != nil {
		return false
	}
	return c.bound(day.UnixMilli(), day.AddDate(0, 0, 1).UnixMilli())
}
