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
	d := s.deed(actor, EventUnlocked, "vault")
	return s.Store.InTx(ctx, func(tx *store.Tx) error { return d.note(ctx, tx) })
}
