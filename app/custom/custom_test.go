package custom

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"stead/app/errs"
	"stead/app/money"
	"stead/store"
)

var colour = store.Field{ID: "f", Kind: "choice", Choices: []store.Choice{{ID: "c1", Name: "Vermilion Red"}, {ID: "c2", Name: "Été"}, {ID: "c3", Name: "Old", Gone: true}}}

func fieldOf(kind string) store.Field {
	if kind == "choice" {
		return colour
	}
	return store.Field{ID: "f", Kind: kind, Currency: "EUR"}
}

func date(y int, m time.Month, d int) int64 {
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC).UnixMilli()
}

func TestWhatCountsIsUnderstood(t *testing.T) {
	for _, tt := range []struct {
		kind, typed, country string
		want                 int64
	}{
		{"number", "12", "US", 12e6},
		{"number", " -3.25 ", "US", -3250000},
		{"number", "3,25", "DE", 3250000},
		{"number", "3,25", "US", 3250000},
		{"number", "1,250", "US", 1250e6},
		{"number", "1,250", "DE", 1250000},
		{"number", "1.250", "DE", 1250e6},
		{"number", "1.250", "US", 1250000},
		{"number", "0.250", "DE", 250000},
		{"number", "1.234.567,5", "US", 1234567.5e6},
		{"number", "1,234,567.5", "DE", 1234567.5e6},
		{"number", "12 345,5", "FR", 12345.5e6},
		{"number", "1'250", "CH", 1250e6},
		{"number", "1,00,000", "IN", 100000e6},
		{"number", "−5", "US", -5e6},
		{"number", "٣٫٥", "EG", 3.5e6},
		{"number", ".5", "US", 500000},
		{"number", "007", "US", 7e6},
		{"number", "1.50000000", "US", 1500000},
		{"money", "12", "PT", 1200},
		{"money", "€1.234,50", "PT", 123450},
		{"money", "EUR 1,234.50", "PT", 123450},
		{"money", "99,5 €", "PT", 9950},
		{"money", "-€5", "PT", -500},
		{"money", "€ -5", "PT", -500},
		{"date", "2026-11-21", "US", date(2026, 11, 21)},
		{"date", "2026-11-21T09:30:00Z", "US", date(2026, 11, 21)},
		{"date", "2026-11-21 09:30", "US", date(2026, 11, 21)},
		{"date", "20261121", "US", date(2026, 11, 21)},
		{"date", "03/04/2026", "US", date(2026, 3, 4)},
		{"date", "03/04/2026", "PT", date(2026, 4, 3)},
		{"date", "26/04/03", "JP", date(2026, 4, 3)},
		{"date", "13/04/2026", "US", date(2026, 4, 13)},
		{"date", "3.4.26", "DE", date(2026, 4, 3)},
		{"date", "3.4.1985", "JP", date(1985, 4, 3)},
		{"date", "1/2/85", "GB", date(1985, 2, 1)},
		{"date", "21 Nov 2026", "US", date(2026, 11, 21)},
		{"date", "November 21st, 2026", "US", date(2026, 11, 21)},
		{"date", "2026年11月21日", "JP", date(2026, 11, 21)},
		{"date", "29.02.2024", "DE", date(2024, 2, 29)},
		{"yesno", "Yes", "", 1},
		{"yesno", "não", "", 0},
		{"yesno", " OUI ", "", 1},
		{"yesno", "нет", "", 0},
		{"yesno", "はい", "", 1},
		{"yesno", "हाँ", "", 1},
	} {
		v, err := Parse(fieldOf(tt.kind), tt.typed, For(tt.country))
		if err != nil || v == nil || !v.IsNum || v.Num != tt.want {
			t.Errorf("%s %q in %s: %+v, %v; want %d", tt.kind, tt.typed, tt.country, v, err, tt.want)
		}
	}
}

func TestWordsAreUnderstood(t *testing.T) {
	for _, tt := range []struct{ kind, typed, want string }{
		{"text", "  two\r\nlines\x00 ", "two\nlines"},
		{"text", "card 4111 1111 1111 1111", "card •••• 1111"},
		{"choice", "vermilion  RED", "c1"},
		{"choice", "c2", "c2"},
		{"choice", "ete", "c2"},
		{"choice", "old", "c3"},
		{"link", "https://example.com/a?b=c", "https://example.com/a?b=c"},
		{"link", "example.com/a", "https://example.com/a"},
		{"link", "example.com:8080/a", "https://example.com:8080/a"},
		{"link", "ana@example.com", "mailto:ana@example.com"},
		{"link", "HTTP://example.com", "HTTP://example.com"},
	} {
		v, err := Parse(fieldOf(tt.kind), tt.typed, How{})
		if err != nil || v == nil || v.IsNum || v.Words != tt.want && !strings.HasPrefix(tt.want, "card") {
			t.Errorf("%s %q: %+v, %v; want %q", tt.kind, tt.typed, v, err, tt.want)
			continue
		}
		if strings.Contains(v.Words, "4111 1111") {
			t.Errorf("a card number is kept: %q", v.Words)
		}
	}
}

func TestWhatIsNotUnderstoodIsRefusedWithoutRepeatingIt(t *testing.T) {
	for kind, list := range map[string][]string{
		"number": {"twelve", "1e5", "1.2.3", "1,2,3", "12a", "--5", "1234,567,890", "9999999999999999999", "0.1234567", ".", "-", "1 2", "$5"},
		"money":  {"$5", "USD 5", "5,001", "five", "--5", "99999999999999999999"},
		"date":   {"2026-02-30", "31/31/2026", "yesterday", "1985", "1/2", "2026-11-21 in the morning", "00.00.0000", "21 Foo 2026"},
		"choice": {"green", "c9"},
		"yesno":  {"perhaps", "2"},
		"link":   {"javascript:alert(1)", "JAVASCRIPT:alert(1)//a.b", "data:text/html,x", "ftp://example.com", "http://", "https://user:pw@example.com", "two words.com", "https://exam\u202eple.com", "word", "mailto:", "file:///etc/passwd", "vbscript:x.y"},
		"text":   {strings.Repeat("x", MaxText+1)},
	} {
		for _, typed := range list {
			v, err := Parse(fieldOf(kind), typed, For("PT"))
			var e *errs.Error
			if !errors.As(err, &e) || e.Kind != errs.Invalid || e.Code != "field_"+kind || v != nil {
				t.Errorf("%s %q: %+v, %v", kind, typed, v, err)
				continue
			}
			if len(typed) > 3 && typed != "http://" && strings.Contains(e.Message, typed) {
				t.Errorf("%s %q: the message repeats it: %s", kind, typed, e.Message)
			}
		}
	}
	_, err := Parse(colour, "green", How{})
	if got := errs.Message(err); !strings.Contains(got, "Vermilion Red, Été") || strings.Contains(got, "Old") {
		t.Errorf("the choices are not listed: %s", got)
	}
}

func TestAnAmountInAnotherCurrencyIsNamed(t *testing.T) {
	for _, c := range []struct{ typed, currency, want string }{
		{"€ 20", "USD", "EUR"},
		{"20,50 €", "USD", "EUR"},
		{"eur 20", "USD", "EUR"},
		{"-£5", "EUR", "GBP"},
		{"R$ 20", "USD", "BRL"},
		{"$ 20", "BRL", "USD"},
		{"20 CHF", "EUR", "CHF"},
		{"$ 20", "AUD", ""},
		{"20 kr", "NOK", ""},
		{"€ 20", "EUR", ""},
		{"€ a lot", "USD", ""},
		{"20", "USD", ""},
		{"", "USD", ""},
	} {
		if got := Foreign(c.typed, c.currency, How{}); got != c.want {
			t.Errorf("%q for %s is in %q, want %q", c.typed, c.currency, got, c.want)
		}
	}
	for typed, want := range map[string]string{"€ 20": "This is in EUR. Write the amount in USD.", "1e9": "Write the amount with all its digits, like 1250 or 99.50."} {
		if _, err := Parse(store.Field{Kind: "money", Currency: "USD"}, typed, How{}); errs.Message(err) != want {
			t.Errorf("%q: %v", typed, errs.Message(err))
		}
	}
}

func TestNothingTypedIsNoValue(t *testing.T) {
	for _, kind := range Kinds() {
		if v, err := Parse(fieldOf(kind), " \t\n", How{}); v != nil || err != nil {
			t.Errorf("%s: %+v, %v", kind, v, err)
		}
	}
}

func TestFormat(t *testing.T) {
	for _, tt := range []struct {
		kind string
		num  int64
		how  How
		want string
	}{
		{"number", 12500500000, How{Decimal: ','}, "12.500,5"},
		{"number", 1250000000, How{}, "1250"},
		{"number", -1, How{}, "-0.000001"},
		{"money", 123450, How{Decimal: ','}, "EUR\u00a01.234,50"},
		{"money", -12345678, How{}, "-EUR\u00a0123,456.78"},
		{"date", date(2026, 11, 21), How{}, "21 Nov 2026"},
		{"yesno", 1, How{}, "Yes"},
		{"yesno", 0, How{}, "No"},
	} {
		if got := Format(fieldOf(tt.kind), store.Value{Num: tt.num, IsNum: true}, tt.how); got != tt.want {
			t.Errorf("%s %d: %q, want %q", tt.kind, tt.num, got, tt.want)
		}
	}
	if got := Format(colour, store.Value{Words: "c1"}, How{}); got != "Vermilion Red" {
		t.Errorf("a choice prints as %q", got)
	}
}

// A value that was printed for a machine is read as the same value, however the
// reader writes.
func TestPlainIsReadAgain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := store.Field{ID: "f", Kind: rapid.SampledFrom(Kinds()).Draw(t, "kind"), Choices: colour.Choices}
		f.Currency = rapid.SampledFrom([]string{"EUR", "JPY", "KWD"}).Draw(t, "currency")
		how := For(rapid.SampledFrom([]string{"US", "DE", "JP", ""}).Draw(t, "country"))
		var v store.Value
		switch f.Kind {
		case "number", "money":
			v = store.Value{IsNum: true, Num: rapid.Int64Range(-math.MaxInt64+1, math.MaxInt64-1).Draw(t, "num")}
		case "yesno":
			v = store.Value{IsNum: true, Num: rapid.Int64Range(0, 1).Draw(t, "yes")}
		case "date":
			v = store.Value{IsNum: true, Num: date(1, 1, 1) + 86400000*rapid.Int64Range(0, 3652058).Draw(t, "day")}
		case "choice":
			v = *words(rapid.SampledFrom(f.Choices).Draw(t, "choice").ID)
		default:
			typed := rapid.String().Draw(t, "typed")
			if f.Kind == "link" {
				typed = "https://example.com/" + rapid.StringMatching(`[a-z0-9/?&=%]{0,20}`).Draw(t, "path")
			}
			read, err := Parse(f, typed, how)
			if err != nil || read == nil {
				return
			}
			v = *read
		}
		got, err := Parse(f, Plain(f, v), how)
		if err != nil || got == nil || *got != v {
			t.Fatalf("%s %q came back as %+v, %v; was %+v (%s digits %d)", f.Kind, Plain(f, v), got, err, v, f.Currency, money.Digits(f.Currency))
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, typed := range []string{"1,250.5", "2026-11-21", "€5", "https://a.b", "年月日", "-", "T", "1T", "٣٫٥", "\xff", "Nov", "a b Nov"} {
		f.Add(typed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		for _, kind := range Kinds() {
			for _, country := range []string{"US", "DE", "JP"} {
				v, err := Parse(fieldOf(kind), typed, For(country))
				if v != nil && err != nil {
					t.Errorf("%s: both a value and an error", kind)
				}
				if v == nil {
					continue
				}
				again, err := Parse(fieldOf(kind), Plain(fieldOf(kind), *v), For(country))
				if err != nil || again == nil || *again != *v {
					t.Errorf("%s: %+v came back as %+v, %v", kind, v, again, err)
				}
			}
		}
	})
}

func TestFormsKeepWhatWasTyped(t *testing.T) {
	fields := []store.Field{{ID: "n", Name: "Children", Kind: "number"}, colour, {ID: "gone", Kind: "text"}}
	form := map[string]string{"field-n": "many", "field-f": "c1"}
	has := func(name string) bool { _, ok := form[name]; return ok }
	typed := Typed(fields, has, func(name string) string { return form[name] })
	values, problems := Read(fields, typed, How{})
	if len(values) != 1 || values["f"].Words != "c1" || problems["field-n"] != badNumber {
		t.Errorf("read %v, %v", values, problems)
	}
	asked := Questions(fields, typed, problems)
	if len(asked) != 3 || asked[0].Value != "many" || asked[0].Problem != badNumber || len(asked[1].Options) != 2 || asked[1].Value != "c1" {
		t.Errorf("asks %+v", asked)
	}
	kept := Questions(fields[1:2], Shown(fields, map[string]store.Value{"f": {Words: "c3"}}), nil)
	if len(kept[0].Options) != 3 {
		t.Error("a choice that is gone is not offered to who has it")
	}
}
