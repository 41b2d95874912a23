package app

import (
	"context"
	"errors"
	"testing"
	"time"
)

func TestAWakeUpThatFailedIsNotLost(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	wake, tick, calls, done := make(chan struct{}, 1), make(chan time.Time), make(chan bool), make(chan struct{})
	failures := 3
	go func() {
		defer close(done)
		goOn(ctx, wake, tick, time.Millisecond, func(_ context.Context, woken bool) error {
			calls <- woken
			if failures--; failures >= 0 {
				return errors.New("busy")
			}
			return nil
		})
	}()
	wake <- struct{}{}
	for i := range 4 {
		if woken := <-calls; !woken {
			t.Errorf("call %d was no wake-up", i)
		}
	}
	select {
	case <-calls:
		t.Error("called again after it succeeded")
	case tick <- time.Time{}:
		if woken := <-calls; woken {
			t.Error("a tick was taken for a wake-up")
		}
	}
	cancel()
	<-done
}
