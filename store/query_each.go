package store

import (
	"context"
)

// MostCounted is where counting stops.
const MostCounted = 10_000

// CountOf counts what a question finds in a scope, up to most, or until the
// budget of time is used up.
func (r *Reader) CountOf(ctx context.Context, scope Scope, q Question, most int) (Tally, error) {
	if q.Find != "" {
		return r.countFound(ctx, scope, q, most)
	}
	a, err := r.asking(ctx, scope, q)
	if err != nil {
		return Tally{}, err
	}
	w, err := a.byIDs(ctx)
	if err != nil {
		return Tally{}, err
	}
	var out Tally
	var from *spot
	for step := pace.most; ; {
		began := tick()
		n, seen, edge, err := w.some(ctx, from, step, most+1-out.N)
		if err != nil {
			return Tally{}, err
		}
		if out.N += n; out.N > most {
			return Tally{N: most, More: true}, nil
		}
		if edge == nil {
			return out, nil
		}
		from = edge
		if step = nextStep(max(seen, 1), tick().Sub(began), a.ends.Sub(tick())); step == 0 {
			out.More = true
			return out, nil
		}
		if err := ctx.Err(); err != nil {
			return Tally{}, err
		}
	}
}

// EachOf walks everything that a question finds in a scope, in the order of
// ids, in bounded steps: at most limit ids behind afterID. It also says where
// the next step begins, empty at the end; a step may find nobody and not be the
// last.
func (r *Reader) EachOf(ctx context.Context, scope Scope, q Question, afterID string, limit int) (ids []string, next string, err error) {
	if q.Find != "" {
		return r.eachFound(ctx, scope, q, afterID, limit)
	}
	a, err := r.asking(ctx, scope, q)
	if err != nil {
		return nil, "", err
	}
	w, err := a.byIDs(ctx)
	if err != nil {
		return nil, "", err
	}
	var from *spot
	if afterID != "" {
		from = &spot{id: afterID}
	}
	for step := pace.first; ; {
		began := tick()
		found, edge, err := w.ids(ctx, from, step, limit-len(ids))
		if err != nil {
			return nil, "", err
		}
		ids = append(ids, found...)
		switch {
		case len(ids) == limit:
			return ids, ids[limit-1], nil
		case edge == nil:
			return ids, "", nil
		}
		from = edge
		if step = nextStep(step, tick().Sub(began), a.ends.Sub(tick())); step == 0 {
			return ids, edge.id, nil
		}
		if err := ctx.Err(); err != nil {
			return nil, "", err
		}
	}
}

// byIDs prepares a walk in the order of ids.
func (a *asking) byIDs(ctx context.Context) (*walk, error) {
	a.sort, a.desc = askedFields[createdAt], false
	w := &walk{asking: a, tracks: a.tracks(), limit: MaxPage}
	if w.whole(w.tracks[0]) && a.scope.All() {
		return w, nil
	}
	var err error
	w.drive, err = a.driven(ctx, pace.few)
	return w, err
}

// createdAt is where the field stands in askedFields.
var createdAt = indexOfAsked("created")

func indexOfAsked(key string) int {
	for i, a := range askedFields {
		if a.Key == key {
			return i
		}
	}
	return -1
}

// ids lists up to limit ids behind from, of the next so many rows, and tells
// which was the last of those; nil: there are no more.
func (w *walk) ids(ctx context.Context, from *spot, step, limit int) ([]string, *spot, error) {
	edge, err := w.next(ctx, from, step)
	if err != nil {
		return nil, nil, err
	}
	var args sqlArgs
	l := w.tracks[0]
	query := w.query(&args, l, l.id+" AS id", span{from: from, to: edge, end: limitTo(limit)}, w.match(&args, l))
	found, err := list(ctx, w.r, "store.EachOf", query, scanText, args.list...)
	return found, edge, err
}

// some counts up to limit, of the next so many rows. seen is how many it looked
// at, as far as that is known.
func (w *walk) some(ctx context.Context, from *spot, step, limit int) (n, seen int, edge *spot, err error) {
	if seen = step; w.whole(w.tracks[0]) && w.scope.All() {
		seen = limit
	} else if edge, err = w.next(ctx, from, step); err != nil {
		return 0, 0, nil, err
	}
	var args sqlArgs
	l := w.tracks[0]
	query := `SELECT COUNT(*) FROM (` + w.query(&args, l, l.id+" AS id", span{from: from, to: edge, end: limitTo(limit)}, w.match(&args, l)) + `) x`
	err = w.r.q.QueryRowContext(ctx, query, args.list...).Scan(&n)
	return n, seen, edge, w.r.fault("store.CountOf", err)
}

// next is the edge of a step, where steps are needed.
func (w *walk) next(ctx context.Context, from *spot, step int) (*spot, error) {
	if w.drive != nil {
		return nil, nil //nolint:nilnil // the whole list is short
	}
	return w.edge(ctx, 0, from, step)
}

// eachFound walks what a search finds, the newest first: its own order. Whoever
// does not see all numbers walks nobody, for a hit may tell one.
func (r *Reader) eachFound(ctx context.Context, scope Scope, q Question, after string, limit int) (ids []string, next string, err error) {
	if !q.Sees.All() {
		return nil, "", nil
	}
	limit = min(limit, maxLimit)
	ids, err = r.Search(ctx, scope, "contact", q.Find, Page{After: after, Limit: limit})
	if len(ids) == limit {
		next = ids[limit-1]
	}
	return ids, next, err
}

func (r *Reader) countFound(ctx context.Context, scope Scope, q Question, most int) (Tally, error) {
	ends := tick().Add(max(q.Time, pace.budget) + r.cat.patience)
	var out Tally
	for after := ""; ; {
		ids, next, err := r.eachFound(ctx, scope, q, after, maxLimit)
		if err != nil {
			return Tally{}, err
		}
		out.N += len(ids)
		switch {
		case out.N > most:
			return Tally{N: most, More: true}, nil
		case next == "":
			return out, nil
		case tick().After(ends):
			out.More = true
			return out, nil
		}
		after = next
	}
}
