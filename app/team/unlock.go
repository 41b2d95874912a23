package team

import (
	"context"

	"stead/app/access"
	"stead/store"
)

// Unlock opens the vault with its key file. It works while nobody can send.
func (s *Service) Unlock(ctx context.Context, actor access.Actor) error {
	if err := access.Allow(actor, access.SettingsWrite, access.Object{}); err != nil {
		return err
	}
	if err := s.Vault.Unlock(ctx, s.KeyFile); err != nil {
		return err
	}
	now, id := s.Now().UnixMilli(), s.NewID()
	return s.Store.InTx(ctx, func(tx *store.Tx) error {
		if err := tx.Emit(ctx, store.Event{ID: id, Kind: EventUnlocked, Subject: "vault", Actor: actor.ID, At: now}); err != nil {
			return err
		}
		return tx.Audit(ctx, store.AuditEntry{Action: EventUnlocked, Actor: actor.ID, Object: "vault", At: now})
	})
}
