package contacts

import (
	"slices"
	"strconv"

	"stead/app/filter"
	"stead/store"
)

// rules are what a form with a filter is read by; fields are the business's own.
func rules(fields []store.Field, country string) filter.Rules {
	return filter.Rules{
		Asked: func(key string) (store.Asked, bool) { return store.AskedBy(key, fields) },
		Columns: func(key string) bool {
			if isOwn(key) {
				_, ok := store.AskedBy(key, fields)
				return ok
			}
			return slices.Contains(columnKeys, key)
		},
		Country: country,
	}
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
