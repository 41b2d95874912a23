package exports

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"testing"

	"stead/store"
)

// furnish adds what is seldom: fields of all kinds, on people and on companies,
// who was merged and who was kept apart, views, the bin, and people as they come.
func (k *kit) furnish() {
	k.t.Helper()
	const at = 1_700_000_100_000
	k.tx(func(ctx context.Context, tx *store.Tx) error {
		values := map[string]store.Value{}
		var err error
		for i, kind := range []string{"text", "number", "money", "date", "choice", "yesno", "link"} {
			for _, record := range []string{"contact", "company"} {
				f := store.Field{ID: record + kind, Record: record, Name: "Own " + kind, NameKey: "own " + kind, Kind: kind, Personal: i%2 == 0, CreatedAt: at, UpdatedAt: at}
				if kind == "choice" {
					f.Choices = []store.Choice{{ID: "ch1", Name: "Größe, \"L\""}, {ID: "ch2", Name: "old", Gone: true}}
				}
				if kind == "money" {
					f.Currency = "EUR"
				}
				err = errors.Join(err, tx.InsertField(ctx, f))
			}
			values["contact"+kind] = value(kind)
		}
		err = errors.Join(err,
			tx.InsertCompany(ctx, store.Company{ID: "co2", Name: "Łódź \"Best\" GmbH", About: "=1+1\nand more", Industry: "Bakery", Source: "import", OwnerID: "u1", CreatedAt: at, UpdatedAt: at, LastActivityAt: at},
				[]store.CompanyPoint{{ID: "cp1", Kind: "phone", Typed: "503 555 0100", MatchKey: "+15035550100", CreatedAt: at}, {ID: "cp2", Kind: "email", Typed: "info@bakery.example", MatchKey: "info@bakery.example", CreatedAt: at}}),
			tx.InsertCompany(ctx, store.Company{ID: "co3", Name: "In the bin", Source: "manual", CreatedAt: at, UpdatedAt: at, LastActivityAt: at}, nil),
			tx.SetCompanyTags(ctx, "co2", []string{"t1"}),
		)
		for _, kind := range []string{"text", "number", "money", "date", "choice", "yesno", "link"} {
			v := value(kind)
			err = errors.Join(err, tx.SetValue(ctx, "company", "co2", "company"+kind, &v))
		}
		for i, name := range []string{strings.Repeat("Ünïcødé ", 37) + "ends", "日本 太郎", "محمد علي", "कुमार", "👩‍👩‍👧 family", "", "O'Brien; \"Bo\", <b>"} {
			id := fmt.Sprintf("w%d", i)
			c := store.Card{Contact: store.Contact{ID: id, Name: name, Source: "import", CreatedAt: at, UpdatedAt: at, LastActivityAt: at + int64(i)}}
			if i < 5 { // five share one address
				c.Emails = []store.Email{{ID: "we" + id, Typed: "Info@clinic.example", MatchKey: "info@clinic.example", CreatedAt: at}}
			}
			if i == 0 {
				c.Values, c.Tags, c.Companies = values, []string{"t1"}, []store.ContactCompany{{CompanyID: "co2", Role: "Buyer", Former: true, CreatedAt: at}}
			}
			if i == 5 {
				c.Phones = []store.Phone{{ID: "wp1", Typed: "503 555 0100 ext 5", E164: "+15035550100", CreatedAt: at}, {ID: "wp2", Typed: "72345", Position: 1, CreatedAt: at}, {ID: "wp3", Typed: "ask at the desk", Position: 2, CreatedAt: at}}
			}
			err = errors.Join(err, tx.InsertCard(ctx, c, store.Provenance{ID: "wpr" + id, ContactID: id, Source: "import", At: at}))
		}
		question, textErr := store.Question{Record: "contact", Any: true, Sort: "name", Columns: []string{"phone"}}.Text()
		return errors.Join(err, textErr,
			tx.InsertView(ctx, store.View{ID: "v1", Record: "contact", Name: "Mine", OwnerID: "u1", Query: question, Hash: "h1", CreatedAt: at}),
			tx.InsertView(ctx, store.View{ID: "v2", Record: "contact", Name: "Everybody's", OwnerID: "u1", Shared: true, Query: question, Hash: "h1", CreatedAt: at}),
			tx.InsertView(ctx, store.View{ID: "v3", Record: "contact", OwnerID: "u1", Query: question, Hash: "h1", CreatedAt: at, UsedAt: at}), // a draft
			tx.InsertNote(ctx, store.Note{ID: "n2", CompanyID: "co2", Body: "pinned", PinnedAt: at, Author: "u1", CreatedAt: at}),
			tx.InsertTask(ctx, store.Task{ID: "k2", ContactID: "w1", Kind: "todo", Title: "Water the 日本 plants", Body: "each week", OwnerID: "u1", DueAt: at, AllDay: true, Reminds: true, RemindAt: at, RemindBefore: 60, Repeats: "FREQ=WEEKLY", CreatedAt: at}),
			tx.KeepSeparate(ctx, "w1", "w2", "u1", at),
			tx.BinCompany(ctx, "co3", "u1", at), tx.BinContacts(ctx, []string{"w4"}, "u1", at),
			tx.Merge(ctx, store.Merging{Kept: "w0", Gone: "w3", ProvenanceID: "mpr", UndoID: "mu", Actor: "u1", At: at + 1}),
		)
	})
}

func value(kind string) store.Value {
	switch kind {
	case "text", "link":
		return store.Value{Words: "https://x.example/?a=1", WordsKey: "https://x.example/?a=1"}
	case "choice":
		return store.Value{Words: "ch2", WordsKey: "ch2"}
	case "date":
		return store.Value{Num: -86_400_000, IsNum: true} // before 1970
	}
	return store.Value{Num: 1, IsNum: true}
}

// Everything means everything: an archive of a house in which all there can be
// is, read into an empty one, is the same archive again.
func TestAnArchiveOfAFurnishedHouseReadInIsTheSame(t *testing.T) {
	a, b := newKit(t), newKit(t)
	a.populate()
	a.furnish()
	first := a.everything()
	if op, err := b.read(first); err != nil || op.State != store.OperationDone {
		t.Fatalf("read: %+v, %v", op, err)
	}
	if second := b.everything(); sha256.Sum256(first) != sha256.Sum256(second) {
		differ(t, first, second)
	}
	all := contents(t, first)
	for name, want := range map[string]int{
		"contacts": 8, "companies": 3, "company_points": 2, "fields": 16, "deals": 2, "stages": 3, "deal_stays": 4, "deal_outcomes": 1, "deal_lines": 1, "deal_contacts": 1, "deal_tags": 1, "deal_fields": 1, "products": 1, "pipelines": 1, "company_fields": 7, "contact_fields": 8, "views": 2, "merges": 1, "duplicates": 1, "notes": 2, "tasks": 2, "contact_emails": 5,
	} {
		if got := strings.Count(all["data/"+name+".jsonl"], "\n"); got != want {
			t.Errorf("%s: %d rows, want %d\n%s", name, got, want, all["data/"+name+".jsonl"])
		}
	}
	if found, err := b.st.Search(t.Context(), store.Everything, "deal", "roof", store.Page{}); err != nil || len(found) != 1 {
		t.Errorf("the deal is found %d times (%v)", len(found), err)
	}
	for query, want := range map[string]int{"太郎": 1, "clinic": 3, "72345": 1, "कुमार": 0} {
		if found, err := b.st.Search(t.Context(), store.Everything, "contact", query, store.Page{}); err != nil || len(found) != want {
			t.Errorf("%q finds %d (%v), want %d", query, len(found), err, want)
		}
	}
}
