package app

import (
	"context"

	"stead/app/access"
	"stead/app/privacy"
	"stead/store"
)

type sweepCmd struct {
	DryRun       bool `help:"Only say what a run would do."`
	ClockIsRight bool `help:"The machine's clock jumped, and a person has looked: it is right."`
	JSON         bool `name:"json" help:"Answer as JSON."`
}

type sweepIn struct{ ClockIsRight bool }

var (
	askSweepPlan = register("sweep/plan", func(ctx context.Context, a *App, _ nothing) ([]privacy.Due, error) {
		return a.Privacy.SweepPlan(ctx, access.Operator())
	})
	askSweep = register("sweep", func(ctx context.Context, a *App, in sweepIn) ([]privacy.Due, error) {
		return a.Privacy.Sweep(ctx, access.Operator(), in.ClockIsRight)
	})
)

// Run does one retention run, or says what it would do.
func (c *sweepCmd) Run(ctx context.Context, p *Process) error {
	var due []privacy.Due
	var err error
	if c.DryRun {
		due, err = askSweepPlan.ask(ctx, p, nothing{})
	} else {
		due, err = askSweep.ask(ctx, p, sweepIn{c.ClockIsRight})
	}
	if err != nil {
		return err
	}
	if c.JSON {
		return p.printJSON(due)
	}
	if c.DryRun {
		p.say("Nothing was changed. A run would now delete or clear, by rule:")
	} else {
		p.say("Deleted or cleared, by rule:")
	}
	for _, d := range due {
		p.say("%8d  %s", d.Rows, d.Rule)
	}
	return nil
}

type auditCmd struct {
	Verify auditVerifyCmd `cmd:"" help:"Check the chain of the audit log."`
}

type auditVerifyCmd struct {
	JSON bool `name:"json" help:"Answer as JSON."`
}

var askAudit = register("audit/verify", func(ctx context.Context, a *App, _ nothing) (store.AuditReport, error) {
	return a.Privacy.VerifyAudit(ctx, access.Operator())
})

// Run exits 0 when the chain holds, or names the first bad entry.
func (c *auditVerifyCmd) Run(ctx context.Context, p *Process) error {
	report, err := askAudit.ask(ctx, p, nothing{})
	if err != nil {
		return err
	}
	if c.JSON {
		err = p.printJSON(report)
	} else if report.Problem == "" {
		p.say("The audit chain holds: %d entries, %d of them anonymised, %d signed heads.", report.Entries, report.Anonymised, report.Checkpoints)
	} else {
		p.say("Entry %d is wrong: %s", report.Bad, report.Problem)
	}
	if err == nil && report.Problem != "" {
		return exitError(exitFailed)
	}
	return err
}
