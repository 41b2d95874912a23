package store

import "testing"

// OpenTest opens the engine under test for the tests inside the package.
var OpenTest = func(t testing.TB) *Store { return openLite(t) }
