// Package simulator draws the page that pretends calls and texts arrive. It
// shows what it is handed: no store, no clock and no rule stands here.
package simulator
