package exports_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"stead/app/access"
	"stead/app/apptest"
	"stead/app/ids"
	"stead/app/imports"
	"stead/app/tabular"
	"stead/store"
)

// add adds a contact of somebody and returns its id.
func add(t *testing.T, h *apptest.House, c store.Card) string {
	t.Helper()
	c.ID, c.Source = ids.New(), "manual"
	c.LastActivityAt = h.Clock.Now().UnixMilli() // else the sweep takes them
	for i := range c.Phones {
		c.Phones[i].ID = ids.New()
	}
	for i := range c.Emails {
		c.Emails[i].ID = ids.New()
	}
	h.Change("contact.created", c.ID, func(tx *store.Tx) error {
		return tx.InsertCard(t.Context(), c, store.Provenance{ID: ids.New(), ContactID: c.ID, Source: "manual", At: 1})
	})
	return c.ID
}

func named(name, owner string) store.Card {
	return store.Card{
		Contact: store.Contact{Name: name, OwnerID: owner}, Phones: []store.Phone{{Typed: "+351912345678", E164: "+351912345678"}}, Emails: []store.Email{{Typed: "one@example.org"}},
	}
}

// role is a role that may do some things.
func role(t *testing.T, h *apptest.House, name string, grants map[access.Permission]access.Reach) string {
	t.Helper()
	id := ids.New()
	h.Change("role.created", id, func(tx *store.Tx) error {
		return tx.InsertRole(t.Context(), store.Role{ID: id, Name: name, NameKey: name, Grants: access.FormatGrants(grants)})
	})
	return id
}

// rows reads a table back, as whoever opens it.
func rows(t *testing.T, text, form string) (header []string, out [][]string) {
	t.Helper()
	f := tabular.Format{Kind: form, Encoding: tabular.UTF8, Delimiter: ",", Header: true}
	src, err := tabular.Open(strings.NewReader(text), f)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	for {
		r, err := src.Next()
		if errors.Is(err, io.EOF) {
			return src.Header(), out
		}
		if err != nil || r.Reason != "" {
			t.Fatal(r.Reason, err)
		}
		out = append(out, r.Cells)
	}
}

func names(list [][]string) (out []string) {
	for _, row := range list {
		out = append(out, row[0])
	}
	slices.Sort(out)
	return out
}

// How far the right reaches decides who is in a file, whatever is asked for, and
// what may not be seen is veiled in it.
func TestAnExportHoldsWhatItsMakerMaySee(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	h.Change("team.created", "t1", func(tx *store.Tx) error {
		return tx.InsertTeam(t.Context(), store.TeamGroup{ID: "t1", Name: "Field", NameKey: "field", CreatedAt: 1})
	})
	reach := func(name string, r access.Reach, more map[access.Permission]access.Reach) string {
		grants := map[access.Permission]access.Reach{access.ContactsRead: access.All, access.ContactsExport: r}
		for p, to := range more {
			grants[p] = to
		}
		return role(t, h, name, grants)
	}
	sees := map[access.Permission]access.Reach{access.PersonalSee: access.All}
	own, me := h.SignedInAs(reach("own", access.Own, sees), apptest.Colleague{Name: "Me", Team: "t1"})
	team, _ := h.SignedInAs(reach("team", access.Team, sees), apptest.Colleague{Name: "Mate", Team: "t1"})
	all, _ := h.SignedInAs(reach("all", access.All, sees), apptest.Colleague{Name: "All"})
	veiled, _ := h.SignedInAs(reach("veiled", access.All, nil), apptest.Colleague{Name: "Veiled"})
	none, _ := h.SignedInAs(role(t, h, "none", map[access.Permission]access.Reach{access.ContactsRead: access.All}), apptest.Colleague{Name: "None"})
	mine := add(t, h, named("Mine", me.ID))
	theirs := add(t, h, named("Theirs", h.Hire(apptest.Colleague{Role: access.RoleOwner}).ID))
	free := add(t, h, named("Free", ""))
	chosen := url.Values{"form": {"csv"}, "id": {mine, theirs, free}}
	for _, c := range []struct {
		name string
		b    *apptest.Client
		want []string
	}{
		{"own", own, []string{"Mine"}}, {"team", team, []string{"Free", "Mine"}}, {"all", all, []string{"Free", "Mine", "Theirs"}},
	} {
		for what, form := range map[string]url.Values{"everybody": {"form": {"csv"}}, "chosen": chosen} {
			p := c.b.PostForm("/contacts/export", form)
			if p.Status != http.StatusOK || !strings.HasPrefix(p.Header.Get("Content-Disposition"), "attachment") || p.Header.Get("Cache-Control") != "no-store" {
				t.Fatalf("%s, %s: %d %v", c.name, what, p.Status, p.Header)
			}
			if _, list := rows(t, p.Body, tabular.CSV); !slices.Equal(names(list), c.want) {
				t.Errorf("%s, %s: %q, want %q", c.name, what, names(list), c.want)
			}
		}
	}
	for form, kind := range map[string]string{"csv": tabular.CSV, "xlsx": tabular.XLSX, "vcard": tabular.VCard} {
		p := veiled.PostForm("/contacts/export", url.Values{"form": {form}})
		_, list := rows(t, p.Body, kind)
		if text := strings.Join(slices.Concat(list...), "\n"); len(list) != 3 || strings.Contains(text, "912345678") || strings.Contains(text, "one@") {
			t.Errorf("%s: %d rows with what is veiled: %s", form, len(list), text)
		}
	}
	for _, path := range []string{"/contacts/export", "/companies/export", "/contacts/" + mine + "/vcard"} {
		if p := none.PostForm(path, url.Values{"form": {"csv"}}); p.Status != http.StatusForbidden {
			t.Errorf("%s without the right: %d", path, p.Status)
		}
	}
	for _, b := range []*apptest.Client{all, none} {
		if p := b.PostForm("/settings/archive", url.Values{}); p.Status != http.StatusForbidden {
			t.Errorf("everything, without the right: %d", p.Status)
		}
	}
}

// Each export stands in the audit log; one is asked who they are when they have
// not shown it for a while; and nothing leaves before.
func TestAnExportIsAskedForAgainAndNoted(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	contact := add(t, h, named("Ana Abrantes", ""))
	b := h.SignedIn()
	noted := func() (n int) {
		list, err := h.Store().AuditList(t.Context(), store.AuditFilter{Actions: []string{"data.list_exported", "data.exported", "data.export_fetched"}}, store.Page{})
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	for i, ask := range []struct {
		path string
		form url.Values
	}{{"/contacts/export", url.Values{"form": {"csv"}}}, {"/companies/export", url.Values{"form": {"xlsx"}}}, {"/contacts/" + contact + "/vcard", nil}, {"/settings/archive", nil}} {
		p := b.PostForm(ask.path, ask.form)
		if p.Status != http.StatusOK && p.Status != http.StatusSeeOther || noted() != i+1 {
			t.Errorf("%s: %d, %d in the audit log", ask.path, p.Status, noted())
		}
	}
	h.Clock.Advance(6 * time.Minute)
	before := noted()
	for _, path := range []string{"/contacts/export", "/settings/archive", "/contacts/" + contact + "/vcard"} {
		p := b.PostForm(path, url.Values{"form": {"csv"}})
		if strings.Contains(p.Body, "912345678") || !strings.Contains(p.Body, `type="password"`) || noted() != before {
			t.Errorf("%s after a while: %d %.300s", path, p.Status, p.Body)
		}
	}
	if strings.Contains(h.Logs.String(), "Abrantes") {
		t.Error("the log names somebody")
	}
}

// What a list holds is the same when it comes back from a file: numbers, short
// codes, extensions, and texts that a spreadsheet would compute with.
func TestWhatLeavesComesBack(t *testing.T) {
	for form, kind := range map[string]string{"csv": tabular.CSV, "xlsx": tabular.XLSX, "vcard": tabular.VCard} {
		t.Run(form, func(t *testing.T) {
			h := apptest.Start(t, apptest.Options{})
			add(t, h, store.Card{
				Contact: store.Contact{Name: "=HYPERLINK(1)", About: "-2+3"},
				Phones: []store.Phone{
					{Typed: "503 555 0100 ext 5", E164: "+15035550100"}, {Typed: "62009", Position: 1}, {Typed: "+49 30 901820", E164: "+4930901820", Position: 2}, {Typed: "ask Bo", Position: 3},
				},
				Emails: []store.Email{{Typed: "a@example.org"}},
			})
			b := h.SignedIn()
			p := b.PostForm("/contacts/export", url.Values{"form": {form}})
			header, list := rows(t, p.Body, kind)
			if len(list) != 1 {
				t.Fatalf("%q", list)
			}
			if at := slices.Index(header, "Phone"); !strings.HasPrefix(list[0][at], "+15035550100 ext. 5") {
				t.Errorf("the number is %q", list[0][at])
			}
			if kind == tabular.CSV && !strings.Contains(p.Body, "'=HYPERLINK") || strings.Contains(p.Body, "\n=HYPERLINK") {
				t.Errorf("a formula: %q", p.Body)
			}
			into := apptest.Start(t, apptest.Options{})
			owner, err := into.Store().Users(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			done, err := into.App.Imports.Do(t.Context(), access.Owner(owner[0].ID), imports.Job{
				Name: "a", File: bytes.NewReader([]byte(p.Body)), Country: "US", Basis: "contract", Mode: store.ImportAdd, MatchBy: store.MatchBoth,
			}, nil)
			if err != nil || done.Created != 1 || done.Rejected != 0 {
				t.Fatalf("%+v, %v", done.ImportCounts, err)
			}
			found, err := into.Store().Search(t.Context(), store.Everything, "contact", "hyperlink", store.Page{})
			if err != nil || len(found) != 1 {
				t.Fatal(found, err)
			}
			c, err := into.Store().Card(t.Context(), found[0])
			if err != nil {
				t.Fatal(err)
			}
			var numbers []string
			for _, n := range c.Phones {
				numbers = append(numbers, n.E164+"|"+strings.ReplaceAll(n.Typed, n.E164, ""))
			}
			if got := strings.Join(numbers, ", "); c.Name != "=HYPERLINK(1)" || c.About != "-2+3" || got != "+15035550100| ext. 5, |62009, +4930901820|, |ask Bo" {
				t.Errorf("%q %q %s", c.Name, c.About, got)
			}
		})
	}
}

// A file that was made to be fetched is gone when its days are over, from the
// disk as well.
func TestAnExportIsNotKept(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	b := h.SignedIn()
	at := b.PostForm("/settings/archive", url.Values{}).Location
	if !strings.HasPrefix(at, "/settings/archive/") {
		t.Fatalf("leads to %q", at)
	}
	h.Eventually("the archive is made", func() bool { return strings.Contains(b.Get(at).Body, at+"/file") })
	if p := b.PostForm(at+"/file", url.Values{}); p.Status != http.StatusOK || !strings.HasPrefix(p.Body, "PK") {
		t.Fatalf("%d %.200s", p.Status, p.Body)
	}
	made, err := h.Store().FileIDs(t.Context(), "", 10)
	if err != nil || len(made) != 1 {
		t.Fatal(made, err)
	}
	h.Clock.Advance(9 * 24 * time.Hour)
	if _, err := h.App.Privacy.Sweep(t.Context(), access.Operator(), true); err != nil {
		t.Fatal(err)
	}
	if left, err := h.Store().FileIDs(t.Context(), "", 10); err != nil || len(left) != 0 {
		t.Errorf("%v are left (%v)", left, err)
	}
	if p := h.SignedIn().PostForm(at+"/file", url.Values{}); p.Status != http.StatusNotFound {
		t.Errorf("fetched after its days: %d", p.Status)
	}
}
