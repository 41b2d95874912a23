// Package search draws what was found, of every kind, on the page and in the
// palette.
package search
