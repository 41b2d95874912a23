package fields_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"stead/app/access"
	"stead/store"
)

func TestAFieldIsMadeChangedAndDeleted(t *testing.T) {
	k := newKit(t)
	status, _ := k.post("/settings/fields", "record", "contact", "name", " Favourite  colour ", "kind", "choice", "personal", "on", "more", "Red\n\nBlue\nred\n", "key", "0193b000-0000-7000-8000-00000000000f")
	if status != http.StatusSeeOther {
		t.Fatalf("answers %d", status)
	}
	if status, _ = k.post("/settings/fields", "record", "contact", "name", "Favourite colour", "kind", "choice", "more", "Red", "key", "0193b000-0000-7000-8000-00000000000f"); status != http.StatusSeeOther {
		t.Errorf("the same form again answers %d", status)
	}
	all := k.fields("contact")
	if len(all) != 1 || all[0].Name != "Favourite colour" || !all[0].Personal || len(all[0].Choices) != 2 {
		t.Fatalf("made %+v", all)
	}
	f := all[0]
	red, blue := f.Choices[0].ID, f.Choices[1].ID
	path := "/settings/fields/" + f.ID
	if status, body := k.get(path + "/edit"); status != 200 || !strings.Contains(body, `value="Red"`) {
		t.Fatalf("the form answers %d: %s", status, body)
	}
	status, _ = k.post(path, "version", "1", "name", "Colour", "kind", "choice", "choice-"+red, "Crimson", "offered-"+red, "on", "choice-"+blue, "Blue", "more", "Green")
	f = k.fields("contact")[0]
	if status != http.StatusSeeOther || f.Name != "Colour" || f.Personal || f.Choices[0].Name != "Crimson" || f.Choices[0].ID != red || !f.Choices[1].Gone || f.Choices[2].Name != "Green" {
		t.Errorf("answers %d, became %+v", status, f)
	}
	status, body := k.post(path, "version", "1", "name", "Hue", "kind", "choice", "choice-"+red, "Crimson", "offered-"+red, "on")
	if status != http.StatusConflict || !strings.Contains(body, "Someone else saved this field") || !strings.Contains(body, "Hue") {
		t.Errorf("an old version answers %d: %s", status, body)
	}
	k.takeBack()
	if f = k.fields("contact")[0]; f.Name != "Favourite colour" || f.Choices[0].Name != "Red" || len(f.Choices) != 2 {
		t.Errorf("taken back: %+v", f)
	}
	if status, _ := k.post(path + "/deletion"); status != http.StatusSeeOther || len(k.fields("contact")) != 0 {
		t.Errorf("deletion answers %d", status)
	}
	if status, body := k.get("/settings/fields"); status != 200 || !strings.Contains(body, "In the bin") || !strings.Contains(body, "Favourite colour") {
		t.Errorf("the bin is not shown: %d", status)
	}
	for _, p := range []string{path + "/edit"} {
		if status, _ := k.get(p); status != http.StatusNotFound {
			t.Errorf("%s of a deleted field answers %d", p, status)
		}
	}
	if status, _ := k.post(path + "/restoration"); status != http.StatusSeeOther || len(k.fields("contact")) != 1 {
		t.Errorf("restoration answers %d", status)
	}
	if status, _ := k.post(path + "/restoration"); status != http.StatusNotFound {
		t.Errorf("restored twice answers %d", status)
	}
}

func TestAFieldIsRefused(t *testing.T) {
	k := newKit(t)
	k.post("/settings/fields", "record", "contact", "name", "Taken", "kind", "text")
	for what, tt := range map[string]struct {
		typed []string
		wants string
	}{
		"without a name":        {[]string{"record", "contact", "kind", "text"}, "Enter a name."},
		"with a taken name":     {[]string{"record", "contact", "kind", "text", "name", "TAKEN"}, "There is a field of this name already."},
		"of no kind":            {[]string{"record", "contact", "kind", "tables", "name", "A"}, "Choose one of the list."},
		"of no record":          {[]string{"record", "users", "kind", "text", "name", "A"}, "Choose one of the list."},
		"money in no currency":  {[]string{"record", "contact", "kind", "money", "name", "A", "currency", "XYZ"}, "Choose one of the list."},
		"a choice of nothing":   {[]string{"record", "contact", "kind", "choice", "name", "A"}, "Enter at least one choice"},
		"too many choices":      {[]string{"record", "contact", "kind", "choice", "name", "A", "more", lines(201)}, "at most 200 choices"},
		"a name that is hidden": {[]string{"record", "contact", "kind", "text", "name", "a\u202eb"}, "Use letters and figures."},
	} {
		status, body := k.post("/settings/fields", tt.typed...)
		if status != http.StatusUnprocessableEntity || !strings.Contains(body, tt.wants) {
			t.Errorf("%s: answers %d without %q", what, status, tt.wants)
		}
	}
	if n := len(k.fields("contact")); n != 1 {
		t.Errorf("%d fields were made", n)
	}
}

// A browser must not cut what was typed: what is too long comes back whole, with
// what is wrong with it.
func TestALongNameIsRefusedAndKept(t *testing.T) {
	k := newKit(t)
	long := strings.Repeat("a name ", 9) + "end"
	if _, form := k.get("/settings/fields/new"); strings.Contains(inputNamed(form, "name"), "maxlength") {
		t.Errorf("the browser cuts the name of a field: %s", inputNamed(form, "name"))
	}
	status, body := k.post("/settings/fields", "record", "contact", "kind", "text", "name", long)
	if in := inputNamed(body, "name"); status != http.StatusUnprocessableEntity || !strings.Contains(in, long) || !strings.Contains(body, "Use at most 60 characters.") {
		t.Errorf("answers %d with %s", status, in)
	}
	k.post("/settings/fields", "record", "contact", "kind", "choice", "name", "Size", "more", "Small")
	f := k.fields("contact")[0]
	choice := "choice-" + f.Choices[0].ID
	if _, form := k.get("/settings/fields/" + f.ID + "/edit"); strings.Contains(inputNamed(form, choice), "maxlength") {
		t.Error("the browser cuts the name of a choice")
	}
	if _, page := k.get("/settings/tags"); strings.Contains(inputNamed(page, "name"), "maxlength") {
		t.Error("the browser cuts the name of a tag")
	}
	if status, body := k.post("/settings/tags", "name", long); status != http.StatusUnprocessableEntity || !strings.Contains(body, long) {
		t.Errorf("a tag answers %d", status)
	}
}

// inputNamed is the first input of a name.
func inputNamed(page, name string) string {
	for part := range strings.SplitSeq(page, "<input") {
		if tag, _, _ := strings.Cut(part, ">"); strings.Contains(tag, ` name="`+name+`"`) {
			return tag
		}
	}
	return ""
}

func lines(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintln(&b, "choice", i)
	}
	return b.String()
}

func TestTheKindStaysOnceThereAreValues(t *testing.T) {
	k := newKit(t)
	k.post("/settings/fields", "record", "contact", "name", "Size", "kind", "text")
	f := k.fields("contact")[0]
	if status, _ := k.post("/settings/fields/"+f.ID, "version", "1", "name", "Size", "kind", "money", "currency", "EUR"); status != http.StatusSeeOther {
		t.Errorf("an empty field answers %d", status)
	}
	k.people("c1")
	k.change(func(tx *store.Tx) error {
		return tx.SetValue(t.Context(), "contact", "c1", f.ID, &store.Value{Num: 5, IsNum: true})
	})
	for _, typed := range [][]string{{"kind", "text"}, {"kind", "money", "currency", "USD"}} {
		status, body := k.post("/settings/fields/"+f.ID, append(typed, "version", "2", "name", "Size")...)
		if status != http.StatusUnprocessableEntity || !strings.Contains(body, "its kind stays as it is") {
			t.Errorf("%v answers %d: %s", typed, status, body)
		}
	}
	if now := k.fields("contact")[0]; now.Kind != "money" || now.Currency != "EUR" {
		t.Errorf("became %+v", now)
	}
}

func TestFieldsMove(t *testing.T) {
	k := newKit(t)
	for _, name := range []string{"A", "B", "C"} {
		k.post("/settings/fields", "record", "company", "name", name, "kind", "text")
	}
	order := func() string {
		var out string
		for _, f := range k.fields("company") {
			out += f.Name
		}
		return out
	}
	ids := k.fields("company")
	for _, tt := range []struct{ id, to, want string }{
		{ids[2].ID, "up", "ACB"}, {ids[0].ID, "up", "ACB"}, {ids[0].ID, "down", "CAB"}, {ids[1].ID, "down", "CAB"},
	} {
		if status, _ := k.post("/settings/fields/"+tt.id+"/place", "to", tt.to); status != http.StatusSeeOther || order() != tt.want {
			t.Errorf("answers %d, order %s; want %s", status, order(), tt.want)
		}
	}
}

func TestSettingsAreForThoseWhoMay(t *testing.T) {
	k := newKit(t)
	k.post("/settings/fields", "record", "contact", "name", "A", "kind", "text")
	k.post("/settings/tags", "name", "VIP")
	field, tag := k.fields("contact")[0].ID, k.tags()[0].ID
	k.actor = access.Actor{ID: "u2", Kind: access.User, Role: "r", May: map[access.Permission]access.Reach{access.SettingsRead: access.All}}
	for path, want := range map[string]int{"/settings/fields": 200, "/settings/tags": 200, "/settings/fields/new": 403, "/settings/fields/" + field + "/edit": 403} {
		status, body := k.get(path)
		if status != want || strings.Contains(body, "<form") {
			t.Errorf("%s answers %d, want %d; forms: %v", path, status, want, strings.Contains(body, "<form"))
		}
	}
	for _, path := range []string{"fields", "fields/" + field, "fields/" + field + "/place", "fields/" + field + "/deletion", "tags", "tags/" + tag, "tags/" + tag + "/merge", "tags/" + tag + "/deletion", "tags/" + tag + "/restoration"} {
		if status, _ := k.post("/settings/"+path, "name", "B", "kind", "text", "record", "contact"); status != http.StatusForbidden {
			t.Errorf("%s answers %d", path, status)
		}
	}
	if len(k.fields("contact")) != 1 || len(k.tags()) != 1 {
		t.Error("something was changed")
	}
}
