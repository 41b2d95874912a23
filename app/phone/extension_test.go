package phone

import "testing"

func TestExtensionsAreCutOff(t *testing.T) {
	for typed, want := range map[string][2]string{
		"+351 21 123 4567":            {"+351 21 123 4567", ""},
		"+351 21 123 4567 ext 12":     {"+351 21 123 4567", "12"},
		"+351 21 123 4567 ext. 12":    {"+351 21 123 4567", "12"},
		"(415) 555-0177 x12":          {"(415) 555-0177", "12"},
		"(415) 555-0177x12":           {"(415) 555-0177", "12"},
		"415 555 0177, extension 4":   {"415 555 0177", "4"},
		"030 901820 Durchwahl 7":      {"030 901820", "7"},
		"+55 11 5555 0100 ramal 2001": {"+55 11 5555 0100", "2001"},
		"415 555 0177 #9":             {"415 555 0177", "9"},
		"ext 12":                      {"ext 12", ""},
		"":                            {"", ""},
	} {
		if number, ext := SplitExtension(typed); number != want[0] || ext != want[1] {
			t.Errorf("SplitExtension(%q) = %q, %q; want %q", typed, number, ext, want)
		}
	}
}

func TestShortCodes(t *testing.T) {
	for typed, want := range map[string]bool{"112": true, "61234": true, "123456": true, "12": false, "1234567": false, "12a4": false, "+351": false, "": false} {
		if ShortCode(typed) != want {
			t.Errorf("ShortCode(%q) = %v", typed, !want)
		}
	}
}
