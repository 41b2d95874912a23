package imports_test

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"stead/app/apptest"
	"stead/app/errs"
	"stead/app/imports"
	"stead/app/work"
	"stead/store"
)

// again is the import as a new process would have it: on the same store, with
// nothing in memory.
func (d *desk) again() (*imports.Service, *work.Runner) {
	w := work.New(work.Deps{Store: d.Store(), Now: d.svc.Now, NewID: d.svc.NewID, Log: d.svc.Log})
	deps := d.svc.Deps
	deps.Work = w
	svc := imports.New(deps)
	d.t.Cleanup(svc.Close)
	return svc, w
}

// begun uploads a file and begins to import it, without a job.
func (d *desk) begun(text string) (store.Import, string) {
	d.t.Helper()
	i, op, err := d.svc.Begin(d.t.Context(), d.owner, job("a.csv", text))
	d.ok(err)
	return i, op
}

// A process that dies between two steps, again and again, repeats nothing and
// loses nothing: the next one goes on behind the last line that was kept.
func TestKilledAndGoneOn(t *testing.T) {
	const n = 3000
	d := newDesk(t)
	before := d.dump()
	i, op := d.begun(messy(n))
	var lives int
	for {
		_, w := d.again()
		ctx, die := context.WithCancel(t.Context())
		var steps int
		last := 1 // a life of one step takes no more than the first
		if lives >= 3 {
			last = 1 + lives%3
		}
		done, err := w.Drive(ctx, op, func(store.Operation) {
			if steps++; steps == last {
				die()
			}
		})
		die()
		if err == nil && done.Ended() {
			break
		}
		if lives++; lives > 500 {
			t.Fatal("it never ends")
		}
	}
	i, err := d.Store().Import(t.Context(), i.ID)
	d.ok(err)
	d.adds(i)
	if lives < 2 || i.Records != n || i.State != store.ImportDone {
		t.Errorf("%d lives, %d records, %s", lives, i.Records, i.State)
	}
	undone, err := d.svc.TakeBack(t.Context(), d.owner, i.ID, nil)
	d.ok(err)
	if undone.Undone != i.Created {
		t.Errorf("%d of %d taken back", undone.Undone, i.Created)
	}
	d.same(before, d.dump())
}

// What was cancelled halfway goes on where it stopped, or is taken back.
func TestCancelledHalfway(t *testing.T) {
	const n = 2000
	d := newDesk(t)
	before := d.dump()
	i, op := d.begun(messy(n))
	_, w := d.again()
	var cancelled bool
	_, err := w.Drive(t.Context(), op, func(store.Operation) {
		if !cancelled {
			cancelled = true
			d.ok(d.svc.Cancel(t.Context(), d.owner, i.ID))
		}
	})
	d.ok(err)
	if i, err = d.Store().Import(t.Context(), i.ID); err != nil || i.State != store.ImportCancelled || i.Created == 0 || i.Created > n/2 {
		t.Fatalf("%s after %d, %v", i.State, i.Created, err)
	}
	again, err := d.svc.GoOn(t.Context(), d.owner, i.ID)
	d.ok(err)
	d.adds(again)
	if again.Records != n || again.State != store.ImportDone {
		t.Errorf("%d records, %s", again.Records, again.State)
	}
	_, err = d.svc.TakeBack(t.Context(), d.owner, i.ID, nil)
	d.ok(err)
	d.same(before, d.dump())
}

// What was being taken back and was stopped is half an import: it says so, and the
// rest is taken back when somebody asks again.
func TestTakingBackThatWasStoppedGoesOn(t *testing.T) {
	d := newDesk(t)
	before := d.dump()
	i := d.bring(job("a.csv", messy(1000)))
	_, err := d.svc.TakeBack(t.Context(), d.owner, i.ID, func(int64) { d.ok(d.svc.Cancel(t.Context(), d.owner, i.ID)) })
	if errs.CodeOf(err) != "import_cancelled" {
		t.Fatalf("stopped, it says %v", err)
	}
	if p := d.SignedIn().Get("/imports/" + i.ID); !strings.Contains(p.Body, "was taken back in part.") || !strings.Contains(p.Body, "/undo\"") {
		t.Errorf("the page does not say that there is more to take back: %s", p.Body)
	}
	undone, err := d.svc.TakeBack(t.Context(), d.owner, i.ID, nil)
	d.ok(err)
	if undone.Undone != i.Created {
		t.Errorf("%d of %d taken back", undone.Undone, i.Created)
	}
	d.same(before, d.dump())
	if _, err := d.svc.TakeBack(t.Context(), d.owner, i.ID, nil); errs.CodeOf(err) != "import_undone" {
		t.Errorf("once more, it says %v", err)
	}
}

// The whole way in a browser without scripts: upload, columns, rules, check, run,
// what was refused, and back.
func TestTheWayInABrowser(t *testing.T) {
	d := newDesk(t)
	before := d.dump()
	c := d.SignedIn()
	const text = "Name;Handy;E-Mail;Schuhgröße\nAna;503 555 0177;ana@x.example;38\nBo;;keine;40\n"
	at := c.Upload("/imports/upload", nil, apptest.File{Name: "leute.csv", Text: text}).Location
	if !strings.HasPrefix(at, "/imports/") {
		t.Fatal("upload leads to", at)
	}
	if p := c.Get(at); p.Status != 200 || !strings.Contains(p.Body, "(503) 555-0177") || !strings.Contains(p.Body, "1 needs a look") {
		t.Fatal(p.Status, p.Body)
	}
	form := values("column1", "name", "column2", "phone", "column3", "email", "column4", "new:number", "country", "US", "header", "on", "delimiter", ";", "go", "on")
	if p := c.PostForm(at+"/columns", form); p.Location != at+"/rules" {
		t.Fatal(p.Status, p.Location, p.Body)
	}
	if p := c.PostForm(at+"/rules", values("mode", "add", "match", "both")); p.Status != 422 || !strings.Contains(p.Body, "Choose why the law lets you keep these people.") {
		t.Error("without a reason:", p.Status)
	}
	if p := c.PostForm(at+"/rules", values("basis", "consent", "evidence", "form of 3 May", "mode", "add", "match", "both", "tags", "Imported 18 Nov")); p.Location != at {
		t.Fatal(p.Status, p.Body)
	}
	d.Eventually("the check ends", func() bool { return strings.Contains(c.Get(at).Body, "What will happen") })
	d.same(before, d.dump())
	if p := c.PostForm(at+"/run", values()); p.Location != at {
		t.Fatal(p.Status, p.Body)
	}
	d.Eventually("the import ends", func() bool { return strings.Contains(c.Get(at).Body, "What happened") })
	if p := c.PostForm(at+"/rejects", values()); p.Status != 200 || !strings.Contains(p.Body, "3,This is no email address.,E-Mail,") || !strings.Contains(p.Header.Get("Content-Disposition"), "attachment") {
		t.Error(p.Status, p.Body)
	}
	if p := c.Get(at + "/rows?outcome=created"); !strings.Contains(p.Body, ">Ana<") {
		t.Error(p.Body)
	}
	if p := c.PostForm(at+"/undo", values()); p.Location != at {
		t.Fatal(p.Status, p.Body)
	}
	d.Eventually("it is taken back", func() bool { return strings.Contains(c.Get(at).Body, "was taken back.") })
	d.same(before, d.dump())
	if p := c.Upload("/imports/upload", nil, apptest.File{Name: "a.png", Text: "\x89PNG\r\n\x1a\n"}); p.Status != 422 {
		t.Error("a picture:", p.Status)
	}
	if strings.Contains(d.Logs.String(), "leute") || strings.Contains(d.Logs.String(), "ana@x.example") {
		t.Error("the log names somebody")
	}
}

// values is a form: names and values in turn.
func values(pairs ...string) url.Values {
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return form
}

// Taking an import back goes in short steps where it takes long.
func TestTakingBackSlowlyGoesInShortSteps(t *testing.T) {
	d := newDesk(t)
	before := d.dump()
	i := d.bring(job("a.csv", messy(1000)))
	at := d.svc.Now()
	deps := d.svc.Deps
	deps.Work = work.New(work.Deps{Store: d.Store(), Now: func() time.Time { at = at.Add(time.Second); return at }, NewID: d.svc.NewID, Log: d.svc.Log})
	slow := imports.New(deps)
	t.Cleanup(slow.Close)
	var did []int64
	undone, err := slow.TakeBack(t.Context(), d.owner, i.ID, func(done int64) { did = append(did, done) })
	d.ok(err)
	var most int64
	for n := 4; n < len(did); n++ { // by then it is known
		most = max(most, did[n]-did[n-1])
	}
	if undone.Undone != i.Created || most == 0 || most > 40 {
		t.Errorf("%d of %d taken back, at most %d at once: %v", undone.Undone, i.Created, most, did)
	}
	d.same(before, d.dump())
}
