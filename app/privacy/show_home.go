package privacy

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/web"
	"stead/store"
	view "stead/views/privacy"
	"stead/views/ui"
)

// home gathers the first page.
func (s *Service) home(r *http.Request) (view.Home, error) {
	var p view.Home
	ctx, actor := r.Context(), web.Actor(r)
	if err := allow(actor, access.PrivacyRead); err != nil {
		return p, err
	}
	show, err := s.shower(ctx)
	if err != nil {
		return p, err
	}
	const rows = 20
	list, err := s.Store.Erasures(ctx, store.Page{After: r.URL.Query().Get("after"), Limit: rows})
	if err != nil {
		return p, err
	}
	for _, e := range list {
		p.Erasures = append(p.Erasures, view.ErasureRow{Href: receiptPath(e.ID), ID: e.ID, At: show.clock.When(ctx, e.CreatedAt), State: erasureState(e.State)})
	}
	if len(list) == rows {
		p.Next = "/privacy?after=" + store.Cursor(list[rows-1].CreatedAt, list[rows-1].ID)
	}
	p.States, err = s.states(ctx, show)
	return p, err
}

// states says how each promise stands.
func (s *Service) states(ctx context.Context, show shower) ([]view.StateRow, error) {
	ok, bad := ui.Option{Value: "ok", Label: "In order"}, ui.Option{Value: "bad", Label: "Look"}
	sweep, err := s.sweepState(ctx, show)
	if err != nil {
		return nil, err
	}
	entries, _, err := s.Store.AuditHead(ctx)
	if err != nil {
		return nil, err
	}
	ledger := view.StateRow{Href: "/privacy/backups", Icon: "file-check", Title: "Erasure ledger", State: ok}
	head, err := s.Store.LedgerHead(ctx)
	if err != nil {
		return nil, err
	}
	ledger.Text = ui.Many(ctx, int(head.Seq), "%s entry", "%s entries")
	if s.Ledger != nil && s.Ledger.Err() != nil {
		ledger.State = bad
	}
	out := []view.StateRow{
		sweep, ledger,
		{Href: "/privacy/audit", Icon: "list-checks", Title: "Audit log", Text: ui.Many(ctx, int(entries), "%s entry", "%s entries"), State: ok},
	}
	if s.Backups == nil {
		return out, nil
	}
	n, _, err := s.Backups.Kept(ctx)
	backups := view.StateRow{Href: "/privacy/backups", Icon: "archive", Title: "Backups", Text: ui.Many(ctx, n, "%s copy", "%s copies"), State: ok}
	if n == 0 {
		backups.State = ui.Option{Value: "warn", Label: "None yet"}
	}
	return append(out, backups), err
}

func (s *Service) sweepState(ctx context.Context, show shower) (view.StateRow, error) {
	row := view.StateRow{Href: "/privacy/retention", Icon: "timer", Title: "Retention", State: ui.Option{Value: "ok", Label: "In order"}}
	var last lastSweep
	var seen clockSeen
	_, err := s.Store.Setting(ctx, "sweep", &last)
	_, clockErr := s.Store.Setting(ctx, "clock", &seen)
	switch {
	case seen.JumpedTo != 0:
		row.State = ui.Option{Value: "bad", Label: "Waits"}
	case last.At == 0:
		row.State = ui.Option{Value: "line", Label: "Not yet"}
	case s.Now().UnixMilli()-last.At > (36 * time.Hour).Milliseconds():
		row.State = ui.Option{Value: "bad", Label: "Late"}
	}
	row.Text = show.lastRun(last)
	return row, errors.Join(err, clockErr)
}

func (sh shower) lastRun(last lastSweep) string {
	if last.At == 0 {
		return ui.Say(sh.ctx, "Runs once a day")
	}
	return ui.Say(sh.ctx, "Last run: %s", sh.moment(last.At))
}

// retention gathers the page of the rules.
func (s *Service) retention(r *http.Request) (view.Retention, error) {
	var p view.Retention
	ctx := r.Context()
	due, err := s.SweepPlan(ctx, web.Actor(r))
	if err != nil {
		return p, err
	}
	show, err := s.shower(ctx)
	if err != nil {
		return p, err
	}
	for i, rule := range store.SweepRules() {
		p.Rules = append(p.Rules, view.RuleRow{What: titleOf(rule.Table), Does: doesOf(ctx, rule), Due: strconv.FormatInt(due[i].Rows, 10)})
	}
	runs, err := s.Store.SweepRuns(ctx, 20)
	if err != nil {
		return p, err
	}
	for _, run := range runs {
		p.Runs = append(p.Runs, runRow(ctx, show, run))
	}
	var last lastSweep
	var seen clockSeen
	_, err = s.Store.Setting(ctx, "sweep", &last)
	_, clockErr := s.Store.Setting(ctx, "clock", &seen)
	p.Last = show.lastRun(last)
	if seen.JumpedTo != 0 {
		p.Clock = errs.Message(seen.doubt())
	}
	return p, errors.Join(err, clockErr)
}

// doesOf is a rule in words.
func doesOf(ctx context.Context, rule store.SweepRule) string {
	if rule.After == "deleted_at" {
		return ui.Many(ctx, rule.Days, "Goes for good after %s day in the bin", "Goes for good after %s days in the bin")
	}
	if rule.Persons() {
		return ui.Say(ctx, "The whole person goes two years after the last contact: numbers, texts, notes, everything")
	}
	if len(rule.Columns) == 0 {
		return ui.Many(ctx, rule.Days, "Deleted after %s day", "Deleted after %s days")
	}
	var names []string
	for _, column := range rule.Columns {
		names = append(names, columnOf(column))
	}
	return ui.Say(ctx, "%s: %s", ui.Many(ctx, rule.Days, "Cleared after %s day", "Cleared after %s days"), strings.Join(names, ", "))
}

func runRow(ctx context.Context, show shower, run store.SweepRun) view.RunRow {
	table, _, _ := strings.Cut(run.Rule, ".")
	row := view.RunRow{
		What: titleOf(table), Rows: strconv.FormatInt(run.Rows, 10), At: show.clock.When(ctx, run.StartedAt),
		Batches: ui.Say(ctx, "%s in %s", run.Rule, ui.Many(ctx, int(run.Batches), "%s batch", "%s batches")),
	}
	switch {
	case run.ErrorCode != "":
		row.State = ui.Option{Value: "bad", Label: "Stopped"}
		row.Batches += fmt.Sprintf(" (%s)", run.ErrorCode)
	case run.FinishedAt == 0:
		row.State = ui.Option{Value: "warn", Label: "Cut off"}
	}
	return row
}
