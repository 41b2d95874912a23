package browsertest

import (
	"testing"

	"stead/app/apptest"
	"stead/app/ids"
	"stead/store"
)

func TestFunnelIsReadAndItsRowsOpened(t *testing.T) {
	hands(t, func(t *testing.T, h *apptest.House, p hand) {
		deal := sold(t, h)
		d, err := h.Store().Deal(t.Context(), deal)
		if err != nil {
			t.Fatal(err)
		}
		pipelines, err := h.Store().Pipelines(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		h.Change("deal.won", deal, func(tx *store.Tx) error {
			for _, line := range pipelines {
				for _, st := range line.Stages {
					if line.ID == d.PipelineID && st.Kind == store.DealWon {
						_, err := tx.MoveDeal(t.Context(), store.DealMove{DealID: deal, StageID: st.ID, StayID: ids.New(), OutcomeID: ids.New(), At: h.Clock.Now().UnixMilli() + 7_200_000})
						return err
					}
				}
			}
			return nil
		})
		p.visit("/reports?pipeline=" + d.PipelineID)
		p.says(".bars", "1 came in, 1 went on (100%)")
		p.sound("funnel")
		p.use(`td[data-label="Went on"] a.figure`)
		p.says("h1", "Enquiry: went on")
		p.says("tbody", "Shop window")
		p.sound("report-rows")
		p.use(`.page-head a.btn`)
		p.see(".bars")
		p.use(`.tabs a[href^="/reports/results"]`)
		p.says("h1", "Won and lost")
		p.sound("results")
		p.use(`.tabs a[href^="/reports/response"]`)
		p.says("h1", "Response time")
		p.sound("response")
	})
}
