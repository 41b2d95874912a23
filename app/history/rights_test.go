package history_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"stead/app/access"
	"stead/app/apptest"
	"stead/app/bulk"
	"stead/app/deals"
	"stead/app/duplicates"
	"stead/app/errs"
	"stead/app/ids"
	"stead/app/imports"
	"stead/app/picked"
	"stead/store"
)

// clerk is somebody whose rights are about to be narrowed.
type clerk struct {
	access.Actor
	h    *apptest.House
	t    *testing.T
	user store.User
}

var grants = []access.Permission{
	access.ContactsRead, access.ContactsWrite, access.ContactsAssign, access.ContactsDelete, access.TasksWrite, access.InboxWrite, access.PersonalSee,
}

func newClerk(t *testing.T, h *apptest.House) *clerk {
	t.Helper()
	h.Change("role.created", "clerk", func(tx *store.Tx) error {
		return tx.InsertRole(t.Context(), store.Role{ID: "clerk", Name: "Clerk", NameKey: "clerk", Grants: access.FormatGrants(reaching(access.All)), CreatedAt: 1})
	})
	u := h.Hire(apptest.Colleague{Role: "clerk"})
	return &clerk{access.Actor{ID: u.ID, Kind: access.User, May: reaching(access.All)}, h, t, u}
}

func reaching(r access.Reach) map[access.Permission]access.Reach {
	out := map[access.Permission]access.Reach{}
	for _, p := range grants {
		out[p] = r
	}
	return out
}

// narrow leaves the clerk with what is theirs, and more.
func (c *clerk) narrow(more map[access.Permission]access.Reach) {
	c.t.Helper()
	may := reaching(access.Own)
	for p, r := range more {
		may[p] = r
	}
	c.h.Change("role.changed", "clerk", func(tx *store.Tx) error {
		role, err := tx.Role(c.t.Context(), "clerk")
		if err != nil {
			return err
		}
		role.Grants = access.FormatGrants(may)
		return tx.UpdateRole(c.t.Context(), role)
	})
	c.May = may
}

// person is somebody whom a user looks after.
func (c *clerk) person(name, owner string) string {
	c.t.Helper()
	id := person(c.t, c.h, name)
	c.give(id, owner)
	return id
}

func (c *clerk) give(id, owner string) {
	c.t.Helper()
	c.h.Change("contact.assigned", id, func(tx *store.Tx) error { return tx.AssignContact(c.t.Context(), id, owner, 5) })
}

func (c *clerk) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

func (c *clerk) contact(id string) store.Contact {
	c.t.Helper()
	got, err := c.h.Store().Contact(c.t.Context(), id)
	c.must(err)
	return got
}

func (c *clerk) is(id string) bool {
	c.t.Helper()
	is, err := c.h.Store().HasContact(c.t.Context(), id)
	c.must(err)
	return is
}

// refused tells that taking back is refused in words, by the service and on the page.
func (c *clerk) refused(what, undo string) {
	c.t.Helper()
	_, err := c.h.App.History.TakeBack(c.t.Context(), c.Actor, undo)
	if errs.KindOf(err) != errs.Denied || !strings.Contains(errs.Message(err), "nothing was taken back") {
		c.t.Errorf("%s: %v", what, err)
	}
	u, err := c.h.Store().Undo(c.t.Context(), undo)
	if err != nil || u.UndoneAt != 0 {
		c.t.Errorf("%s was taken back: %+v (%v)", what, u, err)
	}
}

// Whoever changed something takes it back only while they might still change it:
// neither a record that is a colleague's by now, nor any with fewer rights.
func TestTakingBackTakesTheRightsOfToday(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	ctx, boss, c := t.Context(), owner(t, h), newClerk(t, h)
	mine, theirs, other := c.person("Mine", c.ID), c.person("Theirs", boss), c.person("Other", boss)

	noted, err := h.App.Contacts.Notebook().AddNote(ctx, c.Actor, mine, "Said hello", "")
	c.must(err)
	blocked, err := h.App.Contacts.Block(ctx, c.Actor, theirs)
	c.must(err)
	many, err := h.App.Bulk.Apply(ctx, c.Actor, picked.Picked{IDs: []string{mine, other}}, bulk.Edit{What: bulk.Minor}, "")
	c.must(err)
	gone, kept := c.person("Goes", c.ID), c.person("Keeps", boss)
	merged, err := h.App.Duplicates.Merge(ctx, c.Actor, kept, gone, duplicates.Choice{})
	c.must(err)
	binned := c.person("Binned", boss)
	_, err = h.App.History.Delete(ctx, c.Actor, binned)
	c.must(err)
	back, err := h.App.History.Restore(ctx, c.Actor, store.BinContact, binned)
	c.must(err)
	task := ids.New()
	h.Change("task.added", task, func(tx *store.Tx) error {
		return tx.InsertTask(ctx, store.Task{ID: task, Kind: store.TaskToDo, Title: "Call", OwnerID: boss, CreatedAt: 1})
	})
	done, err := h.App.Tasks.FinishTask(ctx, c.Actor, task)
	c.must(err)

	c.narrow(nil)
	c.give(mine, boss) // the note stands as it was
	c.refused("a note on what is a colleague's by now", noted.Undo)
	c.refused("a change of a colleague's record", blocked.Undo)
	c.refused("a change of many", many.Undo)
	c.refused("a merge", merged)
	c.refused("a restored contact", back)
	c.refused("a colleague's task", done)
	if c.contact(theirs).BlockedAt == 0 || c.contact(other).MinorAt == 0 || c.is(gone) || c.contact(binned).DeletedAt != 0 {
		t.Error("something went back all the same")
	}
	c.onThePage(blocked.Undo)

	c.give(mine, c.ID) // and this can be taken back again
	if _, err := h.App.History.TakeBack(ctx, c.Actor, noted.Undo); err != nil {
		t.Errorf("one's own note: %v", err)
	}
	if _, err := h.App.History.TakeBack(ctx, access.Owner(boss), merged); err != nil {
		t.Errorf("whoever may write all of it: %v", err)
	}
	if !c.is(gone) {
		t.Error("who was merged is not back")
	}
}

// onThePage tells that the page says why, where the button stood.
func (c *clerk) onThePage(undo string) {
	c.t.Helper()
	b := c.h.SignIn(c.user)
	if p := b.PostForm("/undo/"+undo, url.Values{"next": {"/contacts"}}); p.Status != http.StatusSeeOther || p.Location != "/contacts" {
		c.t.Errorf("%d to %s", p.Status, p.Location)
	}
	if p := b.Get("/contacts"); !strings.Contains(p.Body, "nothing was taken back") {
		c.t.Error("nobody says why")
	}
}

// Nobody changes what they are not shown, nor shows it to themselves by taking
// back that they gave it away.
func TestTakingBackDoesNotSeeMore(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	ctx, boss, c := t.Context(), owner(t, h), newClerk(t, h)
	mine, theirs := c.person("Mine", c.ID), c.person("Theirs", boss)
	noted, err := h.App.Contacts.Notebook().AddNote(ctx, c.Actor, theirs, "Said hello", "")
	c.must(err)
	given, err := h.App.Contacts.Assign(ctx, c.Actor, mine, boss)
	c.must(err)
	open, err := h.App.Contacts.Block(ctx, c.Actor, theirs)
	c.must(err)
	may := reaching(access.All)
	may[access.PersonalSee] = access.Own
	c.narrow(may)
	c.refused("a note that is not shown", noted.Undo)
	c.refused("what was given away", given.Undo)
	if _, err := h.App.History.TakeBack(ctx, c.Actor, open.Undo); err != nil {
		t.Errorf("what needs no sight: %v", err)
	}
}

// A large change is refused as a whole before any of it goes back, and stops
// where the rights end meanwhile.
func TestALargeChangeTakesTheRightsOfToday(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	ctx, c, undo := t.Context(), newClerk(t, h), ids.New()
	c.narrow(nil)
	var people []string
	for first := range 2 {
		err := h.Store().InTx(ctx, func(tx *store.Tx) error {
			u, err := tx.Undoable(ctx, store.Undo{ID: undo, Kind: "contact.created", Actor: c.ID, At: h.Clock.Now().UnixMilli()})
			if first > 0 {
				u, err = tx.UndoableAgain(ctx, undo)
			}
			if err != nil {
				return err
			}
			var fresh []string
			for range 2600 {
				fresh = append(fresh, ids.New())
			}
			if err := u.WatchNewContacts(ctx, fresh...); err != nil {
				return err
			}
			for _, id := range fresh {
				if err := tx.InsertContact(ctx, store.Contact{ID: id, Name: "Many", Source: "manual", OwnerID: c.ID, CreatedAt: 1, UpdatedAt: 1, LastActivityAt: 1}, nil, nil); err != nil {
					return err
				}
			}
			people = append(people, fresh...)
			return u.Close(ctx)
		})
		c.must(err)
	}
	c.give(people[7], owner(t, h))
	c.refused("a large change", undo)
	c.give(people[7], c.ID)
	if got, err := h.App.History.TakeBack(ctx, c.Actor, undo); err != nil || got.Operation == "" {
		t.Errorf("%+v, %v", got, err)
	}
}

// An import counts what it takes back, so it is taken back where it stands.
func TestAnImportIsNotTakenBackByTheToast(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	b := h.SignedIn()
	i, err := h.App.Imports.Do(t.Context(), access.Owner(owner(t, h)), imports.Job{
		Name: "a.csv", File: strings.NewReader("Name,Email\nAna,a@x.example\n"), Country: "US", Basis: "contract", Mode: store.ImportAdd, MatchBy: store.MatchBoth,
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{i.ID, i.UndoID} {
		if p := b.PostForm("/undo/"+id, url.Values{"next": {"/contacts"}}); p.Status != http.StatusSeeOther {
			t.Errorf("%d", p.Status)
		}
		if p := b.Get("/contacts"); !strings.Contains(p.Body, "An import is taken back on its own page") || !strings.Contains(p.Body, "Ana") {
			t.Error("it went back, or nobody says where to do it")
		}
		if u, err := h.Store().Undo(t.Context(), id); err != nil || u.UndoneAt != 0 {
			t.Errorf("%+v, %v", u, err)
		}
	}
}

// Deals are taken back by whoever might change them today, by whose they are.
func TestADealIsTakenBackWithTheRightsOfToday(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	ctx, boss, c := t.Context(), owner(t, h), newClerk(t, h)
	pipeline := store.Pipeline{ID: ids.New(), Name: "P", Currency: "EUR", CreatedAt: 1, Stages: []store.Stage{
		{ID: ids.New(), Name: "New", Kind: store.DealOpen}, {ID: ids.New(), Name: "Won", Kind: store.DealWon}, {ID: ids.New(), Name: "Lost", Kind: store.DealLost},
	}}
	h.Change("pipeline.created", pipeline.ID, func(tx *store.Tx) error { return tx.InsertPipeline(ctx, pipeline) })
	made, err := h.App.Deals.Create(ctx, access.Owner(boss), deals.Draft{Title: "D", PipelineID: pipeline.ID, StageID: pipeline.Stages[0].ID, Currency: "EUR", OwnerID: boss}, "")
	c.must(err)
	all := map[access.Permission]access.Reach{access.DealsRead: access.All, access.DealsWrite: access.All, access.DealsDelete: access.All}
	c.narrow(all)
	moved, err := h.App.Deals.Move(ctx, c.Actor, made.ID, deals.Moving{StageID: pipeline.Stages[1].ID})
	c.must(err)
	gone, err := h.App.Deals.Delete(ctx, c.Actor, made.ID)
	c.must(err)
	back, err := h.App.History.Restore(ctx, c.Actor, store.BinDeal, made.ID)
	c.must(err)
	c.narrow(map[access.Permission]access.Reach{access.DealsRead: access.All, access.DealsWrite: access.Own, access.DealsDelete: access.Own})
	c.refused("a move of a colleague's deal", moved.Undo)
	c.refused("its deletion", gone.Undo)
	c.refused("its restoration", back)
	c.narrow(all)
	for _, id := range []string{back, gone.Undo, moved.Undo} {
		if _, err := h.App.History.TakeBack(ctx, c.Actor, id); err != nil {
			t.Errorf("%s: %v", id, err)
		}
	}
	if d, err := h.Store().Deal(ctx, made.ID); err != nil || d.StageID != pipeline.Stages[0].ID || d.DeletedAt != 0 {
		t.Errorf("%+v (%v)", d, err)
	}
}
