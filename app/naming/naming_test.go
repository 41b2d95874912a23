package naming

import (
	"strings"
	"testing"
)

func TestRead(t *testing.T) {
	long := strings.Repeat("é", Max)
	for typed, want := range map[string][2]string{
		"Front desk":        {"Front desk", ""},
		"  Front\t desk \n": {"Front desk", ""},
		"受付":                {"受付", ""},
		long:                {long, ""},
		long + "é":          {"", "Use at most 60 characters."},
		"":                  {"", "Enter a name."},
		" \t ":              {"", "Enter a name."},
		"\u202edesk":        {"", "Use letters and figures."},
		"front\x00desk":     {"", "Use letters and figures."},
		"front\xffdesk":     {"", "Use letters and figures."},
		"\u0301":            {"", "Use letters and figures."},
	} {
		if name, problem := Read(typed); name != want[0] || problem != want[1] {
			t.Errorf("Read(%q) = %q, %q; want %q", typed, name, problem, want)
		}
	}
}
