package store_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"stead/store"
	"stead/store/storetest"
)

// TestLeadsAreAnsweredByWordOrDeed: by what a colleague wrote, said or did first,
// and by nothing that goes out by itself; nobody waits for a deal that ended.
func TestLeadsAreAnsweredByWordOrDeed(t *testing.T) {
	st, ctx := storetest.New(t), t.Context()
	p := pipes(t, st, "web")
	change(t, st, func(ctx context.Context, tx *store.Tx) error {
		for i, id := range []string{"wrote", "task", "robot", "ended", "hand"} {
			at := int64(1000 + i)
			d := store.Deal{ID: id, PipelineID: p.ID, StageID: p.Stages[0].ID, ContactID: "c-" + id, OwnerID: "u1", Currency: "EUR", Source: "form", CreatedAt: at}
			if id == "hand" {
				d.Source = "manual"
			}
			err := tx.InsertContact(ctx, store.Contact{ID: d.ContactID, Name: id, Source: "form", CreatedAt: 1}, nil, nil)
			if err == nil {
				_, err = tx.InsertDeal(ctx, d, "stay-"+id)
			}
			if err != nil {
				return err
			}
			v, err := tx.EnsureConversation(ctx, d.ContactID, "v-"+id, at)
			if err != nil {
				return err
			}
			author := map[string]string{"wrote": "u1"}[id]
			m := store.Message{ID: "m-" + id, ContactID: d.ContactID, ConversationID: v.ID, Channel: "sms", Direction: "out", State: "sent", Provider: "twilio", ProviderRef: id, Author: author, CreatedAt: at + 50}
			if err := errors.Join(tx.InsertMessage(ctx, m), tx.InsertTask(ctx, store.Task{ID: "t-" + id, ContactID: d.ContactID, DealID: id, Kind: store.TaskToDo, Title: "Answer", DueAt: at, CreatedAt: at})); err != nil {
				return err
			}
		}
		lost := p.Stages[len(p.Stages)-1]
		_, err := tx.MoveDeal(ctx, store.DealMove{DealID: "ended", StageID: lost.ID, StayID: "s2", OutcomeID: "o2", At: 2000})
		return errors.Join(err, tx.FinishTask(ctx, "t-task", "u1", 1077), tx.FinishTask(ctx, "t-wrote", "u1", 1900))
	})
	for _, id := range []string{"hand", "ended", "none"} {
		if got, err := st.LeadReply(ctx, id); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s: %+v (%v)", id, got, err)
		}
	}
	numbers := map[string]int64{}
	for _, id := range []string{"wrote", "task", "robot"} {
		d, err := st.Deal(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		numbers[id] = d.Number
	}
	deal := func(id string) store.Deal { return store.Deal{ID: id, Number: numbers[id], OwnerID: "u1"} }
	for name, c := range map[string]struct {
		scope store.Scope
		span  store.Span
		want  []store.Reply
	}{
		"all": {store.Everything, store.Span{}, []store.Reply{
			{Kind: store.ReplyLead, Deal: deal("robot"), At: 1002}, {Kind: store.ReplyLead, Deal: deal("task"), At: 1001, Answered: 1077}, {Kind: store.ReplyLead, Deal: deal("wrote"), At: 1000, Answered: 1050},
		}},
		"span":   {store.OwnedBy("u1"), store.Span{From: 1001, To: 1002}, []store.Reply{{Kind: store.ReplyLead, Deal: deal("task"), At: 1001, Answered: 1077}}},
		"others": {store.OwnedBy("u2"), store.Span{}, nil},
	} {
		if got, err := st.LeadReplies(ctx, c.scope, c.span, 10); err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: %+v, want %+v (%v)", name, got, c.want, err)
		}
		for _, want := range c.want {
			if got, err := st.LeadReply(ctx, want.Deal.ID); err != nil || got != want {
				t.Errorf("%s alone: %+v (%v)", want.Deal.ID, got, err)
			}
		}
	}
}
