package deals

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/web"
	"stead/store"
	view "stead/views/deals"
)

// LineRoutes registers the pages on which the lines of a deal are changed.
func (s *Service) LineRoutes(rt *web.Router) {
	write := web.Policy{Needs: access.DealsWrite}
	rt.Handle("GET /deals/{id}/lines", write, s.showLines)
	rt.Handle("POST /deals/{id}/lines", write, s.postLines)
	rt.Handle("POST /deals/{id}/lines/totals", write, s.totalLines)
}

func (s *Service) editLines(r *http.Request) (Lines, error) {
	ctx, actor, id := r.Context(), web.Actor(r), r.PathValue("id")
	if _, err := mayEdit(ctx, &s.Store.Reader, actor, id); err != nil {
		return Lines{}, err
	}
	return s.Lines(ctx, actor, id)
}

func (s *Service) showLines(w http.ResponseWriter, r *http.Request) error {
	all, err := s.editLines(r)
	if err != nil {
		return err
	}
	drafts := draftsOf(all.Rows, all.Deal.Currency, all.How)
	for i, d := range drafts {
		drafts[i].Name = cmp.Or(d.Name, erasedWords(r.Context()))
	}
	return s.renderLines(w, r, http.StatusOK, all, all.Seen, drafts, more{})
}

// more is what a page of lines says besides what was typed.
type more struct {
	problems map[string]string
	theirs   []LineDraft // what somebody else saved meanwhile
	conflict bool
	focus    string // the cell or button to go on with
}

func (s *Service) renderLines(w http.ResponseWriter, r *http.Request, status int, all Lines, saw string, drafts []LineDraft, m more) error {
	grid := gridOf(r.Context(), all, saw, drafts, m)
	offered, err := s.Store.Products(r.Context(), "", namesOffered)
	if err != nil {
		return err
	}
	for _, p := range offered {
		grid.Products = append(grid.Products, p.Name)
	}
	body := view.LinesPage(grid)
	if web.Partial(r) {
		body = view.Lines(grid)
	}
	return web.Render(w, r, status, web.View{Title: grid.Title, Nav: "deals", Body: body})
}

// namesOffered is how many products a page without scripts offers by name.
const namesOffered = 50

// lineDrafts are the lines of a form: each input stands there once for each of them.
func lineDrafts(r *http.Request) []LineDraft {
	at := func(name string, i int) string {
		if all := r.PostForm[name]; i < len(all) {
			return all[i]
		}
		return ""
	}
	n := min(len(r.PostForm["item"]), maxLines+1)
	out := make([]LineDraft, n)
	for i := range out {
		out[i] = LineDraft{
			ProductID: at("product", i), Name: at("item", i), Quantity: at("quantity", i), Unit: at("unit", i),
			Price: at("price", i), Discount: at("discount", i), Tax: at("tax", i),
		}
	}
	return out
}

// postLines saves the lines, or does to what was typed what a button says: a row
// more, one up, one down, one away, all of it counted anew.
func (s *Service) postLines(w http.ResponseWriter, r *http.Request) error {
	all, err := s.editLines(r)
	if err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return &errs.Error{Kind: errs.Invalid, Message: "This form could not be read. Try again.", Err: err}
	}
	drafts := lineDrafts(r)
	for i, d := range drafts {
		if drafts[i], err = s.complete(r.Context(), d, all.Deal.Currency, all.How); err != nil {
			return err
		}
	}
	if act := r.PostForm.Get("act"); act != "save" {
		drafts, focus := rearranged(drafts, act)
		_, problems := readLines(drafts, all.Deal.Currency, all.How)
		return s.renderLines(w, r, http.StatusOK, all, r.PostForm.Get("seen"), drafts, more{problems: problems, focus: focus})
	}
	return s.saveLines(w, r, all, drafts)
}

func (s *Service) saveLines(w http.ResponseWriter, r *http.Request, all Lines, drafts []LineDraft) error {
	saved, err := s.SetLines(r.Context(), web.Actor(r), all.Deal.ID, r.PostForm.Get("seen"), drafts)
	switch {
	case errs.KindOf(err) == errs.Invalid:
		return s.renderLines(w, r, http.StatusUnprocessableEntity, all, r.PostForm.Get("seen"), drafts, more{problems: errs.Fields(err)})
	case errs.CodeOf(err) == CodeChanged:
		return s.renderLines(w, r, http.StatusConflict, all, all.Seen, drafts, more{conflict: true, theirs: draftsOf(all.Rows, all.Deal.Currency, all.How)})
	case err != nil:
		return err
	}
	return s.Say.Done(w, r, dealPath(all.Deal.ID), "The lines were saved.", saved.Undo)
}

// rearranged does what a button says to the lines, and tells which cell or button
// is gone on with.
func rearranged(drafts []LineDraft, act string) (_ []LineDraft, focus string) {
	what, place, _ := strings.Cut(act, "-")
	at, err := strconv.Atoi(place)
	switch {
	case what == "add" && len(drafts) > 0 && drafts[len(drafts)-1].blank():
		return drafts, Cell(len(drafts)-1, "item")
	case what == "add":
		return append(drafts, LineDraft{}), Cell(len(drafts), "item")
	case err != nil || at < 0 || at >= len(drafts):
		return drafts, ""
	case what == "drop":
		return slices.Delete(drafts, at, at+1), Cell(max(at-1, 0), "item")
	case what == "up" && at > 0:
		drafts[at-1], drafts[at] = drafts[at], drafts[at-1]
		return drafts, Cell(at-1, "up")
	case what == "down" && at < len(drafts)-1:
		drafts[at+1], drafts[at] = drafts[at], drafts[at+1]
		return drafts, Cell(at+1, "down")
	}
	return drafts, ""
}

// totalLines says what the lines come to while they are typed.
func (s *Service) totalLines(w http.ResponseWriter, r *http.Request) error {
	all, err := s.editLines(r)
	if err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return &errs.Error{Kind: errs.Invalid, Message: "This form could not be read. Try again.", Err: err}
	}
	drafts := lineDrafts(r)
	_, problems := readLines(drafts, all.Deal.Currency, all.How)
	grid := gridOf(r.Context(), all, "", drafts, more{problems: problems})
	return web.Render(w, r, http.StatusOK, web.View{Title: grid.Title, Nav: "deals", Body: view.LiveTotals(grid)})
}

// dealName is what a deal is called.
func dealName(d store.Deal) string {
	if d.Title != "" {
		return d.Title
	}
	return "#" + strconv.FormatInt(d.Number, 10)
}
