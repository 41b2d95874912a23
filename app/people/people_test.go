package people

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"stead/app/errs"
	"stead/store"
)

func TestWhatIsTypedOfAPersonIsUnderstood(t *testing.T) {
	long := strings.Repeat("Ñandú ", 60)
	p, err := Draft{
		Name:      "  " + long,
		Phones:    []Point{{Typed: "912 345 678", Label: "mobile"}, {Typed: "+351 21 123 4567 ext 12"}, {Typed: ""}, {Typed: "61234"}, {Typed: "00351912345678"}},
		Emails:    []Point{{Typed: "Ana@Example.com"}, {Typed: "ana@example.com"}},
		Addresses: []Place{{Street: "Rua A 1\r\nPorta 2", City: "Lisboa", Country: "PT"}, {Label: "empty"}},
		Companies: []Job{{Company: "Old Co", Former: true}, {Company: "Willow  Lane", Role: "Nurse"}, {Company: "willow lane"}, {}},
		Tags:      []string{"VIP", "vip", " ", "Über"},
		Language:  "Portuguese", TimeZone: "Europe/Lisbon", Basis: "Legitimate interests", Evidence: "Asked by phone", DoNotCall: true, Minor: true,
	}.Read(Rules{Country: "PT"})
	if err != nil {
		t.Fatal(err)
	}
	var numbers []string
	for _, n := range p.Phones {
		numbers = append(numbers, n.MatchKey)
	}
	if want := []string{"+351912345678", "+351211234567", "raw:61234"}; !slices.Equal(numbers, want) {
		t.Errorf("numbers = %q, want %q", numbers, want)
	}
	if p.Phones[1].Typed != "+351 21 123 4567 ext 12" || p.Phones[0].Label != "mobile" {
		t.Errorf("extension or label is lost: %+v", p.Phones)
	}
	if len(p.Emails) != 1 || len(p.Addresses) != 1 || len(p.Jobs) != 2 || !slices.Equal(p.Labels, []string{"VIP", "Über"}) {
		t.Errorf("emails %v, addresses %v, companies %v, tags %v", p.Emails, p.Addresses, p.Jobs, p.Labels)
	}
	if p.Company != "Willow Lane" || p.Addresses[0].Street != "Rua A 1\nPorta 2" {
		t.Errorf("main company %q, street %q", p.Company, p.Addresses[0].Street)
	}
	if p.Name != strings.TrimSpace(long) || p.Language != "pt" || p.Basis != "legitimate_interest" || p.DoNotCallAt == 0 || p.MinorAt == 0 {
		t.Errorf("read %+v", p.Contact)
	}
}

func TestWhatCannotBeTakenIsSaidBesideItsInput(t *testing.T) {
	for name, tt := range map[string]struct {
		draft Draft
		field string
	}{
		"nobody at all":        {Draft{About: "tea"}, "name"},
		"a name without end":   {Draft{Name: strings.Repeat("x", 1001)}, "name"},
		"a phone of letters":   {Draft{Name: "A", Phones: []Point{{}, {Typed: "call me"}}}, "phone2"},
		"a phone too long":     {Draft{Phones: []Point{{Typed: "+351 912 345 678 999 111 222"}}}, "phone1"},
		"another extension":    {Draft{Phones: []Point{{Typed: "912345678 x1"}, {Typed: "912345678 x2"}}}, "phone2"},
		"an email without @":   {Draft{Emails: []Point{{Typed: "ana.example.com"}}}, "email1"},
		"an email with spaces": {Draft{Emails: []Point{{Typed: "a na@example.com"}}}, "email1"},
		"a role alone":         {Draft{Name: "A", Companies: []Job{{Role: "Nurse"}}}, "company1"},
		"a language":           {Draft{Name: "A", Language: "what?"}, "language"},
		"a zone":               {Draft{Name: "A", TimeZone: "Mars/Olympus"}, "zone"},
		"a zone of the disk":   {Draft{Name: "A", TimeZone: "../../etc/passwd"}, "zone"},
		"a basis":              {Draft{Name: "A", Basis: "because"}, "basis"},
		"evidence":             {Draft{Name: "A", Evidence: strings.Repeat("x", 10_001)}, "evidence"},
		"eleven numbers":       {Draft{Phones: many(11)}, "phone11"},
		"a number of a field":  {Draft{Name: "A", Fields: map[string]string{"f1": "lots"}}, "field-f1"},
		"a tag without end":    {Draft{Name: "A", Tags: []string{strings.Repeat("t", 61)}}, "tags"},
		"a label without end":  {Draft{Phones: []Point{{Typed: "912345678", Label: strings.Repeat("t", 61)}}}, "phone1label"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := tt.draft.Read(Rules{Country: "PT", Fields: []store.Field{{ID: "f1", Kind: "number"}}})
			if errs.KindOf(err) != errs.Invalid || errs.Fields(err)[tt.field] == "" || len(errs.Fields(err)) != 1 {
				t.Errorf("%v, fields %v; want one for %s", err, errs.Fields(err), tt.field)
			}
		})
	}
}

func many(n int) (out []Point) {
	for i := range n {
		out = append(out, Point{Typed: "9123456" + string(rune('0'+i/10)) + string(rune('0'+i%10))})
	}
	return out
}

func TestAnImportKeepsNumbersThatNobodyUnderstands(t *testing.T) {
	p, err := Draft{Name: "A", Phones: []Point{{Typed: "see website"}, {Typed: "9.12E+08"}, {Typed: "912345678"}}}.Read(Rules{Country: "PT", KeepText: true})
	if err != nil || p.Unread != 2 || len(p.Phones) != 3 || p.Phones[0].E164 != "" || p.Phones[2].E164 == "" {
		t.Errorf("%d unread of %+v, %v", p.Unread, p.Phones, err)
	}
}

func TestNumbersThatWereKeptStay(t *testing.T) {
	kept := []store.Phone{{ID: "p1", Typed: "BANK", MatchKey: "raw:bank"}}
	p, err := Draft{Phones: []Point{{Typed: "BANK"}}}.Read(Rules{Kept: kept})
	if err != nil || len(p.Phones) != 1 || p.Phones[0].ID != "p1" {
		t.Errorf("%+v, %v", p.Phones, err)
	}
}

func TestOneBoxTakesANameANumberOrAnAddress(t *testing.T) {
	for typed, want := range map[string]Draft{
		" Ana  Sousa ":     {Name: "Ana Sousa"},
		"912 345 678":      {Phones: []Point{{Typed: "912 345 678"}}},
		"Ana@example.com":  {Emails: []Point{{Typed: "Ana@example.com"}}},
		"محمد علي":         {Name: "محمد علي"},
		"+1 415 5550177x9": {Phones: []Point{{Typed: "+1 415 5550177x9"}}},
	} {
		got := Quick(typed, "PT")
		for _, slot := range Slots(nil) {
			if got.Text(slot) != want.Text(slot) {
				t.Errorf("%q: %s = %q, want %q", typed, slot, got.Text(slot), want.Text(slot))
			}
		}
	}
}

// TestADraftOfWhatWasReadReadsTheSame: what a form shows and sends back unchanged
// changes nothing.
func TestADraftOfWhatWasReadReadsTheSame(t *testing.T) {
	words := rapid.StringOfN(rapid.Rune(), 0, 40, -1)
	rapid.Check(t, func(t *rapid.T) {
		d := Draft{
			Name: words.Draw(t, "name"), About: words.Draw(t, "about"), Evidence: words.Draw(t, "evidence"),
			Phones:    []Point{{Typed: rapid.SampledFrom([]string{"912345678", "+44 20 7946 0958 ext. 3", "12345", ""}).Draw(t, "phone"), Label: words.Draw(t, "label")}},
			Emails:    []Point{{Typed: "a@example.com"}},
			Addresses: []Place{{Street: words.Draw(t, "street"), City: words.Draw(t, "city")}},
			DoNotCall: rapid.Bool().Draw(t, "calls"),
		}
		p, err := d.Read(Rules{Country: "PT"})
		if err != nil {
			t.Fatal(err)
		}
		if !utf8.ValidString(p.Name) {
			t.Fatalf("%q is no text", p.Name)
		}
		again := DraftOf(p.Card, nil, nil)
		q, err := again.Read(Rules{Country: "PT"})
		if err != nil {
			t.Fatal(err)
		}
		for _, slot := range Slots(nil) {
			if d.Text(slot) != again.Text(slot) || again.Text(slot) != DraftOf(q.Card, nil, nil).Text(slot) {
				t.Fatalf("%s: %q became %q", slot, d.Text(slot), again.Text(slot))
			}
		}
	})
}

func FuzzSplitDraft(f *testing.F) {
	for _, s := range []string{"912345678 ext 12", "x", "", "+351", "12345", "a@b.c"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		p, err := Draft{Name: "A", Phones: []Point{{Typed: typed}}}.Read(Rules{Country: "PT", KeepText: true})
		if err != nil && errs.KindOf(err) != errs.Invalid {
			t.Fatal(err)
		}
		for _, n := range p.Phones {
			if n.MatchKey != store.MatchKey(n.E164, n.Typed) {
				t.Errorf("%q matches by %q", n.Typed, n.MatchKey)
			}
		}
	})
}
