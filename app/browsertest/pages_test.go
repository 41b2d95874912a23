package browsertest

import (
	"errors"
	"net/http"
	"net/url"
	"path"
	"strings"
	"testing"

	"stead/app/access"
	"stead/app/apptest"
	"stead/app/ids"
	"stead/app/imports"
	"stead/store"
)

// records are what the places of addresses hold, by the address up to the place.
// Every place of a page is here: none escapes the checks for want of a record. A
// page that must be asked for something has its query by its whole address.
type records map[string]string

// furnish makes something of every kind that a page is about.
func furnish(t *testing.T, h *apptest.House) records {
	t.Helper()
	h.Connect()
	h.Miss(caller)
	h.Text(caller, "My boiler is out, can you come?")
	thread, card := threadOf(t, h, caller)
	c := h.SignedIn()
	post := func(address string, form url.Values) string {
		t.Helper()
		a := c.PostForm(address, form)
		if a.Status != http.StatusSeeOther {
			t.Fatalf("%s answers %d: %s", address, a.Status, a.Body)
		}
		return a.Location
	}
	last := func(address string) string { at, _, _ := strings.Cut(address, "?"); return path.Base(at) }
	form := url.Values{"name": {"Harbour Roofing & Sons"}, "website": {"harbour.example"}, "industry": {"Roofs"}, "phone1": {"+1 212 555 0171"}, "email1": {"hi@harbour.example"}, "about": {"Old friends"}, "anyway": {"yes"}}
	firm := post("/companies", form)
	form = url.Values{"name": {"Harbour Roofing"}, "industry": {"Building"}, "about": {"They pay late, and always in whole numbers"}, "anyway": {"yes"}}
	twin := post("/companies", form)
	person := last(card)
	r := records{
		"/inbox/{id}": last(thread), "/contacts/{id}": person, "/privacy/people/{id}": person, "/contacts/{id}/parts/{part}": "name",
		"/companies/{id}": last(firm), "/companies/{id}/merge/{other}": last(twin),
		"/contacts/{id}/notes/{note}": noted(t, h, store.Note{ContactID: person}), "/companies/{id}/notes/{note}": noted(t, h, store.Note{CompanyID: last(firm)}),
		"/settings/team/{id}":        h.Hire(apptest.Colleague{Name: "Ben Costa", Role: access.RoleAgent}).ID,
		"/settings/invitations/{id}": last(post("/settings/invitations", url.Values{"name": {"Ines Duarte"}, "email": {"ines@brightwater.example"}, "role": {access.RoleAgent}})),
		"/settings/roles/{id}":       roleOf(t, h),
		"/contacts/merge?":           "?a=" + person + "&b=" + last(add(t, h, amara())),
	}
	post("/tasks", url.Values{"title": {"Send the offer"}, "date": {"2026-12-05"}, "contact": {person}, "company": {last(firm)}})
	tasks, err := h.Store().OpenTasks(t.Context(), store.Everything, store.Page{})
	if err != nil || len(tasks) == 0 {
		t.Fatal(err, len(tasks))
	}
	r["/tasks/{id}"] = tasks[len(tasks)-1].ID
	post("/settings/fields", url.Values{"record": {"contact"}, "name": {"Boiler"}, "kind": {"choice"}, "more": {"Gas\nOil"}})
	fields, err := h.Store().Fields(t.Context(), "contact")
	if err != nil || len(fields) == 0 {
		t.Fatal(err, len(fields))
	}
	r["/settings/fields/{id}"] = fields[0].ID
	post("/settings/tags", url.Values{"name": {"Fair in May"}})
	r.madeByWork(t, h)
	r.deals(t, h)
	return r
}

// roleOf adds a role that is no built-in one, which nobody changes, and returns its id.
func roleOf(t *testing.T, h *apptest.House) string {
	t.Helper()
	id := ids.New()
	h.Change("role.created", id, func(tx *store.Tx) error {
		return tx.InsertRole(t.Context(), store.Role{ID: id, Name: "Front desk", NameKey: "front desk", Grants: "{}"})
	})
	return id
}

// noted adds a note of the owner's and returns its id.
func noted(t *testing.T, h *apptest.House, n store.Note) string {
	t.Helper()
	n.ID, n.Body, n.Author, n.CreatedAt = ids.New(), "Ask for Dana, she has the keys", owner(t, h), h.Clock.Now().UnixMilli()
	h.Change("contact.noted", n.ID, func(tx *store.Tx) error { return tx.InsertNote(t.Context(), n) })
	return n.ID
}

// owner is the id of who runs the house.
func owner(t *testing.T, h *apptest.House) string {
	t.Helper()
	u, err := h.Store().UserByEmail(t.Context(), apptest.Email)
	if err != nil {
		t.Fatal(err)
	}
	return u.ID
}

// madeByWork adds what takes a while to make, and a file of each.
func (r records) madeByWork(t *testing.T, h *apptest.House) {
	t.Helper()
	ctx, now := t.Context(), h.Clock.Now()
	me := owner(t, h)
	i, err := h.App.Imports.Upload(ctx, access.Owner(me), "messy.csv", strings.NewReader(messy))
	if err != nil {
		t.Fatal(err)
	}
	r["/imports/{id}"] = i.ID
	blob := func(f store.File) store.File {
		t.Helper()
		f, err := h.App.Files.Blobs.Put(ctx, strings.NewReader("What stands in the file"), f)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	note := blob(store.File{ID: ids.New(), Purpose: store.FileAttachment, ContactID: r["/contacts/{id}"], Name: "offer.txt", CreatedAt: now.UnixMilli()})
	r["/files/{id}"] = note.ID
	erasure := ids.New()
	r["/privacy/erasures/{id}"] = erasure
	h.Change("erasure.finished", erasure, func(tx *store.Tx) error {
		done := store.Erasure{ID: erasure, SubjectKey: "k", State: "done", Plan: "{}", Receipt: "{}", CreatedAt: now.UnixMilli(), FinishedAt: now.UnixMilli()}
		return errors.Join(tx.InsertFile(ctx, note), tx.InsertErasure(ctx, done))
	})
	for place, kind := range map[string]string{"/work/{id}": "contacts.changed", "/exports/{id}": "export.list", "/settings/archive/{id}": "export.archive"} {
		id := ids.New()
		r[place] = id
		f := blob(store.File{ID: id, Purpose: store.FileExport, Name: "a.csv", CreatedAt: now.UnixMilli(), ExpiresAt: now.AddDate(1, 0, 0).UnixMilli()})
		h.Change("operation.done", id, func(tx *store.Tx) error {
			op := store.Operation{ID: id, Kind: kind, Actor: me, Params: "{}", CreatedAt: now.UnixMilli(), UpdatedAt: now.UnixMilli()}
			if err := errors.Join(tx.InsertFile(ctx, f), tx.InsertOperation(ctx, op)); err != nil {
				return err
			}
			op.State, op.Done, op.Changed, op.Skipped, op.Result = store.OperationDone, 1207, 1205, 2, `{"file":"`+id+`"}`
			return tx.SaveOperation(ctx, op)
		})
	}
}

// imported is an import that has ended, which has a page of its own.
func imported(t *testing.T, h *apptest.House) string {
	t.Helper()
	i, err := h.App.Imports.Do(t.Context(), access.Owner(owner(t, h)), imports.Job{
		Name: "people.csv", File: strings.NewReader(messy), Country: "US", Basis: "contract", Mode: "add", MatchBy: "both",
		Map: map[string]string{"Wer": "name", "Handy": "phone", "E-Mail": "email", "Firma": "company"},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return "/imports/" + i.ID
}

// address is a route with records in its places; false: some place is not known.
func (r records) address(pattern string) (string, bool) {
	parts, upTo := strings.Split(strings.TrimSuffix(pattern, "{$}"), "/"), ""
	for i, part := range parts[1:] {
		upTo += "/" + part
		if strings.HasPrefix(part, "{") {
			if r[upTo] == "" {
				return "", false
			}
			parts[i+1] = r[upTo]
		}
	}
	return strings.Join(parts, "/") + r[upTo+"?"], true
}

// pageToSee is a page, and what pictures of it are called.
type pageToSee struct{ name, address string }

// pictured is a route as the name of a file.
func pictured(pattern string) string {
	if pattern == "/{$}" {
		return "front"
	}
	return strings.Trim(strings.NewReplacer("/", "-", "{", "", "}", "").Replace(pattern), "-")
}

// pages are all that the signed-in owner can open, of whatever record.
func pages(t *testing.T, h *apptest.House) []pageToSee {
	t.Helper()
	r, c := furnish(t, h), h.SignedIn()
	all := append(r.more(), pageToSee{"import-done", imported(t, h)})
	for _, route := range h.App.Routes() {
		method, pattern, _ := strings.Cut(route.Pattern, " ")
		if method != http.MethodGet || route.Policy.Public != "" || pattern == "/live" {
			continue
		}
		address, ok := r.address(pattern)
		if !ok {
			t.Errorf("%s: make a record for it in furnish", pattern)
			continue
		}
		answer := c.Get(address)
		if answer.Status >= http.StatusBadRequest {
			t.Errorf("%s answers %d", pattern, answer.Status)
		}
		if answer.Status == http.StatusOK && strings.HasPrefix(answer.Header.Get("Content-Type"), "text/html") {
			all = append(all, pageToSee{pictured(pattern), address})
		}
	}
	return all
}

// TestEveryPageSuitsEveryScreen opens whatever route there is, in both themes:
// no page escapes the checks by being new.
func TestEveryPageSuitsEveryScreen(t *testing.T) {
	needChromium(t)
	h := apptest.Start(t, apptest.Options{})
	all := pages(t, h)
	for _, s := range []screen{desktop, phone, narrow} {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel() // a tab is a process of its own
			p := signIn(t, h, s)
			for _, at := range all {
				p.visit(at.address)
				p.looksRight(at.name)
				p.looksRightInTheDark(at.name)
			}
		})
	}
}
