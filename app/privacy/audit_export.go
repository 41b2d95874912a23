package privacy

import (
	"context"
	"io"
	"strconv"
	"strings"
	"time"

	"stead/app/access"
	"stead/app/acts"
	"stead/store"
)

// AuditFile is a part of the audit log that leaves the house.
type AuditFile struct {
	s      *Service
	actor  access.Actor
	filter store.AuditFilter
	none   bool
	made   time.Time
}

// ExportAudit prepares the entries that a query holds and notes that they
// leave. Entries that come later, its own among them, are not in it.
func (s *Service) ExportAudit(ctx context.Context, actor access.Actor, q AuditQuery) (*AuditFile, error) {
	if err := allow(actor, access.AuditExport); err != nil {
		return nil, err
	}
	show, err := s.shower(ctx)
	if err != nil {
		return nil, err
	}
	file := &AuditFile{s: s, actor: actor, made: s.Now().UTC()}
	if file.filter, file.none, err = s.filter(ctx, q, show.zone); err != nil {
		return nil, err
	}
	event := store.Event{ID: s.NewID(), Kind: EventAuditExported, Subject: actor.ID, Actor: actor.ID, At: file.made.UnixMilli()}
	return file, s.Store.InTx(ctx, func(tx *store.Tx) error {
		if file.filter.UpTo, _, err = tx.AuditHead(ctx); err != nil {
			return err
		}
		if err := tx.Emit(ctx, event); err != nil {
			return err
		}
		return s.audit(ctx, tx, actor.ID, EventAuditExported, "", q.Person, event.At)
	})
}

// Name is a file name that says nothing about anybody.
func (f *AuditFile) Name() string { return "audit-log-" + f.made.Format("20060102-150405") + ".csv" }

var auditHead = []string{"entry", "time_utc", "day", "who_id", "who", "kind", "action", "what", "record", "person_id", "person", "address"}

// Write writes the entries as CSV, the latest first. Without the right to see
// personal data, names of people and network addresses are left out.
func (f *AuditFile) Write(ctx context.Context, w io.Writer) error {
	if err := writeRow(w, auditHead); err != nil || f.none || f.filter.UpTo == 0 {
		return err
	}
	names := acts.NewNames(&f.s.Store.Reader, f.actor)
	for page := (store.Page{Limit: 200}); ; {
		rows, err := f.s.Store.AuditList(ctx, f.filter, page)
		if err != nil {
			return err
		}
		for _, a := range rows {
			cells, err := f.cells(ctx, names, a)
			if err == nil {
				err = writeRow(w, cells)
			}
			if err != nil {
				return err
			}
		}
		if len(rows) < page.Limit {
			return nil
		}
		page.After = store.Cursor(rows[len(rows)-1].Seq)
	}
}

func (f *AuditFile) cells(ctx context.Context, names *acts.Names, a store.AuditRow) ([]string, error) {
	who, person, at := gone, acts.Who{}, ""
	var err error
	if !a.WhoIsGone() {
		at = stamp(a.At)
		if who, err = names.Actor(ctx, a.Actor); err != nil {
			return nil, err
		}
	}
	if f.actor.Has(access.PersonalSee) && a.ContactID != "" {
		person, err = names.Contact(ctx, a.ContactID)
	}
	return []string{
		strconv.FormatInt(a.Seq, 10), at, time.UnixMilli(a.Day * day.Milliseconds()).UTC().Format(time.DateOnly),
		a.Actor, who, string(acts.KindOf(a.Actor)), a.Action, acts.Words(a.Action), a.Object, a.ContactID, person.Name, addressFor(f.actor, a.Address),
	}, err
}

// gone stands where a name was until it was anonymised.
const gone = "anonymised"

// writeRow writes a line of CSV, every cell in quotes. A cell that a
// spreadsheet would run as a formula begins with an apostrophe instead.
func writeRow(w io.Writer, cells []string) error {
	var b strings.Builder
	for i, cell := range cells {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(`"` + strings.ReplaceAll(harmless(cell), `"`, `""`) + `"`)
	}
	b.WriteString("\r\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// harmless makes a text what it is, to a spreadsheet too: a formula may hide
// behind blanks, and its sign may be written full-width.
func harmless(cell string) string {
	bare := strings.TrimLeft(cell, " \u00a0\u200b\ufeff")
	if bare != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠|%", []rune(bare)[0]) {
		return "'" + cell
	}
	return cell
}
