package store

import (
	"context"
	"slices"
	"testing"
)

// Deals age from their end, or, where nobody ended them, from when they were last
// worked on; leads from when they were settled or last tried. With a deal go its
// stays and outcomes.
func TestDealsAndLeadsAge(t *testing.T) {
	s, ctx := openStore(t), t.Context()
	const now = int64(20_000 * dayMillis)
	deals, leads := rule(t, "deals"), rule(t, "leads")
	err := s.InTx(ctx, func(tx *Tx) error { return plantAged(ctx, tx, deals.cutoff(now), leads.cutoff(now)) })
	if err != nil {
		t.Fatal(err)
	}
	if n := sweep(t, s, deals, now, 100); n != 2 {
		t.Errorf("%d deals were due", n)
	}
	if n := sweep(t, s, leads, now, 100); n != 2 {
		t.Errorf("%d leads were due", n)
	}
	for query, want := range map[string][]string{
		"SELECT id FROM deals ORDER BY id":                         {"open", "won"},
		"SELECT DISTINCT deal_id FROM deal_stays ORDER BY deal_id": {"open", "won"},
		"SELECT deal_id FROM deal_outcomes":                        {"won"},
		"SELECT id FROM leads ORDER BY id":                         {"done", "failed"},
	} {
		if got, err := list(ctx, &s.Reader, "test", query, scanText); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v (%v)", query, got, want, err)
		}
	}
}

// plantAged makes two deals and two leads that are due, and as many that have a
// day left.
func plantAged(ctx context.Context, tx *Tx, deals, leads int64) error {
	stages := []Stage{{ID: "new", Name: "New", Kind: DealOpen}, {ID: "won-here", Name: "Won", Kind: DealWon, Probability: 100}, {ID: "lost-here", Name: "Lost", Kind: DealLost}}
	if err := tx.InsertPipeline(ctx, Pipeline{ID: "p", Name: "P", Currency: "EUR", CreatedAt: 1, Stages: stages}); err != nil {
		return err
	}
	for id, at := range map[string]int64{"open": deals + dayMillis, "won": deals + dayMillis, "old-open": deals - dayMillis, "old-won": deals - dayMillis} {
		if _, err := tx.InsertDeal(ctx, Deal{ID: id, PipelineID: "p", StageID: "new", Currency: "EUR", Source: "manual", CreatedAt: at}, id+"-1"); err != nil {
			return err
		}
		if id == "open" || id == "old-open" {
			continue
		}
		if _, err := tx.MoveDeal(ctx, DealMove{DealID: id, StageID: "won-here", StayID: id + "-2", OutcomeID: id + "-o", At: at}); err != nil {
			return err
		}
	}
	if err := tx.TouchDeal(ctx, "old-won", deals+dayMillis); err != nil { // a note is no reason to keep it
		return err
	}
	src := LeadSource{ID: "web", Kind: LeadForm, Name: "Web", NameKey: "web", Token: "t", PipelineID: "p", StageID: "new", Assign: AssignNobody, CreatedAt: 1}
	if err := tx.InsertLeadSource(ctx, src); err != nil {
		return err
	}
	for id, l := range map[string]LeadRow{
		"failed": {State: LeadFailed, ReceivedAt: leads + dayMillis}, "old-failed": {State: LeadFailed, ReceivedAt: leads - dayMillis},
		"done": {State: LeadDone, ReceivedAt: leads - dayMillis, SettledAt: leads + dayMillis}, "old-done": {State: LeadDone, ReceivedAt: leads - 2*dayMillis, SettledAt: leads - dayMillis},
	} {
		l.ID, l.SourceID, l.Kind, l.OnceHash, l.BodyHash = id, "web", LeadForm, id, id
		if _, _, err := tx.TakeLead(ctx, l, 0); err != nil {
			return err
		}
	}
	return nil
}
