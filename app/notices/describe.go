package notices

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"strconv"
	"strings"

	"stead/app/access"
	"stead/app/acts"
	"stead/app/veil"
	"stead/store"
)

// describe says what notifications are about, as far as the reader may see it.
func (s *Service) describe(ctx context.Context, actor access.Actor, rows []store.Notification) ([]Notice, error) {
	about := map[string][]string{}
	for _, n := range rows {
		about[n.Kind] = append(about[n.Kind], n.Subject)
	}
	tasks, err := s.Store.TaskRows(ctx, append(about[store.NoticeTaskDue], about[store.NoticeTaskAssigned]...))
	if err != nil {
		return nil, err
	}
	notes, err := s.Store.NotesByID(ctx, about[store.NoticeMention])
	if err != nil {
		return nil, err
	}
	works, err := s.Store.OperationsByID(ctx, about[store.NoticeOperation])
	if err != nil {
		return nil, err
	}
	users, err := s.Store.People(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]Notice, 0, len(rows))
	for _, row := range rows {
		n := Notice{Notification: row}
		switch row.Kind {
		case store.NoticeTaskDue, store.NoticeTaskAssigned:
			s.task(actor, tasks[row.Subject], &n)
		case store.NoticeMention:
			err = s.note(ctx, actor, notes[row.Subject], users, &n)
		case store.NoticeContactAssigned:
			err = s.contact(ctx, actor, row.Subject, &n)
		case store.NoticeLead, store.NoticeDealAssigned:
			err = s.deal(ctx, actor, row.Subject, &n)
		case store.NoticeLeadFailed:
			err = s.lead(ctx, actor, row.Subject, &n)
		case store.NoticeManyAssigned:
			n.Path = "/contacts"
			err = s.many(ctx, row.Subject, &n)
		case store.NoticeDealsAssigned:
			n.Path = "/deals?show=list&who=" + access.Mine
			err = s.many(ctx, row.Subject, &n)
		case store.NoticeOperation:
			ended(actor, works[row.Subject], &n)
		}
		if err != nil {
			return nil, err
		}
		out = append(out, n)
	}
	return out, nil
}

func (s *Service) task(actor access.Actor, t store.TaskRow, n *Notice) {
	if t.ID == "" || !access.May(actor, access.TasksWrite, access.Object{Owner: t.OwnerID}) {
		return
	}
	n.Path = "/tasks/" + url.PathEscape(t.ID)
	if !access.Sees(actor, t.OwnerID) && t.CreatedBy != actor.ID {
		veil.Task(&t.Task)
	}
	n.Title = t.Title
	if t.ContactID != "" && access.May(actor, access.ContactsRead, access.Object{Owner: t.ContactOwner}) {
		n.Who = t.Name
	}
	if n.Who == "" && access.May(actor, access.DealsRead, access.Object{Owner: t.DealOwner}) && access.Sees(actor, t.DealOwner) {
		n.Who = brief(t.Deal)
	}
}

// ended says what became of work that the reader asked for, as long as it is kept.
func ended(actor access.Actor, op store.Operation, n *Notice) {
	if op.Actor != actor.ID || !op.Ended() {
		return
	}
	words, _ := acts.WorkOf(op.Kind)
	n.Path = words.At + url.PathEscape(op.ID)
	n.Work = &Work{Work: words, State: op.State, Changed: int(op.Changed), Skipped: int(op.Skipped)}
}

func (s *Service) note(ctx context.Context, actor access.Actor, note store.Note, users access.People, n *Notice) error {
	if note.ID == "" {
		return nil
	}
	n.By = users.Name(note.Author)
	if note.DealID != "" {
		d, err := s.Store.Deal(ctx, note.DealID)
		if errors.Is(err, store.ErrNotFound) || err == nil && (d.DeletedAt != 0 || !access.May(actor, access.DealsRead, access.Object{Owner: d.OwnerID})) {
			return nil
		}
		if n.Path = "/deals/" + url.PathEscape(d.ID) + "#notes"; access.Sees(actor, d.OwnerID) {
			n.Who, n.Title = d.Title, brief(note.Body)
		}
		return err
	}
	if note.CompanyID != "" && note.ContactID == "" {
		c, err := s.Store.Company(ctx, note.CompanyID)
		if errors.Is(err, store.ErrNotFound) || err == nil && (c.DeletedAt != 0 || !access.May(actor, access.ContactsRead, access.Object{Owner: c.OwnerID})) {
			return nil
		}
		if n.Who, n.Path = c.Name, "/companies/"+url.PathEscape(c.ID)+"#notes"; access.Sees(actor, c.OwnerID) {
			n.Title = brief(note.Body)
		}
		return err
	}
	if err := s.contact(ctx, actor, note.ContactID, n); err != nil || n.Path == "" {
		return err
	}
	n.Path += "#activity"
	c, err := s.Store.Contact(ctx, note.ContactID)
	if err != nil || !access.Sees(actor, c.OwnerID) {
		return err
	}
	n.Title = brief(note.Body)
	return nil
}

func (s *Service) contact(ctx context.Context, actor access.Actor, id string, n *Notice) error {
	c, err := s.Store.Contact(ctx, id)
	if errors.Is(err, store.ErrNotFound) || err == nil && (c.DeletedAt != 0 || !access.May(actor, access.ContactsRead, access.Object{Owner: c.OwnerID})) {
		return nil
	}
	n.Who, n.Path = c.Name, "/contacts/"+url.PathEscape(id)
	return err
}

// deal says of which deal a notice tells.
func (s *Service) deal(ctx context.Context, actor access.Actor, id string, n *Notice) error {
	d, err := s.Store.Deal(ctx, id)
	if errors.Is(err, store.ErrNotFound) || err == nil && (d.DeletedAt != 0 || !access.May(actor, access.DealsRead, access.Object{Owner: d.OwnerID})) {
		return nil
	}
	if err != nil {
		return err
	}
	n.Path, n.Title = "/deals/"+url.PathEscape(id), "#"+strconv.FormatInt(d.Number, 10)
	if d.Title != "" && access.Sees(actor, d.OwnerID) {
		n.Title = brief(d.Title)
	}
	c, err := s.Store.Contact(ctx, d.ContactID)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if c.DeletedAt == 0 && access.May(actor, access.ContactsRead, access.Object{Owner: c.OwnerID}) {
		n.Who = c.Name
	}
	return err
}

// lead tells that a lead is there to be mended.
func (s *Service) lead(ctx context.Context, actor access.Actor, id string, n *Notice) error {
	_, err := s.Store.Lead(ctx, id)
	if errors.Is(err, store.ErrNotFound) || !actor.Has(access.LeadsRead) {
		return nil
	}
	n.Path = "/leads/" + url.PathEscape(id)
	return err
}

// many says how many contacts an event gave to its reader.
func (s *Service) many(ctx context.Context, eventID string, n *Notice) error {
	e, err := s.Store.Event(ctx, eventID)
	if errors.Is(err, store.ErrNotFound) {
		n.Path = ""
		return nil
	}
	var data struct {
		Count int `json:"count"`
	}
	if err == nil {
		err = json.Unmarshal([]byte(e.Data), &data)
	}
	n.Count = data.Count
	return err
}

// brief is the beginning of a text, on one line.
func brief(text string) string {
	line := []rune(strings.Join(strings.Fields(text), " "))
	if len(line) > 120 {
		return string(line[:119]) + "…"
	}
	return string(line)
}
