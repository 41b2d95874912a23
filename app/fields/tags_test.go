package fields_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"stead/app/access"
	"stead/app/fields"
	"stead/store"
)

func (k *kit) found(query string) int {
	k.t.Helper()
	ids, err := k.store.Search(k.t.Context(), store.Everything, "contact", query, store.Page{})
	if err != nil {
		k.t.Fatal(err)
	}
	return len(ids)
}

func (k *kit) tagged(id string) []string {
	k.t.Helper()
	of, err := k.store.TagsOf(k.t.Context(), []string{id})
	if err != nil {
		k.t.Fatal(err)
	}
	var out []string
	for _, t := range of[id] {
		out = append(out, t.Name)
	}
	return out
}

// tag makes a tag and puts it on people.
func (k *kit) tag(name string, people ...string) string {
	k.t.Helper()
	if status, body := k.post("/settings/tags", "name", name, "colour", "blue"); status != http.StatusSeeOther {
		k.t.Fatalf("answers %d: %s", status, body)
	}
	list := k.tags()
	at := slices.IndexFunc(list, func(t store.TagCount) bool { return t.Name == name })
	k.change(func(tx *store.Tx) error {
		for _, id := range people {
			if err := tx.AddTag(k.t.Context(), id, list[at].ID); err != nil {
				return err
			}
		}
		return tx.IndexContacts(k.t.Context(), people...)
	})
	return list[at].ID
}

func TestATagIsMadeRenamedAndDeleted(t *testing.T) {
	k := newKit(t)
	k.people("c1")
	id := k.tag("Gold", "c1")
	if _, body := k.get("/settings/tags"); !strings.Contains(body, "badge info") || !strings.Contains(body, "1 person") {
		t.Error("the list does not show it")
	}
	if status, _ := k.post("/settings/tags/"+id, "version", "1", "name", "Silver", "colour", ""); status != http.StatusSeeOther || k.found("gold") != 0 || k.found("silver") != 1 {
		t.Errorf("answers %d; found by the old name %d, by the new %d", status, k.found("gold"), k.found("silver"))
	}
	status, body := k.post("/settings/tags/"+id, "version", "1", "name", "Bronze", "colour", "red")
	if status != http.StatusConflict || !strings.Contains(body, "Someone else saved this tag") || !strings.Contains(body, "Bronze") {
		t.Errorf("an old version answers %d", status)
	}
	if status, _ := k.post("/settings/tags/" + id + "/deletion"); status != http.StatusSeeOther || len(k.tagged("c1")) != 0 || k.found("silver") != 0 {
		t.Errorf("deletion answers %d, leaves %v", status, k.tagged("c1"))
	}
	k.takeBack()
	if !slices.Equal(k.tagged("c1"), []string{"Silver"}) {
		t.Errorf("taken back: %v", k.tagged("c1"))
	}
	k.post("/settings/tags/" + id + "/deletion")
	k.tag("silver")
	if status, _ := k.post("/settings/tags/" + id + "/restoration"); status != http.StatusConflict {
		t.Errorf("two of a name: answers %d", status)
	}
}

func TestATagIsRefused(t *testing.T) {
	k := newKit(t)
	id := k.tag("Gold")
	other := k.tag("Other")
	for what, tt := range map[string]struct {
		path  string
		typed []string
		wants string
	}{
		"without a name":      {"", nil, "Enter a name."},
		"with a taken name":   {"", []string{"name", "GOLD"}, "There is a tag of this name already."},
		"of no colour":        {"", []string{"name", "New", "colour", "pink"}, "Choose one of the list."},
		"renamed to a taken":  {"/" + other, []string{"version", "1", "name", "gold"}, "There is a tag of this name already."},
		"merged into nothing": {"/" + id + "/merge", nil, "Choose another tag."},
		"merged into itself":  {"/" + id + "/merge", []string{"into", id}, "Choose another tag."},
	} {
		status, body := k.post("/settings/tags"+tt.path, tt.typed...)
		if status != http.StatusUnprocessableEntity || !strings.Contains(body, tt.wants) {
			t.Errorf("%s: answers %d without %q", what, status, tt.wants)
		}
	}
	if status, _ := k.post("/settings/tags/"+id+"/merge", "into", "nothing"); status != http.StatusNotFound {
		t.Errorf("merged into one that is not there: %d", status)
	}
}

func TestFewAreMergedAtOnce(t *testing.T) {
	k := newKit(t)
	k.people("c1", "c2", "c3")
	old, kept := k.tag("Old", "c1", "c2"), k.tag("New", "c2", "c3")
	if status, _ := k.post("/settings/tags/"+old+"/merge", "into", kept); status != http.StatusSeeOther {
		t.Fatalf("answers %d", status)
	}
	for id, want := range map[string]string{"c1": "New", "c2": "New", "c3": "New"} {
		if got := strings.Join(k.tagged(id), " "); got != want {
			t.Errorf("%s has %s", id, got)
		}
	}
	if k.found("old") != 0 || k.found("new") != 3 {
		t.Errorf("found by the old name %d, by the new %d", k.found("old"), k.found("new"))
	}
	k.takeBack()
	for id, want := range map[string]string{"c1": "Old", "c2": "New Old", "c3": "New"} {
		if got := strings.Join(k.tagged(id), " "); got != want {
			t.Errorf("taken back: %s has %s, want %s", id, got, want)
		}
	}
}

func TestManyAreMergedInSteps(t *testing.T) {
	k := newKit(t)
	var all []string
	for i := range 250 {
		all = append(all, fmt.Sprintf("c%03d", i))
	}
	k.people(all...)
	old, kept := k.tag("Old", all...), k.tag("New", all[:7]...)
	merged, err := k.MergeTags(t.Context(), k.actor, old, kept)
	if err != nil || merged.Operation == "" {
		t.Fatalf("%+v, %v", merged, err)
	}
	op, err := k.work.Drive(t.Context(), merged.Operation, func(store.Operation) {})
	if err != nil || op.State != store.OperationDone {
		t.Fatalf("%+v, %v", op, err)
	}
	if list := k.tags(); len(list) != 1 || list[0].People != 100 {
		t.Errorf("left %+v", list)
	}
	if got := k.tagged(all[200]); !slices.Equal(got, []string{"New"}) {
		t.Errorf("the last has %v", got)
	}
	for more := true; more; {
		k.change(func(tx *store.Tx) error {
			t.Helper()
			back, err := tx.TakeBackSome(k.t.Context(), merged.Undo, 200, 9)
			more = back.More
			if back.Skipped > 0 {
				t.Errorf("%d skipped", back.Skipped)
			}
			return err
		})
	}
	if got := k.tagged(all[3]); !slices.Equal(got, []string{"New", "Old"}) {
		t.Errorf("taken back: %v", got)
	}
	if got := k.tagged(all[200]); !slices.Equal(got, []string{"Old"}) {
		t.Errorf("taken back: %v", got)
	}
}

func TestManyAreFoundByTheNewName(t *testing.T) {
	k := newKit(t)
	var all []string
	for i := range 130 {
		all = append(all, fmt.Sprintf("c%03d", i))
	}
	k.people(all...)
	id := k.tag("Gold", all...)
	k.post("/settings/tags/"+id, "version", "1", "name", "Silver")
	open, err := k.store.OpenOperations(t.Context())
	if err != nil || len(open) != 1 {
		t.Fatalf("%v, %v", open, err)
	}
	if op, err := k.work.Drive(t.Context(), open[0], func(store.Operation) {}); err != nil || op.State != store.OperationDone || op.Done != 130 {
		t.Fatalf("%+v, %v", op, err)
	}
	if k.found("gold") != 0 || k.found("silver") == 0 {
		t.Errorf("found by the old name %d, by the new %d", k.found("gold"), k.found("silver"))
	}
}

// Steps that take long become short ones.
func TestSlowStepsBecomeShort(t *testing.T) {
	k := newKit(t)
	var all []string
	for i := range 330 {
		all = append(all, fmt.Sprintf("c%03d", i))
	}
	k.people(all...)
	gold, other := k.tag("Gold", all...), k.tag("Other")
	k.slow = true
	for _, step := range []struct { // in this order: a merge takes the tag away
		name  string
		begin func()
	}{
		{"align", func() { k.post("/settings/tags/"+gold, "version", "1", "name", "Silver") }},
		{"merge", func() {
			if _, err := k.MergeTags(t.Context(), k.actor, gold, other); err != nil {
				t.Fatal(err)
			}
		}},
	} {
		step.begin()
		open, err := k.store.OpenOperations(t.Context())
		if err != nil || len(open) != 1 {
			t.Fatalf("%s: %v, %v", step.name, open, err)
		}
		var did []int64
		op, err := k.work.Drive(t.Context(), open[0], func(op store.Operation) { did = append(did, op.Done) })
		if err != nil || op.State != store.OperationDone || len(did) < 5 || did[2]-did[1] > 20 {
			t.Errorf("%s: %v to %+v, %v", step.name, did, op, err)
		}
	}
}

func TestCountsEndAtTenThousand(t *testing.T) {
	if got := fields.Many(10_001); got != "10,000+" {
		t.Errorf("reads %s", got)
	}
	if got := fields.Many(10_000); got != "10000" {
		t.Errorf("reads %s", got)
	}
	if _, err := newKit(t).Tags(t.Context(), access.Actor{}); err == nil {
		t.Error("nobody is told")
	}
}
