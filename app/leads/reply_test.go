package leads_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"stead/store"
)

// Who asked by a form waits until a colleague writes: the report and the page of
// the deal say how long that took, and the deal leads to the thread that it began.
func TestTheFirstAnswerToALeadIsTold(t *testing.T) {
	h := start(t)
	h.Connect()
	s, c, ctx := h.source(store.LeadForm, nil), h.SignIn(h.boss), t.Context()
	if p := h.fill(h.Visitor(), s, ann(s)); p.Status != http.StatusSeeOther {
		t.Fatal(p.Status, p.Body)
	}
	l := h.only()
	if deal := c.Get("/deals/" + l.DealID); !said(deal, "First answer", "Waits still") || said(deal, "Open the conversation") {
		t.Fatal(deal.Status, deal.Body)
	}
	if report := c.Get("/reports/response"); !said(report, "Forms and webhooks") {
		t.Fatal(report.Status, report.Body)
	}
	rows := "/reports/rows?" + url.Values{"of": {"replies"}, "key": {store.ReplyLead}}.Encode()
	if p := c.Get(rows); !said(p, "/deals/"+l.DealID, "Waits still") {
		t.Fatal(p.Status, p.Body)
	}
	h.Clock.Advance(12 * time.Minute)
	h.Text("+351912345678", "Is anybody there?")
	var v store.Conversation
	h.Eventually("a thread is there", func() (ok bool) {
		var err error
		v, err = h.Store().ConversationOf(ctx, l.ContactID)
		return err == nil
	})
	if p := c.PostForm("/inbox/"+v.ID+"/messages", url.Values{"body": {"Yes, we buy them."}, "channel": {"sms"}}); p.Status != http.StatusSeeOther {
		t.Fatal(p.Status, p.Body)
	}
	if p := c.Get(rows); !said(p, "/deals/"+l.DealID, "12 minutes") || said(p, "Waits still") {
		t.Error(p.Status, p.Body)
	}
	if deal := c.Get("/deals/" + l.DealID); !said(deal, "First answer", "after 12 minutes", "Open the conversation", "/inbox/"+v.ID) {
		t.Error(deal.Status, deal.Body)
	}
}
