package app

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"stead/store"
)

// Finding is what the doctor says of one thing.
type Finding struct {
	Check  string `json:"check"`
	State  string `json:"state"` // ok, warn, fail, not verified
	Detail string `json:"detail"`
	Remedy string `json:"remedy"`
}

type doctorCmd struct {
	JSON bool `name:"json" help:"Answer as JSON."`
	Mend bool `help:"First mend what can be worked out again from the rest."`
}

var askDoctor = register("doctor", func(ctx context.Context, a *App, _ nothing) ([]Finding, error) {
	return a.examine(ctx), nil
})

// Run looks at the installation and exits 1 when something is wrong.
func (c *doctorCmd) Run(ctx context.Context, p *Process) error {
	cfg, err := LoadConfig(p.Getenv)
	findings := []Finding{verdict("configuration", err, "Set the variables right; stead config prints them.")}
	if err == nil {
		findings = append(findings, folderFindings(cfg)...)
		inside, err := c.inside(ctx, p)
		var locked *store.LockedError
		if errors.As(err, &locked) {
			err = fmt.Errorf("process %d has the data folder and does not answer", locked.PID)
		}
		if err != nil {
			inside = []Finding{verdict("instance", err, "")}
		}
		findings = append(findings, inside...)
	}
	if c.JSON {
		err = p.printJSON(findings)
	} else {
		err = nil
		printFindings(p, findings)
	}
	for _, f := range findings {
		if f.State == "fail" {
			return errors.Join(err, exitError(exitFailed))
		}
	}
	return err
}

// inside is what the instance says, mended before if that is asked for.
func (c *doctorCmd) inside(ctx context.Context, p *Process) ([]Finding, error) {
	if c.Mend {
		if _, err := askMend.ask(ctx, p, nothing{}); err != nil {
			return nil, err
		}
	}
	return askDoctor.ask(ctx, p, nothing{})
}

func printFindings(p *Process, findings []Finding) {
	for _, f := range findings {
		p.say("%-12s %s: %s", strings.ToUpper(f.State), f.Check, f.Detail)
		if f.Remedy != "" && f.State != "ok" {
			p.say("             %s", f.Remedy)
		}
	}
}

func verdict(check string, err error, remedy string) Finding {
	if err != nil {
		return Finding{check, "fail", strings.ReplaceAll(sentence(err), "\n", "; "), remedy}
	}
	return Finding{Check: check, State: "ok", Detail: "as it should be"}
}
