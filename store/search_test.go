package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"stead/store"
	"stead/store/storetest"
)

func index(t testing.TB, st *store.Store, bodies map[string]string) {
	t.Helper()
	refs := make([]string, 0, len(bodies))
	for ref := range bodies {
		refs = append(refs, ref)
	}
	slices.Sort(refs)
	err := st.InTx(t.Context(), func(tx *store.Tx) error {
		for _, ref := range refs {
			if err := tx.IndexText(t.Context(), "contact", ref, ref, bodies[ref]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func found(t testing.TB, st *store.Store, query string) string {
	t.Helper()
	refs, err := st.Search(t.Context(), store.Everything, "contact", query, store.Page{})
	if err != nil {
		t.Fatalf("%q: %v", query, err)
	}
	slices.Sort(refs)
	return strings.Join(refs, " ")
}

func TestSearchFinds(t *testing.T) {
	st := storetest.New(t)
	index(t, st, map[string]string{
		"a": "Jürgen Müller Bäckerei", "b": "Jane O'Brien", "c": "Łukasz Kowalczyk", "d": "محمد علي", "e": "田中太郎", "f": "Bob \"*\" OR Miller",
	})
	for query, want := range map[string]string{
		"muller":                  "a",
		"MÜLL jür":                "a",
		"m":                       "a f",
		"brien":                   "b",
		"o'brien":                 "b",
		"walcz":                   "c", // no word begins so: parts count
		"اعل":                     "",
		"عل":                      "d",
		"田中":                      "e",
		"zzz":                     "",
		"":                        "",
		"  '\"*()-^:{} ":          "",
		"NEAR(jane brien)":        "",
		"body:jane":               "",
		"jane OR bob":             "",
		"j* b*":                   "a b",
		"or":                      "f",
		strings.Repeat("a ", 500): "",
		"\x00jane":                "b",
		"jane\x00":                "b",
		"ja%":                     "b",
		"j_ne":                    "",
	} {
		if got := found(t, st, query); got != want {
			t.Errorf("%q finds %q, not %q", query, got, want)
		}
	}
}

func TestIndexFollowsTheText(t *testing.T) {
	st := storetest.New(t)
	index(t, st, map[string]string{"a": "Alice Old", "b": "Bob"})
	index(t, st, map[string]string{"a": "Alice New"})
	for query, want := range map[string]string{"old": "", "new": "a", "alice": "a"} {
		if got := found(t, st, query); got != want {
			t.Errorf("%q finds %q, not %q", query, got, want)
		}
	}
	err := st.InTx(t.Context(), func(tx *store.Tx) error {
		return tx.UnindexText(t.Context(), "contact", "a")
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := found(t, st, "alice") + found(t, st, "lice"); got != "" {
		t.Errorf("%q is still found", got)
	}
	err = st.InTx(t.Context(), func(tx *store.Tx) error {
		return tx.UnindexText(t.Context(), "contact", "a")
	})
	if err != nil {
		t.Errorf("taking out what is not there: %v", err)
	}
}

func TestSearchPagesHoldEachRefOnce(t *testing.T) {
	st := storetest.New(t)
	bodies := map[string]string{}
	for i := range 25 {
		bodies[fmt.Sprintf("c%02d", i)] = fmt.Sprintf("Anna Number%d", i)
	}
	index(t, st, bodies)
	for _, query := range []string{"anna", "umber"} {
		var all []string
		for page := (store.Page{Limit: 10}); ; {
			refs, err := st.Search(t.Context(), store.Everything, "contact", query, page)
			if err != nil {
				t.Fatal(err)
			}
			if len(refs) == 0 {
				break
			}
			all = append(all, refs...)
			page.After = refs[len(refs)-1]
		}
		if !slices.IsSortedFunc(all, func(a, b string) int { return strings.Compare(b, a) }) || len(slices.Compact(all)) != 25 {
			t.Errorf("%s: %v", query, all)
		}
	}
}

func TestSearchFindsTheEndOfANumber(t *testing.T) {
	st := storetest.New(t)
	err := st.InTx(t.Context(), func(tx *store.Tx) error {
		for id, e164 := range map[string]string{"a": "+4915112340177", "b": "+4915112340178", "c": "+12025550177"} {
			phones := []store.Phone{{ID: "p" + id, ContactID: id, Typed: e164, E164: e164, MatchKey: e164, CreatedAt: 1}}
			if err := tx.InsertContact(t.Context(), store.Contact{ID: id, Name: "N" + id, Source: "manual", CreatedAt: 1, UpdatedAt: 1}, phones, nil); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]string{
		"0177": "a c", "177": "a c", "0178": "b", "12340177": "a", "0151 1234 0177": "a", "+49 151": "a b", "(202) 555-0177": "c", "9999": "",
	} {
		if got := found(t, st, query); got != want {
			t.Errorf("%q finds %q, not %q", query, got, want)
		}
	}
}

func FuzzSearchNeverFails(f *testing.F) {
	for _, seed := range []string{"a", `"`, `a"b`, "a*", "NEAR(", "-a", "a AND", "ä\u0301", "\x00", "\xff", "٣٤٥", "½", "'':*", `\`, "&|!"} {
		f.Add(seed)
	}
	st := storetest.New(f)
	index(f, st, map[string]string{"a": "Alice Miller", "b": "Bob 12345"})
	f.Fuzz(func(t *testing.T, query string) {
		if _, err := st.Search(t.Context(), store.Everything, "contact", query, store.Page{}); err != nil {
			t.Errorf("%q: %v", query, err)
		}
	})
}
