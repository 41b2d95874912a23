package tasks

import (
	"context"
	"slices"
	"time"

	"stead/app/access"
	"stead/app/veil"
	"stead/store"
)

// The parts of the list, as they stand in its address.
const (
	Mine       = "mine"
	Team       = "team" // all that the actor may see
	Unassigned = "free"
	Done       = "done"
)

// perPage is how many tasks a page shows.
const perPage = 50

// Roll is a page of tasks.
type Roll struct {
	Rows   []Row
	Next   string // cursor; empty: that is all
	Now    time.Time
	Shared bool // there are others to share the work with
}

// Row is a task as an actor may see it.
type Row struct {
	store.TaskRow
	Owner   string // name of whose it is; empty: nobody's
	Card    bool   // the actor may open the contact
	Firm    bool   // the actor may open the company
	Sale    bool   // the actor may open the deal
	Mine    bool
	Overdue bool
}

// List returns a page of a part of the tasks within the actor's reach.
func (s *Service) List(ctx context.Context, actor access.Actor, which, after string) (Roll, error) {
	if err := access.Allow(actor, access.TasksWrite, access.Object{Owner: actor.ID}); err != nil {
		return Roll{}, err
	}
	now, err := s.now(ctx)
	if err != nil {
		return Roll{}, err
	}
	read, whose, page := s.Store.OpenTasks, access.Mine, store.Page{After: after, Limit: perPage + 1}
	switch which {
	case Team:
		whose = access.Whole
	case Unassigned:
		whose = access.Free
	case Done:
		read, whose = s.Store.DoneTasks, access.Whole
	}
	rows, err := read(ctx, access.Part(actor, access.TasksWrite, whose), page)
	if err != nil {
		return Roll{}, err
	}
	out := Roll{Now: now}
	if len(rows) > perPage {
		rows = rows[:perPage]
		if out.Next = rows[perPage-1].Cursor(); which == Done {
			out.Next = rows[perPage-1].DoneCursor()
		}
	}
	out.Rows, out.Shared, err = s.show(ctx, actor, rows, now)
	return out, err
}

// Due returns at most limit tasks of the actor's own that are due before the end
// of this day, the most urgent first, and how many there are.
func (s *Service) Due(ctx context.Context, actor access.Actor, limit int) ([]Row, int64, error) {
	now, err := s.now(ctx)
	if err != nil {
		return nil, 0, err
	}
	mine, end := access.Part(actor, access.TasksWrite, access.Mine), midnight(now).AddDate(0, 0, 1).UnixMilli()
	rows, err := s.Store.TasksDue(ctx, mine, end, store.Page{Limit: limit})
	if err != nil {
		return nil, 0, err
	}
	n := int64(len(rows))
	if len(rows) == limit {
		if n, err = s.Store.CountTasksDue(ctx, mine, end); err != nil {
			return nil, 0, err
		}
	}
	out, _, err := s.show(ctx, actor, rows, now)
	return out, n, err
}

// Of returns what is still to do for a contact or for a company, as far as it is
// within the actor's reach.
func (s *Service) Of(ctx context.Context, actor access.Actor, contactID, companyID string) ([]Row, time.Time, error) {
	on := store.Task{ContactID: contactID, CompanyID: companyID}
	tasks, err := s.open(ctx, on)
	if err != nil {
		return nil, time.Time{}, err
	}
	return s.of(ctx, actor, on, tasks)
}

// of is Of for what a task names, of which these are open.
func (s *Service) of(ctx context.Context, actor access.Actor, on store.Task, tasks []store.Task) ([]Row, time.Time, error) {
	now, err := s.now(ctx)
	if err != nil {
		return nil, now, err
	}
	tasks = slices.DeleteFunc(slices.Clone(tasks), func(t store.Task) bool { return !access.May(actor, access.TasksWrite, access.Object{Owner: t.OwnerID}) })
	known, err := s.others(ctx, tasks, on)
	if err != nil {
		return nil, now, err
	}
	rows := make([]store.TaskRow, 0, len(tasks))
	for _, t := range tasks {
		row := known[t.ID]
		row.Task = t
		rows = append(rows, row)
	}
	out, _, err := s.show(ctx, actor, rows, now)
	return out, now, err
}

// open lists what is still to do for what a task names: a deal before a contact
// before a company.
func (s *Service) open(ctx context.Context, on store.Task) ([]store.Task, error) {
	switch {
	case on.DealID != "":
		return s.Store.OpenTasksOfDeal(ctx, on.DealID)
	case on.ContactID != "":
		return s.Store.OpenTasksOf(ctx, on.ContactID)
	}
	return s.Store.OpenTasksOfCompany(ctx, on.CompanyID)
}

// others says what tasks are about beside that of which they were asked for.
func (s *Service) others(ctx context.Context, tasks []store.Task, on store.Task) (map[string]store.TaskRow, error) {
	var ids []string
	for _, t := range tasks {
		if t.ContactID != on.ContactID && t.ContactID != "" || t.CompanyID != on.CompanyID && t.CompanyID != "" || t.DealID != on.DealID && t.DealID != "" {
			ids = append(ids, t.ID)
		}
	}
	return s.Store.TaskRows(ctx, ids)
}

// Task returns one task as the actor may see it: errs.NotFound when it is out of
// reach or in the bin.
func (s *Service) Task(ctx context.Context, actor access.Actor, id string) (Row, time.Time, error) {
	now, err := s.now(ctx)
	if err != nil {
		return Row{}, now, err
	}
	if _, err := may(ctx, &s.Store.Reader, actor, id); err != nil {
		return Row{}, now, err
	}
	found, err := s.Store.TaskRows(ctx, []string{id})
	if err != nil {
		return Row{}, now, err
	}
	row, ok := found[id]
	if !ok {
		return Row{}, now, store.ErrNotFound
	}
	rows, _, err := s.show(ctx, actor, []store.TaskRow{row}, now)
	if err != nil {
		return Row{}, now, err
	}
	return rows[0], now, nil
}

// show takes out of tasks what the actor may not see.
func (s *Service) show(ctx context.Context, actor access.Actor, rows []store.TaskRow, now time.Time) ([]Row, bool, error) {
	users, err := s.Store.People(ctx)
	if err != nil {
		return nil, false, err
	}
	people := access.People(users)
	out := make([]Row, 0, len(rows))
	for _, row := range rows {
		r := Row{TaskRow: row, Owner: people.Name(row.OwnerID), Mine: row.OwnerID == actor.ID, Overdue: row.DoneAt == 0 && overdue(row.Task, now)}
		r.Card = row.ContactID != "" && access.May(actor, access.ContactsRead, access.Object{Owner: row.ContactOwner})
		r.Firm = row.CompanyID != "" && access.May(actor, access.ContactsRead, access.Object{Owner: row.CompanyOwner})
		r.Sale = row.DealNumber != 0 && access.May(actor, access.DealsRead, access.Object{Owner: row.DealOwner})
		if !r.Sale || !access.Sees(actor, row.DealOwner) {
			r.Deal = ""
		}
		if !r.Card {
			r.Name, r.Phone = "", ""
		}
		if !r.Firm {
			r.Company = ""
		}
		if !access.Sees(actor, row.OwnerID) {
			r.Phone = veil.Key(row.Phone)
			if row.CreatedBy != actor.ID {
				veil.Task(&r.Task)
			}
		}
		out = append(out, r)
	}
	return out, people.Several(), nil
}
