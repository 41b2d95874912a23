package imports_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/ids"
	"stead/store"
)

// What stood in a colleague's file is personal data like any other: it takes the
// right to see theirs. One's own is one's own.
func TestAColleaguesFileTakesTheRightToSee(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	done := d.bring(job("a.csv", "Name,Email\nAna,a@x.example\nSecret,nothing\n"))
	draft, err := d.svc.Upload(ctx, d.owner, "b.csv", strings.NewReader("Name,Email\nBo,b@x.example\n"))
	d.ok(err)
	for name, tc := range map[string]struct {
		read, see access.Reach
		shown     bool
	}{
		"no personal data":      {access.All, 0, false},
		"one's own alone":       {access.All, access.Own, false},
		"the team's":            {access.All, access.Team, true},
		"everybody's":           {access.All, access.All, true},
		"one's own records all": {access.Own, access.All, false},
	} {
		t.Run(name, func(t *testing.T) {
			a := access.Actor{ID: ids.New(), Kind: access.User, May: map[access.Permission]access.Reach{
				access.ContactsImport: access.All, access.ContactsRead: tc.read, access.PersonalSee: tc.see, access.ContactsWrite: access.All,
			}}
			a.Mates = []string{a.ID, d.owner.ID}
			_, rows := d.svc.Rows(ctx, a, done.ID, store.RowRejected, 0)
			_, preview := d.svc.Preview(ctx, a, draft.ID)
			file, _, rejects := d.svc.Rejects(ctx, a, done.ID)
			if rejects == nil {
				d.ok(file.Close())
			}
			list, _, err := d.svc.List(ctx, a, "")
			d.ok(err)
			for what, err := range map[string]error{"rows": rows, "preview": preview, "rejects": rejects} {
				if (err == nil) != tc.shown || err != nil && errs.KindOf(err) != errs.NotFound {
					t.Errorf("%s: %v", what, err)
				}
			}
			if (len(list) == 2) != tc.shown || !tc.shown && len(list) != 0 {
				t.Errorf("%d are listed", len(list))
			}
			for _, page := range []string{"/imports/" + done.ID, "/imports/" + done.ID + "/rows", "/imports/" + draft.ID, "/imports/" + draft.ID + "/rules"} {
				if got := d.As(a, "GET", page); (got == http.StatusOK) != tc.shown || !tc.shown && got != http.StatusNotFound {
					t.Errorf("%s answers %d", page, got)
				}
			}
			own, err := d.svc.Upload(ctx, a, "own.csv", strings.NewReader("Name,Email\nCi,c@x.example\n"))
			d.ok(err)
			if p, err := d.svc.Preview(ctx, a, own.ID); err != nil || len(p.Rows) != 1 {
				t.Errorf("one's own: %v, %v", p.Rows, err)
			}
			if mine, _, err := d.svc.List(ctx, a, ""); err != nil || len(mine) != len(list)+1 {
				t.Errorf("of one's own %d are listed (%v)", len(mine)-len(list), err)
			}
			d.ok(d.svc.Discard(ctx, a, own.ID))
		})
	}
}

// What is uploaded and never imported fills no disk: there is an end to it, which
// discarding and time move away.
func TestWhatWaitsHasAnEnd(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	send := func(text string) (store.Import, error) {
		return d.svc.Upload(ctx, d.owner, "a.csv", strings.NewReader("Name,Email\n"+text+",a@x.example\n"))
	}
	var last store.Import
	for n := range 20 {
		i, err := send("Ana")
		if err != nil {
			t.Fatalf("file %d: %v", n+1, err)
		}
		last = i
	}
	refused := func(what string, err error) {
		t.Helper()
		if errs.KindOf(err) != errs.Invalid || errs.CodeOf(err) != "imports_waiting" || !strings.Contains(errs.Message(err), "discard") {
			t.Errorf("%s: %v", what, err)
		}
	}
	_, err := send("One more")
	refused("one more", err)
	if i, err := d.svc.Do(ctx, access.Operator(), job("a.csv", "Name,Email\nEd,e@x.example\n"), nil); err != nil || i.Created != 1 {
		t.Errorf("at the terminal, where nothing waits: %+v, %v", i, err)
	}
	d.ok(d.svc.Discard(ctx, d.owner, last.ID))
	if _, err := send("In its place"); err != nil {
		t.Error(err)
	}
	d.Clock.Advance(9 * 24 * time.Hour)
	if _, err := d.App.Privacy.Sweep(ctx, access.Operator(), true); err != nil {
		t.Fatal(err)
	}
	if n, bytes, err := d.Store().ImportsWaiting(ctx); n != 0 || bytes != 0 || err != nil {
		t.Errorf("after their days %d wait, with %d bytes (%v)", n, bytes, err)
	}
	if _, err = send("After a while"); err != nil {
		t.Error(err)
	}
	d.ok(d.Store().InTx(ctx, func(tx *store.Tx) error { // a stopped import keeps its file as well
		f := store.File{ID: ids.New(), Purpose: store.FileImport, Name: "large.csv", Size: 4<<30 - 1000, SealedKey: []byte("x"), CreatedAt: 1}
		i := store.Import{ID: ids.New(), FileID: f.ID, State: store.ImportCancelled, Format: "csv", Settings: "{}", Mode: "add", CreatedBy: d.owner.ID, CreatedAt: 1}
		if err := tx.InsertFile(ctx, f); err != nil {
			return err
		}
		return tx.InsertImport(ctx, i)
	}))
	before, err := d.Store().FileIDs(ctx, "", 100)
	d.ok(err)
	_, err = send(strings.Repeat("x", 2000))
	refused("more bytes", err)
	if after, err := d.Store().FileIDs(ctx, "", 100); err != nil || len(after) != len(before) {
		t.Errorf("%d files, then %d (%v)", len(before), len(after), err)
	}
	if _, err := send("Small"); err != nil {
		t.Errorf("what has room: %v", err)
	}
}
