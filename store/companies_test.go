package store_test

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"stead/store"
	"stead/store/storetest"
)

func company(id, name string, at int64) store.Company {
	return store.Company{ID: id, Name: name, Source: "manual", CreatedAt: at, UpdatedAt: at, LastActivityAt: at}
}

func person(id, name string) store.Contact {
	return store.Contact{ID: id, Name: name, Source: "manual", CreatedAt: 1, UpdatedAt: 1, LastActivityAt: 1}
}

// works adds a company and people who work there.
func works(t *testing.T, st *store.Store, c store.Company, people ...string) {
	t.Helper()
	in(t, st, func(tx *store.Tx) error {
		if err := tx.InsertCompany(t.Context(), c, nil); err != nil {
			return err
		}
		for _, id := range people {
			if there, err := tx.HasContact(t.Context(), id); err != nil || !there {
				if err := errors.Join(err, tx.InsertContact(t.Context(), person(id, "Person "+id), nil, nil)); err != nil {
					return err
				}
			}
			if err := tx.LinkCompany(t.Context(), store.ContactCompany{ContactID: id, CompanyID: c.ID, Role: "Role " + id, CreatedAt: 1}); err != nil {
				return err
			}
		}
		return nil
	})
}

func shows(t *testing.T, st *store.Store, contactID string) string {
	t.Helper()
	c, err := st.Contact(t.Context(), contactID)
	if err != nil {
		t.Fatal(err)
	}
	return c.Company
}

func finds(t *testing.T, st *store.Store, kind, query string) []string {
	t.Helper()
	ids, err := st.Search(t.Context(), store.Everything, kind, query, store.Page{})
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

func TestACompanyIsKeptAndFound(t *testing.T) {
	st := storetest.New(t)
	c := company("co1", "Água & Sal  Lda", 5)
	c.Website, c.Domain, c.Industry, c.About, c.OwnerID, c.CreatedBy = "https://agua.example", "agua.example", "Bakery", "Bread", "u1", "u1"
	points := []store.CompanyPoint{
		{ID: "p1", Kind: "phone", Typed: "+351 21 123 4567", MatchKey: "+351211234567", CreatedAt: 5},
		{ID: "p2", Kind: "email", Typed: "Hi@agua.example", MatchKey: "hi@agua.example", CreatedAt: 5},
	}
	in(t, st, func(tx *store.Tx) error { return tx.InsertCompany(t.Context(), c, points) })
	got, err := st.Company(t.Context(), "co1")
	if err != nil {
		t.Fatal(err)
	}
	c.NameKey, c.Version = "agua & sal lda", 1
	if got != c {
		t.Errorf("kept %+v, want %+v", got, c)
	}
	for _, query := range []string{"agua", "sal", "baker", "hi", "351211"} {
		if ids := finds(t, st, "company", query); !slices.Equal(ids, []string{"co1"}) {
			t.Errorf("%q finds %v", query, ids)
		}
	}
	got.Name, got.About, got.UpdatedAt = "Salt", "", 9
	in(t, st, func(tx *store.Tx) error {
		return tx.UpdateCompany(t.Context(), got, []store.CompanyPoint{{ID: "p9", Kind: "email", Typed: "Hi@agua.example", MatchKey: "hi@agua.example", CreatedAt: 9}})
	})
	err = st.InTx(t.Context(), func(tx *store.Tx) error { return tx.UpdateCompany(t.Context(), got, nil) })
	if !errors.Is(err, store.ErrConflict) {
		t.Errorf("an old version is saved: %v", err)
	}
	left, err := st.CompanyPoints(t.Context(), "co1")
	if err != nil || len(left) != 1 || left[0].ID != "p2" || left[0].CreatedAt != 5 {
		t.Errorf("points %+v, %v", left, err)
	}
	if ids := finds(t, st, "company", "agua"); len(ids) != 1 { // by its domain
		t.Errorf("after the rename: %v", ids)
	}
	if ids := finds(t, st, "company", "lda"); len(ids) != 0 {
		t.Errorf("the old name still finds %v", ids)
	}
}

func TestEnsureCompanyMakesOneOfAName(t *testing.T) {
	st := storetest.New(t)
	ensure := func(id, name string) (got string, made bool) {
		in(t, st, func(tx *store.Tx) (err error) {
			got, made, err = tx.EnsureCompany(t.Context(), company(id, name, 1))
			return err
		})
		return got, made
	}
	if id, made := ensure("co1", "Café Sol"); id != "co1" || !made {
		t.Errorf("%s %v", id, made)
	}
	if id, made := ensure("co2", " CAFE  sol "); id != "co1" || made {
		t.Errorf("%s %v", id, made)
	}
	in(t, st, func(tx *store.Tx) error { return tx.BinCompany(t.Context(), "co1", "u1", 3) })
	if id, made := ensure("co3", "Café Sol"); id != "co3" || !made {
		t.Errorf("one in the bin counts: %s %v", id, made)
	}
}

func TestPeopleShowTheirMainCompany(t *testing.T) {
	st := storetest.New(t)
	works(t, st, company("co1", "Harbour", 1), "a", "b")
	works(t, st, company("co2", "Lighthouse", 1), "a")
	if shows(t, st, "a") != "Harbour" || !slices.Equal(finds(t, st, "contact", "harbour"), []string{"b", "a"}) {
		t.Errorf("shows %q", shows(t, st, "a"))
	}
	in(t, st, func(tx *store.Tx) error {
		return tx.UpdateJob(t.Context(), store.ContactCompany{ContactID: "a", CompanyID: "co1", Role: "Captain", Former: true})
	})
	if shows(t, st, "a") != "Lighthouse" {
		t.Errorf("of a former one: shows %q", shows(t, st, "a"))
	}
	of, err := st.CompaniesOf(t.Context(), []string{"a", "b"})
	want := []store.ContactCompany{
		{ContactID: "a", CompanyID: "co1", Name: "Harbour", Role: "Captain", Former: true, CreatedAt: 1},
		{ContactID: "a", CompanyID: "co2", Name: "Lighthouse", Role: "Role a", Position: 1, CreatedAt: 1},
	}
	if err != nil || !reflect.DeepEqual(of["a"], want) || len(of["b"]) != 1 {
		t.Errorf("%+v, %v", of, err)
	}
	in(t, st, func(tx *store.Tx) error {
		c, err := tx.Company(t.Context(), "co2")
		c.Name = "Beacon"
		return errors.Join(err, tx.UpdateCompany(t.Context(), c, nil), spread(t, tx, "co2"))
	})
	if shows(t, st, "a") != "Beacon" || len(finds(t, st, "contact", "lighthouse")) != 0 || len(finds(t, st, "contact", "beacon")) != 1 {
		t.Errorf("after a rename: shows %q", shows(t, st, "a"))
	}
	in(t, st, func(tx *store.Tx) error {
		return errors.Join(tx.BinCompany(t.Context(), "co2", "u1", 9), spread(t, tx, "co2"))
	})
	if shows(t, st, "a") != "" || len(finds(t, st, "company", "beacon")) != 0 || len(finds(t, st, "contact", "beacon")) != 0 {
		t.Errorf("of one in the bin: shows %q", shows(t, st, "a"))
	}
	in(t, st, func(tx *store.Tx) error {
		return errors.Join(tx.RestoreCompany(t.Context(), "co2"), spread(t, tx, "co2"))
	})
	if shows(t, st, "a") != "Beacon" || len(finds(t, st, "company", "beacon")) != 1 {
		t.Errorf("restored: shows %q", shows(t, st, "a"))
	}
	in(t, st, func(tx *store.Tx) error {
		return errors.Join(tx.UnlinkCompany(t.Context(), "a", "co2"), tx.SetCompanies(t.Context(), "b", nil))
	})
	if shows(t, st, "a") != "" || shows(t, st, "b") != "" {
		t.Errorf("without one: shows %q and %q", shows(t, st, "a"), shows(t, st, "b"))
	}
}

func spread(t *testing.T, tx *store.Tx, id string) error {
	t.Helper()
	for after := ""; ; {
		last, _, err := tx.SpreadCompany(t.Context(), id, after, 1)
		if err != nil || last == "" {
			return err
		}
		after = last
	}
}

func TestACompanyIsLinkedOnce(t *testing.T) {
	st := storetest.New(t)
	works(t, st, company("co1", "Harbour", 1), "a")
	err := st.InTx(t.Context(), func(tx *store.Tx) error {
		return tx.LinkCompany(t.Context(), store.ContactCompany{ContactID: "a", CompanyID: "co1"})
	})
	if !errors.Is(err, store.ErrConflict) {
		t.Errorf("linked twice: %v", err)
	}
	err = st.InTx(t.Context(), func(tx *store.Tx) error {
		return tx.UpdateJob(t.Context(), store.ContactCompany{ContactID: "a", CompanyID: "co9"})
	})
	if !errors.Is(err, store.ErrConflict) {
		t.Errorf("a job that is none: %v", err)
	}
}

func TestCompaniesAreListedByKeys(t *testing.T) {
	st := storetest.New(t)
	var want []string
	in(t, st, func(tx *store.Tx) error {
		for i := range 7 {
			c := company(fmt.Sprintf("co%d", i), fmt.Sprintf("Firm %d", i/2), int64(10-i))
			if i%3 == 0 {
				c.OwnerID = "u1"
			}
			want = append(want, c.ID)
			if err := tx.InsertCompany(t.Context(), c, nil); err != nil {
				return err
			}
		}
		return tx.BinCompany(t.Context(), "co3", "", 20)
	})
	want = slices.DeleteFunc(want, func(id string) bool { return id == "co3" })
	for name, order := range map[string]store.CompanyOrder{"by name": {ByName: true}, "by activity": {Descending: true}} {
		t.Run(name, func(t *testing.T) {
			var got []string
			page, err := st.Companies(t.Context(), store.Everything, order, store.Page{Limit: 2})
			last := page
			for err == nil {
				for _, c := range page.Rows {
					got = append(got, c.ID)
				}
				last = page
				if page.Next == "" {
					break
				}
				page, err = st.Companies(t.Context(), store.Everything, order, store.Page{Limit: 2, After: page.Next})
			}
			if err != nil || !slices.Equal(got, want) {
				t.Fatalf("%v, %v; want %v", got, err, want)
			}
			back, err := st.Companies(t.Context(), store.Everything, order, store.Page{Limit: 2, After: last.Prev})
			if err != nil || len(back.Rows) != 2 || back.Rows[0].ID != want[2] || back.Rows[1].ID != want[3] {
				t.Errorf("back: %+v, %v", back.Rows, err)
			}
		})
	}
	mine, err := st.Companies(t.Context(), store.OwnedBy("u1"), store.CompanyOrder{ByName: true}, store.Page{})
	if err != nil || len(mine.Rows) != 2 {
		t.Errorf("mine: %+v, %v", mine.Rows, err)
	}
	in(t, st, func(tx *store.Tx) error {
		id, err := tx.EnsureTag(t.Context(), store.Tag{ID: "vip", Name: "VIP", NameKey: "vip", CreatedAt: 1})
		for _, co := range []string{"co1", "co3", "co6"} {
			if err == nil {
				err = tx.SetCompanyTags(t.Context(), co, []string{id})
			}
		}
		return err
	})
	tagged := store.CompanyOrder{ByName: true, Tag: "vip"}
	one, err := st.Companies(t.Context(), store.Everything, tagged, store.Page{Limit: 1})
	if err != nil || len(one.Rows) != 1 || one.Rows[0].ID != "co1" {
		t.Fatalf("of a tag: %+v, %v", one.Rows, err)
	}
	two, err := st.Companies(t.Context(), store.Everything, tagged, store.Page{Limit: 1, After: one.Next})
	if err != nil || len(two.Rows) != 1 || two.Rows[0].ID != "co6" || two.Next != "" {
		t.Errorf("of a tag, the next: %+v, %v", two, err)
	}
	if own, err := st.Companies(t.Context(), store.OwnedBy("u1"), tagged, store.Page{}); err != nil || len(own.Rows) != 1 {
		t.Errorf("one's own of a tag: %+v, %v", own.Rows, err)
	}
	rows, err := st.CompanyRows(t.Context(), []string{"co2", "co3", "co1"})
	if err != nil || len(rows) != 2 || rows[0].ID != "co2" {
		t.Errorf("rows: %+v, %v", rows, err)
	}
}

func TestCompaniesAreFoundByTheBeginning(t *testing.T) {
	st := storetest.New(t)
	in(t, st, func(tx *store.Tx) error {
		for i, name := range []string{"Álfa Works", "alfalfa", "Beta", "Zeta"} {
			c := company(fmt.Sprintf("co%d", i), name, 1)
			c.Domain = []string{"", "green.example", "alf.example", ""}[i]
			if err := tx.InsertCompany(t.Context(), c, nil); err != nil {
				return err
			}
		}
		return nil
	})
	for text, want := range map[string]string{"ALF": "co0 co1 co2", "www.green": "co1", "álfa w": "co0", "zz": "", " ": "", "z": "co3"} {
		rows, err := st.FindCompanies(t.Context(), store.Everything, text, 10)
		var got []string
		for _, c := range rows {
			got = append(got, c.ID)
		}
		if err != nil || strings.Join(got, " ") != want {
			t.Errorf("%q finds %v, %v; want %s", text, got, err, want)
		}
	}
	like, err := st.CompaniesLike(t.Context(), "ALFA  works", "green.example")
	if err != nil || len(like) != 2 {
		t.Errorf("like: %+v, %v", like, err)
	}
}

func TestPeopleOfACompanyComeByThePage(t *testing.T) {
	st := storetest.New(t)
	works(t, st, company("co1", "Harbour", 1), "a", "b", "c", "d")
	in(t, st, func(tx *store.Tx) error {
		return errors.Join(tx.AssignContact(t.Context(), "c", "u1", 2),
			tx.UpdateJob(t.Context(), store.ContactCompany{ContactID: "b", CompanyID: "co1", Role: "Left", Former: true}))
	})
	first, next, err := st.PeopleOf(t.Context(), store.Everything, "co1", store.Page{Limit: 3})
	if err != nil || len(first) != 3 || first[0].ID != "d" || next != "b" || !first[2].Former || first[2].Role != "Left" {
		t.Errorf("%+v, %q, %v", first, next, err)
	}
	rest, next, err := st.PeopleOf(t.Context(), store.Everything, "co1", store.Page{Limit: 3, After: next})
	if err != nil || len(rest) != 1 || next != "" {
		t.Errorf("%+v, %q, %v", rest, next, err)
	}
	mine, _, err := st.PeopleOf(t.Context(), store.OwnedBy("u1"), "co1", store.Page{})
	if err != nil || len(mine) != 1 || mine[0].ID != "c" {
		t.Errorf("mine: %+v, %v", mine, err)
	}
	heads, err := st.Heads(t.Context(), store.Everything, []string{"co1"}, 2)
	if err != nil || heads["co1"] != 2 {
		t.Errorf("heads %v, %v", heads, err)
	}
}

func TestMergedCompaniesAreOne(t *testing.T) {
	st := storetest.New(t)
	works(t, st, company("co1", "Harbour", 1), "a", "b")
	works(t, st, company("co2", "Harbor Inc", 1), "b", "c")
	in(t, st, func(tx *store.Tx) error {
		for _, tag := range []string{"t1", "t2"} {
			if err := tx.InsertTag(t.Context(), store.Tag{ID: tag, Name: tag}); err != nil {
				return err
			}
		}
		f := store.Field{ID: "f1", Record: "company", Name: "Size", Kind: "number"}
		return errors.Join(
			tx.SetCompanyTags(t.Context(), "co1", []string{"t1"}), tx.SetCompanyTags(t.Context(), "co2", []string{"t1", "t2"}),
			tx.InsertField(t.Context(), f), tx.SetValue(t.Context(), "company", "co2", "f1", &store.Value{Num: 5, IsNum: true}),
			tx.UpdateJob(t.Context(), store.ContactCompany{ContactID: "b", CompanyID: "co1", Former: true}),
			tx.MovePeople(t.Context(), "co2", "co1", []string{"b", "c"}),
			tx.MoveCompanyParts(t.Context(), "co2", "co1"), tx.BinCompany(t.Context(), "co2", "u1", 9))
	})
	tags, err := st.CompanyTagsOf(t.Context(), []string{"co1", "co2"})
	if err != nil || len(tags["co1"]) != 2 || len(tags["co2"]) != 0 {
		t.Errorf("tags %+v, %v", tags, err)
	}
	values, err := st.FieldValues(t.Context(), "company", []string{"co1", "co2"})
	if err != nil || values["co1"]["f1"].Num != 5 || len(values["co2"]) != 0 {
		t.Errorf("values %+v, %v", values, err)
	}
	job, err := st.Job(t.Context(), "b", "co1")
	if err != nil || job.Role != "Role b" || job.Former || shows(t, st, "c") != "Harbour" {
		t.Errorf("job %+v, %v", job, err)
	}
	if ids, err := st.PeopleIDs(t.Context(), "co2", "", 10); err != nil || len(ids) != 0 {
		t.Errorf("still there: %v, %v", ids, err)
	}
}

// What was sold to a company goes with it into another, and stays when it is gone.
func TestDealsOutliveTheirCompany(t *testing.T) {
	st := storetest.New(t)
	p := pipes(t, st, "p")
	in(t, st, func(tx *store.Tx) error {
		errs := []error{
			tx.InsertCompany(t.Context(), company("co1", "Harbour", 1), nil), tx.InsertCompany(t.Context(), company("co2", "Harbor Inc", 1), nil),
			tx.InsertTag(t.Context(), store.Tag{ID: "t1", Name: "Spring"}),
		}
		d := store.Deal{ID: "d1", Title: "Awning", PipelineID: p.ID, StageID: p.Stages[0].ID, CompanyID: "co2", Amount: 700, Currency: "EUR", Source: "manual", CreatedAt: 1}
		_, err := tx.InsertDeal(t.Context(), d, "y1")
		return errors.Join(append(errs, err, tx.SetDealTags(t.Context(), "d1", []string{"t1"}),
			tx.MoveCompanyParts(t.Context(), "co2", "co1"), tx.BinCompany(t.Context(), "co1", "u1", 9))...)
	})
	if d, err := st.Deal(t.Context(), "d1"); err != nil || d.CompanyID != "co1" {
		t.Errorf("merged: %+v, %v", d, err)
	}
	in(t, st, func(tx *store.Tx) error {
		_, _, err := tx.EmptyBin(t.Context(), store.BinCompany, "co1", 100)
		return err
	})
	if _, err := st.Company(t.Context(), "co1"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the company is still there: %v", err)
	}
	if d, err := st.Deal(t.Context(), "d1"); err != nil || d.CompanyID != "" || d.Amount != 700 || d.Title != "Awning" {
		t.Errorf("emptied: %+v, %v", d, err)
	}
	if counts, err := st.TagCounts(t.Context(), 10); err != nil || counts[0].Deals != 1 {
		t.Errorf("%+v, %v", counts, err)
	}
}
