package app

import (
	"context"
	"fmt"

	"stead/app/access"
	"stead/store"
)

// EventFiguresMended is recorded when what is added up of the deals was added up
// again; the subject is the table.
const EventFiguresMended = "figures.mended"

// figuresFinding is about what is added up while deals move, so that the funnel
// does not read them all: it must say what they do.
func (a *App) figuresFinding(ctx context.Context) Finding {
	n, err := a.Store.FlowDrift(ctx)
	if err != nil {
		return unread("figures", err)
	}
	return judgeFigures(n)
}

func judgeFigures(off int64) Finding {
	if off != 0 {
		return Finding{"figures", "fail", fmt.Sprintf("The funnel does not say what the deals do: %d of its sums are wrong or missing.", off), "Run stead doctor --mend: it adds them up again."}
	}
	return Finding{"figures", "ok", "The funnel says what the deals do.", ""}
}

var askMend = register("doctor/mend", func(ctx context.Context, a *App, _ nothing) (nothing, error) {
	return nothing{}, a.mendFigures(ctx)
})

// mendFigures adds up again what is not what the deals come to; when all is as it
// should be it writes nothing.
func (a *App) mendFigures(ctx context.Context) error {
	e := store.Event{ID: a.newID(), Kind: EventFiguresMended, Subject: "deal_flow", Actor: access.Operator().ID, At: a.now().UnixMilli()}
	return a.Store.InTx(ctx, func(tx *store.Tx) error {
		n, err := tx.FlowDrift(ctx)
		if err != nil || n == 0 {
			return err
		}
		if err := tx.MendFlow(ctx); err != nil {
			return err
		}
		return tx.Record(ctx, e)
	})
}
