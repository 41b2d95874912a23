package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// path is the file of the database; empty when the engine keeps none.
func (s *Store) path(ctx context.Context) (string, error) {
	if s.eng.name() != "sqlite" {
		return "", nil
	}
	var path string
	err := s.q.QueryRowContext(ctx, `SELECT file FROM pragma_database_list WHERE name = 'main'`).Scan(&path)
	return path, s.fault("store.path", err)
}

// ownFiles lists the database's own files.
func (s *Store) ownFiles(ctx context.Context) ([]ownFile, error) {
	path, err := s.path(ctx)
	if path == "" {
		return nil, err
	}
	return []ownFile{{"database", path}, {"wal", path + "-wal"}, {"shm", path + "-shm"}}, err
}

// side is one more connection, for what neither pool may do: temporary tables
// and long reads. It is nil when the engine keeps no file.
func (s *Store) side(ctx context.Context) (*sql.DB, error) {
	path, err := s.path(ctx)
	if path == "" || err != nil {
		return nil, err
	}
	return openPool(path, 1)
}

// proveVocabulary asks the full-text indexes for the words of the needles: a
// term is stored without the letters that it shares with the one before it, so
// its bytes prove nothing.
func (s *Store) proveVocabulary(ctx context.Context, side *sql.DB, needles []Needle, proof *Proof) error {
	if side == nil {
		return nil
	}
	tables, err := ftsTables(ctx, side)
	if err != nil {
		return s.fault("store.proveVocabulary", err)
	}
	for _, t := range tables {
		f := finding{store: "fts:" + t.name}
		terms, err := t.found(ctx, side, t.terms(needles))
		if err != nil {
			return s.fault("store.proveVocabulary", err)
		}
		owned, err := ownedTerms(ctx, side, terms)
		if err != nil {
			return s.fault("store.proveVocabulary", err)
		}
		for range terms {
			f.counts = append(f.counts, 1)
		}
		proof.add(f, func(i int) bool { return owned[i] })
	}
	return nil
}

type ftsTable struct {
	name     string
	trigrams bool
}

func ftsTables(ctx context.Context, side *sql.DB) ([]ftsTable, error) {
	rows, err := side.QueryContext(ctx, `
		SELECT name, instr(sql, 'trigram') FROM sqlite_schema
		WHERE type = 'table' AND sql LIKE 'CREATE VIRTUAL TABLE%USING fts5(%' ORDER BY name`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []ftsTable
	for rows.Next() {
		var t ftsTable
		var at int64
		if err := rows.Scan(&t.name, &at); err != nil {
			return nil, err
		}
		t.trigrams = at > 0
		out = append(out, t)
	}
	return out, rows.Err()
}

// terms are what an index would hold of the needles: not of long texts, whose
// words are everybody's.
func (t ftsTable) terms(needles []Needle) []string {
	seen := map[string]bool{}
	var out []string
	add := func(term string) {
		if term != "" && !seen[term] {
			seen[term] = true
			out = append(out, term)
		}
	}
	for _, n := range needles {
		if n.Kind == Content && len(strings.Fields(n.Text)) > maxNameWords {
			continue
		}
		list := words(Fold(n.Text))
		if n.Kind == PhoneNumber {
			d := digits(n.Text)
			list = []string{d, strings.TrimLeft(d, "0"), d[max(0, len(d)-phoneTail):]}
		}
		for _, word := range list {
			if !t.trigrams {
				add(word)
				continue
			}
			for letters := []rune(word); len(letters) >= 3; letters = letters[1:] {
				add(string(letters[:3]))
			}
		}
	}
	return out
}

// found returns those of terms that the index holds.
func (t ftsTable) found(ctx context.Context, side *sql.DB, terms []string) ([]string, error) {
	vocab := "vocabulary_of_" + t.name
	_, err := side.ExecContext(ctx, fmt.Sprintf(`CREATE VIRTUAL TABLE temp.%s USING fts5vocab('main', '%s', 'row')`, vocab, t.name))
	if err != nil {
		return nil, err
	}
	ask, err := side.PrepareContext(ctx, `SELECT term FROM temp.`+vocab+` WHERE term = $1`) //nolint:gosec // the schema's own name
	if err != nil {
		return nil, err
	}
	defer ask.Close()
	var out []string
	for _, term := range terms {
		var there string
		switch err := ask.QueryRowContext(ctx, term).Scan(&there); {
		case err == nil:
			out = append(out, term)
		case !errors.Is(err, sql.ErrNoRows):
			return nil, err
		}
	}
	return out, nil
}

// ownedTerms tells which terms a living person's entry in the index explains.
func ownedTerms(ctx context.Context, side *sql.DB, terms []string) ([]bool, error) {
	owned := make([]bool, len(terms))
	if len(terms) == 0 {
		return owned, nil
	}
	rows, err := side.QueryContext(ctx, `SELECT body FROM search_docs WHERE contact_id IS NULL OR contact_id IN (SELECT id FROM contacts)`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for left := len(terms); left > 0 && rows.Next(); {
		var body string
		if err := rows.Scan(&body); err != nil {
			return nil, err
		}
		for i, term := range terms {
			if !owned[i] && strings.Contains(body, term) {
				owned[i] = true
				left--
			}
		}
	}
	return owned, rows.Err()
}

// ownTables hold what the business says of itself.
var ownTables = map[string]bool{"business": true, "settings": true, "users": true, "lines": true, "connections": true}

// looseTables hold rows about a company or the business beside those of persons:
// what names a person whole in them was deleted with them.
var looseTables = map[string]bool{"notes": true, "tasks": true, "files": true, "search_docs": true, "undo_rows": true}

// isFirm tells that a table is about companies and words of the business, or
// was searched for what is a person's own.
func (t Table) isFirm() bool {
	return t.Subject == "" && (t.Rows == FindRow || slices.ContainsFunc(t.Columns, func(g Columns) bool { return g.Category == Firm }))
}

// eachLivingCell gives every text that stands in a row of a person who is
// there, in one of the business's own, or in the schema and its fixed words.
func (s *Store) eachLivingCell(ctx context.Context, side *sql.DB, give func(string)) error {
	queries := []string{
		`SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL`,
		`SELECT DISTINCT action FROM audit`,
	}
	for _, t := range DataMap() {
		if t.Engine == "" || t.Engine == s.eng.name() {
			if query := livingQuery(t); query != "" {
				queries = append(queries, query)
			}
		}
	}
	for _, query := range queries {
		if err := eachCell(ctx, side, query, give); err != nil {
			return s.fault("store.eachLivingCell", err)
		}
	}
	return nil
}

// livingQuery reads the readable columns of the rows of t that have an owner.
func livingQuery(t Table) string {
	var columns []string
	for _, group := range t.Columns {
		if group.Category != Sealed && group.Category != Secret && group.Category != Hash {
			columns = append(columns, strings.Fields(group.Names)...)
		}
	}
	query := `SELECT ` + strings.Join(columns, ", ") + ` FROM ` + t.Name
	const living = ` IN (SELECT id FROM contacts)`
	via, to, indirect := strings.Cut(t.Subject, ">")
	switch {
	case t.Subject == "self", ownTables[t.Name], t.isFirm():
		return query
	case looseTables[t.Name]:
		return query + ` WHERE ` + t.Subject + ` IS NULL OR ` + t.Subject + living
	case indirect:
		table, column, _ := strings.Cut(to, ".")
		return query + ` WHERE ` + via + ` IN (SELECT id FROM ` + table + ` WHERE ` + column + living + `)`
	case t.Subject != "":
		return query + ` WHERE ` + t.Subject + living
	}
	return ""
}

func eachCell(ctx context.Context, side *sql.DB, query string, give func(string)) error {
	rows, err := side.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return err
	}
	cells := make([]any, len(names))
	into := make([]any, len(names))
	for i := range cells {
		into[i] = &cells[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		for _, cell := range cells {
			if text, ok := cell.(string); ok {
				give(text)
			}
		}
	}
	return rows.Err()
}
