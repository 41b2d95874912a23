package app

import (
	"context"
	"runtime/debug"
	"time"
)

// restAfter is when what the start needed is given back: by then the first
// jobs have run.
const restAfter = 10 * time.Second

// rest gives back, once, the memory that only the start needed.
func rest(ctx context.Context) {
	timer := time.NewTimer(restAfter)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return
	case <-timer.C:
	}
	debug.FreeOSMemory()
}
