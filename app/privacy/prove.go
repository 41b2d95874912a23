package privacy

import (
	"context"
	"strings"

	"stead/app/access"
	"stead/app/errs"
	"stead/store"
)

// Proof says where words stand in the data folder. Hits are in rows and files
// of nobody who is there; Shared stands in the rows of living people too.
type Proof struct {
	Hits     int64              `json:"hits"`
	Shared   int64              `json:"shared"`
	Stores   []store.ProofStore `json:"stores"`
	TooShort int                `json:"too_short"`
	Gaps     []Gap              `json:"not_covered"`
}

// Prove looks for words in the whole data folder. A word of somebody who was
// erased counts as shared where a living person has it; any other is a hit
// wherever it stands.
func (s *Service) Prove(ctx context.Context, actor access.Actor, words []string) (Proof, error) {
	if err := allow(actor, access.PrivacyRead); err != nil {
		return Proof{}, err
	}
	erased, err := s.erasedHashes(ctx)
	if err != nil {
		return Proof{}, err
	}
	var needles []store.Needle
	for _, word := range words {
		if word = strings.TrimSpace(word); word == "" {
			continue
		}
		n := store.NeedleOf(word)
		n.Erased = s.wasErased(n, erased)
		needles = append(needles, n)
	}
	if len(needles) == 0 {
		return Proof{}, &errs.Error{Kind: errs.Invalid, Message: "Say what to look for.", Fields: map[string]string{"needle": "Enter a name, a number, an address or a piece of text."}}
	}
	found, err := s.Store.Prove(ctx, s.Dir, needles)
	if err != nil {
		return Proof{}, err
	}
	proof := Proof{Hits: found.Hits, Shared: found.Shared, Stores: found.Stores, TooShort: len(found.Unprovable), Gaps: s.gaps(ctx, s.Now())}
	return proof.with(found, needles), nil
}

// with adds what this proof could not look at.
func (p Proof) with(found store.Proof, needles []store.Needle) Proof {
	for _, i := range found.Unprovable {
		p.Gaps = append(p.Gaps, Gap{What: needles[i].Text, Why: "Too short: bytes like these stand everywhere by chance. Only the search index was asked."})
	}
	for _, name := range found.Unread {
		p.Gaps = append(p.Gaps, Gap{What: name, Why: "This file could not be read."})
	}
	if found.Readers {
		p.Gaps = append(p.Gaps, Gap{What: "Old pages in the write-ahead log", Why: problemReaders})
	}
	return p
}

// erasedHashes are the keyed hashes of what was erased in the last weeks.
func (s *Service) erasedHashes(ctx context.Context) (map[string]bool, error) {
	rows, err := s.Store.NeedleHashes(ctx)
	if err != nil || s.Vault.Locked() {
		return nil, err
	}
	out := map[string]bool{}
	for _, row := range rows {
		for hash := range strings.FieldsSeq(row) {
			out[hash] = true
		}
	}
	return out, nil
}

func (s *Service) wasErased(n store.Needle, erased map[string]bool) bool {
	if len(erased) == 0 {
		return false
	}
	hash, err := s.Vault.TryHash("needle", n.Keys()[0])
	return err == nil && erased[hash]
}
