package store

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Scope says whose rows a list holds. The zero Scope holds none.
type Scope struct {
	all   bool
	free  bool     // also those of nobody
	users []string // and those of these users
}

// Everything is the scope of an actor who may see all rows.
var Everything = Scope{all: true}

// OwnedBy is the scope of rows whose owner is one of the users.
func OwnedBy(users ...string) Scope { return Scope{users: users} }

// OrFree adds the rows that nobody owns.
func (s Scope) OrFree() Scope {
	s.free = true
	return s
}

// OrOf adds the rows of a user.
func (s Scope) OrOf(user string) Scope {
	s.users = append(slices.Clone(s.users), user)
	return s
}

// All tells that the scope leaves nothing out.
func (s Scope) All() bool { return s.all }

// where is the condition that a row is in the scope, for a WHERE clause that
// has arguments already. It is empty when everything is.
func (s Scope) where(column string, args []any) (string, []any) {
	if s.all {
		return "", args
	}
	var parts []string
	if len(s.users) > 0 {
		var marks string
		marks, args = inList(s.users, args...)
		parts = append(parts, column+" IN ("+marks+")")
	}
	if s.free {
		parts = append(parts, column+" IS NULL")
	}
	if len(parts) == 0 {
		return "1 = 0", args
	}
	return "(" + strings.Join(parts, " OR ") + ")", args
}

// and is where after the conditions of a WHERE clause that stand already.
func (s Scope) and(column string, args []any) (string, []any) {
	text, args := s.where(column, args)
	if text != "" {
		text = " AND " + text
	}
	return text, args
}

// Key is the same for scopes that hold the same rows.
func (s Scope) Key() string { return s.key() }

func (s Scope) key() string { return fmt.Sprint(s.all, s.free, s.users) }

// parts are the scope as conditions of which a row meets one at most: each walks
// an index that begins with the owner in its order. Nothing, when all rows are in it.
func (s Scope) parts(column string, args []any) ([]string, []any) {
	if s.all {
		return nil, args
	}
	users := slices.Compact(slices.Sorted(slices.Values(s.users)))
	var out []string
	for _, user := range users {
		args = append(args, user)
		out = append(out, column+" = $"+strconv.Itoa(len(args)))
	}
	if s.free {
		out = append(out, column+" IS NULL")
	}
	if len(out) == 0 {
		out = []string{"1 = 0"}
	}
	return out, args
}
