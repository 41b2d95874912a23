package notices

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"stead/app/access"
	"stead/app/web"
	"stead/store"
	view "stead/views/notices"
	"stead/views/ui"
)

// Routes registers the pages of the capability.
func (s *Service) Routes(rt *web.Router) {
	own := web.Policy{Self: "each sees what is for themselves"}
	rt.Handle("GET /notifications", own, s.show)
	rt.Handle("POST /notifications/read", own, s.readAll)
	rt.Handle("POST /notifications/{id}", own, s.open)
}

func (s *Service) show(w http.ResponseWriter, r *http.Request) error {
	ctx, actor := r.Context(), web.Actor(r)
	list, next, err := s.List(ctx, actor, r.URL.Query().Get("after"))
	if err != nil {
		return err
	}
	zone := time.UTC
	if b, err := s.Store.Business(ctx); err == nil {
		zone = b.Location()
	}
	p := view.Page{}
	clock := ui.NewClock(s.Now(), zone)
	for _, n := range list {
		row := Show(ctx, clock, n)
		p.Fresh = p.Fresh || row.Fresh
		p.Rows = append(p.Rows, row)
	}
	if len(list) > 0 {
		p.UpTo = strconv.FormatInt(list[0].At, 10)
	}
	if next != "" {
		p.Next = "/notifications?after=" + next
	}
	return web.Render(w, r, http.StatusOK, web.View{Title: "Notifications", Nav: "notifications", Body: view.List(p)})
}

// Show turns a notice into a line of a list.
func Show(ctx context.Context, clock ui.Clock, n Notice) view.Row {
	return view.Row{
		Action: "/notifications/" + n.ID, Icon: icons[n.Kind], Text: sentence(ctx, n), Quote: quote(ctx, n), When: clock.When(ctx, n.At),
		Fresh: n.ReadAt == 0, Leads: n.Path != "",
	}
}

var icons = map[string]string{
	store.NoticeTaskDue: "clock", store.NoticeTaskAssigned: "list-checks", store.NoticeMention: "sticky-note",
	store.NoticeOperation: "check-check", store.NoticeContactAssigned: "user", store.NoticeManyAssigned: "user",
	store.NoticeDealAssigned: "square-kanban", store.NoticeDealsAssigned: "square-kanban", store.NoticeLead: "inbox", store.NoticeLeadFailed: "triangle-alert",
}

// sentence says in words what there is to see.
func sentence(ctx context.Context, n Notice) string {
	t := ui.Words(ctx)
	switch {
	case n.Work != nil:
		return ui.Say(ctx, ends[n.Work.State], t(n.Work.Name))
	case n.Kind == store.NoticeOperation:
		return t("Work that you asked for has ended")
	case n.Path == "":
		return t("Something that is no longer here, or not for you to see any more")
	case n.Kind == store.NoticeTaskDue && n.Who != "":
		return ui.Say(ctx, "A task is due, for %s", n.Who)
	case n.Kind == store.NoticeTaskDue:
		return t("A task is due")
	case n.Kind == store.NoticeTaskAssigned:
		return t("A task was given to you")
	case n.Kind == store.NoticeMention && n.By != "" && n.Who != "":
		return ui.Say(ctx, "%s mentioned you in a note on %s", n.By, n.Who)
	case n.Kind == store.NoticeMention:
		return t("You were mentioned in a note")
	case n.Kind == store.NoticeLead && n.Who != "":
		return ui.Say(ctx, "A deal with %s came in for you", n.Who)
	case n.Kind == store.NoticeLead:
		return t("A deal came in for you")
	case n.Kind == store.NoticeDealAssigned && n.Who != "":
		return ui.Say(ctx, "A deal with %s is yours to look after now", n.Who)
	case n.Kind == store.NoticeDealAssigned:
		return t("A deal is yours to look after now")
	case n.Kind == store.NoticeLeadFailed:
		return t("A lead failed: somebody has to mend it")
	case n.Kind == store.NoticeManyAssigned:
		return ui.Many(ctx, n.Count, "%s contact is yours to look after now", "%s contacts are yours to look after now")
	case n.Kind == store.NoticeDealsAssigned:
		return ui.Many(ctx, n.Count, "%s deal is yours to look after now", "%s deals are yours to look after now")
	case n.Who != "":
		return ui.Say(ctx, "%s is yours to look after now", n.Who)
	}
	return t("A contact is yours to look after now")
}

// ends say how work ended; each holds one %s for what it was.
var ends = map[string]string{
	store.OperationDone: "%s: done", store.OperationFailed: "%s: it went wrong before the end", store.OperationCancelled: "%s: stopped",
}

// made counts what came of work.
func made(ctx context.Context, w *Work) string {
	var parts []string
	if w.Changed > 0 {
		parts = append(parts, ui.Many(ctx, w.Changed, w.One, w.Many))
	}
	if w.Skipped > 0 {
		parts = append(parts, ui.Many(ctx, w.Skipped, "%s left out", "%s left out"))
	}
	return strings.Join(parts, ", ")
}

func quote(ctx context.Context, n Notice) string {
	if n.Work != nil {
		return made(ctx, n.Work)
	}
	if n.Title == "" && n.Path != "" && (n.Kind == store.NoticeTaskDue || n.Kind == store.NoticeTaskAssigned) {
		return ui.Words(ctx)("Call back")
	}
	return n.Title
}

func (s *Service) open(w http.ResponseWriter, r *http.Request) error {
	path, err := s.Open(r.Context(), web.Actor(r), r.PathValue("id"))
	if err != nil {
		return err
	}
	if path == "" {
		path = "/notifications"
	}
	web.SeeOther(w, r, path)
	return nil
}

func (s *Service) readAll(w http.ResponseWriter, r *http.Request) error {
	upTo, err := strconv.ParseInt(r.PostFormValue("up_to"), 10, 64)
	if err != nil {
		upTo = s.Now().UnixMilli()
	}
	if err := s.ReadAll(r.Context(), web.Actor(r), upTo); err != nil {
		return err
	}
	web.SeeOther(w, r, "/notifications")
	return nil
}

// Fresh is what the actor has not seen of some kinds, as lines of a list.
func (s *Service) Fresh(ctx context.Context, actor access.Actor, clock ui.Clock, limit int, kinds ...string) (ui.Component, int, error) {
	list, err := s.Unread(ctx, actor, limit, kinds...)
	if err != nil {
		return nil, 0, err
	}
	var rows []view.Row
	for _, n := range list {
		rows = append(rows, Show(ctx, clock, n))
	}
	return view.Rows(rows), len(rows), nil
}
