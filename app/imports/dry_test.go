package imports_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"stead/app/imports"
	"stead/store"
)

// someFile is a file in which people come again, share numbers and addresses,
// change their names, and are named by half.
func someFile(t *rapid.T, label string) string {
	pick := func(what string, of ...string) string { return rapid.SampledFrom(of).Draw(t, label+what) }
	var b strings.Builder
	b.WriteString("Name,Phone,Mobile,Email,Company,Job title,Tags,City,Notes,Language,Shoe size,Do not call\n")
	for range rapid.IntRange(1, 14).Draw(t, label+"rows") {
		fmt.Fprintf(&b, "%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s\n",
			pick("name", "Ana Costa", "ana costa", "Ana Berg", "Bo Berg", "Ci Chen", "Dana Erased", ""),
			pick("phone", "", "", "503 555 0101", "+15035550101", "503 555 0102", "503 555 0103", "call me", "1.5E+10", "503 555 0199"),
			pick("mobile", "", "", "", "503 555 0102", "503 555 0104"),
			pick("email", "", "", "a@x.example", "A@X.example", "b@x.example", "info@x.example", "info@x.example", "nothing"),
			pick("company", "", "Acme", "ACME", "Solo", "Base Ltd"), pick("role", "", "Boss", "Buyer"), pick("tags", "", "red", "red;blue", "Base"),
			pick("city", "", "Lima", "Rome"), pick("notes", "", "Careful"), pick("language", "", "de", "en", "klingonisch"), pick("shoe", "", "38", "40", "huge"), pick("calls", "", "", "yes"))
	}
	return b.String()
}

// withHistory is a desk at which somebody was erased and somebody is in the bin.
func withHistory(t *testing.T) *desk {
	t.Helper()
	d := newDesk(t)
	first := job("a.csv", "Name,Phone,Shoe size\nDana Erased,503 555 0199,36\nBin Ned,503 555 0104,37\n")
	first.Map = map[string]string{"Shoe size": "new:number"}
	d.bring(first)
	if _, err := d.App.Privacy.Erase(t.Context(), d.owner, d.person("Dana Erased").ID); err != nil {
		t.Fatal(err)
	}
	ned := d.person("Bin Ned").ID
	d.Change("contact.deleted", ned, func(tx *store.Tx) error {
		return tx.BinContacts(t.Context(), []string{ned}, d.owner.ID, d.Clock.Now().UnixMilli())
	})
	return d
}

// What a dry run counts is what the import then does, in every mode, and taking
// it back restores every row that was there before.
func TestADryRunCountsWhatHappensAndUndoRestores(t *testing.T) {
	var d *desk
	var empty map[string][]string
	rapid.Check(t, func(r *rapid.T) {
		if d == nil { // the first time, or what failed has left it in disorder
			d = withHistory(t)
			empty = d.dump()
		}
		desk := d
		d = nil
		base := desk.bring(job("base.csv", someFile(r, "base ")))
		before := desk.dump()
		mode := rapid.SampledFrom([]string{store.ImportAdd, store.ImportFill, store.ImportOverwrite}).Draw(r, "mode")
		match := rapid.SampledFrom([]string{store.MatchPhone, store.MatchEmail, store.MatchBoth}).Draw(r, "match")
		text := someFile(r, "")
		ask := func(dry bool) imports.Job {
			j := job("next.csv", text)
			j.Mode, j.MatchBy, j.DryRun = mode, match, dry
			return j
		}
		would, err := desk.svc.Do(t.Context(), desk.owner, ask(true), nil)
		desk.ok(err)
		if changed := differing(before, desk.dump()); changed != nil {
			r.Fatalf("a dry run changed %q", changed)
		}
		did := desk.bring(ask(false))
		if would.ImportCounts != did.ImportCounts {
			r.Fatalf("%s by %s: would be %+v, is %+v of\n%s", mode, match, would.ImportCounts, did.ImportCounts, text)
		}
		undone, err := desk.svc.TakeBack(t.Context(), desk.owner, did.ID, nil)
		desk.ok(err)
		if changed := differing(before, desk.dump()); changed != nil || undone.Kept != 0 {
			r.Fatalf("%s by %s: taken back, %d are kept, other than before: %q", mode, match, undone.Kept, changed)
		}
		_, err = desk.svc.TakeBack(t.Context(), desk.owner, base.ID, nil)
		desk.ok(err)
		if changed := differing(empty, desk.dump()); changed != nil {
			r.Fatalf("taken back as well, other than at first: %q", changed)
		}
		d = desk
	})
}

// Where a batch ends changes nothing: people who come again far below, with
// another number each time, are known again, in the dry run as in the import.
func TestADryRunOfManyRows(t *testing.T) {
	var b strings.Builder
	b.WriteString("Name,Phone,Email,City,Tags\n")
	rows := 2500
	if testing.Short() { // still several batches, and people who come again
		rows = 1000
	}
	for i := range rows {
		who := i * 7919 % 900
		mail := fmt.Sprintf("p%d@x.example", who)
		if i%50 == 0 {
			mail = "info@x.example"
		}
		fmt.Fprintf(&b, "Person %d,+1 503 %03d %04d,%s,Town %d,t%d\n", who, 200+who%500, (who+i/1800)%10_000, mail, i%3, i%40)
	}
	d := newDesk(t)
	before := d.dump()
	for _, mode := range []string{store.ImportAdd, store.ImportFill, store.ImportOverwrite} {
		t.Run(mode, func(t *testing.T) {
			j := job("a.csv", b.String())
			j.Mode = mode
			dry := j
			dry.DryRun, dry.File = true, strings.NewReader(b.String())
			would, err := d.svc.Do(t.Context(), d.owner, dry, nil)
			d.ok(err)
			did := d.bring(j)
			if would.ImportCounts != did.ImportCounts || did.Created > 1000 {
				t.Errorf("would be %+v, is %+v", would.ImportCounts, did.ImportCounts)
			}
			_, err = d.svc.TakeBack(t.Context(), d.owner, did.ID, nil)
			d.ok(err)
			d.same(before, d.dump())
		})
	}
}
