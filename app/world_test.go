package app_test

import (
	"maps"
	"net/http"
	"strings"
	"testing"

	"stead/app/access"
	"stead/app/apptest"
	"stead/app/ids"
	"stead/app/web"
	"stead/store"
)

// The classes of records, by whose they are.
const (
	own     = "own"
	mates   = "mate's"
	foreign = "foreign"
	free    = "nobody's"
	none    = "no" // the route is about no record, or one that is nobody's in particular
)

var classes = []string{own, mates, foreign, free}

// named are texts of a record that whoever may see it may read; they are lower case.
func named(class string) []string { return []string{"zq" + word(class)} }

// personal are those that need the right to see personal data besides.
func personal(class string) []string {
	n := exchange(class)
	return []string{
		"said-" + word(class), "note-" + word(class), "mail-" + word(class), "about-" + word(class),
		"503" + n + "01", "(503) " + n + "-01", "503-" + n + "-01", "503 " + n + " 01",
	}
}

func word(class string) string {
	return map[string]string{own: "mine", mates: "mate", foreign: "stranger", free: "free"}[class]
}

// exchange is the middle of the telephone numbers of a class.
func exchange(class string) string {
	return map[string]string{own: "621", mates: "622", foreign: "623", free: "624"}[class]
}

// world is a house with somebody of a role, a mate, a stranger, and records of
// each of them and of nobody.
type world struct {
	*apptest.House
	t        *testing.T
	role     string
	team     string
	me       store.User
	mate     store.User
	stranger store.User
	gone     string            // user who may no more, in such a state
	owners   map[string]string // class to user
	actor    access.Actor
	routes   []web.Route
	base     map[string]map[string]string // class to kind to id: what is only looked at
	pipeline string                       // in which all deals are
	seen     map[string]bool              // canaries that were met where they may be
	unknown  map[string]bool              // places that kinds does not know, reported once
	planted  int
}

func newWorld(t *testing.T, role matrixRole) *world {
	t.Helper()
	w := &world{House: apptest.Start(t, apptest.Options{}), t: t, role: role.id, team: ids.New(), seen: map[string]bool{}, unknown: map[string]bool{}}
	far := ids.New()
	w.Change("team.created", w.team, func(tx *store.Tx) error {
		return tx.InsertTeam(t.Context(), store.TeamGroup{ID: w.team, Name: "Near", NameKey: "near"})
	})
	w.Change("team.created", far, func(tx *store.Tx) error {
		return tx.InsertTeam(t.Context(), store.TeamGroup{ID: far, Name: "Far", NameKey: "far"})
	})
	if role.may != nil {
		w.role = ids.New()
		w.Change("role.created", w.role, func(tx *store.Tx) error {
			return tx.InsertRole(t.Context(), store.Role{ID: w.role, Name: role.name, NameKey: role.name, Grants: access.FormatGrants(role.may)})
		})
	}
	w.me = w.Hire(apptest.Colleague{Name: "Mona Mine", Role: w.role, Team: w.team})
	w.mate = w.Hire(apptest.Colleague{Name: "Max Mate", Role: access.RoleAgent, Team: w.team})
	w.stranger = w.Hire(apptest.Colleague{Name: "Stella Stranger", Role: access.RoleAgent, Team: far})
	w.owners = map[string]string{own: w.me.ID, mates: w.mate.ID, foreign: w.stranger.ID, free: ""}
	w.base = map[string]map[string]string{}
	for _, class := range classes {
		w.base[class] = w.plant(class)
	}
	var err error
	if w.actor, err = access.For(t.Context(), &w.Store().Reader, w.me); err != nil {
		t.Fatal(err)
	}
	w.routes = w.App.Routes()
	return w
}

// record is what a route is asked about.
type record struct {
	class string
	owner string
	ids   map[string]string // kind to id
	read  access.Permission // what shows records of this kind
}

// right is what the service must ask about the record: what the route needs, or
// what shows such records when that has no reach.
func (r record) right(p web.Policy) access.Permission {
	for _, right := range access.Rights() {
		if right.Permission == p.Needs && right.Scoped {
			return p.Needs
		}
	}
	return r.read
}

// kinds says what stands in each place of an address. A place that is not here
// fails the test: nothing is left out because nobody thought of it.
var kinds = map[string]string{
	"/contacts/{id}":                          "contact",
	"/contacts/{id}/tasks/{task}":             "task",
	"/contacts/{id}/separate/{other}":         "contact",
	"/contacts/{id}/parts/{part}":             "part",
	"/contacts/{id}/notes/{note}":             "note",
	"/inbox/{id}":                             "conversation",
	"/inbox/{id}/messages/{message}":          "failed message",
	"/inbox/{id}/messages/{message}/opt-out/": "message", // a place of one route: its whole address with a slash
	"/today/tasks/{task}":                     "task",
	"/tasks/{id}":                             "task",
	"/notifications/{id}":                     "notification",
	"/imports/{id}":                           "import",
	"/privacy/people/{id}":                    "contact",
	"/privacy/erasures/{id}":                  "erasure",
	"/settings/roles/{id}":                    "role",
	"/undo/{id}":                              "undo",
	"/files/{id}":                             "file",
	"/exports/{id}":                           "export",
	"/settings/archive/{id}":                  "archive",
	"/views/{view}":                           "view",
	"/work/{id}":                              "operation",
	"/bin/contact/{id}":                       "binned contact",
	"/bin/company/{id}":                       "binned company",
	"/bin/deal/{id}":                          "binned deal",
	"/bin/note/{id}":                          "binned note",
	"/bin/task/{id}":                          "binned task",
	"/bin/file/{id}":                          "binned file",
	"/bin/field/{id}":                         "binned field",
	"/bin/tag/{id}":                           "binned tag",
	"/settings/teams/{id}":                    "team",
	"/deals/{id}":                             "deal",
	"/deals/{id}/people/{contact}":            "contact",
	"/deals/{id}/notes/{note}":                "deal note",
	"/settings/pipelines/{id}":                "pipeline",
	"/settings/stages/{id}":                   "stage",
	"/settings/reasons/{id}":                  "reason",
	"/products/{id}":                          "product",
	"/board/lanes/{stage}":                    "stage",
	"/board/moves/{id}":                       "deal",
	"/board/views/{view}":                     "deal view",
	"/settings/fields/{id}":                   "field",
	"/settings/fields/{id}/restoration/":      "binned field",
	"/companies/{id}":                         "company",
	"/companies/{id}/people/{contact}":        "contact",
	"/companies/{id}/merge/{other}":           "other company",
	"/companies/{id}/notes/{note}":            "company note",
	"/settings/tags/{id}":                     "tag",
	"/settings/team/{id}":                     "colleague",
	"/settings/invitations/{id}":              "invitation",
	"/setup/{token}":                          "token",
	"/join/{token}":                           "token",
	"/reset/{token}":                          "token",
	"/mail/u/{token}":                         "token",
	"/f/{token}":                              "token",
	"/f/thanks/{token}":                       "token",
	"/f/confirm/{token}":                      "token",
	"/in/{token}":                             "token",
	"/leads/{id}":                             "lead",
	"/settings/leads/{id}":                    "source",
	"/calendar/{token}":                       "token",
	"/settings/mail/{id}":                     "mail",
	"/login/oidc/{provider}":                  "provider",
	"/confirm/oidc/{provider}":                "provider",
	"/account/accounts/{provider}":            "provider",
	"/hooks/twilio/{rest...}":                 "callback",
}

// shows says what shows records that have an owner, by kind.
var shows = map[string]access.Permission{
	"company": access.ContactsRead, "other company": access.ContactsRead, "company note": access.ContactsRead, "file": access.ContactsRead,
	"deal note": access.DealsRead,
	"contact":   access.ContactsRead, "note": access.ContactsRead, "task": access.TasksWrite, "conversation": access.InboxRead,
	"message": access.InboxRead, "failed message": access.InboxRead, "colleague": access.ActivityRead,
	"deal": access.DealsRead,
}

// kindsOf are the kinds in the places of a route, by place.
func (w *world) kindsOf(route web.Route) map[string]string {
	w.t.Helper()
	_, path, _ := strings.Cut(route.Pattern, " ")
	out := map[string]string{}
	var upTo string
	for _, part := range strings.Split(strings.TrimSuffix(path, "{$}"), "/")[1:] {
		upTo += "/" + part
		if !strings.HasPrefix(part, "{") {
			continue
		}
		kind := kinds[path+"/"]
		if kind == "" || strings.Count(path[len(upTo):], "{") > 0 {
			kind = kinds[upTo]
		}
		if kind == "" && !w.unknown[upTo] {
			w.unknown[upTo] = true
			w.t.Errorf("%s: say in kinds what %s is", route.Pattern, upTo)
		}
		out[part] = kind
	}
	return out
}

// names tells that a route is about what its form names, or about a provider that
// is not there: its address holds no record.
func (w *world) names(route web.Route) bool {
	for _, kind := range w.kindsOf(route) {
		if kind != "provider" && kind != "token" {
			return false
		}
	}
	return strings.HasPrefix(route.Pattern, http.MethodPost)
}

// scoped tells that a right has a reach.
func scoped(p access.Permission) bool {
	for _, right := range access.Rights() {
		if right.Permission == p {
			return right.Scoped
		}
	}
	return false
}

// classes are the records that a route is asked about.
func (w *world) classes(route web.Route) []string {
	for _, kind := range w.kindsOf(route) {
		switch {
		case kind == "colleague" && scoped(route.Policy.Needs):
			return []string{own, mates, foreign} // what they did is theirs
		case kind == "colleague":
		case shows[kind] != "":
			return classes
		}
	}
	return []string{none}
}

// record is what a route is asked about: planted anew when the route changes it.
func (w *world) record(route web.Route, class, state string) record {
	w.t.Helper()
	rec := record{class: class, owner: w.owners[class], ids: map[string]string{}}
	for _, kind := range w.kindsOf(route) {
		switch id := w.other(kind); {
		case kind == "colleague" && class != none:
			rec.read, rec.ids[kind] = shows[kind], rec.owner
		case id != "":
			rec.ids[kind] = id
		case strings.HasPrefix(route.Pattern, http.MethodGet) || state != active:
			rec.read = shows[kind]
			rec.ids[kind] = w.base[class][kind]
		default:
			rec.read = shows[kind]
			if rec.ids["contact"] == "" {
				maps.Copy(rec.ids, w.plant(class))
			}
		}
	}
	return rec
}
