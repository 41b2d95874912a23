package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"stead/app/errs"
	"stead/store"
)

// Process is the terminal that Stead was started from.
type Process struct {
	Args     []string
	Getenv   func(string) string
	Version  string
	Now      func() time.Time
	In       io.Reader
	Out, Err io.Writer

	demo *demonstration // what "stead demo" runs on; nil for a real business
}

// cli is the whole command line. The names and flags are a contract with
// people's scripts: product and README list them.
type cli struct {
	Serve      serveCmd      `cmd:"" default:"withargs" help:"Run the server. This is what stead does without a command."`
	Demo       demoCmd       `cmd:"" help:"Run an invented business in a throw-away folder, with a simulated phone network."`
	Setup      setupCmd      `cmd:"" help:"Create the business and its owner without a browser."`
	Connect    connectCmd    `cmd:"" help:"Store a provider's credentials in the vault."`
	Disconnect disconnectCmd `cmd:"" help:"Destroy a provider's credentials and stop all work for it."`
	Vault      vaultCmd      `cmd:"" help:"The vault that seals providers' keys."`
	Person     personCmd     `cmd:"" help:"A person's data: where it is, erasure, proof."`
	Export     exportCmd     `cmd:"" help:"Write everything into one archive, or a list into a file."`
	Import     importCmd     `cmd:"" help:"Bring people in from a file, or take that back."`
	Sweep      sweepCmd      `cmd:"" help:"Delete what has reached its age."`
	Backup     backupCmd     `cmd:"" help:"Encrypted backups."`
	Audit      auditCmd      `cmd:"" help:"The log of who did what."`
	Doctor     doctorCmd     `cmd:"" help:"Say what is wrong with this installation."`
	Config     configCmd     `cmd:"" help:"Print the configuration, secrets masked."`
	User       userCmd       `cmd:"" help:"Whoever signs in."`
	Version    versionCmd    `cmd:"" help:"Print the version."`

	ShowVersion kong.VersionFlag `name:"version" help:"Print the version."`
}

// exitError ends the process with a number that scripts can tell apart.
type exitError int

func (e exitError) Error() string { return fmt.Sprintf("exit %d", int(e)) }

// The numbers, as sysexits.h has them.
const (
	exitFailed = 1
	exitUsage  = 64
	exitIO     = 74 // the disk failed at a commit: start again
	exitTemp   = 75 // another process has the data folder
)

// Main runs the command line and returns the exit status. Interrupting ctx ends
// a server in good order.
func Main(ctx context.Context, p Process) (code int) {
	defer func() { // kong ends --help and --version this way
		switch v := recover().(type) {
		case nil:
		case exitError:
			code = int(v)
		default:
			panic(v)
		}
	}()
	if len(p.Args) > 0 && p.Args[0] == "help" {
		p.Args = append(slices.Clone(p.Args[1:]), "--help")
	}
	parser, err := kong.New(&cli{},
		kong.Name("stead"),
		kong.Description("A CRM that a small business runs itself: one program, one folder of data.\nConfiguration is read from STEAD_* variables; `stead config` prints them."),
		kong.Vars{"version": "stead " + p.Version},
		kong.Writers(p.Out, p.Err),
		kong.Exit(func(code int) { panic(exitError(code)) }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, Summary: true}),
		kong.Bind(&p),
		kong.BindTo(ctx, (*context.Context)(nil)),
	)
	if err != nil {
		return p.fail(err)
	}
	parsed, err := parser.Parse(p.Args)
	if err != nil {
		fmt.Fprintf(p.Err, "stead: %v\nTry stead --help.\n", err)
		return exitUsage
	}
	return p.fail(parsed.Run())
}

// fail says what went wrong in a sentence and picks the exit status.
func (p *Process) fail(err error) int {
	var code exitError
	var locked *store.LockedError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &code):
		return int(code)
	case errors.As(err, &locked):
		fmt.Fprintf(p.Err, "stead: another process has the data folder (pid %d)\n", locked.PID)
		return exitTemp
	}
	fmt.Fprintf(p.Err, "stead: %s\n", sentence(err))
	var field *errs.Error
	if errors.As(err, &field) {
		for _, name := range slices.Sorted(mapKeys(field.Fields)) {
			fmt.Fprintf(p.Err, "  %s: %s\n", flagName(name), field.Fields[name])
		}
	}
	if errors.Is(err, store.ErrPoisoned) {
		return exitIO
	}
	return exitFailed
}

func mapKeys(m map[string]string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// flagName is what a form's field is called on the command line.
func flagName(field string) string { return "--" + strings.ReplaceAll(field, "_", "-") }

// sentence is an error for whoever runs the machine: the message of ours, and
// the cause where there is one.
func sentence(err error) string {
	var e *errs.Error
	if errors.As(err, &e) && e.Message != "" {
		if e.Err != nil {
			return e.Message + " (" + e.Err.Error() + ")"
		}
		return e.Message
	}
	return err.Error()
}

// printJSON writes one value for a program to read.
func (p *Process) printJSON(v any) error {
	enc := json.NewEncoder(p.Out)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// say writes a line for a person.
func (p *Process) say(format string, args ...any) { fmt.Fprintf(p.Out, format+"\n", args...) }

// secret reads a secret from a file, or from standard input for "-" and "".
func (p *Process) secret(path string) ([]byte, error) {
	var data []byte
	var err error
	if path == "" || path == "-" {
		data, err = io.ReadAll(io.LimitReader(p.In, 1<<20))
	} else {
		data, err = os.ReadFile(path) //nolint:gosec // the operator names the file
	}
	if err != nil {
		return nil, err
	}
	text := strings.TrimRight(string(data), "\r\n")
	if text == "" {
		return nil, &errs.Error{Kind: errs.Invalid, Message: "The secret is empty."}
	}
	return []byte(text), nil
}
