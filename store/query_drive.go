package store

import (
	"context"
	"strings"
)

// drive is a short list of contacts outside of which nothing can be found: a
// query for their ids. nil: there is none.
type drive func(*sqlArgs) string

// driven looks for the shortest such list of at most few, among the conditions that an index
// answers and the scope.
func (a *asking) driven(ctx context.Context, few int) (drive, error) {
	var best drive
	least := few + 1
	for _, d := range a.drives() {
		var args sqlArgs
		query := `SELECT COUNT(*) FROM (SELECT 1 FROM (` + d(&args) + `) z` + limitTo(least) + `) y`
		var n int
		if err := a.r.q.QueryRowContext(ctx, query, args.list...).Scan(&n); err != nil {
			return nil, a.r.fault("store.driven", err)
		}
		if n < least {
			best, least = d, n
		}
		if n <= few/100 {
			break // no shorter one is worth looking for
		}
	}
	return best, nil
}

func (a *asking) drives() []drive {
	var out []drive
	if !a.scope.All() {
		out = append(out, a.ofScope)
	}
	if a.all() {
		for i := range a.conds {
			if c := &a.conds[i]; c.drives(a.q) {
				out = append(out, func(args *sqlArgs) string { return c.list(args, a.q) })
			}
		}
		return out
	}
	for i := range a.conds {
		if !a.conds[i].drives(a.q) {
			return out
		}
	}
	return append(out, func(args *sqlArgs) string {
		lists := make([]string, len(a.conds))
		for i := range a.conds {
			lists[i] = a.conds[i].list(args, a.q)
		}
		return strings.Join(lists, " UNION ALL ")
	})
}

func (a *asking) ofScope(args *sqlArgs) string {
	of, list := a.scope.where("c.owner_id", args.list)
	args.list = list
	return "SELECT c.id AS id FROM contacts c WHERE " + live + " AND " + of
}

// drives tells that an index has those of whom the condition holds.
func (c cond) drives(q Question) bool { return c.list(&sqlArgs{}, q) != "" }

// list is a query for the ids of all of whom the condition holds; empty where no
// index has them.
func (c cond) list(args *sqlArgs, q Question) string {
	contacts := "SELECT c.id AS id FROM contacts c WHERE " + live + " AND "
	switch {
	case c.on.Key == "name" && c.Op == OpIs:
		return contacts + "c.name_key = " + args.mark(c.key())
	case c.on.Key == "source" && c.Op == OpAny:
		return contacts + "c.source IN (" + args.marks(c.Values) + ")"
	case c.on.Key == "activity":
		return contacts + "c.last_activity_at >= " + args.mark(c.from) + " AND c.last_activity_at < " + args.mark(c.to)
	case c.on.Key == "task" && c.Op == OpYes:
		return c.source(args, q).all("t.contact_id IS NOT NULL")
	case c.on.Key == "tag" && c.Op == OpAny:
		return c.source(args, q).all("g.tag_id IN (" + args.marks(c.Values) + ")")
	case c.on.Key == "phone" && c.Op == OpIs, c.on.Key == "email" && c.Op == OpIs, c.on.Key == "company" && c.Op == OpIs:
		s := c.source(args, q)
		return s.all(s.value + " = " + args.mark(c.key()))
	case c.on.Own.ID == "":
		return ""
	}
	return c.ownList(args, q)
}

func (c cond) ownList(args *sqlArgs, q Question) string {
	switch {
	case c.Op == OpEmpty || c.Op == OpNot || c.Op == OpNone || c.Op == OpHas || c.Op == OpBegins:
		return ""
	case c.on.Kind == AskText || c.on.Kind == AskPick:
		s := c.source(args, q)
		switch c.Op {
		case OpIs:
			return s.all(s.value + " = " + args.mark(c.key()))
		case OpAny:
			return s.all(s.value + " IN (" + args.marks(c.picked()) + ")")
		}
		return ""
	}
	s := c.source(args, q)
	return s.all(c.numTest(s.value, args))
}
