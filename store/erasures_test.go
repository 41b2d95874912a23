package store_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"stead/store"
	"stead/store/storetest"
)

func do(t *testing.T, st *store.Store, fn func(ctx context.Context, tx *store.Tx) error) {
	t.Helper()
	if err := st.InTx(t.Context(), func(tx *store.Tx) error { return fn(t.Context(), tx) }); err != nil {
		t.Fatal(err)
	}
}

func TestErasureGoesThroughItsStatesOnce(t *testing.T) {
	st := storetest.New(t)
	begun := store.Erasure{ID: "e1", ContactID: "c1", SubjectKey: "k", State: store.ErasurePlanned, Plan: "{}", RequestedBy: "u1", CreatedAt: 5}
	do(t, st, func(ctx context.Context, tx *store.Tx) error { return tx.InsertErasure(ctx, begun) })
	if e, err := st.ErasureOf(t.Context(), "c1"); err != nil || e.ID != "e1" {
		t.Fatalf("%+v, %v", e, err)
	}
	do(t, st, func(ctx context.Context, tx *store.Tx) error {
		return errors.Join(tx.StepErasure(ctx, "e1", store.ErasurePlanned, store.ErasureDestroying, ""),
			tx.KeepNeedles(ctx, "e1", []byte{1, 2}, "h1 h2"),
			tx.StepErasure(ctx, "e1", store.ErasureDestroying, store.ErasureProving, `{"hits":0}`))
	})
	err := st.InTx(t.Context(), func(tx *store.Tx) error {
		return tx.StepErasure(t.Context(), "e1", store.ErasurePlanned, store.ErasureDestroying, "")
	})
	if !errors.Is(err, store.ErrConflict) {
		t.Errorf("a step that was taken is taken again: %v", err)
	}
	if open, err := st.OpenErasures(t.Context()); err != nil || len(open) != 1 || string(open[0].Needles) != "\x01\x02" {
		t.Errorf("open = %+v, %v", open, err)
	}
	if hashes, err := st.NeedleHashes(t.Context()); err != nil || strings.Join(hashes, "|") != "h1 h2" {
		t.Errorf("hashes = %v, %v", hashes, err)
	}
	do(t, st, func(ctx context.Context, tx *store.Tx) error {
		return tx.FinishErasure(ctx, "e1", store.ErasureProving, `{"hits":0}`, 9)
	})
	e, err := st.Erasure(t.Context(), "e1")
	if err != nil || e.ContactID != "" || e.Needles != nil || e.State != store.ErasureDone || e.FinishedAt != 9 || e.Receipt != `{"hits":0}` {
		t.Errorf("done = %+v, %v", e, err)
	}
	if _, err := st.ErasureOf(t.Context(), "c1"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("whom it was about is still known: %v", err)
	}
}

func TestErasuresArePagedLatestFirst(t *testing.T) {
	st := storetest.New(t)
	do(t, st, func(ctx context.Context, tx *store.Tx) error {
		for i, id := range []string{"e1", "e2", "e3"} {
			if err := tx.InsertErasure(ctx, store.Erasure{ID: id, SubjectKey: "k", State: store.ErasureDone, Plan: "{}", CreatedAt: int64(i / 2)}); err != nil {
				return err
			}
		}
		return nil
	})
	var got []string
	page := store.Page{Limit: 1}
	for {
		list, err := st.Erasures(t.Context(), page)
		if err != nil {
			t.Fatal(err)
		}
		if len(list) == 0 {
			break
		}
		got = append(got, list[0].ID)
		page.After = store.Cursor(list[0].CreatedAt, list[0].ID)
	}
	if strings.Join(got, " ") != "e3 e2 e1" {
		t.Errorf("order = %v", got)
	}
}

func TestRemotesAreCountedAndForgottenWhenGone(t *testing.T) {
	st := storetest.New(t)
	do(t, st, func(ctx context.Context, tx *store.Tx) error {
		err := tx.InsertErasure(ctx, store.Erasure{ID: "e1", SubjectKey: "k", State: store.ErasureProving, Plan: "{}"})
		for _, id := range []string{"r1", "r2", "r3"} {
			err = errors.Join(err, tx.InsertRemote(ctx, store.Remote{ID: id, ErasureID: "e1", Provider: "twilio", Kind: "message", Ref: "SM" + id}))
		}
		return errors.Join(err, tx.NoteRemote(ctx, "r1", store.RemoteDone, "", 1), tx.NoteRemote(ctx, "r2", store.RemoteFailed, "20003", 1),
			tx.NoteRemote(ctx, "r1", store.RemoteGone, "20404", 2)) // the second word comes too late
	})
	counts, err := st.RemoteCounts(t.Context(), "e1")
	if err != nil || len(counts) != 3 || counts[0] != (store.RemoteCount{Provider: "twilio", State: store.RemoteDone, N: 1}) {
		t.Errorf("counts = %+v, %v", counts, err)
	}
	do(t, st, func(ctx context.Context, tx *store.Tx) error {
		n, err := tx.RetryRemotes(ctx, "e1")
		if n != 1 {
			t.Errorf("%d are tried again, want the failed one", n)
		}
		return err
	})
	left, err := st.PendingRemotes(t.Context(), "e1", 10)
	if err != nil || len(left) != 2 || left[0].ID != "r3" || left[1].Ref != "SMr2" || left[1].Attempts != 1 {
		t.Errorf("left = %+v, %v", left, err)
	}
}

func TestSweepRunsAndProcessorsAreSummedUp(t *testing.T) {
	st := storetest.New(t)
	do(t, st, func(ctx context.Context, tx *store.Tx) error {
		err := errors.Join(tx.StartSweep(ctx, store.SweepRun{ID: "s1", Rule: "events", StartedAt: 3}), tx.AddToSweep(ctx, "s1", 500),
			tx.AddToSweep(ctx, "s1", 7), tx.EndSweep(ctx, "s1", "", 4))
		for i, contact := range []string{"c1", "c1", "c2"} {
			err = errors.Join(err, tx.InsertDisclosure(ctx, store.Disclosure{
				ID: string(rune('a' + i)), ContactID: contact, Processor: "twilio", Purpose: "reply", Fields: "phone body", Result: "201", At: int64(i + 1),
			}))
		}
		return err
	})
	runs, err := st.SweepRuns(t.Context(), 5)
	if err != nil || len(runs) != 1 || runs[0] != (store.SweepRun{ID: "s1", Rule: "events", Rows: 507, Batches: 2, StartedAt: 3, FinishedAt: 4}) {
		t.Errorf("runs = %+v, %v", runs, err)
	}
	of, err := st.Processors(t.Context(), "c1", 0)
	if err != nil || len(of) != 1 || of[0].Times != 2 || of[0].LastAt != 2 {
		t.Errorf("processors of one = %+v, %v", of, err)
	}
	all, err := st.Processors(t.Context(), "", 2)
	if err != nil || len(all) != 1 || all[0].Times != 2 || all[0].LastAt != 3 {
		t.Errorf("processors since = %+v, %v", all, err)
	}
}

func TestLedgerAndAuditOnEveryEngine(t *testing.T) {
	st := storetest.New(t)
	for i := range 3 {
		note(t, st, store.LedgerSuppress, i+1)
		do(t, st, func(ctx context.Context, tx *store.Tx) error {
			return tx.Audit(ctx, store.AuditEntry{Action: "x.y", Actor: "u1", Object: "o", ContactID: "c1", At: int64(i+1) * 86_400_000})
		})
	}
	entries, err := st.LedgerEntries(t.Context(), 1)
	if err != nil || len(entries) != 2 || entries[1].Subject != subjectOf(3) {
		t.Errorf("entries = %+v, %v", entries, err)
	}
	if report, err := st.VerifyAudit(t.Context(), nil); err != nil || report.Entries != 3 || report.Problem != "" {
		t.Errorf("report = %+v, %v", report, err)
	}
	do(t, st, func(ctx context.Context, tx *store.Tx) error { _, err := tx.EraseSubject(ctx, "c1"); return err })
	if report, err := st.VerifyAudit(t.Context(), nil); err != nil || report.Anonymised != 3 || report.Problem != "" {
		t.Errorf("after an erasure: report = %+v, %v", report, err)
	}
}
