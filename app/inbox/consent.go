package inbox

import (
	"context"
	"errors"
	"slices"

	"stead/store"
)

// optOut is a person's word on being texted, with its evidence.
type optOut struct {
	contactID, conversationID string
	matchKey                  string // the number that it came from
	source                    string // keyword, provider
	evidence                  string // id of the message
	actor                     string // who of the business, if somebody pressed a button
	at                        int64
}

// withdraw stops all texts to a person: to every number that they have, since
// it is a person who asks and not a telephone.
func (s *Service) withdraw(ctx context.Context, tx *store.Tx, o optOut) error {
	reason := "stop"
	if o.source == "provider" {
		reason = "provider"
	}
	given, err := tx.LastWord(ctx, o.contactID, channel, "given")
	if err != nil {
		return err
	}
	if o.at < given { // it arrived late, and the person has thought better of it
		return s.prove(ctx, tx, o, "withdrawn")
	}
	hashes, err := s.hashes(ctx, &tx.Reader, o.contactID, o.matchKey)
	if err != nil {
		return err
	}
	for _, hash := range hashes {
		fresh, err := tx.Suppress(ctx, channel, hash, reason, o.at)
		if err != nil {
			return err
		}
		if !fresh {
			continue
		}
		if err := tx.LedgerNote(ctx, store.LedgerSuppress, hash, o.at); err != nil {
			return err
		}
	}
	return s.consent(ctx, tx, o, "withdrawn", EventOptedOut)
}

// give takes the opt-out of a person back, unless it is newer than this.
func (s *Service) give(ctx context.Context, tx *store.Tx, o optOut) error {
	hashes, err := s.hashes(ctx, &tx.Reader, o.contactID, o.matchKey)
	if err != nil {
		return err
	}
	withdrawn, err := s.withdrawnAt(ctx, &tx.Reader, o.contactID, hashes)
	if err != nil {
		return err
	}
	if withdrawn > 0 && o.at <= withdrawn {
		return s.prove(ctx, tx, o, "given")
	}
	for _, hash := range hashes {
		was, err := tx.Unsuppress(ctx, channel, hash)
		if err != nil {
			return err
		}
		if !was {
			continue
		}
		if err := tx.LedgerNote(ctx, store.LedgerUnsuppress, hash, o.at); err != nil {
			return err
		}
	}
	return s.consent(ctx, tx, o, "given", EventOptedIn)
}

// withdrawnAt is when the person asked for silence last. An opt-out outlives
// the record of how it came about, and the other way round.
func (s *Service) withdrawnAt(ctx context.Context, r *store.Reader, contactID string, hashes []string) (int64, error) {
	suppressed, err := r.SuppressedAt(ctx, channel, hashes)
	if err != nil {
		return 0, err
	}
	said, err := r.LastWord(ctx, contactID, channel, "withdrawn")
	return max(suppressed, said), err
}

// consent records a word that changed something.
func (s *Service) consent(ctx context.Context, tx *store.Tx, o optOut, act, event string) error {
	if err := s.prove(ctx, tx, o, act); err != nil {
		return err
	}
	return s.record(ctx, tx, change{kind: event, subject: o.evidence, contact: o.contactID, where: o.conversationID, actor: o.actor, at: o.at})
}

// prove keeps the evidence of a word.
func (s *Service) prove(ctx context.Context, tx *store.Tx, o optOut, act string) error {
	return tx.InsertConsent(ctx, store.ConsentEvent{
		ID: s.NewID(), ContactID: o.contactID, AddressHash: s.hash(o.matchKey), Channel: channel,
		Purpose: "all", Act: act, Source: o.source, Evidence: o.evidence, At: o.at,
	})
}

// hashes are what all numbers of a person are suppressed by: the one given,
// and whatever their card says now.
func (s *Service) hashes(ctx context.Context, r *store.Reader, contactID, matchKey string) ([]string, error) {
	phones, err := r.ContactPhones(ctx, contactID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, err
	}
	hashes := []string{s.hash(matchKey)}
	for _, p := range phones {
		if hash := s.hash(p.MatchKey); !slices.Contains(hashes, hash) {
			hashes = append(hashes, hash)
		}
	}
	return hashes, nil
}
