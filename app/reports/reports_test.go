package reports_test

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"stead/app/access"
	"stead/app/apptest"
	"stead/app/ids"
	"stead/store"
)

const day = 24 * 60 * 60 * 1000

// kit is a business with a pipeline New, Offer, Won, Lost and deals that went
// through it: of u1's, two were won and one lost; one of nobody's is in New.
type kit struct {
	*apptest.House
	t   *testing.T
	c   *apptest.Client
	now int64
}

func newKit(t *testing.T) kit {
	t.Helper()
	h := apptest.Start(t, apptest.Options{})
	k := kit{h, t, h.SignedIn(), h.Clock.Now().UnixMilli()}
	ctx := t.Context()
	h.Change("pipeline.created", "p", func(tx *store.Tx) error {
		if err := tx.SaveReason(ctx, store.Reason{ID: "dear", Kind: store.DealLost, Name: "Too dear", CreatedAt: 1}); err != nil {
			return err
		}
		return tx.InsertPipeline(ctx, store.Pipeline{ID: "p", Name: "Roofs", Currency: "EUR", CreatedAt: 1, Stages: []store.Stage{
			{ID: "new", Name: "Enquiry", Kind: store.DealOpen, Probability: 10},
			{ID: "offer", Name: "Quoted", Kind: store.DealOpen, Probability: 60},
			{ID: "won", Name: "Gained", Kind: store.DealWon, Probability: 100},
			{ID: "lost", Name: "Gone", Kind: store.DealLost},
		}})
	})
	k.deal("Slates", "", 1000, "EUR", "call", "offer", "won")
	k.deal("Tiles", "", 2550, "EUR", "form", "offer", "won")
	k.deal("Gutters", "", 700, "KWD", "form", "won", "lost")
	k.deal("Thatch", "", 90, "EUR", "manual")
	return k
}

// deal makes a deal ten days ago and moves it on, one day after the other.
func (k kit) deal(title, owner string, amount int64, currency, source string, through ...string) string {
	k.t.Helper()
	id, at := ids.New(), k.now-10*day
	k.Change("deal.created", id, func(tx *store.Tx) error {
		ctx := context.Background()
		_, err := tx.InsertDeal(ctx, store.Deal{
			ID: id, Title: title, PipelineID: "p", StageID: "new", OwnerID: owner, Amount: amount, Currency: currency, Source: source, CreatedAt: at,
		}, ids.New())
		for i, stage := range through {
			if err == nil {
				_, err = tx.MoveDeal(ctx, store.DealMove{DealID: id, StageID: stage, StayID: ids.New(), OutcomeID: ids.New(), ReasonID: reason(stage), At: at + int64(i+1)*day})
			}
		}
		return err
	})
	return id
}

func reason(stage string) string {
	if stage == "lost" {
		return "dear"
	}
	return ""
}

var figures = regexp.MustCompile(`(?s)data-label="([^"]+)">\s*<a class="figure" href="([^"]+)">(\d+)`)

// figures are those of the first row of a page that begins with a heading, by what
// they say: the number and where it leads.
func (k kit) figures(body, row string) map[string][2]string {
	k.t.Helper()
	_, rest, ok := strings.Cut(body, `<bdi>`+row+`</bdi>`)
	for ok && !strings.Contains(strings.SplitN(rest, "</tr>", 2)[0], "data-label") {
		_, rest, ok = strings.Cut(rest, `<bdi>`+row+`</bdi>`)
	}
	if !ok {
		k.t.Fatalf("no row %q in %s", row, body)
	}
	out := map[string][2]string{}
	for _, m := range figures.FindAllStringSubmatch(strings.SplitN(rest, "</tr>", 2)[0], -1) {
		out[m[1]] = [2]string{m[3], strings.ReplaceAll(m[2], "&amp;", "&")}
	}
	return out
}

func TestTheFunnelSaysHowDealsWentAndOpensTheirRows(t *testing.T) {
	k := newKit(t)
	page := k.c.Get("/reports?period=all&pipeline=p")
	if page.Status != http.StatusOK {
		t.Fatal(page.Status)
	}
	for row, want := range map[string]map[string]string{
		"Enquiry": {"Came in": "4", "Went on": "3", "There still": "1"},
		"Quoted":  {"Came in": "2", "Went on": "2"},
	} {
		got := k.figures(page.Body, row)
		if len(got) != len(want) {
			t.Errorf("%s: %v", row, got)
		}
		for label, n := range want {
			if got[label][0] != n {
				t.Errorf("%s of %s is %q, want %s", label, row, got[label][0], n)
				continue
			}
			rows := k.c.Get(got[label][1])
			if opened := strings.Count(rows.Body, `role="rowheader"`); fmt.Sprint(opened) != n {
				t.Errorf("%s of %s opens %d rows: %s", label, row, opened, got[label][1])
			}
		}
	}
	if !strings.Contains(page.Body, "75%") || !strings.Contains(page.Body, "1 day") {
		t.Error("no conversion, or no time in a stage")
	}
	if rows := k.c.Get(k.figures(page.Body, "Enquiry")["There still"][1]); !strings.Contains(rows.Body, "Thatch") || strings.Contains(rows.Body, "Slates") {
		t.Error("other deals are behind the figure")
	}
}

func TestWonAndLostBySourceReasonAndMonth(t *testing.T) {
	k := newKit(t)
	page := k.c.Get("/reports/results?period=all&pipeline=p")
	form := k.figures(page.Body, "A web form")
	if form["Won"][0] != "1" || form["Lost"][0] != "1" {
		t.Errorf("of web forms: %v", form)
	}
	if rows := k.c.Get(form["Lost"][1]); !strings.Contains(rows.Body, "Gutters") || strings.Count(rows.Body, `role="rowheader"`) != 1 {
		t.Error("other deals are behind what was lost of web forms")
	}
	if dear := k.figures(page.Body, "Too dear"); dear["Lost"][0] != "1" || dear["Won"][0] != "" {
		t.Errorf("by reason: %v", dear)
	}
	for _, want := range []string{"10.00", "25.50", "0.700", "35.50"} { // never added up over currencies
		if !strings.Contains(page.Body, want) {
			t.Errorf("no sum %s", want)
		}
	}
	month := ended(k).Format("January 2006")
	if got := k.figures(page.Body, month); got["Won"][0] != "2" || got["Lost"][0] != "1" {
		t.Errorf("in %s: %v", month, got)
	}
}

func TestReportsLeaveAsCSV(t *testing.T) {
	k := newKit(t)
	k.deal("Returns", "", -1250, "USD", "manual", "won")
	for form, want := range map[string]string{
		"funnel": "Roofs,Enquiry,5,4,0,0,1,80%,24.00,24.00", "results": "Source,A web form,Lost,1,KWD,0.700", "response": "Missed calls,0,0",
	} {
		page := k.c.PostForm("/reports/export", map[string][]string{"form": {form}, "period": {"all"}, "pipeline": {"p"}})
		if page.Status != http.StatusOK || !strings.Contains(page.Body, want) {
			t.Errorf("%s: %d %s", form, page.Status, page.Body)
		}
		if back := "Won,1,USD,-12.50"; form == "results" && !strings.Contains(page.Body, back) {
			t.Errorf("what was paid back loses its sign: %s", page.Body)
		}
	}
}

// TestTheFunnelSaysWhatItCounts: until which day, and of which stage that was deleted.
func TestTheFunnelSaysWhatItCounts(t *testing.T) {
	k := newKit(t)
	k.Change("stage.deleted", "offer", func(tx *store.Tx) error { return tx.DeleteStage(t.Context(), "offer", 1, 1) })
	b, err := k.Store().Business(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	year := k.c.Get("/reports?pipeline=p").Body
	if until := "to " + k.Clock.Now().In(b.Location()).Format("2 Jan 2006"); !strings.Contains(year, until) {
		t.Errorf("the year does not end today, %q", until)
	}
	if all := k.c.Get("/reports?pipeline=p&period=all").Body; strings.Count(all, "(deleted)") != 1 || !strings.Contains(all, "Deleted</span>") {
		t.Error("the stage that was deleted is not marked in chart and table")
	}
}

// TestTheRowsOfAFigureLeave: what is behind a figure leaves as a file, to whom deals
// may be exported, as far as that reaches.
func TestTheRowsOfAFigureLeave(t *testing.T) {
	k := newKit(t)
	k.deal("=Returns", "", -1250, "USD", "manual", "won")
	for of, form := range map[string]map[string][]string{
		"Currency,Amount,Went to,Came in": {"of": {"flow"}, "stage": {"new"}},
		"USD,-12.50,":                     {"of": {"closed"}, "by": {"source"}, "key": {"manual"}, "status": {"won"}},
		"What,Deal,When,Answered":         {"of": {"replies"}, "key": {"all"}},
	} {
		form["period"], form["pipeline"] = []string{"all"}, []string{"p"}
		page := k.c.PostForm("/reports/rows/export", form)
		if page.Status != http.StatusOK || !strings.Contains(page.Body, of) || strings.Contains(page.Body, ",=Returns") {
			t.Errorf("%v: %d %s", form, page.Status, page.Body)
		}
	}
	rows := "/reports/rows?of=closed&by=source&key=manual&status=won&period=all&pipeline=p"
	if body := k.c.Get(rows).Body; !strings.Contains(body, `action="/reports/rows/export"`) || !strings.Contains(body, `name="key" value="manual"`) {
		t.Error("the page does not offer its rows as a file")
	}
	viewer, _ := k.SignedInAs(access.RoleViewer, apptest.Colleague{})
	if page := viewer.PostForm("/reports/rows/export", map[string][]string{"of": {"closed"}}); page.Status != http.StatusForbidden {
		t.Errorf("a viewer takes rows along: %d", page.Status)
	}
	if strings.Contains(viewer.Get(rows).Body, "/reports/rows/export") {
		t.Error("a viewer is offered what is refused")
	}
}

func TestAReportCountsWhatWhoLooksMaySee(t *testing.T) {
	k := newKit(t)
	agent, who := k.SignedInAs(access.RoleAgent, apptest.Colleague{})
	k.Change("team.created", "far", func(tx *store.Tx) error {
		return tx.InsertTeam(t.Context(), store.TeamGroup{ID: "far", Name: "Far", NameKey: "far"})
	})
	other := k.Hire(apptest.Colleague{Name: "Far Away", Role: access.RoleAgent, Team: "far"})
	k.deal("Theirs", who.ID, 5000, "EUR", "manual", "won")
	k.deal("Stranger's", other.ID, 7777, "EUR", "manual", "won")
	page := agent.Get("/reports?period=all&pipeline=p")
	if got := k.figures(page.Body, "Enquiry"); got["Came in"][0] != "5" {
		t.Errorf("an agent counts %v", got)
	}
	if body := agent.Get("/reports/results?period=all").Body; strings.Contains(body, "50.00") {
		t.Error("an agent sees sums of colleagues' deals")
	}
	mine := agent.Get("/reports/results?period=all&who=mine").Body
	if !strings.Contains(mine, "50.00") || k.figures(mine, "Entered by hand")["Won"][0] != "1" {
		t.Error("an agent does not see the sum of their own")
	}
	if got := k.figures(k.c.Get("/reports?period=all&pipeline=p").Body, "Enquiry"); got["Came in"][0] != "6" {
		t.Errorf("the owner counts %v", got)
	}
}

func TestHowSoonPeopleWereAnswered(t *testing.T) {
	k := newKit(t)
	k.Connect()
	k.Miss("+12125550142")
	k.Text("+12125550143", "Are you open?")
	k.Eventually("the text is there", func() bool {
		return strings.Contains(k.c.Get("/inbox").Body, "Are you open?")
	})
	page := k.c.Get("/reports/response?period=all")
	if page.Status != http.StatusOK || !strings.Contains(page.Body, "Missed calls") {
		t.Fatal(page.Status)
	}
	for _, key := range []string{"message", "call", "all"} {
		want := map[string]int{"message": 1, "call": 1, "all": 2}[key]
		if got := strings.Count(k.c.Get("/reports/rows?of=replies&period=all&went=there&key="+key).Body, `role="rowheader"`); got != want {
			t.Errorf("%s: %d wait still", key, got)
		}
	}
}

// ended is when the deals of a kit ended, by the clock of the business.
func ended(k kit) time.Time {
	b, err := k.Store().Business(k.t.Context())
	if err != nil {
		k.t.Fatal(err)
	}
	return time.UnixMilli(k.now - 8*day).In(b.Location())
}
