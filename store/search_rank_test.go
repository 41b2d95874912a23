package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"stead/store"
	"stead/store/storetest"
)

// Whole words stand before beginnings, of each the newest first, over all pages.
func TestWholeWordsComeBeforeBeginnings(t *testing.T) {
	st := storetest.New(t)
	var wants []string
	for _, whole := range []bool{true, false} {
		for i := 11; i >= 0; i-- {
			if (i%3 == 0) == whole {
				wants = append(wants, fmt.Sprintf("c%02d", i))
			}
		}
	}
	bodies := map[string]string{}
	for i := range 12 {
		bodies[fmt.Sprintf("c%02d", i)] = map[bool]string{true: "Ann Lee", false: "Anna Leeds"}[i%3 == 0]
	}
	index(t, st, bodies)
	for _, size := range []int{1, 2, 3, 5, 12, 50} {
		var got []string
		for after := ""; ; {
			refs, err := st.Search(t.Context(), store.Everything, "contact", "ann lee", store.Page{After: after, Limit: size})
			if err != nil {
				t.Fatal(err)
			}
			if len(refs) == 0 {
				break
			}
			got = append(got, refs...)
			after = refs[len(refs)-1]
			if len(got) > 50 {
				t.Fatalf("pages of %d never end: %v", size, got)
			}
		}
		if !slices.Equal(got, wants) {
			t.Errorf("pages of %d: %s, want %s", size, strings.Join(got, " "), strings.Join(wants, " "))
		}
	}
}

// Each kind has documents of its own: none is found as another.
func TestKindsAreSearchedApart(t *testing.T) {
	st := storetest.New(t)
	inTx(t, st, func(tx *store.Tx) error {
		for _, kind := range []string{"message", "contact", "note", "company", "task", "contact"} {
			for i := range 3 {
				if err := tx.IndexText(t.Context(), kind, fmt.Sprint(kind, i), "c", "Willow and "+kind); err != nil {
					return err
				}
			}
		}
		return nil
	})
	for _, kind := range []string{"contact", "company", "message", "note", "task"} {
		for _, query := range []string{"willow", "will", "illo", "wilow", kind} {
			got, err := st.Search(t.Context(), store.Everything, kind, query, store.Page{})
			if err != nil || strings.Join(got, " ") != fmt.Sprintf("%s2 %s1 %s0", kind, kind, kind) {
				t.Errorf("%s in %s: %v, %v", query, kind, got, err)
			}
		}
	}
}
