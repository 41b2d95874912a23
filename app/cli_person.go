package app

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"os"
	"slices"
	"strings"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/privacy"
)

type personCmd struct {
	Find   personFindCmd   `cmd:"" help:"Find a person by name, number, address or id."`
	Export personExportCmd `cmd:"" help:"Write everything that is held about a person into a zip file."`
	Erase  personEraseCmd  `cmd:"" help:"Erase a person for good and prove it."`
	Prove  personProveCmd  `cmd:"" help:"Look for words in every byte of the data folder."`

	Merge   personMergeCmd   `cmd:"" help:"Make one person of two or more: the first stays, and what the others have goes to them."`
	Unmerge personUnmergeCmd `cmd:"" help:"Take a merge back, exactly, within 30 days."`
}

type personFindCmd struct {
	Query string `arg:"" help:"A part of a name, a number, an address, or an id."`
	JSON  bool   `name:"json" help:"Answer as JSON."`
}

type textIn struct{ Text string }

var askFind = register("person/find", func(ctx context.Context, a *App, in textIn) ([]privacy.Found, error) {
	found, _, err := a.Privacy.Find(ctx, access.Operator(), in.Text)
	return found, err
})

// Run lists the people whom the query meets.
func (c *personFindCmd) Run(ctx context.Context, p *Process) error {
	found, err := askFind.ask(ctx, p, textIn{c.Query})
	if err != nil {
		return err
	}
	if c.JSON {
		return p.printJSON(found)
	}
	for _, f := range found {
		where := ""
		if f.Binned {
			where = "  (in the bin)"
		}
		p.say("%s  %s  %s%s", f.ID, or(f.Name, "(no name)"), strings.Join(append(f.Phones, f.Emails...), " "), where)
	}
	if len(found) == 0 {
		p.say("Nobody was found.")
	}
	return nil
}

type personExportCmd struct {
	ID  string `arg:"" help:"The person's id, as person find prints it."`
	Out string `required:"" placeholder:"F.zip" help:"File to write; it must not be there."`
}

var askExport = register("person/export", func(ctx context.Context, a *App, in idIn) ([]byte, error) {
	pack, err := a.Privacy.Package(ctx, access.Operator(), in.ID)
	if err != nil {
		return nil, err
	}
	var zip bytes.Buffer
	err = pack.Write(ctx, &zip)
	return zip.Bytes(), err
})

// Run writes the package, readable by its owner alone.
func (c *personExportCmd) Run(ctx context.Context, p *Process) error {
	f, err := os.OpenFile(c.Out, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, os.ErrExist) {
		return &errs.Error{Kind: errs.Conflict, Message: "The file " + c.Out + " is there already. Name another one."}
	}
	if err != nil {
		return err
	}
	zip, err := askExport.ask(ctx, p, idIn{c.ID})
	if err == nil {
		_, err = f.Write(zip)
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(c.Out))
	}
	p.say("%s holds everything about the person: a page to read, the same as JSON, and their files.", c.Out)
	return nil
}

type personEraseCmd struct {
	ID   string `arg:"" help:"The person's id, as person find prints it."`
	Yes  bool   `help:"Do it. Without this, only the plan is printed."`
	JSON bool   `name:"json" help:"Answer as JSON."`
}

type idIn struct{ ID string }

var (
	askPlan = register("person/plan", func(ctx context.Context, a *App, in idIn) (privacy.Plan, error) {
		return a.Privacy.Plan(ctx, access.Operator(), in.ID)
	})
	askErase = register("person/erase", func(ctx context.Context, a *App, in idIn) (privacy.Receipt, error) {
		return a.Privacy.Erase(ctx, access.Operator(), in.ID)
	})
)

// Run erases a person, prints the receipt, and exits 1 when a trace is left.
func (c *personEraseCmd) Run(ctx context.Context, p *Process) error {
	if !c.Yes {
		plan, err := askPlan.ask(ctx, p, idIn{c.ID})
		if err != nil {
			return err
		}
		if c.JSON {
			if err := p.printJSON(plan); err != nil {
				return err
			}
		} else {
			p.sayPlan(plan)
		}
		return &errs.Error{Kind: errs.Invalid, Message: "Nothing was erased. This is the plan; add --yes to carry it out, which cannot be undone."}
	}
	receipt, err := askErase.ask(ctx, p, idIn{c.ID})
	if err != nil {
		return err
	}
	if c.JSON {
		err = p.printJSON(receipt)
	} else {
		p.say("Receipt %s: %s. %d readable traces are left.", receipt.ID, receipt.State, receipt.Hits)
		if receipt.Problem != "" {
			p.say("%s", receipt.Problem)
		}
		for _, gap := range receipt.Gaps {
			p.say("Not covered: %s. %s", gap.What, gap.Why)
		}
	}
	if err == nil && (receipt.Hits != 0 || receipt.Problem != "") {
		return exitError(exitFailed)
	}
	return err
}

// sayPlan prints what an erasure would do, for a person to read.
func (p *Process) sayPlan(plan privacy.Plan) {
	p.say("Erasing this person would do:")
	for _, t := range plan.Tables {
		does := "kept without the person"
		if t.Does == "delete" {
			does = "deleted"
		}
		p.say("%8d  %s: %s", t.Rows, privacy.TitleOf(t.Table), does)
	}
	for _, provider := range slices.Sorted(maps.Keys(plan.Remotes)) {
		p.say("%8d  copies at %s: deleted there", plan.Remotes[provider], provider)
	}
	p.say("What stays, and why:")
	for _, gap := range plan.Stays {
		until := ""
		if gap.Until != "" {
			until = " Until " + gap.Until + "."
		}
		p.say("  %s. %s%s", gap.What, gap.Why, until)
	}
}

type personProveCmd struct {
	Needle []string `arg:"" help:"Names, numbers, addresses or pieces of text to look for."`
	JSON   bool     `name:"json" help:"Answer as JSON."`
}

type wordsIn struct{ Words []string }

var askProve = register("person/prove", func(ctx context.Context, a *App, in wordsIn) (privacy.Proof, error) {
	return a.Privacy.Prove(ctx, access.Operator(), in.Words)
})

// Run looks for the needles and exits 1 when one is found.
func (c *personProveCmd) Run(ctx context.Context, p *Process) error {
	proof, err := askProve.ask(ctx, p, wordsIn{c.Needle})
	if err != nil {
		return err
	}
	if c.JSON {
		err = p.printJSON(proof)
	} else {
		p.say("%d readable traces. %d more stand in the records of people who are still here, who share the word.", proof.Hits, proof.Shared)
		for _, s := range proof.Stores {
			p.say("  %s: %d", privacy.PlaceOf(s.Store), s.Hits)
		}
		for _, gap := range proof.Gaps {
			p.say("Not covered: %s. %s", gap.What, gap.Why)
		}
	}
	if err == nil && proof.Hits != 0 {
		return exitError(exitFailed)
	}
	return err
}
