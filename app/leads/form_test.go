package leads_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"stead/app/access"
	"stead/app/apptest"
	"stead/app/leads"
	"stead/store"
)

func ann(s store.LeadSource) url.Values {
	return url.Values{
		name(s, "name"): {"Zqann Costa"}, name(s, "email"): {"Ann@Example.com"}, name(s, "phone"): {"+351 912 345 678"}, name(s, "message"): {"Do you buy old tractors?"},
	}
}

// A form becomes a deal: once, in the right place, with contact, owner, task, note,
// tags and where it came from.
func TestAFormBecomesADealOnce(t *testing.T) {
	h := start(t)
	s, c := h.source(store.LeadForm, nil), h.Visitor()
	p := h.fill(c, s, ann(s))
	if p.Status != http.StatusSeeOther || p.Location != "/f/thanks/"+s.Token {
		t.Fatal(p.Status, p.Location, p.Body)
	}
	if got := c.Get(p.Location); got.Status != http.StatusOK || !said(got, "Thank you") {
		t.Error(got.Status, got.Body)
	}
	l, ctx := h.only(), t.Context()
	d, err := h.Store().Deal(ctx, l.DealID)
	if err != nil || l.State != store.LeadDone || d.StageID != "new" || d.OwnerID != h.boss.ID || d.Source != "form" || d.SourceID != s.ID || d.ContactID != l.ContactID {
		t.Fatalf("%+v\n%+v (%v)", l, d, err)
	}
	card, err := h.Store().Card(ctx, l.ContactID)
	if err != nil || card.Name != "Zqann Costa" || card.Source != "form" || card.OwnerID != h.boss.ID || len(card.Emails) != 1 || len(card.Phones) != 1 {
		t.Errorf("%+v (%v)", card, err)
	}
	from, err := h.Store().Provenances(ctx, l.ContactID)
	if err != nil || len(from) != 1 || from[0].Source != "form" || from[0].Ref != s.ID {
		t.Errorf("%+v (%v)", from, err)
	}
	tasks, err := h.Store().OpenTasksOfDeal(ctx, d.ID)
	if err != nil || len(tasks) != 1 || tasks[0].Title != "Answer" || tasks[0].OwnerID != h.boss.ID {
		t.Errorf("%+v (%v)", tasks, err)
	}
	notes, err := h.Store().DealNotes(ctx, d.ID, false, store.Page{})
	if err != nil || len(notes) != 1 || !strings.Contains(notes[0].Body, "old tractors") {
		t.Errorf("%+v (%v)", notes, err)
	}
	told, err := h.Store().Notifications(ctx, h.boss.ID, store.Page{})
	if err != nil || len(told) != 1 || told[0].Kind != store.NoticeLead || told[0].Subject != d.ID {
		t.Errorf("%+v (%v)", told, err)
	}
	if c.Cookie() != nil {
		t.Error("a stranger got a cookie")
	}
	// The same person again: another deal, no other contact.
	again := ann(s)
	again.Set(name(s, "message"), "And a plough?")
	again.Set(name(s, "name"), "Somebody Else")
	if p := h.fill(h.Visitor(), s, again); p.Status != http.StatusSeeOther {
		t.Fatal(p.Status, p.Body)
	}
	rows := h.leads()
	if len(rows) != 2 || rows[0].ContactID != l.ContactID || rows[0].DealID == l.DealID {
		t.Errorf("%+v", rows)
	}
	if card, err := h.Store().Card(ctx, l.ContactID); err != nil || card.Name != "Zqann Costa" {
		t.Errorf("a stranger renamed somebody: %+v (%v)", card.Contact, err)
	}
}

// The same form pressed twice, and a foreign page's sent twice, are one lead each.
func TestTheSameFormTwiceIsOneLead(t *testing.T) {
	h := start(t)
	s := h.source(store.LeadForm, func(d *leads.Draft) { d.Posts = true })
	typed := ann(s)
	typed.Set("key", "0193b000-0000-7000-8000-00000000000f")
	for range 2 {
		if p := h.fill(h.Visitor(), s, typed); p.Status != http.StatusSeeOther {
			t.Fatal(p.Status, p.Body)
		}
	}
	if n := len(h.leads()); n != 1 {
		t.Errorf("%d leads of one form", n)
	}
	for range 2 {
		c := h.Visitor()
		c.Header.Set("Origin", "https://foreign.example")
		foreign := ann(s)
		foreign.Set(name(s, "message"), "From afar")
		foreign.Set("utm_source", "newsletter")
		if p := c.Do(http.MethodPost, "/f/"+s.Token, foreign); p.Status != http.StatusSeeOther {
			t.Fatal(p.Status, p.Body)
		}
	}
	rows := h.leads()
	if len(rows) != 2 {
		t.Fatalf("%d leads", len(rows))
	}
	notes, err := h.Store().DealNotes(t.Context(), rows[0].DealID, false, store.Page{})
	if err != nil || len(notes) != 1 || !strings.Contains(notes[0].Body, "utm_source: newsletter") {
		t.Errorf("what the foreign page added is lost: %+v (%v)", notes, err)
	}
}

// What cannot be taken is said, what was typed stays, and nothing is kept.
func TestAFormThatCannotBeTakenSaysWhy(t *testing.T) {
	h := start(t)
	s := h.source(store.LeadForm, nil)
	for what, tt := range map[string]struct {
		change url.Values
		status int
		says   string
	}{
		"no name":            {url.Values{name(s, "name"): {" "}}, 422, "This is missing."},
		"no address":         {url.Values{name(s, "email"): {"ann at example"}}, 422, "Enter an email address"},
		"a number of words":  {url.Values{name(s, "phone"): {"call me"}}, 422, "Enter a phone number"},
		"a name of a page":   {url.Values{name(s, "name"): {strings.Repeat("x", 2000)}}, 422, "at most 1,000 characters"},
		"a very long story":  {url.Values{name(s, "message"): {strings.Repeat("x", 10_001)}}, 422, "at most 10,000 characters"},
		"more than it takes": {url.Values{name(s, "message"): {strings.Repeat("x", 1<<20)}}, 413, "more than this form takes"},
	} {
		typed := ann(s)
		for key, v := range tt.change {
			typed[key] = v
		}
		p := h.fill(h.Visitor(), s, typed)
		if p.Status != tt.status || !said(p, tt.says) {
			t.Errorf("%s: %d, no %q", what, p.Status, tt.says)
		}
		if tt.status == 422 && !strings.Contains(p.Body, "old tractors") && tt.change.Get(name(s, "message")) == "" {
			t.Errorf("%s: what was typed is gone", what)
		}
	}
	c := h.Visitor()
	page := h.fill(c, s, url.Values{"stamp": {""}})
	if page.Status != 422 || !said(page, "very quick") {
		t.Errorf("without a stamp: %d", page.Status)
	}
	up := h.Visitor().Upload("/f/"+s.Token, map[string]string{name(s, "name"): "Zqann"}, apptest.File{Name: "a.txt", Text: "hello"})
	if up.Status != 422 || !said(up, "Files cannot be sent", "Zqann") {
		t.Errorf("a file: %d %s", up.Status, up.Body)
	}
	if rows := h.leads(); len(rows) != 0 {
		t.Errorf("kept: %+v", rows)
	}
	if p := h.Visitor().Get("/f/none"); p.Status != http.StatusNotFound {
		t.Errorf("no form: %d", p.Status)
	}
}

// A program that fills in what nobody sees is thanked, makes no deal, and is not
// lost: a person can be taken after all.
func TestABotMakesNoDeal(t *testing.T) {
	h := start(t)
	s := h.source(store.LeadForm, nil)
	typed := ann(s)
	typed.Set("website", "https://spam.example")
	if p := h.fill(h.Visitor(), s, typed); p.Status != http.StatusSeeOther {
		t.Fatal(p.Status)
	}
	l := h.only()
	if l.State != store.LeadDiscarded || l.Reason != "bot" || l.DealID != "" {
		t.Errorf("%+v", l)
	}
	l, err := h.service().Mend(t.Context(), access.Owner(h.boss.ID), l.ID, l.Version, nil)
	if err != nil || l.State != store.LeadDone {
		t.Errorf("%+v (%v)", l, err)
	}
}

// One network cannot send forms without end, and the answer says when to come back.
func TestFormsAreCountedByNetwork(t *testing.T) {
	h := start(t)
	s, c := h.source(store.LeadForm, func(d *leads.Draft) { d.Posts = true }), h.Visitor()
	var last apptest.Page
	for i := range 30 {
		typed := ann(s)
		typed.Set(name(s, "message"), strings.Repeat("m", i+1))
		if last = c.PostForm("/f/"+s.Token, typed); last.Status != http.StatusSeeOther {
			break
		}
	}
	if last.Status != http.StatusTooManyRequests || last.Header.Get("Retry-After") == "" || !said(last, "what you wrote is still there") {
		t.Errorf("%d %v", last.Status, last.Header)
	}
}

// A form is shown in frames of the pages that it names, without scripts.
func TestAFormNamesWhoMayFrameIt(t *testing.T) {
	h := start(t)
	s := h.source(store.LeadForm, func(d *leads.Draft) { d.Origins = "https://Shop.example/contact http://other.example:8080" })
	csp := h.Visitor().Get("/f/" + s.Token).Header.Get("Content-Security-Policy")
	if !strings.Contains(csp, "frame-ancestors https://shop.example http://other.example:8080") || strings.Contains(csp, "script-src") || !strings.Contains(csp, "default-src 'none'") {
		t.Error(csp)
	}
	alone := h.source(store.LeadForm, func(d *leads.Draft) { d.Name = "Alone" })
	if csp := h.Visitor().Get("/f/" + alone.Token).Header.Get("Content-Security-Policy"); !strings.Contains(csp, "frame-ancestors 'none'") {
		t.Error(csp)
	}
}

// Whoever ticks a box agreed to the words that stood beside it, not to those that
// stand there now.
func TestConsentKeepsItsWords(t *testing.T) {
	h := start(t)
	consent := func(words string) func(*leads.Draft) {
		return func(d *leads.Draft) {
			d.Fields = append(d.Fields, leads.FieldDraft{Label: words, Kind: "consent", Channel: "email"})
		}
	}
	s := h.source(store.LeadForm, consent("Send me offers by email."))
	box := s.Fields[len(s.Fields)-1]
	page := h.Visitor().Get("/f/" + s.Token)
	if !said(page, "Send me offers by email.", `value="`+box.WordingID+`"`) || strings.Contains(page.Body, " checked") {
		t.Fatal(page.Body)
	}
	d := leads.DraftOf(s)
	d.Fields[len(d.Fields)-1].Label = "Send me everything."
	if _, err := h.service().Change(t.Context(), access.Owner(h.boss.ID), s.ID, s.Version, d); err != nil {
		t.Fatal(err)
	}
	typed := ann(s)
	typed.Set("f-"+box.ID, box.WordingID)
	if p := h.fill(h.Visitor(), s, typed); p.Status != http.StatusSeeOther {
		t.Fatal(p.Status, p.Body)
	}
	l := h.only()
	e, err := h.Store().LastConsent(t.Context(), l.ContactID, "email")
	if err != nil || e.Act != "given" || e.Source != "form" || e.Evidence != l.ID || e.Purpose != "marketing" {
		t.Fatalf("%+v (%v)", e, err)
	}
	if w, err := h.Store().LeadWording(t.Context(), e.Wording); err != nil || w.Words != "Send me offers by email." {
		t.Errorf("%+v (%v)", w, err)
	}
}

func TestNobodyIsMadeToConsent(t *testing.T) {
	h := start(t)
	s := h.source(store.LeadForm, nil)
	d := leads.DraftOf(s)
	d.Fields = append(d.Fields, leads.FieldDraft{Label: "Offers", Kind: "consent", Channel: "email", Required: true})
	_, err := h.service().Change(t.Context(), access.Owner(h.boss.ID), s.ID, s.Version, d)
	if err == nil {
		t.Error("a form makes people consent to advertising")
	}
}

// Blocked, restricted: nothing is made of it, and it is said why.
func TestWhomTheBusinessLeavesAlone(t *testing.T) {
	h := start(t)
	s := h.source(store.LeadForm, nil)
	if p := h.fill(h.Visitor(), s, ann(s)); p.Status != http.StatusSeeOther {
		t.Fatal(p.Status)
	}
	first := h.only()
	try := func(words string, change func(tx *store.Tx) error) store.LeadRow {
		t.Helper()
		h.Change("contact.changed", first.ContactID, change)
		typed := ann(s)
		typed.Set(name(s, "message"), words)
		if p := h.fill(h.Visitor(), s, typed); p.Status != http.StatusSeeOther {
			t.Fatal(p.Status)
		}
		return h.leads()[0]
	}
	ctx, at := t.Context(), h.Clock.Now().UnixMilli()
	l := try("restricted", func(tx *store.Tx) error { return tx.SetRestriction(ctx, first.ContactID, "asked", at) })
	if l.State != store.LeadFailed || l.Reason != "restricted" || l.DealID != "" {
		t.Errorf("%+v", l)
	}
	b := try("blocked", func(tx *store.Tx) error { return tx.SetBlocked(ctx, first.ContactID, at) })
	if b.State != store.LeadDiscarded || b.Reason != "blocked" || b.DealID != "" {
		t.Errorf("%+v", b)
	}
	h.Change("contact.changed", first.ContactID, func(tx *store.Tx) error {
		if err := tx.SetBlocked(ctx, first.ContactID, 0); err != nil {
			return err
		}
		return tx.SetRestriction(ctx, first.ContactID, "", 0)
	})
	if l, err := h.service().Mend(ctx, access.Owner(h.boss.ID), l.ID, l.Version, nil); err != nil || l.State != store.LeadDone || l.ContactID != first.ContactID {
		t.Errorf("%+v (%v)", l, err)
	}
}

// Who fills in a form is in the bin no longer.
func TestWhoWritesComesBackFromTheBin(t *testing.T) {
	h := start(t)
	s := h.source(store.LeadForm, nil)
	h.fill(h.Visitor(), s, ann(s))
	l, ctx := h.only(), t.Context()
	h.Change("contact.deleted", l.ContactID, func(tx *store.Tx) error {
		return tx.BinContacts(ctx, []string{l.ContactID}, h.boss.ID, h.Clock.Now().UnixMilli())
	})
	h.Clock.Advance(48 * time.Hour)
	h.fill(h.Visitor(), s, ann(s))
	if now := h.leads()[0]; now.ContactID != l.ContactID || now.ID == l.ID {
		t.Errorf("%+v", now)
	}
}
