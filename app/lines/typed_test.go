package lines

import (
	"testing"

	"pgregory.net/rapid"

	"stead/app/custom"
	"stead/app/errs"
)

// TestWhatIsShownIsReadAgain: what a form shows is what comes back from it.
func TestWhatIsShownIsReadAgain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		how := custom.How{Decimal: rapid.SampledFrom([]byte{0, '.', ','}).Draw(t, "decimal")}
		currency := rapid.SampledFrom([]string{"EUR", "JPY", "KWD"}).Draw(t, "currency")
		n := rapid.Int64Range(-Max, Max).Draw(t, "n")
		if got, err := ReadPrice(TypedPrice(n, currency, how), currency, how); err != nil || got != n {
			t.Fatalf("%d %s, shown as %q, is read as %d (%v)", n, currency, TypedPrice(n, currency, how), got, err)
		}
		if n%1000 != 0 { // a million times more than custom keeps is too large
			n %= 1_000_000_000
		}
		if got, err := ReadQuantity(TypedQuantity(n%9_000_000_000_000, how), how); err != nil || got != n%9_000_000_000_000 {
			t.Fatalf("the quantity %d, shown as %q, is read as %d (%v)", n, TypedQuantity(n, how), got, err)
		}
		p := rapid.Int64Range(0, Whole).Draw(t, "percent")
		if got, err := ReadPercent(TypedPercent(p, how), how); err != nil || got != p {
			t.Fatalf("%d hundredths, shown as %q, are read as %d (%v)", p, TypedPercent(p, how), got, err)
		}
	})
}

func TestCellsAsPeopleTypeThem(t *testing.T) {
	comma := custom.How{Decimal: ','}
	for typed, want := range map[string]int64{"": 1000, "2": 2000, "1,5": 1500, "0,125": 125, "-3": -3000, "0": 0} {
		if got, err := ReadQuantity(typed, comma); err != nil || got != want {
			t.Errorf("the quantity %q is %d (%v), want %d", typed, got, err, want)
		}
	}
	for typed, want := range map[string]int64{"": 0, "23": 2300, "23 %": 2300, "19,6%": 1960, "100": Whole} {
		if got, err := ReadPercent(typed, comma); err != nil || got != want {
			t.Errorf("%q percent are %d (%v), want %d", typed, got, err, want)
		}
	}
	for _, typed := range []string{"many", "1,2345", "1e9", "999999999999999999"} {
		if _, err := ReadQuantity(typed, comma); errs.KindOf(err) != errs.Invalid {
			t.Errorf("the quantity %q: %v", typed, err)
		}
	}
	for _, typed := range []string{"-1", "101", "1,234", "some"} {
		if _, err := ReadPercent(typed, comma); errs.KindOf(err) != errs.Invalid {
			t.Errorf("%q percent: %v", typed, err)
		}
	}
	for _, typed := range []string{"2000000000000", "x", "1,234"} {
		if _, err := ReadPrice(typed, "EUR", comma); errs.KindOf(err) != errs.Invalid {
			t.Errorf("the price %q: %v", typed, err)
		}
	}
}
