package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strconv"
	"time"
)

// Ask lists a page of what a question finds in a scope. What no index leads to
// is looked for until a budget of time is used up; the answer then has what was
// found so far and is Cut. A cursor whose contact has gone means the first page.
func (r *Reader) Ask(ctx context.Context, scope Scope, q Question, page Page) (Answer, error) {
	if order, ok := q.plainOrder(); ok {
		found, err := r.Contacts(ctx, scope, order, page)
		return Answer{ContactPage: found}, err
	}
	a, err := r.asking(ctx, scope, q)
	if err != nil {
		return Answer{}, err
	}
	w := walk{asking: a, tracks: a.tracks(), limit: page.limit()}
	if err := w.begin(ctx, page); err != nil {
		return Answer{}, err
	}
	if err := w.run(ctx); err != nil {
		return Answer{}, err
	}
	if w.back && len(w.rows) == 0 && !w.cut {
		return r.Ask(ctx, scope, q, Page{Limit: page.Limit})
	}
	return w.answer(), nil
}

// plainOrder is the order of a question that asks for nothing else.
func (q Question) plainOrder() (ContactOrder, bool) {
	if len(q.Conditions) > 0 {
		return ContactOrder{}, false
	}
	switch q.Sort {
	case "":
		return ContactOrder{Owners: q.Owners, Descending: true}, true
	case "activity", "-activity":
		return ContactOrder{Owners: q.Owners, Descending: q.Sort[0] == '-'}, true
	case "name", "-name":
		return ContactOrder{Owners: q.Owners, ByName: true, Descending: q.Sort[0] == '-'}, q.Sees.All()
	}
	return ContactOrder{}, false
}

// spot is a place in a walk: behind a row of a track.
type spot struct {
	track int
	key   any
	id    string
}

// walk is the way through the tracks to one page.
type walk struct {
	*asking
	tracks []track
	limit  int
	back   bool
	cursor *spot // where the page begins; nil: at the beginning
	drive  drive

	rows  []ContactRow
	marks []spot
	cut   bool
	at    spot // how far a walk came that was cut
}

// begin reads the cursor.
func (w *walk) begin(ctx context.Context, page Page) error {
	var way, id string
	var number int
	var at int64
	if !page.keys(&way, &number, &at, &id) || number < 0 || number >= len(w.tracks) {
		return nil
	}
	m := spot{track: number, key: at, id: id}
	if l := w.tracks[number]; l.hidden {
		var args sqlArgs
		query := "SELECT " + l.key + " FROM " + l.from + " WHERE " + l.where(&args) + " AND " + w.scope.hidden(&args) + " AND " + l.id + " = " + args.mark(id) + " LIMIT 1"
		err := w.r.q.QueryRowContext(ctx, query, args.list...).Scan(&m.key)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return w.r.fault("store.Ask", err)
		}
	}
	w.cursor, w.back = &m, way == "p"
	return nil
}

// run walks the tracks until there is one row more than the page holds.
func (w *walk) run(ctx context.Context) error {
	tried := 0 // how short a list was looked for
	return w.each(ctx, func(ctx context.Context, number int, from *spot) (err error) {
		if l := w.tracks[number]; w.whole(l) && (w.scope.All() || w.parts(l) != nil) {
			return w.straight(ctx, number, from)
		}
		for _, few := range []int{pace.few / 100, pace.few} {
			if w.drive == nil && tried < few {
				if w.drive, err = w.driven(ctx, few); err != nil {
					return err
				}
				tried = few
			}
			if w.drive != nil {
				return w.straight(ctx, number, from)
			}
			if few == pace.few {
				break
			}
			// Of what many are, the first few hundred hold a page.
			if from, err = w.step(ctx, number, from, pace.first); err != nil || w.full() || from == nil {
				return err
			}
		}
		return w.steps(ctx, number, from)
	})
}

// step tests the next n rows of a track and tells which was the last; nil: the
// track has ended.
func (w *walk) step(ctx context.Context, number int, from *spot, n int) (*spot, error) {
	edge, err := w.edge(ctx, number, from, n)
	if err != nil {
		return nil, err
	}
	return edge, w.read(ctx, number, from, edge)
}

func (w *walk) each(ctx context.Context, do func(context.Context, int, *spot) error) error {
	order := make([]int, len(w.tracks))
	for i := range order {
		order[i] = i
	}
	if w.back {
		slices.Reverse(order)
	}
	from := w.cursor
	if from != nil {
		order = order[slices.Index(order, from.track):]
	}
	for _, i := range order {
		if err := do(ctx, i, from); err != nil {
			return err
		}
		if w.full() || w.cut {
			return nil
		}
		from = nil
	}
	return nil
}

func (w *walk) full() bool { return len(w.rows) > w.limit }

// straight reads the rows of a track in one query.
func (w *walk) straight(ctx context.Context, number int, from *spot) error {
	return w.read(ctx, number, from, nil)
}

// steps tests the rows of a track one after the other, some at a time, while
// there is time.
func (w *walk) steps(ctx context.Context, number int, from *spot) error {
	for n := pace.first; ; {
		began := tick()
		edge, err := w.step(ctx, number, from, n)
		if err != nil || w.full() || edge == nil {
			return err
		}
		from = edge
		if n = nextStep(n, tick().Sub(began), w.ends.Sub(tick())); n == 0 {
			w.cut, w.at = true, *edge
			return nil
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}

// nextStep is how many rows to test next, when n took so long and so much time
// is left; 0: there is none.
func nextStep(n int, took, left time.Duration) int {
	for next := min(2*n, pace.most); next >= pace.least; next /= 2 {
		if 3*took*time.Duration(next)/time.Duration(2*n) < left {
			return next
		}
	}
	return 0
}

// edge is the n-th row behind from; nil: the track ends before it.
func (w *walk) edge(ctx context.Context, number int, from *spot, n int) (*spot, error) {
	l := w.tracks[number]
	var args sqlArgs
	query := w.query(&args, l, l.id+" AS id", span{from: from, most: n, end: limitTo(1) + " OFFSET " + strconv.Itoa(n-1), keyed: true}, "")
	out := spot{track: number}
	err := w.r.q.QueryRowContext(ctx, query, args.list...).Scan(&out.id, &out.key)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil //nolint:nilnil // no edge is no error
	}
	return &out, w.r.fault("store.Ask", err)
}

// read adds the rows of a track between two marks that match.
func (w *walk) read(ctx context.Context, number int, from, to *spot) error {
	l := w.tracks[number]
	var args sqlArgs
	match := w.match(&args, l)
	query := w.query(&args, l, contactRowColumns+`, COALESCE(c.owner_id, '')`, span{from: from, to: to, most: w.limit + 1, end: limitTo(w.limit + 1)}, match)
	rows, err := w.r.q.QueryContext(ctx, query, args.list...)
	if err != nil {
		return w.r.fault("store.Ask", err)
	}
	defer rows.Close()
	scan := scanOwnedRow
	if w.drive == nil && len(w.parts(l)) > 1 {
		scan = scanSortedRow
	}
	if w.rows == nil {
		w.rows, w.marks = make([]ContactRow, 0, w.limit+1), make([]spot, 0, w.limit+1)
	}
	for rows.Next() && !w.full() {
		w.rows = append(w.rows, ContactRow{})
		c := &w.rows[len(w.rows)-1]
		if err := scan(rows, c); err != nil {
			return w.r.fault("store.Ask", err)
		}
		// A cursor holds no key but the time, which the row has.
		w.marks = append(w.marks, spot{number, c.LastActivityAt, c.ID})
	}
	return w.r.fault("store.Ask", rows.Err())
}

// answer is the page that the walk found.
func (w *walk) answer() Answer {
	rows, marks := w.rows, w.marks
	more := w.full()
	if more {
		rows, marks = rows[:w.limit], marks[:w.limit]
	}
	var on, before string // further along the walk, and back to where it came from
	switch {
	case more:
		on = w.cursorOf(w.way(), marks[w.limit-1])
	case w.cut:
		on = w.cursorOf(w.way(), w.at)
	}
	if w.cursor != nil {
		start := *w.cursor
		if len(marks) > 0 {
			start = marks[0]
		}
		before = w.cursorOf(otherWay[w.way()], start)
	}
	out := Answer{ContactPage: ContactPage{Rows: rows, Next: on, Prev: before, Cut: w.cut}, Ignored: w.ignored, Took: tick().Sub(w.began)}
	if w.back {
		slices.Reverse(out.Rows)
		out.Next, out.Prev = before, on
	}
	return out
}

var otherWay = map[string]string{"n": "p", "p": "n"}

func (w *walk) way() string {
	if w.back {
		return "p"
	}
	return "n"
}

// cursorOf holds ids and times only, since it stands in an address.
func (w *walk) cursorOf(way string, m spot) string {
	at, _ := m.key.(int64)
	if l := w.tracks[m.track]; l.hidden || l.key == "" {
		at = 0
	}
	return Cursor(way, m.track, at, m.id)
}
