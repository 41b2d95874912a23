package bulk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"stead/app/access"
	"stead/app/errs"
	"stead/store"
)

// What can be changed of many at once. A field of the business's own is
// store.OwnKey and its id.
const (
	Tag       = "tag"
	Owner     = "owner"
	Company   = "company"
	Language  = "language"
	TimeZone  = "time_zone"
	About     = "about"
	Basis     = "basis"
	DoNotCall = "do_not_call"
	Minor     = "minor"
	Blocked   = "blocked"
	Bin       = "bin"
)

// Edit is one change of many contacts.
type Edit struct {
	What     string       `json:"what"`
	Off      bool         `json:"off,omitempty"`      // takes away: a tag, a value, a mark
	Value    string       `json:"value,omitempty"`    // id of the tag, user or company; code; words
	Evidence string       `json:"evidence,omitempty"` // of a lawful basis
	Field    string       `json:"field,omitempty"`    // id of a field of the business's own
	Own      *store.Value `json:"own,omitempty"`
	NewName  string       `json:"-"` // of a tag or a company that is to be made
}

// needs is the right that a change takes, on each contact.
func (e Edit) needs() access.Permission {
	switch e.What {
	case Owner:
		return access.ContactsAssign
	case Bin:
		return access.ContactsDelete
	}
	return access.ContactsWrite
}

// personal tells that a change takes seeing the contact's personal data.
func (e Edit) personal(field store.Field) bool {
	switch e.What {
	case Company, About:
		return true
	}
	return e.Field != "" && field.Personal
}

// searched tells that what contacts are found by changes with it.
func (e Edit) searched() bool { return e.What == Tag || e.What == Company }

// event is how each contact's story calls the change.
func (e Edit) event() string {
	switch {
	case e.What == Owner:
		return "contact.assigned"
	case e.What == Bin:
		return "contact.deleted"
	case e.What == Blocked && e.Off:
		return "contact.unblocked"
	case e.What == Blocked:
		return "contact.blocked"
	}
	return "contact.changed"
}

// act is what is recorded of a change of one.
func (e Edit) act(id, actorID, contactID string, at int64) store.Event {
	act := store.Event{ID: id, Kind: e.event(), Subject: contactID, ContactID: contactID, Actor: actorID, At: at}
	if e.What == Owner {
		act.Data = fmt.Sprintf(`{"to":%q}`, e.Value)
	}
	return act
}

// told is the one event of what was done to many.
func (e Edit) told(id, actorID, subject string, count, at int64) store.Event {
	kind, t := EventChanged, Told{What: e.What, Count: count}
	if e.What == Owner {
		kind, t.To = EventAssigned, e.Value
	}
	data, _ := json.Marshal(t) // texts and a number always can be
	return store.Event{ID: id, Kind: kind, Subject: subject, Actor: actorID, At: at, Data: string(data)}
}

// done is what an edit did to some.
type done struct {
	acts    []store.Event
	skipped int
}

// record writes into each contact's story and the audit what was done to it. Of
// one alone everybody hears as of any change. A company may make two people look
// like one, so each is looked at; of the rest the one event for all tells.
func (d done) record(ctx context.Context, tx *store.Tx, e Edit, alone bool) error {
	if !alone && e.What != Company {
		return tx.Relate(ctx, d.acts...)
	}
	for _, act := range d.acts {
		if err := tx.Record(ctx, act); err != nil {
			return err
		}
	}
	return nil
}

// fresh are the ids for what a change may make, made before its transaction.
type fresh struct{ id, event string }

// prepare makes the tag or the company that the change names, once for all: it
// goes again with the undo.
func (e Edit) prepare(ctx context.Context, tx *store.Tx, undo *store.Undoing, actor access.Actor, f fresh, now int64) (Edit, error) {
	name := e.NewName
	if e.NewName = ""; name == "" {
		return e, nil
	}
	var made bool
	var err error
	if e.What == Tag {
		if err := undo.Watch(ctx, "tags", "id", f.id); err != nil {
			return e, err
		}
		e.Value, err = tx.EnsureTag(ctx, store.Tag{ID: f.id, Name: name, CreatedAt: now})
		made = e.Value == f.id
	} else {
		if err := undo.WatchCompanies(ctx, f.id); err != nil {
			return e, err
		}
		c := store.Company{ID: f.id, Name: name, Source: "manual", CreatedBy: actor.ID, CreatedAt: now, UpdatedAt: now, LastActivityAt: now}
		e.Value, made, err = tx.EnsureCompany(ctx, c)
	}
	if err != nil || !made {
		return e, err
	}
	return e, tx.Record(ctx, store.Event{ID: f.event, Kind: e.What + ".created", Subject: f.id, Actor: actor.ID, At: now})
}

// change does the edit to those of ids of whom the actor may. undo is closed.
func (s *Service) change(ctx context.Context, tx *store.Tx, undo *store.Undoing, actor access.Actor, ids []string, e Edit, made []string, now int64) (d done, err error) {
	may, owners, err := s.within(ctx, tx, actor, ids, e)
	if err != nil {
		return d, err
	}
	d.skipped = len(ids) - len(may)
	if len(may) > 0 {
		if err := e.watch(ctx, undo, may); err != nil {
			return d, err
		}
	}
	changed, err := s.write(ctx, tx, actor, may, owners, e, now)
	if err != nil {
		return d, err
	}
	for i, id := range changed {
		d.acts = append(d.acts, e.act(made[i], actor.ID, id, now))
	}
	return d, undo.Close(ctx)
}

// within are those of the contacts to whom the actor may do it as of now, and
// whose they are. What is out of reach is skipped.
func (s *Service) within(ctx context.Context, tx *store.Tx, actor access.Actor, ids []string, e Edit) ([]string, map[string]string, error) {
	targets, err := tx.Targets(ctx, ids)
	if err != nil {
		return nil, nil, err
	}
	var field store.Field
	if e.Field != "" {
		if field, err = tx.Field(ctx, e.Field); err != nil || field.DeletedAt != 0 {
			return nil, nil, errors.Join(err, &errs.Error{Kind: errs.Invalid, Code: "field_gone", Message: "This field was deleted meanwhile."})
		}
	}
	if e.What == Owner && e.Value != "" {
		if err := access.MayHold(ctx, &tx.Reader, e.Value, access.ContactsRead); err != nil {
			return nil, nil, err
		}
	}
	var may []string
	owners := map[string]string{}
	for _, t := range targets {
		of := access.Object{Owner: t.OwnerID}
		switch {
		case !access.May(actor, access.ContactsRead, of), !access.May(actor, e.needs(), of):
		case e.personal(field) && !access.Sees(actor, t.OwnerID):
		case e.What == Owner && access.MayTake(actor, t.OwnerID, e.Value) != nil:
		default:
			may, owners[t.ID] = append(may, t.ID), t.OwnerID
		}
	}
	return may, owners, nil
}

// watch notes what the edit can touch, and no more.
func (e Edit) watch(ctx context.Context, undo *store.Undoing, ids []string) error {
	if e.What == Bin {
		return undo.WatchBin(ctx, ids...)
	}
	if err := undo.Watch(ctx, "contacts", "id", ids...); err != nil {
		return err
	}
	var more []string
	switch {
	case e.What == Tag:
		more = []string{"contact_tags"}
	case e.What == Company:
		more = []string{"contact_companies"}
	case e.What == Owner:
		more = []string{"conversations", "tasks"}
	case e.Field != "":
		more = []string{"contact_fields"}
	}
	for _, table := range more {
		if err := undo.Watch(ctx, table, "contact_id", ids...); err != nil {
			return err
		}
	}
	return nil
}

// write does the edit and lists those whom it changed.
func (s *Service) write(ctx context.Context, tx *store.Tx, actor access.Actor, ids []string, owners map[string]string, e Edit, now int64) ([]string, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	switch e.What {
	case Tag:
		return tx.TagAll(ctx, ids, e.Value, !e.Off, now)
	case Company:
		return tx.CompanyOfAll(ctx, ids, e.Value, now)
	case Language, TimeZone, About:
		return tx.SetWord(ctx, ids, e.What, e.Value, now)
	case Basis:
		return tx.SetBasis(ctx, ids, e.Value, e.Evidence, now)
	case DoNotCall, Minor, Blocked:
		return tx.SetMark(ctx, ids, e.What+"_at", !e.Off, now)
	case Bin:
		return ids, tx.BinContacts(ctx, ids, actor.ID, now)
	case Owner:
		return s.assign(ctx, tx, actor, ids, owners, e.Value, now)
	}
	if e.Field == "" {
		return nil, &errs.Error{Kind: errs.Invalid, Code: "what", Message: "Choose what to change."}
	}
	return tx.SetOwn(ctx, ids, e.Field, e.Own, now)
}

// assign gives contacts to somebody, and with each its conversation and open
// tasks where the actor may assign those.
func (s *Service) assign(ctx context.Context, tx *store.Tx, actor access.Actor, ids []string, owners map[string]string, to string, now int64) ([]string, error) {
	var done []string
	for _, id := range ids {
		from := owners[id]
		if from == to {
			continue
		}
		if err := tx.AssignContact(ctx, id, to, now); err != nil {
			return nil, err
		}
		if err := tx.HandOn(ctx, id, to, access.Along(actor, access.InboxAssign, from), access.Along(actor, access.TasksWrite, from)); err != nil {
			return nil, err
		}
		done = append(done, id)
	}
	return done, nil
}
