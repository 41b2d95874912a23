package app

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"

	"stead/app/access"
	"stead/app/leads"
	"stead/store"
)

// demoMessages lets two messages of a marketplace come: one becomes a deal, the
// other one has to be mended.
func (a *App) demoMessages(ctx context.Context, owner string) error {
	hook, err := a.demoSource(ctx, store.LeadWebhook, "Bike market", owner)
	if err != nil {
		return err
	}
	secret, err := a.Leads.Secret(ctx, access.Operator(), hook.ID)
	if err != nil {
		return err
	}
	for _, body := range []string{
		`{"name": "Beatriz Nunes", "email": "beatriz@nunes.example", "phone": "+1 503 555 0116", "message": "Do you buy used e-bikes? Mine is three years old."}`,
		`{"name": "Walt Greene", "email": "walt at greene", "message": "Is the red tandem still there?"}`,
	} {
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write([]byte(body))
		if _, err := a.Leads.TakeHook(ctx, hook.Token, []byte(body), leads.Signed{Signature: hex.EncodeToString(mac.Sum(nil))}); err != nil {
			return err
		}
	}
	return nil
}

// demoSource is switched on, and what it brings is the owner's.
func (a *App) demoSource(ctx context.Context, kind, name, owner string) (store.LeadSource, error) {
	pipelines, err := a.Store.Pipelines(ctx)
	if err != nil {
		return store.LeadSource{}, err
	}
	id, _, err := a.Leads.Create(ctx, access.Operator(), kind, leads.Draft{Name: name, StageID: pipelines[0].Stages[0].ID}, rand.Text())
	if err != nil {
		return store.LeadSource{}, err
	}
	src, err := a.Store.LeadSource(ctx, id)
	if err != nil {
		return src, err
	}
	d := leads.DraftOf(src)
	d.Enabled, d.Assign, d.Members, d.PolicyURL = true, store.AssignOne, []string{owner}, "https://fernstreet.example/privacy"
	if _, err := a.Leads.Change(ctx, access.Operator(), id, src.Version, d); err != nil {
		return src, err
	}
	return a.Store.LeadSource(ctx, id)
}
