package storetest

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"sync"
	"testing"

	"stead/store"
)

// places are where the stores that this package opened keep their rows: the
// driver and the address.
var places sync.Map // *store.Store → [2]string

// Unsearched has Crowd leave the search alone, which takes most of the time.
const Unsearched = "unsearched"

// The fields of the business's own that Crowd makes.
const (
	CrowdSize  = "field-size"  // a number, 0 to 99,999
	CrowdStage = "field-stage" // a choice of CrowdStages: stage-0 …
)

// How many of what there are in a crowd.
const (
	CrowdStages   = 8
	CrowdTags     = 523 // the first 3 a third of all have each, the next 20 one in twenty, the rest one in five hundred
	CrowdOwners   = 5   // user-1 … ; a sixth is nobody's
	crowdPerFirm  = 20
	crowdSurnames = 14
)

// CrowdID is the id of a contact of a crowd, from 0 on in the order of creation.
func CrowdID(i int) string { return fmt.Sprintf("00000000-0000-7000-8000-%012d", i) }

// CrowdTag is the id of a tag, from 0 on.
func CrowdTag(i int) string { return fmt.Sprintf("tag-%d", i) }

// CrowdCompany is the id of a company, from 0 on.
func CrowdCompany(i int) string { return fmt.Sprintf("firm-%d", i) }

// CrowdAt is when the first of a crowd was created; the last one a year later.
const CrowdAt = 1_760_000_000_000

// Crowd fills an empty store that this package opened with n contacts, each
// with a number, an address of mail, a place, a company, 3 tags and 2 fields.
// It writes rows beside the product's own code, at a hundred times its speed.
func Crowd(t testing.TB, st *store.Store, n int, how ...string) {
	t.Helper()
	at, ok := places.Load(st)
	if !ok {
		t.Fatal("storetest: this store was opened elsewhere")
	}
	place := at.([2]string)
	CrowdAtPlace(t, place[0], place[1], n, how...)
}

// CrowdAtPlace is Crowd for a database that somebody else opened: its driver
// and its path, or address.
func CrowdAtPlace(t testing.TB, driver, place string, n int, how ...string) {
	t.Helper()
	if driver == "sqlite" {
		place = "file:" + place + "?_pragma=busy_timeout(20000)&_pragma=synchronous(OFF)&_pragma=cache_size(-400000)&_pragma=temp_store(MEMORY)"
	}
	db, err := sql.Open(driver, place)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback() //nolint:errcheck // does nothing after Commit
	c := crowd{t: t, tx: tx, ctx: t.Context(), lite: driver == "sqlite"}
	c.fill(n, strings.Join(how, " ") == Unsearched)
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	if !c.lite {
		if _, err := db.ExecContext(t.Context(), `ANALYZE`); err != nil {
			t.Fatal(err)
		}
	}
}

type crowd struct {
	t    testing.TB
	tx   *sql.Tx
	ctx  context.Context
	lite bool
}

func (c crowd) run(query string) {
	c.t.Helper()
	if _, err := c.tx.ExecContext(c.ctx, query); err != nil {
		c.t.Fatalf("%v\n%s", err, query)
	}
}

// fill takes the secondary indexes off first and makes them in one go at the end.
func (c crowd) fill(n int, unsearched bool) {
	c.t.Helper()
	var indexes []string
	if c.lite {
		indexes = c.dropIndexes()
	}
	c.run(`CREATE TEMPORARY TABLE crowd AS WITH RECURSIVE s (i) AS (SELECT CAST(0 AS BIGINT) UNION ALL SELECT i + 1 FROM s WHERE i + 1 < ` + fmt.Sprint(n) + `)
		SELECT CAST(i AS BIGINT) AS i, ` + id("i") + ` AS id, ` + fmt.Sprint(int64(CrowdAt)) + ` + i * ` + fmt.Sprint(max(1, 31_536_000_000/n)) + ` AS made,
			CAST((CAST(i AS BIGINT) * 7919) % ` + fmt.Sprint(n) + ` AS BIGINT) AS mixed FROM s`)
	c.words(n)
	c.people(n)
	c.points()
	c.notions()
	if !unsearched {
		c.search()
	}
	for _, index := range indexes {
		c.run(index)
	}
	c.run(`DROP TABLE crowd`)
}

func (c crowd) dropIndexes() []string {
	c.t.Helper()
	rows, err := c.tx.QueryContext(c.ctx, `SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL AND (tbl_name LIKE 'contact%' OR tbl_name LIKE 'compan%' OR tbl_name = 'search_docs')`)
	if err != nil {
		c.t.Fatal(err)
	}
	defer rows.Close()
	var names, made []string
	for rows.Next() {
		var name, text string
		if err := rows.Scan(&name, &text); err != nil {
			c.t.Fatal(err)
		}
		names, made = append(names, name), append(made, text)
	}
	if err := rows.Err(); err != nil {
		c.t.Fatal(err)
	}
	for _, name := range names {
		c.run(`DROP INDEX ` + name)
	}
	return made
}

// id is an expression for CrowdID of one for a number.
func id(i string) string { return `'00000000-0000-7000-8000-' || ` + padded(i, 12) }

func padded(i string, width int) string {
	text := `CAST(` + i + ` AS TEXT)`
	return `substr('` + strings.Repeat("0", width) + `' || ` + text + `, length(` + text + `) + 1)`
}

// words are the tags, fields and companies.
func (c crowd) words(n int) {
	c.t.Helper()
	for i := range CrowdTags {
		c.run(fmt.Sprintf(`INSERT INTO tags (id, name, name_key, created_at) VALUES ('tag-%d', 'Tag %d', 'tag %d', 1)`, i, i, i))
	}
	choices := make([]string, CrowdStages)
	for i := range choices {
		choices[i] = fmt.Sprintf(`{"id":"stage-%d","name":"Stage %d"}`, i, i)
	}
	c.run(`INSERT INTO fields (id, record, name, name_key, kind, personal, position, created_at, updated_at) VALUES ('field-size', 'contact', 'Size', 'size', 'number', 0, 1, 1, 1)`)
	c.run(`INSERT INTO fields (id, record, name, name_key, kind, choices, personal, position, created_at, updated_at)
		VALUES ('field-stage', 'contact', 'Stage', 'stage', 'choice', '[` + strings.Join(choices, ",") + `]', 0, 2, 1, 1)`)
	c.run(`INSERT INTO companies (id, name, name_key, source, created_at, updated_at, last_activity_at)
		SELECT 'firm-' || i, 'Firm ' || i, 'firm ' || i, 'import', 1, 1, 1 FROM crowd WHERE i <= ` + fmt.Sprint(n/crowdPerFirm))
}

var (
	crowdFirsts = []string{"Ana", "Maria", "João", "Tomás", "Zoë", "Lucía", "Amara", "Kees", "Élodie", "Rohan", "Sofie", "Jonas", "Grace", "Mário", "Chiara", "Ingrid"}
	crowdLasts  = []string{"Sousa", "Okafor", "Müller", "Marín", "Weiß", "van Dijk", "Ricci", "Zieliński", "Mwangi", "Laurent", "Kulkarni", "Pedersen", "Marques", "Santos"}
	crowdCities = []string{"Porto", "Lisboa", "Gdańsk", "Leeds", "Cork", "Lyon", "Graz", "Malmö", "Utrecht", "Sevilla"}
)

// values is a table of words in both forms: column1 the number, column2 the
// word, column3 the folded one.
func values(words []string) string {
	rows := make([]string, len(words))
	for i, word := range words {
		rows[i] = fmt.Sprintf("(%d, '%s', '%s')", i, word, store.Fold(word))
	}
	return `(VALUES ` + strings.Join(rows, ", ") + `)`
}

const crowdPhone = `'+3519' || `

func (c crowd) people(n int) {
	c.t.Helper()
	number := crowdPhone + padded(`s.i * 7919 % 100000000`, 8)
	c.run(`INSERT INTO contacts (id, name, name_key, phone, phone_state, email, company, language, source, owner_id, created_at, updated_at, last_activity_at)
		SELECT s.id, f.column2 || ' ' || l.column2 || ' ' || (s.i % 977), f.column3 || ' ' || l.column3 || ' ' || (s.i % 977), ` + number + `, 'unknown',
			'person' || s.i || '@example.com', 'Firm ' || (s.i / ` + fmt.Sprint(crowdPerFirm) + `), CASE s.i % 3 WHEN 0 THEN 'pt' WHEN 1 THEN 'en' ELSE '' END,
			CASE s.i % 4 WHEN 0 THEN 'call' WHEN 1 THEN 'manual' ELSE 'import' END,
			CASE WHEN s.i % 6 = 0 THEN NULL ELSE 'user-' || (s.i % 6) END,
			s.made, s.made, s.made + s.mixed * ` + fmt.Sprint(max(1, 31_536_000_000/n)) + `
		FROM crowd s JOIN ` + values(crowdFirsts) + ` f ON f.column1 = s.i % ` + fmt.Sprint(len(crowdFirsts)) + `
			JOIN ` + values(crowdLasts) + ` l ON l.column1 = s.i / 7 % ` + fmt.Sprint(crowdSurnames) + ` ORDER BY s.i`)
}

func (c crowd) points() {
	c.t.Helper()
	digits := padded(`i * 7919 % 100000000`, 8)
	var reversed []string
	for at := 8; at > 0; at-- {
		reversed = append(reversed, fmt.Sprintf("substr(%s, %d, 1)", digits, at))
	}
	c.run(`INSERT INTO contact_phones (id, contact_id, typed, e164, match_key, reversed, position, created_at)
		SELECT 'p' || id, id, ` + crowdPhone + digits + `, ` + crowdPhone + digits + `, ` + crowdPhone + digits + `, ` + strings.Join(reversed, " || ") + ` || '9153', 0, made FROM crowd ORDER BY i`)
	c.run(`INSERT INTO contact_emails (id, contact_id, typed, match_key, position, created_at)
		SELECT 'e' || id, id, 'person' || i || '@example.com', 'person' || i || '@example.com', 0, made FROM crowd ORDER BY i`)
	c.run(`INSERT INTO contact_addresses (id, contact_id, city, country, position, created_at)
		SELECT 'a' || s.id, s.id, w.column2, CASE s.i % 2 WHEN 0 THEN 'PT' ELSE 'DE' END, 0, s.made FROM crowd s
		JOIN ` + values(crowdCities) + ` w ON w.column1 = s.i % ` + fmt.Sprint(len(crowdCities)) + ` ORDER BY s.i`)
}

func (c crowd) notions() {
	c.t.Helper()
	c.run(`INSERT INTO contact_companies (contact_id, company_id, position, created_at)
		SELECT id, 'firm-' || (i / ` + fmt.Sprint(crowdPerFirm) + `), 0, made FROM crowd ORDER BY i`)
	for _, tag := range []string{`i % 3`, `3 + i * 7 % 20`, `23 + i * 13 % 500`} {
		c.run(`INSERT INTO contact_tags (contact_id, tag_id) SELECT id, 'tag-' || (` + tag + `) FROM crowd ORDER BY i`)
	}
	c.run(`INSERT INTO contact_fields (contact_id, field_id, num) SELECT id, 'field-size', mixed % 100000 * 1000000 FROM crowd ORDER BY i`)
	c.run(`INSERT INTO contact_fields (contact_id, field_id, words, words_key)
		SELECT id, 'field-stage', 'stage-' || (mixed % ` + fmt.Sprint(CrowdStages) + `), 'stage-' || (mixed % ` + fmt.Sprint(CrowdStages) + `) FROM crowd ORDER BY i`)
}

// search makes the crowd findable by name, company, number and address of mail.
func (c crowd) search() {
	c.t.Helper()
	c.run(`INSERT INTO search_docs (id, kind, ref, contact_id, body)
		SELECT s.i + 1, 'contact', c.id, c.id, c.name_key || ' ' || lower(c.company) || ' ' || substr(c.phone, 2) || ' ' || c.email
		FROM crowd s JOIN contacts c ON c.id = s.id ORDER BY s.i`)
	if c.lite {
		c.run(`INSERT INTO search_words (search_words) VALUES ('rebuild')`)
		c.run(`INSERT INTO search_parts (search_parts) VALUES ('rebuild')`)
		return
	}
	c.run(`INSERT INTO search_words (id, words)
		SELECT id, array_to_tsvector(ARRAY(SELECT DISTINCT w FROM unnest(regexp_split_to_array(body, '[^[:alnum:]]+')) w WHERE w <> '')) FROM search_docs`)
}
