package store

import (
	"context"
	"fmt"
	"testing"
)

// BenchmarkFunnel says what a year's flow through a pipeline costs over 100,000
// deals with 1,000,000 stays: whole weeks are added up already, the days at both
// ends are counted.
func BenchmarkFunnel(b *testing.B) {
	s, ctx := openLite(b), b.Context()
	plantHistory(b, s, 100_000)
	span := Span{From: 500*86_400_000 + 12_345, To: 865*86_400_000 + 54_321}
	for b.Loop() {
		if passes, err := s.Flow(ctx, Everything, flowStages, span); err != nil || len(passes) == 0 {
			b.Fatal(err, len(passes))
		}
	}
}

// BenchmarkMove says what a move of a deal with ten stays and more costs, with what
// is added up of it, and without, in one run.
func BenchmarkMove(b *testing.B) {
	s, ctx := openLite(b), b.Context()
	plantHistory(b, s, 20_000)
	for name, bare := range map[string]bool{"added-up": false, "bare": true} {
		i := 0
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				i++
				m := DealMove{DealID: fmt.Sprint("d", i%20_000), StageID: flowStages[1+i/20_000%3], StayID: fmt.Sprint(name, i), OutcomeID: fmt.Sprint(name, i), At: int64(i) + 2_000_000_000_000}
				err := s.InTx(ctx, func(tx *Tx) error {
					if bare { // as one within another, which leaves all to that
						tx.flows = map[string]bool{m.DealID: true}
					}
					_, err := tx.MoveDeal(ctx, m)
					return err
				})
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

var flowStages = []string{"s0", "s1", "s2", "s3", "s4", "s5"}

// plantHistory makes deals that went through a pipeline over three years.
func plantHistory(b *testing.B, s *Store, deals int) {
	b.Helper()
	ctx := b.Context()
	err := s.InTx(ctx, func(tx *Tx) error {
		p := Pipeline{ID: "p", Name: "P", Currency: "EUR", CreatedAt: 1}
		for i, id := range flowStages {
			p.Stages = append(p.Stages, Stage{ID: id, Name: id, Kind: []string{DealOpen, DealOpen, DealOpen, DealOpen, DealWon, DealLost}[i]})
		}
		return tx.InsertPipeline(ctx, p)
	})
	for from := 0; from < deals && err == nil; from += 5000 {
		err = s.InTx(ctx, func(tx *Tx) error { return plantFlow(ctx, tx, from, from+5000) })
	}
	if err == nil {
		err = s.InTx(ctx, func(tx *Tx) error { return tx.MendFlow(ctx) })
	}
	if err != nil {
		b.Fatal(err)
	}
}

// plantFlow makes deals with ten stays each, over three years.
func plantFlow(ctx context.Context, tx *Tx, from, to int) error {
	_, err := tx.exec(ctx, "plant", fmt.Sprintf(`
		WITH RECURSIVE n(i) AS (SELECT %d UNION ALL SELECT i + 1 FROM n WHERE i < %d)
		INSERT INTO deals (id, number, pipeline_id, stage_id, status, entered_at, owner_id, currency, probability, source, created_at, updated_at, last_activity_at)
		SELECT 'd' || i, i, 'p', 's0', 'open', i * 900000, CASE WHEN i %% 9 = 0 THEN NULL ELSE 'u' || (i %% 8) END, 'EUR', 10, 'manual', i * 900000, 1, i FROM n`, from, to-1))
	if err != nil {
		return err
	}
	_, err = tx.exec(ctx, "plant", fmt.Sprintf(`
		WITH RECURSIVE n(i) AS (SELECT %d UNION ALL SELECT i + 1 FROM n WHERE i < %d), k(j) AS (SELECT 0 UNION ALL SELECT j + 1 FROM k WHERE j < 9)
		INSERT INTO deal_stays (id, deal_id, pipeline_id, stage_id, entered_at, left_at, went_to)
		SELECT 'd' || i || '-' || j, 'd' || i, 'p', 's' || (j %% 6), i * 900000 + j * 86400000, CASE WHEN j < 9 THEN i * 900000 + (j + 1) * 86400000 END,
			CASE WHEN j < 9 THEN 's' || ((j + 1) %% 6) END FROM n, k`, from, to-1))
	return err
}
