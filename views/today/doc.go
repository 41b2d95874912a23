// Package today draws the first page of the day. It shows what it is handed: no
// store, no clock and no rule stands here.
package today
