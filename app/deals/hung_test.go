package deals_test

import (
	"context"
	"testing"

	"stead/app/access"
	"stead/app/deals"
	"stead/app/ids"
	"stead/store"
)

// What was said of a deal before anybody was known to be in it is about whoever
// comes to be: it goes with them when they are erased.
func TestWhatHangsOnADealIsAboutItsPerson(t *testing.T) {
	k := newKit(t)
	ctx := context.Background()
	draft := deals.Draft{Title: "Roof", PipelineID: "p", StageID: "new", Currency: "EUR", Amount: "7"}
	made, err := k.Create(ctx, boss, draft, ids.New())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.Notebook().AddNote(ctx, boss, made.ID, "Ann wants slate", ids.New()); err != nil {
		t.Fatal(err)
	}
	noted := func() store.Note {
		t.Helper()
		rows, err := k.st.DealNotes(ctx, made.ID, false, store.Page{})
		if err != nil || len(rows) != 1 {
			t.Fatalf("%d notes, %v", len(rows), err)
		}
		return rows[0]
	}
	draft.ContactID = "ann"
	saved, err := k.Edit(ctx, boss, made.ID, k.deal(made.ID).Version, draft)
	if err != nil || noted().ContactID != "ann" {
		t.Fatalf("the note is about %q (%v)", noted().ContactID, err)
	}
	k.change(func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.TakeBack(ctx, saved.Undo, *k.at)
		return err
	})
	if noted().ContactID != "" {
		t.Errorf("taken back, the note is about %q", noted().ContactID)
	}
	if _, err := k.Edit(ctx, boss, made.ID, k.deal(made.ID).Version, draft); err != nil {
		t.Fatal(err)
	}
	k.change(func(ctx context.Context, tx *store.Tx) error { _, err := tx.EraseSubject(ctx, "ann"); return err })
	if rows, err := k.st.DealNotes(ctx, made.ID, false, store.Page{}); err != nil || len(rows) != 0 {
		t.Errorf("%d notes are left (%v)", len(rows), err)
	}
	found, err := k.st.FindTexts(ctx, store.Everything, store.Everything, "note", "slate", store.Page{})
	if err != nil || len(found.Rows) != 0 {
		t.Errorf("the note is still found: %+v, %v", found.Rows, err)
	}
}

// The same holds for somebody who comes into the deal because a stage asks for them.
func TestWhatHangsOnADealIsAboutWhomAMoveNames(t *testing.T) {
	k := newKit(t)
	ctx := context.Background()
	id := k.made(deals.Draft{Title: "Roof", Amount: "7"})
	if _, err := k.Notebook().AddNote(ctx, boss, id, "Ann wants slate", ids.New()); err != nil {
		t.Fatal(err)
	}
	in, d, err := k.Form(ctx, boss, id)
	if err != nil {
		t.Fatal(err)
	}
	in.ContactID = "ann"
	saved, err := k.Move(ctx, boss, id, deals.Moving{StageID: "offer", Version: d.Version, Fill: &in})
	if err != nil {
		t.Fatal(err)
	}
	if rows, err := k.st.DealNotes(ctx, id, false, store.Page{}); err != nil || len(rows) != 1 || rows[0].ContactID != "ann" {
		t.Errorf("the note is about %+v (%v)", rows, err)
	}
	k.change(func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.TakeBack(ctx, saved.Undo, *k.at)
		return err
	})
	if rows, err := k.st.DealNotes(ctx, id, false, store.Page{}); err != nil || len(rows) != 1 || rows[0].ContactID != "" {
		t.Errorf("taken back, the note is about %+v (%v)", rows, err)
	}
}

// A caller whom nobody has named yet is called by the number.
func TestANamelessPersonIsCalledByTheNumber(t *testing.T) {
	k := newKit(t)
	ctx := context.Background()
	k.change(func(ctx context.Context, tx *store.Tx) error {
		c := store.Contact{ID: "caller", Source: "call", CreatedAt: *k.at, UpdatedAt: *k.at, LastActivityAt: *k.at}
		return tx.InsertContact(ctx, c, []store.Phone{{ID: "ph", ContactID: "caller", Typed: "+351912345678", E164: "+351912345678", CreatedAt: *k.at}}, nil)
	})
	made, err := k.Create(ctx, boss, deals.Draft{PipelineID: "p", StageID: "new", Currency: "EUR", ContactID: "caller"}, ids.New())
	if err != nil {
		t.Fatal(err)
	}
	for actor, want := range map[string]string{"owner": "912 345 678", "viewer": "•••• 78"} {
		who := boss
		if actor == "viewer" {
			who = access.Actor{ID: "u2", Kind: access.User, May: map[access.Permission]access.Reach{access.DealsRead: access.All, access.ContactsRead: access.All}}
		}
		d, err := k.See(ctx, who, made.ID)
		if err != nil || d.Person == nil || d.Person.Name != want {
			t.Errorf("%s: %+v, %v, want %s", actor, d.Person, err, want)
		}
	}
}
