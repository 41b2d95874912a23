package app_test

import (
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"stead/app/access"
	"stead/app/apptest"
	"stead/store/storetest"
)

const caller = "+12125550142"

// conversation waits for the thread of the only person there is.
func conversation(t *testing.T, h *apptest.House) (contactID, conversationID string) {
	t.Helper()
	h.Eventually("the caller has a conversation", func() bool {
		c, _, err := h.Store().ContactByPhone(t.Context(), caller)
		if err != nil {
			return false
		}
		v, err := h.Store().ConversationOf(t.Context(), c.ID)
		contactID, conversationID = c.ID, v.ID
		return err == nil
	})
	return contactID, conversationID
}

var keyField = regexp.MustCompile(`name="key" value="([^"]+)"`)

// reply writes to the person from the thread's own form.
func reply(t *testing.T, c *apptest.Client, thread, body string) apptest.Page {
	t.Helper()
	page := c.Get(thread)
	m := keyField.FindStringSubmatch(page.Body)
	if m == nil {
		t.Fatalf("%s has no form key: %d", thread, page.Status)
	}
	return c.PostForm(thread+"/messages", url.Values{"body": {body}, "mode": {"reply"}, "key": {m[1]}})
}

// TestMissedCallBecomesAConversation is the product's main job from end to end.
func TestMissedCallBecomesAConversation(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	h.Connect()
	owner := h.SignedIn()

	h.Miss(caller)
	h.Eventually("the caller is texted", func() bool { return len(h.TextsTo(caller)) == 1 })
	if text := h.TextsTo(caller)[0]; !strings.Contains(text, apptest.Business) || !strings.Contains(text, "STOP") {
		t.Errorf("the text does not say who writes and how to stop: %q", text)
	}
	_, id := conversation(t, h)
	thread := "/inbox/" + id
	if p := owner.Get("/today"); !strings.Contains(p.Body, "/inbox/"+id) && !strings.Contains(p.Body, "call") {
		t.Error("Today does not know of the call")
	}

	live := owner.Stream("/live")
	lines := apptest.Lines(live.Body)
	lines.Until(t, ": open")
	h.Text(caller, "My boiler is out, can you come?")
	lines.Until(t, "event: inbox")
	h.Eventually("the answer is in the thread", func() bool {
		return strings.Contains(owner.Get(thread).Body, "My boiler is out, can you come?")
	})

	if p := reply(t, owner, thread, "We can be there at three."); p.Status != http.StatusSeeOther {
		t.Fatalf("the reply answers %d: %s", p.Status, p.Body)
	}
	h.Eventually("the reply reaches the provider", func() bool { return len(h.TextsTo(caller)) == 2 })
	h.Eventually("its status is delivered", func() bool {
		return strings.Contains(strings.ToLower(owner.Get(thread).Body), "delivered")
	})

	h.Miss(caller)
	h.Eventually("the second call is decided", func() bool {
		return len(storetest.Cells(t, filepath.Join(h.Config.Data, "stead.db"), "decisions")) >= 14
	})
	if n := len(h.TextsTo(caller)); n != 2 {
		t.Errorf("%d texts went out, want 2: the thread was answered a moment ago", n)
	}
}

// TestNothingPersonalGetsAway drives the product with marked people and looks
// for the marks wherever only ids may stand.
func TestNothingPersonalGetsAway(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	h.Connect()
	owner := h.SignedIn()
	marks := []string{"Quillfeather", "2125550142", "boilermark", "answermark", "quill@marked.example", "searchmark", "wrongpassmark"}

	h.Miss(caller)
	// A reply that is written first would hold it: somebody is talking with them.
	h.Eventually("the automatic text left", func() bool { return len(h.TextsTo(caller)) == 1 })
	h.Text(caller, "boilermark please")
	contactID, id := conversation(t, h)
	thread := "/inbox/" + id
	h.Eventually("the text is there", func() bool { return strings.Contains(owner.Get(thread).Body, "boilermark") })
	reply(t, owner, thread, "answermark it is")
	h.Eventually("both texts left", func() bool { return len(h.TextsTo(caller)) == 2 })
	owner.PostForm("/contacts", url.Values{"name": {"Zephyrine Quillfeather"}, "phone": {"+1 212 555 0143"}, "email": {"quill@marked.example"}})
	h.Visitor().PostForm("/login", url.Values{"email": {"quill@marked.example"}, "password": {"wrongpassmark"}})
	owner.PostForm("/contacts/find", url.Values{"q": {"searchmark"}})
	owner.Get("/contacts/" + contactID)
	h.Visitor().PostForm("/contacts/find", url.Values{"q": {"searchmark"}})
	errorPages := walk(t, h, owner)
	if _, err := h.App.Privacy.Erase(t.Context(), access.Operator(), contactID); err != nil {
		t.Errorf("erase: %v", err)
	}

	places := map[string]string{"the log": h.Logs.String(), "error pages": errorPages}
	db := filepath.Join(h.Config.Data, "stead.db")
	for _, table := range []string{"events", "audit", "river_job", "disclosures", "sweep_runs", "erasures", "inbound_events", "settings", "throttles"} {
		places[table] = strings.Join(storetest.Cells(t, db, table), "\n")
	}
	for where, text := range places {
		if text == "" && where != "sweep_runs" && where != "error pages" {
			t.Errorf("%s is empty: nothing was looked at", where)
		}
		for _, mark := range marks {
			if i := strings.Index(text, mark); i >= 0 {
				t.Errorf("%s holds %q: …%s…", where, mark, text[max(0, i-60):min(len(text), i+60)])
			}
		}
	}
}

// walk opens every page as the owner and keeps what the errors say.
func walk(t *testing.T, h *apptest.House, owner *apptest.Client) string {
	t.Helper()
	var text strings.Builder
	for _, route := range h.App.Routes() {
		method, where := address(route.Pattern)
		if isStream(route) || route.Pattern == "POST /logout" {
			continue
		}
		var form url.Values
		if method != http.MethodGet {
			form = url.Values{"nonsense": {"1"}}
		}
		if p := owner.Do(method, where, form); p.Status >= 400 && p.Status != http.StatusUnprocessableEntity {
			text.WriteString(p.Body)
		}
	}
	return text.String()
}

// TestErasedForGood has a caller forgotten and looks at what remains.
func TestErasedForGood(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	h.Connect()
	owner := h.SignedIn()
	h.Miss(caller)
	h.Text(caller, "boilermark please")
	contactID, id := conversation(t, h)
	h.Eventually("the text is there", func() bool { return strings.Contains(owner.Get("/inbox/"+id).Body, "boilermark") })
	h.Eventually("the caller is texted", func() bool { return len(h.TextsTo(caller)) == 1 })

	receipt, err := h.App.Privacy.Erase(t.Context(), access.Operator(), contactID)
	if err != nil || receipt.Hits != 0 || receipt.Problem != "" {
		t.Fatalf("receipt %+v, %v", receipt, err)
	}
	proof, err := h.App.Privacy.Prove(t.Context(), access.Operator(), []string{caller, "boilermark please"})
	if err != nil || proof.Hits != 0 {
		t.Errorf("proof %+v, %v", proof, err)
	}
	if p := owner.Get("/contacts/" + contactID); p.Status != http.StatusNotFound {
		t.Errorf("the card answers %d", p.Status)
	}
	report, err := h.App.Privacy.VerifyAudit(t.Context(), access.Operator())
	if err != nil || report.Problem != "" {
		t.Errorf("audit %+v, %v", report, err)
	}
	h.Eventually("the copies at the provider are gone", func() bool {
		for _, m := range h.Twilio.Messages() {
			if m.To == caller || m.From == caller {
				return false
			}
		}
		return true
	})
	h.Text(caller, "hello again")
	h.Eventually("a new text makes a new contact", func() bool {
		c, _, err := h.Store().ContactByPhone(t.Context(), caller)
		return err == nil && c.ID != contactID
	})
	if _, err := h.Store().Contact(t.Context(), contactID); err == nil {
		t.Error("the old contact is back")
	}
}
