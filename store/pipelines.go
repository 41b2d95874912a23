package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
)

var pipelineTables = []Table{
	{Name: "pipelines", Purpose: "winning work", Retain: Rule{Keep: "how the business works, until somebody deletes it"}, Columns: []Columns{
		{Names: "id template currency position version created_at updated_at deleted_at", Category: Plain},
		{Names: "name name_key", Category: Firm},
	}},
	{Name: "stages", Purpose: "winning work", Retain: Rule{Keep: "parent:pipelines"}, Columns: []Columns{
		{Names: "id pipeline_id kind probability required idle_days position version created_at updated_at deleted_at", Category: Plain},
		{Names: "name name_key", Category: Firm},
	}},
	{Name: "deal_reasons", Purpose: "winning work", Retain: Rule{Keep: "words of the business, for the deals that have them"}, Columns: []Columns{
		{Names: "id kind position created_at deleted_at", Category: Plain},
		{Names: "name", Category: Firm},
	}},
}

// The kinds of stages: what a deal in one of them is.
const (
	DealOpen = "open"
	DealWon  = "won"
	DealLost = "lost"
)

// ErrHolds says that a stage or a pipeline still holds deals.
var ErrHolds = errors.New("store: deals are still in it")

// Pipeline is a way that deals go. Currency is that of a new deal. Stages are in
// their order; those that were deleted are left out.
type Pipeline struct {
	ID, Name, NameKey, Template, Currency              string
	Position, Version, CreatedAt, UpdatedAt, DeletedAt int64
	Stages                                             []Stage
}

// Stage is a step of a pipeline. Probability is in percent: 100 of a won stage,
// 0 of a lost one. Required are keys of what a deal must have to come here.
// IdleDays is how long it may be without activity; 0: as long as it likes. One
// goes with its pipeline.
type Stage struct {
	ID, PipelineID, Name, NameKey, Kind                string
	Probability, IdleDays                              int64
	Required                                           []string
	Position, Version, CreatedAt, UpdatedAt, DeletedAt int64
}

// Reason is why a deal was won or lost (Kind), as the business says it.
type Reason struct {
	ID, Kind, Name                 string
	Position, CreatedAt, DeletedAt int64
}

const (
	pipelineColumns = `id, name, name_key, template, currency, position, version, created_at, updated_at, COALESCE(deleted_at, 0)`
	stageColumns    = `id, pipeline_id, name, name_key, kind, probability, COALESCE(idle_days, 0), required, position, version, created_at, updated_at,
		COALESCE(deleted_at, (SELECT p.deleted_at FROM pipelines p WHERE p.id = pipeline_id), 0)`
)

func scanPipeline(rows *sql.Rows, p *Pipeline) error {
	return rows.Scan(&p.ID, &p.Name, &p.NameKey, &p.Template, &p.Currency, &p.Position, &p.Version, &p.CreatedAt, &p.UpdatedAt, &p.DeletedAt)
}

func scanStage(row interface{ Scan(...any) error }, s *Stage) error {
	var required string
	err := row.Scan(&s.ID, &s.PipelineID, &s.Name, &s.NameKey, &s.Kind, &s.Probability, &s.IdleDays, &required, &s.Position, &s.Version, &s.CreatedAt, &s.UpdatedAt, &s.DeletedAt)
	s.Required = strings.Fields(required)
	return err
}

// Pipelines lists the pipelines in their order with their stages; those that
// were deleted are left out.
func (r *Reader) Pipelines(ctx context.Context) ([]Pipeline, error) {
	out, err := list(ctx, r, "store.Pipelines", `SELECT `+pipelineColumns+` FROM pipelines WHERE deleted_at IS NULL ORDER BY position, id`, scanPipeline)
	if err != nil {
		return nil, err
	}
	stages, err := list(ctx, r, "store.Pipelines", `SELECT `+stageColumns+` FROM stages WHERE deleted_at IS NULL ORDER BY position, id`,
		func(rows *sql.Rows, s *Stage) error { return scanStage(rows, s) })
	if err != nil {
		return nil, err
	}
	at := make(map[string]int, len(out))
	for i, p := range out {
		at[p.ID] = i
	}
	for _, s := range stages {
		if i, ok := at[s.PipelineID]; ok {
			out[i].Stages = append(out[i].Stages, s)
		}
	}
	return out, nil
}

// Stage returns one stage, deleted or not, or ErrNotFound.
func (r *Reader) Stage(ctx context.Context, id string) (Stage, error) {
	return one(ctx, r, "store.Stage", `SELECT `+stageColumns+` FROM stages WHERE id = $1`,
		func(row *sql.Row, s *Stage) error { return scanStage(row, s) }, id)
}

// StagesByID returns stages, deleted ones too: a deal's history names them.
func (r *Reader) StagesByID(ctx context.Context) (map[string]Stage, error) {
	all, err := list(ctx, r, "store.StagesByID", `SELECT `+stageColumns+` FROM stages`, func(rows *sql.Rows, s *Stage) error { return scanStage(rows, s) })
	out := make(map[string]Stage, len(all))
	for _, s := range all {
		out[s.ID] = s
	}
	return out, err
}

// InsertPipeline adds a pipeline with its stages behind the others.
func (tx *Tx) InsertPipeline(ctx context.Context, p Pipeline) error {
	_, err := tx.exec(ctx, "store.InsertPipeline", `
		INSERT INTO pipelines (id, name, name_key, template, currency, position, created_at, updated_at)
		SELECT $1, $2, $3, $4, $5, COALESCE(MAX(position), 0) + 1, $6, $6 FROM pipelines`,
		p.ID, p.Name, Fold(p.Name), p.Template, p.Currency, p.CreatedAt)
	if err != nil {
		return err
	}
	for i, s := range p.Stages {
		s.PipelineID, s.Position, s.CreatedAt = p.ID, int64(i+1), p.CreatedAt
		if err := tx.insertStage(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// UpdatePipeline saves the name and the currency of the version that the editor
// saw, and raises it. ErrConflict: somebody else saved in between.
func (tx *Tx) UpdatePipeline(ctx context.Context, p Pipeline) error {
	result, err := tx.q.ExecContext(ctx, `
		UPDATE pipelines SET name = $1, name_key = $2, currency = $3, updated_at = $4, version = version + 1
		WHERE id = $5 AND version = $6 AND deleted_at IS NULL`, p.Name, Fold(p.Name), p.Currency, p.UpdatedAt, p.ID, p.Version)
	return tx.changed("store.UpdatePipeline", result, err)
}

// OrderPipelines puts the pipelines into this order; one that is not named keeps
// its place behind them.
func (tx *Tx) OrderPipelines(ctx context.Context, ids []string) error {
	return tx.inOrder(ctx, "pipelines", ids)
}

// DeletePipeline takes a pipeline away in which no deal is open, the bin included:
// ErrHolds where one is. Its stages go with it; what was won or lost in it stays.
func (tx *Tx) DeletePipeline(ctx context.Context, id string, version, at int64) error {
	n, err := tx.count(ctx, "store.DeletePipeline", `SELECT COUNT(*) FROM deals WHERE pipeline_id = $1 AND status = 'open'`, id)
	switch {
	case err != nil:
		return err
	case n > 0:
		return fmt.Errorf("store.DeletePipeline: %w", ErrHolds)
	}
	result, err := tx.q.ExecContext(ctx, `UPDATE pipelines SET deleted_at = $1, version = version + 1 WHERE id = $2 AND version = $3 AND deleted_at IS NULL`, at, id, version)
	return tx.changed("store.DeletePipeline", result, err)
}

// SaveStage adds a stage at the end of its pipeline, or, where its Version is
// not 0, saves the version that the editor saw. The kind of a stage that holds
// deals stays: ErrHolds.
func (tx *Tx) SaveStage(ctx context.Context, s Stage) error {
	if s.Version == 0 {
		return tx.insertStage(ctx, s)
	}
	old, err := tx.Stage(ctx, s.ID)
	if err != nil {
		return err
	}
	if old.Kind != s.Kind {
		if n, err := tx.dealsIn(ctx, s.ID); err != nil || n > 0 {
			return errors.Join(err, holds(n))
		}
	}
	result, err := tx.q.ExecContext(ctx, `
		UPDATE stages SET name = $1, name_key = $2, kind = $3, probability = $4, required = $5, idle_days = $6, updated_at = $7, version = version + 1
		WHERE id = $8 AND version = $9 AND deleted_at IS NULL`,
		s.Name, Fold(s.Name), s.Kind, s.Probability, strings.Join(s.Required, " "), nilIfZero(s.IdleDays), s.UpdatedAt, s.ID, s.Version)
	if err := tx.changed("store.SaveStage", result, err); err != nil {
		return err
	}
	if old.Probability == s.Probability {
		return nil
	}
	_, err = tx.exec(ctx, "store.SaveStage", `
		UPDATE deals SET probability = $1, weighted = `+weightedBy("$1")+` WHERE stage_id = $2 AND own_probability = 0`, s.Probability, s.ID)
	return err
}

func holds(n int64) error {
	if n == 0 {
		return nil
	}
	return fmt.Errorf("store: %d: %w", n, ErrHolds)
}

func (tx *Tx) insertStage(ctx context.Context, s Stage) error {
	if s.Position == 0 {
		last, err := tx.count(ctx, "store.SaveStage", `SELECT COALESCE(MAX(position), 0) FROM stages WHERE pipeline_id = $1`, s.PipelineID)
		if err != nil {
			return err
		}
		s.Position = last + 1
	}
	_, err := tx.exec(ctx, "store.SaveStage", `
		INSERT INTO stages (id, pipeline_id, name, name_key, kind, probability, required, idle_days, position, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)`,
		s.ID, s.PipelineID, s.Name, Fold(s.Name), s.Kind, s.Probability, strings.Join(s.Required, " "), nilIfZero(s.IdleDays), s.Position, s.CreatedAt)
	return err
}

// OrderStages puts the stages of a pipeline into this order.
func (tx *Tx) OrderStages(ctx context.Context, ids []string) error {
	return tx.inOrder(ctx, "stages", ids)
}

func (tx *Tx) inOrder(ctx context.Context, table string, ids []string) error {
	for i, id := range ids {
		if _, err := tx.exec(ctx, "store.inOrder", `UPDATE `+table+` SET position = $1 WHERE id = $2 AND position <> $1`, i+1, id); err != nil {
			return err
		}
	}
	return nil
}

// DeleteStage takes a stage away that holds no deal, the bin included: ErrHolds
// where it does. The last one of its kind stays: ErrConflict.
func (tx *Tx) DeleteStage(ctx context.Context, id string, version, at int64) error {
	s, err := tx.Stage(ctx, id)
	if err != nil {
		return err
	}
	if n, err := tx.dealsIn(ctx, id); err != nil || n > 0 {
		return errors.Join(err, holds(n))
	}
	others, err := tx.count(ctx, "store.DeleteStage", `
		SELECT COUNT(*) FROM stages WHERE pipeline_id = $1 AND kind = $2 AND id <> $3 AND deleted_at IS NULL`, s.PipelineID, s.Kind, id)
	switch {
	case err != nil:
		return err
	case others == 0:
		return fmt.Errorf("store.DeleteStage: the last one: %w", ErrConflict)
	}
	result, err := tx.q.ExecContext(ctx, `UPDATE stages SET deleted_at = $1, version = version + 1 WHERE id = $2 AND version = $3 AND deleted_at IS NULL`, at, id, version)
	return tx.changed("store.DeleteStage", result, err)
}

func (tx *Tx) dealsIn(ctx context.Context, stageID string) (int64, error) {
	return tx.count(ctx, "store.dealsIn", `SELECT COUNT(*) FROM deals WHERE stage_id = $1`, stageID)
}

func (r *Reader) count(ctx context.Context, op, query string, args ...any) (int64, error) {
	var n int64
	err := r.q.QueryRowContext(ctx, query, args...).Scan(&n)
	return n, r.fault(op, err)
}

// Reasons lists the reasons of both kinds in their order, those that are no longer
// offered too.
func (r *Reader) Reasons(ctx context.Context) ([]Reason, error) {
	return list(ctx, r, "store.Reasons", `SELECT id, kind, name, position, created_at, COALESCE(deleted_at, 0) FROM deal_reasons ORDER BY position, id`,
		func(rows *sql.Rows, v *Reason) error {
			return rows.Scan(&v.ID, &v.Kind, &v.Name, &v.Position, &v.CreatedAt, &v.DeletedAt)
		})
}

// SaveReason adds a reason behind the others, or gives one that is there another
// name.
func (tx *Tx) SaveReason(ctx context.Context, v Reason) error {
	_, err := tx.exec(ctx, "store.SaveReason", `
		INSERT INTO deal_reasons (id, kind, name, position, created_at)
		SELECT $1, $2, $3, COALESCE(MAX(position), 0) + 1, $4 FROM deal_reasons WHERE 1 = 1
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, deleted_at = NULL`, v.ID, v.Kind, v.Name, v.CreatedAt)
	return err
}

// DropReason offers a reason no longer; deals that have it keep it.
func (tx *Tx) DropReason(ctx context.Context, id string, at int64) error {
	_, err := tx.exec(ctx, "store.DropReason", `UPDATE deal_reasons SET deleted_at = $1 WHERE id = $2 AND deleted_at IS NULL`, at, id)
	return err
}
