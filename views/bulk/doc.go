// Package bulk draws the pages on which many contacts are changed at once. It
// shows what it is handed: no store, no clock and no rule stands here.
package bulk
