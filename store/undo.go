package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
)

var undoTables = []Table{
	{Name: "undos", Purpose: "taking changes back", Subject: "contact_id", Rows: DeleteRow, Retain: Rule{After: "at", Days: 30}, Columns: []Columns{
		{Names: "id kind contact_id row_count at undone_at", Category: Plain},
		{Names: "actor", Category: Staff, Erase: Null},
	}},
	{Name: "undo_rows", Purpose: "taking changes back", Subject: "contact_id", Rows: DeleteRow, Retain: Rule{After: "at", Days: 30}, Columns: []Columns{
		{Names: "undo_id seq contact_id unit tbl row_key at", Category: Plain},
		{Names: "before_row", Category: Content, Erase: Null},
		{Names: "after_hash", Category: Hash},
	}},
}

// Errors of taking back.
var (
	// ErrTakenBack says that a change was taken back already.
	ErrTakenBack = errors.New("store: taken back already")
	// ErrManyRows says that a change is taken back in steps, see TakeBackSome.
	ErrManyRows = errors.New("store: too many rows to take back at once")
)

// maxTakenBack is how many rows TakeBack takes back in one transaction.
const maxTakenBack = 5000

// Undo is a change that can be taken back for 30 days.
type Undo struct {
	ID, Kind, Actor string // Kind is the event of the change: contact.changed, contact.merged …
	ContactID       string // when it is about one person
	At              int64
	Rows            int64 // that the change touched
	UndoneAt        int64 // 0: not taken back
}

// Large tells that the change is taken back in steps: TakeBackSome.
func (u Undo) Large() bool { return u.Rows > maxTakenBack }

const undoColumns = `id, kind, COALESCE(actor, ''), COALESCE(contact_id, ''), at, row_count, COALESCE(undone_at, 0)`

func scanUndo(row interface{ Scan(...any) error }, u *Undo) error {
	return row.Scan(&u.ID, &u.Kind, &u.Actor, &u.ContactID, &u.At, &u.Rows, &u.UndoneAt)
}

// Undo returns one change that could be taken back, or ErrNotFound.
func (r *Reader) Undo(ctx context.Context, id string) (Undo, error) {
	var u Undo
	err := scanUndo(r.q.QueryRowContext(ctx, `SELECT `+undoColumns+` FROM undos WHERE id = $1`, id), &u)
	return u, r.fault("store.Undo", err)
}

// UndosOf lists what somebody changed, the latest first.
func (r *Reader) UndosOf(ctx context.Context, actor string, page Page) ([]Undo, error) {
	at, id := before(page)
	return list(ctx, r, "store.UndosOf", `
		SELECT `+undoColumns+` FROM undos WHERE actor = $1 AND (at, id) < ($2, $3) AND row_count > 0
		ORDER BY at DESC, id DESC`+limitTo(page.limit()),
		func(rows *sql.Rows, u *Undo) error { return scanUndo(rows, u) }, actor, at, id)
}

// Undoing is a change while it is made: Watch before the writes, Close after
// them, in the same transaction. What was watched and differs then is kept.
type Undoing struct {
	tx    *Tx
	undo  Undo
	again bool // there are rows of earlier transactions
	seq   int64
	unit  string // of all rows, where the caller has said so
	seen  []watched
	old   map[string]map[string]line // table, key of the row
	since map[string]int64           // the turn of the first look at a table
	none  bool                       // what is watched is not there yet
	asked map[string]bool
}

// watched is a look at the rows of a table that belong to ids, which where
// takes as its one argument.
type watched struct {
	table Table
	where string
	ids   []string
	of    string // the column that where compares
}

// covers tells that a row is within the watch.
func (w watched) covers(row line) bool { return slices.Contains(w.ids, w.table.text(row, w.of)) }

// Undoable begins a change that can be taken back.
func (tx *Tx) Undoable(ctx context.Context, u Undo) (*Undoing, error) {
	_, err := tx.exec(ctx, "store.Undoable", `INSERT INTO undos (id, kind, actor, contact_id, row_count, at) VALUES ($1, $2, $3, $4, 0, $5)`,
		u.ID, u.Kind, nullText(u.Actor), nullText(u.ContactID), u.At)
	if err != nil {
		return nil, err
	}
	return newUndoing(tx, u), nil
}

// UndoableAgain goes on with a change that earlier transactions began: a bulk
// edit, an import, a merge of many. A row that it meets again goes back to what
// it was before all of them. ErrTakenBack where it was taken back meanwhile.
func (tx *Tx) UndoableAgain(ctx context.Context, undoID string) (*Undoing, error) {
	u, err := tx.Undo(ctx, undoID)
	if err != nil {
		return nil, err
	}
	if u.UndoneAt != 0 {
		return nil, fmt.Errorf("store.UndoableAgain: %w", ErrTakenBack)
	}
	n := newUndoing(tx, u)
	n.again = true
	err = tx.q.QueryRowContext(ctx, `SELECT COALESCE(MAX(seq), 0) FROM undo_rows WHERE undo_id = $1`, undoID).Scan(&n.seq)
	return n, tx.fault("store.UndoableAgain", err)
}

func newUndoing(tx *Tx, u Undo) *Undoing {
	return &Undoing{tx: tx, undo: u, old: map[string]map[string]line{}, since: map[string]int64{}, asked: map[string]bool{}}
}

// Together has all rows of this Close go back together or not at all, under a
// name: a merge is named by the person who was kept. Without it each person's
// rows, each company's and each other row stand for themselves in TakeBackSome.
func (u *Undoing) Together(unit string) { u.unit = unit }

// Watch remembers the rows of a table whose column is one of ids, as they are
// now; none is fine, for they may be made. What can be searched of them comes
// along. Watch as little as the change can touch: all of it is read twice.
func (u *Undoing) Watch(ctx context.Context, table, column string, ids ...string) error {
	if err := u.look(ctx, table, column, column+" "+u.tx.eng.oneOf("$1"), ids); err != nil {
		return err
	}
	if table == "notes" && column == "id" {
		if err := u.Watch(ctx, "note_mentions", "note_id", ids...); err != nil {
			return err
		}
	}
	kind, searched := searchKinds[table]
	switch {
	case searched && column == "id":
		return u.look(ctx, "search_docs", "ref", "kind IN ('"+kind+"', '"+inBin+kind+"') AND ref "+u.tx.eng.oneOf("$1"), ids)
	case searched && column == "contact_id":
		return u.look(ctx, "search_docs", column, column+" "+u.tx.eng.oneOf("$1"), ids)
	}
	return nil
}

// look reads the rows of those of ids that were not asked for yet. What an
// earlier watch has seen stays as that saw it, and what it would have seen and
// did not was made since.
func (u *Undoing) look(ctx context.Context, table, column, where string, ids []string) error {
	fresh := slices.DeleteFunc(slices.Clone(ids), func(id string) bool {
		mark := table + " " + where + " " + id
		known := u.asked[mark]
		u.asked[mark] = true
		return known || id == ""
	})
	if len(fresh) == 0 {
		return nil
	}
	w := watched{table: mapOf(table), of: column, where: where, ids: fresh}
	if u.old[table] == nil {
		u.old[table], u.since[table] = map[string]line{}, u.tx.wrote.now()
	}
	u.seen = append(u.seen, w)
	if u.none {
		return nil
	}
	rows, err := u.tx.lines(ctx, w)
	if err != nil {
		return err
	}
	for _, row := range rows {
		_, known := u.old[table][row.key]
		covered := slices.ContainsFunc(u.seen[:len(u.seen)-1], func(w watched) bool { return w.table.Name == table && w.covers(row) })
		if !known && !covered {
			u.old[table][row.key] = row
		}
	}
	return nil
}

// cardParts are what hangs on a person and is no event: the card.
var cardParts = []string{"contact_phones", "contact_emails", "contact_addresses", "contact_companies", "contact_tags", "contact_fields", "provenances"}

// companyParts are what hangs on a company.
var companyParts = []string{"company_points", "company_tags", "company_fields"}

// WatchContacts watches whole cards: the contacts and all that stands on them.
func (u *Undoing) WatchContacts(ctx context.Context, ids ...string) error {
	if err := u.Watch(ctx, "contacts", "id", ids...); err != nil {
		return err
	}
	for _, table := range cardParts {
		if err := u.Watch(ctx, table, "contact_id", ids...); err != nil {
			return err
		}
	}
	return nil
}

// WatchNewContacts is WatchContacts for contacts that are still to be made, so
// that there is nothing to look at before.
func (u *Undoing) WatchNewContacts(ctx context.Context, ids ...string) error {
	u.none = true
	defer func() { u.none = false }()
	return u.WatchContacts(ctx, ids...)
}

// WatchCompanies watches companies with their numbers, places, tags and fields,
// and who works there.
func (u *Undoing) WatchCompanies(ctx context.Context, ids ...string) error {
	if err := u.Watch(ctx, "companies", "id", ids...); err != nil {
		return err
	}
	for _, table := range append([]string{"contact_companies"}, companyParts...) {
		if err := u.Watch(ctx, table, "company_id", ids...); err != nil {
			return err
		}
	}
	return nil
}
