package exports

import (
	"context"
	"encoding/json"
	"errors"
	"io"

	"stead/app/access"
	"stead/app/errs"
	"stead/store"
)

// archiveName says nothing about the business.
func (s *Service) archiveName() string {
	return "stead-" + s.Now().UTC().Format("20060102-150405") + ".zip"
}

// mayTakeAll asks for the right to everything. What the archive holds nobody
// veils, so whoever makes it must see all of it.
func mayTakeAll(actor access.Actor) error {
	if err := access.Allow(actor, access.DataExport, access.Object{}); err != nil {
		return err
	}
	if !access.Scope(actor, access.PersonalSee).All() || !access.Scope(actor, access.ContactsRead).All() {
		return &errs.Error{Kind: errs.Denied, Message: "An archive holds everything, and your role does not show you everything."}
	}
	return nil
}

// ExportAll begins the archive of everything and returns the id of its operation.
func (s *Service) ExportAll(ctx context.Context, actor access.Actor) (opID string, err error) {
	if err := s.unlocked(actor); err != nil {
		return "", err
	}
	op := store.Operation{ID: s.NewID(), Kind: kindArchive, Actor: actor.ID, CreatedAt: s.Now().UnixMilli()}
	note := s.note(actor, EventArchive, op.ID, op.CreatedAt)
	return op.ID, s.Store.InTx(ctx, func(tx *store.Tx) error {
		return errors.Join(note(ctx, tx), s.Work.Start(ctx, tx, op))
	})
}

// unlocked is mayTakeAll where the vault must be open besides.
func (s *Service) unlocked(actor access.Actor) error {
	if err := mayTakeAll(actor); err != nil {
		return err
	}
	_, err := s.Vault.TryHash(texts, "")
	return err
}

func (s *Service) note(actor access.Actor, kind, subject string, at int64) func(context.Context, *store.Tx) error {
	event := store.Event{ID: s.NewID(), Kind: kind, Subject: subject, Actor: actor.ID, At: at}
	return func(ctx context.Context, tx *store.Tx) error { return tx.Record(ctx, event) }
}

// WriteArchive writes everything in this very call, for the terminal.
func (s *Service) WriteArchive(ctx context.Context, actor access.Actor, w io.Writer) error {
	if err := s.unlocked(actor); err != nil {
		return err
	}
	note := s.note(actor, EventArchive, s.NewID(), s.Now().UnixMilli())
	if err := s.Store.InTx(ctx, func(tx *store.Tx) error { return note(ctx, tx) }); err != nil {
		return err
	}
	return s.writeArchive(ctx, w, func(int) error { return ctx.Err() })
}

func (s *Service) stepArchive(ctx context.Context, op store.Operation, actor access.Actor) (store.Operation, error) {
	if err := mayTakeAll(actor); err != nil {
		return op, err
	}
	return s.step(ctx, op, actor, s.archiveName(), s.writeArchive)
}

// Made is a file that an export made.
type Made struct {
	store.File
	Rows int64
}

// Fetch returns what an export made for the actor, who alone may have it, until
// its days are over; and notes that it leaves.
func (s *Service) Fetch(ctx context.Context, actor access.Actor, opID string) (Made, error) {
	m, err := s.made(ctx, actor, opID)
	if err != nil {
		return m, err
	}
	note := s.note(actor, EventFetched, opID, s.Now().UnixMilli())
	return m, s.Store.InTx(ctx, func(tx *store.Tx) error { return note(ctx, tx) })
}

// own is an operation of a kind that the actor asked for.
func (s *Service) own(ctx context.Context, actor access.Actor, kind, opID string) (store.Operation, error) {
	op, err := s.Store.Operation(ctx, opID)
	if err == nil && (op.Actor != actor.ID || op.Kind != kind) {
		err = &errs.Error{Kind: errs.NotFound, Message: "There is nothing here."}
	}
	return op, err
}

func (s *Service) made(ctx context.Context, actor access.Actor, opID string) (m Made, err error) {
	op, err := s.Store.Operation(ctx, opID)
	if err != nil {
		return m, err
	}
	need := access.ContactsExport
	if op.Kind == kindArchive {
		need = access.DataExport
	}
	if op.Actor != actor.ID || op.Kind != kindList && op.Kind != kindArchive {
		return m, &errs.Error{Kind: errs.NotFound, Message: "There is nothing here."}
	}
	if err := access.Allow(actor, need, access.Object{Owner: actor.ID}); err != nil {
		return m, err
	}
	var out result
	if op.State != store.OperationDone || json.Unmarshal([]byte(op.Result), &out) != nil {
		return m, &errs.Error{Kind: errs.NotFound, Message: "This file is not ready yet."}
	}
	m.Rows = out.Rows
	m.File, err = s.Store.File(ctx, out.File)
	if errors.Is(err, store.ErrNotFound) || err == nil && m.ExpiresAt <= s.Now().UnixMilli() {
		err = &errs.Error{Kind: errs.NotFound, Code: "export_gone", Message: "This file is gone: exports are kept for seven days, and no longer than until somebody is erased. Export again."}
	}
	return m, err
}
