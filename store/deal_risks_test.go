package store_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"stead/store"
	"stead/store/storetest"
)

func TestDealsAtRisk(t *testing.T) {
	st, midday := storetest.New(t), time.Date(1970, time.April, 11, 12, 0, 0, 0, time.FixedZone("", 3*3600))
	now, midnight := midday.UnixMilli(), midday.Add(-12*time.Hour).UnixMilli()
	pipes(t, st, "p")
	change(t, st, func(ctx context.Context, tx *store.Tx) error {
		if err := tx.SaveStage(ctx, store.Stage{ID: "p-1", Name: "Quoted", Kind: store.DealOpen, IdleDays: 7, Version: 1, UpdatedAt: 1}); err != nil {
			return err
		}
		for i, d := range []store.Deal{
			{ID: "fine", StageID: "p-0", CreatedAt: now},
			{ID: "stepless", StageID: "p-0", CreatedAt: now - 3},
			{ID: "overdue", StageID: "p-0", CreatedAt: now - 2},
			{ID: "idle", StageID: "p-1", CreatedAt: now - 8*24*3_600_000},
			{ID: "won", StageID: "p-4", CreatedAt: 5},
			{ID: "theirs", StageID: "p-0", OwnerID: "u2", CreatedAt: now},
			{ID: "today", StageID: "p-0", CreatedAt: now},
			{ID: "yesterday", StageID: "p-0", CreatedAt: now - 1},
		} {
			d.PipelineID, d.Currency, d.Source = "p", "EUR", "manual"
			if _, err := tx.InsertDeal(ctx, d, fmt.Sprint("s", i)); err != nil {
				return err
			}
		}
		for id, due := range map[string]int64{"fine": now + 1, "overdue": now - 1, "idle": now + 1} {
			if err := tx.InsertTask(ctx, store.Task{ID: "t" + id, DealID: id, Kind: store.TaskToDo, Title: "Call", DueAt: due, CreatedAt: 1}); err != nil {
				return err
			}
		}
		for id, due := range map[string]int64{"today": midnight, "yesterday": midnight - 24*3_600_000} {
			if err := tx.InsertTask(ctx, store.Task{ID: "t" + id, DealID: id, Kind: store.TaskToDo, Title: "Call", DueAt: due, AllDay: true, CreatedAt: 1}); err != nil {
				return err
			}
		}
		return nil
	})
	rows, err := st.DealsAtRisk(t.Context(), store.OwnedBy("u1").OrFree(), midday, 10)
	var got string
	for _, x := range rows {
		got += fmt.Sprintf("%s %v %v %v %s, ", x.ID, x.Stepless, x.Overdue, x.Idle, x.Stage)
	}
	if want := "idle false false true Quoted, stepless true false false Stage 0, overdue false true false Stage 0, yesterday false true false Stage 0, "; err != nil || got != want {
		t.Errorf("got %s (%v), want %s", got, err, want)
	}
}
