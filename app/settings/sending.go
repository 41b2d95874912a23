package settings

import (
	"context"

	"stead/app/access"
	"stead/app/errs"
	"stead/store"
)

// SetPaused stops every outgoing message, or lets them go again. What waits
// then goes as far as the gate still lets it.
func (s *Service) SetPaused(ctx context.Context, actor access.Actor, paused bool) error {
	return s.change(ctx, actor, EventSending, "sending", func(tx *store.Tx, at int64) error {
		return tx.SetSetting(ctx, "sending", store.Sending{Paused: paused}, at)
	})
}

// SaveQuiet changes the hours in which nothing is sent that the person did not
// ask for. They may go past midnight. Errors are errs.Invalid with the fields.
func (s *Service) SaveQuiet(ctx context.Context, actor access.Actor, in store.Quiet) error {
	fields := map[string]string{}
	from, ok := clock(in.From)
	if !ok {
		fields["from"] = "Enter a time like 21:00."
	}
	to, ok := clock(in.To)
	if !ok {
		fields["to"] = "Enter a time like 08:00."
	}
	if len(fields) == 0 && from == to {
		fields["to"] = "Enter an end that differs from the beginning."
	}
	if err := errs.Form(fields); err != nil {
		return err
	}
	return s.change(ctx, actor, EventQuiet, "quiet", func(tx *store.Tx, at int64) error {
		return tx.SetSetting(ctx, "quiet", store.Quiet{From: from, To: to}, at)
	})
}
