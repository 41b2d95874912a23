package privacy

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"stead/app/access"
	"stead/app/errs"
	"stead/store"
)

func TestEraseLeavesNothing(t *testing.T) {
	h := newHouse(t)
	h.plant("c1", theirName, theirNumber, theirEmail)
	h.plant("c2", "Anna Nowak", "+15550188999", "anna@example.org")
	before := snapshotOf(t, h, "c2")
	if len(h.traces()) == 0 {
		t.Fatal("nothing was planted")
	}

	plan, err := h.svc.Plan(t.Context(), owner, "c1")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]PlanTable{}
	for _, p := range plan.Tables {
		rows[p.Table] = p
	}
	for table, want := range map[string]PlanTable{
		"messages": {Rows: 2, Does: deletes}, "contacts": {Rows: 1, Does: deletes}, "audit": {Rows: 1, Does: anonymises},
		"disclosures": {Rows: 1, Does: anonymises}, "inbound_events": {Rows: 1, Does: anonymises},
	} {
		if got := rows[table]; got.Rows != want.Rows || got.Does != want.Does {
			t.Errorf("plan of %s = %+v, want %d to %s", table, got, want.Rows, want.Does)
		}
	}
	if plan.Remotes["twilio"] != 2 || len(plan.Stays) < 8 {
		t.Errorf("plan = %+v", plan)
	}

	receipt, err := h.svc.Erase(t.Context(), owner, "c1")
	if err != nil {
		t.Fatal(err)
	}
	if receipt.Hits != 0 || receipt.State != store.ErasureDone || receipt.Needles < 8 || receipt.Problem != "" || receipt.Tables["messages"] != 2 {
		t.Errorf("receipt = %+v", receipt)
	}
	if len(receipt.Remotes) != 1 || receipt.Remotes[0] != (RemoteCount{"twilio", store.RemoteDone, 2}) || strings.Join(h.far.deleted, ", ") != "AC1 call CAc1, AC1 text SMc1" {
		t.Errorf("remotes = %+v, deleted %v", receipt.Remotes, h.far.deleted)
	}
	if left := h.traces(); len(left) > 0 {
		t.Errorf("traces are left: %v", left)
	}
	if after := snapshotOf(t, h, "c2"); after != before {
		t.Errorf("another person's rows changed:\n%s\n%s", before, after)
	}
	if h.ledger() != "erase forget forget erased" {
		t.Errorf("ledger = %q", h.ledger())
	}
	text, _ := json.Marshal(receipt)
	if strings.Contains(strings.ToLower(string(text)), "wilhelmina") || !strings.Contains(string(text), `"not_covered":[{`) || !strings.Contains(string(text), `"hits":0`) {
		t.Errorf("receipt = %s", text)
	}
	if report, err := h.st.VerifyAudit(t.Context(), nil); err != nil || report.Problem != "" {
		t.Errorf("audit after the erasure: %+v, %v", report, err)
	}
	if _, err := h.svc.Erase(t.Context(), owner, "c1"); errs.KindOf(err) != errs.NotFound {
		t.Errorf("a second time: %v, want not found", err)
	}
	if again, err := h.svc.Receipt(t.Context(), owner, receipt.ID); err != nil || again.Hits != 0 || again.DoneAt == "" {
		t.Errorf("the receipt later: %+v, %v", again, err)
	}
}

// snapshotOf is everything that is held of a person, as text.
func snapshotOf(t *testing.T, h *house, id string) string {
	t.Helper()
	held, err := h.st.Holdings(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(held)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// A crash may come behind every step: the next start goes on and ends alike.
func TestEraseIsFinishedAfterACrash(t *testing.T) {
	steps := map[string]func(*house) error{
		"behind the intent, before it is on the disk": func(h *house) error {
			_, err := h.svc.intend(context.Background(), owner, "c1")
			return err
		},
		"when the ledger has the intent": func(h *house) error {
			e, err := h.svc.intend(context.Background(), owner, "c1")
			return errors.Join(err, h.svc.commit(context.Background(), e))
		},
		"when the rows are gone": func(h *house) error { return h.gone() },
		"when a proof failed": func(h *house) error {
			err := h.gone()
			left := filepath.Join(h.dir, "left.txt")
			err = errors.Join(err, os.WriteFile(left, []byte(theirName), 0o600))
			e, erasureErr := h.st.Erasure(context.Background(), "id000001")
			receipt, finishErr := h.svc.finish(context.Background(), e)
			if receipt.Hits == 0 || receipt.State != store.ErasureFailed {
				h.t.Errorf("receipt = %+v, want hits in the file that was left", receipt)
			}
			return errors.Join(err, erasureErr, finishErr, os.Remove(left))
		},
	}
	for name, until := range steps {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.plant("c1", theirName, theirNumber, theirEmail)
			if err := until(h); err != nil {
				t.Fatal(err)
			}
			h.restart()
			if err := h.svc.Resume(t.Context()); err != nil {
				t.Fatal(err)
			}
			done, err := h.st.Erasures(t.Context(), store.Page{})
			if err != nil || len(done) != 1 || done[0].State != store.ErasureDone || done[0].ContactID != "" || done[0].Needles != nil {
				t.Fatalf("erasures = %+v, %v", done, err)
			}
			receipt, err := h.svc.Receipt(t.Context(), owner, done[0].ID)
			if err != nil || receipt.Hits != 0 || receipt.Needles < 8 {
				t.Errorf("receipt = %+v, %v", receipt, err)
			}
			if left := h.traces(); len(left) > 0 {
				t.Errorf("traces are left: %v", left)
			}
			if h.ledger() != "erase forget forget erased" {
				t.Errorf("ledger = %q", h.ledger())
			}
		})
	}
}

// gone takes the erasure of c1 to where its rows are gone.
func (h *house) gone() error {
	ctx := context.Background()
	e, err := h.svc.intend(ctx, owner, "c1")
	if err != nil {
		return err
	}
	if err := h.svc.commit(ctx, e); err != nil {
		return err
	}
	if e, err = h.st.Erasure(ctx, e.ID); err != nil {
		return err
	}
	return h.svc.destroy(ctx, e)
}

func TestEraseDestroysNothingWithoutTheLedger(t *testing.T) {
	h := newHouse(t)
	h.plant("c1", theirName, theirNumber, theirEmail)
	if err := h.l.Close(); err != nil { // the disk under it is gone
		t.Fatal(err)
	}
	_, err := h.svc.Erase(t.Context(), owner, "c1")
	wantKind(t, err, errs.Unavailable)
	if _, err := h.st.Contact(t.Context(), "c1"); err != nil {
		t.Errorf("the person is gone though the ledger was not written: %v", err)
	}
	m, err := h.st.Message(t.Context(), "c1-q")
	if err != nil || m.State != store.MessageRefused {
		t.Errorf("what waited to be sent = %+v, %v; want refused", m, err)
	}
	if h.l, err = h.st.OpenLedger(t.Context(), filepath.Join(h.dir, store.LedgerFile)); err != nil {
		t.Fatal(err)
	}
	h.svc.Ledger = h.l
	if receipt, err := h.svc.Erase(t.Context(), owner, "c1"); err != nil || receipt.State != store.ErasureDone {
		t.Errorf("when the disk is back: %+v, %v", receipt, err)
	}
}

func TestEraseRefuses(t *testing.T) {
	h := newHouse(t)
	h.plant("c1", theirName, theirNumber, theirEmail)
	for name, tc := range map[string]struct {
		actor  access.Actor
		id     string
		locked bool
		want   errs.Kind
	}{
		"nobody":           {access.Actor{}, "c1", false, errs.Denied},
		"may only read":    {onlooker, "c1", false, errs.Denied},
		"no such person":   {owner, "c9", false, errs.NotFound},
		"the vault locked": {owner, "c1", true, errs.Unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			if tc.locked {
				h.v.Lock()
				defer h.v.Unlock(t.Context(), "") //nolint:errcheck // the next case would tell
			}
			_, err := h.svc.Erase(t.Context(), tc.actor, tc.id)
			wantKind(t, err, tc.want)
			open, err := h.st.OpenErasures(t.Context())
			if err != nil || len(open) != 0 || h.ledger() != "" {
				t.Errorf("a refused erasure left %+v, %v, ledger %q", open, err, h.ledger())
			}
		})
	}
}

func TestRemotesAreTriedAgainAndTheirOutcomeIsKept(t *testing.T) {
	h := newHouse(t)
	h.plant("c1", theirName, theirNumber, theirEmail)
	h.far.err = &errs.Error{Kind: errs.Unavailable, Code: "http_503"}
	receipt, err := h.svc.Erase(t.Context(), owner, "c1")
	if err != nil || receipt.State != store.ErasureDone {
		t.Fatalf("a provider that is down stopped the erasure: %+v, %v", receipt, err)
	}
	if len(receipt.Remotes) != 1 || receipt.Remotes[0] != (RemoteCount{"twilio", store.RemotePending, 2}) {
		t.Fatalf("remotes = %+v", receipt.Remotes)
	}
	err = h.svc.DeleteRemotes(t.Context(), DeleteRemotes{receipt.ID})
	wantKind(t, err, errs.Unavailable)

	h.far.err = &errs.Error{Kind: errs.NotFound, Code: "20404"}
	if err := h.svc.DeleteRemotes(t.Context(), DeleteRemotes{receipt.ID}); err != nil {
		t.Fatal(err)
	}
	counts, err := h.st.RemoteCounts(t.Context(), receipt.ID)
	if err != nil || len(counts) != 1 || counts[0] != (store.RemoteCount{Provider: "twilio", State: store.RemoteGone, N: 2}) {
		t.Errorf("counts = %+v, %v", counts, err)
	}
}

func TestRemotesOfADisconnectedProviderFailAndCanBeRetried(t *testing.T) {
	h := newHouse(t)
	h.plant("c1", theirName, theirNumber, theirEmail)
	h.tx(func(ctx context.Context, tx *store.Tx) error { return tx.Disconnect(ctx, "twilio", h.ms()) })
	receipt, err := h.svc.Erase(t.Context(), owner, "c1")
	if err != nil || len(receipt.Remotes) != 1 || receipt.Remotes[0].State != store.RemoteFailed {
		t.Fatalf("receipt = %+v, %v", receipt, err)
	}
	h.tx(func(ctx context.Context, tx *store.Tx) error {
		return tx.PutConnection(ctx, store.Connection{Provider: "twilio", Account: "AC1", State: store.Connected, UpdatedAt: h.ms()})
	})
	receipt, err = h.svc.ProveAgain(t.Context(), owner, receipt.ID)
	if err != nil || len(receipt.Remotes) != 1 || receipt.Remotes[0] != (RemoteCount{"twilio", store.RemoteDone, 2}) {
		t.Errorf("receipt = %+v, %v", receipt, err)
	}
}

func TestProveTellsAnErasedNameFromALivingOne(t *testing.T) {
	h := newHouse(t)
	h.plant("c1", theirName, theirNumber, theirEmail)
	h.plant("c2", theirName, "+15550188999", "other@example.org") // a namesake
	if proof, err := h.svc.Prove(t.Context(), owner, []string{theirName}); err != nil || proof.Hits == 0 {
		t.Fatalf("before: %+v, %v", proof, err)
	}
	if receipt, err := h.svc.Erase(t.Context(), owner, "c1"); err != nil || receipt.Hits != 0 || receipt.Shared == 0 {
		t.Fatalf("receipt = %+v, %v", receipt, err)
	}
	for _, words := range [][]string{{theirName}, {"featherstonehaugh"}, {theirNumber}, {theirEmail}, {"+1 555 017 7342", theirName}} {
		if proof, err := h.svc.Prove(t.Context(), owner, words); err != nil || proof.Hits != 0 || len(proof.Gaps) == 0 {
			t.Errorf("%v after the erasure: %+v, %v", words, proof, err)
		}
	}
	if proof, err := h.svc.Prove(t.Context(), owner, []string{"+15550188999"}); err != nil || proof.Hits == 0 {
		t.Errorf("the namesake's own number: %+v, %v", proof, err)
	}
	_, err := h.svc.Prove(t.Context(), owner, []string{" "})
	wantKind(t, err, errs.Invalid)
}

func TestFindMeetsPeopleByAnythingTheyAreKnownBy(t *testing.T) {
	h := newHouse(t)
	h.plant("c1", theirName, theirNumber, theirEmail)
	for _, query := range []string{"feather", "+1 555 017-7342", "7342", "mill.example", "c1"} {
		found, _, err := h.svc.Find(t.Context(), owner, query)
		if err != nil || len(found) != 1 || found[0].ID != "c1" || found[0].Phones[0] != theirNumber || found[0].Emails[0] != theirEmail {
			t.Errorf("%q: %+v, %v", query, found, err)
		}
	}
	h.tx(func(ctx context.Context, tx *store.Tx) error {
		return tx.BinContacts(ctx, []string{"c1"}, "u1", h.ms())
	})
	h.plant("c2", "Anna Featherweight", "+15550188999", "anna@example.org")
	found, cut, err := h.svc.Find(t.Context(), owner, "feather")
	if err != nil || cut || len(found) != 2 || found[0].Binned || found[1].ID != "c1" || !found[1].Binned {
		t.Errorf("with one of them in the bin: %+v, %v, %v", found, cut, err)
	}
	if found, _, err := h.svc.Find(t.Context(), owner, "7342"); err != nil || len(found) != 1 || !found[0].Binned {
		t.Errorf("in the bin, by number: %+v, %v", found, err)
	}
	if found, _, err := h.svc.Find(t.Context(), owner, "nobody"); err != nil || found == nil || len(found) != 0 {
		t.Errorf("nobody: %+v, %v; want an empty list", found, err)
	}
	_, _, err = h.svc.Find(t.Context(), onlooker, "feather")
	wantKind(t, err, errs.Denied)
}
