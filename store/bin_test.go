package store

import (
	"context"
	"errors"
	"slices"
	"testing"
)

func counts(ctx context.Context, t *testing.T, s *Store) (unread, open, tasks int) {
	t.Helper()
	n, err := s.UnreadConversations(ctx, Everything)
	if err != nil {
		t.Fatal(err)
	}
	for _, view := range []string{InboxOpen, InboxWaiting, InboxFailed, InboxDone} {
		rows, err := s.Conversations(ctx, Everything, view, Page{})
		if err != nil {
			t.Fatal(err)
		}
		open += len(rows)
	}
	due, err := s.OpenTasksOf(ctx, "c-001")
	if err != nil {
		t.Fatal(err)
	}
	return int(n), open, len(due)
}

func TestWhoIsInTheBinIsNowhereAndComesBackAsTheyWere(t *testing.T) {
	ctx, s, next := t.Context(), OpenTest(t), 0
	crowd(ctx, t, s, &next)
	in := func(fn func(tx *Tx) error) {
		t.Helper()
		if err := s.InTx(ctx, fn); err != nil {
			t.Fatal(err)
		}
	}
	in(func(tx *Tx) error { return tx.MoveConversation(ctx, "v-c-001", Move{At: 50, Unread: 2, Waits: true}) })
	before := dumpAll(ctx, t, s)
	unread, open, tasks := counts(ctx, t, s)

	in(func(tx *Tx) error { return tx.BinContacts(ctx, []string{"c-001"}, "u1", 99) })
	if u, o, d := counts(ctx, t, s); u != unread-1 || o != open-2 || d != tasks-1 {
		t.Errorf("unread %d of %d, conversations %d of %d, tasks %d of %d", u, unread, o, open, d, tasks)
	}
	page, err := s.Contacts(ctx, Everything, ContactOrder{ByName: true}, Page{})
	if err != nil || len(page.Rows) != 3 {
		t.Errorf("the list has %d (%v)", len(page.Rows), err)
	}
	bin, err := s.Bin(ctx, BinContact, Everything, Page{})
	if err != nil || len(bin) != 1 || bin[0].By != "u1" || bin[0].At != 99 {
		t.Errorf("the bin has %+v (%v)", bin, err)
	}
	if tasks, err := s.Bin(ctx, BinTask, Everything, Page{}); err != nil || len(tasks) > 0 {
		t.Errorf("what went along is listed by itself: %+v (%v)", tasks, err)
	}

	in(func(tx *Tx) error { return tx.RestoreContacts(ctx, []string{"c-001"}) })
	in(func(tx *Tx) error { // that it was away shows in its version alone
		_, err := tx.exec(ctx, "test", `UPDATE contacts SET version = version - 2 WHERE id = 'c-001'`)
		return err
	})
	if after := dumpAll(ctx, t, s); after != before {
		t.Errorf("not as before:\n%s", difference(before, after))
	}
}

func TestWhoCallsComesBackFromTheBin(t *testing.T) {
	ctx, s, next := t.Context(), OpenTest(t), 0
	crowd(ctx, t, s, &next)
	var c Contact
	err := s.InTx(ctx, func(tx *Tx) (err error) {
		if err := tx.BinContacts(ctx, []string{"c-001", "c-002"}, "", 9); err != nil {
			return err
		}
		c, err = tx.Caller(ctx, "raw:030 1") // four share it, two are not in the bin
		if err == nil && c.ID != "c-003" {
			t.Errorf("%s answers for a number that somebody outside the bin has", c.ID)
		}
		c, err = tx.Caller(ctx, "+49301001")
		return err
	})
	if errors.Is(err, ErrNotFound) {
		phones, _ := s.ContactPhones(ctx, "c-001")
		t.Fatalf("nobody has the number: %+v", phones)
	}
	if err != nil || c.ID != "c-001" || c.DeletedAt != 0 {
		t.Errorf("%+v (%v)", c, err)
	}
}

// What is about a company and about nobody is the company's, not everybody's.
func TestTheBinKnowsWhoseACompanysThingsAre(t *testing.T) {
	ctx, s, next := t.Context(), OpenTest(t), 0
	crowd(ctx, t, s, &next)
	err := s.InTx(ctx, func(tx *Tx) error {
		if err := tx.InsertUser(ctx, User{ID: "u9", Name: "Una", Email: "una@x.example", CreatedAt: 1, UpdatedAt: 1}); err != nil {
			return err
		}
		if err := tx.AssignCompany(ctx, "kc-001", "u9", 2); err != nil {
			return err
		}
		return errors.Join(
			tx.InsertNote(ctx, Note{ID: "n9", CompanyID: "kc-001", Body: "secret", CreatedAt: 1, DeletedAt: 5}),
			tx.InsertFile(ctx, File{ID: "f9", Purpose: FileAttachment, CompanyID: "kc-001", Name: "secret.txt", SealedKey: []byte{1}, CreatedAt: 1, DeletedAt: 5}),
			tx.InsertTask(ctx, Task{ID: "d9", Kind: TaskToDo, CompanyID: "kc-001", Title: "secret", DueAt: 1, CreatedAt: 1}),
		)
	})
	if err == nil {
		err = s.InTx(ctx, func(tx *Tx) error { _, err := tx.BinTask(ctx, "d9", 5); return err })
	}
	if err != nil {
		t.Fatal(err)
	}
	for kind, id := range map[string]string{BinNote: "n9", BinFile: "f9", BinTask: "d9"} {
		if b, err := s.InBin(ctx, kind, id); err != nil || b.Owner != "u9" {
			t.Errorf("%s: it is %q's (%v)", kind, b.Owner, err)
		}
		for who, scope := range map[string]Scope{"u9": OwnedBy("u9"), "somebody else": OwnedBy("u1").OrFree()} {
			rows, err := s.Bin(ctx, kind, scope, Page{})
			if sees := len(rows) == 1; err != nil || sees != (who == "u9") {
				t.Errorf("%s: %s sees %+v (%v)", kind, who, rows, err)
			}
		}
	}
}

func TestTheBinIsClearedByARule(t *testing.T) {
	ctx, s, next := t.Context(), OpenTest(t), 0
	crowd(ctx, t, s, &next)
	var rules []string
	err := s.InTx(ctx, func(tx *Tx) error {
		if err := tx.BinContacts(ctx, []string{"c-001"}, "", 1000); err != nil {
			return err
		}
		if _, err := tx.BinNote(ctx, "nc-002", 1000); err != nil {
			return err
		}
		if err := tx.BinCompany(ctx, "kc-003", "", 1000); err != nil {
			return err
		}
		for _, rule := range SweepRules() {
			if rule.After != "deleted_at" {
				continue
			}
			rules = append(rules, rule.Table)
			if n, err := tx.SweepBatch(ctx, rule, 1000+30*dayMillis, 10); err != nil || n != 0 {
				t.Errorf("%s: %d go after 30 days to the moment (%v)", rule.Name, n, err)
			}
			if _, err := tx.SweepBatch(ctx, rule, 1001+30*dayMillis, 10); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(rules)
	if want := []string{"companies", "contacts", "deals", "fields", "notes", "tags", "tasks"}; !slices.Equal(rules, want) {
		t.Errorf("rules of the bin: %v, want %v", rules, want)
	}
	for table, want := range map[string]int64{"contacts": 3, "notes": 2, "companies": 3, "search_docs": 5} {
		var n int64
		if err := s.q.QueryRowContext(ctx, `SELECT COUNT(*) FROM `+table).Scan(&n); err != nil || n != want {
			t.Errorf("%s: %d, want %d (%v)", table, n, want, err)
		}
	}
}
