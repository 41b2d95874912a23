package team_test

import (
	"net/http"
	"net/url"
	"path/filepath"
	"testing"

	"stead/app/access"
	"stead/app/acts"
	"stead/app/apptest"
	"stead/app/errs"
	"stead/app/team"
	"stead/store"
	"stead/store/storetest"
)

// A database at fault is not told as an answer of the business.
func TestAFaultIsNoAnswer(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	actor := access.Owner(ownerOf(t, h).ID)
	storetest.Exec(t, filepath.Join(h.Config.Data, "stead.db"), `ALTER TABLE closings RENAME TO elsewhere`)
	if _, err := h.App.Team.Close(t.Context(), actor, apptest.Business); err == nil || errs.KindOf(err) == errs.Conflict {
		t.Errorf("closing gives %v", err)
	}
}

// audited counts the entries of an action.
func audited(t *testing.T, h *apptest.House, action string) int {
	t.Helper()
	rows, err := h.Store().AuditList(t.Context(), store.AuditFilter{Actions: []string{action}}, store.Page{Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	return len(rows)
}

func TestALinkThatIsShownIsWrittenDown(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	agent := h.Hire(apptest.Colleague{Role: access.RoleAgent})
	path, err := h.App.Team.HelpIn(t.Context(), access.Owner(ownerOf(t, h).ID), agent.ID)
	if err != nil || path == "" {
		t.Fatalf("%q, %v", path, err)
	}
	if shown, asked := events(t, h, agent.ID, team.EventResetShown), events(t, h, agent.ID, team.EventResetAsked); shown != 1 || asked != 0 {
		t.Errorf("%d shown and %d asked for, want one shown", shown, asked)
	}
	if audited(t, h, team.EventResetShown) != 1 || !acts.Known(team.EventResetShown) {
		t.Error("the audit does not say so")
	}
}

func TestOnesOwnNameIsNotAColleaguesPlace(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	me := ownerOf(t, h).ID
	if p := h.SignedIn().PostForm("/account", url.Values{"name": {"Ana Costa Lima"}}); p.Status != http.StatusSeeOther {
		t.Fatalf("the name answers %d", p.Status)
	}
	if events(t, h, me, team.EventRenamed) != 1 || events(t, h, me, team.EventChanged) != 0 || acts.Words(team.EventRenamed) != "Changed their name" {
		t.Error("the change of a name is told as another")
	}
}
