package history

import (
	"encoding/json"
	"net/http"
	"strings"

	"stead/app/acts"
	"stead/app/web"
	"stead/store"
	view "stead/views/history"
)

// backTo are the pages that kinds of work were asked for on.
var backTo = map[string]string{
	"contacts": "/contacts", "companies": "/companies", "tags": "/settings/tags", "import": "/imports",
	"duplicates": "/contacts/duplicates", opUndo: "/history",
}

// problems say what the codes of failed work mean.
var problems = map[string]string{
	"not_here":   "Your own account was changed meanwhile, so the rest was not done.",
	"denied":     "Your role does not allow that any more, so the rest was not done.",
	"no_longer":  "You may not change all of this any more, so the rest was not done.",
	"too_old":    "That cannot be taken back any more: only 30 days are kept.",
	"taken_back": "That was taken back already.",
}

func (s *Service) showWork(w http.ResponseWriter, r *http.Request) error {
	op, err := s.Operation(r.Context(), web.Actor(r), r.PathValue("id"))
	if err != nil {
		return err
	}
	p := s.workPage(r, op)
	if web.Partial(r) {
		return web.Render(w, r, http.StatusOK, web.View{Title: p.Title, Nav: "contacts", Body: view.WorkNow(p)})
	}
	return web.Render(w, r, http.StatusOK, web.View{Title: p.Title, Nav: "contacts", Body: view.WorkPage(p)})
}

func (s *Service) workPage(r *http.Request, op store.Operation) view.Work {
	ctx, clock := r.Context(), s.clock(r)
	kind, _, _ := strings.Cut(op.Kind, ".")
	words, _ := acts.WorkOf(op.Kind)
	p := view.Work{
		ID: op.ID, Title: words.Name, State: op.State, Total: op.Total, Done: op.Done, Changed: op.Changed, Skipped: op.Skipped,
		Back: backTo[kind], Began: clock.When(ctx, op.CreatedAt), Running: !op.Ended(), Cancelled: op.State == store.OperationCancelled,
	}
	if op.FinishedAt != 0 {
		p.Ended = clock.When(ctx, op.FinishedAt)
	}
	if op.State == store.OperationFailed {
		p.Problem = problems[op.ErrorCode]
		if p.Problem == "" {
			p.Problem = "That went wrong on this server. What was done until then stays."
		}
	}
	if op.UndoID != "" && op.Ended() {
		if u, err := s.Store.Undo(ctx, op.UndoID); err == nil && u.UndoneAt == 0 && u.Rows > 0 {
			p.Undo = op.UndoID
		}
	}
	var result struct {
		Page string `json:"page"` // where what came of it is shown; one of ours
	}
	if json.Unmarshal([]byte(op.Result), &result) == nil && result.Page != "" {
		p.Back = web.SafeNext(result.Page, p.Back)
	}
	return p
}

func (s *Service) cancelWork(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	if err := s.Cancel(r.Context(), web.Actor(r), id); err != nil {
		return err
	}
	web.SeeOther(w, r, "/work/"+id)
	return nil
}
