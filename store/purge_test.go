package store

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// Whatever table comes, it is emptied; what outlives the business tells of nobody.
func TestPurgeLeavesNobody(t *testing.T) {
	ctx, s := t.Context(), openStore(t)
	marks := plant(ctx, t, s, "ann", 1000)
	plant(ctx, t, s, "bob", 2000)
	err := s.InTx(ctx, func(tx *Tx) error {
		return errors.Join(
			tx.InsertBusiness(ctx, Business{Name: "Ann's own", Country: "PT", Currency: "EUR", Timezone: "UTC", PrivacyContact: "ann@mill.example"}),
			tx.InsertUser(ctx, User{ID: "u1", Name: "Ann", Email: "ann@mill.example", EmailKey: "ann@mill.example", PasswordHash: "h", Role: "owner"}),
			tx.PutSession(ctx, Session{TokenHash: "t", UserID: "u1", Data: []byte("x"), ExpiresAt: 9}),
			tx.InsertInvitation(ctx, Invitation{ID: "i1", Name: "Bo", Email: "bo@mill.example", EmailKey: "bo@mill.example", Role: "agent", InvitedBy: "u1", ExpiresAt: 9}),
			tx.InsertReset(ctx, Reset{TokenHash: "r", UserID: "u1", ExpiresAt: 9}),
			tx.SetSetting(ctx, "textback", TextBack{BodyOpen: "Ann here"}, 1),
			tx.SetSetting(ctx, "clock", map[string]int64{"at": 1}, 1),
			tx.InsertClosing(ctx, Closing{ID: "c1", AskedBy: "u1", AskedAt: 1, PurgeAt: 2}),
			tx.BeginPurge(ctx, "c1", 3),
		)
	})
	if err != nil {
		t.Fatal(err)
	}
	err = s.InTx(ctx, func(tx *Tx) error {
		gone, err := tx.Purge(ctx)
		if gone["contacts"] != 2 || gone["users"] != 1 {
			t.Errorf("gone: %v", gone)
		}
		return errors.Join(err, tx.FinishClosing(ctx, "c1", `{"people":2}`, 4))
	})
	if err != nil {
		t.Fatal(err)
	}
	left := everything(ctx, t, s)
	for table, rows := range left {
		if _, kept := purgeKeeps[table]; !kept && len(rows) > 0 {
			t.Errorf("%s: %d rows are left", table, len(rows))
		}
	}
	all := strings.Join(slices.Concat(left["audit"], left["business"], left["closings"], left["settings"]), "\n")
	for _, mark := range marks {
		if !strings.Contains(mark, "audit.action") && strings.Contains(all, mark) { // that is a word of the code
			t.Errorf("%q is left", mark)
		}
	}
	for _, word := range []string{"Ann", "mill.example", "u1", "textback"} {
		if strings.Contains(all, word) {
			t.Errorf("%q is left in:\n%s", word, all)
		}
	}
	if found, err := s.Search(ctx, Everything, "contact", "plantedwordann", Page{}); err != nil || len(found) > 0 {
		t.Errorf("the search finds %v (%v)", found, err)
	}
	if c, err := s.Closing(ctx); err != nil || c.PurgedAt != 4 || c.AskedBy != "" {
		t.Errorf("%+v, %v", c, err)
	}
}

// What is kept by name is a table of the map, and nothing in it that is of a
// person outlives a purge.
func TestPurgeKeepsOnlyWhatItClears(t *testing.T) {
	known := map[string]Table{}
	for _, table := range DataMap() {
		known[table.Name] = table
	}
	for name, statement := range purgeKeeps {
		table, ok := known[name]
		if !ok {
			t.Errorf("%s is no table", name)
		}
		if strings.HasPrefix(name, "search_") {
			continue // the copies of search_docs go with it
		}
		for _, group := range table.Columns {
			if group.Category == Plain || group.Category == Hash {
				continue
			}
			for column := range strings.FieldsSeq(group.Names) {
				if !strings.Contains(statement, column+" = NULL") {
					t.Errorf("%s.%s (%s) outlives the business", name, column, group.Category)
				}
			}
		}
	}
}
