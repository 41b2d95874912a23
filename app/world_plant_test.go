package app_test

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"stead/app/access"
	"stead/app/apptest"
	"stead/app/ids"
	"stead/store"
)

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
