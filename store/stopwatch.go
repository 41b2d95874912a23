package store

import "time"

// tick reads the machine's own clock: what a query has left of its budget is
// measured by it. No moment that is kept or shown comes from here.
func tick() time.Time { return time.Now() }

// Patient gives every question and every search that much more time than its
// budget: where answers are tested, on a machine that does other things too. It
// comes before the first use.
func (s *Store) Patient(more time.Duration) { s.cat.patience = more }
