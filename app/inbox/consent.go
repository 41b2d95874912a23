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
	keys, err := s.numbers(ctx, &tx.Reader, o)
	if err != nil {
		return err
	}
	for _, key := range keys {
		fresh, err := tx.Suppress(ctx, channel, s.hash(key), reason, o.at)
		if err != nil {
			return err
		}
		if !fresh {
			continue
		}
		if err := tx.LedgerNote(ctx, store.LedgerSuppress, s.hash(key), o.at); err != nil {
			return err
		}
	}
	return s.consent(ctx, tx, o, "withdrawn", EventOptedOut)
}

// give takes the opt-out of a person back.
func (s *Service) give(ctx context.Context, tx *store.Tx, o optOut) error {
	keys, err := s.numbers(ctx, &tx.Reader, o)
	if err != nil {
		return err
	}
	for _, key := range keys {
		was, err := tx.Unsuppress(ctx, channel, s.hash(key))
		if err != nil {
			return err
		}
		if !was {
			continue
		}
		if err := tx.LedgerNote(ctx, store.LedgerUnsuppress, s.hash(key), o.at); err != nil {
			return err
		}
	}
	return s.consent(ctx, tx, o, "given", EventOptedIn)
}

func (s *Service) consent(ctx context.Context, tx *store.Tx, o optOut, act, event string) error {
	err := tx.InsertConsent(ctx, store.ConsentEvent{
		ID: s.NewID(), ContactID: o.contactID, AddressHash: s.hash(o.matchKey), Channel: channel,
		Purpose: "all", Act: act, Source: o.source, Evidence: o.evidence, At: o.at,
	})
	if err != nil {
		return err
	}
	return s.record(ctx, tx, change{kind: event, subject: o.evidence, contact: o.contactID, where: o.conversationID, actor: o.actor, at: o.at})
}

func (s *Service) numbers(ctx context.Context, r *store.Reader, o optOut) ([]string, error) {
	phones, err := r.ContactPhones(ctx, o.contactID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, err
	}
	keys := []string{o.matchKey}
	for _, p := range phones {
		if !slices.Contains(keys, p.MatchKey) {
			keys = append(keys, p.MatchKey)
		}
	}
	return keys, nil
}
