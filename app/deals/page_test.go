package deals_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"stead/app/access"
	"stead/app/deals"
	"stead/app/errs"
	"stead/store"
)

// A stage that asks for something is given it while the deal moves, in one step
// that is taken back as one.
func TestWhatAStageAsksForIsFilledInWhileMoving(t *testing.T) {
	k, ctx := newKit(t), t.Context()
	made, err := k.Create(ctx, boss, deals.Draft{Title: "Bike", PipelineID: "p", StageID: "new", Currency: "EUR", Tags: []string{"Hot"}}, "")
	if err != nil {
		t.Fatal(err)
	}
	in, d, err := k.Form(ctx, boss, made.ID)
	if err != nil {
		t.Fatal(err)
	}
	in.Amount = "1.250,50"
	_, err = k.Move(ctx, boss, made.ID, deals.Moving{StageID: "offer", Version: d.Version, Fill: &in})
	if f := errs.Fields(err); len(f) != 1 || f["person"] == "" {
		t.Errorf("half of it: %v", f)
	}
	in.ContactID = "ann"
	moved, err := k.Move(ctx, boss, made.ID, deals.Moving{StageID: "offer", Version: d.Version, Fill: &in})
	if err != nil {
		t.Fatal(err)
	}
	now, err := k.See(ctx, boss, made.ID)
	if err != nil || now.StageID != "offer" || now.Amount != 125050 || now.Weighted != 75030 || now.Person.Name != "ann" || len(now.Tags) != 1 || len(now.Stays) != 2 {
		t.Errorf("%+v (%v)", now, err)
	}
	_, err = k.Move(ctx, boss, made.ID, deals.Moving{StageID: "new", Version: d.Version, Fill: &in})
	if errs.CodeOf(err) != deals.CodeChanged {
		t.Errorf("an old version moves it: %v", err)
	}
	k.change(func(ctx context.Context, tx *store.Tx) error { _, err := tx.TakeBack(ctx, moved.Undo, 9); return err })
	if d := k.deal(made.ID); d.StageID != "new" || d.Amount != 0 || d.ContactID != "" {
		t.Errorf("taken back: %+v", d)
	}
}

// What ended begins again where it was last open, and its outcome counts no more.
func TestADealIsReopenedWhereItWas(t *testing.T) {
	k, ctx := newKit(t), t.Context()
	made, err := k.Create(ctx, boss, deals.Draft{PipelineID: "p", StageID: "new", Currency: "EUR", Amount: "10", ContactID: "ann"}, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range []deals.Moving{{StageID: "offer"}, {StageID: "lost", ReasonID: "dear"}} {
		if _, err := k.Move(ctx, boss, made.ID, m); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := k.Reopen(ctx, boss, made.ID, 1); errs.CodeOf(err) != deals.CodeChanged {
		t.Errorf("an old version reopens it: %v", err)
	}
	if _, err := k.Reopen(ctx, boss, made.ID, k.deal(made.ID).Version); err != nil {
		t.Fatal(err)
	}
	now, err := k.See(ctx, boss, made.ID)
	if err != nil || now.StageID != "offer" || len(now.Outcomes) != 1 || now.Outcomes[0].ReopenedAt == 0 || now.Outcomes[0].ReasonID != "dear" {
		t.Errorf("%+v (%v)", now, err)
	}
	if again, err := k.Reopen(ctx, boss, made.ID, 0); err != nil || again.Undo != "" {
		t.Errorf("an open one is reopened: %+v, %v", again, err)
	}
}

// A pipeline that was deleted takes no deal any more: neither one that is reopened
// nor one that a form still names.
func TestADeletedPipelineTakesNoDeal(t *testing.T) {
	k, ctx := newKit(t), t.Context()
	k.change(func(ctx context.Context, tx *store.Tx) error {
		return tx.InsertPipeline(ctx, store.Pipeline{ID: "q", Name: "Old", Currency: "EUR", CreatedAt: 1, Stages: []store.Stage{
			{ID: "old", Name: "Old", Kind: store.DealOpen}, {ID: "oldwon", Name: "Won", Kind: store.DealWon, Probability: 100}, {ID: "oldlost", Name: "Lost", Kind: store.DealLost},
		}})
	})
	ended := k.made(deals.Draft{PipelineID: "q", StageID: "old"})
	if _, err := k.Move(ctx, boss, ended, deals.Moving{StageID: "oldwon"}); err != nil {
		t.Fatal(err)
	}
	open := k.made(deals.Draft{})
	k.change(func(ctx context.Context, tx *store.Tx) error { return tx.DeletePipeline(ctx, "q", 1, 9) })
	if _, err := k.Reopen(ctx, boss, ended, 0); errs.KindOf(err) != errs.Conflict {
		t.Errorf("one is reopened there: %v", err)
	}
	if _, err := k.Move(ctx, boss, open, deals.Moving{StageID: "old"}); errs.KindOf(err) != errs.Conflict {
		t.Errorf("one is moved there: %v", err)
	}
	if _, err := k.Create(ctx, boss, deals.Draft{Title: "Old", PipelineID: "q", StageID: "old", Currency: "EUR"}, ""); errs.Fields(err)["stage"] == "" {
		t.Errorf("one is made there: %v", err)
	}
	if _, err := k.Move(ctx, boss, ended, deals.Moving{StageID: "new"}); err != nil || !k.deal(ended).Open() {
		t.Errorf("it goes on in another one: %v", err)
	}
}

// The first step is a task of the deal, goes when its making is taken back, and a
// call that is to be returned becomes it.
func TestADealBeginsWithItsNextStep(t *testing.T) {
	k, ctx := newKit(t), t.Context()
	in := deals.Draft{PipelineID: "p", StageID: "new", Currency: "EUR", ContactID: "ann", OwnerID: "u1", Step: " Send  the offer ", StepOn: "2026-10-02"}
	made, err := k.Create(ctx, boss, in, "")
	if err != nil {
		t.Fatal(err)
	}
	now, err := k.See(ctx, boss, made.ID)
	if err != nil || !now.HasStepOpen || now.Next.Title != "Send the offer" || !now.Next.AllDay || now.Next.ContactID != "ann" || now.Next.OwnerID != "u1" {
		t.Errorf("%+v (%v)", now.Next, err)
	}
	k.change(func(ctx context.Context, tx *store.Tx) error { _, err := tx.TakeBack(ctx, made.Undo, 9); return err })
	if _, err := k.st.Task(ctx, now.Next.ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the task stays: %v", err)
	}
	in.StepOn = "some day"
	if _, err := k.Create(ctx, boss, in, ""); errs.Fields(err)["step_on"] == "" {
		t.Errorf("a day that is none: %v", err)
	}
	k.change(func(ctx context.Context, tx *store.Tx) error {
		return tx.InsertTask(ctx, store.Task{ID: "ring", ContactID: "ann", Kind: store.TaskCallBack, DueAt: 1, CreatedAt: 1})
	})
	in.Step, in.Source = "", "call"
	if made, err = k.Create(ctx, boss, in, ""); err != nil {
		t.Fatal(err)
	}
	if now, err = k.See(ctx, boss, made.ID); err != nil || now.Next.ID != "ring" || now.Source != "call" {
		t.Errorf("%+v (%v)", now.Next, err)
	}
	k.change(func(ctx context.Context, tx *store.Tx) error { _, err := tx.TakeBack(ctx, made.Undo, 9); return err })
	if task, err := k.st.Task(ctx, "ring"); err != nil || task.DealID != "" {
		t.Errorf("the call: %+v (%v)", task, err)
	}
}

// People are added with a role, change it, and go; editing the deal leaves them.
func TestOthersHaveToDoWithADeal(t *testing.T) {
	k, ctx := newKit(t), t.Context()
	made, err := k.Create(ctx, boss, deals.Draft{PipelineID: "p", StageID: "new", Currency: "EUR", ContactID: "ann"}, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"ann", "nobody", ""} {
		if _, err := k.SetOther(ctx, boss, made.ID, deals.Other{ContactID: id}); errs.Fields(err)["person"] == "" {
			t.Errorf("%q: %v", id, err)
		}
	}
	for _, role := range []string{"Pays", "Decides"} {
		if _, err := k.SetOther(ctx, boss, made.ID, deals.Other{ContactID: "bob", Role: role}); err != nil {
			t.Fatal(err)
		}
	}
	in, d, err := k.Form(ctx, boss, made.ID)
	if err != nil {
		t.Fatal(err)
	}
	in.Title = "Called otherwise"
	if _, err := k.Edit(ctx, boss, made.ID, d.Version, in); err != nil {
		t.Fatal(err)
	}
	now, err := k.See(ctx, boss, made.ID)
	if err != nil || !slices.Equal(now.Others, []deals.Ref{{ID: "bob", Name: "bob", Role: "Decides", Open: true}}) {
		t.Errorf("%+v (%v)", now.Others, err)
	}
	gone, err := k.DropOther(ctx, boss, made.ID, "bob")
	if err != nil || gone.Undo == "" {
		t.Fatal(err)
	}
	if again, err := k.DropOther(ctx, boss, made.ID, "bob"); err != nil || again.Undo != "" {
		t.Errorf("twice: %+v, %v", again, err)
	}
	k.change(func(ctx context.Context, tx *store.Tx) error { _, err := tx.TakeBack(ctx, gone.Undo, 9); return err })
	if now, err = k.See(ctx, boss, made.ID); err != nil || len(now.Others) != 1 || now.Others[0].Role != "Decides" {
		t.Errorf("taken back: %+v (%v)", now.Others, err)
	}
}

// Who may see neither texts nor amounts sees that there is a deal, and no more.
func TestADealIsVeiled(t *testing.T) {
	k, ctx := newKit(t), t.Context()
	made, err := k.Create(ctx, boss, deals.Draft{Title: "Secret", PipelineID: "p", StageID: "new", Currency: "EUR", Amount: "99", ContactID: "ann"}, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.Notebook().AddNote(ctx, boss, made.ID, "Said so", ""); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Move(ctx, boss, made.ID, deals.Moving{StageID: "lost", Reason: "Their words"}); err != nil {
		t.Fatal(err)
	}
	eyes := access.Actor{ID: "u2", Kind: access.User, May: map[access.Permission]access.Reach{access.DealsRead: access.All, access.DealsWrite: access.All}}
	d, err := k.See(ctx, eyes, made.ID)
	if err != nil || !d.Veiled || d.Amounts || d.Title != "" || d.Amount != 0 || d.Weighted != 0 || d.Outcomes[0].Note != "" || d.Outcomes[0].Amount != 0 || d.Person.Name != "" {
		t.Errorf("%+v (%v)", d, err)
	}
	notes, err := k.Notes(ctx, eyes, made.ID, "")
	if err != nil || len(notes.Rows) != 1 || notes.Rows[0].Body == "Said so" || notes.May {
		t.Errorf("%+v (%v)", notes, err)
	}
	for name, err := range map[string]error{
		"a form": second(k.Form(ctx, eyes, made.ID)), "a note": first(k.Notebook().AddNote(ctx, eyes, made.ID, "x", "")),
		"a person": first(k.SetOther(ctx, eyes, made.ID, deals.Other{ContactID: "bob"})),
	} {
		if errs.KindOf(err) != errs.Denied {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func first[T any](_ T, err error) error          { return err }
func second[T, U any](_ T, _ U, err error) error { return err }

// A note is written once, changed by whoever saw it, put away and brought back.
func TestNotesOfADeal(t *testing.T) {
	k, ctx := newKit(t), t.Context()
	made, err := k.Create(ctx, boss, deals.Draft{PipelineID: "p", StageID: "new", Currency: "EUR", ContactID: "ann"}, "")
	if err != nil {
		t.Fatal(err)
	}
	a, err := k.Notebook().AddNote(ctx, boss, made.ID, "Asked for two", "0123456789abcdef")
	if err != nil {
		t.Fatal(err)
	}
	if b, err := k.Notebook().AddNote(ctx, boss, made.ID, "Asked for two", "0123456789abcdef"); err != nil || b.ID != a.ID || b.Undo != "" {
		t.Errorf("twice: %+v, %v", b, err)
	}
	n, err := k.Notebook().Note(ctx, boss, made.ID, a.ID)
	if err != nil || n.ContactID != "ann" || n.DealID != made.ID {
		t.Errorf("%+v (%v)", n, err)
	}
	if _, err := k.Notebook().EditNote(ctx, boss, made.ID, a.ID, "Asked for three", n.Version); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Notebook().EditNote(ctx, boss, made.ID, a.ID, "Asked for four", n.Version); errs.CodeOf(err) != deals.CodeChanged {
		t.Errorf("over somebody else's: %v", err)
	}
	if _, err := k.Notebook().PinNote(ctx, boss, made.ID, a.ID, true); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Notebook().AddNote(ctx, boss, made.ID, "  ", ""); errs.Fields(err)["body"] == "" {
		t.Errorf("nothing: %v", err)
	}
	notes, err := k.Notes(ctx, boss, made.ID, "")
	if err != nil || len(notes.Pinned) != 1 || len(notes.Rows) != 0 || notes.Pinned[0].Body != "Asked for three" {
		t.Errorf("%+v (%v)", notes, err)
	}
	if _, err := k.Notebook().DeleteNote(ctx, boss, made.ID, a.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Notebook().Note(ctx, boss, made.ID, a.ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("in the bin: %v", err)
	}
}
