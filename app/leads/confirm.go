package leads

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"

	"stead/app/errs"
	"stead/store"
)

const confirmPath = "/f/confirm/"

var errConfirmed = &errs.Error{Kind: errs.NotFound, Code: "no_link", Message: "This link is not good any more. Fill in the form again if you still want to."}

func newToken() string {
	raw := make([]byte, 24)
	_, _ = rand.Read(raw) // never fails
	return base64.RawURLEncoding.EncodeToString(raw)
}

func tokenHash(token string) string {
	sum := sha256.Sum256([]byte("lead " + token))
	return hex.EncodeToString(sum[:])
}

// ConfirmLink makes the link by which a lead is confirmed, in the place of an
// earlier one, and returns its path: this once, for only a hash is kept. It is
// NotFound when nothing waits any more.
func (s *Service) ConfirmLink(ctx context.Context, leadID string) (path string, err error) {
	token, now := newToken(), s.Now().UnixMilli()
	err = s.Store.InTx(ctx, func(tx *store.Tx) error {
		l, err := tx.Lead(ctx, leadID)
		if errors.Is(err, store.ErrNotFound) || err == nil && !waits(l, now) {
			return errConfirmed
		}
		if err != nil {
			return err
		}
		l.TokenHash, l.UpdatedAt = tokenHash(token), now
		return tx.SaveLead(ctx, l)
	})
	return confirmPath + token, err
}

// Address is where the mail about a lead goes: NotFound when nothing waits any more.
func (s *Service) Address(ctx context.Context, leadID string) (string, error) {
	l, err := s.Store.Lead(ctx, leadID)
	if errors.Is(err, store.ErrNotFound) || err == nil && !waits(l, s.Now().UnixMilli()) {
		return "", errConfirmed
	}
	if err != nil {
		return "", err
	}
	src, err := s.Store.LeadSource(ctx, l.SourceID)
	if err != nil {
		return "", err
	}
	if to := addressOf(src, readAnswers(l.Answers)); to != "" {
		return to, nil
	}
	return "", errConfirmed
}

func waits(l store.LeadRow, now int64) bool {
	return l.State == store.LeadWaiting && l.ConfirmUntil >= now
}

// Waiting returns the form whose lead a link confirms, or NotFound.
func (s *Service) Waiting(ctx context.Context, token string) (store.LeadSource, error) {
	l, err := s.Store.LeadByToken(ctx, tokenHash(token))
	if errors.Is(err, store.ErrNotFound) || err == nil && !waits(l, s.Now().UnixMilli()) {
		return store.LeadSource{}, errConfirmed
	}
	if err != nil {
		return store.LeadSource{}, err
	}
	return s.Store.LeadSource(ctx, l.SourceID)
}

// Confirm has a deal made of the lead of a link; refuse: nothing is made of it, and
// nobody asks that address again.
func (s *Service) Confirm(ctx context.Context, token string, refuse bool) (store.LeadSource, error) {
	src, err := s.Waiting(ctx, token)
	if err != nil {
		return src, err
	}
	act, id := s.act(me, EventConfirmed, ""), ""
	err = s.Store.InTx(ctx, func(tx *store.Tx) error {
		l, err := tx.LeadByToken(ctx, tokenHash(token))
		if errors.Is(err, store.ErrNotFound) || err == nil && !waits(l, act.at) {
			return errConfirmed
		}
		if err != nil {
			return err
		}
		act := act
		id, act.subject = l.ID, l.ID
		l.State, l.ConfirmedAt, l.UpdatedAt = store.LeadReceived, act.at, act.at
		l.TokenHash, l.ConfirmUntil = "", 0
		if refuse {
			act.kind = EventDiscarded
			if err := s.refuse(ctx, tx, src, &l, act.at); err != nil {
				return err
			}
		}
		if err := tx.SaveLead(ctx, l); err != nil {
			return err
		}
		return tx.Record(ctx, act.event())
	})
	if err != nil || refuse {
		return src, err
	}
	if err := s.Process(context.WithoutCancel(ctx), id); err != nil {
		s.Log.WarnContext(ctx, "a lead waits to be dealt with", "err", err) // Resume goes on
	}
	return src, nil
}

// refuse keeps nothing of what somebody else wrote in a person's name.
func (s *Service) refuse(ctx context.Context, tx *store.Tx, src store.LeadSource, l *store.LeadRow, at int64) error {
	hash, err := s.Vault.TryHash("email", addressOf(src, readAnswers(l.Answers)))
	if err != nil {
		return errLater
	}
	l.State, l.Reason, l.SettledAt, l.ConfirmedAt, l.Answers = store.LeadDiscarded, reasonRefused, at, 0, writeAnswers(nil)
	fresh, err := tx.Suppress(ctx, "email", hash, "stop", at)
	if err != nil || !fresh {
		return err
	}
	return tx.LedgerNote(ctx, store.LedgerSuppress, hash, at)
}
