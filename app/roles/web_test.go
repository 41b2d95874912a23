package roles_test

import (
	"html"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"stead/app/access"
	"stead/app/roles"
)

func grants(may map[access.Permission]string) url.Values {
	form := url.Values{}
	for p, reach := range may {
		form.Set("may-"+strings.ReplaceAll(string(p), ".", "-"), reach)
	}
	return form
}

func TestTheMatrixShowsWhatEveryRoleMay(t *testing.T) {
	k := newKit(t)
	k.role(`Desk <script>alert(1)</script>`, may{access.ContactsRead: "own"})
	k.actor = as(access.RoleAgent)
	status, body := k.send("GET", "/settings/roles", nil)
	if status != http.StatusOK || strings.Contains(body, "<script>alert") {
		t.Fatalf("%d; a name came through as HTML", status)
	}
	for _, right := range access.Rights() {
		if !strings.Contains(html.UnescapeString(body), right.Label) {
			t.Errorf("%q is not in the table", right.Label)
		}
	}
	for _, own := range access.OwnRoles() {
		if !strings.Contains(body, "<bdi>"+own.Name+"</bdi>") {
			t.Errorf("%q has no column", own.Name)
		}
	}
	table, _, _ := strings.Cut(body[strings.Index(body, "<table"):], "</table>")
	if rows, cells := strings.Count(table, `<th scope="row">`), strings.Count(table, "<td"); rows != len(access.Rights()) || cells != rows*(len(access.OwnRoles())+1) {
		t.Errorf("%d rows with %d cells", rows, cells)
	}
	for _, route := range k.router.Routes() {
		_, path, _ := strings.Cut(route.Pattern, " ")
		if !strings.Contains(body, "<code>"+path+"</code>") {
			t.Errorf("%s is not in the list of pages", route.Pattern)
		}
	}
	if strings.Contains(body, "<form") {
		t.Error("an agent is offered a form")
	}
	k.actor = as(access.RoleViewer)
	if status, _ := k.send("GET", "/settings/roles", nil); status != http.StatusForbidden {
		t.Errorf("a viewer gets %d", status)
	}
}

func TestANewRoleStartsFromAnother(t *testing.T) {
	k := newKit(t)
	k.actor = as(access.RoleAdmin)
	delete(k.actor.May, access.AuditRead)
	k.actor.May[access.ContactsRead] = access.Team
	_, body := k.send("GET", "/settings/roles/new?from=privacy", nil)
	for field, want := range map[string]string{
		"may-inbox-read": "all", "may-contacts-read": "team", "may-audit-read": "", "may-send-sms": "",
	} {
		if got := chosen(t, body, field); got != want {
			t.Errorf("%s is %q, want %q", field, got, want)
		}
	}
	if strings.Contains(body, "may-business-close") {
		t.Error("closing the business is offered")
	}
	if strings.Contains(part(t, body, "may-contacts-read"), `value="all"`) {
		t.Error("more than one has is offered")
	}
	if status, _ := k.send("GET", "/settings/roles/new?from=ghost", nil); status != http.StatusNotFound {
		t.Errorf("from nothing: %d", status)
	}
}

// part is the list of choices of a field.
func part(t *testing.T, body, field string) string {
	t.Helper()
	_, rest, ok := strings.Cut(body, `id="`+field+`"`)
	if !ok {
		t.Fatalf("no %s on the page", field)
	}
	options, _, _ := strings.Cut(rest, "</select>")
	return options
}

// chosen is what is chosen of a field.
func chosen(t *testing.T, body, field string) string {
	t.Helper()
	before, _, ok := strings.Cut(part(t, body, field), " selected")
	if !ok {
		return ""
	}
	at := strings.LastIndex(before, `value="`)
	value, _, _ := strings.Cut(before[at+len(`value="`):], `"`)
	return value
}

func TestTheFormOfARole(t *testing.T) {
	k := newKit(t)
	form := grants(may{access.ContactsRead: "team", access.TeamRead: "all"})
	form.Set("name", strings.Repeat("x", 61))
	status, body := k.send("POST", "/settings/roles", form)
	if status != http.StatusUnprocessableEntity || chosen(t, body, "may-contacts-read") != "team" || !strings.Contains(body, form.Get("name")) {
		t.Errorf("%d; what was typed is not kept", status)
	}
	form.Set("name", "Desk")
	if status, _ = k.send("POST", "/settings/roles", form); status != http.StatusSeeOther {
		t.Fatalf("created: %d", status)
	}
	list, err := k.List(t.Context(), k.actor)
	if err != nil {
		t.Fatal(err)
	}
	id := list[len(list)-1].ID
	_, body = k.send("GET", "/settings/roles/"+id+"/edit", nil)
	if chosen(t, body, "may-contacts-read") != "team" || chosen(t, body, "may-team-read") != "all" || chosen(t, body, "may-inbox-read") != "" {
		t.Error("the form does not show what the role may")
	}
	form = grants(may{access.ContactsRead: "all"})
	form.Set("name", "Desk")
	form.Set("version", "1")
	if status, _ = k.send("POST", "/settings/roles/"+id, form); status != http.StatusSeeOther {
		t.Errorf("saved: %d", status)
	}
	form = grants(may{access.ContactsRead: "own"})
	form.Set("name", "Front desk")
	form.Set("version", "1")
	status, body = k.send("POST", "/settings/roles/"+id, form)
	if status != http.StatusConflict || !strings.Contains(body, `name="version" value="2"`) || chosen(t, body, "may-contacts-read") != "own" {
		t.Errorf("saved from an old form: %d", status)
	}
	for _, both := range []string{"Desk", "Front desk", "All", "Mine"} {
		if !strings.Contains(body, "<td><bdi>"+both+"</bdi></td>") {
			t.Errorf("%q is not shown beside the other value", both)
		}
	}
	form.Set("version", "2")
	if status, _ = k.send("POST", "/settings/roles/"+id, form); status != http.StatusSeeOther {
		t.Errorf("saved over it: %d", status)
	}
	if status, _ = k.send("POST", "/settings/roles/"+id+"/deletion", url.Values{}); status != http.StatusSeeOther {
		t.Errorf("deleted: %d", status)
	}
	if status, _ = k.send("GET", "/settings/roles/"+id+"/edit", nil); status != http.StatusNotFound {
		t.Errorf("the form of what is gone: %d", status)
	}
}

func TestTheFormOfARoleIsForWhoeverMayChangeIt(t *testing.T) {
	k := newKit(t)
	id := k.role("Desk", may{access.ContactsRead: "all"})
	for name, tt := range map[string]struct {
		actor access.Actor
		id    string
		want  int
	}{
		"an admin":                    {as(access.RoleAdmin), id, http.StatusOK},
		"a manager":                   {as(access.RoleManager), id, http.StatusForbidden},
		"an owner, of the own roles":  {access.Owner("u1"), access.RoleAgent, http.StatusForbidden},
		"an owner, of none":           {access.Owner("u1"), "ghost", http.StatusNotFound},
		"who has no right to so much": {access.Actor{ID: "x", May: map[access.Permission]access.Reach{access.RolesWrite: access.All}}, id, http.StatusForbidden},
	} {
		k.actor = tt.actor
		if status, _ := k.send("GET", "/settings/roles/"+tt.id+"/edit", nil); status != tt.want {
			t.Errorf("%s: %d, want %d", name, status, tt.want)
		}
		form := url.Values{"name": {""}, "version": {"1"}} // nothing is told by what is refused
		if status, _ := k.send("POST", "/settings/roles/"+tt.id, form); tt.want != http.StatusOK && status != tt.want {
			t.Errorf("%s saves: %d, want %d", name, status, tt.want)
		}
	}
}

func TestTheFormOfTeams(t *testing.T) {
	k := newKit(t)
	if status, _ := k.send("POST", "/settings/teams", url.Values{"name": {"<b>North</b>"}}); status != http.StatusSeeOther {
		t.Fatalf("created: %d", status)
	}
	teams, err := k.Teams(t.Context(), k.actor)
	if err != nil || len(teams) != 1 {
		t.Fatal(teams, err)
	}
	at := "/settings/teams/" + teams[0].ID
	status, body := k.send("POST", at, url.Values{"name": {"South"}, "seen": {"Norte"}})
	if status != http.StatusConflict || !strings.Contains(body, "<bdi>South</bdi>") || strings.Contains(body, "<b>North") {
		t.Errorf("renamed from an old page: %d", status)
	}
	if status, body = k.send("POST", at, url.Values{"name": {" "}, "seen": {"<b>North</b>"}}); status != http.StatusUnprocessableEntity || !strings.Contains(body, "#name-"+teams[0].ID) {
		t.Errorf("no name: %d", status)
	}
	for i, form := range []url.Values{{"name": {"South"}, "seen": {"<b>North</b>"}}, {"name": {"South"}, "seen": {"anything"}}} {
		if status, _ = k.send("POST", at, form); status != http.StatusSeeOther {
			t.Errorf("renamed, %s: %d", strconv.Itoa(i), status)
		}
	}
	if status, _ = k.send("POST", at+"/deletion", url.Values{}); status != http.StatusSeeOther {
		t.Errorf("deleted: %d", status)
	}
	if got := k.acts(teams[0].ID); got != strings.Join([]string{roles.EventTeamCreated, roles.EventTeamRenamed, roles.EventTeamDeleted}, " ") {
		t.Errorf("events %q", got)
	}
}
