package store_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"stead/store"
	"stead/store/storetest"
)

func TestFieldsAndValues(t *testing.T) {
	st := storetest.New(t)
	choice := store.Field{ID: "f1", Record: "contact", Name: "Plan", Kind: "choice", Choices: []store.Choice{{ID: "x", Name: "Gold"}, {ID: "y", Name: "Old", Gone: true}}, Personal: true, CreatedAt: 4}
	in(t, st, func(tx *store.Tx) error {
		return errors.Join(
			tx.InsertField(t.Context(), choice),
			tx.InsertField(t.Context(), store.Field{ID: "f2", Record: "contact", Name: "Árvore", Kind: "text"}),
			tx.InsertField(t.Context(), store.Field{ID: "f3", Record: "company", Name: "Size", Kind: "number"}),
			tx.InsertContact(t.Context(), person("c1", "Ana"), nil, nil),
			tx.SetValue(t.Context(), "contact", "c1", "f1", &store.Value{Words: "x"}),
			tx.SetValue(t.Context(), "contact", "c1", "f2", &store.Value{Num: 3, IsNum: true}),
			tx.SetValue(t.Context(), "contact", "c1", "f2", &store.Value{Words: "Über" + strings.Repeat("é", 300)}))
	})
	fields, err := st.Fields(t.Context(), "contact")
	choice.NameKey, choice.Position, choice.Version, choice.UpdatedAt = "plan", 1, 1, 4
	if err != nil || len(fields) != 2 || !reflect.DeepEqual(fields[0], choice) || fields[1].NameKey != "arvore" || fields[1].Position != 2 {
		t.Errorf("%+v, %v", fields, err)
	}
	values, err := st.FieldValues(t.Context(), "contact", []string{"c1", "c2"})
	v := values["c1"]["f2"]
	if err != nil || len(values) != 1 || values["c1"]["f1"].Words != "x" || v.IsNum || !strings.HasPrefix(v.WordsKey, "ubere") || len(v.WordsKey) != 120 {
		t.Errorf("%+v, %v", values, err)
	}
	if used, err := st.FieldInUse(t.Context(), fields[0]); err != nil || !used {
		t.Errorf("in use: %v, %v", used, err)
	}
	in(t, st, func(tx *store.Tx) error { return tx.SetValue(t.Context(), "contact", "c1", "f1", nil) })
	if used, err := st.FieldInUse(t.Context(), fields[0]); err != nil || used {
		t.Errorf("in use after it was emptied: %v, %v", used, err)
	}
}

func TestADeletedFieldKeepsItsValues(t *testing.T) {
	st := storetest.New(t)
	in(t, st, func(tx *store.Tx) error {
		return errors.Join(
			tx.InsertField(t.Context(), store.Field{ID: "f1", Record: "contact", Name: "Plan", Kind: "text"}),
			tx.InsertContact(t.Context(), person("c1", "Ana"), nil, nil),
			tx.SetValue(t.Context(), "contact", "c1", "f1", &store.Value{Words: "gold"}))
	})
	f, err := st.Field(t.Context(), "f1")
	if err != nil {
		t.Fatal(err)
	}
	f.DeletedAt = 9
	in(t, st, func(tx *store.Tx) error { return tx.UpdateField(t.Context(), f) })
	if err := st.InTx(t.Context(), func(tx *store.Tx) error { return tx.UpdateField(t.Context(), f) }); !errors.Is(err, store.ErrConflict) {
		t.Errorf("an old version is saved: %v", err)
	}
	values, err := st.FieldValues(t.Context(), "contact", []string{"c1"})
	if fields, _ := st.Fields(t.Context(), "contact"); err != nil || len(fields) != 0 || len(values) != 0 {
		t.Errorf("still there: %+v %+v, %v", fields, values, err)
	}
	binned, err := st.FieldsInBin(t.Context())
	if err != nil || len(binned) != 1 || binned[0].DeletedAt != 9 {
		t.Fatalf("in the bin: %+v, %v", binned, err)
	}
	binned[0].DeletedAt = 0
	in(t, st, func(tx *store.Tx) error { return tx.UpdateField(t.Context(), binned[0]) })
	if values, err := st.FieldValues(t.Context(), "contact", []string{"c1"}); err != nil || values["c1"]["f1"].Words != "gold" {
		t.Errorf("restored: %+v, %v", values, err)
	}
}
