package exports

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"

	"stead/app/errs"
	"stead/store"
)

// write is what a step does in its transaction.
type write func(*store.Tx) error

func nothing(*store.Tx) error { return nil }

// writeSome reads the next rows and returns what writes them.
func (s *Service) writeSome(ctx context.Context, r *reading, op *store.Operation) (write, error) {
	first := r.at == place{Phase: phaseWrite}
	do, err := s.nextRows(ctx, r, op)
	if err != nil || !first {
		return do, err
	}
	return func(tx *store.Tx) error { // nobody has added anything while the sums were made
		empty, err := tx.ArchiveEmpty(ctx)
		if err == nil && !empty {
			err = errNotEmpty
		}
		if err == nil {
			err = tx.ClearBegun(ctx)
		}
		if err != nil {
			return err
		}
		return do(tx)
	}, nil
}

func (s *Service) nextRows(ctx context.Context, r *reading, op *store.Operation) (write, error) {
	for r.at.Entry < len(r.files) {
		name := r.manifest.Entries[r.at.Entry].Name
		if name == businessName {
			return s.readBusiness(ctx, r)
		}
		table, columns, ok := r.table(name)
		if !ok {
			op.Done += r.manifest.Entries[r.at.Entry].Size
			r.next()
			continue
		}
		rows, err := r.rows(table, columns, op)
		if err != nil {
			return nil, err
		}
		if len(rows) > 0 {
			op.Changed += int64(len(rows))
			return s.writeRows(ctx, r, table, rows)
		}
	}
	r.at = place{Phase: phaseIndex}
	return nothing, nil
}

// next goes to the next entry.
func (r *reading) next() {
	if r.close != nil {
		_ = r.close.Close() // was only read
	}
	r.close, r.lines = nil, nil
	r.at = place{Phase: phaseWrite, Entry: r.at.Entry + 1}
}

// rows reads the next rows of an entry and goes on to the next one at its end.
func (r *reading) rows(table string, columns []store.ArchiveColumn, op *store.Operation) (rows [][]store.Cell, err error) {
	if r.lines == nil {
		if err := r.openLines(); err != nil {
			return nil, err
		}
	}
	most := writeStep
	if table == "files" {
		most = 4 // each has its contents
	}
	for len(rows) < most {
		line, err := r.line()
		if errors.Is(err, io.EOF) {
			r.next()
			return rows, nil
		}
		if err != nil {
			return nil, err
		}
		row, err := readRow(line, columns)
		if err != nil {
			return nil, err
		}
		rows, op.Done = append(rows, row), op.Done+int64(len(line))
		r.at.Row++
	}
	return rows, nil
}

// writeRows returns what writes rows of a table.
func (s *Service) writeRows(ctx context.Context, r *reading, table string, rows [][]store.Cell) (write, error) {
	at := s.Now().UnixMilli()
	switch table {
	case colleagues:
		return each(rows, func(tx *store.Tx, row []store.Cell) error {
			return tx.InsertColleague(ctx, store.Colleague{ID: row[0].Text, Name: row[1].Text}, at)
		}), nil
	case optOuts:
		return s.readOptOuts(ctx, rows)
	case "files":
		return s.readFiles(ctx, r, rows)
	case "consent_events":
		if err := s.rehash(r.tables[table], rows); err != nil {
			return nil, err
		}
	}
	t := r.tables[table]
	return func(tx *store.Tx) error {
		if err := tx.InsertArchived(ctx, t, rows); err != nil {
			return unfit(err)
		}
		if table == "contacts" {
			return s.noteRestricted(ctx, tx, t, rows)
		}
		return nil
	}, nil
}

// unfit says that a row does not fit the database: its sum is right, so it was
// made by something else than we.
func unfit(err error) error {
	if errors.Is(err, store.ErrConflict) {
		return &errs.Error{Kind: errs.Invalid, Code: "archive_rows", Message: "The archive holds rows that do not fit each other.", Err: err}
	}
	return err
}

func each(rows [][]store.Cell, do func(*store.Tx, []store.Cell) error) write {
	return func(tx *store.Tx) error {
		for _, row := range rows {
			if err := do(tx, row); err != nil {
				return err
			}
		}
		return nil
	}
}

// readOptOuts keeps numbers that want no texts, under this instance's own hashes.
func (s *Service) readOptOuts(ctx context.Context, rows [][]store.Cell) (write, error) {
	hashes := make(map[string]string, len(rows))
	for _, row := range rows {
		hash, err := s.Vault.TryHash(row[0].Text, row[1].Text)
		if err != nil {
			return nil, err
		}
		hashes[row[1].Text] = hash
	}
	return each(rows, func(tx *store.Tx, row []store.Cell) error {
		_, err := tx.Suppress(ctx, row[0].Text, hashes[row[1].Text], row[2].Text, row[3].Num)
		return err
	}), nil
}

// rehash puts this instance's keyed hashes in the place of numbers.
func (s *Service) rehash(t store.ArchiveTable, rows [][]store.Cell) error {
	i := t.Column("address_hash")
	for _, row := range rows {
		if row[i].Text == "" {
			continue
		}
		hash, err := s.Vault.TryHash(texts, row[i].Text)
		if err != nil {
			return err
		}
		row[i].Text = hash
	}
	return nil
}

// noteRestricted writes down elsewhere, too, whose data may only be kept.
func (s *Service) noteRestricted(ctx context.Context, tx *store.Tx, t store.ArchiveTable, rows [][]store.Cell) error {
	id, at := t.Column("id"), t.Column("restricted_at")
	for _, row := range rows {
		if row[at].Null || s.Restrictions == nil {
			continue
		}
		if err := s.Restrictions.NoteRestriction(ctx, tx, row[id].Text, true, row[at].Num); err != nil {
			return err
		}
	}
	return nil
}

// readFiles keeps what is in attachments, and returns what adds their rows.
func (s *Service) readFiles(ctx context.Context, r *reading, rows [][]store.Cell) (write, error) {
	t := r.tables["files"]
	var made []store.File
	for _, row := range rows {
		cell := func(name string) store.Cell { return row[t.Column(name)] }
		i := r.entry(filesFolder + cell("id").Text)
		if i < 0 || cell("purpose").Text != store.FileAttachment {
			return nil, notArchive("a file is missing")
		}
		in, err := r.files[i].Open()
		if err != nil {
			return nil, notArchive("a file: %w", err)
		}
		f, err := s.Blobs.Put(ctx, io.LimitReader(in, r.manifest.Entries[i].Size), store.File{
			ID: cell("id").Text, Purpose: store.FileAttachment, ContactID: cell("contact_id").Text, CompanyID: cell("company_id").Text,
			Name: cell("name").Text, CreatedBy: cell("created_by").Text, CreatedAt: cell("created_at").Num,
			ExpiresAt: cell("expires_at").Num, DeletedAt: cell("deleted_at").Num,
		})
		if err := errors.Join(err, in.Close()); err != nil {
			return nil, err
		}
		if f.Size != cell("size").Num {
			return nil, notArchive("a file has another size than its row says")
		}
		made = append(made, f)
	}
	return func(tx *store.Tx) error {
		for _, f := range made {
			if err := tx.InsertFile(ctx, f); err != nil {
				return unfit(err)
			}
		}
		return nil
	}, nil
}

// readBusiness takes over what the business is called, where it is and how it works.
func (s *Service) readBusiness(ctx context.Context, r *reading) (write, error) {
	in, err := r.files[r.at.Entry].Open()
	if err != nil {
		return nil, notArchive("the business: %w", err)
	}
	defer in.Close()
	var b business
	if err := json.NewDecoder(io.LimitReader(in, maxRow)).Decode(&b); err != nil {
		return nil, notArchive("the business: %w", err)
	}
	r.next()
	at := s.Now().UnixMilli()
	return func(tx *store.Tx) error {
		err := tx.SetBusiness(ctx, store.Business{
			Name: b.Name, Country: b.Country, Currency: b.Currency, Timezone: b.Timezone, PrivacyContact: b.PrivacyContact, Hours: b.Hours, UpdatedAt: at,
		})
		for _, name := range settings {
			if value, there := b.Settings[name]; there && err == nil {
				err = tx.SetSetting(ctx, name, value, at)
			}
		}
		return err
	}, nil
}

// indexed are what is made findable, in this order.
var indexed = []string{"contacts", "companies", "deals", "notes"}

// indexSome makes the next records findable; behind the last one the work is done.
func (s *Service) indexSome(ctx context.Context, r *reading, op *store.Operation) (write, error) {
	table, after, _ := strings.Cut(r.at.After, " ")
	if table == "" {
		table = indexed[0]
	}
	ids, err := s.Store.ArchivedIDs(ctx, table, after, writeStep)
	if err != nil {
		return nil, err
	}
	if len(ids) == writeStep {
		r.at.After = table + " " + ids[len(ids)-1]
	} else if next := nextIndexed(table); next != "" {
		r.at.After = next + " "
	} else {
		op.State, op.Done = store.OperationDone, op.Total
	}
	var params readParams
	if err := json.Unmarshal([]byte(op.Params), &params); err != nil {
		return nil, err
	}
	ended := op.Ended()
	return func(tx *store.Tx) error {
		if err := index(ctx, tx, table, ids); err != nil || !ended {
			return err
		}
		return tx.DeleteFiles(ctx, params.File)
	}, nil
}

func nextIndexed(table string) string {
	for i, name := range indexed[:len(indexed)-1] {
		if name == table {
			return indexed[i+1]
		}
	}
	return ""
}

func index(ctx context.Context, tx *store.Tx, table string, ids []string) error {
	switch table {
	case "contacts":
		if err := tx.IndexContacts(ctx, ids...); err != nil {
			return err
		}
		return tx.SettleArchived(ctx, ids)
	case "companies":
		for _, id := range ids {
			if err := tx.ReindexCompany(ctx, id); err != nil {
				return err
			}
		}
		return nil
	case "deals":
		return tx.ReindexDeals(ctx, ids)
	}
	return tx.IndexArchivedNotes(ctx, ids)
}
