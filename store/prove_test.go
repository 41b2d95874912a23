package store

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf16"
)

func openTemp(t *testing.T) (*Store, string) {
	t.Helper()
	dir := t.TempDir()
	st, err := OpenSQLite(t.Context(), filepath.Join(dir, "stead.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	return st, dir
}

func inTx(t *testing.T, st *Store, fn func(ctx context.Context, tx *Tx) error) {
	t.Helper()
	if err := st.InTx(t.Context(), func(tx *Tx) error { return fn(t.Context(), tx) }); err != nil {
		t.Fatal(err)
	}
}

// person inserts a contact with everything that a needle could be.
func person(t *testing.T, st *Store, id, name, number, email string) {
	t.Helper()
	inTx(t, st, func(ctx context.Context, tx *Tx) error {
		return tx.InsertContact(ctx, Contact{ID: id, Name: name, About: "met at the fair", Source: "manual"},
			[]Phone{{ID: id + "-p", Typed: number, E164: "+" + digits(number)}},
			[]Email{{ID: id + "-e", Typed: email}})
	})
}

// forget removes a contact as erasure does, without its engine.
func forget(t *testing.T, st *Store, id string) {
	t.Helper()
	inTx(t, st, func(ctx context.Context, tx *Tx) error {
		if err := tx.UnindexText(ctx, "contact", id); err != nil {
			return err
		}
		for _, q := range []string{
			`DELETE FROM contact_phones WHERE contact_id = $1`, `DELETE FROM contact_emails WHERE contact_id = $1`,
			`DELETE FROM provenances WHERE contact_id = $1`, `DELETE FROM contacts WHERE id = $1`,
		} {
			if _, err := tx.exec(ctx, "forget", q, id); err != nil {
				return err
			}
		}
		return nil
	})
}

func mustProve(t *testing.T, st *Store, dir string, needles ...Needle) Proof {
	t.Helper()
	proof, err := st.Prove(t.Context(), dir, needles)
	if err != nil {
		t.Fatal(err)
	}
	return proof
}

func (p Proof) at(store string) ProofStore {
	for _, s := range p.Stores {
		if s.Store == store {
			return s
		}
	}
	return ProofStore{}
}

func erased(texts ...string) []Needle {
	var out []Needle
	for _, text := range texts {
		n := NeedleOf(text)
		n.Erased = true
		out = append(out, n)
	}
	return out
}

func TestProveFindsThePersonAndNothingOnceTheyAreGone(t *testing.T) {
	st, dir := openTemp(t)
	person(t, st, "c1", "José Kowalczykowski", "+48 601 234 567", "jk@przyklad.example")
	person(t, st, "c2", "Anna Nowak", "+48 602 765 432", "anna@przyklad.example")

	for _, text := range []string{"José Kowalczykowski", "jose kowalczykowski", "KOWALCZYKOWSKI", "601234567", "+48 601-234-567", "765432106", "jk@przyklad.example"} {
		proof := mustProve(t, st, dir, NeedleOf(text))
		if proof.at("database").Hits+proof.at("wal").Hits == 0 {
			t.Errorf("%q is there and was not found: %+v", text, proof)
		}
	}
	if proof := mustProve(t, st, dir, NeedleOf("José Kowalczykowski")); proof.at("fts:search_words").Shared != 2 || proof.at("fts:search_parts").Shared == 0 {
		t.Errorf("the vocabulary does not show the two words of the name: %+v", proof.Stores)
	}

	forget(t, st, "c1")
	proof := mustProve(t, st, dir, erased("José Kowalczykowski", "+48 601 234 567", "jk@przyklad.example")...)
	if proof.Hits != 0 || proof.Readers || len(proof.Unread) > 0 {
		t.Errorf("traces are left: %+v", proof)
	}
}

func TestProveSharesWhatLivingPeopleHave(t *testing.T) {
	st, dir := openTemp(t)
	person(t, st, "c1", "Marlene Winterfeld", "+49 30 901820", "m@winterfeld.example")
	person(t, st, "c2", "Marlene Winterfeld", "+49 30 5550177", "mw@example.org")
	forget(t, st, "c1")

	proof := mustProve(t, st, dir, erased("Marlene Winterfeld", "+49 30 901820")...)
	if proof.Hits != 0 || proof.Shared == 0 {
		t.Errorf("the namesake's own rows count as a trace: %+v", proof)
	}
	// Nobody of that name was erased: then it is simply there.
	if proof := mustProve(t, st, dir, NeedleOf("Marlene Winterfeld")); proof.Hits == 0 {
		t.Errorf("a person who is there was not found: %+v", proof)
	}
	// A word of the name is everybody's.
	if proof := mustProve(t, st, dir, NeedleOf("Marlene Sommerfeld")); proof.Hits != 0 || proof.Shared == 0 {
		t.Errorf("a first name counts as a trace: %+v", proof)
	}
}

func TestProveLooksIntoRowsThatNobodyOwns(t *testing.T) {
	st, dir := openTemp(t)
	person(t, st, "c2", "Anna Nowak", "+48 602 765 432", "anna@przyklad.example")
	inTx(t, st, func(ctx context.Context, tx *Tx) error {
		return tx.Emit(ctx, Event{ID: "e1", Kind: "x.y", Subject: "s", Data: `{"leak":"Piotr Zielony"}`})
	})
	if proof := mustProve(t, st, dir, erased("Piotr Zielony")...); proof.Hits == 0 {
		t.Errorf("a name in an event's data was not found: %+v", proof)
	}
}

func TestProveLooksIntoEveryFile(t *testing.T) {
	const name = "Zoë Brandenburger"
	wide := func() (b []byte) {
		for _, u := range utf16.Encode([]rune(name)) {
			b = append(b, byte(u), byte(u>>8))
		}
		return b
	}()
	for what, text := range map[string]string{
		"as it is":              name,
		"capitals":              strings.ToUpper(name),
		"without accents":       "zoe brandenburger",
		"in an address":         "/contacts?q=" + url.QueryEscape(name),
		"in JSON":               `{"name":"Zo\u00eb Brandenburger"}`,
		"quoted-printable":      "Zo=C3=AB Brandenburger",
		"in HTML":               "<b>Zo&#235; Brandenburger</b>", // by its second word
		"UTF-16":                "x" + string(wide),
		"base64":                base64.StdEncoding.EncodeToString([]byte(name)),
		"base64, one byte on":   base64.StdEncoding.EncodeToString([]byte(" " + name + ", painter")),
		"base64, two bytes on":  base64.URLEncoding.EncodeToString([]byte("1 " + name + ", painter")),
		"across a chunk's edge": strings.Repeat("-", chunk-7) + name,
		"at the very end":       strings.Repeat("-", 3*chunk) + name,
	} {
		t.Run(what, func(t *testing.T) {
			st, dir := openTemp(t)
			if err := os.MkdirAll(filepath.Join(dir, "tmp"), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, "tmp", "left.log"), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			proof := mustProve(t, st, dir, erased(name)...)
			if got := proof.at("tmp/left.log").Hits; got == 0 {
				t.Errorf("not found: %+v", proof.Stores)
			}
			if proof.at("database").Hits != 0 {
				t.Errorf("found where it is not: %+v", proof.Stores)
			}
		})
	}
}

func TestProveLeavesEncryptedBackupsOutAndReadsFileNames(t *testing.T) {
	st, dir := openTemp(t)
	for _, name := range []string{"stead-1.age", "Brandenburger.csv"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("of Hermine Brandenburger"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	proof := mustProve(t, st, dir, erased("Brandenburger")...)
	if proof.at("file names").Hits != 1 || proof.at("Brandenburger.csv").Hits == 0 || proof.at("stead-1.age").Hits != 0 {
		t.Errorf("stores = %+v", proof.Stores)
	}
}

func TestProveNamesWhatItCannotProve(t *testing.T) {
	st, dir := openTemp(t)
	proof := mustProve(t, st, dir, erased("Yes", "Kowalczyk", "Bo")...)
	if fmt.Sprint(proof.Unprovable) != "[0 2]" {
		t.Errorf("unprovable = %v, want the first and the third", proof.Unprovable)
	}
}

func TestTruncateTellsOfALongReader(t *testing.T) {
	st, dir := openTemp(t)
	person(t, st, "c1", "Kassandra Montgomery", "+44 20 7946 0188", "km@example.org")
	side, err := st.side(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer side.Close()
	reader, err := side.Query(`SELECT id FROM contacts`)
	if err != nil {
		t.Fatal(err)
	}
	if !reader.Next() {
		t.Fatal("no row to read")
	}
	forget(t, st, "c1")
	ctx, stop := context.WithTimeout(t.Context(), 400*time.Millisecond)
	defer stop()
	if err := st.Truncate(ctx); err == nil {
		t.Error("the log was said to be empty while a reader was open")
	} else if !errors.Is(err, ErrReaders) && !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	if err := errors.Join(reader.Err(), reader.Close()); err != nil { //nolint:sqlclosecheck // in the middle: what comes then is the test
		t.Fatal(err)
	}
	if err := st.Truncate(t.Context()); err != nil {
		t.Errorf("after the reader: %v", err)
	}
	if info, err := os.Stat(filepath.Join(dir, "stead.db-wal")); err != nil || info.Size() != 0 {
		t.Errorf("the log is %d bytes long, %v", info.Size(), err)
	}
}

func TestCompactGivesPagesBack(t *testing.T) {
	st, dir := openTemp(t)
	inTx(t, st, func(ctx context.Context, tx *Tx) error {
		for i := range 2000 {
			if err := tx.Emit(ctx, Event{ID: fmt.Sprint(i), Kind: "x.y", Subject: "s", Data: strings.Repeat("x", 500)}); err != nil {
				return err
			}
		}
		return nil
	})
	if err := st.Truncate(t.Context()); err != nil {
		t.Fatal(err)
	}
	before, _ := os.Stat(filepath.Join(dir, "stead.db"))
	inTx(t, st, func(ctx context.Context, tx *Tx) error {
		_, err := tx.exec(ctx, "empty", `DELETE FROM events`)
		return err
	})
	if err := errors.Join(st.Compact(t.Context()), st.Truncate(t.Context())); err != nil {
		t.Fatal(err)
	}
	after, _ := os.Stat(filepath.Join(dir, "stead.db"))
	if after.Size() > before.Size()*2/3 {
		t.Errorf("the file went from %d to %d bytes", before.Size(), after.Size())
	}
}

func BenchmarkScan(b *testing.B) {
	var needles []Needle
	for i := range 60 {
		needles = append(needles, NeedleOf(fmt.Sprintf("Person%d Kowalczyk%d", i, i)))
	}
	patterns, _ := patternsOf(needles)
	scan := newScanner(patterns)
	text := []byte(strings.Repeat("a row of the database with words and +48601234567 ", 20000))
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		scan.bytes(text, make([]int64, len(patterns)))
	}
}
