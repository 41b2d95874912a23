package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
)

// ArchiveTable is a table as an archive of everything holds it: its columns in
// the order of the data map, its rows in the order of its key.
type ArchiveTable struct {
	Name    string
	Columns []ArchiveColumn
	keys    []string
	where   string
}

// ArchiveColumn is one column. Number tells integers from texts.
type ArchiveColumn struct {
	Name     string
	Number   bool
	Category Category
	instead  string // what is read instead of the column
}

// archived are the tables that an archive holds, with those of their rows that it
// does. Every other table of the data map stands in notArchived.
var archived = map[string]string{
	"tags": "", "fields": "", "companies": "", "company_points": "", "company_tags": "", "company_fields": "",
	"contacts": "", "contact_phones": "", "contact_emails": "", "contact_addresses": "", "provenances": "", "contact_companies": "",
	"contact_tags": "", "contact_fields": "", "merges": "", "duplicates": "",
	"views":         "used_at IS NULL", // a draft is what somebody typed once
	"conversations": "", "calls": "", "messages": "", "message_media": "", "notes": "", "note_mentions": "", "tasks": "", "decisions": "",
	"pipelines": "", "stages": "", "deal_reasons": "", "deals": "", "deal_contacts": "", "deal_tags": "", "deal_fields": "", "deal_stays": "", "deal_outcomes": "",
	"products": "", "deal_lines": "", "lead_wordings": "",
	"consent_events": "", "disclosures": "contact_id IS NOT NULL",
	"files": "purpose = 'attachment'",
}

// notArchived says why an archive leaves a table out.
var notArchived = map[string]string{
	"business": "in business.json", "settings": "in business.json, as far as they are the business's",
	"suppressions": "as opt_outs, by number: the hashes are this instance's own",
	"users":        "as colleagues: the names of those whom a record names, without their accounts",
	"form_keys":    whyRunning, "throttles": whyRunning, "challenges": whyRunning, "sweep_runs": whyRunning, "operations": whyRunning, "inbound_events": whyRunning,
	"setup_links": whyAccess, "sessions": whyAccess, "invitations": whyAccess, "password_resets": whyAccess, "second_factors": whyAccess, "recovery_codes": whyAccess,
	"identities": whyAccess, "remembered": whyAccess, "sign_ins": whyAccess, "calendar_feeds": whyAccess, "teams": whyAccess, "roles": whyAccess,
	"vault_keys": whySecret, "secrets": whySecret, "secret_uses": whySecret, "connections": whySecret, "lines": whySecret,
	"mails": "mail of this instance to its own people", "mail_contacts": "mail of this instance to its own people", "mail_refusals": "mail of this instance to its own people",
	"notifications": "notices to the people of this instance", "notice_choices": "notices to the people of this instance",
	"closings": "about this instance", "undos": "changes are taken back where they were made", "undo_rows": "changes are taken back where they were made",
	"imports": "the history of imports stays where they were made", "import_rows": "the history of imports stays where they were made",
	"ledger_entries": "erasures stay proved where they were done", "erasures": "erasures stay proved where they were done", "erasure_remotes": "erasures stay proved where they were done",
	"events": "what colleagues did begins anew", "audit": "the audit chain is this instance's own", "audit_head": "the audit chain is this instance's own", "audit_checkpoints": "the audit chain is this instance's own",
	"lead_sources": "how leads come in is set up where they do", "lead_fields": "how leads come in is set up where they do", "lead_turns": "how leads come in is set up where they do",
	"leads":        "what came of them is on contacts and deals; what has to be mended is mended here",
	"view_choices": "what each colleague chose for themselves",
	"fts_dirty":    "the search is made anew",
	"deal_flow":    "added up anew of where deals were",
}

const (
	whyRunning = "what this instance is just doing"
	whyAccess  = "accounts and what they sign in with stay here"
	whySecret  = "credentials never leave the vault"
)

// ArchiveLeftOut tells for every table why it is not in an archive; empty: it is.
func ArchiveLeftOut(table string) string {
	for _, made := range []string{"search_", "river_", "goose_"} {
		if strings.HasPrefix(table, made) {
			return "made anew by the instance itself"
		}
	}
	if _, in := archived[table]; in {
		return ""
	}
	if why := notArchived[table]; why != "" {
		return why
	}
	return "not known"
}

// archiveInstead is what an archive holds in the place of a column: what is this
// instance's alone is left out, and nothing that waits to be sent waits in two
// places.
var archiveInstead = map[string]string{
	"messages.form_key": "", "notes.form_key": "", "merges.undo_id": "", "files.sha256": "", "files.sealed_key": "",
	"messages.state":      `CASE WHEN state IN ('queued', 'sending', 'unconfirmed') THEN 'failed' ELSE state END`,
	"messages.error_code": `CASE WHEN state IN ('queued', 'sending', 'unconfirmed') THEN 'archived' ELSE error_code END`,
	"calls.outcome":       `CASE WHEN outcome = 'ringing' THEN 'missed' ELSE outcome END`,
}

// ArchiveTables lists what an archive holds, those that others point at first.
func (r *Reader) ArchiveTables(ctx context.Context) ([]ArchiveTable, error) {
	tables, c, err := r.mapped(ctx)
	if err != nil {
		return nil, err
	}
	slices.Reverse(tables)
	var out []ArchiveTable
	for _, t := range tables {
		where, in := archived[t.Name]
		if !in {
			continue
		}
		a := ArchiveTable{Name: t.Name, keys: c.keys[t.Name], where: where}
		if a.Columns, err = r.archiveColumns(ctx, t); err != nil {
			return nil, err
		}
		out = append(out, a)
	}
	slices.SortStableFunc(out, func(a, b ArchiveTable) int { // equal on every engine
		return slices.Index(archiveOrder, a.Name) - slices.Index(archiveOrder, b.Name)
	})
	return out, nil
}

// archiveOrder puts no row before one that it points at.
var archiveOrder = []string{
	"tags", "fields", "companies", "company_points", "company_tags", "company_fields", "contacts", "contact_phones", "contact_emails", "contact_addresses",
	"provenances", "contact_companies", "contact_tags", "contact_fields", "merges", "duplicates", "views", "conversations", "calls", "messages", "message_media",
	"pipelines", "stages", "deal_reasons", "products", "deals", "deal_contacts", "deal_tags", "deal_fields", "deal_stays", "deal_outcomes", "deal_lines",
	"notes", "note_mentions", "tasks", "decisions", "lead_wordings", "consent_events", "disclosures", "files",
}

func (r *Reader) archiveColumns(ctx context.Context, t Table) ([]ArchiveColumn, error) {
	rows, err := r.q.QueryContext(ctx, `SELECT `+strings.Join(t.columnNames(), ", ")+` FROM `+t.Name+` WHERE 1 = 0`)
	if err != nil {
		return nil, r.fault("store.ArchiveTables", err)
	}
	defer rows.Close()
	types, err := rows.ColumnTypes()
	if err != nil {
		return nil, r.fault("store.ArchiveTables", err)
	}
	var out []ArchiveColumn
	for i, name := range t.columnNames() {
		instead, replaced := archiveInstead[t.Name+"."+name]
		if replaced && instead == "" {
			continue
		}
		group, _ := t.column(name)
		out = append(out, ArchiveColumn{
			Name: name, Category: group.Category, instead: instead,
			Number: slices.Contains([]string{"BIGINT", "INT8", "INTEGER"}, strings.ToUpper(types[i].DatabaseTypeName())),
		})
	}
	return out, r.fault("store.ArchiveTables", rows.Err())
}

// Cell is one value of a row: a text, a number, or neither.
type Cell struct {
	Text string
	Num  int64
	Null bool
}

func (c Cell) arg(number bool) any {
	switch {
	case c.Null:
		return nil
	case number:
		return c.Num
	}
	return c.Text
}

// ArchiveRows reads at most limit rows of a table behind the row whose key was
// returned last; nil begins.
func (r *Reader) ArchiveRows(ctx context.Context, t ArchiveTable, after []any, limit int) (rows [][]Cell, last []any, err error) {
	query, args := t.query(after, limit)
	found, err := r.q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, nil, r.fault("store.ArchiveRows", err)
	}
	defer found.Close()
	texts := make([]sql.NullString, len(t.Columns)+len(t.keys))
	nums := make([]sql.NullInt64, len(t.Columns))
	into := make([]any, len(texts))
	for i := range into {
		into[i] = &texts[i]
		if i < len(t.Columns) && t.Columns[i].Number {
			into[i] = &nums[i]
		}
	}
	for found.Next() {
		if err := found.Scan(into...); err != nil {
			return nil, nil, r.fault("store.ArchiveRows", err)
		}
		row := make([]Cell, len(t.Columns))
		for i := range row {
			row[i] = Cell{Text: texts[i].String, Null: !texts[i].Valid}
			if t.Columns[i].Number {
				row[i] = Cell{Num: nums[i].Int64, Null: !nums[i].Valid}
			}
		}
		rows = append(rows, row)
		last = make([]any, len(t.keys))
		for i := range last {
			last[i] = texts[len(t.Columns)+i].String
		}
	}
	return rows, last, r.fault("store.ArchiveRows", found.Err())
}

func (t ArchiveTable) query(after []any, limit int) (string, []any) {
	var columns, keys, marks []string
	for _, c := range t.Columns {
		column := c.Name
		if c.instead != "" {
			column = c.instead + " AS " + c.Name
		}
		columns = append(columns, column)
	}
	for i, k := range t.keys {
		keys = append(keys, fmt.Sprintf("CAST(%s AS TEXT) AS key_%d", k, i+1)) // else PostgreSQL finds two of the name to sort by
		marks = append(marks, fmt.Sprintf("$%d", i+1))
	}
	var where []string
	if t.where != "" {
		where = append(where, "("+t.where+")")
	}
	order := strings.Join(t.keys, ", ")
	if len(after) > 0 {
		where = append(where, "("+order+") > ("+strings.Join(t.keyMarks(marks), ", ")+")")
	}
	query := `SELECT ` + strings.Join(append(columns, keys...), ", ") + ` FROM ` + t.Name
	if len(where) > 0 {
		query += ` WHERE ` + strings.Join(where, " AND ")
	}
	return query + ` ORDER BY ` + order + limitTo(limit), after
}

// keyMarks has each mark compared as its column is.
func (t ArchiveTable) keyMarks(marks []string) []string {
	for i, k := range t.keys {
		at := slices.IndexFunc(t.Columns, func(c ArchiveColumn) bool { return c.Name == k })
		if at >= 0 && t.Columns[at].Number {
			marks[i] = "CAST(" + marks[i] + " AS BIGINT)"
		}
	}
	return marks
}
