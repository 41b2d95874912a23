package browsertest

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"testing"

	"stead/app/access"
	"stead/app/apptest"
	"stead/app/ids"
	"stead/app/leads"
	"stead/store"
)

// deals makes deals that stand in every stage, one with lines, one that was lost
// for a reason, what is sold, and where leads come from.
func (r records) deals(t *testing.T, h *apptest.House) {
	t.Helper()
	pipeline(t, h, 24)
	write(t, h, func(ctx context.Context, tx *store.Tx) error {
		return tx.SaveReason(ctx, store.Reason{ID: "dear", Kind: store.DealLost, Name: "Too expensive", CreatedAt: 1})
	})
	moveTo := func(id string, m store.DealMove) {
		t.Helper()
		m.DealID, m.StayID, m.OutcomeID, m.By, m.At = id, ids.New(), ids.New(), owner(t, h), h.Clock.Now().UnixMilli()
		write(t, h, func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.MoveDeal(ctx, m)
			return err
		})
	}
	moveTo("deal-00001", store.DealMove{StageID: "stage-lost", ReasonID: "dear", Note: "Their own roofer does it for half"})
	moveTo("deal-00003", store.DealMove{StageID: "stage-offer"})
	moveTo("deal-00006", store.DealMove{StageID: "stage-won"})
	lists(t, h, url.Values{"name": {"Safety glass"}, "code": {"SG"}, "unit": {"m²"}, "price": {"84.50"}, "currency": {"EUR"}, "tax": {"23"}})
	products, err := h.Store().Products(t.Context(), "", 1)
	if err != nil || len(products) == 0 {
		t.Fatal(err, len(products))
	}
	write(t, h, func(ctx context.Context, tx *store.Tx) error {
		return tx.SetDealLines(ctx, "deal-00000", 1, []store.DealLine{{ID: ids.New(), Name: "Safety glass", ProductID: products[0].ID, Unit: "m²", Quantity: 2500, Price: 8450, Tax: 2300, Net: 21125, CreatedAt: 1}}, 2)
	})
	for place, id := range map[string]string{
		"/deals/{id}": "deal-00000", "/board/moves/{id}": "deal-00000", "/board/lanes/{stage}": "stage-new", "/products/{id}": products[0].ID,
		"/settings/pipelines/{id}": "sales", "/settings/stages/{id}": "stage-offer",
		"/deals/{id}/notes/{note}": noted(t, h, store.Note{DealID: "deal-00000"}),
	} {
		r[place] = id
	}
	r["/deals/{id}/move?"] = "?stage=stage-lost"
	r.leads(t, h)
}

// leads makes a form that is on, a webhook, and a message of it that has to be
// mended.
func (r records) leads(t *testing.T, h *apptest.House) {
	t.Helper()
	form, hook := source(t, h, store.LeadForm, "Website"), source(t, h, store.LeadWebhook, "Bike market")
	secret, err := h.App.Leads.Secret(t.Context(), access.Owner(owner(t, h)), hook.ID)
	if err != nil {
		t.Fatal(err)
	}
	body := `{"name": "Walt Greene", "email": "walt at greene", "message": "Is the red tandem still there?"}`
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(body))
	taken, err := h.App.Leads.TakeHook(t.Context(), hook.Token, []byte(body), leads.Signed{Signature: hex.EncodeToString(mac.Sum(nil))})
	if err != nil {
		t.Fatal(err)
	}
	h.Eventually("find that the message must be mended", func() bool {
		l, err := h.Store().Lead(t.Context(), taken.Lead.ID)
		return err == nil && l.State == store.LeadFailed
	})
	r["/leads/{id}"], r["/settings/leads/{id}"], r["/settings/leads/new?"] = taken.Lead.ID, form.ID, "?kind=form"
	r["webhook"], r["form"] = hook.ID, form.Token
}

// source is a source of leads that is on.
func source(t *testing.T, h *apptest.House, kind, name string) store.LeadSource {
	t.Helper()
	ctx, me := t.Context(), access.Owner(owner(t, h))
	id, _, err := h.App.Leads.Create(ctx, me, kind, leads.Draft{Name: name, StageID: "stage-new"}, ids.New())
	if err != nil {
		t.Fatal(err)
	}
	src, err := h.Store().LeadSource(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	d := leads.DraftOf(src)
	d.Enabled, d.Posts, d.PolicyURL, d.Intro = true, true, "https://brightwater.example/privacy", "Tell us what is broken, and when we may come."
	if _, err := h.App.Leads.Change(ctx, me, id, src.Version, d); err != nil {
		t.Fatal(err)
	}
	if src, err = h.Store().LeadSource(ctx, id); err != nil {
		t.Fatal(err)
	}
	return src
}

// more are pages of deals that are more than their route: other ways to see it,
// other kinds of record, and what strangers see.
func (r records) more() []pageToSee {
	return []pageToSee{
		{"deals-list", "/deals?pipeline=sales&show=list"},
		{"deals-forecast", "/deals?pipeline=sales&show=forecast"},
		{"deals-refined", "/deals?pipeline=sales&show=list&add=stage"},
		{"deals-columns", "/deals?pipeline=sales&show=list&add=columns"},
		{"deal-lost", "/deals/deal-00001"},
		{"deal-won", "/deals/deal-00006"},
		{"deal-bare", "/deals/deal-00002"},
		{"leads-failed", "/leads?state=failed"},
		{"settings-webhook", "/settings/leads/" + r["webhook"]},
		{"settings-webhook-new", "/settings/leads/new?kind=webhook"},
		{"settings-calls-new", "/settings/leads/new?kind=call"},
		{"form", "/f/" + r["form"]},
		{"form-thanks", "/f/thanks/" + r["form"]},
		{"reports-days", "/reports?period=days&from=2020-01-01&to=2020-02-01"},
		{"reports-rows-flow", "/reports/rows?of=flow&pipeline=sales&stage=stage-new&period=all"},
		{"reports-rows-closed", "/reports/rows?of=closed&by=source&key=manual&status=lost&period=all"},
		{"reports-rows-replies", "/reports/rows?of=replies&key=all&period=all"},
		{"reports-rows-none", "/reports/rows?of=closed&by=source&key=demo&status=won"},
	}
}
