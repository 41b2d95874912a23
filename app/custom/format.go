package custom

import (
	"strconv"
	"strings"
	"time"

	"stead/app/money"
	"stead/store"
)

// Plain prints a value for machines: what Parse reads as the same value, however
// the reader writes numbers and dates.
func Plain(f store.Field, v store.Value) string {
	switch f.Kind {
	case "number":
		return plainDecimal(v.Num, millionths)
	case "money":
		return plainDecimal(v.Num, money.Digits(f.Currency))
	case "date":
		return day(v).Format("2006-01-02")
	case "choice":
		return choiceName(f, v)
	case "yesno":
		if v.Num != 0 {
			return "yes"
		}
		return "no"
	}
	return v.Words
}

// plainDecimal prints n units of ten to the power of -places with a point.
// Three decimals get a nought behind them: "1.250" could be a thousand and more.
func plainDecimal(n int64, places int) string {
	sign, whole, fraction := split(n, places)
	fraction = strings.TrimRight(fraction, "0")
	if len(fraction) == 3 {
		fraction += "0"
	}
	if fraction == "" {
		return sign + whole
	}
	return sign + whole + "." + fraction
}

func split(n int64, places int) (sign, whole, fraction string) {
	size := uint64(n)
	if n < 0 {
		sign, size = "-", -size
	}
	text := strconv.FormatUint(size, 10)
	if len(text) <= places {
		text = strings.Repeat("0", places-len(text)+1) + text
	}
	return sign, text[:len(text)-places], text[len(text)-places:]
}

func day(v store.Value) time.Time { return time.UnixMilli(v.Num).UTC() }

func choiceName(f store.Field, v store.Value) string {
	for _, c := range f.Choices {
		if c.ID == v.Words {
			return c.Name
		}
	}
	return v.Words
}

// Format prints a value for people who write as how says. Yes and No are to be
// translated by the page.
func Format(f store.Field, v store.Value, how How) string {
	switch f.Kind {
	case "number":
		sign, whole, fraction := split(v.Num, millionths)
		return sign + grouped(whole, strings.TrimRight(fraction, "0"), 5, how)
	case "money":
		digits := money.Digits(f.Currency)
		sign, whole, fraction := split(v.Num, digits)
		return sign + f.Currency + "\u00a0" + grouped(whole, fraction, 4, how)
	case "date":
		return day(v).Format("2 Jan 2006")
	case "yesno":
		if v.Num != 0 {
			return "Yes"
		}
		return "No"
	}
	return Plain(f, v)
}

// Money prints minor units of a currency for people who write as how says.
func Money(minor int64, currency string, how How) string {
	return Format(store.Field{Kind: "money", Currency: currency}, store.Value{Num: minor, IsNum: true}, how)
}

// Date prints a day, which is its midnight in UTC, for people.
func Date(at int64, how How) string {
	return Format(store.Field{Kind: "date"}, store.Value{Num: at, IsNum: true}, how)
}

// grouped prints a number in groups of three from so many digits on, with the
// separators of how. Amounts are grouped from four on, so that those of a column
// look alike; a number of four may be a year.
func grouped(whole, fraction string, from int, how How) string {
	between, point := ",", "."
	if how.Decimal == ',' {
		between, point = ".", ","
	}
	var b strings.Builder
	for i, c := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 && len(whole) >= from {
			b.WriteString(between)
		}
		b.WriteRune(c)
	}
	if fraction != "" {
		b.WriteString(point + fraction)
	}
	return b.String()
}

// Known is a value of a record as a page shows it.
type Known struct {
	Label string // the business's own words
	Text  string
	Word  string // instead of Text, in English
	Href  string
}

// Facts are the values of a record that are known, in the order of their fields.
func Facts(fields []store.Field, values map[string]store.Value, how How) (out []Known) {
	for _, f := range fields {
		v, ok := values[f.ID]
		if !ok {
			continue
		}
		k := Known{Label: f.Name, Text: Format(f, v, how)}
		switch f.Kind {
		case "yesno":
			k.Word = k.Text
		case "link":
			k.Href = v.Words
		}
		out = append(out, k)
	}
	return out
}
