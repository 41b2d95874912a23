package history_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"stead/app/access"
	"stead/app/apptest"
	"stead/app/errs"
	"stead/app/ids"
	"stead/store"
)

// person is somebody to delete.
func person(t *testing.T, h *apptest.House, name string) string {
	t.Helper()
	id, at := ids.New(), h.Clock.Now().UnixMilli()
	err := h.Store().InTx(t.Context(), func(tx *store.Tx) error {
		return tx.InsertContact(t.Context(), store.Contact{ID: id, Name: name, Source: "manual", CreatedAt: at, UpdatedAt: at, LastActivityAt: at}, nil, nil)
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// owner is the id of who runs the business.
func owner(t *testing.T, h *apptest.House) string {
	t.Helper()
	u, err := h.Store().UserByEmail(t.Context(), apptest.Email)
	if err != nil {
		t.Fatal(err)
	}
	return u.ID
}

func TestADeletedContactComesBackByTheToast(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	c := h.SignedIn()
	id := person(t, h, "Ann Example")
	p := c.PostForm("/contacts/"+id+"/deletion", url.Values{})
	if p.Status != http.StatusSeeOther || p.Location != "/contacts" {
		t.Fatalf("%d to %s", p.Status, p.Location)
	}
	list := c.Get("/contacts")
	_, rest, found := strings.Cut(list.Body, `action="/undo/`)
	undo, _, _ := strings.Cut(rest, `"`)
	if !found || strings.Contains(list.Body, "Ann Example") {
		t.Fatalf("no undo, or still there: %v", found)
	}
	if bin := c.Get("/bin"); !strings.Contains(bin.Body, "Ann Example") {
		t.Error("the bin does not show them")
	}
	if p := c.PostForm("/undo/"+undo, url.Values{}); p.Status != http.StatusSeeOther {
		t.Errorf("undo answers %d", p.Status)
	}
	if list := c.Get("/contacts"); !strings.Contains(list.Body, "Ann Example") || !strings.Contains(list.Body, "Taken back.") {
		t.Error("they are not back, or nobody says so")
	}
	c.PostForm("/undo/"+undo, url.Values{})
	if list := c.Get("/contacts"); !strings.Contains(list.Body, "taken back already") {
		t.Error("taking back twice says nothing")
	}
	if mine := c.Get("/history"); mine.Status != http.StatusOK || !strings.Contains(mine.Body, "Taken back") {
		t.Errorf("one's own changes answer %d", mine.Status)
	}
}

func TestUndoAfterSomebodyElseChangedItChangesNothing(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	me := owner(t, h)
	ctx, id := t.Context(), person(t, h, "Ann Example")
	undo, err := h.App.History.Delete(ctx, access.Owner(me), id)
	if err != nil {
		t.Fatal(err)
	}
	err = h.Store().InTx(ctx, func(tx *store.Tx) error {
		if err := tx.RestoreContacts(ctx, []string{id}); err != nil {
			return err
		}
		return tx.SetBlocked(ctx, id, 5)
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = h.App.History.TakeBack(ctx, access.Owner(me), undo)
	if errs.KindOf(err) != errs.Conflict || errs.CodeOf(err) != "changed_since" {
		t.Errorf("says %v", err)
	}
	if c, err := h.Store().Contact(ctx, id); err != nil || c.BlockedAt != 5 {
		t.Errorf("changed to %+v (%v)", c, err)
	}
}

func TestALargeChangeIsTakenBackInSteps(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	c := h.SignedIn()
	ctx, undo, at := t.Context(), ids.New(), h.Clock.Now().UnixMilli()
	me := owner(t, h)
	var people []string
	for range 5200 / 400 {
		err := h.Store().InTx(ctx, func(tx *store.Tx) error {
			u, err := tx.UndoableAgain(ctx, undo)
			if err != nil {
				u, err = tx.Undoable(ctx, store.Undo{ID: undo, Kind: "contact.changed", Actor: me, At: at})
			}
			if err != nil {
				return err
			}
			for range 400 {
				id := ids.New()
				if err := u.Watch(ctx, "contacts", "id", id); err != nil {
					return err
				}
				people = append(people, id)
				if err := tx.InsertContact(ctx, store.Contact{ID: id, Name: "Many", Source: "manual", CreatedAt: at, UpdatedAt: at, LastActivityAt: at}, nil, nil); err != nil {
					return err
				}
			}
			return u.Close(ctx)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	err := h.Store().InTx(ctx, func(tx *store.Tx) error { return tx.SetBlocked(ctx, people[7], 5) })
	if err != nil {
		t.Fatal(err)
	}
	p := c.PostForm("/undo/"+undo, url.Values{})
	if !strings.HasPrefix(p.Location, "/work/") {
		t.Fatalf("%d to %s", p.Status, p.Location)
	}
	id := strings.TrimPrefix(p.Location, "/work/")
	h.Eventually("it is done", func() bool {
		op, err := h.Store().Operation(ctx, id)
		return err == nil && op.Ended()
	})
	op, err := h.Store().Operation(ctx, id)
	if err != nil || op.State != store.OperationDone || op.Skipped != 1 {
		t.Errorf("%+v (%v)", op, err)
	}
	if is, err := h.Store().HasContact(ctx, people[7]); err != nil || !is {
		t.Errorf("who was changed since is gone (%v)", err)
	}
	if is, err := h.Store().HasContact(ctx, people[8]); err != nil || is {
		t.Errorf("who was not is there (%v)", err)
	}
	if page := c.Get(p.Location); page.Status != http.StatusOK || !strings.Contains(page.Body, "Left out") {
		t.Errorf("the page answers %d", page.Status)
	}
}

func TestTheBinRestoresAndEmpties(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	c := h.SignedIn()
	ctx, contact := t.Context(), person(t, h, "Ann Example")
	keep, lose := ids.New(), ids.New()
	err := h.Store().InTx(ctx, func(tx *store.Tx) error {
		for _, id := range []string{keep, lose} {
			if err := tx.InsertNote(ctx, store.Note{ID: id, ContactID: contact, Body: "Noted " + id, CreatedAt: 1}); err != nil {
				return err
			}
			if _, err := tx.BinNote(ctx, id, 5); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if p := c.Get("/bin/note"); !strings.Contains(p.Body, "Noted "+keep) {
		t.Errorf("the bin answers %d", p.Status)
	}
	if p := c.PostForm("/bin/note/"+keep+"/restore", url.Values{}); p.Status != http.StatusSeeOther {
		t.Errorf("restore answers %d", p.Status)
	}
	if p := c.PostForm("/bin/note/"+lose+"/deletion", url.Values{}); p.Status != http.StatusSeeOther {
		t.Errorf("deletion answers %d", p.Status)
	}
	if n, err := h.Store().Note(ctx, keep); err != nil || n.DeletedAt != 0 {
		t.Errorf("restored: %+v (%v)", n, err)
	}
	if _, err := h.Store().Note(ctx, lose); errs.KindOf(err) != errs.NotFound {
		t.Errorf("still there: %v", err)
	}
	if p := c.PostForm("/bin/note/"+keep+"/restore", url.Values{}); p.Status != http.StatusNotFound {
		t.Errorf("what is not in the bin answers %d", p.Status)
	}
}
