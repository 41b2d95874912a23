package companies_test

import (
	"net/http"
	"strings"
	"testing"

	"stead/app/access"
	"stead/store"
)

// holds wants all of some words on a company's page.
func (k *kit) holds(path string, words ...string) {
	k.t.Helper()
	status, body := k.get(path)
	if status != http.StatusOK {
		k.t.Errorf("%s answers %d", path, status)
	}
	for _, w := range words {
		if !strings.Contains(body, w) {
			k.t.Errorf("%s has no %q", path, w)
		}
	}
}

func (k *kit) notes(path string) []store.Note {
	k.t.Helper()
	list, err := k.Notes(k.t.Context(), access.Owner("u1"), id(path), "")
	if err != nil {
		k.t.Fatal(err)
	}
	return append(list.Pinned, list.Rows...)
}

func TestNotesOnACompany(t *testing.T) {
	k := newKit(t)
	path := k.made("name", "Harbour")
	k.change(func(tx *store.Tx) error {
		return tx.InsertUser(t.Context(), store.User{ID: "u2", Name: "Ines Duarte", Email: "i@x", EmailKey: "i@x", PasswordHash: "h", Role: access.RoleOwner})
	})
	if status, body, _ := k.post(path+"/notes", "body", " "); status != http.StatusUnprocessableEntity || !strings.Contains(body, "Write something first.") {
		t.Errorf("nothing answers %d", status)
	}
	for range 2 { // a form that comes twice
		if status, _, to := k.post(path+"/notes", "body", "Ask @ines <soon>", "key", "0123456789abcdef"); status != http.StatusSeeOther || to != path+"#notes" {
			t.Fatalf("answers %d to %s", status, to)
		}
	}
	first := k.notes(path)
	if len(first) != 1 || first[0].Author != "u1" {
		t.Fatalf("%+v", first)
	}
	k.holds(path, `Ask <span class="mention">@ines</span> &lt;soon&gt;`, `<option value="Ines Duarte">`)
	if of, err := k.store.MentionsOf(t.Context(), []string{first[0].ID}); err != nil || strings.Join(of[first[0].ID], " ") != "u2" {
		t.Errorf("mentioned: %v, %v", of, err)
	}
	note := path + "/notes/" + first[0].ID
	k.holds(note+"/edit", "Ask @ines &lt;soon&gt;")
	if status, _, _ := k.post(note, "body", "Asked.", "version", "1"); status != http.StatusSeeOther {
		t.Errorf("saving answers %d", status)
	}
	if status, body, _ := k.post(note, "body", "Asked twice.", "version", "1"); status != http.StatusConflict || !strings.Contains(body, "Asked twice.") || !strings.Contains(body, ">Asked.<") {
		t.Errorf("the second to save answers %d: %s", status, body)
	}
	k.takeBack()
	k.holds(path, "&lt;soon&gt;")
	k.post(note+"/pin", "pinned", "yes")
	k.post(path+"/notes", "body", "A later one")
	if list := k.notes(path); len(list) != 2 || list[0].ID != first[0].ID || list[0].PinnedAt == 0 {
		t.Errorf("the pinned one is not the first: %+v", list)
	}
	k.post(note, "delete", "yes")
	if list := k.notes(path); len(list) != 1 {
		t.Errorf("%d notes, want the later one", len(list))
	}
	k.takeBack()
	k.holds(path, "&lt;soon&gt;", "A later one", "Unpin")
	if status, _ := k.get(path + "/notes/none/edit"); status != http.StatusNotFound {
		t.Errorf("no such note answers %d", status)
	}
}

func TestWhoSeesTheNotesOfACompany(t *testing.T) {
	k := newKit(t)
	path, other := k.made("name", "Harbour"), k.made("name", "Lighthouse")
	k.post(path+"/notes", "body", "Told in private")
	note := k.notes(path)[0].ID
	if status, _ := k.get(other + "/notes/" + note + "/edit"); status != http.StatusNotFound {
		t.Errorf("another company's note answers %d", status)
	}
	k.actor = access.Actor{ID: "u2", Kind: access.User, May: map[access.Permission]access.Reach{access.ContactsRead: access.All, access.ContactsWrite: access.All}}
	if status, body := k.get(path); status != http.StatusOK || strings.Contains(body, "Told in private") || strings.Contains(body, path+"/notes") {
		t.Errorf("without personal data it answers %d: %s", status, body)
	}
	for _, p := range []string{"/notes", "/notes/" + note, "/notes/" + note + "/pin"} {
		if status, _, _ := k.post(path+p, "body", "x", "version", "1", "pinned", "yes"); status != http.StatusForbidden {
			t.Errorf("%s answers %d", p, status)
		}
	}
}

func TestAMergedCompanysAddressLeadsOn(t *testing.T) {
	k := newKit(t)
	kept, goes := k.made("name", "Harbour"), k.made("name", "Harbor Inc")
	k.post(goes+"/notes", "body", "Goes along")
	k.post(kept + "/merge/" + id(goes))
	if status, _, to := k.send(http.MethodGet, goes, nil); status != http.StatusFound || to != kept {
		t.Errorf("it answers %d to %q", status, to)
	}
	k.holds(kept, "Goes along")
	k.actor = access.Actor{ID: "u2", Kind: access.User, May: map[access.Permission]access.Reach{access.ContactsRead: access.Own}}
	if status, _, to := k.send(http.MethodGet, goes, nil); status != http.StatusNotFound || to != "" {
		t.Errorf("to a stranger it answers %d to %q", status, to)
	}
	k.actor = access.Owner("u1")
	k.takeBack()
	k.holds(goes, "Harbor Inc", "Goes along")
	k.post(kept + "/merge/" + id(goes))
	k.post(goes + "/restoration")
	k.holds(goes, "Harbor Inc")
}

func TestTheListIsNarrowedDownByATag(t *testing.T) {
	k := newKit(t)
	vip := k.made("name", "Harbour", "tags", "VIP")
	k.made("name", "Lighthouse")
	tags, err := k.store.Tags(t.Context())
	if err != nil || len(tags) != 1 {
		t.Fatal(tags, err)
	}
	at := "/companies?tag=" + tags[0].ID
	k.holds(vip, `href="`+at+`"`)
	k.holds(at, "Harbour", "1 company", `value="`+tags[0].ID+`" selected`, `href="/companies/export"`)
	if _, body := k.get(at); strings.Contains(body, "Lighthouse") {
		t.Error("the list shows one without the tag")
	}
	k.holds("/companies", "Lighthouse", "Harbour")
	k.holds("/companies?tag=none", "Nothing here")
}
