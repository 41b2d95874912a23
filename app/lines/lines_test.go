package lines

import (
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

func TestNet(t *testing.T) {
	for _, c := range []struct {
		line Line
		want int64
	}{
		{Line{Quantity: 1000, Price: 1250}, 1250},
		{Line{Quantity: 2500, Price: 333}, 833},                    // 832.5
		{Line{Quantity: -2500, Price: 333}, -833},                  // goods that come back
		{Line{Quantity: 3000, Price: 9999, Discount: 1000}, 26997}, // 26997.3
		{Line{Quantity: 1000, Price: 5, Discount: 5000}, 3},        // 2.5
		{Line{Quantity: 1000, Price: 5, Discount: 10_000}, 0},
		{Line{Quantity: 1, Price: 1}, 0},
		{Line{}, 0},
	} {
		if got, err := c.line.Net(); err != nil || got != c.want {
			t.Errorf("%+v comes to %d (%v), want %d", c.line, got, err, c.want)
		}
	}
	for _, l := range []Line{{Quantity: math.MaxInt64, Price: math.MaxInt64}, {Quantity: 1_000_000, Price: Max}, {Quantity: math.MinInt64, Price: math.MaxInt64}} {
		if got, err := l.Net(); err == nil {
			t.Errorf("%+v comes to %d", l, got)
		}
	}
}

func TestTaxIsThatOfEachRate(t *testing.T) {
	got, err := Of([]Line{{1000, 333, 0, 2300}, {1000, 333, 0, 2300}, {1000, 1000, 0, 600}, {1000, 50, 0, 0}})
	if err != nil || got.Net != 1716 || got.Tax != 153+60 || got.Gross != 1716+213 || len(got.Rates) != 2 || got.Rates[0].Tax != 600 {
		t.Errorf("%+v (%v)", got, err)
	}
}

// TestNetIsExact compares with numbers that have no end.
func TestNetIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := Line{
			Quantity: rapid.Int64().Draw(t, "quantity"), Price: rapid.Int64().Draw(t, "price"),
			Discount: rapid.Int64Range(0, Whole).Draw(t, "discount"),
		}
		if rapid.Bool().Draw(t, "usual") {
			l.Quantity, l.Price = l.Quantity%1_000_000, l.Price%100_000_000
		}
		exact := new(big.Int).Mul(big.NewInt(l.Quantity), big.NewInt(l.Price))
		exact.Mul(exact, big.NewInt(Whole-l.Discount))
		half := big.NewInt(Thousand * Whole / 2)
		if exact.Sign() < 0 {
			half.Neg(half)
		}
		exact.Quo(exact.Add(exact, half), big.NewInt(Thousand*Whole))
		got, err := l.Net()
		if fits := exact.CmpAbs(big.NewInt(Max)) <= 0; fits != (err == nil) || fits && exact.Int64() != got {
			t.Fatalf("%+v comes to %d (%v), exactly %s", l, got, err, exact)
		}
	})
}
