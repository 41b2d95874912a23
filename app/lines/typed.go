package lines

import (
	"strconv"
	"strings"

	"stead/app/custom"
	"stead/app/errs"
	"stead/app/money"
	"stead/store"
)

func refused(code, message string) error {
	return &errs.Error{Kind: errs.Invalid, Code: code, Message: message}
}

// ReadPrice reads an amount of a currency as somebody typed it; nothing is nought.
// It is errs.Invalid with a sentence.
func ReadPrice(typed, currency string, how custom.How) (int64, error) {
	v, err := custom.Parse(store.Field{Kind: "money", Currency: currency}, typed, how)
	switch {
	case err != nil || v == nil:
		return 0, err
	case v.Num > Max || v.Num < -Max:
		return 0, refused("price", "That is more than can be kept.")
	}
	return v.Num, nil
}

// ReadPercent reads a tax or a discount as somebody typed it, with or without the
// sign, in hundredths of a percent; nothing is nought.
func ReadPercent(typed string, how custom.How) (int64, error) {
	n, err := scaledBy(strings.TrimSuffix(strings.TrimSpace(typed), "%"), Percent, how)
	if err != nil || n < 0 || n > Whole {
		return 0, refused("percent", "Enter a percentage from 0 to 100 with at most two decimals, or nothing.")
	}
	return n, nil
}

// ReadQuantity reads a quantity as somebody typed it, in thousandths; nothing is
// one. Less than nought comes back.
func ReadQuantity(typed string, how custom.How) (int64, error) {
	if strings.TrimSpace(typed) == "" {
		return Thousand, nil
	}
	n, err := scaledBy(typed, Thousand, how)
	if err != nil || n > Max || n < -Max {
		return 0, refused("quantity", "Enter a quantity with at most three decimals, like 2 or 1.5.")
	}
	return n, nil
}

const millionth = 1_000_000 // what custom keeps of a number

func scaledBy(typed string, scale int64, how custom.How) (int64, error) {
	v, err := custom.Parse(store.Field{Kind: "number"}, typed, how)
	switch {
	case err != nil || v == nil:
		return 0, err
	case v.Num%(millionth/scale) != 0:
		return 0, refused("number", "Use fewer decimals.")
	}
	return v.Num / (millionth / scale), nil
}

// TypedPrice is an amount as people who write as how says type it, without its
// currency: what ReadPrice reads as the same.
func TypedPrice(n int64, currency string, how custom.How) string {
	return typed(n, money.Digits(currency), false, how)
}

// TypedPercent is hundredths of a percent as people type them; nought is nothing.
func TypedPercent(n int64, how custom.How) string {
	if n == 0 {
		return ""
	}
	return typed(n, 2, true, how)
}

// TypedQuantity is thousandths as people type them.
func TypedQuantity(n int64, how custom.How) string { return typed(n, 3, true, how) }

// typed prints n units of ten to the power of -places; short leaves noughts at
// its end out.
func typed(n int64, places int, short bool, how custom.How) string {
	sign := ""
	if n < 0 {
		sign = "-"
	}
	text := strconv.FormatUint(size(n), 10)
	if len(text) <= places {
		text = strings.Repeat("0", places-len(text)+1) + text
	}
	whole, fraction := text[:len(text)-places], text[len(text)-places:]
	if short {
		fraction = strings.TrimRight(fraction, "0")
	}
	if fraction == "" {
		return sign + whole
	}
	point := "."
	if how.Decimal == ',' {
		point = ","
	}
	return sign + whole + point + fraction
}
