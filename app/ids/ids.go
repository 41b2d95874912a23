// Package ids makes the ids of records: UUIDv7 in its 36-character text, which
// sorts by the time it was made. Nothing else makes an id.
package ids

import "github.com/google/uuid"

// New returns a new id. Ids made by one process sort in the order in which they
// were made. It panics only when the system has no randomness.
func New() string { return uuid.Must(uuid.NewV7()).String() }

// Valid tells whether s has the form of an id, so that a path with anything
// else in it is answered without a query.
func Valid(s string) bool {
	if len(s) != 36 {
		return false
	}
	_, err := uuid.Parse(s)
	return err == nil
}
