package app_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
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

// other is a fresh record of a kind that belongs to nobody in particular.
func (w *world) other(kind string) (id string) {
	w.t.Helper()
	ctx, id := w.t.Context(), ids.New()
	w.planted++
	name := fmt.Sprint("Made for the matrix ", w.planted)
	switch kind {
	case "colleague":
		return w.Hire(apptest.Colleague{Name: name, Role: w.weak(), Team: w.team}).ID
	case "role":
		w.Change("role.created", id, func(tx *store.Tx) error {
			return tx.InsertRole(ctx, store.Role{ID: id, Name: name, NameKey: name, Grants: "{}"})
		})
	case "team":
		w.Change("team.created", id, func(tx *store.Tx) error {
			return tx.InsertTeam(ctx, store.TeamGroup{ID: id, Name: name, NameKey: name})
		})
	case "pipeline", "stage":
		w.Change("pipeline.created", id, func(tx *store.Tx) error {
			return tx.InsertPipeline(ctx, store.Pipeline{ID: id, Name: name, Currency: "EUR", CreatedAt: 1, Stages: []store.Stage{{ID: id, Name: name, Kind: store.DealOpen}, {ID: ids.New(), Name: "Won", Kind: store.DealWon}}})
		})
	case "source":
		w.Change("lead.source_created", id, func(tx *store.Tx) error { return tx.InsertLeadSource(ctx, source(id, name)) })
	case "lead":
		w.Change("lead.failed", id, func(tx *store.Tx) error {
			_, _, err := tx.TakeLead(ctx, store.LeadRow{ID: id, SourceID: id, Kind: store.LeadWebhook, State: store.LeadFailed, BodyHash: id, Answers: asked(free), ReceivedAt: 1}, 0)
			return errors.Join(err, tx.InsertLeadSource(ctx, source(id, name)), tx.SetLeadFields(ctx, id, []store.LeadField{{ID: id, Kind: "line", Path: "phone", Target: "phone"}}))
		})
	case "reason":
		w.Change("reason.changed", id, func(tx *store.Tx) error {
			return tx.SaveReason(ctx, store.Reason{ID: id, Kind: store.DealLost, Name: name, CreatedAt: 1})
		})
	case "product":
		w.Change("product.created", id, func(tx *store.Tx) error {
			return tx.SaveProduct(ctx, store.Product{ID: id, Name: name, Currency: "EUR", CreatedAt: 1})
		})
	case "field":
		w.Change("field.created", id, func(tx *store.Tx) error {
			return tx.InsertField(ctx, store.Field{ID: id, Record: "contact", Name: name, Kind: "text"})
		})
	case "tag":
		w.Change("tag.created", id, func(tx *store.Tx) error { return tx.InsertTag(ctx, store.Tag{ID: id, Name: name}) })
	case "invitation":
		weak := w.weak()
		w.Change("user.invited", id, func(tx *store.Tx) error {
			now := w.Clock.Now()
			return tx.InsertInvitation(ctx, store.Invitation{
				ID: id, Name: name, Email: id + "@x.example", EmailKey: id + "@x.example", Role: weak, InvitedBy: w.me.ID,
				CreatedAt: now.UnixMilli(), ExpiresAt: now.AddDate(0, 0, 3).UnixMilli(),
			})
		})
	case "erasure":
		w.Change("erasure.finished", id, func(tx *store.Tx) error {
			return tx.InsertErasure(ctx, store.Erasure{ID: id, SubjectKey: "k" + id, State: "done", Plan: "{}", Receipt: "{}", CreatedAt: 1, FinishedAt: 2})
		})
	case "import":
		me := access.Owner(w.me.ID)
		me.Kind = access.Terminal // of which as many wait as are asked for
		i, err := w.App.Imports.Upload(ctx, me, "people.csv", strings.NewReader("Name,Email\nMade for the matrix,m@canary.example\n"))
		if err != nil {
			w.t.Fatal(err)
		}
		return i.ID
	case "mail":
		w.Change("mail.failed", id, func(tx *store.Tx) error {
			return tx.InsertMail(ctx, store.Mail{ID: id, Template: "welcome", Class: "account", UserID: w.me.ID, State: "failed", CreatedAt: 1, UpdatedAt: 1})
		})
	case "undo":
		w.Change("view.changed", id, func(tx *store.Tx) error {
			_, err := tx.Undoable(ctx, store.Undo{ID: id, Kind: "view.changed", Actor: w.me.ID, At: 1})
			return err
		})
	case "deal view":
		w.Change("view.saved", id, func(tx *store.Tx) error {
			return tx.InsertView(ctx, store.View{ID: id, Record: "deal", Name: name, OwnerID: w.me.ID, Query: `{"v":1,"record":"deal"}`, Hash: "h", CreatedAt: 1})
		})
	case "view":
		w.Change("view.saved", id, func(tx *store.Tx) error {
			return tx.InsertView(ctx, store.View{ID: id, Record: "contact", Name: name, OwnerID: w.me.ID, Query: `{"v":1,"record":"contact"}`, Hash: "h", CreatedAt: 1})
		})
	case "export":
		w.export(id, "export.list")
	case "archive":
		w.export(id, "export.archive")
	case "operation":
		w.Change("operation.begun", id, func(tx *store.Tx) error {
			return tx.InsertOperation(ctx, store.Operation{ID: id, Kind: "undo", Actor: w.me.ID, CreatedAt: 1})
		})
	case "binned contact", "binned company", "binned deal", "binned note", "binned task", "binned file", "binned field", "binned tag":
		w.Change("bin.filled", id, func(tx *store.Tx) error { return w.bin(tx, strings.TrimPrefix(kind, "binned "), id, name) })
	case "part": // of a contact, to be edited alone
		return "name"
	case "notification":
		w.Change("operation.done", id, func(tx *store.Tx) error {
			return tx.Notify(ctx, store.Notification{ID: id, UserID: w.me.ID, Kind: store.NoticeOperation, Subject: id, At: 1})
		})
	case "token", "callback", "provider": // there is none: what comes in by another road has its own tests
		return "x"
	default:
		return ""
	}
	return id
}

// bin puts something of mine into the bin.
func (w *world) bin(tx *store.Tx, kind, id, name string) error {
	ctx, owner := w.t.Context(), w.me.ID
	at := w.Clock.Now().UnixMilli() // an older one the sweep takes
	contact := store.Contact{ID: ids.New(), Name: name, Source: "manual", OwnerID: owner, CreatedAt: at, UpdatedAt: at, LastActivityAt: at}
	if kind == store.BinContact {
		contact.ID = id
	}
	if err := tx.InsertContact(ctx, contact, nil, nil); err != nil {
		return err
	}
	var err error
	switch kind {
	case store.BinContact:
		return tx.BinContacts(ctx, []string{id}, owner, at)
	case store.BinCompany:
		err = errors.Join(tx.InsertCompany(ctx, store.Company{ID: id, Name: name, OwnerID: owner, Source: "manual", CreatedAt: at, UpdatedAt: at, LastActivityAt: at}, nil),
			tx.BinCompany(ctx, id, owner, at))
	case store.BinDeal:
		d := store.Deal{ID: id, Title: name, PipelineID: "p-" + id, StageID: "p-" + id, Source: "manual", Currency: "EUR", ContactID: contact.ID, OwnerID: owner, CreatedAt: at}
		err = tx.InsertPipeline(ctx, store.Pipeline{ID: d.PipelineID, Name: name, Currency: "EUR", CreatedAt: at, Stages: []store.Stage{{ID: d.StageID, Name: name, Kind: store.DealOpen}}})
		if err == nil {
			_, err = tx.InsertDeal(ctx, d, ids.New())
		}
		err = errors.Join(err, tx.BinDeal(ctx, id, owner, at))
	case store.BinNote:
		err = tx.InsertNote(ctx, store.Note{ID: id, ContactID: contact.ID, Body: name, CreatedAt: at})
		if err == nil {
			_, err = tx.BinNote(ctx, id, at)
		}
	case store.BinTask:
		err = tx.InsertTask(ctx, store.Task{ID: id, ContactID: contact.ID, Kind: "todo", Title: name, OwnerID: owner, DueAt: at, CreatedAt: at})
		if err == nil {
			_, err = tx.BinTask(ctx, id, at)
		}
	case store.BinFile:
		err = errors.Join(tx.InsertFile(ctx, store.File{ID: id, Purpose: "attachment", ContactID: contact.ID, Name: name, SealedKey: []byte("k"), CreatedAt: at}), tx.BinFile(ctx, id, at))
	case store.BinField:
		f := store.Field{ID: id, Record: "contact", Name: name, Kind: "text", Version: 1, DeletedAt: at}
		err = errors.Join(tx.InsertField(ctx, f), tx.UpdateField(ctx, f))
	case store.BinTag:
		err = errors.Join(tx.InsertTag(ctx, store.Tag{ID: id, Name: name}), tx.BinTag(ctx, id, at))
	}
	return err
}

// weak is a fresh role that may next to nothing: whoever may act on colleagues at
// all may act on one who has it.
func (w *world) weak() string { return w.other("role") }

// plant makes a contact of a class with all that hangs on it, and returns the ids
// by kind.
func (w *world) plant(class string) map[string]string {
	w.t.Helper()
	w.planted++
	n, at, owner, word := w.planted, w.Clock.Now().UnixMilli(), w.owners[class], word(class)
	out := map[string]string{}
	for _, kind := range []string{"company", "other company", "contact", "conversation", "message", "failed message", "task", "note", "company note", "phone", "email", "file", "deal", "deal note"} {
		out[kind] = ids.New()
	}
	number := fmt.Sprintf("+1503%s01%02d", exchange(class), n%100)
	contact, talk, ctx := out["contact"], out["conversation"], w.t.Context()
	file := w.blob(store.File{ID: out["file"], Purpose: store.FileAttachment, ContactID: contact, Name: "note-" + word + ".txt", CreatedAt: at})
	w.Change("contact.created", contact, func(tx *store.Tx) error {
		do := []error{tx.InsertContact(ctx, store.Contact{
			ID: contact, Name: fmt.Sprintf("Zq%s Nr%d", word, n), Company: "Zq" + word + " Ltd", About: "about-" + word, Source: "manual", OwnerID: owner,
			CreatedAt: at, UpdatedAt: at, LastActivityAt: at,
		}, []store.Phone{{ID: out["phone"], Typed: number, E164: number, CreatedAt: at}},
			[]store.Email{{ID: out["email"], Typed: fmt.Sprintf("mail-%s%d@canary.example", word, n), CreatedAt: at}})}
		_, err := tx.EnsureConversation(ctx, contact, talk, at)
		do = append(do, err, tx.AssignConversation(ctx, talk, owner), tx.MoveConversation(ctx, talk, store.Move{At: at, Unread: 1, Waits: true}))
		message := store.Message{
			ContactID: contact, ConversationID: talk, Channel: "sms", Body: "said-" + word, Line: apptest.Line, Peer: number,
			Provider: "twilio", CreatedAt: at, UpdatedAt: at,
		}
		in, out2 := message, message
		in.ID, in.Direction, in.State, in.ProviderRef = out["message"], "in", store.MessageReceived, out["message"]
		out2.ID, out2.Direction, out2.State, out2.Class = out["failed message"], "out", store.MessageFailed, "reply"
		do = append(do, tx.InsertMessage(ctx, in), tx.InsertMessage(ctx, out2),
			w.firm(tx, out["company"], class, n), w.firm(tx, out["other company"], class, n+1000),
			tx.LinkCompany(ctx, store.ContactCompany{ContactID: contact, CompanyID: out["company"], Role: "about-" + word, CreatedAt: at}),
			tx.InsertFile(ctx, file), w.deal(ctx, tx, store.Deal{ID: out["deal"], Title: "about-" + word, ContactID: contact, CompanyID: out["company"], OwnerID: owner, CreatedAt: at}),
			tx.InsertNote(ctx, store.Note{ID: out["note"], ContactID: contact, ConversationID: talk, Body: "note-" + word, CreatedAt: at}),
			tx.InsertNote(ctx, store.Note{ID: out["company note"], CompanyID: out["company"], Body: "note-" + word, CreatedAt: at}),
			tx.InsertTask(ctx, store.Task{ID: out["task"], ContactID: contact, Kind: "call_back", OwnerID: owner, DueAt: at, CreatedAt: at}),
			tx.InsertNote(ctx, store.Note{ID: out["deal note"], DealID: out["deal"], ContactID: contact, Body: "note-" + word, CreatedAt: at}))
		for _, err := range do {
			if err != nil {
				return err
			}
		}
		return nil
	})
	return out
}

// deal makes a deal in the pipeline of the world.
func (w *world) deal(ctx context.Context, tx *store.Tx, d store.Deal) error {
	if w.pipeline == "" {
		w.pipeline = ids.New()
		err := tx.InsertPipeline(ctx, store.Pipeline{ID: w.pipeline, Name: "Of the world", Currency: "EUR", CreatedAt: 1, Stages: []store.Stage{
			{ID: w.pipeline, Name: "New", Kind: store.DealOpen, Probability: 10}, {ID: ids.New(), Name: "Won", Kind: store.DealWon}, {ID: ids.New(), Name: "Lost", Kind: store.DealLost},
		}})
		if err != nil {
			return err
		}
	}
	d.PipelineID, d.StageID, d.Currency, d.Amount, d.Source = w.pipeline, w.pipeline, "EUR", 7700, "manual"
	_, err := tx.InsertDeal(ctx, d, ids.New())
	return err
}

// source is where leads come from.
func source(id, name string) store.LeadSource {
	return store.LeadSource{ID: id, Kind: store.LeadWebhook, Name: name, Token: id, PipelineID: id, StageID: id, Assign: store.AssignNobody, TaskHours: 1, CreatedAt: 1}
}

// asked is what came in of somebody who is nobody's yet.
func asked(class string) string {
	words := personal(class)
	return fmt.Sprintf(`[{"key":"phone","value":%q},{"key":"text","value":%q}]`, words[4], words[0])
}

// firm makes a company of a class.
func (w *world) firm(tx *store.Tx, id, class string, n int) error {
	word, at := word(class), w.Clock.Now().UnixMilli()
	number := fmt.Sprintf("+1503%s01%02d", exchange(class), n%100)
	mail := fmt.Sprintf("mail-%s%d@canary.example", word, n)
	return tx.InsertCompany(w.t.Context(), store.Company{
		ID: id, Name: fmt.Sprintf("Zq%s Firm %d", word, n), About: "about-" + word, OwnerID: w.owners[class], Source: "manual",
		CreatedAt: at, UpdatedAt: at, LastActivityAt: at,
	}, []store.CompanyPoint{
		{ID: ids.New(), Kind: "phone", Typed: number, MatchKey: number, CreatedAt: at},
		{ID: ids.New(), Kind: "email", Typed: mail, MatchKey: mail, CreatedAt: at},
	})
}

// blob is a file with something in it.
func (w *world) blob(f store.File) store.File {
	w.t.Helper()
	f, err := w.App.Files.Blobs.Put(w.t.Context(), strings.NewReader("x"), f)
	if err != nil {
		w.t.Fatal(err)
	}
	return f
}

// export is one that somebody had made, with its file.
func (w *world) export(id, kind string) {
	w.t.Helper()
	ctx := w.t.Context()
	f := w.blob(store.File{ID: id, Purpose: store.FileExport, Name: "a.csv", CreatedAt: 1, ExpiresAt: w.Clock.Now().AddDate(1, 0, 0).UnixMilli()})
	w.Change("operation.done", id, func(tx *store.Tx) error {
		op := store.Operation{ID: id, Kind: kind, Actor: w.me.ID, CreatedAt: 1}
		if err := errors.Join(tx.InsertFile(ctx, f), tx.InsertOperation(ctx, op)); err != nil {
			return err
		}
		op.State, op.UpdatedAt, op.Result = store.OperationDone, 1, `{"file":"`+id+`"}`
		return tx.SaveOperation(ctx, op)
	})
}

// fill puts a record into the places of a route's address.
func (w *world) fill(route web.Route, rec record) (method, path string) {
	method, path, _ = strings.Cut(route.Pattern, " ")
	path = strings.TrimSuffix(path, "{$}")
	for place, kind := range w.kindsOf(route) {
		path = strings.ReplaceAll(path, place, rec.ids[kind])
	}
	return method, path
}

// sent are the forms that a route is sent, one after the other: enough that it
// looks for the record, and every way of searching.
func (w *world) sent(route web.Route, method string) (out []url.Values) {
	if method == http.MethodGet {
		return []url.Values{nil}
	}
	for _, typed := range forms[route.Pattern] {
		form := url.Values{}
		for name, value := range typed {
			form.Set(name, strings.NewReplacer("{me}", w.me.ID, "{stage}", w.pipeline).Replace(value))
		}
		out = append(out, form)
	}
	if out == nil {
		out = []url.Values{{}}
	}
	return out
}

type typed map[string]string

// forms are what is typed where an empty form would be refused before anybody
// looks whose record it is about, and where people are searched. What is
// searched for is typed in other signs than it is shown in, so that it is not
// found because it was typed.
var forms = map[string][]typed{
	"POST /products":                        {{"name": "Zq product", "currency": "EUR", "price": "5"}},
	"POST /products/{id}":                   {{"name": "Zq renamed", "currency": "EUR", "version": "1"}},
	"POST /deals/{id}/lines":                {{"item": "Zq thing", "act": "count"}, {"item": "Zq thing", "act": "save"}},
	"POST /deals/{id}/lines/totals":         {{"item": "Zq thing", "price": "5"}},
	"POST /reports/export":                  {{"form": "funnel"}, {"form": "results"}, {"form": "response"}},
	"POST /reports/rows/export":             {{"of": "flow", "stage": "zq"}, {"of": "closed"}, {"of": "replies", "key": "all", "period": "all"}},
	"POST /products/search":                 {{"q": "ZQ"}},
	"POST /products/find":                   {{"q": "ZQ", "currency": "EUR"}},
	"POST /settings/leads":                  {{"name": "Zq source", "kind": "form", "stage": "none"}},
	"POST /settings/leads/{id}":             {{"name": "Zq source", "assign": "nobody", "version": "1"}},
	"POST /settings/leads/{id}/test":        {{"sample": "{\"name\":\"Zq\"}"}},
	"POST /leads/{id}":                      {{"version": "1"}},
	"POST /leads/{id}/discard":              {{"version": "1"}},
	"POST /deals":                           {{"title": "Made"}},
	"POST /deals/bulk":                      {{"do": "owner", "all": "1"}, {"do": "tag", "new": "Zq tag", "all": "1", "apply": "yes"}},
	"POST /deals/people":                    {{"who": "zq"}, {"who": "zqstr"}, {"who": "503.623.0103"}},
	"POST /deals/companies":                 {{"firm": "zq"}, {"firm": "zqstr"}},
	"POST /deals/{id}":                      {{"title": "New title", "currency": "USD", "version": "1"}},
	"POST /deals/{id}/move":                 {{"stage": "{stage}"}},
	"POST /deals/{id}/owner":                {{"to": "{me}"}},
	"POST /deals/{id}/people":               {{"contact": "none"}},
	"POST /deals/{id}/people/{contact}":     {{"role": "Buys"}},
	"POST /deals/{id}/notes":                {{"body": "Noted"}},
	"POST /deals/{id}/notes/{note}":         {{"body": "Noted again", "version": "1"}},
	"POST /deals/{id}/notes/{note}/pin":     {{"pinned": "yes"}},
	"POST /settings/pipelines":              {{"name": "Zq pipeline", "currency": "EUR", "template": "sales"}},
	"POST /settings/pipelines/{id}":         {{"name": "Zq renamed", "currency": "EUR", "version": "1"}},
	"POST /settings/pipelines/{id}/stages":  {{"name": "Zq stage", "kind": "open", "probability": "5"}},
	"POST /settings/stages/{id}":            {{"name": "Zq stage", "kind": "open", "probability": "5", "version": "1"}},
	"POST /settings/reasons":                {{"kind": "lost", "reason": "Zq reason"}},
	"POST /settings/reasons/{id}":           {{"kind": "lost", "reason": "Zq other"}},
	"POST /contacts/export":                 {{"form": "csv"}, {"form": "vcard"}},
	"POST /companies/export":                {{"form": "csv"}},
	"POST /deals/export":                    {{"form": "csv"}},
	"POST /board/views":                     {{"do": "add", "field": "title", "op": "has", "value": "zq"}},
	"POST /imports/{id}/columns":            {{"column1": "name", "column2": "email", "country": "US", "header": "on", "delimiter": ",", "go": "on"}},
	"POST /imports/{id}/rules":              {{"basis": "contract", "mode": "add", "match": "both"}},
	"POST /contacts/{id}":                   {{"name": "New name", "version": "1"}},
	"POST /contacts/{id}/notes":             {{"body": "Noted"}},
	"POST /contacts/{id}/parts/{part}":      {{"name": "New name", "seen-name": "what it was"}},
	"POST /contacts/{id}/tags":              {{"add": "New tag"}},
	"POST /contacts/{id}/notes/{note}":      {{"body": "Noted again", "version": "1"}},
	"POST /contacts/{id}/notes/{note}/pin":  {{"pinned": "yes"}},
	"POST /search":                          {{"q": "zq"}, {"q": "zqstr"}, {"q": "503.623.0103"}, {"q": "zqstr", "kind": "person"}, {"q": "zqstr", "kind": "message"}},
	"POST /contacts/duplicates/merge":       {{"pair": "none other"}},
	"POST /contacts/merge":                  {{"kept": "none", "gone": "other"}},
	"POST /contacts/merge/picked":           {{"id": "none"}},
	"POST /contacts/new":                    {{"quick": "Zqstr"}, {"quick": "503.623.0102"}},
	"POST /contacts/{id}/owner":             {{"to": "{me}"}},
	"POST /companies":                       {{"name": "Zqstr"}, {"name": "Zqstrangér Firm 3"}},
	"POST /companies/search":                {{"q": "zq"}, {"q": "zqstr"}, {"q": "zqfre"}},
	"POST /companies/matches":               {{"name": "Zqstr"}, {"name": "Zqstrangér Firm 3"}},
	"POST /companies/{id}":                  {{"name": "New name", "version": "1"}},
	"POST /companies/{id}/notes":            {{"body": "Noted"}},
	"POST /companies/{id}/notes/{note}":     {{"body": "Noted again", "version": "1"}},
	"POST /companies/{id}/notes/{note}/pin": {{"pinned": "yes"}},
	"POST /companies/{id}/owner":            {{"to": "{me}"}},
	"POST /companies/{id}/people":           {{"contact": "none"}},
	"POST /companies/{id}/candidates":       {{"q": "zqstr"}, {"q": "503.623.0103"}},
	"POST /companies/{id}/merge":            {{"q": "zq"}, {"q": "zqstr"}},
	"POST /inbox/{id}/messages":             {{"body": "Hello", "key": "0193b000-0000-7000-8000-00000000000f"}},
	"POST /inbox/{id}/owner":                {{"to": "{me}"}},
	"POST /tasks/{id}":                      {{"title": "New title", "date": "2026-12-01", "owner": "{me}", "version": "1"}},
	"POST /tasks":                           {{"title": "To do", "date": "2026-12-01", "owner": "{me}"}},
	"POST /tasks/quick":                     {{"line": "To do tomorrow"}},
	"POST /tasks/{id}/snooze":               {{"until": "tomorrow"}},
	"POST /contacts/matches": {
		{"name": "Zq"},
		{"name": "Zqstr"},
		{"name": "Zqfre"},
		{"phone1": "503.623.0102"},
		{"phone1": "503.624.0104"},
		{"email1": "MAIL-Stranger3@CANARY.example"},
	},
	"POST /contacts":             {{"name": "Zqstr"}, {"name": "Made", "phone1": "503.623.0103"}},
	"POST /privacy/people":       {{"q": "zq"}, {"q": "zqstr"}, {"q": "503.623.0103"}, {"q": "0103"}},
	"POST /privacy/audit/people": {{"q": "zq"}, {"q": "zqstr"}, {"q": "503.623.0103"}},
}

// queries are the ways in which a page is asked: a list is searched, too.
func (w *world) queries(route web.Route) []string {
	switch {
	case route.Pattern == "GET /tasks":
		return []string{"", "?which=team", "?which=free", "?which=done"}
	case route.Pattern == "GET /deals":
		return []string{"", "?show=list&status=all", "?show=forecast", "?show=list&add=field", "?who=" + w.stranger.ID}
	case route.Pattern == "GET /contacts":
		return []string{"", "?q=zq", "?q=zqstr&who=" + w.stranger.ID, "?who=" + w.stranger.ID, "?sort=activity"}
	case strings.HasPrefix(route.Pattern, "GET /inbox"):
		return []string{"", "?view=all", "?view=done", "?who=" + w.stranger.ID, "?who=" + w.mate.ID}
	}
	return []string{""}
}
