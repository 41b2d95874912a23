package duplicates

import (
	"slices"
	"strings"

	"stead/app/access"
	"stead/app/veil"
	"stead/store"
)

// veiled takes out of a pair what the actor may not see, and tells whether
// anything is left that says why it is one.
func veiled(actor access.Actor, p *store.PairRow) bool {
	sees := true
	for _, c := range []*store.ContactRow{&p.One, &p.Other} {
		if !access.Sees(actor, c.OwnerID) {
			sees = false
			c.Phone = veil.Key(c.Phone)
		}
	}
	if sees {
		return true
	}
	reasons := slices.DeleteFunc(strings.Fields(p.Reasons), func(r string) bool { return r == store.SamePhone || r == store.SameEmail || r == store.SameNamePlace })
	p.Reasons = strings.Join(reasons, " ")
	return len(reasons) > 0
}
