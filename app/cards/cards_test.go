package cards

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestMask(t *testing.T) {
	for name, tt := range map[string]struct{ text, want string }{
		"sixteen digits":                     {"my card is 4111111111111111, thanks", "my card is •••• 1111, thanks"},
		"spaces":                             {"4111 1111 1111 1111", "•••• 1111"},
		"dashes":                             {"5555-5555-5555-4444", "•••• 4444"},
		"dots":                               {"4111.1111.1111.1111.", "•••• 1111."},
		"spaces that do not break":           {"4111\u00a01111\u00a01111\u00a01111", "•••• 1111"},
		"mixed and wide gaps":                {"4111 - 1111 -1111  1111", "•••• 1111"},
		"every digit apart":                  {"4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1", "•••• 1111"},
		"American Express":                   {"3782 822463 10005", "•••• 0005"},
		"Diners":                             {"3056 930902 5904", "•••• 5904"},
		"thirteen digits":                    {"4222222222222", "•••• 2222"},
		"nineteen digits":                    {"6304000000000000000", "•••• 0000"},
		"full-width digits":                  {"４１１１１１１１１１１１１１１１", "•••• 1111"},
		"Arabic digits":                      {"٤١١١١١١١١١١١١١١١", "•••• 1111"},
		"expiry and code behind it":          {"4111 1111 1111 1111 12 27 123", "•••• 1111 12 27 123"},
		"a phone number before it":           {"5551234 4111 1111 1111 1111", "5551234 •••• 1111"},
		"two cards side by side":             {"4111 1111 1111 1111 5555 5555 5555 4444", "•••• 1111 •••• 4444"},
		"a card behind a phone number":       {"+351 211234567 4111 1111 1111 1111", "+351 211234567 •••• 1111"},
		"a card on the next line":            {"12\n4111111111111111\n34", "12\n•••• 1111\n34"},
		"an order number that fails Luhn":    {"order 4111111111111112", "order 4111111111111112"},
		"a phone number with a plus":         {"+411111111111116", "+411111111111116"},
		"a plus before more than a phone":    {"+5105105105105100", "+•••• 5100"},
		"commas":                             {"5500,0000,0000,0004", "•••• 0004"},
		"slashes":                            {"3530/1113/3330/0000", "•••• 0000"},
		"underscores":                        {"4000_0566_5566_5556", "•••• 5556"},
		"a line each":                        {"4111\n1111\n1111\r\n1111", "•••• 1111"},
		"wide gaps":                          {"4111    1111    1111    1111", "•••• 1111"},
		"spaces of no width":                 {"4111\u200b1111\u200b1111\u200b1111", "•••• 1111"},
		"a list of short numbers":            {"5550177, 5550188, 5550199", "5550177, 5550188, 5550199"},
		"amounts on lines":                   {"1250\n4700\n300\n410", "1250\n4700\n300\n410"},
		"a phone number with plus and space": {"+ 49 1511 2345 6789", "+ 49 1511 2345 6789"},
		"a plus before a bracket":            {"+(4222) 222 222 222", "+(4222) 222 222 222"},
		"two phone numbers":                  {"call 503 555 0177 or 503 555 0188", "call 503 555 0177 or 503 555 0188"},
		"twelve digits":                      {"411111111117", "411111111117"},
		"twenty digits":                      {"41111111111111111111", "41111111111111111111"},
		"no digits":                          {"hello", "hello"},
		"empty":                              {"", ""},
		"not text":                           {"\xff4111111111111111\xff", "\xff•••• 1111\xff"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Mask(tt.text); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestACardIsMaskedHoweverItIsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(13, 19).Draw(t, "digits")
		digits := make([]byte, n)
		for i := range digits {
			digits[i] = byte('0' + rapid.IntRange(0, 9).Draw(t, "digit"))
		}
		for digits[n-1] = '0'; !valid(string(digits)); digits[n-1]++ {
		}
		var text strings.Builder
		gap := rapid.SampledFrom([]string{"", " ", "-", ".", "\u00a0"})
		for i, d := range digits {
			if i > 0 {
				text.WriteString(gap.Draw(t, "gap"))
			}
			text.WriteByte(d)
		}
		masked := Mask("card: " + text.String() + ", ok")
		if strings.Contains(masked, text.String()) || !strings.Contains(masked, "•••• ") {
			t.Fatalf("%q became %q", text.String(), masked)
		}
	})
}

func TestALongTextIsNoBurden(t *testing.T) {
	text := strings.Repeat("1 4 ", 100_000) + strings.Repeat("4111 1111 1111 1111 ", 1000)
	if got := strings.Count(Mask(text), "••••"); got == 0 {
		t.Error("nothing was masked in a long text")
	}
}

func FuzzMask(f *testing.F) {
	for _, seed := range []string{
		"", "4111 1111 1111 1111", "+4111111111111111", "4111 1111 1111 1111 2222 3333 4444 5", "•••• 1111 5555 5555 5555 4444",
		"\xff\xfe4111111111111111", "378282246310005-4111111111111111", "٤١١١١١١١١١١١١١١١", strings.Repeat("4111111111111111 ", 9),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		masked := Mask(text)
		if again := Mask(masked); again != masked {
			t.Fatalf("masking again made %q of %q", again, masked)
		}
		if utf8.ValidString(text) && !utf8.ValidString(masked) {
			t.Fatalf("%q is no longer text", masked)
		}
		if masked != text && !holdsCard(text) {
			t.Fatalf("%q held no card and became %q", text, masked)
		}
	})
}

// holdsCard is another, slower way to see whether some 13 to 19 digits in a row
// pass Luhn, whatever is between them.
func holdsCard(text string) bool {
	var digits []byte
	for _, r := range text {
		if d, ok := digit(r); ok {
			digits = append(digits, '0'+d)
		}
	}
	for from := range digits {
		for n := minDigits; n <= maxDigits && from+n <= len(digits); n++ {
			if valid(string(digits[from : from+n])) {
				return true
			}
		}
	}
	return false
}

// valid is Luhn's check as it is told: from the right, double each second digit.
func valid(digits string) bool {
	sum := 0
	for i := range len(digits) {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 1 {
			d = d*2/10 + d*2%10
		}
		sum += d
	}
	return sum%10 == 0
}
