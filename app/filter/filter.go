// Package filter reads the forms with which somebody changes what a list asks:
// conditions, columns, what is searched. It knows no record, no page and no
// permission.
package filter

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

// What a form can do to a question: its value of "do".
const (
	Add     = "add"     // a condition
	Drop    = "drop"    // the condition at a place
	Any     = "any"     // one of the conditions is enough
	All     = "all"     // all of them must hold
	Columns = "columns" // show these
	Usual   = "usual"   // show the usual ones
	Find    = "find"    // search
	Clear   = "clear"   // ask for everything
)

const maxRunes = 200 // of a value

// Rules are what a form is read by: the fields that a list can be asked about,
// the columns that it can show, and how people there write.
type Rules struct {
	Asked   func(key string) (store.Asked, bool)
	Columns func(key string) bool
	Country string
}

// Refine is a question as a form changes it. It is errs.Invalid, with what to
// mend by input, when the form cannot be understood.
func (rl Rules) Refine(q store.Question, form url.Values) (store.Question, error) {
	q.Conditions, q.Columns = slices.Clone(q.Conditions), slices.Clone(q.Columns)
	switch form.Get("do") {
	case Add:
		c, err := rl.condition(form)
		if err != nil {
			return q, err
		}
		if len(q.Conditions) >= store.MaxConditions {
			return q, invalid("These are as many conditions as a filter can have.")
		}
		q.Conditions, q.Find = append(q.Conditions, c), ""
	case Drop:
		if at, err := strconv.Atoi(form.Get("at")); err == nil && at >= 0 && at < len(q.Conditions) {
			q.Conditions = slices.Delete(q.Conditions, at, at+1)
		}
	case Any:
		q.Any = true
	case All:
		q.Any = false
	case Columns:
		q.Columns = rl.columns(form["column"])
	case Usual:
		q.Columns = nil
	case Find:
		q.Find, q.Conditions = First(strings.TrimSpace(form.Get("q")), maxRunes), nil
	case Clear:
		q.Find, q.Conditions, q.Any = "", nil, false
	}
	if len(q.Conditions) < 2 {
		q.Any = false
	}
	return q, nil
}

func (rl Rules) columns(keys []string) []string {
	var out []string
	for _, key := range keys {
		if rl.Columns(key) && !slices.Contains(out, key) {
			out = append(out, key)
		}
	}
	return out
}

// First is the beginning of a text: at most so many characters.
func First(s string, most int) string {
	runes := []rune(s)
	return string(runes[:min(len(runes), most)])
}

func invalid(message string) error {
	return &errs.Error{Kind: errs.Invalid, Code: "filter", Message: message, Fields: map[string]string{"value": message}}
}

// condition reads what was typed as a condition keeps it.
func (rl Rules) condition(form url.Values) (store.Condition, error) {
	on, ok := rl.Asked(form.Get("field"))
	if !ok {
		return store.Condition{}, invalid("This field is no longer there.")
	}
	c := store.Condition{Field: on.Key, Op: form.Get("op")}
	if !slices.Contains(on.Ops(), c.Op) {
		return c, invalid("Choose how to compare.")
	}
	if !store.Takes(c.Op) {
		return c, nil
	}
	typed := First(strings.TrimSpace(form.Get("value")), maxRunes)
	switch {
	case c.Op == store.OpWithin:
		n, err := strconv.Atoi(strings.TrimSpace(form.Get("days")))
		if err != nil || n < 1 || n > 36_500 {
			return c, invalid("Say how many days, as a number.")
		}
		typed = strconv.Itoa(n)
	case on.Kind == store.AskPick:
		return picks(c, on, form["value"])
	case typed == "":
		return c, invalid("Say what to compare with.")
	}
	value, err := rl.value(on, c.Op, typed)
	c.Values = []string{value}
	return c, err
}

func picks(c store.Condition, on store.Asked, values []string) (store.Condition, error) {
	for _, v := range values {
		v = First(v, 100)
		if (v != "" || on.Key == "owner") && !slices.Contains(c.Values, v) {
			c.Values = append(c.Values, v)
		}
	}
	switch {
	case len(c.Values) == 0:
		return c, invalid("Choose at least one.")
	case len(c.Values) > store.MaxValues:
		return c, invalid("These are more than a filter can compare with.")
	}
	return c, nil
}

// value is one value as conditions keep it. A number that is no field of the
// business's own, nor an amount, is a whole one.
func (rl Rules) value(on store.Asked, op, typed string) (string, error) {
	how := custom.For(rl.Country)
	switch {
	case op == store.OpWithin:
		return typed, nil
	case on.Kind == store.AskNumber && on.Own.Kind == "":
		n, err := strconv.ParseInt(typed, 10, 32)
		if err != nil {
			return "", invalid("Type a whole number.")
		}
		return strconv.FormatInt(n, 10), nil
	case on.Kind == store.AskNumber:
		v, err := custom.Parse(on.Own, typed, how)
		if err != nil || v == nil {
			return "", invalid("Type a number.")
		}
		return strconv.FormatInt(v.Num, 10), nil
	case on.Kind == store.AskMoment || on.Kind == store.AskDay:
		v, err := custom.Parse(store.Field{Kind: "date"}, typed, how)
		if err != nil || v == nil {
			return "", invalid("Type a day, such as 2026-11-18.")
		}
		return time.UnixMilli(v.Num).UTC().Format(time.DateOnly), nil
	case on.Kind == store.AskPhone && op != store.OpHas:
		n, err := phone.Parse(typed, rl.Country)
		if err != nil {
			return store.MatchKey("", typed), nil //nolint:nilerr // what is no number is compared as it was typed
		}
		return store.MatchKey(n.E164, typed), nil
	case on.Kind == store.AskPhone && strings.Trim(typed, "+0123456789 ()-./") != "":
		return "", invalid("Type some digits of the number.")
	}
	return typed, nil
}
