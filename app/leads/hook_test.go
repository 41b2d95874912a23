package leads_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"stead/app/access"
	"stead/app/leads"
	"stead/store"
)

const message = `{"name":"Zqbob Reis","email":"bob@example.com","phone":"+351 912 000 111","message":"A quote, please","campaign":{"name":"spring","budget":12.5},"opens":[1,true,null]}`

// A message becomes a deal with contact, owner, task and note; what the mapping does
// not name stands in the note.
func TestAMessageBecomesADeal(t *testing.T) {
	h := start(t)
	s, secret := h.hook(nil)
	status, a := h.send(s, secret, message)
	if status != http.StatusOK || a.State != store.LeadDone || a.Again || a.Error != "" {
		t.Fatal(status, a)
	}
	l, ctx := h.only(), t.Context()
	d, err := h.Store().Deal(ctx, l.DealID)
	if err != nil || d.Source != "webhook" || d.SourceID != s.ID || d.OwnerID != h.boss.ID || d.StageID != "new" {
		t.Errorf("%+v (%v)", d, err)
	}
	notes, err := h.Store().DealNotes(ctx, d.ID, false, store.Page{})
	if err != nil || len(notes) != 1 {
		t.Fatal(notes, err)
	}
	for _, line := range []string{"A quote, please", "campaign.name: spring", "campaign.budget: 12.5", "opens[0]: 1", "opens[1]: true"} {
		if !strings.Contains(notes[0].Body, line) {
			t.Errorf("%q is lost:\n%s", line, notes[0].Body)
		}
	}
	if tasks, err := h.Store().OpenTasksOfDeal(ctx, d.ID); err != nil || len(tasks) != 1 {
		t.Error(tasks, err)
	}
}

// The same lead forty times at once: one contact, one deal, one task; each is told
// the same.
func TestFortyTimesAtOnceIsOneLead(t *testing.T) {
	for how, more := range map[string][]string{"by what it says": nil, "by the sender's id": {leads.OnceHeader, "order 17"}} {
		t.Run(how, func(t *testing.T) {
			h := start(t)
			s, secret := h.hook(nil)
			told, again := map[string]int{}, 0
			var mu sync.Mutex
			var all sync.WaitGroup
			for i := range 40 {
				body := message
				if more != nil {
					body = strings.Replace(message, "A quote", fmt.Sprintf("Try %d: a quote", i), 1)
				}
				all.Go(func() {
					status, a := h.send(s, secret, body, more...)
					mu.Lock()
					defer mu.Unlock()
					if status != http.StatusOK && status != http.StatusAccepted {
						t.Error(status, a)
					}
					told[a.Lead]++
					if a.Again {
						again++
					}
				})
			}
			all.Wait()
			l := h.only()
			if told[l.ID] != 40 || again != 39 || l.State != store.LeadDone {
				t.Errorf("told %v, again %d, %+v", told, again, l)
			}
			ctx := t.Context()
			if open, err := h.Store().OpenDealsOf(ctx, []string{h.boss.ID}); err != nil || open[h.boss.ID] != 1 {
				t.Errorf("%v deals (%v)", open, err)
			}
			if found, err := h.Store().Matches(ctx, store.Everything, nil, []string{"bob@example.com"}, "", "", 10); err != nil || len(found) != 1 {
				t.Errorf("%d contacts (%v)", len(found), err)
			}
			if tasks, err := h.Store().OpenTasksOfDeal(ctx, l.DealID); err != nil || len(tasks) != 1 {
				t.Errorf("%d tasks (%v)", len(tasks), err)
			}
		})
	}
}

// Nothing is read without a good signature, and whoever guesses learns nothing.
func TestNothingIsReadWithoutAGoodSignature(t *testing.T) {
	h := start(t)
	s, secret := h.hook(nil)
	bare := h.source(store.LeadWebhook, nil) // nobody made it a secret
	now := h.Clock.Now()
	for what, tt := range map[string]struct {
		source store.LeadSource
		secret string
		more   []string
	}{
		"no signature":            {s, "", nil},
		"another secret":          {s, "guessed", nil},
		"no secret at all":        {bare, secret, nil},
		"an empty secret":         {bare, "", []string{leads.SignatureHeader, "sha256=b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"}},
		"no such address":         {store.LeadSource{Token: "none"}, secret, nil},
		"a form's address":        {h.source(store.LeadForm, nil), secret, nil},
		"a signature of nonsense": {s, "", []string{leads.SignatureHeader, "sha256=zz"}},
		"an old timestamp":        {s, secret, []string{leads.TimestampHeader, unix(now.Add(-6 * time.Minute))}},
		"a timestamp to come":     {s, secret, []string{leads.TimestampHeader, unix(now.Add(6 * time.Minute))}},
		"a timestamp of words":    {s, secret, []string{leads.TimestampHeader, "today"}},
	} {
		if status, a := h.send(tt.source, tt.secret, message, tt.more...); status != http.StatusUnauthorized || a.Error == "" || a.Lead != "" {
			t.Errorf("%s: %d %+v", what, status, a)
		}
	}
	if n := len(h.leads()); n != 0 {
		t.Errorf("%d leads", n)
	}
	if status, a := h.send(s, secret, message, leads.TimestampHeader, unix(now)); status != http.StatusOK {
		t.Error(status, a)
	}
	old := secret
	secret, err := h.service().Secret(t.Context(), access.Owner(h.boss.ID), s.ID)
	if err != nil {
		t.Fatal(err)
	}
	if status, _ := h.send(s, old, message); status != http.StatusUnauthorized {
		t.Errorf("an old secret: %d", status)
	}
	if status, a := h.send(s, secret, message); status != http.StatusOK || !a.Again {
		t.Error(status, a)
	}
}

// What is no JSON object is refused with a sentence; what is one is kept, and fails
// with a sentence for each place, until somebody mends it.
func TestMessagesThatAreWrong(t *testing.T) {
	h := start(t)
	s, secret := h.hook(nil)
	for body, says := range map[string]string{
		"":                          "one JSON object",
		"[]":                        "one JSON object",
		`"text"`:                    "one JSON object",
		`{"name":`:                  "broken",
		`{"name":"a"} {"name":"b"}`: "behind the JSON object",
		"{\"name\":\"\xff\"}":       "UTF-8",
		strings.Repeat(`{"a":`, 40) + "1" + strings.Repeat("}", 40): "32 deep",
	} {
		if status, a := h.send(s, secret, body); status != http.StatusBadRequest || !strings.Contains(a.Error, says) {
			t.Errorf("%.20q: %d %+v", body, status, a)
		}
	}
	if n := len(h.leads()); n != 0 {
		t.Fatalf("%d leads", n)
	}
	status, a := h.send(s, secret, `{"name":{"first":"Zqbob"},"email":["bob@example.com"],"phone":12}`)
	if status != http.StatusAccepted || a.State != store.LeadFailed || !strings.Contains(a.Problems["name"], "list or an object") || a.Problems["phone"] == "" {
		t.Fatal(status, a)
	}
	l, ctx, actor := h.only(), t.Context(), access.Owner(h.boss.ID)
	told, err := h.Store().Notifications(ctx, h.boss.ID, store.Page{})
	if err != nil || len(told) != 1 || told[0].Kind != store.NoticeLeadFailed || told[0].Subject != l.ID {
		t.Errorf("%+v (%v)", told, err)
	}
	page := h.SignIn(h.boss).Get("/leads/" + l.ID)
	if page.Status != http.StatusOK || !said(page, "bob@example.com", "Here stands a list or an object", "Save and try again") {
		t.Error(page.Status, page.Body)
	}
	if still, err := h.service().Mend(ctx, actor, l.ID, l.Version, map[string]string{"name": "Zqbob"}); err != nil || still.State != store.LeadFailed {
		t.Fatalf("%+v (%v)", still, err)
	}
	if _, err := h.service().Mend(ctx, actor, l.ID, l.Version, nil); err == nil {
		t.Error("somebody mended what another had mended meanwhile")
	}
	l, err = h.Store().Lead(ctx, l.ID)
	if err != nil {
		t.Fatal(err)
	}
	l, err = h.service().Mend(ctx, actor, l.ID, l.Version, map[string]string{"name": "Zqbob", "email": "bob@example.com", "phone": "+351 912 000 111"})
	if err != nil || l.State != store.LeadDone || l.DealID == "" {
		t.Fatalf("%+v (%v)", l, err)
	}
}

// A megabyte of text is one lead: the note has its beginning, the lead all of it.
func TestAMegabyteOfText(t *testing.T) {
	h := start(t)
	s, secret := h.hook(nil)
	long := strings.Repeat("Zq words and words. ", 1_000_000/20)
	body, err := json.Marshal(map[string]string{"name": "Zqbob", "message": long})
	if err != nil {
		t.Fatal(err)
	}
	status, a := h.send(s, secret, string(body))
	if status != http.StatusOK || a.State != store.LeadDone {
		t.Fatal(status, a)
	}
	l, err := h.Store().Lead(t.Context(), h.only().ID)
	if err != nil {
		t.Fatal(err)
	}
	if len(l.Answers) < len(long) {
		t.Errorf("%d bytes of %d are kept", len(l.Answers), len(long))
	}
	notes, err := h.Store().DealNotes(t.Context(), l.DealID, false, store.Page{})
	if err != nil || len(notes) != 1 || !strings.HasSuffix(notes[0].Body, "(the rest is with the lead)") {
		t.Error(len(notes), err)
	}
	if status, a := h.send(s, secret, `{"name":"`+strings.Repeat("x", 1<<20)+`"}`); status != http.StatusRequestEntityTooLarge || a.Error == "" {
		t.Error(status, a)
	}
	if status, a := h.send(s, secret, `{"name":"`+strings.Repeat("x", 5000)+`"}`); status != http.StatusAccepted || !strings.Contains(a.Problems["name"], "1,000 characters") {
		t.Error(status, a)
	}
}

// The sender's own id may stand in the message.
func TestTheSendersIDMayStandInTheMessage(t *testing.T) {
	h := start(t)
	s, secret := h.hook(func(d *leads.Draft) { d.OncePath = "order.id" })
	_, first := h.send(s, secret, `{"name":"Zqbob","order":{"id":7}}`)
	_, second := h.send(s, secret, `{"name":"Zqbob, again","order":{"id":7}}`)
	_, third := h.send(s, secret, `{"name":"Zqbob","order":{"id":8}}`)
	if first.Lead == "" || second.Lead != first.Lead || !second.Again || third.Lead == first.Lead {
		t.Error(first, second, third)
	}
}

// A test makes nothing, and says what would be made.
func TestATestMakesNothing(t *testing.T) {
	h := start(t)
	s, secret := h.hook(nil)
	boss := h.SignIn(h.boss)
	try := func(sample string) string {
		t.Helper()
		return boss.PostForm("/settings/leads/"+s.ID+"/test", map[string][]string{"sample": {sample}}).Body
	}
	if got := try(""); !strings.Contains(got, "Nothing came in yet") {
		t.Error(got)
	}
	if got := try(message); !strings.Contains(got, "a new contact with a new deal") || !strings.Contains(got, "Zqbob Reis") || !strings.Contains(got, "campaign.name: spring") {
		t.Error(got)
	}
	if got := try(`{"name":{"a":1}}`); !strings.Contains(got, "kept as failed") || !strings.Contains(got, "list or an object") {
		t.Error(got)
	}
	if got := try(`{`); !strings.Contains(got, "broken") {
		t.Error(got)
	}
	if n := len(h.leads()); n != 0 {
		t.Errorf("%d leads", n)
	}
	h.send(s, secret, message)
	if got := try(""); !strings.Contains(got, "Zqbob Reis, who is known already") {
		t.Error(got)
	}
}

// Who was erased is not brought back by another system; they come back themselves
// when they write.
func TestWhoWasErasedStaysErased(t *testing.T) {
	h := start(t)
	s, secret := h.hook(nil)
	h.send(s, secret, message)
	ctx, l := t.Context(), h.only()
	if _, err := h.App.Privacy.Erase(ctx, access.Operator(), l.ContactID); err != nil {
		t.Fatal(err)
	}
	h.Eventually("the person is gone", func() bool {
		there, err := h.Store().HasContact(ctx, l.ContactID)
		return err == nil && !there
	})
	if n := len(h.leads()); n != 0 {
		t.Fatalf("%d leads are left of who was erased", n)
	}
	status, a := h.send(s, secret, message)
	now := h.only()
	if status != http.StatusOK || a.State != store.LeadDiscarded || now.Reason != "erased" || strings.Contains(now.Answers, "bob") || now.ContactID != "" {
		t.Errorf("%d %+v %+v", status, a, now)
	}
}
