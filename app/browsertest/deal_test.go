package browsertest

import (
	"context"
	"strings"
	"testing"
	"time"

	"stead/app/apptest"
	"stead/store"
)

// missed is somebody who called, reached nobody and waits for a call.
func missed(t *testing.T, h *apptest.House) {
	t.Helper()
	pipeline(t, h, 0)
	now := h.Clock.Now().UnixMilli()
	write(t, h, func(ctx context.Context, tx *store.Tx) error {
		c := store.Contact{ID: "caller", Name: "Nadia Benali", Source: "call", CreatedAt: now, UpdatedAt: now, LastActivityAt: now}
		if err := tx.InsertContact(ctx, c, []store.Phone{{ID: "p-caller", Typed: "+15035550177", E164: "+15035550177", CreatedAt: now}}, nil); err != nil {
			return err
		}
		if _, err := tx.EnsureConversation(ctx, "caller", "v-caller", now); err != nil {
			return err
		}
		if err := tx.SaveReason(ctx, store.Reason{ID: "dear", Kind: store.DealLost, Name: "Too expensive", CreatedAt: now}); err != nil {
			return err
		}
		return tx.InsertTask(ctx, store.Task{ID: "ring", ContactID: "caller", Kind: store.TaskCallBack, DueAt: now, CreatedAt: now})
	})
}

// A missed call becomes a deal in two clicks and a save; the call to return is its
// next step.
func TestTheFirstDealFromACall(t *testing.T) {
	t.Parallel()
	hands(t, func(t *testing.T, h *apptest.House, p hand) {
		missed(t, h)
		p.visit("/")
		p.use(`a[aria-label^="New deal with"]`)
		p.see("#deal-form")
		p.sound("new-deal")
		p.write("#amount", "1,250.50")
		p.use("#deal-form > .row .btn.primary")
		p.see(".stages [aria-current=step]")
		p.says("h1", "Nadia Benali")
		p.says("#deal", "1,250.50")
		p.says("#deal", "Call back")
		p.says(".toast", "The deal was created.")
		p.sound("deal")
		p.visit("/contacts/caller")
		p.says("#deals", "1,250.50")
		p.sound("deals-on-a-card")
		p.visit("/inbox/v-caller")
		p.use(`a[href^="/deals/new?conversation="]`)
		p.see("#deal-form")
		p.says("#picks-contact", "Nadia Benali")
	})
}

// Who called and has no name yet is named by the form of their first deal.
func TestACallerIsNamedWithTheFirstDeal(t *testing.T) {
	t.Parallel()
	hands(t, func(t *testing.T, h *apptest.House, p hand) {
		missed(t, h)
		write(t, h, func(ctx context.Context, tx *store.Tx) error {
			card, err := tx.Card(ctx, "caller")
			if err != nil {
				return err
			}
			card.Name = ""
			return tx.SaveCard(ctx, card)
		})
		p.visit("/deals/new?source=call&contact=caller")
		p.see("#caller")
		p.says("#picks-contact", "(503) 555-0177")
		p.sound("new-deal-of-a-caller")
		p.write("#caller", "Nadia Benali")
		p.write("#title", "Two phones")
		p.use("#deal-form > .row .btn.primary")
		p.see(".stages [aria-current=step]")
		p.says("h1", "Two phones")
		p.says(".crumbs", "Two phones")
		p.says("#people", "Nadia Benali")
	})
}

// A deal goes on, is lost with a reason that is asked for, and is open again where
// it was.
func TestADealIsLostAndReopened(t *testing.T) {
	t.Parallel()
	hands(t, func(t *testing.T, h *apptest.House, p hand) {
		missed(t, h)
		yesterday := h.Clock.Now().Add(-24 * time.Hour).UnixMilli()
		write(t, h, func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.InsertDeal(ctx, store.Deal{
				ID: "one", Title: "Roof", PipelineID: "sales", StageID: "stage-new", ContactID: "caller", Currency: "EUR", Amount: 99_00, Source: "manual", CreatedAt: yesterday,
			}, "stay-one")
			return err
		})
		p.visit("/deals/one")
		p.use(`.stages button[value="stage-offer"]`)
		p.says(".stages [aria-current=step]", "Offer sent")
		p.use(`.page-head a[href$="stage=stage-lost"]`)
		p.see("#move")
		p.write("#note", "Their own roofer.")
		p.sound("lose")
		p.use("#move input[name=reason]")
		p.use("#move .btn.danger")
		p.says(".page-head .badge", "Lost")
		p.says("#deal", "Too expensive")
		p.sound("lost")
		p.use(`form[action$="/reopening"] button`)
		p.says(".page-head .badge", "Open")
		p.says(".stages [aria-current=step]", "Offer sent")
		p.says("#history", "Their own roofer.")
		p.undo()
		p.says(".page-head .badge", "Lost")
		if !strings.HasPrefix(p.at(), "/deals/one") {
			t.Errorf("stands at %s", p.at())
		}
	})
}
