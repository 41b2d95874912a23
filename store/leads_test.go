package store_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"stead/store"
	"stead/store/storetest"
)

func aSource(id string) store.LeadSource {
	return store.LeadSource{
		ID: id, Kind: store.LeadForm, Name: "Website " + id, Token: "token-" + id, Enabled: true, PipelineID: "p", StageID: "s", Assign: store.AssignTurns,
		Members: []string{"u1", "u2"}, Tags: []string{"web", "new here"}, TaskTitle: "Call", TaskHours: 4, Origins: []string{"https://shop.example"}, CreatedAt: 5,
	}
}

func TestASourceIsReadAsItWasWritten(t *testing.T) {
	st, ctx := storetest.New(t), t.Context()
	inTx(t, st, func(tx *store.Tx) error {
		call := aSource("c")
		call.Kind, call.Token, call.Line = store.LeadCall, "", "+351210000000"
		any := call
		any.ID, any.Line = "d", ""
		err := errors.Join(tx.InsertLeadSource(ctx, aSource("a")), tx.InsertLeadSource(ctx, call), tx.InsertLeadSource(ctx, any))
		return errors.Join(err, tx.SetLeadFields(ctx, "a", []store.LeadField{
			{ID: "f1", Label: "Your name", Kind: "line", Target: "name", Required: true},
			{ID: "f2", Label: "What", Kind: "choice", Choices: []string{"One", "Two, or more"}},
		}))
	})
	s, err := st.LeadSourceByToken(ctx, store.LeadForm, "token-a")
	if err != nil || len(s.Fields) != 2 || s.Fields[1].Choices[1] != "Two, or more" || s.Tags[1] != "new here" || len(s.Members) != 2 || !s.Enabled {
		t.Fatalf("%+v (%v)", s, err)
	}
	if _, err := st.LeadSourceByToken(ctx, store.LeadWebhook, "token-a"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a form's address opens a webhook: %v", err)
	}
	for line, want := range map[string]string{"+351210000000": "c", "+351219999999": "d"} {
		if s, err := st.LeadSourceOfLine(ctx, line); err != nil || s.ID != want {
			t.Errorf("calls to %s make deals by %s (%v)", line, s.ID, err)
		}
	}
	s.Name, s.UpdatedAt = "Other", 6
	inTx(t, st, func(tx *store.Tx) error { return tx.UpdateLeadSource(ctx, s) })
	if err := st.InTx(ctx, func(tx *store.Tx) error { return tx.UpdateLeadSource(ctx, s) }); !errors.Is(err, store.ErrConflict) {
		t.Errorf("saved over a newer version: %v", err)
	}
	inTx(t, st, func(tx *store.Tx) error { return tx.DeleteLeadSource(ctx, "a", 2, 9) })
	if _, err := st.LeadSourceByToken(ctx, store.LeadForm, "token-a"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a deleted form opens: %v", err)
	}
}

// Whoever asks and however many at once: after any number of leads nobody had
// two more turns than anybody else who was there all the time.
func TestTurnsAreFairHoweverManyAskAtOnce(t *testing.T) {
	st, ctx, round := storetest.New(t), context.Background(), 0
	rapid.Check(t, func(rt *rapid.T) {
		round++
		source := fmt.Sprint("source ", round)
		users := []string{"u1", "u2", "u3", "u4"}[:rapid.IntRange(1, 4).Draw(rt, "users")]
		rounds := rapid.SliceOfN(rapid.IntRange(1, 8), 1, 4).Draw(rt, "at once")
		inTx(t, st, func(tx *store.Tx) error { return tx.InsertLeadSource(ctx, aSource(source)) })
		had := map[string]int{}
		var mu sync.Mutex
		for _, n := range rounds {
			var all sync.WaitGroup
			for range n {
				all.Go(func() {
					var who string
					err := st.InTx(ctx, func(tx *store.Tx) (err error) {
						who, err = tx.TakeTurn(ctx, source, users)
						return err
					})
					mu.Lock()
					defer mu.Unlock()
					if err != nil {
						t.Error(err)
					}
					had[who]++
				})
			}
			all.Wait()
		}
		for _, a := range users {
			for _, b := range users {
				if had[a] > had[b]+1 {
					rt.Fatalf("unfair: %v", had)
				}
			}
		}
	})
}

// Somebody who joins late has the next turn, and not all that they missed.
func TestWhoJoinsTheTurnsLateMissedNothing(t *testing.T) {
	st, ctx := storetest.New(t), t.Context()
	var got []string
	inTx(t, st, func(tx *store.Tx) error { return tx.InsertLeadSource(ctx, aSource("a")) })
	for i := range 12 {
		users := []string{"u1", "u2"}
		if i >= 6 {
			users = append(users, "u3")
		}
		inTx(t, st, func(tx *store.Tx) error {
			who, err := tx.TakeTurn(ctx, "a", users)
			got = append(got, who)
			return err
		})
	}
	if want := "[u1 u2 u1 u2 u1 u2 u3 u1 u2 u3 u1 u2]"; fmt.Sprint(got) != want {
		t.Errorf("%v, want %s", got, want)
	}
}

func TestTheSameLeadIsOne(t *testing.T) {
	st, ctx := storetest.New(t), t.Context()
	take := func(l store.LeadRow, since int64, like ...string) (string, bool) {
		t.Helper()
		l.SourceID, l.Kind, l.State = "a", store.LeadWebhook, store.LeadReceived
		var new bool
		inTx(t, st, func(tx *store.Tx) (err error) {
			l, new, err = tx.TakeLead(ctx, l, since, like...)
			return err
		})
		return l.ID, new
	}
	for i, step := range []struct {
		in    store.LeadRow
		since int64
		id    string
		new   bool
	}{
		{store.LeadRow{ID: "1", OnceHash: "x", BodyHash: "b", ReceivedAt: 10}, 0, "1", true},
		{store.LeadRow{ID: "2", OnceHash: "x", BodyHash: "other", ReceivedAt: 20}, 0, "1", false},
		{store.LeadRow{ID: "3", OnceHash: "y", BodyHash: "b", ReceivedAt: 30}, math.MaxInt64, "3", true}, // two people may say the same
		{store.LeadRow{ID: "3a", OnceHash: "z", BodyHash: "b", ReceivedAt: 35}, 0, "3", false},           // an id that anybody may have made up
		{store.LeadRow{ID: "4", BodyHash: "c", ReceivedAt: 40}, 0, "4", true},
		{store.LeadRow{ID: "5", BodyHash: "c", ReceivedAt: 50}, 0, "4", false},
		{store.LeadRow{ID: "6", BodyHash: "c", ReceivedAt: 60}, 45, "6", true}, // long after
	} {
		if id, new := take(step.in, step.since); id != step.id || new != step.new {
			t.Errorf("step %d: %s, new %v", i, id, new)
		}
	}
	if id, new := take(store.LeadRow{ID: "7", BodyHash: "d", ReceivedAt: 70}, 0, "c"); id != "6" || new {
		t.Errorf("another hash of the same: %s, new %v", id, new)
	}
}

func TestALeadThatNobodyConfirmsGoes(t *testing.T) {
	st, ctx := storetest.New(t), t.Context()
	inTx(t, st, func(tx *store.Tx) error {
		for _, l := range []store.LeadRow{
			{ID: "late", State: store.LeadWaiting, ConfirmUntil: 10, BodyHash: "1"},
			{ID: "early", State: store.LeadWaiting, ConfirmUntil: 30, BodyHash: "2"},
			{ID: "done", State: store.LeadDone, ConfirmUntil: 10, BodyHash: "3"},
		} {
			l.SourceID, l.Kind, l.ReceivedAt = "a", store.LeadForm, 1
			if _, _, err := tx.TakeLead(ctx, l, 0); err != nil {
				return err
			}
		}
		return nil
	})
	if due, err := st.HasUnconfirmedLeads(ctx, 20); err != nil || !due {
		t.Fatal("none is due", err)
	}
	inTx(t, st, func(tx *store.Tx) error {
		n, err := tx.DropUnconfirmedLeads(ctx, 20)
		if n != 1 {
			t.Errorf("%d went", n)
		}
		return err
	})
	rows, err := st.Leads(ctx, "", store.Page{})
	if err != nil || len(rows) != 2 {
		t.Errorf("left %+v (%v)", rows, err)
	}
}

// What somebody wrote into a form is erased with them, also where nobody made a
// contact of it.
func TestLeadsGoWithTheirPerson(t *testing.T) {
	st, ctx := storetest.New(t), t.Context()
	inTx(t, st, func(tx *store.Tx) error {
		err := tx.InsertContact(ctx, store.Contact{ID: "ann", Name: "Ann", Source: "form", CreatedAt: 1, UpdatedAt: 1, LastActivityAt: 1},
			[]store.Phone{{ID: "ph", Typed: "+351 912 345 678", E164: "+351912345678", MatchKey: "+351912345678", CreatedAt: 1}},
			[]store.Email{{ID: "e", Typed: "ann@example.com", MatchKey: "ann@example.com", CreatedAt: 1}})
		for _, l := range []store.LeadRow{
			{ID: "hers", State: store.LeadDone, BodyHash: "1", Answers: `[]`},
			{ID: "failed", State: store.LeadFailed, BodyHash: "2", Answers: `[{"value":"ann@example.com"}]`},
			{ID: "local", State: store.LeadFailed, BodyHash: "4", Answers: `[{"value":"912-345-678, evenings"}]`},
			{ID: "other", State: store.LeadFailed, BodyHash: "3", Answers: `[{"value":"bob@example.com"}]`},
		} {
			l.SourceID, l.Kind, l.ReceivedAt = "a", store.LeadForm, 1
			made, _, e := tx.TakeLead(ctx, l, 0)
			if err = errors.Join(err, e); l.ID == "hers" {
				made.ContactID = "ann"
				err = errors.Join(err, tx.SaveLead(ctx, made))
			}
		}
		return err
	})
	inTx(t, st, func(tx *store.Tx) error {
		_, err := tx.EraseSubject(ctx, "ann")
		return err
	})
	rows, err := st.Leads(ctx, "", store.Page{})
	if err != nil || len(rows) != 1 || rows[0].ID != "other" {
		t.Errorf("left %+v (%v)", rows, err)
	}
}
