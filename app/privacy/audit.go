package privacy

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"

	"stead/app/access"
	"stead/app/acts"
	"stead/store"
)

// AuditQuery is what somebody asks of the audit log. It stands in an address,
// and so holds ids and codes alone: who did it by id or kind, what by group,
// about whom by the contact's id, the days of the business's own calendar.
type AuditQuery struct {
	Who, What, Person string
	From, To          string // days, such as 2026-11-18; both are held
}

const maxID = 64 // of what stands in an address

func auditQuery(v url.Values) AuditQuery {
	short := func(name string) string {
		if text := v.Get(name); len(text) <= maxID {
			return text
		}
		return ""
	}
	return AuditQuery{Who: short("who"), What: short("what"), Person: short("person"), From: short("from"), To: short("to")}
}

func auditQueryOf(r *http.Request) AuditQuery { return auditQuery(r.URL.Query()) }

// values are the query as an address or a form holds it.
func (q AuditQuery) values() url.Values {
	v := url.Values{}
	for name, text := range map[string]string{"who": q.Who, "what": q.What, "person": q.Person, "from": q.From, "to": q.To} {
		if text != "" {
			v.Set(name, text)
		}
	}
	return v
}

// path is the address of the list.
func (q AuditQuery) path() string {
	if v := q.values().Encode(); v != "" {
		return auditPath + "?" + v
	}
	return auditPath
}

const auditPath = "/privacy/audit"

// filter is the query as the store takes it. empty tells that nothing can fit:
// nobody of that kind has ever done anything.
func (s *Service) filter(ctx context.Context, q AuditQuery, zone *time.Location) (f store.AuditFilter, empty bool, err error) {
	f = store.AuditFilter{ContactID: q.Person, Actions: acts.In(q.What)}
	if at, ok := dayIn(q.From, zone); ok {
		f.From = at.UnixMilli()
	}
	if at, ok := dayIn(q.To, zone); ok {
		f.To = at.AddDate(0, 0, 1).UnixMilli()
	}
	if q.Who == "" {
		return f, false, nil
	}
	if !slices.ContainsFunc(acts.Kinds(), func(c acts.Choice) bool { return string(c.Kind) == q.Who }) {
		f.Actors = []string{q.Who}
		return f, false, nil
	}
	all, err := s.Store.AuditActors(ctx)
	for _, actor := range all {
		if string(acts.KindOf(actor)) == q.Who {
			f.Actors = append(f.Actors, actor)
		}
	}
	return f, len(f.Actors) == 0, err
}

// dayIn is the beginning of a day.
func dayIn(text string, zone *time.Location) (time.Time, bool) {
	at, err := time.ParseInLocation(time.DateOnly, text, zone)
	return at, err == nil && at.Year() > 2000 && at.Year() < 2200
}

const addressHidden = "not shown to this role"

// addressFor is a network address of the log as an actor is shown it: it is of
// anybody, so it takes the right to see everybody's personal data.
func addressFor(actor access.Actor, address string) string {
	if address == "" || access.Scope(actor, access.PersonalSee).All() {
		return address
	}
	return addressHidden
}

// Audit lists a page of the entries that a query holds, the latest first.
func (s *Service) Audit(ctx context.Context, actor access.Actor, q AuditQuery, page store.Page) ([]store.AuditRow, error) {
	if err := allow(actor, access.AuditRead); err != nil {
		return nil, err
	}
	show, err := s.shower(ctx)
	if err != nil {
		return nil, err
	}
	f, empty, err := s.filter(ctx, q, show.zone)
	if err != nil || empty {
		return nil, err
	}
	return s.Store.AuditList(ctx, f, page)
}
