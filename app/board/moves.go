package board

import (
	"net/http"
	"strconv"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/web"
	"stead/store"
	view "stead/views/board"
)

// showMoves offers the stages to which a deal can be moved, as plain buttons:
// what the menu of a card is where no script runs. It leads back to the board
// that the address names.
func (s *Service) showMoves(w http.ResponseWriter, r *http.Request) error {
	ctx, actor, at := r.Context(), web.Actor(r), placeOf(r)
	d, err := s.Store.Deal(ctx, r.PathValue("id"))
	if err != nil {
		return err
	}
	of := access.Object{Owner: d.OwnerID}
	if err := access.Allow(actor, access.DealsRead, of); err != nil {
		return err
	}
	if err := access.Allow(actor, access.DealsWrite, of); err != nil {
		return err
	}
	if d.DeletedAt != 0 {
		return &errs.Error{Kind: errs.NotFound, Message: "This deal is in the bin."}
	}
	pipelines, err := s.Store.Pipelines(ctx)
	if err != nil {
		return err
	}
	sh := s.shower(ctx, at, asked{sight: sight{actor: actor}, pipelines: pipelines}, nil)
	page := view.Moves{Title: sh.title(&d), Action: "/deals/" + d.ID + "/move", Version: strconv.FormatInt(d.Version, 10), Back: at.path()}
	for _, p := range pipelines {
		if p.ID != d.PipelineID {
			continue
		}
		for _, v := range p.Stages {
			page.Stages = append(page.Stages, view.Lane{ID: v.ID, Name: v.Name, Kind: v.Kind, Closing: v.Kind != store.DealOpen, Here: v.ID == d.StageID})
		}
	}
	return web.Render(w, r, http.StatusOK, web.View{Title: "Move deal", Nav: "deals", Body: view.MovesPage(page)})
}
