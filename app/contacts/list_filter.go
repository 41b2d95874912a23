package contacts

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"stead/app/custom"
	"stead/app/errs"
	"stead/app/phone"
	"stead/store"
)

// What a form can do to a question.
const (
	doAdd     = "add"     // a condition
	doDrop    = "drop"    // the condition at a place
	doAny     = "any"     // one of the conditions is enough
	doAll     = "all"     // all of them must hold
	doColumns = "columns" // show these
	doUsual   = "usual"   // show the usual ones
	doFind    = "find"    // search
	doClear   = "clear"   // ask for everything
)

// Refining is what a form with a filter is read by.
type refining struct {
	fields  []store.Field
	country string
}

// refine is a question as a form changes it. It is errs.Invalid, with what to
// mend by input, when the form cannot be understood.
func (rf refining) refine(q store.Question, form url.Values) (store.Question, error) {
	q.Conditions, q.Columns = slices.Clone(q.Conditions), slices.Clone(q.Columns)
	if sort := form.Get("sort"); sort != "" && rf.sorts(sort) {
		q.Sort = sort
	}
	switch form.Get("do") {
	case doAdd:
		c, err := rf.condition(form)
		if err != nil {
			return q, err
		}
		if len(q.Conditions) >= store.MaxConditions {
			return q, invalidValue("These are as many conditions as a filter can have.")
		}
		q.Conditions, q.Find = append(q.Conditions, c), ""
	case doDrop:
		if at, err := strconv.Atoi(form.Get("at")); err == nil && at >= 0 && at < len(q.Conditions) {
			q.Conditions = slices.Delete(q.Conditions, at, at+1)
		}
	case doAny:
		q.Any = true
	case doAll:
		q.Any = false
	case doColumns:
		q.Columns = rf.columns(form["column"])
	case doUsual:
		q.Columns = nil
	case doFind:
		q.Find, q.Conditions = firstRunes(strings.TrimSpace(form.Get("q")), 200), nil
	case doClear:
		q.Find, q.Conditions, q.Any = "", nil, false
	}
	if len(q.Conditions) < 2 {
		q.Any = false
	}
	return q, nil
}

func (rf refining) sorts(sort string) bool {
	on, ok := store.AskedBy(strings.TrimPrefix(sort, "-"), rf.fields)
	return ok && on.Sorts
}

func (rf refining) columns(keys []string) []string {
	var out []string
	for _, key := range keys {
		if rf.hasColumn(key) && !slices.Contains(out, key) {
			out = append(out, key)
		}
	}
	return out
}

func (rf refining) hasColumn(key string) bool {
	if isOwn(key) {
		_, ok := store.AskedBy(key, rf.fields)
		return ok
	}
	return slices.Contains(columnKeys, key)
}

func firstRunes(s string, most int) string {
	runes := []rune(s)
	return string(runes[:min(len(runes), most)])
}

func invalidValue(message string) error {
	return &errs.Error{Kind: errs.Invalid, Code: "filter", Message: message, Fields: map[string]string{"value": message}}
}

// condition reads what was typed as a condition keeps it.
func (rf refining) condition(form url.Values) (store.Condition, error) {
	on, ok := store.AskedBy(form.Get("field"), rf.fields)
	if !ok {
		return store.Condition{}, invalidValue("This field is no longer there.")
	}
	c := store.Condition{Field: on.Key, Op: form.Get("op")}
	if !slices.Contains(on.Ops(), c.Op) {
		return c, invalidValue("Choose how to compare.")
	}
	if !store.Takes(c.Op) {
		return c, nil
	}
	typed := firstRunes(strings.TrimSpace(form.Get("value")), 200)
	switch {
	case c.Op == store.OpWithin:
		n, err := strconv.Atoi(strings.TrimSpace(form.Get("days")))
		if err != nil || n < 1 || n > 36_500 {
			return c, invalidValue("Say how many days, as a number.")
		}
		typed = strconv.Itoa(n)
	case on.Kind == store.AskPick:
		return rf.picks(c, on, form["value"])
	case typed == "":
		return c, invalidValue("Say what to compare with.")
	}
	value, err := rf.value(on, c.Op, typed)
	c.Values = []string{value}
	return c, err
}

func (rf refining) picks(c store.Condition, on store.Asked, values []string) (store.Condition, error) {
	for _, v := range values {
		v = firstRunes(v, 100)
		if (v != "" || on.Key == "owner") && !slices.Contains(c.Values, v) {
			c.Values = append(c.Values, v)
		}
	}
	switch {
	case len(c.Values) == 0:
		return c, invalidValue("Choose at least one.")
	case len(c.Values) > store.MaxValues:
		return c, invalidValue("These are more than a filter can compare with.")
	}
	return c, nil
}

// value is one value as conditions keep it.
func (rf refining) value(on store.Asked, op, typed string) (string, error) {
	how := custom.For(rf.country)
	switch {
	case op == store.OpWithin:
		return typed, nil
	case on.Kind == store.AskNumber:
		v, err := custom.Parse(on.Own, typed, how)
		if err != nil || v == nil {
			return "", invalidValue("Type a number.")
		}
		return strconv.FormatInt(v.Num, 10), nil
	case on.Kind == store.AskMoment || on.Kind == store.AskDay:
		v, err := custom.Parse(store.Field{Kind: "date"}, typed, how)
		if err != nil || v == nil {
			return "", invalidValue("Type a day, such as 2026-11-18.")
		}
		return time.UnixMilli(v.Num).UTC().Format(time.DateOnly), nil
	case on.Kind == store.AskPhone && op != store.OpHas:
		n, err := phone.Parse(typed, rf.country)
		if err != nil {
			return store.MatchKey("", typed), nil //nolint:nilerr // what is no number is compared as it was typed
		}
		return store.MatchKey(n.E164, typed), nil
	case on.Kind == store.AskPhone && strings.Trim(typed, "+0123456789 ()-./") != "":
		return "", invalidValue("Type some digits of the number.")
	}
	return typed, nil
}

func number(text string) int64 {
	n, _ := strconv.ParseInt(text, 10, 64)
	return n
}

// columnKeys are the columns that a list can show beside the name, in the order
// in which they are offered.
var columnKeys = []string{
	"phone", "state", "owner", "activity", "email", "company", "city", "country", "tag", "source", "language", "basis", "created",
}

// usualColumn tells that a column needs nothing that a row does not have.
func usualColumn(key string) bool {
	switch key {
	case "phone", "state", "owner", "activity", "company":
		return true
	}
	return false
}
