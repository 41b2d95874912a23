package app_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"stead/app/apptest"
	"stead/store"
)

var undoForm = regexp.MustCompile(`/undo/[0-9a-f-]{36}`)

func open(t *testing.T, h *apptest.House) []store.TaskRow {
	t.Helper()
	rows, err := h.Store().OpenTasks(t.Context(), store.Everything, store.Page{})
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestTheNextTurnComesWithTheEndOfOne(t *testing.T) {
	h := apptest.Start(t, apptest.Options{}) // a Wednesday
	c := h.SignedIn()
	first := task(t, h, c, url.Values{"title": {"Zq invoices"}, "date": {"2026-11-18"}, "owner": {ownerOf(t, h)}, "unit": {"month"}, "last_day": {"on"}, "remind": {"0"}})
	if first.Repeats != "FREQ=MONTHLY;BYMONTHDAY=-1" || first.DueAt == 0 {
		t.Fatalf("%+v", first)
	}
	c.PostForm("/tasks/"+first.ID+"/done", nil)
	c.PostForm("/tasks/"+first.ID+"/done", nil) // a second click
	rows := open(t, h)
	if len(rows) != 1 || rows[0].RepeatOf != first.ID || rows[0].DueAt <= first.DueAt || rows[0].RemindAt == 0 {
		t.Fatalf("after it there are %+v", rows)
	}
	undo := undoForm.FindString(c.Get("/tasks").Body)
	if undo == "" {
		t.Fatal("no way back on the page")
	}
	c.PostForm(undo, nil)
	if rows = open(t, h); len(rows) != 1 || rows[0].ID != first.ID {
		t.Errorf("taken back there are %+v", rows)
	}
}

// To take back that a task was opened again brings its next turn back from the bin.
func TestTakingBackThatATaskWasOpenedAgainKeepsItsNextTurn(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	c := h.SignedIn()
	first := task(t, h, c, url.Values{"title": {"Zq invoices"}, "date": {"2026-11-18"}, "owner": {ownerOf(t, h)}, "unit": {"month"}, "last_day": {"on"}})
	c.PostForm("/tasks/"+first.ID+"/done", nil)
	turn := open(t, h)
	c.Get("/tasks") // the toast of that
	c.PostForm("/tasks/"+first.ID+"/reopen", nil)
	if rows := open(t, h); len(rows) != 1 || rows[0].ID != first.ID {
		t.Fatalf("opened again there are %+v", rows)
	}
	undo := undoForm.FindString(c.Get("/tasks").Body)
	if undo == "" {
		t.Fatal("no way back on the page")
	}
	c.PostForm(undo, nil)
	if rows := open(t, h); len(turn) != 1 || len(rows) != 1 || rows[0].ID != turn[0].ID {
		t.Errorf("taken back there are %+v, before %+v", rows, turn)
	}
}

func TestTasksAreTypedWithoutScripts(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	c := h.SignedIn()
	if p := c.PostForm("/tasks/quick", url.Values{"line": {"Zq call Bea tomorrow 10:00"}}); p.Status >= http.StatusBadRequest {
		t.Fatalf("answered by %d", p.Status)
	}
	rows := open(t, h)
	if len(rows) != 1 || rows[0].Title != "Zq call Bea" || rows[0].AllDay || rows[0].DueAt != 1795100400000 {
		t.Fatalf("%+v", rows)
	}
	p := c.PostForm("/tasks", url.Values{"title": {""}, "date": {"soon"}, "body": {"typed before"}})
	if p.Status != http.StatusUnprocessableEntity || !strings.Contains(p.Body, "typed before") || !strings.Contains(p.Body, "Say what is to be done.") {
		t.Errorf("a bad form is answered by %d", p.Status)
	}
	form := url.Values{"title": {"Mine"}, "date": {"2026-11-20"}, "owner": {ownerOf(t, h)}, "version": {"1"}}
	c.PostForm("/tasks/"+rows[0].ID, form)
	form.Set("title", "Theirs")
	if p := c.PostForm("/tasks/"+rows[0].ID, form); p.Status != http.StatusConflict || !strings.Contains(p.Body, "Mine") || !strings.Contains(p.Body, "Theirs") {
		t.Errorf("a second editor is answered by %d", p.Status)
	}
	for _, path := range []string{"/tasks", "/tasks?which=team", "/tasks?which=free", "/tasks?which=done", "/tasks/new", "/tasks/" + rows[0].ID} {
		if p := c.Get(path); p.Status != http.StatusOK {
			t.Errorf("%s is answered by %d", path, p.Status)
		}
	}
}

// TestATaskFindsWhomItIsAbout finds by a name and then chooses, without scripts.
func TestATaskFindsWhomItIsAbout(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	c := h.SignedIn()
	contact := strings.TrimPrefix(c.PostForm("/contacts", url.Values{"name": {"Zq Bea Harbour"}, "phone1": {"+1 503 555 0123"}}).Location, "/contacts/")
	form := url.Values{"title": {"Call them"}, "date": {"2026-12-05"}, "body": {"typed before"}, "who": {"zq bea"}, "contact": {""}}
	p := c.PostForm("/tasks", form) // Enter in the box: the name was not looked for yet
	if p.Status != http.StatusOK || !strings.Contains(p.Body, "typed before") || !strings.Contains(p.Body, `name="contact" value="`+contact+`"`) {
		t.Fatalf("looking answers %d: %s", p.Status, p.Body)
	}
	if rows := open(t, h); len(rows) != 0 {
		t.Fatalf("looking made %+v", rows)
	}
	form.Set("looked", "zq bea")
	form.Set("contact", contact)
	c.PostForm("/tasks", form)
	rows := open(t, h)
	if len(rows) != 1 || rows[0].ContactID != contact {
		t.Fatalf("there are %+v", rows)
	}
	at := "/tasks/" + rows[0].ID
	if p := c.Get(at); !strings.Contains(p.Body, "Zq Bea Harbour") || !strings.Contains(p.Body, "Nobody") {
		t.Errorf("the task shows %s", p.Body)
	}
	none := url.Values{"title": {"Call them"}, "date": {"2026-12-05"}, "version": {"1"}, "who": {"xyzzy"}, "find": {"yes"}, "looked": {"xyzzy"}, "contact": {contact}}
	if p := c.PostForm(at, none); p.Status != http.StatusOK || !strings.Contains(p.Body, "Nobody found") {
		t.Errorf("looking for nobody answers %d", p.Status)
	}
	c.PostForm(at, url.Values{"title": {"Call them"}, "date": {"2026-12-05"}, "version": {"1"}, "contact": {""}})
	if rows := open(t, h); len(rows) != 1 || rows[0].ContactID != "" {
		t.Errorf("it is still about somebody: %+v", rows)
	}
}

// A card leads from its tasks to whom else they are about, and not to itself.
func TestACardDoesNotLeadFromItsTasksToItself(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	c := h.SignedIn()
	person := c.PostForm("/contacts", url.Values{"name": {"Zq Bea Harbour"}, "phone1": {"+1 503 555 0123"}}).Location
	firm := c.PostForm("/companies", url.Values{"name": {"Zq Harbour Ltd"}}).Location
	if !strings.HasPrefix(person, "/contacts/") || !strings.HasPrefix(firm, "/companies/") {
		t.Fatal(person, firm)
	}
	task(t, h, c, url.Values{
		"title": {"Zq send the offer"}, "date": {"2026-12-05"}, "owner": {ownerOf(t, h)},
		"contact": {strings.TrimPrefix(person, "/contacts/")}, "company": {strings.TrimPrefix(firm, "/companies/")},
	})
	for card, want := range map[string][2]string{person: {firm, "Zq Harbour Ltd"}, firm: {person, "Zq Bea Harbour"}} {
		_, panel, _ := strings.Cut(c.Get(card).Body, `id="tasks"`)
		panel, _, _ = strings.Cut(panel, "</section>")
		if !strings.Contains(panel, "Zq send the offer") || strings.Contains(panel, "No name") || strings.Contains(panel, `href="`+card+`"`) {
			t.Errorf("%s: its tasks show %s", card, panel)
		}
		if !strings.Contains(panel, `href="`+want[0]+`"`) || !strings.Contains(panel, want[1]) {
			t.Errorf("%s: its tasks do not lead to %s: %s", card, want[1], panel)
		}
	}
}

// Where a task is named, so is the deal that it is of, as its person is.
func TestATaskLeadsToItsDeal(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	c := h.SignedIn()
	ways, err := h.Store().Pipelines(t.Context())
	if err != nil || len(ways) == 0 {
		t.Fatal(ways, err)
	}
	made := func(key, title, person, step string) string {
		t.Helper()
		p := c.PostForm("/deals", url.Values{
			"key": {key}, "stage": {ways[0].Stages[0].ID}, "currency": {"EUR"}, "title": {title}, "contact": {person}, "step": {step}, "step_on": {"2026-11-18"},
		})
		if p.Status != http.StatusSeeOther {
			t.Fatal(p.Status, p.Body)
		}
		return p.Location
	}
	person := c.PostForm("/contacts", url.Values{"name": {"Zq Bea Harbour"}, "phone1": {"+1 503 555 0123"}}).Location
	named := made("0123456789abcdef", "Zq Pumps", strings.TrimPrefix(person, "/contacts/"), "Zq send the offer")
	nameless := made("0123456789abcde2", "", strings.TrimPrefix(person, "/contacts/"), "Zq call again")
	rows := open(t, h)
	if len(rows) != 2 {
		t.Fatalf("%+v", rows)
	}
	task := "/tasks/" + rows[slices.IndexFunc(rows, func(r store.TaskRow) bool { return r.Title == "Zq send the offer" })].ID
	for _, page := range []string{"/tasks", "/today", person} {
		body := c.Get(page).Body
		for at, called := range map[string]string{named: "Zq Pumps", nameless: "Deal 1002"} {
			if !strings.Contains(body, `<a href="`+at+`"><bdi>`+called+`</bdi></a>`) {
				t.Errorf("%s does not lead to %s", page, called)
			}
		}
	}
	if body := c.Get(task).Body; !strings.Contains(body, `<dd><a href="`+named+`"><bdi>Zq Pumps</bdi></a></dd>`) {
		t.Error("the task does not lead to its deal")
	}
	_, panel, _ := strings.Cut(c.Get(named).Body, `id="tasks"`)
	if panel, _, _ = strings.Cut(panel, "</section>"); !strings.Contains(panel, "Zq send the offer") || strings.Contains(panel, `href="`+named+`"`) {
		t.Errorf("the deal's tasks lead to itself: %s", panel)
	}
	c.PostForm(named+"/deletion", nil)
	if body := c.Get("/tasks").Body; strings.Contains(body, named) || strings.Contains(body, "Zq Pumps") {
		t.Error("a task leads to a deal in the bin")
	}
}
