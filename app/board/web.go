package board

import (
	"hash/fnv"
	"io"
	"net/http"
	"strconv"
	"strings"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/web"
	"stead/store"
	view "stead/views/board"
)

// Routes registers the pages of the capability.
func (s *Service) Routes(rt *web.Router) {
	read := web.Policy{Needs: access.DealsRead}
	rt.Handle("GET /deals", read, s.show)
	rt.Handle("GET /board/lanes", read, s.freshLanes)
	rt.Handle("GET /board/lanes/{stage}", read, s.moreCards)
	rt.Handle("GET /board/moves/{id}", web.Policy{Needs: access.DealsWrite}, s.showMoves)
	rt.Handle("POST /board/views", read, s.refine)
	rt.Handle("POST /board/views/{view}", read, s.changeView)
	rt.Handle("POST /deals/export", web.Policy{Needs: access.DealsExport, Fresh: true}, s.export)
}

// show shows the deals as the address says.
func (s *Service) show(w http.ResponseWriter, r *http.Request) error {
	return s.render(w, r, http.StatusOK, placeOf(r), nil)
}

func (s *Service) render(w http.ResponseWriter, r *http.Request, status int, at place, problem error) error {
	var page view.Page
	var sh shower
	var err error
	switch at.show {
	case asList:
		sh, page, err = s.listPage(r, at)
	case asForecast:
		sh, page, err = s.forecastPage(r, at)
	default:
		sh, page, err = s.boardPage(r, at)
	}
	if err != nil {
		return err
	}
	if err := s.fillFilter(r, sh, &page, problem); err != nil {
		return err
	}
	return web.Render(w, r, status, web.View{Title: "Deals", Nav: "deals", Body: view.PageOf(page)})
}

func (s *Service) boardPage(r *http.Request, at place) (shower, view.Page, error) {
	actor := web.Actor(r)
	b, err := s.Board(r.Context(), actor, at, nil)
	if err != nil {
		return shower{}, view.Page{}, err
	}
	sh := s.shower(r.Context(), at, b.asked, b.People)
	page := sh.page()
	if b.Cut {
		page.Notes = append(page.Notes, "Time was up before all deals were looked at, so sums are left out. Narrow the filter down.")
	}
	page.Count = sh.count(b.sums(), b.Cut)
	page.Board = printed(sh.board(b))
	return sh, page, nil
}

// freshLanes sends the lanes that look otherwise than what the page has: have
// names each of them, how many cards of it there are, and how it looks.
func (s *Service) freshLanes(w http.ResponseWriter, r *http.Request) error {
	at, actor := placeOf(r), web.Actor(r)
	at.show = asBoard
	loaded, prints := map[string]int{}, map[string]string{}
	for _, have := range r.URL.Query()["have"] {
		if parts := strings.Split(have, ":"); len(parts) == 3 {
			n, _ := strconv.Atoi(parts[1]) // none is what cannot be read
			loaded[parts[0]], prints[parts[0]] = min(max(n, 0), store.MaxPage), parts[2]
		}
	}
	if !web.Partial(r) {
		web.SeeOther(w, r, at.path())
		return nil
	}
	b, err := s.Board(r.Context(), actor, at, loaded)
	if err != nil {
		return err
	}
	sh := s.shower(r.Context(), at, b.asked, b.People)
	now := printed(sh.board(b))
	lanes := now.Lanes[:0]
	for _, l := range now.Lanes {
		if l.Print != prints[l.ID] {
			lanes = append(lanes, l)
		}
	}
	return web.Render(w, r, http.StatusOK, web.View{Body: view.Fresh(lanes, now.Moves, sh.count(b.sums(), b.Cut))})
}

// moreCards sends further cards of a lane: what comes when it is scrolled.
func (s *Service) moreCards(w http.ResponseWriter, r *http.Request) error {
	at, actor := placeOf(r), web.Actor(r)
	at.show, at.lane = asBoard, r.PathValue("stage")
	if !web.Partial(r) {
		web.SeeOther(w, r, at.path())
		return nil
	}
	b, lane, err := s.Lane(r.Context(), actor, at, at.lane)
	if err != nil {
		return err
	}
	sh := s.shower(r.Context(), at, b.asked, b.People)
	return web.Render(w, r, http.StatusOK, web.View{Body: view.Cards(sh.lane(lane))})
}

// printed notes how each lane looks, so that only those are sent anew that look
// otherwise.
func printed(b *view.Board) *view.Board {
	for i := range b.Lanes {
		l := &b.Lanes[i]
		h := fnv.New64a()
		say := func(words ...string) {
			for _, word := range words {
				_, _ = io.WriteString(h, word) // never fails
				_, _ = h.Write([]byte{0})
			}
		}
		say(l.Name, l.Deals, l.Waits, l.More)
		for _, s := range l.Sums {
			say(s.Amount, s.Weighted)
		}
		for _, c := range l.Cards {
			say(c.ID, c.Version, c.Title, c.Person, c.Amount, c.Owner, c.Age, c.Next)
			for _, m := range c.Marks {
				say(m.Text)
			}
		}
		l.Print = strconv.FormatUint(h.Sum64(), 36)
	}
	return b
}

// fillFilter adds what the forms of the filter offer, for those that are open,
// and what its conditions are called.
func (s *Service) fillFilter(r *http.Request, sh shower, page *view.Page, problem error) error {
	ctx := r.Context()
	n := namer{shower: sh}
	if len(sh.question.Conditions) > 0 || sh.at.add != "" || problem != nil {
		var err error
		if n.fields, err = s.Store.Fields(ctx, "deal"); err != nil {
			return err
		}
		if n.tags, err = s.Store.Tags(ctx); err != nil {
			return err
		}
		if n.reasons, err = s.Store.Reasons(ctx); err != nil {
			return err
		}
	}
	n.chips(&page.Filter)
	switch {
	case sh.at.add == openColumns && sh.at.show == asList:
		page.Filter.Shown = n.columnChoices()
	case sh.at.add != "":
		n.adding(r, &page.Filter, problem)
	}
	return nil
}

// refine leads to the view that stands for what a form makes of a question.
func (s *Service) refine(w http.ResponseWriter, r *http.Request) error {
	at, actor := placeTyped(r), web.Actor(r)
	to, err := s.Refine(r.Context(), actor, at, r.PostForm)
	if errs.KindOf(err) == errs.Invalid {
		at.add = r.PostFormValue("field")
		return s.render(w, r, http.StatusUnprocessableEntity, at, err)
	}
	if err != nil {
		return err
	}
	web.SeeOther(w, r, to.path())
	return nil
}
