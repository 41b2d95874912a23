package tabular

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestNoCellIsAFormulaAndPhonesStayPhones(t *testing.T) {
	for cell, want := range map[string]string{
		"":                       "",
		"Ana":                    "Ana",
		"=1+1":                   "'=1+1",
		"+cmd|' /C calc'!A0":     "'+cmd|' /C calc'!A0",
		"-2+3":                   "'-2+3",
		"@SUM(A1)":               "'@SUM(A1)",
		"\t=1":                   "'\t=1",
		"\r=1":                   "'\r=1",
		"\n=1":                   "'\n=1",
		"  =1":                   "'  =1",
		"\u00a0=1":               "'\u00a0=1",
		"＝1+1":                   "'＝1+1",
		"+351912345678":          "+351912345678",
		"+1":                     "'+1",
		"+15035550100 ext. 12":   "+15035550100 ext. 12",
		"+15035550100 ext. =1":   "'+15035550100 ext. =1",
		"+351 912 345 678":       "'+351 912 345 678",
		"+12345678901234567":     "'+12345678901234567",
		"-12.50":                 "-12.50",
		"-":                      "'-",
		"'=1+1":                  "'=1+1",
		"a=b":                    "a=b",
		"https://x.example/?a=1": "https://x.example/?a=1",
	} {
		if got := Defuse(cell); got != want {
			t.Errorf("%q becomes %q, want %q", cell, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		cell := Defuse(rapid.StringN(0, 20, -1).Draw(t, "cell"))
		if cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r\n") && !IsPhone(cell) && !IsNumber(cell) {
			t.Fatalf("%q is a formula", cell)
		}
	})
}
