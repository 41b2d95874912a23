package store_test

import (
	"errors"
	"slices"
	"testing"

	"stead/store"
	"stead/store/storetest"
)

func mailStates(t *testing.T, st *store.Store) []string {
	t.Helper()
	all, err := st.RecentMails(t.Context(), 50)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, m := range all {
		out = append(out, m.ID+" "+m.State+" "+m.ErrorCode)
	}
	return out
}

func mailStore(t *testing.T) *store.Store {
	t.Helper()
	st := storetest.New(t)
	in(t, st, func(tx *store.Tx) error {
		for i, u := range []store.User{{ID: "u1", Role: "owner"}, {ID: "u2", Role: "agent"}, {ID: "u3", Role: "owner"}} {
			u.Name, u.Email, u.EmailKey, u.CreatedAt = u.ID, u.ID+"@x", u.ID+"@x", int64(i)
			if err := tx.InsertUser(t.Context(), u); err != nil {
				return err
			}
		}
		return tx.DisableUser(t.Context(), "u3", 9)
	})
	return st
}

func TestAMailGoesItsWay(t *testing.T) {
	st := mailStore(t)
	ctx := t.Context()
	m := store.Mail{ID: "m1", Template: "joined", Class: "account", UserID: "u1", SubjectID: "s", Actor: "u2", Address: "gone@x", State: store.MailQueued, CreatedAt: 10}
	var took, again, back, retook, sent, twice bool
	in(t, st, func(tx *store.Tx) (err error) {
		err = tx.InsertMail(ctx, m)
		note := func(to *bool) func(bool, error) {
			return func(ok bool, e error) { *to = ok; err = errors.Join(err, e) }
		}
		note(&took)(tx.TakeMail(ctx, "m1", "smtp", 11))
		note(&again)(tx.TakeMail(ctx, "m1", "smtp", 12))
		note(&back)(tx.TurnMail(ctx, "m1", store.Turn{From: store.MailSending, To: store.MailQueued, ErrorCode: "450", At: 13}))
		return err
	})
	got, err := st.Mail(ctx, "m1")
	want := m
	want.State, want.ErrorCode, want.Provider, want.Attempts, want.UpdatedAt = store.MailQueued, "450", "smtp", 1, 13
	if err != nil || got != want || !took || again || !back {
		t.Errorf("%+v, %v, %v %v %v", got, err, took, again, back)
	}
	in(t, st, func(tx *store.Tx) (err error) {
		retook, err = tx.TakeMail(ctx, "m1", "resend", 14)
		if err == nil {
			sent, err = tx.SentMail(ctx, "m1", "ref", 15)
		}
		if err == nil {
			twice, err = tx.SentMail(ctx, "m1", "ref2", 16)
		}
		return err
	})
	want.State, want.ErrorCode, want.Provider, want.Attempts, want.UpdatedAt, want.SentAt, want.Address = store.MailSent, "", "resend", 2, 15, 15, ""
	if got, err := st.Mail(ctx, "m1"); err != nil || got != want || !retook || !sent || twice {
		t.Errorf("%+v, %v, %v %v %v", got, err, retook, sent, twice)
	}
}

func TestAnAddressGoesWhenTheMailIsOver(t *testing.T) {
	for to, want := range map[string]string{
		store.MailQueued: "gone@x", store.MailFailed: "", store.MailRefused: "", store.MailUnconfirmed: "",
	} {
		st := mailStore(t)
		in(t, st, func(tx *store.Tx) error {
			err := tx.InsertMail(t.Context(), store.Mail{ID: "m1", Template: "removed", Class: "account", UserID: "u1", Address: "gone@x", State: store.MailSending, CreatedAt: 1})
			_, turned := tx.TurnMail(t.Context(), "m1", store.Turn{From: store.MailSending, To: to, At: 2})
			return errors.Join(err, turned)
		})
		if m, err := st.Mail(t.Context(), "m1"); err != nil || m.Address != want || m.State != to {
			t.Errorf("%s: %+v, %v", to, m, err)
		}
	}
}

func TestWhatIsRefusedIsNotTaken(t *testing.T) {
	st := mailStore(t)
	ctx := t.Context()
	var first, second, notice, account bool
	in(t, st, func(tx *store.Tx) (err error) {
		for id, class := range map[string]string{"m1": "notice", "m2": "account"} {
			if err := tx.InsertMail(ctx, store.Mail{ID: id, Template: "x", Class: class, UserID: "u1", State: store.MailQueued, CreatedAt: 1}); err != nil {
				return err
			}
		}
		if first, err = tx.SetMailRefusal(ctx, "u1", "notice", true, 5); err != nil {
			return err
		}
		if second, err = tx.SetMailRefusal(ctx, "u1", "notice", true, 6); err != nil {
			return err
		}
		if notice, err = tx.TakeMail(ctx, "m1", "smtp", 7); err != nil {
			return err
		}
		account, err = tx.TakeMail(ctx, "m2", "smtp", 7)
		return err
	})
	if !first || second || notice || !account {
		t.Errorf("refused %v, again %v; took the notice %v, the other %v", first, second, notice, account)
	}
	if no, err := st.RefusesMail(ctx, "u1", "notice"); err != nil || !no {
		t.Errorf("refuses %v, %v", no, err)
	}
	in(t, st, func(tx *store.Tx) (err error) {
		_, err = tx.SetMailRefusal(ctx, "u1", "notice", false, 8)
		return err
	})
	if no, err := st.RefusesMail(ctx, "u1", "notice"); err != nil || no {
		t.Errorf("after changing their mind: %v, %v", no, err)
	}
}

func TestANewerMailTakesThePlaceOfOneThatWaits(t *testing.T) {
	st := mailStore(t)
	in(t, st, func(tx *store.Tx) error {
		for i, m := range []store.Mail{
			{ID: "a", Template: "reset", UserID: "u1", State: store.MailQueued},
			{ID: "b", Template: "reset", UserID: "u2", State: store.MailQueued},
			{ID: "c", Template: "joined", UserID: "u1", State: store.MailQueued},
			{ID: "d", Template: "reset", UserID: "u1", State: store.MailSending},
		} {
			m.Class, m.CreatedAt = "account", int64(i)
			if err := tx.InsertMail(t.Context(), m); err != nil {
				return err
			}
		}
		return tx.SupersedeMails(t.Context(), store.Mail{Template: "reset", UserID: "u1", CreatedAt: 9})
	})
	if got := mailStates(t, st); !slices.Equal(got, []string{"d sending ", "c queued ", "b queued ", "a refused superseded"}) {
		t.Errorf("got %v", got)
	}
	if waiting, err := st.MailsIn(t.Context(), store.MailQueued, 10); err != nil || len(waiting) != 2 || waiting[0].ID != "b" {
		t.Errorf("waiting %+v, %v", waiting, err)
	}
}

func TestOwnersWhoMaySignIn(t *testing.T) {
	st := mailStore(t)
	if got, err := st.Owners(t.Context()); err != nil || len(got) != 1 || got[0].ID != "u1" {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestMailSettings(t *testing.T) {
	st := mailStore(t)
	if v, err := st.MailSettings(t.Context()); err != nil || v != (store.MailSettings{}) {
		t.Errorf("before: %+v, %v", v, err)
	}
	want := store.MailSettings{Provider: "smtp", Host: "mail.example.com", Port: 587, User: "u", FromName: "Brightwater", From: "mail@example.com"}
	in(t, st, func(tx *store.Tx) error { return tx.SetMailSettings(t.Context(), want, 1) })
	if v, err := st.MailSettings(t.Context()); err != nil || v != want {
		t.Errorf("after: %+v, %v", v, err)
	}
}

func TestAMailLeadsToNobodyWhoWasErased(t *testing.T) {
	st := mailStore(t)
	ctx := t.Context()
	in(t, st, func(tx *store.Tx) error {
		return errors.Join(tx.LeadMail(ctx, "m1", store.Lead{ContactID: "c1", RecordID: "v1"}, 1), tx.LeadMail(ctx, "m2", store.Lead{ContactID: "c2", RecordID: "c2"}, 1))
	})
	if to, err := st.MailLeadsTo(ctx, "m1"); err != nil || to != (store.Lead{ContactID: "c1", RecordID: "v1"}) {
		t.Errorf("leads to %+v, %v", to, err)
	}
	in(t, st, func(tx *store.Tx) error {
		touched, err := tx.EraseSubject(ctx, "c1")
		if touched["mail_contacts"] != 1 {
			t.Errorf("touched %v", touched)
		}
		return err
	})
	if _, err := st.MailLeadsTo(ctx, "m1"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("after the erasure: %v", err)
	}
	if to, err := st.MailLeadsTo(ctx, "m2"); err != nil || to.ContactID != "c2" {
		t.Errorf("the other leads to %+v, %v", to, err)
	}
}

func TestARestoredDatabaseSendsNoMailAgain(t *testing.T) {
	st := mailStore(t)
	in(t, st, func(tx *store.Tx) error {
		for id, state := range map[string]string{"a": store.MailQueued, "b": store.MailSending, "c": store.MailSent, "d": store.MailFailed} {
			if err := tx.InsertMail(t.Context(), store.Mail{ID: id, Template: "reset", Class: "account", UserID: "u1", State: state, CreatedAt: 1}); err != nil {
				return err
			}
		}
		return tx.HoldOutgoing(t.Context(), 9)
	})
	if got := mailStates(t, st); !slices.Equal(got, []string{"d failed ", "c sent ", "b unconfirmed unknown", "a unconfirmed unknown"}) {
		t.Errorf("got %v", got)
	}
}

func TestWhatNeedNotLeaveDidNotFail(t *testing.T) {
	st := mailStore(t)
	in(t, st, func(tx *store.Tx) error {
		for i, m := range []store.Mail{
			{ID: "a", State: store.MailRefused, ErrorCode: "no_mail"},
			{ID: "b", State: store.MailFailed, ErrorCode: "550"},
			{ID: "c", State: store.MailRefused, ErrorCode: "superseded"},
			{ID: "d", State: store.MailRefused, ErrorCode: "unwanted"},
			{ID: "e", State: store.MailRefused, ErrorCode: "gone"},
			{ID: "f", State: store.MailSent},
			{ID: "g", State: store.MailQueued},
		} {
			m.Template, m.Class, m.UserID, m.CreatedAt = "joined", "account", "u1", int64(i+1)
			if err := tx.InsertMail(t.Context(), m); err != nil {
				return err
			}
		}
		return nil
	})
	if h, err := st.MailHealth(t.Context(), 0); err != nil || h != (store.MailHealth{Sent: 1, Failed: 2, Waiting: 1, LastError: "550"}) {
		t.Errorf("%+v, %v", h, err)
	}
}
