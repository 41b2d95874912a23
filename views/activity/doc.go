// Package activity draws what one colleague did. It shows what it is handed: no
// store, no clock and no rule stands here.
package activity
