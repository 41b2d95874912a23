package privacy

import (
	"context"

	"stead/app/access"
	"stead/store"
)

// VerifyAudit checks the whole chain of the audit.
func (s *Service) VerifyAudit(ctx context.Context, actor access.Actor) (store.AuditReport, error) {
	if err := allow(actor, access.AuditRead); err != nil {
		return store.AuditReport{}, err
	}
	return s.Store.VerifyAudit(ctx, func(c store.AuditCheckpoint) bool { return s.Vault.Verify(c.Message(), c.Signature) })
}

// Checkpoint signs the head of the chain, once a day while the vault is open:
// whoever cuts the end off is found out by it.
func (s *Service) Checkpoint(ctx context.Context) error {
	if s.Vault.Locked() {
		return nil
	}
	seq, hash, err := s.Store.AuditHead(ctx)
	if err != nil || seq == 0 {
		return err
	}
	c := store.AuditCheckpoint{Day: s.Now().UnixMilli() / day.Milliseconds(), Seq: seq, Hash: hash}
	signed, err := s.Store.AuditCheckpointOf(ctx, c.Day)
	if err != nil || signed {
		return err
	}
	if c.Signature, err = s.Vault.Sign(c.Message()); err != nil {
		return err
	}
	return s.Store.InTx(ctx, func(tx *store.Tx) error { return tx.InsertAuditCheckpoint(ctx, c) })
}
