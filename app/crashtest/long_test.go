package crashtest

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"stead/app/apptest"
	"stead/store/storetest"
)

// desk is the owner at their browser, in an installation that is killed.
type desk struct {
	*installation
	cookie string
}

// opened sets an installation up, starts it and signs its owner in.
func opened(t *testing.T) *desk {
	t.Helper()
	in := install(t, build(t), "http://127.0.0.1:9") // nobody is there
	in.must("setup", "--business", "Fern Street Repairs", "--country", "US", "--currency", "USD",
		"--timezone", "America/Los_Angeles", "--owner-name", "Ines Duarte", "--owner-email", email,
		"--password-file", in.file("password", password))
	in.start()
	in.ready()
	return &desk{in, in.signIn(t)}
}

// send posts a body and returns where the answer leads.
func (d *desk) send(path, kind string, body io.Reader) string {
	d.t.Helper()
	r, err := http.NewRequestWithContext(d.t.Context(), http.MethodPost, d.url(path), body)
	if err != nil {
		d.t.Fatal(err)
	}
	r.Header.Set("Content-Type", kind)
	r.Header.Set("Cookie", d.cookie)
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		d.t.Fatal(err, d.log())
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusSeeOther {
		d.t.Fatalf("%s: %d, %v\n%s", path, res.StatusCode, err, text)
	}
	return res.Header.Get("Location")
}

func (d *desk) post(path string, pairs ...string) string {
	d.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	return d.send(path, "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
}

func (d *desk) upload(name, text string) string {
	d.t.Helper()
	body, kind := apptest.Multipart(d.t, nil, apptest.File{Name: name, Text: text})
	return d.send("/imports/upload", kind, bytes.NewReader(body))
}

// number reads one number out of the database, beside the server or without it.
func (d *desk) number(query string) int {
	d.t.Helper()
	cells := storetest.Cells(d.t, filepath.Join(d.dir, "data", "stead.db"), "("+query+")")
	if len(cells) != 1 {
		d.t.Fatalf("%s: %q", query, cells)
	}
	n, err := strconv.Atoi(cells[0])
	if err != nil {
		d.t.Fatal(query, err)
	}
	return n
}

// until waits for a number to be reached and tells whether that came before the
// operation ended.
func (d *desk) until(query string, n int, operation string) bool {
	d.t.Helper()
	ended := `SELECT COUNT(*) FROM operations WHERE id = '` + operation + `' AND state NOT IN ('waiting', 'running')`
	for deadline := time.Now().Add(5 * time.Minute); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if d.number(query) >= n {
			return d.number(ended) == 0
		}
		if d.number(ended) > 0 {
			return false
		}
	}
	d.t.Fatalf("%s stays at %d\n%s", query, d.number(query), d.log())
	return false
}

// killed kills the server several times while an operation goes on, each time a
// little after its progress has come so far, starts it again and waits for the end.
func (d *desk) killed(rnd *rand.Rand, operation, progress string, total, kills int) {
	d.t.Helper()
	midway := 0
	for i := range kills {
		at := total * (2*i + 1) / (2*kills + 1)
		if !d.until(progress, at+rnd.IntN(total/20+1), operation) {
			break
		}
		d.kill()
		done := d.number(progress)
		d.start()
		d.ready()
		if midway++; done >= total {
			d.t.Logf("the kill at %d of %d came late", done, total)
		}
	}
	state := `SELECT COUNT(*) FROM operations WHERE id = '` + operation + `' AND state = 'done'`
	for deadline := time.Now().Add(5 * time.Minute); d.number(state) == 0; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) || d.number(`SELECT COUNT(*) FROM operations WHERE id = '`+operation+`' AND state IN ('failed', 'cancelled')`) > 0 {
			d.t.Fatalf("%s has not ended well\n%s", operation, d.log())
		}
	}
	if midway == 0 {
		d.t.Error("no kill came midway: the test shows nothing")
	}
}

// rows is what is kept of people.
func (d *desk) rows() map[string][]string {
	d.t.Helper()
	out := map[string][]string{}
	for _, table := range []string{
		"contacts", "contact_phones", "contact_emails", "contact_addresses", "contact_companies", "contact_tags", "contact_fields", "companies", "tags", "provenances", "search_docs",
	} {
		out[table] = storetest.Cells(d.t, filepath.Join(d.dir, "data", "stead.db"), table)
		slices.Sort(out[table])
	}
	return out
}

func (d *desk) same(before map[string][]string) {
	d.t.Helper()
	for table, cells := range d.rows() {
		if !slices.Equal(before[table], cells) {
			d.t.Errorf("%s is not what it was: %d cells, then %d", table, len(before[table]), len(cells))
		}
	}
}

func random(t *testing.T) *rand.Rand {
	t.Helper()
	if *seed == 0 {
		*seed = time.Now().UnixNano()
	}
	t.Logf("-seed %d", *seed)
	return rand.New(rand.NewPCG(uint64(*seed), 2))
}

// people of a file, with what becomes of its lines.
type crowd struct {
	text                              strings.Builder
	lines, blank, fresh, known, wrong int
}

// messyFile has in each hundred lines some that are blank, that go over two
// lines, that name somebody again, and that nothing can be made of.
func messyFile(records int) *crowd {
	c := &crowd{lines: 1}
	c.text.WriteString("Name,Phone,Email,City\n")
	line := func(format string, args ...any) {
		text := fmt.Sprintf(format, args...)
		c.text.WriteString(text)
		c.lines += strings.Count(text, "\n")
	}
	for i := range records {
		phone := fmt.Sprintf("+1503%07d", 2_000_000+i)
		switch i % 25 {
		case 3:
			line("\n")
			c.blank++
			fallthrough
		case 4:
			line("\"Two\nLines %d\",%s,,\"Fern\nHill\"\n", i, phone)
			c.fresh++
		case 9:
			line("Person %d,+1503%07d,,\n", i-1, 2_000_000+i-1) // the line before again
			c.known++
		case 14:
			line(",,no address,Nowhere\n")
			c.wrong++
		default:
			line("Person %d,%s,p%d@example.com,Fern Hill\n", i, phone, i)
			c.fresh++
		}
	}
	return c
}

// TestKillsDuringAnImport kills the server while it imports and while it takes
// the import back. No line is lost, none counts twice, and nothing is left.
func TestKillsDuringAnImport(t *testing.T) {
	n, kills := 12_000, 4
	if testing.Short() {
		n, kills = 4000, 2
	}
	rnd, d := random(t), opened(t)
	before := d.rows()
	file := messyFile(n)
	at := d.upload("people.csv", file.text.String())
	id := strings.TrimPrefix(at, "/imports/")
	d.post(at+"/columns", "column1", "name", "column2", "phone", "column3", "email", "column4", "city", "country", "US", "header", "on", "delimiter", ",", "go", "on")
	d.post(at+"/rules", "basis", "consent", "evidence", "form of 3 May", "mode", "add", "match", "both", "tags", "Imported")
	ready := `SELECT COUNT(*) FROM imports WHERE id = '` + id + `' AND state = 'ready'`
	d.until(ready, 1, "")
	d.post(at + "/run")
	operation := storetest.Cells(t, filepath.Join(d.dir, "data", "stead.db"), "(SELECT operation_id FROM imports)")[0]
	d.killed(rnd, operation, `SELECT COUNT(*) FROM import_rows`, n, kills)
	for query, want := range map[string]int{
		`SELECT line_count FROM imports`:                                                    file.lines,
		`SELECT blank_lines FROM imports`:                                                   file.blank,
		`SELECT records FROM imports`:                                                       n,
		`SELECT created FROM imports`:                                                       file.fresh,
		`SELECT unchanged FROM imports`:                                                     file.known,
		`SELECT rejected FROM imports`:                                                      file.wrong,
		`SELECT COUNT(*) FROM import_rows`:                                                  n,
		`SELECT COUNT(DISTINCT line) FROM import_rows`:                                      n,
		`SELECT SUM(line_end - line + 1) FROM import_rows`:                                  file.lines - file.blank - 1,
		`SELECT COUNT(*) FROM contacts`:                                                     file.fresh,
		`SELECT COUNT(DISTINCT e164) FROM contact_phones`:                                   file.fresh,
		`SELECT COUNT(*) FROM contact_phones`:                                               file.fresh,
		`SELECT COUNT(*) FROM contact_tags`:                                                 file.fresh,
		`SELECT COUNT(*) FROM search_docs WHERE kind = 'contact'`:                           file.fresh,
		`SELECT COUNT(*) FROM notifications WHERE subject = '` + operation + `'`:            1,
		`SELECT COUNT(*) FROM events WHERE kind = 'import.done' AND subject = '` + id + `'`: 1,
	} {
		if got := d.number(query); got != want {
			t.Errorf("%s: %d, want %d", query, got, want)
		}
	}
	d.post(at + "/undo")
	operation = storetest.Cells(t, filepath.Join(d.dir, "data", "stead.db"), "(SELECT operation_id FROM imports)")[0]
	d.killed(rnd, operation, `SELECT undone FROM imports`, file.fresh, kills/2)
	d.stop()
	d.same(before)
	d.must("audit", "verify")
}
