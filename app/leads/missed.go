package leads

import (
	"context"
	"errors"

	"stead/store"
)

// MissedCall is the job that makes a deal of a call that nobody took.
type MissedCall struct {
	Call string `json:"call"`
}

// Kind names the job.
func (MissedCall) Kind() string { return "leads.missed" }

// React is a store.Reaction: a missed call to a number of which deals are made has
// one made soon.
func (s *Service) React(ctx context.Context, tx *store.Tx, e store.Event) error {
	if e.Kind != "call.missed" || e.ContactID == "" {
		return nil
	}
	c, err := tx.Call(ctx, e.Subject)
	if err != nil {
		return err
	}
	_, err = tx.LeadSourceOfLine(ctx, c.Line)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return tx.Enqueue(ctx, MissedCall{Call: c.ID})
}

// Missed is the work of MissedCall: a deal for somebody who has none that is open,
// whose next step is the task to call back. Without that task the call was dealt
// with; a task that is of a deal has it already, so that there is one, however
// often this runs.
func (s *Service) Missed(ctx context.Context, job MissedCall) error {
	c, err := s.Store.Call(ctx, job.Call)
	if errors.Is(err, store.ErrNotFound) || err == nil && (c.ContactID == "" || c.Outcome != store.CallMissed) {
		return nil
	}
	if err != nil {
		return err
	}
	src, err := s.Store.LeadSourceOfLine(ctx, c.Line)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	m := making{source: src, made: Made{Deal: Opening{
		Title: src.Name, PipelineID: src.PipelineID, StageID: src.StageID, Source: store.LeadCall, SourceID: src.ID, Tags: src.Tags,
	}}}
	problems := map[string]string{}
	if err := s.opening(ctx, &m, problems); err != nil {
		return err
	}
	if len(problems) > 0 {
		s.Log.WarnContext(ctx, "a missed call made no deal", "code", reasonSource)
		return nil
	}
	notice, at := s.NewID(), s.Now().UnixMilli()
	return s.Store.InTx(ctx, func(tx *store.Tx) error { return s.called(ctx, tx, m, c, notice, at) })
}

func (s *Service) called(ctx context.Context, tx *store.Tx, m making, c store.Call, notice string, at int64) error {
	task, err := tx.OpenTaskOfCall(ctx, c.ID)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	t, err := tx.Task(ctx, task)
	if err != nil || t.DealID != "" {
		return err
	}
	contact, err := tx.Contact(ctx, c.ContactID)
	if err != nil || contact.BlockedAt+contact.RestrictedAt+contact.DeletedAt != 0 {
		return err
	}
	has, err := tx.HasOpenDeal(ctx, contact.ID)
	if err != nil || has {
		return err
	}
	owner, err := s.ownerOf(ctx, tx, m.source, contact.OwnerID)
	if err != nil {
		return err
	}
	deal, err := m.open(ctx, tx, Party{ContactID: contact.ID, ConversationID: c.ConversationID, OwnerID: owner})
	if err != nil {
		return err
	}
	if err := tx.TakeTaskForDeal(ctx, task, deal, at); err != nil || owner == "" {
		return err
	}
	return tx.Notify(ctx, store.Notification{ID: notice, UserID: owner, Kind: store.NoticeLead, Subject: deal, ContactID: contact.ID, At: at})
}
