package contacts

import (
	"sync"
	"time"

	"stead/store"
)

// zones keeps the business's time zone, which is read from a file. It changes
// when somebody changes the setting.
type zones struct {
	mu   sync.Mutex
	name string
	zone *time.Location
}

func (z *zones) of(b store.Business) *time.Location {
	z.mu.Lock()
	defer z.mu.Unlock()
	if z.zone == nil || z.name != b.Timezone {
		z.name, z.zone = b.Timezone, b.Location()
	}
	return z.zone
}
