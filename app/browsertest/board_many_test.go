package browsertest

import (
	"testing"

	"github.com/chromedp/cdproto/input"

	"stead/app/apptest"
)

// TestSeveralDealsAreMovedAtOnce ticks two deals of the list, moves them, and takes
// that back in one piece.
func TestSeveralDealsAreMovedAtOnce(t *testing.T) {
	hands(t, func(t *testing.T, h *apptest.House, p hand) {
		pipeline(t, h, 12)
		p.visit("/deals?pipeline=sales&show=list")
		p.use("tbody [name=id][value=deal-00000]")
		p.use("tbody [name=id][value=deal-00006]")
		p.sound("journey-deals-picked")
		p.use(".bulkbar [value=stage]")
		p.says("main", "2 deals are chosen.")
		p.sound("journey-deals-many")
		p.pick("#value", "stage-visit", "Sales: V")
		p.use("main form .btn.primary")
		p.see("#deal-list")
		p.says(".toast", "2 deals")
		stored(t, h, "deal-00000", "stage-visit")
		stored(t, h, "deal-00006", "stage-visit")
		p.undo()
		stored(t, h, "deal-00000", "stage-new")
		stored(t, h, "deal-00006", "stage-new")
	})
}

// TestACardIsDraggedByAFinger holds a card, as a finger does that does not mean to
// scroll, and takes it to the lane beside.
func TestACardIsDraggedByAFinger(t *testing.T) {
	needChromium(t)
	h := apptest.Start(t, apptest.Options{})
	pipeline(t, h, 12)
	p := signIn(t, h, desktop)
	p.visit("/deals?pipeline=sales")
	p.see(".board.sorts")
	type spot struct{ X, Y float64 }
	middle := func(css string) spot {
		return ask[spot](p, `(() => { const b = document.querySelector(`+quote(css)+`).getBoundingClientRect(); return {X: b.x + b.width / 2, Y: b.y + Math.min(b.height / 2, 40)}; })()`)
	}
	touch := func(what string, kind input.DispatchTouchEventType, at ...spot) {
		points := []*input.TouchPoint{}
		for _, a := range at {
			points = append(points, &input.TouchPoint{X: a.X, Y: a.Y})
		}
		p.do(what, call(input.DispatchTouchEvent, input.DispatchTouchEventParams{Type: kind, TouchPoints: points}))
	}
	from, to := middle("#deal-deal-00000"), middle("#lane-stage-visit ol")
	touch("put the finger on it", input.DispatchTouchEventTypeTouchStart, from)
	p.waitFor("have hold of it", `document.querySelector('#deal-deal-00000').closest('.sortable-chosen') !== null`)
	for i := range 10 {
		share := float64(i+1) / 10
		touch("drag it", input.DispatchTouchEventTypeTouchMove, spot{from.X + (to.X-from.X)*share, from.Y + (to.Y-from.Y)*share})
	}
	p.waitFor("be over the lane", `document.querySelector('.lane.over') !== null`)
	touch("let go", input.DispatchTouchEventTypeTouchEnd)
	p.waitFor("stand in its new lane", stands("deal-00000", "stage-visit"))
	stored(t, h, "deal-00000", "stage-visit")
}
