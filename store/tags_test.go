package store_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"stead/store"
	"stead/store/storetest"
)

func names(tags []store.Tag) []string {
	var out []string
	for _, t := range tags {
		out = append(out, t.Name)
	}
	return out
}

func TestTagsAreKeptAndCounted(t *testing.T) {
	st := storetest.New(t)
	in(t, st, func(tx *store.Tx) error {
		for i := range 4 {
			if err := tx.InsertContact(t.Context(), person(fmt.Sprint("c", i), "Ana"), nil, nil); err != nil {
				return err
			}
		}
		for _, tag := range []store.Tag{{ID: "t1", Name: "Río", Colour: "green", CreatedAt: 1}, {ID: "t2", Name: "Alto"}} {
			if err := tx.InsertTag(t.Context(), tag); err != nil {
				return err
			}
		}
		return errors.Join(tx.SetTags(t.Context(), "c0", []string{"t1", "t2", "t1"}), tx.AddTag(t.Context(), "c1", "t1"), tx.AddTag(t.Context(), "c1", "t1"),
			tx.AddTag(t.Context(), "c2", "t1"), tx.RemoveTag(t.Context(), "c2", "t1"), tx.RemoveTag(t.Context(), "c2", "t1"))
	})
	of, err := st.TagsOf(t.Context(), []string{"c0", "c1", "c2"})
	if err != nil || !slices.Equal(names(of["c0"]), []string{"Alto", "Río"}) || len(of["c1"]) != 1 || of["c2"] != nil || of["c1"][0].Colour != "green" {
		t.Errorf("%+v, %v", of, err)
	}
	counts, err := st.TagCounts(t.Context(), 10)
	if err != nil || len(counts) != 2 || counts[0].Name != "Alto" || counts[0].People != 1 || counts[1].People != 2 {
		t.Errorf("%+v, %v", counts, err)
	}
	if few, err := st.TagCounts(t.Context(), 1); err != nil || few[1].People != 1 {
		t.Errorf("%+v, %v", few, err)
	}
	err = st.InTx(t.Context(), func(tx *store.Tx) error { return tx.InsertTag(t.Context(), store.Tag{ID: "t3", Name: "RIO"}) })
	if !errors.Is(err, store.ErrConflict) {
		t.Errorf("a taken name: %v", err)
	}
}

func TestADeletedTagComesBackWithWhoHadIt(t *testing.T) {
	st := storetest.New(t)
	in(t, st, func(tx *store.Tx) error {
		return errors.Join(tx.InsertContact(t.Context(), person("c1", "Ana"), nil, nil), tx.InsertTag(t.Context(), store.Tag{ID: "t1", Name: "VIP"}),
			tx.SetTags(t.Context(), "c1", []string{"t1"}), tx.IndexContacts(t.Context(), "c1"), tx.BinTag(t.Context(), "t1", 5))
	})
	if of, err := st.TagsOf(t.Context(), []string{"c1"}); err != nil || len(of) != 0 {
		t.Errorf("still shown: %+v, %v", of, err)
	}
	binned, err := st.TagsInBin(t.Context())
	if err != nil || len(binned) != 1 || binned[0].DeletedAt != 5 {
		t.Errorf("in the bin: %+v, %v", binned, err)
	}
	var id string
	in(t, st, func(tx *store.Tx) (err error) {
		err = tx.SetTags(t.Context(), "c1", nil) // who had it is not forgotten
		if err == nil {
			id, err = tx.EnsureTag(t.Context(), store.Tag{ID: "t2", Name: "vip"})
		}
		return err
	})
	if id != "t2" {
		t.Errorf("the deleted one is used again: %s", id)
	}
	err = st.InTx(t.Context(), func(tx *store.Tx) error { return tx.RestoreTag(t.Context(), "t1") })
	if !errors.Is(err, store.ErrConflict) {
		t.Errorf("two of a name: %v", err)
	}
	in(t, st, func(tx *store.Tx) error {
		return errors.Join(tx.BinTag(t.Context(), "t2", 6), tx.RestoreTag(t.Context(), "t1"))
	})
	if of, err := st.TagsOf(t.Context(), []string{"c1"}); err != nil || !slices.Equal(names(of["c1"]), []string{"VIP"}) {
		t.Errorf("restored: %+v, %v", of, err)
	}
}

func TestRetag(t *testing.T) {
	st := storetest.New(t)
	in(t, st, func(tx *store.Tx) error {
		err := errors.Join(tx.InsertTag(t.Context(), store.Tag{ID: "t1", Name: "Old"}), tx.InsertTag(t.Context(), store.Tag{ID: "t2", Name: "New"}),
			tx.InsertCompany(t.Context(), company("co1", "Harbour", 1), nil), tx.SetCompanyTags(t.Context(), "co1", []string{"t1"}))
		for i := range 3 {
			id := fmt.Sprint("c", i)
			err = errors.Join(err, tx.InsertContact(t.Context(), person(id, "Ana"), nil, nil), tx.AddTag(t.Context(), id, "t1"))
		}
		return errors.Join(err, tx.AddTag(t.Context(), "c1", "t2"))
	})
	in(t, st, func(tx *store.Tx) error {
		ids, err := tx.TaggedIDs(t.Context(), "contact", "t1", "", 2)
		if err != nil || !slices.Equal(ids, []string{"c0", "c1"}) {
			t.Errorf("tagged %v, %v", ids, err)
		}
		return errors.Join(tx.Retag(t.Context(), "contact", ids, "t1", "t2"), tx.Retag(t.Context(), "company", []string{"co1"}, "t1", "t2"))
	})
	left, err := st.TaggedIDs(t.Context(), "contact", "t1", "", 10)
	moved, err2 := st.TaggedIDs(t.Context(), "contact", "t2", "", 10)
	firms, err3 := st.TaggedIDs(t.Context(), "company", "t2", "", 10)
	if errors.Join(err, err2, err3) != nil || !slices.Equal(left, []string{"c2"}) || !slices.Equal(moved, []string{"c0", "c1"}) || len(firms) != 1 {
		t.Errorf("%v %v %v", left, moved, firms)
	}
	if ids := finds(t, st, "contact", "new"); len(ids) != 2 {
		t.Errorf("the search finds %v", ids)
	}
}
