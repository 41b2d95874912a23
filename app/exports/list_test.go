package exports

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/xml"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/tabular"
	"stead/store"
)

// list is a list as somebody gets it.
func (k *kit) list(actor access.Actor, l List) (string, error) {
	var b bytes.Buffer
	err := k.WriteList(context.Background(), actor, l, &b)
	return b.String(), err
}

func TestAListAsCSV(t *testing.T) {
	k := newKit(t)
	k.populate()
	text, err := k.list(k.boss, List{Record: "contact", Form: CSV})
	k.must(err)
	if !strings.HasPrefix(text, tabular.BOM) || strings.Count(text, "\r\n") < 2 {
		t.Errorf("no mark, or other line ends: %q", text)
	}
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, tabular.BOM))).ReadAll()
	k.must(err)
	if len(rows) != 2 {
		t.Fatalf("%d rows, want the heading and one: who is in the bin stays there", len(rows))
	}
	row := map[string]string{}
	for i, title := range rows[0] {
		row[title] = rows[1][i]
	}
	for title, want := range map[string]string{
		"Phone": "+351912345678", "Phone 2": "62009", "Email": "Ana@Willow.example", "Company": "Willow & Sons", "Role": "Boss",
		"Tags": "VIP", "Größe": "1.75", "City": "Łódź", "Owner": "Olga Owner", "Restricted": "yes",
	} {
		if row[title] != want {
			t.Errorf("%s is %q, want %q", title, row[title], want)
		}
	}
	few, err := k.list(k.boss, List{Record: "contact", Form: CSV, IDs: []string{"c1", "c2", "gone"}, Columns: []string{"phone"}})
	k.must(err)
	if head, _, _ := strings.Cut(few, "\r\n"); head != tabular.BOM+"Name,Phone,Phone 2,Phone 3" || strings.Contains(few, "bin") {
		t.Errorf("chosen columns and records: %q", few)
	}
	firms, err := k.list(k.boss, List{Record: "company", Form: CSV})
	k.must(err)
	if !strings.Contains(firms, "Willow & Sons") {
		t.Errorf("companies: %q", firms)
	}
}

func TestAListAsAWorkbook(t *testing.T) {
	k := newKit(t)
	k.populate()
	text, err := k.list(k.boss, List{Record: "contact", Form: XLSX})
	k.must(err)
	z, err := zip.NewReader(strings.NewReader(text), int64(len(text)))
	k.must(err)
	for _, f := range z.File {
		in, err := f.Open()
		k.must(err)
		body, err := io.ReadAll(in)
		k.must(err)
		for dec := xml.NewDecoder(bytes.NewReader(body)); ; {
			_, err := dec.Token()
			if err == io.EOF { //nolint:errorlint // as the decoder returns it
				break
			}
			if err != nil {
				t.Fatalf("%s is no XML: %v", f.Name, err)
			}
		}
		if f.Name != "xl/worksheets/sheet1.xml" {
			continue
		}
		if s := string(body); !strings.Contains(s, `<t xml:space="preserve">+351912345678</t>`) || !strings.Contains(s, "<v>1.75</v>") || strings.Contains(s, "<f>") {
			t.Errorf("the sheet: %s", s)
		}
	}
}

func TestAListAsCards(t *testing.T) {
	k := newKit(t)
	k.populate()
	text, err := k.list(k.boss, List{Record: "contact", Form: VCard})
	k.must(err)
	for _, want := range []string{"BEGIN:VCARD\r\nVERSION:3.0\r\n", "TEL;TYPE=VOICE:+351912345678\r\n", `ADR;TYPE=POSTAL:;;Rua 1\n2º;Łódź;;;PT`, `ORG:Willow & Sons`, "END:VCARD\r\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
	for _, line := range strings.Split(text, "\r\n") {
		if len(line) > 75 || strings.ContainsAny(line, "\r\n") {
			t.Errorf("the line %q is %d bytes long", line, len(line))
		}
	}
	if _, err := k.list(k.boss, List{Record: "company", Form: VCard}); errs.KindOf(err) != errs.Invalid {
		t.Errorf("cards of companies: %v", err)
	}
}

// Each row is asked about: whose it is decides, and what may be seen of it.
func TestAListHoldsWhatItsMakerMayHave(t *testing.T) {
	k := newKit(t)
	k.populate()
	k.tx(func(ctx context.Context, tx *store.Tx) error {
		return tx.InsertContact(ctx, store.Contact{ID: "mine", Name: "Mine", Source: "manual", OwnerID: k.boss.ID}, []store.Phone{{ID: "mp", Typed: "+351912000000", E164: "+351912000000"}}, nil)
	})
	narrow := access.Actor{ID: k.boss.ID, Kind: access.User, May: map[access.Permission]access.Reach{access.ContactsExport: access.Own, access.ContactsRead: access.All, access.PersonalSee: access.All}}
	for _, l := range []List{{Record: "contact", Form: CSV}, {Record: "contact", Form: CSV, IDs: []string{"c1", "mine"}}} {
		if text, err := k.list(narrow, l); err != nil || strings.Contains(text, "Ana") || !strings.Contains(text, "Mine") {
			t.Errorf("out of reach: %q, %v", text, err)
		}
	}
	veiled := access.Actor{ID: k.boss.ID, Kind: access.User, May: map[access.Permission]access.Reach{access.ContactsExport: access.All, access.ContactsRead: access.All}}
	for _, form := range []string{CSV, XLSX, VCard} {
		text, err := k.list(veiled, List{Record: "contact", Form: form})
		if err != nil || strings.Contains(text, "912345678") || strings.Contains(text, "Ana@") || strings.Contains(text, "Rua") || strings.Contains(text, "1.75") {
			t.Errorf("%s shows what is veiled: %q, %v", form, text, err)
		}
	}
	nobody := access.Actor{ID: "u9", Kind: access.User, May: map[access.Permission]access.Reach{access.ContactsRead: access.All}}
	if _, err := k.list(nobody, List{Record: "contact", Form: CSV}); errs.KindOf(err) != errs.Denied {
		t.Errorf("without the right: %v", err)
	}
}

// crowd adds many contacts.
func (k *kit) crowd(n int) {
	for from := 0; from < n; from += 1000 {
		k.tx(func(ctx context.Context, tx *store.Tx) error {
			for i := from; i < min(from+1000, n); i++ {
				id := fmt.Sprintf("c%07d", i)
				number := fmt.Sprintf("+3519%08d", i)
				if err := tx.InsertContact(ctx, store.Contact{ID: id, Name: "Person " + id, Source: "manual", CreatedAt: 1, UpdatedAt: 1, LastActivityAt: int64(i)}, []store.Phone{{ID: id + "p", Typed: number, E164: number}}, nil); err != nil {
					return err
				}
			}
			return nil
		})
	}
}

func TestALongListIsMadeBeside(t *testing.T) {
	k := newKit(t)
	k.crowd(small + 1)
	id, err := k.Export(t.Context(), k.boss, List{Record: "contact", Form: CSV, Columns: []string{"phone"}})
	if err != nil || id == "" {
		t.Fatalf("operation %q, %v", id, err)
	}
	op, err := k.Work.Drive(t.Context(), id, func(store.Operation) {})
	if err != nil || op.State != store.OperationDone || op.Changed != small+1 {
		t.Fatalf("%+v, %v", op, err)
	}
	made, err := k.Fetch(t.Context(), k.boss, id)
	k.must(err)
	in, err := k.Blobs.Open(t.Context(), made.File)
	k.must(err)
	defer in.Close()
	text, err := io.ReadAll(in)
	if err != nil || bytes.Count(text, []byte("\r\n")) != small+2 {
		t.Errorf("%d lines, %v", bytes.Count(text, []byte("\r\n")), err)
	}
	if _, err := k.Fetch(t.Context(), access.Owner("u9"), id); errs.KindOf(err) != errs.NotFound {
		t.Errorf("somebody else fetches it: %v", err)
	}
}

// BenchmarkExport tells rate and memory of a list of 10,000 and of 100,000.
func BenchmarkExport(b *testing.B) {
	for _, n := range []int{10_000, 100_000} {
		k := newKit(b)
		k.crowd(n)
		for _, form := range []string{CSV, XLSX} {
			b.Run(fmt.Sprintf("%s/%d", form, n), func(b *testing.B) {
				var most, before uint64
				var m runtime.MemStats
				runtime.GC()
				runtime.ReadMemStats(&m)
				before = m.HeapInuse
				began := time.Now()
				for b.Loop() {
					rows := 0
					k.must(k.writeList(b.Context(), io.Discard, k.boss, List{Record: "contact", Form: form}, func(n int) error {
						if rows += n; rows%10_000 == 0 {
							runtime.ReadMemStats(&m)
							most = max(most, m.HeapInuse)
						}
						return nil
					}))
				}
				b.ReportMetric(float64(n*b.N)/time.Since(began).Seconds(), "rows/s")
				b.ReportMetric(float64(most-min(most, before))/(1<<20), "MB-more")
			})
		}
	}
}

// A long list holds no moment of the database: what is written while it rests is
// in the parts that come, and nobody stands in it twice.
func TestALongListIsReadPartByPart(t *testing.T) {
	const all = 3*batch - 10
	k := newKit(t)
	id := func(i int) string { return fmt.Sprintf("c%05d", i) }
	person := func(id, name string) store.Contact {
		return store.Contact{ID: id, Name: name, Source: "manual", CreatedAt: 1, UpdatedAt: 1, LastActivityAt: 1}
	}
	k.tx(func(ctx context.Context, tx *store.Tx) error {
		for i := range all {
			if err := tx.InsertContact(ctx, person(id(i), "Was "+id(i)), nil, nil); err != nil {
				return err
			}
		}
		return nil
	})
	var out bytes.Buffer
	parts := 0
	err := k.writeList(t.Context(), &out, k.boss, List{Record: "contact", Form: CSV}, func(int) error {
		if parts++; parts != 1 {
			return nil
		}
		k.tx(func(ctx context.Context, tx *store.Tx) error {
			cards, err := tx.Cards(ctx, []string{id(3), id(all - 5)})
			for _, c := range cards {
				if err == nil {
					c.Name, c.UpdatedAt = "Is "+c.ID, 2
					err = tx.SaveCard(ctx, c)
				}
			}
			if err == nil {
				err = tx.BinContacts(ctx, []string{id(all - 6)}, "", 2)
			}
			if err == nil {
				err = tx.InsertContact(ctx, person("b-new", "Too late"), nil, nil)
			}
			return err
		})
		return nil
	})
	k.must(err)
	text := out.String()
	for name, want := range map[string]int{
		"Was " + id(3): 1, "Is " + id(3): 0, "Is " + id(all-5): 1, "Was " + id(all-5): 0, id(all - 6): 0, "Too late": 0, "Was c": all - 2,
	} {
		if got := strings.Count(text, name+",") + strings.Count(text, name+"\r"); name != "Was c" && got != want {
			t.Errorf("%q stands there %d times", name, got)
		}
	}
	if rows := strings.Count(text, "\r\n"); rows != all || parts != 3 {
		t.Errorf("%d lines in %d parts", rows, parts)
	}
}
