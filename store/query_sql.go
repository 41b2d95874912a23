package store

import (
	"slices"
	"strconv"
	"strings"
)

// span is a part of a track: behind from, up to and with to, at most so many
// rows of each owner, and how the whole ends.
type span struct {
	from, to *spot
	most     int
	end      string
	keyed    bool // the rows' keys are wanted too
}

// query is a span of a track in the order of the walk, as far as it matches.
func (w *walk) query(args *sqlArgs, l track, columns string, s span, match string) string {
	way, sign, until := " ASC", " > ", " <= "
	if w.desc != w.back {
		way, sign, until = " DESC", " < ", " >= "
	}
	key := l.key
	if key == "" {
		key = "''"
	}
	parts := w.parts(l)
	if w.drive != nil {
		parts = nil
	}
	if s.keyed || len(parts) > 1 {
		columns += ", " + key + " AS sort_key"
	}
	tables, where := l.from, l.where(args)
	if w.drive != nil {
		tables = "(SELECT DISTINCT id FROM (" + w.drive(args) + ") y) z CROSS JOIN " + tables
		where += " AND " + l.id + " = z.id"
	}
	where += l.bounds(args, s, way == " ASC")
	for _, m := range []struct {
		at   *spot
		sign string
	}{{s.from, sign}, {s.to, until}} {
		if m.at != nil {
			where += " AND " + l.beside(args, m.sign, *m.at)
		}
	}
	if match != "" {
		where += " AND " + match
	}
	if parts == nil {
		if !w.scope.All() {
			where += " AND " + w.scope.hidden(args)
		}
		return "SELECT " + columns + " FROM " + tables + " WHERE " + where + " ORDER BY " + l.order(way) + s.end
	}
	head := "SELECT " + columns + " FROM " + tables + " WHERE " + where
	if len(parts) == 1 {
		return head + " AND " + ofOwner(args, parts[0]) + " ORDER BY " + l.order(way) + s.end
	}
	return joinParts(args, parts, head, " ORDER BY "+l.order(way)+limitTo(s.most)) + " ORDER BY sort_key" + way + ", id" + way + s.end
}

// bounds are those of the key that the marks of a span do not take the place of:
// an engine walks an index between two conditions and tests every other one.
func (l track) bounds(args *sqlArgs, s span, ascending bool) string {
	low, high := s.from, s.to
	if !ascending {
		low, high = s.to, s.from
	}
	text := ""
	if l.low != nil && low == nil {
		text += " AND " + l.low(args)
	}
	if l.high != nil && high == nil {
		text += " AND " + l.high(args)
	}
	return text
}

// beside is the condition that a row stands on one side of a spot.
func (l track) beside(args *sqlArgs, sign string, m spot) string {
	if l.key == "" {
		return l.id + sign + args.mark(m.id)
	}
	if strings.Contains(l.key, "(") { // of an expression, an engine compares no pairs along an index
		key, strict := args.mark(m.key), strings.TrimSuffix(sign, "= ")
		return "(" + l.key + " " + strings.TrimSpace(strict) + "= " + key + " AND (" + l.key + strict + key + " OR " + l.id + sign + args.mark(m.id) + "))"
	}
	return "(" + l.key + ", " + l.id + ")" + sign + "(" + args.mark(m.key) + ", " + args.mark(m.id) + ")"
}

// maxParts is how many walks along the index of owners are made at once.
const maxParts = 8

// parts are the conditions on the owner of which each has the track's order in an
// index; nil: the scope is tested row by row.
func (w *walk) parts(l track) []string {
	if w.scope.All() || !l.owned || len(w.scope.users) >= maxParts {
		return nil
	}
	users := slices.Compact(slices.Sorted(slices.Values(w.scope.users)))
	if w.scope.free {
		users = append(users, "")
	}
	return users
}

func joinParts(args *sqlArgs, parts []string, head, tail string) string {
	var b strings.Builder
	for i, owner := range parts {
		if i > 0 {
			b.WriteString(" UNION ALL ")
		}
		b.WriteString("SELECT * FROM (" + head + " AND " + ofOwner(args, owner) + tail + ") p" + strconv.Itoa(i))
	}
	return b.String()
}

// ofOwner is the condition that a contact is somebody's; "" is nobody.
func ofOwner(args *sqlArgs, owner string) string {
	if owner == "" {
		return "c.owner_id IS NULL"
	}
	return "c.owner_id = " + args.mark(owner)
}
