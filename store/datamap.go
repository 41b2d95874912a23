package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// Table is one table's part of the data map: what it is for, whose rows these
// are, what erasing a person does to them and when they go by themselves.
type Table struct {
	Name    string
	Purpose string
	// Subject is the way from a row to the person: "contact_id",
	// "message_id>messages.contact_id", "self" for contacts, "" for none.
	Subject string
	Rows    RowErase
	Retain  Rule
	Bin     Rule // when what somebody deleted goes; until then it can be restored
	Columns []Columns
	Engine  string // "sqlite" or "postgres" where only one has the table
}

// Columns are the columns of a table that are treated alike.
type Columns struct {
	Names    string // separated by spaces
	Category Category
	Erase    Erase // where the row stays
	Access   Access
	Shared   []string // providers that may receive them
	Indexed  []string // full-text tables that hold a copy
	Retain   Rule     // where they are cleared before the row goes
}

// Rule says how many days after a time in the row it goes; or, where it has no
// age of its own, in Keep, with what it goes or why it stays. Where the time may
// be missing, Keep says with what such a row goes, or Else from which time on its
// days count.
type Rule struct {
	After string
	Else  string
	Days  int
	Keep  string
}

// since is the time that the days of a rule count from, as SQL says it.
func (r Rule) since() string {
	if r.Else == "" {
		return r.After
	}
	return "COALESCE(" + r.After + ", " + r.Else + ")"
}

type (
	// Category says what a column tells about a person.
	Category string
	// Erase says what erasing that person does to it where the row stays.
	Erase string
	// RowErase says what happens to the row.
	RowErase string
	// Access says whether the person's own package holds it.
	Access string
)

// The categories.
const (
	Plain        Category = "plain" // nothing by itself: ids, amounts, times, states
	PersonName   Category = "name"  // what a person is called
	PhoneNumber  Category = "phone"
	EmailAddress Category = "email"
	Content      Category = "content" // free text: anything about anyone
	Firm         Category = "firm"    // about a company: nobody's own
	Staff        Category = "staff"   // who of the business did it
	Tech         Category = "tech"    // address, device
	Hash         Category = "hash"    // a keyed hash
	Secret       Category = "secret"  // opens something
	Sealed       Category = "sealed"  // ciphertext of the vault
)

// What erasing the person does to a column of a row that stays; the zero value
// keeps it.
const (
	Null   Erase = "null"   // no value
	Redact Erase = "redact" // empty text
)

// What erasing the person does to a row; the zero value is for tables that no
// person is reached from.
const (
	DeleteRow RowErase = "delete"
	KeepRow   RowErase = "keep"
	// FindRow is for rows that are nobody's in particular but may name anybody, as
	// what was typed into a filter: those that hold something of the person's go.
	FindRow RowErase = "find"
)

// inTheBin is the rule of everything that waits in the bin.
var inTheBin = Rule{After: "deleted_at", Days: 30}

// Withhold keeps a column out of the person's package and says why.
func Withhold(reason string) Access { return Access(reason) }

// DataMap returns every table. Its parts stand beside the methods that use them.
func DataMap() []Table {
	return slices.Concat(
		settingsTables, teamTables, connectionTables, contactTables, companyTables, tagTables, fieldTables, viewTables,
		pipelineTables, dealTables, leadTables, productTables, operationTables, undoTables, duplicateTables, importTables, fileTables, noticeTables, taskTables, inboxTables,
		inboundTables, consentTables, ledgerTables, privacyTables, vaultTables, disclosureTables, eventTables, auditTables,
		searchTables, jobTables, systemTables,
	)
}

var systemTables = []Table{{Name: "goose_db_version", Purpose: "running", Retain: Rule{Keep: "the version of the schema"}, Columns: []Columns{
	{Names: "id version_id is_applied tstamp", Category: Plain},
}}}

// checkDataMap refuses a column without an entry and an entry without a column.
func (s *Store) checkDataMap(ctx context.Context) error {
	left, err := list(ctx, &s.Reader, "store.checkDataMap", s.eng.columns(), scanText)
	if err != nil {
		return err
	}
	return compareMap(DataMap(), s.eng.name(), left)
}

// compareMap tells how the map differs from the columns that an engine has.
func compareMap(tables []Table, engine string, columns []string) error {
	left := make(map[string]bool, len(columns))
	for _, name := range columns {
		left[name] = true
	}
	var missing []string
	for _, table := range tables {
		if table.Engine != "" && table.Engine != engine {
			continue
		}
		for _, group := range table.Columns {
			for column := range strings.FieldsSeq(group.Names) {
				name := table.Name + "." + column
				if !left[name] {
					missing = append(missing, name)
				}
				delete(left, name)
			}
		}
	}
	if len(missing) == 0 && len(left) == 0 {
		return nil
	}
	var extra []string
	for name := range left {
		extra = append(extra, name)
	}
	slices.Sort(extra)
	return fmt.Errorf("%w: no column for the entries %v, no entry for the columns %v", errDataMap, missing, extra)
}
