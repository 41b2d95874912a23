package contacts

import (
	"context"
	"errors"
	"sync"
	"time"

	"stead/store"
)

// houseFor is how long a change of the business's zone or country may take to
// show on a page.
const houseFor = 5 * time.Second

// house keeps what every page asks of the business: the zone that times are
// said in, which is read from a file, and the country of its numbers.
type house struct {
	mu      sync.Mutex
	at      time.Time
	zone    *time.Location
	country string
}

// now returns the time there and the country. Before set-up it is UTC, and no
// country.
func (h *house) now(ctx context.Context, st *store.Store, now time.Time) (time.Time, string, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.zone == nil || now.Sub(h.at).Abs() > houseFor {
		b, err := st.Business(ctx)
		if errors.Is(err, store.ErrNotFound) {
			return now.UTC(), "", nil
		}
		if err != nil {
			return time.Time{}, "", err
		}
		h.at, h.zone, h.country = now, b.Location(), b.Country
	}
	return now.In(h.zone), h.country, nil
}
