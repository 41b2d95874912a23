package app

import (
	"context"
	"errors"

	"stead/app/access"
	"stead/app/duplicates"
	"stead/app/errs"
	"stead/store"
)

type personMergeCmd struct {
	Keep string   `arg:"" help:"The id of the person who stays, as person find prints it."`
	Gone []string `arg:"" help:"The ids of those who become the same person, one after the other."`
	JSON bool     `name:"json" help:"Answer as JSON."`
}

type mergeIn struct{ Keep, Gone string }

// mergedOut is one person who went into another: Undo takes it back for 30 days.
type mergedOut struct {
	ID   string `json:"id"`
	Undo string `json:"undo"`
}

type mergesOut struct {
	Kept   string      `json:"kept"`
	Merged []mergedOut `json:"merged"`
}

var askMerge = register("person/merge", func(ctx context.Context, a *App, in mergeIn) (mergedOut, error) {
	undo, err := a.Duplicates.Merge(ctx, access.Operator(), in.Keep, in.Gone, duplicates.Choice{})
	if said := (*errs.Error)(nil); errors.Is(err, store.ErrNotFound) && !errors.As(err, &said) {
		err = &errs.Error{Kind: errs.NotFound, Message: "There is no such person. Take the ids from stead person find.", Err: err}
	}
	return mergedOut{in.Gone, undo}, err
})

// Run merges one after the other: it ends at the first that cannot be, and those
// before it stay merged.
func (c *personMergeCmd) Run(ctx context.Context, p *Process) error {
	out := mergesOut{Kept: c.Keep, Merged: []mergedOut{}}
	var problem error
	for _, id := range c.Gone {
		var done mergedOut
		if done, problem = askMerge.ask(ctx, p, mergeIn{c.Keep, id}); problem != nil {
			break
		}
		out.Merged = append(out.Merged, done)
	}
	if c.JSON && len(out.Merged) > 0 {
		return errors.Join(p.printJSON(out), problem)
	}
	for _, m := range out.Merged {
		p.say("%s went into %s. For 30 days stead person unmerge %s takes it back.", m.ID, c.Keep, m.Undo)
	}
	return problem
}

type personUnmergeCmd struct {
	Undo string `arg:"" help:"What person merge printed."`
	JSON bool   `name:"json" help:"Answer as JSON."`
}

type unmergedOut struct {
	Rows int64 `json:"rows"`
}

var askUnmerge = register("person/unmerge", func(ctx context.Context, a *App, in idIn) (unmergedOut, error) {
	done, err := a.History.TakeBack(ctx, access.Operator(), in.ID)
	return unmergedOut{done.Rows}, err
})

// Run makes two persons again of two that became one, exactly as they were. It
// changes nothing when somebody has worked with them since, and says so.
func (c *personUnmergeCmd) Run(ctx context.Context, p *Process) error {
	out, err := askUnmerge.ask(ctx, p, idIn{c.Undo})
	if err != nil {
		return err
	}
	if c.JSON {
		return p.printJSON(out)
	}
	p.say("They are two again.")
	return nil
}
