package tabular

import "strings"

// BOM has a spreadsheet read a file as UTF-8.
const BOM = "\ufeff"

// Defuse makes sure that a spreadsheet takes a cell for the text that it is, and
// not for a formula: one that would be begins with an apostrophe. A telephone
// number stays as it is: a plus and digits compute nothing.
func Defuse(cell string) string {
	if cell == "" || IsPhone(cell) {
		return cell
	}
	first := strings.TrimLeft(cell, " \u00a0\u3000\u200b\ufeff")
	if first == "" {
		return cell
	}
	switch []rune(first)[0] {
	case '=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠', '|', '%':
		if IsNumber(cell) {
			return cell
		}
		return "'" + cell
	}
	return cell
}

// Extension stands between a number and what is dialled behind it.
const Extension = " ext. "

// IsPhone tells E.164: a plus and at most fifteen digits, nothing else but an
// Extension.
func IsPhone(s string) bool {
	s, ext, _ := strings.Cut(s, Extension)
	digits, ok := strings.CutPrefix(s, "+")
	ok = ok && onlyDigits(ext)
	return ok && len(digits) >= 2 && len(digits) <= 15 && onlyDigits(digits)
}

// IsNumber tells a negative number, which a spreadsheet may take for what it is.
func IsNumber(s string) bool {
	s = strings.TrimPrefix(s, "-")
	whole, fraction, cut := strings.Cut(s, ".")
	return whole != "" && onlyDigits(whole) && (!cut || fraction != "" && onlyDigits(fraction))
}

func onlyDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}
