// Command stead is a CRM that a small business runs itself: one program, one
// folder of data.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

	"stead/app"
)

// version is set when a release is built.
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := app.Main(ctx, app.Process{
		Args: os.Args[1:], Getenv: app.Environment, Version: version, Now: time.Now,
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr,
	})
	stop()
	os.Exit(code)
}
