package store

import (
	"context"
	"database/sql"
	"fmt"
)

// DealMove takes a deal to another stage, of its pipeline or of another one. Version
// is that which whoever decided has seen; 0: any. Reason and Note count where the
// stage is won or lost.
type DealMove struct {
	DealID, StageID    string
	Version            int64
	StayID, OutcomeID  string // ids of the rows that it writes
	ReasonID, Note, By string
	At                 int64
}

// Stay is a time that a deal spent in a stage. LeftAt is 0 of the present one.
type Stay struct {
	ID, DealID, PipelineID, StageID string
	EnteredAt, LeftAt               int64
	WentTo, MovedBy                 string // WentTo: the stage of the next stay
}

// Outcome is that a deal was won or lost. One that was reopened counts no longer.
type Outcome struct {
	ID, DealID, Kind, StageID, ReasonID, Note string
	Amount                                    int64 // as it was then
	Currency, Actor                           string
	At, ReopenedAt                            int64
	ReopenedBy                                string
}

// MoveDeal carries a move out: the stay ends and the next begins at the same
// moment; what the stage says of status and probability holds; a deal that is won
// or lost gets an outcome, and one that is open again has its last outcome
// reopened. A move to where the deal is changes nothing and tells so. ErrConflict:
// somebody else changed the deal, or the stage has gone; ErrNotFound: the deal or
// the stage is not there.
func (tx *Tx) MoveDeal(ctx context.Context, m DealMove) (moved bool, err error) {
	d, err := tx.Deal(ctx, m.DealID)
	if err != nil {
		return false, err
	}
	stage, err := tx.Stage(ctx, m.StageID)
	switch {
	case err != nil:
		return false, err
	case d.DeletedAt != 0:
		return false, fmt.Errorf("store.MoveDeal: %w", ErrNotFound)
	case stage.DeletedAt != 0 || m.Version != 0 && m.Version != d.Version:
		return false, fmt.Errorf("store.MoveDeal: %w", ErrConflict)
	case d.StageID == stage.ID:
		return false, nil
	}
	m.At = max(m.At, d.EnteredAt) // a clock that went back makes no time that is less than nothing
	err = tx.flowing(ctx, []string{d.ID}, func() error { return tx.moveInto(ctx, d, stage, m) })
	return err == nil, err
}

func (tx *Tx) moveInto(ctx context.Context, d Deal, stage Stage, m DealMove) error {
	if err := tx.endStay(ctx, d.ID, stage.ID, m.At); err != nil {
		return err
	}
	if err := tx.closing(ctx, d, stage, m); err != nil {
		return err
	}
	d.PipelineID, d.StageID = stage.PipelineID, stage.ID
	probability, own := d.Probability, d.OwnProbability && stage.Kind == DealOpen
	if !own {
		probability = stage.Probability
	}
	_, err := tx.exec(ctx, "store.MoveDeal", `
		UPDATE deals SET pipeline_id = $1, stage_id = $2, status = $3, entered_at = $4, closed_at = $5, probability = $6, own_probability = $7, weighted = $8,
			updated_at = $4, last_activity_at = $4, version = version + 1 WHERE id = $9`,
		d.PipelineID, d.StageID, stage.Kind, m.At, nullTime(closedAt(stage, m.At)), probability, flag(own), Weighted(d.Amount, probability), d.ID)
	if err != nil {
		return err
	}
	return tx.insertStay(ctx, d, m.StayID, m.By, m.At)
}

func closedAt(s Stage, at int64) int64 {
	if s.Kind == DealOpen {
		return 0
	}
	return at
}

func (tx *Tx) endStay(ctx context.Context, dealID, wentTo string, at int64) error {
	_, err := tx.exec(ctx, "store.endStay", `UPDATE deal_stays SET left_at = $1, went_to = $2 WHERE deal_id = $3 AND left_at IS NULL`, at, wentTo, dealID)
	return err
}

// closing writes what a move says of winning and losing.
func (tx *Tx) closing(ctx context.Context, d Deal, stage Stage, m DealMove) error {
	if d.Status != DealOpen { // it was won or lost, and is that no longer, or in another way
		_, err := tx.exec(ctx, "store.MoveDeal", `UPDATE deal_outcomes SET reopened_at = $1, reopened_by = $2 WHERE deal_id = $3 AND reopened_at IS NULL`,
			m.At, nullText(m.By), d.ID)
		if err != nil {
			return err
		}
	}
	if stage.Kind == DealOpen {
		return nil
	}
	_, err := tx.exec(ctx, "store.MoveDeal", `
		INSERT INTO deal_outcomes (id, deal_id, kind, stage_id, reason_id, note, amount, currency, actor, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		m.OutcomeID, d.ID, stage.Kind, stage.ID, nullText(m.ReasonID), m.Note, d.Amount, d.Currency, nullText(m.By), m.At)
	return err
}

// Stays lists where a deal was, in order.
func (r *Reader) Stays(ctx context.Context, dealID string) ([]Stay, error) {
	return list(ctx, r, "store.Stays", `
		SELECT id, deal_id, pipeline_id, stage_id, entered_at, COALESCE(left_at, 0), COALESCE(went_to, ''), COALESCE(moved_by, '') FROM deal_stays WHERE deal_id = $1
		ORDER BY entered_at, CASE WHEN left_at IS NULL THEN 1 ELSE 0 END, left_at, id`,
		func(rows *sql.Rows, s *Stay) error {
			return rows.Scan(&s.ID, &s.DealID, &s.PipelineID, &s.StageID, &s.EnteredAt, &s.LeftAt, &s.WentTo, &s.MovedBy)
		}, dealID)
}

// Outcomes lists how a deal ended, each time, in order.
func (r *Reader) Outcomes(ctx context.Context, dealID string) ([]Outcome, error) {
	return list(ctx, r, "store.Outcomes", `
		SELECT id, deal_id, kind, stage_id, COALESCE(reason_id, ''), note, amount, currency, COALESCE(actor, ''), at, COALESCE(reopened_at, 0), COALESCE(reopened_by, '')
		FROM deal_outcomes WHERE deal_id = $1 ORDER BY at, id`,
		func(rows *sql.Rows, o *Outcome) error {
			return rows.Scan(&o.ID, &o.DealID, &o.Kind, &o.StageID, &o.ReasonID, &o.Note, &o.Amount, &o.Currency, &o.Actor, &o.At, &o.ReopenedAt, &o.ReopenedBy)
		}, dealID)
}

// DealsIn lists up to limit deals of a stage, those in the bin too.
func (r *Reader) DealsIn(ctx context.Context, stageID string, limit int) ([]string, error) {
	return list(ctx, r, "store.DealsIn", `SELECT id FROM deals WHERE stage_id = $1 ORDER BY id`+limitTo(limit), scanText, stageID)
}

// EmptyStage takes deals to another stage of the same kind, those in the bin too:
// they are what they were, elsewhere. stays are ids for as many stays.
func (tx *Tx) EmptyStage(ctx context.Context, deals []string, into string, stays []string, by string, at int64) error {
	if len(deals) == 0 {
		return nil
	}
	stage, err := tx.Stage(ctx, into)
	if err != nil {
		return err
	}
	return tx.flowing(ctx, deals, func() error {
		for i, id := range deals {
			if err := tx.takeOver(ctx, id, stage, stays[i], by, at); err != nil {
				return err
			}
		}
		return nil
	})
}

// takeOver takes one deal to a stage of the kind that it is in.
func (tx *Tx) takeOver(ctx context.Context, id string, stage Stage, stayID, by string, at int64) error {
	d, err := tx.Deal(ctx, id)
	if err != nil {
		return err
	}
	if stage.DeletedAt != 0 || d.Status != stage.Kind {
		return fmt.Errorf("store.EmptyStage: %w", ErrConflict)
	}
	moved := max(at, d.EnteredAt)
	if err := tx.endStay(ctx, id, stage.ID, moved); err != nil {
		return err
	}
	if !d.OwnProbability {
		d.Probability = stage.Probability
	}
	d.PipelineID, d.StageID = stage.PipelineID, stage.ID
	_, err = tx.exec(ctx, "store.EmptyStage", `
		UPDATE deals SET pipeline_id = $1, stage_id = $2, entered_at = $3, probability = $4, weighted = $5, updated_at = $3, version = version + 1 WHERE id = $6`,
		d.PipelineID, d.StageID, moved, d.Probability, Weighted(d.Amount, d.Probability), id)
	if err != nil {
		return err
	}
	return tx.insertStay(ctx, d, stayID, by, moved)
}
