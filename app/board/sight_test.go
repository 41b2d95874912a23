package board

import (
	"context"
	"slices"
	"strings"
	"testing"

	"stead/app/access"
	"stead/app/errs"
	"stead/store"
)

// TestNobodyLearnsWhatTheyMayNotSee has somebody look whose role stops short.
func TestNobodyLearnsWhatTheyMayNotSee(t *testing.T) {
	k := newKit(t)
	k.deal(store.Deal{ID: "mine", Title: "Roof", Amount: 100, OwnerID: "u2"})
	k.deal(store.Deal{ID: "theirs", Title: "Secret", Amount: 777, OwnerID: "u1"})
	agent := access.Actor{ID: "u2", Kind: access.User, Mates: []string{"u1", "u2"}, May: map[access.Permission]access.Reach{
		access.DealsRead: access.Team, access.MoneySee: access.Own, access.PersonalSee: access.Own, access.DealsExport: access.Own,
	}}
	b := k.board(agent, place{})
	sh := k.shower(t.Context(), place{}, b.asked, b.People)
	for _, c := range sh.lane(b.Lanes[0]).Cards {
		mine := c.ID == "mine"
		if (c.Amount != "") != mine || strings.Contains(c.Title, "Secret") || mine && c.Title != "Roof" {
			t.Errorf("sees %+v", c)
		}
	}
	if b.Lanes[0].Sums != nil || b.Lanes[0].Deals != 2 {
		t.Errorf("is told sums: %+v", b.Lanes[0])
	}
	if own := k.board(agent, place{who: access.Mine}); len(own.Lanes[0].Sums) != 1 || own.Lanes[0].Sums[0].Amount != 100 {
		t.Errorf("is not told the sum of their own: %+v", own.Lanes[0].Sums)
	}
	for name, q := range map[string]store.Question{"amounts": one("amount", store.OpIs, "777"), "titles": one("title", store.OpHas, "secret")} {
		l := k.list(agent, place{view: k.view(q)})
		if len(l.Rows) != 2 || !l.hidden {
			t.Errorf("can ask for %s: %v", name, idsOf(l))
		}
	}
	if rows := k.exported(agent, place{}); len(rows) != 1 || rows[0][1] != "Roof" {
		t.Errorf("takes along %v", rows)
	}
	none := access.Actor{ID: "u3", Kind: access.User, May: map[access.Permission]access.Reach{access.ContactsRead: access.All}}
	if _, err := k.Board(t.Context(), none, place{}, nil); errs.KindOf(err) != errs.Denied {
		t.Errorf("whoever may see no deal gets %v", err)
	}
}

func TestFormulasLeaveAsText(t *testing.T) {
	k := newKit(t)
	k.deal(store.Deal{Title: "=HYPERLINK(\"http://x\")", Amount: -1250, Currency: "KWD"})
	row := k.exported(boss, place{})[0]
	if row[1] != "'=HYPERLINK(\"http://x\")" || row[7] != "-1.250" || row[8] != "KWD" {
		t.Errorf("leaves as %q", row)
	}
}

// TestNamesOfOthersStayWithThem has somebody look who sees all deals and only the
// people of their own: no card, row, file or filter tells who the others are.
func TestNamesOfOthersStayWithThem(t *testing.T) {
	k := newKit(t)
	k.write(func(ctx context.Context, tx *store.Tx) error {
		for _, c := range []store.Contact{{ID: "mine", OwnerID: "u2"}, {ID: "zoe", Name: "Zoe", OwnerID: "u1"}} {
			c.Source, c.CreatedAt, c.UpdatedAt, c.LastActivityAt = "manual", 1, 1, 1
			phones := []store.Phone{{ID: "ph" + c.ID, ContactID: c.ID, Typed: "+442079460018", E164: "+442079460018", CreatedAt: 1}}
			if err := tx.InsertContact(ctx, c, phones, nil); err != nil {
				return err
			}
		}
		return tx.InsertCompany(ctx, store.Company{ID: "co", Name: "Hidden Ltd", OwnerID: "u1", Source: "manual", CreatedAt: 1, UpdatedAt: 1, LastActivityAt: 1}, nil)
	})
	k.deal(store.Deal{ID: "a", Title: "A", ContactID: "mine", OwnerID: "u2"})
	k.deal(store.Deal{ID: "b", Title: "B", ContactID: "zoe", CompanyID: "co", OwnerID: "u2"})
	agent := access.Actor{ID: "u2", Kind: access.User, May: map[access.Permission]access.Reach{
		access.ContactsRead: access.Own, access.DealsRead: access.All, access.DealsExport: access.All, access.MoneySee: access.All, access.PersonalSee: access.All,
	}}
	for name, want := range map[string]struct {
		actor access.Actor
		a, b  [2]string
	}{
		"agent": {agent, [2]string{"020 7946 0018", ""}, [2]string{"", ""}},
		"owner": {boss, [2]string{"020 7946 0018", ""}, [2]string{"Zoe", "Hidden Ltd"}},
	} {
		l := k.list(want.actor, place{})
		for i := range l.Rows {
			d := &l.Rows[i]
			if got := [2]string{l.person(d), l.company(d)}; got != map[string][2]string{"a": want.a, "b": want.b}[d.ID] {
				t.Errorf("%s: %s is with %q", name, d.ID, got)
			}
		}
		b := k.board(want.actor, place{})
		sh := k.shower(t.Context(), place{}, b.asked, b.People)
		for _, c := range sh.lane(b.Lanes[0]).Cards {
			if c.Person != map[string]string{"a": want.a[0], "b": want.b[0]}[c.ID] {
				t.Errorf("%s: the card of %s is with %q", name, c.ID, c.Person)
			}
		}
		for _, row := range k.exported(want.actor, place{}) {
			if got := [2]string{row[2], row[3]}; got != map[string][2]string{"A": want.a, "B": want.b}[row[1]] {
				t.Errorf("%s: %s leaves with %q", name, row[1], got)
			}
		}
	}
	for _, q := range []store.Question{one("person", store.OpIs, "zoe"), one("company", store.OpHas, "hidden")} {
		view := k.view(q)
		if got := idsOf(k.list(agent, place{view: view})); len(got) != 0 {
			t.Errorf("%v finds %v", q.Conditions, got)
		}
		if got := idsOf(k.list(boss, place{view: view})); !slices.Equal(got, []string{"b"}) {
			t.Errorf("%v finds %v for the owner", q.Conditions, got)
		}
	}
}

// TestFieldsOfMoneyAreAmounts: a field of the business's own that holds money is
// shown to whoever is shown amounts.
func TestFieldsOfMoneyAreAmounts(t *testing.T) {
	k := newKit(t)
	k.write(func(ctx context.Context, tx *store.Tx) error {
		return tx.InsertField(ctx, store.Field{ID: "cost", Record: "deal", Name: "Cost", Kind: "money", Currency: "EUR", CreatedAt: 1})
	})
	id := k.deal(store.Deal{Title: "A", OwnerID: "u1"})
	k.write(func(ctx context.Context, tx *store.Tx) error {
		return tx.SetValue(ctx, "deal", id, "cost", &store.Value{Num: 4200, IsNum: true})
	})
	viewer := access.Actor{ID: "u2", Kind: access.User, May: map[access.Permission]access.Reach{
		access.DealsRead: access.All, access.DealsExport: access.All, access.PersonalSee: access.All,
	}}
	key := store.OwnKey("cost")
	view := k.view(store.Question{Conditions: []store.Condition{{Field: key, Op: store.OpLeast, Values: []string{"1"}}}, Columns: []string{key}})
	for name, actor := range map[string]access.Actor{"viewer": viewer, "owner": boss} {
		sees := name == "owner"
		if row := k.exported(actor, place{})[0]; (row[len(row)-1] != "") != sees {
			t.Errorf("%s: leaves with %q", name, row[len(row)-1])
		}
		l := k.list(actor, place{view: view})
		sh := k.shower(t.Context(), place{show: asList, view: view}, l.asked, l.People)
		if row := sh.list(l).Rows[0]; (len(row.Cells) == 1 && row.Cells[0].Text != "") != sees || l.hidden == sees {
			t.Errorf("%s: the list shows %+v, and hides the filter: %t", name, row.Cells, l.hidden)
		}
	}
}
