package browsertest

import (
	"context"
	"fmt"
	"net/url"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

	"stead/app/apptest"
	"stead/app/ids"
	"stead/store"
)

// stagesOf are the stages of the pipeline that journeys begin with.
var stagesOf = []store.Stage{
	{ID: "stage-new", Name: "New enquiry", Kind: store.DealOpen, Probability: 10, IdleDays: 7},
	{ID: "stage-visit", Name: "Visit booked", Kind: store.DealOpen, Probability: 30, IdleDays: 14},
	{ID: "stage-offer", Name: "Offer sent", Kind: store.DealOpen, Probability: 60, IdleDays: 10},
	{ID: "stage-agreed", Name: "Agreed", Kind: store.DealOpen, Probability: 90},
	{ID: "stage-won", Name: "Won", Kind: store.DealWon, Probability: 100},
	{ID: "stage-lost", Name: "Lost", Kind: store.DealLost},
}

var jobs = []string{
	"Roof repair after the storm", "New gutters", "Boiler exchange", "Solar on the barn", "Bathroom, second floor", "Leak in the cellar", "Heat pump for the school",
	"Insulation of the attic", "Skylights", "Chimney", "Repointing the north wall of the old brewery and its yard", "Garage door",
}

// pipeline gives the business a pipeline with so many deals, made through the store:
// some are late, some idle, some without a next step.
func pipeline(t testing.TB, h *apptest.House, deals int) {
	t.Helper()
	now := h.Clock.Now().UnixMilli()
	const day = int64(24 * time.Hour / time.Millisecond)
	people := []string{"Amara Okafor", "Lucía Marín", "Tomás Brandt", "Hospital Sant Pau"}
	write(t, h, func(ctx context.Context, tx *store.Tx) error {
		for i, name := range people {
			c := store.Contact{ID: fmt.Sprint("client-", i), Name: name, Source: "manual", CreatedAt: now, UpdatedAt: now, LastActivityAt: now}
			if err := tx.InsertContact(ctx, c, nil, nil); err != nil {
				return err
			}
		}
		return tx.InsertPipeline(ctx, store.Pipeline{ID: "sales", Name: "Sales", Currency: "EUR", CreatedAt: now, Stages: stagesOf})
	})
	users, err := h.Store().Users(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	write(t, h, func(ctx context.Context, tx *store.Tx) error {
		for i := range deals {
			age := int64(i%20) * day
			d := store.Deal{
				ID: fmt.Sprintf("deal-%05d", i), Title: jobs[i%len(jobs)], PipelineID: "sales", StageID: stagesOf[i*i%len(stagesOf)].ID, ContactID: fmt.Sprint("client-", i%len(people)),
				Amount: int64(i%37+1) * 31_500, Currency: "EUR", OwnerID: users[i%len(users)].ID, Source: "manual", CreatedAt: now - age, ClosesOn: (now/day + int64(i%90) - 10) * day,
			}
			if i%7 == 0 {
				d.ClosesOn = 0
			}
			if _, err := tx.InsertDeal(ctx, d, ids.New()); err != nil {
				return err
			}
			if i%3 == 0 {
				continue
			}
			task := store.Task{ID: fmt.Sprint("step-", i), DealID: d.ID, ContactID: d.ContactID, Title: "Call back", Kind: "todo", DueAt: now + int64(i%5-1)*day, CreatedAt: now, OwnerID: d.OwnerID}
			if err := tx.InsertTask(ctx, task); err != nil {
				return err
			}
		}
		return nil
	})
}

func write(t testing.TB, h *apptest.House, do func(context.Context, *store.Tx) error) {
	t.Helper()
	if err := h.Store().InTx(t.Context(), func(tx *store.Tx) error { return do(t.Context(), tx) }); err != nil {
		t.Fatal(err)
	}
}

// TestDealsLookRight looks at the deals in each way, in the light and in the dark.
func TestDealsLookRight(t *testing.T) {
	for _, s := range screens() {
		t.Run(s.Name, func(t *testing.T) {
			needChromium(t)
			h := apptest.Start(t, apptest.Options{})
			pipeline(t, h, 60)
			p := signIn(t, h, s)
			for name, address := range map[string]string{
				"board": "/deals?pipeline=sales", "deals": "/deals?pipeline=sales&show=list", "forecast": "/deals?pipeline=sales&show=forecast", "deals-filter": "/deals?pipeline=sales&show=list&add=stage", "deals-columns": "/deals?pipeline=sales&show=list&add=columns",
			} {
				p.visit(address)
				p.looksRight(name)
				p.looksRightInTheDark(name)
			}
		})
	}
}

// stands tells in which stage the board shows a deal.
func stands(deal, stage string) string {
	return `document.querySelector('#deal-` + deal + `')?.closest('.lane')?.dataset.lane === ` + quote(stage) + ` && !document.querySelector('[data-busy]')`
}

// stored waits until a deal is in a stage.
func stored(t *testing.T, h *apptest.House, deal, stage string) {
	t.Helper()
	h.Eventually("have moved the deal", func() bool {
		d, err := h.Store().Deal(t.Context(), deal)
		return err == nil && d.StageID == stage
	})
}

// TestACardIsDragged drags a card with the mouse, to an open stage and to a lost
// one, which asks why.
func TestACardIsDragged(t *testing.T) {
	needChromium(t)
	h := apptest.Start(t, apptest.Options{})
	pipeline(t, h, 12)
	p := signIn(t, h, desktop)
	p.visit("/deals?pipeline=sales")
	p.see(".board.sorts")
	p.drag("#deal-deal-00000", "#lane-stage-offer ol")
	p.waitFor("stand in its new lane", stands("deal-00000", "stage-offer"))
	stored(t, h, "deal-00000", "stage-offer")
	p.says("#board-said", "Moved to Offer sent.")
	p.says(".toast", "moved")
	p.see("#deal-deal-00000[data-version='2']") // it lies still from here
	p.drag("#deal-deal-00000", "#lane-stage-agreed ol")
	p.waitFor("stand in its new lane", stands("deal-00000", "stage-agreed"))
	stored(t, h, "deal-00000", "stage-agreed")
}

// drag takes an element by the mouse and drops it on another.
func (p *page) drag(from, onto string) {
	p.t.Helper()
	p.see(from)
	p.see(onto)
	type spot struct{ X, Y float64 }
	middle := func(css string) spot {
		return ask[spot](p, `(() => { const b = document.querySelector(`+quote(css)+`).getBoundingClientRect(); return {X: b.x + b.width / 2, Y: b.y + Math.min(b.height / 2, 40)}; })()`)
	}
	a, b := middle(from), middle(onto)
	mouse := func(kind input.DispatchMouseEventType, at spot) chromedp.Action[chromedp.Void] {
		return call(input.DispatchMouseEvent, input.DispatchMouseEventParams{Type: kind, X: at.X, Y: at.Y, Button: input.MouseButtonLeft, ClickCount: 1})
	}
	p.do("take "+from, mouse(input.DispatchMouseEventTypeMousePressed, a))
	for i := range 10 {
		share := float64(i+1) / 10
		p.do("drag it", mouse(input.DispatchMouseEventTypeMouseMoved, spot{a.X + (b.X-a.X)*share, a.Y + (b.Y-a.Y)*share}))
	}
	p.waitFor("be over the lane", `document.querySelector('.lane.over') !== null`)
	p.do("drop it", mouse(input.DispatchMouseEventTypeMouseReleased, b))
}

// TestDealsAreWorkedOnTheBoard moves a deal from its menu, loses another one with
// a reason, and keeps a filter.
func TestDealsAreWorkedOnTheBoard(t *testing.T) {
	hands(t, func(t *testing.T, h *apptest.House, p hand) {
		pipeline(t, h, 12)
		p.visit("/deals?pipeline=sales")
		p.sound("journey-board")
		p.moveTo("deal-00000", "stage-visit", "Visit booked")
		stored(t, h, "deal-00000", "stage-visit")
		p.visit("/deals?pipeline=sales")
		p.see("#lane-stage-visit #deal-deal-00000")
		p.moveTo("deal-00001", "stage-lost", "Lost")
		p.see("[name=reason]")
		p.sound("journey-lose")
		p.use("[name=reason]")
		p.use("form[action$='/move'] .btn.danger")
		p.see(".board") // the page that follows, before another is asked for
		stored(t, h, "deal-00001", "stage-lost")
		p.visit("/deals?pipeline=sales&show=list")
		p.use("[name=add][value=field]")
		p.pick("#add-field", "owner", "Ow")
		if p.scr.NoScripts {
			p.click(".filter-form form .btn")
		}
		p.see("#op")
		p.use("#value-0")
		p.use(".filter-form .btn.primary")
		p.says(".chip", "Owner")
		p.use(".view-menu > summary")
		p.write("#view-name", "Mine to win")
		p.use(".view-menu .btn.primary")
		p.says(".tabs [aria-current]", "Mine to win")
		p.sound("journey-deals-kept")
	})
}

// moveTo takes a deal to a stage from the menu of its card.
func (h hand) moveTo(deal, stage, name string) {
	h.t.Helper()
	menu := "#deal-" + deal + " .menu-btn"
	h.use(menu)
	if h.scr.NoScripts {
		h.click(".moves [value=" + stage + "]")
		if stage != "stage-lost" {
			h.see(".board") // the page that follows, before another is asked for
		}
		return
	}
	h.see("#move-menu:popover-open")
	h.use("#move-menu [data-to=" + stage + "]")
	if stage != "stage-lost" {
		h.says("#board-said", "Moved to "+name)
	}
}

// TestACardIsMovedByArrows moves a card by the keyboard alone, and back by the
// toast.
func TestACardIsMovedByArrows(t *testing.T) {
	needChromium(t)
	h := apptest.Start(t, apptest.Options{})
	pipeline(t, h, 12)
	p := signIn(t, h, desktop)
	p.visit("/deals?pipeline=sales")
	p.see(".board.sorts")
	p.ask(`(document.querySelector('#deal-deal-00000 .deal-link').focus(), true)`)
	p.press("]")
	p.waitFor("stand beside", stands("deal-00000", "stage-visit"))
	p.says("#board-said", "Moved to Visit booked.")
	stored(t, h, "deal-00000", "stage-visit")
	p.waitFor("keep the focus", `document.activeElement.closest('[data-deal]')?.dataset.deal === 'deal-00000'`)
	hand{p, true}.undo()
	stored(t, h, "deal-00000", "stage-new")
}

// TestTwoPeopleSeeEachOthersMoves has a colleague move a card that somebody
// looks at, and somebody move one whose stage was deleted meanwhile.
func TestTwoPeopleSeeEachOthersMoves(t *testing.T) {
	needChromium(t)
	h := apptest.Start(t, apptest.Options{})
	pipeline(t, h, 12)
	p := signIn(t, h, desktop)
	p.visit("/deals?pipeline=sales")
	p.see(".board.sorts")
	other := h.SignedIn()
	other.PostForm("/deals/deal-00000/move", url.Values{"stage": {"stage-agreed"}, "version": {"1"}})
	p.waitFor("see the card move", stands("deal-00000", "stage-agreed"))
	h.Change("stage.deleted", "stage-offer", func(tx *store.Tx) error { return tx.DeleteStage(t.Context(), "stage-offer", 1, 1) })
	p.expect("409")
	p.drag("#deal-deal-00000", "#lane-stage-offer ol")
	p.says(".toast", "deleted")
	p.waitFor("go back", `document.querySelector('#deal-deal-00000').closest('.lane').dataset.lane === 'stage-agreed'`)
}
