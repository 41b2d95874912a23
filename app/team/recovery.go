package team

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"strings"

	"stead/store"
)

const (
	spareCodes = 10
	spareBytes = 10 // 80 bits: nobody guesses one
)

var spareText = base32.StdEncoding.WithPadding(base32.NoPadding)

// newSpares makes recovery codes: as they are shown once, and as they are kept.
func newSpares(userID string) (shown, hashes []string) {
	for range spareCodes {
		b := make([]byte, spareBytes)
		_, _ = rand.Read(b) // never fails
		code := spareText.EncodeToString(b)
		shown = append(shown, strings.Join([]string{code[:4], code[4:8], code[8:12], code[12:]}, "-"))
		hashes = append(hashes, spareHash(userID, code))
	}
	return shown, hashes
}

// spareHash is what is kept of a recovery code; "" for what cannot be one. The
// alphabet has no 0, 1 and 8: who reads them off paper means O, I and B.
func spareHash(userID, code string) string {
	code = strings.NewReplacer("0", "O", "1", "I", "8", "B").Replace(strings.ToUpper(code))
	if b, err := spareText.DecodeString(code); err != nil || len(b) != spareBytes {
		return ""
	}
	return tokenHash("recovery|" + userID + "|" + code)
}

// RenewRecovery replaces the recovery codes of a person, who proves their
// second factor with a code or one of the old codes. The new ones are returned
// once and kept as hashes. errs.Invalid when the code is not right.
func (s *Service) RenewRecovery(ctx context.Context, u store.User, typed string) ([]string, error) {
	if err := s.proveFactor(ctx, u, typed); err != nil {
		return nil, err
	}
	shown, hashes := newSpares(u.ID)
	at, id := s.Now().UnixMilli(), s.NewID()
	return shown, s.Store.InTx(ctx, func(tx *store.Tx) error {
		if err := tx.ReplaceRecoveryCodes(ctx, u.ID, hashes, at); err != nil {
			return err
		}
		return tell(ctx, tx, id, EventRecoveryRenewed, u.ID, at)
	})
}
