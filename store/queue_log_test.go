package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestAStopIsNoErrorInTheLog(t *testing.T) {
	var out bytes.Buffer
	log := slog.New(unlessStopped{slog.NewTextHandler(&out, nil)}).With("part", "queue")
	log.Error("called off", "error", fmt.Errorf("begin: %w", context.Canceled))
	log.Error("broken", "error", errors.New("no such table"))
	if got := out.String(); strings.Contains(got, "called off") || !strings.Contains(got, "broken") || !strings.Contains(got, "part=queue") {
		t.Errorf("logged %q", got)
	}
}
