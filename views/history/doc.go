// Package history draws what can still be put right: one's own changes, the bin,
// and long work.
package history
