package privacy

import (
	"context"
	"encoding/json"
	"time"

	"stead/app/access"
	"stead/store"
)

// Receipt says what an erasure did, what was looked for and where, and what it
// does not reach. It holds counts and nothing about the person.
type Receipt struct {
	ID       string             `json:"id"`
	State    string             `json:"state"`
	AskedAt  string             `json:"asked_at"`
	DoneAt   string             `json:"done_at,omitempty"`
	Hits     int64              `json:"hits"`
	Shared   int64              `json:"shared"`
	Needles  int                `json:"needles"`
	TooShort int                `json:"too_short"` // needles that bytes cannot prove
	Tables   map[string]int64   `json:"tables"`
	Stores   []store.ProofStore `json:"stores"`
	Remotes  []RemoteCount      `json:"remotes"`
	Gaps     []Gap              `json:"not_covered"`
	Problem  string             `json:"problem,omitempty"`
}

// RemoteCount is how many copies at a provider are in a state.
type RemoteCount struct {
	Provider string `json:"provider"`
	State    string `json:"state"`
	Count    int64  `json:"count"`
}

// What may be wrong with a proof.
const (
	problemHits    = "Traces of the person were found. Look at the places below; nothing else was lost."
	problemReaders = "A long read kept old pages of the database alive. Prove again in a minute."
	problemUnread  = "Some files could not be read, so nobody knows what stands in them."
	problemNothing = "What to look for was lost, so nothing was proved."
)

// proved takes in the outcome of a proof.
func (r *Receipt) proved(p store.Proof) {
	r.Hits, r.Shared, r.Stores = p.Hits, p.Shared, p.Stores
	r.Needles, r.TooShort = p.Needles, len(p.Unprovable)
	switch {
	case p.Hits > 0:
		r.Problem = problemHits
	case p.Readers:
		r.Problem = problemReaders
	case len(p.Unread) > 0:
		r.Problem = problemUnread
	case p.Needles == 0:
		r.Problem = problemNothing
	default:
		r.Problem = ""
	}
}

// stored is the receipt as the erasure's row keeps it.
func (r Receipt) stored() (string, error) {
	text, err := json.Marshal(r)
	return string(text), err
}

func parseReceipt(text string) (Receipt, error) {
	r := Receipt{Tables: map[string]int64{}}
	if text == "" {
		return r, nil
	}
	err := json.Unmarshal([]byte(text), &r)
	return r, err
}

// receipt is the receipt of an erasure as it stands, copies at providers
// counted now.
func (s *Service) receipt(ctx context.Context, e store.Erasure) (Receipt, error) {
	r, err := parseReceipt(e.Receipt)
	if err != nil {
		return r, err
	}
	r.ID, r.State, r.AskedAt = e.ID, e.State, stamp(e.CreatedAt)
	if e.FinishedAt != 0 {
		r.DoneAt = stamp(e.FinishedAt)
	}
	left, err := s.Store.RemotesLeft(ctx, e.ID)
	if err != nil {
		return r, err
	}
	r.Gaps = append(remoteGaps(left), r.Gaps...)
	counts, err := s.Store.RemoteCounts(ctx, e.ID)
	if err != nil {
		return r, err
	}
	r.Remotes = []RemoteCount{}
	for _, c := range counts {
		r.Remotes = append(r.Remotes, RemoteCount{c.Provider, c.State, c.N})
	}
	return r, nil
}

// Receipt returns the receipt of an erasure.
func (s *Service) Receipt(ctx context.Context, actor access.Actor, erasureID string) (Receipt, error) {
	if err := allow(actor, access.PrivacyRead); err != nil {
		return Receipt{}, err
	}
	e, err := s.Store.Erasure(ctx, erasureID)
	if err != nil {
		return Receipt{}, err
	}
	return s.receipt(ctx, e)
}

func stamp(ms int64) string { return time.UnixMilli(ms).UTC().Format(time.RFC3339) }
