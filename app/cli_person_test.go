package app_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"stead/app/apptest"
	"stead/store/storetest"
)

const neighbour = "+12125550177"

// peopled is a connected firm to which two people have written.
func peopled(t *testing.T) (f *firm, stop func() int) {
	t.Helper()
	f = newFirm(t)
	f.connect()
	_, stop = f.serve()
	must(t, f.text(caller, "boilermark please"))
	must(t, f.text(neighbour, "gutterleaf question"))
	eventually(t, "both texts are kept", func() bool {
		code, _, _ := f.run("", "person", "prove", "boilermark please", "gutterleaf question")
		return code == 1 && f.find(caller).ID != "" && f.find(neighbour).ID != ""
	})
	return f, stop
}

func TestProviderByCommand(t *testing.T) {
	bothWays(t, func(t *testing.T, running bool) {
		f := newFirm(t)
		if running {
			f.serve()
		}
		if code, _, errs := f.run("not the token", connectArgs...); code != 1 || errs == "" {
			t.Errorf("a wrong token: exit %d, %q", code, errs)
		}
		if code, _, errs := f.run("", connectArgs...); code != 1 || !strings.Contains(errs, "empty") {
			t.Errorf("no token: exit %d, %q", code, errs)
		}
		var answer struct {
			State string            `json:"state"`
			Hooks map[string]string `json:"hooks"`
		}
		if err := json.Unmarshal([]byte(f.must(apptest.Token, connectArgs...)), &answer); err != nil || answer.State != "connected" || !strings.HasPrefix(answer.Hooks["voice"], "http://"+f.env["STEAD_ADDR"]+"/hooks/twilio/voice") {
			t.Errorf("answer %+v, %v", answer, err)
		}
		f.must("", "disconnect", "twilio")
		if rows := storetest.Cells(t, f.database(), "secrets"); len(rows) != 0 {
			t.Errorf("the secret is still there: %d cells", len(rows))
		}
		if code, _, errs := f.run("", "disconnect", "twilio"); code != 1 || !strings.Contains(errs, "not connected") {
			t.Errorf("a second disconnect: exit %d, %q", code, errs)
		}
		if code, _, _ := f.run("", "disconnect", "pigeons"); code != 64 {
			t.Errorf("an unknown provider: exit %d", code)
		}
		f.must("", "audit", "verify")
	})
}

func TestPersonByCommand(t *testing.T) {
	bothWays(t, func(t *testing.T, running bool) {
		f, stop := peopled(t)
		if !running {
			stop()
		}
		id := f.find(caller).ID
		if by := f.find(id); by.ID != id || len(by.Phones) != 1 || by.Phones[0] != caller {
			t.Errorf("by id: %+v", by)
		}
		exported(t, f, id)

		if code, out, errs := f.run("", "person", "erase", id); code != 1 || !strings.Contains(errs, "--yes") || !strings.Contains(out, "What stays, and why:") {
			t.Errorf("without --yes: exit %d, %q, %q", code, out, errs)
		}
		if f.find(caller).ID != id {
			t.Fatal("the plan erased the person")
		}
		var receipt struct {
			State string `json:"state"`
			Hits  int64  `json:"hits"`
			Gaps  []any  `json:"not_covered"`
		}
		out := f.must("", "person", "erase", id, "--yes", "--json")
		if err := json.Unmarshal([]byte(out), &receipt); err != nil || receipt.State != "done" || !strings.Contains(out, `"hits": 0`) || receipt.Gaps == nil {
			t.Errorf("receipt %s, %v", out, err)
		}
		var proof struct {
			Hits   int64  `json:"hits"`
			Stores []any  `json:"stores"`
			Gaps   *[]any `json:"not_covered"`
		}
		f.into(&proof, "person", "prove", caller, "boilermark please", "--json")
		if proof.Hits != 0 || len(proof.Stores) == 0 || proof.Gaps == nil {
			t.Errorf("proof %+v", proof)
		}
		gone(t, f, id)
	})
}

// The merge of the page, at the terminal: what the others had is the first's,
// and it is taken back to the row.
func TestPersonsAreMergedByCommand(t *testing.T) {
	bothWays(t, func(t *testing.T, running bool) {
		f, stop := peopled(t)
		if !running {
			stop()
		}
		kept, gone := f.find(caller).ID, f.find(neighbour).ID
		var done struct {
			Kept   string
			Merged []struct{ ID, Undo string }
		}
		f.into(&done, "person", "merge", kept, gone, "--json")
		if done.Kept != kept || len(done.Merged) != 1 || done.Merged[0].ID != gone {
			t.Fatalf("merged: %+v", done)
		}
		if one := f.find(neighbour); one.ID != kept || len(one.Phones) != 2 {
			t.Errorf("by the number of who went: %+v", one)
		}
		if code, _, errs := f.run("", "person", "merge", kept, gone); code != 1 || !strings.Contains(errs, "merged this contact") {
			t.Errorf("once more: exit %d, %q", code, errs)
		}
		if code, _, errs := f.run("", "person", "merge", kept, "nobody"); code != 1 || !strings.Contains(errs, "no such person") {
			t.Errorf("with nobody: exit %d, %q", code, errs)
		}
		if code, _, errs := f.run("", "person", "merge", kept, kept); code != 1 || !strings.Contains(errs, "two different") {
			t.Errorf("with themselves: exit %d, %q", code, errs)
		}
		if out := f.must("", "person", "unmerge", done.Merged[0].Undo); !strings.Contains(out, "two again") {
			t.Errorf("taken back: %q", out)
		}
		if one := f.find(neighbour); one.ID != gone || len(one.Phones) != 1 {
			t.Errorf("after it was taken back: %+v", one)
		}
		if code, _, errs := f.run("", "person", "unmerge", done.Merged[0].Undo); code != 1 || !strings.Contains(errs, "already") {
			t.Errorf("taken back twice: exit %d, %q", code, errs)
		}
		if code, _, _ := f.run("", "person", "merge", kept); code != 64 {
			t.Errorf("nobody to merge: exit %d", code)
		}
		f.must("", "audit", "verify")
	})
}

// exported takes the package of the caller and looks at it.
func exported(t *testing.T, f *firm, id string) {
	t.Helper()
	file := filepath.Join(f.dir, "out.zip")
	f.must("", "person", "export", id, "--out", file)
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the package: %v, %v", info, err)
	}
	pack := unpacked(t, file)
	if !strings.Contains(pack, "boilermark please") || !strings.Contains(pack, caller) || strings.Contains(pack, "gutterleaf") {
		t.Errorf("the package lacks the person, or holds another: %d bytes", len(pack))
	}
	if code, _, errs := f.run("", "person", "export", id, "--out", file); code != 1 || !strings.Contains(errs, "there already") {
		t.Errorf("a second export: exit %d, %q", code, errs)
	}
	other := filepath.Join(f.dir, "nobody.zip")
	if code, _, _ := f.run("", "person", "export", "0193b000-0000-7000-8000-000000000001", "--out", other); code != 1 {
		t.Errorf("nobody: exit %d", code)
	}
	if _, err := os.Stat(other); !os.IsNotExist(err) {
		t.Errorf("an empty package is left: %v", err)
	}
}

// gone looks at what is left of the caller, whose id it was.
func gone(t *testing.T, f *firm, id string) {
	t.Helper()
	if again := f.find(id); again.ID != "" {
		t.Errorf("still there: %+v", again)
	}
	if f.find(neighbour).ID == "" {
		t.Error("the neighbour is gone too")
	}
	if code, out, _ := f.run("", "person", "prove", "gutterleaf question", "--json"); code != 1 || !strings.Contains(out, `"hits": `) {
		t.Errorf("what stands there is not found: exit %d, %s", code, out)
	}
	for _, m := range f.fake.Messages() {
		if m.From == caller {
			t.Error("the provider still has the text")
		}
	}
	if code, _, errs := f.run("", "person", "erase", id, "--yes"); code != 1 || errs == "" {
		t.Errorf("a second erasure: exit %d, %q", code, errs)
	}
	f.must("", "audit", "verify")
}

// A copy that somebody put into the data folder is found, and no script takes
// the erasure for done.
func TestErasureThatLeavesATraceExitsOne(t *testing.T) {
	t.Parallel()
	f, _ := peopled(t)
	stray := filepath.Join(f.env["STEAD_DATA"], "stray.txt")
	write(t, stray, "call "+caller+" back")
	code, out, _ := f.run("", "person", "erase", f.find(caller).ID, "--yes", "--json")
	var receipt struct{ Hits int64 }
	if err := json.Unmarshal([]byte(out), &receipt); err != nil || code != 1 || receipt.Hits == 0 || strings.Contains(out, caller) {
		t.Errorf("exit %d, %d hits, the number in the receipt: %v", code, receipt.Hits, strings.Contains(out, caller))
	}
	if code, _, _ := f.run("", "person", "prove", caller); code != 1 {
		t.Errorf("prove: exit %d", code)
	}
	must(t, os.Remove(stray))
	f.must("", "person", "prove", caller, "boilermark please")
}

func TestBackupByCommand(t *testing.T) {
	bothWays(t, func(t *testing.T, running bool) {
		f, stop := peopled(t)
		erased := f.find(caller).ID
		if !running {
			stop()
		}
		var made, listed struct{ Name, Path string }
		f.into(&made, "backup", "create", "--json")
		var list []json.RawMessage
		f.into(&list, "backup", "list", "--json")
		if len(list) != 1 || json.Unmarshal(list[0], &listed) != nil || listed != made {
			t.Fatalf("made %+v, listed %s", made, list)
		}
		f.must("", "backup", "verify", made.Name, "--json")
		damaged(t, f, made.Path)

		if !running {
			_, stop = f.serve()
		}
		must(t, f.text(neighbour, "STOP"))
		eventually(t, "the STOP holds", func() bool { return len(storetest.Cells(t, f.database(), "suppressions")) > 0 })
		f.must("", "person", "erase", erased, "--yes")
		if code, _, errs := f.run("", "backup", "restore", made.Path); code != 1 || !strings.Contains(errs, "running") {
			t.Errorf("under a running server: exit %d, %q", code, errs)
		}
		stop()
		f.restore(made.Path, erased)
	})
}

// damaged has a copy of a backup with one changed byte looked at.
func damaged(t *testing.T, f *firm, path string) {
	t.Helper()
	text, err := os.ReadFile(path)
	must(t, err)
	text[len(text)/2] ^= 1
	bad := filepath.Join(f.dir, "bad.age")
	write(t, bad, string(text))
	for _, args := range [][]string{{"backup", "verify", bad}, {"backup", "verify", "nothing.age"}} {
		if code, _, errs := f.run("", args...); code != 1 || errs == "" || strings.Contains(errs, "panic") {
			t.Errorf("%v: exit %d, %q", args, code, errs)
		}
	}
}

// restore brings the backup back and looks whether what was done since holds.
func (f *firm) restore(path, erased string) {
	t := f.t
	t.Helper()
	before := f.sent(neighbour)
	var done struct {
		Erased int
		Hits   int64
		Safety string
	}
	f.into(&done, "backup", "restore", path, "--json")
	if done.Erased != 1 || done.Hits != 0 || done.Safety == "" {
		t.Errorf("restored %+v", done)
	}
	f.must("", "audit", "verify")
	f.must("", "backup", "verify", done.Safety)
	_, stop := f.serve()
	f.misses("paused") // until the owner has looked
	if p := f.owner().PostForm("/settings/sending", url.Values{"paused": {"no"}}); p.Status != http.StatusSeeOther {
		t.Errorf("sending again answers %d", p.Status)
	}
	f.misses("suppressed")
	if n := f.sent(neighbour); n != before {
		t.Errorf("%d texts went to somebody who had said STOP", n-before)
	}
	f.must("", "person", "prove", caller, "boilermark please")
	if again := f.find(erased); again.ID != "" || f.find(caller).ID != "" {
		t.Errorf("back: %+v", again)
	}
	if code := stop(); code != 0 {
		t.Errorf("exit %d", code)
	}
}

// misses has the neighbour call in vain and waits for the reason that they get
// no text.
func (f *firm) misses(reason string) {
	f.t.Helper()
	must(f.t, f.miss(neighbour))
	eventually(f.t, "the call is decided: "+reason, func() bool {
		return slices.Contains(storetest.Cells(f.t, f.database(), "decisions"), reason)
	})
}

func TestUpkeepByCommand(t *testing.T) {
	bothWays(t, func(t *testing.T, running bool) {
		f, stop := peopled(t)
		if !running {
			stop()
		}
		var due []struct {
			Rule string
			Rows *int64
		}
		f.into(&due, "sweep", "--dry-run", "--json")
		if len(due) == 0 || due[0].Rule == "" || due[0].Rows == nil {
			t.Errorf("due %+v", due)
		}
		if rows := storetest.Cells(t, f.database(), "sweep_runs"); !running && len(rows) != 0 {
			t.Errorf("a dry run was a run: %v", rows)
		}
		f.into(&due, "sweep", "--json")
		var report struct {
			Entries int64
			Problem string
		}
		f.into(&report, "audit", "verify", "--json")
		if report.Entries == 0 || report.Problem != "" {
			t.Errorf("audit %+v", report)
		}
		states := f.doctor(0)
		for _, check := range []string{"configuration", "data folder", "database", "erasure ledger", "vault", "audit chain", "twilio"} {
			if states[check] != "ok" {
				t.Errorf("%s is %q", check, states[check])
			}
		}
		if states["address"] != "warn" {
			t.Errorf("an address without TLS is %q", states["address"])
		}
	})
}

// doctor is what the doctor says, by check.
func (f *firm) doctor(exit int) map[string]string {
	f.t.Helper()
	code, out, errs := f.run("", "doctor", "--json")
	var list []struct{ Check, State, Detail, Remedy string }
	if err := json.Unmarshal([]byte(out), &list); err != nil || code != exit {
		f.t.Fatalf("exit %d, want %d; %s%s", code, exit, out, errs)
	}
	states := map[string]string{}
	for _, one := range list {
		states[one.Check] = one.State
		if one.State == "fail" && (one.Detail == "" || one.Remedy == "") {
			f.t.Errorf("%s fails without a word: %+v", one.Check, one)
		}
	}
	return states
}

// Whoever edits the log with other tools is found out.
func TestChangedAuditIsNamed(t *testing.T) {
	t.Parallel()
	f, stop := peopled(t)
	stop()
	storetest.Exec(t, f.database(), `UPDATE audit SET action = 'nothing' WHERE seq = 2`)
	if code, out, _ := f.run("", "audit", "verify"); code != 1 || !strings.Contains(out, "Entry 2") {
		t.Errorf("exit %d, %q", code, out)
	}
	if states := f.doctor(1); states["audit chain"] != "fail" {
		t.Errorf("the doctor says %q", states["audit chain"])
	}
}

// Figures that somebody wrote past the product are found, and mended.
func TestFiguresThatAreOffAreMended(t *testing.T) {
	t.Parallel()
	f, stop := peopled(t)
	stop()
	storetest.Exec(t, f.database(), `INSERT INTO deal_flow (stage_id, week, owner_id, went_to, n, took) VALUES ('nowhere', 1, '', '', 3, 0)`)
	if states := f.doctor(1); states["figures"] != "fail" {
		t.Errorf("the doctor says %q", states["figures"])
	}
	if code, out, errs := f.run("", "doctor", "--mend"); code != 0 || !strings.Contains(out, "The funnel says what the deals do.") {
		t.Errorf("exit %d, %s%s", code, out, errs)
	}
	if states := f.doctor(0); states["figures"] != "ok" {
		t.Errorf("mended, the doctor says %q", states["figures"])
	}
	f.run("", "doctor", "--mend")
	told := 0
	for _, cell := range storetest.Cells(t, f.database(), "audit") {
		if cell == "figures.mended" {
			told++
		}
	}
	if told != 1 {
		t.Errorf("the log tells %d times that they were mended", told)
	}
}
