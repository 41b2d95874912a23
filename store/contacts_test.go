package store_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"stead/store"
	"stead/store/storetest"
)

func inTx(t testing.TB, st *store.Store, fn func(tx *store.Tx) error) {
	t.Helper()
	if err := st.InTx(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

func addContact(t testing.TB, st *store.Store, c store.Contact, numbers ...string) {
	t.Helper()
	if c.Source == "" {
		c.Source = "manual"
	}
	var phones []store.Phone
	for i, n := range numbers {
		phones = append(phones, store.Phone{ID: fmt.Sprint(c.ID, "-p", i), Typed: n, E164: n, CreatedAt: c.CreatedAt})
	}
	inTx(t, st, func(tx *store.Tx) error { return tx.InsertContact(t.Context(), c, phones, nil) })
}

func TestContactRoundTrip(t *testing.T) {
	st := storetest.New(t)
	c := store.Contact{
		ID: "c1", Name: "Zoë Müller", Company: "Röda AB", About: "likes tea", Source: "manual", CreatedBy: "u1",
		CreatedAt: 1, UpdatedAt: 2, LastActivityAt: 3,
	}
	phones := []store.Phone{{ID: "p1", Typed: "+351 912 345 678", E164: "+351912345678", CreatedAt: 1}, {ID: "p2", Typed: "Bank", CreatedAt: 1}}
	emails := []store.Email{{ID: "e1", Typed: "Zoe@Example.com", CreatedAt: 1}}
	inTx(t, st, func(tx *store.Tx) error { return tx.InsertContact(t.Context(), c, phones, emails) })

	got, err := st.Contact(t.Context(), "c1")
	c.NameKey, c.Version = "zoe muller", 1
	if err != nil || got != c {
		t.Errorf("contact = %+v, %v; want %+v", got, err, c)
	}
	saved, err := st.ContactPhones(t.Context(), "c1")
	if err != nil || len(saved) != 2 || saved[0].MatchKey != "+351912345678" || saved[1].MatchKey != "raw:bank" || saved[0].SMSState != "unknown" {
		t.Errorf("phones = %+v, %v", saved, err)
	}
	addresses, err := st.ContactEmails(t.Context(), "c1")
	if err != nil || len(addresses) != 1 || addresses[0].MatchKey != "zoe@example.com" || addresses[0].Typed != "Zoe@Example.com" {
		t.Errorf("emails = %+v, %v", addresses, err)
	}
	if _, err := st.Contact(t.Context(), "nobody"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("err = %v, want not found", err)
	}
}

func TestContactByPhoneIsTheOldest(t *testing.T) {
	st := storetest.New(t)
	addContact(t, st, store.Contact{ID: "new", CreatedAt: 2}, "+15550100")
	addContact(t, st, store.Contact{ID: "old", CreatedAt: 1}, "+15550100")
	c, p, err := st.ContactByPhone(t.Context(), "+15550100")
	if err != nil || c.ID != "old" || p.ContactID != "old" {
		t.Errorf("contact = %+v, phone = %+v, %v; want the older one", c, p, err)
	}
	if _, _, err := st.ContactByPhone(t.Context(), "+15550199"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("err = %v, want not found", err)
	}
}

func TestUpdateContactKeepsWhatIsKnownOfAPhone(t *testing.T) {
	st := storetest.New(t)
	addContact(t, st, store.Contact{ID: "c1", Name: "Ana", CreatedAt: 1}, "+15550100", "+15550101")
	inTx(t, st, func(tx *store.Tx) error { return tx.SetPhoneState(t.Context(), "+15550101", "landline") })

	phones := []store.Phone{{ID: "x", Typed: "+1 555 0101", E164: "+15550101", CreatedAt: 9}, {ID: "y", Typed: "+15550102", E164: "+15550102", CreatedAt: 9}}
	update := func(version int64) error {
		return st.InTx(t.Context(), func(tx *store.Tx) error {
			return tx.UpdateContact(t.Context(), store.Contact{ID: "c1", Name: "Anna", Version: version, UpdatedAt: 9}, phones, nil)
		})
	}
	if err := update(1); err != nil {
		t.Fatal(err)
	}
	got, _ := st.ContactPhones(t.Context(), "c1")
	if len(got) != 2 || got[0].ID != "c1-p1" || got[0].SMSState != "landline" || got[0].CreatedAt != 1 || got[1].ID != "y" {
		t.Errorf("phones = %+v", got)
	}
	if err := update(1); !errors.Is(err, store.ErrConflict) {
		t.Errorf("a stale version: %v, want a conflict", err)
	}
	shown, err := st.ContactRows(t.Context(), []string{"c1"})
	if err != nil || len(shown) != 1 || shown[0].Phone != "+15550101" || shown[0].SMSState != "landline" {
		t.Errorf("the list shows %+v, %v; want the main number", shown, err)
	}
	if page, err := st.FindContacts(t.Context(), store.Everything, "5550100", store.Page{}); err != nil || len(page.Rows) != 0 {
		t.Errorf("the number that went is still found: %+v, %v", page.Rows, err)
	}
}

func TestOnePersonHasANumberOnce(t *testing.T) {
	st := storetest.New(t)
	err := st.InTx(t.Context(), func(tx *store.Tx) error {
		return tx.InsertContact(t.Context(), store.Contact{ID: "c", Source: "manual"}, []store.Phone{
			{ID: "a", Typed: "1", E164: "+15550100"}, {ID: "b", Typed: "2", E164: "+15550100"},
		}, nil)
	})
	if !errors.Is(err, store.ErrConflict) {
		t.Errorf("err = %v, want a conflict", err)
	}
	if there, err := st.HasContact(t.Context(), "c"); there || err != nil {
		t.Errorf("half a contact stayed: %v, %v", there, err)
	}
}

func TestContactsPageThere(t *testing.T) {
	st := storetest.New(t)
	// Activity in pairs of equal times, names in the opposite order.
	for i := range 9 {
		addContact(t, st, store.Contact{ID: fmt.Sprint("c", i), Name: fmt.Sprint("N", 9-i), LastActivityAt: int64(i / 2)})
	}
	for name, tc := range map[string]struct {
		order store.ContactOrder
		want  string
	}{
		"latest first": {store.ContactOrder{Descending: true}, "c8 c7 c6 c5 c4 c3 c2 c1 c0"},
		"oldest first": {store.ContactOrder{}, "c0 c1 c2 c3 c4 c5 c6 c7 c8"},
		"by name":      {store.ContactOrder{ByName: true}, "c8 c7 c6 c5 c4 c3 c2 c1 c0"},
		"from Z to A":  {store.ContactOrder{ByName: true, Descending: true}, "c0 c1 c2 c3 c4 c5 c6 c7 c8"},
	} {
		t.Run(name, func(t *testing.T) {
			var pages [][]string
			page := store.ContactPage{Next: ""}
			for {
				var err error
				if page, err = st.Contacts(t.Context(), store.Everything, tc.order, store.Page{After: page.Next, Limit: 4}); err != nil {
					t.Fatal(err)
				}
				pages = append(pages, ids(page.Rows))
				if page.Next == "" {
					break
				}
			}
			if got := fmt.Sprint(slices.Concat(pages...)); got != "["+tc.want+"]" {
				t.Errorf("forwards %s, want %s", got, tc.want)
			}
			for i := len(pages) - 2; i >= 0; i-- {
				var err error
				if page, err = st.Contacts(t.Context(), store.Everything, tc.order, store.Page{After: page.Prev, Limit: 4}); err != nil {
					t.Fatal(err)
				}
				if !slices.Equal(ids(page.Rows), pages[i]) {
					t.Errorf("backwards page %d = %v, want %v", i, ids(page.Rows), pages[i])
				}
			}
			if page.Prev != "" || page.Next == "" {
				t.Errorf("the first page, reached backwards, has prev %q and next %q", page.Prev, page.Next)
			}
		})
	}
	page, err := st.Contacts(t.Context(), store.Everything, store.ContactOrder{}, store.Page{After: "nonsense", Limit: 2})
	if err != nil || len(page.Rows) != 2 || page.Rows[0].ID != "c0" {
		t.Errorf("a cursor that nobody made gives %v, %v; want the first page", ids(page.Rows), err)
	}
}

func ids(rows []store.ContactRow) []string {
	var out []string
	for _, r := range rows {
		out = append(out, r.ID)
	}
	return out
}

func TestFindContacts(t *testing.T) {
	st := storetest.New(t)
	inTx(t, st, func(tx *store.Tx) error {
		return tx.InsertContact(t.Context(), store.Contact{ID: "zoe", Name: "Zoë Müller", Company: "Röda Korset", Source: "manual"},
			[]store.Phone{{ID: "p1", Typed: "0912 345 678", E164: "+351912345678"}}, []store.Email{{ID: "e1", Typed: "zoe@mail.example"}})
	})
	addContact(t, st, store.Contact{ID: "ali", Name: "علي حسن"}, "+14155550177")
	addContact(t, st, store.Contact{ID: "bob", Name: "Bob 🚀 Ng"}, "+14155550123", "+14155550177")
	for query, want := range map[string]string{
		"zo":               "[zoe]", // the beginning of a word
		"MULLER":           "[zoe]", // without accents
		"mull zoe":         "[zoe]",
		"roda":             "[zoe]",
		"zoe@mail.example": "[zoe]",
		"+351 912":         "[zoe]",
		"0912345678":       "[zoe]",
		"5678":             "[zoe]",
		"345 6":            "[zoe]", // the middle of a number
		"0177":             "[bob ali]",
		"علي":              "[ali]",
		"nobody":           "[]",
		"🚀":                "[]",
		"%_'\"":            "[]",
	} {
		page, err := st.FindContacts(t.Context(), store.Everything, query, store.Page{})
		if got := fmt.Sprint(ids(page.Rows)); err != nil || got != want {
			t.Errorf("%q finds %s, %v; want %s", query, got, err, want)
		}
	}
	first, err := st.FindContacts(t.Context(), store.Everything, "0177", store.Page{Limit: 1})
	if err != nil || fmt.Sprint(ids(first.Rows)) != "[bob]" || first.Next == "" {
		t.Fatalf("first page = %+v, %v", first, err)
	}
	second, err := st.FindContacts(t.Context(), store.Everything, "0177", store.Page{Limit: 1, After: first.Next})
	if err != nil || fmt.Sprint(ids(second.Rows)) != "[ali]" || second.Next != "" {
		t.Errorf("second page = %+v, %v", second, err)
	}
}

func TestContactsWith(t *testing.T) {
	st := storetest.New(t)
	addContact(t, st, store.Contact{ID: "a"}, "+14155550177")
	addContact(t, st, store.Contact{ID: "b"}, "+14155550177", "+14155550178")
	got, err := st.ContactsWith(t.Context(), []string{"+14155550177", "+14155550178"}, []string{"x@example.com"})
	if err != nil || fmt.Sprint(ids(got)) != "[a b]" {
		t.Errorf("found %v, %v; want each of them once", ids(got), err)
	}
}

func TestTouchContactNeverGoesBack(t *testing.T) {
	st := storetest.New(t)
	addContact(t, st, store.Contact{ID: "c", LastActivityAt: 5})
	for _, at := range []int64{9, 7} {
		inTx(t, st, func(tx *store.Tx) error { return tx.TouchContact(t.Context(), "c", at) })
	}
	if c, err := st.Contact(t.Context(), "c"); err != nil || c.LastActivityAt != 9 {
		t.Errorf("last activity = %d, %v; want 9", c.LastActivityAt, err)
	}
}

func TestTasksComeAndGo(t *testing.T) {
	st := storetest.New(t)
	addContact(t, st, store.Contact{ID: "c", Name: "Ana"}, "+14155550177")
	inTx(t, st, func(tx *store.Tx) error {
		for _, task := range []store.Task{{ID: "later", ContactID: "c", DueAt: 20}, {ID: "soon", DueAt: 10}} {
			task.Kind = "call_back"
			if err := tx.InsertTask(t.Context(), task); err != nil {
				return err
			}
		}
		return nil
	})
	rows, err := st.OpenTasks(t.Context(), store.Everything, store.Page{})
	if err != nil || len(rows) != 2 || rows[0].ID != "soon" || rows[1].Name != "Ana" || rows[1].Phone != "+14155550177" {
		t.Fatalf("open tasks = %+v, %v", rows, err)
	}
	for _, by := range []string{"u1", "u2"} {
		inTx(t, st, func(tx *store.Tx) error { return tx.FinishTask(t.Context(), "later", by, 30) })
	}
	if task, err := st.Task(t.Context(), "later"); err != nil || task.DoneAt != 30 || task.DoneBy != "u1" {
		t.Errorf("task = %+v, %v; want done by the first", task, err)
	}
	if n, err := st.CountOpenTasks(t.Context(), store.Everything); n != 1 || err != nil {
		t.Errorf("open = %d, %v; want 1", n, err)
	}
}
