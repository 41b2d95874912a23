// Package lines computes what lines of goods and work come to: quantity by price,
// less discount, and the tax on it. All is whole numbers; each line is rounded
// once, half away from nought, and sums are sums of what was rounded.
package lines

import (
	"errors"
	"math/bits"
	"slices"
)

// Scales of what a line holds.
const (
	Thousand = 1_000  // of a quantity: 1.5 hours are 1500
	Percent  = 100    // of discount and tax: 19.6 % are 1960
	Whole    = 10_000 // discount or tax of 100 %
)

// ErrTooLarge says that an amount is more than can be kept.
var ErrTooLarge = errors.New("lines: too large an amount")

// Max is the largest amount of a line, of a deal and of anything that is typed,
// either way: sums of 90,000 such deals still fit into 64 bits.
const Max = 100_000_000_000_000

// Line is what counts of a line. Price is for one, in minor units.
type Line struct{ Quantity, Price, Discount, Tax int64 }

// Net is quantity by price less discount, before tax.
func (l Line) Net() (int64, error) {
	return scaled(l.Quantity, l.Price, Whole-l.Discount, Thousand*Whole)
}

// Rate is what lines of one rate of tax come to.
type Rate struct{ Tax, Net, Amount int64 }

// Totals are what lines come to. Net is the sum of their nets; Rates are in the
// order of their tax, those without tax left out; Gross is Net with all of it.
type Totals struct {
	Net, Tax, Gross int64
	Rates           []Rate
}

// Of adds lines up. Tax is computed on the sum of each rate, as invoices do.
func Of(all []Line) (Totals, error) {
	var t Totals
	nets := map[int64]int64{}
	for _, l := range all {
		net, err := l.Net()
		if err != nil {
			return Totals{}, err
		}
		t.Net += net
		nets[l.Tax] += net
		if beyond(t.Net) || beyond(nets[l.Tax]) {
			return Totals{}, ErrTooLarge
		}
	}
	for tax, net := range nets {
		if tax == 0 {
			continue
		}
		amount, err := scaled(net, tax, 1, Whole)
		if err != nil {
			return Totals{}, err
		}
		t.Rates = append(t.Rates, Rate{tax, net, amount})
		t.Tax += amount
	}
	slices.SortFunc(t.Rates, func(a, b Rate) int { return int(a.Tax - b.Tax) })
	t.Gross = t.Net + t.Tax
	if beyond(t.Gross) || beyond(t.Tax) {
		return Totals{}, ErrTooLarge
	}
	return t, nil
}

func beyond(n int64) bool { return n > Max || n < -Max }

// scaled is a*b*c/by, rounded half away from nought. c and by are not negative,
// by is not nought, and c*by fits.
func scaled(a, b, c, by int64) (int64, error) {
	negative := (a < 0) != (b < 0)
	high, low := bits.Mul64(size(a), size(b))
	// (high, low) * c: a third word would be beyond everything that is kept.
	times, parts := size(c), size(by)
	over, top := bits.Mul64(high, times)
	carry, bottom := bits.Mul64(low, times)
	top, over2 := bits.Add64(top, carry, 0)
	bottom, up := bits.Add64(bottom, parts/2, 0)
	top, over3 := bits.Add64(top, up, 0)
	if over != 0 || over2 != 0 || over3 != 0 || top >= parts {
		return 0, ErrTooLarge
	}
	n, _ := bits.Div64(top, bottom, parts)
	if n > Max {
		return 0, ErrTooLarge
	}
	if negative {
		return -int64(n), nil
	}
	return int64(n), nil
}

// size is how far a number is from nought.
func size(n int64) uint64 {
	if n < 0 {
		return -uint64(n) //nolint:gosec // also of the least there is
	}
	return uint64(n)
}
