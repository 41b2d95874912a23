package store_test

import (
	"errors"
	"fmt"
	"testing"

	"stead/store"
)

// imported inserts an import that made some people.
func imported(t *testing.T, st *store.Store, id string, n int) []string {
	t.Helper()
	var ids []string
	err := st.InTx(t.Context(), func(tx *store.Tx) error {
		i := store.Import{ID: id, Format: "csv", Settings: "{}", Mode: "add", MatchBy: "both", State: store.ImportRunning, CreatedAt: 1}
		if err := tx.InsertImport(t.Context(), i); err != nil {
			return err
		}
		tag := "tag-" + id
		if err := tx.InsertTag(t.Context(), store.Tag{ID: tag, Name: "From " + id, CreatedAt: 1}); err != nil {
			return err
		}
		var cards []store.Card
		var from []store.Provenance
		var rows []store.ImportRow
		for k := range n {
			c := fmt.Sprintf("%s-%d", id, k)
			number, mail := fmt.Sprintf("+1503555%04d", k), fmt.Sprintf("p%d@x.example", k)
			cards = append(cards, store.Card{
				Contact: store.Contact{ID: c, Name: fmt.Sprintf("Person %d", k), Source: "import", CreatedAt: 1, UpdatedAt: 1, LastActivityAt: 1},
				Phones:  []store.Phone{{ID: c, Typed: number, E164: number, CreatedAt: 1}}, Emails: []store.Email{{ID: c, Typed: mail, CreatedAt: 1}}, Tags: []string{tag},
			})
			from = append(from, store.Provenance{ID: c, Source: "import", Ref: id, At: 1})
			rows = append(rows, store.ImportRow{Line: int64(k + 2), End: int64(k + 2), Outcome: store.RowCreated, ContactID: c})
			ids = append(ids, c)
		}
		if err := tx.InsertCards(t.Context(), cards, from, map[string]string{tag: "From " + id}); err != nil {
			return err
		}
		return tx.InsertImportRows(t.Context(), id, rows, 1)
	})
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

func TestManyNewPeopleAreFoundAndMatched(t *testing.T) {
	st := store.OpenTest(t)
	ids := imported(t, st, "a", 5)
	for query, want := range map[string]int{"Person 3": 1, "person": 5, "p2@x.example": 1, "0004": 1, "from a": 5} {
		found, err := st.Search(t.Context(), store.Everything, "contact", query, store.Page{})
		if err != nil || len(found) != want {
			t.Errorf("%q: %d found, want %d, %v", query, len(found), want, err)
		}
	}
	phones, err := st.PhoneHolders(t.Context(), []string{"+15035550001", "+15035559999"})
	if err != nil || len(phones) != 1 || phones[0].ContactID != ids[1] {
		t.Errorf("%v, %v", phones, err)
	}
	emails, err := st.EmailHolders(t.Context(), []string{"p1@x.example", "p2@x.example"})
	if err != nil || len(emails) != 2 {
		t.Errorf("%v, %v", emails, err)
	}
	gone, err := st.Forgotten(t.Context(), []string{"nobody"})
	if err != nil || len(gone) != 0 {
		t.Errorf("%v, %v", gone, err)
	}
}

func TestPeopleOfAnImportGoUnlessSomebodyTouchedThem(t *testing.T) {
	st := store.OpenTest(t)
	ids := imported(t, st, "b", 4)
	err := st.InTx(t.Context(), func(tx *store.Tx) error {
		return tx.Emit(t.Context(), store.Event{ID: "e", Kind: "contact.noted", Subject: ids[0], ContactID: ids[0], At: 2})
	})
	if err != nil {
		t.Fatal(err)
	}
	var undone, kept int64
	for range 3 {
		err := st.InTx(t.Context(), func(tx *store.Tx) error {
			u, k, err := tx.UndoImportRows(t.Context(), "b", 2)
			undone, kept = undone+u, kept+k
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	left, err := st.Cards(t.Context(), ids)
	if err != nil || undone != 3 || kept != 1 || len(left) != 1 || left[0].ID != ids[0] {
		t.Errorf("%d went, %d were kept, %d are left, %v", undone, kept, len(left), err)
	}
	rows, err := st.ImportRows(t.Context(), "b", store.RowUndone, 0, 10)
	if err != nil || len(rows) != 3 || rows[0].ContactID != "" {
		t.Errorf("%v, %v", rows, err)
	}
}

func TestAnImportIsSavedInTheStateItWasIn(t *testing.T) {
	st := store.OpenTest(t)
	imported(t, st, "c", 1)
	i, err := st.Import(t.Context(), "c")
	if err != nil {
		t.Fatal(err)
	}
	i.Lines, i.State = 7, store.ImportDone
	save := func(from ...string) error {
		return st.InTx(t.Context(), func(tx *store.Tx) error { return tx.SaveImport(t.Context(), i, from...) })
	}
	if err := save(store.ImportDraft, store.ImportReady); !errors.Is(err, store.ErrConflict) {
		t.Errorf("saved out of turn: %v", err)
	}
	if err := save(store.ImportReady, store.ImportRunning); err != nil {
		t.Error(err)
	}
	list, next, err := st.Imports(t.Context(), store.Everything, store.Page{})
	if err != nil || len(list) != 1 || list[0].Lines != 7 || next != "" {
		t.Errorf("%v, %q, %v", list, next, err)
	}
	if err := st.InTx(t.Context(), func(tx *store.Tx) error { return tx.DeleteImport(t.Context(), "c") }); !errors.Is(err, store.ErrConflict) {
		t.Errorf("deleted though it ran: %v", err)
	}
}

// What waits is what lies on the disk and nobody takes in: never begun, or stopped.
func TestWhatWaitsIsWhatNobodyTakesIn(t *testing.T) {
	st := store.OpenTest(t)
	err := st.InTx(t.Context(), func(tx *store.Tx) error {
		for id, of := range map[string]struct{ state, operation string }{
			"draft": {store.ImportDraft, ""}, "stopped": {store.ImportRunning, store.OperationCancelled}, "running": {store.ImportRunning, ""}, "swept": {store.ImportDraft, ""},
		} {
			i := store.Import{ID: id, FileID: "f" + id, Format: "csv", Settings: "{}", Mode: store.ImportAdd, State: of.state, CreatedBy: "u" + id, CreatedAt: 1}
			if err := tx.InsertImport(t.Context(), i); err != nil {
				return err
			}
			if of.state == store.ImportRunning {
				i.OperationID = "o" + id
				op := store.Operation{ID: i.OperationID, Kind: "import.run", CreatedAt: 1}
				if err := errors.Join(tx.InsertOperation(t.Context(), op), tx.SaveImport(t.Context(), i, of.state)); err != nil {
					return err
				}
			}
			if of.operation != "" {
				if _, err := tx.CancelOperation(t.Context(), i.OperationID, 2); err != nil {
					return err
				}
			}
			f := store.File{ID: i.FileID, Purpose: store.FileImport, Name: "a.csv", Size: 3 << 30, SealedKey: []byte("x"), CreatedAt: 1}
			if id == "swept" {
				continue
			}
			if err := tx.InsertFile(t.Context(), f); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n, bytes, err := st.ImportsWaiting(t.Context()); n != 2 || bytes != 6<<30 || err != nil {
		t.Errorf("%d files, %d bytes, %v", n, bytes, err)
	}
	list, _, err := st.Imports(t.Context(), store.OwnedBy("udraft", "uswept"), store.Page{})
	if err != nil || len(list) != 2 {
		t.Errorf("%v, %v", list, err)
	}
}

func TestCompaniesAreKnownByName(t *testing.T) {
	st := store.OpenTest(t)
	err := st.InTx(t.Context(), func(tx *store.Tx) error {
		for _, id := range []string{"k2", "k1"} {
			if err := tx.InsertCompany(t.Context(), store.Company{ID: id, Name: "Ácme  Supply", Source: "import", CreatedAt: 1, UpdatedAt: 1, LastActivityAt: 1}, nil); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	key := store.CompanyKey("acme supply")
	found, err := st.CompaniesNamed(t.Context(), []string{key, "nobody"})
	if err != nil || len(found) != 1 || found[key].ID != "k1" {
		t.Errorf("%v, %v", found, err)
	}
}
