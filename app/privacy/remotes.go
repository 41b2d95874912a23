package privacy

import (
	"context"
	"errors"
	"time"

	"stead/app/errs"
	"stead/app/port"
	"stead/store"
)

// DeleteRemotes deletes what providers keep of somebody who was erased here. It
// is idempotent: what is gone there already counts as done.
type DeleteRemotes struct {
	ErasureID string `json:"erasure_id"`
}

// Kind names the job.
func (DeleteRemotes) Kind() string { return "privacy.delete_remotes" }

const (
	remotesAtOnce = 40
	remoteTries   = 8
	nextRemotes   = 5 * time.Second
)

// DeleteRemotes is the job's work. While it gets on, what is left over goes to
// another job; only one that got nowhere is tried again with growing pauses.
func (s *Service) DeleteRemotes(ctx context.Context, job DeleteRemotes) error {
	gone, wait := s.deleteRemotes(ctx, job.ErasureID)
	left, err := s.Store.PendingRemotes(ctx, job.ErasureID, 1)
	if err != nil || len(left) == 0 {
		return err
	}
	if gone == 0 {
		return wait
	}
	at := s.Now().Add(nextRemotes)
	return s.Store.InTx(context.WithoutCancel(ctx), func(tx *store.Tx) error { return tx.Enqueue(ctx, job, store.At(at)) })
}

// deleteRemotes deletes what is pending at providers, as far as it comes, and
// counts what it settled. The error is that of the last one that may be tried
// again.
func (s *Service) deleteRemotes(ctx context.Context, erasureID string) (settled int, wait error) {
	pending, err := s.Store.PendingRemotes(ctx, erasureID, remotesAtOnce)
	if err != nil {
		return 0, err
	}
	for _, m := range pending {
		if ctx.Err() != nil {
			return settled, errSlow
		}
		state, code := store.RemoteDone, ""
		if err := s.deleteRemote(ctx, m); err != nil {
			if state, code = outcome(err, m.Attempts); state == store.RemotePending {
				wait = err
			}
		}
		at := s.Now().UnixMilli()
		err := s.Store.InTx(context.WithoutCancel(ctx), func(tx *store.Tx) error { return tx.NoteRemote(ctx, m.ID, state, code, at) })
		if err != nil {
			return settled, err
		}
		if state != store.RemotePending {
			settled++
		}
	}
	return settled, wait
}

// outcome is what an error of a deletion means.
func outcome(err error, attempts int64) (state, code string) {
	code = errs.CodeOf(err)
	switch {
	case errs.KindOf(err) == errs.NotFound:
		return store.RemoteGone, code
	case attempts+1 < remoteTries && (errs.KindOf(err) == errs.Unavailable || errors.Is(err, port.ErrUnknown)):
		return store.RemotePending, code
	}
	return store.RemoteFailed, code
}

var (
	errSlow       = &errs.Error{Kind: errs.Unavailable, Code: "timeout", Message: "The provider is slow."}
	errNoProvider = &errs.Error{Kind: errs.Denied, Code: "disconnected", Message: "The provider is not connected any more."}
)

func (s *Service) deleteRemote(ctx context.Context, m store.Remote) error {
	eraser := s.Erasers[m.Provider]
	connection, err := s.Store.Connection(ctx, m.Provider)
	if errors.Is(err, store.ErrNotFound) || eraser == nil || err == nil && connection.State == store.Disconnected {
		return errNoProvider
	}
	if err != nil {
		return err
	}
	// Whose copy it is is not known here any more: nobody is named.
	ctx = port.WithDisclosure(ctx, port.Disclosure{Processor: m.Provider, Purpose: "erasure", Fields: []string{"reference"}})
	account := port.Account{ID: connection.Account, Service: connection.Service}
	if m.Kind == "call" {
		return eraser.DeleteCall(ctx, account, m.Ref)
	}
	return eraser.DeleteText(ctx, account, m.Ref)
}
