package phone

import (
	"errors"
	"strconv"
	"strings"
	"sync"
	"testing"

	"stead/app/errs"
)

func TestParse(t *testing.T) {
	for name, tt := range map[string]struct {
		typed, country string
		want           Number
	}{
		"a landline with its country code":   {"+351 21 123 4567", "PT", Number{"+351211234567", "PT", FixedLine}},
		"a national mobile":                  {"912 345 678", "PT", Number{"+351912345678", "PT", Mobile}},
		"a national mobile, small country":   {"912 345 678", "pt", Number{"+351912345678", "PT", Mobile}},
		"a trunk prefix":                     {"(0151) 2345-6789", "DE", Number{"+4915123456789", "DE", Mobile}},
		"an American number":                 {"(503) 555-0177", "US", Number{"+15035550177", "US", FixedOrMobile}},
		"another country than one's own":     {"+44 20 7946 0958", "PT", Number{"+442079460958", "GB", FixedLine}},
		"an exit code":                       {"00351 912 345 678", "DE", Number{"+351912345678", "PT", Mobile}},
		"Arabic digits":                      {"+٣٥١٩١٢٣٤٥٦٧٨", "", Number{"+351912345678", "PT", Mobile}},
		"a hidden mark from copying":         {"\u202a+351912345678\u202c", "", Number{"+351912345678", "PT", Mobile}},
		"an Italian zero is kept":            {"06 1234 5678", "IT", Number{"+390612345678", "IT", FixedLine}},
		"a range that no plan knows is kept": {"+351 111 111 111", "PT", Number{"+351111111111", "PT", Other}},
		"a toll-free number":                 {"+1 800 555 0199", "US", Number{"+18005550199", "US", Other}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Parse(tt.typed, tt.country)
			if err != nil || got != tt.want {
				t.Errorf("got %+v, %v; want %+v", got, err, tt.want)
			}
		})
	}
}

func TestParseSaysWhatToDo(t *testing.T) {
	for typed, code := range map[string]string{
		"":                                 CodeEmpty,
		"  \t":                             CodeEmpty,
		"1-800-FLOWERS":                    CodeLetters,
		"call me":                          CodeLetters,
		"211234567 ext 5":                  CodeLetters,
		"+351 21":                          CodeShort,
		"12":                               CodeShort,
		"555 0177":                         CodeShort,
		"+351 21 123 4567 89012":           CodeLong,
		strings.Repeat("2", 65):            CodeLong,
		"+999 123 456 789":                 CodeUnknown,
		"2112345678#5":                     CodeUnknown,
		"5035550177; 5035550188":           CodeUnknown,
		"+++":                              CodeUnknown,
		"\xff\xfe":                         CodeUnknown,
		"((((((((((((((((((((((((((((((((": CodeUnknown,
	} {
		_, err := Parse(typed, "US")
		var e *errs.Error
		if !errors.As(err, &e) || e.Kind != errs.Invalid || e.Code != code {
			t.Errorf("%q: got %v, want %s", typed, err, code)
			continue
		}
		if own := strings.TrimSuffix(e.Message, advice); own == e.Message || len(typed) > 3 && strings.Contains(own, typed) {
			t.Errorf("%q: says %q", typed, e.Error())
		}
	}
	if _, err := Parse("912 345 678", ""); errs.KindOf(err) != errs.Invalid {
		t.Errorf("a national number of no country: %v", err)
	}
}

func TestSenderIsNeverAnError(t *testing.T) {
	for from, want := range map[string]string{
		"+15035550177":      "+15035550177",
		"+351912345678":     "+351912345678",
		"+15005550006":      "+15005550006",
		"+1234567":          "+1234567", // in no plan, yet a network said so
		"(503) 555-0177":    "+15035550177",
		"5035550177":        "+15035550177",
		"32665":             "",
		"911":               "",
		"STEADCO":           "",
		"":                  "",
		"anonymous":         "",
		"+266696687":        "",
		"sip:a@b.example":   "",
		"whatsapp:+3519123": "",
		"+0123456789":       "",
		"+1234567890123456": "",
		"+12a45678":         "",
	} {
		if got := Sender(from, "US"); got.E164 != want {
			t.Errorf("%q: got %+v, want %q", from, got, want)
		}
	}
	if got := Sender("+351211234567", "US"); got.Type != FixedLine || got.Country != "PT" {
		t.Errorf("the plan is not asked: %+v", got)
	}
}

func TestDisplay(t *testing.T) {
	for _, tt := range []struct{ e164, country, want string }{
		{"+351211234567", "PT", "21 123 4567"},
		{"+351211234567", "US", "+351 21 123 4567"},
		{"+15035550177", "us", "(503) 555-0177"},
		{"+15035550177", "", "+1 503-555-0177"},
		{"32665", "US", "32665"},
		{"STEADCO", "US", "STEADCO"},
		{"", "US", ""},
		{"+", "US", "+"},
	} {
		if got := Display(tt.e164, tt.country); got != tt.want {
			t.Errorf("%q in %q: got %q, want %q", tt.e164, tt.country, got, tt.want)
		}
	}
}

func TestHidden(t *testing.T) {
	for _, from := range []string{"", " ", "anonymous", "Anonymous", "+266696687", "266696687", "+7378742833", "+2562533", "+8656696", "+86282452253", "Restricted", "unknown", "sip:alice@example.com", "SIP:x", "client:ana"} {
		if !Hidden(from) {
			t.Errorf("%q is not hidden", from)
		}
	}
	for _, from := range []string{"+15035550177", "32665", "STEADCO", "+2666966871", "anonymous2"} {
		if Hidden(from) {
			t.Errorf("%q is hidden", from)
		}
	}
}

func TestTheCacheForgetsWhatWasUsedLongestAgo(t *testing.T) {
	c := newCache[int](2)
	asked := 0
	ask := func(string, string) int { asked++; return asked }
	a := c.get("a", "", ask)
	c.get("b", "", ask)
	if c.get("a", "", ask) != a || asked != 2 {
		t.Errorf("asked %d times", asked)
	}
	c.get("c", "", ask) // pushes b out
	if c.get("a", "", ask) != a || asked != 3 {
		t.Errorf("asked %d times", asked)
	}
	if c.get("b", "", ask); asked != 4 || c.order.Len() != 2 || len(c.known) != 2 {
		t.Errorf("asked %d times, %d kept", asked, c.order.Len())
	}
	if c.get(strings.Repeat("1", 100), "", ask); c.order.Len() != 2 {
		t.Error("a long number is kept")
	}
}

func TestManyMayAskAtOnce(t *testing.T) {
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 200 {
				want := "+35191234" + strconv.Itoa(5000+i)
				if got := Sender(want, "PT"); got.E164 != want {
					t.Errorf("goroutine %d: got %+v for %s", g, got, want)
				}
			}
		})
	}
	wg.Wait()
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"+351 21 123 4567", "912345678", "", "+", "0", "1-800-FLOWERS", "+1 (503) 555-0177 ext. 9", "tel:+351", "\xff", "٠٠٣٥١", "+39 0", "+1500555000600", "+5500555000600"} {
		f.Add(seed, "PT")
	}
	f.Fuzz(func(t *testing.T, typed, country string) {
		n, err := Parse(typed, country)
		if err != nil {
			if n != (Number{}) || errs.KindOf(err) != errs.Invalid || errs.Message(err) == "" {
				t.Fatalf("%q: %+v, %v", typed, n, err)
			}
			return
		}
		if len(n.E164) < 4 || len(n.E164) > 19 || n.E164[0] != '+' || !onlyDigits(n.E164[1:]) || n.Type == "" {
			t.Fatalf("%q gave %+v", typed, n)
		}
		if again, err := Parse(n.E164, ""); err != nil || again != n {
			t.Fatalf("%q gave %+v and then %+v, %v", typed, n, again, err)
		}
		Sender(typed, country)
		Display(n.E164, country)
	})
}
