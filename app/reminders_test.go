package app_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"stead/app/access"
	"stead/app/apptest"
	"stead/app/ids"
	"stead/store"
	"stead/store/storetest"
)

func ownerOf(t *testing.T, h *apptest.House) string {
	t.Helper()
	owners, err := h.Store().Owners(t.Context())
	if err != nil || len(owners) == 0 {
		t.Fatal(err)
	}
	return owners[0].ID
}

func personOf(t *testing.T, h *apptest.House) string {
	t.Helper()
	id, at := ids.New(), h.Clock.Now().UnixMilli()
	h.Change("contact.created", id, func(tx *store.Tx) error {
		return tx.InsertContact(t.Context(), store.Contact{ID: id, Name: "Zq Person", Source: "manual", CreatedAt: at, UpdatedAt: at, LastActivityAt: at}, nil, nil)
	})
	return id
}

// task writes one down as a form does and returns it.
func task(t *testing.T, h *apptest.House, c *apptest.Client, form url.Values) store.Task {
	t.Helper()
	before := map[string]bool{}
	rows, err := h.Store().OpenTasks(t.Context(), store.Everything, store.Page{})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		before[r.ID] = true
	}
	if p := c.PostForm("/tasks", form); p.Status != http.StatusOK && p.Status != http.StatusSeeOther {
		t.Fatalf("a task was answered by %d: %s", p.Status, p.Body)
	}
	rows, err = h.Store().OpenTasks(t.Context(), store.Everything, store.Page{})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if !before[r.ID] {
			return r.Task
		}
	}
	t.Fatal("no task was made")
	return store.Task{}
}

func notices(t *testing.T, h *apptest.House, user string) (kinds []string) {
	t.Helper()
	rows, err := h.Store().Notifications(t.Context(), user, store.Page{})
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range rows {
		kinds = append(kinds, n.Kind)
	}
	return kinds
}

// It is a Wednesday, five in the morning in New York.
func remindedForm(owner string) url.Values {
	return url.Values{"title": {"Zq call the plumber"}, "date": {"2026-11-18"}, "time": {"06:00"}, "remind": {"10"}, "owner": {owner}}
}

func TestAReminderComesOnce(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	c := h.SignedIn()
	owner := ownerOf(t, h)
	task(t, h, c, remindedForm(owner))
	h.Clock.Advance(45 * time.Minute)
	if err := h.App.Tasks.Remind(t.Context()); err != nil || len(notices(t, h, owner)) != 0 {
		t.Fatalf("reminded too early: %v, %v", notices(t, h, owner), err)
	}
	h.Clock.Advance(10 * time.Minute)
	var all sync.WaitGroup
	for range 4 { // as if a process that was killed began anew
		all.Go(func() {
			if err := h.App.Tasks.Remind(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got := notices(t, h, owner); len(got) != 1 || got[0] != store.NoticeTaskDue {
		t.Fatalf("notifications %v", got)
	}
	page := c.Get("/notifications").Body
	if !strings.Contains(page, "Zq call the plumber") || !strings.Contains(page, "1<span") {
		t.Errorf("the page does not say it:\n%s", page)
	}
}

func TestNoReminderOfWhatIsOver(t *testing.T) {
	for name, end := range map[string]func(c *apptest.Client, task store.Task){
		"done": func(c *apptest.Client, task store.Task) { c.PostForm("/tasks/"+task.ID+"/done", nil) },
		"in the bin": func(c *apptest.Client, task store.Task) {
			c.PostForm("/tasks/"+task.ID+"/delete", nil)
		},
		"put off": func(c *apptest.Client, task store.Task) {
			c.PostForm("/tasks/"+task.ID+"/snooze", url.Values{"until": {"week"}})
		},
		"its person is restricted": func(c *apptest.Client, task store.Task) {
			c.PostForm("/contacts/"+task.ContactID+"/restriction", url.Values{"restricted": {"yes"}, "reason": {"Asked for it"}})
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := apptest.Start(t, apptest.Options{})
			c := h.SignedIn()
			owner := ownerOf(t, h)
			form := remindedForm(owner)
			id := personOf(t, h)
			form.Set("contact", id)
			task := task(t, h, c, form)
			end(c, task)
			h.Clock.Advance(2 * time.Hour)
			if err := h.App.Tasks.Remind(t.Context()); err != nil || len(notices(t, h, owner)) != 0 {
				t.Errorf("reminded of it: %v, %v", notices(t, h, owner), err)
			}
		})
	}
}

// One that always fails holds up none of the others, however many there are, and is
// tried again.
func TestAReminderThatFailsHoldsUpNoOther(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	owner, at := ownerOf(t, h), h.Clock.Now().UnixMilli()
	const failing = 130
	h.Change("task.created", "t-0", func(tx *store.Tx) error {
		for i := range failing + 1 {
			k := store.Task{ID: fmt.Sprintf("t-%d", i), Kind: store.TaskToDo, Title: "Zq", OwnerID: owner, DueAt: at, RemindAt: at - 1000 + int64(i), CreatedAt: 1}
			if err := tx.InsertTask(t.Context(), k); err != nil {
				return err
			}
		}
		return nil
	})
	db := filepath.Join(h.Config.Data, "stead.db")
	storetest.Exec(t, db, `CREATE TRIGGER no_notice BEFORE INSERT ON notifications WHEN NEW.subject <> 't-130' BEGIN SELECT RAISE(ABORT, 'Zq secret'); END`)
	remind := func(want int) {
		t.Helper()
		if err := h.App.Tasks.Remind(t.Context()); err != nil || len(notices(t, h, owner)) != want {
			t.Errorf("%d of %d are told (%v)", len(notices(t, h, owner)), want, err)
		}
	}
	remind(1)
	if log := h.Logs.String(); !strings.Contains(log, `"reminders do not leave"`) || !strings.Contains(log, `"code":"conflict"`) || strings.Contains(log, "Zq") {
		t.Errorf("the log says %s", log)
	}
	storetest.Exec(t, db, `DROP TRIGGER no_notice`)
	remind(50) // a page of them
	if left, err := h.Store().TasksToRemind(t.Context(), at, store.Task{}, 10); err != nil || len(left) != 0 {
		t.Errorf("%d wait still (%v)", len(left), err)
	}
}

func TestADigestThatFailsHoldsUpNoOther(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	owner, at := ownerOf(t, h), h.Clock.Now().UnixMilli()
	_, other := h.SignedInAs(access.RoleOwner, apptest.Colleague{})
	users := []string{owner, other.ID}
	slices.Sort(users)
	h.Change("task.created", "t-0", func(tx *store.Tx) error {
		for i, user := range users {
			k := store.Task{ID: fmt.Sprintf("t-%d", i), Kind: store.TaskToDo, Title: "Zq", OwnerID: user, DueAt: at, CreatedAt: 1}
			if err := errors.Join(tx.InsertTask(t.Context(), k), tx.SetNoticeChoice(t.Context(), store.NoticeChoice{UserID: user, Digest: true}, at)); err != nil {
				return err
			}
		}
		return nil
	})
	db := filepath.Join(h.Config.Data, "stead.db")
	storetest.Exec(t, db, `CREATE TRIGGER no_digest BEFORE UPDATE ON notice_choices WHEN NEW.user_id = '`+users[0]+`' BEGIN SELECT RAISE(ABORT, 'Zq secret'); END`)
	due := func(user string) (n int) {
		t.Helper()
		events, err := h.Store().EventsOf(t.Context(), user)
		must(t, err)
		for _, e := range events {
			if e.Kind == "notice.digest" {
				n++
			}
		}
		return n
	}
	must(t, h.App.Notices.Digest(t.Context()))
	if due(users[0]) != 0 || due(users[1]) != 1 {
		t.Errorf("%d and %d are due", due(users[0]), due(users[1]))
	}
	storetest.Exec(t, db, `DROP TRIGGER no_digest`)
	must(t, h.App.Notices.Digest(t.Context()))
	if due(users[0]) != 1 || due(users[1]) != 1 {
		t.Errorf("then %d and %d", due(users[0]), due(users[1]))
	}
}
