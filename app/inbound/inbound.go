// Package inbound takes in what providers tell us: it checks who speaks, keeps
// the event durably before it answers, and hands the events of a person in
// their order to the capabilities. What a text or a call means is not known
// here, and nothing is ever sent to anybody.
package inbound

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"time"

	"stead/app/phone"
	"stead/app/port"
	"stead/store"
)

// Vault hides payloads and makes keyed hashes. While it is locked all but
// Locked are errs.Unavailable with code "locked".
type Vault interface {
	Locked() bool
	Seal(purpose, aad string, plain []byte) ([]byte, error)
	Unseal(purpose, aad string, sealed []byte) ([]byte, error)
	TryHash(purpose string, parts ...string) (string, error)
}

// Provider is one that calls us. History may be nil: then what it told us while
// we were away is lost.
type Provider struct {
	Source  port.Source
	History port.History
}

// Deps is all that the capability needs. The On functions run in the
// transaction that marks the event as done. They may run again, so they touch
// nothing but tx; an errs.Unavailable of theirs is tried again later without
// holding up the person's other events, and an event that is port.CodeGone ends
// without a trace of whom it was about.
type Deps struct {
	Store     *store.Store
	Vault     Vault
	Now       func() time.Time
	NewID     func() string
	Log       *slog.Logger
	URL       string // STEAD_URL
	Providers []Provider
	OnText    func(ctx context.Context, tx *store.Tx, provider string, e port.TextEvent) error
	OnCall    func(ctx context.Context, tx *store.Tx, provider string, e port.CallEvent) error
	OnStatus  func(ctx context.Context, tx *store.Tx, provider string, e port.StatusEvent) error
}

// Service is the capability. Between New and Start it takes events in but does
// not process them.
type Service struct {
	Deps
	door     *door
	batch    *batcher
	commit   func(ctx context.Context, e *entry, wait bool) error // batch.add, but in benchmarks
	drainers []*drainer
	fetchers []*fetcher
	stop     context.CancelFunc
	running  sync.WaitGroup
}

// New returns the capability. The goroutine that commits events runs until Close.
func New(d Deps) *Service {
	d.URL = strings.TrimRight(d.URL, "/")
	s := &Service{Deps: d, door: newDoor(), stop: func() {}}
	for _, p := range d.Providers {
		s.drainers = append(s.drainers, newDrainer(s, p.Source))
		if p.History != nil {
			s.fetchers = append(s.fetchers, newFetcher(s, p))
		}
	}
	s.batch = newBatcher(d.Store, s.wake)
	s.commit = s.batch.add
	s.running.Go(s.batch.run)
	return s
}

// Start processes what waits and what comes, and fetches what was missed.
func (s *Service) Start() {
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	for _, d := range s.drainers {
		s.running.Go(func() { d.run(ctx) })
	}
	for _, f := range s.fetchers {
		s.running.Go(func() { f.run(ctx) })
	}
}

// Close commits what was accepted, finishes the event at hand and returns.
// What is still queued is processed after the next start.
func (s *Service) Close() {
	s.stop()
	s.batch.close()
	s.running.Wait()
}

// Resume goes on after the vault was opened or a provider was connected:
// events that waited are processed, those that were missed are fetched.
func (s *Service) Resume() {
	s.wake()
	s.CatchUp()
}

// CatchUp fetches, soon, what the providers would have told us while nobody
// listened.
func (s *Service) CatchUp() {
	for _, f := range s.fetchers {
		signal(f.wake)
	}
}

func (s *Service) wake() {
	for _, d := range s.drainers {
		signal(d.wake)
	}
}

// signal wakes whoever waits, now or at its next look.
func signal(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}

// row makes the durable form of an event. Its id tells the order of arrival.
func (s *Service) row(ctx context.Context, source port.Source, env port.Envelope) (store.Inbound, error) {
	provider := source.Name()
	plain, err := masked(env)
	if err != nil {
		return store.Inbound{}, err
	}
	id := s.NewID()
	sealed, err := s.Vault.Seal("fields", "inbound_events|"+id+"|sealed", plain)
	if err != nil {
		return store.Inbound{}, err
	}
	key, err := s.Vault.TryHash("event", provider, env.Key)
	if err != nil {
		return store.Inbound{}, err
	}
	peer, err := s.Vault.TryHash("peer", s.orderKey(ctx, source, env))
	if err != nil {
		return store.Inbound{}, err
	}
	return store.Inbound{
		ID: id, Provider: provider, Kind: env.Kind, KeyHash: key, PeerHash: peer, Sealed: sealed, ReceivedAt: s.Now().UnixMilli(),
	}, nil
}

// orderKey is whose events keep their order: those of a number, and those of
// one call where the number was withheld.
func (s *Service) orderKey(ctx context.Context, source port.Source, env port.Envelope) string {
	if phone.Hidden(env.Peer) {
		if e, err := source.Decode(env.Kind, env.Payload); err == nil && e.Call != nil {
			return "call:" + e.Call.Ref
		}
	}
	return s.matchKey(ctx, env.Peer)
}

// matchKey is what a contact's phone with this number is compared by.
func (s *Service) matchKey(ctx context.Context, peer string) string {
	if isE164(peer) {
		return peer
	}
	business, err := s.Store.Business(ctx)
	if err != nil {
		return store.MatchKey("", peer) // before set-up there is no country
	}
	return store.MatchKey(phone.Sender(peer, business.Country).E164, peer)
}

func isE164(s string) bool {
	digits, found := strings.CutPrefix(s, "+")
	return found && len(digits) >= 7 && len(digits) <= 15 && strings.Trim(digits, "0123456789") == ""
}
