package storetest_test

import (
	"testing"

	"stead/store"
	"stead/store/storetest"
)

func TestACrowdIsThereAndFound(t *testing.T) {
	st := storetest.SQLite(t)
	storetest.Crowd(t, st, 2000)
	c, err := st.Contact(t.Context(), storetest.CrowdID(1999))
	if err != nil || c.Name == "" {
		t.Fatal(c, err)
	}
	page, err := st.FindContacts(t.Context(), store.Everything, "person1999", store.Page{})
	if err != nil || len(page.Rows) != 1 || page.Rows[0].ID != c.ID {
		t.Errorf("found %+v, %v", page.Rows, err)
	}
	tags, err := st.TagsOf(t.Context(), []string{c.ID})
	if err != nil || len(tags[c.ID]) != 3 {
		t.Errorf("tags %+v, %v", tags, err)
	}
	values, err := st.FieldValues(t.Context(), "contact", []string{c.ID})
	if err != nil || len(values[c.ID]) != 2 {
		t.Errorf("values %+v, %v", values, err)
	}
}
